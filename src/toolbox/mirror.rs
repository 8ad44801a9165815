//! Which Debian mirrors this machine uses: from its own apt configuration or `LKMC_DEBIAN_MIRROR`, never from a committed file.

use std::path::{Path, PathBuf};

use super::error;
use crate::debian::Archive;
use crate::diag::{Error, Result};

/// Base addresses per archive, best first, without a trailing slash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mirrors {
    pub debian: Vec<String>,
    pub security: Vec<String>,
}

/// Release names that mark an apt entry as Debian's own archive.
const RELEASES: &[&str] = &[
    "bullseye",
    "bookworm",
    "trixie",
    "forky",
    "sid",
    "stable",
    "oldstable",
    "oldoldstable",
    "testing",
    "unstable",
];

impl Mirrors {
    /// What this machine is configured to use.
    pub fn of_this_machine() -> Result<Mirrors> {
        let setting = std::env::var("LKMC_DEBIAN_MIRROR").unwrap_or_default();
        let mirrors = if setting.trim().is_empty() {
            from_apt(Path::new("/etc/apt"))
        } else {
            from_setting(&setting)
        };
        if mirrors.debian.is_empty() && !setting.trim().is_empty() {
            let message = format!("LKMC_DEBIAN_MIRROR={setting} names no mirror of Debian");
            let error = Error::infrastructure("lkmc::toolbox::bad_mirror", message);
            Err(error.help("an address looks like http://HOST/debian (several: separate by spaces)"))
        } else if mirrors.debian.is_empty() {
            Err(error::no_mirror())
        } else {
            Ok(mirrors.complete())
        }
    }

    pub fn of(&self, archive: Archive) -> &[String] {
        match archive {
            Archive::Debian => &self.debian,
            Archive::DebianSecurity => &self.security,
        }
    }

    fn add(&mut self, archive: Archive, base: &str) {
        let list = match archive {
            Archive::Debian => &mut self.debian,
            Archive::DebianSecurity => &mut self.security,
        };
        let base = base.trim_end_matches('/');
        if (base.starts_with("http://") || base.starts_with("https://")) && !list.iter().any(|known| known == base) {
            list.push(base.to_owned());
        }
    }

    /// A mirror that carries `debian` mostly carries `debian-security` next to it; tried last, so a wrong guess costs little.
    fn complete(mut self) -> Mirrors {
        for base in self.debian.clone() {
            if base.ends_with("/debian") {
                self.add(Archive::DebianSecurity, &format!("{base}-security"));
            }
        }
        self
    }
}

fn from_setting(setting: &str) -> Mirrors {
    let mut mirrors = Mirrors::default();
    for base in setting.split_whitespace() {
        let archive = if base.contains("security") {
            Archive::DebianSecurity
        } else {
            Archive::Debian
        };
        mirrors.add(archive, base);
    }
    mirrors
}

/// Reads both formats of apt's sources. Unreadable files are passed over: apt itself says better what is wrong with them.
fn from_apt(directory: &Path) -> Mirrors {
    let mut files = vec![directory.join("sources.list")];
    let mut parts: Vec<PathBuf> = std::fs::read_dir(directory.join("sources.list.d"))
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    parts.sort();
    files.extend(parts);
    let mut mirrors = Mirrors::default();
    for file in files {
        let Ok(text) = std::fs::read_to_string(&file) else {
            continue;
        };
        let entries = match file.extension().and_then(|extension| extension.to_str()) {
            Some("sources") => deb822(&text),
            Some("list") => one_line(&text),
            _ => continue,
        };
        for (uri, suite) in entries {
            if let Some(archive) = archive_of(&suite) {
                expand(&uri).iter().for_each(|base| mirrors.add(archive, base));
            }
        }
    }
    mirrors
}

/// Which of Debian's archives a suite is in; none for other people's repositories.
fn archive_of(suite: &str) -> Option<Archive> {
    let (release, rest) = suite.split_once(['-', '/']).unwrap_or((suite, ""));
    if !RELEASES.contains(&release) {
        return None;
    }
    match rest {
        "" | "updates" if suite != format!("{release}/updates") => Some(Archive::Debian),
        "security" | "updates" => Some(Archive::DebianSecurity),
        _ => None,
    }
}

