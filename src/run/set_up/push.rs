//! `--push`: files and directories of this machine that the guest finds in /lkmc before its command starts.

use std::fs::{self, File, FileType};
use std::io;
use std::os::unix::fs::{FileTypeExt, symlink};
use std::path::{Component, Path, PathBuf};

use crate::diag::{Error, Result};
use crate::guest::GUEST_DIRECTORY;
use crate::scratch::Scratch;

use super::archive;

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
        if self.kind()?.is_fifo() {
            let why = std::io::Error::other("it is a pipe, which can be read only once");
            return Err(unreadable(&self.host, why));
        }
        let host = std::path::absolute(&self.host).map_err(|error| Error::io("cannot find", &self.host, error))?;
        Ok(format!("{}:{}", host.display(), self.name.display()))
    }

    /// A link that is named itself stands for what it leads to.
    fn kind(&self) -> Result<FileType> {
        let metadata = fs::metadata(&self.host).map_err(|error| unreadable(&self.host, error))?;
        Ok(metadata.file_type())
    }
}

fn unreadable(path: &Path, error: io::Error) -> Error {
    Error::usage("lkmc::run::push", format!("cannot read {}", path.display())).cause(error)
}

/// A directory with copies of all of them, as it goes to the guest; none for nothing.
pub fn stage(all: &[Push]) -> Result<Option<Scratch>> {
    if all.is_empty() {
        return Ok(None);
    }
    let directory = Scratch::create("push")?;
    for push in all {
        let to = directory.path().join(&push.name);
        let parent = to.parent().unwrap_or(directory.path());
        fs::create_dir_all(parent).map_err(|error| Error::io("cannot create", parent, error))?;
        match push.kind()? {
            kind if kind.is_fifo() => drain(push, &to)?,
            kind => copy(&push.host, kind, &to)?,
        }
    }
    Ok(Some(directory))
}

/// All that a guest unpacks of them: names, contents, permissions and links.
pub fn pack(all: &[Push]) -> Result<Vec<u8>> {
    let staged = stage(all)?;
    let directories: Vec<PathBuf> = staged.iter().map(|staged| staged.path().to_owned()).collect();
    archive::of_directories(&directories).map_err(|why| Error::usage("lkmc::run::push", why))
}

/// What somebody writes meanwhile, as in `--push <(COMMAND):NAME`. A pipe's own name is a number.
fn drain(push: &Push, to: &Path) -> Result<()> {
    if push.host.file_name() == push.name.file_name() {
        let message = format!("{} is a pipe, and has no name", push.host.display());
        return Err(Error::usage("lkmc::run::push", message).help("give it one: `--push <(COMMAND):NAME`"));
    }
    let copied = File::open(&push.host).and_then(|mut from| io::copy(&mut from, &mut File::create(to)?));
    copied.map(drop).map_err(|error| unreadable(&push.host, error))
}

/// Links stay what they are: one may lead nowhere here, or back to where it is.
fn copy(from: &Path, kind: FileType, to: &Path) -> Result<()> {
    let copied = match () {
        () if kind.is_dir() => {
            fs::create_dir_all(to).map_err(|error| Error::io("cannot create", to, error))?;
            return each(from, |path, kind| {
                copy(path, kind, &to.join(path.file_name().unwrap_or_default()))
            });
        }
        () if kind.is_symlink() => fs::read_link(from).and_then(|target| symlink(target, to)),
        () if kind.is_file() => fs::copy(from, to).map(drop),
        // Reading one could wait for ever.
        () => Err(io::Error::other("it is no regular file")),
    };
    copied.map_err(|error| unreadable(from, error))
}

/// What is in a directory, in the order of its names.
fn each(directory: &Path, mut work: impl FnMut(&Path, FileType) -> Result<()>) -> Result<()> {
    let entries = || -> io::Result<Vec<(PathBuf, FileType)>> {
        let entries = fs::read_dir(directory)?;
        entries
            .map(|entry| entry.and_then(|entry| Ok((entry.path(), entry.file_type()?))))
            .collect()
    };
    let mut entries = entries().map_err(|error| unreadable(directory, error))?;
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    entries.iter().try_for_each(|(path, kind)| work(path, *kind))
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
        let out = crate::paths::runs().unwrap();
        assert!(staged.path().starts_with(out.with_file_name("push")));
        for (name, text) in [
            ("data/a", "data/a"),
            ("data/b", "data/b"),
            ("with:colon", "with:colon"),
            ("deep/er", "data/a"),
        ] {
            assert_eq!(fs::read_to_string(staged.path().join(name)).unwrap(), text);
        }
        assert!(stage(&[push("gone")]).is_err());
        assert!(stage(&[]).unwrap().is_none());
    }

    #[test]
    fn a_pipe_is_read_once_under_a_name_that_it_is_given() {
        let (from, mut to) = io::pipe().unwrap();
        io::Write::write_all(&mut to, b"text").unwrap();
        drop(to);
        let descriptor = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&from));
        let push: Push = descriptor.parse().unwrap();
        assert!(stage(&[push]).unwrap_err().to_string().ends_with("has no name"));
        let push: Push = format!("{descriptor}:words").parse().unwrap();
        assert!(push.absolute().is_err());
        let staged = stage(&[push]).unwrap().unwrap();
        assert_eq!(fs::read_to_string(staged.path().join("words")).unwrap(), "text");
    }

    #[test]
    fn links_stay_links_and_what_cannot_be_read_is_named() {
        let host = tempfile::tempdir().unwrap();
        let data = host.path().join("data");
        fs::create_dir(&data).unwrap();
        fs::write(data.join("file"), "text").unwrap();
        for (target, name) in [("nowhere", "dangling"), (".", "loop"), ("file", "link")] {
            symlink(target, data.join(name)).unwrap();
        }
        symlink("data", host.path().join("named")).unwrap();
        let push = |path: &str| Push {
            host: host.path().join(path),
            name: "data".into(),
        };
        for path in ["data", "named"] {
            let staged = stage(&[push(path)]).unwrap().unwrap();
            for (target, name) in [("nowhere", "dangling"), (".", "loop"), ("file", "link")] {
                let link = staged.path().join("data").join(name);
                assert_eq!(fs::read_link(link).unwrap(), Path::new(target));
            }
            // Into the guest, too.
            let archive = pack(&[push(path)]).unwrap();
            let mut archive = tar::Archive::new(archive.as_slice());
            let names = |entry: io::Result<tar::Entry<_>>| {
                let entry = entry.unwrap();
                let target = entry.link_name().unwrap().map(|target| target.into_owned());
                (entry.path().unwrap().into_owned(), target)
            };
            let entries: Vec<(PathBuf, Option<PathBuf>)> = archive.entries().unwrap().map(names).collect();
            assert!(entries.contains(&("data/loop".into(), Some(".".into()))), "{entries:?}");
            assert_eq!(entries.len(), 5);
        }
        let _socket = std::os::unix::net::UnixListener::bind(data.join("socket")).unwrap();
        let error = stage(&[push("data")]).unwrap_err();
        assert!(error.to_string().ends_with("data/socket"), "{error}");
    }
}
