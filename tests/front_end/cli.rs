//! The program from outside, as a shell and its user meet it. `profile` commands have tests of their own in `profile_cli.rs`.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::common::{assert_message, pretend_kernel_tree, skip};

const LKMC: &str = env!("CARGO_BIN_EXE_lkmc");

fn command(words: &[&str]) -> Command {
    let mut command = Command::new(LKMC);
    command
        .args(words)
        .env("LKMC_ROOT", env!("CARGO_MANIFEST_DIR"))
        .env_remove("LKMC_PROFILE")
        .env_remove("LKMC_BUNDLE")
        .stdin(Stdio::null());
    command
}

fn lkmc(words: &[&str]) -> Output {
    command(words).output().expect("lkmc starts")
}

/// The command line as a shell would run it, with `$LKMC` for the program.
fn shell(line: &str) -> Output {
    let mut shell = Command::new("bash");
    shell
        .args(["-o", "pipefail", "-c", line])
        .env("LKMC", LKMC)
        .env("LKMC_ROOT", env!("CARGO_MANIFEST_DIR"));
    shell.stdin(Stdio::null()).output().expect("bash starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn bad_usage_ends_with_two_and_says_what_is_meant() {
    let cases: [(&[&str], &str); 34] = [
        (&["profil", "list"], "profile"),
        (
            &["profile", "show", "x86_64-qemu.toml"],
            "without the ending: `x86_64-qemu`",
        ),
        (
            &["profile", "run", "x86_64-qemu", "--demos", ".", "--", "true"],
            "× . is a directory",
        ),
        (
            &["profile", "run", "x86_64-qemu", "--demos", "", "--", "true"],
            "a value is required",
        ),
        (&["profile"], "Usage"),
        (&["run", "show", "Cargo.toml"], "is no record of a run"),
        (
            &["run", "again", "docs"],
            "a run is named by its id, its directory, or its run.json",
        ),
        (&["run", "x86_64-qemu"], "did you mean `lkmc profile run x86_64-qemu`"),
        (&["gdb", "x86_64-qemu"], "`lkmc profile debug x86_64-qemu`"),
        (&["vm", "list", "--all"], "`lkmc run list` has all runs"),
        (&["profile", "lst"], "list"),
        (&["profile", "run"], "NAME"),
        (
            &["profile", "run", "x86_64-quemu", "--", "true"],
            "did you mean `x86_64-qemu`",
        ),
        (&["profile", "run", "x86_64-qemu", "--memory", "512"], "unit"),
        (&["profile", "run", "x86_64-qemu", "--memory", "lots"], "lots"),
        (&["profile", "run", "x86_64-qemu", "--cpus", "0"], "0"),
        (&["profile", "run", "x86_64-qemu", "--accelerator", "hvf"], "kvm"),
        (&["profile", "run", "x86_64-qemu", "--forward", "ssh:22"], "ssh"),
        (&["--timeout", "soon", "profile", "list"], "soon"),
        (
            &["profile", "run", "x86_64-qemu", "--script", "/no/such/file"],
            "/no/such/file",
        ),
        (
            &["profile", "run", "x86_64-qemu", "--disk", "/no/such/disk"],
            "truncate",
        ),
        (
            &["profile", "debug", "x86_64-qemu", "--disk", "/no/such/disk"],
            "truncate",
        ),
        (
            &["profile", "run", "x86_64-qemu", "--disk", "/no/such disk"],
            "truncate -s 1G '/no/such disk'",
        ),
        (&["profile", "run", "x86_64-qemu", "--script", "-"], "/dev/stdin"),
        (
            &["profile", "run", "x86_64-qemu", "--qemu-arg", "-d int"],
            "--qemu-arg=-d --qemu-arg=int",
        ),
        (&["vm", "exec", "no-such-run", "--", "true"], "no"),
        (&["vm", "snapshot", "last", "two words"], "a name has letters"),
        (&["vm", "snapshot", "last", "name", "--list"], "--list"),
        (&["vm", "restore", "no-such-run", "name"], "no"),
        (&["profile", "run", "x86_64-qemu", "--"], "nothing follows"),
        (&["profile", "run", "x86_64-qemu", "--then-shell"], "there is none"),
        (
            &["profile", "run", "x86_64-qemu", "--then-shell", "--", "echo", "\t"],
            "--script FILE",
        ),
        (
            &["profile", "run", "x86_64-qemu", "--share", "/tmp:/mnt:RW"],
            "`RW` is no",
        ),
        (&["profile", "run", "x86_64-qemu", "--share", "/tmp:mnt"], "absolute"),
    ];
    for (words, part) in cases {
        let output = lkmc(words);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{words:?}: {said}");
        assert!(said.contains(part), "{words:?}: no `{part}` in {said}");
        assert!(output.stdout.is_empty(), "{words:?}: {}", text(&output.stdout));
    }
}

#[test]
fn asked_nothing_it_says_in_ten_lines_what_one_can_do() {
    let output = lkmc(&[]);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0));
    assert!(
        said.lines().count() <= 12 && said.lines().all(|line| line.chars().count() <= 100),
        "{said}"
    );
    // What it names exists.
    for line in said.lines().filter_map(|line| line.trim().strip_prefix("lkmc ")) {
        let words: Vec<&str> = line
            .split("  ")
            .next()
            .unwrap_or_default()
            .split(", ")
            .next()
            .unwrap_or_default()
            .split(' ')
            .collect();
        let known = words
            .iter()
            .take_while(|word| word.chars().all(|c| c.is_ascii_lowercase()))
            .copied();
        let mut help: Vec<&str> = known.filter(|word| *word != "help").collect();
        help.push("--help");
        assert_eq!(lkmc(&help).status.code(), Some(0), "{help:?}");
    }
    assert_eq!(lkmc(&["help", "profile", "run"]).status.code(), Some(0));
}

