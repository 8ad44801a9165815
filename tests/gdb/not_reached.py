# shows = "The command ends before the place is reached."
# arguments = ["orderly_poweroff"]
# command = "true"
# status = 1
# says = ["lkmc::gdb::not_reached"]
