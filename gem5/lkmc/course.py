"""The course of a simulation: to the checkpoint, or from it to the end."""

import atexit
import json
import os
import sys
from pkgutil import resolve_name

import m5

from . import cores

# Ticks are picoseconds. How often a boot is looked at; between two looks nothing but the machine runs.
LOOK = 20 * 10**9
# As far as time goes. gem5's own default is no limit at all once another limit has been reached, and then it dies of having no
# event left; this way it says so.
FOREVER = m5.MaxTick - 1
# A boot that executes so many instructions and says nothing on its console will not end.
SILENCE = 400 * 10**6

# A program, or somebody on the host, asks gem5's standard library for something, by a number: gem5 has that since 25.0
# (src/sim/pseudo_inst.cc, src/sim/init_signals.cc, src/python/gem5/simulate/exit_handler.py).
HYPERCALLS = ("m5_hypercall instruction encountered", "Handling external signal!")

# GDB's `monitor`, which the stub passes on to us.
MONITOR = "GDB_MONITOR:"

# What is dumped where, if nobody tells gem5 otherwise. `m5.options.stats_file` is this name, from gem5 25.1 on a list of such names
# (src/python/m5/main.py).
STATISTICS = "stats.txt"
ENDING = "ending.json"
PROGRESS = "progress.json"


def run(kind, root, order):
    """Simulates until the guest ends it, or until the checkpoint that was asked for is there."""
    kind.describe(root.system)
    restore, save = order.get("restore"), order.get("save")
    if order.get("request") and order.get("readfile"):
        resolve_name("lkmc.readfile:hand_over")(root.system, order["readfile"])
    # A guest that goes on in the middle of its command does not start it.
    started = kind.alone or order.get("resumed")
    traced = trace(kind, started, order.get("trace"))
    m5.instantiate(restore) if restore else m5.instantiate()
    kind.is_loaded()
    if traced:
        traced.prepare()
    kind.take_output(order)
    watch = Watch(root.system, order) if save else None
    # The agent asks for a checkpoint when the guest has booted; a boot under GDB has no use for one.
    booting = not kind.alone and not restore
    while True:
        event = m5.simulate(LOOK if watch else FOREVER)
        cause = event.getCause()
        if cause == "checkpoint":
            if save:
                m5.checkpoint(save)
                return end(root.system, "checkpoint", 0)
            if not booting:
                # The user's own.
                m5.checkpoint(os.path.join(m5.options.outdir, f"cpt.{m5.curTick()}"))
            booting = False
        elif cause.startswith(MONITOR):
            # The stub has answered.
            continue
        elif cause in HYPERCALLS:
            # There is no such library here. gem5 24.0 passes over the operation too, with a warning.
            continue
        elif watch and cause == "simulate() limit reached":
            if watch.silent():
                return end(root.system, "silent", 0)
        else:
            return end(root.system, cause, event.getCode(), traced)


def trace(kind, started, wanted):
    """What writes the trace that is asked for, if any. Loaded only then, as in machine.py."""
    return resolve_name("lkmc.trace:Trace")(wanted, kind.alone, started) if wanted else None


class Watch:
    """Looks at a boot from time to time: how far it is, and whether it says anything."""

    def __init__(self, system, order):
        self.system = system
        self.console = os.path.join(m5.options.outdir, order["console"])
        self.length = -1
        self.since = 0

    def silent(self):
        """Whether nothing has been said for too long. Writes down how far the boot is."""
        committed = instructions(self.system)
        length = os.path.getsize(self.console) if os.path.exists(self.console) else 0
        if length != self.length:
            self.length, self.since = length, committed
        write(PROGRESS, {"ticks": m5.curTick(), "instructions": committed})
        return committed - self.since > SILENCE


def instructions(system):
    """Committed by all processors since the start or the restore; `resetstats` does not touch this count."""
    return sum(cpu.totalInsts() for cpu in cores.of(system))


def end(system, cause, code, traced=None):
    """Writes what ended the simulation, whole or not at all."""
    notes = traced.close() if traced else None
    if os.path.getsize(os.path.join(m5.options.outdir, STATISTICS)):
        # The guest has dumped, as the agent does when a command ends. gem5 would do so once more now, and count what came
        # after it.
        atexit.unregister(m5.stats.dump)
    write(
        ENDING,
        {
            "cause": cause,
            "code": code,
            "ticks": m5.curTick(),
            "instructions": instructions(system),
            "gem5": version(),
            "loaded": loaded(),
            "trace": notes,
        },
    )
    sys.stdout.flush()


def loaded():
    """What of this package the simulation was made by."""
    package = __package__ + "."
    return sorted(name.removeprefix(package) for name in sys.modules if name.startswith(package))


def refuse(why):
    """Says that the simulation cannot begin, because of what its user asked for."""
    write(ENDING, {"cause": f"refused: {why}", "code": 0, "ticks": 0, "instructions": 0, "gem5": version()})


def version():
    """What gem5 calls itself, as `24.0.0.1`."""
    import _m5.core

    return _m5.core.gem5Version


def write(name, content):
    path = os.path.join(m5.options.outdir, name)
    with open(path + ".new", "w") as file:
        json.dump(content, file)
    os.replace(path + ".new", path)
