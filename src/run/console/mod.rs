//! Follows the console's log, which QEMU writes whole, whoever is connected to the console.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::fd::OwnedFd;
use rustix::fs::inotify;

pub mod keyboard;
pub mod log;
pub mod screen;
pub mod seat;
pub mod tap;

/// QEMU writes each character by itself. To wake for each would cost a booting guest a tenth of its time where processors are few;
/// nobody sees the difference between one character and those of two milliseconds. And a line that comes whole is not torn by what
/// GDB writes to the same terminal.
pub const GATHER: Duration = Duration::from_millis(2);
/// How often a file is looked at whose changes nobody tells.
const PAUSE: Duration = Duration::from_millis(20);

/// Tells the follower that nothing more will be written.
#[derive(Clone, Default)]
pub struct Stop(Arc<Inner>);

struct Inner {
    set: AtomicBool,
    /// Wakes a follower that waits; without it one notices a moment later.
    bell: Option<OwnedFd>,
}

impl Default for Inner {
    fn default() -> Inner {
        Inner {
            set: AtomicBool::new(false),
            bell: eventfd(0, EventfdFlags::CLOEXEC).ok(),
        }
    }
}

impl Stop {
    pub fn set(&self) {
        self.0.set.store(true, Ordering::Release);
        if let Some(bell) = &self.0.bell {
            // It can only fail when it has rung already.
            let _ = rustix::io::write(bell, &1u64.to_ne_bytes());
        }
    }

    fn is_set(&self) -> bool {
        self.0.set.load(Ordering::Acquire)
    }
}

/// Passes on everything that is and will be in the file from this offset on, until the stop is set and all has been read, or the sink is gone.
pub fn follow(path: &Path, start: u64, stop: &Stop, mut sink: impl FnMut(&[u8]) -> bool) -> io::Result<()> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(start))?;
    // Without inotify (its watches are limited) the timeout of the wait still finds new lines soon enough.
    let watch = inotify::init(inotify::CreateFlags::CLOEXEC | inotify::CreateFlags::NONBLOCK)
        .and_then(|fd| inotify::add_watch(&fd, path, inotify::WatchFlags::MODIFY).map(|_| fd))
        .ok();
    let mut chunk = vec![0; 64 * 1024];
    loop {
        let last_round = stop.is_set();
        loop {
            let length = file.read(&mut chunk)?;
            if length == 0 {
                break;
            }
            if !sink(&chunk[..length]) {
                return Ok(());
            }
        }
        if last_round {
            return Ok(());
        }
        wait(watch.as_ref(), stop, PAUSE);
        wait(None, stop, GATHER);
    }
}

/// Until the file changes, or the stop is set, or this time is over.
fn wait(watch: Option<&OwnedFd>, stop: &Stop, pause: Duration) {
    let pause = Timespec {
        tv_sec: 0,
        tv_nsec: pause.subsec_nanos().into(),
    };
    let fds = [watch, stop.0.bell.as_ref()].into_iter().flatten();
    let mut fds: Vec<PollFd> = fds.map(|fd| PollFd::new(fd, PollFlags::IN)).collect();
    // An error is an early end of the wait.
    let _ = poll(&mut fds, Some(&pause));
    if let Some(watch) = watch {
        let mut events = [0; 4096];
        while rustix::io::read(watch, &mut events).is_ok_and(|length| length > 0) {}
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn everything_written_before_the_stop_arrives() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let (path, stop) = (file.path().to_owned(), Stop::default());
        let (sender, receiver) = std::sync::mpsc::channel();
        let following = {
            let stop = stop.clone();
            std::thread::spawn(move || follow(&path, 0, &stop, |bytes| sender.send(bytes.to_vec()).is_ok()))
        };
        for line in 0..100 {
            writeln!(file, "line {line}").unwrap();
        }
        stop.set();
        following.join().unwrap().unwrap();
        let all: Vec<u8> = receiver.iter().flatten().collect();
        assert_eq!(String::from_utf8(all).unwrap().lines().count(), 100);
    }
}
