//! Decoding: a kernel's report on the console becomes a stack of functions with files and lines.
//!
//! ```text
//! console lines -> report::parse -> places -> object::lines (vmlinux, modules) -> frames -> source lines
//! ```
//!
//! The places that the kernel prints are names and offsets, so that neither load addresses nor address randomisation matter.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::bundle::Bundle;
use crate::store_path::StoreOnDisk;

pub(crate) mod object;
pub mod report;
mod source;
pub(crate) mod units;

use self::object::Line;
use self::report::{Kind, Place, Report, Trace};

/// Files that the names in a report are looked up in.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Files {
    pub vmlinux: PathBuf,
    /// `.ko` by the module's name.
    pub modules: BTreeMap<String, PathBuf>,
    /// The kernel's own modules, below this directory.
    pub tree: Option<PathBuf>,
    /// The kernel's sources as DWARF names them, and where they lie on the disk.
    pub kernel_source: (PathBuf, PathBuf),
    /// What a relative name of a source file may be below, and where other modules may lie.
    pub roots: Vec<PathBuf>,
    /// The same for files that the kernel's build generated.
    pub build_tree: PathBuf,
}

impl Files {
    pub fn of(bundle: &Bundle, store: &StoreOnDisk, modules: &BTreeMap<String, PathBuf>) -> Files {
        let kernel = &bundle.kernel;
        Files {
            vmlinux: store.physical(&kernel.vmlinux),
            modules: modules.clone(),
            tree: kernel
                .installed_modules(store)
                .or_else(|| Some(store.physical(&kernel.build_tree))),
            kernel_source: (kernel.source.clone(), store.physical(&kernel.source)),
            roots: crate::paths::repository()
                .into_iter()
                .chain(std::env::current_dir())
                .collect(),
            build_tree: store.physical(&kernel.build_tree),
        }
    }
}

/// One function of a stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Frame {
    pub function: String,
    /// Below the kernel's sources, or as the module's compiler was told.
    pub file: Option<String>,
    pub line: Option<u32>,
    pub module: Option<String>,
    /// The compiler put this function's code into the next frame's.
    pub inlined: bool,
    /// The line itself.
    pub source: Option<String>,
    /// How often the frame comes in a row: a recursion.
    pub times: u32,
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.file, self.line) {
            (Some(file), Some(line)) => write!(f, "{} at {file}:{line}", self.function),
            (Some(file), None) => write!(f, "{} at {file}", self.function),
            _ => f.write_str(&self.function),
        }
    }
}

/// Innermost frame first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Stack {
    /// `Allocated by task 77`; none for the stack that the report is about.
    pub label: Option<String>,
    pub frames: Vec<Frame>,
}

/// A report with its stacks decoded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Decoded {
    pub titles: Vec<String>,
    pub stacks: Vec<Stack>,
    /// What could not be looked up, and why.
    pub notes: Vec<String>,
}

impl Decoded {
    /// Where it happened.
    pub fn stack(&self) -> &[Frame] {
        let stack = self
            .stacks
            .iter()
            .find(|stack| stack.label.is_none())
            .or(self.stacks.first());
        stack.map_or(&[], |stack| &stack.frames)
    }
}

/// Decodes all reports in console output, or in a kernel log without time stamps.
pub fn decode<'a>(lines: impl IntoIterator<Item = &'a str> + Clone, files: &Files) -> Vec<Decoded> {
    decode_reports(&report::parse(lines), files)
}

/// The same for reports whose places somebody else has found.
pub fn decode_reports(reports: &[Report], files: &Files) -> Vec<Decoded> {
    let places = reports.iter().flat_map(|report| &report.traces).flat_map(relevant);
    let (found, notes) = look_up(places, files);
    let mut sources = source::Sources::new(files);
    let decoded = reports.iter().map(|report| Decoded {
        titles: report.titles.clone(),
        stacks: report
            .traces
            .iter()
            .map(|trace| stack(trace, &found, &mut sources))
            .collect(),
        notes: notes.clone(),
    });
    decoded.collect()
}

/// The stack of the first report as lines, which expectations are compared with.
pub fn first_stack<'a>(lines: impl IntoIterator<Item = &'a str> + Clone, files: &Files) -> Vec<String> {
    let reports = decode(lines, files);
    reports
        .first()
        .map(|report| report.stack().iter().map(Frame::to_string).collect())
        .unwrap_or_default()
}

/// The report that a finding on the console began, or one that it is part of.
pub fn about<'a>(reports: &'a [Decoded], finding: &str) -> Option<&'a Decoded> {
    reports
        .iter()
        .find(|report| report.titles.iter().any(|title| finding.starts_with(title.as_str())))
        .or(reports.last())
}

type Found<'a> = HashMap<&'a Place, Vec<Line>>;

/// One pass through each file.
fn look_up<'a>(places: impl Iterator<Item = &'a Place>, files: &Files) -> (Found<'a>, Vec<String>) {
    let mut by_file: BTreeMap<Option<&str>, Vec<&Place>> = BTreeMap::new();
    for place in places {
        by_file.entry(place.module.as_deref()).or_default().push(place);
    }
    let (mut found, mut notes) = (Found::new(), Vec::new());
    for (module, places) in by_file {
        let Some(path) = file_of(module, files) else {
            notes.push(format!(
                "the file of module {} is not known",
                module.unwrap_or_default()
            ));
            continue;
        };
        match object::lines(&path, &places) {
            Ok(lines) => found.extend(places.into_iter().zip(lines)),
            Err(error) => notes.push(error.to_string()),
        }
    }
    (found, notes)
}

