//! Rules about caches.

use super::Checker;
use crate::diag::Diagnostic;
use crate::profile::emulator::{Cache, CacheLevel};
use crate::profile::raw::{RawCache, RawCacheLevel, RawCpu};
use crate::profile::{Gem5Cpu, Prefetcher, rules};
use crate::units::ByteSize;

impl Checker<'_> {
    pub(super) fn caches(&mut self) {
        let raw = self.raw;
        self.cache("cache", &raw.cpu, raw.cache.as_ref());
        if let Some(little) = &raw.little {
            self.cache("little.cache", &little.cpu, little.cache.as_ref());
        }
    }

    /// `table`: the key of what is checked, and what is in front of it.
    fn cache(&mut self, table: &str, cpu: &RawCpu, cache: Option<&RawCache>) {
        let Some(cache) = cache else { return };
        let levels = cache.levels();
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
        let (level, problem, remedy) = match (l1i, l1d) {
            (true, true) => return,
            (false, false) if !l2 => return,
            (false, false) => (
                "l2",
                "a second-level cache needs both first-level caches",
                format!("add [{table}.l1i] and [{table}.l1d]"),
            ),
            (true, false) => ("l1i", "first-level caches come in pairs", format!("add [{table}.l1d]")),
            (false, true) => ("l1d", "first-level caches come in pairs", format!("add [{table}.l1i]")),
        };
        let place = self
            .tree
            .get(&format!("{table}.{level}"))
            .map_or(self.at(table), |node| node.key_span().clone());
        let label = if level == "l2" {
            "behind nothing"
        } else {
            "without the other"
        };
        self.report(
            Diagnostic::error("lkmc::profile::cache_levels", problem)
                .label(&place, label)
                .help(format!("{remedy}, or remove [{table}.{level}]")),
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

impl From<&RawCache> for Cache {
    fn from(raw: &RawCache) -> Self {
        let level = |raw: &RawCacheLevel| CacheLevel {
            size: raw.size.0,
            associativity: raw.associativity,
            latency: raw.latency,
            prefetcher: raw.prefetcher.filter(|prefetcher| *prefetcher != Prefetcher::None),
        };
        let [l1i, l1d, l2] = raw.levels().map(|(_, raw)| raw.map(level));
        Cache { l1i, l1d, l2 }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::profile::{Cache, Emulator, Library};
    use crate::source::Source;

    fn cache(more: &str) -> Cache {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let text = format!("extends = [\"fragments/gem5-hpi\"]\narch = \"aarch64\"\n{more}");
        let library = Library { root: root.to_owned() };
        let profile = library.load_source(&Source::file(&root.join("tests/any.toml"), text));
        match profile.expect("it is valid").emulator {
            Emulator::Gem5(gem5) => gem5.cluster.cache,
            Emulator::Qemu(_) => panic!("the fragment is gem5's"),
        }
    }

    #[test]
    fn a_cache_of_no_size_is_as_good_as_absent() {
        let sizes = |cache: Cache| [cache.l1i, cache.l1d, cache.l2].map(|level| level.map(|level| level.size.0));
        let [l1i, l1d, l2] = sizes(cache(""));
        assert_eq!(l2, Some(1024 * 1024));
        assert!(l1i.is_some() && l1d.is_some());
        assert_eq!(sizes(cache("cache.l2.size = \"0B\"\n")), [l1i, l1d, None]);
    }
}
