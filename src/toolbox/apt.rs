//! The host's `apt-get`, used as a resolver and verifier only, with every directory of its own in the cache: the host's apt
//! state and configuration are read for proxies and never changed.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Instant;

use crate::diag::{Error, Result};
use crate::host::child;

use super::error::{self, go_on};
use super::manifest::Manifest;
use super::mirror::Mirrors;
use crate::debian::Archive;

const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

pub struct Apt {
    directory: PathBuf,
    suite: String,
    architecture: String,
    /// Not the host's.
    foreign: bool,
    deadline: Option<Instant>,
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

    /// A command as it could be typed.
    pub fn described(
        cache: &Path,
        manifest: &Manifest,
        architecture: &str,
        arguments: &[&str],
        packages: &[String],
    ) -> String {
        let configuration = Apt::directory(cache, manifest, architecture).join("apt.conf");
        let words = arguments.iter().copied().chain(packages.iter().map(String::as_str));
        let words: Vec<&str> = words.collect();
        format!(
            "env APT_CONFIG={} apt-get {}\n",
            configuration.display(),
            words.join(" ")
        )
    }

    /// Writes the configuration. The directory is created, and reused to save downloads of indexes.
    pub fn new(cache: &Path, manifest: &Manifest, architecture: &str, deadline: Option<Instant>) -> Result<Apt> {
        let apt = Apt {
            directory: Apt::directory(cache, manifest, architecture),
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
        apt.write("apt.conf", &apt.configuration()?)?;
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
        for security in &mirrors.security {
            for debian in &mirrors.debian {
                self.write("etc/sources.list", &self.sources(debian, security))?;
                match self.ask("update", &Apt::UPDATE)? {
                    Ok(_) => return Ok(()),
                    Err(refusal) => failure = refusal,
                }
            }
        }
        Err(failure)
    }

    /// The packages that an empty machine would get with `packages`.
    pub fn resolve(&self, packages: &[String]) -> Result<Vec<Choice>> {
        let mut arguments = Apt::SIMULATE.to_vec();
        arguments.extend(packages.iter().map(String::as_str));
        let output = self.ask("install", &arguments)??;
        Ok(parse_simulation(&String::from_utf8_lossy(&output.stdout)))
    }

    /// The text of every verified index, with its archive. `kind` is `Packages` or `Sources`.
    pub fn indexes(&self, kind: &str) -> Result<Vec<(Archive, String)>> {
        let format = "$(METAKEY) $(CODENAME) $(FILENAME)";
        let output = self.ask(
            "indextargets",
            &["indextargets", "--format", format, &format!("Created-By: {kind}")],
        )??;
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

    fn sources(&self, debian: &str, security: &str) -> String {
        let suite = &self.suite;
        let options = format!("[arch={} signed-by={KEYRING}]", self.architecture);
        let mut text = String::new();
        if self.foreign {
            // Not every mirror of security updates has every architecture, and where the frozen suite has a package it wins
            // anyway. Sources are asked for once, with the host's packages.
            return format!("deb {options} {debian} {suite} main\n");
        }
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
             Acquire::Languages \"none\";\nAcquire::GzipIndexes \"false\";\nAcquire::Retries \"3\";\n\
             Acquire::http::Timeout \"30\";\nAcquire::https::Timeout \"30\";\n",
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

    /// What apt says, or the error of its refusal. The outer error is one that would come again, whatever it is asked.
    fn ask(&self, step: &str, arguments: &[&str]) -> Result<Result<Output>> {
        let mut command = Command::new("apt-get");
        command
            .args(arguments)
            .env("APT_CONFIG", self.directory.join("apt.conf"))
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
        let stderr = String::from_utf8_lossy(&output.stderr);
        let message = format!("apt-get {step} failed ({}):\n{}", output.status, stderr.trim_end());
        let refusal = Error::infrastructure("lkmc::toolbox::apt_failed", message);
        Ok(Err(refusal.help(format!("the command was: {shown}"))))
    }
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
