//! Who called whom, from instructions alone: a stack for each processor that follows calls, returns and exceptions.
//!
//! Nothing in a trace says which task runs. So a jump that no frame explains, as a switch between tasks is one, ends all frames of
//! its side, and the function at its end begins anew.

use std::collections::HashMap;

use super::per_cpu::PerCpu;
use super::symbols::{Function, Place};

/// Deeper than any stack of a kernel; what recurses further is shown as one function.
const DEEPEST: usize = 512;

/// What is known of one instruction.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    pub tick: u64,
    pub cpu: u32,
    pub address: u64,
    /// In bytes; 0 where that is not known.
    pub size: u64,
    pub mnemonic: &'a str,
    pub place: Place,
}

impl Step<'_> {
    fn spot(&self) -> Spot {
        Spot {
            address: self.address,
            size: self.size,
        }
    }
}

/// A function that is being executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    pub function: Function,
    pub entered: u64,
    pub kernel: bool,
    /// Of this function and of all that it called.
    pub instructions: u64,
    /// The call; none for what was not called.
    back: Option<Spot>,
    /// What it interrupted goes on behind it.
    exception: bool,
}

/// What happened to a stack; the number is how deep it was before an entry, or is after an exit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    Enter {
        cpu: u32,
        tick: u64,
        depth: usize,
        function: Function,
    },
    Leave {
        cpu: u32,
        tick: u64,
        depth: usize,
        frame: Frame,
    },
}

#[derive(Default)]
struct Stack {
    frames: Vec<Frame>,
    last: Option<Last>,
    /// The program's last instruction before the kernel was entered.
    user: Option<Spot>,
}

/// An instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Spot {
    address: u64,
    /// 0 if it is not known.
    size: u64,
}

impl Spot {
    /// Where the size is not known it is Arm's: all calls are four bytes long but one of Thumb's.
    fn is_before(self, address: u64) -> bool {
        match self.size {
            0 => address == self.address + 4 || address == self.address + 2,
            size => address == self.address.wrapping_add(size),
        }
    }

    /// Whether this one comes behind it, or is it again.
    fn goes_on_at(self, address: u64) -> bool {
        match self.size {
            0 => address.wrapping_sub(self.address) <= 4,
            _ => address == self.address || self.is_before(address),
        }
    }
}

#[derive(Clone, Copy)]
struct Last {
    spot: Spot,
    call: bool,
    place: Place,
    tick: u64,
}

/// All processors' stacks.
#[derive(Default)]
pub struct Stacks {
    of: PerCpu<Stack>,
    /// Where functions named like exception vectors are; asked once for each function.
    vectors: HashMap<Function, bool>,
}

impl Stacks {
    /// Follows one instruction; `name` tells a function's name, `say` hears what became of the stack.
    pub fn step<'n>(&mut self, step: Step, name: impl FnOnce(Function) -> &'n str, mut say: impl FnMut(Event)) {
        let function = step.place.function;
        let vectors = &mut self.vectors;
        // Asked of few instructions.
        let is_entry = || *vectors.entry(function).or_insert_with(|| is_vector(name(function)));
        let stack = self.of.of(step.cpu);
        stack.follow(&step, is_entry, &mut say);
        if let Some(top) = stack.frames.last_mut() {
            top.instructions += 1;
        }
        stack.last = Some(Last {
            spot: step.spot(),
            call: is_call(step.mnemonic),
            place: step.place,
            tick: step.tick,
        });
    }

    /// The end of the trace is the end of all functions.
    pub fn finish(&mut self, mut say: impl FnMut(Event)) {
        for cpu in self.of.cpus() {
            let stack = self.of.of(cpu);
            let tick = stack.last.map_or(0, |last| last.tick);
            stack.unwind(0, cpu, tick, &mut say);
        }
    }
}

/// On all architectures, in the words of gem5 and of QEMU.
fn is_call(mnemonic: &str) -> bool {
    const CONDITIONS: [&str; 16] = [
        "eq", "ne", "cs", "cc", "hs", "lo", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le",
    ];
    match mnemonic {
        "bl" | "blx" | "blr" | "blraa" | "blrab" | "blraaz" | "blrabz" => true,
        "call" | "callq" | "calll" | "callw" | "lcall" | "lcallq" | "lcalll" => true,
        "jal" | "jalr" | "c.jal" | "c.jalr" => true,
        // Not `bls`, which is a jump.
        _ => mnemonic
            .strip_prefix("bl")
            .is_some_and(|rest| CONDITIONS.contains(&rest.strip_prefix('x').unwrap_or(rest))),
    }
}

