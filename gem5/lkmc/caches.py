"""Caches between the processors of a cluster and the memory bus.

What a profile does not say follows the first source that says it: the published parameters of gem5's HPI
(configs/common/cores/arm/HPI.py) for the number of misses and writes that a cache keeps in flight.
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


def connect(described, cluster, bus):
    """Puts the caches that are described between a cluster and the memory bus. A first level comes in pairs."""
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
