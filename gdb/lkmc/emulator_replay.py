"""An emulator that rr recorded, from its main() on, forwards and backwards.

rr has started GDB and connected it; the front-end has put one call of start() behind that; see src/rr/replay.rs for what it passes.
"""

import json

from . import emulator, session


def start(order):
    """Go to the emulator's main()."""
    order = json.loads(order)

    def begin():
        session.settings(("breakpoint pending", "on"), ("print thread-events", "off"))
        emulator.pass_signals()
        if order["loaded"]:
            emulator.load(order["program"], "continue")
        emulator.to_main(order["program"])

    session.run(begin, order["steps"], "kill")
