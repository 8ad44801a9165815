//! The guest's memory as a file of ours, so that its contents can be compared at the end.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use rustix::fs::{MemfdFlags, SeekFrom, ftruncate, memfd_create, seek};
use sha2::{Digest, Sha256};

use crate::hash::hex;

const PAGE: u64 = 4096;

/// Memory that belongs to this process; QEMU maps it. It goes when both are gone.
pub struct Memory {
    file: File,
    size: u64,
}

impl Memory {
    pub fn new(size: u64) -> std::io::Result<Memory> {
        let file = File::from(memfd_create("lkmc-guest", MemfdFlags::CLOEXEC)?);
        ftruncate(&file, size)?;
        Ok(Memory { file, size })
    }

    /// A name under which the emulator can open it.
    pub fn path(&self) -> PathBuf {
        format!("/proc/{}/fd/{}", std::process::id(), self.file.as_raw_fd()).into()
    }

    /// SHA-256 of the pages that are not all zero, with their addresses.
    pub fn digest(&self) -> std::io::Result<String> {
        let mut hash = Sha256::new();
        let mut page = vec![0; PAGE as usize];
        let mut position = 0;
        // Past the last data there is an error, which is the end.
        while let Ok(start) = seek(&self.file, SeekFrom::Data(position)) {
            let end = seek(&self.file, SeekFrom::Hole(start))?.min(self.size);
            for address in (start..end).step_by(PAGE as usize) {
                let length = (end - address).min(PAGE) as usize;
                self.file.read_exact_at(&mut page[..length], address)?;
                if page[..length].iter().any(|&byte| byte != 0) {
                    hash.update(address.to_be_bytes());
                    hash.update(&page[..length]);
                }
            }
            position = end;
            if position >= self.size {
                break;
            }
        }
        Ok(hex(&hash.finalize()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_zeros_counts_as_none() {
        let (one, two) = (Memory::new(1 << 20).unwrap(), Memory::new(1 << 20).unwrap());
        one.file.write_at(b"x", 9000).unwrap();
        two.file.write_at(b"x", 9000).unwrap();
        two.file.write_at(&[0; 4096], 40960).unwrap();
        assert_eq!(one.digest().unwrap(), two.digest().unwrap());
        two.file.write_at(b"y", 40960).unwrap();
        assert_ne!(one.digest().unwrap(), two.digest().unwrap());
    }
}
