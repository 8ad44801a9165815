//! Which file a piece of executed code is from, by its bytes.
//!
//! QEMU's trace has no register, so neither tells it which process runs nor where a module was loaded. But it has the bytes of all code
//! that was executed, and those of every file that may have been there are known. A program that was linked to an address has its
//! code there, byte for byte. For what may lie anywhere (a module, a program that is position-independent, the kernel before it
//! has its own addresses) a place is looked for at which as much as possible of what was executed is what the file has; what
//! relocations change is not compared, and the little that the kernel patches may differ.

use std::path::{Path, PathBuf};

use object::{Object, ObjectKind, ObjectSection, SectionFlags};

use crate::decode::object::{self as file, Layout, Unreadable};
use crate::diag::{Error, Result};

use super::blocks::Block;

/// Stands for a file, in the order in which they were added.
pub type Image = u16;

/// Bytes that have to be the same before a place is believed; page-aligned code counts for some of them.
const ENOUGH: i64 = 8;
const ALIGNED: i64 = 6;
/// Each byte that differs outweighs so many that do not.
const WORSE: i64 = 2;
const PAGE: u64 = 4096;

/// Code that lies together in a file.
struct Piece {
    image: Image,
    /// As it was linked, or where [`Layout`] has it.
    address: u64,
    bytes: Vec<u8>,
    /// What relocations do not change.
    fixed: Vec<bool>,
    movable: bool,
    /// What the kernel's loader puts at the beginning of a page.
    section: bool,
    side: Side,
}

/// Whose addresses it may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Kernel,
    User,
    /// The kernel's before it has its own addresses.
    Early,
}

impl Side {
    /// So many blocks of unknown code are looked for, the longest first: the others come with them.
    fn anchors(self) -> usize {
        match self {
            Side::Kernel | Side::User => 400,
            // In all of vmlinux.
            Side::Early => 24,
        }
    }
}

/// Where a block is in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Home {
    pub image: Image,
    /// Of its first instruction.
    pub address: u64,
}

/// All files whose code may have been executed.
#[derive(Default)]
pub struct Images {
    files: Vec<PathBuf>,
    pieces: Vec<Piece>,
}

impl Images {
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    pub fn add(&mut self, path: &Path, side: Side) -> Result<()> {
        let image = self.files.len() as Image;
        let pieces = file::open(path, |object| Ok::<_, Unreadable>(pieces(object, image, side)));
        let pieces = pieces.map_err(|error| Error::usage("lkmc::trace::symbols", error.to_string()))?;
        self.files.push(path.to_owned());
        self.pieces.extend(pieces);
        Ok(())
    }

    /// The home of each block, as far as it is known. `wanted` says on which side a block is that nobody knows yet.
    pub fn find(&self, blocks: &[Block], wanted: impl Fn(usize, &Block) -> Option<Side>) -> Vec<Option<Home>> {
        let numbered = blocks.iter().enumerate();
        let sides: Vec<Option<Side>> = numbered.map(|(number, block)| wanted(number, block)).collect();
        let mut homes: Vec<Option<Home>> = blocks
            .iter()
            .zip(&sides)
            .map(|(block, side)| self.as_linked(block, (*side)?))
            .collect();
        let code: Vec<Vec<u8>> = blocks.iter().map(Block::bytes).collect();
        let unknown = |homes: &[Option<Home>], at: usize| homes[at].is_none() && sides[at].is_some();
        let anchors = [Side::Kernel, Side::User, Side::Early].into_iter().flat_map(|side| {
            let of_side = |at: &usize| sides[*at] == Some(side) && unknown(&homes, *at);
            let mut anchors: Vec<usize> = (0..blocks.len()).filter(of_side).collect();
            anchors.sort_by_key(|at| std::cmp::Reverse(code[*at].len()));
            anchors.truncate(side.anchors());
            anchors
        });
        for anchor in anchors.collect::<Vec<_>>() {
            let Some(side) = sides[anchor].filter(|_| homes[anchor].is_none()) else {
                continue;
            };
            let open: Vec<usize> = (0..blocks.len())
                .filter(|at| unknown(&homes, *at) && sides[*at] == Some(side))
                .collect();
            let Some((piece, slide)) = self.place(anchor, &open, blocks, &code, side) else {
                continue;
            };
            for at in open {
                let linked = blocks[at].address().wrapping_sub(slide);
                if piece.compare(linked, &code[at]).is_some_and(Likeness::is_the_same) {
                    homes[at] = Some(Home {
                        image: piece.image,
                        address: linked,
                    });
                }
            }
        }
        homes
    }

