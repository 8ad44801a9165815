//! Whether KVM works here. Opening /dev/kvm is not enough: on some virtual hosts a guest's firmware runs under it and the
//! kernel never starts. So a guest is booted once, and the answer is remembered until the host is booted again.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::diag::Result;
use crate::hash;
use crate::kept;
use crate::profile::Arch;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    Works,
    /// In one sentence.
    Unusable(String),
}

/// Long for a guest that runs at the speed of the hardware.
pub const PROBE_LIMIT: Duration = Duration::from_secs(10);

/// The probe's answer where a guest's kernel says nothing at all, which is KVM's fault and lasts.
pub const NEVER: &str = "a guest under it never gets to its kernel";

/// The remembered or new answer. `probe` boots a guest of this architecture under KVM until the deadline; its error is one
/// sentence. `announce` is called before something that takes seconds.
pub fn usable(arch: Arch, announce: impl FnOnce(), probe: impl FnOnce(Instant) -> Result<(), String>) -> Answer {
    if let Some(answer) = foreseen(arch) {
        return answer;
    }
    announce();
    let answer = match probe(Instant::now() + PROBE_LIMIT) {
        Ok(()) => Answer::Works,
        Err(why) => Answer::Unusable(why),
    };
    // What else goes wrong may be the fault of this guest, or of a busy moment: that is asked again.
    let lasts = answer == Answer::Works || answer == Answer::Unusable(NEVER.into());
    if let Some(path) = answer_path(arch).filter(|_| lasts) {
        // Forgetting costs one more probe, nothing else.
        let _ = kept::remember(&path, &answer);
    }
    answer
}

/// The answer, if no guest has to be booted for it.
pub fn foreseen(arch: Arch) -> Option<Answer> {
    obstacle(arch).map(Answer::Unusable).or_else(|| known(arch))
}

/// What an earlier probe found, if there was one since this host was booted.
pub fn known(arch: Arch) -> Option<Answer> {
    kept::recall(&answer_path(arch)?)
}

fn answer_path(arch: Arch) -> Option<PathBuf> {
    Some(directory()?.join(format!("{}.json", host(arch))))
}

/// What can be seen without starting anything.
pub fn obstacle(arch: Arch) -> Option<String> {
    if std::env::consts::ARCH != arch.as_str() {
        return Some(format!(
            "KVM on this {} host cannot run {arch} guests",
            std::env::consts::ARCH
        ));
    }
    let device = Path::new("/dev/kvm");
    match std::fs::File::options().read(true).write(true).open(device) {
        Ok(_) => None,
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            Some("you may not open /dev/kvm (being in the group `kvm` usually allows it)".into())
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Some("there is no /dev/kvm: virtualisation is off, or this machine is itself virtual".into())
        }
        Err(error) => Some(format!("/dev/kvm cannot be opened: {error}")),
    }
}

/// Kernel, processor and boot of this host.
fn host(arch: Arch) -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let release = read("/proc/sys/kernel/osrelease");
    let boot = read("/proc/sys/kernel/random/boot_id");
    let text = format!("{arch} {release} {boot} {}", host_processor());
    hash::short_sha256(text)
}

/// Model and features of this host's processor.
pub fn host_processor() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let wanted = [
        "vendor_id",
        "cpu family",
        "model",
        "model name",
        "stepping",
        "flags",
        "Features",
        "CPU part",
    ];
    let first = text.split("\n\n").next().unwrap_or_default();
    let lines = first
        .lines()
        .filter(|line| line.split(':').next().is_some_and(|key| wanted.contains(&key.trim())));
    lines.map(|line| line.replace('\t', "")).collect::<Vec<_>>().join("; ")
}

/// Where the answers are kept, for those who want to ask again.
pub fn directory() -> Option<PathBuf> {
    Some(crate::paths::cache_path()?.join("kvm"))
}
