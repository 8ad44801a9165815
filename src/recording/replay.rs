//! Repeats a recorded run and compares, or gives it to GDB.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::diag::{Error, Result};
use crate::emulator::qmp;
use crate::events::Event;
use crate::gdb::{Place, Step, Wishes};
use crate::host::{signals, terminal};
use crate::profile::Arch;
use crate::qemu::debug::{self, monitor};
use crate::qemu::process;
use crate::run::console::screen::{From, To};
use crate::run::driver::Driver;
use crate::run::driver::debugger::{DebugOptions, Stub};
use crate::run::ending::Ending;
use crate::run::{Finished, Run, Stage, tell};
use crate::run_directory::conclusion::Conclusion;
use crate::run_directory::files::{SAID, SNAPSHOTS};
use crate::run_directory::run_json::Record;
use crate::run_directory::{self, RunDirectory, files};
use crate::verdict::{self, Verdict};

use super::machine::Direction;
use super::memory::Memory;
use super::record::{MONITOR, prepare_directory, stop};
use super::tape::{End, Tape};

/// GDB takes over so many instructions before the trouble was seen: it had come about earlier, by as much as a busy host needs to
/// read the console.
const MARGIN: u64 = 100_000_000;
/// Snapshots on the way, from which GDB's way back begins.
const LEGS: u64 = 4;
/// A replay may take so many times as long as its recording, and this.
const SLOWER: f64 = 20.0;
const AT_LEAST: Duration = Duration::from_secs(60);
/// Behind the last instruction: how long an interrupt may take to be taken, and how often it is looked for.
const SETTLING: Duration = Duration::from_secs(3);
const LOOK: Duration = Duration::from_millis(50);

/// What is to be done with a recording.
pub struct Request<'a> {
    /// Run directory of the recording.
    pub source: &'a Path,
    pub tape: Tape,
    pub end: End,
    pub debug: Option<Debug>,
    pub timeout: Option<Duration>,
    pub json: bool,
}

pub struct Debug {
    /// Go to where the kernel got into trouble first.
    pub at_panic: bool,
    pub wishes: Wishes,
}

/// Replays to the end of the recording, or until GDB ends.
pub fn replay(request: &Request, runs: &Path) -> Result<Conclusion> {
    let started = Instant::now();
    let mut plan = request.tape.plan.clone();
    plan.limits.total = request.timeout;
    let recorded = run_directory::read_record(request.source).ok_or_else(|| {
        let path = request.source.join(files::RECORD);
        Error::io("cannot read", &path, std::io::ErrorKind::InvalidData.into())
    })?;
    let place = request
        .debug
        .as_ref()
        .and_then(|debug| trouble_place(debug, &recorded))
        .transpose()?;
    let directory = RunDirectory::create(runs)?;
    let record = recorded.repeated(&directory.id);
    directory.write(&record)?;
    prepare_directory(&directory.path)?;
    let memory = Memory::new(request.tape.machine.memory).map_err(|error| {
        Error::infrastructure("lkmc::record::memory", "there is no memory for the guest").cause(error)
    })?;
    let mut run = Run::of(plan, directory, record, started);
    let mut ended = run.conduct(Stage::default(), |driver| {
        let interactive = request.debug.as_ref().is_some_and(|debug| !debug.wishes.batch);
        let interrupts = signals::leave_interrupts_to_child(interactive);
        let ending = carry_out(driver, request, &memory, place).unwrap_or_else(|ending| ending);
        drop(interrupts);
        driver.show_rest();
        ending
    })?;
    // The trouble of the recorded kernel is not ours.
    ended.said = None;
    let _ = std::fs::remove_file(run.directory.file(SNAPSHOTS));
    let Finished {
        conclusion,
        directory,
        record,
    } = run.finish(ended)?;
    let compared = matches!(conclusion.verdict, Verdict::Pass | Verdict::Failed);
    match request.debug.is_none() && compared && !request.json {
        true => terminal::announce(&conclusion.reason, false),
        false => tell(request.json, &record, &conclusion, &directory)?,
    }
    Ok(conclusion)
}

/// Repeats the machine, to its end or under GDB.
fn carry_out(driver: &mut Driver, request: &Request, memory: &Memory, place: Option<Place>) -> Result<Ending, Ending> {
    if request.debug.is_none() {
        driver
            .seat
            .put_screen(From::Start, To::Stdout, &driver.sender)
            .map_err(Ending::Failed)?;
    }
    let machine = &request.tape.machine;
    let line = machine.command_line(Direction::Replay, request.source, &memory.path());
    process::start(driver, &line, None, Instant::now() + MONITOR)?;
    match &request.debug {
        None => play(driver, request, memory),
        Some(debug) => hand_over(driver, request, debug, place),
    }
}

