//! Where the instructions were executed: a count for each function.

use std::collections::HashMap;

use serde::Serialize;

use super::calls::Event;
use super::per_cpu::PerCpu;
use super::symbols::{Function, Place, Symbols};

#[derive(Default)]
struct Count {
    kernel: bool,
    instructions: u64,
    ticks: u64,
    calls: u64,
    with_callees: u64,
}

/// One function.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Row {
    pub function: String,
    pub kernel: bool,
    pub instructions: u64,
    /// Of all instructions.
    pub share: f64,
    /// From its instructions to the next ones of the same processor, where instructions have a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticks: Option<u64>,
    /// How often it was entered.
    pub calls: u64,
    /// Instructions of the functions that it called too.
    pub with_callees: u64,
}

/// Counts while a trace goes by.
#[derive(Default)]
pub struct Summary {
    /// By the functions' numbers.
    counts: Vec<Count>,
    last: PerCpu<Option<(u64, Function)>>,
    /// How many frames of a function are open on a processor: what it does in itself counts once.
    open: HashMap<(u32, Function), u64>,
    pub instructions: u64,
}

impl Summary {
    fn of(&mut self, function: Function) -> &mut Count {
        let index = function as usize;
        if self.counts.len() <= index {
            self.counts.resize_with(index + 1, Count::default);
        }
        &mut self.counts[index]
    }

    /// An instruction that is wanted.
    pub fn count(&mut self, place: Place) {
        let count = self.of(place.function);
        count.kernel = place.kernel;
        count.instructions += 1;
        self.instructions += 1;
    }

    /// Any instruction: the time until it is the one's before it.
    pub fn time(&mut self, cpu: u32, tick: u64, function: Function) {
        if let Some((since, before)) = self.last.of(cpu).replace((tick, function)) {
            self.of(before).ticks += tick.saturating_sub(since);
        }
    }

    /// What became of a stack.
    pub fn follow(&mut self, event: Event) {
        match event {
            Event::Enter { cpu, function, .. } => {
                self.of(function).calls += 1;
                *self.open.entry((cpu, function)).or_default() += 1;
            }
            Event::Leave { cpu, frame, .. } => {
                let open = self.open.entry((cpu, frame.function)).or_default();
                *open = open.saturating_sub(1);
                if *open == 0 {
                    self.of(frame.function).with_callees += frame.instructions;
                }
            }
        }
    }

    /// The functions of which instructions were wanted, the hottest first.
    pub fn rows(&self, symbols: &Symbols, timed: bool) -> Vec<Row> {
        let numbered = (0..).zip(&self.counts);
        let wanted = numbered.filter(|(_, count)| count.instructions > 0);
        let mut rows: Vec<Row> = wanted
            .map(|(function, count)| Row {
                function: symbols.name(function).to_owned(),
                kernel: count.kernel,
                instructions: count.instructions,
                share: count.instructions as f64 / self.instructions as f64,
                ticks: timed.then_some(count.ticks),
                calls: count.calls,
                with_callees: count.with_callees,
            })
            .collect();
        rows.sort_by(|a, b| {
            b.instructions
                .cmp(&a.instructions)
                .then_with(|| a.function.cmp(&b.function))
        });
        rows
    }
}

/// The rows as a table; `number` of them.
pub fn table(rows: &[Row], number: usize, timed: bool) -> String {
    let time = |text: &str| match timed {
        true => format!("{text:>12}  "),
        false => String::new(),
    };
    let mut text = format!(
        "  instructions   share     calls  with callees  {}side    function\n",
        time("ticks")
    );
    for row in rows.iter().take(number) {
        text += &format!(
            "{:>14}  {:>5.1}%  {:>8}  {:>12}  {}{:<6}  {}\n",
            row.instructions,
            100.0 * row.share,
            row.calls,
            row.with_callees,
            time(&row.ticks.unwrap_or_default().to_string()),
            if row.kernel { "kernel" } else { "user" },
            row.function
        );
    }
    if rows.len() > number {
        text += &format!("and {} more functions; -n shows more\n", rows.len() - number);
    }
    text
}
