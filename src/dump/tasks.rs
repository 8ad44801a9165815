//! Which task each processor ran: debuggers name a dump's threads after the process ids in its registers' notes, and drgn looks a
//! task's registers up by them. QEMU, which knows nothing of tasks, puts the processors' numbers there.

use std::borrow::Cow;

use addr2line::gimli::{self, EndianSlice, RunTimeEndian};
use object::{Object, ObjectSection, ObjectSymbol};

use super::elf::Note;
use super::memory::Memory;
use super::paging::{self, Mapping};
use crate::profile::Arch;

/// Where a kernel keeps what its processors run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Runqueues {
    /// The first processor's copy, before its offset is added.
    runqueues: u64,
    /// Array with each processor's offset. A kernel for one processor has none.
    offsets: Option<u64>,
    /// Of `curr` in `struct rq`, and of `pid` in `struct task_struct`.
    curr: u64,
    pid: u64,
    /// Bytes of a pointer.
    width: u64,
}

/// Kind of the notes with registers, one for each processor.
pub const REGISTERS: u32 = 1;
/// A function of the file that defines the scheduler's types.
const SCHEDULER: &str = "sched_fork";
/// Process ids that do not exist: a processor that was idle has number 0, like all others that were.
const IDLE: u32 = 1 << 30;

impl Runqueues {
    /// None for a kernel that does not say all of it.
    pub fn of(object: &object::File) -> Option<Runqueues> {
        let [mut runqueues, mut offsets, mut scheduler] = [None; 3];
        for symbol in object.symbols() {
            match symbol.name().unwrap_or_default() {
                "runqueues" => runqueues = Some(symbol.address()),
                "__per_cpu_offset" => offsets = Some(symbol.address()),
                SCHEDULER => scheduler = Some(symbol.address()),
                _ => {}
            }
        }
        let [curr, pid] = members(object, scheduler?, [("rq", "curr"), ("task_struct", "pid")])?;
        Some(Runqueues {
            runqueues: runqueues?,
            offsets,
            curr,
            pid,
            width: if object.is_64() { 8 } else { 4 },
        })
    }

    /// The process id of what a processor ran.
    fn current(&self, processor: u64, slide: u64, read: impl Fn(u64, u64) -> Option<u64>) -> Option<u32> {
        // Where the symbol is a mere offset, as on x86, it is not moved with the kernel.
        const HIGHEST_OFFSET: u64 = 1 << 28;
        let base = match self.runqueues < HIGHEST_OFFSET {
            true => self.runqueues,
            false => self.runqueues.wrapping_add(slide),
        };
        let wrap = |address: u64| {
            if self.width == 4 {
                address & 0xffff_ffff
            } else {
                address
            }
        };
        let offset = match self.offsets {
            Some(offsets) => read(offsets.wrapping_add(slide) + processor * self.width, self.width)?,
            None => 0,
        };
        let queue = wrap(base.wrapping_add(offset));
        let task = read(queue + self.curr, self.width)?;
        u32::try_from(read(task + self.pid, 4)?).ok()
    }
}

