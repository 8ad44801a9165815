//! From places in one ELF file (vmlinux, a module) to functions, files and lines.
//!
//! `symbol+offset` -> symbol table -> address -> DWARF. A module is relocatable: its sections all begin at zero, so each gets an
//! address of its own here, and the DWARF is relocated to those. `addr2line` reads unit by unit: of a vmlinux with 100 MB of DWARF
//! only the units that a stack goes through are parsed.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs::File;
use std::path::{Path, PathBuf};

use addr2line::Context;
use addr2line::gimli::{self, EndianSlice, RunTimeEndian};
use memmap2::Mmap;
use object::{Object, ObjectKind, ObjectSection, ObjectSymbol, RelocationKind, RelocationTarget, SectionIndex};

use super::report::{Kind, Place};

use crate::hash::hex;

pub(super) type Reader<'a> = EndianSlice<'a, RunTimeEndian>;

/// Why a file's DWARF says nothing.
pub(super) type Reason = Box<dyn std::error::Error>;

/// A function and line that a place stands for. Inlined functions make several of one place, innermost first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub function: String,
    /// As the compiler was told, in an absolute path or below its working directory.
    pub file: Option<String>,
    pub line: Option<u32>,
    /// Into the function of the next line.
    pub inlined: bool,
}

#[derive(Debug, thiserror::Error)]
#[error("cannot read the symbols of {}: {reason}", .path.display())]
pub struct Unreadable {
    path: PathBuf,
    reason: String,
}

impl Unreadable {
    pub(super) fn new(path: &Path, reason: impl std::fmt::Display) -> Unreadable {
        Unreadable {
            path: path.to_owned(),
            reason: reason.to_string(),
        }
    }
}

/// Opens a file for as long as it is read.
pub fn open<T, E: From<Unreadable>>(path: &Path, read: impl FnOnce(&object::File) -> Result<T, E>) -> Result<T, E> {
    let failed = |error: &dyn std::fmt::Display| Unreadable::new(path, error);
    let file = File::open(path).map_err(|error| failed(&error))?;
    let map = map(&file).map_err(|error| failed(&error))?;
    let object = object::File::parse(&*map).map_err(|error| failed(&error))?;
    read(&object)
}

/// Finds each place's lines; none for a place that the file does not know.
pub fn lines(path: &Path, places: &[&Place]) -> Result<Vec<Vec<Line>>, Unreadable> {
    open(path, |object| {
        lines_of(object, places).map_err(|error| Unreadable::new(path, error))
    })
}

fn lines_of(object: &object::File, places: &[&Place]) -> Result<Vec<Vec<Line>>, Reason> {
    let layout = Layout::of(object);
    let symbols = Symbols::of(object, &layout, places);
    with_dwarf(object, &layout, |dwarf| {
        let context = Context::from_dwarf(dwarf)?;
        let lines = |place: &&Place| {
            let address = symbols.address(place)?;
            Some(expand(&context, place, address))
        };
        Ok(places.iter().map(|place| lines(place).unwrap_or_default()).collect())
    })
}

/// File and line of each address as it was linked; none where the file does not say.
pub fn source_lines(path: &Path, addresses: &[u64]) -> Result<Vec<Option<(String, u32)>>, Unreadable> {
    open(path, |object| {
        let lines = with_dwarf(object, &Layout::of(object), |dwarf| {
            let context = Context::from_dwarf(dwarf)?;
            let line = |address: &u64| {
                let location = context.find_location(*address).ok().flatten()?;
                let directory = context
                    .find_dwarf_and_unit(*address)
                    .skip_all_loads()
                    .and_then(|unit| unit.comp_dir)
                    .map(|directory| directory.to_string_lossy().into_owned());
                Some((below(location.file?, directory.as_deref()), location.line?))
            };
            Ok(addresses.iter().map(line).collect())
        });
        lines.map_err(|error| Unreadable::new(path, error))
    })
}

