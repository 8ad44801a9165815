//! Interactive runs on a real terminal (a pseudo-terminal that we hold the other end of): keys, size, trouble, and the
//! terminal put back in every case. Runs on the profiles that LKMC_TEST_PROFILES names.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Termios, Winsize, tcgetattr, tcsetwinsize};

fn each_profile(test: &str, body: impl Fn(&str)) {
    match std::env::var("LKMC_TEST_PROFILES") {
        Ok(names) if !names.trim().is_empty() => names.split_whitespace().for_each(body),
        _ => eprintln!("skipped: {test}: LKMC_TEST_PROFILES names no profile"),
    }
}

/// lkmc on a terminal of its own.
struct Session {
    child: Child,
    /// Our end, and the terminal itself, kept open so that its settings can be looked at.
    keys: File,
    terminal: OwnedFd,
    output: Receiver<Vec<u8>>,
    seen: String,
    before: Termios,
}

impl Session {
    #[allow(unsafe_code)]
    fn start(arguments: &[&str]) -> Session {
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
        // As in life, a shell leads the session: with its leader a terminal's session ends, and there is nothing to restore.
        let mut command = Command::new("/bin/sh");
        command.args(["-c", r#""$0" "$@"; exit $?"#, env!("CARGO_BIN_EXE_lkmc")]);
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

    fn type_keys(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until this text has appeared since the last call.
    fn expect(&mut self, text: &str) {
        let deadline = Instant::now() + Duration::from_secs(60);
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

    fn kill(&self, signal: &str) {
        let shell = session_child(self.child.id());
        assert!(Command::new("kill").args([signal, &shell]).status().unwrap().success());
    }

    fn is_raw(&self) -> bool {
        !tcgetattr(&self.terminal)
            .unwrap()
            .local_modes
            .contains(LocalModes::ICANON)
    }

    fn is_as_before(&self) -> bool {
        let now = tcgetattr(&self.terminal).unwrap();
        (now.local_modes, now.input_modes, now.output_modes)
            == (
                self.before.local_modes,
                self.before.input_modes,
                self.before.output_modes,
            )
    }

    fn status(&mut self) -> Option<i32> {
        let deadline = Instant::now() + Duration::from_secs(30);
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("lkmc did not end; seen: {:?}", self.seen);
    }
}

/// The only child of a process.
fn session_child(parent: u32) -> String {
    let children = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap();
    children.trim().to_string()
}

fn resize(master: &File, rows: u16, columns: u16) {
    let size = Winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(master, size).unwrap();
}

const PROMPT: &str = "/lkmc # ";

#[test]
fn a_session_from_prompt_to_ctrl_a_x() {
    each_profile("a_session_from_prompt_to_ctrl_a_x", |profile| {
        let mut session = Session::start(&["profile", "run", profile]);
        session.expect(PROMPT);
        assert!(session.is_raw());
        session.type_keys("stty size; echo $((6*7))\r");
        session.expect("40 100");
        session.expect("42");
        resize(&session.keys, 33, 77);
        std::thread::sleep(Duration::from_millis(500));
        session.type_keys("stty size\r");
        session.expect("33 77");
        // Ctrl-C is the guest's.
        session.type_keys("sleep 1000\r");
        std::thread::sleep(Duration::from_millis(300));
        session.type_keys("\x03");
        session.type_keys("echo $?\r");
        session.expect("130");
        session.type_keys("\x01?");
        session.expect("Ctrl-A X");
        session.type_keys("\x01x");
        assert_eq!(session.status(), Some(0));
        assert!(session.is_as_before());
    });
}

#[test]
fn the_shells_status_is_ours() {
    each_profile("the_shells_status_is_ours", |profile| {
        let mut session = Session::start(&["profile", "run", profile]);
        session.expect(PROMPT);
        session.type_keys("exit 9\r");
        assert_eq!(session.status(), Some(9));
        assert!(session.is_as_before());
    });
}

#[test]
fn the_boot_is_shown_when_asked_for() {
    each_profile("the_boot_is_shown_when_asked_for", |profile| {
        let mut session = Session::start(&["profile", "run", profile, "--console"]);
        session.expect("Linux version");
        session.expect(PROMPT);
        session.type_keys("echo $((6*7))\r");
        session.expect("42");
        session.type_keys("\x01x");
        assert_eq!(session.status(), Some(0));
    });
}

#[test]
fn a_killed_session_leaves_the_terminal_as_it_was() {
    each_profile("a_killed_session_leaves_the_terminal_as_it_was", |profile| {
        for signal in ["-KILL", "-TERM", "-HUP"] {
            let mut session = Session::start(&["profile", "run", profile]);
            session.expect(PROMPT);
            assert!(session.is_raw());
            session.kill(signal);
            session.status();
            let deadline = Instant::now() + Duration::from_secs(5);
            while !session.is_as_before() {
                assert!(Instant::now() < deadline, "{signal}");
                std::thread::sleep(Duration::from_millis(10));
            }
        }
    });
}

#[test]
fn a_panic_ends_the_session_and_an_oops_does_not() {
    each_profile("a_panic_ends_the_session_and_an_oops_does_not", |profile| {
        let mut session = Session::start(&["profile", "run", profile]);
        session.expect(PROMPT);
        session.type_keys("(echo EXCEPTION > /sys/kernel/debug/provoke-crash/DIRECT)\r");
        session.expect("lkmc: the guest kernel oopsed");
        session.type_keys("\recho $((6*7))\r");
        session.expect("42");
        session.type_keys("exit\r");
        assert_eq!(session.status(), Some(126));
        assert!(session.is_as_before());

        let mut session = Session::start(&["profile", "run", profile]);
        session.expect(PROMPT);
        session.type_keys("echo c > /proc/sysrq-trigger\r");
        assert_eq!(session.status(), Some(126));
        session.expect("lkmc: panic: ");
        assert!(session.is_as_before());
    });
}

#[test]
fn a_session_can_be_used_from_outside() {
    each_profile("a_session_can_be_used_from_outside", |profile| {
        let mut session = Session::start(&["profile", "run", profile]);
        session.expect(PROMPT);
        let list = Command::new(env!("CARGO_BIN_EXE_lkmc"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(["vm", "list", "--json"])
            .output()
            .unwrap();
        assert!(String::from_utf8_lossy(&list.stdout).contains("\"running\""));
        session.type_keys("\x01x");
        assert_eq!(session.status(), Some(0));
    });
}
