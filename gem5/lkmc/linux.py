"""Full system: a board, and Linux on it."""

import gzip
import os
import shutil

import m5
from m5.objects import ArmFsLinux, VirtIO9PDiod

from . import board
from .kind import Kind

# What a file of gzip begins with (RFC 1952, section 2.3.1).
GZIP = b"\x1f\x8b"


class FullSystem(Kind):
    """It boots, and then its agent carries out the command."""

    alone = False

    def __init__(self):
        self.files = Unpacked()

    def build(self, order):
        system = board.build(order)
        # A restored machine has its memory from the checkpoint.
        initramfs = order["initramfs"] if order.get("restore") else self.files.of(order["initramfs"])
        load(system, order, initramfs)
        share(system, order["shares"])
        return system

    def describe(self, system):
        """The device tree. gem5's objects say what belongs in it, so all of them have to be there."""
        system.generateDtb(str(system.workload.dtb_filename))

    def is_loaded(self):
        self.files.remove()


class Unpacked:
    """What gem5 puts into memory as it is in its file. Until 25.0 it unpacked an initramfs, since 25.1 it leaves that to the kernel
    (src/arch/arm/linux/fs_workload.cc), which has to be simulated at it: so it never gets one that is packed."""

    def __init__(self):
        self.made = []

    def of(self, file):
        """This file, or a copy that is not compressed."""
        with open(file, "rb") as packed:
            if packed.read(len(GZIP)) != GZIP:
                return file
        copy = os.path.join(m5.options.outdir, os.path.basename(file).removesuffix(".gz"))
        self.made.append(copy)
        with gzip.open(file) as packed, open(copy, "wb") as unpacked:
            shutil.copyfileobj(packed, unpacked)
        return copy

    def remove(self):
        """When memory has them."""
        for copy in self.made:
            os.remove(copy)


def load(system, order, initramfs):
    """What is in memory when the processors start: kernel, initramfs, the boot stub, and room for the device tree."""
    system.workload = ArmFsLinux(
        object_file=order["kernel"],
        initrd_filename=initramfs,
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
