//! Where profiles are found: the shipped ones by name, others by path.

use std::path::{Path, PathBuf};

use crate::diag::{Error, Result};
use crate::source::{Source, display_path};
use crate::suggest;

use super::Arch;
use super::other_words::other_value;

/// A checkout of the repository; its `profiles/` holds the shipped profiles, fragments and Kconfig files.
#[derive(Clone, Debug)]
pub struct Library {
    pub root: PathBuf,
}

impl Library {
    /// The checkout that this program belongs to.
    pub fn installed() -> Result<Library> {
        Ok(Library {
            root: crate::paths::repository()?,
        })
    }

    pub fn profiles(&self) -> PathBuf {
        self.root.join("profiles")
    }

    /// Names of the shipped profiles, sorted.
    pub fn names(&self) -> Vec<String> {
        stems(&self.profiles(), "toml")
    }

    /// The shipped Kconfig files, as `kernel.fragments` names them.
    pub fn kconfig_files(&self) -> Vec<String> {
        let stems = stems(&self.profiles().join("kconfig"), "config");
        stems.into_iter().map(|stem| format!("kconfig/{stem}.config")).collect()
    }

    /// The committed lowered form of a shipped profile.
    pub fn lowered(&self, name: &str) -> PathBuf {
        self.profiles().join("lowered").join(format!("{name}.json"))
    }

    /// What `extends` may name besides files: `x86_64-qemu`, `fragments/gem5-hpi`.
    pub fn extendable(&self) -> Vec<String> {
        let fragments = stems(&self.profiles().join("fragments"), "toml");
        self.names()
            .into_iter()
            .chain(fragments.into_iter().map(|stem| format!("fragments/{stem}")))
            .collect()
    }

    /// How a command line names the profile in this file.
    pub fn named(&self, path: &Path) -> String {
        let shipped = path.parent() == Some(&self.profiles());
        match (shipped, path.file_stem()) {
            (true, Some(stem)) => stem.to_string_lossy().into_owned(),
            _ => display_path(path),
        }
    }

    /// The file of a profile that a user named on the command line.
    pub fn find(&self, name: &str) -> Result<PathBuf> {
        let is_path = name.contains('/') || name.ends_with(".toml");
        let path = if is_path {
            PathBuf::from(name)
        } else {
            self.profiles().join(format!("{name}.toml"))
        };
        if path.is_file() {
            return Ok(path);
        }
        let error = Error::usage("lkmc::profile::not_found", format!("there is no profile `{name}`"));
        let names = self.names();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let beside = format!("{name}.toml");
        Err(if is_path {
            let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty());
            error.help(match directory {
                None if names.contains(&name.trim_end_matches(".toml")) => {
                    format!(
                        "a shipped profile is named without the ending: `{}`",
                        name.trim_end_matches(".toml")
                    )
                }
                Some(directory) if !directory.is_dir() => format!("{} is no directory", directory.display()),
                _ => format!(
                    "{} is no file; `lkmc profile new {name}` writes a starter",
                    path.display()
                ),
            })
        } else if Path::new(&beside).is_file() {
            error.help(format!("a path needs a slash or its ending: `./{beside}`"))
        } else if let Some(stem) = misspelt_ending(name) {
            error.help(format!(
                "and no file either: the names of profiles' files end in .toml. Is it `{stem}.toml`?"
            ))
        } else {
            let near = near(name, &names).map_or(String::new(), |near| format!("did you mean `{near}`? "));
            error.help(format!(
                "{near}shipped profiles: {}; others are named by path, such as ./my.toml",
                suggest::list(&names)
            ))
        })
    }

    /// A file that another one refers to: beside that one first, then among the shipped files. By a name of its own, a file
    /// means the shipped one that is called so, if there is another.
    pub fn refer(&self, from: &Path, name: &str, ending: &str) -> Option<PathBuf> {
        let directory = from.parent().unwrap_or(Path::new(""));
        let spellings = [name.to_string(), format!("{name}{ending}")];
        let found = |directory: &Path| {
            let paths = spellings.iter().map(|spelling| directory.join(spelling));
            paths.into_iter().find(|path| path.is_file())
        };
        let beside = found(directory);
        match &beside {
            Some(path) if !is_same(path, from) => beside,
            _ => found(&self.profiles()).or(beside),
        }
    }

    /// A path for committed files and messages: relative to the checkout if inside it.
    pub fn relative(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.root).unwrap_or(path).to_path_buf()
    }
}