/// Cloud images name a local file with a list of mirrors: `mirror+file:///etc/apt/mirrors/debian.list`.
fn expand(uri: &str) -> Vec<String> {
    match uri
        .strip_prefix("mirror+file://")
        .or_else(|| uri.strip_prefix("mirror+file:"))
    {
        Some(list) => std::fs::read_to_string(list)
            .unwrap_or_default()
            .lines()
            .filter_map(|line| line.split_whitespace().next())
            .filter(|line| !line.starts_with('#'))
            .map(str::to_owned)
            .collect(),
        None => vec![uri.to_owned()],
    }
}

/// `deb [options] URI SUITE COMPONENT...` with `main` among the components.
fn one_line(text: &str) -> Vec<(String, String)> {
    let entry = |line: &str| {
        let line = line.split('#').next()?.trim();
        let (kind, rest) = line.split_once(char::is_whitespace)?;
        let rest = ["deb", "deb-src"].contains(&kind).then(|| rest.trim_start())?;
        let rest = if rest.starts_with('[') {
            rest.split_once(']')?.1
        } else {
            rest
        };
        let mut words = rest.split_whitespace();
        let (uri, suite) = (words.next()?, words.next()?);
        words
            .any(|component| component == "main")
            .then(|| (uri.to_owned(), suite.to_owned()))
    };
    text.lines().filter_map(entry).collect()
}

/// Stanzas with `URIs`, `Suites` and `Components` fields.
fn deb822(text: &str) -> Vec<(String, String)> {
    let text: String = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| format!("{line}\n"))
        .collect();
    let mut entries = Vec::new();
    for stanza in super::index::stanzas(&text) {
        let words = |key: &str| {
            stanza
                .field(key)
                .unwrap_or_default()
                .split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let enabled = !matches!(stanza.field("Enabled").as_deref(), Some("no" | "false"));
        if enabled && words("Components").iter().any(|component| component == "main") {
            for uri in words("URIs") {
                entries.extend(words("Suites").into_iter().map(|suite| (uri.clone(), suite)));
            }
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_formats_and_passes_over_strangers() {
        let directory = tempfile::tempdir().unwrap();
        let parts = directory.path().join("sources.list.d");
        std::fs::create_dir(&parts).unwrap();
        let list = "deb [signed-by=/k] http://one.example/debian/ bookworm main contrib\n# deb http://no.example/debian bookworm main\n\
                    deb http://one.example/debian bookworm-updates main\ndeb\thttp://tab.example/debian\tbookworm main\ndeb http://old.example/sec bullseye/updates main\n\
                    deb cdrom:[x]/ bookworm main\n";
        std::fs::write(directory.path().join("sources.list"), list).unwrap();
        let sources = "Types: deb\n# a comment inside\nURIs: https://two.example/debian\nSuites: trixie trixie-updates\nComponents: main\n\n\
                       Types: deb\nURIs: https://sec.example/debian-security\nSuites: trixie-security\nComponents: main\n\n\
                       Types: deb\nURIs: https://packages.example\nSuites: nodistro\nComponents: main\n\n\
                       Enabled: no\nTypes: deb\nURIs: https://off.example/debian\nSuites: trixie\nComponents: main\n";
        std::fs::write(parts.join("debian.sources"), sources).unwrap();
        std::fs::write(
            parts.join("other.list"),
            "deb http://apt.example/bookworm tool-bookworm main\n",
        )
        .unwrap();
        let mirrors = from_apt(directory.path()).complete();
        assert_eq!(
            mirrors.debian,
            [
                "http://one.example/debian",
                "http://tab.example/debian",
                "https://two.example/debian"
            ]
        );
        assert_eq!(
            mirrors.security,
            [
                "http://old.example/sec",
                "https://sec.example/debian-security",
                "http://one.example/debian-security",
                "http://tab.example/debian-security",
                "https://two.example/debian-security"
            ]
        );
    }

    #[test]
    fn the_setting_takes_several() {
        let mirrors = from_setting(" http://a.example/debian  http://a.example/debian-security ");
        assert_eq!(mirrors.debian, ["http://a.example/debian"]);
        assert_eq!(mirrors.security, ["http://a.example/debian-security"]);
    }
}
