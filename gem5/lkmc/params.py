"""Overrides of single parameters of gem5's objects: `system.cpu_cluster.l2.size=2MiB`."""

import difflib

import m5.objects
from m5.params import NULL, VectorParamDesc
from m5.SimObject import isSimObject, isSimObjectClass


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
            mistakes.append(f"{override}: {mistake}")
        except (TypeError, ValueError, AttributeError) as mistake:
            mistakes.append(f"{override}: {mistake}")
    if mistakes:
        raise Mistakes("; ".join(mistakes))


def set_value(root, path, value):
    *way, name = path.split(".")
    nodes = [root]
    for step in way:
        nodes = [child for node in nodes for child in children(node, step)]
    for node in nodes:
        if name not in node._params:
            raise Unknown(unknown(f"`{node.type}` has no parameter `{name}`", name, list(node._params.keys())))
        setattr(node, name, converted(node._params[name], value))


def converted(param, value):
    """A parameter that is an object is named by its class, and each node has one of its own. All else gem5 reads itself; a
    dictionary, which gem5 has since 25.0, is of no one type."""
    if isinstance(param, VectorParamDesc) or not isSimObjectClass(getattr(param, "ptype", None)):
        return value
    if value in ("NULL", "None"):
        return NULL
    fitting = {
        other.__name__: other
        for other in vars(m5.objects).values()
        if isinstance(other, type) and issubclass(other, param.ptype) and not getattr(other, "abstract", False)
    }
    if value not in fitting:
        raise Unknown(unknown(f"`{value}` is no class of a `{param.ptype.__name__}`", value, list(fitting)))
    return fitting[value]()


def children(node, step):
    """`cpus` is all of a list, `cpus0` or `cpus[0]` one of it."""
    if step in node._children:
        found = node._children[step]
        return [found] if isSimObject(found) else list(found)
    for name, found in node._children.items():
        if not isSimObject(found) and step.startswith(name):
            index = step[len(name) :].strip("[]")
            if index.isdigit() and int(index) < len(found):
                return [list(found)[int(index)]]
    raise Unknown(unknown(f"`{node.type}` has nothing that is called `{step}`", step, list(node._children)))


def unknown(message, name, known):
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    if near:
        return f"{message}; did you mean {', '.join(f'`{other}`' for other in near)}?"
    return f"{message}; it has {', '.join(sorted(known))}"
