//! Two runs by their records: what went in, and what came out.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use crate::changes::{Change, changes, leaves};
use crate::emulator::Engine;
use crate::shell;
use crate::units::{ByteSize, Frequency, Seconds};

use super::run_json::{Inputs, Record, SnapshotRecord};

/// What of a resolved profile makes no difference to a run.
const NO_SETTINGS: [&str; 3] = ["name", "description", "path"];
/// Options of lkmc's that say what is shown and how long it may take, and whether a value follows.
const NO_INPUT: [(&str, bool); 4] = [
    ("--json", false),
    ("--verbose", false),
    ("-v", false),
    ("--timeout", true),
];

/// Keys are in the order in which they explain one another.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Of the resolved profiles.
    pub settings: Vec<Change>,
    /// Parts of the bundle, each by the first of its paths that is another one.
    pub built: Vec<Change>,
    /// Commands, accelerators, versions, and what else went in.
    pub other: Vec<Change>,
    /// Verdict, cause, status and tests.
    pub outcome: Vec<Change>,
    /// What may differ though all is equal: times, the words of a reason, the host.
    pub information: Vec<Change>,
}

impl Difference {
    pub fn between(left: &Record, right: &Record) -> Difference {
        let settings = changes(&settings(&left.profile), &settings(&right.profile));
        let built = built(&left.bundle, &right.bundle);
        let mut other = other(left, right);
        if settings.is_empty() && built.is_empty() && other.is_empty() {
            other.extend(unexplained(left, right));
        }
        Difference {
            settings,
            built,
            other,
            outcome: outcome(left, right),
            information: information(left, right),
        }
    }

    /// All that went in and is not equal.
    pub fn inputs(&self) -> impl Iterator<Item = &Change> {
        [&self.settings, &self.built, &self.other].into_iter().flatten()
    }

    pub fn has_equal_inputs(&self) -> bool {
        self.inputs().next().is_none()
    }

    pub fn is_none(&self) -> bool {
        self.has_equal_inputs() && self.outcome.is_empty()
    }
}

/// The settings of a resolved profile by their keys, in a profile's own words.
fn settings(profile: &Value) -> BTreeMap<String, String> {
    let mut profile = profile.clone();
    for part in NO_SETTINGS {
        profile.as_object_mut().map(|members| members.remove(part));
    }
    in_words(&mut profile, "");
    leaves(&profile, "")
}

/// Sizes, frequencies and times with their units, and Kconfig options without the place where they were asked for.
fn in_words(value: &mut Value, key: &str) {
    let number = value.as_u64();
    if let Some(time) = duration(value) {
        *value = Seconds(time).to_string().into();
    }
    match value {
        Value::Number(_) if key == "size" => *value = number.map(|size| ByteSize(size).to_string()).into(),
        Value::Number(_) if key == "clock" => *value = number.map(|clock| Frequency(clock).to_string()).into(),
        Value::Object(members) if members.contains_key("origin") && members.contains_key("value") => {
            *value = members["value"].clone();
        }
        Value::Object(members) => {
            let renamed = std::mem::take(members).into_iter().map(|(name, mut value)| {
                in_words(&mut value, &name);
                // Kconfig's symbols are in capitals, and stay as they are.
                let ours = name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
                (if ours { name.replace('_', "-") } else { name }, value)
            });
            *members = renamed.collect();
        }
        _ => {}
    }
}

/// As serde writes one.
fn duration(value: &Value) -> Option<Duration> {
    let part = |name: &str| value.get(name)?.as_u64();
    Some(Duration::from_secs(part("secs")?) + Duration::from_nanos(part("nanos")?))
}

fn built(left: &Value, right: &Value) -> Vec<Change> {
    let parts = |bundle: &Value| -> Vec<String> {
        bundle
            .as_object()
            .into_iter()
            .flat_map(|parts| parts.keys().cloned())
            .collect()
    };
    let mut names = [parts(left), parts(right)].concat();
    names.sort();
    names.dedup();
    let first = |name: &String| {
        let [left, right] = [left, right].map(|bundle| leaves(bundle.get(name).unwrap_or(&Value::Null), name));
        changes(&left, &right).into_iter().next()
    };
    names.iter().filter_map(first).collect()
}

fn other(left: &Record, right: &Record) -> Vec<Change> {
    let between = |key: &str, of: &dyn Fn(&Record) -> Option<String>| Change::between(key, of(left), of(right));
    let mut all: Vec<Change> = [
        between("command", &|it| {
            Some(shell::line(&it.command)).filter(|line| !line.is_empty())
        }),
        between("lkmc was told", &told),
        between("accelerator", &|it| {
            it.accelerator.as_ref().map(|it| it.used.as_str().to_owned())
        }),
        between("begins with", &|it| {
            it.snapshot
                .as_ref()?
                .from
                .as_ref()
                .map(|it| format!("{it} of {}", it.taken))
        }),
        between("lkmc", &|it| Some(it.lkmc_version.clone())),
    ]
    .into_iter()
    .flatten()
    .collect();
    if uses_kvm(left) || uses_kvm(right) {
        all.extend(host(left, right));
    }
    all.extend(hashes(&left.inputs, &right.inputs));
    all
}

