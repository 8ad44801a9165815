//! Something for each processor.

/// There are few processors, and they are asked about at each instruction: looking through a list is quicker than any hash.
pub struct PerCpu<T>(Vec<(u32, T)>);

impl<T> Default for PerCpu<T> {
    fn default() -> PerCpu<T> {
        PerCpu(Vec::new())
    }
}

impl<T: Default> PerCpu<T> {
    pub fn of(&mut self, cpu: u32) -> &mut T {
        let known = self.0.iter().position(|(number, _)| *number == cpu);
        let index = known.unwrap_or_else(|| {
            self.0.push((cpu, T::default()));
            self.0.len() - 1
        });
        &mut self.0[index].1
    }

    /// Those that were asked about, by their numbers.
    pub fn cpus(&self) -> Vec<u32> {
        let mut cpus: Vec<u32> = self.0.iter().map(|(cpu, _)| *cpu).collect();
        cpus.sort_unstable();
        cpus
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_processor_has_its_own() {
        let mut counts = PerCpu::<u32>::default();
        for cpu in [7, 0, 7, 4_000_000_000, 7] {
            *counts.of(cpu) += 1;
        }
        assert_eq!(counts.cpus(), [0, 7, 4_000_000_000]);
        assert_eq!([*counts.of(7), *counts.of(0), *counts.of(1)], [3, 1, 0]);
    }
}
