"""What listens for somebody outside: gem5's stub for GDB, on a socket of the run."""

import os

import m5


def open_or_close(root, order):
    """With `gdb` in the order there is a stub. Else nothing listens: two runs have to be equal, whatever the host's ports."""
    gdb = order["gdb"]
    if gdb is None:
        m5.disableAllListeners()
        return
    for thing in root.descendants():
        for name, param in thing._params.items():
            # A dictionary has two types: gem5 25.0 (src/python/m5/params/base_params.py).
            if getattr(param, "ptype_str", None) == "HostSocket":
                # gem5 24.0 dies of the value that means "no socket": so consoles have one too, which nobody uses.
                setattr(thing, name, place(f"{thing.path()}.sock"))
    root.system.workload.remote_gdb_port = place(gdb["socket"])
    root.system.workload.wait_for_remote_gdb = gdb["wait"]


def place(name):
    return os.path.join(os.path.abspath(m5.options.outdir), name)
