"""Memory: what answers at the end of the bus."""

import m5.objects
from m5.objects import MemCtrl, SimpleMemory

# The one model that has no controller before it.
SIMPLE = "SimpleMemory"


def controllers(order, ranges, bus):
    """One controller for each range of addresses; without a model, or with SIMPLE, memory that answers after a fixed time."""
    model = order["memory"]["model"]
    result = []
    for span in ranges:
        if model in (None, SIMPLE):
            memory = SimpleMemory(range=span)
            memory.port = bus.mem_side_ports
        else:
            memory = MemCtrl(dram=interface(model)(range=span))
            memory.port = bus.mem_side_ports
        result.append(memory)
    return result


def interface(name):
    """The class of gem5 with this name, for example DDR3_1600_8x8 (src/mem/DRAMInterface.py); about.py has told which there are."""
    return getattr(m5.objects, name)
