//! The pipeline of MinorCPU and HPI, out of what the flags Fetch, Decode and MinorExecute say as it goes on. (The flag that is made
//! for this, MinorTrace, ends gem5 24.0 at the first instruction with an SVE predicate, and leaves out which stage a line is of.)
//!
//! Instructions leave this pipeline in the order in which they came. What is still in it when a younger one has left was fetched for
//! nothing.

use std::collections::{BTreeMap, VecDeque};

use super::lines::Said;
use super::passage::{Model, Passage};
use super::processors::Processors;

/// Lines of code that are on their way; those that nobody took are forgotten.
const LINES: usize = 256;
/// Instructions of a processor that never left, when its trace begins or ends in the middle.
const YOUNG: usize = 4096;

/// Places in [`Passage::ticks`], as [`Model::stages`] has them.
const LINE: usize = 0;
const FETCH: usize = 1;
const DECODE: usize = 2;
const ISSUE: usize = 3;
const MEMORY: usize = 4;
const RETIRE: usize = 5;

/// What gem5 prints of an instruction: `0/1.1/1/9.10 pc: 0x4000f4 (addxi_uop)`.
struct Named<'a> {
    thread: &'a str,
    line: &'a str,
    fetched: u64,
    /// From decoding on. The operations that an instruction is broken into share the other number.
    executed: Option<u64>,
    address: u64,
    mnemonic: &'a str,
}

impl<'a> Named<'a> {
    fn parse(text: &'a str) -> Option<Named<'a>> {
        let (id, rest) = text.split_once(" pc: 0x")?;
        let (line, numbers) = id.rsplit_once('/')?;
        let (fetched, executed) = match numbers.split_once('.') {
            Some((fetched, executed)) => (fetched, Some(executed.parse().ok()?)),
            None => (numbers, None),
        };
        let (address, mnemonic) = rest.split_once(" (")?;
        Some(Named {
            thread: line.split('/').next()?,
            line,
            fetched: fetched.parse().ok()?,
            executed,
            address: u64::from_str_radix(address, 16).ok()?,
            mnemonic: mnemonic.split_once(')')?.0,
        })
    }
}

/// An instruction between Fetch2 and its end.
#[derive(Default)]
struct Young {
    cpu: u32,
    address: u64,
    mnemonic: String,
    line: Option<u64>,
    fetch: u64,
    /// When each of its operations was decoded, and what it is called.
    decoded: Vec<(u64, String)>,
    /// By their number of execution.
    operations: BTreeMap<u64, Passage>,
    /// How many operations have left.
    left: usize,
}

/// One thread of one processor.
#[derive(Default)]
struct Thread {
    cpu: u32,
    /// When they were asked for.
    lines: VecDeque<(String, u64)>,
    young: BTreeMap<u64, Young>,
    /// The operation that was discarded last. Where it should have been committed, it is said to be completed too.
    discarded: Option<u64>,
}

/// Puts messages together. Passages come out in the order in which they left.
#[derive(Default)]
pub struct Parser {
    threads: BTreeMap<(String, String), Thread>,
    processors: Processors,
}

/// Where in the pipeline, and what stands before the instruction.
const EVENTS: &[(&str, &str, Event)] = &[
    ("fetch2", "inst: ", Event::Extracted),
    ("decode", "inst: ", Event::Decoded),
    ("execute", "Issuing inst: ", Event::Reached(ISSUE)),
    ("execute", "Issuing mem ref early inst: ", Event::Reached(MEMORY)),
    ("execute", "Initiating memRef inst: ", Event::Reached(MEMORY)),
    ("execute", "Completed inst: ", Event::Left(true)),
    ("execute", "Discarding inst: ", Event::Left(false)),
];

#[derive(Clone, Copy)]
enum Event {
    Extracted,
    Decoded,
    Reached(usize),
    /// With what it has done, or with nothing.
    Left(bool),
}

impl Parser {
    pub fn new(processors: Processors) -> Parser {
        Parser {
            processors,
            ..Parser::default()
        }
    }

    /// What has left the pipeline with this message.
    pub fn said(&mut self, said: &Said) -> Vec<Passage> {
        let Some((name, unit)) = said.object.rsplit_once('.') else {
            return Vec::new();
        };
        if unit == "fetch1" {
            if let Some(rest) = said.words.strip_prefix("Inserting fetch into the fetch queue ")
                && let Some(id) = rest.split(' ').next()
            {
                self.line(name, id, said.tick);
            }
            return Vec::new();
        }
        let begins = |start: &str| said.words.starts_with(start);
        let of_unit = EVENTS.iter().find_map(|(name, before, event)| {
            if *name != unit {
                return None;
            }
            // In front of the instruction there is more in these two.
            let wanted = match event {
                Event::Extracted => begins("Instruction extracted from line "),
                Event::Decoded => begins("Passing on inst: ") || begins("Microop decomposition "),
                _ => begins(before),
            };
            let at = said.words.find(before).filter(|_| wanted)?;
            Some((Named::parse(&said.words[at + before.len()..])?, *event))
        });
        let Some((named, event)) = of_unit else {
            return Vec::new();
        };
        let key = (name.to_owned(), named.thread.to_owned());
        let thread = self.threads.entry(key).or_default();
        thread.cpu = self.processors.number(name);
        match event {
            Event::Extracted => thread.extracted(&named, said.tick),
            Event::Decoded => thread.decoded(&named, said.tick),
            Event::Reached(stage) => thread.reached(&named, stage, said.tick),
            Event::Left(retired) => return thread.left(&named, retired.then_some(said.tick)),
        }
        Vec::new()
    }

