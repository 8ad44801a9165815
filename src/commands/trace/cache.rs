//! `lkmc trace cache`: accesses in numbers, or one by one.

use std::process::ExitCode;

use serde_json::json;

use crate::cli::{self, Global};
use crate::diag::Result;
use crate::patterns;
use crate::trace::filter::{Filter, Side};
use crate::trace::gem5::cache::{Event, Kind};
use crate::trace::gem5::exec::Executed;
use crate::trace::gem5::pages::Pages;
use crate::trace::input::Input;
use crate::trace::tally::{self, Tally};
use crate::trace::walk::{self, Flow, Seen};

use super::{Out, open};

/// How many places a summary shows.
const PLACES: usize = 20;

pub fn show(global: &Global, arguments: &cli::TraceCache) -> Result<ExitCode> {
    let input = open(global, &arguments.choice)?;
    let filter = Filter::new(&arguments.choice.part.window, Side::Both, &[])?;
    match arguments.events {
        true => events(global, arguments, &input, &filter),
        false => summarise(global, arguments, &input, &filter),
    }
}

/// Accesses of the caches that are meant, and instructions, from which pages are learnt.
fn accesses(
    arguments: &cli::TraceCache,
    input: &Input,
    filter: &Filter,
    pages: &mut Pages,
    mut visit: impl FnMut(&str, u64, &Event, &Pages) -> Result<Flow>,
) -> Result<Seen> {
    let patterns = patterns::compile(&arguments.caches)?;
    let (mut found, mut matching, mut processors) = (0, 0, input.gem5()?.processors.clone());
    let mut seen = walk::messages(input, filter, |said, since| {
        let Some(event) = Event::parse(said) else {
            if let Some(line) = Executed::parse(said, &mut processors) {
                pages.executed(&line);
            }
            return Ok(Flow::Continue(()));
        };
        found += 1;
        let cpu = processors.of_part(said.object);
        if let (Event::Access { kind, address, .. }, Some(cpu)) = (event, cpu)
            && kind.is_demand()
        {
            pages.asked(cpu, address, kind == Kind::Fetch);
        }
        let wanted = patterns.is_empty() || patterns.iter().any(|pattern| pattern.is_match(said.object));
        let wanted = wanted && filter.time_and_cpu(since, cpu);
        matching += u64::from(wanted);
        match wanted {
            true => visit(said.object, since, &event, pages),
            false => Ok(Flow::Continue(())),
        }
    })?;
    (seen.found, seen.wanted) = (found, matching);
    seen.check(input, "accesses to caches", "Cache")?;
    seen.tell(input);
    Ok(seen)
}

fn summarise(global: &Global, arguments: &cli::TraceCache, input: &Input, filter: &Filter) -> Result<ExitCode> {
    let mut symbols = input.symbols()?;
    let mut pages = Pages::new(symbols.kernel_range());
    let mut tally = Tally::default();
    accesses(arguments, input, filter, &mut pages, |cache, _, event, _| {
        tally.count(cache, event);
        Ok(Flow::Continue(()))
    })?;
    let (numbers, spots) = (tally.numbers(), tally.spots(&mut symbols, &pages));
    if global.json {
        return crate::commands::print_json(&json!({ "caches": numbers, "places": spots }));
    }
    let most = arguments.choice.part.lines.unwrap_or(PLACES);
    let mut text = format!("{}\n{}", tally::table(&numbers), tally::spots_table(&spots, most));
    if tally.elsewhere() > 0 {
        text += &format!("and {} accesses to further lines of memory\n", tally.elsewhere());
    }
    crate::host::stdout::print(&text)
}

fn events(global: &Global, arguments: &cli::TraceCache, input: &Input, filter: &Filter) -> Result<ExitCode> {
    let mut symbols = input.symbols()?;
    let mut pages = Pages::new(symbols.kernel_range());
    let mut out = Out::new(arguments.choice.part.lines);
    accesses(arguments, input, filter, &mut pages, |cache, since, event, pages| {
        let Event::Access {
            kind,
            command,
            address,
            hit,
        } = *event
        else {
            return Ok(Flow::Continue(()));
        };
        if hit && arguments.misses {
            return Ok(Flow::Continue(()));
        }
        let place = tally::place(&mut symbols, pages, address);
        let outcome = if hit { "hit" } else { "miss" };
        out.line(&match global.json {
            true => json!({
                "tick": since, "cache": cache, "kind": kind.name(), "command": command,
                "address": format!("{address:#x}"), "hit": hit, "place": place,
            })
            .to_string(),
            false => format!(
                "{since:>12}  {cache}  {outcome:<4}  {:<9}  {address:#012x}  {place}",
                kind.name()
            ),
        })
    })?;
    out.finish()
}
