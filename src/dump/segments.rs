//! From the kernel's mappings to the segments of a core: which virtual addresses are which bytes of the file.
//!
//! Most of a kernel's addresses are a few large stretches of physical memory, and those segments point into the memory that is in
//! the file anyway. What the kernel has put together from single pages (modules, stacks, buffers) is copied to the file's end,
//! piece behind piece: otherwise each page would be a segment, and debuggers are slow with many thousands of them.

use std::ops::Range as Span;

use super::memory::{PAGE, Range};
use super::paging::Mapping;

/// A stretch of virtual addresses that lies in one piece in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    pub address: u64,
    /// None for what is put together from several places.
    pub physical: Option<u64>,
    pub offset: u64,
    pub size: u64,
}

/// Bytes of the file that are wanted at its end once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copy {
    pub from: u64,
    pub to: u64,
    pub size: u64,
}

impl Copy {
    pub fn source(&self) -> Span<usize> {
        // The file is mapped as a whole, so its offsets are in reach.
        self.from as usize..(self.from + self.size) as usize
    }
}

/// The segments, and what to do to the file for them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Composed {
    pub segments: Vec<Segment>,
    pub copies: Vec<Copy>,
    /// Where the file ends then.
    pub end: u64,
}

/// A piece this large is a segment of its own.
const LARGE: u64 = 1 << 20;

/// Composes segments from mappings in order of address. Of device memory there is nothing in `ranges`, and it is left out.
pub fn compose(mappings: &[Mapping], ranges: &[Range], end: u64) -> Composed {
    let mut composed = Composed {
        end: end.next_multiple_of(PAGE),
        ..Composed::default()
    };
    let mut small: Vec<Segment> = Vec::new();
    for piece in mappings.iter().flat_map(|mapping| clip(mapping, ranges)) {
        let goes_on = small
            .last()
            .is_some_and(|last| last.address + last.size == piece.address);
        if !goes_on || piece.size >= LARGE {
            composed.join(&small);
            small.clear();
        }
        match piece.size >= LARGE {
            true => composed.segments.push(piece),
            false => small.push(piece),
        }
    }
    composed.join(&small);
    composed
}

/// The parts of a mapping that are in memory.
fn clip(mapping: &Mapping, ranges: &[Range]) -> Vec<Segment> {
    let last = mapping.physical.saturating_add(mapping.size);
    let part = |range: &Range| {
        let start = mapping.physical.max(range.physical);
        let end = last.min(range.physical + range.size);
        (start < end).then(|| Segment {
            address: mapping.address.wrapping_add(start - mapping.physical),
            physical: Some(start),
            offset: range.offset + (start - range.physical),
            size: end - start,
        })
    };
    let mut parts: Vec<Segment> = ranges.iter().filter_map(part).collect();
    parts.sort_by_key(|part| part.address);
    parts
}

impl Composed {
    /// Adjacent small pieces as one segment.
    fn join(&mut self, pieces: &[Segment]) {
        let [first, _, ..] = pieces else {
            self.segments.extend(pieces);
            return;
        };
        self.segments.push(Segment {
            address: first.address,
            physical: None,
            offset: self.end,
            size: pieces.iter().map(|piece| piece.size).sum(),
        });
        for piece in pieces {
            self.copies.push(Copy {
                from: piece.offset,
                to: self.end,
                size: piece.size,
            });
            self.end += piece.size;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RANGES: [Range; 2] = [
        Range {
            physical: 0,
            size: 0x10_0000,
            offset: 0x10_0000,
        },
        Range {
            physical: 0x4000_0000,
            size: 0x1000_0000,
            offset: 0x20_0000,
        },
    ];

    fn mapping(address: u64, physical: u64, size: u64) -> Mapping {
        Mapping {
            address,
            physical,
            size,
        }
    }

    #[test]
    fn large_pieces_point_into_the_memory() {
        // More than there is, from before its beginning on.
        let composed = compose(&[mapping(0x8000_0000, 0x3ff0_0000, 0x4000_0000)], &RANGES, 0x1020_0000);
        let wanted = Segment {
            address: 0x8010_0000,
            physical: Some(0x4000_0000),
            offset: 0x20_0000,
            size: 0x1000_0000,
        };
        assert_eq!((composed.segments, composed.copies), (vec![wanted], vec![]));
        assert_eq!(composed.end, 0x1020_0000);
    }

    #[test]
    fn scattered_pages_are_put_together() {
        let scattered = [
            mapping(0xc000, 0x5000, 0x1000),
            mapping(0xd000, 0x4000_2000, 0x2000),
            mapping(0xf000, 0xfe00_0000, 0x1000),
            mapping(0x10000, 0x6000, 0x1000),
        ];
        let composed = compose(&scattered, &RANGES, 0x1020_0000);
        let joined = Segment {
            address: 0xc000,
            physical: None,
            offset: 0x1020_0000,
            size: 0x3000,
        };
        // Behind the device's page there is a page alone.
        let alone = Segment {
            address: 0x10000,
            physical: Some(0x6000),
            offset: 0x10_6000,
            size: 0x1000,
        };
        assert_eq!(composed.segments, [joined, alone]);
        let copy = |from, to, size| Copy { from, to, size };
        let wanted = [
            copy(0x10_5000, 0x1020_0000, 0x1000),
            copy(0x20_2000, 0x1020_1000, 0x2000),
        ];
        assert_eq!(composed.copies, wanted);
        assert_eq!(composed.end, 0x1020_3000);
    }
}
