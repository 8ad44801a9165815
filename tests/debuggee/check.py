"""What the scripts beside this one share. Whoever runs them has set SIDE and ARCH in GDB's own namespace."""

import re
import traceback

import __main__
import gdb

SIDE = __main__.SIDE
ARCH = __main__.ARCH

checked = 0


class Failed(Exception):
    """Something is not as it must be."""


def equal(what, got, wanted):
    """An expectation."""
    global checked
    checked += 1
    if got != wanted:
        raise Failed(f"{what}: {got!r}, not {wanted!r}")


def contains(what, text, part):
    """A part of what GDB printed, as a regular expression."""
    equal(f"{what} has {part!r}\n{text}", re.search(part, text) is not None, True)


def refused(command, part):
    """A command that must fail, and how GDB says so."""
    try:
        gdb.execute(command, to_string=True)
    except gdb.error as error:
        contains(command, str(error), part)
        return
    raise Failed(f"`{command}` succeeded")


def number(expression):
    """Value of an expression."""
    return int(gdb.parse_and_eval(expression))


def text(expression):
    """A string of the program's."""
    return gdb.parse_and_eval(expression).string()


def here():
    """Function and line of the selected frame."""
    frame = gdb.selected_frame()
    return frame.name(), frame.find_sal().line


def marked(name):
    """Line of the comment `gdb: NAME` in the program's source."""
    source = gdb.lookup_global_symbol("main").symtab.fullname()
    with open(source, encoding="utf-8") as file:
        lines = [at for at, line in enumerate(file, 1) if f"/* gdb: {name} */" in line]
    equal(f"marks called {name}", len(lines), 1)
    return lines[0]


def run_to(name):
    """Continue to a marked line."""
    line = marked(name)
    source = gdb.lookup_global_symbol("main").symtab.filename
    stop = gdb.Breakpoint(f"{source}:{line}", temporary=True)
    gdb.execute("continue", to_string=True)
    equal(f"the stop at {name}", gdb.selected_frame().find_sal().line, line)
    equal("the breakpoint is gone", stop.is_valid(), False)


def stop_of(command):
    """Resume, and the event that GDB sends when the program stops; None if it does not stop but end."""
    seen = []
    gdb.events.stop.connect(seen.append)
    try:
        gdb.execute(command, to_string=True)
    finally:
        gdb.events.stop.disconnect(seen.append)
    return seen[0] if seen else None


def signal_of(command):
    """The signal that stops it."""
    return getattr(stop_of(command), "stop_signal", None)


def breakpoints_of(command):
    """The breakpoints and watchpoints that stop it."""
    return list(getattr(stop_of(command), "breakpoints", []))


def ended():
    """Continue to the end; the status."""
    gdb.execute("continue", to_string=True)
    equal("the process is over", gdb.selected_inferior().pid, 0)
    return number("$_exitcode")


def test(function):
    """Run a script's function and say what came of it."""
    try:
        function()
    except Exception as error:  # pylint: disable=broad-except
        if not isinstance(error, (Failed, gdb.error)):
            traceback.print_exc()
        print(f"FAILED {function.__name__}: {error}")
        gdb.execute("backtrace" if gdb.selected_inferior().pid else "echo no process\\n")
        gdb.execute("quit 1")
    print(f"{function.__name__}: {checked} checks")
