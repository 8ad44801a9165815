//! Downloads against a server on this machine that misbehaves as mirrors do.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use lkmc::hash::hex;
use lkmc::toolbox::Error;
use lkmc::toolbox::Lock;
use lkmc::toolbox::download::Downloader;
use lkmc::toolbox::lock::{Archive, File, LOCK_VERSION, Seed};
use lkmc::toolbox::mirror::Mirrors;
use sha2::{Digest, Sha256};

const SIZE: usize = 300_000;

fn contents() -> Vec<u8> {
    (0..SIZE).map(|n| (n * 7 % 251) as u8).collect()
}

fn file() -> File {
    File {
        name: "tool".to_owned(),
        version: "1.0-1".to_owned(),
        archive: Archive::Debian,
        path: "pool/main/t/tool/tool_1.0-1_all.deb".to_owned(),
        size: SIZE as u64,
        sha256: hex(&Sha256::digest(contents())),
    }
}

/// How a mirror answers.
#[derive(Clone, Copy)]
enum Habit {
    Good,
    /// Breaks each connection after so many bytes.
    Cuts(usize),
    /// Breaks the connection, and takes no part of a file for an answer.
    CutsWithoutRanges(usize),
    /// Goes silent after so many bytes.
    Hangs(usize),
    Missing,
    Broken,
    /// Right size, wrong bytes.
    Wrong,
}

struct Mirror {
    base: String,
    /// Where each request wanted to begin.
    requests: Arc<Mutex<Vec<usize>>>,
}

fn mirror(habit: Habit) -> Mirror {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}/debian", listener.local_addr().unwrap());
    let requests = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&requests);
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            // The client may hang up first.
            let _ = answer(connection, habit, &log);
        }
    });
    Mirror { base, requests }
}

