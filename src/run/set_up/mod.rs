//! Makes a guest that has booted or been restored ready for its task, through the agent.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::guest::GUEST_DIRECTORY;
use crate::guest::client::{Agent, Error};
use crate::guest::process::Output;
use crate::guest::protocol::{CommandSpec, Exit};
use crate::hash::sha256;

use super::ending::Ending;
use super::patience;

pub mod archive;
pub mod kernel_modules;
pub mod push;

/// What is done in a guest that has booted or been restored, before its task.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SetUp {
    pub shares: Vec<Mount>,
    pub network: bool,
    /// Disks are there to be kept: what the guest wrote has to reach them.
    pub disks: bool,
    /// Host directories whose files are copied into the guest's /lkmc.
    pub push: Vec<PathBuf>,
    /// Memory is wanted as it is when something goes wrong, not as it is when the kernel has cleaned up.
    pub panic_on_oops: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Mount {
    pub tag: String,
    pub directory: String,
    pub writable: bool,
    /// What the server calls it, if it has to be asked for by name.
    pub exported: Option<PathBuf>,
}

const PATIENCE: Duration = Duration::from_secs(20);
/// All programs of a folder together can have a hundred megabytes, and on a busy host an emulated processor takes more than a second
/// for each.
const PER_MEGABYTE: Duration = Duration::from_secs(3);

/// Steps the clock and reseeds the random pool, mounts the shares, copies files, configures the network. The hash of what was copied.
pub fn set_up(agent: &Agent, set_up: &SetUp) -> Result<Option<String>, Ending> {
    let deadline = Instant::now() + patience::limit(PATIENCE);
    agent
        .synchronize(deadline)
        .map_err(|error| failed("set the guest's clock", error))?;
    for mount in &set_up.shares {
        run(
            agent,
            mount_spec(mount),
            deadline,
            &format!("mount {} in the guest", mount.directory),
        )?;
    }
    let copied = match set_up.push.is_empty() {
        true => None,
        false => Some(push(agent, &set_up.push, deadline)?),
    };
    let deadline = Instant::now() + patience::limit(PATIENCE);
    if set_up.panic_on_oops {
        let line = "echo 1 > /proc/sys/kernel/panic_on_oops";
        run(agent, CommandSpec::shell(line), deadline, "make an oops a panic")?;
    }
    if set_up.network {
        run(
            agent,
            CommandSpec::shell(NETWORK),
            deadline,
            "configure the guest's network",
        )?;
    }
    Ok(copied)
}

/// Waits for a kernel to have done what it does once after its boot, so that each run restored from there is spared it: on x86 the
/// time stamp counter is measured for a second and then made the clock source, with three lines in the log
/// (`tsc_refine_calibration_work` in arch/x86/kernel/tsc.c). Elsewhere it is over at once. A kernel that is never through with it
/// is taken as it is.
pub fn settle(agent: &Agent) -> Result<(), Ending> {
    let limit = Instant::now() + patience::limit(SETTLING);
    let clock_source = CommandSpec::new(["/bin/cat", CLOCK_SOURCE]).at("/");
    while Instant::now() < limit {
        match agent.output(&clock_source, limit) {
            Ok(output) if output.stdout.trim_ascii_end().ends_with(b"-early") => std::thread::sleep(LOOK),
            Err(Error::Lost) => return Err(Ending::Broken("the guest went away before a snapshot was taken".into())),
            _ => break,
        }
    }
    Ok(())
}

const CLOCK_SOURCE: &str = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
const SETTLING: Duration = Duration::from_secs(3);
const LOOK: Duration = Duration::from_millis(50);

/// Copies the files of host directories into the guest. It may take longer than the deadline if they are large. Their hash: names,
/// contents, permissions and links.
pub fn push(agent: &Agent, directories: &[PathBuf], deadline: Instant) -> Result<String, Ending> {
    let archive = archive::of_directories(directories).map_err(Ending::Broken)?;
    let (hash, deadline) = (sha256(&archive), deadline + time_for(archive.len() as u64));
    judge(
        agent.output_of(&unpack(), archive, deadline),
        "copy files into the guest",
    )?;
    Ok(hash)
}

