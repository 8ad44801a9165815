//! Finding the kernel in a machine's memory.
//!
//! A kernel's image lies in one piece in physical memory, wherever the boot loader or KASLR put it. So its banner is searched
//! for, the root of its page tables lies at the distance from it that the linker chose, and the tables say where the kernel runs.

use std::path::Path;

use object::{Object, ObjectSection, ObjectSymbol};

use crate::decode::object as symbols;
use crate::profile::Arch;

use super::error::DumpError;
use super::memory::Memory;
use super::memory::PAGE;
use super::paging::{self, Mapping};
use super::tasks::Runqueues;

/// What has to be known of the kernel, from its vmlinux.
pub struct Kernel {
    arch: Arch,
    banner: u64,
    text: Vec<u8>,
    root: u64,
    panic_cpu: Option<u64>,
    harts: Option<u64>,
    pub build_id: String,
    pub runqueues: Option<Runqueues>,
}

/// Where the kernel is.
pub struct Found {
    /// How far it runs from where it was linked.
    pub slide: u64,
    /// The processor that panicked, if one did.
    pub panic_cpu: Option<u32>,
    /// On riscv64, where the kernel keeps the machine's number of each of its processors, in words.
    pub harts: Option<u64>,
}

/// Kernels that are moved are moved by multiples of this.
const ALIGNMENT: u64 = 1 << 21;
const BANNER: &str = "linux_banner";

impl Kernel {
    pub fn read(vmlinux: &Path, arch: Arch) -> Result<Kernel, DumpError> {
        symbols::open(vmlinux, |object| Kernel::of(object, arch))
    }

    fn of(object: &object::File, arch: Arch) -> Result<Kernel, DumpError> {
        let root_name = arch.facts().page_tables;
        let [mut banner, mut root, mut panic_cpu, mut harts] = [None; 4];
        for symbol in object.symbols() {
            let slot = match symbol.name().unwrap_or_default() {
                BANNER => &mut banner,
                "panic_cpu" => &mut panic_cpu,
                "__cpuid_to_hartid_map" => &mut harts,
                name if name == root_name => &mut root,
                _ => continue,
            };
            *slot = Some(symbol.address());
        }
        let banner = banner.ok_or(DumpError::NoSymbol(BANNER))?;
        Ok(Kernel {
            arch,
            banner,
            text: text_at(object, banner).ok_or(DumpError::NoSymbol(BANNER))?,
            root: root.ok_or(DumpError::NoSymbol(root_name))?,
            panic_cpu,
            harts,
            build_id: symbols::build_id(object),
            runqueues: Runqueues::of(object),
        })
    }
}

/// The string at an address, with its final zero.
fn text_at(object: &object::File, address: u64) -> Option<Vec<u8>> {
    const LONGEST: u64 = 1024;
    let section = object
        .sections()
        .find(|section| address >= section.address() && address - section.address() < section.size())?;
    let left = section.size() - (address - section.address());
    let bytes = section.data_range(address, left.min(LONGEST)).ok()??;
    let end = bytes.iter().position(|byte| *byte == 0)?;
    Some(bytes[..=end].to_vec())
}

/// Finds the kernel, and everything that its page tables map.
pub fn find(kernel: &Kernel, memory: &Memory) -> Result<(Found, Vec<Mapping>), DumpError> {
    let inside = kernel.banner % PAGE;
    let length = kernel.text.len() as u64;
    let candidates = memory
        .pages()
        .map(|page| page + inside)
        .filter(|at| memory.read(*at, length) == Some(kernel.text.as_slice()));
    // A copy of the image, or of its banner alone, may have been left over by the boot: page tables that map the kernel are the
    // proof.
    for banner in candidates {
        for layout in paging::layouts(kernel.arch) {
            let root = banner.wrapping_add(kernel.root.wrapping_sub(kernel.banner));
            let Some(mappings) = paging::walk(layout, root, memory) else {
                continue;
            };
            let slides = paging::addresses_of(&mappings, banner)
                .map(|address| address.wrapping_sub(kernel.banner))
                .filter(|slide| slide % ALIGNMENT == 0);
            // Memory as a whole is mapped too, far from where a kernel is linked.
            let Some(slide) = slides.min_by_key(|slide| slide.cast_signed().unsigned_abs()) else {
                continue;
            };
            let panic_cpu = kernel
                .panic_cpu
                .and_then(|address| number_at(&mappings, memory, address.wrapping_add(slide)))
                .filter(|cpu| *cpu < u32::from(u16::MAX));
            let harts = kernel.harts.map(|address| address.wrapping_add(slide));
            let found = Found {
                slide,
                panic_cpu,
                harts,
            };
            return Ok((found, mappings));
        }
    }
    Err(DumpError::NoKernel)
}

/// The number in four bytes, or in the lower half of eight.
pub fn number_at(mappings: &[Mapping], memory: &Memory, address: u64) -> Option<u32> {
    let bytes = memory.read(paging::physical_of(mappings, address)?, 4)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}
