//! What a kernel printed when it was in trouble, as reports with their traces: text in, places in functions out.
//!
//! The architectures print a place as `function+0xoffset/0xsize [module]`, and differ in what stands around it. Lines that
//! hold no place (registers, code bytes, stack dumps) are passed over, so that a trace may go on behind them.

use crate::verdict;

/// A place in code, as the kernel names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    pub symbol: String,
    pub offset: u64,
    /// From the symbol to the next one: tells functions of the same name apart.
    pub size: Option<u64>,
    pub module: Option<String>,
    pub kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The processor was about to execute, or executing, the instruction at the place.
    Instruction,
    /// The place is behind a call, perhaps already on the next line.
    Return,
}

/// One stack, innermost place first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// `Allocated by task 77`; none for the stack that the report is about.
    pub label: Option<String>,
    pub places: Vec<Place>,
    /// What x86 marks with `?`: addresses found on the stack that need not be return addresses.
    pub doubtful: Vec<Place>,
}

impl Trace {
    /// A stack that ran into its end cannot be unwound; what lies on it is then all there is.
    fn settle(&mut self) {
        let doubtful = std::mem::take(&mut self.doubtful);
        if self.places.len() < 2 {
            self.places.extend(doubtful);
        }
    }
}

/// One oops, warning, panic or complaint of a checker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The lines that say what happened, the first one first.
    pub titles: Vec<String>,
    pub traces: Vec<Trace>,
}

/// Finds the reports in console output or in a kernel log without time stamps. If any line has a time stamp, the lines without
/// are not the kernel's.
pub fn parse<'a>(lines: impl IntoIterator<Item = &'a str> + Clone) -> Vec<Report> {
    let stamped = lines
        .clone()
        .into_iter()
        .any(|line| verdict::kernel_text(line).is_some());
    let mut parser = Parser::default();
    for line in lines {
        let text = match stamped {
            true => verdict::kernel_text(line),
            false => Some(line),
        };
        if let Some(text) = text {
            parser.line(text.trim_end_matches('\r').trim());
        }
    }
    parser.finish()
}

#[derive(Default)]
struct Parser {
    done: Vec<Report>,
    current: Option<Report>,
    /// Lines belong to the last trace of the current report.
    open: bool,
    /// What was announced as the next trace.
    label: Option<String>,
    /// The next place is that of the instruction that faulted.
    faulted: bool,
    /// The return address's register (ARM64, RISC-V), until the trace shows whether it is the missing caller.
    link: Option<Place>,
}

impl Parser {
    fn line(&mut self, text: &str) {
        if opens(text) {
            return self.title(text);
        }
        if self.current.is_none() {
            // A stack that was asked for, by dump_stack(), says nothing else before it.
            if text.starts_with("CPU: ") && text.contains(" Comm: ") {
                self.title(text);
            }
            return;
        }
        if text.starts_with("---[ end ") {
            // x86 repeats the registers behind this line.
            return self.close();
        }
        if let Some(place) = program_counter(text) {
            return self.program_counter(place);
        }
        let link = text.strip_prefix("lr : ").or_else(|| text.strip_prefix("ra : "));
        if let Some(place) = link.and_then(|rest| place(rest, Kind::Return)) {
            self.link = Some(place);
            return;
        }
        if ["Call Trace:", "Call trace:", "Backtrace:"]
            .iter()
            .any(|header| text.starts_with(header))
        {
            return self.header();
        }
        if let Some(faulted) = kfence_heading(text) {
            self.begin(None);
            self.faulted = faulted;
            return;
        }
        if let Some(label) = label(text) {
            self.open = false;
            match label.starts_with("->") || label.contains(" by task ") || label.contains("work creation") {
                true => self.begin(Some(label)),
                false => self.label = Some(label),
            }
            return;
        }
        if [
            "</TASK>",
            "Modules linked in:",
            "CPU: ",
            "The buggy address ",
            "Memory state around ",
        ]
        .iter()
        .any(|start| text.starts_with(start))
        {
            self.open = false;
            return;
        }
        // RISC-V has no heading between the registers and the trace.
        let goes_on = text.starts_with("[<") && self.last().is_some_and(|trace| trace.places.len() == 1);
        if self.open || goes_on {
            self.open = true;
            self.entry(text);
        }
    }

    /// A line that says what happened belongs to the report before it while that has shown no stack yet.
    fn title(&mut self, text: &str) {
        let fresh = self.current.as_ref().is_some_and(|report| {
            report
                .traces
                .iter()
                .all(|trace| trace.places.len() < 2 && trace.doubtful.is_empty())
        });
        if !fresh {
            self.close();
        }
        let report = self.current.get_or_insert_default();
        report.titles.push(text.to_string());
        self.open = false;
    }

    fn close(&mut self) {
        (self.open, self.label, self.link, self.faulted) = (false, None, None, false);
        let Some(mut report) = self.current.take() else {
            return;
        };
        report.traces.iter_mut().for_each(Trace::settle);
        report.traces.retain(|trace| !trace.places.is_empty());
        match self.done.last_mut() {
            // "Fatal exception", say: the stack was shown before.
            Some(last) if report.traces.is_empty() => last.titles.append(&mut report.titles),
            _ => self.done.push(report),
        }
    }

