//! What the machine is that lkmc runs on, for the record of a run: times depend on it, results should not.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Machine {
    /// Empty where /proc/cpuinfo has no name for it, as on most Arm machines.
    pub processor: String,
    /// That this process may use.
    pub processors: usize,
    /// `uname -srm`.
    pub system: String,
}

impl Machine {
    pub fn ours() -> Machine {
        let uname = rustix::system::uname();
        let words = [uname.sysname(), uname.release(), uname.machine()];
        Machine {
            processor: model_name(&std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default()),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            system: words.map(|word| word.to_string_lossy()).join(" "),
        }
    }
}

/// Whether Linux lists this among what the processor can do.
pub fn processor_can(flag: &str) -> bool {
    has_flag(&std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default(), flag)
}

fn has_flag(cpuinfo: &str, flag: &str) -> bool {
    let mut fields = cpuinfo.lines().filter_map(|line| line.split_once(':'));
    let flags = fields.find(|(key, _)| key.trim() == "flags");
    flags.is_some_and(|(_, flags)| flags.split_whitespace().any(|word| word == flag))
}

fn model_name(cpuinfo: &str) -> String {
    let mut fields = cpuinfo.lines().filter_map(|line| line.split_once(':'));
    let name = fields.find(|(key, _)| key.trim() == "model name");
    name.map_or_else(String::new, |(_, value)| value.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_processor_has_the_name_that_the_kernel_gives_it() {
        let text = "processor\t: 0\nvendor_id\t: AuthenticAMD\nmodel\t\t: 1\nmodel name\t: AMD EPYC 7B13\n";
        assert_eq!(model_name(text), "AMD EPYC 7B13");
        assert_eq!(model_name("processor\t: 0\nCPU part\t: 0xd08\n"), "");
        let flags = "flags\t\t: fpu amx_tile\nflags\t\t: sse\n";
        assert!(has_flag(flags, "amx_tile") && !has_flag(flags, "amx") && !has_flag(text, "fpu"));
        assert!(Machine::ours().system.starts_with("Linux "));
    }
}