/// The kernel's function in which GDB stops for `--at-panic`.
fn trouble_place(debug: &Debug, recorded: &Record) -> Option<Result<Place>> {
    let function = match recorded.verdict {
        _ if !debug.at_panic => return None,
        Some(Verdict::Panic | Verdict::NoInit) => "panic",
        Some(Verdict::Oops) if recorded.reason.as_deref().is_none_or(verdict::has_end_mark) => "oops_enter",
        // What a checker reports has the stack in it.
        Some(Verdict::Oops) => "dump_stack_lvl",
        _ => {
            let message = format!("run {} did not end in a panic or an oops", recorded.id);
            return Some(Err(Error::usage("lkmc::replay::no_panic", message)
                .help("`lkmc replay RUN --gdb` begins at the first instruction")));
        }
    };
    Some(Ok(Place::location(function)))
}

enum Heard {
    Stopped,
    Ignored,
}

fn heard(event: &Event) -> Option<Heard> {
    match event {
        Event::Monitor(qmp::Event::Stop | qmp::Event::Shutdown { .. }, _) => Some(Heard::Stopped),
        // The trouble of the recorded kernel is not ours.
        Event::Finding(_) => Some(Heard::Ignored),
        _ => None,
    }
}

/// Runs on until this count, or as far as the log goes.
fn go_to(driver: &mut Driver, count: Option<u64>, deadline: Instant) -> Result<(), Ending> {
    if let Some(count) = count {
        execute(driver, "replay-break", json!({ "icount": count }))?;
    }
    execute(driver, "cont", Value::Null)?;
    loop {
        match driver.until(Some(deadline), heard)? {
            Some(Heard::Stopped) => return Ok(()),
            Some(Heard::Ignored) => {}
            None => {
                let at = position(driver)?;
                return Err(Ending::Timeout(format!("the replay stands still at instruction {at}")));
            }
        }
    }
}

fn execute(driver: &mut Driver, command: &str, arguments: Value) -> Result<Value, Ending> {
    let answer = monitor(driver)?.execute(command, arguments, Instant::now() + MONITOR);
    answer.map_err(|error| Ending::Broken(error.to_string()))
}

fn position(driver: &mut Driver) -> Result<u64, Ending> {
    let answer = execute(driver, "query-replay", Value::Null)?;
    Ok(answer["icount"].as_u64().unwrap_or_default())
}

fn deadline(end: &End) -> Instant {
    Instant::now() + Duration::from_secs_f64(end.seconds * SLOWER).max(AT_LEAST)
}

/// To the end, and compares.
fn play(driver: &mut Driver, request: &Request, memory: &Memory) -> Result<Ending, Ending> {
    let end = &request.end;
    let exact = end.shutdown.is_none();
    go_to(driver, exact.then_some(end.instructions), deadline(end))?;
    // The reason is not compared: QEMU 7.2 takes it from the event behind the right one.
    let status = execute(driver, "query-status", Value::Null)?;
    let shut_down = status["status"] == "shutdown";
    let (count, mut different) = compare(driver, end, memory)?;
    if exact && !shut_down && count == end.instructions && !different.is_empty() {
        // The machine may have stopped when an interrupt had been taken and no instruction of its handler executed.
        different = compare_behind(driver, end, memory)?;
    }
    if shut_down == exact {
        different.insert(0, "the way it ends".to_owned());
    }
    let (here, there) = (driver.directory.path.clone(), request.source);
    different.extend(SAID.iter().filter_map(|name| difference(name, &here, there)));
    let same = match exact {
        true => "instructions, console, output, memory and registers are those of the recording",
        false => "instructions until the guest switched itself off; console and output are those of the recording",
    };
    Ok(Ending::Replayed(match different.is_empty() {
        true => Ok(format!("identical: {count} {same}")),
        false => Err(format!(
            "the replay differs from its recording in {}",
            different.join(", ")
        )),
    }))
}

/// The count of a machine that stands still, and in what its state differs from the recorded one, if that has one.
fn compare(driver: &mut Driver, end: &End, memory: &Memory) -> Result<(u64, Vec<String>), Ending> {
    let (count, registers) = stop(monitor(driver)?).map_err(|error| Ending::Broken(error.to_string()))?;
    let mut different = Vec::new();
    if end.shutdown.is_some() {
        return Ok((count, different));
    }
    if count != end.instructions {
        different.push(format!(
            "the count ({count} instructions, recorded were {})",
            end.instructions
        ));
    }
    if memory.digest().map_err(|error| Ending::Broken(error.to_string()))? != end.memory {
        different.push("the memory".into());
    }
    different.extend(differing_registers(&registers, &end.registers));
    Ok((count, different))
}

