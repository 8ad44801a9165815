//! Runs what a study still lacks, several at a time; each run is an lkmc of its own, so that none of them can spoil another.

use std::collections::VecDeque;
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};
use regex::Regex;

use crate::diag::{Error, Exit, Result};
use crate::emulator::gem5::OUTPUT;
use crate::gem5::{inputs, stats};
use crate::host::child::die_with_us;
use crate::host::thread::spawn_thread;
use crate::host::user::UserEvent;
use crate::host::{signals, terminal};
use crate::patterns;
use crate::run_directory::conclusion::Conclusion;
use crate::run_directory::run_json::{Inputs, Record};
use crate::units::Seconds;
use crate::verdict::Verdict;

use super::points::Point;
use super::results::{self, Measured, Outcome};
use super::study::{Alone, Directory, Mode, Study};

/// How many runs there are at once, and how long each may take.
pub struct Limits {
    pub jobs: usize,
    pub timeout: Option<Duration>,
}

/// One run that is to be done.
#[derive(Clone)]
struct Job {
    point: Point,
    repetition: u32,
}

/// What a thread of ours has to say.
enum Note {
    Ended(Result<Outcome>),
    Signal(i32),
}

/// Runs what is missing. Returns all results, those of earlier tries too.
pub fn run(directory: &Directory, study: &Study, points: &[Point], limits: &Limits) -> Result<Vec<Outcome>> {
    let alone = directory.claim()?;
    let mut done = results::read(directory)?;
    done.retain(Outcome::is_final);
    let patterns = patterns::compile(&study.stats)?;
    directory.keep(&alone, study)?;
    measure_again(
        directory,
        &alone,
        &mut done,
        &Kept {
            patterns: &patterns,
            dump: study.dump,
        },
    )?;
    let mut missing = missing(study, points, &done);
    let (total, known) = (missing.len() + done.len(), done.len());
    if known > 0 && !missing.is_empty() {
        terminal::announce(&format!("{known} of {total} runs are there already"), false);
    }
    let (sender, notes) = unbounded();
    listen(&sender)?;
    let (mut running, mut warned) = (0, done.iter().any(|outcome| outcome.measured.is_some()));
    let mut failed = None;
    // The first one makes the checkpoint that the others start from.
    let mut jobs = if known == 0 { 1 } else { limits.jobs };
    while running > 0 || !missing.is_empty() {
        while running < jobs
            && let Some(job) = missing.pop_front()
        {
            start(directory, study, job, limits, &sender)?;
            running += 1;
        }
        let outcome = next(&notes)?;
        running -= 1;
        jobs = limits.jobs;
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(error) => {
                // Nothing new is begun; what is under way is worth its results.
                missing.clear();
                failed.get_or_insert(error);
                continue;
            }
        };
        results::append(directory, &alone, &outcome)?;
        if !warned && outcome.measured.is_some() && !missing.is_empty() {
            warned = true;
            tell_of_strangers(study, &patterns, std::slice::from_ref(&outcome), " in the first point");
        }
        done.push(outcome);
        say(study, &done, total);
    }
    done.sort_by_key(|outcome| (outcome.point, outcome.repetition));
    tell_of_strangers(study, &patterns, &done, "");
    failed.map_or(Ok(done), Err)
}

fn missing(study: &Study, points: &[Point], done: &[Outcome]) -> VecDeque<Job> {
    let jobs = points.iter().flat_map(|point| {
        (0..study.repeat).map(|repetition| Job {
            point: point.clone(),
            repetition,
        })
    });
    jobs.filter(|job| {
        let same = |outcome: &Outcome| outcome.point == job.point.index && outcome.repetition == job.repetition;
        !done.iter().any(same)
    })
    .collect()
}

