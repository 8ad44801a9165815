//! Asks programs of the host for their version, never for longer than a moment.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::host::child;

const LIMIT: Duration = Duration::from_secs(5);

/// The first program of that name in `PATH`.
pub fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|directory| directory.join(name))
        .find(|program| program.is_file())
}

/// First line of what `PROGRAM --version` prints. None if it fails or takes too long.
pub fn version(program: &Path) -> Option<String> {
    let mut command = Command::new(program);
    command.arg("--version");
    let output = child::output_within(command, LIMIT).ok().flatten()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output
        .status
        .success()
        .then(|| text.lines().next().unwrap_or_default().trim().to_owned())
}

/// `1.90` and more out of `cargo 1.90.0 (840b83a10 2025-07-30)`.
pub fn number(version: &str) -> Option<(u32, u32)> {
    let word = version
        .split_whitespace()
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let mut parts = word.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_print() {
        assert_eq!(number("cargo 1.90.0 (840b83a10 2025-07-30)"), Some((1, 90)));
        assert_eq!(number("nix-store (Nix) 2.8.0"), Some((2, 8)));
        assert_eq!(number("no digits here"), None);
    }

    #[test]
    fn a_program_that_fails_has_no_version() {
        assert_eq!(version(Path::new("/nonexistent/program")), None);
        assert_eq!(version(Path::new("/bin/false")), None);
    }
}