/// The same once the machine has taken in what the log has behind its last instruction, which nothing tells: the log goes on to the
/// reset that the host asked for, and nobody does here.
fn compare_behind(driver: &mut Driver, end: &End, memory: &Memory) -> Result<Vec<String>, Ending> {
    let until = Instant::now() + SETTLING;
    loop {
        execute(driver, "cont", Value::Null)?;
        let at = Instant::now() + LOOK;
        while driver.until(Some(at), heard)?.is_some() {}
        let (_, different) = compare(driver, end, memory)?;
        if different.is_empty() || Instant::now() >= until {
            return Ok(different);
        }
    }
}

/// The first lines that differ in what QEMU says of the registers.
fn differing_registers(here: &str, there: &str) -> Option<String> {
    const SHOWN: usize = 3;
    let squeezed = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut lines = here.lines().zip(there.lines()).filter(|(here, there)| here != there);
    let shown: Vec<String> = lines
        .by_ref()
        .take(SHOWN)
        .map(|(here, there)| format!("`{}`, recorded was `{}`", squeezed(here), squeezed(there)))
        .collect();
    let more = if lines.next().is_some() { ", and more" } else { "" };
    (here != there).then(|| format!("the registers ({}{more})", shown.join("; ")))
}

/// How what the guest said differs.
fn difference(name: &str, here: &Path, there: &Path) -> Option<String> {
    let [here, there] = [here, there].map(|directory| std::fs::read(directory.join(name)).unwrap_or_default());
    if here == there {
        return None;
    }
    let common = here.iter().zip(&there).take_while(|(a, b)| a == b).count();
    let line = there[..common].iter().filter(|&&byte| byte == b'\n').count() + 1;
    Some(format!("{name} (line {line})"))
}

/// To where GDB takes over.
fn hand_over(driver: &mut Driver, request: &Request, debug: &Debug, place: Option<Place>) -> Result<Ending, Ending> {
    let end = &request.end;
    // Ways back begin at a snapshot.
    let arch = driver.plan.kit.arch;
    let reversible = arch.facts().survives_restore;
    if reversible {
        snapshot(driver, 0)?;
    }
    if let (Some(_), Some(trouble)) = (&place, end.trouble) {
        let target = trouble.saturating_sub(MARGIN);
        for leg in 1..=LEGS {
            let count = target / LEGS * leg;
            go_to(driver, Some(count), deadline(end))?;
            if reversible {
                snapshot(driver, count)?;
            }
        }
    }
    let mut first = Vec::new();
    if end.shutdown.is_none() {
        execute(driver, "replay-break", json!({ "icount": end.instructions }))?;
        first.push(come_back_at(end.instructions));
    }
    first.push(ways_back(arch));
    let mut wishes = debug.wishes.clone();
    wishes
        .steps
        .splice(0..0, first.into_iter().map(|text| Step::Command { text }));
    let session = DebugOptions {
        from_reset: position(driver)? == 0,
        place,
        command: None,
        wishes,
        pane: None,
        stub: Stub::Emulator,
    };
    Ok(debug::attend(driver, &session))
}

/// For GDB: `continue` comes back at the end of the recording. QEMU has one such mark, and uses it up when it goes backwards.
fn come_back_at(count: u64) -> String {
    format!(r#"python gdb.execute("define hook-continue\nmonitor replay_break {count}\nend")"#)
}

/// For GDB.
fn ways_back(arch: Arch) -> String {
    let what = match arch.facts().survives_restore {
        true => format!("install({:?})", arch.as_str()),
        false => r#"refuse("QEMU cannot take a machine of this architecture back; docs/riscv64.md says why")"#.into(),
    };
    format!("python import lkmc.reverse; lkmc.reverse.{what}")
}

/// Kept in the run directory while the replay lasts.
fn snapshot(driver: &mut Driver, count: u64) -> Result<(), Ending> {
    let command = json!({ "command-line": format!("savevm at-{count}") });
    let said = execute(driver, "human-monitor-command", command)?;
    match said.as_str().map(str::trim).filter(|said| !said.is_empty()) {
        Some(said) => Err(Ending::Broken(format!("QEMU saved no snapshot: {said}"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registers_that_differ_are_named() {
        let recorded = "pc 10\nmip       20\n";
        assert_eq!(differing_registers(recorded, recorded), None);
        assert_eq!(
            differing_registers("pc 10\nmip 0\n", recorded).as_deref(),
            Some("the registers (`mip 0`, recorded was `mip 20`)")
        );
    }
}