/// Names of where the processor enters the kernel by itself.
fn is_vector(name: &str) -> bool {
    [
        "vector",
        "asm_exc_",
        "asm_sysvec_",
        "asm_common_interrupt",
        "irq_entries_start",
        "handle_exception",
    ]
    .iter()
    .any(|beginning| name.starts_with(beginning))
}

impl Stack {
    fn follow(&mut self, step: &Step, is_entry: impl FnOnce() -> bool, say: &mut impl FnMut(Event)) {
        let Some(last) = self.last else {
            return self.enter(step, None, false, say);
        };
        let function = step.place.function;
        if !last.place.kernel && step.place.kernel {
            self.user = Some(last.spot);
            return self.enter(step, None, true, say);
        }
        if last.place.kernel && !step.place.kernel {
            return self.back_to_user(step, say);
        }
        // 32-bit Arm has calls with a condition; where that does not hold, the next instruction is the one behind.
        let passed_by = function == last.place.function && last.spot.is_before(step.address);
        if last.call && step.address != last.spot.address && !passed_by {
            return self.enter(step, Some(last.spot), false, say);
        }
        if last.spot.goes_on_at(step.address) && function == last.place.function {
            return;
        }
        if let Some(depth) = self.caller(step) {
            return self.unwind(depth, step.cpu, step.tick, say);
        }
        if function == last.place.function {
            return;
        }
        if !last.spot.is_before(step.address) && is_entry() {
            return self.enter(step, None, true, say);
        }
        if let Some(depth) = self.interrupted(function) {
            return self.unwind(depth, step.cpu, step.tick, say);
        }
        // A jump to another function's beginning is a call whose return is the caller's. Anything else is another task.
        let depth = match step.place.offset {
            0 => self.frames.len().saturating_sub(1),
            _ => self
                .frames
                .iter()
                .rposition(|frame| frame.kernel != step.place.kernel)
                .map_or(0, |below| below + 1),
        };
        let replaced = self.frames.get(depth).copied().filter(|_| step.place.offset == 0);
        self.unwind(depth, step.cpu, step.tick, say);
        self.enter(
            step,
            replaced.and_then(|frame| frame.back),
            replaced.is_some_and(|frame| frame.exception),
            say,
        );
    }

    /// How deep the stack is after a return to this instruction.
    fn caller(&self, step: &Step) -> Option<usize> {
        let same_side = |frame: &&Frame| frame.kernel == step.place.kernel;
        let frames = self.frames.iter().rev().take_while(same_side).count();
        let lowest = self.frames.len() - frames;
        (lowest..self.frames.len()).rev().find(|index| {
            self.frames[*index]
                .back
                .is_some_and(|call| call.is_before(step.address))
        })
    }

    /// How deep the stack is after an exception's return into this function.
    fn interrupted(&self, function: Function) -> Option<usize> {
        let exception = self.frames.iter().rposition(|frame| frame.exception)?;
        let below = self.frames.get(exception.checked_sub(1)?)?;
        (below.function == function).then_some(exception)
    }

    fn back_to_user(&mut self, step: &Step, say: &mut impl FnMut(Event)) {
        let users = self.frames.iter().take_while(|frame| !frame.kernel).count();
        let top = users.checked_sub(1).map(|index| self.frames[index].function);
        let same = self.user.is_some_and(|user| user.goes_on_at(step.address)) || top == Some(step.place.function);
        match same && users > 0 {
            true => self.unwind(users, step.cpu, step.tick, say),
            false => {
                self.unwind(0, step.cpu, step.tick, say);
                self.enter(step, None, false, say);
            }
        }
    }

    fn enter(&mut self, step: &Step, back: Option<Spot>, exception: bool, say: &mut impl FnMut(Event)) {
        if self.frames.len() >= DEEPEST {
            return;
        }
        say(Event::Enter {
            cpu: step.cpu,
            tick: step.tick,
            depth: self.frames.len(),
            function: step.place.function,
        });
        self.frames.push(Frame {
            function: step.place.function,
            entered: step.tick,
            kernel: step.place.kernel,
            instructions: 0,
            back,
            exception,
        });
    }

