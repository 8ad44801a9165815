//! An empty qcow2 image: what QEMU keeps snapshots of a machine in. The guest never sees it.

use std::io;
use std::path::Path;

const CLUSTER: u64 = 1 << 16;

/// Writes an image of one cluster, in version 3 of the format: header, table of reference counts, one block of them, and the
/// first-level table, each in a cluster of its own.
pub fn create(path: &Path) -> io::Result<()> {
    const HEADER_LENGTH: u32 = 104;
    let mut header = Vec::new();
    header.extend_from_slice(b"QFI\xfb");
    let mut word = |value: u32| header.extend_from_slice(&value.to_be_bytes());
    let long = |word: &mut dyn FnMut(u32), value: u64| {
        word((value >> 32) as u32);
        word(value as u32);
    };
    word(3);
    // No backing file.
    long(&mut word, 0);
    word(0);
    word(CLUSTER.trailing_zeros());
    long(&mut word, CLUSTER);
    // No encryption; one entry in the first-level table.
    word(0);
    word(1);
    long(&mut word, 3 * CLUSTER);
    long(&mut word, CLUSTER);
    word(1);
    // No snapshots; no features, incompatible, compatible or automatic.
    word(0);
    for _ in 0..4 {
        long(&mut word, 0);
    }
    // Reference counts have 2^4 bits.
    word(4);
    word(HEADER_LENGTH);
    let mut image = vec![0; 4 * CLUSTER as usize];
    image[..header.len()].copy_from_slice(&header);
    let at = |place: u64| place as usize;
    image[at(CLUSTER)..at(CLUSTER) + 8].copy_from_slice(&(2 * CLUSTER).to_be_bytes());
    for cluster in 0..4 {
        image[at(2 * CLUSTER) + 2 * cluster + 1] = 1;
    }
    std::fs::write(path, image)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_has_its_length() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x.qcow2");
        create(&path).unwrap();
        let image = std::fs::read(path).unwrap();
        assert_eq!(image.len() as u64, 4 * CLUSTER);
        assert_eq!(image[100..104], 104u32.to_be_bytes());
        assert_eq!(image[40..48], (3 * CLUSTER).to_be_bytes());
    }
}
