# shows = "A line behind the end of its file."
# arguments = ["fs/open.c:99999"]
# command = "true"
# status = 2
# says = ["lkmc::gdb::unknown_place", "out of range"]
