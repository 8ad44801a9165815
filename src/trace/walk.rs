//! A trace from its beginning to its end, each line given to whoever reads it.

use std::ops::ControlFlow;

use crate::diag::{Error, Result};

use super::calls::Step;
use super::file::Broken;
use super::filter::Filter;
use super::gem5::exec::{Counter, Details, Executed};
use super::gem5::lines::{Lines, Said};
use super::gem5::o3;
use super::gem5::processors::Processors;
use super::input::{Input, Machine};
use super::qemu::blocks::{self, Block};
use super::qemu::images::{Home, Side};
use super::qemu::traced::Traced;
use super::symbols::{Place, Symbols};

/// Says whether more is wanted.
pub type Flow = ControlFlow<()>;

/// What a trace turned out to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    pub lines: u64,
    /// Messages of gem5's, of any flag.
    pub messages: u64,
    /// Those that were looked for.
    pub found: u64,
    /// Those that would have been, if they were of the wanted processor.
    pub others: u64,
    /// Those that patterns and options let through.
    pub wanted: u64,
    pub broken: Option<Broken>,
}

impl Seen {
    /// Nothing was found: because it is no trace, or because the flag was not set.
    pub fn check(&self, input: &Input, what: &str, flag: &str) -> Result<()> {
        if self.found > 0 {
            return match self.wanted {
                0 => Err(nothing_matches(input)),
                _ => Ok(()),
            };
        }
        if self.others > 0 {
            let message = format!("{} has no {what} of this processor", input.file.display());
            return Err(
                Error::usage("lkmc::trace::no_processor", message).help("there are some of others: leave `--cpu` out")
            );
        }
        if self.messages == 0 && matches!(input.machine, Machine::Gem5(_)) && (self.lines > 0 || input.is_foreign()) {
            let message = format!("{} is no trace of gem5's or QEMU's", input.file.display());
            return Err(Error::usage("lkmc::trace::format", message).help(
                "gem5's lines begin with a tick and an object, or with `O3PipeView:`, a file of QEMU's with its name",
            ));
        }
        Err(input.nothing(what, flag))
    }

    /// What a reader has to know of the end.
    pub fn tell(&self, input: &Input) {
        let emulator = input.machine.emulator();
        let text = match (self.broken, &input.machine) {
            (_, Machine::Qemu(Traced { cut: Some(why), .. })) => format!("is cut, {why}; the run went on"),
            (Some(Broken::Off), _) => format!("is incomplete: {emulator} was killed, or is still writing it"),
            (Some(Broken::Damaged), _) => "is damaged: what is shown ends where it is".to_owned(),
            (None, Machine::Gem5(traced)) => match traced.cut_after() {
                Some(after) => {
                    let after = after / 1_000_000;
                    format!("ends {after} us after the command's start; the command went on")
                }
                None => return,
            },
            (None, Machine::Qemu(_)) => return,
        };
        eprintln!("lkmc: the trace {text}");
    }
}

/// A pattern with a slip in it is not to be taken for what never happened.
fn nothing_matches(input: &Input) -> Error {
    let message = format!("nothing in {} matches", input.file.display());
    Error::usage("lkmc::trace::no_match", message).help("without patterns, a side and a time all of it is shown")
}

/// Each line that an object said, with the time since the command's start; none of what is not the command's.
pub fn messages(input: &Input, filter: &Filter, mut visit: impl FnMut(&Said, u64) -> Result<Flow>) -> Result<Seen> {
    let (mut clock, mut seen) = (input.gem5()?.clock(), Seen::default());
    let mut lines = Lines::open(&input.file)?;
    while let Some(line) = lines
        .next_line()
        .map_err(|error| Error::io("cannot read", &input.file, error))?
    {
        if line.starts_with(o3::PREFIX) {
            seen.messages += 1;
            continue;
        }
        let Some(said) = Said::parse(line) else { continue };
        seen.messages += 1;
        input.check_deadline(seen.messages)?;
        let Some(since) = clock.since_start(said.tick) else {
            continue;
        };
        if filter.long_over(since) {
            break;
        }
        if !filter.over(since) && visit(&said, since)?.is_break() {
            break;
        }
    }
    seen.lines = lines.number();
    seen.broken = lines.broken();
    Ok(seen)
}

