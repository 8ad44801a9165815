//! The kernel's own debuggers, KGDB for GDB and KDB for people, on a serial port of their own.
//!
//! Every machine has that port (`emulator/qemu.rs`). Nothing is prepared at boot: when somebody wants a debugger, the kernel is
//! told through the agent to use the port, and then to stop. From then on it listens there and does nothing else, so that the
//! agent is silent until the debugger lets the kernel go on.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use signal_hook::consts::SIGINT;
use signal_hook::iterator::Signals;

use crate::decode::object::symbol_address;
use crate::diag::{Error, Result};
use crate::emulator::qemu::CONSOLE_LOG;
use crate::gdb;
use crate::guest::client::Agent;
use crate::guest::protocol::{CommandSpec, Exit};
use crate::host::terminal;
use crate::host::thread::spawn_thread;

mod port;
pub mod shell;
mod steps;

use port::is_prompt;
pub use port::{Port, is_attached};

/// What a healthy guest does at once, on a busy host.
const PATIENCE: Duration = Duration::from_secs(20);
/// A guest that runs answers within this time.
const SIGN_OF_LIFE: Duration = Duration::from_secs(3);
/// Between two looks at the console.
const LOOK: Duration = Duration::from_millis(50);
/// SysRq is the agent's.
const NOT_STOPPED: &str = "nothing stops a guest whose programs cannot be asked: set a breakpoint before it goes on";

/// Makes the port known to the kernel, once, and prints where the kernel is. Statuses tell what is missing.
const PREPARE: &str = r#"
parameter=/sys/module/kgdboc/parameters/kgdboc
[ -e $parameter ] || exit 3
consoles=" $(cat /sys/class/tty/console/active) "
port=
for tty in /sys/class/tty/ttyS*; do
    name=${tty##*/}
    # 0: there is a name and no port.
    [ "$(cat $tty/type)" != 0 ] || continue
    case $consoles in *" $name "*) continue ;; esac
    port=$name
    break
done
[ -n "$port" ] || exit 4
[ "$(cat $parameter)" = "$port" ] || echo "$port" > $parameter || exit 5
grep -m 1 ' _text$' /proc/kallsyms
"#;

/// Where the kernel stops and listens.
const BREAK: &str = "echo g > /proc/sysrq-trigger";

/// The kernel's half, ready to be stopped.
pub struct Kernel {
    programs: Programs,
    /// How far the kernel runs from where it was linked.
    pub slide: u64,
    /// It was stopped before we came.
    stands_still: bool,
}

/// By what it is told that the guest's programs run, or that at least its kernel does.
enum Programs {
    /// It answers, and stops the kernel.
    Agent(Arc<Agent>),
    /// The console's log, of a guest that has no agent yet, or none that we can ask: it does not end at KDB's prompt then.
    Log(PathBuf),
}

