//! What firmware does to processors, undone: those that stand in it are shown as the kernel left them, and in the kernel's order.
//!
//! On riscv64 the kernel has its firmware (OpenSBI) reset the machine after a panic, and the other processors are halted there.
//! Their registers in QEMU's dump are the firmware's, which say nothing about the kernel. Those of whoever is served lie in
//! memory, in a struct that ends where the processor's `mscratch` points to. gdb/lkmc/firmware.py does this for a machine that
//! still is one.

use super::elf::Note;
use super::memory::Memory;
use super::tasks::REGISTERS;

/// OpenSBI, include/sbi/sbi_trap.h: struct sbi_trap_regs. The 32 general registers, by their numbers, then these.
const WORDS: usize = 35;
const PROGRAM_COUNTER: usize = 32;
const STATUS: usize = 33;
const WORD: usize = 8;
/// Where QEMU's boards have the firmware: from the start of memory to the kernel (hw/riscv/boot.c).
const FIRMWARE: std::ops::Range<u64> = 0x8000_0000..0x8020_0000;
/// The program counter in a note; the general registers follow, without the one that is always zero (struct riscv_user_regs).
const NOTED: usize = 112;

/// `mscratch` of each processor; none on other architectures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Firmware {
    scratch: Vec<u64>,
}

impl Firmware {
    /// From what QEMU's monitor answers to `info registers -a`.
    pub fn of(registers: &str) -> Firmware {
        let lines = registers
            .lines()
            .filter_map(|line| line.trim().strip_prefix("mscratch "));
        Firmware {
            scratch: lines
                .filter_map(|value| u64::from_str_radix(value.trim(), 16).ok())
                .collect(),
        }
    }

    /// Replaces registers of the firmware by those of the kernel that it serves.
    pub fn leave(&self, notes: &mut [Note], memory: &Memory) {
        let registers = notes.iter_mut().filter(|note| note.is(REGISTERS));
        for (note, scratch) in registers.zip(&self.scratch) {
            let kept = || memory.read(scratch.checked_sub((WORDS * WORD) as u64)?, (WORDS * WORD) as u64);
            let Some(counter) = note.content.get(NOTED..NOTED + WORD).map(word) else {
                continue;
            };
            let Some(kept) = kept().filter(|kept| FIRMWARE.contains(&counter) && is_of_kernel(kept)) else {
                continue;
            };
            let at = |number: usize| &kept[number * WORD..][..WORD];
            let general = 1..PROGRAM_COUNTER;
            let slots = note.content[NOTED..].chunks_exact_mut(WORD);
            for (slot, number) in slots.zip(std::iter::once(PROGRAM_COUNTER).chain(general)) {
                slot.copy_from_slice(at(number));
            }
        }
    }
}

/// Brings the notes of the machine's processors into the order of the kernel's. The firmware starts the kernel on any of them, and
/// that one is its first. `hart`: the machine's number of one of the kernel's.
pub fn order(notes: &mut [Note], hart: impl Fn(u64) -> Option<u32>) {
    let places: Vec<usize> = (0..notes.len()).filter(|place| notes[*place].is(REGISTERS)).collect();
    let harts: Option<Vec<usize>> = (0..places.len() as u64)
        .map(|processor| hart(processor)?.try_into().ok())
        .collect();
    // A processor that the kernel never saw has no number there.
    let is_order = |harts: &Vec<usize>| (0..places.len()).all(|hart| harts.contains(&hart));
    let Some(harts) = harts.filter(is_order) else {
        return;
    };
    let by_hart: Vec<Note> = places.iter().map(|place| notes[*place].clone()).collect();
    for (place, hart) in places.iter().zip(harts) {
        notes[*place] = by_hart[hart].clone();
    }
}

/// Whether the firmware was entered from supervisor mode: mstatus.MPP.
fn is_of_kernel(kept: &[u8]) -> bool {
    word(&kept[STATUS * WORD..][..WORD]) >> 11 & 3 == 1
}

/// Eight bytes.
fn word(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::super::memory::Range;
    use super::*;

    const SCRATCH: u64 = 0x8004_9000;

    /// A processor's note after [`Firmware::leave`]: its program counter and its last register.
    fn left(counter: u64, status: u64) -> (u64, u64) {
        let mut kept: Vec<u64> = (0..WORDS as u64).map(|number| number * 0x10).collect();
        kept[STATUS] = status;
        let bytes: Vec<u8> = kept.iter().flat_map(|word| word.to_le_bytes()).collect();
        let ranges = [Range {
            physical: SCRATCH - bytes.len() as u64,
            size: bytes.len() as u64,
            offset: 0,
        }];
        let memory = Memory {
            bytes: &bytes,
            ranges: &ranges,
        };
        let mut content = vec![0; NOTED + 33 * WORD];
        content[NOTED..][..WORD].copy_from_slice(&counter.to_le_bytes());
        let mut notes = [Note {
            owner: "CORE".into(),
            kind: REGISTERS,
            content,
        }];
        let said = "CPU#0\n mtval2   0000000000000000\n mscratch 0000000080049000\n";
        Firmware::of(said).leave(&mut notes, &memory);
        let register = |number: usize| word(&notes[0].content[NOTED + number * WORD..][..WORD]);
        assert_eq!(register(32), 0, "what follows the registers stays as it was");
        (register(0), register(31))
    }

    #[test]
    fn a_processor_in_the_firmware_is_where_the_kernel_called_it() {
        assert_eq!(left(0x8000_2748, 1 << 11), (0x200, 0x1f0));
    }

    #[test]
    fn processors_are_in_the_kernels_order() {
        let note = |kind, first| Note {
            owner: "CORE".into(),
            kind,
            content: vec![first],
        };
        let ordered = |harts: [u32; 3]| {
            let mut notes = [note(REGISTERS, 0), note(9, 9), note(REGISTERS, 1), note(REGISTERS, 2)];
            order(&mut notes, |processor| {
                harts.get(usize::try_from(processor).unwrap()).copied()
            });
            notes.map(|note| note.content[0])
        };
        assert_eq!(ordered([2, 0, 1]), [2, 9, 0, 1]);
        assert_eq!(ordered([1, 0, u32::MAX]), [0, 9, 1, 2]);
    }

    #[test]
    fn what_serves_no_kernel_is_left_alone() {
        let kernel = 0xffff_ffff_8051_d93e;
        assert_eq!(left(kernel, 1 << 11), (kernel, 0));
        assert_eq!(left(0x8000_2748, 3 << 11), (0x8000_2748, 0));
        assert_eq!(Firmware::of("RAX=0000000000000000"), Firmware::default());
    }
}