/// Every command explains itself, in lines that fit a terminal, and shows no internal command.
#[test]
fn every_command_has_help() {
    let mut open: Vec<Vec<String>> = vec![Vec::new()];
    let mut seen = 0;
    while let Some(path) = open.pop() {
        let words: Vec<&str> = path.iter().map(String::as_str).chain(["--help"]).collect();
        let output = lkmc(&words);
        let help = text(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{words:?}");
        assert!(help.contains("Usage: lkmc"), "{words:?}: {help}");
        assert!(!help.contains("__enter") && !help.contains("__supervise"), "{help}");
        seen += 1;
        let commands = help.split("\nCommands:\n").nth(1).unwrap_or_default();
        for line in commands
            .lines()
            .take_while(|line| line.starts_with("  "))
            .filter(|line| !line.starts_with("   "))
        {
            let name = line.split_whitespace().next().unwrap_or_default().to_owned();
            assert!(
                line.trim().len() > name.len() + 8,
                "{words:?}: `{name}` is not explained"
            );
            if name != "help" {
                open.push(path.iter().cloned().chain([name]).collect());
            }
        }
    }
    assert!(seen > 20, "only {seen} commands were found");
}

#[test]
fn a_reader_that_has_had_enough_is_no_error() {
    for line in [
        "$LKMC profile list | head -n 1",
        "$LKMC profile schema | head -c 10",
        "$LKMC profile show x86_64-qemu | true",
    ] {
        let output = shell(line);
        assert_eq!(output.status.code(), Some(0), "{line}: {}", text(&output.stderr));
        assert!(output.stderr.is_empty(), "{line}: {}", text(&output.stderr));
    }
}

#[test]
fn reports_are_as_wide_as_wanted_and_in_the_locales_characters() {
    let show = |variables: &[(&str, &str)]| {
        let mut show = command(&["profile", "show", "nope"]);
        for name in ["LC_ALL", "LC_CTYPE", "LANG", "COLUMNS"] {
            show.env_remove(name);
        }
        text(
            &show
                .envs(variables.iter().copied())
                .output()
                .expect("lkmc starts")
                .stderr,
        )
    };
    let longest = |said: &str| said.lines().map(|line| line.chars().count()).max();
    let anywhere = show(&[]);
    assert!(anywhere.contains('×') && longest(&anywhere) > Some(200), "{anywhere}");
    assert!(longest(&show(&[("COLUMNS", "60")])) <= Some(60));
    assert_eq!(show(&[("COLUMNS", "0")]), anywhere);
    assert_eq!(show(&[("LANG", "en_US.utf8")]), anywhere);
    let plain = show(&[("LC_ALL", "C"), ("LANG", "en_US.UTF-8")]);
    assert!(plain.is_ascii() && plain.contains("there is no profile"), "{plain}");
    assert!(show(&[("LANG", "POSIX")]).is_ascii());
}

/// Neither may a message that nobody reads change the exit status.
#[test]
fn closed_streams_change_no_status() {
    let cases = [
        ("$LKMC profile show nope 2>&1 | true; exit ${PIPESTATUS[0]}", 2),
        ("$LKMC profile show nope 2>&-", 2),
        ("$LKMC profile list <&-", 0),
        ("$LKMC profile list >&-", 0),
        ("$LKMC profile list > /dev/full", 125),
        (
            "LKMC_CACHE=/dev/null/x $LKMC lock fetch 2>&1 | true; exit ${PIPESTATUS[0]}",
            125,
        ),
    ];
    for (line, status) in cases {
        let output = shell(line);
        assert_eq!(output.status.code(), Some(status), "{line}: {}", text(&output.stderr));
    }
}

#[test]
fn a_choice_of_nix_that_is_none_is_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut show = command(&["profile", "show", "x86_64-qemu", "--plan"]);
    show.env("LKMC_NIX", "hots").env("LKMC_CACHE", directory.path());
    let output = show.output().expect("lkmc starts");
    assert_message(
        &output,
        &["lkmc::nix::bad_choice", "LKMC_NIX=hots is neither `host` nor `private`"],
    );
    assert_eq!(output.status.code(), Some(2));
}

