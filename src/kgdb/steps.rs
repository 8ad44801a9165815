//! Steps of KGDB's on aarch64 that end where they should.
//!
//! The kernel's stub lets a processor execute one instruction with interrupts on. While it stood still the timer has become due: the
//! interrupt is taken first, and the step ends in its handler. GDB steps over each of its own breakpoints, and would be at the same
//! one for ever. So lkmc stands between the two and has interrupts masked for the one instruction, as debuggers of hardware do.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::diag::{Error, Result};
use crate::gdb::packets::{Packets, Piece, is_stop, packet, read, wait_for_either};
use crate::host::socket::{connect_socket, socket_path};
use crate::host::thread::spawn_thread;
use crate::run_directory::files::STEPS;

/// The stub answers at once, on a busy host.
const ANSWER: Duration = Duration::from_secs(15);
/// Numbers of registers in the stub's file (arch/arm64/include/asm/kgdb.h).
const PC: u8 = 32;
const PSTATE: u8 = 33;
/// Interrupts are masked (Arm ARM, C5.2.2, DAIF).
const I: u32 = 1 << 7;

/// Lets the first who connects talk to the stub.
pub struct Relay {
    run: PathBuf,
}

/// A GDB that never connected leaves nobody behind who keeps the stub.
impl Drop for Relay {
    fn drop(&mut self) {
        let _ = connect_socket(&self.run, STEPS);
    }
}

impl Relay {
    pub fn start(run: &Path, stub: UnixStream) -> Result<Relay> {
        listen(run, stub)?;
        Ok(Relay { run: run.to_owned() })
    }
}

fn listen(run: &Path, stub: UnixStream) -> Result<()> {
    let socket = run.join(STEPS);
    // One that an earlier session has left.
    let _ = std::fs::remove_file(&socket);
    let listener = File::open(run).and_then(|directory| UnixListener::bind(socket_path(&directory, STEPS)));
    let listener = listener.map_err(|error| Error::io("cannot listen on", &socket, error))?;
    spawn_thread("kgdb-steps", move || {
        if let Ok((gdb, _)) = listener.accept() {
            // An error means that one of the two is gone, of which the other hears.
            let _ = Connection::new(gdb, stub).relay();
        }
        let _ = std::fs::remove_file(&socket);
    })
}

struct Connection {
    gdb: UnixStream,
    stub: UnixStream,
    asked: Packets,
    answered: Packets,
    /// A step is under way for which we have masked interrupts.
    masked: bool,
}

impl Connection {
    fn new(gdb: UnixStream, stub: UnixStream) -> Connection {
        Connection {
            gdb,
            stub,
            asked: Packets::default(),
            answered: Packets::default(),
            masked: false,
        }
    }

    fn relay(mut self) -> io::Result<()> {
        loop {
            let (from_gdb, from_stub) = wait_for_either(&self.gdb, &self.stub)?;
            if from_stub {
                let bytes = read(&mut self.stub).ok_or(ErrorKind::UnexpectedEof)?;
                for piece in self.answered.take(&bytes) {
                    self.hear_stub(&piece)?;
                }
            }
            if from_gdb {
                let bytes = read(&mut self.gdb).ok_or(ErrorKind::UnexpectedEof)?;
                for piece in self.asked.take(&bytes) {
                    if matches!(&piece, Piece::Packet(asked) if matches!(asked[..], [b's' | b'S', ..])) {
                        self.masked = self.mask()?;
                    }
                    self.stub.write_all(&piece.encode())?;
                }
            }
        }
    }

    fn hear_stub(&mut self, piece: &Piece) -> io::Result<()> {
        if self.masked && matches!(piece, Piece::Packet(answer) if is_stop(answer)) {
            self.masked = false;
            // GDB's own acknowledgement follows, and is one too many: the stub passes over it.
            self.stub.write_all(b"+")?;
            if let Some(state) = self.register(PSTATE)? {
                self.set_state(state as u32 & !I)?;
            }
        }
        self.gdb.write_all(&piece.encode())
    }

    /// Masks interrupts for the next instruction, if they are on and it has nothing to do with that.
    fn mask(&mut self) -> io::Result<bool> {
        let Some(state) = self.register(PSTATE)?.map(|state| state as u32) else {
            return Ok(false);
        };
        if state & I != 0 {
            return Ok(false);
        }
        let Some(pc) = self.register(PC)? else {
            return Ok(false);
        };
        let instruction = self.ask(format!("m{pc:x},4").as_bytes())?;
        match number(&instruction) {
            Some(instruction) if !minds_interrupts(instruction as u32) => self.set_state(state | I),
            _ => Ok(false),
        }
    }

    fn register(&mut self, register: u8) -> io::Result<Option<u64>> {
        Ok(number(&self.ask(format!("p{register:x}").as_bytes())?))
    }

    fn set_state(&mut self, state: u32) -> io::Result<bool> {
        let digits: String = state.to_le_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(self.ask(format!("P{PSTATE:x}={digits}").as_bytes())? == b"OK")
    }