/// Puts the process ids into the notes with registers, which are in order of the processors. Where a processor's is not known, it is
/// none that a task could have.
pub fn name(
    notes: &mut [Note],
    arch: Arch,
    runqueues: Option<Runqueues>,
    slide: u64,
    mappings: &[Mapping],
    memory: &Memory,
) {
    // `pr_pid` of `struct elf_prstatus` (include/uapi/linux/elfcore.h).
    let at = match arch {
        Arch::Arm => 24,
        Arch::X86_64 | Arch::Aarch64 | Arch::Riscv64 => 32,
    };
    let read = |address: u64, length: u64| {
        let bytes = memory.read(paging::physical_of(mappings, address)?, length)?;
        Some(bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
    };
    let registers = notes.iter_mut().filter(|note| note.is(REGISTERS));
    for (processor, note) in registers.enumerate() {
        let pid = runqueues.and_then(|runqueues| runqueues.current(processor as u64, slide, read));
        let shown = match pid {
            Some(0) | None => IDLE + processor as u32,
            Some(pid) => pid,
        };
        if let Some(slot) = note.content.get_mut(at..at + 4) {
            slot.copy_from_slice(&shown.to_le_bytes());
        }
    }
}

type Reader<'a> = EndianSlice<'a, RunTimeEndian>;
type Unit<'a, 'd> = gimli::UnitRef<'a, Reader<'d>>;
type Entry<'d> = gimli::DebuggingInformationEntry<Reader<'d>>;

/// Offsets of members of structures, which the file with the function at `address` must define.
fn members<const N: usize>(object: &object::File, address: u64, wanted: [(&str, &str); N]) -> Option<[u64; N]> {
    let section = |id: gimli::SectionId| -> Result<Cow<[u8]>, gimli::Error> {
        let section = object.section_by_name(id.name());
        Ok(section
            .and_then(|section| section.uncompressed_data().ok())
            .unwrap_or_default())
    };
    let sections = gimli::DwarfSections::load(section).ok()?;
    let dwarf = sections.borrow(|bytes| EndianSlice::new(bytes, RunTimeEndian::Little));
    let context = addr2line::Context::from_dwarf(dwarf).ok()?;
    let unit = context.find_dwarf_and_unit(address).skip_all_loads()?;
    let mut found = [0; N];
    for (slot, (structure, member)) in found.iter_mut().zip(wanted) {
        *slot = offset_of(&unit, structure_called(&unit, structure)?, member)?;
    }
    Some(found)
}

/// The structure's definition, which is one that has members.
fn structure_called(unit: &Unit, name: &str) -> Option<gimli::UnitOffset> {
    let mut entries = unit.entries();
    while let Some(entry) = entries.next_dfs().ok()? {
        let is_definition = entry.tag() == gimli::DW_TAG_structure_type && entry.has_children();
        if is_definition && name_of(unit, entry).as_deref() == Some(name) {
            return Some(entry.offset());
        }
    }
    None
}

/// A member may be in a structure or union without name inside of the structure.
fn offset_of(unit: &Unit, structure: gimli::UnitOffset, name: &str) -> Option<u64> {
    let mut entries = unit.entries_at_offset(structure).ok()?;
    // The structure itself.
    entries.next_dfs().ok()??;
    while let Some(entry) = entries.next_dfs().ok()? {
        if entry.depth() <= 0 {
            break;
        }
        if entry.depth() > 1 || entry.tag() != gimli::DW_TAG_member {
            continue;
        }
        let location = entry.attr_value(gimli::DW_AT_data_member_location);
        // A union's members have none.
        let offset = location.and_then(|value| value.udata_value()).unwrap_or(0);
        match name_of(unit, entry) {
            Some(found) if found == name => return Some(offset),
            Some(_) => {}
            None => {
                let Some(gimli::AttributeValue::UnitRef(inner)) = entry.attr_value(gimli::DW_AT_type) else {
                    continue;
                };
                if let Some(inside) = offset_of(unit, inner, name) {
                    return Some(offset + inside);
                }
            }
        }
    }
    None
}

fn name_of<'d>(unit: &Unit<'_, 'd>, entry: &Entry<'d>) -> Option<String> {
    let value = entry.attr_value(gimli::DW_AT_name)?;
    let name = unit.attr_string(value).ok()?;
    Some(name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processors_that_were_idle_get_numbers_of_their_own() {
        let kernel = Runqueues {
            runqueues: 0x100,
            offsets: Some(0xffff_8000_0000_1000),
            curr: 8,
            pid: 16,
            width: 8,
        };
        let slide = 0x20_0000;
        // Processor 0 runs task 51, processor 1 its idle task, of processor 2 nothing can be read.
        let memory = |address: u64, _: u64| match address {
            0xffff_8000_0020_1000 => Some(0xffff_9000_0000_0000),
            0xffff_8000_0020_1008 => Some(0xffff_9100_0000_0000),
            0xffff_9000_0000_0108 => Some(0x5000),
            0xffff_9100_0000_0108 => Some(0x6000),
            0x5010 => Some(51),
            0x6010 => Some(0),
            _ => None,
        };
        let current = |processor| kernel.current(processor, slide, memory);
        assert_eq!([current(0), current(1), current(2)], [Some(51), Some(0), None]);
        let alone = Runqueues {
            runqueues: 0xffff_9000_0000_0100,
            offsets: None,
            ..kernel
        };
        assert_eq!(alone.current(0, 0, memory), Some(51));
    }
}
