//! `lkmc vm push`.

use std::ffi::OsString;
use std::fs::{File, Metadata};
use std::io::Write;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use crossbeam_channel::unbounded;

use super::exec::{awake, start, wait};
use crate::cli::Global;
use crate::diag::{Error, Result};
use crate::guest::process::Stdin;
use crate::guest::protocol::CommandSpec;

pub fn push(global: &Global, path: &Path, source: &Path, destination: &str) -> Result<ExitCode> {
    let unreadable = |error| {
        let place = std::path::absolute(source).unwrap_or_else(|_| source.to_owned());
        Error::usage("lkmc::vm::source", format!("cannot read {}", place.display())).cause(error)
    };
    // What cannot be read is noticed before the guest makes anything of it.
    let source = Source::open(source).map_err(unreadable)?;
    let agent = awake(global, path)?;
    let process = start(&agent, &source.receiver(destination), 0)?;
    let (stdin, fed) = (process.stdin(), Arc::clone(&process));
    // Of what could be read only in part nothing shall look complete.
    let feeding = std::thread::spawn(move || source.feed(&stdin).inspect_err(|_| fed.signal(9)));
    let (sender, events) = unbounded();
    let status = wait(global, path, &agent, ("sh", process), (sender, &events))?;
    match feeding.join() {
        Ok(Err(error)) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(unreadable(error)),
        _ => Ok(status),
    }
}

/// A file or directory of the host.
struct Source {
    /// What it is called in the guest. A pipe has no name.
    name: OsString,
    path: PathBuf,
    file: File,
    metadata: Metadata,
}

impl Source {
    fn open(path: &Path) -> std::io::Result<Source> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        // A link arrives under its own name; `.` and `..` have that of the directory.
        let named = std::path::absolute(path)?;
        if metadata.file_type().is_fifo() {
            return Ok(Source {
                name: OsString::new(),
                path: named,
                file,
                metadata,
            });
        }
        let path = path.canonicalize()?;
        let name = match named.components().next_back() {
            Some(Component::Normal(name)) => name.to_owned(),
            _ => path.file_name().unwrap_or_default().to_owned(),
        };
        Ok(Source {
            name,
            path,
            file,
            metadata,
        })
    }

    /// What takes it in the guest, from its standard input.
    fn receiver(&self, destination: &str) -> CommandSpec {
        let line = if self.metadata.is_dir() { UNPACK } else { PUT };
        let mut spec = CommandSpec::new(["/bin/sh", "-c", line, "push", destination]);
        spec.argv.push(self.name.clone());
        if !self.metadata.is_dir() {
            let mode = match self.metadata.file_type().is_fifo() {
                true => 0o644,
                false => self.metadata.permissions().mode() & 0o7777,
            };
            spec.argv.push(format!("{mode:o}").into());
        }
        spec
    }

    fn feed(&self, stdin: &Stdin) -> std::io::Result<()> {
        let mut to = std::io::BufWriter::with_capacity(64 * 1024, ToGuest(stdin));
        match self.metadata.is_dir() {
            true => {
                let mut archive = tar::Builder::new(&mut to);
                archive.follow_symlinks(false);
                // busybox's tar does not know entries with holes.
                archive.sparse(false);
                archive.append_dir_all(&self.name, &self.path)?;
                archive.finish()?;
            }
            false => drop(std::io::copy(&mut &self.file, &mut to)?),
        }
        to.flush()?;
        drop(to);
        stdin.close();
        Ok(())
    }
}

/// $1 directory.
const UNPACK: &str = r#"mkdir -p "$1" && exec tar -x -f - -C "$1""#;

/// Appears under its name only when it is complete: $1 directory or file, $2 name if there is one, $3 mode.
const PUT: &str = r#"
to=$1
case $to in */) mkdir -p "$to"; to=$to$2 ;; *) [ ! -d "$to" ] || to=$to/$2 ;; esac
[ ! -d "$to" ] || { echo "$to is a directory: say which file in it this is to be" >&2; exit 2; }
cat > "$to.part" && chmod "$3" "$to.part" && mv -f "$to.part" "$to"
"#;

struct ToGuest<'a>(&'a Stdin);

impl Write for ToGuest<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self.0.write(bytes) {
            true => Ok(bytes.len()),
            false => Err(std::io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
