//! Fetches locked files into the cache: several at once, verified, resumed where an earlier attempt stopped.
//!
//! A file appears under its final name only when its hash is right. Several processes may download at once: each file has a
//! lock, and who waited for it finds the file there.

use std::collections::VecDeque;
use std::fs::{File as FsFile, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crossbeam_channel::RecvTimeoutError;

use super::mirror::Mirrors;
use crate::debian::File;
use crate::diag::{Error, Result};
use crate::hash::sha256_of_file;
use crate::lock::Lock;
use crate::paths;
use crate::toolbox::error::{disk_full, go_on};

mod probe;
mod progress;
mod unfetched;

use progress::Progress;
use unfetched::Unfetched;

/// A mirror that sends nothing for this long is given up.
const STALL: Duration = Duration::from_secs(20);
const WORKERS: usize = 6;
/// How often an interruption is looked for while all workers wait.
const PATIENCE: Duration = Duration::from_millis(100);

#[derive(Clone)]
pub struct Downloader {
    directory: PathBuf,
    mirrors: Mirrors,
    agent: ureq::Agent,
    deadline: Option<Instant>,
}

/// Why one attempt at one mirror ended.
enum Failure {
    /// The connection broke or went silent; what came so far is kept.
    Cut(String),
    /// The mirror does not have the file.
    Missing(u16),
    /// The bytes are not the locked ones.
    WrongHash(String),
    /// No other mirror would help.
    Fatal(Error),
}

impl Downloader {
    /// `cache` is the cache directory; the mirrors are tried in order.
    pub fn new(cache: &Path, mirrors: Mirrors) -> Downloader {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(10)))
            .timeout_resolve(Some(Duration::from_secs(10)))
            .timeout_recv_response(Some(STALL))
            .timeout_per_read(Some(STALL))
            .user_agent(concat!("lkmc/", env!("CARGO_PKG_VERSION")))
            .build();
        Downloader {
            directory: cache.join("downloads"),
            mirrors,
            agent: config.into(),
            deadline: None,
        }
    }

    /// The same, for work that has a deadline.
    pub fn until(self, deadline: Option<Instant>) -> Downloader {
        Downloader { deadline, ..self }
    }

    /// Where a file lies once it is here. Its name is the one that it gets in the Nix store.
    pub fn path(&self, file: &File) -> PathBuf {
        self.directory.join(&file.sha256).join(file.store_name())
    }

    /// Makes sure that all files are here. Files that came under their final name were verified then.
    pub fn fetch(&self, files: &[&File]) -> Result<Vec<PathBuf>> {
        let missing: VecDeque<&File> = files.iter().copied().filter(|file| !self.path(file).exists()).collect();
        if !missing.is_empty() {
            self.fetch_missing(missing)?;
        }
        Ok(files.iter().map(|file| self.path(file)).collect())
    }

    fn fetch_missing(&self, missing: VecDeque<&File>) -> Result<()> {
        std::fs::create_dir_all(&self.directory).map_err(|error| Error::io("cannot create", &self.directory, error))?;
        let total = missing.len();
        let bytes = missing.iter().map(|file| file.size).sum();
        match paths::room(&self.directory) {
            Some(free) if free < bytes => return Err(disk_full(&self.directory, bytes)),
            _ => {}
        }
        let work = Arc::new(Work {
            downloader: self.clone(),
            progress: Progress::new(total, bytes),
            queue: Mutex::new(missing.into_iter().cloned().collect()),
            unfetched: Mutex::default(),
            stop: AtomicBool::new(false),
            arrived: AtomicBool::new(false),
        });
        let result = work.run(WORKERS.min(total));
        work.progress.finish();
        result?;
        let unfetched = work.unfetched.lock().map(|mut all| std::mem::take(&mut *all));
        match unfetched::report(total, unfetched.unwrap_or_default()) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    fn fetch_one(&self, file: &File, progress: &Progress) -> Result<(), Unfetched> {
        let path = self.path(file);
        let directory = self.directory.join(&file.sha256);
        let _lock = lock(&directory)?;
        if path.exists() {
            progress.advance(file.size);
            return Ok(());
        }
        let part = directory.join("part");
        let mut attempts = Vec::new();
        // What mirrors have in place of the locked file.
        let mut others = Vec::new();
        let bases = self.mirrors.of(file.archive);
        for base in bases {
            match self.fetch_from(base, file, &part, progress) {
                Ok(()) => return Ok(install(&part, &path)?),
                Err(Failure::Fatal(error)) => return Err(error.into()),
                Err(Failure::Cut(why)) => attempts.push((false, format!("{base}: {why}"))),
                Err(Failure::Missing(status)) => {
                    attempts.push((true, format!("{base}: not there (HTTP status {status})")))
                }
                Err(Failure::WrongHash(got)) => {
                    let why = format!("{base}: wrong contents: want sha256 {}, got {got}", file.sha256);
                    attempts.push((false, why));
                    others.push(got);
                }
            }
        }
        let agree = others.len() == attempts.len() && others.iter().all(|got| *got == others[0]);
        let help = if agree && !others.is_empty() {
            format!(
                "the lock file may be wrong about {}, since whoever has the file has the same other one: `git diff` says whether its \
                 line was changed, `lkmc lock update` (a profile's own: `lkmc profile lock`) writes it afresh",
                file.name
            )
        } else if attempts.iter().all(|(missing, _)| *missing) {
            format!(
                "{} {} has left every mirror in reach: choose newer packages with `lkmc lock update` (a profile's own: `lkmc profile lock`), \
                 or name a mirror that keeps old ones in LKMC_DEBIAN_MIRROR",
                file.name, file.version
            )
        } else {
            "check the network, or name other mirrors in LKMC_DEBIAN_MIRROR; what came so far is kept".to_owned()
        };
        let attempts = attempts.into_iter().map(|(_, text)| text).collect();
        Err(Unfetched::Nowhere {
            file: file.path.clone(),
            attempts,
            help,
        })
    }

    /// Tries one mirror as long as each attempt brings something.
    fn fetch_from(&self, base: &str, file: &File, part: &Path, progress: &Progress) -> Result<(), Failure> {
        let url = format!("{base}/{}", file.path);
        let mut tries_without_progress = 0;
        // What was put together from several replies may be spoilt; then this mirror deserves a second chance.
        let (mut pieced, mut second_chance) = (false, true);
        loop {
            let before = length(part);
            pieced |= before > 0;
            let failure = match self.attempt(&url, file, part, progress) {
                Ok(()) => match verify(part, file) {
                    Err(Failure::WrongHash(_)) if pieced && std::mem::take(&mut second_chance) => continue,
                    result => return result,
                },
                Err(Failure::Cut(why)) => why,
                Err(other) => return Err(other),
            };
            tries_without_progress = if length(part) > before {
                0
            } else {
                tries_without_progress + 1
            };
            if tries_without_progress >= 2 {
                return Err(Failure::Cut(failure));
            }
        }
    }

    /// One request: the rest of the file if part of it is here.
    fn attempt(&self, url: &str, file: &File, part: &Path, progress: &Progress) -> Result<(), Failure> {
        let have = match length(part) {
            have if have >= file.size => {
                if have == file.size {
                    return Ok(());
                }
                let _ = std::fs::remove_file(part);
                0
            }
            have => have,
        };
        let mut request = self.agent.get(url);
        if have > 0 {
            request = request.header("Range", format!("bytes={have}-"));
        }
        let response = request.call().map_err(|error| Failure::Cut(error.to_string()))?;
        let resumed = match response.status().as_u16() {
            200 => false,
            206 if begin(&response).is_none_or(|begin| begin == have) => true,
            206 | 416 => {
                let _ = std::fs::remove_file(part);
                return Err(Failure::Cut("it would not resume".to_owned()));
            }
            status @ (404 | 410) => return Err(Failure::Missing(status)),
            status => return Err(Failure::Cut(format!("HTTP status {status}"))),
        };
        let fatal = |error: io::Error| Failure::Fatal(write_error(error, part, file.size - have));
        let mut out = OpenOptions::new()
            .create(true)
            .append(resumed)
            .write(true)
            .truncate(!resumed)
            .open(part)
            .map_err(fatal)?;
        let mut body = response
            .into_body()
            .into_reader()
            .take(file.size + 1 - if resumed { have } else { 0 });
        self.copy(&mut body, &mut out, part, file, progress)
    }

    fn copy(
        &self,
        body: &mut impl Read,
        out: &mut FsFile,
        part: &Path,
        file: &File,
        progress: &Progress,
    ) -> Result<(), Failure> {
        let mut buffer = vec![0; 1 << 16];
        loop {
            go_on(self.deadline).map_err(Failure::Fatal)?;
            let count = match body.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Failure::Cut(error.to_string())),
            };
            out.write_all(&buffer[..count])
                .map_err(|error| Failure::Fatal(write_error(error, part, file.size)))?;
            progress.advance(count as u64);
        }
        match length(part) {
            have if have < file.size => Err(Failure::Cut(format!(
                "the connection closed after {have} of {} bytes",
                file.size
            ))),
            _ => Ok(()),
        }
    }
}

