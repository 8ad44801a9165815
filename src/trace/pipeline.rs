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

/// Every processor model that may be speaking.
struct Models {
    o3: o3::Parser,
    minor: minor::Parser,
    texts: Texts,
}

impl Models {
    fn new(processors: Processors) -> Models {
        Models {
            o3: o3::Parser::default(),
            minor: minor::Parser::new(processors),
            texts: Texts::default(),
        }
    }

    /// The passages that a line completes; none of what is no message.
    fn line(&mut self, line: &str) -> Option<Vec<Passage>> {
        if line.starts_with(o3::PREFIX) {
            return Some(self.o3.line(line).into_iter().collect());
        }
        let said = Said::parse(line)?;
        self.texts.learn(&said);
        Some(self.minor.said(&said))
    }
}

/// Passages on their way into the order of fetching.
#[derive(Default)]
struct Window {
    /// By time, by sequence number, and among equals as they came.
    of: BTreeMap<(u64, u64, u64), Passage>,
    came: u64,
}

impl Window {
    fn put(&mut self, passage: Passage) {
        self.came += 1;
        self.of
            .insert((passage.fetched(), passage.sequence, self.came), passage);
    }

    /// The first one, if none that is still to come was fetched before it.
    fn settled(&mut self) -> Option<Passage> {
        (self.of.len() > WINDOW).then(|| self.first()).flatten()
    }

    fn first(&mut self) -> Option<Passage> {
        self.of.pop_first().map(|(_, passage)| passage)
    }
}

/// Tells what is wanted from what is not, and counts both.
struct Sieve<'a, V> {
    symbols: &'a mut Symbols,
    filter: &'a Filter,
    retired: bool,
    visit: V,
    seen: Seen,
}

impl<V: FnMut(&Passage, Place, &Symbols) -> Result<Flow>> Sieve<'_, V> {
    fn take(&mut self, mut passage: Passage, texts: &Texts) -> Result<Flow> {
        let filter = self.filter;
        if passage.model == Model::O3 {
            filter.refuse_cpu("O3PipeView")?;
        }
        texts.complete(&mut passage);
        let place = self.symbols.find(passage.address, None);
        match filter.cpu(passage.cpu) {
            true => self.seen.found += 1,
            false => self.seen.others += 1,
        }
        let wanted = filter.time_and_cpu(passage.fetched(), Some(passage.cpu)) && filter.place(self.symbols, place);
        let wanted = wanted && !(self.retired && passage.squashed());
        self.seen.wanted += u64::from(wanted);
        match wanted {
            true => (self.visit)(&passage, place, self.symbols),
            false => Ok(Flow::Continue(())),
        }
    }
}

/// Each passage that is wanted, in the order of fetching, with times since the command's start.
pub fn passages(
    input: &Input,
    symbols: &mut Symbols,
    filter: &Filter,
    retired: bool,
    visit: impl FnMut(&Passage, Place, &Symbols) -> Result<Flow>,
) -> Result<Seen> {
    let traced = input.gem5()?;
    let (mut lines, mut clock) = (Lines::open(&input.file)?, traced.clock());
    let (mut models, mut window) = (Models::new(traced.processors.clone()), Window::default());
    let mut sieve = Sieve {
        symbols,
        filter,
        retired,
        visit,
        seen: Seen::default(),
    };
    let unreadable = |error| Error::io("cannot read", &input.file, error);
    let mut flow = Flow::Continue(());
    while flow.is_continue()
        && let Some(line) = lines.next_line().map_err(unreadable)?
    {
        let Some(complete) = models.line(line) else { continue };
        sieve.seen.messages += 1;
        input.check_deadline(sieve.seen.messages)?;
        for passage in complete {
            let tick = passage.fetched();
            if let Some(since) = clock.since_start(tick) {
                window.put(passage.since(tick - since));
            }
        }
        while flow.is_continue()
            && let Some(first) = window.settled()
        {
            flow = match filter.over(first.fetched()) {
                true => Flow::Break(()),
                false => sieve.take(first, &models.texts)?,
            };
        }
    }
    while flow.is_continue()
        && let Some(first) = window.first()
    {
        flow = sieve.take(first, &models.texts)?;
    }
    Ok(Seen {
        lines: lines.number(),
        broken: lines.broken(),
        ..sieve.seen
    })
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
