//! The user's terminal during an interactive run: raw, so that every key reaches the guest, and put back in every case.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::Sender;
use rustix::event::{PollFd, PollFlags};
use rustix::termios::{OptionalActions, Termios, isatty, tcgetattr, tcgetwinsize, tcsetattr};

use crate::diag::Result;

use super::thread::spawn_thread;
use super::typed::Way;
use super::user::UserEvent;
use super::watchdog::watchdog;

const PREFIX: u8 = 1;

/// What becomes of the machine when the user leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaving {
    SwitchesOff,
    LeavesRunning,
    /// The machine goes on; only a command in it ends.
    EndsCommand,
}

fn help(leaving: Leaving) -> String {
    let machine = match leaving {
        Leaving::SwitchesOff => "the machine is switched off",
        Leaving::LeavesRunning => "the machine goes on",
        Leaving::EndsCommand => "the command gets SIGHUP",
    };
    format!(
        "\r\nlkmc: Ctrl-A X  leave: {machine}\r\nlkmc: Ctrl-A A  send Ctrl-A to the guest\r\nlkmc: Ctrl-A ?  this help\r\n"
    )
}

/// Raw while it lives. Dropping it, also by a panic, puts the terminal back; a watchdog process does so if we are killed.
pub struct Raw {
    before: Termios,
    watchdog: Option<Child>,
}

impl Raw {
    /// `None` if our standard input is no terminal.
    pub fn enter() -> Option<Raw> {
        let stdin = std::io::stdin();
        let before = tcgetattr(&stdin).ok()?;
        let watchdog = watchdog();
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(&stdin, OptionalActions::Now, &raw).ok()?;
        Some(Raw { before, watchdog })
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Drain, &self.before);
        if let Some(mut watchdog) = self.watchdog.take() {
            // One line tells it that all is well.
            let _ = watchdog.stdin.take().map(|mut stdin| stdin.write_all(b"done\n"));
            let _ = watchdog.wait();
        }
    }
}

/// Set when the keys are for another program.
static KEYS_STOPPED: AtomicBool = AtomicBool::new(false);

/// What is typed from now on is left to whoever reads it.
pub fn stop_keys() {
    KEYS_STOPPED.store(true, Ordering::Relaxed);
}

/// Reads keys until the end of time. Typed bytes become events, and Ctrl-A's commands are done.
pub fn read_keys<E: From<UserEvent> + Send + 'static>(sender: Sender<E>, leaving: Leaving) -> Result<()> {
    spawn_thread("keys", move || {
        let stdin = std::io::stdin();
        let commands = isatty(&stdin);
        let Ok(mut file) = stdin.as_fd().try_clone_to_owned().map(File::from) else {
            return;
        };
        let (mut chunk, mut keys, way) = ([0; 4096], Keys::default(), Arc::<Way>::default());
        loop {
            // A terminal's keys may be commands for us, and nobody types so much.
            if !commands {
                way.wait();
            }
            let mut ready = [PollFd::new(&file, PollFlags::IN)];
            let _ = rustix::event::poll(&mut ready, None);
            if KEYS_STOPPED.load(Ordering::Relaxed) {
                return;
            }
            let length = match file.read(&mut chunk) {
                Ok(length) if length > 0 => length,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                _ => return drop(sender.send(UserEvent::TypedEnd.into())),
            };
            let typed = if commands {
                keys.filter(&chunk[..length])
            } else {
                Filtered::plain(&chunk[..length])
            };
            if typed.help {
                let _ = std::io::stdout().write_all(help(leaving).as_bytes());
            }
            let events = [UserEvent::Typed(way.enter(typed.bytes))]
                .into_iter()
                .chain(typed.quit.then_some(UserEvent::Quit));
            if !events.into_iter().all(|event| sender.send(event.into()).is_ok()) {
                return;
            }
        }
    })
}

#[derive(Default)]
struct Keys {
    after_prefix: bool,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Filtered {
    bytes: Vec<u8>,
    help: bool,
    quit: bool,
}

impl Filtered {
    fn plain(bytes: &[u8]) -> Filtered {
        Filtered {
            bytes: bytes.to_vec(),
            ..Filtered::default()
        }
    }
}

impl Keys {
    fn filter(&mut self, input: &[u8]) -> Filtered {
        let mut filtered = Filtered::default();
        for &byte in input {
            match (std::mem::take(&mut self.after_prefix), byte) {
                (false, PREFIX) => self.after_prefix = true,
                (false, other) => filtered.bytes.push(other),
                (true, b'x' | b'X') => filtered.quit = true,
                (true, b'?' | b'h' | b'H') => filtered.help = true,
                (true, b'a' | b'A' | PREFIX) => filtered.bytes.push(PREFIX),
                (true, other) => filtered.bytes.extend([PREFIX, other]),
            }
        }
        filtered
    }
}

/// Rows and columns, if our standard output is a terminal.
pub fn size() -> Option<(u16, u16)> {
    let size = tcgetwinsize(std::io::stdout()).ok()?;
    (size.ws_row > 0 && size.ws_col > 0).then_some((size.ws_row, size.ws_col))
}

/// A message of ours, on a terminal that may be raw.
pub fn announce(message: &str, raw: bool) {
    let end = if raw { "\r\n" } else { "\n" };
    // In one piece, or the console's thread would write into the middle of it.
    let text = format!("lkmc: {message}{end}");
    // A closed standard error is no reason to stop.
    let _ = std::io::stderr().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_is_filtered_wherever_the_input_is_cut() {
        let mut keys = Keys::default();
        assert_eq!(keys.filter(b"ls\x01").bytes, b"ls");
        assert_eq!(
            keys.filter(b"?"),
            Filtered {
                help: true,
                ..Filtered::default()
            }
        );
        assert_eq!(keys.filter(b"\x01a\x01\x01\x01z").bytes, b"\x01\x01\x01z");
        assert_eq!(
            keys.filter(b"a\x01x"),
            Filtered {
                bytes: b"a".to_vec(),
                quit: true,
                help: false
            }
        );
        assert_eq!(keys.filter(b"x").bytes, b"x");
    }
}