/// The command line of lkmc that made it, without what only says how it is shown.
fn told(record: &Record) -> Option<String> {
    let arguments = &record.invocation.arguments;
    let end = arguments
        .iter()
        .position(|word| word == "--")
        .unwrap_or(arguments.len());
    let (ours, guests) = arguments.split_at(end);
    let mut kept = Vec::new();
    let mut words = ours.iter();
    while let Some(word) = words.next() {
        let option = NO_INPUT.iter().find(|(option, _)| {
            word == option
                || word
                    .strip_prefix(option)
                    .is_some_and(|rest| option.len() > 2 && rest.starts_with('='))
        });
        match option {
            Some((option, true)) if word == option => drop(words.next()),
            Some(_) => {}
            None => kept.push(word.clone()),
        }
    }
    kept.extend_from_slice(guests);
    (!kept.is_empty()).then(|| shell::line(&kept))
}

fn uses_kvm(record: &Record) -> bool {
    record.accelerator.as_ref().is_some_and(|it| it.used == Engine::Kvm)
}

fn host(left: &Record, right: &Record) -> Option<Change> {
    let host = |it: &Record| Some(format!("{}, {}", it.host.system, it.host.processor));
    Change::between("host", host(left), host(right))
}

/// What was recorded of other inputs. What one of the two does not know says nothing.
fn hashes<'a>(left: &'a Inputs, right: &'a Inputs) -> impl Iterator<Item = Change> + 'a {
    left.iter()
        .filter_map(|(name, hash)| Change::between(name, Some(hash.clone()), Some(right.get(name)?.clone())))
}

/// What tells that something else was another one: the key of the guest at its prompt, which is of all that a boot depends on, the
/// image in somebody's kernel tree too; else the emulator's command line. A guest that is restored and one that boots have two.
fn unexplained(left: &Record, right: &Record) -> Option<Change> {
    if let (Some(one), Some(another)) = (&left.snapshot, &right.snapshot)
        && one.key.is_some()
        && another.key.is_some()
        && one.key != another.key
    {
        // Of a guest that had to boot it is known what was new.
        let why = |it: &SnapshotRecord| Some(format!("{} ({})", it.key.as_deref().unwrap_or_default(), it.why));
        return Change::between("the guest at its prompt", why(one), why(another));
    }
    let used = |it: &Record| it.snapshot.as_ref().is_some_and(|snapshot| snapshot.used);
    let line = |it: &Record| {
        let words: Vec<String> = it.argv.iter().map(|word| word.replace(&it.id, "RUN")).collect();
        Some(shell::line(&words))
    };
    match used(left) == used(right) && is_known(left) && is_known(right) {
        true => Change::between("the emulator's command line", line(left), line(right)),
        false => None,
    }
}

fn is_known(record: &Record) -> bool {
    !record.argv.is_empty()
}

fn outcome(left: &Record, right: &Record) -> Vec<Change> {
    let between = |key: &str, of: &dyn Fn(&Record) -> Option<String>| Change::between(key, of(left), of(right));
    let cause = |it: &Record| serde_json::to_value(it.cause).ok().filter(|cause| !cause.is_null());
    let all = [
        between("verdict", &|it| it.verdict.map(|verdict| verdict.as_str().to_owned())),
        between("cause", &|it| {
            cause(it).map(|cause| cause.as_str().map_or_else(|| cause.to_string(), str::to_owned))
        }),
        between("status", &|it| it.status.map(|status| status.to_string())),
        between("tests", &|it| it.tests.as_ref().map(|tests| tests.counts())),
        between("tests that failed", &|it| {
            let names = |tests: &crate::ktap::results::Summary| {
                let names: Vec<&str> = tests.failures.iter().map(|failure| failure.name.as_str()).collect();
                names.join(" ")
            };
            it.tests.as_ref().map(names)
        }),
    ];
    all.into_iter().flatten().collect()
}

