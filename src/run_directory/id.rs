//! What a run is called: the time of its start, and something short to type.

use std::path::Path;
use std::time::SystemTime;

use chrono::{DateTime, SecondsFormat, Utc};

/// Of the run in this directory.
pub fn of(run: &Path) -> String {
    run.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Sorts by time, and ends in something short to type.
pub fn new() -> String {
    let stamp = rfc3339(SystemTime::now());
    let digits: String = stamp.chars().filter(char::is_ascii_digit).take(14).collect();
    let bytes: [u8; 4] = crate::random::random().unwrap_or_default();
    // Neither digits nor vowels: no part of a date, no words.
    let letters: String = bytes
        .iter()
        .map(|byte| b"bcdfghjkmnpqrstvwxz"[*byte as usize % 19] as char)
        .collect();
    format!("{}-{}-{letters}", &digits[..8], &digits[8..])
}

/// In UTC, to the millisecond.
pub fn rfc3339(time: SystemTime) -> String {
    DateTime::<Utc>::from(time).to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn dates() {
        let at = |seconds| rfc3339(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(at(951_782_400), "2000-02-29T00:00:00.000Z");
        assert_eq!(at(1_795_233_599), "2026-11-21T03:59:59.000Z");
    }
}
