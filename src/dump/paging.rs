//! Walking a kernel's page tables: one walker, and a table of how each architecture's are laid out.

use crate::profile::Arch;

use super::memory::{Memory, PAGE};

/// One level of page tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Level {
    /// An entry maps two to the power of this many bytes.
    shift: u32,
    /// The table's number of entries is two to the power of this.
    bits: u32,
    /// Whether an entry may map memory itself, in place of pointing to another table.
    blocks: bool,
}

/// How an architecture's tables are laid out.
#[derive(Debug, PartialEq, Eq)]
pub struct Layout {
    pub name: &'static str,
    /// From the root to the pages.
    levels: &'static [Level],
    /// What the root's first entry maps.
    base: u64,
    /// The root's first entry that belongs to the kernel.
    first: u64,
    format: Format,
}

/// How an entry says what it is, and where it points. Entries have eight bytes, and bit 0 says whether they are in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    X86,
    Arm,
    Riscv,
}

impl Format {
    /// The physical address in an entry.
    fn target(self, entry: u64) -> u64 {
        match self {
            Format::X86 => entry & 0x000f_ffff_ffff_f000,
            Format::Arm => entry & 0x0000_ffff_ffff_f000,
            // Privileged Architecture, "Sv39": the page's number is in bits 10 to 53.
            Format::Riscv => (entry >> 10 & 0x0fff_ffff_ffff) << 12,
        }
    }

    fn in_use(self, entry: u64) -> bool {
        entry & 1 != 0
    }

    /// Whether an entry above the last level maps memory itself.
    fn is_block(self, entry: u64) -> bool {
        match self {
            Format::X86 => entry & 0x80 != 0,
            Format::Arm => entry & 2 == 0,
            // May be read, written or executed; what points to a table may nothing.
            Format::Riscv => entry & 0xe != 0,
        }
    }
}

const fn level(shift: u32, bits: u32, blocks: bool) -> Level {
    Level { shift, bits, blocks }
}

const PAGES: Level = level(12, 9, true);

const X86_FOUR: Layout = Layout {
    name: "x86_64, four levels",
    levels: &[level(39, 9, false), level(30, 9, true), level(21, 9, true), PAGES],
    base: 0xffff_0000_0000_0000,
    first: 256,
    format: Format::X86,
};

const X86_FIVE: Layout = Layout {
    name: "x86_64, five levels",
    levels: &[
        level(48, 9, false),
        level(39, 9, false),
        level(30, 9, true),
        level(21, 9, true),
        PAGES,
    ],
    base: 0xfe00_0000_0000_0000,
    first: 256,
    format: Format::X86,
};

const AARCH64_39: Layout = Layout {
    name: "aarch64, 39 bits",
    levels: &[level(30, 9, true), level(21, 9, true), PAGES],
    base: 0xffff_ff80_0000_0000,
    first: 0,
    format: Format::Arm,
};

const AARCH64_48: Layout = Layout {
    name: "aarch64, 48 bits",
    levels: &[level(39, 9, false), level(30, 9, true), level(21, 9, true), PAGES],
    base: 0xffff_0000_0000_0000,
    first: 0,
    format: Format::Arm,
};

const ARM_LPAE: Layout = Layout {
    name: "arm, LPAE",
    levels: &[level(30, 2, true), level(21, 9, true), PAGES],
    base: 0,
    first: 0,
    format: Format::Arm,
};

const RISCV_39: Layout = Layout {
    name: "riscv64, Sv39",
    levels: &[level(30, 9, true), level(21, 9, true), PAGES],
    base: 0xffff_ff80_0000_0000,
    first: 256,
    format: Format::Riscv,
};

const RISCV_48: Layout = Layout {
    name: "riscv64, Sv48",
    levels: &[level(39, 9, true), level(30, 9, true), level(21, 9, true), PAGES],
    base: 0xffff_0000_0000_0000,
    first: 256,
    format: Format::Riscv,
};

