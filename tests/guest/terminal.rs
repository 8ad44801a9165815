//! Interactive runs on a real terminal (a pseudo-terminal that we hold the other end of): keys, size, trouble, and the
//! terminal put back in every case. Runs on the profiles that LKMC_TEST_PROFILES names.

use std::process::Command;
use std::time::Duration;

use crate::common::processes::emulator_below;
use crate::common::terminal::{Session, resize};
use crate::common::{Guest, assert_says, each_profile, wait_until};

const PROMPT: &str = "/lkmc # ";

/// A shell there has the size of ours, and Ctrl-C is for what runs in it.
fn assert_is_a_terminal(session: &mut Session) {
    session.type_keys("stty size; echo $((6*7))\r");
    session.expect("40 100");
    session.expect("42");
    resize(&session.keys, 33, 77);
    session.type_keys("while stty size | grep -q '40 100'; do :; done; stty size\r");
    session.expect("33 77");
    session.type_keys("sh -c 'echo $((6*7))4; exec sleep 1000'\r");
    session.expect("424");
    session.type_keys("\x03");
    session.type_keys("echo status $?\r");
    session.expect("status 130");
}

#[test]
fn a_session_from_prompt_to_ctrl_a_x() {
    each_profile(|profile| {
        let mut session = Session::start(&["profile", "run", profile]);
        session.expect(PROMPT);
        assert!(session.is_raw());
        assert_is_a_terminal(&mut session);
        session.type_keys("\x01?");
        session.expect("Ctrl-A X");
        session.type_keys("\x01x");
        assert_eq!(session.status(), Some(0));
        assert!(session.is_as_before());
    });
}

/// Each size that is told takes a guest that hangs a second.
#[test]
fn a_terminal_that_is_resized_waits_for_no_guest() {
    each_profile(|profile| {
        let mut session = Session::start(&["profile", "run", profile, "--no-demos"]);
        session.expect(PROMPT);
        let emulator = emulator_below(session.lkmc()).unwrap().to_string();
        let stopped = Command::new("kill").args(["-STOP", &emulator]).status();
        assert!(stopped.unwrap().success());
        for rows in 1..500 {
            resize(&session.keys, rows, 77);
            // Signals that come at once are one.
            std::thread::sleep(Duration::from_millis(2));
        }
        session.type_keys("\x01x");
        assert_eq!(session.status(), Some(0));
        assert!(session.is_as_before());
    });
}

#[test]
fn a_command_in_a_running_guest_has_a_terminal() {
    each_profile(|profile| {
        let guest = Guest::start(profile, &["--no-demos"]);
        let mut session = Session::start(&["vm", "exec", "-t", &guest.0, "--", "sh"]);
        session.expect("# ");
        assert!(session.is_raw());
        session.type_keys("tty\r");
        session.expect("/dev/pts/");
        assert_is_a_terminal(&mut session);
        // The last words come out, whoever is left behind.
        session.type_keys("sleep 1000 & seq 1 3000; exit 9\r");
        session.expect("2999\r\n3000\r\n");
        assert_eq!(session.status(), Some(9));
        assert!(session.is_as_before());
        // Left early, the command is hung up on.
        let line = "echo begun; sleep 12345; echo over";
        let mut left = Session::start(&["vm", "exec", "-t", &guest.0, "--", "sh", "-c", line]);
        left.expect("begun");
        left.type_keys("\x01x");
        assert_eq!(left.status(), Some(0));
        assert!(left.is_as_before());
        let gone = guest.exec("while pgrep -fx 'sleep 12345'; do sleep 0.1; done");
        assert_says(&gone, 0, &[]);
        guest.assert_alive();
    });
}

#[test]
fn a_command_comes_first_and_then_the_shell() {
    each_profile(|profile| {
        let line = "tty; ls hello.k*; read -r word; echo heard $word";
        for options in [&[][..], &["--cold"]] {
            let start = [&["profile", "run", profile, "--then-shell"], options].concat();
            let mut session = Session::start(&[&start[..], &["--", "sh", "-c", line]].concat());
            session.expect("/dev/tty");
            session.expect("hello.ko");
            session.type_keys("this\r");
            session.expect("heard this\r\n");
            session.expect(PROMPT);
            session.type_keys("exit 9\r");
            assert_eq!(session.status(), Some(9));
            assert!(session.is_as_before());
        }
    });
}

#[test]
fn the_shells_status_is_ours() {
    each_profile(|profile| {
        let mut session = Session::start(&["profile", "run", profile]);
        session.expect(PROMPT);
        session.type_keys("exit 9\r");
        assert_eq!(session.status(), Some(9));
        assert!(session.is_as_before());
    });
}

#[test]
fn the_boot_is_shown_when_asked_for() {
    each_profile(|profile| {
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
    each_profile(|profile| {
        for signal in ["-KILL", "-TERM", "-HUP"] {
            let mut session = Session::start(&["profile", "run", profile]);
            session.expect(PROMPT);
            assert!(session.is_raw());
            session.kill(signal);
            session.status();
            wait_until(&format!("the terminal's settings after {signal}"), || {
                session.is_as_before()
            });
        }
    });
}

#[test]
fn a_panic_ends_the_session_and_an_oops_does_not() {
    each_profile(|profile| {
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
    each_profile(|profile| {
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
