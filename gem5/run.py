"""Simulates one machine: gem5 runs this script with the description that lkmc made of a profile.

    gem5 [--debug-flags=...] gem5/run.py MACHINE

MACHINE is JSON (src/emulator/gem5/mod.rs writes it and says what each field means). All results are files of gem5's output
directory: `stats.txt`, `config.json`, the console's `system.terminal`, what the guest wrote with `m5 writefile`, and
`ending.json`, which says how the simulation ended; lkmc reads that, because gem5's own exit status says nothing.
"""

import json
import sys

from lkmc import course, machine, params


def main():
    order = json.loads(sys.argv[1])
    kind = machine.kind(order)
    try:
        root = machine.build(kind, order)
    except params.Mistakes as mistakes:
        return course.refuse(str(mistakes))
    course.run(kind, root, order)


# gem5 names its script's module so.
if __name__ == "__m5_main__":
    main()
