//! The one word that a run ends in, and the scanner that reads what the kernel says of itself from the console.
//!
//! Only lines of the kernel count, which `printk.time=1` marks with a time stamp: a program may print what it likes. A line
//! that was seen before (somebody typed `dmesg`) counts once.

use std::collections::{HashSet, VecDeque};

use serde::{Deserialize, Serialize};

use crate::lines::Lines;

/// The one word that a run ends in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Pass,
    /// The guest command failed, or the user ended the run.
    Failed,
    Panic,
    Oops,
    Lockup,
    NoInit,
    Timeout,
    EmulatorDied,
}

impl Verdict {
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Failed => "failed",
            Verdict::Panic => "panic",
            Verdict::Oops => "oops",
            Verdict::Lockup => "lockup",
            Verdict::NoInit => "no-init",
            Verdict::Timeout => "timeout",
            Verdict::EmulatorDied => "emulator-died",
        }
    }
}

/// What can go wrong with a guest kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    Panic,
    /// The kernel survived, but what it does from here on is not to be trusted.
    Oops,
    /// A processor or a task makes no progress: soft and hard lockups, RCU stalls, hung tasks, stuck workqueues.
    Lockup,
    NoInit,
}

impl Trouble {
    pub fn verdict(self) -> Verdict {
        match self {
            Trouble::Panic => Verdict::Panic,
            Trouble::Oops => Verdict::Oops,
            Trouble::Lockup => Verdict::Lockup,
            Trouble::NoInit => Verdict::NoInit,
        }
    }