/// The DWARF of a file, for as long as it is read.
pub(super) fn with_dwarf<T>(
    object: &object::File,
    layout: &Layout,
    read: impl FnOnce(gimli::Dwarf<Reader>) -> Result<T, Reason>,
) -> Result<T, Reason> {
    let sections = gimli::DwarfSections::load(|id| section(object, layout, id.name()))?;
    let endian = match object.is_little_endian() {
        true => RunTimeEndian::Little,
        false => RunTimeEndian::Big,
    };
    read(sections.borrow(|section| EndianSlice::new(section, endian)))
}

/// The address of a symbol as it was linked.
pub fn symbol_address(path: &Path, name: &str) -> Result<Option<u64>, Unreadable> {
    open(path, |object| {
        let found = object.symbols().find(|symbol| symbol.name() == Ok(name));
        Ok(found.map(|symbol| symbol.address()))
    })
}

/// In hexadecimal digits; empty for a file that was linked without one.
pub fn build_id(object: &object::File) -> String {
    let id = object.build_id().ok().flatten().unwrap_or_default();
    hex(id)
}

/// The same of a file.
pub fn build_id_of(path: &Path) -> Result<String, Unreadable> {
    open(path, |object| Ok(build_id(object)))
}

/// Pages are read when they are touched.
#[allow(unsafe_code)]
pub(crate) fn map(file: &File) -> std::io::Result<Mmap> {
    // SAFETY: what is mapped is a build's result, in a store that nobody writes to or in a directory of this process, or what
    // this process has written itself. Should
    // another process cut it short all the same, this process dies of SIGBUS.
    unsafe { Mmap::map(file) }
}

/// Where each section begins: as linked, or one behind the other for a relocatable file.
pub struct Layout(HashMap<SectionIndex, u64>);

impl Layout {
    pub fn of(object: &object::File) -> Layout {
        // Zero means "removed by the linker" to readers of DWARF.
        const FIRST: u64 = 0x10000;
        const PAGE: u64 = 0x1000;
        if object.kind() != ObjectKind::Relocatable {
            return Layout(HashMap::new());
        }
        let mut next = FIRST;
        let mut place = |section: object::Section| {
            let base = next;
            // A gap, so that the end of one section is not the beginning of another.
            next += (section.size() / PAGE + 2) * PAGE;
            (section.index(), base)
        };
        let in_memory = |section: &object::Section| match section.flags() {
            object::SectionFlags::Elf { sh_flags, .. } => sh_flags.0 & object::elf::SHF_ALLOC.0 != 0,
            _ => false,
        };
        Layout(object.sections().filter(in_memory).map(&mut place).collect())
    }

    pub fn base(&self, section: Option<SectionIndex>) -> u64 {
        section.and_then(|index| self.0.get(&index)).copied().unwrap_or(0)
    }
}

/// A section of DWARF, empty if the file has none, relocated if the file is relocatable.
fn section<'a>(object: &object::File<'a>, layout: &Layout, name: &str) -> object::Result<Cow<'a, [u8]>> {
    let Some(section) = object.section_by_name(name) else {
        return Ok(Cow::Borrowed(&[]));
    };
    // CONFIG_DEBUG_INFO_COMPRESSED_ZLIB, `gcc -gz`.
    let data = section.uncompressed_data()?;
    if layout.0.is_empty() {
        return Ok(data);
    }
    let mut data = data.into_owned();
    for (offset, relocation) in section.relocations() {
        let Some((change, bits)) = change(object, &relocation) else {
            continue;
        };
        let target = match relocation.target() {
            RelocationTarget::Symbol(index) => {
                let symbol = object.symbol_by_index(index)?;
                layout.base(symbol.section_index()).wrapping_add(symbol.address())
            }
            RelocationTarget::Section(index) => layout.base(Some(index)),
            _ => continue,
        };
        let width = usize::from(bits / 8);
        let slot = usize::try_from(offset)
            .ok()
            .and_then(|start| data.get_mut(start..start.checked_add(width)?));
        let Some(slot) = slot else {
            continue;
        };
        let little = object.is_little_endian();
        let (before, value) = (number(slot, little), target.wrapping_add(relocation.addend() as u64));
        let after = match change {
            Change::Set => value,
            Change::Add => before.wrapping_add(value),
            Change::Subtract => before.wrapping_sub(value),
        };
        store(slot, after, little);
    }
    Ok(Cow::Owned(data))
}

