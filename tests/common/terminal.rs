//! lkmc on a terminal: a pseudo-terminal that the test holds the other end of.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Termios, Winsize, tcgetattr, tcsetwinsize};

use super::processes::children;

/// lkmc on a terminal of its own.
pub struct Session {
    pub child: Child,
    /// Our end, and the terminal itself, kept open so that its settings can be looked at.
    pub keys: File,
    terminal: OwnedFd,
    output: Receiver<Vec<u8>>,
    seen: String,
    before: Termios,
}

impl Session {
    #[allow(unsafe_code)]
    pub fn start(arguments: &[&str]) -> Session {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let terminal: OwnedFd = File::options()
            .read(true)
            .write(true)
            .open(name.to_str().unwrap())
            .unwrap()
            .into();
        let before = tcgetattr(&terminal).unwrap();
        let copy = || File::from(terminal.try_clone().unwrap());
        // As in life, a shell leads the session: with its leader a terminal's session ends, and there is nothing to restore. Nor
        // does Ctrl-C end it.
        let mut command = Command::new("/bin/sh");
        command.args(["-c", r#"trap : INT; "$0" "$@"; exit $?"#, env!("CARGO_BIN_EXE_lkmc")]);
        command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments);
        command.stdin(copy()).stdout(copy()).stderr(copy());
        // SAFETY: two system calls.
        unsafe {
            command.pre_exec(|| {
                rustix::process::setsid()?;
                Ok(rustix::process::ioctl_tiocsctty(rustix::stdio::stdin())?)
            })
        };
        let session_master = File::from(master);
        resize(&session_master, 40, 100);
        let child = command.spawn().unwrap();
        let (sender, output) = channel();
        let mut reader = session_master.try_clone().unwrap();
        std::thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(length @ 1..) = reader.read(&mut chunk) {
                if sender.send(chunk[..length].to_vec()).is_err() {
                    return;
                }
            }
        });
        Session {
            child,
            keys: session_master,
            terminal,
            output,
            seen: String::new(),
            before,
        }
    }

    pub fn type_keys(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until this text has appeared since the last call.
    pub fn expect(&mut self, text: &str) {
        let deadline = Instant::now() + super::PATIENCE;
        while !self.seen.contains(text) {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(bytes) = self.output.recv_timeout(left) else {
                panic!("{text:?} did not appear in {:?}", self.seen)
            };
            self.seen.push_str(&String::from_utf8_lossy(&bytes));
        }
        let end = self.seen.find(text).unwrap() + text.len();
        self.seen.drain(..end);
    }

    /// The process of lkmc.
    pub fn lkmc(&self) -> u32 {
        children(self.child.id())[0]
    }

    pub fn kill(&self, signal: &str) {
        let lkmc = self.lkmc().to_string();
        assert!(Command::new("kill").args([signal, &lkmc]).status().unwrap().success());
    }

    pub fn is_raw(&self) -> bool {
        !tcgetattr(&self.terminal)
            .unwrap()
            .local_modes
            .contains(LocalModes::ICANON)
    }

    pub fn is_as_before(&self) -> bool {
        let now = tcgetattr(&self.terminal).unwrap();
        (now.local_modes, now.input_modes, now.output_modes)
            == (
                self.before.local_modes,
                self.before.input_modes,
                self.before.output_modes,
            )
    }

    pub fn status(&mut self) -> Option<i32> {
        super::wait_for_end(&mut self.child).code()
    }
}

pub fn resize(master: &File, rows: u16, columns: u16) {
    let size = Winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(master, size).unwrap();
}
