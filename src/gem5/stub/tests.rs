use std::io::Read;
use std::os::unix::net::UnixStream;
use std::thread::JoinHandle;

use super::*;

/// A session between two ends that are the test's.
fn session() -> (UnixStream, UnixStream, JoinHandle<io::Result<()>>) {
    let ((gdb, ours), (gem5, theirs)) = (UnixStream::pair().unwrap(), UnixStream::pair().unwrap());
    let relaying = std::thread::spawn(move || Connection::new(ours, theirs).relay());
    for end in [&gdb, &gem5] {
        end.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    }
    (gdb, gem5, relaying)
}

/// Reads until a packet comes; its content.
fn next(stream: &mut UnixStream) -> String {
    let mut packets = Packets::default();
    loop {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        match packets.take(&byte).pop() {
            Some(Piece::Packet(content)) => return String::from_utf8(content).unwrap(),
            Some(Piece::Byte(INTERRUPT)) => return "interrupt".into(),
            _ => {}
        }
    }
}

fn say(stream: &mut UnixStream, content: &str) {
    stream.write_all(&packet(content.as_bytes())).unwrap();
}

#[test]
fn packets_are_found_wherever_the_stream_is_cut() {
    let pieces = [
        Piece::Byte(b'+'),
        Piece::Packet(b"Z0,10,4".to_vec()),
        Piece::Byte(INTERRUPT),
        Piece::Packet(b"c".to_vec()),
    ];
    let stream: Vec<u8> = pieces.iter().flat_map(Piece::encode).collect();
    assert_eq!(stream, b"+$Z0,10,4#77\x03$c#63");
    let mut packets = Packets::default();
    let found: Vec<Piece> = stream.iter().flat_map(|byte| packets.take(&[*byte])).collect();
    assert_eq!(found, pieces);
}

#[test]
fn a_gdb_that_was_killed_leaves_nothing_behind() {
    let (mut gdb, mut gem5, relaying) = session();
    for command in ["Z0,10,4", "Z0,20,4", "z0,10,4", "c"] {
        say(&mut gdb, command);
        assert_eq!(next(&mut gem5), command);
    }
    drop(gdb);
    assert_eq!(next(&mut gem5), "interrupt");
    say(&mut gem5, "T04thread:1;");
    assert_eq!(next(&mut gem5), "?");
    assert_eq!(next(&mut gem5), "z0,20,4");
    say(&mut gem5, "OK");
    assert_eq!(next(&mut gem5), "D");
    relaying.join().unwrap().unwrap();
}

#[test]
fn what_gem5_does_not_answer_is_answered() {
    let (mut gdb, mut gem5, relaying) = session();
    say(&mut gdb, "c");
    gdb.write_all(b"\x03").unwrap();
    assert_eq!(next(&mut gem5), "c");
    assert_eq!(next(&mut gem5), "interrupt");
    say(&mut gem5, "T04thread:1;");
    assert_eq!(next(&mut gdb), "T02thread:1;");
    // One that nobody asked for is what it is.
    say(&mut gdb, "c");
    say(&mut gem5, "T04thread:1;");
    assert_eq!(next(&mut gdb), "T04thread:1;");
    say(&mut gdb, "D");
    assert_eq!(next(&mut gdb), "OK");
    drop(gem5);
    relaying.join().unwrap().unwrap();
}

#[test]
fn the_simulations_end_is_one_for_gdb() {
    let (mut gdb, gem5, relaying) = session();
    say(&mut gdb, "c");
    let mut gem5 = gem5;
    assert_eq!(next(&mut gem5), "c");
    drop(gem5);
    assert_eq!(next(&mut gdb), "W00");
    drop(gdb);
    relaying.join().unwrap().unwrap();
}

#[test]
fn a_step_that_was_none_is_made_again() {
    let (mut gdb, mut gem5, relaying) = session();
    // Registers before and after each step of gem5's, and whether GDB hears of it.
    for steps in [&["1000", "1000", "1400"][..], &["1400", "1800"]] {
        say(&mut gdb, "s");
        assert_eq!(next(&mut gem5), "g");
        say(&mut gem5, steps[0]);
        for (at, after) in steps[1..].iter().enumerate() {
            assert_eq!(next(&mut gem5), "s");
            say(&mut gem5, "T05thread:1;");
            if at == 0 {
                assert_eq!(next(&mut gem5), "g");
                say(&mut gem5, after);
            }
        }
        assert_eq!(next(&mut gdb), "T05thread:1;");
    }
    // Nothing else was said to GDB.
    drop(gem5);
    let mut rest = Vec::new();
    gdb.shutdown(std::net::Shutdown::Write).unwrap();
    gdb.read_to_end(&mut rest).unwrap();
    assert!(!rest.contains(&b'$'), "{}", String::from_utf8_lossy(&rest));
    relaying.join().unwrap().unwrap();
}
