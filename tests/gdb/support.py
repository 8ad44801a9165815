"""What the scripts share."""

import os

import gdb
from lkmc import kernel

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def marked(file, name):
    """FILE:LINE of the line with the comment `gdb: NAME`."""
    with open(os.path.join(ROOT, file), encoding="utf-8") as text:
        lines = [number for number, line in enumerate(text, 1) if f"/* gdb: {name} */" in line]
    assert len(lines) == 1, f"{file} has {len(lines)} lines marked `{name}`"
    return f"{file}:{lines[0]}"


def stop_at(location, **more):
    """A temporary breakpoint, and on to it; the frame that is reached."""
    wanted = gdb.Breakpoint(location, temporary=True, **more).number
    return go_to(wanted, location)


def go_to(number, what="the breakpoint"):
    """On to a breakpoint that is there already."""
    seen = []

    def note(event):
        seen.extend(it.number for it in getattr(event, "breakpoints", []))

    gdb.events.stop.connect(note)
    gdb.execute("continue")
    gdb.events.stop.disconnect(note)
    assert number in seen, f"stopped before {what} at {gdb.selected_frame().name()}"
    return gdb.newest_frame()


def signal_of_continue():
    """Lets the guest go on until something stops it that is no breakpoint; GDB's name for that."""
    seen = []
    gdb.events.stop.connect(seen.append)
    gdb.execute("continue")
    gdb.events.stop.disconnect(seen.append)
    assert [type(event) for event in seen] == [gdb.SignalEvent], seen
    return seen[0].stop_signal


def arch():
    """Name of the guest's architecture, as in profiles."""
    name = gdb.selected_frame().architecture().name()
    return "x86_64" if "x86-64" in name else "aarch64" if "aarch64" in name else "arm"


def architecture():
    """What lkmc knows of it."""
    return kernel.ARCHES[arch()]


def task():
    """An expression for the task that runs, while the kernel does."""
    return f"((struct task_struct *){value(architecture().current):#x})"


def value(expression):
    """An integer."""
    return int(gdb.parse_and_eval(expression))


def equal(found, wanted):
    assert found == wanted, f"{found!r} is not {wanted!r}"


def callers():
    """Names of the functions on the stack, innermost first."""
    names, frame = [], gdb.newest_frame()
    while frame is not None and len(names) < 64:
        names.append(frame.name())
        frame = frame.older()
    return names


def line():
    """FILE:LINE of the selected frame."""
    sal = gdb.selected_frame().find_sal()
    return f"{sal.symtab.filename}:{sal.line}"


DEBUG_ME = "kernel_modules/debug_me.c"


def in_module(name):
    """On to a marked line of debug_me, whose module is about to be loaded."""
    return stop_at(marked(DEBUG_ME, name))
