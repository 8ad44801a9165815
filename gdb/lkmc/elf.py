"""As much of the ELF format as GDB does not offer itself."""

import functools
import struct

# Offsets of fields, for files of 32 and of 64 bits: System V ABI, chapter 4 and 5.
HEADER = {1: {"phoff": (28, "I"), "shoff": (32, "I"), "phentsize": 42, "shentsize": 46},
          2: {"phoff": (32, "Q"), "shoff": (40, "Q"), "phentsize": 54, "shentsize": 58}}
SECTION_ADDRESS = {1: (12, "I"), 2: (16, "Q")}
SEGMENT = {1: {"flags": (24, "I"), "vaddr": (8, "I")}, 2: {"flags": (4, "I"), "vaddr": (16, "Q")}}
# sh_type, sh_link, sh_offset, sh_size
SECTION = {1: ((4, "I"), (24, "I"), (16, "I"), (20, "I")), 2: ((4, "I"), (40, "I"), (24, "Q"), (32, "Q"))}
# st_name, st_value, size of an entry
SYMBOL = {1: ((0, "I"), (4, "I"), 16), 2: ((0, "I"), (8, "Q"), 24)}
# st_info and st_shndx of a 64-bit symbol
SYMBOL_INFO = 4
SYMBOL_SECTION = 6
FUNCTION = 2
SYMTAB = 2
NOTE = 7
# A note's type and owner: elf(5), "Notes".
BUILD_ID = (3, b"GNU\0")
# What GCC leaves behind the entry for ftrace to patch, by e_machine: two instructions on aarch64, four short ones on riscv64.
MACHINE = (18, "H")
NOPS = {183: bytes.fromhex("1f2003d5") * 2, 243: bytes.fromhex("0100") * 4}
LOAD = 1
EXECUTABLE = 1
# What a file begins with: the magic number, the kind, little-endian.
BEGINNINGS = {b"\x7fELF" + bytes((kind, 1)) for kind in HEADER}


def _of_a_whole_file(method):
    """ValueError where a table leads behind the file's end, as in one that is still being written."""

    @functools.wraps(method)
    def checked(self, *arguments):
        try:
            return method(self, *arguments)
        except (struct.error, IndexError):
            raise ValueError(f"{self.path} is cut short") from None

    return checked


class Elf:
    """A little-endian ELF file in memory."""

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as file:
            self.data = bytearray(file.read())
        if bytes(self.data[:6]) not in BEGINNINGS:
            raise ValueError(f"{path} is no ELF file of a little-endian machine")
        self.kind = self.data[4]
        self.header = HEADER[self.kind]

    def _get(self, at, layout):
        offset, letter = layout
        return struct.unpack_from("<" + letter, self.data, at + offset)[0]

    def _table(self, name, size):
        start = self._get(0, self.header[name])
        entry, count = struct.unpack_from("<HH", self.data, self.header[size])
        return [start + index * entry for index in range(count)]

    @_of_a_whole_file
    def clear_section_addresses(self):
        """As object files have them. GDB places sections only of a file in which all of them are at zero."""
        offset, letter = SECTION_ADDRESS[self.kind]
        for section in self._table("shoff", "shentsize"):
            struct.pack_into("<" + letter, self.data, section + offset, 0)

    @_of_a_whole_file
    def pass_over_nops(self):
        """Let function symbols of an object file begin behind their patchable entries, where DWARF begins (entries.py)."""
        kind_at, _, offset_at, size_at = SECTION[self.kind]
        _, value_at, entry = SYMBOL[self.kind]
        nops = NOPS.get(self._get(0, MACHINE))
        if nops is None:
            raise ValueError(f"{self.path} is for another processor")
        sections = self._table("shoff", "shentsize")
        for section in sections:
            if self._get(section, kind_at) != SYMTAB:
                continue
            start = self._get(section, offset_at)
            for at in range(start, start + self._get(section, size_at), entry):
                index = struct.unpack_from("<H", self.data, at + SYMBOL_SECTION)[0]
                if self.data[at + SYMBOL_INFO] & 0xF != FUNCTION or not 0 < index < len(sections):
                    continue
                code = self._get(sections[index], offset_at) + self._get(at, value_at)
                if self.data[code : code + len(nops)] == nops:
                    struct.pack_into("<" + value_at[1], self.data, at + value_at[0], self._get(at, value_at) + len(nops))

    @_of_a_whole_file
    def symbol(self, name):
        """Value of a symbol of the static symbol table."""
        wanted, (kind_at, link_at, offset_at, size_at) = name.encode(), SECTION[self.kind]
        name_at, value_at, entry = SYMBOL[self.kind]
        sections = self._table("shoff", "shentsize")
        for section in sections:
            if self._get(section, kind_at) != SYMTAB:
                continue
            names = self._get(sections[self._get(section, link_at)], offset_at)
            start = self._get(section, offset_at)
            for at in range(start, start + self._get(section, size_at), entry):
                text = names + self._get(at, name_at)
                if self.data[text : text + len(wanted) + 1] == wanted + b"\0":
                    return self._get(at, value_at)
        raise KeyError(name)

    @_of_a_whole_file
    def build_id(self):
        """In hexadecimal digits, from the note that the linker made; or None."""
        kind_at, _, offset_at, size_at = SECTION[self.kind]
        for section in self._table("shoff", "shentsize"):
            at, size = self._get(section, offset_at), self._get(section, size_at)
            if self._get(section, kind_at) != NOTE or size < 16:
                continue
            owner, length, kind = struct.unpack_from("<III", self.data, at)
            if (kind, bytes(self.data[at + 12 : at + 12 + owner])) == BUILD_ID:
                return bytes(self.data[at + 16 : at + 16 + length]).hex()
        return None

    @_of_a_whole_file
    def lowest_code(self):
        """The lowest address of a segment with code."""
        fields = SEGMENT[self.kind]
        segments = self._table("phoff", "phentsize")
        code = [
            self._get(segment, fields["vaddr"])
            for segment in segments
            if self._get(segment, (0, "I")) == LOAD and self._get(segment, fields["flags"]) & EXECUTABLE
        ]
        return min(code)

    def write(self, path):
        with open(path, "wb") as file:
            file.write(self.data)
