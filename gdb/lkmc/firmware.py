"""Processors that stand in their firmware, put back to where the kernel called it or was interrupted by it.

On riscv64 the firmware (OpenSBI) resets the machine for the kernel, and other processors are halted there. In its mode there are
no page tables, and so none of the kernel's memory. It keeps the registers of whoever it serves in a struct of its own, and a
machine that has ended does not need the firmware's any more.
"""

import gdb

from . import kernel as machine

MACHINE, SUPERVISOR = 3, 1
# OpenSBI, include/sbi/sbi_trap.h: struct sbi_trap_regs, which ends where `mscratch` points to (firmware/fw_base.S).
REGISTERS = [
    "ra", "sp", "gp", "tp", *(f"t{number}" for number in range(3)), "fp", "s1", *(f"a{number}" for number in range(8)),
    *(f"s{number}" for number in range(2, 12)), *(f"t{number}" for number in range(3, 7)), "pc",
]
WORD = 8
SIZE = 35 * WORD
# Its first word is that of the register that is always zero; the status follows the program counter.
STATUS = 33 * WORD


def leave(arch):
    """For all processors; whether there were any."""
    if arch != "riscv64":
        return False
    selected = gdb.selected_thread()
    left = [_leave(thread) for thread in gdb.selected_inferior().threads()]
    selected.switch()
    return any(left)


def _leave(thread):
    thread.switch()
    if int(gdb.parse_and_eval("(int)$priv")) != MACHINE:
        return False
    try:
        saved = machine.read(int(gdb.parse_and_eval("(unsigned long)$mscratch")) - SIZE, SIZE)
    except gdb.MemoryError:
        return False
    word = lambda at: int.from_bytes(saved[at : at + WORD], "little")
    # mstatus.MPP: who was interrupted.
    if word(STATUS) >> 11 & 3 != SUPERVISOR:
        return False
    gdb.execute(f"set $priv = {SUPERVISOR}")
    for number, name in enumerate(REGISTERS, 1):
        gdb.execute(f"set ${name} = {word(number * WORD):#x}")
    return True
