//! KDB's shell: for a user at a terminal, or for commands given beforehand.

use std::io::{Read, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::diag::{Error, Result};
use crate::events::Event;
use crate::host::terminal::{self, Leaving, Raw};
use crate::host::thread::spawn_thread;

use super::port::is_prompt;
use super::{Kernel, Port};

/// A command of KDB's, most of which are done at once.
const ANSWER: Duration = Duration::from_secs(60);
/// The kernel comes to its prompt at once, on a busy host in some seconds.
const ENTRY: Duration = Duration::from_secs(30);
/// Lines that KDB prints in one piece.
const NO_PAGES: &str = "set LINES 1000000";
const GO: &str = "go";
const CTRL_C: u8 = 3;
/// The longest line that KDB takes.
const LONGEST: usize = 256;
/// To the line's end; delete as much as can be before it; enter. KDB has no key that deletes a whole line.
const EMPTY_LINE: &[u8] = &{
    let mut keys = [b'\x08'; LONGEST + 2];
    keys[0] = b'\x05';
    keys[LONGEST + 1] = b'\r';
    keys
};

/// Runs commands at the prompt that [`enter`] came to, prints what KDB answers, and lets the guest go on. After a `go` among them the guest has to come back, by a
/// breakpoint for example, within `limit`.
pub fn script(
    port: &mut Port,
    kernel: &Kernel,
    said: &str,
    commands: &[String],
    limit: Option<Duration>,
) -> Result<()> {
    let mut out = std::io::stdout();
    let mut show = |text: &str| drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
    show(said);
    command(port, NO_PAGES, ANSWER)?;
    let last = commands
        .iter()
        .rposition(|text| text.trim() != GO)
        .map_or(0, |index| index + 1);
    for text in &commands[..last] {
        let answer = match text.trim() {
            GO => command(port, text, limit.unwrap_or(ANSWER)).map_err(|error| {
                error.help(
                    "the guest runs since `go`: what comes after it waits for a breakpoint (`bp FUNCTION` before it)",
                )
            }),
            _ => command(port, text, ANSWER),
        };
        show(&answer?);
    }
    show("go\n");
    match port.release(kernel)? {
        true => Ok(()),
        false => Err(Error::timeout(
            "lkmc::kgdb::stopped",
            "the guest did not go on after KDB's last command",
        )
        .help("a breakpoint may have stopped it again at once: `bc *` clears them all")),
    }
}

/// KDB's prompt, and what it says before. A kernel that stands still already says it once more.
pub fn enter(port: &mut Port, kernel: &Kernel) -> Result<String> {
    match kernel.stands_still {
        true => port.send(EMPTY_LINE)?,
        false => kernel.stop()?,
    }
    port.await_kdb(Instant::now() + ENTRY)
}

/// One command and its answer, up to and with the next prompt.
fn command(port: &mut Port, text: &str, wait: Duration) -> Result<String> {
    port.send(format!("{}\r", text.trim()).as_bytes())?;
    port.until_prompt(Instant::now() + wait)
}

/// Gives KDB the terminal until the user leaves. The guest goes on then.
pub fn interactive(port: &mut Port, kernel: &Kernel, said: &str) -> Result<()> {
    let (sender, events) = unbounded();
    let tail = Arc::new(Mutex::new(said.as_bytes().to_vec()));
    let raw = Raw::enter();
    terminal::announce(
        "KDB: `go` lets the guest run, Ctrl-C stops it again, Ctrl-A X leaves",
        true,
    );
    terminal::read_keys(sender.clone(), Leaving::LeavesRunning)?;
    eprint!("{}", said.replace('\n', "\r\n"));
    follow(port, sender, Arc::clone(&tail))?;
    let ended = serve(port, kernel, &events, &tail);
    drop(raw);
    eprintln!("");
    ended
}

fn serve(port: &mut Port, kernel: &Kernel, events: &Receiver<Event>, tail: &Mutex<Vec<u8>>) -> Result<()> {
    let at_prompt = || is_prompt(&tail.lock().unwrap_or_else(PoisonError::into_inner));
    for event in events {
        match event {
            Event::Typed(typed) if typed.bytes().contains(&CTRL_C) && !at_prompt() => kernel.stop()?,
            Event::Typed(typed) => port.send(typed.bytes())?,
            Event::ConsoleEnd => {
                return Err(Error::infrastructure("lkmc::kgdb::gone", "the guest's emulator ended"));
            }
            Event::Quit | Event::TypedEnd | Event::Signal(_) => break,
            _ => {}
        }
    }
    if at_prompt() {
        let_go(port, kernel)?;
    }
    Ok(())
}

/// Leaves the prompt: a longer answer is cut short, and whatever has been typed is deleted. Whether the guest goes on then.
pub fn let_go(port: &mut Port, kernel: &Kernel) -> Result<bool> {
    port.send(b"q")?;
    port.send(EMPTY_LINE)?;
    port.release(kernel)
}

/// Shows what KDB says, and keeps the end of it.
fn follow(port: &Port, sender: Sender<Event>, tail: Arc<Mutex<Vec<u8>>>) -> Result<()> {
    const KEPT: usize = 4096;
    let failed =
        |error: std::io::Error| Error::infrastructure("lkmc::kgdb::gone", "the port cannot be read").cause(error);
    let mut stream = port.stream.try_clone().map_err(failed)?;
    stream.set_read_timeout(None).map_err(failed)?;
    spawn_thread("kdb", move || {
        let (mut chunk, mut out) = ([0; 4096], std::io::stdout());
        while let Ok(length @ 1..) = stream.read(&mut chunk) {
            let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
            tail.extend_from_slice(&chunk[..length]);
            let surplus = tail.len().saturating_sub(KEPT);
            tail.drain(..surplus);
            drop(tail);
            if out.write_all(&chunk[..length]).and_then(|()| out.flush()).is_err() {
                break;
            }
        }
        let _ = sender.send(Event::ConsoleEnd);
    })
}
