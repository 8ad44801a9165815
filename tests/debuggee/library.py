# shows = "The libc: a breakpoint in it, backtraces through it in both directions, its lines and their source."
# demo = "userland/gdb_tests/values.c"
# sides = ["native", "user", "guest"]

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check import *


@test
def the_libc_has_lines_and_sources():
    run_to("compare")
    trace = gdb.execute("backtrace", to_string=True)
    contains("the callback's backtrace", trace, r"#0 +by_age \(left=.*, right=.*\) at userland/gdb_tests/values\.c:\d+")
    contains("the libc in the middle", trace, r"qsort\w* \(.*\) at (\./stdlib/)?msort\.c:\d+")
    contains("main below it", trace, r"in main \(argc=1, argv=0x[0-9a-f]+\) at userland/gdb_tests/values\.c:\d+")
    gdb.execute("up", to_string=True)
    source = gdb.execute("info source", to_string=True)
    contains("its file", source, r"Located in /.*/stdlib/msort\.c")
    equal("a local of the libc's", number("n") in (2, 3), True)
    line = gdb.selected_frame().find_sal().line
    contains("its source", gdb.execute(f"list {line},{line + 1}", to_string=True), rf"^{line}\t.*(\n.*)?\(\*cmp\)")
    gdb.Breakpoint("puts", temporary=True)
    gdb.execute("continue", to_string=True)
    trace = gdb.execute("backtrace", to_string=True)
    contains("puts", trace, r"#0 +\w*puts \(str=0x[0-9a-f]+ .*\) at (\./libio/)?ioputs\.c:\d+")
    contains("and who calls it", trace, r"#1 .* in print \(\) at userland/gdb_tests/values\.c:\d+")
    first = here()
    gdb.execute("next", to_string=True)
    equal("stepping through the libc", (here()[0], here()[1] > first[1]), (first[0], True))
    gdb.execute("finish", to_string=True)
    equal("back in the program", here()[0], "print")
    equal("the status", ended(), 0)
