# shows = "A program that nobody has symbols of."
# arguments = ["--user", "no_such_program"]
# command = "true"
# status = 2
# says = ["lkmc::gdb::unknown_program"]
