//! From physical addresses, which are all that caches know, to those of programs and of the kernel.
//!
//! The kernel's image lies where the board's memory begins. For other pages instructions tell, if the trace has them as well: the
//! one that is executed was fetched a moment ago, and what it reads was asked for at the same place in some page. One such pair
//! proves nothing; the most frequent one of a page is right.

use std::collections::{HashMap, VecDeque};

use crate::emulator::gem5::MEMORY;

use super::exec::Executed;

const PAGE: u64 = 4096;
const LINE: u64 = 64;
/// Accesses that an instruction may be the reason of.
const FETCHES: usize = 48;
const DATA: usize = 24;
/// Candidates for one page: more than that is noise.
const CANDIDATES: usize = 8;
/// The kernel's image begins at a multiple of this.
const ALIGNMENT: u64 = 2 << 20;

/// What each processor asked for last.
#[derive(Default)]
struct Recent {
    fetches: VecDeque<u64>,
    data: VecDeque<u64>,
}

/// Learns while a trace goes by.
#[derive(Default)]
pub struct Pages {
    recent: HashMap<u32, Recent>,
    /// Of physical pages: virtual ones, and how often they fitted.
    votes: HashMap<u64, Vec<(u64, u32)>>,
    /// First and last address of vmlinux.
    kernel: Option<(u64, u64)>,
}

impl Pages {
    pub fn new(kernel: Option<(u64, u64)>) -> Pages {
        Pages {
            kernel,
            ..Pages::default()
        }
    }

    /// A processor asked its own cache for something.
    pub fn asked(&mut self, cpu: u32, address: u64, fetch: bool) {
        let recent = self.recent.entry(cpu).or_default();
        let (list, most) = match fetch {
            true => (&mut recent.fetches, FETCHES),
            false => (&mut recent.data, DATA),
        };
        if list.back() != Some(&address) {
            list.push_back(address);
        }
        if list.len() > most {
            list.pop_front();
        }
    }

    /// An instruction was executed.
    pub fn executed(&mut self, line: &Executed) {
        let Some(recent) = self.recent.get(&line.cpu) else {
            return;
        };
        let same_line = |address: u64| address % PAGE / LINE == line.address % PAGE / LINE;
        let fetched = recent.fetches.iter().rev().find(|address| same_line(**address));
        if let Some(address) = fetched {
            vote(&mut self.votes, address / PAGE, line.address / PAGE);
        }
        let Some(effective) = line.details.effective else {
            return;
        };
        let read = recent
            .data
            .iter()
            .rev()
            .find(|address| *address % PAGE == effective % PAGE);
        if let Some(address) = read {
            vote(&mut self.votes, address / PAGE, effective / PAGE);
        }
    }

    /// The virtual address of a physical one, if anything is known of it.
    pub fn find(&self, address: u64) -> Option<u64> {
        if let Some((first, last)) = self.kernel
            && let Some(offset) = address.checked_sub(MEMORY)
        {
            let guess = first / ALIGNMENT * ALIGNMENT + offset;
            if (first..=last).contains(&guess) {
                return Some(guess);
            }
        }
        let (page, _) = self
            .votes
            .get(&(address / PAGE))?
            .iter()
            .max_by_key(|(_, votes)| *votes)?;
        Some(page * PAGE + address % PAGE)
    }
}

fn vote(votes: &mut HashMap<u64, Vec<(u64, u32)>>, physical: u64, page: u64) {
    let candidates = votes.entry(physical).or_default();
    if let Some((_, votes)) = candidates.iter_mut().find(|(candidate, _)| *candidate == page) {
        *votes += 1;
    } else if candidates.len() < CANDIDATES {
        candidates.push((page, 1));
    } else if let Some(least) = candidates.iter_mut().min_by_key(|(_, votes)| *votes) {
        // Room for what comes now, at the cost of the least likely one.
        match least.1 {
            1 => *least = (page, 1),
            _ => least.1 -= 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::lines::Said;
    use super::super::processors::Processors;
    use super::*;

    #[test]
    fn a_page_is_known_by_what_was_executed_in_it() {
        let mut pages = Pages::default();
        for address in [0x240, 0x280, 0x1c0] {
            pages.asked(0, address, true);
        }
        pages.asked(0, 0x3ee0, false);
        let line = "  84000: system.cpu: T0 : 0x400260 @_start. 1 :   strxi_uop   x29, [ureg0] : MemWrite :  D=0x0 A=0x7ffffefee0";
        let said = Said::parse(line).unwrap();
        pages.executed(&Executed::parse(&said, &mut Processors::default()).unwrap());
        assert_eq!(pages.find(0x1c4), Some(0x4001c4));
        assert_eq!(pages.find(0x3008), Some(0x7ffffef008));
        assert_eq!(pages.find(0x9008), None);
    }

    #[test]
    fn the_most_frequent_pair_wins() {
        let mut votes = HashMap::new();
        for page in [7, 8, 8, 9, 10, 11, 12, 13, 14, 15, 8, 16, 17] {
            vote(&mut votes, 1, page);
        }
        let pages = Pages {
            votes,
            ..Pages::default()
        };
        assert_eq!(pages.find(PAGE + 4), Some(8 * PAGE + 4));
    }

    #[test]
    fn the_kernel_lies_at_the_beginning_of_memory() {
        let arm64 = Pages::new(Some((0xffff_ffc0_8000_0000, 0xffff_ffc0_80ff_ffff)));
        assert_eq!(arm64.find(0x801d_1a34), Some(0xffff_ffc0_801d_1a34));
        assert_eq!(arm64.find(0x8100_0000), None);
        let arm = Pages::new(Some((0x8000_8000, 0x8090_0000)));
        assert_eq!(arm.find(0x8000_8004), Some(0x8000_8004));
    }
}
