//! Nix's `internal-json` log: read into events, shown as a tree of running builds on a terminal, as plain lines elsewhere.

use std::collections::{BTreeMap, VecDeque};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde::Deserialize;

use super::log::{self, without_escapes};
use super::plan::derivation_name;

/// Lines of a failed build's log that are shown.
const TAIL: usize = 40;
/// Without a terminal, a sign of life comes this often.
const HEARTBEAT: Duration = Duration::from_secs(30);

const HEAD: &str = "building {pos}/{len} [{bar:30}] {elapsed}";
const RUNNING: &str = "  {spinner} {prefix} {elapsed} {wide_msg:.dim}";

/// What a line of Nix's log means to us; most mean nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    BuildStarted {
        id: u64,
        drv: PathBuf,
    },
    BuildLog {
        id: u64,
        line: String,
    },
    Stopped {
        id: u64,
    },
    /// Level 0 is an error, 1 a warning.
    Message {
        level: u64,
        text: String,
    },
}

#[derive(Deserialize)]
struct Raw {
    action: String,
    #[serde(default)]
    id: u64,
    #[serde(default)]
    level: u64,
    #[serde(default)]
    msg: String,
    #[serde(default, rename = "type")]
    kind: u64,
    #[serde(default)]
    fields: Vec<serde_json::Value>,
}

// Numbers of Nix's `ActivityType` and `ResultType`.
const ACTIVITY_BUILD: u64 = 105;
const RESULT_BUILD_LOG_LINE: u64 = 101;
const RESULT_POST_BUILD_LOG_LINE: u64 = 107;

/// Reads one line of standard error. What is not JSON came from elsewhere and counts as an error message.
pub fn parse(line: &str) -> Option<Event> {
    let Some(json) = line.strip_prefix("@nix ") else {
        let text = without_escapes(line.trim_end());
        return (!text.is_empty()).then(|| message(0, text));
    };
    let raw: Raw = serde_json::from_str(json).ok()?;
    let text = |at: usize| raw.fields.get(at).and_then(|field| field.as_str()).unwrap_or_default();
    match (raw.action.as_str(), raw.kind) {
        ("start", ACTIVITY_BUILD) => Some(Event::BuildStarted {
            id: raw.id,
            drv: text(0).into(),
        }),
        ("result", RESULT_BUILD_LOG_LINE | RESULT_POST_BUILD_LOG_LINE) => Some(Event::BuildLog {
            id: raw.id,
            line: log::line(text(0)),
        }),
        ("stop", _) => Some(Event::Stopped { id: raw.id }),
        ("msg", _) => Some(message(raw.level, without_escapes(&raw.msg))),
        _ => None,
    }
}

/// A daemon hands on its warnings with the level of errors.
fn message(level: u64, text: String) -> Event {
    let level = level.max(u64::from(text.starts_with("warning:")));
    Event::Message { level, text }
}

struct Running {
    drv: PathBuf,
    name: String,
    since: Instant,
    last_line: String,
    bar: Option<ProgressBar>,
}

/// Follows a build: shows it, and remembers what a failure report needs.
pub struct Follower {
    /// How many derivations will be built.
    total: usize,
    finished: usize,
    start: Instant,
    running: BTreeMap<u64, Running>,
    tails: BTreeMap<PathBuf, VecDeque<String>>,
    pub errors: Vec<String>,
    terminal: Option<(MultiProgress, ProgressBar)>,
    verbose: bool,
    last_sign: Instant,
}

impl Follower {
    pub fn new(total: usize, verbose: bool) -> Follower {
        let terminal = (std::io::stderr().is_terminal() && total > 0).then(|| {
            let all = MultiProgress::new();
            let head = all.add(ProgressBar::new(total as u64).with_style(style(HEAD)));
            head.enable_steady_tick(Duration::from_millis(250));
            (all, head)
        });
        let now = Instant::now();
        Follower {
            total,
            finished: 0,
            start: now,
            running: BTreeMap::new(),
            tails: BTreeMap::new(),
            errors: Vec::new(),
            terminal,
            verbose,
            last_sign: now,
        }
    }

