"""Processors: one entry for each CPU model that a profile can name."""

from m5.objects import (
    ArmAtomicSimpleCPU,
    ArmMinorCPU,
    ArmO3CPU,
    ArmTimingSimpleCPU,
    CpuCluster,
    SrcClockDomain,
    VoltageDomain,
)

from .hpi import HPI

MODELS = {
    "AtomicSimpleCPU": ArmAtomicSimpleCPU,
    "TimingSimpleCPU": ArmTimingSimpleCPU,
    "MinorCPU": ArmMinorCPU,
    "HPI": HPI,
    "DerivO3CPU": ArmO3CPU,
}


def memory_mode(order):
    """`atomic`: an access is a function call and takes no time. `timing`: it is a packet that travels."""
    return MODELS[order["cpu"]["model"]].memory_mode()


def cluster(order):
    """The processors, which share a clock, and a cache of the second level if there is one."""
    cpu = order["cpu"]
    voltage = VoltageDomain(voltage="1.0V")
    # gem5 takes frequencies as text.
    domain = SrcClockDomain(clock=f"{cpu['clock']}Hz", voltage_domain=voltage)
    result = CpuCluster(voltage_domain=voltage, clk_domain=domain)
    result.generate_cpus(MODELS[cpu["model"]], cpu["count"])
    return result
