//! What the flag Exec says: one line for each instruction that was executed, in program order.
//!
//! An instruction that gem5 breaks up has a line of its own, without a class, and then one for each micro-operation.

use super::super::per_cpu::PerCpu;
use super::lines::Said;
use super::processors::Processors;

/// One line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Executed<'a> {
    pub cpu: u32,
    pub address: u64,
    /// What gem5 calls the place; it knows symbols of the kernel, or of a program without one.
    pub symbol: Option<&'a str>,
    /// With single blanks.
    pub text: &'a str,
    pub details: Details<'a>,
}

/// What else gem5 says of an instruction, and QEMU does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Details<'a> {
    /// CONTEXTIDR, with ExecAsid.
    pub context: Option<u64>,
    /// Number of the micro-operation.
    pub micro: Option<u32>,
    /// None for the line of an instruction that is broken up.
    pub class: Option<&'a str>,
    /// `D=`: what it wrote.
    pub data: Option<&'a str>,
    /// `A=`: the address that it read or wrote.
    pub effective: Option<u64>,
}

impl<'a> Executed<'a> {
    pub fn parse(said: &Said<'a>, processors: &mut Processors) -> Option<Executed<'a>> {
        let (mut words, mut context) = (said.words, None);
        // The address space, with ExecAsid; then the thread, with ExecThread.
        if let Some((asid, rest)) = words.strip_prefix('A').and_then(|rest| rest.split_once(' ')) {
            context = Some(asid.parse().ok()?);
            words = rest;
        }
        if let Some((thread, rest)) = words.strip_prefix('T').and_then(|rest| rest.split_once(" : ")) {
            thread.parse::<u32>().ok()?;
            words = rest;
        }
        let (place, rest) = words.split_once(" : ")?;
        let (address, symbol, micro) = parse_place(place)?;
        let mut parts = rest.split(" : ");
        let text = parts.next()?.trim();
        let mut details = Details {
            context,
            micro,
            ..Details::default()
        };
        for part in parts {
            details.add(part);
        }
        Some(Executed {
            cpu: processors.number(said.object),
            address,
            symbol,
            text,
            details,
        })
    }
}

impl<'a> Details<'a> {
    /// A class, or what is behind it: `D=0x0 A=0x7ffffefee0  FetchSeq=2`.
    fn add(&mut self, part: &'a str) {
        if self.class.is_none() && !part.contains('=') && !part.trim().is_empty() {
            self.class = Some(part.trim());
            return;
        }
        for word in part.split(' ') {
            match word.split_once('=') {
                Some(("D", data)) => self.data = Some(data),
                Some(("A", address)) => self.effective = hexadecimal(address),
                _ => {}
            }
        }
    }
}

fn hexadecimal(text: &str) -> Option<u64> {
    u64::from_str_radix(text.strip_prefix("0x")?, 16).ok()
}

/// `0x400260 @_start+4   `, `0x400260 @_start. 0`, `0x400260. 3`: three blanks stand where a micro-operation has its number.
fn parse_place(place: &str) -> Option<(u64, Option<&str>, Option<u32>)> {
    let (place, micro) = match place.strip_suffix("   ") {
        Some(whole) => (whole, None),
        None => {
            let (place, micro) = place.rsplit_once('.')?;
            (place, Some(micro.trim().parse().ok()?))
        }
    };
    match place.split_once(" @") {
        Some((address, symbol)) => Some((hexadecimal(address)?, Some(symbol), micro)),
        None => Some((hexadecimal(place)?, None, micro)),
    }
}

/// Tells the lines that begin an instruction from those of its micro-operations.
#[derive(Default)]
pub struct Counter {
    /// The instruction that each processor breaks up.
    broken: PerCpu<Option<u64>>,
}

impl Counter {
    /// Whether this line is an instruction's first one.
    pub fn begins(&mut self, line: &Executed) -> bool {
        match (line.details.micro, line.details.class) {
            (None, None) => {
                *self.broken.of(line.cpu) = Some(line.address);
                true
            }
            (None, Some(_)) => {
                *self.broken.of(line.cpu) = None;
                true
            }
            // Without ExecMacro the first micro-operation is all that there is of an instruction's beginning.
            (Some(0), _) => *self.broken.of(line.cpu) != Some(line.address),
            (Some(_), _) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Option<Executed<'_>> {
        Executed::parse(&Said::parse(line)?, &mut Processors::default())
    }

    #[test]
    fn lines_of_a_real_trace() {
        let call = "  86500: system.cpu_cluster.cpus: T0 : 0x400268 @_start+8    :   bl   <work>              : IntAlu :  D=0x000000000040026c";
        let call = parse(call).unwrap();
        assert_eq!((call.cpu, call.address, call.details.micro), (0, 0x400268, None));
        assert_eq!(
            (call.symbol, call.text, call.details.class),
            (Some("_start+8"), "bl   <work>", Some("IntAlu"))
        );
        assert_eq!(call.details.data, Some("0x000000000040026c"));
        let store = " 81000: system.cpu_cluster.cpus1: A0 T0 : 0x400260 @_start. 1 :   strxi_uop   x29, [ureg0] : MemWrite :  D=0x0000000000000000 A=0x7ffffefee0  FetchSeq=2  CPSeq=2  flags=(IsInteger|IsStore|IsMicroop|IsDelayedCommit)";
        let store = parse(store).unwrap();
        assert_eq!(
            (
                store.cpu,
                store.details.context,
                store.details.micro,
                store.details.effective
            ),
            (1, Some(0), Some(1), Some(0x7ffffefee0))
        );
        let whole =
            parse("  84000: system.cpu_cluster.cpus: T0 : 0x400260 @_start    : stp                       ").unwrap();
        assert_eq!(
            (whole.text, whole.details.class, whole.details.micro),
            ("stp", None, None)
        );
        let user = parse("  84000: system.cpu_cluster.cpus: T0 : 0x400260    : stp                       ").unwrap();
        assert_eq!((user.address, user.symbol), (0x400260, None));
        let dotted = parse("  1: system.cpu: T0 : 0xffff800080012345 @foo.constprop.0. 2 :   nop : IntAlu : ").unwrap();
        assert_eq!(
            (dotted.symbol, dotted.details.micro),
            (Some("foo.constprop.0"), Some(2))
        );
        let plain = parse("  1: system.cpu: T0 : 0xffff800080012345 @foo.constprop.0    :   nop : IntAlu : ").unwrap();
        assert_eq!((plain.symbol, plain.details.micro), (Some("foo.constprop.0"), None));
        assert_eq!(
            parse("  500: system.cpu_cluster.cpus.icache: access for ReadReq [240:27f] IF miss"),
            None
        );
    }

    #[test]
    fn micro_operations_are_no_instructions() {
        let mut counter = Counter::default();
        let lines = [
            "  84000: system.cpu: T0 : 0x400260 @_start    : stp                       ",
            "  84000: system.cpu: T0 : 0x400260 @_start. 0 :   addxi_uop   ureg0, sp, #-16 : IntAlu :  D=0x0000007ffffefee0",
            "  84000: system.cpu: T0 : 0x400260 @_start. 1 :   strxi_uop   x29, [ureg0] : MemWrite :  D=0x0 A=0x7ffffefee0",
            "  86500: system.cpu: T0 : 0x400264 @_start+4    :   add   x29, sp, #0        : IntAlu :  D=0x0000007ffffefee0",
            // Without ExecMacro.
            "  86500: system.cpu: T0 : 0x400268 @_start. 0 :   addxi_uop   ureg0, sp, #-16 : IntAlu :  D=0x0000007ffffefee0",
            "  86500: system.cpu: T0 : 0x400268 @_start. 1 :   strxi_uop   x29, [ureg0] : MemWrite :  D=0x0 A=0x7ffffefee0",
        ];
        let begins: Vec<bool> = lines.iter().map(|line| counter.begins(&parse(line).unwrap())).collect();
        assert_eq!(begins, [true, false, false, true, true, false]);
    }
}
