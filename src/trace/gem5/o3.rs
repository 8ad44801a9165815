//! What the flag O3PipeView says of DerivO3CPU: seven lines for each instruction, all at once, when gem5 forgets it.
//!
//! A stage that was not reached has tick 0, and so has the end of an instruction that was squashed. The lines do not say which
//! processor they are of.

use super::passage::{O3, Passage, RETIRE};

/// Begins each line, which no object says.
pub const PREFIX: &str = "O3PipeView:";

/// Puts lines together.
#[derive(Default)]
pub struct Parser {
    open: Option<(Passage, usize)>,
}

impl Parser {
    /// A line of the flag; a passage when it is complete. Lines of another one's middle are dropped.
    pub fn line(&mut self, line: &str) -> Option<Passage> {
        let (stage, rest) = line.strip_prefix(PREFIX)?.split_once(':')?;
        if stage == O3[0].0 {
            self.open = fetch(rest).map(|passage| (passage, 1));
            return None;
        }
        let (mut passage, next) = self.open.take()?;
        if O3.get(next)?.0 != stage {
            return None;
        }
        let (tick, store) = rest.split_once(":store:").unwrap_or((rest, "0"));
        let time = |text: &str| text.parse::<u64>().ok().map(|tick| (tick > 0).then_some(tick));
        (passage.ticks[next], passage.store) = (time(tick)?, time(store)?);
        if next == RETIRE {
            return Some(passage);
        }
        self.open = Some((passage, next + 1));
        None
    }
}

/// `81000:0x00400270:0:8:  movz   x0, #1, #0`.
fn fetch(rest: &str) -> Option<Passage> {
    let mut parts = rest.splitn(5, ':');
    let tick = parts.next()?.parse().ok()?;
    let address = parts.next()?.strip_prefix("0x")?;
    let mut passage = Passage {
        address: u64::from_str_radix(address, 16).ok()?,
        micro: parts.next()?.parse().ok()?,
        sequence: parts.next()?.parse().ok()?,
        text: parts.next()?.split_whitespace().collect::<Vec<_>>().join(" "),
        ..Passage::default()
    };
    passage.ticks[0] = Some(tick);
    Some(passage)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETIRED: &str = "O3PipeView:fetch:81000:0x00400260:1:2:  strxi_uop   x29, [ureg0]
O3PipeView:decode:82000
O3PipeView:rename:82500
O3PipeView:dispatch:83500
O3PipeView:issue:83500
O3PipeView:complete:84500
O3PipeView:retire:85500:store:149500
";
    const SQUASHED: &str = "O3PipeView:fetch:81000:0x00400270:0:8:  movz   x0, #1, #0
O3PipeView:decode:0
O3PipeView:rename:0
O3PipeView:dispatch:0
O3PipeView:issue:0
O3PipeView:complete:0
O3PipeView:retire:0:store:0
";

    fn parse(text: &str) -> Vec<Passage> {
        let mut parser = Parser::default();
        text.lines().filter_map(|line| parser.line(line)).collect()
    }

    #[test]
    fn an_instruction_has_its_stages() {
        let all = parse(&format!("{RETIRED}{SQUASHED}"));
        assert_eq!(
            (all[0].sequence, all[0].micro, all[0].text.as_str()),
            (2, 1, "strxi_uop x29, [ureg0]")
        );
        assert_eq!(
            (all[0].squashed(), all[0].store, all[0].ended()),
            (false, Some(149_500), 149_500)
        );
        assert_eq!(all[0].ticks[4], Some(83_500));
        assert_eq!(
            (all[1].squashed(), all[1].address, all[1].ended()),
            (true, 0x400270, 81_000)
        );
    }

    #[test]
    fn half_an_instruction_is_none() {
        let cut = RETIRED
            .lines()
            .take(4)
            .map(|line| format!("{line}\n"))
            .collect::<String>();
        assert_eq!(parse(&cut), []);
        assert_eq!(parse(&format!("{cut}{SQUASHED}")).len(), 1);
        assert_eq!(parse(&RETIRED.replace("rename", "renane")), []);
        let behind = RETIRED
            .lines()
            .skip(3)
            .map(|line| format!("{line}\n"))
            .collect::<String>();
        assert_eq!(parse(&behind), []);
    }
}
