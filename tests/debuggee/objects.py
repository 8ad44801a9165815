# shows = "C++: virtual functions and their table, overloads, templates, what is in containers, an exception on its way."
# demo = "userland/gdb_tests/objects.cpp"
# sides = ["native", "user", "guest"]
# calls = true

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check import *


@test
def objects():
    run_to("area")
    trace = gdb.execute("backtrace", to_string=True)
    contains("a member function's name has its scopes", trace, r"#0 +shapes::Square::area \(this=0x[0-9a-f]+\)")
    equal("a member", number("side"), 3)
    equal("of the base", gdb.parse_and_eval("name").format_string(), '"square"')
    gdb.execute("up", to_string=True)
    contains("who called it through the table", gdb.execute("frame", to_string=True), r"#1 .*sum \(all=")
    equal("an element", number("total"), 0)

    run_to("total")
    contains("a vector", gdb.execute("print all", to_string=True), r"std::vector of length 2, capacity 2 = \{\s*std::unique_ptr<")
    contains("a map", gdb.execute("print names", to_string=True), r'std::map with 1 element = \{\s*\["square"\] = 2\s*\}')
    table = gdb.execute("info vtbl first", to_string=True)
    contains("the table of an object", table, r"vtable for 'shapes::Shape' @ 0x[0-9a-f]+ \(subobject @ 0x[0-9a-f]+\)")
    contains("its first slot", table, r"\[0\]: 0x[0-9a-f]+ <shapes::Square::area\(\) const>")
    gdb.execute("set print object on")
    contains("which class it really is", gdb.execute("print *first", to_string=True), r"\(shapes::Square\) \{\s*<shapes::Shape>")
    equal("a virtual call", number("first->area()"), 9)
    equal("overloads", (number("scale(4)"), float(gdb.parse_and_eval("scale(4.0)"))), (8, 2.0))
    equal("an instantiation", number("largest<int>(2, 1)"), 2)

    both = gdb.Breakpoint("largest")
    equal("a template's breakpoint is in all that was made of it", len(both.locations), 2)
    both.delete()
    catch = gdb.execute("catch throw", to_string=True)
    contains("catch throw", catch, r"Catchpoint \d+ \(throw\)")
    gdb.execute("continue", to_string=True)
    trace = gdb.execute("backtrace", to_string=True)
    contains("where it is thrown", trace, r"#0 .*__cxa_throw")
    contains("by whom", trace, r"#1 .*shapes::Nothing::area \(this=0x[0-9a-f]+\)")
    gdb.execute("delete")
    run_to("caught")
    equal("the handler is in main", here()[0], "main")
    equal("the status", ended(), 0)