/// What a relocation does to the number at its place.
enum Change {
    Set,
    Add,
    Subtract,
}

/// None for those that DWARF does not need. The second number is the width in bits.
fn change(object: &object::File, relocation: &object::Relocation) -> Option<(Change, u8)> {
    use object::elf::*;
    if relocation.kind() == RelocationKind::Absolute {
        let change = match relocation.has_implicit_addend() {
            true => Change::Add,
            false => Change::Set,
        };
        return Some((change, relocation.size()));
    }
    // RISC-V's linker may shorten code, so that even a difference of two addresses waits for it: one relocation adds, the next
    // one subtracts (psABI, "Relocations").
    let object::RelocationFlags::Elf { r_type } = relocation.flags() else {
        return None;
    };
    if object.architecture() != object::Architecture::Riscv64 {
        return None;
    }
    match r_type {
        R_RISCV_ADD8 => Some((Change::Add, 8)),
        R_RISCV_ADD16 => Some((Change::Add, 16)),
        R_RISCV_ADD32 => Some((Change::Add, 32)),
        R_RISCV_ADD64 => Some((Change::Add, 64)),
        R_RISCV_SUB8 => Some((Change::Subtract, 8)),
        R_RISCV_SUB16 => Some((Change::Subtract, 16)),
        R_RISCV_SUB32 => Some((Change::Subtract, 32)),
        R_RISCV_SUB64 => Some((Change::Subtract, 64)),
        R_RISCV_SET8 => Some((Change::Set, 8)),
        R_RISCV_SET16 => Some((Change::Set, 16)),
        R_RISCV_SET32 => Some((Change::Set, 32)),
        _ => None,
    }
}

fn number(slot: &[u8], little: bool) -> u64 {
    let add = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
    match little {
        true => slot.iter().rev().fold(0, add),
        false => slot.iter().fold(0, add),
    }
}

fn store(slot: &mut [u8], value: u64, little: bool) {
    let width = slot.len();
    for (index, byte) in slot.iter_mut().enumerate() {
        let shift = 8 * if little { index } else { width - 1 - index };
        *byte = value.checked_shr(shift as u32).unwrap_or(0) as u8;
    }
}

/// The functions that the places name, and where all symbols are.
struct Symbols {
    /// Of each name: address and size. Static functions of several files may share one.
    named: HashMap<String, Vec<(u64, u64)>>,
    starts: BTreeSet<u64>,
}

impl Symbols {
    fn of(object: &object::File, layout: &Layout, places: &[&Place]) -> Symbols {
        let wanted: HashSet<&str> = places.iter().map(|place| place.symbol.as_str()).collect();
        let mut symbols = Symbols {
            named: HashMap::new(),
            starts: BTreeSet::new(),
        };
        // The lowest bit of a Thumb function's address is no part of it.
        let mask = match object.architecture() {
            object::Architecture::Arm => !1,
            _ => !0,
        };
        let mut starts = Vec::new();
        for symbol in object
            .symbols()
            .filter(|symbol| symbol.is_definition() || symbol.kind() == object::SymbolKind::Label)
        {
            // ARM's marks of code and data are no symbols to kallsyms.
            let name = symbol.name().unwrap_or_default();
            if name.is_empty() || name.starts_with('$') || name.starts_with(".L") {
                continue;
            }
            let address = (layout.base(symbol.section_index()) + symbol.address()) & mask;
            starts.push(address);
            if wanted.contains(name) {
                symbols
                    .named
                    .entry(name.to_string())
                    .or_default()
                    .push((address, symbol.size()));
            }
        }
        symbols.starts = starts.into_iter().collect();
        symbols
    }