/// The wrapper `lkmc` finds it there for a shell that has not read rustup's environment.
#[test]
fn cargo_is_looked_for_where_rustup_puts_it() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempfile::tempdir().expect("a directory");
    let bin = home.path().join(".cargo/bin");
    std::fs::create_dir_all(&bin).expect("it can be made");
    std::fs::write(bin.join("cargo"), "#!/bin/sh\necho cargo 9.87.0\n").expect("it can be written");
    std::fs::set_permissions(bin.join("cargo"), PermissionsExt::from_mode(0o755)).expect("it is ours");
    let mut doctor = command(&["doctor"]);
    doctor
        .env("HOME", home.path())
        .env("PATH", "/nonexistent")
        .env("LKMC_DEBIAN_MIRROR", "http://127.0.0.1:1/debian")
        .env("LKMC_CACHE", home.path());
    let said = text(&doctor.output().expect("lkmc starts").stdout);
    assert!(said.contains("cargo 9.87.0"), "{said}");
}

#[test]
fn a_name_that_is_not_locked_is_the_users_mistake() {
    let output = lkmc(&["lock", "fetch", "nosuch"]);
    assert_message(&output, &["lkmc::toolbox::not_locked"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn options_that_a_command_has_no_use_for_are_refused() {
    let neither: [&[&str]; 9] = [
        &["vm", "exec", "last", "--", "true"],
        &["vm", "push", "last", "file"],
        &["vm", "console"],
        &["vm", "monitor", "last", "help"],
        &["vm", "stop", "last"],
        &["gdb"],
        &["kdb"],
        &["shell", "x86_64-qemu"],
        &["nix", "--", "--version"],
    ];
    let no_json: [&[&str]; 3] = [
        &["vm", "log", "last"],
        &["completions", "bash"],
        &["profile", "lower", "--bless"],
    ];
    let refused = |option: &str, words: &[&str], code: &str| {
        let output = lkmc(&[&[option], words].concat());
        assert_eq!(output.status.code(), Some(2), "{words:?}: {}", text(&output.stderr));
        assert!(
            text(&output.stderr).contains(code),
            "{words:?}: {}",
            text(&output.stderr)
        );
    };
    for words in neither {
        refused("--dry-run", words, "lkmc::no_dry_run");
    }
    for words in neither.into_iter().chain(no_json) {
        refused("--json", words, "lkmc::no_json");
    }
}

#[test]
fn the_guest_of_an_edit_loop_has_no_disk() {
    let output = lkmc(&["dev", "kernel_modules/hello.c", "--disk", "image"]);
    assert_message(&output, &["lkmc::dev::disk", "--share DIR:/mnt:rw"]);
    assert_eq!(output.status.code(), Some(2));
    let output = lkmc(&["dev", "kernel_modules/hello.c", "--set", "memory.siez=1GiB"]);
    assert_message(&output, &["lkmc::profile::unknown_key"]);
}

#[test]
fn an_edit_loop_on_a_kernel_of_ones_own_wants_it_prepared_before_anything_is_built() {
    let tree = tempfile::tempdir().expect("a temporary directory");
    pretend_kernel_tree(tree.path());
    let place = tree.path().to_str().expect("it is text");
    let output = lkmc(&["dev", "kernel_modules/hello.c", "--dry-run", "--kernel-tree", place]);
    assert_message(
        &output,
        &["lkmc::demo::not_here", "`make modules_prepare` there writes it"],
    );
}

#[test]
fn errors_are_json_when_asked_for() {
    let output = lkmc(&["--json", "profile", "show", "nope"]);
    assert_eq!(output.status.code(), Some(2));
    let said: serde_json::Value = serde_json::from_slice(&output.stderr).expect("it is JSON");
    assert_eq!(said["errors"][0]["code"], "lkmc::profile::not_found", "{said}");
}

/// Whatever boots a guest boots what was made by hand, if there is such a bundle.
#[test]
fn a_bundle_made_by_hand_stands_in_for_every_build() {
    let directory = tempfile::tempdir().expect("a directory");
    let bundle = directory.path().join("x86_64.json");
    let program = r#"{"loader":null,"library-path":[],"binary":"/x","args":[],"env":{},"version":"1"}"#;
    let kernel = r#"{"image":"/x","vmlinux":"/x","decompressor":null,"system-map":"/x","config":"/x","build-tree":"/x",
        "source":"/x","release":"6"}"#;
    let written = format!(
        r#"{{"version":1,"arch":"x86_64","kernel":{kernel},"rootfs":{{"initramfs":"/x","ext4":"/x"}},"boot-loader":null,
        "emulator":null,"gdb":{program},"share-server":null}}"#
    );
    std::fs::write(&bundle, written).expect("a file can be written");
    let ioctl = "kernel_modules/ioctl.c";
    let cases: [&[&str]; 6] = [
        &["profile", "run", "x86_64-qemu", "--", "true"],
        &["profile", "debug", "x86_64-qemu"],
        &["demo", "run", ioctl, "-p", "x86_64-qemu"],
        &["demo", "build", ioctl, "-p", "x86_64-qemu"],
        &["test", ioctl, "-p", "x86_64-qemu"],
        &["dev", ioctl, "-p", "x86_64-qemu", "--once"],
    ];
    for words in cases {
        let mut lkmc = command(words);
        lkmc.env("LKMC_BUNDLE", directory.path().join("{arch}.json"))
            .env("LKMC_CACHE", directory.path().join("cache"));
        let output = lkmc.output().expect("lkmc starts");
        let said = text(&output.stderr);
        assert!(said.contains("lkmc::bundle::version"), "{words:?}: {said}");
        assert_eq!(output.status.code(), Some(125), "{words:?}: {said}");
        assert!(
            !directory.path().join("cache/eval").exists(),
            "{words:?} evaluated something"
        );
    }
}

