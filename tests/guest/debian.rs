//! Guests made of Debian packages, of the architectures of LKMC_TEST_PROFILES.

use std::process::Output;

use crate::common::{arch, assert_says, each_profile, run, skip, stdout};

/// Whether Debian 12 lacks an architecture; then it is said.
fn is_not_debians(profile: &str) -> bool {
    let missing = arch(profile) == "riscv64";
    if missing {
        skip("Debian 12 has no riscv64");
    }
    missing
}

fn each_debian(body: impl Fn(&str)) {
    each_profile(|profile| {
        if !is_not_debians(profile) {
            body(&format!("{}-qemu-debian", arch(profile)));
        }
    });
}

fn in_debian(profile: &str, script: &str) -> Output {
    run(&["profile", "run", profile, "--", "sh", "-c", script])
}

#[test]
fn programs_of_packages_work() {
    each_debian(|profile| {
        let script = "set -e\npython3 -c 'print(6 * 7, \"python\")'\necho '#include <stdio.h>\nint main(void) { puts(\"compiled here\"); }' > a.c\n\
                      cc a.c\n./a.out\ngdb --batch -ex 'print sizeof(int)' a.out\nstrace -e trace=write ./a.out";
        let output = in_debian(profile, script);
        let parts = [
            "42 python",
            "compiled here",
            "$1 = 4",
            "write(1, \"compiled here\\n\", 14)",
        ];
        assert_says(&output, 0, &parts);
    });
}

#[test]
fn dpkg_knows_what_is_there_and_can_go_on() {
    each_debian(|profile| {
        // What it depends on comes first, as `dpkg --configure -a` would have it.
        let script = "set -e\ndpkg -S /usr/bin/gdb\ndpkg -s libc-bin | grep Status\ndpkg --configure libgcc-s1 libc6 gcc-12-base libc-bin\n\
                      dpkg -s libc-bin | grep Status";
        let output = in_debian(profile, script);
        let said = stdout(&output);
        let first = said.find("Status: install ok unpacked");
        let second = said.find("Status: install ok installed");
        assert!(first.is_some() && first < second, "{said}");
        assert!(said.contains("gdb: /usr/bin/gdb"), "{said}");
    });
}

#[test]
fn owners_and_modes_are_those_of_the_packages() {
    each_debian(|profile| {
        let files = "/usr/bin/su /usr/sbin/unix_chkpwd /var/local /usr/bin/env /tmp /root /init";
        let script = &format!(
            "stat -c '%n %U %G %a' {files}; readlink /bin /lib /lib32 /lib64 /libx32; ls -d /usr/lib?* | grep -v exec; \
             grep ^Frontend /etc/debconf.conf"
        );
        // An architecture has directories for what its processors execute besides, as debootstrap makes them.
        let libraries = match arch(profile) {
            "x86_64" => "usr/lib32\nusr/lib64\nusr/libx32\n/usr/lib32\n/usr/lib64\n/usr/libx32\n",
            _ => "",
        };
        let expected = "/usr/bin/su root root 4755\n/usr/sbin/unix_chkpwd root shadow 2755\n/var/local root staff 2775\n\
                        /usr/bin/env root root 755\n/tmp root root 1777\n/root root root 700\n/init root root 755\nusr/bin\nusr/lib\n";
        let output = in_debian(profile, script);
        assert_eq!(
            stdout(&output),
            format!("{expected}{libraries}Frontend: noninteractive\n")
        );
    });
}

#[test]
fn a_module_is_a_demo_there_too() {
    each_debian(|profile| {
        let output = run(&["demo", "run", "kernel_modules/hello.c", "-p", profile]);
        assert_says(&output, 0, &["hello init", "pass: kernel_modules/hello.c"]);
    });
}
