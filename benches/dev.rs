//! Measures what is between a save and the last line of the kernel log, and prints the medians of docs/performance.md:
//!
//!     cargo bench --bench dev -- [PROFILE...]
//!
//! Twenty edits, five of which oops, in one guest that is never booted again. Nothing here passes or fails.

#[allow(dead_code)]
#[path = "../tests/common/edits.rs"]
mod edits;

use serde_json::Value;

use crate::edits::{Loop, hello, oops, own_file, save};

const PARTS: [&str; 10] = [
    "noticed",
    "evaluation",
    "build",
    "rmmod",
    "saved",
    "push",
    "insmod",
    "decode",
    "rollback",
    "total",
];

fn main() {
    let named: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let profiles = match named.is_empty() {
        true => ["x86_64-qemu", "aarch64-qemu", "arm-qemu"].map(str::to_owned).to_vec(),
        false => named,
    };
    profiles
        .iter()
        .for_each(|profile| print_medians(profile, &edit(profile)));
}

/// What the loop says of each edit.
fn edit(profile: &str) -> Vec<Value> {
    let (_directory, file) = own_file("mymodule.c");
    std::fs::write(&file, hello(0)).expect("a file can be written");
    let mut watching = Loop::start(profile, &file);
    watching.next();
    let round = |number: u32| {
        let text = match number.is_multiple_of(4) {
            true => oops(number),
            false => hello(number),
        };
        save(&file, &text);
        watching.next()
    };
    (1..=20).map(round).collect()
}

fn print_medians(profile: &str, iterations: &[Value]) {
    print!("{profile}, medians of {} edits in seconds:", iterations.len());
    for part in PARTS {
        let numbers = iterations
            .iter()
            .filter_map(|iteration| iteration["seconds"][part].as_f64());
        if let Some(median) = median(numbers.collect()) {
            print!(" {part} {median:.2}");
        }
    }
    println!();
}

fn median(mut numbers: Vec<f64>) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied()
}
