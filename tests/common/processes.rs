//! What runs on this machine, as `/proc` knows it.

use rustix::process::Signal;

/// Processes that this one has started.
pub fn children(pid: u32) -> Vec<u32> {
    // Of a process that has ended there are none.
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten();
    let lists = tasks
        .flatten()
        .filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    let parsed = |list: String| -> Vec<u32> { list.split_whitespace().flat_map(str::parse).collect() };
    lists.flat_map(parsed).collect()
}

/// The same, and what those have started, and so on.
pub fn descendants(pid: u32) -> Vec<u32> {
    let with_its_own = |child: u32| [vec![child], descendants(child)].concat();
    children(pid).into_iter().flat_map(with_its_own).collect()
}

/// Its words, with spaces between them; none of a zombie.
pub fn command_line(pid: u32) -> String {
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&line).replace('\0', " ").trim_end().to_owned()
}

/// Command lines with this in them.
pub fn command_lines_with(part: &str) -> Vec<String> {
    let entries = std::fs::read_dir("/proc").expect("/proc can be read").flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.map(command_line).filter(|line| line.contains(part)).collect()
}

/// A zombie has ended: it waits for whoever adopted it.
pub fn is_running(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name of the program stands in brackets before its state, and may have brackets in it.
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

/// Whether it waits for a lock that another has.
pub fn waits_for_lock(pid: u32) -> bool {
    let locks = std::fs::read_to_string("/proc/locks").expect("/proc can be read");
    // 3: -> FLOCK  ADVISORY  WRITE 4711 08:01:1234 0 EOF
    let waiting = locks.lines().filter_map(|line| line.split_once(" -> "));
    waiting
        .into_iter()
        .any(|(_, lock)| lock.split_whitespace().nth(3) == Some(&pid.to_string()))
}

/// Whether it ignores a signal: one that comes is thrown away by the kernel, whoever looks for it later.
pub fn ignores(pid: u32, signal: Signal) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = u64::from_str_radix(mask.expect("it is always there").trim(), 16).expect("a mask is a number");
    mask >> (signal.as_raw() - 1) & 1 == 1
}

/// The emulator that it runs, itself or through another program.
pub fn emulator_below(pid: u32) -> Option<u32> {
    let mut all = descendants(pid).into_iter();
    all.find(|pid| command_line(*pid).contains("qemu-system"))
}
