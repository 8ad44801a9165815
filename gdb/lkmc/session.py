"""The course of a session: to where the user gets it, through what a script wants, and an end that says what went wrong."""

import sys
import traceback

import gdb

from .errors import Problem


# As a shell reports Ctrl-C.
INTERRUPTED = 130


def settings(*own):
    """What GDB is told before anything else, in every session of ours and then in this one."""
    usual = (
        ("confirm", "off"),
        ("pagination", "off"),
        ("width", "0"),
        ("print pretty", "on"),
        # After its own two seconds GDB asks again, and takes the first question's late answer for the second's. A stub on a busy
        # host is as slow as that, the kernel's on a serial port above all.
        ("remotetimeout", "15"),
    )
    for name, value in (*usual, *own):
        gdb.execute(f"set {name} {value}")


def run(begin, steps, let_go):
    """begin(), then the user's steps. A problem ends GDB with its explanation, after `let_go` of what is debugged."""
    try:
        begin()
        for step in steps:
            _carry_out(step)
    except Problem as problem:
        problem.show()
        _leave(problem.status, let_go)
    except gdb.error as error:
        print(f"lkmc: GDB: {error}", file=sys.stderr)
        _leave(1, let_go)
    except KeyboardInterrupt:
        # Half a session would be without what makes it one.
        print("lkmc: interrupted on the way to where the session begins", file=sys.stderr)
        _leave(INTERRUPTED, let_go)
    except Exception:  # pylint: disable=broad-except  # A script's, most often; nothing is left behind.
        traceback.print_exc()
        _leave(1, let_go)


def _carry_out(step):
    """A command or a script of the user's. GDB itself would end with status 0 whatever becomes of a Python script."""
    if step["kind"] == "command":
        return gdb.execute(step["text"])
    path = step["path"]
    if not path.endswith(".py"):
        return gdb.execute(f"source {path}")
    with open(path, encoding="utf-8") as file:
        code = compile(file.read(), path, "exec")
    # As GDB's own `source` does it: with the names that `python` has, which keep what the script defines.
    names = sys.modules["__main__"].__dict__
    names["__file__"] = path
    try:
        exec(code, names)  # pylint: disable=exec-used
    finally:
        names.pop("__file__", None)


def _leave(status, let_go):
    gdb.execute("set confirm off")
    if gdb.selected_inferior().pid:
        try:
            gdb.execute(let_go, to_string=True)
        except gdb.error:
            pass  # The connection is gone, and what was debugged with it.
    gdb.execute(f"quit {status}")