    fn finish(mut self) -> Vec<Report> {
        self.close();
        self.done
    }

    fn begin(&mut self, label: Option<String>) {
        if let Some(report) = &mut self.current {
            report.traces.push(Trace {
                label,
                ..Trace::default()
            });
            self.open = true;
        }
    }

    fn last(&mut self) -> Option<&mut Trace> {
        self.current.as_mut()?.traces.last_mut()
    }

    fn program_counter(&mut self, place: Place) {
        if self.open && self.last().is_some_and(|trace| !trace.places.is_empty()) {
            // An exception's registers in the middle of an x86 stack.
            return self.push(place);
        }
        let label = self.next_label();
        self.begin(label);
        self.push(place);
        self.open = false;
    }

    /// A second stack that nothing announces (another processor's, say) is not the one that the report is about.
    fn next_label(&mut self) -> Option<String> {
        let another = self
            .current
            .as_ref()
            .is_some_and(|report| report.traces.iter().any(|trace| trace.label.is_none()));
        self.label.take().or_else(|| another.then(|| "another stack".into()))
    }

    fn header(&mut self) {
        // The registers came first.
        let waiting = self.last().is_some_and(|trace| trace.places.len() == 1);
        match waiting && self.label.is_none() {
            true => self.open = true,
            false => {
                let label = self.next_label();
                self.begin(label);
            }
        }
    }

    fn entry(&mut self, text: &str) {
        let text = without_address(text);
        if let Some(unreliable) = text.strip_prefix("? ") {
            return self.unreliable(unreliable);
        }
        if let Some((function, caller)) = text.split_once(" from ") {
            // ARM's exception entries save the program counter; all other places are behind a call.
            let kind = match ["__irq_svc", "__dabt_svc", "__pabt_svc", "__und_svc", "__fiq_svc"].contains(&function) {
                true => Kind::Instruction,
                false => Kind::Return,
            };
            return place(
                without_address(caller).trim_start_matches('(').trim_end_matches(')'),
                kind,
            )
            .into_iter()
            .for_each(|place| self.push(place));
        }
        let interrupted = self.last().and_then(|trace| trace.places.last()).is_some_and(|inner| {
            inner.symbol.starts_with("el1h_64_")
                || ["__bad_stack", "handle_exception", "ret_from_exception"].contains(&inner.symbol.as_str())
        });
        let kind = match interrupted || std::mem::take(&mut self.faulted) {
            true => Kind::Instruction,
            false => Kind::Return,
        };
        if let Some(place) = place(text, kind) {
            self.push(place);
        }
    }

    /// Before a function has set up its frame (three instructions), x86's unwinder cannot tell its caller from an old value on
    /// the stack. There are no old values yet: the first one is the caller.
    fn unreliable(&mut self, text: &str) {
        const PROLOGUE: u64 = 0x10;
        let in_prologue = self.last().is_some_and(|trace| match trace.places.as_slice() {
            [only] => only.kind == Kind::Instruction && only.offset <= PROLOGUE,
            _ => false,
        });
        match place(text, Kind::Return) {
            Some(place) if in_prologue => self.push(place),
            Some(place) => self
                .last()
                .into_iter()
                .for_each(|trace| trace.doubtful.push(place.clone())),
            None => {}
        }
    }

    fn push(&mut self, place: Place) {
        let link = self.link.take();
        let Some(trace) = self.last() else {
            return;
        };
        let same = |a: &Place, b: &Place| a.symbol == b.symbol && a.offset == b.offset;
        match trace.places.as_slice() {
            // ARM64's trace begins with the program counter, and RISC-V's does.
            [only] if same(only, &place) => self.link = link,
            [only] => {
                // A function that calls none need not save its return address, and the trace then lacks its caller.
                let missing = link.filter(|link| link.symbol != only.symbol && link.symbol != place.symbol);
                trace.places.extend(missing);
                trace.places.push(place);
            }
            _ => trace.places.push(place),
        }
    }
}

fn opens(text: &str) -> bool {
    const TITLES: &[&str] = &["WARNING: ", "UBSAN: ", "Insufficient stack space to handle exception!"];
    verdict::classify(text).is_some() || TITLES.iter().any(|start| text.starts_with(start))
}

fn program_counter(text: &str) -> Option<Place> {
    let rest = match text.strip_prefix("RIP: ") {
        // The code segment: 0010 is the kernel's.
        Some(rest) => rest.strip_prefix("0010:")?,
        None => ["pc : ", "epc : ", "PC is at "]
            .iter()
            .find_map(|start| text.strip_prefix(start))?,
    };
    place(rest, Kind::Instruction)
}

/// KFENCE says what was touched right above the stack of who touched it. What it finds by a page fault has the instruction on
/// top; a free that it refuses, and memory that it finds overwritten at one, have not.
fn kfence_heading(text: &str) -> Option<bool> {
    const HEADINGS: &[(&str, bool)] = &[
        ("Out-of-bounds ", true),
        ("Use-after-free ", true),
        ("Invalid read at ", true),
        ("Invalid write at ", true),
        ("Invalid free of ", false),
        ("Corrupted memory at ", false),
    ];
    let heading = HEADINGS.iter().find(|(start, _)| text.starts_with(start));
    heading.filter(|_| text.ends_with(':')).map(|(_, faulted)| *faulted)
}