/// What stands before an ending that `.toml` was meant to be.
fn misspelt_ending(name: &str) -> Option<&str> {
    let (stem, ending) = name.rsplit_once('.')?;
    suggest::nearest(ending, &["toml"]).map(|_| stem)
}

/// The profile that was meant: of an architecture, the one on QEMU; else one that begins so, or has all of the words; else one
/// that is spelt nearly so.
fn near<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
    let folded = |name: &str| name.to_lowercase().replace('_', "-");
    let (wanted, arch) = (folded(name), other_value(name).unwrap_or(name));
    if wanted.is_empty() {
        return None;
    }
    let has_words = |name: &str| {
        let name = folded(name);
        let mut words = name.split('-');
        wanted.split('-').all(|wanted| words.any(|word| word == wanted))
    };
    let mut by_length = names.to_vec();
    by_length.sort_by_key(|name| name.len());
    let plain = Arch::from_name(arch).map(|arch| arch.default_profile());
    let of_arch = names.iter().find(|name| plain.as_deref() == Some(name));
    let found = of_arch
        .or_else(|| by_length.iter().find(|name| folded(name).starts_with(&wanted)))
        .or_else(|| by_length.iter().find(|name| has_words(name)));
    found.copied().or_else(|| suggest::nearest(name, names))
}

fn is_same(one: &Path, other: &Path) -> bool {
    let file = |path: &Path| path.canonicalize().ok();
    file(one).is_some_and(|path| Some(path) == file(other))
}

fn stems(directory: &Path, ending: &str) -> Vec<String> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut stems: Vec<String> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|it| it == ending))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_string()))
        .collect();
    stems.sort();
    stems
}

/// A file's text, or an error that says why not.
pub fn read(path: &Path) -> Result<Source> {
    let bytes = std::fs::read(path).map_err(|error| {
        Error::usage(
            "lkmc::profile::unreadable",
            format!("cannot read {}", display_path(path)),
        )
        .cause(error)
    })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        Error::usage(
            "lkmc::profile::unreadable",
            format!("{} is not UTF-8 text", display_path(path)),
        )
        .cause(format!("byte {offset} begins no character"))
        .help("save it as UTF-8; TOML and Kconfig files have no other encoding")
    })?;
    Ok(Source::file(path, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plain_profile_is_what_a_part_of_its_name_means() {
        let names = [
            "aarch64-gem5-hpi",
            "aarch64-qemu",
            "arm-gem5-hpi",
            "arm-qemu",
            "x86_64-qemu",
            "x86_64-qemu-6.1",
            "x86_64-qemu-debug",
        ];
        for (name, meant) in [
            ("x86_64", Some("x86_64-qemu")),
            ("amd64", Some("x86_64-qemu")),
            ("x86-qemu", Some("x86_64-qemu")),
            ("X86-64-qemu", Some("x86_64-qemu")),
            ("x86_64-qemu-d", Some("x86_64-qemu-debug")),
            ("arm", Some("arm-qemu")),
            ("arm64", Some("aarch64-qemu")),
            ("aarch64-hpi", Some("aarch64-gem5-hpi")),
            ("x86_64-qmeu", Some("x86_64-qemu")),
            ("mine", None),
            ("", None),
        ] {
            assert_eq!(near(name, &names), meant, "{name}");
        }
        assert_eq!(misspelt_ending("my.tml"), Some("my"));
        assert_eq!(misspelt_ending("x86_64-qemu-6.2"), None);
    }
}
