//! The machine's memory, as it stands in a file.

/// The smallest page of every architecture here.
pub const PAGE: u64 = 4096;

/// A stretch of the machine's memory, and where it stands in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub physical: u64,
    pub size: u64,
    pub offset: u64,
}

impl Range {
    fn contains(&self, physical: u64) -> bool {
        physical >= self.physical && physical - self.physical < self.size
    }
}

/// The machine's memory, by physical address.
pub struct Memory<'a> {
    /// The whole file.
    pub bytes: &'a [u8],
    pub ranges: &'a [Range],
}

impl<'a> Memory<'a> {
    /// The bytes at an address, if they are all in one range.
    pub fn read(&self, physical: u64, length: u64) -> Option<&'a [u8]> {
        let range = self.ranges.iter().find(|range| range.contains(physical))?;
        let inside = physical - range.physical;
        let end = inside.checked_add(length).filter(|end| *end <= range.size)?;
        let index = |offset: u64| usize::try_from(range.offset + offset).ok();
        self.bytes.get(index(inside)?..index(end)?)
    }

    /// The addresses of all pages.
    pub fn pages(&self) -> impl Iterator<Item = u64> {
        let starts = |range: &Range| (range.physical..range.physical + range.size).step_by(PAGE as usize);
        self.ranges.iter().flat_map(starts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_within_one_range() {
        let bytes = [0, 1, 2, 3, 4, 5, 6, 7];
        let ranges = [(100, 2, 0), (200, 4, 4)].map(|(physical, size, offset)| Range { physical, size, offset });
        let memory = Memory {
            bytes: &bytes,
            ranges: &ranges,
        };
        assert_eq!(memory.read(201, 2), Some(&[5, 6][..]));
        assert_eq!(memory.read(201, 3), Some(&[5, 6, 7][..]));
        assert_eq!(memory.read(201, 4), None);
        assert_eq!(memory.read(102, 1), None);
        assert_eq!(memory.read(u64::MAX, 1), None);
    }
}