/// How much longer than a moment so many bytes may take into the guest.
fn time_for(bytes: u64) -> Duration {
    PER_MEGABYTE * u32::try_from(bytes >> 20).unwrap_or(u32::MAX)
}

/// Unpacks an [`archive`] that it reads.
pub fn unpack() -> CommandSpec {
    CommandSpec::new(["/bin/tar", "-x", "-f", "-", "-C", GUEST_DIRECTORY]).at("/")
}

/// Copies files of the host into the guest, each to an absolute path.
pub fn copy(agent: &Agent, files: &[(String, PathBuf)], deadline: Instant) -> Result<(), Ending> {
    let what = "copy files into the guest";
    let names = files
        .iter()
        .map(|(path, file)| (PathBuf::from(path.trim_start_matches('/')), file.clone()));
    let archive = archive::of_files(&names.collect::<Vec<_>>()).map_err(Ending::Broken)?;
    let spec = CommandSpec::new(["/bin/tar", "-x", "-f", "-", "-C", "/"]).at("/");
    judge(agent.output_of(&spec, archive, deadline), what)
}

/// What the guest wrote to its disks reaches the host's files.
pub fn flush(agent: &Agent, deadline: Instant) -> Result<(), Ending> {
    run(
        agent,
        CommandSpec::new(["/bin/sync"]).at("/"),
        deadline,
        "write the guest's disks",
    )
}

/// QEMU's user-mode network: these addresses are always the same. Configuring them statically saves a DHCP exchange.
const NETWORK: &str = "\
for card in /sys/class/net/*; do
    card=${card##*/}
    [ $card = lo ] || [ ! -e /sys/class/net/$card/device ] || break
done
ifconfig $card 10.0.2.15 netmask 255.255.255.0 up && route add default gw 10.0.2.2 && echo nameserver 10.0.2.3 > /etc/resolv.conf";

/// Mounts a share.
pub fn mount_spec(mount: &Mount) -> CommandSpec {
    // Large messages make 9p an order of magnitude faster than its default.
    let mode = if mount.writable { "rw" } else { "ro" };
    let mut options = format!("{mode},trans=virtio,version=9p2000.L,msize=512000");
    if let Some(exported) = &mount.exported {
        options += &format!(",aname={}", exported.display());
    }
    let line = r#"[ ! -e "$1" ] || [ -d "$1" ] || { echo "the guest has a file of that name" >&2; exit 1; }
mkdir -p "$1" && mount -t 9p -o "$2" "$3" "$1""#;
    CommandSpec::new(["/bin/sh", "-c", line, "mount", &mount.directory, &options, &mount.tag]).at("/")
}

fn run(agent: &Agent, spec: CommandSpec, deadline: Instant, what: &str) -> Result<(), Ending> {
    judge(agent.output(&spec, deadline), what)
}

pub(super) fn judge(output: Result<Output, Error>, what: &str) -> Result<(), Ending> {
    match output {
        Ok(Output {
            exit: Exit::Code(0), ..
        }) => Ok(()),
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; ");
            let why = match text.is_empty() {
                true => format!("status {}", output.exit.status()),
                false => text,
            };
            Err(Ending::Broken(format!("cannot {what}: {why}")))
        }
        Err(error) => Err(failed(what, error)),
    }
}

/// A guest that does not answer in time is as slow here as anywhere else.
fn failed(what: &str, error: Error) -> Ending {
    let why = format!("cannot {what}: {error}");
    match error {
        Error::Deadline => Ending::Timeout(why),
        _ => Ending::Broken(why),
    }
}

#[cfg(test)]
mod tests {
    use crate::verdict::Verdict;

    use super::*;

    #[test]
    fn a_guest_that_does_not_answer_in_time_is_no_emulator_that_died() {
        let verdict = |error| {
            let ending = judge(Err(error), "mount /mnt").unwrap_err();
            let conclusion = ending.conclude(None);
            (conclusion.verdict, conclusion.status)
        };
        assert_eq!(verdict(Error::Deadline), (Verdict::Timeout, 124));
        assert_eq!(verdict(Error::Lost), (Verdict::EmulatorDied, 125));
    }
}
