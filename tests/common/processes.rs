//! What runs on this machine, as `/proc` knows it.

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

/// The emulator that it runs, itself or through another program.
pub fn emulator_below(pid: u32) -> Option<u32> {
    let mut all = descendants(pid).into_iter();
    all.find(|pid| command_line(*pid).contains("qemu-system"))
}