fn answer(mut connection: TcpStream, habit: Habit, log: &Mutex<Vec<usize>>) -> std::io::Result<()> {
    let mut begin = 0;
    for line in BufReader::new(connection.try_clone()?).lines() {
        let line = line?.to_ascii_lowercase();
        if let Some(range) = line.strip_prefix("range: bytes=") {
            begin = range.trim_end_matches('-').parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    log.lock().unwrap().push(begin);
    let mut body = contents();
    let status = match habit {
        Habit::Missing => {
            return connection.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
        Habit::Broken => {
            return connection.write_all(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
        Habit::Wrong => {
            body[SIZE / 2] ^= 1;
            "200 OK"
        }
        Habit::CutsWithoutRanges(_) => "200 OK",
        _ if begin > 0 => {
            body.drain(..begin);
            "206 Partial Content"
        }
        _ => "200 OK",
    };
    write!(
        connection,
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    )?;
    match habit {
        Habit::Hangs(after) => {
            connection.write_all(&body[..after])?;
            std::thread::sleep(Duration::from_secs(600));
            Ok(())
        }
        Habit::Cuts(after) | Habit::CutsWithoutRanges(after) => connection.write_all(&body[..after.min(body.len())]),
        _ => connection.write_all(&body),
    }
}

fn downloader(cache: &Path, mirrors: &[&Mirror]) -> Downloader {
    let debian = mirrors.iter().map(|mirror| mirror.base.clone()).collect();
    Downloader::new(
        cache,
        Mirrors {
            debian,
            security: Vec::new(),
        },
    )
}

fn fetch(cache: &Path, mirrors: &[&Mirror]) -> Result<PathBuf, Error> {
    downloader(cache, mirrors)
        .fetch(&[&file()])
        .map(|mut paths| paths.remove(0))
}

fn assert_fetched(path: &Path) {
    assert_eq!(std::fs::read(path).unwrap(), contents());
    assert_eq!(path.file_name().unwrap(), "deb-tool_1.0-1_all.deb");
    assert!(!path.with_file_name("part").exists());
}

#[test]
fn a_good_mirror_is_asked_once() {
    let cache = tempfile::tempdir().unwrap();
    let good = mirror(Habit::Good);
    assert_fetched(&fetch(cache.path(), &[&good]).unwrap());
    assert_fetched(&fetch(cache.path(), &[&good]).unwrap());
    assert_eq!(*good.requests.lock().unwrap(), [0]);
}

#[test]
fn a_cut_download_goes_on_where_it_stopped() {
    let cache = tempfile::tempdir().unwrap();
    let cuts = mirror(Habit::Cuts(100_000));
    assert_fetched(&fetch(cache.path(), &[&cuts]).unwrap());
    assert_eq!(*cuts.requests.lock().unwrap(), [0, 100_000, 200_000]);
}

#[test]
fn what_an_earlier_process_left_is_used() {
    let cache = tempfile::tempdir().unwrap();
    let directory = cache.path().join("downloads").join(file().sha256);
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join("part"), &contents()[..123_456]).unwrap();
    let good = mirror(Habit::Good);
    assert_fetched(&fetch(cache.path(), &[&good]).unwrap());
    assert_eq!(*good.requests.lock().unwrap(), [123_456]);
}

#[test]
fn a_spoilt_rest_of_an_earlier_process_is_thrown_away() {
    let cache = tempfile::tempdir().unwrap();
    let directory = cache.path().join("downloads").join(file().sha256);
    std::fs::create_dir_all(&directory).unwrap();
    for rest in [vec![0; 1000], vec![0; SIZE], vec![0; SIZE + 5]] {
        std::fs::write(directory.join("part"), rest).unwrap();
        let good = mirror(Habit::Good);
        let path = fetch(cache.path(), &[&good]).unwrap();
        assert_fetched(&path);
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
fn without_ranges_the_next_mirror_is_tried() {
    let cache = tempfile::tempdir().unwrap();
    let (cuts, good) = (mirror(Habit::CutsWithoutRanges(1000)), mirror(Habit::Good));
    assert_fetched(&fetch(cache.path(), &[&cuts, &good]).unwrap());
}

#[test]
fn every_kind_of_bad_mirror_is_passed_over() {
    for habit in [Habit::Missing, Habit::Broken, Habit::Wrong] {
        let cache = tempfile::tempdir().unwrap();
        let (bad, good) = (mirror(habit), mirror(Habit::Good));
        assert_fetched(&fetch(cache.path(), &[&bad, &good]).unwrap());
    }
}

#[test]
fn a_wrong_hash_names_mirror_file_and_both_hashes() {
    let cache = tempfile::tempdir().unwrap();
    let wrong = mirror(Habit::Wrong);
    let error = fetch(cache.path(), &[&wrong]).unwrap_err().to_string();
    let mut bytes = contents();
    bytes[SIZE / 2] ^= 1;
    for part in [&wrong.base, &file().path, &file().sha256, &hex(&Sha256::digest(bytes))] {
        assert!(error.contains(part), "no {part} in {error}");
    }
    let left = std::fs::read_dir(cache.path().join("downloads").join(file().sha256)).unwrap();
    assert!(
        left.flatten().all(|entry| entry.file_name() == "lock"),
        "wrong bytes were kept"
    );
}

#[test]
fn a_vanished_package_is_named_with_the_remedy() {
    let cache = tempfile::tempdir().unwrap();
    let (one, two) = (mirror(Habit::Missing), mirror(Habit::Missing));
    let error = fetch(cache.path(), &[&one, &two]).unwrap_err();
    let Error::Download { attempts, help, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(attempts.len(), 2);
    assert!(
        help.contains("tool 1.0-1 has left every mirror") && help.contains("lkmc lock update"),
        "{help}"
    );
}

#[test]
fn a_full_disk_leaves_no_file_under_its_final_name() {
    let cache = tempfile::tempdir().unwrap();
    let directory = cache.path().join("downloads").join(file().sha256);
    std::fs::create_dir_all(&directory).unwrap();
    // Writing to this device always fails with "no space left".
    std::os::unix::fs::symlink("/dev/full", directory.join("part")).unwrap();
    let good = mirror(Habit::Good);
    let error = fetch(cache.path(), &[&good]).unwrap_err();
    assert!(matches!(error, Error::DiskFull { .. }), "{error}");
    std::fs::remove_file(directory.join("part")).unwrap();
    assert_fetched(&fetch(cache.path(), &[&good]).unwrap());
}

#[test]
fn two_at_once_download_once() {
    let cache = tempfile::tempdir().unwrap();
    let good = mirror(Habit::Good);
    std::thread::scope(|scope| {
        let fetches: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| fetch(cache.path(), &[&good]).unwrap()))
            .collect();
        fetches
            .into_iter()
            .for_each(|fetch| assert_fetched(&fetch.join().unwrap()));
    });
    assert_eq!(good.requests.lock().unwrap().len(), 1);
}

/// A checkout whose lock file names one file.
fn checkout(directory: &Path) {
    let lock = Lock {
        version: LOCK_VERSION,
        suite: "bookworm".to_owned(),
        seed: Seed {
            package: "tool".to_owned(),
            nar_sha256: String::new(),
        },
        packages: [("tool".to_owned(), file())].into(),
        roots: [("only".to_owned(), ["tool".to_owned()].into())].into(),
        sources: Default::default(),
    };
    let toolbox = directory.join("nix/toolbox/debian");
    std::fs::create_dir_all(&toolbox).unwrap();
    std::fs::create_dir(directory.join("profiles")).unwrap();
    std::fs::write(toolbox.join("lock.json"), lock.to_json()).unwrap();
}

#[test]
fn a_download_that_was_killed_goes_on_in_the_next_run() {
    let directory = tempfile::tempdir().unwrap();
    checkout(directory.path());
    let cache = directory.path().join("cache");
    let fetch = |mirror: &Mirror| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lkmc"));
        command
            .args(["lock", "fetch", "only"])
            .env("LKMC_ROOT", directory.path())
            .env("LKMC_CACHE", &cache);
        command.env("LKMC_DEBIAN_MIRROR", &mirror.base).stderr(Stdio::piped());
        command
    };
    let (hangs, good) = (mirror(Habit::Hangs(100_000)), mirror(Habit::Good));
    let part = cache.join("downloads").join(file().sha256).join("part");
    let mut killed = fetch(&hangs).spawn().unwrap();
    let end = Instant::now() + Duration::from_secs(15);
    while part.metadata().map_or(0, |part| part.len()) < 100_000 {
        assert!(Instant::now() < end, "the download did not get that far");
        std::thread::sleep(Duration::from_millis(20));
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    let next = fetch(&good).output().unwrap();
    assert!(next.status.success(), "{}", String::from_utf8_lossy(&next.stderr));
    assert_fetched(&part.with_file_name(file().store_name()));
    assert_eq!(*good.requests.lock().unwrap(), [100_000]);
}

#[test]
fn the_command_fails_with_125_and_says_why() {
    let directory = tempfile::tempdir().unwrap();
    checkout(directory.path());
    let run = |mirror: &str, cache: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lkmc"));
        command
            .args(["lock", "fetch", "only"])
            .env("LKMC_ROOT", directory.path())
            .env("LKMC_CACHE", cache);
        let output = command.env("LKMC_DEBIAN_MIRROR", mirror).output().unwrap();
        assert_eq!(output.status.code(), Some(125));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let cache = directory.path().join("cache");
    assert!(run(&mirror(Habit::Missing).base, &cache).contains("lkmc::toolbox::download_failed"));
    // A port that nobody listens on.
    assert!(run("http://127.0.0.1:1/debian", &cache).contains("check the network"));
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    assert!(run("http://127.0.0.1:1/debian", &file.join("cache")).contains("lkmc::paths::cache_not_writable"));
}
