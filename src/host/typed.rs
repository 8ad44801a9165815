//! What a user types, from where it is read to where it is taken. Not more than [`MOST`] of it is under way: what nobody takes yet
//! stays in the pipe that it comes from.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// So much may be read before the guest has taken it.
const MOST: usize = 64 * 1024;

/// Some keys. They are under way until this is dropped.
#[derive(Debug, Default)]
pub struct Typed {
    bytes: Vec<u8>,
    way: Option<Arc<Way>>,
}

/// How much is under way.
#[derive(Debug, Default)]
pub struct Way {
    length: Mutex<usize>,
    shorter: Condvar,
}

impl Way {
    /// Returns when there is room for more.
    pub fn wait(&self) {
        let length = self.length();
        let full = |length: &mut usize| *length > MOST;
        drop(self.shorter.wait_while(length, full));
    }

    /// Whether all has been taken.
    pub fn is_empty(&self) -> bool {
        *self.length() == 0
    }

    /// Takes note of what has been read.
    pub fn enter(self: &Arc<Way>, bytes: Vec<u8>) -> Typed {
        *self.length() += bytes.len();
        Typed {
            bytes,
            way: Some(Arc::clone(self)),
        }
    }

    fn length(&self) -> MutexGuard<'_, usize> {
        self.length.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Typed {
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// What lkmc itself types is under no limit.
impl From<&[u8]> for Typed {
    fn from(bytes: &[u8]) -> Typed {
        Typed {
            bytes: bytes.to_vec(),
            way: None,
        }
    }
}

impl Drop for Typed {
    fn drop(&mut self) {
        if let Some(way) = &self.way {
            *way.length() -= self.bytes.len();
            way.shorter.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_nobody_takes_is_waited_for() {
        let way = Arc::<Way>::default();
        let typed = way.enter(vec![0; MOST + 1]);
        let reading = {
            let way = Arc::clone(&way);
            std::thread::spawn(move || way.wait())
        };
        std::thread::sleep(Duration::from_millis(50));
        assert!(!reading.is_finished());
        drop(typed);
        reading.join().unwrap();
    }
}
