"""Symbols of kernel modules: there when a module is, gone when it is gone.

Nothing is asked of the guest: the list of modules, and where each one's sections lie, is read from its memory. Two breakpoints
of our own, where a module begins and ends, keep up with it while it runs; at each stop the list is compared again, which
covers what changed behind GDB's back, such as a machine that was put back to an earlier state.
"""

import glob
import os

import gdb

from . import elf, entries, kernel as machine

# Sections that the kernel frees once the module's init function has returned.
INITIAL = (".init",)
# Directory with the copies that GDB can place, in the run's.
COPIES = "gdb-modules"
GOING = 2
UNFORMED = 3


class Module:
    """A module in the guest's memory."""

    def __init__(self, value):
        self.address = int(value.address if value.type.code != gdb.TYPE_CODE_PTR else value)
        self.name = value["name"].string()
        self.state = int(value["state"])
        self.init = int(value["init"])
        attributes = value["sect_attrs"]
        self.sections = dict(_sections(attributes)) if int(attributes) else {}

    def placed(self, starting):
        """Sections that are in memory. Those of the start are only while the module starts."""
        return {
            name: address
            for name, address in self.sections.items()
            if starting or not name.startswith(INITIAL)
        }

    def build_id(self):
        """From the note that the linker made, or None."""
        note = self.sections.get(".note.gnu.build-id")
        if note is None:
            return None
        try:
            # Header of three words, then `GNU`, then the hash.
            return machine.read(note, 36)[16:].hex()
        except gdb.error:
            return None


def _sections(attributes):
    """Names and addresses of a module's sections: what the kernel's files below /sys/module/NAME/sections are made from."""
    if "nsections" in attributes.dereference().type.keys():
        for index in range(int(attributes["nsections"])):
            section = attributes["attrs"][index]
            yield section["battr"]["attr"]["name"].string(), int(section["address"])
        return
    # Since Linux 6.14: the group of these files, up to a null pointer.
    file = attributes["grp"]["bin_attrs"]
    while int(file.dereference()):
        yield file.dereference()["attr"]["name"].string(), int(file.dereference()["private"])
        file += 1


