//! The headers and notes of an ELF core, in both widths: read from QEMU's, written in front of ours.

use std::fs::File;
use std::os::unix::fs::FileExt;

use object::Endianness;
use object::elf::{self, FileHeader32, FileHeader64};
use object::read::elf::{FileHeader, ProgramHeader};

use crate::profile::Arch;

use super::error::{DumpError, strange};
use super::memory::Range;
use super::segments::Segment;

/// Room in front of the memory for headers and notes: crash reads no program headers but those that follow the file's.
pub const FRONT: u64 = 1 << 20;

/// Something about the machine or the kernel that is no memory: a processor's registers, for example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub owner: String,
    pub kind: u32,
    pub content: Vec<u8>,
}

impl Note {
    /// Whether it is of this kind, among those that all cores have.
    pub fn is(&self, kind: u32) -> bool {
        self.owner == "CORE" && self.kind == kind
    }
}

/// A core's headers: what is in it and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headers {
    pub arch: Arch,
    pub ranges: Vec<Range>,
    pub notes: Vec<Note>,
}

/// Whether the architecture's cores have 64-bit headers.
fn is_wide(arch: Arch) -> bool {
    arch.facts().bits == 64
}

/// The length of a core's headers, from its first [`IDENTITY`] bytes: up to the end of the program headers.
pub fn table_end(start: &[u8]) -> Result<usize, DumpError> {
    match start.get(4) {
        Some(1) => table_end_of::<FileHeader32<Endianness>>(start),
        Some(2) => table_end_of::<FileHeader64<Endianness>>(start),
        _ => Err(strange("it is no ELF file")),
    }
}

/// Bytes of the longer file header.
pub const IDENTITY: usize = 64;

fn table_end_of<H: FileHeader<Endian = Endianness>>(start: &[u8]) -> Result<usize, DumpError> {
    let header = H::parse(start).map_err(strange)?;
    let endian = header.endian().map_err(strange)?;
    let table: u64 = header.e_phoff(endian).into();
    let length = usize::from(header.e_phnum(endian)) * usize::from(header.e_phentsize(endian));
    usize::try_from(table)
        .ok()
        .and_then(|table| table.checked_add(length))
        .ok_or_else(|| strange("its program headers are out of reach"))
}

/// Where a core's memory begins, from its headers.
pub fn memory_start(start: &[u8]) -> Result<u64, DumpError> {
    let first = match start.get(4) {
        Some(1) => first_load::<FileHeader32<Endianness>>(start)?,
        _ => first_load::<FileHeader64<Endianness>>(start)?,
    };
    first.ok_or_else(|| strange("there is no memory in it"))
}

fn first_load<H: FileHeader<Endian = Endianness>>(start: &[u8]) -> Result<Option<u64>, DumpError> {
    let header = H::parse(start).map_err(strange)?;
    let endian = header.endian().map_err(strange)?;
    let segments = header.program_headers(endian, start).map_err(strange)?;
    let loads = segments.iter().filter(|segment| segment.p_type(endian) == elf::PT_LOAD);
    Ok(loads.map(|segment| segment.p_offset(endian).into()).min())
}

/// A core's headers, from everything before its memory. The ranges' offsets are the core's.
pub fn read(start: &[u8]) -> Result<Headers, DumpError> {
    match start.get(4) {
        Some(1) => read_of::<FileHeader32<Endianness>>(start),
        _ => read_of::<FileHeader64<Endianness>>(start),
    }
}

