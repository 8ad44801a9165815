//! A command's output, kept for whoever judges it.

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// So much of a command's output is kept.
pub const LIMIT: usize = 16 << 20;

/// A command's output as it grows; what there is of it stays when the guest dies.
#[derive(Clone, Default)]
pub struct Captured(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    bytes: Vec<u8>,
    /// What came when there was no more room.
    dropped: u64,
}

impl Captured {
    /// It says so if it is not all.
    pub fn text(&self) -> String {
        let kept = self.kept();
        let mut text = String::from_utf8_lossy(&kept.bytes).into_owned();
        if kept.dropped > 0 {
            text += &format!("\nlkmc: {} bytes more are not kept\n", kept.dropped);
        }
        text
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Both of a command's outputs.
#[derive(Clone, Default)]
pub struct Streams {
    pub stdout: Captured,
    pub stderr: Captured,
}

impl Streams {
    /// In the order in which they come, as on a terminal.
    pub fn joined() -> Streams {
        let both = Captured::default();
        Streams {
            stdout: both.clone(),
            stderr: both,
        }
    }

    /// Whether one of them was too long to be kept.
    pub fn is_cut(&self) -> bool {
        [&self.stdout, &self.stderr]
            .iter()
            .any(|stream| stream.kept().dropped > 0)
    }
}

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut kept = self.kept();
        let (head, tail) = bytes.split_at(bytes.len().min(LIMIT - kept.bytes.len()));
        kept.bytes.extend_from_slice(head);
        kept.dropped += tail.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_output_without_end_the_beginning_is_kept_and_the_rest_told() {
        let streams = Streams::default();
        let mut stdout = streams.stdout.clone();
        stdout.write_all(&vec![b'x'; LIMIT]).unwrap();
        assert!(!streams.is_cut());
        assert_eq!(streams.stdout.text().len(), LIMIT);
        stdout.write_all(b"seven..").unwrap();
        assert!(streams.is_cut());
        assert!(streams.stdout.text().ends_with("x\nlkmc: 7 bytes more are not kept\n"));
    }
}
