//! QEMU's dump as it comes through a pipe.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt;

use crate::profile::Arch;

use super::elf::{self, FRONT, Note};
use super::error::{DumpError, strange};
use super::memory::PAGE;
use super::memory::Range;

/// What QEMU has told, with the memory in our file.
pub struct Raw {
    pub arch: Arch,
    pub ranges: Vec<Range>,
    pub notes: Vec<Note>,
}

impl Raw {
    /// Where the file ends so far.
    pub fn end(&self) -> u64 {
        self.ranges
            .last()
            .map_or(FRONT, |range| (range.offset + range.size).next_multiple_of(PAGE))
    }
}

/// Copies the memory of QEMU's dump into `file`, whose front stays free for headers. Pages of zeroes become holes.
pub fn copy(input: &mut impl Read, file: &File) -> Result<Raw, DumpError> {
    let mut start = vec![0; elf::IDENTITY];
    fill(input, &mut start)?;
    let table = elf::table_end(&start)?;
    extend(input, &mut start, table)?;
    let memory = usize::try_from(elf::memory_start(&start)?).map_err(strange)?;
    extend(input, &mut start, memory)?;
    let headers = elf::read(&start)?;
    let mut ranges = headers.ranges;
    let (mut position, mut free) = (memory as u64, FRONT);
    for range in &mut ranges {
        if range.offset != position || !range.physical.is_multiple_of(PAGE) || !range.size.is_multiple_of(PAGE) {
            return Err(strange("its memory is not in one piece of pages"));
        }
        position += range.size;
        range.offset = free;
        free += range.size;
        copy_range(input, file, range)?;
    }
    Ok(Raw {
        arch: headers.arch,
        ranges,
        notes: headers.notes,
    })
}

/// Headers of a dump are some kilobytes.
const LONGEST_START: usize = 16 << 20;

fn extend(input: &mut impl Read, start: &mut Vec<u8>, to: usize) -> Result<(), DumpError> {
    let have = start.len();
    if to > LONGEST_START {
        return Err(strange("its headers are too long"));
    }
    if to > have {
        start.resize(to, 0);
        fill(input, &mut start[have..])?;
    }
    Ok(())
}

fn fill(input: &mut impl Read, buffer: &mut [u8]) -> Result<(), DumpError> {
    input
        .read_exact(buffer)
        .map_err(|error| strange(format!("it breaks off: {error}")))
}

fn copy_range(input: &mut impl Read, file: &File, range: &Range) -> Result<(), DumpError> {
    const BLOCK: u64 = 256 * 1024;
    let mut block = vec![0; BLOCK as usize];
    let mut done = 0;
    while done < range.size {
        let length = (range.size - done).min(BLOCK);
        // No more than a block.
        let block = &mut block[..length as usize];
        fill(input, block)?;
        write_sparse(file, block, range.offset + done).map_err(DumpError::Write)?;
        done += length;
    }
    Ok(())
}

/// Writes whole pages, of which those of zeroes are left out, into a file that has nothing there yet.
pub fn write_sparse(file: &File, bytes: &[u8], at: u64) -> std::io::Result<()> {
    let mut pages = bytes.chunks(PAGE as usize).enumerate().peekable();
    let is_zero = |page: &[u8]| page.iter().all(|byte| *byte == 0);
    while let Some((first, page)) = pages.next() {
        if is_zero(page) {
            continue;
        }
        let start = first * PAGE as usize;
        let mut end = start + page.len();
        while let Some((_, page)) = pages.next_if(|(_, page)| !is_zero(page)) {
            end += page.len();
        }
        file.write_all_at(&bytes[start..end], at + start as u64)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_zeroes_are_holes() {
        use std::os::unix::fs::MetadataExt;
        let file = tempfile::tempfile().unwrap();
        let mut bytes = vec![0; 1 << 20];
        bytes[5 * PAGE as usize] = 1;
        bytes[6 * PAGE as usize + 9] = 2;
        write_sparse(&file, &bytes, 0).unwrap();
        file.set_len(bytes.len() as u64).unwrap();
        let mut read = vec![9; bytes.len()];
        file.read_exact_at(&mut read, 0).unwrap();
        assert!(read == bytes);
        assert!(file.metadata().unwrap().blocks() * 512 < 1 << 18);
    }

    #[test]
    fn what_breaks_off_is_refused() {
        let file = tempfile::tempfile().unwrap();
        assert!(matches!(copy(&mut &b"\x7fELF"[..], &file), Err(DumpError::Strange(_))));
        assert!(matches!(copy(&mut std::io::empty(), &file), Err(DumpError::Strange(_))));
    }
}