/// Makes the directory of a file, and waits until nobody else is at work in it.
fn lock(directory: &Path) -> Result<Lock> {
    let path = directory.join("lock");
    loop {
        std::fs::create_dir_all(directory).map_err(|error| Error::io("cannot create", directory, error))?;
        match Lock::exclusive(&path) {
            Ok(lock) => return Ok(lock),
            // A collection has removed the directory in between.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(Error::io("cannot lock", &path, error)),
        }
    }
}

/// What the workers of one fetch share. They own it: a worker that waits for a silent mirror may outlive the fetch.
struct Work {
    downloader: Downloader,
    progress: Progress,
    queue: Mutex<VecDeque<File>>,
    unfetched: Mutex<Vec<Unfetched>>,
    stop: AtomicBool,
    /// At least one file came.
    arrived: AtomicBool,
}

impl Work {
    /// Returns when all is done, or soon after an interruption or the deadline, whatever the mirrors do.
    fn run(self: &Arc<Self>, workers: usize) -> Result<()> {
        let (alive, ended) = crossbeam_channel::bounded::<()>(0);
        let spawn = |_| {
            let (work, alive) = (Arc::clone(self), alive.clone());
            std::thread::spawn(move || {
                work.fetch();
                drop(alive);
            })
        };
        let threads: Vec<_> = (0..workers).map(spawn).collect();
        drop(alive);
        while ended.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
            go_on(self.downloader.deadline)?;
        }
        for thread in threads {
            if let Err(panic) = thread.join() {
                std::panic::resume_unwind(panic);
            }
        }
        Ok(())
    }

    fn fetch(&self) {
        while let Some(file) = self.next() {
            let Err(why) = self.downloader.fetch_one(&file, &self.progress) else {
                self.arrived.store(true, Ordering::Relaxed);
                continue;
            };
            if let Ok(mut unfetched) = self.unfetched.lock() {
                // Mirrors that refused so many files and gave none will refuse the others too.
                let hopeless = unfetched.len() + 1 >= WORKERS && !self.arrived.load(Ordering::Relaxed);
                let fatal = matches!(why, Unfetched::Fatal(_));
                self.stop.fetch_or(hopeless || fatal, Ordering::Relaxed);
                unfetched.push(why);
            }
        }
    }

    /// A poisoned lock means that a worker panicked, which ends the fetch with that panic anyway.
    fn next(&self) -> Option<File> {
        match self.stop.load(Ordering::Relaxed) {
            true => None,
            false => self.queue.lock().ok()?.pop_front(),
        }
    }
}

