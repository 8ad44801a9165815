"""From a description to a tree of gem5's objects."""

from m5.objects import Root

from . import bare, board, params, process, stub

KINDS = {
    "full-system": board.build,
    "bare-metal": bare.build,
    "process": process.build,
}


def build(order):
    """The root of the tree, with the profile's overrides applied; not instantiated."""
    system = KINDS[order["kind"]](order)
    root = Root(full_system=order["kind"] != "process", system=system)
    params.apply(root, order["params"])
    stub.open_or_close(root, order)
    return root
