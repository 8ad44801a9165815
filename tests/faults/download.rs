//! The network, the mirrors and the disk fail while lkmc downloads.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lkmc::toolbox::Lock;
use rustix::process::{Pid, Signal, kill_process};

use crate::common::mirror::{Habit, Held, Mirror};
use crate::common::processes::{ignores, waits_for_lock};
use crate::common::{assert_failed, assert_message, assert_says, skip, stdout, wait_until};
use crate::world::{
    CHECKOUT, NAMES, SIZE, World, finish, length, mirror, pool, sha256, spawn, spoilt_sha256, without_namespaces,
};

/// Where the mirror falls silent.
const MIDDLE: usize = 100_000;

#[test]
fn killed_in_a_download_the_next_run_resumes() {
    let (world, mirror) = (World::new(), mirror(Habit::StallsAfter(MIDDLE)));
    let mut child = spawn(world.lkmc(&mirror.base, ["lock", "fetch"]));
    wait_until("all parts to begin", || {
        NAMES.iter().all(|name| length(&world.part(name)) == MIDDLE)
    });
    child.kill().expect("it runs");
    child.wait().expect("it was killed");
    assert!(NAMES.iter().all(|name| !world.downloaded(name).exists()));
    world.fetch_works(&mirror);
    let resumed: Vec<_> = mirror.requests().split_off(NAMES.len());
    assert_eq!(resumed.len(), NAMES.len(), "{resumed:?}");
    assert!(resumed.iter().all(|(_, begin)| *begin == MIDDLE), "{resumed:?}");
}

#[test]
fn interrupted_in_a_download_it_says_so_and_the_next_run_resumes() {
    for (signal, status) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let (world, mirror) = (World::new(), mirror(Habit::StallsAfter(MIDDLE)));
        let child = spawn(world.lkmc(&mirror.base, ["lock", "fetch"]));
        wait_until("all parts to begin", || {
            NAMES.iter().all(|name| length(&world.part(name)) == MIDDLE)
        });
        kill_process(Pid::from_child(&child), signal).expect("it runs");
        let said = child.wait_with_output().expect("it ends");
        assert_failed(&said, status, &["interrupted"]);
        world.fetch_works(&mirror);
        assert!(
            mirror.requests()[NAMES.len()..]
                .iter()
                .all(|(_, begin)| *begin == MIDDLE)
        );
    }
}

