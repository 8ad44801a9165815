//! gem5's boot stubs without gem5: on QEMU's board from its highest exception level to the shell's prompt, with both
//! interrupt controllers, with and without EL2. For the profiles of LKMC_TEST_PROFILES that have a stub.

use std::path::Path;

use crate::common::{ROOT, arch, each_profile, lkmc_in_time, said, skip};

struct Board {
    machine: &'static str,
    cpu: &'static str,
    /// Address of GICv2's CPU interface, 0 with GICv3: what gem5 tells the stub.
    gicc: &'static str,
    /// What the kernel says about where it was started.
    started: &'static str,
}

const AARCH64: &[Board] = &[
    Board {
        machine: "virtualization=on,gic-version=3",
        // Has what there is to be trapped: SVE, SME, pointer authentication, memory tags.
        cpu: "max",
        gicc: "0",
        started: "CPU: All CPU(s) started at EL2",
    },
    Board {
        machine: "virtualization=on,gic-version=2",
        cpu: "cortex-a57",
        gicc: "0x08010000",
        started: "CPU: All CPU(s) started at EL2",
    },
    Board {
        machine: "virtualization=off,gic-version=3",
        cpu: "cortex-a57",
        gicc: "0",
        started: "CPU: All CPU(s) started at EL1",
    },
];

const ARM: &[Board] = &[
    Board {
        machine: "virtualization=on,gic-version=2",
        cpu: "cortex-a15",
        gicc: "0x08010000",
        started: "CPU: All CPU(s) started in HYP mode.",
    },
    Board {
        machine: "virtualization=off,gic-version=2",
        cpu: "cortex-a15",
        gicc: "0x08010000",
        started: "CPU: All CPU(s) started in SVC mode.",
    },
];

#[test]
fn kernels_boot_from_reset_to_the_prompt() {
    each_profile(|profile| {
        let boards = match arch(profile) {
            "aarch64" => AARCH64,
            "arm" => ARM,
            other => return skip(format_args!("{other} needs no boot stub")),
        };
        let built = lkmc_in_time().args(["profile", "build", profile]).output().unwrap();
        let out = String::from_utf8(built.stdout).unwrap();
        let bundle = std::fs::read(Path::new(out.trim()).join("share/lkmc/bundle.json")).unwrap();
        let bundle: serde_json::Value = serde_json::from_slice(&bundle).unwrap();
        assert!(bundle["boot-loader"].as_str().unwrap().ends_with("/boot.elf"));
        let image = bundle["kernel"]["image"].as_str().unwrap();
        let initramfs = bundle["rootfs"]["initramfs"].as_str().unwrap();
        for board in boards {
            let script = format!("{ROOT}/tests/boot_stub/boot.sh");
            let done = lkmc_in_time()
                .args(["shell", profile, "--", "bash", &script])
                .args([arch(profile), board.machine, board.cpu, board.gicc, image, initramfs])
                .output()
                .unwrap();
            let console = said(&done);
            assert!(console.contains("lkmc: shell"), "{}: {console}", board.machine);
            assert!(console.contains(board.started), "{}: {console}", board.machine);
        }
    });
}
