//! The agent as it is in a guest of gem5: its real source, compiled for this machine, with gem5's operations played by
//! files (`tests/gem5_agent/m5ops.h`). Skipped by name where there is no C compiler.

use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::common::{skip, wait_for_end};
use lkmc::guest::protocol::{CommandSpec, Decoder, Exit, Frame, Kind, MAX_PAYLOAD, MEASURED, Refusal};

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
        (3, Exit::NotStarted(Refusal::NO_SUCH_FILE)),
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
    assert_eq!(
        outcome.exits(),
        [(1, Exit::NotStarted(Refusal::NO_SUCH_FILE)), (2, Exit::Code(0))]
    );
}

/// An executable file in its directory.
fn executable(directory: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = directory.join(name);
    std::fs::create_dir_all(directory).unwrap();
    std::fs::write(&path, bytes).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// The agent's own program, with this many bytes changed.
fn altered(offset: usize, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut program = std::fs::read(agent()?).unwrap();
    program[offset..offset + bytes.len()].copy_from_slice(bytes);
    Some(program)
}

fn command<S: Into<OsString>>(words: impl IntoIterator<Item = S>) -> CommandSpec {
    CommandSpec::new(words).at("/")
}

/// How each of these commands ended, and what it printed.
fn ends_of(commands: &[CommandSpec]) -> Vec<(Exit, String)> {
    let numbered = (1..).zip(commands);
    let frames = numbered.flat_map(|(id, command)| CommandSpec::frames(&command.encode(), id, 0));
    let Some(outcome) = converse(&encode(frames)) else {
        return Vec::new();
    };
    let exits = outcome.exits().into_iter();
    exits.map(|(id, exit)| (exit, outcome.text(Kind::Stdout, id))).collect()
}

#[test]
fn a_program_of_another_machine_is_not_taken_for_a_script() {
    const MACHINE: usize = 18;
    const TYPE: usize = 16;
    const UNKNOWN: u16 = 0x7776;
    let (Some(foreign), Some(object)) = (altered(MACHINE, &UNKNOWN.to_le_bytes()), altered(TYPE, &[1, 0])) else {
        return skip("there is no `cc`");
    };
    let place = tempfile::tempdir().unwrap();
    let here = |name: &str, bytes: &[u8]| command([executable(place.path(), name, bytes)]);
    let ours = u16::from_le_bytes([object[MACHINE], object[MACHINE + 1]]);
    let big_endian = [
        &foreign[..5],
        &[2][..],
        &foreign[6..MACHINE],
        &(UNKNOWN + 1).to_be_bytes(),
        &foreign[20..],
    ]
    .concat();
    let ends = ends_of(&[
        here("foreign", &foreign),
        here("big-endian", &big_endian),
        here("object", &object),
        here("script", b"echo \"$0\" is a script"),
        here("short", b"\x7fELF"),
        command(["foreign"]).env("PATH", place.path()),
    ]);
    let machines = |program| Exit::NotStarted(Refusal::Foreign { program, guest: ours });
    let exits: Vec<Exit> = ends.iter().map(|(exit, _)| *exit).collect();
    assert_eq!(exits[..3], [machines(UNKNOWN), machines(UNKNOWN + 1), machines(ours)]);
    assert_eq!(exits[3], Exit::Code(0));
    assert!(ends[3].1.ends_with("script is a script\n"), "{}", ends[3].1);
    assert_eq!(exits[4], machines(0));
    assert_eq!(exits[5], machines(UNKNOWN));
    assert!(
        ends.iter()
            .enumerate()
            .all(|(at, (_, said))| at == 3 || said.is_empty())
    );
}

#[test]
fn a_loader_that_is_not_there_is_told_from_a_program_that_is_not() {
    let Some(program) = agent().map(|path| std::fs::read(path).unwrap()) else {
        return skip("there is no `cc`");
    };
    let place = tempfile::tempdir().unwrap();
    // What names the loader is a text in the file.
    let loader = b"/ld-linux";
    let at = program.windows(loader.len()).position(|text| text == loader);
    let Some(at) = at else {
        return skip("`cc` makes programs without such a loader");
    };
    let dynamic = executable(place.path(), "dynamic", &altered(at, b"/xx-").unwrap());
    let script = executable(place.path(), "script", b"#!/not/there\n");
    let ends = ends_of(&[command([&dynamic]), command([&script]), command(["/not/there"])]);
    let refusals = [Refusal::NoLoader, Refusal::NoInterpreter, Refusal::NO_SUCH_FILE];
    let exits: Vec<Exit> = ends.iter().map(|(exit, _)| *exit).collect();
    assert_eq!(exits, refusals.map(Exit::NotStarted));
}

#[test]
fn programs_are_looked_for_as_execvpe_does() {
    let place = tempfile::tempdir().unwrap();
    let put = |directory: &str, name: &str, bytes: &[u8]| executable(&place.path().join(directory), name, bytes);
    put("first", "both", b"#!/bin/sh\necho first\n");
    put("second", "both", b"#!/bin/sh\necho second\n");
    put("second", "one", b"#!/bin/sh\necho \"$1\"\n");
    let plain = put("first", "one", b"");
    std::fs::set_permissions(&plain, std::fs::Permissions::from_mode(0o644)).unwrap();
    put("first", "broken", b"#!/not/there\n");
    let forbidden = put("first", "forbidden", b"");
    std::fs::set_permissions(&forbidden, std::fs::Permissions::from_mode(0o644)).unwrap();
    let path = format!("/not/there:{0}/first:{0}/second", place.path().display());
    let looked_for = |words: &[&str]| command(words).env("PATH", &path);
    let in_directory = command(["both"])
        .env("PATH", "")
        .at(place.path().join("second").to_str().unwrap());
    let ends = ends_of(&[
        looked_for(&["both"]),
        looked_for(&["one", "word"]),
        looked_for(&["broken"]),
        looked_for(&["forbidden"]),
        looked_for(&[""]),
        in_directory,
    ]);
    if ends.is_empty() {
        return;
    }
    const EACCES: u32 = 13;
    let code = |text: &str| (Exit::Code(0), text.to_owned());
    let refused = |refusal| (Exit::NotStarted(refusal), String::new());
    let expected = [
        code("first\n"),
        code("word\n"),
        refused(Refusal::NoInterpreter),
        refused(Refusal::Errno(EACCES)),
        refused(Refusal::NO_SUCH_FILE),
        code("second\n"),
    ];
    assert_eq!(ends, expected);
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
