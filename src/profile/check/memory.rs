//! Rules about memory.

use super::Checker;
use crate::diag::Diagnostic;
use crate::profile::rules::{self, Board};
use crate::units::ByteSize;

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
const LEAST: u64 = 32 * MIB;

impl Checker<'_> {
    /// On any board.
    pub(super) fn memory_size(&mut self) {
        let size = self.raw.memory.size.0;
        let refusal = if size.0 < LEAST {
            format!("a kernel and its root file system need {} at least", ByteSize(LEAST))
        } else if !size.0.is_multiple_of(MIB) {
            "must be a whole number of MiB".into()
        } else {
            return;
        };
        let problem = self.no_memory(refusal);
        self.report_alone(problem);
    }

    pub(super) fn reach_of_memory(&mut self, board: &Board) {
        let most = ByteSize(board.max_memory_gib * GIB);
        if self.raw.memory.size.0 > most {
            let problem = self.no_memory(format!("{} reaches {most} on {}", board.name, board.arch));
            self.report(problem);
        }
    }

    fn no_memory(&self, refusal: String) -> Diagnostic {
        let message = format!("the machine cannot have {} of memory", self.raw.memory.size.0);
        self.about("lkmc::profile::memory_size", "memory.size", message, refusal)
    }

    /// Some bits of an address choose the channel.
    pub(super) fn channels(&mut self) {
        let channels = self.raw.memory.channels.unwrap_or(1);
        if channels.is_power_of_two() {
            return;
        }
        let above = channels.next_power_of_two();
        let problem = self
            .no_channels(channels, "must be a power of two")
            .help(format!("near: {} or {above}", above / 2));
        self.report_alone(problem);
    }

    pub(super) fn channels_of_model(&mut self) {
        let memory = &self.raw.memory;
        let channels = memory.channels.unwrap_or(1);
        if channels == 1 || memory.model.as_deref() != Some(rules::GEM5_SIMPLE_MEMORY) {
            return;
        }
        let problem = self.no_channels(channels, "wants a model of DRAM");
        let problem = self.also(problem, "memory.model", "this one has no channels");
        self.report(problem.help("leave one of the two out; DDR3_1600_8x8 has channels"));
    }

    fn no_channels(&self, channels: u32, refusal: &str) -> Diagnostic {
        let message = format!("memory cannot have {channels} channels");
        self.about("lkmc::profile::memory_channels", "memory.channels", message, refusal)
    }
}
