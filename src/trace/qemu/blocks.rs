//! What QEMU executed, as the plugin `qemu/trace.c` says it: blocks, each described once and known by its number from then on.
//!
//! A number has seven bits in each byte, the lowest first; the highest bit says that there are more. The lowest two bits of a
//! number say what it is:
//!
//! | Bits | What the others are |
//! | --- | --- |
//! | 0 | so many blocks, each the one that followed its predecessor the last time |
//! | 1 | a block; a new one is followed by its description |
//! | 2 | so many instructions of the block before were begun, and not all |
//! | 3 | the processor that executes the blocks behind |
//!
//! A description is the address and the number of instructions; of each of these its size, its bytes, and its text with the text's
//! length before it.

use std::io::{self, BufRead, Read};

use super::super::file::Broken;

/// QEMU's blocks have at most so many instructions.
const MOST: u64 = 512;
/// More than the longest instruction, and than the longest text that the plugin writes of one.
const LONGEST: u64 = 128;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    pub address: u64,
    pub bytes: Vec<u8>,
    /// With single blanks.
    pub text: String,
}

/// A block, and which one came behind it when it was executed the last time.
#[derive(Clone, Debug)]
pub struct Block {
    pub instructions: Vec<Instruction>,
    follower: Option<usize>,
}

impl Block {
    pub fn of(instructions: Vec<Instruction>) -> Block {
        Block {
            instructions,
            follower: None,
        }
    }

    pub fn address(&self) -> u64 {
        // There is none without an instruction.
        self.instructions.first().map_or(0, |first| first.address)
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.instructions
            .iter()
            .flat_map(|instruction| instruction.bytes.iter().copied())
            .collect()
    }
}

/// One execution of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ran {
    pub cpu: u32,
    pub block: usize,
    /// Instructions that were begun.
    pub begun: usize,
}

/// Executions in their order. What was described is kept, what was executed is not.
pub struct Blocks {
    reader: Box<dyn BufRead>,
    known: Vec<Block>,
    last: Option<usize>,
    /// Not given out yet: a number behind it may say that it was cut.
    pending: Option<Ran>,
    following: u64,
    cpu: u32,
    broken: Option<Broken>,
}

/// Why there is nothing more.
enum Stop {
    Broken(Broken),
    Failed(io::Error),
}

/// What the plugin does not say.
const NONSENSE: Stop = Stop::Broken(Broken::Damaged);

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        match Broken::by(&error) {
            Some(broken) => Stop::Broken(broken),
            None => Stop::Failed(error),
        }
    }
}

impl Blocks {
    /// `reader` stands behind [`crate::emulator::qemu::TRACE_MAGIC`].
    pub fn new(reader: Box<dyn BufRead>) -> Blocks {
        Blocks {
            reader,
            known: Vec::new(),
            last: None,
            pending: None,
            following: 0,
            cpu: 0,
            broken: None,
        }
    }

    pub fn known(&self) -> &[Block] {
        &self.known
    }

    /// Whether the end was in the middle of something.
    pub fn broken(&self) -> Option<Broken> {
        self.broken
    }

    /// The next execution.
    pub fn next_ran(&mut self) -> io::Result<Option<Ran>> {
        match self.read() {
            Ok(ran) => Ok(ran),
            Err(Stop::Broken(broken)) => {
                self.broken = Some(broken);
                Ok(self.pending.take())
            }
            Err(Stop::Failed(error)) => Err(error),
        }
    }

    /// Reads to the end what is described, whatever is executed.
    pub fn read_descriptions(mut self) -> io::Result<Vec<Block>> {
        let mut read = || -> Result<(), Stop> {
            while !self.reader.fill_buf()?.is_empty() {
                let number = self.number()?;
                if number & 3 == 1 {
                    self.mentioned(number >> 2)?;
                }
            }
            Ok(())
        };
        match read() {
            Err(Stop::Failed(error)) => Err(error),
            // What is behind that nobody executes either.
            Ok(()) | Err(Stop::Broken(_)) => Ok(self.known),
        }
    }

