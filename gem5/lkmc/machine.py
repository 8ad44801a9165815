"""From a description to a tree of gem5's objects."""

from pkgutil import resolve_name

from m5.objects import Root

from . import params, stub

# Loaded when it is asked for: a checkpoint depends on what its boot has loaded (src/gem5/checkpoint.rs).
KINDS = {
    "full-system": "lkmc.linux:FullSystem",
    "bare-metal": "lkmc.bare:BareMetal",
    "process": "lkmc.process:SyscallEmulation",
}


def kind(order):
    """What is special about the kind of machine that is ordered."""
    return resolve_name(KINDS[order["kind"]])()


def build(kind, order):
    """The root of the tree, with the profile's overrides applied; not instantiated."""
    root = Root(full_system=kind.full_system, system=kind.build(order))
    params.apply(root, order["params"])
    stub.open_or_close(root, order)
    return root
