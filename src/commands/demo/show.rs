//! `lkmc demo show`: everything that a demo's file says about it.

use std::process::ExitCode;

use crate::cli::Global;
use crate::demo::{self, Demo, Expect, Kind, Machine, Run, Skip, Text};
use crate::diag::Result;
use crate::suggest;
use crate::verdict::Verdict;

use super::{print, print_json};

pub fn show(global: &Global, path: &str) -> Result<ExitCode> {
    let demo = demo::load(path)?;
    match global.json {
        true => print_json(&demo),
        false => print(&text(&demo)),
    }
}

/// For people.
fn text(demo: &Demo) -> String {
    let mut text = format!("{}\n\n", demo.name);
    if !demo.explanation.is_empty() {
        text += &format!("{}\n\n", demo.explanation);
    }
    let arches: Vec<&str> = demo.arches.iter().map(|arch| arch.as_str()).collect();
    line(&mut text, "runs on", &suggest::list(&arches));
    let needs: Vec<String> = demo
        .kconfig
        .iter()
        .map(|wanted| format!("{}={}", wanted.symbol, wanted.value))
        .collect();
    line(&mut text, "needs", &needs.join(", "));
    for part in &demo.parts {
        let from = part.path.strip_prefix(&demo.root).unwrap_or(&part.path).display();
        let what = match part.kind {
            Kind::Module => "module",
            Kind::Program => "program",
            Kind::Script => "file",
            Kind::KbuildDirectory => "all modules of",
            Kind::BareMetal => "bare metal",
        };
        let name = part
            .guest_name()
            .map_or_else(String::new, |name| format!("/lkmc/{name} from "));
        line(&mut text, what, &format!("{name}{from}"));
    }
    line(&mut text, "kernel's own", &demo.tree_modules.join(", "));
    line(&mut text, "machine", &machine(&demo.machine));
    for skip in &demo.skips {
        line(&mut text, "not", &skipped(skip));
    }
    demo.runs.iter().for_each(|run| text += &one_run(run, &demo.machine));
    text + &format!("\nTry it: lkmc demo run {}\n", demo.name)
}

fn line(text: &mut String, what: &str, value: &str) {
    if !value.is_empty() {
        text.push_str(&format!("{what:13} {value}\n"));
    }
}

fn machine(machine: &Machine) -> String {
    let mut parts = Vec::new();
    parts.extend(machine.cpus.map(|cpus| format!("{cpus} CPUs")));
    parts.extend(
        machine
            .cpu_model
            .as_ref()
            .map(|model| format!("the processor `{}`", model.name)),
    );
    parts.extend(machine.memory.map(|memory| memory.to_string()));
    parts.extend((!machine.kernel_args.is_empty()).then(|| format!("kernel: {}", machine.kernel_args.join(" "))));
    parts.extend((!machine.qemu_args.is_empty()).then(|| format!("QEMU: {}", machine.qemu_args.join(" "))));
    parts.join(", ")
}

fn skipped(skip: &Skip) -> String {
    let mut places = Vec::new();
    places.extend(skip.arch.map(|arch| format!("on {arch}")));
    places.extend(skip.kernel.map(|version| format!("with Linux {version}")));
    places.extend(skip.emulator.map(|kind| format!("in {}", kind.title())));
    format!("{}: {}", places.join(" "), skip.reason.trim())
}

fn one_run(run: &Run, usual: &Machine) -> String {
    let title = match (&run.name, &run.arches) {
        (None, None) => "Run".to_string(),
        (Some(name), None) => format!("Run `{name}`"),
        (name, Some(arches)) => {
            let arches: Vec<&str> = arches.iter().map(|arch| arch.as_str()).collect();
            let name = name.as_ref().map_or_else(String::new, |name| format!(" `{name}`"));
            format!("Run{name}, on {} only", suggest::list(&arches))
        }
    };
    let commands: String = run.guest.trim_end().lines().map(|line| format!("  {line}\n")).collect();
    let other = match run.machine == *usual {
        true => String::new(),
        false => format!(" ({})", machine(&run.machine)),
    };
    format!(
        "\n{title}{other}, within {} s:\n{commands}{}",
        run.timeout.as_secs_f64(),
        expected(&run.expect)
    )
}

fn expected(expect: &Expect) -> String {
    let mut text = String::new();
    if expect.verdict != Verdict::Pass {
        text += &format!("The guest's end: {}\n", expect.verdict.as_str());
    }
    if let Some(status) = expect.status.filter(|status| *status != 0) {
        text += &format!("Status {status}\n");
    }
    text += &output("Standard output", &expect.stdout);
    text += &output("Standard error", &expect.stderr);
    text += &lines("The kernel's log has", &expect.dmesg);
    text += &lines("The kernel's log does not have", &expect.dmesg_not);
    text + &lines("The decoded stack has", &expect.stack)
}

fn output(what: &str, text: &Text) -> String {
    match text {
        Text::Exact(text) => lines(what, &text.lines().map(str::to_string).collect::<Vec<_>>()),
        Text::Has(expected) => lines(&format!("{what} has"), expected),
    }
}

fn lines(what: &str, lines: &[String]) -> String {
    match lines {
        [] => String::new(),
        lines => format!(
            "{what}:\n{}",
            lines.iter().map(|line| format!("  {line}\n")).collect::<String>()
        ),
    }
}
