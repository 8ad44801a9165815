"""Prints the parameters of a class called HPI as JSON: lkmc's own, or the one that comes with gem5.

gem5 runs this: `gem5.opt hpi.py DIRECTORY MODULE`. Both classes in one process would clash in gem5's table of names.
"""

import importlib
import json
import sys

from m5.SimObject import isSimObject


def value(thing):
    if isSimObject(thing):
        return tree(thing)
    if isinstance(thing, (list, tuple)) or type(thing).__name__ in ("SimObjectVector", "VectorParamValue"):
        return [value(item) for item in thing]
    return str(thing)


def tree(node):
    """All parameters that do not need a parent to have a value; names and descriptions are everybody's own."""
    result = {"type": node.type}
    for name in sorted(node._params.keys()):
        if name in ("description", "eventq_index"):
            continue
        try:
            thing = node._values[name]
        except KeyError:
            continue
        if type(thing).__name__ in ("AttrProxy", "AnyProxy", "AllProxy"):
            continue
        result[name] = value(thing)
    return result


sys.path.insert(0, sys.argv[1])
print("HPI " + json.dumps(tree(importlib.import_module(sys.argv[2]).HPI()), sort_keys=True))