/// As under `nohup`, or in the background of a script.
#[test]
fn a_signal_that_lkmc_was_started_to_ignore_ends_nothing() {
    for (signal, name) in [(Signal::HUP, "HUP"), (Signal::INT, "INT")] {
        let (world, mirror) = (World::new(), mirror(Habit::StallsAfter(MIDDLE)));
        let mut command = std::process::Command::new("sh");
        let lkmc = world.lkmc(&mirror.base, ["lock", "fetch"]);
        command.args(["-c", &format!("trap '' {name}; exec \"$0\" lock fetch")]);
        command.arg(lkmc.get_program());
        command.envs(lkmc.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.current_dir(world.path("checkout"));
        let mut child = spawn(command);
        wait_until("all parts to begin", || {
            NAMES.iter().all(|name| length(&world.part(name)) == MIDDLE)
        });
        assert!(ignores(child.id(), signal), "{name}");
        kill_process(Pid::from_child(&child), signal).expect("it runs");
        mirror.becomes(Habit::Good);
        assert_eq!(child.wait().expect("it ends").code(), Some(0), "{name}");
        world.assert_fetched();
    }
}

#[test]
fn a_mirror_that_resumes_elsewhere_is_asked_afresh() {
    for admits in [true, false] {
        let habit = Habit::Forgets { middle: MIDDLE, admits };
        let (world, mirror) = (World::new(), mirror(habit));
        let said = finish(world.lkmc(&mirror.base, ["lock", "fetch"]));
        assert_says(&said, 0, &[]);
        world.assert_fetched();
        assert!(mirror.requests().contains(&(pool(NAMES[0]), MIDDLE)));
    }
}

#[test]
fn a_deadline_ends_a_download_and_the_next_run_resumes() {
    let (world, mirror) = (World::new(), mirror(Habit::StallsAfter(MIDDLE)));
    let said = finish(world.lkmc(&mirror.base, ["lock", "fetch", "--timeout", "2s"]));
    assert_failed(
        &said,
        124,
        &["lkmc::toolbox::timeout", "--timeout", "what came so far is kept"],
    );
    assert!(NAMES.iter().all(|name| length(&world.part(name)) == MIDDLE));
    world.fetch_works(&mirror);
}

/// What Nix itself needs is downloaded on the way, and what is not compared is not "the same".
#[test]
fn a_deadline_holds_while_nix_is_set_up() {
    // It takes connections, and never says anything.
    let mute = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let base = format!("http://{}/debian", mute.local_addr().expect("it is bound"));
    for arguments in [
        &["profile", "show", "x86_64-qemu", "--plan"][..],
        &["profile", "diff", "x86_64-qemu", "aarch64-qemu"],
    ] {
        let world = World::new();
        let mut command = world.lkmc(&base, [arguments, &["--timeout", "1s"]].concat());
        command.env("LKMC_ROOT", CHECKOUT).env("LKMC_NIX", "private");
        assert_failed(&finish(command), 124, &["lkmc::toolbox::timeout"]);
    }
}

#[test]
fn a_wrong_hash_is_refused_with_both_hashes() {
    let (world, mirror) = (World::new(), mirror(Habit::Wrong));
    let said = finish(world.lkmc(&mirror.base, ["lock", "fetch"]));
    assert_failed(
        &said,
        125,
        &[
            "lkmc::toolbox::download_failed",
            "wrong contents: want sha256",
            mirror.debian(),
            "the lock file may be wrong about",
        ],
    );
    for name in NAMES {
        assert_failed(&said, 125, &[&pool(name), &sha256(name), &spoilt_sha256(name)]);
        let kept = std::fs::read_dir(world.downloaded(name).parent().expect("a directory of its own"));
        let kept: Vec<_> = kept
            .expect("it was made")
            .flatten()
            .map(|entry| entry.file_name())
            .collect();
        assert_eq!(kept, ["lock"], "wrong bytes were kept");
    }
    world.fetch_works(&mirror);
}

#[test]
fn a_vanished_package_is_named_with_the_remedies() {
    let (world, mirrors) = (World::new(), [mirror(Habit::Empty), mirror(Habit::Empty)]);
    let both = format!("{} {}", mirrors[0].base, mirrors[1].base);
    let said = finish(world.lkmc(&both, ["lock", "fetch"]));
    assert_failed(
        &said,
        125,
        &[
            "lkmc::toolbox::download_failed",
            mirrors[0].debian(),
            mirrors[1].debian(),
            "anvil 1.0-1 has left every mirror in reach",
            "bellows 1.0-1 has left every mirror in reach",
            "lkmc lock update",
            "LKMC_DEBIAN_MIRROR",
        ],
    );
    world.fetch_works(&mirrors[1]);
}

#[test]
fn a_mirror_that_is_not_there_is_named() {
    let world = World::new();
    // Nobody listens on the discard port.
    let said = finish(world.lkmc("http://127.0.0.1:9/debian", ["lock", "fetch"]));
    assert_failed(
        &said,
        125,
        &[
            "3 of 3 files",
            "http://127.0.0.1:9/debian",
            "check the network",
            "LKMC_DEBIAN_MIRROR",
        ],
    );
    world.fetch_works(&mirror(Habit::Good));
}

#[test]
fn a_mirror_that_is_no_address_is_refused() {
    let world = World::new();
    let said = finish(world.lkmc("ftp.example", ["lock", "fetch"]));
    assert_failed(
        &said,
        125,
        &[
            "lkmc::toolbox::bad_mirror",
            "LKMC_DEBIAN_MIRROR=ftp.example",
            "http://HOST/debian",
        ],
    );
}

#[test]
fn two_first_runs_at_once_download_once() {
    let (world, mirror) = (World::new(), mirror(Habit::StallsAfter(MIDDLE)));
    // Of all files, and by the name of what wants them.
    let children = [&["lock", "fetch"][..], &["lock", "fetch", "smithy"]];
    let children = children.map(|words| spawn(world.lkmc(&mirror.base, words)));
    wait_until("all parts to begin", || {
        NAMES.iter().all(|name| length(&world.part(name)) == MIDDLE)
    });
    mirror.becomes(Habit::Good);
    for child in children {
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{output:?}");
    }
    world.assert_fetched();
    assert_eq!(mirror.requests().len(), NAMES.len(), "{:?}", mirror.requests());
}

/// The second of two is killed while it waits; the first one notices nothing.
#[test]
fn killed_while_waiting_for_another_run_it_harms_nobody() {
    let (world, mirror) = (World::new(), mirror(Habit::StallsAfter(MIDDLE)));
    let first = spawn(world.lkmc(&mirror.base, ["lock", "fetch"]));
    wait_until("all parts to begin", || {
        NAMES.iter().all(|name| length(&world.part(name)) == MIDDLE)
    });
    let mut second = spawn(world.lkmc(&mirror.base, ["lock", "fetch"]));
    wait_until("the second to wait", || waits_for_lock(second.id()));
    second.kill().expect("it waits");
    second.wait().expect("it was killed");
    mirror.becomes(Habit::Good);
    assert!(first.wait_with_output().expect("it ends").status.success());
    world.assert_fetched();
}

#[test]
fn a_disk_that_is_too_small_is_refused_before_anything_is_fetched() {
    if without_namespaces() {
        return;
    }
    let (world, mirror) = (World::new(), mirror(Habit::Good));
    std::fs::create_dir(world.cache()).expect("it is not there yet");
    let script = r#"mount -t tmpfs -o size=500k tmpfs "$LKMC_CACHE"; exec "$LKMC" lock fetch"#;
    let said = finish(world.namespace(&mirror.base, script));
    assert_failed(
        &said,
        125,
        &[
            "lkmc::toolbox::disk_full",
            &format!("needs {} bytes", 3 * SIZE),
            "LKMC_CACHE",
        ],
    );
    assert!(mirror.requests().is_empty(), "{:?}", mirror.requests());
    world.fetch_works(&mirror);
}

/// Somebody else takes the space after the download began; then they give it back.
#[test]
fn a_disk_that_fills_up_stops_the_download_and_the_next_run_goes_on() {
    if without_namespaces() {
        return;
    }
    let (world, mirror) = (World::new(), mirror(Habit::StallsAfter(MIDDLE)));
    std::fs::create_dir(world.cache()).expect("it is not there yet");
    let signals = world.path("signals");
    std::fs::create_dir(&signals).expect("it is not there yet");
    let script = format!(
        r#"
        cd {}
        wait_for() {{ while [ ! -e "$1" ]; do sleep 0.02; done; }}
        mount -t tmpfs -o size=2m tmpfs "$LKMC_CACHE"
        ( wait_for fill; cat /dev/zero > "$LKMC_CACHE/other" 2> full || true; touch filled ) &
        "$LKMC" lock fetch && exit 1
        echo "first ended with $?" >&2
        rm "$LKMC_CACHE/other"
        "$LKMC" lock fetch
        du -a "$LKMC_CACHE" "#,
        signals.display()
    );
    let child = spawn(world.namespace(&mirror.base, &script));
    wait_until("all downloads to begin", || mirror.requests().len() == NAMES.len());
    std::fs::write(signals.join("fill"), "").expect("it can be written");
    wait_until("the disk to be full", || signals.join("filled").exists());
    mirror.becomes(Habit::Good);
    let said = child.wait_with_output().expect("it ends");
    assert_says(&said, 0, &[]);
    assert_message(
        &said,
        &[
            "lkmc::toolbox::disk_full",
            "the disk is full",
            "downloads resume",
            "first ended with 125",
        ],
    );
    assert!(
        NAMES.iter().all(|name| stdout(&said).contains(&format!("deb-{name}"))),
        "{said:?}"
    );
}

/// lkmc must also say it when the very first directory cannot be made.
#[test]
fn a_home_that_cannot_be_written_is_named_and_another_cache_helps() {
    if without_namespaces() {
        return;
    }
    let (world, mirror) = (World::new(), mirror(Habit::Good));
    let read_only = r#"mount --bind "$HOME" "$HOME"; mount -o remount,ro,bind "$HOME"; exec "$LKMC" lock fetch"#;
    let mut command = world.namespace(&mirror.base, read_only);
    command.env_remove("LKMC_CACHE");
    let said = finish(command);
    assert_failed(
        &said,
        125,
        &[
            "lkmc::paths::cache_not_writable",
            "home/.cache/lkmc",
            "Read-only file system",
            "LKMC_CACHE",
        ],
    );
    let other = finish(world.namespace(&mirror.base, read_only));
    assert_says(&other, 0, &[]);
    world.assert_fetched();
}

/// A cache that was made by somebody else, as after `sudo lkmc`.
#[test]
fn a_cache_that_cannot_be_written_is_named() {
    if without_namespaces() {
        return;
    }
    let (world, mirror) = (World::new(), mirror(Habit::Good));
    std::fs::create_dir(world.cache()).expect("it is not there yet");
    let read_only =
        r#"mount --bind "$LKMC_CACHE" "$LKMC_CACHE"; mount -o remount,ro,bind "$LKMC_CACHE"; exec "$LKMC" lock fetch"#;
    let said = finish(world.namespace(&mirror.base, read_only));
    assert_failed(
        &said,
        125,
        &["lkmc::paths::cache_not_writable", "Read-only file system", "LKMC_CACHE"],
    );
    world.fetch_works(&mirror);
}

#[test]
fn a_file_where_the_cache_should_be_is_named() {
    let (world, mirror) = (World::new(), mirror(Habit::Good));
    std::fs::write(world.cache(), "not a directory").expect("it can be written");
    for cache in [world.cache(), world.cache().join("below")] {
        let mut command = world.lkmc(&mirror.base, ["lock", "fetch"]);
        command.env("LKMC_CACHE", cache);
        assert_failed(
            &finish(command),
            125,
            &["lkmc::paths::cache_not_writable", "LKMC_CACHE"],
        );
    }
    std::fs::remove_file(world.cache()).expect("it is there");
    world.fetch_works(&mirror);
}

#[test]
fn a_spoilt_lock_file_is_named_with_the_remedy() {
    let (world, mirror) = (World::new(), mirror(Habit::Good));
    let path = world.path("checkout/nix/toolbox/debian/lock.json");
    let whole = std::fs::read(&path).expect("it is there");
    std::fs::write(&path, &whole[..whole.len() / 2]).expect("it can be written");
    let said = finish(world.lkmc(&mirror.base, ["lock", "fetch"]));
    assert_failed(
        &said,
        125,
        &["lkmc::toolbox::bad_lock", "lock.json", "lkmc lock update"],
    );
    std::fs::remove_file(&path).expect("it is there");
    let said = finish(world.lkmc(&mirror.base, ["lock", "fetch"]));
    assert_failed(&said, 125, &["lkmc::toolbox::no_lock", "lkmc lock update"]);
    std::fs::write(&path, whole).expect("it can be written");
    world.fetch_works(&mirror);
}

/// Where the person who runs the tests keeps downloads.
fn own_downloads() -> Option<PathBuf> {
    Some(lkmc::paths::cache_path()?.join("downloads"))
}

/// A mirror of the real packages of the toolbox's own Nix, if this machine downloaded them before.
fn mirror_of_nix() -> Result<Mirror, String> {
    let downloads = own_downloads().ok_or("no cache")?;
    let lock =
        Lock::read(&Path::new(CHECKOUT).join("nix/toolbox/debian/lock.json")).map_err(|error| error.to_string())?;
    let mut files = BTreeMap::new();
    for file in lock.files_of("nix").map_err(|error| error.to_string())? {
        let path = downloads.join(&file.sha256).join(file.store_name());
        match path.exists() {
            true => files.insert(file.path.clone(), Held::File(path)),
            false => return Err(format!("{} was not downloaded before", file.file_name())),
        };
    }
    Ok(Mirror::start(files, Habit::Good))
}

/// On a machine without Nix: both download Nix, unpack it, make a store, and evaluate.
#[test]
fn two_first_runs_at_once_set_up_one_nix() {
    if without_namespaces() {
        return;
    }
    let mirror = match mirror_of_nix() {
        Ok(mirror) => mirror,
        Err(reason) => return skip(reason),
    };
    let world = World::new();
    let first_run = || {
        let mut command = world.lkmc(&mirror.base, ["profile", "show", "x86_64-qemu", "--plan"]);
        command.env("LKMC_ROOT", CHECKOUT).env("LKMC_NIX", "private");
        command
    };
    let ends = [spawn(first_run()), spawn(first_run())].map(|child| child.wait_with_output().expect("it ends"));
    let [one, two] = ends;
    for said in [&one, &two] {
        assert_says(said, 0, &[]);
        let plan = stdout(said);
        assert!(plan.contains("kernel-x86_64") || plan.contains("to build"), "{said:?}");
    }
    assert_eq!(one.stdout, two.stdout);
    let mut asked: Vec<_> = mirror.requests().into_iter().map(|(path, _)| path).collect();
    let all = asked.len();
    asked.sort();
    asked.dedup();
    assert_eq!(asked.len(), all, "some files were downloaded twice");
}

/// Killed while Nix is unpacked, or its store made: whatever is half done is done again.
#[test]
fn killed_while_nix_is_set_up_the_next_run_finishes_it() {
    if without_namespaces() {
        return;
    }
    let mirror = match mirror_of_nix() {
        Ok(mirror) => mirror,
        Err(reason) => return skip(reason),
    };
    let world = World::new();
    let run = || {
        let mut command = world.lkmc(&mirror.base, ["profile", "show", "x86_64-qemu", "--plan"]);
        command.env("LKMC_ROOT", CHECKOUT).env("LKMC_NIX", "private");
        command
    };
    for stage in [
        "nix-root/unfinished/usr/lib",
        "nix-root/unfinished/usr/share",
        "store/nix/var",
    ] {
        let mut child = spawn(run());
        wait_until(stage, || {
            world.cache().join(stage).exists() || !matches!(child.try_wait(), Ok(None))
        });
        // It may have ended already where unpacking is fast; then there is nothing to kill.
        let _ = child.kill();
        child.wait().expect("it was killed");
    }
    let said = finish(run());
    assert_says(&said, 0, &[]);
    assert!(stdout(&said).contains("to build"), "{said:?}");
}
