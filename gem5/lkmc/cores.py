"""Processors: one entry for each CPU model that a profile can name."""

from pkgutil import resolve_name

from m5.objects import ArmPMU, ArmPPI, CpuCluster, SrcClockDomain, VoltageDomain

from . import caches

# Loaded when it is asked for, as in machine.py.
MODELS = {
    "AtomicSimpleCPU": "m5.objects:ArmAtomicSimpleCPU",
    "TimingSimpleCPU": "m5.objects:ArmTimingSimpleCPU",
    "MinorCPU": "m5.objects:ArmMinorCPU",
    "HPI": "lkmc.hpi:HPI",
    "DerivO3CPU": "m5.objects:ArmO3CPU",
}

# A performance monitor's interrupt, as Arm's Base System Architecture (DEN0094) wants it.
MONITOR_INTERRUPT = 23

# What the order's clusters are called: one, or the two of big.LITTLE.
NAMES = ("cpu_cluster", "little_cluster")


def model(cpu):
    """The class of a processor."""
    return resolve_name(MODELS[cpu["model"]])


def memory_mode(order):
    """`atomic`: an access is a function call and takes no time. `timing`: it is a packet that travels. The same for all."""
    return model(order["clusters"][0]["cpu"]).memory_mode()


def connect(system, order):
    """Puts the processors into the system, and the caches between them and its bus. What all share has the first cluster's clock."""
    clusters = [cluster(described["cpu"]) for described in order["clusters"]]
    for name, made in zip(NAMES, clusters):
        setattr(system, name, made)
    bus = caches.shared(order, system, clusters[0].clk_domain)
    for described, made in zip(order["clusters"], clusters):
        caches.connect(described["cache"], made, bus)


def of(system):
    """All processors, in the order of their numbers."""
    clusters = [getattr(system, name) for name in NAMES if hasattr(system, name)]
    return [cpu for cluster in clusters for cpu in cluster.cpus]


def monitor(system):
    """Gives each processor a performance monitor (PMU), which counts cycles, instructions and some more of what it does. It needs a
    board, for its interrupt."""
    for cpu in of(system):
        for isa in cpu.isa:
            isa.pmu = ArmPMU(interrupt=ArmPPI(num=MONITOR_INTERRUPT))
            isa.pmu.addArchEvents(cpu=cpu, itb=cpu.mmu.itb, dtb=cpu.mmu.dtb)


def cluster(cpu):
    """Processors that share a clock, and a cache of the second level if there is one."""
    voltage = VoltageDomain(voltage="1.0V")
    # gem5 takes frequencies as text.
    domain = SrcClockDomain(clock=f"{cpu['clock']}Hz", voltage_domain=voltage)
    result = CpuCluster(voltage_domain=voltage, clk_domain=domain)
    result.generate_cpus(model(cpu), cpu["count"])
    return result