/// One that was executed, or a micro-operation of one.
pub struct Instruction<'a> {
    pub cpu: u32,
    pub address: u64,
    /// With single blanks.
    pub text: &'a str,
    pub details: Details<'a>,
    /// Since the command's start, in gem5's ticks; on QEMU the number of instructions that all processors have executed since.
    pub since: u64,
    pub place: Place,
    /// It is not a further micro-operation of the instruction before it.
    pub begins: bool,
    /// The filter lets it through.
    pub wanted: bool,
    /// In bytes; 0 where that is not known.
    pub size: u64,
}

impl Instruction<'_> {
    pub fn step(&self) -> Step<'_> {
        Step {
            tick: self.since,
            cpu: self.cpu,
            address: self.address,
            size: self.size,
            mnemonic: self.text.split(' ').next().unwrap_or_default(),
            place: self.place,
        }
    }
}

/// Each instruction that was executed, also those that the filter holds back: a stack is made of all of them.
pub fn instructions(
    input: &Input,
    symbols: &mut Symbols,
    filter: &Filter,
    visit: impl FnMut(&Instruction, &Symbols) -> Result<Flow>,
) -> Result<Seen> {
    match &input.machine {
        Machine::Gem5(traced) => in_lines(input, traced.processors.clone(), symbols, filter, visit),
        Machine::Qemu(traced) => in_blocks(input, traced.boot, symbols, filter, visit),
    }
}

fn in_lines(
    input: &Input,
    mut processors: Processors,
    symbols: &mut Symbols,
    filter: &Filter,
    mut visit: impl FnMut(&Instruction, &Symbols) -> Result<Flow>,
) -> Result<Seen> {
    let (mut counter, mut found, mut others, mut matching) = (Counter::default(), 0, 0, 0);
    let mut seen = messages(input, filter, |said, since| {
        let Some(line) = Executed::parse(said, &mut processors) else {
            return Ok(Flow::Continue(()));
        };
        match filter.cpu(line.cpu) {
            true => found += 1,
            false => others += 1,
        }
        let begins = counter.begins(&line);
        let place = symbols.find(line.address, line.symbol);
        let wanted = filter.time_and_cpu(since, Some(line.cpu)) && filter.place(symbols, place);
        matching += u64::from(wanted);
        let instruction = Instruction {
            cpu: line.cpu,
            address: line.address,
            text: line.text,
            details: line.details,
            since,
            place,
            begins,
            wanted,
            size: 0,
        };
        visit(&instruction, symbols)
    })?;
    (seen.found, seen.others, seen.wanted) = (found, others, matching);
    Ok(seen)
}

fn in_blocks(
    input: &Input,
    boot: bool,
    symbols: &mut Symbols,
    filter: &Filter,
    mut visit: impl FnMut(&Instruction, &Symbols) -> Result<Flow>,
) -> Result<Seen> {
    filter.refuse_times()?;
    let unreadable = |error| Error::io("cannot read", &input.file, error);
    let places = places(input, boot, symbols, filter)?;
    let (mut blocks, mut since, mut seen) = (input.blocks()?, 0, Seen::default());
    'trace: while let Some(ran) = blocks.next_ran().map_err(unreadable)? {
        let (block, places) = (&blocks.known()[ran.block], &places[ran.block]);
        for (instruction, (place, meant)) in block.instructions.iter().zip(places).take(ran.begun) {
            input.check_deadline(since)?;
            if filter.over(since) {
                break 'trace;
            }
            match filter.cpu(ran.cpu) {
                true => seen.found += 1,
                false => seen.others += 1,
            }
            let wanted = *meant && filter.time_and_cpu(since, Some(ran.cpu));
            seen.wanted += u64::from(wanted);
            let instruction = Instruction {
                cpu: ran.cpu,
                address: instruction.address,
                text: &instruction.text,
                details: Details::default(),
                since,
                place: *place,
                begins: true,
                wanted,
                size: instruction.bytes.len() as u64,
            };
            since += 1;
            if visit(&instruction, symbols)?.is_break() {
                break 'trace;
            }
        }
    }
    (seen.lines, seen.messages, seen.broken) = (since, since, blocks.broken());
    Ok(seen)
}

