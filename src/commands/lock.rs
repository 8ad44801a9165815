//! `lkmc lock`: the pinned files of the toolbox.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::json;

use crate::cli;
use crate::debian::File;
use crate::diag::{Error, Exit, Result};
use crate::host::interrupt;
use crate::kept;
use crate::lower::lower;
use crate::profile::Library;
use crate::toolbox::check::Problem;
use crate::toolbox::download::Downloader;
use crate::toolbox::mirror::Mirrors;
use crate::toolbox::update::Scope;
use crate::toolbox::{self, Lock, Manifest, go_on};

/// Where they are named, and where they are kept.
struct Files {
    manifest: PathBuf,
    lock: PathBuf,
    cache: PathBuf,
}

pub fn run(global: &cli::Global, command: &cli::Lock) -> Result<ExitCode> {
    let directory = toolbox::directory(&crate::paths::repository()?);
    let files = Files {
        manifest: directory.join("packages.toml"),
        lock: directory.join("lock.json"),
        cache: crate::paths::cache()?,
    };
    let _guard = interrupt::Guard::new();
    match command {
        cli::Lock::Update { names } => update(global, &files, names),
        cli::Lock::Fetch { store, names } => fetch(global, &files, *store, names),
        cli::Lock::Check => check(global, &files),
    }
}

fn update(global: &cli::Global, files: &Files, names: &[String]) -> Result<ExitCode> {
    let deadline = super::build::options(global).deadline;
    let path = &files.lock;
    let manifest = Manifest::read(&files.manifest)?;
    let scope = Scope::new(&manifest, names, || Lock::read(path))?;
    let mirrors = Mirrors::of_this_machine()?;
    if global.dry_run {
        let commands = toolbox::update::dry_run(&scope, &files.cache, &mirrors, deadline)?;
        return super::print_commands(global, &commands);
    }
    let unwritten = |error| Error::io("cannot write", path, error);
    kept::can_replace(path).map_err(unwritten)?;
    let lock = toolbox::update::update(&scope, &files.cache, mirrors, deadline)?;
    let text = lock.to_json();
    let changed = std::fs::read_to_string(path).ok().as_ref() != Some(&text);
    kept::replace(path, text.as_bytes()).map_err(unwritten)?;
    let bytes: u64 = lock.all_files().iter().map(|file| file.size).sum();
    let files = lock.all_files().len();
    if global.json {
        let result = json!({ "file": path, "changed": changed, "files": files, "bytes": bytes });
        return super::print_json(&result);
    }
    eprintln!(
        "lkmc: {} names {files} files, {}",
        path.display(),
        indicatif::HumanBytes(bytes)
    );
    Ok(ExitCode::SUCCESS)
}

/// `store`: Nix gets them, too.
fn fetch(global: &cli::Global, files: &Files, store: bool, names: &[String]) -> Result<ExitCode> {
    let options = super::build::options(global);
    let lock = Lock::read(&files.lock)?;
    let wanted = match names {
        [] => lock.all_files().into_iter().collect(),
        names => names
            .iter()
            .map(|name| lock.files_of(name))
            .collect::<Result<Vec<_>, _>>()?
            .concat(),
    };
    let downloader = Downloader::new(&files.cache, Mirrors::of_this_machine()?).until(options.deadline);
    if global.dry_run {
        return super::print_commands(global, &downloader.dry_run(&wanted));
    }
    let downloaded = downloader.fetch(&wanted)?;
    let result = json!({ "files": downloaded, "store": store });
    if store {
        crate::nix::add_downloads(downloaded, &options)?;
    }
    match global.json {
        true => super::print_json(&result),
        false => Ok(ExitCode::SUCCESS),
    }
}

/// Manifest against lock file, lock file against mirrors, flake against its own lock.
fn check(global: &cli::Global, files: &Files) -> Result<ExitCode> {
    let repository = crate::paths::repository()?;
    let (manifest, lock) = (Manifest::read(&files.manifest)?, Lock::read(&files.lock)?);
    let mut problems = toolbox::check::against_manifest(&lock, &manifest);
    problems.extend(toolbox::check::flake(&repository)?);
    let of_profiles = packages_of_profiles(&repository)?;
    let named: BTreeSet<&File> = lock.all_files().into_iter().chain(&of_profiles).collect();
    let named: Vec<&File> = named.into_iter().collect();
    if !global.json {
        eprintln!("lkmc: asking the mirrors for {} files", named.len());
    }
    let deadline = super::build::options(global).deadline;
    let downloader = Downloader::new(&files.cache, Mirrors::of_this_machine()?).until(deadline);
    let missing = downloader.missing_from_mirrors(&named);
    go_on(deadline)?;
    let gone = missing.iter().map(|(file, reasons)| Problem {
        code: "lkmc::lock::not_on_mirrors",
        message: format!("no mirror in reach has {} {} ({})", file.name, file.version, reasons.join("; ")),
        help: "choose newer packages with `lkmc lock update` (of a profile: `lkmc profile lock`), or name a mirror that keeps old ones in LKMC_DEBIAN_MIRROR",
    });
    problems.extend(gone);
    if global.json {
        let entries: Vec<_> = problems
            .iter()
            .map(|p| json!({ "code": p.code, "message": p.message, "help": p.help }))
            .collect();
        super::print_json(&json!({ "files": named.len(), "problems": entries }))?;
        return Ok(match problems.is_empty() {
            true => ExitCode::SUCCESS,
            false => Exit::Infrastructure.into(),
        });
    }
    let errors = problems
        .into_iter()
        .map(|p| Error::infrastructure(p.code, p.message).help(p.help))
        .collect();
    match Error::join(errors) {
        Some(error) => Err(error),
        None => super::print(&format!(
            "{} files are locked, and the mirrors have them all\n",
            named.len()
        )),
    }
}

/// What the shipped profiles are made of besides.
fn packages_of_profiles(repository: &Path) -> Result<Vec<File>> {
    let library = Library {
        root: repository.to_owned(),
    };
    let mut files = Vec::new();
    for name in library.names() {
        files.extend(
            lower(&library.load(&name)?, repository)?
                .rootfs
                .debs
                .unwrap_or_default(),
        );
    }
    Ok(files)
}