    fn as_linked(&self, block: &Block, side: Side) -> Option<Home> {
        let (address, code) = (block.address(), block.bytes());
        let mut pieces = self.pieces.iter().filter(|piece| piece.side == side && !piece.movable);
        let same = |piece: &&Piece| piece.compare(address, &code).is_some_and(|like| like.different == 0);
        pieces.find(same).map(|piece| Home {
            image: piece.image,
            address,
        })
    }

    /// The piece that this block is most likely from, and how far it lies from its own address. None if two are as likely.
    fn place(
        &self,
        anchor: usize,
        open: &[usize],
        blocks: &[Block],
        code: &[Vec<u8>],
        side: Side,
    ) -> Option<(&Piece, u64)> {
        let (mut best, mut tie): (Option<(i64, &Piece, u64)>, bool) = (None, false);
        for piece in self.pieces.iter().filter(|piece| piece.movable && piece.side == side) {
            for linked in piece.alike(&code[anchor]) {
                let slide = blocks[anchor].address().wrapping_sub(linked);
                let score = piece.score(slide, open, blocks, code);
                match &best {
                    Some((most, other, _)) if score == *most => {
                        // The same code twice in a file is one place as good as the other.
                        tie = !std::ptr::eq(*other, piece);
                    }
                    Some((most, ..)) if score < *most => {}
                    _ => (best, tie) = (Some((score, piece, slide)), false),
                }
            }
        }
        let (score, piece, slide) = best?;
        (score >= ENOUGH && !tie).then_some((piece, slide))
    }
}

/// Of two pieces of code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Likeness {
    same: i64,
    different: i64,
}

impl Likeness {
    /// A kernel that traces functions, or knows its processor, changes some instructions of its modules.
    fn is_the_same(self) -> bool {
        2 * self.different <= self.same
    }
}

impl Piece {
    /// None where it has no such address.
    fn compare(&self, address: u64, code: &[u8]) -> Option<Likeness> {
        let from = usize::try_from(address.checked_sub(self.address)?).ok()?;
        let range = from..from.checked_add(code.len())?;
        let (bytes, fixed) = (self.bytes.get(range.clone())?, &self.fixed[range]);
        let mut like = Likeness::default();
        for ((own, other), fixed) in bytes.iter().zip(code).zip(fixed) {
            match (fixed, own == other) {
                (false, _) => {}
                (true, true) => like.same += 1,
                (true, false) => like.different += 1,
            }
        }
        Some(like)
    }

    /// The addresses at which it has such code.
    fn alike(&self, code: &[u8]) -> Vec<u64> {
        let last = (self.bytes.len() + 1).saturating_sub(code.len());
        if self.side == Side::Early {
            return self.equal(code, last);
        }
        let at = |offset: &usize| {
            let address = self.address + *offset as u64;
            self.compare(address, code)
                .is_some_and(|like| like.same > 0 && like.is_the_same())
        };
        // What is not like it is mostly so from its first bytes on.
        let begins = |offset: &usize| {
            let head = offset + code.len().min(64);
            let (mut same, mut different) = (0, 0);
            for at in *offset..head {
                if self.fixed[at] {
                    match self.bytes[at] == code[at - offset] {
                        true => same += 1,
                        false => different += 1,
                    }
                }
                if different > same + 16 {
                    return false;
                }
            }
            true
        };
        (0..last)
            .filter(begins)
            .filter(at)
            .map(|offset| self.address + offset as u64)
            .collect()
    }

    /// The same of what nobody has changed yet, in code of any size.
    fn equal(&self, code: &[u8], last: usize) -> Vec<u64> {
        const HEAD: usize = 8;
        let Some(head) = code.first_chunk::<HEAD>() else {
            return Vec::new();
        };
        let heads = self.bytes.windows(HEAD).take(last).enumerate();
        heads
            .filter(|(offset, own)| own == head && self.bytes[*offset..].starts_with(code))
            .map(|(offset, _)| self.address + offset as u64)
            .collect()
    }

    /// How well all that was executed there fits.
    fn score(&self, slide: u64, open: &[usize], blocks: &[Block], code: &[Vec<u8>]) -> i64 {
        let mut score = match self.section && self.address.wrapping_add(slide).is_multiple_of(PAGE) {
            true => ALIGNED,
            false => 0,
        };
        for at in open {
            let linked = blocks[*at].address().wrapping_sub(slide);
            if let Some(like) = self.compare(linked, &code[*at]) {
                score += like.same - WORSE * like.different;
            }
        }
        score
    }
}