/// Signals come by the same way as results. Runs that are under way die with us.
fn listen(sender: &Sender<Note>) -> Result<()> {
    let (events, heard) = unbounded();
    signals::listen(events)?;
    let sender = sender.clone();
    spawn_thread("signals", move || {
        for event in heard {
            if let UserEvent::Signal(signal) = event {
                let _ = sender.send(Note::Signal(signal));
            }
        }
    })
}

/// An error of ours ends the study at once; one of the run's own is the inner one.
fn next(notes: &Receiver<Note>) -> Result<Result<Outcome>> {
    match notes.recv() {
        Ok(Note::Ended(outcome)) => Ok(outcome),
        Ok(Note::Signal(signal)) => Err(Error::new(
            Exit::Interrupted(signal),
            "lkmc::bench::interrupted",
            format!("signal {signal} ended the study"),
        )
        .help("the same command goes on with what is missing")),
        Err(_) => Err(Error::infrastructure("lkmc::bench::threads", "all runs are gone")),
    }
}

/// Patterns that find nothing in any of these. A statistic may come up at a later point: of another cache, or of what did not happen.
fn tell_of_strangers(study: &Study, patterns: &[Regex], outcomes: &[Outcome], place: &str) {
    let measured: Vec<&Measured> = outcomes
        .iter()
        .filter_map(|outcome| outcome.measured.as_ref())
        .collect();
    if measured.is_empty() {
        return;
    }
    for (text, pattern) in study.stats.iter().zip(patterns) {
        let mut names = measured.iter().flat_map(|measured| measured.stats.keys());
        if !names.any(|name| pattern.is_match(name)) {
            terminal::announce(&format!("no statistic{place} matches `--stat {text}`"), false);
        }
    }
}

/// What is kept of a run's statistics.
#[derive(Clone, Copy)]
struct Kept<'a> {
    patterns: &'a [Regex],
    dump: usize,
}

/// Earlier runs were measured for what was wanted then; their statistics say the rest as long as they are there.
fn measure_again(directory: &Directory, alone: &Alone, done: &mut [Outcome], kept: &Kept) -> Result<()> {
    let runs = crate::paths::runs()?;
    for outcome in done.iter_mut().filter(|outcome| has_ended(outcome.verdict)) {
        let Ok(dumps) = stats::read(&runs.join(&outcome.run).join(OUTPUT)) else {
            continue;
        };
        let measured = Measured::of(&dumps, kept.dump, kept.patterns);
        if measured != outcome.measured {
            outcome.measured = measured;
            results::append(directory, alone, outcome)?;
        }
    }
    Ok(())
}

/// Whether there is anything to measure: the command came to its end.
fn has_ended(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Pass | Verdict::Failed)
}

/// One line for each result.
fn say(study: &Study, done: &[Outcome], total: usize) {
    let Some(last) = done.last() else { return };
    let settings: Vec<String> = last
        .settings
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    let what = match &last.measured {
        Some(measured) => match measured.cycles {
            Some(cycles) => format!("{cycles} cycles"),
            None => format!("{} ticks", measured.ticks),
        },
        None => last.verdict.as_str().to_owned(),
    };
    let repetition = match study.repeat {
        1 => String::new(),
        of => format!(" ({}/{of})", last.repetition + 1),
    };
    eprintln!("[{}/{total}] {}{repetition}: {what}", done.len(), settings.join(" "));
}

/// In a thread: the child is killed by the kernel when the thread that started it ends.
fn start(directory: &Directory, study: &Study, job: Job, limits: &Limits, sender: &Sender<Note>) -> Result<()> {
    let logs = directory.file("logs");
    std::fs::create_dir_all(&logs).map_err(|error| Error::io("cannot create", &logs, error))?;
    let log = logs.join(format!("{:04}-{}", job.point.index, job.repetition));
    let command = command(study, &job, limits)?;
    let patterns = patterns::compile(&study.stats)?;
    let (dump, inputs, sender) = (study.dump, study.inputs.clone(), sender.clone());
    spawn_thread("run", move || {
        let kept = Kept {
            patterns: &patterns,
            dump,
        };
        let outcome = attend(command, &log, &job, &inputs, &kept);
        let _ = sender.send(Note::Ended(outcome));
    })
}

