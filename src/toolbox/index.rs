//! Debian's package indexes: RFC 822 stanzas with the path, size and hash of every file.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::debian::{Archive, File};

/// One paragraph of `Key: value` lines.
#[derive(Clone, Copy, Debug)]
pub struct Stanza<'a>(&'a str);

/// The paragraphs of a file.
pub fn stanzas(text: &str) -> impl Iterator<Item = Stanza<'_>> {
    text.split("\n\n")
        .filter(|paragraph| !paragraph.trim().is_empty())
        .map(Stanza)
}

impl<'a> Stanza<'a> {
    /// The value of a field, its continuation lines included.
    pub fn field(self, key: &str) -> Option<String> {
        let mut lines = self.0.lines();
        let first = lines.by_ref().find_map(|line| value_of(line, key))?;
        let rest = lines.take_while(|line| line.starts_with([' ', '\t']));
        Some(rest.fold(first.trim().to_owned(), |value, line| {
            format!("{value}\n{}", line.trim())
        }))
    }

    /// The value of a field of one line.
    fn line(self, key: &str) -> Option<&'a str> {
        self.0.lines().find_map(|line| value_of(line, key)).map(str::trim)
    }
}

fn value_of<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let (found, value) = line.split_once(':')?;
    found.eq_ignore_ascii_case(key).then_some(value)
}

/// Binary packages by name; several versions where suites overlap.
#[derive(Debug, Default)]
pub struct Packages {
    by_name: HashMap<String, Vec<(String, File)>>,
    /// What no system of Debian is without.
    essential: BTreeSet<String>,
    /// Packages by the names that they provide besides their own.
    provided: BTreeMap<String, BTreeSet<String>>,
}

impl Packages {
    /// Adds a `Packages` file. Stanzas without path or hash are passed over; apt refuses them too.
    pub fn add(&mut self, archive: Archive, text: &str) {
        for stanza in stanzas(text) {
            let Some((architecture, file)) = package(archive, stanza) else {
                continue;
            };
            if stanza.line("Essential") == Some("yes") {
                self.essential.insert(file.name.clone());
            }
            for name in provides(stanza) {
                self.provided.entry(name).or_default().insert(file.name.clone());
            }
            self.by_name
                .entry(file.name.clone())
                .or_default()
                .push((architecture, file));
        }
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    pub fn essential(&self) -> impl Iterator<Item = &str> {
        self.essential.iter().map(String::as_str)
    }

    /// Packages that provide what has this name, sorted.
    pub fn providers(&self, name: &str) -> impl Iterator<Item = &str> {
        self.provided.get(name).into_iter().flatten().map(String::as_str)
    }

    pub fn exact(&self, name: &str, version: &str, architecture: &str) -> Option<&File> {
        let candidates = self.by_name.get(name)?.iter();
        let mut matching = candidates.filter(|(arch, file)| arch == architecture && file.version == version);
        // Where both archives have the very same version, the main one keeps it for longer.
        matching
            .clone()
            .find(|(_, file)| file.archive == Archive::Debian)
            .or_else(|| matching.next())
            .map(|(_, file)| file)
    }

    /// The main archive's newest version, else the newest security update, of what an architecture can use.
    pub fn preferred(&self, name: &str, architecture: &str) -> Option<&File> {
        let usable = |(of, _): &&(String, File)| of == architecture || of == "all";
        preferred(self.by_name.get(name)?.iter().filter(usable).map(|(_, file)| file))
    }
}

/// `Provides: awk, libfoo (= 1.0), bar:any`
fn provides(stanza: Stanza<'_>) -> impl Iterator<Item = String> {
    let names = stanza.line("Provides").unwrap_or_default().split(',');
    names.filter_map(|entry| {
        Some(
            entry
                .trim()
                .split([' ', '(', ':'])
                .next()
                .filter(|name| !name.is_empty())?
                .to_owned(),
        )
    })
}

fn package(archive: Archive, stanza: Stanza<'_>) -> Option<(String, File)> {
    let file = File {
        name: stanza.line("Package")?.to_owned(),
        version: stanza.line("Version")?.to_owned(),
        archive,
        path: stanza.line("Filename")?.to_owned(),
        size: stanza.line("Size")?.parse().ok()?,
        sha256: stanza.line("SHA256")?.to_owned(),
    };
    Some((stanza.line("Architecture")?.to_owned(), file))
}

fn preferred<'a>(files: impl Iterator<Item = &'a File> + Clone) -> Option<&'a File> {
    let newest = |archive| {
        files
            .clone()
            .filter(|file| file.archive == archive)
            .max_by(|a, b| compare_versions(&a.version, &b.version))
    };
    newest(Archive::Debian).or_else(|| newest(Archive::DebianSecurity))
}

