"""The file that `m5 readfile` prints in a guest, if the run has one.

gem5 knows one file that a guest may read, and until the command starts that is the request, which the agent reads. A request that is
followed by such a file ends with the command's start (src/gem5/conversation.rs), so that the agent wants nothing more of it.
"""

import m5


def hand_over(system, path):
    """The file is the user's when the command starts: where the agent resets the statistics. gem5 has reset them once before, when
    its first event was due, and looks this function up each time."""
    reset, calls = m5.stats.reset, []

    def counting_reset(*arguments, **named):
        reset(*arguments, **named)
        calls.append(m5.curTick())
        if len(calls) == 2:
            system.getCCParams().readfile = path

    m5.stats.reset = counting_reset
