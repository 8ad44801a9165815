//! What an instruction does in a pipeline: the stages that it reaches, and when.

/// Whose pipeline it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Model {
    #[default]
    O3,
    /// MinorCPU and HPI.
    Minor,
}

/// Of [`Model::O3`], as its lines name them.
pub const O3: [(&str, char); MOST] = [
    ("fetch", 'f'),
    ("decode", 'd'),
    ("rename", 'n'),
    ("dispatch", 'p'),
    ("issue", 'i'),
    ("complete", 'c'),
    ("retire", 'r'),
];
/// The line of code is asked for, the instruction taken out of it.
const MINOR: [(&str, char); 6] = [
    ("line", 'l'),
    ("fetch", 'f'),
    ("decode", 'd'),
    ("issue", 'i'),
    ("memory", 'm'),
    ("retire", 'r'),
];
/// The most stages that a model has.
pub const MOST: usize = 7;
pub const RETIRE: usize = MOST - 1;

impl Model {
    /// Stages in their order, with their letters. The last one is the instruction's end.
    pub fn stages(self) -> &'static [(&'static str, char)] {
        match self {
            Model::O3 => &O3,
            Model::Minor => &MINOR,
        }
    }
}

/// One instruction, or one micro-operation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passage {
    pub model: Model,
    pub cpu: u32,
    pub sequence: u64,
    pub address: u64,
    pub micro: u32,
    pub text: String,
    /// When each stage was reached, in the order of [`Model::stages`].
    pub ticks: [Option<u64>; MOST],
    /// When a store was written.
    pub store: Option<u64>,
}

impl Passage {
    /// The first thing that is known of it.
    pub fn fetched(&self) -> u64 {
        self.ticks.iter().flatten().copied().min().unwrap_or(0)
    }

    /// The stages that it reached, by time.
    pub fn reached(&self) -> Vec<(u64, (&'static str, char))> {
        let stages = self.model.stages().iter().zip(self.ticks);
        let mut reached: Vec<_> = stages.filter_map(|(stage, tick)| Some((tick?, *stage))).collect();
        reached.sort_by_key(|(tick, _)| *tick);
        reached
    }

    /// It was fetched for nothing: a branch went elsewhere, or an exception came.
    pub fn squashed(&self) -> bool {
        self.ticks[self.model.stages().len() - 1].is_none()
    }

    /// The last thing that is known of it.
    #[cfg(test)]
    pub fn ended(&self) -> u64 {
        self.ticks
            .iter()
            .flatten()
            .chain(&self.store)
            .copied()
            .max()
            .unwrap_or(0)
    }

    /// All times from here on.
    pub fn since(mut self, begin: u64) -> Passage {
        let all = self.ticks.iter_mut().chain([&mut self.store]);
        all.flatten().for_each(|tick| *tick = tick.saturating_sub(begin));
        self
    }
}
