"""The emulator itself under GDB, from its main() on.

The front-end starts GDB with one call of start(); see src/gdb/emulator.rs for what it passes.
"""

import json
import os
import shlex

import gdb

from . import session
from .errors import Problem

# What QEMU and gem5 send themselves all the time.
SIGNALS = "SIGUSR1 SIGUSR2 SIGPIPE SIGALRM SIGIO SIGVTALRM SIGCHLD"
STARTING = ("run", "start", "starti")


def start(order):
    """Start the emulator and go to its main()."""
    order = json.loads(order)

    def begin():
        _settings(order)
        _start(order)
        Refuse()
        for command in STARTING:
            gdb.execute(f"define hook-{command}\n{Refuse.NAME}\nend")

    session.run(begin, order["steps"], "kill")


def _settings(order):
    session.settings(
        # Breakpoints in what the emulator loads while it runs.
        ("breakpoint pending", "on"),
        ("print thread-events", "off"),
        ("print inferior-events", "on"),
        ("cwd", order["directory"]),
    )
    pass_signals()
    for variable in order["unset"]:
        os.environ.pop(variable, None)
        gdb.execute(f"unset environment {variable}")
    for name, value in order["environment"]:
        gdb.execute(f"set environment {name} {value}")
    # The user's own shell may be of any kind.
    os.environ["SHELL"] = "/bin/sh"


def pass_signals():
    """To the emulator, without a stop."""
    gdb.execute(f"handle {SIGNALS} nostop noprint pass", to_string=True)


def _start(order):
    """To main(), or to the first instruction of a program that has none by that name."""
    loader, *arguments = order["argv"]
    program = order["program"]
    gdb.execute(f'file "{loader}"', to_string=True)
    words = " ".join(map(shlex.quote, arguments))
    gdb.execute(f"set args {words} < /dev/null > {order['log']} 2>&1")
    if loader == program:
        gdb.execute("with suppress-cli-notifications on -- starti", to_string=True)
    else:
        load(program, "run")
    to_main(program)


def load(program, begin):
    """Lets the dynamic loader map the program, which it does before anything else, and tells GDB where."""
    gdb.execute("set stop-on-solib-events 1")
    command = begin
    while not (loaded := _first_loaded()):
        gdb.execute(f"with suppress-cli-notifications on -- {command}", to_string=True)
        if not gdb.selected_inferior().pid:
            raise Problem("lkmc::gdb::emulator", f"{program} cannot be started", "emulator.log in the run directory says why", 1)
        command = "continue"
    gdb.execute("set stop-on-solib-events 0")
    offset = int(gdb.parse_and_eval(f"*(unsigned long *){loaded}"))
    gdb.execute(f'add-symbol-file "{program}" -o {offset:#x}', to_string=True)


def _first_loaded():
    """Address of the program's entry in the loader's list of what it has loaded, 0 while that is empty: `struct link_map`, which
    begins with how far its subject lies from where it was linked (glibc's include/link.h)."""
    if not gdb.selected_inferior().pid:
        return 0
    return int(gdb.parse_and_eval("((unsigned long *)&_r_debug)[1]"))


def to_main(program):
    """To main(), if it has a function by that name."""
    try:
        known = gdb.execute("info line main", to_string=True)
    except gdb.error:
        gdb.execute("frame")
        return
    if known.startswith("No line number"):
        print(f"lkmc: {os.path.basename(program)} has no debugging symbols: only functions that it exports have names")
    gdb.execute("tbreak main", to_string=True)
    gdb.execute("continue")


class Refuse(gdb.Command):
    """Ends a command that would start the emulator again: whoever drives the guest has lost it then."""

    NAME = "lkmc-starts-again"

    def __init__(self):
        super().__init__(self.NAME, gdb.COMMAND_RUNNING)

    def invoke(self, _argument, _from_tty):
        raise gdb.GdbError("the emulator is started once in a run: `quit` leaves GDB; lkmc starts the next one")
