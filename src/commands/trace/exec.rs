//! `lkmc trace exec`: instructions, functions, calls.

use std::path::Path;
use std::process::ExitCode;

use serde_json::json;

use crate::cli::{self, Global};
use crate::diag::Result;
use crate::trace::calls::{Event, Stacks};
use crate::trace::filter::{Filter, Side};
use crate::trace::input::{Input, Machine};
use crate::trace::perfetto::{self, Timeline, Track};
use crate::trace::source::Sources;
use crate::trace::summary::{self, Summary};
use crate::trace::symbols::{Place, Symbols};
use crate::trace::walk::{self, Flow, Instruction, Seen};

use super::{Out, open};

/// How many functions a summary shows.
const HOTTEST: usize = 30;
/// How many instructions are looked up in the sources at a time: few at first, then more, because opening a kernel's DWARF takes
/// as long for one as for many.
const BATCH: std::ops::Range<usize> = 8192..1 << 19;
/// The group of Perfetto's tracks.
const GROUP: u32 = 1;

pub fn show(global: &Global, arguments: &cli::TraceExec) -> Result<ExitCode> {
    let input = open(global, &arguments.choice)?;
    let side = match (arguments.kernel, arguments.user) {
        (true, _) => Side::Kernel,
        (_, true) => Side::User,
        _ => Side::Both,
    };
    let filter = Filter::new(&arguments.choice.part.window, side, &arguments.functions)?;
    match &arguments.perfetto {
        _ if arguments.summary => summarise(global, arguments, &input, &filter),
        _ if arguments.calls => calls(global, arguments, &input, &filter),
        Some(file) => timeline(&input, &filter, file),
        None => table(global, arguments, &input, &filter),
    }
}

fn check(seen: &Seen, input: &Input) -> Result<()> {
    seen.check(input, "executed instructions", "Exec")?;
    seen.tell(input);
    Ok(())
}

fn table(global: &Global, arguments: &cli::TraceExec, input: &Input, filter: &Filter) -> Result<ExitCode> {
    let mut symbols = input.symbols()?;
    let mut sources = arguments.source.then(|| Sources::new(input)).transpose()?;
    let mut out = Out::new(arguments.choice.part.lines);
    let mut waiting: Vec<(String, u64, Place)> = Vec::new();
    let mut batch = BATCH.start;
    let seen = walk::instructions(input, &mut symbols, filter, |instruction, symbols| {
        if !instruction.wanted || !(instruction.begins || arguments.micro) {
            return Ok(Flow::Continue(()));
        }
        let text = match global.json {
            true => object(instruction, symbols),
            false => row(instruction, symbols, arguments.micro),
        };
        let Some(sources) = &mut sources else {
            return out.line(text.trim_end());
        };
        waiting.push((text, instruction.address, instruction.place));
        if waiting.len() < arguments.choice.part.lines.unwrap_or(usize::MAX).min(batch) {
            return Ok(Flow::Continue(()));
        }
        batch = (2 * batch).min(BATCH.end);
        with_sources(global, sources, &mut waiting, &mut out)
    })?;
    if let Some(sources) = &mut sources {
        let _ = with_sources(global, sources, &mut waiting, &mut out)?;
    }
    check(&seen, input)?;
    out.finish()
}

/// One instruction for people.
fn row(instruction: &Instruction, symbols: &Symbols, micro: bool) -> String {
    let details = &instruction.details;
    let place = symbols.show(instruction.place);
    let number = match details.micro {
        Some(number) => format!(".{number}"),
        None => String::new(),
    };
    let mut result = details.data.unwrap_or_default().to_owned();
    if let (true, Some(address)) = (micro || details.class.is_some(), details.effective) {
        result += &format!("  at {address:#x}");
    }
    let context = details
        .context
        .map_or(String::new(), |context| format!("  A{context:<5}"));
    format!(
        "{:>12}  {}{context}  {:#018x}{number:<3}  {place:<34}  {:<34}  {result:<18}",
        instruction.since, instruction.cpu, instruction.address, instruction.text
    )
}

/// The same for programs.
fn object(instruction: &Instruction, symbols: &Symbols) -> String {
    let details = &instruction.details;
    json!({
        "tick": instruction.since,
        "cpu": instruction.cpu,
        "context": details.context,
        "address": format!("{:#x}", instruction.address),
        "micro": details.micro,
        "function": symbols.name(instruction.place.function),
        "offset": instruction.place.offset,
        "kernel": instruction.place.kernel,
        "instruction": instruction.text,
        "class": details.class,
        "data": details.data,
        "effective": details.effective.map(|address| format!("{address:#x}")),
    })
    .to_string()
}

fn with_sources(
    global: &Global,
    sources: &mut Sources,
    waiting: &mut Vec<(String, u64, Place)>,
    out: &mut Out,
) -> Result<Flow> {
    let places: Vec<(u64, Place)> = waiting.iter().map(|(_, address, place)| (*address, *place)).collect();
    sources.learn(&places)?;
    for (mut text, address, place) in waiting.drain(..) {
        if let Some(source) = sources.get(address, place) {
            match global.json {
                // It ends with a brace.
                true => text.insert_str(text.len() - 1, &format!(",\"source\":{}", json!(source))),
                false => text += &format!("  {source}"),
            }
        }
        if out.line(text.trim_end())?.is_break() {
            return Ok(Flow::Break(()));
        }
    }
    Ok(Flow::Continue(()))
}

