# shows = "A program without a libc, from its first instruction."
# demo = "userland/arch/x86_64/freestanding/linux/hello.S"
# arches = ["x86_64"]
# sides = ["native", "user", "guest"]

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check import *


@test
def freestanding():
    equal("the function", here()[0], "_start")
    equal("its first instruction", number("$pc"), number("(unsigned long)&_start"))
    gdb.execute("stepi", to_string=True)
    equal("the number of write(2)", number("$rax"), 1)
    equal("the status", ended(), 0)
