//! The host's `apt-get`, used as a resolver and verifier only, with every directory of its own in the cache: the host's apt
//! state and configuration are read for proxies and never changed.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Instant;

use crate::diag::{Error, Result};
use crate::host::child;
use crate::lock::Lock;
use crate::shell;

use super::error::{self, go_on};
use super::manifest::Manifest;
use super::mirror::Mirrors;
use crate::debian::Archive;

const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";
const CONFIGURATION: &str = "apt.conf";
const SOURCES: &str = "etc/sources.list";

pub struct Apt {
    directory: PathBuf,
    suite: String,
    architecture: String,
    /// Not the host's.
    foreign: bool,
    deadline: Option<Instant>,
    /// Two at once in one directory apt does not take.
    _alone: Lock,
}

/// Why packages were not chosen.
#[derive(Debug)]
pub enum Unresolved {
    /// They cannot be together; what apt says on it.
    Conflict(String),
    Failed(Error),
}

impl From<Error> for Unresolved {
    fn from(error: Error) -> Unresolved {
        Unresolved::Failed(error)
    }
}

/// What apt said when it said no.
#[derive(Debug)]
struct Refusal {
    shown: String,
    step: String,
    output: Output,
}

impl Refusal {
    /// What it says on packages that cannot be together, if it says so.
    fn conflict(&self) -> Option<String> {
        conflict(&String::from_utf8_lossy(&self.output.stdout))
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Error {
        let Refusal { shown, step, output } = refusal;
        let stderr = String::from_utf8_lossy(&output.stderr);
        let message = format!("apt-get {step} failed ({}):\n{}", output.status, stderr.trim_end());
        let error = Error::infrastructure("lkmc::toolbox::apt_failed", message);
        error.help(format!("the command was: {shown}"))
    }
}

/// One line of `apt-get -s install`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Choice {
    pub name: String,
    pub version: String,
    pub architecture: String,
}

impl Apt {
    pub const UPDATE: [&str; 2] = ["update", "-q"];
    /// What an installation would take, with the packages behind it.
    pub const SIMULATE: [&str; 4] = ["install", "-q", "-s", "--no-install-recommends"];

    /// Words on the command line for the packages that no system is without, as the indexes have them. (apt's own `?essential` has
    /// itself among them.)
    pub fn essential(&self) -> String {
        let ask = self.described(&["indextargets", "--format", "'$(FILENAME)'", "'Created-By: Packages'"]);
        let name = "/^Package: / { name = $2 } /^Essential: yes/ { print name }";
        format!("$({ask} | xargs awk '{name}' | sort -u)")
    }

    /// A command as it could be typed.
    pub fn described(&self, words: &[&str]) -> String {
        let configuration = shell::quote(self.configuration_file().as_os_str());
        format!("env APT_CONFIG={configuration} apt-get {}", words.join(" "))
    }

    /// Makes ready what [`described`](Apt::described) commands need.
    pub fn dry(self, mirrors: &Mirrors) -> Result<Apt> {
        // There is one of each, or an error.
        if let Some((debian, security)) = self.places(mirrors)?.first() {
            self.write(SOURCES, &self.sources(debian, *security))?;
        }
        Ok(self)
    }

    fn configuration_file(&self) -> PathBuf {
        self.directory.join(CONFIGURATION)
    }

    /// Writes the configuration. The directory is created, and reused to save downloads of indexes. Waits for another that has it.
    pub fn new(cache: &Path, manifest: &Manifest, architecture: &str, deadline: Option<Instant>) -> Result<Apt> {
        let directory = Apt::directory(cache, manifest, architecture);
        std::fs::create_dir_all(&directory).map_err(|error| Error::io("cannot create", &directory, error))?;
        let apt = Apt {
            _alone: alone(&directory.join("lock"), deadline)?,
            directory,
            suite: manifest.suite.clone(),
            architecture: architecture.to_owned(),
            foreign: architecture != manifest.architecture,
            deadline,
        };
        for sub in [
            "lists/partial",
            "archives/partial",
            "log",
            "etc/apt.conf.d",
            "etc/auth.conf.d",
            "etc/preferences.d",
            "etc/sources.list.d",
            "etc/trusted.gpg.d",
        ] {
            let path = apt.directory.join(sub);
            std::fs::create_dir_all(&path).map_err(|error| Error::io("cannot create", &path, error))?;
        }
        apt.write("status", "")?;
        // The frozen suite beats security updates wherever it has the package at all: its files stay on mirrors for years.
        let release = &apt.suite;
        apt.write(
            "etc/preferences",
            &format!("Package: *\nPin: release n={release}\nPin-Priority: 990\n"),
        )?;
        apt.write(CONFIGURATION, &apt.configuration()?)?;
        Ok(apt)
    }

