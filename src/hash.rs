//! Hashes as text.

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

/// What is long enough to tell things apart that nobody forges: file names.
pub fn short_sha256(bytes: impl AsRef<[u8]>) -> String {
    const DIGITS: usize = 32;
    let mut hash = sha256(bytes);
    hash.truncate(DIGITS);
    hash
}
