//! Interleaved samples, and the Markdown table of them.

use std::time::Duration;

/// One thing that is measured: a line of the table.
pub struct Case<'a> {
    pub what: String,
    pub measure: Box<dyn FnMut() -> Result<Duration, String> + 'a>,
}

impl<'a> Case<'a> {
    pub fn new(what: impl Into<String>, measure: impl FnMut() -> Result<Duration, String> + 'a) -> Case<'a> {
        Case {
            what: what.into(),
            measure: Box::new(measure),
        }
    }
}

/// Cases that are compared with the first of them.
pub struct Group<'a> {
    pub title: String,
    pub cases: Vec<Case<'a>>,
}

/// Takes the samples A B, B A, so that whatever else the machine does hits all cases alike, also what each leaves to the next, and
/// prints the group's rows. Whether all could be measured.
pub fn measure(group: Group, rounds: usize) -> bool {
    let Group { title, mut cases } = group;
    let mut samples: Vec<Vec<f64>> = vec![Vec::new(); cases.len()];
    let mut failures: Vec<Option<String>> = vec![None; cases.len()];
    // The first round only warms caches.
    for round in 0..=rounds {
        let mut turns: Vec<_> = cases.iter_mut().enumerate().collect();
        if round % 2 == 1 {
            turns.reverse();
        }
        for (index, case) in turns {
            if failures[index].is_some() {
                continue;
            }
            eprintln!("{title}: round {round} of {rounds}: {}", case.what);
            match (case.measure)() {
                Ok(took) if round > 0 => samples[index].push(took.as_secs_f64()),
                Ok(_) => {}
                Err(why) => failures[index] = Some(why),
            }
        }
    }
    println!("| **{title}** | | | | |");
    let base = median(&mut samples[0]);
    for (index, case) in cases.iter().enumerate() {
        if let Some(why) = &failures[index] {
            println!("| {} | not measured: {why} | | | |", case.what);
            continue;
        }
        let mine = median(&mut samples[index]);
        let (low, high) = (samples[index][0], samples[index][samples[index].len() - 1]);
        let (difference, ratio) = match index {
            0 => (String::new(), String::new()),
            // There is nothing to compare with.
            _ if base.is_nan() => (String::new(), String::new()),
            _ => (
                format!("{:+.0} ms", (mine - base) * 1000.0),
                format!("{:.2}", mine / base),
            ),
        };
        println!(
            "| {} | {} | {} to {} | {difference} | {ratio} |",
            case.what,
            seconds(mine),
            seconds(low),
            seconds(high)
        );
    }
    failures.iter().all(Option::is_none)
}

pub fn heading() {
    println!("| What | Median | Range | Against the first | Ratio |");
    println!("| --- | ---: | ---: | ---: | ---: |");
}

fn median(samples: &mut [f64]) -> f64 {
    samples.sort_by(f64::total_cmp);
    let middle = samples.len() / 2;
    match samples.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => samples[middle],
        _ => (samples[middle - 1] + samples[middle]) / 2.0,
    }
}

fn seconds(value: f64) -> String {
    match value < 1.0 {
        true => format!("{:.0} ms", value * 1000.0),
        false => format!("{value:.2} s"),
    }
}
