//! Compares two file trees byte by byte.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Each difference in a line: the path below the root, and what differs. Empty for equal trees.
pub fn compare(left: &Path, right: &Path) -> io::Result<Vec<String>> {
    let mut differences = Vec::new();
    walk(left, right, Path::new(""), &mut differences)?;
    Ok(differences)
}

fn walk(left: &Path, right: &Path, below: &Path, differences: &mut Vec<String>) -> io::Result<()> {
    let (a, b) = (left.join(below), right.join(below));
    let (kind_a, kind_b) = (a.symlink_metadata()?, b.symlink_metadata()?);
    let name = if below.as_os_str().is_empty() {
        ".".to_owned()
    } else {
        below.display().to_string()
    };
    let mut say = |what: String| differences.push(format!("{name}: {what}"));
    if kind_a.file_type() != kind_b.file_type() {
        say("is another kind of file".to_owned());
    } else if kind_a.is_dir() {
        let (names_a, names_b) = (names(&a)?, names(&b)?);
        for child in names_a.union(&names_b) {
            let path = below.join(child);
            match (names_a.contains(child), names_b.contains(child)) {
                (true, true) => walk(left, right, &path, differences)?,
                (true, false) => differences.push(format!("{}: only in the first build", path.display())),
                _ => differences.push(format!("{}: only in the second build", path.display())),
            }
        }
    } else if kind_a.is_symlink() {
        let (target_a, target_b) = (std::fs::read_link(&a)?, std::fs::read_link(&b)?);
        if target_a != target_b {
            say(format!("links to {} and to {}", target_a.display(), target_b.display()));
        }
    } else {
        if (kind_a.permissions().mode() ^ kind_b.permissions().mode()) & 0o111 != 0 {
            say("is executable in only one of them".to_owned());
        }
        if kind_a.len() != kind_b.len() {
            say(format!("has {} bytes and {} bytes", kind_a.len(), kind_b.len()));
        } else if let Some(at) = first_difference(&a, &b)? {
            say(format!("differs from byte {at} on"));
        }
    }
    Ok(())
}

fn names(directory: &Path) -> io::Result<BTreeSet<OsString>> {
    std::fs::read_dir(directory)?
        .map(|entry| entry.map(|entry| entry.file_name()))
        .collect()
}

fn first_difference(a: &Path, b: &Path) -> io::Result<Option<u64>> {
    let open = |path| File::open(path).map(|file| BufReader::with_capacity(1 << 16, file).bytes());
    for (at, (left, right)) in open(a)?.zip(open(b)?).enumerate() {
        if left? != right? {
            return Ok(Some(at as u64));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_differs() {
        let directory = tempfile::tempdir().unwrap();
        let (a, b) = (directory.path().join("a"), directory.path().join("b"));
        for (root, text) in [(&a, "hello world"), (&b, "hello there")] {
            std::fs::create_dir_all(root.join("lib")).unwrap();
            std::fs::write(root.join("lib/same"), "x").unwrap();
            std::fs::write(root.join("lib/text"), text).unwrap();
            std::os::unix::fs::symlink(text, root.join("link")).unwrap();
        }
        assert_eq!(compare(&a, &a).unwrap(), Vec::<String>::new());
        std::fs::write(a.join("extra"), "").unwrap();
        std::fs::write(b.join("lib/same"), "xy").unwrap();
        let expected = [
            "extra: only in the first build",
            "lib/same: has 1 bytes and 2 bytes",
            "lib/text: differs from byte 6 on",
            "link: links to hello world and to hello there",
        ];
        assert_eq!(compare(&a, &b).unwrap(), expected);
    }
}