    /// Of a kernel that stands still.
    fn ask(&mut self, question: &[u8]) -> io::Result<Vec<u8>> {
        self.stub.set_read_timeout(Some(ANSWER))?;
        self.stub.write_all(&packet(question))?;
        let answer = loop {
            let bytes = read(&mut self.stub).ok_or(ErrorKind::UnexpectedEof)?;
            let mut pieces = self.answered.take(&bytes).into_iter();
            if let Some(Piece::Packet(answer)) = pieces.find(|piece| matches!(piece, Piece::Packet(_))) {
                break answer;
            }
        };
        self.stub.write_all(b"+")?;
        self.stub.set_read_timeout(None)?;
        Ok(answer)
    }
}

/// Whether an instruction reads or sets the mask, or leaves for other code that takes the mask with it.
fn minds_interrupts(instruction: u32) -> bool {
    const KINDS: [(u32, u32); 6] = [
        // MSR (immediate): DAIFSet, DAIFClr and others.
        (0xfff8_f01f, 0xd500_401f),
        // MRS and MSR of DAIF.
        (0xffff_ffe0, 0xd53b_4220),
        (0xffff_ffe0, 0xd51b_4220),
        // ERET, SVC, HVC, SMC, BRK.
        (0xffff_ffff, 0xd69f_03e0),
        (0xff00_0000, 0xd400_0000),
        // LDTR, STTR and their kind: a program's memory may have to be paged in, with interrupts on.
        (0x3b20_0c00, 0x3800_0800),
    ];
    KINDS.iter().any(|(mask, kind)| instruction & mask == *kind)
}

/// Bytes in hexadecimal digits, the lowest first.
fn number(digits: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(digits).ok()?;
    let bytes = text.as_bytes().chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(pair, 16).ok()
    });
    let bytes: Vec<u8> = bytes.collect::<Option<_>>()?;
    (1..=8)
        .contains(&bytes.len())
        .then(|| bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    /// A kernel that stands at an instruction, with interrupts on. What it was asked, and PSTATE when it executed.
    fn stub(mut stream: UnixStream, instruction: u32) -> (Vec<String>, u32) {
        let (mut packets, mut asked, mut state, mut executed) = (Packets::default(), Vec::new(), 0x6000_0005u32, 0);
        let mut byte = [0];
        let hex = |value: u32| -> String { value.to_le_bytes().iter().map(|byte| format!("{byte:02x}")).collect() };
        while stream.read(&mut byte).is_ok_and(|length| length == 1) {
            let Some(Piece::Packet(content)) = packets.take(&byte).pop() else {
                continue;
            };
            let content = String::from_utf8(content).unwrap();
            let answer = match content.as_str() {
                "p21" => hex(state),
                "p20" => "0010000000000000".into(),
                "m1000,4" => hex(instruction),
                "s" => {
                    executed = state;
                    "S05".into()
                }
                set => {
                    let value = set.strip_prefix("P21=").and_then(|digits| number(digits.as_bytes()));
                    state = value.expect("nothing else is asked") as u32;
                    "OK".into()
                }
            };
            asked.push(content);
            stream
                .write_all(&[b"+", &packet(answer.as_bytes())[..]].concat())
                .unwrap();
        }
        (asked, executed)
    }

    fn step(instruction: u32) -> (Vec<String>, u32) {
        let ((mut gdb, ours), (kernel, theirs)) = (UnixStream::pair().unwrap(), UnixStream::pair().unwrap());
        let relaying = std::thread::spawn(move || Connection::new(ours, theirs).relay());
        let kernel = std::thread::spawn(move || stub(kernel, instruction));
        gdb.write_all(&packet(b"s")).unwrap();
        let (mut packets, mut byte) = (Packets::default(), [0]);
        loop {
            gdb.read_exact(&mut byte).unwrap();
            if packets.take(&byte) == [Piece::Packet(b"S05".to_vec())] {
                break;
            }
        }
        drop(gdb);
        assert!(relaying.join().unwrap().is_err());
        kernel.join().unwrap()
    }

    #[test]
    fn a_step_has_interrupts_masked_and_leaves_them_on() {
        // add x0, x0, #1
        let (asked, executed) = step(0x9100_0400);
        assert_eq!(executed & I, I);
        assert_eq!(asked.last().map(String::as_str), Some("P21=05000060"), "{asked:?}");
    }

    #[test]
    fn instructions_that_mind_the_mask_are_left_alone() {
        // msr daifclr, #2; mrs x0, daif; msr daif, x0; eret; brk #1; ldtr x0, [x1]
        for instruction in [
            0xd503_42ff,
            0xd53b_4220,
            0xd51b_4220,
            0xd69f_03e0,
            0xd420_0020,
            0xf840_0820,
        ] {
            let (asked, executed) = step(instruction);
            assert_eq!(executed & I, 0, "{instruction:#x}");
            assert_eq!(asked, ["p21", "p20", "m1000,4", "s"], "{instruction:#x}");
        }
        // nop, bti c, paciasp, dsb sy, ldr x0, [x1], b ., bl .
        for instruction in [
            0xd503_201f,
            0xd503_245f,
            0xd503_233f,
            0xd503_3f9f,
            0xf940_0020,
            0x1400_0000,
            0x9400_0000,
        ] {
            assert!(!minds_interrupts(instruction), "{instruction:#x}");
        }
    }
}
