//! What a download does with mirrors that misbehave, and with what was there before, seen from inside: in which requests a file
//! came, and the disk that takes no byte. What the program says of such trouble is in tests/faults.

use std::path::{Path, PathBuf};

use crate::common::mirror::{Habit, Held, Mirror};
use lkmc::debian::{Archive, File};
use lkmc::diag::Error;
use lkmc::hash::hex;
use lkmc::toolbox::download::Downloader;
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

fn mirror(habit: Habit) -> Mirror {
    Mirror::start([(file().path, Held::Bytes(contents()))].into(), habit)
}

/// Where each request for the file wanted to begin.
fn begins(mirror: &Mirror) -> Vec<usize> {
    mirror.requests().into_iter().map(|(_, begin)| begin).collect()
}

fn downloader(cache: &Path, mirrors: &[&Mirror]) -> Downloader {
    let debian = mirrors.iter().map(|mirror| mirror.debian().to_owned()).collect();
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
    assert_eq!(begins(&good), [0]);
}

#[test]
fn a_cut_download_goes_on_where_it_stopped() {
    let cache = tempfile::tempdir().unwrap();
    let cuts = mirror(Habit::CutsAfter(100_000));
    assert_fetched(&fetch(cache.path(), &[&cuts]).unwrap());
    assert_eq!(begins(&cuts), [0, 100_000, 200_000]);
}

#[test]
fn what_an_earlier_process_left_is_used() {
    let cache = tempfile::tempdir().unwrap();
    let directory = cache.path().join("downloads").join(file().sha256);
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join("part"), &contents()[..123_456]).unwrap();
    let good = mirror(Habit::Good);
    assert_fetched(&fetch(cache.path(), &[&good]).unwrap());
    assert_eq!(begins(&good), [123_456]);
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
    for habit in [Habit::Empty, Habit::Busy, Habit::Wrong] {
        let cache = tempfile::tempdir().unwrap();
        let (bad, good) = (mirror(habit), mirror(Habit::Good));
        assert_fetched(&fetch(cache.path(), &[&bad, &good]).unwrap());
    }
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
    assert_eq!(error.code(), "lkmc::toolbox::disk_full", "{error}");
    std::fs::remove_file(directory.join("part")).unwrap();
    assert_fetched(&fetch(cache.path(), &[&good]).unwrap());
}
