"""A program debugged from inside: as a process of the host, in QEMU's user mode, under gdbserver in a guest, or on bare metal.

The front-end starts GDB with one call of start(); see src/debuggee/gdb.rs for what it passes.
"""

import importlib
import json
import os
import shlex
import sys

import gdb

from . import session
from .errors import Problem
from .onward import go_on

# A program may send itself these before it comes to where it shall stop. What it does not handle ends it, and GDB says so.
ON_THE_WAY = "SIGHUP SIGTERM SIGUSR1 SIGUSR2"


def start(order):
    """Load symbols, start the program or connect to it, and go to the place asked for."""
    order = json.loads(order)

    def begin():
        _settings(order)
        _begin(order)
        _go(order)

    session.run(begin, order["steps"], "kill")


def _settings(order):
    # A program on bare metal has its libc in itself.
    session.settings(("debug-file-directory", order["debug-files"] or ""))
    for named, physical in order["directories"]:
        gdb.execute(f'set substitute-path "{named}" "{physical}"')
    if order["printers"]:
        _printers(order["printers"])
    for variable in order["unset"]:
        os.environ.pop(variable, None)
        gdb.execute(f"unset environment {variable}")


def _printers(directory):
    """Strings and containers of C++ by what is in them. The program may be linked with their library dynamically or statically."""
    sys.path.insert(0, directory)
    printers = importlib.import_module("libstdcxx.v6.printers")
    printers.register_libstdcxx_printers(None)


def _begin(order):
    """The program, before its first instruction or near it."""
    gdb.execute(f'file "{order["program"]}"')
    target = order["target"]
    if target is None:
        # Without a shell GDB cannot pass an argument with a blank in it. The user's own may be of any kind.
        os.environ["SHELL"] = "/bin/sh"
        gdb.execute("set args " + " ".join(map(shlex.quote, order["arguments"])))
        gdb.execute("starti", to_string=True)
    else:
        if order["sysroot"]:
            gdb.execute(f"set sysroot {order['sysroot']}")
        if order["registers"]:
            gdb.execute(f"set tdesc filename {order['registers']}")
        gdb.execute(f"target remote {target}", to_string=True)


def _go(order):
    """To the place. What a library defines is only known when the library is there, which it is in main."""
    if order["place"] is None and not _exists("main"):
        # One without a libc; it stands at its first instruction.
        gdb.execute("frame")
        return
    place = order["place"] or "main"
    if not _exists(place):
        _run_to("main")
        if not _exists(place):
            raise Problem(
                "lkmc::debuggee::no_place",
                f"neither {os.path.basename(order['program'])} nor what it is linked with has `{place}`",
                "name a function, FILE:LINE, or *ADDRESS",
            )
    _run_to(place)


def _run_to(place):
    stop = gdb.Breakpoint(place, temporary=True)
    if gdb.selected_frame().pc() in [location.address for location in stop.locations]:
        # It stands there already, and `continue` would go on from it.
        stop.delete()
        gdb.execute("frame")
        return
    gdb.execute(f"handle {ON_THE_WAY} nostop noprint pass", to_string=True)
    try:
        go_on(stop.number, place)
    except Problem:
        raise Problem(
            "lkmc::debuggee::not_reached",
            f"the program stopped before it came to {place}",
            "what it says above tells why; arguments of the program follow `--`",
            status=1,
        ) from None
    finally:
        gdb.execute(f"handle {ON_THE_WAY} stop print pass", to_string=True)


def _exists(place):
    try:
        # gdb.decode_line() would do, but GDB 13 dies of an expression with an unknown name in it.
        gdb.execute(f"info line {place}", to_string=True)
        return True
    except gdb.error:
        return False
