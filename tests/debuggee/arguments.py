# shows = "Arguments of the program, with what a shell would make something else of; and its status."
# demo = "userland/gdb_tests/arguments.c"
# sides = ["native", "user", "guest"]
# arguments = ["--", "one", "two words", "", "*$(x)'\"\\"]

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check import *


@test
def arguments():
    equal("argc", number("argc"), 5)
    wanted = ["one", "two words", "", "*$(x)'\"\\"]
    equal("argv", [text(f"argv[{i}]") for i in range(1, 5)], wanted)
    equal("the status", ended(), 4)
