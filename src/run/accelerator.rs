//! On which of QEMU's accelerators a run is, and why.

use std::fmt;

use crate::emulator::Engine;
use crate::run_directory::run_json::AcceleratorRecord;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub used: Engine,
    pub why: Why,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// By the profile.
    Asked,
    KvmWorks,
    /// A guest has to be booted to know whether it works.
    KvmUntried,
    /// The reason is one sentence.
    KvmUnusable(String),
    Recording,
    Semihosting,
    Traced,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::Asked => f.write_str("the profile asks for it"),
            Why::KvmWorks => f.write_str("KVM works here"),
            Why::KvmUntried => f.write_str("if it works here: that is tried by the first run"),
            Why::KvmUnusable(why) => write!(f, "KVM cannot be used: {why}"),
            Why::Recording => f.write_str("recordings need it"),
            Why::Traced => f.write_str("only translated code can be traced"),
            Why::Semihosting => f.write_str("semihosting is a matter of translated code"),
        }
    }
}

impl Choice {
    /// Binary translation.
    pub fn tcg(why: Why) -> Choice {
        Choice { used: Engine::Tcg, why }
    }

    pub fn kvm(why: Why) -> Choice {
        Choice { used: Engine::Kvm, why }
    }

    pub fn record(&self) -> AcceleratorRecord {
        AcceleratorRecord {
            used: self.used,
            why: self.why.to_string(),
        }
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.used.as_str(), self.why)
    }
}