/// How often each instruction was executed that the filter lets through, by where it is. An address may come several times.
pub fn counts(
    input: &Input,
    symbols: &mut Symbols,
    filter: &Filter,
    mut count: impl FnMut(u64, Place, u64),
) -> Result<Seen> {
    match &input.machine {
        Machine::Gem5(traced) => in_lines(input, traced.processors.clone(), symbols, filter, |it, _| {
            if it.begins && it.wanted {
                count(it.address, it.place, 1);
            }
            Ok(Flow::Continue(()))
        }),
        Machine::Qemu(traced) => by_block(input, traced.boot, symbols, filter, count),
    }
}

fn by_block(
    input: &Input,
    boot: bool,
    symbols: &mut Symbols,
    filter: &Filter,
    mut count: impl FnMut(u64, Place, u64),
) -> Result<Seen> {
    filter.refuse_times()?;
    let unreadable = |error| Error::io("cannot read", &input.file, error);
    let places = places(input, boot, symbols, filter)?;
    // Of each block, by how much more often an instruction was executed than the one before it.
    let mut rises: Vec<_> = places.iter().map(|block| vec![0i64; block.len() + 1]).collect();
    let (mut blocks, mut number, mut since, mut seen) = (input.blocks()?, 0, 0, Seen::default());
    while let Some(ran) = blocks.next_ran().map_err(unreadable)? {
        input.check_deadline(number)?;
        if filter.over(since) {
            break;
        }
        let (begun, times) = (ran.begun as u64, filter.times(since, ran.begun));
        (number, since) = (number + 1, since + begun);
        if !filter.cpu(ran.cpu) {
            seen.others += begun;
            continue;
        }
        seen.found += begun;
        rises[ran.block][times.start] += 1;
        rises[ran.block][times.end] -= 1;
    }
    for ((block, places), rises) in blocks.known().iter().zip(&places).zip(&rises) {
        let mut executed = 0;
        for ((instruction, (place, meant)), rise) in block.instructions.iter().zip(places).zip(rises) {
            executed += rise;
            if *meant && executed > 0 {
                seen.wanted += executed as u64;
                count(instruction.address, *place, executed as u64);
            }
        }
    }
    (seen.lines, seen.messages, seen.broken) = (since, since, blocks.broken());
    Ok(seen)
}

/// Where each instruction of each block is, and whether the filter lets such ones through. Modules and programs are told by all that
/// was executed of them, so the whole trace is read for this, though not its executions.
fn places(input: &Input, boot: bool, symbols: &mut Symbols, filter: &Filter) -> Result<Vec<Vec<(Place, bool)>>> {
    let blocks = input.blocks()?.read_descriptions();
    let blocks = blocks.map_err(|error| Error::io("cannot read", &input.file, error))?;
    let images = input.images()?;
    symbols.add(&images)?;
    // They are numbered in the order in which they were executed first.
    let is_kernel = |block: &Block| symbols.is_kernel(block.address());
    let mapped = blocks.iter().position(is_kernel).filter(|_| boot).unwrap_or(0);
    let homes = images.find(&blocks, |number, block| match is_kernel(block) {
        true => (!symbols.is_in_vmlinux(block.address())).then_some(Side::Kernel),
        false if number < mapped => Some(Side::Early),
        false => Some(Side::User),
    });
    let places = |(block, home): (&Block, &Option<Home>)| {
        let place = |instruction: &blocks::Instruction| {
            let place = match home {
                Some(home) => {
                    let address = home.address + (instruction.address - block.address());
                    symbols.find_at(instruction.address, Home { address, ..*home })
                }
                None => symbols.find(instruction.address, None),
            };
            (place, filter.place(symbols, place))
        };
        block.instructions.iter().map(place).collect()
    };
    Ok(blocks.iter().zip(&homes).map(places).collect())
}
