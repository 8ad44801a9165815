//! Turns each expectation into one that must fail, to prove that each is really compared.

use crate::verdict::Verdict;

use super::{Expect, Text};

/// No program and no kernel says this.
const NEVER: &str = "<this was never said>";

/// Every single expectation flipped once, each with its name. A run that was as expected must fail all of them.
pub fn mutations(expect: &Expect) -> Vec<(String, Expect)> {
    let mut all = Vec::new();
    let mut add = |name: String, change: &dyn Fn(&mut Expect)| {
        let mut mutated = expect.clone();
        change(&mut mutated);
        all.push((name, mutated));
    };
    add("verdict".into(), &|expect| {
        expect.verdict = match expect.verdict {
            Verdict::Pass | Verdict::Failed => Verdict::Panic,
            _ => Verdict::Pass,
        };
    });
    if let Some(status) = expect.status {
        add("status".into(), &|expect| expect.status = Some(status ^ 1));
    }
    for (name, text) in texts(&expect.stdout) {
        add(format!("stdout, {name}"), &|expect| expect.stdout = text.clone());
    }
    for (name, text) in texts(&expect.stderr) {
        add(format!("stderr, {name}"), &|expect| expect.stderr = text.clone());
    }
    for index in 0..expect.stack.len() {
        add(format!("stack, line {}", index + 1), &|expect| {
            expect.stack[index].push_str(NEVER)
        });
    }
    for index in 0..expect.dmesg.len() {
        add(format!("dmesg, line {}", index + 1), &|expect| {
            expect.dmesg[index].push_str(NEVER)
        });
    }
    for index in 0..expect.dmesg_not.len() {
        // What is known to come must not come; if nothing is, what must not come is waited for.
        add(
            format!("dmesg-not, line {}", index + 1),
            &|expect| match expect.dmesg.first() {
                Some(comes) => expect.dmesg_not[index] = comes.clone(),
                None => expect.dmesg = vec![expect.dmesg_not[index].clone()],
            },
        );
    }
    all
}

fn texts(text: &Text) -> Vec<(String, Text)> {
    match text {
        Text::Exact(text) => {
            let lines: Vec<&str> = text.lines().collect();
            let changed = (0..lines.len()).map(|index| {
                let mut lines = lines.clone();
                let line = format!("{}{NEVER}", lines[index]);
                lines[index] = &line;
                let end = if text.ends_with('\n') { "\n" } else { "" };
                (format!("line {}", index + 1), Text::Exact(lines.join("\n") + end))
            });
            let longer = ("one line more".to_string(), Text::Exact(format!("{text}{NEVER}\n")));
            changed.chain([longer]).collect()
        }
        Text::Has(lines) => (0..lines.len())
            .map(|index| {
                let mut lines = lines.clone();
                lines[index].push_str(NEVER);
                (format!("line {}", index + 1), Text::Has(lines))
            })
            .collect(),
    }
}
