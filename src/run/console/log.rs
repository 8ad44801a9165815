//! The kernel's log as the console's log has it, and a mark at the end of a run's part of it.

use std::collections::HashSet;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use crate::emulator::qemu::CONSOLE_LOG;
use crate::verdict;

macro_rules! end_mark {
    () => {
        "lkmc: end of the run"
    };
}

/// The last line of a run in the kernel log. Everything that was logged before it is on the console when it is.
pub const END_MARK: &str = end_mark!();
/// A line of shell that leaves the mark in the kernel log. It is of the highest level, because a run may have silenced all others.
pub const MARK_COMMAND: &str = concat!("echo '<0>", end_mark!(), "' > /dev/kmsg");

/// Length of the console's log in a run directory.
pub fn log_length(directory: &Path) -> u64 {
    std::fs::metadata(directory.join(CONSOLE_LOG)).map_or(0, |metadata| metadata.len())
}

/// The kernel's lines in a run directory's console log since a position, without their time stamps.
pub fn kernel_log(directory: &Path, since: u64) -> Vec<String> {
    String::from_utf8_lossy(&read_from(&directory.join(CONSOLE_LOG), since))
        .lines()
        .filter_map(|line| verdict::kernel_text(line.trim_end_matches('\r')))
        .filter(|line| *line != END_MARK)
        .map(str::to_owned)
        .collect()
}

/// The same as they stand in the log, with what the kernel indents them by. A line that was seen before (somebody typed `dmesg`)
/// counts once.
pub fn indented_log(directory: &Path, since: u64) -> Vec<String> {
    let mut seen = HashSet::new();
    String::from_utf8_lossy(&read_from(&directory.join(CONSOLE_LOG), since))
        .lines()
        .filter_map(|line| verdict::stamped(line.trim_end_matches('\r')))
        .filter(|(line, _)| seen.insert(*line))
        .map(|(_, text)| text.to_owned())
        .filter(|text| text != END_MARK)
        .collect()
}

fn read_from(log: &Path, since: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut read = || -> std::io::Result<()> {
        let mut file = File::open(log)?;
        file.seek(SeekFrom::Start(since))?;
        file.read_to_end(&mut bytes).map(drop)
    };
    // A log that is not there (yet) says nothing.
    let _ = read();
    bytes
}

/// Looks for [`END_MARK`] in a log that grows, through each byte once.
pub struct Mark {
    /// Where what has not been looked through begins.
    position: u64,
}

impl Mark {
    pub fn after(position: u64) -> Mark {
        Mark { position }
    }

    pub fn is_in(&mut self, log: &Path) -> bool {
        let bytes = read_from(log, self.position);
        // It may have begun at the end.
        let looked_through = bytes.len().saturating_sub(END_MARK.len() - 1);
        self.position += looked_through as u64;
        bytes.windows(END_MARK.len()).any(|part| part == END_MARK.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_found_wherever_the_log_is_cut() {
        let log = tempfile::NamedTempFile::new().unwrap();
        let text = format!("before\n[    1.000000] {END_MARK}\n");
        let whole = text.len() - 1;
        for cut in 0..whole {
            std::fs::write(log.path(), &text[..cut]).unwrap();
            let mut mark = Mark::after(3);
            assert!(!mark.is_in(log.path()));
            assert!(cut < END_MARK.len() + 3 || mark.position > 3, "it is read again");
            std::fs::write(log.path(), &text).unwrap();
            assert!(mark.is_in(log.path()), "{cut}");
        }
    }
}