fn summarise(global: &Global, arguments: &cli::TraceExec, input: &Input, filter: &Filter) -> Result<ExitCode> {
    let mut symbols = input.symbols()?;
    let (mut stacks, mut counts) = (Stacks::default(), Summary::default());
    let seen = walk::instructions(input, &mut symbols, filter, |instruction, symbols| {
        if !instruction.begins {
            return Ok(Flow::Continue(()));
        }
        let step = instruction.step();
        if filter.time_and_cpu(instruction.since, Some(step.cpu)) {
            counts.time(step.cpu, step.tick, step.place.function);
            stacks.step(step, |function| symbols.name(function), |event| counts.follow(event));
        }
        if instruction.wanted {
            counts.count(instruction.place);
        }
        Ok(Flow::Continue(()))
    })?;
    check(&seen, input)?;
    stacks.finish(|event| counts.follow(event));
    let rows = counts.rows(&symbols, has_time(input));
    if global.json {
        return crate::commands::print_json(&json!({ "instructions": counts.instructions, "functions": rows }));
    }
    let text = summary::table(&rows, arguments.choice.part.lines.unwrap_or(HOTTEST), has_time(input));
    crate::host::stdout::print(&format!("{text}{:>14}  instructions\n", counts.instructions))
}

/// QEMU's instructions have a number, and no time of their own.
fn has_time(input: &Input) -> bool {
    matches!(input.machine, Machine::Gem5(_))
}

fn calls(global: &Global, arguments: &cli::TraceExec, input: &Input, filter: &Filter) -> Result<ExitCode> {
    let mut symbols = input.symbols()?;
    let mut stacks = Stacks::default();
    let mut out = Out::new(arguments.choice.part.lines);
    let seen = walk::instructions(input, &mut symbols, filter, |instruction, symbols| {
        let mut flow = Ok(Flow::Continue(()));
        if !instruction.begins {
            return flow;
        }
        let (wanted, kernel) = (instruction.wanted, instruction.place.kernel);
        stacks.step(
            instruction.step(),
            |function| symbols.name(function),
            |event| {
                let Event::Enter {
                    cpu,
                    tick,
                    depth,
                    function,
                } = event
                else {
                    return;
                };
                if !wanted {
                    return;
                }
                let name = symbols.name(function);
                flow = out.line(&match global.json {
                    true => json!({ "tick": tick, "cpu": cpu, "depth": depth, "function": name, "kernel": kernel })
                        .to_string(),
                    false => format!("{tick:>12}  {cpu}  {:indent$}{name}", "", indent = 2 * depth),
                });
            },
        );
        flow
    })?;
    check(&seen, input)?;
    out.finish()
}

fn timeline(input: &Input, filter: &Filter, file: &Path) -> Result<ExitCode> {
    let mut symbols = input.symbols()?;
    let (mut stacks, mut known, mut slices) = (Stacks::default(), Vec::new(), 0u64);
    let failed = perfetto::failed(file);
    perfetto::write(file, |timeline| {
        let group = match has_time(input) {
            true => "functions",
            false => "functions; 1 ns is an instruction",
        };
        timeline.name_group(GROUP, group).map_err(&failed)?;
        let mut problem = Ok(());
        let mut on_event = |event: Event, symbols: &Symbols| {
            slices += u64::from(matches!(event, Event::Enter { .. }));
            let drawn = draw(timeline, event, symbols);
            if problem.is_ok() {
                problem = drawn;
            }
        };
        let seen = walk::instructions(input, &mut symbols, filter, |instruction, symbols| {
            // A filter by function would leave slices without what they are in.
            let step = instruction.step();
            if instruction.begins && filter.time_and_cpu(step.tick, Some(step.cpu)) {
                if !known.contains(&step.cpu) {
                    known.push(step.cpu);
                }
                stacks.step(
                    step,
                    |function| symbols.name(function),
                    |event| on_event(event, symbols),
                );
            }
            Ok(Flow::Continue(()))
        })?;
        stacks.finish(|event| on_event(event, &symbols));
        problem.map_err(&failed)?;
        for cpu in &known {
            timeline
                .name_track(track(*cpu), &format!("cpu {cpu}"))
                .map_err(&failed)?;
        }
        check(&seen, input)
    })?;
    crate::host::stdout::print(&format!(
        "{}: {slices} calls; open it in https://ui.perfetto.dev\n",
        file.display()
    ))
}

/// One end of the slice that a call is.
fn draw(timeline: &mut Timeline, event: Event, symbols: &Symbols) -> std::io::Result<()> {
    match event {
        Event::Enter {
            cpu, tick, function, ..
        } => timeline.begin(track(cpu), tick, symbols.name(function), "function"),
        Event::Leave { cpu, tick, frame, .. } => {
            let side = if frame.kernel { "kernel" } else { "user" };
            let details = json!({ "instructions": frame.instructions, "side": side });
            timeline.end(track(cpu), tick, details)
        }
    }
}

fn track(cpu: u32) -> Track {
    Track {
        group: GROUP,
        number: cpu + 1,
    }
}
