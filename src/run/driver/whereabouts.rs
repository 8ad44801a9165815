//! Where a guest is that has not done its work in time: the stacks of what the command has started, as the kernel tells them
//! while its programs run, and those of the processors, as GDB finds them, where it does not or where something keeps running.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::decode::report::{self, Kind, Place, Report, Trace};
use crate::decode::{self, Decoded, Files};
use crate::gdb::{self, Kit, Step, Wishes};
use crate::guest::protocol::CommandSpec;
use crate::host::child;
use crate::run::ending::Ending;
use crate::run::under::Under;
use crate::run_directory::files::PROCESSORS;
use crate::verdict;

use super::Driver;

/// A guest whose programs run answers within this time.
const ANSWER: Duration = Duration::from_secs(5);
/// GDB reads a kernel's symbols in one or two seconds, on a busy host in some more.
const GDB: Duration = Duration::from_secs(20);
const TITLE: &str = "where the guest was when its time was over";

/// All tasks of processes that the agent has started, this script's apart: a line about each, and its stack in the kernel. 32-bit
/// Arm has no stacks of others in /proc (`arch_stack_walk()` in arch/arm/kernel/stacktrace.c); there it is what the kernel logs of
/// all tasks on request, kept away from the console.
const TASKS: &str = r#"
field() { while read -r key value _; do [ "$key" = "$1" ] && echo "$value" && break; done < "$2"; }
started() {
    pid=$1
    while [ "${pid:-0}" -gt 1 ]; do
        [ "$pid" = $$ ] && return 1
        parent=$(field PPid: /proc/$pid/status)
        [ "$parent" = $PPID ] && return 0
        pid=$parent
    done
    return 1
}
for process in /proc/[0-9]*; do
    started "${process##*/}" || continue
    for task in $process/task/*; do
        state=$(field State: $task/status)
        echo "task ${task##*/} $state $(cat $task/comm)"
        stack=$(cat $task/stack)
        echo "$stack"
        case $state$stack in [SDTt]) unknown=yes ;; esac
    done
done 2> /dev/null
if [ -n "$unknown" ]; then
    read -r level _ < /proc/sys/kernel/printk
    echo 1 > /proc/sys/kernel/printk
    dmesg -c > /dev/null
    echo t > /proc/sysrq-trigger
    echo "$level" > /proc/sys/kernel/printk
    dmesg
fi
"#;

/// Looks, if time has run out; places are looked up in `files`. Nothing that fails here changes how the run ended.
pub fn look(driver: &Driver, ending: &Ending, files: &Files) -> Option<Decoded> {
    if !matches!((ending, &driver.under), (Ending::Timeout(_), Under::Nothing)) {
        return None;
    }
    let tasks = tasks(driver);
    let runs = |task: &Task| task.state == 'R';
    let mut traces: Vec<Trace> = tasks
        .iter()
        .flatten()
        .filter(|task| !runs(task))
        .map(Task::trace)
        .collect();
    if tasks.is_none_or(|tasks| tasks.iter().any(runs)) {
        traces.extend(processors(driver, files).into_iter().flatten().map(Processor::trace));
    }
    let report = Report {
        titles: vec![TITLE.into()],
        traces,
    };
    let found = !report.traces.is_empty();
    found.then(|| decode::decode_reports(&[report], files).swap_remove(0))
}

/// A task as the kernel describes it.
#[derive(Debug, PartialEq)]
struct Task {
    id: u32,
    /// A letter of proc(5).
    state: char,
    name: String,
    places: Vec<Place>,
}

impl Task {
    fn trace(&self) -> Trace {
        let state = match self.state {
            'S' => "sleeps".into(),
            'D' => "sleeps, and no signal wakes it".into(),
            'T' | 't' => "is stopped".into(),
            'Z' | 'X' => "has ended".into(),
            other => format!("is in state {other}"),
        };
        Trace {
            label: Some(format!("PID {} ({}) {state}", self.id, self.name)),
            places: self.places.clone(),
            doubtful: Vec::new(),
        }
    }
}