    /// Of several functions with the name, the one of the right size.
    fn address(&self, place: &Place) -> Option<u64> {
        let candidates = self.named.get(&place.symbol)?;
        let fits = |&&(address, size): &&(u64, u64)| {
            let next = self.starts.range(address + 1..).next();
            Some(size) == place.size || next.is_some_and(|next| Some(next - address) == place.size)
        };
        let inside = |&&(_, size): &&(u64, u64)| place.offset < size;
        let chosen = candidates
            .iter()
            .find(fits)
            .or_else(|| candidates.iter().find(inside))
            .or(candidates.first());
        let address = chosen?.0 + place.offset;
        // The return address may be on the next line already; behind the call of a function that does not return it is even in
        // the next function. The call is before it. Only what ARM's assembly returns to begins a function on purpose.
        let by_hand = place.offset == 0 && place.symbol.starts_with("ret_");
        Some(match place.kind {
            Kind::Return if !by_hand => address - 1,
            _ => address,
        })
    }
}

fn expand(context: &Context<Reader>, place: &Place, address: u64) -> Vec<Line> {
    // What a damaged DWARF does not tell is left out.
    let Ok(mut frames) = context.find_frames(address).skip_all_loads() else {
        return Vec::new();
    };
    let directory = context
        .find_dwarf_and_unit(address)
        .skip_all_loads()
        .and_then(|unit| unit.comp_dir);
    let directory = directory.map(|directory| directory.to_string_lossy().into_owned());
    let mut lines: Vec<Line> = Vec::new();
    while let Ok(Some(frame)) = frames.next() {
        let name = frame.function.as_ref().and_then(|function| function.raw_name().ok());
        let file = frame.location.as_ref().and_then(|location| location.file);
        lines.push(Line {
            function: name.map_or_else(|| place.symbol.clone(), Cow::into_owned),
            file: file.map(|file| below(file, directory.as_deref())),
            line: frame
                .location
                .as_ref()
                .and_then(|location| location.line)
                .filter(|line| *line > 0),
            inlined: true,
        });
    }
    if let Some(outermost) = lines.last_mut() {
        outermost.inlined = false;
    }
    lines
}

/// Without the compiler's working directory, and without `.` and `..` on the way. A relative directory is no place of a build any more:
/// it is what a build's options made of it, and belongs to the name.
pub(super) fn below(file: &str, directory: Option<&str>) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in file.split('/') {
        match part {
            "." => {}
            ".." if parts.last().is_some_and(|last| !last.is_empty() && *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let file = parts.join("/");
    let place = directory.filter(|directory| directory.starts_with('/'));
    let inside = place.and_then(|directory| file.strip_prefix(directory.trim_end_matches('/'))?.strip_prefix('/'));
    inside.map(str::to_string).unwrap_or(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lose_the_working_directory() {
        let build = Some("/build/linux");
        assert_eq!(
            below("/build/linux/./include/generated/a.h", build),
            "include/generated/a.h"
        );
        assert_eq!(
            below("/build/linux/../source/kernel/panic.c", build),
            "/build/source/kernel/panic.c"
        );
        assert_eq!(
            below("/nix/store/x-source/fs/open.c", build),
            "/nix/store/x-source/fs/open.c"
        );
        for directory in [None, Some("kernel_modules")] {
            assert_eq!(below("kernel_modules/oops.c", directory), "kernel_modules/oops.c");
        }
    }

    #[test]
    fn numbers_of_any_width() {
        let mut slot = [0; 4];
        store(&mut slot, 0x1234_5678, true);
        assert_eq!(slot, [0x78, 0x56, 0x34, 0x12]);
        assert_eq!(number(&slot, true), 0x1234_5678);
        store(&mut slot, 0x1234_5678, false);
        assert_eq!(number(&slot, false), 0x1234_5678);
    }
}
