# shows = "A function of a demo's module, asked of the kernel: the demo is named."
# arguments = ["hello_init"]
# command = "echo the command was started"
# status = 2
# says = ["lkmc::gdb::unknown_place", "`hello_init` is in kernel_modules/hello.c: `--module-init hello`"]
# does-not-say = ["the command was started"]