/// Upstream tarballs of the source packages called `name` in a `Sources` file.
pub fn source_tarballs(archive: Archive, text: &str, name: &str) -> Vec<File> {
    let wanted = stanzas(text).filter(|stanza| stanza.line("Package") == Some(name));
    wanted.filter_map(|stanza| tarball(archive, stanza)).collect()
}

/// The best of all tarballs found.
pub fn preferred_source(files: &[File]) -> Option<&File> {
    preferred(files.iter())
}

fn tarball(archive: Archive, stanza: Stanza<'_>) -> Option<File> {
    let checksums = stanza.field("Checksums-Sha256")?;
    let orig = |line: &str| {
        let [sha256, size, file] = line.split_whitespace().collect::<Vec<_>>().try_into().ok()?;
        let is_upstream = file.contains(".orig.tar.") && !file.ends_with(".asc");
        let is_native = file.contains(".tar.") && !file.contains(".orig") && !file.contains(".debian.");
        (is_upstream || is_native).then(|| (sha256.to_owned(), size.parse().ok(), file.to_owned()))
    };
    let (sha256, size, file) = checksums.lines().find_map(orig)?;
    Some(File {
        name: stanza.line("Package")?.to_owned(),
        version: stanza.line("Version")?.to_owned(),
        archive,
        path: format!("{}/{file}", stanza.line("Directory")?),
        size: size?,
        sha256,
    })
}

/// Debian Policy 5.6.12: epochs, then upstream version, then revision, digits and non-digits in turn, `~` before everything.
pub fn compare_versions(a: &str, b: &str) -> Ordering {
    let parts = |version: &str| {
        let (epoch, rest) = version.split_once(':').unwrap_or(("0", version));
        let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, "0"));
        (
            epoch.parse::<u64>().unwrap_or(0),
            upstream.to_owned(),
            revision.to_owned(),
        )
    };
    let (a, b) = (parts(a), parts(b));
    a.0.cmp(&b.0)
        .then_with(|| compare_part(&a.1, &b.1))
        .then_with(|| compare_part(&a.2, &b.2))
}

fn compare_part(mut a: &str, mut b: &str) -> Ordering {
    while !a.is_empty() || !b.is_empty() {
        let (text_a, text_b) = (
            take(&mut a, |c| !c.is_ascii_digit()),
            take(&mut b, |c| !c.is_ascii_digit()),
        );
        let by_text = compare_text(text_a, text_b);
        if by_text != Ordering::Equal {
            return by_text;
        }
        let digits = |text: &str| {
            (
                text.trim_start_matches('0').len(),
                text.trim_start_matches('0').to_owned(),
            )
        };
        let (number_a, number_b) = (
            take(&mut a, |c| c.is_ascii_digit()),
            take(&mut b, |c| c.is_ascii_digit()),
        );
        let by_number = digits(number_a).cmp(&digits(number_b));
        if by_number != Ordering::Equal {
            return by_number;
        }
    }
    Ordering::Equal
}

fn take<'a>(text: &mut &'a str, wanted: impl Fn(char) -> bool) -> &'a str {
    let end = text.find(|c| !wanted(c)).unwrap_or(text.len());
    let (taken, rest) = text.split_at(end);
    *text = rest;
    taken
}