/// The same of all commands that boot a guest, before anything is built for it: there is not even a bundle.
#[test]
fn what_cannot_start_here_is_refused_by_every_command() {
    let directory = tempfile::tempdir().expect("a directory");
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    let port = taken.local_addr().expect("it has an address").port();
    let network = format!("[network]\nenable = true\nforward = [\"{port}:80\"]\n");
    for (name, text, code) in [
        ("ports.toml", &*network, "lkmc::run::port_taken"),
        ("memory.toml", "[memory]\nsize = \"1TiB\"\n", "lkmc::emulator::memory"),
    ] {
        let file = directory.path().join(name);
        std::fs::write(&file, format!("extends = [\"x86_64-qemu\"]\n{text}")).expect("a file can be written");
        let (profile, hello) = (&*file.to_string_lossy(), "kernel_modules/hello.c");
        let cases: [&[&str]; 6] = [
            &["profile", "run", profile, "--", "true"],
            &["profile", "debug", profile],
            &["demo", "run", hello, "-p", profile],
            &["demo", "debug", hello, "-p", profile],
            &["test", hello, "-p", profile],
            &["dev", hello, "-p", profile, "--once"],
        ];
        for words in cases {
            let mut lkmc = command(words);
            lkmc.env("LKMC_BUNDLE", directory.path().join("none.json"))
                .env("LKMC_CACHE", directory.path().join("cache"));
            let output = lkmc.output().expect("lkmc starts");
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(2), "{words:?}: {said}");
            assert!(said.contains(code), "{words:?}: {said}");
        }
    }
}

