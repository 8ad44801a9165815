# shows = "A function that the program does not have."
# arguments = ["--user", "sysconf:mian"]
# status = 2
# says = ["lkmc::gdb::unknown_function"]
