"""From one stop to the next: that the one which comes is the one that was wanted."""

import gdb

from .errors import Problem


def run_to(location):
    """Continue to a place. Ends the session if the guest comes to its end before."""
    go_on(gdb.Breakpoint(location, temporary=True).number, location)


def go_on(number, what):
    """Continue once; the stop must be that of a certain breakpoint."""
    seen = []

    def note(event):
        # Now, because a temporary breakpoint does not outlive its stop.
        seen.extend(it.number for it in getattr(event, "breakpoints", []))

    gdb.events.stop.connect(note)
    try:
        gdb.execute("continue")
    finally:
        gdb.events.stop.disconnect(note)
    if number not in seen:
        raise Problem(
            "lkmc::gdb::not_reached",
            f"the guest stopped before it came to {what}",
            "the command in the guest has ended, or the guest itself; is it a command that goes there?",
            status=1,
        )
