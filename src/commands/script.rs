//! `--script`: a file of the host that the guest's shell executes.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::diag::{Error, Result};
use crate::guest::GUEST_DIRECTORY;
use crate::guest::protocol::CommandSpec;
use crate::scratch::Scratch;
use crate::shell::quote;

/// Where it lies in what is copied into the guest: hidden among the demos, none of which has its name.
const BELOW: &str = ".script";

/// A copy that goes into the guest, so that standard input is the commands' own, and no shell executes half a line.
pub struct Script {
    copy: Scratch,
    name: PathBuf,
}

impl Script {
    pub fn stage(file: &Path) -> Result<Script> {
        let failed = |error| {
            let place = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
            let message = format!("cannot read the script {}", place.display());
            let error = Error::usage("lkmc::run::script", message).cause(error);
            match file == "-" {
                true => error.help("`--script /dev/stdin` is what comes in on standard input"),
                false => error,
            }
        };
        let name = file
            .file_name()
            .ok_or_else(|| failed(std::io::ErrorKind::IsADirectory.into()))?;
        let text = std::fs::read(file).map_err(failed)?;
        if has_returns(&text) {
            eprintln!(
                "lkmc: the lines of {} end with CR LF, and to the guest's shell the CR is a part of the line: \
                 `sed -i 's/\\r$//' {}`",
                file.display(),
                quote(file.as_ref())
            );
        }
        let copy = Scratch::create("script")?;
        let below = copy.path().join(BELOW);
        std::fs::create_dir(&below)
            .and_then(|()| std::fs::write(below.join(name), text))
            .map_err(|error| Error::io("cannot copy", file, error))?;
        let name = Path::new(GUEST_DIRECTORY).join(BELOW).join(name);
        Ok(Script { copy, name })
    }

    /// To be copied into the guest.
    pub fn directory(&self) -> PathBuf {
        self.copy.path().to_owned()
    }

    pub fn command(&self, arguments: &[OsString]) -> CommandSpec {
        let words = ["/bin/sh".into(), self.name.clone().into_os_string()];
        CommandSpec::new(words.iter().chain(arguments))
    }
}

/// Whether the first line ends as those of DOS do.
fn has_returns(text: &[u8]) -> bool {
    let end = text.iter().position(|byte| *byte == b'\n');
    end.is_some_and(|end| text[..end].ends_with(b"\r"))
}
