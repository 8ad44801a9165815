"""What the kernel's own GDB scripts do not know: which processor GDB looks at, and which task it runs, behind every stub.

They ask registers, which are others on each architecture (32-bit Arm is missing), and which not every stub shows. The scheduler
knows as well.
"""

import gdb


def _of_hart(hart):
    """The kernel's number of a processor of the machine: the firmware starts the kernel on any of them, which is its first then."""
    harts = gdb.parse_and_eval("__cpuid_to_hartid_map")
    return next((cpu for cpu in range(harts.type.range()[1] + 1) if int(harts[cpu]) == hart), hart)


def install(kernel):
    """After the kernel's commands. They call this function by its name in its module, so that is where it is replaced."""
    try:
        from linux import cpus, utils
    except ImportError:
        return  # The kernel was built without them.
    # They would find out by a command for QEMU's monitor, which KDB answers too, and gem5 with nothing. GDB's threads are
    # processors on gem5 and in a dump as they are on QEMU.
    by_kernel = kernel.order["target"].startswith("kgdb")
    utils.gdbserver_type = utils.GDBSERVER_KGDB if by_kernel else utils.GDBSERVER_QEMU
    if kernel.order["target"] == "gdb.sock" and kernel.kit["arch"] == "riscv64":
        cpus.get_current_cpu = lambda: _of_hart(gdb.selected_thread().num - 1)
    by_registers = cpus.get_current_task

    def get_current_task(cpu):
        try:
            return by_registers(cpu)
        except (gdb.error, gdb.GdbError):
            queue = cpus.per_cpu(gdb.parse_and_eval("&runqueues"), int(cpu))
            return queue["curr"].dereference()

    cpus.get_current_task = get_current_task
