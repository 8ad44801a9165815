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

/// Of several texts, whose ends count.
pub fn sha256_of_all<'a>(texts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    hex(&hash.finalize())
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
    const DIGITS: usize = 32;
    let mut hash = sha256(bytes);
    hash.truncate(DIGITS);
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_texts_count() {
        let of = |texts: &[&str]| sha256_of_all(texts.iter().map(|text| text.as_bytes()));
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
    }
}