    fn read(&mut self) -> Result<Option<Ran>, Stop> {
        loop {
            if self.following > 0 {
                self.following -= 1;
                let last = self.last.ok_or(NONSENSE)?;
                let next = self.known[last].follower.ok_or(NONSENSE)?;
                if let Some(ran) = self.goes_on_with(next) {
                    return Ok(Some(ran));
                }
                continue;
            }
            if self.broken.is_some() || self.reader.fill_buf()?.is_empty() {
                return Ok(self.pending.take());
            }
            let number = self.number()?;
            let value = number >> 2;
            match number & 3 {
                0 => self.following = value,
                1 => {
                    let next = self.mentioned(value)?;
                    if let Some(last) = self.last {
                        self.known[last].follower = Some(next);
                    }
                    if let Some(ran) = self.goes_on_with(next) {
                        return Ok(Some(ran));
                    }
                }
                2 => match &mut self.pending {
                    Some(ran) if value <= ran.begun as u64 => ran.begun = value as usize,
                    _ => return Err(NONSENSE),
                },
                _ => self.cpu = u32::try_from(value).map_err(|_| NONSENSE)?,
            }
        }
    }

    /// A block begins: what is known of the one before it does not change any more.
    fn goes_on_with(&mut self, block: usize) -> Option<Ran> {
        self.last = Some(block);
        self.pending.replace(Ran {
            cpu: self.cpu,
            block,
            begun: self.known[block].instructions.len(),
        })
    }

    /// Blocks are numbered from 1 on, in the order in which they are described.
    fn mentioned(&mut self, number: u64) -> Result<usize, Stop> {
        let index = number
            .checked_sub(1)
            .and_then(|index| usize::try_from(index).ok())
            .ok_or(NONSENSE)?;
        match index.cmp(&self.known.len()) {
            std::cmp::Ordering::Less => {}
            std::cmp::Ordering::Equal => {
                let block = self.described()?;
                self.known.push(block);
            }
            std::cmp::Ordering::Greater => return Err(NONSENSE),
        }
        Ok(index)
    }

    fn described(&mut self) -> Result<Block, Stop> {
        let mut address = self.number()?;
        let count = self.number()?;
        if !(1..=MOST).contains(&count) {
            return Err(NONSENSE);
        }
        let mut instructions = Vec::with_capacity(count as usize);
        for _ in 0..count {
            let bytes = self.bytes()?;
            let text = in_words(&String::from_utf8_lossy(&self.bytes()?), &bytes);
            let size = bytes.len() as u64;
            instructions.push(Instruction { address, bytes, text });
            address = address.wrapping_add(size);
        }
        Ok(Block::of(instructions))
    }

    /// With their number before them.
    fn bytes(&mut self) -> Result<Vec<u8>, Stop> {
        let length = self.number()?;
        if length > LONGEST {
            return Err(NONSENSE);
        }
        let mut bytes = vec![0; length as usize];
        self.reader.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn number(&mut self) -> Result<u64, Stop> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let mut byte = [0];
            self.reader.read_exact(&mut byte)?;
            number |= u64::from(byte[0] & 0x7f) << shift;
            if byte[0] < 0x80 {
                return Ok(number);
            }
        }
        Err(NONSENSE)
    }
}

