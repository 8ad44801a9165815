//! Each instruction's way through a pipeline: what the flag O3PipeView says of DerivO3CPU, and what [`super::minor`] finds out about
//! MinorCPU and HPI.
//!
//! In the lines of O3PipeView a stage that was not reached has tick 0, and so has the end of an instruction that was squashed. gem5 writes the seven lines of an instruction at once, when it forgets it: squashed ones at other times than their neighbours.
//! They are put into the order of their fetching within a window; the lines do not say which processor they are of.

use std::collections::{BTreeMap, HashMap};

use crate::diag::{Error, Result};

use super::exec::Executed;
use super::filter::Filter;
use super::input::Input;
use super::lines::{O3_PREFIX, Said};
use super::minor;
use super::passage::{Model, O3, Passage, RETIRE};
use super::processors::Processors;
use super::symbols::{Place, Symbols};
use super::walk::{Flow, Seen};

/// More than any processor has in flight.
const WINDOW: usize = 4096;

/// Puts lines together.
#[derive(Default)]
pub struct Parser {
    open: Option<(Passage, usize)>,
}

impl Parser {
    /// A line of the flag; a passage when it is complete. Lines of another one's middle are dropped.
    pub fn line(&mut self, line: &str) -> Option<Passage> {
        let (stage, rest) = line.strip_prefix(O3_PREFIX)?.split_once(':')?;
        if stage == O3[0].0 {
            self.open = fetch(rest).map(|passage| (passage, 1));
            return None;
        }
        let (mut passage, next) = self.open.take()?;
        if O3.get(next)?.0 != stage {
            return None;
        }
        let (tick, store) = rest.split_once(":store:").unwrap_or((rest, "0"));
        let time = |text: &str| text.parse::<u64>().ok().map(|tick| (tick > 0).then_some(tick));
        (passage.ticks[next], passage.store) = (time(tick)?, time(store)?);
        if next == RETIRE {
            return Some(passage);
        }
        self.open = Some((passage, next + 1));
        None
    }
}

/// `81000:0x00400270:0:8:  movz   x0, #1, #0`.
fn fetch(rest: &str) -> Option<Passage> {
    let mut parts = rest.splitn(5, ':');
    let tick = parts.next()?.parse().ok()?;
    let address = parts.next()?.strip_prefix("0x")?;
    let mut passage = Passage {
        address: u64::from_str_radix(address, 16).ok()?,
        micro: parts.next()?.parse().ok()?,
        sequence: parts.next()?.parse().ok()?,
        text: parts.next()?.split_whitespace().collect::<Vec<_>>().join(" "),
        ..Passage::default()
    };
    passage.ticks[0] = Some(tick);
    Some(passage)
}

/// Instructions in full, for a pipeline that names no more than their mnemonics: out of the flag Exec, if it is in the same trace.
#[derive(Default)]
struct Texts {
    of: HashMap<(u64, u32), String>,
    /// Whose they are does not matter.
    processors: Processors,
}

impl Texts {
    fn learn(&mut self, said: &Said) {
        // The line of an instruction that is broken up has no class.
        if let Some(line) = Executed::parse(said, &mut self.processors).filter(|line| line.class.is_some()) {
            let text = || line.text.split_whitespace().collect::<Vec<_>>().join(" ");
            self.of
                .entry((line.address, line.micro.unwrap_or(0)))
                .or_insert_with(text);
        }
    }

    fn complete(&self, passage: &mut Passage) {
        let full = self.of.get(&(passage.address, passage.micro));
        // Another program may have been at that address.
        let same = |full: &&String| full.split(' ').next() == Some(&passage.text);
        if let Some(full) = full.filter(same).filter(|_| passage.model == Model::Minor) {
            passage.text.clone_from(full);
        }
    }
}

