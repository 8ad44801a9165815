//! The note that lkmc leaves in a dump.

use serde::{Deserialize, Serialize};

use crate::profile::Arch;

/// Owner of the note that only lkmc writes.
pub const NOTE_OWNER: &str = "LKMC";
/// Its one type. Readers that look at the type alone take small numbers for notes of their own.
pub const NOTE_TYPE: u32 = u32::from_be_bytes(*b"LKMC");
/// What lkmc notes in a dump about the kernel in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct About {
    pub arch: Arch,
    /// Of the vmlinux that the kernel was built with, in hexadecimal digits.
    pub build_id: String,
    /// How far the kernel runs from where it was linked.
    pub slide: u64,
    /// The processor that panicked.
    pub panic_cpu: Option<u32>,
}
