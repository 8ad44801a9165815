//! `--push`: files and directories of this machine that the guest finds in /lkmc before its command starts.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use tempfile::TempDir;

use crate::diag::{Error, Result};
use crate::guest::GUEST_DIRECTORY;

/// One of them, as it was written: `FILE` or `FILE:NAME`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    pub host: PathBuf,
    /// Below [`GUEST_DIRECTORY`].
    pub name: PathBuf,
}

impl std::str::FromStr for Push {
    type Err = String;

    /// A file's own name may have a colon, if there is such a file.
    fn from_str(text: &str) -> Result<Push, String> {
        let (host, wanted) = match text.rsplit_once(':') {
            Some((host, name)) if !host.is_empty() && !Path::new(text).exists() => (Path::new(host), name),
            _ => (Path::new(text), ""),
        };
        let below = match Path::new(wanted).strip_prefix(GUEST_DIRECTORY) {
            Ok(below) => below,
            Err(_) => Path::new(wanted),
        };
        let own = host.canonicalize().ok();
        let own = own.as_deref().unwrap_or(host).file_name();
        let name = match below.as_os_str().is_empty() || wanted.ends_with('/') {
            true => below.join(own.ok_or_else(|| format!("`{text}` names no file"))?),
            false => below.to_owned(),
        };
        match name.components().all(|part| matches!(part, Component::Normal(_))) {
            true => Ok(Push {
                host: host.to_owned(),
                name,
            }),
            false => Err(format!("files go to {GUEST_DIRECTORY}; `{wanted}` is elsewhere")),
        }
    }
}

impl Push {
    /// The same from any directory, and as it can be written again.
    pub fn absolute(&self) -> Result<String> {
        let host = std::path::absolute(&self.host).map_err(|error| Error::io("cannot find", &self.host, error))?;
        Ok(format!("{}:{}", host.display(), self.name.display()))
    }

    /// The file, or those of the directory, in the order of their names.
    pub fn files(&self) -> Result<Vec<PathBuf>> {
        fn below(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
            if !fs::metadata(path)?.is_dir() {
                files.push(path.to_owned());
                return Ok(());
            }
            sorted(path)?.iter().try_for_each(|path| below(path, files))
        }
        let mut files = Vec::new();
        below(&self.host, &mut files).map_err(|error| self.unreadable(error))?;
        Ok(files)
    }

    fn unreadable(&self, error: io::Error) -> Error {
        Error::usage("lkmc::run::push", format!("cannot read {}", self.host.display())).cause(error)
    }
}

/// A directory with copies of all of them, as it goes to the guest; none for nothing.
pub fn stage(all: &[Push]) -> Result<Option<TempDir>> {
    if all.is_empty() {
        return Ok(None);
    }
    let directory = tempfile::tempdir().map_err(|error| Error::io("cannot create", &std::env::temp_dir(), error))?;
    for push in all {
        let to = directory.path().join(&push.name);
        let parent = to.parent().unwrap_or(directory.path());
        fs::create_dir_all(parent)
            .and_then(|()| copy(&push.host, &to))
            .map_err(|error| push.unreadable(error))?;
    }
    Ok(Some(directory))
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let metadata = fs::metadata(from)?;
    if metadata.is_dir() {
        fs::create_dir_all(to)?;
        return sorted(from)?
            .iter()
            .try_for_each(|path| copy(path, &to.join(path.file_name().unwrap_or_default())));
    }
    match metadata.is_file() {
        true => fs::copy(from, to).map(drop),
        // Reading one could wait for ever.
        false => Err(io::Error::other(format!("{} is no regular file", from.display()))),
    }
}

fn sorted(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(directory)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_the_guest_is_below_its_directory() {
        let name = |text: &str| text.parse::<Push>().map(|push| push.name);
        for (text, expected) in [
            ("/no/such/work", "work"),
            ("/no/such/work:other", "other"),
            ("/no/such/work:/lkmc/other", "other"),
            ("/no/such/work:/lkmc/", "work"),
            ("/no/such/work:in/", "in/work"),
        ] {
            assert_eq!(name(text), Ok(expected.into()), "{text}");
        }
        for wrong in ["/no/such/work:/etc/passwd", "/no/such/work:../x", "/"] {
            assert!(name(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn files_and_directories_are_staged_under_their_names() {
        let host = tempfile::tempdir().unwrap();
        fs::create_dir(host.path().join("data")).unwrap();
        for file in ["data/b", "data/a", "with:colon"] {
            fs::write(host.path().join(file), file).unwrap();
        }
        let push = |name: &str| -> Push { host.path().join(name).to_str().unwrap().parse().unwrap() };
        let all = [push("data"), push("with:colon"), push("data/a:deep/er")];
        let staged = stage(&all).unwrap().unwrap();
        for (name, text) in [
            ("data/a", "data/a"),
            ("data/b", "data/b"),
            ("with:colon", "with:colon"),
            ("deep/er", "data/a"),
        ] {
            assert_eq!(fs::read_to_string(staged.path().join(name)).unwrap(), text);
        }
        assert_eq!(
            all[0].files().unwrap(),
            ["data/a", "data/b"].map(|name| host.path().join(name))
        );
        assert!(stage(&[push("gone")]).is_err());
        assert!(stage(&[]).unwrap().is_none());
    }
}