impl Kernel {
    /// Tells the kernel which port to listen on.
    pub fn prepare(agent: Arc<Agent>, vmlinux: &Path) -> Result<Kernel> {
        let deadline = Instant::now() + PATIENCE;
        let failed =
            |why: String| Error::infrastructure("lkmc::kgdb::prepare", "KGDB cannot be set up in the guest").cause(why);
        let output = agent
            .output(&CommandSpec::shell(PREPARE), deadline)
            .map_err(|error| failed(error.to_string()))?;
        match output.exit {
            Exit::Code(0) => {}
            Exit::Code(3) => {
                return Err(Error::usage("lkmc::kgdb::no_kgdb", "the guest's kernel has no KGDB")
                    .help("its configuration needs CONFIG_KGDB and CONFIG_KGDB_SERIAL_CONSOLE, as the shipped profiles have"));
            }
            Exit::Code(4) => {
                return Err(Error::usage("lkmc::kgdb::no_port", "the guest's kernel sees no serial port for KGDB")
                    .help("it needs a driver for the port: CONFIG_SERIAL_8250, on arm and aarch64 CONFIG_SERIAL_8250_PCI too"));
            }
            _ => return Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned())),
        }
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let runs_at = text
            .split_whitespace()
            .next()
            .and_then(|word| u64::from_str_radix(word, 16).ok());
        let linked_at = symbol_address(vmlinux, "_text").map_err(|error| failed(error.to_string()))?;
        let (Some(runs_at), Some(linked_at)) = (runs_at, linked_at) else {
            return Err(failed("where the kernel is cannot be found out".into()));
        };
        Ok(Kernel {
            programs: Programs::Agent(agent),
            slide: runs_at.wrapping_sub(linked_at),
            stands_still: false,
        })
    }

    /// A kernel that stands still in its debugger already: somebody left it there, or it has come there by itself.
    pub fn standing_still(agent: Arc<Agent>) -> Kernel {
        Kernel {
            programs: Programs::Agent(agent),
            slide: 0,
            stands_still: true,
        }
    }

    /// One in a guest with nobody to ask that stands at KDB's prompt, which is on the console too: `kgdbwait` stops it before
    /// there are programs. None if it does not. It runs where it was linked, unless it was built to move.
    pub fn at_prompt(run: &Path) -> Option<Kernel> {
        let log = run.join(CONSOLE_LOG);
        is_prompt(&end_of(&log)).then_some(Kernel {
            programs: Programs::Log(log),
            slide: 0,
            stands_still: true,
        })
    }

    /// Stops the kernel. What it says then comes from the port; nothing is waited for.
    pub fn stop(&self) -> Result<()> {
        let Programs::Agent(agent) = &self.programs else {
            terminal::announce(NOT_STOPPED, true);
            return Ok(());
        };
        let agent = Arc::clone(agent);
        spawn_thread("sysrq", move || {
            // Ends when the kernel goes on.
            if let Ok(process) = agent.start(&CommandSpec::shell(BREAK), 0) {
                process.stdin().close();
                process.events().iter().for_each(drop);
            }
        })
    }

    /// Whether the guest's programs run, or at least its kernel.
    pub fn is_running(&self) -> bool {
        match &self.programs {
            Programs::Agent(agent) => is_running(agent),
            Programs::Log(log) => {
                let deadline = Instant::now() + PATIENCE;
                while is_prompt(&end_of(log)) {
                    if Instant::now() > deadline {
                        return false;
                    }
                    std::thread::sleep(LOOK);
                }
                true
            }
        }
    }
}

/// Whether any debugger is attached to a run: one in its kernel, or GDB at the emulator's stub.
pub fn is_debugged(run: &Path) -> bool {
    is_attached(run) || gdb::is_attached(run)
}

/// The last line of a console's log, and some before it.
fn end_of(log: &Path) -> Vec<u8> {
    const ENOUGH: u64 = 512;
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(log)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(ENOUGH)))?;
        let mut end = Vec::new();
        file.read_to_end(&mut end)?;
        Ok(end)
    };
    read().unwrap_or_default()
}

/// Ctrl-C stops the kernel from now on. GDB has no way of its own: while the kernel runs, nobody listens at the port.
pub fn stop_on_interrupt(kernel: &Arc<Kernel>) -> Result<()> {
    let failed = |error| Error::infrastructure("lkmc::run::signals", "cannot listen to signals").cause(error);
    let mut signals = Signals::new([SIGINT]).map_err(failed)?;
    let kernel = Arc::clone(kernel);
    spawn_thread("interrupts", move || {
        for _ in signals.forever() {
            // GDB says what comes of it.
            let _ = kernel.stop();
        }
    })
}

/// Whether an agent answers, and so the guest's programs run.
pub fn is_running(agent: &Agent) -> bool {
    let spec = CommandSpec::new(["/bin/true"]).at("/");
    agent.output(&spec, Instant::now() + SIGN_OF_LIFE).is_ok()
}