#[test]
fn a_wrong_checkout_is_named() {
    let output = command(&["profile", "list"])
        .env("LKMC_ROOT", "/tmp")
        .output()
        .expect("lkmc starts");
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(125), "{said}");
    assert!(
        said.contains("lkmc::paths::bad_root") && said.contains("LKMC_ROOT"),
        "{said}"
    );
}

#[test]
fn without_a_home_it_says_where_the_cache_may_be() {
    for home in [None, Some("relative")] {
        let mut command = command(&["lock", "fetch"]);
        command
            .env_remove("HOME")
            .env_remove("LKMC_CACHE")
            .env_remove("XDG_CACHE_HOME");
        command.envs(home.map(|home| ("HOME", home)));
        let output = command.output().expect("lkmc starts");
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(125), "{said}");
        assert!(
            said.contains("lkmc::paths::no_cache") && said.contains("LKMC_CACHE"),
            "{said}"
        );
    }
}

/// The bootstrap script finds its checkout through links, from anywhere, under any name.
#[test]
fn the_script_works_through_a_link_and_under_any_path() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let checkout = directory.path().join("mit Leerzeichen ü");
    for part in ["target/release", "profiles", "nix", "src"] {
        std::fs::create_dir_all(checkout.join(part)).expect("it can be made");
    }
    for file in ["Cargo.toml", "Cargo.lock", "lkmc"] {
        std::fs::copy(format!("{}/{file}", env!("CARGO_MANIFEST_DIR")), checkout.join(file)).expect("it can be copied");
    }
    std::fs::copy(LKMC, checkout.join("target/release/lkmc")).expect("it can be copied");
    let link = directory.path().join("link");
    std::os::unix::fs::symlink(checkout.join("lkmc"), &link).expect("it can be linked");
    for program in [checkout.join("lkmc"), link] {
        let mut command = Command::new(&program);
        command
            .arg("--version")
            .current_dir("/")
            .env_remove("CARGO_TARGET_DIR")
            .env_remove("LKMC_ROOT");
        let output = command.output().expect("the script starts");
        assert_eq!(
            text(&output.stdout),
            format!("lkmc {}\n", env!("CARGO_PKG_VERSION")),
            "{}",
            text(&output.stderr)
        );
        assert!(output.stderr.is_empty(), "{}", text(&output.stderr));
    }
}

/// A file that this process has had open for writing cannot be executed while another test forks.
fn copy_program(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg(from).arg(to).status();
    assert!(copied.expect("cp starts").success());
}