fn read_of<H: FileHeader<Endian = Endianness>>(start: &[u8]) -> Result<Headers, DumpError> {
    let header = H::parse(start).map_err(strange)?;
    let endian = header.endian().map_err(strange)?;
    if header.e_type(endian) != elf::ET_CORE {
        return Err(strange("it is an ELF file, but no core"));
    }
    let arch = Arch::ALL
        .iter()
        .copied()
        .find(|arch| arch.facts().elf == header.e_machine(endian))
        .ok_or_else(|| strange("it is of an architecture that lkmc does not know"))?;
    let mut headers = Headers {
        arch,
        ranges: Vec::new(),
        notes: Vec::new(),
    };
    for segment in header.program_headers(endian, start).map_err(strange)? {
        match segment.p_type(endian) {
            elf::PT_LOAD => headers.ranges.push(Range {
                physical: segment.p_paddr(endian).into(),
                size: segment.p_filesz(endian).into(),
                offset: segment.p_offset(endian).into(),
            }),
            elf::PT_NOTE => headers.notes.extend(notes::<H>(segment, endian, start)?),
            _ => {}
        }
    }
    headers.ranges.sort_by_key(|range| range.offset);
    Ok(headers)
}

fn notes<H: FileHeader<Endian = Endianness>>(
    segment: &H::ProgramHeader,
    endian: Endianness,
    start: &[u8],
) -> Result<Vec<Note>, DumpError> {
    let mut all = Vec::new();
    let Some(mut notes) = segment.notes(endian, start).map_err(strange)? else {
        return Ok(all);
    };
    while let Some(note) = notes.next().map_err(strange)? {
        all.push(Note {
            owner: String::from_utf8_lossy(note.name()).into_owned(),
            kind: note.n_type(endian).0,
            content: note.desc().to_vec(),
        });
    }
    Ok(all)
}

/// Puts the headers in front of the memory. Those of more segments than there is room for lie behind it, at `end`.
pub fn write_headers(file: &File, arch: Arch, notes: &[Note], segments: &[Segment], end: u64) -> Result<(), DumpError> {
    /// From this number on another header would have to hold it.
    const TOO_MANY: usize = 0xffff;
    let layout = Fields { wide: is_wide(arch) };
    let count = segments.len() + 1;
    if count >= TOO_MANY {
        return Err(strange(format!("the kernel's memory is in {count} pieces")));
    }
    let notes: Vec<u8> = notes.iter().flat_map(encode_note).collect();
    let (header, entry) = (layout.header_size(), layout.entry_size());
    let table = (count * entry) as u64;
    let fits = header as u64 + table + notes.len() as u64 <= FRONT;
    let (table_at, notes_at) = match fits {
        true => (header as u64, header as u64 + table),
        false => (end, header as u64),
    };
    if notes_at + notes.len() as u64 > FRONT {
        return Err(strange("its notes are too long"));
    }
    let mut entries = layout.entry(elf::PT_NOTE.0, 0, 0, 0, notes_at, notes.len() as u64);
    for segment in segments {
        const READ_WRITE_EXECUTE: u32 = 7;
        let physical = segment.physical.unwrap_or(layout.no_address());
        let Segment {
            address, offset, size, ..
        } = *segment;
        entries.extend(layout.entry(elf::PT_LOAD.0, READ_WRITE_EXECUTE, address, physical, offset, size));
    }
    let write = |bytes: &[u8], at| file.write_all_at(bytes, at).map_err(DumpError::Write);
    write(&layout.file_header(arch, table_at, count as u16), 0)?;
    write(&entries, table_at)?;
    write(&notes, notes_at)
}

