//! Recordings: a run that QEMU can repeat, instruction by instruction.
//!
//! ```text
//! Profile, command -> Archive (the order, beside the initramfs) + machine -> Tape (recording.json) -> record
//! Tape -> replay: the same machine with rr=replay, compared with what was recorded
//! ```
//!
//! Nothing may come into a recorded guest from outside while it runs, so there is no agent: the command lies in a second archive
//! behind the initramfs, and its output leaves through serial ports. docs/adr/0013-recordings.md says why.

pub mod archive;
pub mod image;
pub mod limits;
pub mod machine;
pub mod memory;
pub mod record;
pub mod replay;
pub mod tape;
