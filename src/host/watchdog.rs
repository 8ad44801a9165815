//! The terminal put back, whatever becomes of us: by another process.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

/// The terminal's settings as they are now, put back when this is dropped and also if we are killed: by the watchdog, which may
/// do so even if a child that was given the terminal has died with it.
pub struct Kept(Child);

impl Kept {
    /// `None` if there is no terminal.
    pub fn keep() -> Option<Kept> {
        watchdog().map(Kept)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        // The pipe closes without a word.
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// Waits for a line from us. If the pipe closes without one, we were killed, and it puts the terminal back.
pub fn watchdog() -> Option<Child> {
    // The terminal is kept open: if we lead its session, nobody can open it by this name once we are dead.
    const SCRIPT: &str = r#"trap "" INT TERM HUP QUIT TTOU; exec 3< /dev/tty; before=$(stty -g <&3) || exit
echo ready; read -r line || stty "$before" <&3"#;
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0);
    let mut child = command.spawn().ok()?;
    // It must have read the settings before they change.
    let mut answer = [0; 6];
    let ready = child
        .stdout
        .take()
        .is_some_and(|mut stdout| stdout.read_exact(&mut answer).is_ok());
    if !ready {
        let _ = child.wait();
        return None;
    }
    Some(child)
}
