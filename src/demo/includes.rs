//! Which files a source includes with quotes, transitively.
//!
//! A file that is not found is passed over: it may be generated, or stand in a directory that the Kbuild file names; if it is
//! neither, the compiler says so better.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

/// The files themselves and all that they include, sorted.
pub fn closure(files: &[PathBuf]) -> Vec<PathBuf> {
    let mut found: BTreeSet<PathBuf> = BTreeSet::new();
    let mut open: Vec<PathBuf> = files.iter().map(|file| normal(file)).collect();
    while let Some(file) = open.pop() {
        if !found.insert(file.clone()) {
            continue;
        }
        open.extend(included(&file).into_iter().map(|(_, path)| path));
    }
    found.into_iter().collect()
}

/// What a file includes with quotes and can be found, each as it is written there.
pub fn included(file: &Path) -> Vec<(String, PathBuf)> {
    // Companions may hold anything, such as data for a driver.
    let text = std::fs::read(file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let directory = file.parent().unwrap_or(Path::new(""));
    let found = |name: &str| (name.to_owned(), normal(&directory.join(name)));
    let names = text.unwrap_or_default();
    let found = quoted(&names).into_iter().map(found);
    found.filter(|(_, path)| path.is_file()).collect()
}

/// The names in `#include "NAME"`.
pub fn quoted(text: &str) -> Vec<&str> {
    includes(text, '"', '"')
}

/// Whether a text includes a header of the system or of the kernel.
pub fn has_angled(text: &str, header: &str) -> bool {
    includes(text, '<', '>').contains(&header)
}

fn includes(text: &str, open: char, close: char) -> Vec<&str> {
    let names = text.lines().filter_map(|line| {
        let directive = line.trim_start().strip_prefix('#')?.trim_start();
        let name = directive.strip_prefix("include")?.trim_start().strip_prefix(open)?;
        Some(name.split_once(close)?.0)
    });
    names.collect()
}

/// Without `.` and `..`, so that a file has one name. Links are not followed: the build sees names, not inodes.
pub fn normal(path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if result.file_name().is_some() => {
                result.pop();
            }
            part => result.push(part),
        }
    }
    result
}

/// A link on the way to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub path: PathBuf,
    /// As it stands in the link.
    pub target: PathBuf,
    /// Where the file lies by that.
    pub leads_to: PathBuf,
}

/// The links that a file is found through, from the first to the last. Those above `directory` do not count: the build sees what
/// lies below it.
pub fn links(file: &Path, directory: &Path) -> Vec<Link> {
    // As many as the kernel follows.
    const MOST: usize = 40;
    let next = |file: &Path| {
        let mut parts: Vec<&Path> = file.ancestors().filter(|part| !directory.starts_with(part)).collect();
        parts.reverse();
        let (path, target) = parts
            .into_iter()
            .find_map(|part| Some((part, std::fs::read_link(part).ok()?)))?;
        let beside = path.parent().unwrap_or(Path::new(""));
        let rest = file.strip_prefix(path).unwrap_or(Path::new(""));
        // Joined with nothing it would end in a slash.
        let leads_to = match rest.as_os_str().is_empty() {
            true => beside.join(&target),
            false => beside.join(&target).join(rest),
        };
        Some(Link {
            path: path.to_owned(),
            leads_to: normal(&leads_to),
            target,
        })
    };
    let chain = std::iter::successors(next(file), |link| next(&link.leads_to));
    chain.take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_followed_one_by_one() {
        use std::os::unix::fs::symlink;
        let directory = tempfile::tempdir().expect("a temporary directory");
        let root = directory.path();
        let demo = root.join("demo");
        for name in ["demo", "include"] {
            std::fs::create_dir(root.join(name)).expect("it can be made");
        }
        std::fs::write(root.join("include/a.h"), "").expect("it can be written");
        for (target, link) in [
            ("../include", "demo/inc"),
            ("inc/a.h", "demo/b.h"),
            ("/nowhere/c.h", "demo/c.h"),
            ("loop", "demo/loop"),
            (".", "self"),
        ] {
            symlink(target, root.join(link)).expect("a link can be made");
        }
        let leads_to = |file: &str| -> Vec<PathBuf> {
            let links = links(&root.join(file), &demo);
            links.into_iter().map(|link| link.leads_to).collect()
        };
        assert_eq!(leads_to("include/a.h"), Vec::<PathBuf>::new());
        assert_eq!(leads_to("demo/inc/a.h"), [root.join("include/a.h")]);
        assert_eq!(
            leads_to("demo/b.h"),
            [root.join("demo/inc/a.h"), root.join("include/a.h")]
        );
        assert_eq!(leads_to("demo/c.h"), [PathBuf::from("/nowhere/c.h")]);
        assert!(!leads_to("demo/loop").is_empty());
        // A link above the demo is nothing to the build.
        let above = root.join("self/demo");
        let through: Vec<PathBuf> = links(&above.join("inc/a.h"), &above)
            .into_iter()
            .map(|link| link.path)
            .collect();
        assert_eq!(through[0], above.join("inc"));
    }

    #[test]
    fn quoted_includes_are_followed_and_others_are_not() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let root = directory.path();
        for (name, text) in [
            (
                "a/main.c",
                "#include <linux/module.h>\n#  include \"../b/one.h\" // why\n#include \"gone.h\"\n",
            ),
            ("b/one.h", "#include \"two.h\"\n#include \"../a/main.c\"\n"),
            ("b/two.h", ""),
            ("b/three.h", ""),
        ] {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().expect("it is in the directory")).expect("it can be made");
            std::fs::write(path, text).expect("it can be written");
        }
        let found = closure(&[root.join("a/main.c")]);
        assert_eq!(found, ["a/main.c", "b/one.h", "b/two.h"].map(|name| root.join(name)));
    }

    #[test]
    fn a_path_has_one_spelling() {
        assert_eq!(normal(Path::new("/a/./b/../c")), Path::new("/a/c"));
        assert_eq!(normal(Path::new("../a")), Path::new("../a"));
        assert!(has_angled("  # include <linux/module.h>\n", "linux/module.h"));
    }
}
