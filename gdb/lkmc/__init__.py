"""What lkmc adds to GDB: symbols where they belong, and a way to the place that the user named.

The front-end starts GDB with one call of start(); see src/gdb/mod.rs for what it passes.
"""

import json
import os

import gdb

from . import entries, kernel, modules, over, place, processors, session, step, unwind


def start(kit_path, order):
    """Load symbols, connect, and go to the place asked for."""
    with open(kit_path, encoding="utf-8") as file:
        kit = json.load(file)
    order = json.loads(order)

    def begin():
        _settings(kit)
        guest = kernel.Kernel(kit, order)
        # Before anything has happened, if it can be: in a guest that runs it may be in a module, which has symbols when GDB is there.
        running = order["state"] == "running"
        destination = None if running else place.find(guest, order["place"])
        entries.install()
        if guest.arch.late_lines:
            entries.unwind(guest.arch.late_lines)
            step.install()
        guest.connect()
        # Before the others: it may have to put the processors to where memory can be read.
        over.install(guest)
        modules.install(guest)
        unwind.install(guest)
        processors.install(guest)
        if running:
            destination = place.find(guest, order["place"])
        if destination is not None:
            destination()

    # GDB's own way to leave would have the stub kill the guest, which is not GDB's.
    session.run(begin, order["steps"], order["leave"])


def _settings(kit):
    session.settings(
        # A function that never returns, as the boot's, has no caller worth unwinding to.
        ("backtrace past-main", "on"),
        # Breakpoints in modules that are not loaded yet.
        ("breakpoint pending", "on"),
    )
    if kit["emulator"] == "gem5":
        # Its stub has no watchpoints, and GDB only finds out when it is too late to watch by single steps.
        gdb.execute("set can-use-hw-watchpoints 0")
    for named, physical in kit["substitutions"]:
        gdb.execute(f'set substitute-path "{named}" "{physical}"')
    for directory in kit["source-directories"]:
        gdb.execute(f'directory "{directory}"', to_string=True)
    os.environ.pop("PYTHONHOME", None)