    fn unwind(&mut self, depth: usize, cpu: u32, tick: u64, say: &mut impl FnMut(Event)) {
        while self.frames.len() > depth {
            let Some(frame) = self.frames.pop() else { return };
            if let Some(caller) = self.frames.last_mut() {
                caller.instructions += frame.instructions;
            }
            say(Event::Leave {
                cpu,
                tick,
                depth: self.frames.len(),
                frame,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 7] = ["main", "f", "g", "vectors", "el0_sync", "schedule", "other_task"];

    /// Instructions as `(address, mnemonic)`: hundreds are the function, from 0x1000 up they are the kernel's.
    fn events(steps: &[(u64, &str)]) -> Vec<String> {
        let mut stacks = Stacks::default();
        let mut told = Vec::new();
        let mut say = |event: Event| {
            told.push(match event {
                Event::Enter { depth, function, .. } => format!("{depth}+{}", NAMES[function as usize]),
                Event::Leave { depth, frame, .. } => {
                    format!("{depth}-{}:{}", NAMES[frame.function as usize], frame.instructions)
                }
            })
        };
        for (tick, (address, mnemonic)) in steps.iter().enumerate() {
            let kernel = *address >= 0x1000;
            let step = Step {
                tick: tick as u64,
                cpu: 0,
                address: *address,
                size: 0,
                mnemonic,
                place: Place {
                    function: (address >> 8 & 7) as Function,
                    offset: address & 0xff,
                    kernel,
                    linked: None,
                },
            };
            stacks.step(step, |function| NAMES[function as usize], &mut say);
        }
        stacks.finish(&mut say);
        told
    }

    #[test]
    fn calls_return_behind_themselves() {
        let told = events(&[
            (0x00, "bl"),
            (0x100, "bl"),
            (0x200, "ret"),
            (0x104, "ret"),
            (0x04, "nop"),
        ]);
        assert_eq!(told, ["0+main", "1+f", "2+g", "2-g:1", "1-f:3", "0-main:5"]);
    }

    #[test]
    fn a_call_that_is_not_taken_is_none() {
        let told = events(&[(0x00, "bl"), (0x04, "bl"), (0x100, "ret"), (0x08, "nop")]);
        assert_eq!(told, ["0+main", "1+f", "1-f:1", "0-main:4"]);
    }

    #[test]
    fn recursion_is_nested_and_loops_are_not() {
        let told = events(&[
            (0x100, "cmp"),
            (0x104, "bl"),
            (0x100, "cmp"),
            (0x100, "b"),
            (0x110, "ret"),
            (0x108, "ret"),
        ]);
        assert_eq!(told, ["0+f", "1+f", "1-f:3", "0-f:6"]);
    }

    #[test]
    fn a_jump_at_a_functions_end_takes_its_place() {
        let told = events(&[(0x00, "bl"), (0x100, "b"), (0x200, "ret"), (0x04, "nop")]);
        assert_eq!(told, ["0+main", "1+f", "1-f:1", "1+g", "1-g:1", "0-main:4"]);
    }

    #[test]
    fn system_calls_come_back_to_the_program() {
        let told = events(&[(0x00, "svc"), (0x1300, "b"), (0x1400, "eret"), (0x04, "nop")]);
        assert_eq!(
            told,
            [
                "0+main",
                "1+vectors",
                "1-vectors:1",
                "1+el0_sync",
                "1-el0_sync:1",
                "0-main:4"
            ]
        );
    }

    #[test]
    fn an_interrupt_comes_back_to_what_it_interrupted() {
        let told = events(&[(0x1500, "nop"), (0x1300, "b"), (0x1400, "eret"), (0x1504, "nop")]);
        assert_eq!(
            told,
            [
                "0+schedule",
                "1+vectors",
                "1-vectors:1",
                "1+el0_sync",
                "1-el0_sync:1",
                "0-schedule:4"
            ]
        );
    }

    #[test]
    fn another_task_begins_anew() {
        let told = events(&[
            (0x00, "svc"),
            (0x1400, "bl"),
            (0x1500, "ret"),
            (0x1620, "nop"),
            (0x204, "nop"),
        ]);
        assert_eq!(
            told,
            [
                "0+main",
                "1+el0_sync",
                "2+schedule",
                "2-schedule:1",
                "1-el0_sync:2",
                "1+other_task",
                "1-other_task:1",
                "0-main:4",
                "0+g",
                "0-g:1"
            ]
        );
    }
}