    /// Each architecture has an apt of its own, which knows no other: a root is of one architecture.
    pub fn directory(cache: &Path, manifest: &Manifest, architecture: &str) -> PathBuf {
        let name = match architecture == manifest.architecture {
            true => manifest.suite.clone(),
            false => format!("{}-{architecture}", manifest.suite),
        };
        cache.join("apt").join(name)
    }

    /// Fetches the signed indexes from the first mirror that has them.
    pub fn update(&self, mirrors: &Mirrors) -> Result<()> {
        if !Path::new(KEYRING).exists() {
            let message = "the keys of the Debian archive are not on this machine";
            let error = Error::infrastructure("lkmc::toolbox::no_keyring", message);
            return Err(error.help("install the package debian-archive-keyring, or run this on Debian"));
        }
        let mut failure = error::no_mirror();
        for (debian, security) in self.places(mirrors)? {
            let both: Vec<&str> = std::iter::once(debian).chain(security).collect();
            // One that says nothing is waited for, which nobody should have to guess.
            eprintln!("lkmc: trying {}", both.join(", "));
            self.write(SOURCES, &self.sources(debian, security))?;
            match self.ask(&Apt::UPDATE)? {
                Ok(_) => return Ok(()),
                Err(refusal) => failure = refusal.into(),
            }
        }
        Err(failure)
    }

