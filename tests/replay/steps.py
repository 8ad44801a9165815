"""Steps backwards are the steps forwards in the other order. Attached where the kernel has panicked."""

import gdb

STEPS = 12


def pc():
    return int(gdb.parse_and_eval("$pc"))


assert gdb.newest_frame().name() == "panic", gdb.newest_frame().name()
back = [pc()]
for _ in range(STEPS):
    gdb.execute("reverse-stepi", to_string=True)
    back.append(pc())
forth = [pc()]
for _ in range(STEPS):
    gdb.execute("stepi", to_string=True)
    forth.append(pc())
assert forth == back[::-1], f"{[hex(it) for it in forth]} is not {[hex(it) for it in back[::-1]]}"
print(f"steps: {STEPS} back and forth")

gdb.execute("tbreak vfs_write")
gdb.execute("reverse-continue")
assert gdb.newest_frame().name() == "vfs_write", gdb.newest_frame().name()
gdb.execute("tbreak panic")
gdb.execute("continue")
assert gdb.newest_frame().name() == "panic" and pc() == back[0], hex(pc())
print("steps: vfs_write and back to the panic")

# The recording's end comes back to GDB.
gdb.execute("continue")
print("steps: the end")
