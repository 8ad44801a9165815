"""Syscall emulation: one program, and gem5 in the place of the kernel."""

from m5.objects import AddrRange, Process, SEWorkload, SrcClockDomain, System, SystemXBar, VoltageDomain

from . import cores, memory, proc
from .board import SYSTEM_CLOCK
from .kind import Kind

# The program's own idea of its name. A name of the host's would lie on the stack, and its length would move what is below.
PROGRAM = "program"


class SyscallEmulation(Kind):
    """A machine with processors and memory, and a process on each processor that the program may use."""

    full_system = False

    def build(self, order):
        system = System(mem_mode=cores.memory_mode(order), cache_line_size=64)
        system.voltage_domain = VoltageDomain(voltage="1.0V")
        system.clk_domain = SrcClockDomain(clock=SYSTEM_CLOCK, voltage_domain=system.voltage_domain)
        system.mem_ranges = [AddrRange(start=0, size=order["memory"]["size"])]
        system.membus = SystemXBar()
        system.system_port = system.membus.cpu_side_ports
        system.mem_ctrls = memory.controllers(order, system.mem_ranges, system.membus)
        cores.connect(system, order)
        system.redirect_paths = proc.redirections(order, PROGRAM)
        system.readfile = order["readfile"] or ""
        system.workload = SEWorkload.init_compatible(order["program"])
        process = Process(
            executable=order["program"],
            cmd=[PROGRAM, *order["arguments"]],
            env=[],
            cwd="/",
            input=order["stdin"],
            output=order["stdout"],
            errout=order["stderr"],
        )
        for cpu in cores.of(system):
            # Threads that the program makes run on the processors that nobody uses.
            cpu.workload = process
        return system
