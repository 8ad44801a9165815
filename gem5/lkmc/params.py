"""Overrides of single parameters of gem5's objects: `system.cpu_cluster.l2.size=2MiB`."""

import difflib

from m5.SimObject import isSimObject


class Mistakes(Exception):
    """All that is wrong with the overrides."""


class Unknown(Exception):
    """A path that leads nowhere; its text says where it ends and what is there."""


def apply(root, overrides):
    """Sets each `path=value`. All mistakes are told at once."""
    mistakes = []
    for override in overrides:
        path, _, value = override.partition("=")
        try:
            set_value(root, path, value)
        except Unknown as mistake:
            mistakes.append(f"--param {override}: {mistake}")
        except (TypeError, ValueError, AttributeError) as mistake:
            mistakes.append(f"--param {override}: {mistake}")
    if mistakes:
        raise Mistakes("; ".join(mistakes))


def set_value(root, path, value):
    *way, name = path.split(".")
    node = root
    for step in way:
        node = child(node, step, path)
    for one in node if isinstance(node, list) else [node]:
        if name not in one._params:
            raise Unknown(unknown(f"`{one.type}` has no parameter `{name}`", name, list(one._params.keys())))
        setattr(one, name, value)


def child(node, step, path):
    """`cpus` is all of a list, `cpus0` or `cpus[0]` one of it."""
    children = node._children
    if step in children:
        found = children[step]
        return list(found) if not isSimObject(found) else found
    for name, found in children.items():
        if not isSimObject(found) and step.startswith(name):
            index = step[len(name) :].strip("[]")
            if index.isdigit() and int(index) < len(found):
                return list(found)[int(index)]
    raise Unknown(unknown(f"`{node.type}` has nothing that is called `{step}`", step, list(children)))


def unknown(message, name, known):
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    if near:
        return f"{message}; did you mean {', '.join(f'`{other}`' for other in near)}?"
    return f"{message}; it has {', '.join(sorted(known))}"