fn pieces(object: &object::File, image: Image, side: Side) -> Vec<Piece> {
    let layout = Layout::of(object);
    let relocatable = object.kind() == ObjectKind::Relocatable;
    let executable = |section: &object::Section| match section.flags() {
        SectionFlags::Elf { sh_flags, .. } => sh_flags.0 & object::elf::SHF_EXECINSTR.0 != 0,
        _ => false,
    };
    let piece = |section: object::Section| {
        let bytes = section.data().ok().filter(|bytes| !bytes.is_empty())?.to_vec();
        let mut fixed = vec![true; bytes.len()];
        if relocatable {
            for (offset, _) in section.relocations() {
                changed(object.architecture(), offset as usize, &mut fixed);
            }
        }
        Some(Piece {
            image,
            address: layout.base(Some(section.index())) + section.address(),
            bytes,
            fixed,
            movable: side == Side::Early || relocatable || object.kind() == ObjectKind::Dynamic,
            section: relocatable,
            side,
        })
    };
    object.sections().filter(executable).filter_map(piece).collect()
}

/// What a relocation at this offset of a section may change: an instruction, on 32-bit Arm all of it but what kind it is, on x86_64 its
/// operand and, because the kernel makes no-operations and returns of calls and jumps, the byte before it.
fn changed(architecture: object::Architecture, offset: usize, fixed: &mut [bool]) {
    let range = match architecture {
        object::Architecture::X86_64 => offset.saturating_sub(1)..offset + 4,
        object::Architecture::Arm => offset..offset + 3,
        _ => offset..offset + 4,
    };
    let end = range.end.min(fixed.len());
    if range.start < end {
        fixed[range.start..end].fill(false);
    }
}

#[cfg(test)]
mod tests {
    use super::super::blocks::Instruction;
    use super::*;

    fn block(address: u64, bytes: &[u8]) -> Block {
        Block::of(vec![Instruction {
            address,
            bytes: bytes.to_vec(),
            text: String::new(),
        }])
    }

    fn piece(image: Image, address: u64, bytes: &[u8], movable: bool) -> Piece {
        Piece {
            image,
            address,
            bytes: bytes.to_vec(),
            fixed: vec![true; bytes.len()],
            movable,
            section: movable,
            side: if movable { Side::Kernel } else { Side::User },
        }
    }

    fn images(pieces: Vec<Piece>) -> Images {
        Images {
            files: Vec::new(),
            pieces,
        }
    }

    #[test]
    fn two_programs_at_one_address_are_told_apart() {
        let images = images(vec![
            piece(0, 0x400000, b"first program", false),
            piece(1, 0x400000, b"other program", false),
        ]);
        let blocks = [
            block(0x400000, b"other"),
            block(0x400006, b"program"),
            block(0x400000, b"third"),
        ];
        let homes = images.find(&blocks, |_, _| Some(Side::User));
        let home = |image, address| Some(Home { image, address });
        assert_eq!(homes, [home(1, 0x400000), home(0, 0x400006), None]);
    }

    #[test]
    fn a_module_is_found_wherever_it_lies_although_it_was_patched() {
        let text: Vec<u8> = (0..200).map(|at| (at * 7 % 251) as u8).collect();
        let mut loaded = text.clone();
        loaded[..5].fill(0x90);
        loaded[100] = 0;
        let mut module = piece(3, 0x10000, &text, true);
        module.fixed[100] = false;
        let images = images(vec![piece(2, 0x10000, &[0x55; 300], true), module]);
        let base = 0xffff_ffff_c000_0000u64;
        let blocks = [
            block(base + 90, &loaded[90..120]),
            block(base, &loaded[..20]),
            block(base + 0x10000, b"something else that nobody knows"),
        ];
        let homes = images.find(&blocks, |_, _| Some(Side::Kernel));
        let home = |address| Some(Home { image: 3, address });
        assert_eq!(homes, [home(0x10000 + 90), home(0x10000), None]);
    }

    #[test]
    fn what_two_modules_have_alike_is_neithers() {
        let images = images(vec![
            piece(0, 0x10000, b"the very same code", true),
            piece(1, 0x10000, b"the very same code", true),
        ]);
        let homes = images.find(&[block(0xffff_0000, b"the very same code")], |_, _| Some(Side::Kernel));
        assert_eq!(homes, [None]);
    }
}
