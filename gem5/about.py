"""Says what this gem5 can build; gem5 runs this script before it runs anything for lkmc. Its version is in what gem5 prints anyway.

    gem5 gem5/about.py

A gem5 that is too old for lkmc has to understand it too.
"""

import json

import _m5.core
import m5.objects
from m5.defines import buildEnv

isas = [name[len("USE_") : -len("_ISA")] for name in buildEnv if name.startswith("USE_") and name.endswith("_ISA") and buildEnv[name]]
if not isas and "TARGET_ISA" in buildEnv:
    # Before 22.1 a gem5 had one.
    isas = [buildEnv["TARGET_ISA"].upper()]
classes = [name for name, value in vars(m5.objects).items() if isinstance(value, type)]
# What answers behind a memory controller, and the one memory that has none.
kinds = tuple(value for name, value in vars(m5.objects).items() if name in ("DRAMInterface", "NVMInterface"))
memories = [name for name in classes if issubclass(getattr(m5.objects, name), kinds) and getattr(m5.objects, name) not in kinds]
memories += [name for name in classes if name == "SimpleMemory"]
traces = bool(_m5.core.TRACING_ON)
answer = {"isas": sorted(isas), "classes": sorted(classes), "memories": sorted(memories), "traces": traces}
print("lkmc-about: " + json.dumps(answer))
