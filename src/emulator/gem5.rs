//! gem5: its profiles are read, checked and lowered; running them comes with a later issue.

use crate::diag::Error;
use crate::profile::Profile;

pub fn not_yet(profile: &Profile) -> Error {
    Error::usage(
        "lkmc::emulator::gem5",
        format!(
            "profile `{}` cannot be run yet: gem5 comes with a later issue",
            profile.name
        ),
    )
    .help("`profile check`, `show` and `lower` work for it; run a QEMU profile of the same architecture meanwhile")
}
