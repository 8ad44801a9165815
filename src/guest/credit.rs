//! How much of its standard input a command has room for.

use std::sync::{Condvar, Mutex, MutexGuard};

use super::protocol::WINDOW;

struct State {
    bytes: u32,
    closed: bool,
}

/// What may be sent without the guest having to keep it: a sender waits here until the command has read some.
pub struct Credit {
    state: Mutex<State>,
    changed: Condvar,
}

impl Credit {
    /// A command that has just been started has room for one window.
    pub fn window() -> Credit {
        Credit {
            state: Mutex::new(State {
                bytes: WINDOW,
                closed: false,
            }),
            changed: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Poisoned only if a thread panicked while it held the lock; the data is plain and stays usable.
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Waits until something may be sent, and takes at most so much of it; none once the command reads no more.
    pub fn take(&self, most: usize) -> Option<usize> {
        let state = self
            .changed
            .wait_while(self.lock(), |state| state.bytes == 0 && !state.closed);
        let mut state = state.unwrap_or_else(|poisoned| poisoned.into_inner());
        if state.closed {
            return None;
        }
        let taken = most.min(state.bytes as usize);
        state.bytes -= taken as u32;
        Some(taken)
    }

    /// The command has read so much.
    pub fn add(&self, bytes: u32) {
        let mut state = self.lock();
        state.bytes = state.bytes.saturating_add(bytes);
        drop(state);
        self.changed.notify_all();
    }

    /// It reads no more.
    pub fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_waits_for_a_command_that_reads_no_more() {
        let credit = Credit::window();
        assert_eq!(credit.take(10), Some(10));
        assert_eq!(credit.take(usize::MAX), Some(WINDOW as usize - 10));
        credit.add(3);
        assert_eq!(credit.take(5), Some(3));
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| credit.take(1));
            credit.close();
            assert_eq!(waiting.join().unwrap(), None);
        });
    }

    #[test]
    fn any_amount_is_taken() {
        let credit = Credit::window();
        credit.add(u32::MAX);
        credit.add(u32::MAX);
        assert_eq!(credit.take(usize::MAX), Some(u32::MAX as usize));
    }
}
