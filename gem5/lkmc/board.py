"""An Arm board: processors, buses, memory and devices, and nothing in them."""

from m5.objects import (
    AddrRange,
    ArmDefaultRelease,
    ArmExtension,
    ArmSystem,
    BadAddr,
    Bridge,
    IOXBar,
    RealViewOsc,
    Self,
    SrcClockDomain,
    SystemXBar,
    Terminal,
    VExpress_GEM5_V1,
    VExpress_GEM5_V2,
    VncServer,
    VoltageDomain,
)
from m5.util.fdthelper import FdtNode, FdtPropertyStrings, FdtPropertyWords

from . import caches, cores, memory

BOARDS = {
    # GICv2: at most 8 processors.
    "VExpress_GEM5_V1": VExpress_GEM5_V1,
    # GICv3.
    "VExpress_GEM5_V2": VExpress_GEM5_V2,
}

# Devices and their bus run slower than processors; the same for all models, so that checkpoints fit all of them.
SYSTEM_CLOCK = "1GHz"
BRIDGE_DELAY = "50ns"


def fixed_clock(oscillator, state):
    """An oscillator's node in the device tree. gem5 would say that the board's control register has to be asked for it, and
    without a driver for that Linux starts no serial port."""
    period = oscillator.freq.value
    phandle = state.phandle(oscillator)
    node = FdtNode(f"oscillator@{phandle:x}")
    node.appendCompatible("fixed-clock")
    node.append(FdtPropertyWords("#clock-cells", [0]))
    node.append(FdtPropertyWords("clock-frequency", [round(1 / period)]))
    node.append(FdtPropertyStrings("clock-output-names", [f"oscillator{phandle}"]))
    node.appendPhandle(oscillator)
    yield node


RealViewOsc.generateDeviceTree = fixed_clock


def release(order):
    """The architecture's extensions. A 32-bit kernel hangs where it first uses floating point if there is a hypervisor's level:
    gem5 24.0 has the check of NSACR.cp10 the wrong way round then (src/arch/arm/insts/static_inst.cc, checkAdvSIMDOrFPEnabled32)."""
    result = ArmDefaultRelease()
    if order["bits"] == 32:
        result.remove(ArmExtension("VIRTUALIZATION"))
    return result


class BoardBus(SystemXBar):
    """Says so where nothing answers, in place of ending the simulation: Linux probes."""

    badaddr_responder = BadAddr(warn_access="warn")
    default = Self.badaddr_responder.pio


class DeviceBus(IOXBar):
    """The same for devices. GDB reads a few bytes before the program counter, which may be where no device is."""

    badaddr_responder = BadAddr(warn_access="warn")
    default = Self.badaddr_responder.pio


def build(order):
    """A board with processors and memory."""
    system = ArmSystem(
        mem_mode=cores.memory_mode(order),
        cache_line_size=64,
        highest_el_is_64=order["bits"] == 64,
        multi_proc=True,
        release=release(order),
        readfile=order.get("request") or order.get("readfile") or "",
    )
    system.voltage_domain = VoltageDomain(voltage="1.0V")
    system.clk_domain = SrcClockDomain(clock=SYSTEM_CLOCK, voltage_domain=system.voltage_domain)
    system.realview = BOARDS[order["board"]]()
    system.terminal = Terminal()
    # The board has a keyboard and a mouse, which want a place where they are.
    system.vncserver = VncServer()
    system.mem_ranges = ranges(system, order["memory"]["size"])
    connect(system, order)
    return system


def ranges(system, size):
    """Memory of this size, laid out as the board wants it."""
    result = []
    for region in system.realview._mem_regions:
        taken = min(size, int(region.size()))
        result.append(AddrRange(start=region.start, size=taken))
        size -= taken
        if size == 0:
            return result
    raise ValueError("the board has no room for so much memory")


def connect(system, order):
    """Buses, memory, devices and processors."""
    system.membus = BoardBus()
    system.iobus = DeviceBus()
    system.iobridge = Bridge(delay=BRIDGE_DELAY)
    system.iobridge.mem_side_port = system.iobus.cpu_side_ports
    system.iobridge.cpu_side_port = system.membus.mem_side_ports
    if caches.simulated(order):
        system.iocache = caches.for_devices(system.mem_ranges)
        system.iocache.cpu_side = system.iobus.mem_side_ports
        system.iocache.mem_side = system.membus.cpu_side_ports
    else:
        system.dmabridge = Bridge(delay=BRIDGE_DELAY, ranges=system.mem_ranges)
        system.dmabridge.cpu_side_port = system.iobus.mem_side_ports
        system.dmabridge.mem_side_port = system.membus.cpu_side_ports
    system.realview.attachOnChipIO(system.membus, system.iobridge)
    system.realview.attachIO(system.iobus)
    if hasattr(system.realview.gic, "cpu_addr"):
        system.gic_cpu_addr = system.realview.gic.cpu_addr
    system.system_port = system.membus.cpu_side_ports
    system.mem_ctrls = memory.controllers(order, system.mem_ranges, system.membus)
    cores.connect(system, order)
    # A 32-bit Linux has not been run with it.
    if order["bits"] == 64:
        cores.monitor(system)