    fn line(&mut self, name: &str, id: &str, tick: u64) {
        let thread = id.split('/').next().unwrap_or_default();
        let key = (name.to_owned(), thread.to_owned());
        let lines = &mut self.threads.entry(key).or_default().lines;
        if lines.len() == LINES {
            lines.pop_front();
        }
        lines.push_back((id.to_owned(), tick));
    }
}

impl Thread {
    /// The first instruction out of a line has waited for it.
    fn extracted(&mut self, named: &Named, tick: u64) {
        let asked = self.lines.iter().position(|(id, _)| id == named.line);
        let young = Young {
            cpu: self.cpu,
            address: named.address,
            mnemonic: named.mnemonic.to_owned(),
            line: asked.and_then(|at| self.lines.remove(at)).map(|(_, tick)| tick),
            fetch: tick,
            ..Young::default()
        };
        self.young.insert(named.fetched, young);
        if self.young.len() > YOUNG {
            self.young.pop_first();
        }
    }

    fn decoded(&mut self, named: &Named, tick: u64) {
        if let Some(young) = self.young.get_mut(&named.fetched) {
            young.decoded.push((tick, named.mnemonic.to_owned()));
        }
    }

    fn reached(&mut self, named: &Named, stage: usize, tick: u64) {
        let passage = named
            .executed
            .zip(self.young.get_mut(&named.fetched))
            .and_then(|(number, young)| young.operation(named.fetched, number));
        if let Some(passage) = passage {
            // An access that is tried again began when it was tried first.
            passage.ticks[stage].get_or_insert(tick);
        }
    }

    /// Everything that is older has left too, or else it has been forgotten.
    fn left(&mut self, named: &Named, retired: Option<u64>) -> Vec<Passage> {
        let mut gone = Vec::new();
        if retired.is_some() && named.executed == self.discarded {
            return gone;
        }
        if retired.is_none() {
            self.discarded = named.executed;
        } else {
            let younger = self.young.split_off(&named.fetched);
            for (number, young) in std::mem::replace(&mut self.young, younger) {
                gone.extend(young.squashed(number));
            }
        }
        let Some((number, young)) = named.executed.zip(self.young.get_mut(&named.fetched)) else {
            return gone;
        };
        if young.operation(named.fetched, number).is_some()
            && let Some(mut passage) = young.operations.remove(&number)
        {
            passage.ticks[RETIRE] = retired;
            gone.push(passage);
            young.left += 1;
            // Decoding goes on meanwhile, so there may be more of it; the next one that leaves will tell.
        }
        gone
    }
}

impl Young {
    /// The operation of this number: in its turn, if nothing was heard of it yet.
    fn operation(&mut self, sequence: u64, number: u64) -> Option<&mut Passage> {
        let next = self.left + self.operations.len();
        if !self.operations.contains_key(&number) {
            let passage = self.passage(sequence, next);
            self.operations.insert(number, passage);
        }
        self.operations.get_mut(&number)
    }

    fn passage(&self, sequence: u64, micro: usize) -> Passage {
        let decoded = self.decoded.get(micro);
        let mut passage = Passage {
            model: Model::Minor,
            cpu: self.cpu,
            sequence,
            address: self.address,
            micro: micro as u32,
            text: decoded.map_or(&self.mnemonic, |(_, mnemonic)| mnemonic).clone(),
            ..Passage::default()
        };
        // The whole instruction was fetched for its first operation.
        passage.ticks[LINE] = self.line.filter(|_| micro == 0);
        passage.ticks[FETCH] = Some(self.fetch);
        passage.ticks[DECODE] = decoded.map(|(tick, _)| *tick);
        passage
    }

    /// What has not left of an instruction when a younger one does. One that has left as a whole is none.
    fn squashed(mut self, sequence: u64) -> Vec<Passage> {
        let mut gone: Vec<Passage> = std::mem::take(&mut self.operations).into_values().collect();
        let heard = self.left + gone.len();
        if heard == 0 {
            gone.push(self.passage(sequence, 0));
        }
        gone
    }
}

#[cfg(test)]
mod tests;
