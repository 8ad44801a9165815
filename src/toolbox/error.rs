//! What can go wrong with the toolbox, in the words of the user.

use std::io;
use std::path::PathBuf;

use miette::Diagnostic;
use thiserror::Error;

#[derive(Debug, Error, Diagnostic)]
pub enum Error {
    #[error("{operation} {}: {source}", path.display())]
    #[diagnostic(code(lkmc::toolbox::io))]
    Io {
        operation: &'static str,
        path: PathBuf,
        source: io::Error,
    },

    #[error("{} is not a valid manifest: {message}", path.display())]
    #[diagnostic(code(lkmc::toolbox::bad_manifest))]
    Manifest { path: PathBuf, message: String },

    #[error("{} is not a valid lock file: {message}", path.display())]
    #[diagnostic(code(lkmc::toolbox::bad_lock), help("write it afresh with `lkmc lock update`"))]
    BadLock { path: PathBuf, message: String },

    #[error("there is no lock file {}", .0.display())]
    #[diagnostic(code(lkmc::toolbox::no_lock), help("write it with `lkmc lock update`"))]
    NoLock(PathBuf),

    #[error("the lock file has no root or source named `{name}`")]
    #[diagnostic(code(lkmc::toolbox::not_locked), help("it has: {known}"))]
    NotLocked { name: String, known: String },

    #[error("packages.toml has no root or source named `{name}`")]
    #[diagnostic(code(lkmc::toolbox::not_in_manifest), help("it has: {known}"))]
    NotInManifest { name: String, known: String },

    #[error("apt-get is not on this machine, and `lkmc lock update` needs it")]
    #[diagnostic(
        code(lkmc::toolbox::no_apt),
        help("run it on a Debian or Ubuntu machine; building needs no apt, only the committed lock file")
    )]
    NoApt,

    #[error("apt-get {step} failed ({status}):\n{stderr}")]
    #[diagnostic(code(lkmc::toolbox::apt_failed), help("the command was: {command}"))]
    Apt {
        step: &'static str,
        status: String,
        stderr: String,
        command: String,
    },

    #[error("apt's indexes have no {what} `{name}` in {suite}")]
    #[diagnostic(
        code(lkmc::toolbox::unknown_package),
        help("named in nix/toolbox/debian/packages.toml under `{place}`")
    )]
    UnknownPackage {
        what: &'static str,
        name: String,
        suite: String,
        place: String,
    },

    #[error("no Debian mirror is known on this machine")]
    #[diagnostic(
        code(lkmc::toolbox::no_mirror),
        help(
            "set LKMC_DEBIAN_MIRROR to the base address of one, as in http://HOST/debian (several: separate by spaces)"
        )
    )]
    NoMirror,

    #[error("LKMC_DEBIAN_MIRROR={0} names no mirror of Debian")]
    #[diagnostic(
        code(lkmc::toolbox::bad_mirror),
        help("an address looks like http://HOST/debian (several: separate by spaces)")
    )]
    BadMirror(String),

    #[error("the keys of the Debian archive are not on this machine")]
    #[diagnostic(
        code(lkmc::toolbox::no_keyring),
        help("install the package debian-archive-keyring, or run this on Debian")
    )]
    NoKeyring,

    #[error("{file} could not be downloaded from any mirror:{}", attempts.iter().map(|a| format!("\n  {a}")).collect::<String>())]
    #[diagnostic(code(lkmc::toolbox::download_failed), help("{help}"))]
    Download {
        file: String,
        attempts: Vec<String>,
        help: String,
    },

    #[error("{} of {total} files could not be downloaded", errors.len())]
    #[diagnostic(code(lkmc::toolbox::downloads_failed))]
    Downloads {
        total: usize,
        #[related]
        errors: Vec<Error>,
    },

    #[error("the disk is full: {} needs {needed} bytes, {available} are free", path.display())]
    #[diagnostic(
        code(lkmc::toolbox::disk_full),
        help(
            "free some space (`lkmc gc` removes old builds), or set LKMC_CACHE to a directory on a larger disk; downloads resume where they stopped"
        )
    )]
    DiskFull { path: PathBuf, needed: u64, available: u64 },

    #[error("{} is not a Debian package that can be unpacked: {message}", path.display())]
    #[diagnostic(code(lkmc::toolbox::bad_deb))]
    BadDeb { path: PathBuf, message: String },

    #[error("interrupted")]
    #[diagnostic(code(lkmc::toolbox::interrupted))]
    Interrupted(i32),

    #[error("the time given with --timeout is over")]
    #[diagnostic(
        code(lkmc::toolbox::timeout),
        help("what came so far is kept; the next run goes on from there")
    )]
    Timeout,

    #[error(transparent)]
    #[diagnostic(transparent)]
    Paths(#[from] crate::paths::Error),
}