class Tracker:
    """Keeps GDB's symbols the same as the guest's modules."""

    def __init__(self, kernel):
        self.kernel = kernel
        self.loaded = {}  # name -> (address of struct module, starting, copy of the file)
        self.originals = {}  # name -> file
        self.told = set()
        self.loading = None  # breakpoint
        self.wanted = None  # name of a module whose loading is a stop

    def sync(self):
        """Compare the guest's list with what GDB has. Memory that cannot be read now is left for the next stop."""
        try:
            # On gem5 there is something at every address before the MMU is on.
            if machine.read(self.kernel.address_of("linux_banner"), 5) != b"Linux":
                return
            present = {module.name: module for module in self._listed()}
        except (gdb.MemoryError, UnicodeDecodeError):
            return
        except gdb.error as error:
            self.tell_lost(error)
            return
        for name in set(self.loaded) - set(present):
            self.remove(name)
        for module in present.values():
            if module.state not in (GOING, UNFORMED):
                self.add(module, starting=module.state != 0)

    def _listed(self):
        head = gdb.parse_and_eval("&modules")
        type_ = gdb.lookup_type("struct module").pointer()
        offset = int(gdb.parse_and_eval("(unsigned long)&((struct module *)0)->list"))
        entry = head["next"]
        seen = {int(head)}
        # A damaged list may come back to anywhere.
        while int(entry) not in seen:
            seen.add(int(entry))
            yield Module(gdb.Value(int(entry) - offset).cast(type_).dereference())
            entry = entry["next"]

    def add(self, module, starting):
        """Load a module's symbols, if GDB does not have them where the module is."""
        before = self.loaded.get(module.name)
        if before and before[:2] == (module.address, starting):
            return
        if before:
            self.remove(module.name)
        original = self._file_of(module)
        file = original and placeable(self.kernel, original)
        if file is None:
            self._tell(f"module {module.name}", "no file with its symbols was found")
            self.loaded[module.name] = (module.address, starting, None)
            return
        self.originals[module.name] = original
        sections = module.placed(starting)
        text = sections.pop(".text", None)
        words = ["add-symbol-file", f'"{file}"'] + ([f"{text:#x}"] if text is not None else [])
        words += [f"-s {name} {address:#x}" for name, address in sections.items() if _has_contents(name)]
        gdb.execute(" ".join(words), to_string=True)
        entries.single_all()
        self.loaded[module.name] = (module.address, starting, file)
        self._compare(module, file)

    def _compare(self, module, file):
        """Symbols of another build would name wrong lines."""
        in_memory = module.build_id()
        on_disk = next((it.build_id for it in gdb.objfiles() if it.filename == os.path.realpath(file)), None)
        if in_memory and on_disk and in_memory != on_disk:
            self.remove(module.name)
            self.loaded[module.name] = (module.address, False, None)
            self._tell(f"module {module.name}", f"{file} is another build than the one in the guest")

    def remove(self, name):
        """Forget a module's symbols."""
        _, _, file = self.loaded.pop(name)
        if file is None:
            return
        for objfile in gdb.objfiles():
            if objfile.filename == os.path.realpath(file):
                # Two builds of one module are never loaded together.
                gdb.execute(f'remove-symbol-file "{objfile.filename}"', to_string=True)
                return

    def _file_of(self, module):
        """What the kernel has loaded: of the files with the module's name the first of the same build, else the first. Or None."""
        wanted, first = module.build_id(), None
        for file in self._candidates(module.name):
            try:
                found = elf.Elf(file).build_id()
            except (OSError, ValueError):
                continue  # It is being written, or is something else.
            if wanted is None or found in (None, wanted):
                return file
            first = first or file
        return first

    def _candidates(self, name):
        """Files with a module's name, those that lie at hand first."""
        file = self.kernel.kit["modules"].get(name)
        if file and os.path.exists(file):
            yield file
        for below in ("", "**/"):
            for directory in self.kernel.kit["module-directories"]:
                for spelling in {name, name.replace("_", "-")}:
                    for found in glob.iglob(f"{glob.escape(directory)}/{below}{spelling}.ko", recursive=True):
                        # Not what placeable() left in the directory of this run or another one.
                        if os.path.basename(os.path.dirname(found)) != COPIES:
                            yield found

    def tell_lost(self, error):
        """This kernel keeps what is known of modules in another way than those that this file knows."""
        self._tell("modules", f"their symbols are not loaded, because GDB says: {error}")

    def _tell(self, about, what):
        if about not in self.told:
            self.told.add(about)
            print(f"lkmc: {about}: {what}")


def placeable(kernel, file):
    """A copy that GDB can place: the linker gives empty sections of a module addresses that mean nothing. None of what is none."""
    copy = kernel.copy_for(COPIES, file)
    try:
        module = elf.Elf(file)
        module.clear_section_addresses()
        if kernel.arch.late_lines:
            module.pass_over_nops()
    except ValueError:
        return None
    module.write(copy)
    kernel.date(copy)
    return copy


def _has_contents(name):
    """Sections that GDB looks symbols up in; the others are tables for the kernel."""
    return name.startswith((".text", ".data", ".sdata", ".bss", ".sbss", ".rodata", ".srodata", ".init", ".exit", ".ref"))


class Loading(gdb.Breakpoint):
    """Where a module is complete, and its init function about to be called."""

    def __init__(self, tracker):
        super().__init__(entries.behind("do_init_module"), internal=True)
        self.silent = True
        self.tracker = tracker

    def stop(self):
        value = gdb.selected_frame().read_var("mod").dereference()
        try:
            self.tracker.add(Module(value), starting=True)
        except gdb.error as error:
            self.tracker.tell_lost(error)
        return value["name"].string() == self.tracker.wanted


class Unloading(gdb.Breakpoint):
    """Where a module's memory is about to be freed."""

    def __init__(self, tracker):
        super().__init__(entries.behind("free_module"), internal=True)
        self.silent = True
        self.tracker = tracker

    def stop(self):
        name = gdb.selected_frame().read_var("mod")["name"].string()
        if name in self.tracker.loaded:
            self.tracker.remove(name)
        return False


def install(kernel):
    """Begin to follow the guest's modules."""
    tracker = Tracker(kernel)
    kernel.modules = tracker
    if kernel.order["state"] != "reset":
        tracker.sync()
    if kernel.order["state"] == "dead":
        return
    tracker.loading = Loading(tracker)
    Unloading(tracker)
    gdb.events.stop.connect(lambda event: tracker.sync())
