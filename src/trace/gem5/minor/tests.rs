//! Messages as gem5 writes them.

use super::*;

/// Ticks and what was said, of one processor.
fn left(messages: &[(u64, &str, &str)]) -> Vec<Passage> {
    let mut parser = Parser::default();
    let passages = messages.iter().flat_map(|(tick, unit, words)| {
        let object = format!("system.cpu_cluster.cpus1.{unit}");
        parser.said(&Said {
            tick: *tick,
            object: &object,
            words,
        })
    });
    passages.collect()
}

const ASKED: (u64, &str, &str) = (
    500,
    "fetch1",
    "Inserting fetch into the fetch queue 0/1.1/7 addr: 0x40 pc: 64",
);

#[test]
fn an_instruction_has_its_stages() {
    let all = left(&[
        ASKED,
        (
            81_500,
            "fetch2",
            "Instruction extracted from line 0/1.1/7 lineWidth: 64 inst: 0/1.1/7/3 pc: 0x44 (ldr)",
        ),
        (
            82_000,
            "decode",
            "Passing on inst: 0/1.1/7/3 pc: 0x44 (ldr) inputIndex: 0 output_index: 0",
        ),
        (
            82_500,
            "execute",
            "Trying to issue inst: 0/1.1/7/3.9 pc: 0x44 (ldr) to FU: 0",
        ),
        (83_000, "execute", "Issuing inst: 0/1.1/7/3.9 pc: 0x44 (ldr) into FU 5"),
        (83_500, "execute", "Initiating memRef inst: 0/1.1/7/3.9 pc: 0x44 (ldr)"),
        (84_000, "execute", "Initiating memRef inst: 0/1.1/7/3.9 pc: 0x44 (ldr)"),
        (99_000, "execute", "Completed inst: 0/1.1/7/3.9 pc: 0x44 (ldr)"),
    ]);
    let passage = &all[0];
    assert_eq!(
        (all.len(), passage.cpu, passage.sequence, passage.address),
        (1, 1, 3, 0x44)
    );
    let times = [500, 81_500, 82_000, 83_000, 83_500, 99_000].map(Some);
    assert_eq!(passage.ticks[..6], times);
    assert_eq!((passage.text.as_str(), passage.squashed()), ("ldr", false));
}

#[test]
fn operations_share_an_instruction() {
    let all = left(&[
        ASKED,
        (
            1000,
            "fetch2",
            "Instruction extracted from line 0/1.1/7 inst: 0/1.1/7/3 pc: 0x44 (stp)",
        ),
        (
            1500,
            "decode",
            "Microop decomposition inputIndex: 0 microopPC: (0x44=>0x48) inst: 0/1.1/7/3 pc: 0x44 (addxi_uop)",
        ),
        (
            2000,
            "decode",
            "Microop decomposition inputIndex: 0 microopPC: (0x44=>0x48) inst: 0/1.1/7/3 pc: 0x44 (strxi_uop)",
        ),
        (
            2000,
            "execute",
            "Issuing inst: 0/1.1/7/3.5 pc: 0x44 (addxi_uop) into FU 0",
        ),
        (2500, "execute", "Completed inst: 0/1.1/7/3.5 pc: 0x44 (addxi_uop)"),
        (
            3000,
            "execute",
            "Issuing inst: 0/1.1/7/3.6 pc: 0x44 (strxi_uop) into FU 5",
        ),
        (3500, "execute", "Completed inst: 0/1.1/7/3.6 pc: 0x44 (strxi_uop)"),
    ]);
    let shown: Vec<_> = all
        .iter()
        .map(|one| (one.micro, one.text.as_str(), one.ticks[0], one.ticks[DECODE]))
        .collect();
    assert_eq!(
        shown,
        [
            (0, "addxi_uop", Some(500), Some(1500)),
            (1, "strxi_uop", None, Some(2000))
        ]
    );
}

#[test]
fn what_a_younger_one_overtakes_was_for_nothing() {
    let extracted = |number| format!("Instruction extracted from line 0/1.1/7 inst: 0/1.1/7/{number} pc: 0x44 (b)");
    let (first, second, third, fourth) = (extracted(1), extracted(2), extracted(3), extracted(4));
    let all = left(&[
        (1000, "fetch2", &first),
        (1000, "fetch2", &second),
        (1500, "fetch2", &third),
        (1500, "fetch2", &fourth),
        (2000, "execute", "Completed inst: 0/1.1/7/1.1 pc: 0x44 (b)"),
        (
            2000,
            "execute",
            "Discarding inst: 0/1.1/7/2.2 pc: 0x44 (b) as its stream state was unexpected, expected: 2",
        ),
        (2000, "execute", "Completed inst: 0/1.1/7/2.2 pc: 0x44 (b)"),
        (9000, "execute", "Completed inst: 0/1.1/7/4.3 pc: 0x44 (b)"),
    ]);
    let shown: Vec<_> = all.iter().map(|one| (one.sequence, one.squashed())).collect();
    assert_eq!(shown, [(1, false), (2, true), (3, true), (4, false)]);
}

#[test]
fn other_messages_are_nothing() {
    let all = left(&[
        (1, "execute", "Completed inst: nonsense"),
        (1, "execute", "Completed inst: 0/1.1/7/1.1 pc: 0x???????? (bubble)"),
        (1, "execute", "Completed inst: 0/1.1/7/1.1 pc: 0x44 (b)"),
        (1, "fetch2", "Scheduled Thread: -1"),
        (1, "dcache", "access for ReadReq [80:bf] hit"),
    ]);
    assert_eq!(all, []);
}
