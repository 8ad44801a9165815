//! `lkmc trace pipeline`: each instruction's way through a pipeline, as letters, as a picture, for Perfetto.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;

use serde_json::json;

use crate::cli::{self, Global};
use crate::diag::Result;
use crate::trace::diagram::{self, Lane, Slots};
use crate::trace::filter::{Filter, Side};
use crate::trace::gem5::passage::{Model, Passage};
use crate::trace::gem5::traced::Traced;
use crate::trace::input::Input;
use crate::trace::symbols::{Place, Symbols};
use crate::trace::walk::{Flow, Seen};
use crate::trace::{perfetto, pipeline};

use super::{Out, open};

/// How many instructions a picture shows.
const ROWS: usize = 60;

pub fn show(global: &Global, arguments: &cli::TracePipeline) -> Result<ExitCode> {
    let input = open(global, &arguments.choice)?;
    let filter = Filter::new(&arguments.choice.part.window, Side::Both, &arguments.functions)?;
    let shown = Shown {
        arguments,
        filter,
        input: &input,
        traced: input.gem5()?,
    };
    match (&arguments.perfetto, &arguments.output) {
        (Some(file), _) => shown.timeline(file),
        (_, Some(file)) => shown.picture(file),
        _ => shown.letters(global),
    }
}

struct Shown<'a> {
    arguments: &'a cli::TracePipeline,
    filter: Filter,
    input: &'a Input,
    traced: &'a Traced,
}

impl Shown<'_> {
    fn passages(&self, mut visit: impl FnMut(Lane, Place) -> Result<Flow>) -> Result<Seen> {
        let mut symbols = self.input.symbols()?;
        pipeline::passages(
            self.input,
            &mut symbols,
            &self.filter,
            self.arguments.retired,
            |passage, place, symbols| visit(lane(passage, place, symbols), place),
        )
    }

    fn check(&self, seen: &Seen) -> Result<()> {
        // The second ones are HPI's and MinorCPU's.
        seen.check(
            self.input,
            "pipeline",
            "O3PipeView` or `--trace Fetch,Decode,MinorExecute",
        )?;
        seen.tell(self.input);
        Ok(())
    }

    /// Whether it is said of which processor an instruction is. DerivO3CPU does not say it.
    fn numbered(&self, lane: &Lane) -> bool {
        lane.passage.model == Model::Minor && self.input.cpus() != Some(1)
    }

    fn letters(&self, global: &Global) -> Result<ExitCode> {
        let mut out = Out::new(self.arguments.choice.part.lines);
        let (mut model, mut periods) = (Model::default(), BTreeSet::new());
        let seen = self.passages(|lane, place| {
            let period = self.traced.period(lane.passage.cpu);
            model = lane.passage.model;
            periods.insert(period);
            out.line(&match global.json {
                true => object(&lane, place),
                false => row(&lane, period, self.numbered(&lane)),
            })
        })?;
        self.check(&seen)?;
        if !global.json {
            eprintln!(
                "lkmc: {}; one letter or dot is a cycle of {} ps",
                diagram::legend(model),
                Vec::from_iter(periods.iter().map(u64::to_string)).join(" or ")
            );
        }
        out.finish()
    }

    fn picture(&self, file: &Path) -> Result<ExitCode> {
        let most = self.arguments.choice.part.lines.unwrap_or(ROWS);
        let mut lanes = Vec::new();
        let seen = self.passages(|mut lane, _| {
            if self.numbered(&lane) {
                lane.place = format!("{}  {}", lane.passage.cpu, lane.place);
            }
            lanes.push(lane);
            Ok(if lanes.len() < most {
                Flow::Continue(())
            } else {
                Flow::Break(())
            })
        })?;
        self.check(&seen)?;
        let begin = lanes.first().map_or(0, |lane| lane.passage.fetched());
        // One ruler for all.
        let period = self.traced.period(lanes.first().map_or(0, |lane| lane.passage.cpu));
        let title = format!(
            "cycles of {period} ps from tick {begin} on: {} instructions of {}",
            lanes.len(),
            self.arguments.choice.trace.run
        );
        diagram::draw(&lanes, period, &title, file)?;
        crate::host::stdout::print(&format!("{}: {} instructions\n", file.display(), lanes.len()))
    }

    fn timeline(&self, file: &Path) -> Result<ExitCode> {
        let (mut slots, mut number) = (Slots::default(), 0usize);
        let most = self.arguments.choice.part.lines.unwrap_or(usize::MAX);
        perfetto::write(file, |timeline| {
            let seen = self.passages(|lane, _| {
                number += 1;
                let processor = self.numbered(&lane).then_some(lane.passage.cpu);
                slots
                    .add(timeline, &lane, processor, self.traced.period(lane.passage.cpu))
                    .map_err(perfetto::failed(file))?;
                Ok(if number < most {
                    Flow::Continue(())
                } else {
                    Flow::Break(())
                })
            })?;
            self.check(&seen)
        })?;
        crate::host::stdout::print(&format!(
            "{}: {number} instructions; open it in https://ui.perfetto.dev\n",
            file.display()
        ))
    }
}

fn lane(passage: &Passage, place: Place, symbols: &Symbols) -> Lane {
    Lane {
        passage: passage.clone(),
        place: symbols.show(place),
    }
}

/// One instruction for people.
fn row(lane: &Lane, period: u64, numbered: bool) -> String {
    let passage = &lane.passage;
    let processor = if numbered {
        format!("  {}", passage.cpu)
    } else {
        String::new()
    };
    format!(
        "{:>12}{processor}  {:>8}  {:<34}  {:<36}  {}",
        passage.fetched(),
        passage.sequence,
        lane.place,
        passage.text,
        diagram::letters(passage, period)
    )
}

/// The same for programs.
fn object(lane: &Lane, place: Place) -> String {
    let passage = &lane.passage;
    let stages = passage.model.stages().iter();
    let stages: serde_json::Map<_, _> = stages
        .zip(passage.ticks)
        .map(|((name, _), tick)| (name.to_string(), json!(tick)))
        .collect();
    json!({
        "cpu": passage.cpu,
        "sequence": passage.sequence,
        "address": format!("{:#x}", passage.address),
        "micro": passage.micro,
        "place": lane.place,
        "kernel": place.kernel,
        "instruction": passage.text,
        "squashed": passage.squashed(),
        "stages": stages,
        "written": passage.store,
    })
    .to_string()
}
