//! A file that may be a demo: which kind it is by its place, and what belongs to it.

use std::path::{Path, PathBuf};

use super::language::{self, Language};
use super::{Collection, Kind, editor, includes};
use crate::diag::{Error, Result};
use crate::source::{Source, display_path};

/// Header of baremetal/lib: a file elsewhere that includes it is for bare metal.
const BOARD: &str = "lkmc/board.h";

/// Where the demos of the repository are.
const SHIPPED: [&str; 3] = ["baremetal", "kernel_modules", "userland"];

/// A file that is to become a demo.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub name: String,
    /// Absolute; a directory if it brings its own Kbuild file.
    pub path: PathBuf,
    pub kind: Kind,
    /// The repository, if it is shipped with it.
    pub repository: Option<PathBuf>,
}

impl Collection {
    /// What a file is, by its place, its ending and what it includes.
    pub(super) fn candidate(&self, path: &Path, written: &str) -> Result<Candidate> {
        let below = path.strip_prefix(&self.root).ok();
        let inside = below.filter(|below| !below.as_os_str().is_empty());
        let name = inside.map_or_else(|| written.to_string(), |inside| inside.display().to_string());
        let kind = match Language::of(path) {
            _ if path.is_dir() => {
                if makefile(path).is_none() {
                    let error = Error::usage(
                        "lkmc::demo::no_kbuild",
                        format!("{name} is a directory without a Kbuild file"),
                    );
                    return Err(match inside {
                        Some(inside) if SHIPPED.iter().any(|directory| inside.starts_with(directory)) => error.help(
                            format!("`lkmc test {name}` runs the demos in it; `lkmc demo list {name}` lists them"),
                        ),
                        _ => error.help(
                            "name a source file, or a directory with a Kbuild file or Makefile that says obj-m += ...",
                        ),
                    });
                }
                Kind::KbuildDirectory
            }
            Some(language) => kind(language, inside, path)?.ok_or_else(|| {
                Error::usage("lkmc::demo::not_a_demo", format!("{name} cannot be a demo")).help(match language {
                    Language::Cpp => {
                        "kernel modules and programs on bare metal are written in C; in C++ it can be a program"
                    }
                    _ => "a file of assembly is a part of a module, beside a Kbuild file, and no module itself",
                })
            })?,
            None => {
                let error = Error::usage("lkmc::demo::not_a_demo", format!("{name} cannot be a demo"));
                return Err(match is_program(path) {
                    true => error.help(
                        "a program that is compiled goes into a guest with `--push FILE` of `profile run` and `bench`",
                    ),
                    false => error.help(format!(
                        "a demo is a file whose name ends in {}, or a directory with a Kbuild file",
                        language::endings(),
                    )),
                });
            }
        };
        Ok(Candidate {
            name,
            path: path.to_path_buf(),
            kind,
            repository: inside.map(|_| self.root.clone()),
        })
    }
}

/// What a source becomes, by its place or, if it is one of the user's own, by what it includes; none: it cannot be built alone.
fn kind(language: Language, inside: Option<&Path>, path: &Path) -> Result<Option<Kind>> {
    if language == Language::Shell {
        return Ok(Some(Kind::Script));
    }
    let is_for = |directory: &str, header: &str| match inside {
        Some(inside) => Ok(inside.starts_with(directory)),
        None => read_own(path).map(|source| includes::has_angled(source.text(), header)),
    };
    let (board, kernel) = (is_for("baremetal", BOARD)?, is_for("kernel_modules", "linux/module.h")?);
    Ok(match language {
        Language::C | Language::Assembly if board => Some(Kind::BareMetal),
        Language::C if kernel => Some(Kind::Module),
        // Of a module a file of assembly is but a part. Neither the kernel nor the boards' libc takes C++.
        _ if board || kernel => None,
        _ => Some(Kind::Program),
    })
}

/// Whether it is an ELF file, which needs no compiler any more.
fn is_program(path: &Path) -> bool {
    let mut magic = [0; 4];
    let read = std::fs::File::open(path).and_then(|mut file| std::io::Read::read_exact(&mut file, &mut magic));
    read.is_ok() && magic == *b"\x7fELF"
}

/// The file that says what a directory builds.
pub(super) fn makefile(directory: &Path) -> Option<PathBuf> {
    let names = ["Kbuild", "Makefile"].map(|name| directory.join(name));
    names.into_iter().find(|path| path.is_file())
}

/// All files below a directory, without what builds and version control leave there. Directories that cannot be read are errors for
/// the caller.
pub(super) fn files_of(directory: &Path, mut on_error: impl FnMut(Error)) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_path_buf()];
    while let Some(directory) = open.pop() {
        let entries = std::fs::read_dir(&directory).and_then(|entries| entries.collect::<std::io::Result<Vec<_>>>());
        let entries = entries.unwrap_or_else(|error| {
            on_error(unreadable(&directory).cause(error));
            Vec::new()
        });
        for entry in entries {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            if name.starts_with('.') {
                continue;
            }
            // A link to a directory may lead anywhere, also back to where it lies.
            match entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                true => open.push(path),
                false if path.is_dir() || is_made(&path) => {}
                false => found.push(path),
            }
        }
    }
    found.sort();
    found
}

/// Whether the kernel's build, or ours for editors, leaves files that are called so.
fn is_made(file: &Path) -> bool {
    const ENDINGS: &[&str] = &["o", "ko", "a", "mod", "order", "symvers", "cmd"];
    ENDINGS.contains(&language::ending(file))
        || file.to_string_lossy().ends_with(".mod.c")
        || file.ends_with(editor::FILE)
}

/// The text of a file of the repository, which must be UTF-8.
pub(super) fn read_shipped(path: &Path) -> Result<Source> {
    let text = String::from_utf8(bytes(path)?).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        unreadable(path)
            .cause(format!("byte {place} begins no character of UTF-8"))
            .help("if it is Latin-1, `iconv -f latin1 -t utf8 FILE` makes UTF-8 of it")
    })?;
    Ok(Source::file(path, text))
}

/// The text of a file of the user's own, which is the compiler's matter: bytes that are no UTF-8 are replaced.
pub(super) fn read_own(path: &Path) -> Result<Source> {
    Ok(Source::file(path, String::from_utf8_lossy(&bytes(path)?).into_owned()))
}

fn bytes(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| unreadable(path).cause(error))
}

pub(super) fn unreadable(path: &Path) -> Error {
    Error::usage("lkmc::demo::unreadable", format!("cannot read {}", display_path(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_build_leaves_is_told_by_endings_of_files() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let root = directory.path();
        let sources = ["Kbuild", "a.mod/b.c", "main.c", "mod/mod.c", "o", "order/list.h"];
        for name in sources.iter().chain(&[
            "main.o",
            "main.mod.c",
            "mod/mod.ko",
            "modules.order",
            "build/compile_commands.json",
            ".main.o.cmd",
            ".git/a.c",
        ]) {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().expect("it is in the directory")).expect("it can be made");
            std::fs::write(path, "").expect("it can be written");
        }
        std::os::unix::fs::symlink("..", root.join("mod/up")).expect("a link can be made");
        assert_eq!(
            files_of(root, |error| panic!("{error}")),
            sources.map(|name| root.join(name))
        );
    }
}
