# shows = "A line behind the end of a module's file."
# arguments = ["debug_me.c:9999", "--demos", "debug_me"]
# command = "true"
# status = 2
# says = ["lkmc::gdb::unknown_place", "out of range", "debug_me.ko"]