fn encode_note(note: &Note) -> Vec<u8> {
    let mut bytes = Vec::new();
    let words = [note.owner.len() as u32 + 1, note.content.len() as u32, note.kind];
    words.iter().for_each(|word| bytes.extend(word.to_le_bytes()));
    for part in [[note.owner.as_bytes(), b"\0"].concat(), note.content.clone()] {
        bytes.extend(&part);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
    bytes
}

/// The two widths of ELF's headers; all machines here are little-endian.
struct Fields {
    wide: bool,
}

impl Fields {
    fn header_size(&self) -> usize {
        if self.wide { 64 } else { 52 }
    }

    fn entry_size(&self) -> usize {
        if self.wide { 56 } else { 32 }
    }

    /// What stands for "at no physical address".
    fn no_address(&self) -> u64 {
        if self.wide { u64::MAX } else { u64::from(u32::MAX) }
    }

    fn word(&self, value: u64) -> Vec<u8> {
        match self.wide {
            true => value.to_le_bytes().to_vec(),
            false => (value as u32).to_le_bytes().to_vec(),
        }
    }

    fn file_header(&self, arch: Arch, table: u64, count: u16) -> Vec<u8> {
        let class = if self.wide { 2 } else { 1 };
        let mut bytes = vec![0x7f, b'E', b'L', b'F', class, 1, 1];
        bytes.resize(16, 0);
        bytes.extend(elf::ET_CORE.0.to_le_bytes());
        bytes.extend(arch.facts().elf.0.to_le_bytes());
        bytes.extend(1u32.to_le_bytes());
        // Entry point, program headers, section headers.
        [0, table, 0].iter().for_each(|value| bytes.extend(self.word(*value)));
        bytes.extend(0u32.to_le_bytes());
        let halves = [self.header_size() as u16, self.entry_size() as u16, count, 0, 0, 0];
        halves.iter().for_each(|half| bytes.extend(half.to_le_bytes()));
        bytes
    }

    fn entry(&self, kind: u32, flags: u32, address: u64, physical: u64, offset: u64, size: u64) -> Vec<u8> {
        // By an alignment of memory crash would know the file of another program.
        let align = if kind == elf::PT_LOAD.0 { 0 } else { 4 };
        let words = [offset, address, physical, size, size]
            .map(|value| self.word(value))
            .concat();
        let (kind, flags, align) = (kind.to_le_bytes(), flags.to_le_bytes(), self.word(align));
        match self.wide {
            true => [&kind, &flags, words.as_slice(), &align].concat(),
            false => [&kind, words.as_slice(), &flags, &align].concat(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::super::memory::PAGE;
    use super::*;

    fn round_trip(arch: Arch, segments: usize) -> Headers {
        let mut file = tempfile::tempfile().unwrap();
        let notes = [
            Note {
                owner: "CORE".into(),
                kind: elf::NT_PRSTATUS.0,
                content: vec![7; 9],
            },
            Note {
                owner: "LKMC".into(),
                kind: 1,
                content: b"{}".to_vec(),
            },
        ];
        let segments: Vec<Segment> = (0..segments as u64)
            .map(|index| Segment {
                address: 0x8000_0000 + index * 2 * PAGE,
                physical: (index > 0).then_some(index * PAGE),
                offset: FRONT,
                size: PAGE,
            })
            .collect();
        file.set_len(FRONT + PAGE).unwrap();
        write_headers(&file, arch, &notes, &segments, FRONT + PAGE).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        let headers = read(&bytes).unwrap();
        assert_eq!(headers.notes, notes);
        assert_eq!(memory_start(&bytes).unwrap(), FRONT);
        headers
    }

    #[test]
    fn what_was_written_is_read_again() {
        for &arch in Arch::ALL {
            let headers = round_trip(arch, 3);
            assert_eq!((headers.arch, headers.ranges.len()), (arch, 3));
            let wanted = Range {
                physical: 2 * PAGE,
                size: PAGE,
                offset: FRONT,
            };
            assert_eq!(headers.ranges[2], wanted);
        }
    }

    #[test]
    fn many_segments_move_the_table_behind_the_memory() {
        assert_eq!(round_trip(Arch::X86_64, 30_000).ranges.len(), 30_000);
    }

    #[test]
    fn other_files_are_refused() {
        assert!(table_end(b"#!/bin/sh\n").is_err());
        assert!(table_end(b"").is_err());
        let mut header = Fields { wide: true }.file_header(Arch::X86_64, 64, 0);
        assert_eq!(table_end(&header).unwrap(), 64);
        assert!(memory_start(&header).is_err());
        // An executable.
        header[16] = 2;
        assert!(read(&header).is_err());
    }
}