impl Error {
    /// For `map_err`: says what was being done to which path.
    pub fn io(operation: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Error {
        let path = path.into();
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => disk_full(path, 0),
            _ => Error::Io {
                operation,
                path,
                source,
            },
        }
    }
}

/// The error for a full disk under `path`, with what is free there now.
pub fn disk_full(path: PathBuf, needed: u64) -> Error {
    let available = available(&path).unwrap_or(0);
    Error::DiskFull {
        path,
        needed,
        available,
    }
}

/// Bytes that an ordinary user may still write on the file system of `path` or of its nearest existing parent.
pub fn available(path: &std::path::Path) -> Option<u64> {
    let existing = path.ancestors().find(|ancestor| ancestor.exists())?;
    let stat = rustix::fs::statvfs(existing).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}

impl From<Error> for crate::diag::Error {
    fn from(error: Error) -> Self {
        let exit = error.exit();
        if let Error::Downloads { total, errors } = error {
            let all = by_reason(total, errors)
                .into_iter()
                .flat_map(|error| crate::diag::Error::from(error).diagnostics)
                .collect();
            return crate::diag::Error { exit, diagnostics: all };
        }
        crate::diag::Error {
            exit,
            ..from_miette(&error)
        }
    }
}

impl Error {
    fn exit(&self) -> crate::diag::Exit {
        match self {
            Error::Interrupted(signal) => crate::diag::Exit::Interrupted(*signal),
            Error::Timeout => crate::diag::Exit::Timeout,
            Error::Downloads { errors, .. } => {
                let mut exits = errors.iter().map(Error::exit);
                exits
                    .find(|exit| *exit != crate::diag::Exit::Infrastructure)
                    .unwrap_or(crate::diag::Exit::Infrastructure)
            }
            _ => crate::diag::Exit::Infrastructure,
        }
    }
}

/// A dead network fails every file for the same reason; it is said once.
fn by_reason(total: usize, errors: Vec<Error>) -> Vec<Error> {
    let mut groups: Vec<(Error, usize)> = Vec::new();
    for error in errors {
        let same = |(other, _): &&mut (Error, usize)| match (&error, other) {
            (
                Error::Download { attempts, help, .. },
                Error::Download {
                    attempts: a, help: h, ..
                },
            ) => attempts == a && help == h,
            _ => false,
        };
        match groups.iter_mut().find(same) {
            Some((_, count)) => *count += 1,
            None => groups.push((error, 1)),
        }
    }
    let name = |(error, count)| match error {
        Error::Download { file, attempts, help } if count > 1 => Error::Download {
            file: format!("{count} of {total} files, {file} among them,"),
            attempts,
            help,
        },
        other => other,
    };
    groups.into_iter().map(name).collect()
}

impl From<crate::paths::Error> for crate::diag::Error {
    fn from(error: crate::paths::Error) -> Self {
        from_miette(&error)
    }
}

fn from_miette(error: &dyn miette::Diagnostic) -> crate::diag::Error {
    // Codes are constants that miette hides behind a box; a process reports one error and ends, so leaking it is no leak.
    let code = error.code().map_or_else(|| "lkmc".to_owned(), |code| code.to_string());
    let converted = crate::diag::Error::infrastructure(Box::leak(code.into_boxed_str()), error.to_string());
    converted.help(error.help().map(|help| help.to_string()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_that_many_files_share_is_said_once() {
        let download = |file: &str, why: &str| Error::Download {
            file: file.into(),
            attempts: vec![why.into()],
            help: "check the network".into(),
        };
        let errors = vec![
            download("a", "refused"),
            download("b", "refused"),
            download("c", "not there"),
        ];
        let error = crate::diag::Error::from(Error::Downloads { total: 9, errors });
        let messages: Vec<&str> = error.diagnostics.iter().map(|one| one.message.as_str()).collect();
        let expected = [
            "2 of 9 files, a among them, could not be downloaded from any mirror:\n  refused",
            "c could not be downloaded from any mirror:\n  not there",
        ];
        assert_eq!(messages, expected);
    }
}
