"""Memory: what answers at the end of the bus."""

import m5.objects
from m5.objects import AddrRange, MemCtrl, SimpleMemory

# The one model that has no controller before it, and no channels.
SIMPLE = "SimpleMemory"

# So many bytes lie in one channel before those of the next one begin: two lines of the caches, as where gem5's own scripts interleave
# (configs/common/MemConfig.py). All models take it as they come; with the address map RoRaBaChCo it would have to be a whole row.
PIECE = 128


def controllers(order, ranges, bus):
    """A controller for each channel of each range of addresses; without a model, or with SIMPLE, memory that answers after a fixed
    time."""
    model, channels = order["memory"]["model"], order["memory"]["channels"]
    if model in (None, SIMPLE):
        result = [SimpleMemory(range=span) for span in ranges]
    else:
        result = [MemCtrl(dram=interface(model)(range=part)) for span in ranges for part in interleaved(span, channels)]
    for memory in result:
        memory.port = bus.mem_side_ports
    return result


def interleaved(span, channels):
    """The part of each channel in a range. The bits of an address right above those within a piece are the number of its channel."""
    masks = [PIECE << bit for bit in range(channels.bit_length() - 1)]
    return [AddrRange(start=span.start, end=span.end, masks=masks, intlvMatch=number) for number in range(channels)]


def interface(name):
    """The class of gem5 with this name, for example DDR3_1600_8x8 (src/mem/DRAMInterface.py); about.py has told which there are."""
    return getattr(m5.objects, name)
