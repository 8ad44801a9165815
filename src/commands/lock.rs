//! `lkmc lock`: the pinned files of the toolbox.

use std::process::ExitCode;

use crate::cli;
use crate::diag::{Error, Result};
use crate::nix::interrupt;
use crate::toolbox::download::Downloader;
use crate::toolbox::mirror::Mirrors;
use crate::toolbox::{self, Lock, Manifest};

pub fn run(global: &cli::Global, command: &cli::Lock) -> Result<ExitCode> {
    let _ = global;
    let directory = toolbox::directory(&crate::paths::repository()?);
    let (manifest_path, lock_path) = (directory.join("packages.toml"), directory.join("lock.json"));
    let cache = crate::paths::cache()?;
    let _guard = interrupt::Guard::new();
    match command {
        cli::Lock::Update => {
            let manifest = Manifest::read(&manifest_path)?;
            let lock = toolbox::update::update(&manifest, &cache, Mirrors::of_this_machine()?)?;
            std::fs::write(&lock_path, lock.to_json()).map_err(|error| Error::io("cannot write", &lock_path, error))?;
            let bytes: u64 = lock.all_files().iter().map(|file| file.size).sum();
            let files = lock.all_files().len();
            eprintln!(
                "lkmc: {} names {files} files, {}",
                lock_path.display(),
                indicatif::HumanBytes(bytes)
            );
        }
        cli::Lock::Fetch { names } => {
            let lock = Lock::read(&lock_path)?;
            let files = match names.as_slice() {
                [] => lock.all_files().into_iter().collect(),
                names => names
                    .iter()
                    .map(|name| lock.files_of(name))
                    .collect::<Result<Vec<_>, _>>()?
                    .concat(),
            };
            Downloader::new(&cache, Mirrors::of_this_machine()?).fetch(&files)?;
        }
        cli::Lock::Check => return Err(Error::infrastructure("lkmc::lock::todo", "to come")),
    }
    Ok(ExitCode::SUCCESS)
}
