//! The agent as it is in a guest of gem5: its real source, compiled for this machine, with gem5's operations played by
//! files (`tests/gem5_agent/m5ops.h`). Skipped by name where there is no C compiler.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::common::{skip, wait_for_end};
use lkmc::guest::protocol::{CommandSpec, Decoder, Exit, Frame, Kind, MAX_PAYLOAD, MEASURED};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The agent's program; `None` where it cannot be compiled for want of a compiler.
fn agent() -> Option<&'static Path> {
    static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lkmc-agent");
        let mut sources: Vec<PathBuf> = std::fs::read_dir(root().join("guest/agent"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|end| end == "c"))
            .collect();
        sources.sort();
        let mut compiler = Command::new("cc");
        compiler
            .args([
                "-std=gnu11",
                "-O1",
                "-g",
                "-Wall",
                "-Wextra",
                "-Werror",
                "-fsanitize=undefined",
            ])
            .args(["-fno-sanitize-recover=all", "-DCONSOLE=\"console\"", "-I"])
            .arg(root().join("tests/gem5_agent"))
            .arg("-o")
            .arg(&program)
            .args(sources);
        match compiler.output() {
            Err(_) => None,
            Ok(output) => {
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
                Some(program)
            }
        }
    });
    built.as_deref()
}

struct Outcome {
    status: Option<i32>,
    operations: String,
    console: String,
    answer: Vec<Frame>,
}

impl Outcome {
    fn bytes(&self, kind: Kind, id: u32) -> Vec<u8> {
        let frames = self.answer.iter().filter(|f| f.kind == kind && f.id == id);
        frames.flat_map(|f| f.payload.clone()).collect()
    }

    fn text(&self, kind: Kind, id: u32) -> String {
        String::from_utf8(self.bytes(kind, id)).unwrap()
    }

    /// Commands in the order of their ends.
    fn exits(&self) -> Vec<(u32, Exit)> {
        let frames = self.answer.iter().filter(|f| f.kind == Kind::Exit);
        frames.map(|f| (f.id, Exit::decode(&f.payload).unwrap())).collect()
    }
}

/// Gives the agent this request; `None` without a compiler.
fn converse(request: &[u8]) -> Option<Outcome> {
    let Some(agent) = agent() else {
        skip("there is no `cc`");
        return None;
    };
    let place = tempfile::tempdir().unwrap();
    let read = |name: &str| std::fs::read(place.path().join(name)).unwrap_or_default();
    std::fs::write(place.path().join("request"), request).unwrap();
    std::fs::write(place.path().join("console"), "").unwrap();
    let mut child = Command::new(agent)
        .arg("gem5")
        .current_dir(place.path())
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let status = wait_for_end(&mut child);
    let mut decoder = Decoder::default();
    decoder.push(&read("agent.out"));
    let answer = std::iter::from_fn(|| decoder.next_frame().unwrap()).collect();
    let text = |name: &str| String::from_utf8(read(name)).unwrap();
    Some(Outcome {
        status: status.code(),
        operations: text("operations"),
        console: text("console"),
        answer,
    })
}

fn encode(frames: impl IntoIterator<Item = Frame>) -> Vec<u8> {
    frames.into_iter().flat_map(|frame| frame.encode()).collect()
}

fn shell(id: u32, line: &str, flags: u32) -> Vec<Frame> {
    CommandSpec::frames(&CommandSpec::shell(line).at("/").encode(), id, flags)
}

fn input(id: u32, bytes: &[u8]) -> Vec<Frame> {
    let pieces = bytes
        .chunks(MAX_PAYLOAD)
        .map(|piece| Frame::new(Kind::Stdin, id, piece));
    pieces.chain([Frame::new(Kind::StdinEof, id, [])]).collect()
}

#[test]
fn commands_run_one_after_another() {
    let frames = [
        vec![Frame::hello(b"0123456789abcdef")],
        shell(1, "sleep 0.2; cat; echo one", 0),
        input(1, b"zero "),
        shell(2, "echo two; echo beside >&2; exit 3", 0),
        CommandSpec::frames(&CommandSpec::new(["/not/there"]).encode(), 3, 0),
        shell(4, "kill -9 $$", 0),
    ];
    let request = encode(frames.concat());
    let Some(outcome) = converse(&request) else {
        return;
    };
    assert_eq!(outcome.answer[0], Frame::hello(b"0123456789abcdef"));
    let ends = [
        (1, Exit::Code(0)),
        (2, Exit::Code(3)),
        (3, Exit::NotStarted(2)),
        (4, Exit::Signal(9)),
    ];
    assert_eq!(outcome.exits(), ends);
    assert_eq!(outcome.text(Kind::Stdout, 1), "zero one\n");
    assert_eq!(outcome.text(Kind::Stdout, 2), "two\n");
    assert_eq!(outcome.text(Kind::Stderr, 2), "beside\n");
    assert_eq!(outcome.operations, "checkpoint\nexit\n");
    assert_eq!(outcome.status, Some(0));
    let first_of_2 = outcome.answer.iter().position(|f| f.id == 2).unwrap();
    let last_of_1 = outcome.answer.iter().rposition(|f| f.id == 1).unwrap();
    assert!(last_of_1 < first_of_2, "the second was started while the first ran");
}

