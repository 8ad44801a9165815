//! GDB on a guest: what it is told, and how it is started.
//!
//! ```text
//! Profile, Bundle -> Kit (gdb.json of each run) + Brief (what this GDB shall do) -> CommandLine -> Debugger (a child process)
//! ```
//!
//! The half of this that runs inside GDB is Python, in the folder `gdb/` at the top.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::bundle::Bundle;
use crate::command_line::CommandLine;
use crate::decode;
use crate::diag::{Error, Result};
use crate::emulator::qemu::GDB_SOCKET;
use crate::kept;
use crate::profile::{Arch, EmulatorKind};
use crate::store_path::{STORE, StoreOnDisk};

mod abandoned;
mod attend;
mod emulator;
pub mod packets;
mod place;
mod process;

pub use abandoned::{is_attached, watch};
pub use attend::{Attendance, release, status_of};
pub use emulator::command_line as on_emulator;
pub use place::{Place, Program, Then};
pub use process::{Debugger, Terminal, attach_lock, set_up};

/// File name in the run directory.
pub const KIT: &str = "gdb.json";
/// Held by the GDB that is attached: QEMU serves one at a time, and lets a second one wait in silence.
pub const LOCK: &str = "gdb.lock";
/// A script that nothing else limits ends after this.
const LIMIT: Duration = Duration::from_secs(300);

/// All that is needed to debug a run: every run leaves it in its directory.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Kit {
    /// GDB.
    pub program: CommandLine,
    /// What simulates the machine: stubs are not alike.
    #[serde(default = "qemu")]
    pub emulator: EmulatorKind,
    pub arch: Arch,
    pub vmlinux: PathBuf,
    /// What unpacks the kernel before it runs, if anything does.
    pub decompressor: Option<PathBuf>,
    pub system_map: PathBuf,
    pub config: PathBuf,
    /// The kernel's build tree, with its GDB scripts.
    pub build_tree: PathBuf,
    /// Prefixes of source files in DWARF, and where those files lie.
    pub substitutions: Vec<(PathBuf, PathBuf)>,
    /// Where sources with relative names may be.
    pub source_directories: Vec<PathBuf>,
    /// `.ko` with DWARF by the module's name.
    pub modules: BTreeMap<String, PathBuf>,
    /// Modules that are not among those are looked for below these.
    pub module_directories: Vec<PathBuf>,
    /// Host directories with the guest's programs, stripped of nothing.
    pub program_directories: Vec<PathBuf>,
    /// The same for the programs of the root file system.
    #[serde(default)]
    pub root_programs: Option<PathBuf>,
}

/// What a recording that was made before gem5 had GDB does not say.
fn qemu() -> EmulatorKind {
    EmulatorKind::Qemu
}

/// What GDB is to do with a guest.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Brief {
    /// Directory that `target` is in: a socket's name is limited to 108 bytes.
    pub directory: PathBuf,
    /// Socket of a stub, or the file of a memory dump.
    pub target: String,
    pub state: State,
    /// Where to go first.
    pub place: Option<Place>,
    /// The user's, of a GDB without a prompt; the first that fails ends it.
    pub steps: Vec<Step>,
    /// How far the kernel runs from where it was linked; none if the processor shall be asked.
    pub slide: Option<u64>,
    /// The processor to look at first.
    pub processor: Option<u32>,
    pub leave: Leave,
}

/// How GDB leaves a guest if something goes wrong on the way to where the session begins, or in a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Leave {
    /// It goes on.
    Detach,
    /// It stands still until its run ends, and the command that waits for GDB does not begin.
    Disconnect,
}

impl Brief {
    /// On a guest that runs, to do what is wished where it is.
    pub fn here(run: &Path, kit: &Kit, wishes: &Wishes) -> Brief {
        Brief {
            directory: run.to_owned(),
            target: GDB_SOCKET.into(),
            state: State::Running,
            place: None,
            steps: wishes.for_order(),
            slide: kit.slide(),
            processor: None,
            leave: Leave::Detach,
        }
    }
}

/// What the guest is doing when GDB comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// No instruction has been executed yet.
    Reset,
    /// Linux runs.
    Running,
    /// There is only its memory.
    Dead,
}

impl Kit {
    /// `push`: host directories that go into the guest.
    pub fn of(
        bundle: &Bundle,
        store: &StoreOnDisk,
        files: &decode::Files,
        push: &[PathBuf],
        emulator: EmulatorKind,
    ) -> Kit {
        let kernel = &bundle.kernel;
        let named = Path::new(STORE);
        Kit {
            program: CommandLine::of_program(&bundle.gdb, store),
            emulator,
            arch: bundle.arch,
            vmlinux: files.vmlinux.clone(),
            decompressor: kernel.decompressor.as_deref().map(|path| store.physical(path)),
            system_map: store.physical(&kernel.system_map),
            config: store.physical(&kernel.config),
            build_tree: files.build_tree.clone(),
            substitutions: vec![(named.to_owned(), store.physical(named))],
            source_directories: files.roots.clone(),
            modules: files.modules.clone(),
            module_directories: files.tree.iter().chain(&files.roots).cloned().collect(),
            program_directories: push.iter().map(|directory| debug_directory(directory)).collect(),
            root_programs: bundle.rootfs.programs.as_deref().map(|path| store.physical(path)),
        }
    }

