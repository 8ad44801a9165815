//! Memory dumps of guests: what QEMU writes becomes one ELF core that GDB, drgn and crash all open.
//!
//! ```text
//! QEMU (dump-guest-memory, a pipe) -> stream: memory into the file -> anchor: where the kernel is
//!     -> paging: its page tables -> segments: virtual addresses over the same bytes -> elf: headers in front
//! ```
//!
//! QEMU's own core has physical addresses only, which GDB cannot use, and its other kind (`paging=true`) exists for x86 alone and
//! follows the tables of whatever process happened to run. So the kernel's page tables are walked here, on each architecture
//! alike. Nothing of it needs the guest's help or an unharmed guest: the kernel's image is found by its banner, and the tables
//! lie at a known distance from that, wherever the kernel was loaded (docs/adr/0014).

use std::fs::File;
use std::io::Read;
use std::path::Path;

use self::about::{About, NOTE_OWNER, NOTE_TYPE};
use self::error::DumpError;

pub mod about;
pub mod anchor;
pub mod elf;
pub mod error;
pub mod firmware;
pub mod memory;
pub mod open;
pub mod paging;
pub mod reader;
pub mod segments;
pub mod stream;
pub mod take;
mod tasks;

/// What [`write`] made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    pub about: About,
    /// Bytes of guest memory in it.
    pub memory: u64,
    pub segments: usize,
}

/// Makes a dump of QEMU's stream. `firmware`: what QEMU's monitor knows of it. `file` is empty; what is in it after an error is of no use.
pub fn write(
    input: &mut impl Read,
    firmware: &firmware::Firmware,
    file: &File,
    vmlinux: &Path,
) -> Result<Made, DumpError> {
    let raw = stream::copy(input, file)?;
    // What was never written to is a hole at the end of the file.
    file.set_len(raw.end()).map_err(DumpError::Write)?;
    let map = crate::decode::object::map(file).map_err(DumpError::Write)?;
    let memory = memory::Memory {
        bytes: &map,
        ranges: &raw.ranges,
    };
    let kernel = anchor::Kernel::read(vmlinux, raw.arch)?;
    let (found, mappings) = anchor::find(&kernel, &memory)?;
    let composed = segments::compose(&mappings, &raw.ranges, raw.end());
    for copy in &composed.copies {
        stream::write_sparse(file, &map[copy.source()], copy.to).map_err(DumpError::Write)?;
    }
    file.set_len(composed.end).map_err(DumpError::Write)?;
    let about = About {
        arch: raw.arch,
        build_id: kernel.build_id.clone(),
        slide: found.slide,
        panic_cpu: found.panic_cpu,
    };
    let mut notes = raw.notes;
    firmware.leave(&mut notes, &memory);
    if let Some(harts) = found.harts {
        firmware::order(&mut notes, |processor| {
            anchor::number_at(&mappings, &memory, harts + 8 * processor)
        });
    }
    tasks::name(&mut notes, raw.arch, kernel.runqueues, found.slide, &mappings, &memory);
    notes.push(elf::Note {
        owner: NOTE_OWNER.into(),
        kind: NOTE_TYPE,
        // Plain data, which serde_json can always represent.
        content: serde_json::to_vec(&about).unwrap_or_default(),
    });
    elf::write_headers(file, raw.arch, &notes, &composed.segments, composed.end)?;
    Ok(Made {
        about,
        memory: raw.ranges.iter().map(|range| range.size).sum(),
        segments: composed.segments.len(),
    })
}