/// Headings of further stacks.
fn label(text: &str) -> Option<String> {
    const STARTS: &[&str] = &[
        "Allocated by task ",
        "Freed by task ",
        // KFENCE's
        "allocated by task ",
        "freed by task ",
        "Last potentially related work creation",
        "Second to last potentially related work creation",
        "NMI backtrace for cpu ",
        "-> #",
    ];
    let known = STARTS.iter().any(|start| text.starts_with(start));
    known.then(|| match text.split_once('{') {
        // Lockdep's marks behind a lock's name say nothing here.
        Some((name, _)) => name.trim().to_string(),
        None => text.trim_end_matches(':').to_string(),
    })
}

/// Older kernels put the address before the name: `[<c0101234>] (func+0x10/0x20)`.
fn without_address(text: &str) -> &str {
    let rest = text.strip_prefix("[<").and_then(|rest| rest.split_once(">]"));
    rest.map_or(text, |(_, rest)| rest.trim_start())
}

/// `function+0x10/0x20`, `function+0x10/0x20 [module]`, `... [module 0123abc] (P)`.
pub fn place(text: &str, kind: Kind) -> Option<Place> {
    let (name, rest) = text.trim().split_once("+0x")?;
    let named = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.$".contains(&b));
    let (numbers, behind) = rest.split_once(' ').unwrap_or((rest, ""));
    let (offset, size) = numbers.split_once("/0x")?;
    let module = module(behind)?;
    named.then_some(Place {
        symbol: name.to_string(),
        offset: u64::from_str_radix(offset, 16).ok()?,
        size: Some(u64::from_str_radix(size, 16).ok()?),
        module,
        kind,
    })
}

/// What may follow a place: `[module]`, `[module build-id]`, `(P)`. Anything else means that it was no place.
fn module(text: &str) -> Option<Option<String>> {
    let text = text.trim();
    let marks = |text: &str| text.is_empty() || (text.starts_with('(') && text.ends_with(')') && text.len() <= 5);
    match text.strip_prefix('[') {
        None => marks(text).then_some(None),
        Some(rest) => {
            let (inside, behind) = rest.split_once(']')?;
            let name = inside.split(' ').next()?;
            marks(behind.trim()).then(|| Some(name.to_string()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<(String, u64, Option<String>)> {
        place(text, Kind::Return).map(|place| (place.symbol, place.offset, place.module))
    }

    #[test]
    fn places() {
        assert_eq!(at("vfs_write+0xc7/0x420"), Some(("vfs_write".into(), 0xc7, None)));
        assert_eq!(
            at("oops_init+0x1f/0x1000 [oops]"),
            Some(("oops_init".into(), 0x1f, Some("oops".into())))
        );
        assert_eq!(
            at("f.part.0+0x1/0x2 [m 0123abcd] (P)"),
            Some(("f.part.0".into(), 1, Some("m".into())))
        );
        for other in [
            "0xffffffc080010000",
            "RSP: 0018:ffffc90000137dd0",
            "a+b",
            "see func+0x1/0x2",
            "f+0x1/0x2 or so",
        ] {
            assert_eq!(at(other), None, "{other}");
        }
    }

    #[test]
    fn a_stack_without_trouble() {
        let log = "a: hello\nCPU: 0 UID: 0 PID: 57 Comm: insmod Not tainted 6.12.117 #1\nCall Trace:\n <TASK>\n \
                   f+0x1/0x2 [a]\n g+0x3/0x4\n </TASK>\na: bye\n";
        let reports = parse(log.lines());
        assert_eq!(reports.len(), 1);
        let symbols: Vec<_> = reports[0].traces[0]
            .places
            .iter()
            .map(|place| place.symbol.as_str())
            .collect();
        assert_eq!(symbols, ["f", "g"]);
    }

    #[test]
    fn old_arm_lines() {
        let text = "\
Unable to handle kernel NULL pointer dereference at virtual address 00000000
PC is at myinit+0x18/0x1000 [oops]
Backtrace:
[<bf000018>] (myinit [oops]) from [<c0102030>] (do_one_initcall+0x50/0x1d0)
[<c0101fe0>] (do_one_initcall) from [<c0180000>] (do_init_module+0x60/0x1f8)
";
        let reports = parse(text.lines());
        let symbols: Vec<&str> = reports[0].traces[0]
            .places
            .iter()
            .map(|place| place.symbol.as_str())
            .collect();
        assert_eq!(symbols, ["myinit", "do_one_initcall", "do_init_module"]);
    }

    #[test]
    fn a_line_that_only_a_program_printed_is_no_report() {
        let text = "[    1.000000] all is well\nKernel panic - not syncing: no\nCall Trace:\n f+0x1/0x2\n";
        assert!(parse(text.lines()).is_empty());
    }
}
