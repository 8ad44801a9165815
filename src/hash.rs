//! Hashes as text.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use sha2::digest::Output;
use sha2::{Digest, Sha256};

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256, as Nix and `sha256sum` print it.
pub fn sha256(bytes: impl AsRef<[u8]>) -> String {
    let hash: Output<Sha256> = Sha256::digest(bytes);
    hex(&hash)
}

/// SHA-256 of several parts, whose ends count.
#[derive(Default)]
pub struct Framed(Sha256);

impl Framed {
    pub fn add(&mut self, part: impl AsRef<[u8]>) {
        let part = part.as_ref();
        self.0.update((part.len() as u64).to_le_bytes());
        self.0.update(part);
    }

    pub fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}

/// The same of parts that are all there.
pub fn sha256_of_all<T: AsRef<[u8]>>(parts: impl IntoIterator<Item = T>) -> String {
    let mut hash = Framed::default();
    parts.into_iter().for_each(|part| hash.add(part));
    hash.finish()
}

/// Of a file, however large.
pub fn sha256_of_file(path: &Path) -> std::io::Result<String> {
    let (mut file, mut buffer, mut hash) = (File::open(path)?, vec![0; 1 << 18], Sha256::new());
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex(&hash.finalize())),
            length => hash.update(&buffer[..length]),
        }
    }
}

/// What is long enough to tell things apart that nobody forges: file names.
pub fn short_sha256(bytes: impl AsRef<[u8]>) -> String {
    shorten(sha256(bytes))
}

/// The same of several parts, whose ends count.
pub fn short_sha256_of_all<T: AsRef<[u8]>>(parts: impl IntoIterator<Item = T>) -> String {
    shorten(sha256_of_all(parts))
}

fn shorten(mut hash: String) -> String {
    const DIGITS: usize = 32;
    hash.truncate(DIGITS);
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_texts_count() {
        let of = |texts: &[&str]| sha256_of_all(texts);
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
    }
}