    /// One line of standard error, or a tick.
    pub fn line(&mut self, line: Option<&str>) {
        match line.map(parse) {
            Some(Some(event)) => self.event(event),
            Some(None) => {}
            None => self.heartbeat(),
        }
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::BuildStarted { id, drv } => self.started(id, drv),
            Event::BuildLog { id, line } => self.log(id, line),
            Event::Stopped { id } => self.stopped(id),
            Event::Message { level: 0, text } => self.errors.push(text),
            Event::Message { text, .. } if self.verbose => self.print(&text),
            Event::Message { .. } => {}
        }
    }

    fn started(&mut self, id: u64, drv: PathBuf) {
        let name = derivation_name(&drv);
        let bar = self.terminal.as_ref().map(|(all, _)| {
            let bar = all.add(ProgressBar::new_spinner().with_style(style(RUNNING)));
            bar.enable_steady_tick(Duration::from_millis(120));
            bar.with_prefix(name.clone())
        });
        if bar.is_none() {
            let number = self.finished + self.running.len() + 1;
            self.print(&format!("building {name} ({number} of {})", self.total.max(number)));
        }
        self.running.insert(
            id,
            Running {
                drv,
                name,
                since: Instant::now(),
                last_line: String::new(),
                bar,
            },
        );
    }

    fn log(&mut self, id: u64, line: String) {
        let Some(running) = self.running.get_mut(&id) else {
            return;
        };
        let tail = self.tails.entry(running.drv.clone()).or_default();
        if tail.len() == TAIL {
            tail.pop_front();
        }
        tail.push_back(line.clone());
        if let Some(bar) = &running.bar {
            bar.set_message(line.trim().to_owned());
        }
        if self.verbose {
            let text = format!("{}> {line}", running.name);
            self.print(&text);
        } else {
            running.last_line = line;
        }
    }

    fn stopped(&mut self, id: u64) {
        let Some(running) = self.running.remove(&id) else {
            return;
        };
        self.finished += 1;
        match (&running.bar, &self.terminal) {
            (Some(bar), Some((_, head))) => {
                bar.finish_and_clear();
                head.set_position(self.finished as u64);
            }
            _ => {
                let seconds = running.since.elapsed().as_secs_f64();
                self.print(&format!("{} took {seconds:.1} s", running.name));
            }
        }
    }

    fn heartbeat(&mut self) {
        if self.terminal.is_some() || self.last_sign.elapsed() < HEARTBEAT {
            return;
        }
        let lines: Vec<String> = self
            .running
            .values()
            .map(|running| {
                let seconds = running.since.elapsed().as_secs();
                // It may have said nothing yet.
                match running.last_line.trim() {
                    "" => format!("{}: {seconds} s so far", running.name),
                    line => format!("{}: {seconds} s so far; {line}", running.name),
                }
            })
            .collect();
        lines.iter().for_each(|line| self.print(line));
    }

    fn print(&mut self, text: &str) {
        self.last_sign = Instant::now();
        match &self.terminal {
            // Printing above bars fails only when the terminal is gone.
            Some((all, _)) => drop(all.println(text)),
            None => eprintln!("lkmc: {text}"),
        }
    }

    /// Removes the bars.
    pub fn finish(&self) {
        if let Some((all, head)) = &self.terminal {
            head.finish_and_clear();
            let _ = all.clear();
        }
    }

    pub fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// The derivation whose builder failed, with the end of its log.
    pub fn failed(&self) -> Option<(&Path, Vec<String>)> {
        let names = |drv: &&PathBuf| {
            let drv = drv.to_string_lossy();
            let about = |error: &&String| {
                error.contains(&*drv) && (error.contains("failed") || error.contains("hash mismatch"))
            };
            self.errors.iter().any(|error| about(&error))
        };
        let (drv, tail) = self.tails.iter().find(|(drv, _)| names(drv))?;
        Some((drv, tail.iter().cloned().collect()))
    }
}

/// The templates are constants; a test parses them.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nix 2.8, `nix-store --realise --log-format internal-json -v`; progress counters left out.
    const RECORDED: &str = r#"@nix {"action":"start","id":4294967296,"level":6,"text":"querying info about missing paths","type":0}
