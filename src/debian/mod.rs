//! Files of Debian's archive: what lock files name, and nothing of how they get here ([`toolbox`](crate::toolbox)).

pub mod package_lock;

use serde::{Deserialize, Serialize};

use crate::store_path;

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
    }
}
