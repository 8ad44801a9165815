//! What `nix/debian.sh` makes of packages, where dpkg is there to make one.

use std::path::Path;
use std::process::Command;

use crate::common::{ROOT, skip};

const CONTROL: &str =
    "Package: odd\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@localhost>\nDescription: odd names\n";
const CONFIGURATION: &str = "# debconf\nConfig: configdb\nTemplates: templatedb\n\nName: configdb\nDriver: Stack\n";

#[test]
fn dpkg_gets_names_as_they_are_and_debconf_asks_nobody() {
    if Command::new("dpkg-deb").arg("--version").output().is_err() {
        return skip("needs dpkg");
    }
    let directory = tempfile::tempdir().expect("a directory");
    let path = |name: &str| directory.path().join(name);
    let write = |name: &str, text: &str| {
        let path = path(name);
        std::fs::create_dir_all(path.parent().expect("it is in the directory")).expect("it can be made");
        std::fs::write(path, text).expect("it can be written");
    };
    write("odd/DEBIAN/control", CONTROL);
    write("odd/DEBIAN/postinst", "#!/bin/sh\n");
    write("odd/usr/lib/system-odd\\x2dname.slice", "");
    write("odd/etc/debconf.conf", CONFIGURATION);
    std::fs::create_dir_all(path("tree/etc")).expect("it can be made");
    // As rootfs.sh leaves them.
    for name in ["lib32", "lib64", "libx32"] {
        std::fs::create_dir_all(path(&format!("tree/usr/{name}"))).expect("it can be made");
        std::os::unix::fs::symlink(format!("usr/{name}"), path(&format!("tree/{name}"))).expect("it can be made");
    }
    let script = "chmod 755 odd/DEBIAN/postinst; dpkg-deb --root-owner-group --build odd odd.deb > said; . \"$script\"";
    let bash = Command::new("bash")
        .args(["-euo", "pipefail", "-c", script])
        .current_dir(directory.path())
        .env("debs", "odd.deb")
        .env("libraries", "lib64")
        .env("script", Path::new(ROOT).join("nix/debian.sh"))
        .output()
        .expect("bash starts");
    assert!(bash.status.success(), "{}", String::from_utf8_lossy(&bash.stderr));
    assert!(path("tree/lib64").is_symlink() && path("tree/usr/lib64").is_dir());
    for gone in ["lib32", "libx32", "usr/lib32", "usr/libx32"] {
        assert!(!path(&format!("tree/{gone}")).is_symlink() && !path(&format!("tree/{gone}")).exists());
    }
    let read = |name: &str| std::fs::read_to_string(path(name)).expect("it was written");
    let list = read("tree/var/lib/dpkg/info/odd.list");
    assert!(
        list.lines().any(|line| line == "/usr/lib/system-odd\\x2dname.slice"),
        "{list}"
    );
    let configured = CONFIGURATION.replacen("configdb\n", "configdb\nFrontend: noninteractive\n", 1);
    assert_eq!(read("tree/etc/debconf.conf"), configured);
}