    /// Where the archives that this architecture needs can be had from: Debian's, and that of security updates if it is asked.
    fn places<'a>(&self, mirrors: &'a Mirrors) -> Result<Vec<(&'a str, Option<&'a str>)>> {
        let security: Vec<Option<&str>> = match mirrors.security.as_slice() {
            // Not every mirror of security updates has every architecture, and where the frozen suite has a package it wins anyway.
            _ if self.foreign => vec![None],
            [] => return Err(error::no_security_mirror()),
            mirrors => mirrors.iter().map(|base| Some(base.as_str())).collect(),
        };
        let with_each = |security| mirrors.debian.iter().map(move |debian| (debian.as_str(), security));
        Ok(security.into_iter().flat_map(with_each).collect())
    }

    /// The packages that an empty machine would get with `packages`.
    pub fn resolve(&self, packages: &[String]) -> Result<Vec<Choice>, Unresolved> {
        let mut arguments = Apt::SIMULATE.to_vec();
        arguments.extend(packages.iter().map(String::as_str));
        match self.ask(&arguments)? {
            Ok(output) => Ok(parse_simulation(&String::from_utf8_lossy(&output.stdout))),
            Err(refusal) => Err(match refusal.conflict() {
                Some(words) => Unresolved::Conflict(words),
                None => Unresolved::Failed(refusal.into()),
            }),
        }
    }

    /// The text of every verified index, with its archive. `kind` is `Packages` or `Sources`.
    pub fn indexes(&self, kind: &str) -> Result<Vec<(Archive, String)>> {
        let format = "$(METAKEY) $(CODENAME) $(FILENAME)";
        let output = self.ask(&["indextargets", "--format", format, &format!("Created-By: {kind}")])??;
        let mut indexes = Vec::new();
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let [_, codename, path] = line.splitn(3, ' ').collect::<Vec<_>>()[..] else {
                continue;
            };
            let archive = if codename == self.suite {
                Archive::Debian
            } else {
                Archive::DebianSecurity
            };
            let text =
                std::fs::read_to_string(path).map_err(|error| Error::io("cannot read", Path::new(path), error))?;
            indexes.push((archive, text));
        }
        Ok(indexes)
    }

    fn sources(&self, debian: &str, security: Option<&str>) -> String {
        let suite = &self.suite;
        let options = format!("[arch={} signed-by={KEYRING}]", self.architecture);
        let Some(security) = security else {
            // Sources are asked for once, with the host's packages.
            return format!("deb {options} {debian} {suite} main\n");
        };
        let mut text = String::new();
        for (base, suite) in [(debian, suite.clone()), (security, format!("{suite}-security"))] {
            let _ = writeln!(
                text,
                "deb {options} {base} {suite} main\ndeb-src {options} {base} {suite} main"
            );
        }
        text
    }

    /// Read through `APT_CONFIG`, before and instead of the host's `apt.conf.d`, whose hooks could touch the host's state.
    fn configuration(&self) -> Result<String> {
        let directory = self.directory.display();
        let mut text = format!(
            "Dir::Etc \"{directory}/etc\";\nDir::State \"{directory}\";\nDir::State::lists \"{directory}/lists\";\n\
             Dir::State::status \"{directory}/status\";\nDir::State::extended_states \"{directory}/extended_states\";\n\
             Dir::Cache \"{directory}\";\nDir::Cache::archives \"{directory}/archives\";\nDir::Log \"{directory}/log\";\n\
             APT::Architecture \"{0}\";\nAPT::Architectures {{ \"{0}\"; }};\n\
             APT::Install-Recommends \"false\";\nAPT::Sandbox::User \"\";\nAPT::Update::Error-Mode \"any\";\n\
             Acquire::Languages \"none\";\nAcquire::GzipIndexes \"false\";\nAcquire::Retries \"1\";\n\
             Acquire::http::Timeout \"20\";\nAcquire::https::Timeout \"20\";\n",
            self.architecture
        );
        let output = Command::new("apt-config").arg("dump").output().map_err(missing_apt)?;
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let of_network = ["Acquire::http::", "Acquire::https::", "Acquire::Check-"]
                .iter()
                .any(|key| line.starts_with(key));
            if of_network && !line.contains("::Timeout") {
                let _ = writeln!(text, "{line}");
            }
        }
        Ok(text)
    }

    fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.directory.join(name);
        std::fs::write(&path, text).map_err(|error| Error::io("cannot write", &path, error))
    }

    /// What apt says, or its refusal. The outer error is one that would come again, whatever it is asked.
    fn ask(&self, arguments: &[&str]) -> Result<Result<Output, Refusal>> {
        let mut command = Command::new("apt-get");
        command
            .args(arguments)
            .env("APT_CONFIG", self.configuration_file())
            .env("LC_ALL", "C");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        let shown = format!("{command:?}");
        let output = child::output_while(command, || go_on(self.deadline).is_ok()).map_err(missing_apt)?;
        // Ctrl-C also ends apt itself.
        go_on(self.deadline)?;
        // Nothing else makes us give it up.
        let output = output.ok_or_else(error::timeout)?;
        if output.status.success() {
            return Ok(Ok(output));
        }
        let step = arguments.first().copied().unwrap_or_default().to_owned();
        Ok(Err(Refusal { shown, step, output }))
    }
}

/// Waits until nobody else has the state directory.
fn alone(path: &Path, deadline: Option<Instant>) -> Result<Lock> {
    let failed = |error| Error::io("cannot lock", path, error);
    if let Some(lock) = Lock::try_exclusive(path).map_err(failed)? {
        return Ok(lock);
    }
    eprintln!("lkmc: waiting for another lkmc that asks apt");
    let lock = Lock::exclusive_while(path, || go_on(deadline).is_ok()).map_err(failed)?;
    go_on(deadline)?;
    // Nothing else makes us give it up.
    lock.ok_or_else(error::timeout)
}

fn missing_apt(error: std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::NotFound => {
            let message = "apt-get is not on this machine, and whoever locks packages needs it";
            let error = Error::infrastructure("lkmc::toolbox::no_apt", message);
            error.help("run it on a Debian or Ubuntu machine; building needs no apt, only the lock files")
        }
        _ => Error::io("cannot run", Path::new("apt-get"), error),
    }
}

/// On standard output, unlike apt's errors.
fn conflict(text: &str) -> Option<String> {
    let at = text.find("The following packages have unmet dependencies")?;
    Some(text[at..].trim_end().to_owned())
}