fn command(study: &Study, job: &Job, limits: &Limits) -> Result<Command> {
    let mut command = Command::new(crate::paths::ourselves());
    command.env("LKMC_ROOT", crate::paths::repository()?).arg("--json");
    if let Some(timeout) = limits.timeout {
        command.args(["--timeout", &Seconds(timeout).to_string()]);
    }
    match study.mode {
        Mode::FullSystem => command.args(["profile", "run"]),
        Mode::SyscallEmulation | Mode::BareMetal => command.args(["gem5", "run"]),
    };
    command
        .arg(&job.point.file)
        .args((study.mode == Mode::BareMetal).then_some("--bare-metal"))
        .args(study.demos.iter().flat_map(|demo| ["--demos", demo]))
        .args(study.push.iter().flat_map(|file| ["--push", file]))
        .arg("--")
        .args(&study.command)
        .stdin(Stdio::null())
        // Ctrl-C on our terminal is for us, and ends them all.
        .process_group(0);
    die_with_us(&mut command);
    Ok(command)
}

fn attend(mut command: Command, log: &Path, job: &Job, inputs: &Inputs, kept: &Kept) -> Result<Outcome> {
    let (out, err) = (log.with_extension("stdout"), log.with_extension("stderr"));
    let create = |path: &PathBuf| File::create(path).map_err(|error| Error::io("cannot create", path, error));
    let started = Instant::now();
    let child = command.stdout(create(&out)?).stderr(create(&err)?).spawn();
    let failed = |error| Error::infrastructure("lkmc::bench::run", "a run cannot be started").cause(error);
    let status = child.and_then(|mut child: Child| child.wait()).map_err(failed)?;
    // Whatever bytes the command says: the record comes last.
    let text = std::fs::read(&err).map_err(|error| Error::io("cannot read", &err, error))?;
    let text = String::from_utf8_lossy(&text);
    let record: Option<Record> = text.lines().last().and_then(|line| serde_json::from_str(line).ok());
    let Some((conclusion, record)) = record.and_then(|record| Some((record.conclusion()?, record))) else {
        let message = format!(
            "a run ended with {status} after {:?} and left no record",
            started.elapsed()
        );
        return Err(
            Error::infrastructure("lkmc::bench::run", message).help(format!("what it said is in {}", err.display()))
        );
    };
    if conclusion.cause.cut_short_by().is_some() {
        let message = format!("somebody ended a run ({status})");
        return Err(
            Error::infrastructure("lkmc::bench::run", message).help("the same command goes on with what is missing")
        );
    }
    let changed: Vec<&str> = inputs::differing(inputs, &record.inputs).collect();
    if !changed.is_empty() {
        let message = format!("{} changed while the study was under way", changed.join(" and "));
        return Err(Error::usage("lkmc::bench::changed", message)
            .help("change it back and give the same command, or begin another study with --name"));
    }
    outcome(record.id, &conclusion, job, kept)
}

fn outcome(run: String, conclusion: &Conclusion, job: &Job, kept: &Kept) -> Result<Outcome> {
    let output = crate::paths::runs()?.join(&run).join(OUTPUT);
    let measured = match has_ended(conclusion.verdict) {
        true => {
            let dumps = stats::read(&output)?;
            if dumps.len() < kept.dump {
                let message = format!("{run} has no dump {}: there are {}", kept.dump, dumps.len());
                terminal::announce(&message, false);
            }
            Measured::of(&dumps, kept.dump, kept.patterns)
        }
        false => None,
    };
    Ok(Outcome {
        point: job.point.index,
        repetition: job.repetition,
        settings: job.point.settings.clone(),
        run,
        verdict: conclusion.verdict,
        status: conclusion.status,
        measured,
    })
}
