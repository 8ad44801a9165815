"""Traces: what gem5's debug flags make it say, from the command's start on.

All is silent until then. The command starts where the guest resets the statistics, as the agent does right before it; without a
kernel it starts at once. What there is of a trace afterwards is in `ending.json`.
"""

import os

import m5
from m5 import event

# How often the file's length is looked at, in ticks: 2 us, and less often while nothing is said.
LOOK = 2 * 10**6
SELDOM = 32 * LOOK
# Before everything else of a tick.
FIRST = event.Event.Debug_Enable_Pri


class Trace:
    """What is wanted: `flags`, `file`, `limit` in bytes, `after` the command's start and for how `long`, in ticks."""

    def __init__(self, wanted, alone, started):
        self.wanted = wanted
        self.path = os.path.join(m5.options.outdir, self.wanted["file"])
        # There is no kernel, and nobody who says when the command starts.
        self.alone = alone
        # Nobody says so either where it has started already.
        self.started = started
        self.notes = {"begin": None, "resets": [], "dumps": [], "cut": None, "full": False}
        self.looked = (LOOK, 0)
        self.functions = m5.stats.reset, m5.stats.dump
        m5.trace.disable()
        for flag in self.wanted["flags"]:
            known = m5.debug.flags[flag.lstrip("-")]
            known.disable() if flag.startswith("-") else known.enable()
        m5.trace.output(self.wanted["file"])

    def prepare(self):
        """When the machine is there: waits for the command's start."""
        self.at(0, self.first)

    def first(self):
        if not self.alone:
            self.listen()
        if self.started:
            self.begin()

    def listen(self):
        """gem5 looks its functions up each time that the guest asks for one. It has reset the statistics itself by now."""
        reset, dump = self.functions

        def listening_reset():
            reset()
            self.notes["resets"].append(m5.curTick())
            if self.notes["begin"] is None:
                self.begin()

        def listening_dump(*arguments, **named):
            # `roots`, and from gem5 25.1 on a `message`.
            dump(*arguments, **named)
            self.notes["dumps"].append(m5.curTick())

        m5.stats.reset, m5.stats.dump = listening_reset, listening_dump

    def begin(self):
        """The command starts."""
        self.notes["begin"] = m5.curTick()
        if self.wanted["after"]:
            self.at(self.wanted["after"], self.enable)
        else:
            self.enable()

    def enable(self):
        m5.trace.enable()
        self.at(LOOK, self.look)
        if self.wanted["long"]:
            self.at(self.wanted["long"], self.cut)

    def look(self):
        """Ends a trace that is as long as it may be."""
        if self.notes["cut"] is not None:
            return
        period, before = self.looked
        size = os.path.getsize(self.path)
        if size >= self.wanted["limit"]:
            self.notes["full"] = True
            return self.cut()
        period = period * 2 if size == before else LOOK
        if not self.alone:
            # A program without a kernel that waits for itself has no other event: these may not keep it waiting for ever.
            period = min(period, SELDOM)
        self.looked = (period, size)
        self.at(period, self.look)

    def cut(self):
        if self.notes["cut"] is None:
            m5.trace.disable()
            self.notes["cut"] = m5.curTick()

    def close(self):
        """gem5's functions are its own again. What is to be said of the trace."""
        m5.stats.reset, m5.stats.dump = self.functions
        return self.notes

    def at(self, delay, function):
        """What comes after the end of time comes never: a machine that waits for nothing else has come to its end then."""
        when = m5.curTick() + delay
        if when < m5.MaxTick:
            event.mainq.schedule(event.create(function, FIRST), when)