/// Each passage that is wanted, in the order of fetching, with times since the command's start.
pub fn passages(
    input: &Input,
    symbols: &mut Symbols,
    filter: &Filter,
    retired: bool,
    mut visit: impl FnMut(&Passage, Place, &Symbols) -> Result<Flow>,
) -> Result<Seen> {
    let (mut lines, mut clock, mut seen) = (input.lines()?, input.clock(), Seen::default());
    let (mut parser, mut minor, mut window) = (
        Parser::default(),
        minor::Parser::new(input.processors.clone()),
        BTreeMap::new(),
    );
    let (mut texts, mut number) = (Texts::default(), 0u64);
    let (mut found, mut others, mut matching) = (0, 0, 0);
    let mut hand_on = |(_, mut passage): (_, Passage), texts: &Texts| -> Result<Flow> {
        if passage.model == Model::O3 {
            filter.refuse_cpu("O3PipeView")?;
        }
        texts.complete(&mut passage);
        let place = symbols.find(passage.address, None);
        match filter.cpu(passage.cpu) {
            true => found += 1,
            false => others += 1,
        }
        let wanted = filter.time_and_cpu(passage.fetched(), Some(passage.cpu)) && filter.place(symbols, place);
        let wanted = wanted && !(retired && passage.squashed());
        matching += u64::from(wanted);
        match wanted {
            true => visit(&passage, place, symbols),
            false => Ok(Flow::Continue(())),
        }
    };
    let mut flow = Flow::Continue(());
    while flow.is_continue()
        && let Some(line) = lines
            .next_line()
            .map_err(|error| Error::io("cannot read", &input.file, error))?
    {
        let gone = match (line.starts_with(O3_PREFIX), Said::parse(line)) {
            (true, _) => parser.line(line).into_iter().collect(),
            (false, Some(said)) => {
                texts.learn(&said);
                minor.said(&said)
            }
            (false, None) => continue,
        };
        seen.messages += 1;
        for passage in gone {
            number += 1;
            let tick = passage.fetched();
            let Some(since) = clock.since_start(tick) else { continue };
            let passage = passage.since(tick - since);
            window.insert((since, passage.sequence, number), passage);
        }
        while flow.is_continue()
            && window.len() > WINDOW
            && let Some(first) = window.pop_first()
        {
            let over = filter.over(first.0.0);
            flow = if over { Flow::Break(()) } else { hand_on(first, &texts)? };
        }
    }
    while flow.is_continue()
        && let Some(first) = window.pop_first()
    {
        flow = hand_on(first, &texts)?;
    }
    (seen.found, seen.others, seen.wanted) = (found, others, matching);
    (seen.lines, seen.cut) = (lines.number(), lines.cut());
    Ok(seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETIRED: &str = "O3PipeView:fetch:81000:0x00400260:1:2:  strxi_uop   x29, [ureg0]
O3PipeView:decode:82000
O3PipeView:rename:82500
O3PipeView:dispatch:83500
O3PipeView:issue:83500
O3PipeView:complete:84500
O3PipeView:retire:85500:store:149500
";
    const SQUASHED: &str = "O3PipeView:fetch:81000:0x00400270:0:8:  movz   x0, #1, #0
O3PipeView:decode:0
O3PipeView:rename:0
O3PipeView:dispatch:0
O3PipeView:issue:0
O3PipeView:complete:0
O3PipeView:retire:0:store:0
";

    fn parse(text: &str) -> Vec<Passage> {
        let mut parser = Parser::default();
        text.lines().filter_map(|line| parser.line(line)).collect()
    }

    #[test]
    fn an_instruction_has_its_stages() {
        let all = parse(&format!("{RETIRED}{SQUASHED}"));
        assert_eq!(
            (all[0].sequence, all[0].micro, all[0].text.as_str()),
            (2, 1, "strxi_uop x29, [ureg0]")
        );
        assert_eq!(
            (all[0].squashed(), all[0].store, all[0].ended()),
            (false, Some(149_500), 149_500)
        );
        assert_eq!(all[0].ticks[4], Some(83_500));
        assert_eq!(
            (all[1].squashed(), all[1].address, all[1].ended()),
            (true, 0x400270, 81_000)
        );
    }

    #[test]
    fn half_an_instruction_is_none() {
        let cut = RETIRED
            .lines()
            .take(4)
            .map(|line| format!("{line}\n"))
            .collect::<String>();
        assert_eq!(parse(&cut), []);
        assert_eq!(parse(&format!("{cut}{SQUASHED}")).len(), 1);
        assert_eq!(parse(&RETIRED.replace("rename", "renane")), []);
        let behind = RETIRED
            .lines()
            .skip(3)
            .map(|line| format!("{line}\n"))
            .collect::<String>();
        assert_eq!(parse(&behind), []);
    }

    #[test]
    fn passages_are_in_the_order_of_fetching() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("trace");
        std::fs::write(&file, format!("{SQUASHED}{RETIRED}")).unwrap();
        let input = super::super::input::find(&file.to_string_lossy()).unwrap();
        let filter = Filter::new(
            &super::super::filter::Window::default(),
            super::super::filter::Side::Both,
            &[],
        )
        .unwrap();
        let mut order = Vec::new();
        let seen = passages(&input, &mut Symbols::default(), &filter, false, |passage, _, _| {
            order.push(passage.sequence);
            Ok(Flow::Continue(()))
        });
        assert_eq!((order, seen.unwrap().found), (vec![2, 8], 2));
    }
}
