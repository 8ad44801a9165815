# shows = "A system call that does not exist."
# arguments = ["--syscall", "opnat"]
# command = "true"
# status = 2
# says = ["lkmc::gdb::unknown_syscall", "did you mean `openat`"]
