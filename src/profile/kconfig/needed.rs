//! Options without which a kernel says nothing on a machine, or never gets to a program. A boot on gem5 takes minutes to find that
//! out, so it is found out before a build.

use super::Settings;
use crate::diag::{Diagnostic, Diagnostics};
use crate::profile::tree::Node;
use crate::profile::{Arch, EmulatorKind};

/// On gem5's Arm boards, none of them on by itself: symbol, and what is missing without it.
const GEM5: &[(&str, &str)] = &[
    ("SERIAL_AMBA_PL011", "the board's serial ports have no driver"),
    (
        "SERIAL_AMBA_PL011_CONSOLE",
        "there is no console on the board's serial port",
    ),
    ("BLK_DEV_INITRD", "the kernel cannot unpack its root file system"),
];

/// Reports each one that the profile has not.
pub(super) fn check(tree: &Node, settings: &Settings, problems: &mut Diagnostics) {
    let on = |key: &str, name: &str| tree.get(key).and_then(Node::text) == Some(name);
    let arm = [Arch::Aarch64, Arch::Arm].iter().any(|arch| on("arch", arch.as_str()));
    if !arm || !on("emulator.kind", EmulatorKind::Gem5.as_str()) {
        return;
    }
    for (symbol, missing) in GEM5 {
        let problem = Diagnostic::error(
            "lkmc::profile::kconfig_needed",
            format!("on gem5 {missing} without {symbol}"),
        );
        // The shipped files, which are the default, set all of them.
        let problem = match (settings.get(*symbol), tree.get_written("kernel.base")) {
            (Some(setting), _) if setting.value == "y" => continue,
            (Some(setting), _) => problem.label(&setting.span, "it has to be built in"),
            (None, Some(base)) => problem.label(
                &base.span,
                "no file that is named here or in `kernel.fragments` sets it",
            ),
            (None, None) => continue,
        };
        problems.push(problem.help(format!("[kernel.config] {symbol} = \"y\"")));
    }
}