    /// How far the kernel runs from where it was linked, if that is known without asking the processor. gem5 loads it where it
    /// was linked, and its stub has no register that would say so.
    pub fn slide(&self) -> Option<u64> {
        (self.emulator == EmulatorKind::Gem5).then_some(0)
    }

    pub fn write(&self, directory: &Path) -> Result<()> {
        let path = directory.join(KIT);
        let text = serde_json::to_vec(self).unwrap_or_default();
        kept::write(&path, &text).map_err(|error| Error::io("cannot write", &path, error))
    }

    /// The kit of a run.
    pub fn read(directory: &Path) -> Result<Kit> {
        let path = directory.join(KIT);
        let unusable = |error: String| {
            Error::usage(
                "lkmc::gdb::no_kit",
                format!("GDB cannot be used on the run in {}", directory.display()),
            )
            .cause(error)
            .help("runs of an older lkmc have no gdb.json; start the guest again")
        };
        let text = std::fs::read(&path).map_err(|error| unusable(error.to_string()))?;
        serde_json::from_slice(&text).map_err(|error| unusable(error.to_string()))
    }

    /// GDB's command line. `commands` and `scripts` are the user's, and come last.
    pub fn command_line(&self, kit: &Path, order: &Brief, wishes: &Wishes) -> Result<CommandLine> {
        // Plain data that serde_json can always represent.
        let order = serde_json::to_string(order).unwrap_or_default();
        // Reading a kernel's DWARF takes seconds, its index a fraction of one.
        let settings = crate::paths::cache().map_or_else(
            |_| Vec::new(),
            |cache| {
                let directory = cache.join("gdb-index");
                vec![
                    format!("set index-cache directory {}", directory.display()),
                    "set index-cache enabled on".into(),
                ]
            },
        );
        session(
            &self.program,
            &settings,
            "lkmc",
            &[&kit.to_string_lossy(), &order],
            wishes,
        )
    }
}

/// What the user passes on to GDB, in the order given.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// End after the last step, without a prompt.
    pub batch: bool,
    pub steps: Vec<Step>,
}

impl Wishes {
    /// Who talks to this GDB.
    pub fn terminal(&self) -> Terminal {
        match self.batch {
            true => Terminal::None,
            false => Terminal::Ours,
        }
    }

    /// How long it may take: what `--timeout` says; without that a user has all the time, and a script what is `usual`.
    pub fn limit(&self, asked: Option<Duration>, usual: Option<Duration>) -> Option<Duration> {
        asked.or_else(|| self.batch.then(|| usual.unwrap_or(LIMIT)))
    }

    /// The commands among the steps.
    pub fn commands(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().filter_map(|step| match step {
            Step::Command { text } => Some(text.as_str()),
            Step::Script { .. } => None,
        })
    }
}

#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Step {
    Command { text: String },
    Script { path: PathBuf },
}

impl Wishes {
    /// Options of a GDB with a prompt.
    pub fn for_gdb(&self) -> Vec<Vec<OsString>> {
        let option = |step: &Step| match step {
            Step::Command { text } => vec!["-ex".into(), text.into()],
            Step::Script { path } => vec!["-x".into(), path.into()],
        };
        let steps = self.steps.iter().filter(|_| !self.batch);
        steps.map(option).collect()
    }

    /// What goes into the order of one without.
    pub fn for_order(&self) -> Vec<Step> {
        match self.batch {
            true => self.steps.clone(),
            false => Vec::new(),
        }
    }
}

/// A GDB with our scripts: `settings` before anything is loaded, then `start` of a Python module with these texts, then what the
/// user wants.
pub fn session(
    program: &CommandLine,
    settings: &[String],
    module: &str,
    arguments: &[&str],
    wishes: &Wishes,
) -> Result<CommandLine> {
    let scripts = crate::paths::repository()?.join("gdb");
    let mut line = program.clone();
    let mut push = |words: &[&str]| line.groups.push(words.iter().map(OsString::from).collect());
    push(&["-q"]);
    if wishes.batch {
        // The user's own settings would make a script's results depend on who runs it.
        push(&["-nx", "-batch"]);
    }
    push(&["-iex", "set auto-load safe-path /"]);
    push(&["-iex", "set debuginfod enabled off"]);
    settings.iter().for_each(|setting| push(&["-iex", setting]));
    let path = python(&scripts.to_string_lossy());
    push(&["-ex", &format!("python import sys; sys.path.insert(0, {path})")]);
    let arguments: Vec<String> = arguments.iter().map(|text| python(text)).collect();
    // Ctrl-C before start() can say what becomes of it; 130 as a shell reports it.
    let start = format!(
        "try:\n import {module}\n {module}.start({})\nexcept KeyboardInterrupt:\n gdb.execute('quit 130')",
        arguments.join(", ")
    );
    push(&["-ex", &format!("python exec({})", python(&start))]);
    line.groups.extend(wishes.for_gdb());
    Ok(line)
}

/// A string literal of Python. JSON's strings are.
fn python(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

/// Programs are pushed stripped; beside that directory lies one with all of their DWARF.
fn debug_directory(pushed: &Path) -> PathBuf {
    let beside = pushed.with_file_name("debug");
    match beside.is_dir() {
        true => beside,
        false => pushed.to_owned(),
    }
}
