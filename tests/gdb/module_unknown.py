# shows = "A module that is never loaded."
# arguments = ["--module-init", "no_such_module"]
# command = "true"
# status = 1
# says = ["lkmc::gdb::not_reached", "no_such_module"]
