//! Caches in numbers: by cache, and by what lies at the addresses.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::gem5::cache::{Event, Kind};
use super::gem5::pages::Pages;
use super::symbols::Symbols;

const LINE: u64 = 64;
const PAGE: u64 = 4096;
/// Lines of memory that are counted each by itself; of more the rest is counted together.
const MOST: usize = 1 << 20;

/// One cache.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Numbers {
    pub cache: String,
    /// Of each kind: those that hit and those that missed.
    pub by_kind: BTreeMap<&'static str, (u64, u64)>,
    /// Reads, writes and fetches.
    pub hits: u64,
    pub misses: u64,
    pub miss_rate: Option<f64>,
    /// Misses for a line that was on its way already.
    pub merged: u64,
    pub fills: u64,
}

/// What one place in memory had to do with one cache.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Spot {
    pub cache: String,
    /// A function, a variable, or a page.
    pub place: String,
    pub accesses: u64,
    pub misses: u64,
}

/// Counts while a trace goes by.
#[derive(Default)]
pub struct Tally {
    caches: Vec<Numbers>,
    /// By cache and line: accesses and misses.
    lines: HashMap<(usize, u64), (u64, u64)>,
    elsewhere: u64,
}

impl Tally {
    pub fn count(&mut self, cache: &str, event: &Event) {
        let index = match self.caches.iter().position(|known| known.cache == cache) {
            Some(index) => index,
            None => {
                self.caches.push(Numbers {
                    cache: cache.to_owned(),
                    ..Numbers::default()
                });
                self.caches.len() - 1
            }
        };
        let numbers = &mut self.caches[index];
        match *event {
            Event::Merged => numbers.merged += 1,
            Event::Fill => numbers.fills += 1,
            Event::Access { kind, address, hit, .. } => {
                let of_kind = numbers.by_kind.entry(kind.name()).or_default();
                *(if hit { &mut of_kind.0 } else { &mut of_kind.1 }) += 1;
                if kind.is_demand() {
                    *(if hit { &mut numbers.hits } else { &mut numbers.misses }) += 1;
                    self.line(index, address / LINE, hit);
                }
            }
        }
    }

    fn line(&mut self, cache: usize, line: u64, hit: bool) {
        let room = self.lines.len() < MOST;
        match self.lines.get_mut(&(cache, line)) {
            Some((accesses, misses)) => {
                *accesses += 1;
                *misses += u64::from(!hit);
            }
            None if room => drop(self.lines.insert((cache, line), (1, u64::from(!hit)))),
            None => self.elsewhere += 1,
        }
    }

    /// By cache, in the order of their first message.
    pub fn numbers(&self) -> Vec<Numbers> {
        let rate = |numbers: &Numbers| {
            let all = numbers.hits + numbers.misses;
            (all > 0).then(|| numbers.misses as f64 / all as f64)
        };
        let mut all = self.caches.clone();
        all.iter_mut().for_each(|numbers| numbers.miss_rate = rate(numbers));
        all
    }

    /// By place, the one with the most misses first.
    pub fn spots(&self, symbols: &mut Symbols, pages: &Pages) -> Vec<Spot> {
        let mut spots: HashMap<(usize, String), (u64, u64)> = HashMap::new();
        for ((cache, line), (accesses, misses)) in &self.lines {
            let sum = spots.entry((*cache, place(symbols, pages, line * LINE))).or_default();
            sum.0 += accesses;
            sum.1 += misses;
        }
        let mut spots: Vec<Spot> = spots
            .into_iter()
            .map(|((cache, place), (accesses, misses))| Spot {
                cache: self.caches[cache].cache.clone(),
                place,
                accesses,
                misses,
            })
            .collect();
        spots.sort_by(|a, b| {
            let order = (b.misses, b.accesses).cmp(&(a.misses, a.accesses));
            order.then_with(|| (&a.cache, &a.place).cmp(&(&b.cache, &b.place)))
        });
        spots
    }

    /// Accesses to lines beyond those that are counted each by itself.
    pub fn elsewhere(&self) -> u64 {
        self.elsewhere
    }
}

/// What a physical address is called.
pub fn place(symbols: &mut Symbols, pages: &Pages, address: u64) -> String {
    let Some(virtual_address) = pages.find(address) else {
        return format!("physical page {:#x}", address / PAGE * PAGE);
    };
    // A line may begin before what is in it.
    let line = virtual_address / LINE * LINE;
    let mut named = None;
    for address in std::iter::once(virtual_address).chain((line..line + LINE).step_by(8)) {
        let function = symbols.find(address, None).function;
        named = named.or((!symbols.is_nameless(function)).then_some(function));
    }
    match named {
        Some(function) => symbols.name(function).to_owned(),
        None => format!("page {:#x}", virtual_address / PAGE * PAGE),
    }
}

/// The numbers as a table.
pub fn table(numbers: &[Numbers]) -> String {
    let width = numbers
        .iter()
        .map(|numbers| numbers.cache.len())
        .max()
        .unwrap_or(0)
        .max(5);
    let mut text = format!(
        "{:width$}        reads       writes      fetches         hits       misses    rate    merged     fills  prefetches  writebacks\n",
        "cache"
    );
    for cache in numbers {
        let of = |kind: Kind| cache.by_kind.get(kind.name()).map_or(0, |(hits, misses)| hits + misses);
        let rate = cache
            .miss_rate
            .map_or("-".into(), |rate| format!("{:.2}%", 100.0 * rate));
        text += &format!(
            "{:width$} {:>12} {:>12} {:>12} {:>12} {:>12} {:>7} {:>9} {:>9} {:>11} {:>11}\n",
            cache.cache,
            of(Kind::Read),
            of(Kind::Write),
            of(Kind::Fetch),
            cache.hits,
            cache.misses,
            rate,
            cache.merged,
            cache.fills,
            of(Kind::Prefetch),
            of(Kind::Writeback)
        );
    }
    text
}

/// The places as a table; `number` of them.
pub fn spots_table(spots: &[Spot], number: usize) -> String {
    let width = spots
        .iter()
        .take(number)
        .map(|spot| spot.cache.len())
        .max()
        .unwrap_or(0)
        .max(5);
    let mut text = format!("    accesses        misses  {:width$}  place\n", "cache");
    for spot in spots.iter().take(number) {
        text += &format!(
            "{:>12}  {:>12}  {:width$}  {}\n",
            spot.accesses, spot.misses, spot.cache, spot.place
        );
    }
    if spots.len() > number {
        text += &format!("and {} more places; -n shows more\n", spots.len() - number);
    }
    text
}