const RISCV_57: Layout = Layout {
    name: "riscv64, Sv57",
    levels: &[
        level(48, 9, true),
        level(39, 9, true),
        level(30, 9, true),
        level(21, 9, true),
        PAGES,
    ],
    base: 0xfe00_0000_0000_0000,
    first: 256,
    format: Format::Riscv,
};

/// The layouts that a kernel of this architecture may have been configured for.
pub fn layouts(arch: Arch) -> &'static [&'static Layout] {
    match arch {
        Arch::X86_64 => &[&X86_FOUR, &X86_FIVE],
        Arch::Aarch64 => &[&AARCH64_39, &AARCH64_48],
        Arch::Arm => &[&ARM_LPAE],
        // The kernel takes the largest that the processor has.
        Arch::Riscv64 => &[&RISCV_39, &RISCV_48, &RISCV_57],
    }
}

/// A stretch of virtual addresses that lies in one piece in physical memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapping {
    pub address: u64,
    pub physical: u64,
    pub size: u64,
}

/// Everything that the tables below `root` map, in order of address. `None`: the root is not in memory.
pub fn walk(layout: &Layout, root: u64, memory: &Memory) -> Option<Vec<Mapping>> {
    let mut found = Vec::new();
    let table = table(layout.levels[0], root, memory)?;
    let walker = Walker { layout, memory };
    walker.table(0, &table, layout.base, layout.first, &mut found);
    Some(found)
}

struct Walker<'a> {
    layout: &'a Layout,
    memory: &'a Memory<'a>,
}

fn table(level: Level, physical: u64, memory: &Memory) -> Option<Vec<u64>> {
    let bytes = memory.read(physical, 8 << level.bits)?;
    // Each chunk has eight bytes.
    let entry = |chunk: &[u8]| u64::from_le_bytes(chunk.try_into().unwrap_or_default());
    Some(bytes.chunks(8).map(entry).collect())
}

impl Walker<'_> {
    fn table(&self, depth: usize, entries: &[u64], base: u64, first: u64, found: &mut Vec<Mapping>) {
        let (level, format) = (self.layout.levels[depth], self.layout.format);
        let is_last = depth + 1 == self.layout.levels.len();
        for (index, &entry) in entries.iter().enumerate().skip(first as usize) {
            if !format.in_use(entry) {
                continue;
            }
            let address = base.wrapping_add((index as u64) << level.shift);
            let size = 1 << level.shift;
            let target = format.target(entry);
            if is_last || (level.blocks && format.is_block(entry)) {
                push(found, address, target & !(size - 1), size);
                continue;
            }
            let next = self.layout.levels[depth + 1];
            // A table that is not in memory, or whose entries are all the same: KASAN maps all that has no shadow of its own, of
            // terabytes, to a single page, through such tables.
            match table(next, target, self.memory) {
                Some(entries) if entries.iter().any(|entry| *entry != entries[0]) => {
                    self.table(depth + 1, &entries, address, 0, found)
                }
                _ => {}
            }
        }
    }
}

/// Adds a mapping, to the last one if it goes on there.
fn push(found: &mut Vec<Mapping>, address: u64, physical: u64, size: u64) {
    match found.last_mut() {
        Some(last)
            if last.address.wrapping_add(last.size) == address && last.physical.wrapping_add(last.size) == physical =>
        {
            last.size += size
        }
        _ => found.push(Mapping {
            address,
            physical,
            size,
        }),
    }
}

/// Where `physical` is mapped.
pub fn addresses_of(mappings: &[Mapping], physical: u64) -> impl Iterator<Item = u64> {
    let inside = move |mapping: &&Mapping| physical >= mapping.physical && physical - mapping.physical < mapping.size;
    mappings
        .iter()
        .filter(inside)
        .map(move |mapping| mapping.address.wrapping_add(physical - mapping.physical))
}

