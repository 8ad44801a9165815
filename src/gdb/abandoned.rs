//! A guest whose debugger is gone without a word: killed together with the lkmc that would have let go of the guest for it.
//!
//! QEMU keeps such a guest standing. Its owner, who did not start that GDB, sees the guest stop while somebody holds the lock of
//! those who are attached, and waits for that lock: the kernel gives it up for a process that dies, however it dies.

use std::path::Path;

use crossbeam_channel::Sender;

use crate::events::Event;
use crate::host::thread::spawn_thread;
use crate::lock::{Lock, is_held};

use super::LOCK;

/// Waits for the end of the debugger that has stopped this run's guest, if one has. Whether it waits: then
/// [`Event::DebuggerLeft`] follows.
pub fn watch(run: &Path, sender: &Sender<Event>) -> bool {
    if !is_attached(run) {
        return false;
    }
    let (lock, sender) = (run.join(LOCK), sender.clone());
    // Until it is dropped nobody else attaches.
    let wait = move || drop(sender.send(Event::DebuggerLeft(Lock::shared(&lock).ok())));
    spawn_thread("debugger", wait).is_ok()
}

/// Whether a debugger is attached to a run.
pub fn is_attached(run: &Path) -> bool {
    is_held(&run.join(LOCK))
}
