"""From a description to a tree of gem5's objects."""

import m5
from m5.objects import Root

from . import board, params, process

KINDS = {
    "full-system": board.build,
    "process": process.build,
}


def build(order):
    """The root of the tree, with the profile's overrides applied; not instantiated."""
    system = KINDS[order["kind"]](order)
    root = Root(full_system=order["kind"] != "process", system=system)
    params.apply(root, order["params"])
    # Nothing of the host's clock, ports or terminals may reach the machine: two runs have to be equal.
    m5.disableAllListeners()
    return root