/// An instruction in words with a blank between them. It comes from a file, and goes to a terminal. For RISC-V QEMU puts the instruction
/// itself before its name (disas/riscv.c), as a number.
fn in_words(text: &str, bytes: &[u8]) -> String {
    let number: String = bytes.iter().rev().map(|byte| format!("{byte:02x}")).collect();
    text.split(|character: char| character.is_whitespace() || character.is_control())
        .filter(|word| !word.is_empty())
        .enumerate()
        .filter(|(index, word)| *index > 0 || *word != number)
        .map(|(_, word)| word)
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(bytes: &mut Vec<u8>, mut number: u64) {
        while number >= 0x80 {
            bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        bytes.push(number as u8);
    }

    fn token(bytes: &mut Vec<u8>, kind: u64, value: u64) {
        put(bytes, value << 2 | kind);
    }

    fn describe(bytes: &mut Vec<u8>, number: u64, address: u64, texts: &[&str]) {
        token(bytes, 1, number);
        put(bytes, address);
        put(bytes, texts.len() as u64);
        for text in texts {
            put(bytes, 4);
            bytes.extend([number as u8; 4]);
            put(bytes, text.len() as u64);
            bytes.extend(text.as_bytes());
        }
    }

    fn all(bytes: Vec<u8>) -> (Vec<(u32, usize, usize)>, Blocks) {
        let mut blocks = Blocks::new(Box::new(io::Cursor::new(bytes)));
        let mut ran = Vec::new();
        while let Some(next) = blocks.next_ran().unwrap() {
            ran.push((next.cpu, next.block, next.begun));
        }
        (ran, blocks)
    }

    fn two() -> Vec<u8> {
        let mut bytes = Vec::new();
        describe(&mut bytes, 1, 0xffff_8000_0000_1000, &["cmp  x0, x1", "b.eq  #0x10"]);
        describe(&mut bytes, 2, 0x400, &["nop", "nop", "ret"]);
        bytes
    }

    #[test]
    fn an_instruction_is_named_first() {
        let words = |text: &str| in_words(text, &[0x82, 0x94]);
        assert_eq!(words("9482              jalr            ra,s1,0"), "jalr ra,s1,0");
        assert_eq!(words("add  x0, x1\x1b"), "add x0, x1");
        assert_eq!(words("nop 9482"), "nop 9482");
    }

    #[test]
    fn blocks_follow_each_other_as_they_did() {
        let mut bytes = two();
        token(&mut bytes, 1, 1);
        token(&mut bytes, 0, 3);
        let (ran, blocks) = all(bytes);
        assert_eq!(ran.iter().map(|ran| ran.1).collect::<Vec<_>>(), [0, 1, 0, 1, 0, 1]);
        let first = &blocks.known()[0];
        assert_eq!((first.address(), first.bytes()), (0xffff_8000_0000_1000, vec![1; 8]));
        let last = &first.instructions[1];
        assert_eq!((last.address, &*last.text), (0xffff_8000_0000_1004, "b.eq #0x10"));
        assert_eq!(blocks.broken(), None);
        let mut bytes = two();
        token(&mut bytes, 0, 1 << 40);
        let described = Blocks::new(Box::new(io::Cursor::new(bytes)))
            .read_descriptions()
            .unwrap();
        assert_eq!(described.len(), 2);
    }

    #[test]
    fn what_an_exception_ended_is_not_counted() {
        let mut bytes = two();
        token(&mut bytes, 2, 1);
        token(&mut bytes, 3, 1);
        token(&mut bytes, 1, 1);
        let (ran, _) = all(bytes);
        assert_eq!(ran, [(0, 0, 2), (0, 1, 1), (1, 0, 2)]);
    }

    #[test]
    fn a_file_that_stops_anywhere_is_read_up_to_there() {
        let mut bytes = two();
        token(&mut bytes, 1, 1);
        let whole = all(bytes.clone()).0;
        for length in 0..bytes.len() {
            let (ran, _) = all(bytes[..length].to_vec());
            assert_eq!(ran, whole[..ran.len()], "{length}");
        }
    }

    #[test]
    fn nonsense_is_an_end() {
        for nonsense in [
            vec![9 << 2 | 1],
            vec![4],
            vec![0xff; 20],
            vec![1, 0, 0],
            vec![2 | 1 << 2],
        ] {
            let (ran, blocks) = all(nonsense);
            assert!(ran.is_empty());
            assert_eq!(blocks.broken(), Some(Broken::Damaged));
        }
    }
}
