//! What every Nix store has in common: where it is, and what its names are made of.

/// Where every store is, to those who use it.
pub const STORE: &str = "/nix/store";

/// A text as a name in the store, which takes few characters.
pub fn plain_name(text: &str) -> String {
    let plain = |c: char| match c.is_ascii_alphanumeric() || "+._-".contains(c) {
        true => c,
        false => '-',
    };
    text.chars().map(plain).collect()
}
