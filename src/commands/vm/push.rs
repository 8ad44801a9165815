//! `lkmc vm push`.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use crossbeam_channel::unbounded;

use super::connect;
use super::exec::{start, wait};
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
    let file = std::fs::File::open(source).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    // A link arrives under its own name; `.` and `..` have that of the directory.
    let named = std::path::absolute(source).map_err(unreadable)?;
    let source = source.canonicalize().map_err(unreadable)?;
    let name = match named.components().next_back() {
        Some(Component::Normal(name)) => name.to_owned(),
        _ => source.file_name().unwrap_or_default().to_owned(),
    };
    let agent = connect(global, path)?;
    let spec = |line: &str| {
        let mut spec = CommandSpec::new(["/bin/sh", "-c", line, "push", destination]);
        spec.argv.push(name.clone());
        spec
    };
    let process = match metadata.is_dir() {
        true => start(&agent, &spec(r#"mkdir -p "$1" && exec tar -x -f - -C "$1""#), 0)?,
        false => {
            let mut spec = spec(PUT);
            spec.argv
                .push(format!("{:o}", metadata.permissions().mode() & 0o7777).into());
            start(&agent, &spec, 0)?
        }
    };
    let (stdin, fed) = (process.stdin(), Arc::clone(&process));
    let feed = {
        let name = PathBuf::from(name);
        move || -> std::io::Result<()> {
            let mut to = std::io::BufWriter::with_capacity(64 * 1024, ToGuest(&stdin));
            match metadata.is_dir() {
                true => {
                    let mut archive = tar::Builder::new(&mut to);
                    archive.follow_symlinks(false);
                    // busybox's tar does not know entries with holes.
                    archive.sparse(false);
                    archive.append_dir_all(&name, &source)?;
                    archive.finish()?;
                }
                false => drop(std::io::copy(&mut &file, &mut to)?),
            }
            to.flush()?;
            drop(to);
            stdin.close();
            Ok(())
        }
    };
    // Of what could be read only in part nothing shall look complete.
    let feeding = std::thread::spawn(move || feed().inspect_err(|_| fed.signal(9)));
    let (sender, events) = unbounded();
    let status = wait(global, path, &agent, ("sh", process), (sender, &events))?;
    match feeding.join() {
        Ok(Err(error)) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(unreadable(error)),
        _ => Ok(status),
    }
}

/// Appears under its name only when it is complete: $1 directory or file, $2 name, $3 mode.
const PUT: &str = r#"
to=$1
case $to in */) mkdir -p "$to"; to=$to$2 ;; *) [ ! -d "$to" ] || to=$to/$2 ;; esac
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
