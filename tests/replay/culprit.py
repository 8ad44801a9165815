"""From an oops to the store that is to blame: attached where the kernel has oopsed, with crash_stray_write.ko in it."""

import gdb

CULPRIT = "crash_stray_write_rename"
VICTIM = "crash_stray_write_count"


def functions():
    frame = gdb.newest_frame()
    names = []
    while frame is not None and len(names) < 60:
        names.append(frame.name())
        frame = frame.older()
    return names


def pointer():
    return int(gdb.parse_and_eval("crash_stray_write_device.counter"))


assert gdb.newest_frame().name() == "oops_enter", functions()
garbage = pointer()
gdb.execute("watch -l crash_stray_write_device.counter")

# The last store to the pointer. QEMU stops behind it.
gdb.execute("reverse-continue")
names = functions()
assert names[0] == CULPRIT, names
assert VICTIM not in names, names
assert pointer() == garbage, f"{pointer():#x}"

# Before it, the byte that it wrote was another.
before = garbage
for _ in range(4):
    gdb.execute("reverse-stepi", to_string=True)
    before = pointer()
    if before != garbage:
        break
assert before != garbage, f"{before:#x}"
print(f"culprit: {CULPRIT} made {before:#x} into {garbage:#x}")

# Forwards again: the same store gives the same value.
gdb.execute("delete")
gdb.execute("tbreak oops_enter")
gdb.execute("continue")
assert pointer() == garbage, f"{pointer():#x}"
print("culprit: the same again")