fn compare_text(a: &str, b: &str) -> Ordering {
    // The end of a part sorts after `~` and before everything else; letters before other characters.
    let weight = |byte: Option<&u8>| match byte {
        Some(b'~') => -1,
        None => 0,
        Some(byte) if byte.is_ascii_alphabetic() => i32::from(*byte),
        Some(byte) => i32::from(*byte) + 256,
    };
    (0..a.len().max(b.len()))
        .map(|at| weight(a.as_bytes().get(at)).cmp(&weight(b.as_bytes().get(at))))
        .find(|order| *order != Ordering::Equal)
        .unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKAGES: &str = "Package: bc\nEssential: yes\nSource: bc (1)\nVersion: 1.07.1-3+b1\nInstalled-Size: 202\nArchitecture: amd64\n\
        Depends: libc6 (>= 2.33), libreadline8 (>= 6.0)\nDescription: calculator\nFilename: pool/main/b/bc/bc_1.07.1-3+b1_amd64.deb\n\
        Size: 107360\nSHA256: 5b8b4d3b0f4f6b1e0a9d5b66f6d9f1f1a1e1a1f1b1c1d1e1f1a1b1c1d1e1f1a1\n\n\
        Package: linux-source-6.12\nVersion: 6.12.9-1\nArchitecture: all\nFilename: pool/a_6.12.9-1_all.deb\nSize: 1\nSHA256: 00\n\n\
        Package: linux-source-6.12\nVersion: 6.12.117-1\nArchitecture: all\nFilename: pool/a_6.12.117-1_all.deb\nSize: 1\nSHA256: 01\n\n\
        Package: gawk\nVersion: 1\nArchitecture: amd64\nProvides: awk, editor (= 1.0)\nFilename: pool/g_1_amd64.deb\nSize: 1\nSHA256: 02\n";

    const SOURCES: &str = "Package: busybox\nFormat: 3.0 (quilt)\nVersion: 1:1.35.0-4\nFiles:\n 585949b1 2480624 busybox_1.35.0.orig.tar.bz2\n\
        Checksums-Sha256:\n aa 2480624 busybox_1.35.0.orig.tar.bz2\n bb 100 busybox_1.35.0.orig.tar.bz2.asc\n cc 52172 busybox_1.35.0-4.debian.tar.xz\n\
        Directory: pool/main/b/busybox\n";

    #[test]
    fn finds_packages() {
        let mut packages = Packages::default();
        packages.add(Archive::DebianSecurity, PACKAGES);
        let bc = packages.exact("bc", "1.07.1-3+b1", "amd64").unwrap();
        assert_eq!((bc.size, bc.file_name()), (107360, "bc_1.07.1-3+b1_amd64.deb"));
        assert!(packages.exact("bc", "1.07.1-3+b1", "arm64").is_none());
        assert_eq!(packages.essential().collect::<Vec<_>>(), ["bc"]);
        assert!(packages.preferred("bc", "arm64").is_none() && packages.preferred("bc", "amd64").is_some());
        assert_eq!(packages.providers("awk").collect::<Vec<_>>(), ["gawk"]);
        assert_eq!(
            packages.providers("editor").count() + packages.providers("bc").count(),
            1
        );
        let source = packages.preferred("linux-source-6.12", "arm64").unwrap();
        assert_eq!(source.version, "6.12.117-1");
        packages.add(Archive::Debian, &PACKAGES.replace("6.12.", "6.11."));
        let main = packages.preferred("linux-source-6.12", "amd64").unwrap();
        assert_eq!(
            (main.archive, main.version.as_str()),
            (Archive::Debian, "6.11.117-1"),
            "the main archive wins"
        );
    }

    #[test]
    fn finds_upstream_tarballs() {
        let found = source_tarballs(Archive::Debian, SOURCES, "busybox");
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].path.as_str(), found[0].sha256.as_str()),
            ("pool/main/b/busybox/busybox_1.35.0.orig.tar.bz2", "aa")
        );
    }

    #[test]
    fn versions_compare_as_policy_says() {
        for (small, large) in [
            ("1.0~rc1", "1.0"),
            ("1.0", "1.0-1"),
            ("1.9", "1.10"),
            ("9.9", "1:0.1"),
            ("6.12.9-1", "6.12.117-1~deb12u1"),
            ("6.12.117-1~deb12u1", "6.12.117-1"),
            ("1.0a", "1.0+"),
        ] {
            assert_eq!(compare_versions(small, large), Ordering::Less, "{small} < {large}");
            assert_eq!(compare_versions(large, small), Ordering::Greater, "{large} > {small}");
        }
        assert_eq!(compare_versions("1.01", "1.1"), Ordering::Equal);
    }
}
