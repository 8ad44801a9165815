//! Each instruction's way through a pipeline, whichever processor model says it, in the order of fetching.
//!
//! gem5 speaks of an instruction when it forgets it: of a squashed one at another time than of its neighbours. So they are put into
//! order within a window.

use std::collections::{BTreeMap, HashMap};

use crate::diag::{Error, Result};

use super::filter::Filter;
use super::gem5::exec::Executed;
use super::gem5::lines::{Lines, Said};
use super::gem5::passage::{Model, Passage};
use super::gem5::processors::Processors;
use super::gem5::{minor, o3};
use super::input::Input;
use super::symbols::{Place, Symbols};
use super::walk::{Flow, Seen};

/// More than any processor has in flight.
const WINDOW: usize = 4096;

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
        if let Some(line) = Executed::parse(said, &mut self.processors).filter(|line| line.details.class.is_some()) {
            let text = || line.text.split_whitespace().collect::<Vec<_>>().join(" ");
            self.of
                .entry((line.address, line.details.micro.unwrap_or(0)))
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
    let traced = input.gem5()?;
    let (mut lines, mut clock, mut seen) = (Lines::open(&input.file)?, traced.clock(), Seen::default());
    let (mut o3, mut minor, mut window) = (
        o3::Parser::default(),
        minor::Parser::new(traced.processors.clone()),
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
        let gone = match (line.starts_with(o3::PREFIX), Said::parse(line)) {
            (true, _) => o3.line(line).into_iter().collect(),
            (false, Some(said)) => {
                texts.learn(&said);
                minor.said(&said)
            }
            (false, None) => continue,
        };
        seen.messages += 1;
        input.check_deadline(seen.messages)?;
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
    (seen.lines, seen.broken) = (lines.number(), lines.broken());
    Ok(seen)
}

#[cfg(test)]
mod tests {
    use super::super::filter::{Side, Window};
    use super::super::input;
    use super::*;

    /// The lines of an instruction that was fetched at this tick and got no further.
    fn squashed(tick: u64, sequence: u64) -> String {
        let stages =
            ["decode", "rename", "dispatch", "issue", "complete"].map(|stage| format!("O3PipeView:{stage}:0\n"));
        format!(
            "O3PipeView:fetch:{tick}:0x00400270:0:{sequence}:  nop\n{}O3PipeView:retire:0:store:0\n",
            stages.concat()
        )
    }

    #[test]
    fn passages_are_in_the_order_of_fetching() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("trace");
        std::fs::write(&file, squashed(82_000, 8) + &squashed(81_000, 2)).unwrap();
        let input = input::find(&file.to_string_lossy()).unwrap();
        let filter = Filter::new(&Window::default(), Side::Both, &[]).unwrap();
        let mut order = Vec::new();
        let seen = passages(&input, &mut Symbols::default(), &filter, false, |passage, _, _| {
            order.push(passage.sequence);
            Ok(Flow::Continue(()))
        });
        assert_eq!((order, seen.unwrap().found), (vec![2, 8], 2));
    }
}