/// What `address` is mapped to.
pub fn physical_of(mappings: &[Mapping], address: u64) -> Option<u64> {
    let mapping = mappings
        .iter()
        .find(|mapping| address >= mapping.address && address - mapping.address < mapping.size)?;
    Some(mapping.physical + (address - mapping.address))
}

const _: () = assert!(PAGE == 1 << PAGES.shift);

#[cfg(test)]
mod tests {
    use super::super::memory::Range;
    use super::*;

    /// Memory from zero on, in which tables are put.
    struct Made(Vec<u8>);

    impl Made {
        fn put(&mut self, at: u64, value: u64) {
            let at = at as usize;
            self.0[at..at + 8].copy_from_slice(&value.to_le_bytes());
        }

        fn walk(&self, layout: &Layout, root: u64) -> Vec<Mapping> {
            let ranges = [Range {
                physical: 0,
                size: self.0.len() as u64,
                offset: 0,
            }];
            let memory = Memory {
                bytes: &self.0,
                ranges: &ranges,
            };
            walk(layout, root, &memory).unwrap()
        }
    }

    #[test]
    fn x86_pages_and_blocks_of_the_kernels_half() {
        let mut made = Made(vec![0; 0x8000]);
        made.put(0x1000, 0x2000 | 1);
        made.put(0x1000 + 511 * 8, 0x2000 | 0x63);
        made.put(0x2000 + 510 * 8, 0x3000 | 0x63);
        made.put(0x3000 + 8 * 8, 0x0020_0000 | 0x8000_0000_0000_01e3);
        made.put(0x3000 + 9 * 8, 0x4000 | 0x63);
        made.put(0x4000, 0x0040_0000 | 0x163);
        made.put(0x4000 + 16, 0x0070_0000 | 0x163);
        let mapping = |address, physical, size| Mapping {
            address,
            physical,
            size,
        };
        let wanted = [
            // Block and page go on from each other.
            mapping(0xffff_ffff_8100_0000, 0x20_0000, 0x20_1000),
            mapping(0xffff_ffff_8120_2000, 0x70_0000, 0x1000),
        ];
        let found = made.walk(&X86_FOUR, 0x1000);
        assert_eq!(found, wanted);
        assert_eq!(physical_of(&found, 0xffff_ffff_8120_2008), Some(0x70_0008));
        assert_eq!(physical_of(&found, 0xffff_ffff_8120_1000), None);
        assert_eq!(
            addresses_of(&found, 0x20_0010).collect::<Vec<_>>(),
            [0xffff_ffff_8100_0010]
        );
    }

    #[test]
    fn arms_three_levels() {
        let mut made = Made(vec![0; 0x8000]);
        // Entries of the root are 4; what follows is none of it.
        made.put(0x1000 + 3 * 8, 0x2000 | 3);
        made.put(0x1000 + 4 * 8, 0x2000 | 3);
        made.put(0x2000, 0x4000_0000 | 1);
        made.put(0x2000 + 8, 0x3000 | 3);
        made.put(0x3000 + 8, 0x4020_1000 | 3);
        let found = made.walk(&ARM_LPAE, 0x1000);
        let pairs: Vec<_> = found.iter().map(|m| (m.address, m.physical, m.size)).collect();
        assert_eq!(
            pairs,
            [
                (0xc000_0000, 0x4000_0000, 0x20_0000),
                (0xc020_1000, 0x4020_1000, 0x1000)
            ]
        );
    }

    #[test]
    fn tables_of_one_and_the_same_page_are_left_out() {
        let mut made = Made(vec![0; 0x8000]);
        made.put(0x1000, 0x2000 | 3);
        for index in 0..512 {
            made.put(0x2000 + index * 8, 0x3000 | 3);
            made.put(0x3000 + index * 8, 0x4000 | 3);
        }
        assert_eq!(made.walk(&AARCH64_39, 0x1000), []);
    }
}
