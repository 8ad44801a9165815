//! gem5's debug flags: which ones this gem5 has, and which ones make sense on which processor.

use std::time::Duration;

use crate::diag::{Diagnostic, Diagnostics, Error, Result};
use crate::emulator::gem5::Simulator;
use crate::emulator::only_gem5;
use crate::host::child;
use crate::profile::{Gem5, Gem5Build, Gem5Cpu, Gem5Variant, Profile};
use crate::scratch::Scratch;
use crate::suggest;

use super::about;

/// How long it may take to list them, on a machine that is busy.
const LIMIT: Duration = Duration::from_secs(60);

/// Takes the ticks away, without which no message can be placed.
const WITHOUT_TICKS: &[&str] = &["FmtTicksOff", "ExecNoTicks"];

/// Flags that only some processors have something to say to: each with those and what to take on others.
const OF_PROCESSORS: &[(&str, &[Gem5Cpu], &str)] = &[
    (
        "O3PipeView",
        &[Gem5Cpu::DerivO3],
        "only `DerivO3CPU` tells of its pipeline; `Exec` says on every model which instructions were executed",
    ),
    (
        "MinorExecute",
        &[Gem5Cpu::Minor, Gem5Cpu::Hpi],
        "only `MinorCPU` and `HPI` have this pipeline; `O3PipeView` is DerivO3CPU's",
    ),
    (
        "MinorTrace",
        &[Gem5Cpu::Minor, Gem5Cpu::Hpi],
        "only `MinorCPU` and `HPI` have this pipeline; `O3PipeView` is DerivO3CPU's",
    ),
];

/// Refuses what this gem5 does not know, and what would say nothing on this processor. All problems at once.
pub fn check(gem5: &Simulator, profile: &Profile, flags: &[String]) -> Result<()> {
    if !about::ask(gem5)?.traces {
        let which = gem5.file.display();
        return Err(compiled_out(format!("{which} was compiled without traces")));
    }
    let listed = ask(gem5)?;
    let known: Vec<&str> = listed.iter().map(String::as_str).collect();
    let machine = only_gem5(profile)?;
    let mut problems = Diagnostics::default();
    for flag in flags {
        let name = flag.strip_prefix('-').unwrap_or(flag);
        if let Some(problem) = problem(&profile.name, machine, name, &known) {
            problems.push(problem);
        }
    }
    problems.finish(())
}

/// Refuses traces of a gem5 that, when it will have been compiled, cannot write any.
pub fn check_variant(profile: &Profile, build: &Gem5Build) -> Result<()> {
    match build.variant {
        Gem5Variant::Fast => {
            let name = &profile.name;
            let message = format!("profile `{name}` has a gem5 compiled of the variant `fast`, which writes no traces");
            Err(compiled_out(message))
        }
        Gem5Variant::Opt | Gem5Variant::Debug => Ok(()),
    }
}

fn compiled_out(message: String) -> Error {
    Error::usage("lkmc::trace::compiled_out", message)
        .help("the variants `opt` and `debug` can: `gem5.opt`, `gem5.debug`")
}

fn problem(profile: &str, machine: &Gem5, name: &str, known: &[&str]) -> Option<Diagnostic> {
    if !known.contains(&name) {
        let help = suggest::did_you_mean(name, known)
            .unwrap_or_else(|| "`Exec`, `Cache` and `O3PipeView` are those that `lkmc trace` reads".into());
        return Some(
            Diagnostic::error("lkmc::trace::flag", format!("this gem5 has no debug flag `{name}`"))
                .help(format!("{help} `gem5.opt --debug-help` lists them")),
        );
    }
    if WITHOUT_TICKS.contains(&name) {
        let message = format!("`{name}` leaves out the ticks, and with them the order of what different objects say");
        return Some(Diagnostic::error("lkmc::trace::no_ticks", message).help("take `Exec`"));
    }
    let (_, models, help) = OF_PROCESSORS.iter().find(|(flag, ..)| *flag == name)?;
    let ours: Vec<Gem5Cpu> = machine.clusters().map(|cluster| cluster.cpu.model).collect();
    if ours.iter().any(|model| models.contains(model)) {
        return None;
    }
    let ours: Vec<&str> = ours.iter().map(|model| model.as_str()).collect();
    let ours = ours.join(" and ");
    let message = format!("`{name}` says nothing on the processor of `{profile}`, {ours}");
    Some(Diagnostic::error("lkmc::trace::processor", message).help(*help))
}

