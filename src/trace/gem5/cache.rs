//! What the flag Cache says: accesses with their outcome, misses that join one in flight, lines that arrive.

use super::lines::Said;

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Read,
    Write,
    Fetch,
    Prefetch,
    /// From the level above: a line that it no longer has, or has written.
    Writeback,
    /// Maintenance, upgrades.
    Other,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Read => "read",
            Kind::Write => "write",
            Kind::Fetch => "fetch",
            Kind::Prefetch => "prefetch",
            Kind::Writeback => "writeback",
            Kind::Other => "other",
        }
    }

    /// What a processor waits for; gem5's statistics call it demand.
    pub fn is_demand(self) -> bool {
        matches!(self, Kind::Read | Kind::Write | Kind::Fetch)
    }

    fn of(command: &str, fetch: bool) -> Kind {
        match command {
            "ReadReq" | "ReadCleanReq" | "ReadSharedReq" if fetch => Kind::Fetch,
            "ReadReq" | "ReadCleanReq" | "ReadSharedReq" => Kind::Read,
            "WriteReq" | "WriteLineReq" | "ReadExReq" => Kind::Write,
            "SoftPFReq" | "SoftPFExReq" | "HardPFReq" => Kind::Prefetch,
            "WritebackDirty" | "WritebackClean" | "WriteClean" | "CleanEvict" => Kind::Writeback,
            _ => Kind::Other,
        }
    }
}

/// What a cache tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    Access {
        kind: Kind,
        command: &'a str,
        /// Physical.
        address: u64,
        hit: bool,
    },
    /// The miss before it waits for a line that is on its way.
    Merged,
    /// A line arrives.
    Fill,
}

impl<'a> Event<'a> {
    pub fn parse(said: &Said<'a>) -> Option<Event<'a>> {
        if let Some(access) = said.words.strip_prefix("access for ") {
            return access_of(access);
        }
        let (first, rest) = said.words.split_once(' ')?;
        match first {
            "handleTimingReqMiss" if rest.starts_with("coalescing MSHR") => Some(Event::Merged),
            // Of a line that only changes its state, the old one is named.
            "Block" if rest.starts_with("addr ") && rest.contains(" moving from  to ") => Some(Event::Fill),
            _ => None,
        }
    }
}

/// `ReadReq [240:27f] IF miss`, `WriteReq [3ee8:3eef] hit state: e (M) ...`.
fn access_of(words: &str) -> Option<Event<'_>> {
    let (command, rest) = words.split_once(" [")?;
    let (range, rest) = rest.split_once(']')?;
    let (first, _) = range.split_once(':')?;
    let marks = rest.split(" hit state").next().unwrap_or_default();
    let hit = marks.len() < rest.len();
    let fetch = marks.split(' ').any(|mark| mark == "IF");
    (hit || rest.ends_with("miss")).then_some(Event::Access {
        kind: Kind::of(command, fetch),
        command,
        address: u64::from_str_radix(first, 16).ok()?,
        hit,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Option<Event<'_>> {
        Event::parse(&Said::parse(line)?)
    }

    #[test]
    fn lines_of_a_real_trace() {
        let access = |kind, command, address, hit| {
            Some(Event::Access {
                kind,
                command,
                address,
                hit,
            })
        };
        assert_eq!(
            parse("    500: system.cpu_cluster.cpus.icache: access for ReadReq [240:27f] IF miss"),
            access(Kind::Fetch, "ReadReq", 0x240, false)
        );
        assert_eq!(
            parse(
                " 154500: system.cpu_cluster.cpus.dcache: access for WriteReq [3ee8:3eef] hit state: e (M) writable: 1 readable: 1 dirty: 1 prefetched: 0 | tag: 0x1 secure: 0 valid: 1 | set: 0x7b way: 0"
            ),
            access(Kind::Write, "WriteReq", 0x3ee8, true)
        );
        assert_eq!(
            parse(
                "  85000: system.cpu_cluster.cpus.dcache: handleTimingReqMiss coalescing MSHR for WriteReq [3ee8:3eef]"
            ),
            Some(Event::Merged)
        );
        assert_eq!(
            parse(
                "  77000: system.cpu_cluster.l2: Block addr 0x240 (ns) moving from  to state: 6 (E) writable: 1 readable: 1 dirty: 0 prefetched: 0 | tag: 0 secure: 0 valid: 1 | set: 0x9 way: 0"
            ),
            Some(Event::Fill)
        );
        for other in [
            "   1000: system.cpu_cluster.cpus.icache: sendMSHRQueuePacket: MSHR ReadReq [240:27f] IF",
            "  77000: system.cpu_cluster.l2: recvTimingResp: Handling response ReadResp [240:27f] IF",
            "  77000: system.cpu_cluster.l2: Block for addr 0x240 being updated in Cache",
            "  84000: system.cpu_cluster.cpus: T0 : 0x400260 @_start    : stp                       ",
        ] {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
