//! Files of Debian's archive: what lock files name, and nothing of how they get here ([`toolbox`](crate::toolbox)).

pub mod package_lock;

use serde::{Deserialize, Serialize};

use crate::store_path;

/// Code name of the release that root file systems of guests are made of.
pub const SUITE: &str = "bookworm";

/// One file of the Debian archive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct File {
    pub name: String,
    pub version: String,
    pub archive: Archive,
    /// Under the mirror's base address.
    pub path: String,
    pub size: u64,
    /// Hexadecimal.
    pub sha256: String,
}

/// Debian's archives, which mirrors offer at different addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Archive {
    /// The frozen release; its packages stay on mirrors for years.
    Debian,
    /// Security updates; a package disappears when the next one comes.
    DebianSecurity,
}

impl Archive {
    /// As a lock file writes it.
    pub fn from_name(name: &str) -> Option<Archive> {
        serde_json::from_value(name.into()).ok()
    }
}

impl File {
    /// Last component of the path.
    pub fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// What is wrong with it, if it cannot be fetched as it is written.
    pub fn flaw(&self) -> Option<String> {
        let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let plain = |part: &str| {
            let known = |byte: u8| byte.is_ascii_alphanumeric() || b"+-._~:%".contains(&byte);
            !part.is_empty() && !part.starts_with('.') && part.bytes().all(known)
        };
        if self.sha256.len() != 64 || !self.sha256.bytes().all(digit) {
            Some("its SHA-256 is not 64 small hexadecimal digits".to_owned())
        } else if !self.path.split('/').all(plain) {
            Some(format!(
                "its path `{}` is not a plain one in the archive",
                self.path.escape_debug()
            ))
        } else {
            (self.size == 0).then(|| "its size is 0".to_owned())
        }
    }

    /// Name in the Nix store, which allows fewer characters than Debian does.
    pub fn store_name(&self) -> String {
        format!("deb-{}", store_path::plain_name(self.file_name()))
    }
}

pub fn json(value: &impl Serialize) -> String {
    // None of our types has a map with keys that are not strings.
    serde_json::to_string(value).expect("strings, numbers and structs always serialize")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn store_names_replace_what_nix_forbids() {
        let file = File {
            name: "busybox-static".to_owned(),
            version: "1:1.0~rc1-1".to_owned(),
            archive: Archive::DebianSecurity,
            path: "pool/main/b/busybox/busybox-static_1.0~rc1-1_amd64.deb".to_owned(),
            size: 42,
            sha256: "ab".repeat(32),
        };
        assert_eq!(file.store_name(), "deb-busybox-static_1.0-rc1-1_amd64.deb");
        assert_eq!(Archive::from_name("debian-security"), Some(Archive::DebianSecurity));
        assert_eq!(Archive::from_name("ubuntu"), None);
        assert_eq!(file.flaw(), None);
        let wrong = |change: fn(&mut File)| {
            let mut file = file.clone();
            change(&mut file);
            file.flaw().unwrap_or_default()
        };
        assert!(wrong(|file| file.sha256 = "AB".repeat(32)).contains("SHA-256"));
        assert!(wrong(|file| file.sha256.truncate(63)).contains("SHA-256"));
        assert!(wrong(|file| file.size = 0).contains("size"));
        for path in [
            "",
            "/pool/a",
            "pool//a",
            "../a",
            "pool/../a",
            "pool/a?b",
            "pool/a b",
            "pool/a\n",
        ] {
            let mut file = file.clone();
            file.path = path.to_owned();
            assert!(file.flaw().is_some_and(|flaw| flaw.contains("path")), "{path:?}");
        }
    }

    #[test]
    fn guests_have_the_release_that_is_locked_for_them() {
        let manifest = include_str!("../../nix/toolbox/debian/packages.toml");
        assert!(manifest.contains(&format!("suite = \"{SUITE}\"")));
    }
}
