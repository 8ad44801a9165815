//! Rules about caches.

use super::Checker;
use crate::diag::Diagnostic;
use crate::profile::emulator::{Cache, CacheLevel};
use crate::profile::raw::{Levels, RawCacheLevel, RawCpu};
use crate::profile::{Gem5Cpu, Prefetcher, rules};
use crate::units::ByteSize;

const PAIRS: &str = "first-level caches come in pairs";
const SECOND: &str = "a second-level cache needs both first-level caches";
const THIRD: &str = "a third-level cache needs first-level caches of all processors";

impl Checker<'_> {
    pub(super) fn caches(&mut self) {
        let raw = self.raw;
        self.cache("cache", &raw.cpu, raw.levels());
        if let Some(little) = &raw.little {
            self.cache("little.cache", &little.cpu, little.levels());
        }
        if let Some(third) = raw.third_level() {
            self.cache_level("cache.l3", third);
        }
    }

    /// `table`: the key of what is checked, and what is in front of it.
    fn cache(&mut self, table: &str, cpu: &RawCpu, levels: Levels) {
        for (level, raw) in levels {
            if let Some(raw) = raw {
                self.cache_level(&format!("{table}.{level}"), raw);
            }
        }
        if Gem5Cpu::from_name(&cpu.model).is_some_and(|cpu| rules::CACHED_CPUS.contains(&cpu)) {
            // Whatever it lacks is reported where the processor is.
            return;
        }
        let [l1i, l1d, l2] = levels.map(|(_, raw)| raw.is_some());
        let own = |level: &str| format!("{table}.{level}");
        let missing = format!("those of [{}] have none", table.replace("cache", "cpu"));
        let (key, problem, label, wanted) = match (l1i, l1d) {
            (true, true) => return,
            (true, false) => (own("l1i"), PAIRS, "without the other", vec![own("l1d")]),
            (false, true) => (own("l1d"), PAIRS, "without the other", vec![own("l1i")]),
            (false, false) if l2 => (own("l2"), SECOND, "behind nothing", vec![own("l1i"), own("l1d")]),
            (false, false) if self.raw.third_level().is_some() => {
                ("cache.l3".into(), THIRD, missing.as_str(), vec![own("l1i"), own("l1d")])
            }
            (false, false) => return,
        };
        let place = self
            .tree
            .get(&key)
            .map_or(self.at("cache"), |node| node.key_span().clone());
        self.report(
            Diagnostic::error("lkmc::profile::cache_levels", problem)
                .label(&place, label)
                .help(format!("add [{}], or remove [{key}]", wanted.join("] and ["))),
        );
    }

    fn cache_level(&mut self, key: &str, level: &RawCacheLevel) {
        let (size, ways) = (level.size.0, level.associativity);
        let set = rules::CACHE_LINE * u64::from(ways);
        if size.0 % set == 0 && (size.0 / set).is_power_of_two() {
            return;
        }
        let sets = (size.0 / set).max(1).next_power_of_two();
        let (below, above) = (ByteSize((sets / 2).max(1) * set), ByteSize(sets * set));
        let near = if below == above {
            above.to_string()
        } else {
            format!("{below} or {above}")
        };
        let problem = self
            .about(
                "lkmc::profile::cache_geometry",
                &format!("{key}.size"),
                format!("`{key}` cannot be built"),
                format!("{size} …"),
            )
            .label(&self.at(&format!("{key}.associativity")), format!("… in {ways} ways"))
            .help(format!(
                "the number of sets, size / ({} × ways), must be a power of two; near: {near}",
                rules::CACHE_LINE
            ));
        self.report(problem);
    }
}

impl From<Levels<'_>> for Cache {
    fn from(levels: Levels) -> Self {
        let [l1i, l1d, l2] = levels.map(|(_, raw)| raw.map(Into::into));
        Cache { l1i, l1d, l2 }
    }
}

impl From<&RawCacheLevel> for CacheLevel {
    fn from(raw: &RawCacheLevel) -> Self {
        CacheLevel {
            size: raw.size.0,
            associativity: raw.associativity,
            latency: raw.latency,
            prefetcher: raw.prefetcher.filter(|prefetcher| *prefetcher != Prefetcher::None),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::profile::{Emulator, Gem5, Library};
    use crate::source::Source;

    fn machine(more: &str) -> Gem5 {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let text = format!("extends = [\"fragments/gem5-hpi\"]\narch = \"aarch64\"\n{more}");
        let library = Library { root: root.to_owned() };
        let profile = library.load_source(&Source::file(&root.join("tests/any.toml"), text));
        match profile.expect("it is valid").emulator {
            Emulator::Gem5(gem5) => *gem5,
            Emulator::Qemu(_) => panic!("the fragment is gem5's"),
        }
    }

    #[test]
    fn a_cache_of_no_size_is_as_good_as_absent() {
        let sizes = |machine: Gem5| {
            let cache = machine.cluster.cache;
            [cache.l1i, cache.l1d, cache.l2, machine.l3].map(|level| level.map(|level| level.size.0))
        };
        let [l1i, l1d, l2, l3] = sizes(machine(""));
        assert_eq!((l2, l3), (Some(1024 * 1024), None));
        assert!(l1i.is_some() && l1d.is_some());
        assert_eq!(sizes(machine("cache.l2.size = \"0B\"\n")), [l1i, l1d, None, None]);
        let third = "cache.l2.size = \"0B\"\ncache.l3.size = \"4MiB\"\n";
        assert_eq!(sizes(machine(third)), [l1i, l1d, None, Some(4 * 1024 * 1024)]);
    }
}