/// None if the guest's programs do not run.
fn tasks(driver: &Driver) -> Option<Vec<Task>> {
    let agent = driver.machine.agent().ok()?;
    let output = agent
        .output(&CommandSpec::shell(TASKS).at("/"), Instant::now() + ANSWER)
        .ok()?;
    Some(parse(&String::from_utf8_lossy(&output.stdout)))
}

fn parse(text: &str) -> Vec<Task> {
    let mut tasks: Vec<Task> = Vec::new();
    let mut logged: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
    let mut told = None;
    for line in text.lines() {
        if let Some(text) = verdict::kernel_text(line) {
            // `task:insmod          state:D stack:0     pid:52    tgid:52    ppid:51     flags:0x00000000`
            if let Some((_, rest)) = text.split_once(" pid:").filter(|_| text.starts_with("task:")) {
                told = rest.split_whitespace().next().and_then(|id| id.parse().ok());
            } else if let Some(id) = told {
                logged.entry(id).or_default().push(text);
            }
            continue;
        }
        let mut words = line.splitn(4, ' ');
        match (words.next(), words.next(), words.next(), words.next()) {
            (Some("task"), Some(id), Some(state), Some(name)) => tasks.extend(id.parse().ok().map(|id| Task {
                id,
                state: state.chars().next().unwrap_or('?'),
                name: name.into(),
                places: Vec::new(),
            })),
            // `[<0>] function+0x10/0x20 [module]`
            _ => {
                let place = line
                    .split_once("] ")
                    .and_then(|(_, place)| report::place(place, Kind::Return));
                tasks
                    .iter_mut()
                    .next_back()
                    .into_iter()
                    .for_each(|task| task.places.extend(place.clone()));
            }
        }
    }
    for task in tasks.iter_mut().filter(|task| task.places.is_empty()) {
        // As a report that has this stack alone.
        let title = format!("CPU: 0 PID: {} Comm: {}", task.id, task.name);
        let lines = logged.remove(&task.id).unwrap_or_default();
        let report = report::parse(std::iter::once(title.as_str()).chain(lines));
        let trace = report.into_iter().flat_map(|report| report.traces).next();
        task.places = trace.map_or(Vec::new(), |trace| trace.places);
    }
    tasks
}

/// What gdb/lkmc/processors.py prints.
#[derive(Deserialize)]
struct Processors {
    #[serde(rename = "lkmc-processors")]
    processors: Vec<Processor>,
}

#[derive(Deserialize)]
struct Processor {
    processor: u32,
    pid: Option<u32>,
    name: Option<String>,
    places: Vec<Instruction>,
}

#[derive(Deserialize)]
struct Instruction {
    symbol: String,
    offset: u64,
    module: Option<String>,
    /// It is what a call returns to.
    returned: bool,
}

impl Processor {
    fn trace(self) -> Trace {
        let idle = self.pid == Some(0);
        let what = match (self.pid, self.name) {
            (Some(0), _) => ", which is idle".into(),
            (Some(pid), Some(name)) => format!(", at PID {pid} ({name})"),
            _ => String::new(),
        };
        let mode = if self.places.is_empty() { " in user mode" } else { "" };
        let place = |it: Instruction| Place {
            symbol: it.symbol,
            offset: it.offset,
            size: None,
            module: it.module,
            kind: if it.returned { Kind::Return } else { Kind::Instruction },
        };
        Trace {
            label: Some(format!("processor {}{what}{mode}", self.processor)),
            // How a processor waits is the same everywhere.
            places: self.places.into_iter().filter(|_| !idle).map(place).collect(),
            doubtful: Vec::new(),
        }
    }
}