/// Where in the file a reply begins, if it says so: `Content-Range: bytes 100-199/200`.
fn begin<T>(response: &ureq::http::Response<T>) -> Option<u64> {
    let range = response.headers().get("content-range")?.to_str().ok()?;
    let (begin, _) = range.strip_prefix("bytes ")?.split_once('-')?;
    begin.trim().parse().ok()
}

fn length(path: &Path) -> u64 {
    path.metadata().map_or(0, |metadata| metadata.len())
}

fn write_error(error: io::Error, path: &Path, needed: u64) -> Error {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => disk_full(path, needed),
        _ => Error::io("cannot write", path, error),
    }
}

/// Wrong bytes are removed, so that the next mirror begins afresh.
fn verify(part: &Path, file: &File) -> Result<(), Failure> {
    let got = sha256_of_file(part).map_err(|error| Failure::Fatal(Error::io("cannot read", part, error)))?;
    if got == file.sha256 {
        return Ok(());
    }
    let _ = std::fs::remove_file(part);
    Err(Failure::WrongHash(got))
}

fn install(part: &Path, path: &Path) -> Result<()> {
    let file = FsFile::open(part).map_err(|error| Error::io("cannot open", part, error))?;
    file.sync_all()
        .map_err(|error| Error::io("cannot write", part, error))?;
    std::fs::rename(part, path).map_err(|error| Error::io("cannot rename", part, error))
}