/// As while `cargo build` replaces it: what lkmc starts of itself is still itself.
#[test]
fn an_lkmc_whose_file_was_replaced_starts_itself_all_the_same() {
    use std::os::fd::AsRawFd;
    let directory = tempfile::tempdir().expect("a temporary directory");
    let copy = directory.path().join("lkmc");
    copy_program(Path::new(LKMC), &copy);
    let old = std::fs::File::open(&copy).expect("it was copied");
    std::fs::remove_file(&copy).expect("it was copied");
    std::fs::write(&copy, "another program").expect("it can be written");
    let namespaces = |program: &str| {
        let output = Command::new(program)
            .args(["--json", "doctor"])
            .env("LKMC_ROOT", env!("CARGO_MANIFEST_DIR"))
            .stdin(Stdio::null())
            .output()
            .expect("lkmc starts");
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("the doctor speaks JSON");
        let checks = report["checks"].as_array().expect("a list").clone();
        checks.into_iter().find(|check| check["check"] == "namespaces")
    };
    let replaced = namespaces(&format!("/proc/self/fd/{}", old.as_raw_fd()));
    assert!(replaced.is_some());
    assert_eq!(replaced, namespaces(LKMC));
}

/// The script at the top of the checkout, with a cargo that takes its time.
#[test]
fn a_source_that_is_saved_during_a_build_is_built_the_next_time() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = |name: &str| directory.path().join(name);
    let write = |name: &str, text: &str| std::fs::write(path(name), text).expect("it can be written");
    std::fs::create_dir_all(path("src")).expect("it can be made");
    std::fs::create_dir_all(path("programs")).expect("it can be made");
    copy_program(Path::new("lkmc"), &path("lkmc"));
    for name in ["Cargo.toml", "Cargo.lock", "src/main.rs"] {
        write(name, "");
    }
    // Each build is remembered; in the first one somebody saves a file.
    write(
        "slow-cargo",
        "#!/bin/sh\nsleep 1.2\n[ -e \"$LKMC_ROOT/builds\" ] || : > \"$LKMC_ROOT/src/main.rs\"\nsleep 1.2\necho >> \"$LKMC_ROOT/builds\"\n\
         mkdir -p \"$CARGO_TARGET_DIR/release\"\n\
         cp /bin/true \"$CARGO_TARGET_DIR/release/lkmc\"\n",
    );
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(path("slow-cargo"), executable).expect("it is ours");
    copy_program(&path("slow-cargo"), &path("programs/cargo"));
    let builds = |expected: usize| {
        let mut command = Command::new(path("lkmc"));
        let programs = std::env::var("PATH").unwrap_or_default();
        command
            .env("PATH", format!("{}:{programs}", path("programs").display()))
            .env("CARGO_TARGET_DIR", path("target"));
        assert!(command.output().expect("it is a script").status.success());
        let text = std::fs::read_to_string(path("builds")).expect("cargo was called");
        assert_eq!(text.lines().count(), expected);
    };
    builds(1);
    builds(2);
    builds(2);
}

#[test]
fn a_command_that_no_toolbox_has_is_a_message_for_people() {
    let place = tempfile::tempdir().unwrap();
    let directory = |name: &str| {
        let path = place.path().join(name);
        std::fs::create_dir(&path).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (nix, mount_point) = (directory("nix"), directory("mount-point"));
    let enter = |program: &str| lkmc(&["__enter", "/", &nix, &mount_point, program]);
    if !enter("/bin/true").status.success() {
        return skip("this machine allows no namespaces");
    }
    for (program, parts) in [
        ("nosuch", ["cannot run nosuch", "No such file"]),
        ("ls -l", ["cannot run ls -l", "-- sh -c 'LINE'"]),
        ("/etc/passwd", ["cannot run /etc/passwd", "Permission denied"]),
    ] {
        let output = enter(program);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(127), "{said}");
        assert!(said.starts_with("lkmc::shell::cannot_run"), "{said}");
        assert!(parts.iter().all(|part| said.contains(part)), "{said}");
    }
}
