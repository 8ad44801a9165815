"""Where each processor is, for the front-end: it names the lines itself, as it does for what a kernel prints."""

import json

import gdb

from . import kernel as machine, unwind
from .elf import Elf


class Processors(gdb.Command):
    """Print what each processor executes, in JSON (for lkmc itself)."""

    def __init__(self, kernel):
        super().__init__("lkmc-processors", gdb.COMMAND_STATUS)
        self.kernel = kernel
        self.entries = unwind.ENTRIES[kernel.kit["arch"]].names

    def invoke(self, argument, from_tty):
        # `f.constprop.0` as the linker knows it.
        gdb.execute("set print demangle off")
        found = []
        for thread in sorted(gdb.selected_inferior().threads(), key=lambda thread: thread.num):
            thread.switch()
            found.append({"processor": thread.num - 1, **_task(), "places": list(self._places())})
        print(json.dumps({"lkmc-processors": found}))

    def _places(self):
        """Functions and offsets, innermost first, without those that were inlined; until the kernel's stack ends."""
        frame, called = gdb.newest_frame(), False
        while frame is not None:
            if frame.type() != gdb.INLINE_FRAME:
                place = self._place(frame.pc(), called)
                if place is None:
                    return
                yield place
                called = True
            try:
                frame = frame.older()
            except gdb.error:
                return

    def _place(self, address, called):
        """Where a return address is the first of an entry's, it is no call that is returned from."""
        place = _symbol(address)
        if called and not (place and place["offset"] == 0 and self.entries.match(place["symbol"])):
            # A call may be a function's last instruction.
            place = _symbol(address - 1)
            if place is not None:
                place["offset"] += 1
        else:
            called = False
        return place and {**self._as_linked(place), "returned": called}

    def _as_linked(self, place):
        """GDB has a copy of a module in which functions begin later (modules.py): the offset is to be that in the module itself."""
        copy = place.pop("file")
        original = place["module"] and self.kernel.modules.originals.get(place["module"])
        if original:
            try:
                place["offset"] += Elf(copy).symbol(place["symbol"]) - Elf(original).symbol(place["symbol"])
            except (KeyError, OSError):
                pass  # It is the offset that it is.
        return place


def _task():
    """Who executes it. A processor that has not come to the scheduler yet has nobody."""
    try:
        task = gdb.parse_and_eval("$lx_current()")
        return {"pid": int(task["pid"]), "name": machine.name_in(task)}
    except gdb.error:
        return {"pid": None, "name": None}


def _symbol(address):
    """`name + 4 in section .init.text of /a/b/module.ko`"""
    words = gdb.execute(f"info symbol {address:#x}", to_string=True).split()
    if not words or words[0] == "No":
        return None
    offset = int(words[2]) if words[1:2] == ["+"] else 0
    file = words[-1] if "of" in words else ""
    name = file.rpartition("/")[2]
    module = name.removesuffix(".ko").replace("-", "_") if name.endswith(".ko") else None
    return {"symbol": words[0], "offset": offset, "module": module, "file": file}


def install(kernel):
    """Beside GDB's own."""
    Processors(kernel)
