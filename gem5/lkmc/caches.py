"""Caches between the processors and the memory bus: those of a cluster, and one that all clusters share.

What a profile does not say follows the first source that says it, for the number of misses and writes that a cache keeps in flight:
the published parameters of gem5's HPI (configs/common/cores/arm/HPI.py), which has two levels, and for the third one the example of a
machine that has it (configs/example/arm/devices.py, L3). That one is "mostly exclusive" besides, which is not taken over: only lines
that the caches before it write back would come into it, and these write back dirty ones alone (src/mem/cache/base.hh, allocOnFill).
"""

from m5.objects import Cache, L2XBar, NULL, StridePrefetcher, TaggedPrefetcher

PREFETCHERS = {
    "stride": lambda: StridePrefetcher(queue_size=4, degree=4),
    "tagged": lambda: TaggedPrefetcher(),
}

# Misses in flight, requests that wait for one of them, writes on their way out, cycles that an answer takes on its way back.
IN_FLIGHT = {
    "l1i": dict(mshrs=2, tgts_per_mshr=8, response_latency=1),
    "l1d": dict(mshrs=4, tgts_per_mshr=8, write_buffers=4, response_latency=1),
    "l2": dict(mshrs=4, tgts_per_mshr=8, write_buffers=16, response_latency=5),
    "l3": dict(mshrs=20, tgts_per_mshr=12, write_buffers=8, response_latency=20),
}


def level(described, name):
    """The cache of this name, or None if there is none."""
    described = described[name]
    if described is None:
        return None
    prefetcher = described["prefetcher"]
    return Cache(
        size=f"{described['size']}B",
        assoc=described["associativity"],
        tag_latency=described["latency"],
        data_latency=described["latency"],
        prefetcher=NULL if prefetcher is None else PREFETCHERS[prefetcher](),
        is_read_only=name == "l1i",
        **IN_FLIGHT[name],
    )


def shared(order, system, domain):
    """What clusters are connected to: the memory bus, or the bus before a third level, which runs in this clock domain."""
    third = level(order, "l3")
    if third is None:
        return system.membus
    third.clk_domain = domain
    system.l3 = third
    system.third_level_bus = L2XBar(clk_domain=domain)
    system.third_level_bus.mem_side_ports = third.cpu_side
    third.mem_side = system.membus.cpu_side_ports
    return system.third_level_bus


def connect(described, cluster, bus):
    """Puts the caches that are described between a cluster and this bus. A first level comes in pairs."""
    for cpu in cluster.cpus:
        instructions, data = level(described, "l1i"), level(described, "l1d")
        if instructions is not None:
            cpu.addPrivateSplitL1Caches(instructions, data)
    second = level(described, "l2")
    if second is None:
        for cpu in cluster.cpus:
            cpu.connectCachedPorts(bus.cpu_side_ports)
        return
    cluster.second_level_bus = L2XBar(clk_domain=cluster.clk_domain)
    cluster.l2 = second
    for cpu in cluster.cpus:
        cpu.connectCachedPorts(cluster.second_level_bus.cpu_side_ports)
    cluster.second_level_bus.mem_side_ports = second.cpu_side
    second.mem_side = bus.cpu_side_ports


def for_devices(ranges):
    """Makes what devices read from memory coherent with the processors' caches."""
    return Cache(
        size="1KiB",
        assoc=8,
        tag_latency=50,
        data_latency=50,
        response_latency=50,
        mshrs=20,
        tgts_per_mshr=12,
        addr_ranges=ranges,
    )


def simulated(order):
    """Whether the machine has any cache."""
    levels = [level for cluster in order["clusters"] for level in cluster["cache"].values()]
    return any(level is not None for level in levels)
