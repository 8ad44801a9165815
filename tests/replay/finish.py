"""The way back to the call of a function ends in its caller. Attached at the first instruction."""

import gdb

gdb.execute("tbreak do_exit")
gdb.execute("continue")
gdb.execute("reverse-finish")
caller = gdb.newest_frame().name()
assert caller == "do_group_exit", caller
gdb.execute("stepi", to_string=True)
assert gdb.newest_frame().name() == "do_exit", gdb.newest_frame().name()
print("finish: back to the call")
