# shows = "A function that does not exist."
# arguments = ["vfs_raed"]
# command = "true"
# status = 2
# says = ["lkmc::gdb::unknown_place", "vfs_read"]