#[test]
fn statistics_are_of_the_measured_command_alone() {
    // The input is before the start, so that it waits when the command runs.
    let spec = CommandSpec::shell("cat; echo ran >> $OLDPWD/operations")
        .env("OLDPWD", ".")
        .at(".");
    let mut measured = CommandSpec::frames(&spec.encode(), 2, MEASURED);
    let start = measured.pop().unwrap();
    let frames = [
        shell(1, "true", 0),
        measured,
        input(2, b"in"),
        vec![start],
        shell(3, "true", 0),
    ];
    let Some(outcome) = converse(&encode(frames.concat())) else {
        return;
    };
    assert_eq!(outcome.operations, "checkpoint\nreset\nran\ndump\nexit\n");
    assert_eq!(outcome.text(Kind::Stdout, 2), "in");
    assert_eq!(outcome.exits().len(), 3);
}

#[test]
fn a_measured_command_that_cannot_be_started_ends_its_measurement() {
    let frames = [
        CommandSpec::frames(&CommandSpec::new(["/not/there"]).encode(), 1, MEASURED),
        shell(2, "true", 0),
    ];
    let Some(outcome) = converse(&encode(frames.concat())) else {
        return;
    };
    assert_eq!(outcome.operations, "checkpoint\nreset\ndump\nexit\n");
    assert_eq!(outcome.exits(), [(1, Exit::NotStarted(2)), (2, Exit::Code(0))]);
}

#[test]
fn megabytes_need_no_credit() {
    let bytes: Vec<u8> = (0..3_000_000u32).map(|n| (n / 7) as u8).collect();
    for input_first in [false, true] {
        let mut command = shell(1, "cat", 0);
        let start = command.pop().unwrap();
        let rest = if input_first {
            [input(1, &bytes), vec![start]].concat()
        } else {
            [vec![start], input(1, &bytes)].concat()
        };
        let Some(outcome) = converse(&encode([command, rest].concat())) else {
            return;
        };
        assert!(outcome.bytes(Kind::Stdout, 1) == bytes, "the bytes differ");
        assert!(!outcome.answer.iter().any(|f| f.kind == Kind::Credit));
        assert_eq!(outcome.operations, "checkpoint\nexit\n");
    }
}

#[test]
fn input_that_nobody_reads_and_a_command_that_never_starts_are_no_obstacle() {
    let mut never = shell(2, "true", 0);
    never.pop();
    let frames = [shell(1, "exec <&-; sleep 0.1", 0), input(1, &[7; 2_000_000]), never];
    let Some(outcome) = converse(&encode(frames.concat())) else {
        return;
    };
    assert_eq!(outcome.exits(), [(1, Exit::Code(0))]);
    assert_eq!(outcome.operations, "checkpoint\nexit\n");
}

#[test]
fn a_request_that_is_not_whole_starts_nothing() {
    let whole = encode(shell(1, "echo ran >&2", 0));
    let cut = &whole[..whole.len() - 1];
    let header_cut = [&whole[..], &[3, 1, 0]].concat();
    let answer_in_it = [&whole[..], &Frame::number(Kind::Done, 1, 0).encode()].concat();
    let too_long = [&whole[..], &[2, 1, 0, 0, 0, 1, 0, 1, 0]].concat();
    let cases: &[(&[u8], &str)] = &[
        (b"", "the request is empty: gem5's readfile gives no frames"),
        (b"\0\0\0", "the request is empty"),
        (cut, "the request is cut off: its last frame begins at byte "),
        (&header_cut, "the request is broken: there is no frame at byte "),
        (&answer_in_it, "the request is broken: there is no frame at byte "),
        (&too_long, "the request is broken: there is no frame at byte "),
    ];
    for (request, said) in cases {
        let Some(outcome) = converse(request) else {
            return;
        };
        assert_eq!(outcome.operations, "checkpoint\nfail 1\n", "{said}");
        assert!(outcome.answer.is_empty());
        assert_eq!(outcome.status, Some(1));
        assert!(outcome.console.contains(said), "{}", outcome.console);
        assert_eq!(outcome.console.matches('\n').count(), 1);
    }
}