/// A module's file may have hyphens where the kernel's name for it has underscores.
fn file_of(module: Option<&str>, files: &Files) -> Option<PathBuf> {
    let Some(module) = module else {
        return Some(files.vmlinux.clone());
    };
    let given = files.modules.iter().find(|(name, _)| name.replace('-', "_") == module);
    let given = given.map(|(_, path)| path.clone());
    let lying_about = || files.roots.iter().find_map(|root| in_directory(root, module));
    given
        .or_else(lying_about)
        .or_else(|| in_tree(files.tree.as_deref()?, module))
}

fn is_module(path: &Path, module: &str) -> bool {
    let stem = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".ko"));
    stem.is_some_and(|stem| stem.replace('-', "_") == module)
}

fn in_directory(directory: &Path, module: &str) -> Option<PathBuf> {
    let entries = std::fs::read_dir(directory).ok()?.flatten();
    entries.map(|entry| entry.path()).find(|path| is_module(path, module))
}

fn in_tree(directory: &Path, module: &str) -> Option<PathBuf> {
    let mut entries = std::fs::read_dir(directory).ok()?.flatten();
    // A link may lead back to where it lies, as `source` in a kernel's build directory does.
    entries.find_map(|entry| match entry.file_type().is_ok_and(|kind| kind.is_dir()) {
        true => in_tree(&entry.path(), module),
        false => Some(entry.path()).filter(|path| is_module(path, module)),
    })
}

/// Without what only prints the report.
fn relevant(trace: &Trace) -> impl Iterator<Item = &Place> {
    const PRINTING: &[&str] = &[
        "dump_stack",
        "show_stack",
        "dump_backtrace",
        "unwind_backtrace",
        "print_report",
        "print_address_description",
        "kasan_",
        "__kasan_",
        "__asan_",
        "check_memory_region",
        "check_slab_allocation",
        "print_circular_bug",
        "print_deadlock_bug",
        "print_usage_bug",
        "check_noncircular",
        "check_prev_add",
        "check_deadlock",
        "validate_chain",
        "__lock_acquire",
        "lock_acquire",
        "__might_resched",
        "__schedule_bug",
        "__warn",
        "report_bug",
        "handle_bug",
        "exc_invalid_op",
        "asm_exc_invalid_op",
    ];
    let printing = |symbol: &str| PRINTING.iter().any(|start| symbol.starts_with(start));
    // A module may be called after what it provokes; the machinery itself is never one.
    let prints = |place: &&Place| place.module.is_none() && printing(&place.symbol);
    // The registers come first, if they were printed; a panic may follow them with its own stack.
    let registers = trace
        .places
        .iter()
        .take_while(|place| place.kind == Kind::Instruction)
        .count();
    let (first, rest) = trace.places.split_at(registers);
    let skipped = rest.iter().take_while(prints).count();
    let rest = if skipped < rest.len() { &rest[skipped..] } else { rest };
    first.iter().chain(rest)
}

fn stack(trace: &Trace, found: &Found, sources: &mut source::Sources) -> Stack {
    let frames = relevant(trace).flat_map(|place| match found.get(place) {
        Some(lines) if !lines.is_empty() => lines.iter().map(|line| frame(line, place, sources)).collect(),
        _ => vec![Frame {
            function: place.symbol.clone(),
            file: None,
            line: None,
            module: place.module.clone(),
            inlined: false,
            source: None,
            times: 1,
        }],
    });
    let mut stack = Stack {
        label: trace.label.clone(),
        frames: Vec::new(),
    };
    for frame in frames {
        match stack.frames.last_mut() {
            Some(last) if (&last.function, &last.file, last.line) == (&frame.function, &frame.file, frame.line) => {
                last.times += 1
            }
            _ => stack.frames.push(frame),
        }
    }
    stack
}

fn frame(line: &Line, place: &Place, sources: &mut source::Sources) -> Frame {
    let file = line.file.as_deref().map(|file| sources.short(file));
    let text = match (&file, line.line) {
        (Some(file), Some(number)) => sources.line(file, number),
        _ => None,
    };
    Frame {
        function: line.function.clone(),
        file,
        line: line.line,
        module: place.module.clone(),
        inlined: line.inlined,
        source: text,
        times: 1,
    }
}

/// For people: each frame, and the source lines where they are known.
pub fn render(decoded: &Decoded) -> String {
    let mut text = String::new();
    for stack in &decoded.stacks {
        text += &match &stack.label {
            Some(label) if stack.frames.is_empty() => format!("{label}\n"),
            Some(label) => format!("{label}:\n"),
            None => "decoded stack, innermost first:\n".to_string(),
        };
        for frame in &stack.frames {
            let module = frame
                .module
                .as_ref()
                .map(|module| format!(" [{module}]"))
                .unwrap_or_default();
            let inlined = if frame.inlined { " (inlined)" } else { "" };
            let times = if frame.times > 1 {
                format!(" ({} times)", frame.times)
            } else {
                String::new()
            };
            text += &format!("  {frame}{module}{inlined}{times}\n");
            if let Some(source) = &frame.source {
                text += &format!("      {source}\n");
            }
        }
    }
    for note in &decoded.notes {
        text += &format!("  ({note})\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_back_to_the_sources_is_not_followed() {
        let sources = tempfile::tempdir().expect("a temporary directory");
        let build = sources.path().join("build");
        std::fs::create_dir_all(build.join("drivers")).expect("it can be made");
        std::os::unix::fs::symlink("..", build.join("source")).expect("a link can be made");
        for module in ["of-an-older-build.ko", "build/drivers/of-this-one.ko"] {
            std::fs::write(sources.path().join(module), "").expect("it can be written");
        }
        assert_eq!(in_tree(&build, "of_an_older_build"), None);
        assert_eq!(
            in_tree(&build, "of_this_one"),
            Some(build.join("drivers/of-this-one.ko"))
        );
    }
}