fn information(left: &Record, right: &Record) -> Vec<Change> {
    let between = |key: &str, of: &dyn Fn(&Record) -> Option<String>| Change::between(key, of(left), of(right));
    let time = |time: Option<f64>| time.map(|time| format!("{time:.2} s"));
    let all = [
        between("reason", &|it| it.reason.clone()),
        between("command took", &|it| time(it.seconds.command)),
        between("all took", &|it| time(it.seconds.total)),
        host(left, right),
    ];
    all.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::profile;
    use crate::run_directory::run_json::{Invocation, Seconds as Times};
    use crate::verdict::Verdict;

    fn record(id: &str) -> Record {
        let profile = profile::load("x86_64-qemu").expect("it is shipped");
        let record = Record::begin(id, &profile, None, vec!["uname".into(), "-a".into()]);
        Record {
            argv: vec!["qemu".into(), format!("/out/run/{id}/share")],
            invocation: Invocation::default(),
            bundle: json!({ "kernel": { "image": "/nix/store/a/bzImage", "vmlinux": "/nix/store/a/vmlinux" }, "emulator": null }),
            verdict: Some(Verdict::Pass),
            status: Some(0),
            ..record
        }
    }

    fn keys(changes: &[Change]) -> Vec<&str> {
        changes.iter().map(|change| change.key.as_str()).collect()
    }

    #[test]
    fn a_run_and_its_like_are_equal_however_long_they_took() {
        let (left, mut right) = (record("20260101-bbbb"), record("20260101-cccc"));
        assert_eq!(Difference::between(&left, &right), Difference::default());
        right.seconds = Times {
            total: Some(2.0),
            ..Times::default()
        };
        right.invocation.arguments = ["--json", "--timeout", "4m", "--timeout=3m"]
            .map(str::to_owned)
            .to_vec();
        let difference = Difference::between(&left, &right);
        assert_eq!(keys(&difference.information), ["all took"]);
        assert!(difference.is_none());
    }

    #[test]
    fn a_setting_is_named_as_a_profile_has_it() {
        let (left, mut right) = (record("20260101-bbbb"), record("20260101-cccc"));
        right.profile["memory"]["size"] = json!(512 << 20);
        right.profile["limits"]["command"] = json!({ "secs": 3, "nanos": 0 });
        right.profile["kernel"]["command_line"] = json!(["quiet"]);
        right.profile["kernel"]["config"]["HZ_1000"] = json!({ "value": "y", "origin": { "file": "a", "line": 1 } });
        right.profile["kernel"]["config"]["9P_FS"]["origin"]["line"] = json!(7);
        right.profile["description"] = json!("another");
        let difference = Difference::between(&left, &right);
        let keys = keys(&difference.settings);
        assert_eq!(
            keys,
            [
                "kernel.command-line",
                "kernel.config.HZ_1000",
                "limits.command",
                "memory.size"
            ]
        );
        assert_eq!(difference.settings[3].right.as_deref(), Some("512MiB"));
        assert_eq!(difference.settings[2].right.as_deref(), Some("3000ms"));
        assert!(!difference.has_equal_inputs() && difference.outcome.is_empty());
    }

    #[test]
    fn a_part_that_was_built_is_named_once() {
        let (left, mut right) = (record("20260101-bbbb"), record("20260101-cccc"));
        right.bundle["kernel"] = json!({ "image": "/nix/store/b/bzImage", "vmlinux": "/nix/store/b/vmlinux" });
        right.argv.push("-other".into());
        let difference = Difference::between(&left, &right);
        assert_eq!(keys(&difference.built), ["kernel.image"]);
        assert!(difference.other.is_empty(), "the kernel explains the command line");
    }

    #[test]
    fn the_key_tells_of_what_the_bundle_does_not() {
        let key = |key: &str, used| SnapshotRecord {
            used,
            key: Some(key.into()),
            ..SnapshotRecord::none("")
        };
        let (mut left, mut right) = (record("20260101-bbbb"), record("20260101-cccc"));
        left.snapshot = Some(key("1", false));
        right.snapshot = Some(key("1", true));
        right.argv.push("-incoming".into());
        assert!(
            Difference::between(&left, &right).is_none(),
            "one made what the other one began with"
        );
        right.snapshot = Some(key("2", true));
        let difference = Difference::between(&left, &right);
        assert_eq!(keys(&difference.other), ["the guest at its prompt"]);
    }

    #[test]
    fn a_command_line_counts_where_nothing_else_explains_it() {
        let (left, mut right) = (record("20260101-bbbb"), record("20260101-cccc"));
        right.argv.push("-other".into());
        assert_eq!(
            keys(&Difference::between(&left, &right).other),
            ["the emulator's command line"]
        );
        right.command.pop();
        assert_eq!(keys(&Difference::between(&left, &right).other), ["command"]);
    }

    #[test]
    fn what_came_out_is_told_from_what_went_in() {
        let (left, mut right) = (record("20260101-bbbb"), record("20260101-cccc"));
        (right.verdict, right.status) = (Some(Verdict::Oops), Some(126));
        right.reason = Some("an oops".into());
        let difference = Difference::between(&left, &right);
        assert!(difference.has_equal_inputs() && !difference.is_none());
        assert_eq!(keys(&difference.outcome), ["verdict", "status"]);
        assert_eq!(keys(&difference.information), ["reason"]);
    }

    #[test]
    fn a_hash_that_one_does_not_know_says_nothing() {
        let (mut left, mut right) = (record("20260101-bbbb"), record("20260101-cccc"));
        left.inputs = Inputs::from([("gem5".into(), "1".into()), ("the script".into(), "2".into())]);
        right.inputs = Inputs::from([("gem5".into(), "3".into())]);
        assert_eq!(keys(&Difference::between(&left, &right).other), ["gem5"]);
    }
}
