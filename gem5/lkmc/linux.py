"""Full system: a board, and Linux on it."""

import os

import m5
from m5.objects import ArmFsLinux, VirtIO9PDiod

from . import board
from .kind import Kind


class FullSystem(Kind):
    """It boots, and then its agent carries out the command."""

    alone = False

    def build(self, order):
        system = board.build(order)
        load(system, order)
        share(system, order["shares"])
        return system

    def describe(self, system):
        """The device tree. gem5's objects say what belongs in it, so all of them have to be there."""
        system.generateDtb(str(system.workload.dtb_filename))


def load(system, order):
    """What is in memory when the processors start: kernel, initramfs, the boot stub, and room for the device tree."""
    system.workload = ArmFsLinux(
        object_file=order["kernel"],
        initrd_filename=order["initramfs"],
        command_line=order["command-line"],
        dtb_filename=os.path.join(m5.options.outdir, "system.dtb"),
        # Where the kernel enters panic() or oops_exit() it has yet to say why, on its console; lkmc reads that.
        on_panic="Continue",
        on_oops="Continue",
    )
    # Sets the addresses too, and where secondary processors wait.
    system.realview.setupBootLoader(system, None, [order["boot-loader"]])


def share(system, shares):
    """A device for each directory of the host that the guest may mount. gem5 starts a server for it, with the machine."""
    for slot, shared in zip(system.realview.vio, shares):
        slot.vio = VirtIO9PDiod(
            tag=shared["tag"],
            root=shared["host"],
            diod=shared["server"],
            # gem5 binds it and nobody uses it.
            socketPath=os.path.join(os.path.abspath(m5.options.outdir), f"{shared['tag']}.sock"),
        )
