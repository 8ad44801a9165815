"""Memory: what answers at the end of the bus."""

import m5.objects
from m5.objects import DRAMInterface, MemCtrl, NVMInterface, SimpleMemory


def controllers(order, ranges, bus):
    """One controller for each range of addresses; without a model, memory that answers after a fixed time."""
    model = order["memory"]["model"]
    result = []
    for span in ranges:
        if model is None:
            memory = SimpleMemory(range=span)
            memory.port = bus.mem_side_ports
        else:
            memory = MemCtrl(dram=interface(model)(range=span))
            memory.port = bus.mem_side_ports
        result.append(memory)
    return result


def interface(name):
    """The class of gem5 with this name, for example DDR3_1600_8x8 (src/mem/DRAMInterface.py)."""
    found = getattr(m5.objects, name, None)
    if isinstance(found, type) and issubclass(found, (DRAMInterface, NVMInterface)):
        return found
    raise ValueError(f"gem5 has no memory model `{name}`; it has {', '.join(models())}")


def models():
    """All memory models that this gem5 was built with."""
    return sorted(
        name
        for name, value in vars(m5.objects).items()
        if isinstance(value, type) and issubclass(value, DRAMInterface) and value is not DRAMInterface
    )