    /// How little is left of a kernel after it.
    fn weight(self) -> u8 {
        match self {
            Trouble::Oops => 0,
            Trouble::Lockup => 1,
            Trouble::Panic | Trouble::NoInit => 2,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub trouble: Trouble,
    /// The kernel's line without its time stamp.
    pub line: String,
}

impl Finding {
    /// What the kernel would have said, had it come to that.
    pub fn unannounced_reset() -> Finding {
        Finding {
            trouble: Trouble::Panic,
            line: "the machine was reset and the kernel did not announce it: a triple fault, most likely".into(),
        }
    }

    /// Of two the worse one, and of equals the first.
    pub fn worst(first: Option<Finding>, second: Finding) -> Finding {
        match first {
            Some(first) if first.trouble.weight() >= second.trouble.weight() => first,
            _ => second,
        }
    }
}

/// Reads the console as it grows.
#[derive(Default)]
pub struct Scanner {
    lines: Lines,
    last: VecDeque<String>,
    seen: HashSet<String>,
    inside_oops: bool,
    /// The kernel has said that it resets the machine.
    restarting: bool,
    /// How the shell on the console ended, from an init that could not tell the agent.
    shell_status: Option<u8>,
    /// Why there will be no init, said before the panic that follows from it.
    no_init: Option<String>,
    /// That was about the init that was started last: none has taken over since.
    init_failed: bool,
}

const RESTARTS: &[&str] = &[
    "reboot: Restarting system",
    "reboot: machine restart",
    "sysrq: Resetting",
];
/// Our init's line (rootfs_overlay/init).
const SHELL_ENDED: &str = "lkmc: the shell ended with status ";
const LAST_LINES: usize = 60;

impl Scanner {
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Finding> {
        let mut findings = Vec::new();
        for line in self.lines.feed(bytes) {
            findings.extend(self.line(&line));
            if self.last.len() == LAST_LINES {
                self.last.pop_front();
            }
            self.last.push_back(line);
        }
        findings
    }

    /// The end of the console, for messages and run.json.
    pub fn last_lines(&self) -> Vec<String> {
        self.last
            .iter()
            .cloned()
            .chain(Some(self.lines.partial()).filter(|line| !line.is_empty()))
            .collect()
    }

    /// A machine that resets without the kernel's announcement was not reset by the kernel.
    pub fn announced_restart(&self) -> bool {
        self.restarting
    }

    /// How the shell on the console ended, where no agent was left to say it.
    pub fn shell_status(&self) -> Option<u8> {
        self.shell_status
    }

    fn line(&mut self, line: &str) -> Option<Finding> {
        let text = kernel_text(line)?;
        let shell = text.strip_prefix(SHELL_ENDED).and_then(|status| status.parse().ok());
        self.shell_status = shell.or(self.shell_status);
        self.restarting |= RESTARTS.iter().any(|start| text.starts_with(start));
        if text.starts_with("---[ end ") {
            self.inside_oops = false;
            return None;
        }
        self.init_failed &= !is_start_of_init(text);
        if ["check access for rdinit=", "lkmc: no init", "Failed to execute /"]
            .iter()
            .any(|start| text.starts_with(start))
        {
            self.no_init.get_or_insert_with(|| text.to_string());
            self.init_failed = true;
            return None;
        }
        let trouble = self.refine(text, classify(text)?);
        if (trouble == Trouble::Oops && self.inside_oops) || !self.seen.insert(line.to_string()) {
            return None;
        }
        self.inside_oops |= trouble == Trouble::Oops && has_end_mark(text);
        let line = match (&self.no_init, trouble) {
            (Some(reason), Trouble::NoInit) if !text.contains(reason.as_str()) => format!("{text} ({reason})"),
            _ => text.to_string(),
        };
        Some(Finding { trouble, line })
    }

    /// An init that could not be started has ended, which is a panic as if it had been killed.
    fn refine(&self, text: &str, trouble: Trouble) -> Trouble {
        const ENDED: &str = "Kernel panic - not syncing: Attempted to kill init!";
        match trouble {
            Trouble::Panic if self.init_failed && text.starts_with(ENDED) => Trouble::NoInit,
            _ => trouble,
        }
    }
}

/// `Run /init as init process`, and so on for each that the kernel tries (init/main.c).
fn is_start_of_init(text: &str) -> bool {
    text.starts_with("Run ") && text.ends_with(" as init process")
}

/// What the kernel says in a line of the console.
pub fn kernel_text(line: &str) -> Option<&str> {
    stamped(line).map(|(_, text)| text.trim_start())
}

/// The line from its time stamp `[   12.345678] ` on, wherever in the line that stands (a prompt may precede it), and what follows
/// that, past the `[    T1] ` of kernels that name the caller, with the blanks that it begins with.
pub fn stamped(line: &str) -> Option<(&str, &str)> {
    let stamp = |inner: &str| {
        let (seconds, fraction) = inner.trim_start().split_once('.')?;
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        (digits(seconds) && digits(fraction) && fraction.len() == 6).then_some(())
    };
    let mut rest = line;
    loop {
        let from = &rest[rest.find('[')?..];
        rest = &from[1..];
        let (inner, after) = rest.split_once(']')?;
        if stamp(inner).is_some() {
            let caller = after
                .trim_start()
                .strip_prefix('[')
                .and_then(|a| a.split_once(']'))
                .filter(|(inner, _)| {
                    let inner = inner.trim_start();
                    inner.starts_with(['T', 'C']) && inner[1..].bytes().all(|b| b.is_ascii_digit())
                });
            let text = caller.map_or(after, |(_, text)| text);
            return Some((from, text.strip_prefix(' ').unwrap_or(text)));
        }
    }
}

/// An oops is followed by other lines that would be one by themselves, and closed by a mark (from `oops_enter()` to `oops_exit()`).
/// A checker's report is one line and its explanation, and so are most lines that begin with `BUG: `.
pub fn has_end_mark(text: &str) -> bool {
    // What x86 says before its oopses (arch/x86/mm/fault.c, kernel/traps.c).
    const FAULTS: &[&str] = &["BUG: kernel NULL pointer dereference", "BUG: unable to handle "];
    // `BUG: TASK stack guard page was hit at ...`, or of another stack.
    let overflow = text.contains(" stack guard page was hit ");
    let reported = ["WARNING: ", "BUG: ", "UBSAN: ", LOCKDEP_BUG]
        .iter()
        .any(|start| text.starts_with(start));
    !reported || overflow || FAULTS.iter().any(|start| text.starts_with(start))
}

/// How lockdep begins where it does not warn (kernel/locking/lockdep.c).
const LOCKDEP_BUG: &str = "[ BUG: ";

pub fn classify(text: &str) -> Option<Trouble> {
    const NO_INIT: &[&str] = &[
        "No working init found",
        "Requested init ",
        "VFS: Unable to mount root fs",
    ];
    const LOCKUP: &[&str] = &[
        "BUG: soft lockup",
        "BUG: workqueue lockup",
        "Watchdog detected hard LOCKUP",
        "Watchdog CPU:",
    ];
    const OOPS: &[&str] = &[
        "BUG: ",
        LOCKDEP_BUG,
        "UBSAN: ",
        "Oops",
        "Internal error: ",
        "Unable to handle kernel ",
        "general protection fault",
        "kernel BUG at ",
    ];
    // Lockdep proves that a deadlock can happen, in words that begin like a mere warning.
    const LOCKDEP: &[&str] = &[
        "locking dependency detected",
        "possible recursive locking detected",
        "inconsistent lock state",
        "lock inversion dependency detected",
        "lock order detected",
        "bad unlock balance detected",
        "suspicious RCU usage",
        "held lock freed",
        "lock held when returning to user space",
    ];
    if let Some(reason) = text.strip_prefix("Kernel panic - not syncing: ") {
        let no_init = NO_INIT.iter().any(|start| reason.starts_with(start));
        return Some(if no_init { Trouble::NoInit } else { Trouble::Panic });
    }
    let unprefixed = ["watchdog: ", "NMI watchdog: ", "rcu: "]
        .iter()
        .find_map(|prefix| text.strip_prefix(prefix))
        .unwrap_or(text);
    let stall = unprefixed.starts_with("INFO: rcu") && unprefixed.contains("stall");
    let hung = unprefixed.starts_with("INFO: task ") && unprefixed.contains(" blocked for more than ");
    if stall || hung || LOCKUP.iter().any(|start| unprefixed.starts_with(start)) {
        return Some(Trouble::Lockup);
    }
    if let Some(warning) = text.strip_prefix("WARNING: ") {
        return LOCKDEP
            .iter()
            .any(|what| warning.contains(what))
            .then_some(Trouble::Oops);
    }
    (OOPS.iter().any(|start| text.starts_with(start)) || is_exception(text)).then_some(Trouble::Oops)
}

/// x86 ends the first line of most exceptions in `0000 [#1] PREEMPT SMP`, and counts them.
fn is_exception(text: &str) -> bool {
    let mut counts = text.split(" [#").skip(1).filter_map(|rest| rest.split_once("] "));
    counts.any(|(count, _)| !count.is_empty() && count.bytes().all(|digit| digit.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(console: &str) -> Vec<(Trouble, String)> {
        Scanner::default()
            .feed(console.as_bytes())
            .into_iter()
            .map(|f| (f.trouble, f.line))
            .collect()
    }

    #[test]
    fn a_healthy_boot_has_no_findings() {
        let console = "\
[    0.000000] Linux version 6.12.117 (gcc) #1 SMP
[    0.312345] BUG_ON is a macro, and a program may print Kernel panic
Kernel panic - not syncing: said a program without a time stamp
[    1.000000] traps: a.out[77] general protection fault ip:401000 sp:7ffe error:0 in a.out
[    1.200000] a.out[78]: segfault at 0 ip 0000000000401000
[    1.300000] WARNING: CPU: 0 PID: 1 at kernel/x.c:1
[    1.400000] random: crng init done
[    1.500000] watchdog: Delayed init of the lockup detector failed: -19
/lkmc # ";
        assert_eq!(findings(console), []);
    }

    #[test]
    fn an_x86_oops_is_one_finding() {
        let console = "\
/lkmc # [   12.345678] BUG: kernel NULL pointer dereference, address: 0000000000000000\r
[   12.345700] #PF: supervisor write access in kernel mode\r
[   12.345800] Oops: Oops: 0002 [#1] PREEMPT SMP NOPTI\r
[   12.345900] CPU: 0 UID: 0 PID: 90 Comm: sh Not tainted 6.12.117 #1\r
[   12.346000] ---[ end trace 0000000000000000 ]---\r
[   13.000000] BUG: unable to handle page fault for address: ffffffffc0000000\r
";
        let found = findings(console);
        assert_eq!(
            found.iter().map(|(t, _)| *t).collect::<Vec<_>>(),
            [Trouble::Oops, Trouble::Oops]
        );
        assert_eq!(
            found[0].1,
            "BUG: kernel NULL pointer dereference, address: 0000000000000000"
        );
    }

    #[test]
    fn oopses_of_the_other_architectures() {
        for line in [
            "[    5.1] x",
            "[   21.123456] Unable to handle kernel NULL pointer dereference at virtual address 0000000000000000",
            "[   21.123456] Internal error: Oops: 0000000096000045 [#1] PREEMPT SMP",
            "[   21.123456][   T90] Internal error: Oops: 805 [#1] SMP ARM",
            "[   21.123456] kernel BUG at drivers/misc/lkdtm/bugs.c:76!",
            "[   21.123456] divide error: 0000 [#1] PREEMPT SMP",
            "[   21.123456] invalid opcode: 0000 [#12] PREEMPT SMP NOPTI",
            "[   21.123456] BUG: KASAN: slab-use-after-free in f+0x1/0x2",
        ]
        .iter()
        .skip(1)
        {
            let found = findings(&format!("{line}\n"));
            assert_eq!(found.len(), 1, "{line}");
            assert_eq!(found[0].0, Trouble::Oops, "{line}");
        }
    }

    #[test]
    fn panics() {
        let console = "\
[    7.000000] sysrq: Trigger a crash
[    7.000001] Kernel panic - not syncing: sysrq triggered crash
[    7.000002] ---[ end Kernel panic - not syncing: sysrq triggered crash ]---
";
        assert_eq!(
            findings(console),
            [(
                Trouble::Panic,
                "Kernel panic - not syncing: sysrq triggered crash".into()
            )]
        );
    }

    #[test]
    fn lockups() {
        for line in [
            "watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [sh:90]",
            "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:",
            "rcu: INFO: rcu_sched self-detected stall on CPU",
            "INFO: task sh:90 blocked for more than 120 seconds.",
            "watchdog: Watchdog detected hard LOCKUP on cpu 0",
            "BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 31s!",
        ] {
            assert_eq!(
                findings(&format!("[   90.000000] {line}\n")),
                [(Trouble::Lockup, line.to_string())]
            );
        }
    }

    #[test]
    fn checkers() {
        for line in [
            "BUG: KASAN: double-free in crash_double_free_second+0x12/0x20 [crash_double_free]",
            "WARNING: possible circular locking dependency detected",
            "WARNING: possible recursive locking detected",
            "WARNING: inconsistent lock state",
            "BUG: sleeping function called from invalid context at kernel/locking/mutex.c:585",
            "BUG: Bad page state in process insmod  pfn:02a5c",
            "BUG: using smp_processor_id() in preemptible [00000000] code: insmod/57",
            "[ BUG: Invalid wait context ]",
            "UBSAN: array-index-out-of-bounds in kernel_modules/bounds.c:20:8",
            "BUG: KCSAN: data-race in task_one / task_two",
        ] {
            // A second report is another finding, although nothing closes the first.
            let console = format!("[   12.345678] {line}\n[   13.345678] {line}\n");
            let found = findings(&console);
            assert_eq!(
                found,
                [(Trouble::Oops, line.to_string()), (Trouble::Oops, line.to_string())]
            );
        }
        for line in [
            "WARNING: CPU: 0 PID: 50 at kernel_modules/warn_on.c:20 warn_on_init+0x10/0x1000 [warn_on]",
            "kmemleak: 1 new suspected memory leaks (see /sys/kernel/debug/kmemleak)",
            "hello: lock order detected",
            "hello: order [#one] is there",
        ] {
            assert_eq!(findings(&format!("[   12.345678] {line}\n")), []);
        }
    }

    #[test]
    fn resets_are_announced() {
        let announced = |line: &str| {
            let mut scanner = Scanner::default();
            scanner.feed(format!("[    3.000000] {line}\n").as_bytes());
            scanner.announced_restart()
        };
        assert!(announced("reboot: Restarting system"));
        assert!(announced("sysrq: Resetting"));
        assert!(!announced("crash_triple_fault: the last line"));
    }

    #[test]
    fn missing_inits() {
        let bad_rdinit = "\
[    1.000000] check access for rdinit=/nowhere failed: -2, ignoring
[    1.500000] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)
";
        assert_eq!(findings(bad_rdinit)[0].0, Trouble::NoInit);
        assert!(
            findings(bad_rdinit)[0]
                .1
                .ends_with("(check access for rdinit=/nowhere failed: -2, ignoring)")
        );
        let requested = "[    1.500000] Kernel panic - not syncing: Requested init /nowhere failed (error -2).\n";
        assert_eq!(findings(requested)[0].0, Trouble::NoInit);
        let ours = "\
[    1.000000] lkmc: no init: cannot execute /nowhere
[    1.500000] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00007f00
";
        assert_eq!(findings(ours)[0].0, Trouble::NoInit);
    }

    #[test]
    fn the_shells_end_is_read_from_init_alone() {
        let status = |line: &str| {
            let mut scanner = Scanner::default();
            assert!(scanner.feed(line.as_bytes()).is_empty());
            scanner.shell_status()
        };
        assert_eq!(
            status("[    3.000000] lkmc: the shell ended with status 137\r\n"),
            Some(137)
        );
        assert_eq!(status("lkmc: the shell ended with status 137\n"), None);
    }

    #[test]
    fn a_panic_long_after_another_init_took_over_is_a_panic() {
        let booted = "\
[    1.000000] check access for rdinit=/nowhere failed: -2, ignoring
[    1.100000] Run /sbin/init as init process
";
        let later = |reason: &str| {
            let console = format!("{booted}[    9.000000] Kernel panic - not syncing: {reason}\n");
            findings(&console)
        };
        assert_eq!(later("sysrq triggered crash")[0].0, Trouble::Panic);
        let killed = "Attempted to kill init! exitcode=0x00000009";
        assert_eq!(
            later(killed),
            [(Trouble::Panic, format!("Kernel panic - not syncing: {killed}"))]
        );
        let unrelated = "\
[    1.000000] Run /init as init process
[    1.100000] Failed to execute /init (error -8)
[    1.200000] Kernel panic - not syncing: Fatal exception in interrupt
";
        assert_eq!(findings(unrelated)[0].0, Trouble::Panic);
    }

    #[test]
    fn what_the_kernel_indents_stays_indented() {
        for (line, text) in [
            ("[    0.500000]     ok 1 a", Some("    ok 1 a")),
            ("[    0.500000][    T1]   ok 1 a", Some("  ok 1 a")),
            ("/lkmc # [    0.500000] ok 1 a", Some("ok 1 a")),
            ("[    0.500000] [not a caller] x", Some("[not a caller] x")),
            ("    ok 1 a", None),
        ] {
            assert_eq!(stamped(line).map(|(_, text)| text), text, "{line}");
            assert_eq!(kernel_text(line), text.map(str::trim_start), "{line}");
        }
    }

    #[test]
    fn a_line_that_dmesg_repeats_counts_once() {
        let oops = "[   12.345678] BUG: kernel NULL pointer dereference, address: 0\n[   12.4] x\n[   12.500000] ---[ end trace 0 ]---\n";
        assert_eq!(findings(&oops.repeat(3)).len(), 1);
    }

    #[test]
    fn cutting_the_stream_anywhere_changes_nothing() {
        let console = b"noise\n[   12.345678] Kernel panic - not syncing: x\r\nrest";
        for cut in 0..console.len() {
            let mut scanner = Scanner::default();
            let found: Vec<_> = [&console[..cut], &console[cut..]]
                .iter()
                .flat_map(|part| scanner.feed(part))
                .collect();
            assert_eq!(found.len(), 1);
            assert_eq!(scanner.last_lines().last().map(String::as_str), Some("rest"));
        }
    }
}