/// None if GDB cannot look, because somebody else's is attached for example.
fn processors(driver: &Driver, files: &Files) -> Option<Vec<Processor>> {
    let directory = &driver.directory.path;
    let _lock = gdb::attach_lock(directory).ok()?;
    let wishes = Wishes {
        batch: true,
        steps: vec![Step::Command {
            text: "lkmc-processors".into(),
        }],
    };
    // The modules may be others than when the guest was started.
    let kit = Kit {
        modules: files.modules.clone(),
        ..driver.plan.kit.clone()
    };
    let order = gdb::Brief::here(directory, &kit, &wishes);
    let file = directory.join(PROCESSORS);
    std::fs::write(&file, serde_json::to_vec(&kit).unwrap_or_default()).ok()?;
    let line = kit.command_line(&file, &order, &wishes).ok()?;
    let mut command = line.to_command();
    command.stdin(Stdio::null());
    let output = child::output_within(command, GDB).ok()??;
    let text = String::from_utf8_lossy(&output.stdout);
    let found = text
        .lines()
        .find_map(|line| serde_json::from_str::<Processors>(line).ok());
    Some(found?.processors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_and_their_stacks() {
        let text = "task 57 S cat\n[<0>] wait_init+0x10/0x20 [wait]\n[<0>] ksys_read+0x1/0x2\ntask 58 R my prog\n";
        let tasks = parse(text);
        assert_eq!(tasks.len(), 2);
        assert_eq!(tasks[0].trace().label.as_deref(), Some("PID 57 (cat) sleeps"));
        let places: Vec<_> = tasks[0]
            .places
            .iter()
            .map(|it| (it.symbol.as_str(), it.module.as_deref()))
            .collect();
        assert_eq!(places, [("wait_init", Some("wait")), ("ksys_read", None)]);
        assert_eq!((tasks[1].name.as_str(), tasks[1].state), ("my prog", 'R'));
    }

    #[test]
    fn stacks_that_only_the_log_has() {
        let text = "task 52 D insmod\n\n\
                    [   12.000000] sysrq: Show State\n\
                    [   12.000001] task:init            state:S stack:0     pid:1     tgid:1     ppid:0      flags:0x00000000\n\
                    [   12.000002] Call trace: \n\
                    [   12.000003]  __schedule from schedule+0x50/0x108\n\
                    [   12.000004] task:insmod          state:D stack:0     pid:52    tgid:52    ppid:51     flags:0x00000000\n\
                    [   12.000005] Call trace: \n\
                    [   12.000006]  __schedule from schedule+0x50/0x108\n\
                    [   12.000007]  schedule from wait_init+0x74/0x1000 [wait]\n\
                    [   12.000008]  wait_init [wait] from do_one_initcall+0x50/0x2a0\n\
                    [   12.000009] Showing all locks held in the system:\n";
        let tasks = parse(text);
        let symbols: Vec<&str> = tasks[0].places.iter().map(|place| place.symbol.as_str()).collect();
        assert_eq!(symbols, ["schedule", "wait_init", "do_one_initcall"]);
        assert_eq!(tasks[0].places[1].module.as_deref(), Some("wait"));
    }

    #[test]
    fn processors_as_gdb_finds_them() {
        let text = r#"{"lkmc-processors": [
            {"processor": 0, "pid": 60, "name": "insmod", "places": [{"symbol": "spin_init", "offset": 4, "module": "spin", "returned": false}]},
            {"processor": 1, "pid": 0, "name": "swapper/1", "places": [{"symbol": "default_idle", "offset": 1, "module": null, "returned": false}]},
            {"processor": 2, "pid": 61, "name": "sh", "places": []}]}"#;
        let found: Processors = serde_json::from_str(text).expect("it is what GDB prints");
        let traces: Vec<Trace> = found.processors.into_iter().map(Processor::trace).collect();
        let labels: Vec<&str> = traces.iter().filter_map(|trace| trace.label.as_deref()).collect();
        assert_eq!(
            labels,
            [
                "processor 0, at PID 60 (insmod)",
                "processor 1, which is idle",
                "processor 2, at PID 61 (sh) in user mode"
            ]
        );
        assert_eq!(traces[0].places[0].kind, Kind::Instruction);
        assert!(traces[1].places.is_empty());
    }
}