@nix {"action":"stop","id":4294967296}
@nix {"action":"msg","level":3,"msg":"these 2 derivations will be built:"}
@nix {"action":"start","id":4294967298,"level":0,"text":"","type":104}
@nix {"action":"result","fields":[0,2,0,0],"id":4294967298,"type":105}
@nix {"action":"start","fields":["/nix/store/g8fc53kwlwnzrz8i6hi78ffx0azg6z56-inner.drv","",1,1],"id":4294967301,"level":3,"text":"building '/nix/store/g8fc53kwlwnzrz8i6hi78ffx0azg6z56-inner.drv'","type":105}
@nix {"action":"result","fields":["one"],"id":4294967301,"type":101}
@nix {"action":"stop","id":4294967301}
@nix {"action":"start","fields":["/nix/store/i5hbc3hq9pad7sdcriv2ax5w0rak5hxd-bad.drv","",1,1],"id":4294967302,"level":3,"text":"building '/nix/store/i5hbc3hq9pad7sdcriv2ax5w0rak5hxd-bad.drv'","type":105}
@nix {"action":"result","fields":["about to fail"],"id":4294967302,"type":101}
@nix {"action":"result","fields":["error here"],"id":4294967302,"type":101}
@nix {"action":"stop","id":4294967302}
@nix {"action":"msg","column":null,"file":null,"level":0,"line":null,"msg":"\u001b[31;1merror:\u001b[0m builder for '\u001b[35;1m/nix/store/i5hbc3hq9pad7sdcriv2ax5w0rak5hxd-bad.drv\u001b[0m' failed with exit code 3","raw_msg":"x"}"#;

    #[test]
    fn follows_a_recorded_build_to_its_failure() {
        let mut follower = Follower::new(2, false);
        RECORDED.lines().for_each(|line| follower.line(Some(line)));
        assert_eq!((follower.finished, follower.running.len()), (2, 0));
        let (drv, tail) = follower.failed().unwrap();
        assert_eq!(derivation_name(drv), "bad");
        assert_eq!(tail, ["about to fail", "error here"]);
        assert_eq!(follower.errors.len(), 1);
        assert!(
            follower.errors[0].starts_with("error: builder for '/nix/store/"),
            "{:?}",
            follower.errors
        );
    }

    #[test]
    fn what_is_not_json_is_an_error_unless_it_is_a_warning() {
        let message = |level, text: &str| {
            Some(Event::Message {
                level,
                text: text.to_owned(),
            })
        };
        assert_eq!(parse("error: out of luck"), message(0, "error: out of luck"));
        assert_eq!(
            parse("\u{1b}[35;1mwarning:\u{1b}[0m the group"),
            message(1, "warning: the group")
        );
        for nothing in [
            "",
            "@nix {",
            "@nix {}",
            "@nix {\"action\":\"result\",\"type\":106,\"id\":1}",
        ] {
            assert_eq!(parse(nothing), None, "{nothing}");
        }
    }

    /// As an ordinary user of a daemon of Nix 2.26 gets it.
    #[test]
    fn a_warning_is_not_why_a_build_failed() {
        let warning = r#"@nix {"action":"msg","level":0,"msg":"\u001b[35;1mwarning:\u001b[0m ignoring the client-specified setting 'sandbox', because it is a restricted setting and you are not a trusted user"}"#;
        let mut follower = Follower::new(2, false);
        follower.line(Some(warning));
        RECORDED.lines().for_each(|line| follower.line(Some(line)));
        assert!(
            follower.errors[0].starts_with("error: builder for"),
            "{:?}",
            follower.errors
        );
    }

    /// Nix 2.34 has other words for it than 2.8.
    #[test]
    fn failures_of_a_newer_nix_are_understood() {
        let said = r#"@nix {"action":"msg","column":null,"file":null,"level":0,"line":null,"msg":"\u001b[31;1merror:\u001b[0m Cannot build '\u001b[35;1m/nix/store/i5hbc3hq9pad7sdcriv2ax5w0rak5hxd-bad.drv\u001b[0m'.\n       Reason: \u001b[31;1mbuilder failed with exit code 3\u001b[0m.","raw_msg":"x"}"#;
        let mut follower = Follower::new(2, false);
        let before_the_message = RECORDED.lines().filter(|line| !line.contains(r#""msg":"\u001b"#));
        before_the_message
            .chain([said])
            .for_each(|line| follower.line(Some(line)));
        assert_eq!(follower.failed().unwrap().1, ["about to fail", "error here"]);
    }

    #[test]
    fn the_templates_are_valid() {
        for template in [HEAD, RUNNING] {
            ProgressStyle::with_template(template).unwrap();
        }
    }

    #[test]
    fn only_the_end_of_a_long_log_is_kept() {
        let mut follower = Follower::new(1, false);
        follower.event(Event::BuildStarted {
            id: 1,
            drv: "/nix/store/a-b.drv".into(),
        });
        (0..TAIL + 5).for_each(|n| {
            follower.event(Event::BuildLog {
                id: 1,
                line: n.to_string(),
            })
        });
        follower.event(Event::Message {
            level: 0,
            text: "builder for '/nix/store/a-b.drv' failed".into(),
        });
        let (_, tail) = follower.failed().unwrap();
        assert_eq!((tail.len(), tail[0].as_str()), (TAIL, "5"));
    }
}
