//! Rules about caches.

use super::Checker;
use crate::diag::Diagnostic;
use crate::profile::raw::{RawCache, RawCacheLevel};
use crate::profile::{Cache, CacheLevel, Prefetcher, rules};
use crate::units::ByteSize;

impl Checker<'_> {
    pub(super) fn caches(&mut self) {
        let raw = self.raw;
        self.cache("cache", raw.cache.as_ref());
        self.cache(
            "little.cache",
            raw.little.as_ref().and_then(|little| little.cache.as_ref()),
        );
    }

    /// `table`: the key of what is checked.
    fn cache(&mut self, table: &str, cache: Option<&RawCache>) {
        let Some(cache) = cache else { return };
        for (level, raw) in [("l1i", &cache.l1i), ("l1d", &cache.l1d), ("l2", &cache.l2)] {
            if let Some(raw) = raw {
                self.cache_level(&format!("{table}.{level}"), raw);
            }
        }
        if cache.l2.is_some() && (cache.l1i.is_none() || cache.l1d.is_none()) {
            let place = self
                .tree
                .get(&format!("{table}.l2"))
                .map_or(self.at(table), |node| node.key_span().clone());
            self.report(
                Diagnostic::error(
                    "lkmc::profile::cache_levels",
                    "a second-level cache needs both first-level caches",
                )
                .label(&place, "behind nothing")
                .help(format!("add [{table}.l1i] and [{table}.l1d], or remove [{table}.l2]")),
            );
        }
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

impl From<RawCache> for Cache {
    fn from(raw: RawCache) -> Self {
        let level = |raw: RawCacheLevel| CacheLevel {
            size: raw.size.0,
            associativity: raw.associativity,
            latency: raw.latency,
            prefetcher: raw.prefetcher.filter(|prefetcher| *prefetcher != Prefetcher::None),
        };
        Cache {
            l1i: raw.l1i.map(level),
            l1d: raw.l1d.map(level),
            l2: raw.l2.map(level),
        }
    }
}