/// gem5's own list.
fn ask(gem5: &Simulator) -> Result<Vec<String>> {
    // It makes its output directory even for this.
    let output = Scratch::create("gem5")?;
    let directory = format!("--outdir={}", output.path().display());
    let line = gem5.with(vec![directory.into(), "--debug-help".into()]);
    let failed = |why: String| {
        Error::infrastructure("lkmc::trace::no_list", "gem5 does not say which debug flags it has")
            .cause(why)
            .help(format!("it was asked with:\n{}", line.to_shell()))
    };
    let answer = child::output_within(line.to_command(), LIMIT).map_err(|error| failed(error.to_string()))?;
    let answer = answer.ok_or_else(|| failed(format!("it said nothing within {LIMIT:?}")))?;
    let listed = parse(&String::from_utf8_lossy(&answer.stdout));
    match answer.status.success() && !listed.is_empty() {
        true => Ok(listed),
        false => Err(failed(format!(
            "it ended with {} and said: {}",
            answer.status,
            String::from_utf8_lossy(&answer.stderr).trim()
        ))),
    }
}

/// Names stand four blanks from the left, what groups are made of eight.
fn parse(text: &str) -> Vec<String> {
    let name = |line: &str| {
        let (name, _) = line.strip_prefix("    ")?.split_once(':')?;
        (!name.contains(' ')).then(|| name.to_owned())
    };
    text.lines().filter_map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELP: &str = include_str!("../../tests/gem5/recorded/debug-help.txt");

    #[test]
    fn flags_groups_and_formats_are_listed() {
        let listed = parse(HELP);
        for name in ["Cache", "ExecAll", "ExecEnable", "FmtFlag", "O3PipeView", "MinorTrace"] {
            assert!(listed.iter().any(|listed| listed == name), "{name}");
        }
        assert!(
            listed
                .iter()
                .all(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        );
    }

    #[test]
    fn one_variant_writes_no_traces() {
        let profile = crate::profile::load("aarch64-gem5-hpi").unwrap();
        let refused = |variant| {
            let build = Gem5Build {
                source: "/gem5".into(),
                variant,
                options: Vec::new(),
            };
            let said = crate::diag::to_json(&check_variant(&profile, &build).err()?).to_string();
            Some(said.contains("lkmc::trace::compiled_out"))
        };
        assert_eq!(refused(Gem5Variant::Fast), Some(true));
        assert_eq!((refused(Gem5Variant::Opt), refused(Gem5Variant::Debug)), (None, None));
    }

    #[test]
    fn each_mistake_has_its_help() {
        let listed = parse(HELP);
        let known: Vec<&str> = listed.iter().map(String::as_str).collect();
        let hpi = crate::profile::load("aarch64-gem5-hpi").unwrap();
        let machine = hpi.emulator.gem5().expect("it is one of gem5's");
        let code = |name| problem(&hpi.name, machine, name, &known).map(|problem| problem.code);
        assert_eq!(code("Exec"), None);
        assert_eq!(code("MinorTrace"), None);
        assert_eq!(code("O3PipeView"), Some("lkmc::trace::processor"));
        assert_eq!(code("ExecNoTicks"), Some("lkmc::trace::no_ticks"));
        let misspelt = problem(&hpi.name, machine, "O3PipeViwe", &known).unwrap();
        assert!(misspelt.help.unwrap().contains("did you mean `O3PipeView`?"));
    }
}