/// `Inst bc (1.07.1-3+b1 Debian:12.11/oldstable [amd64]) []`
fn parse_simulation(text: &str) -> Vec<Choice> {
    let choice = |line: &str| {
        let (name, rest) = line.strip_prefix("Inst ")?.split_once(" (")?;
        let details = rest.split_once(')')?.0;
        let (version, _) = details.split_once(' ')?;
        let architecture = details.rsplit_once('[')?.1.strip_suffix(']')?;
        let name = name.split(':').next()?;
        Some(Choice {
            name: name.to_owned(),
            version: version.to_owned(),
            architecture: architecture.to_owned(),
        })
    };
    let mut choices: Vec<Choice> = text.lines().filter_map(choice).collect();
    choices.sort();
    choices
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An apt for bookworm; `amd64` is the host's architecture.
    fn apt(cache: &Path, architecture: &str, deadline: Option<Instant>) -> Result<Apt> {
        let directory = cache.to_owned();
        Ok(Apt {
            _alone: alone(&directory.join("lock"), deadline)?,
            directory,
            suite: "bookworm".to_owned(),
            architecture: architecture.to_owned(),
            foreign: architecture != "amd64",
            deadline,
        })
    }

    fn mirrors(security: &[&str]) -> Mirrors {
        Mirrors {
            debian: ["http://a/debian", "http://b/mirror"].map(str::to_owned).into(),
            security: security.iter().map(|base| base.to_string()).collect(),
        }
    }

    #[test]
    fn only_an_architecture_that_asks_for_security_updates_needs_a_mirror_of_them() {
        let directory = tempfile::tempdir().unwrap();
        let (none, one) = (mirrors(&[]), mirrors(&["http://c/s"]));
        let foreign = apt(directory.path(), "arm64", None).unwrap();
        let places = foreign.places(&none).unwrap();
        assert_eq!(places, [("http://a/debian", None), ("http://b/mirror", None)]);
        drop(foreign);
        let native = apt(directory.path(), "amd64", None).unwrap();
        let refused = native.places(&none).unwrap_err();
        assert!(refused.to_string().contains("security updates"), "{refused}");
        let places = native.places(&one).unwrap();
        assert_eq!(places[1], ("http://b/mirror", Some("http://c/s")));
        let sources = native.sources(places[1].0, places[1].1);
        assert_eq!(sources.lines().count(), 4, "{sources}");
    }

    #[test]
    fn of_two_in_one_directory_the_second_waits() {
        let directory = tempfile::tempdir().unwrap();
        let first = apt(directory.path(), "amd64", None).unwrap();
        let late = apt(directory.path(), "amd64", Some(Instant::now())).err().unwrap();
        assert_eq!(late.code(), "lkmc::toolbox::timeout");
        drop(first);
        apt(directory.path(), "amd64", None).unwrap();
    }

    #[test]
    fn what_apt_says_on_a_conflict_is_found() {
        let said = "Reading package lists...\nThe following information may help to resolve the situation:\n\n\
                    The following packages have unmet dependencies:\n postfix : Conflicts: mail-transport-agent\n";
        let expected = "The following packages have unmet dependencies:\n postfix : Conflicts: mail-transport-agent";
        assert_eq!(conflict(said).as_deref(), Some(expected));
        assert_eq!(conflict("Reading package lists...\n"), None);
    }

    #[test]
    fn reads_a_simulated_installation() {
        let text = "NOTE: This is only a simulation!\nInst gcc-12-base (12.2.0-14+deb12u1 Debian:12.15/oldstable [amd64])\n\
                    Inst libc6 (2.36-9+deb12u14 Debian:12.15/oldstable, Debian-Security:12/oldstable-security [amd64]) []\n\
                    Inst lsb-base (11.6 Debian:12.15/oldstable [all])\nConf lsb-base (11.6 Debian:12.15/oldstable [all])\n";
        let choices = parse_simulation(text);
        let names: Vec<_> = choices
            .iter()
            .map(|c| format!("{} {} {}", c.name, c.version, c.architecture))
            .collect();
        assert_eq!(
            names,
            [
                "gcc-12-base 12.2.0-14+deb12u1 amd64",
                "libc6 2.36-9+deb12u14 amd64",
                "lsb-base 11.6 all"
            ]
        );
    }
}
