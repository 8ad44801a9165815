# shows = "A function that does not exist: nothing is begun."
# arguments = ["vfs_raed"]
# command = "echo the command was started"
# status = 2
# says = ["lkmc::gdb::unknown_place", "vfs_read", "--module-init MODULE"]
# does-not-say = ["the command was started"]
