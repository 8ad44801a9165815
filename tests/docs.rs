//! What the documentation refers to exists, and every message has its line in the troubleshooting page.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn files(directory: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(directory).expect("the directory can be read");
    for path in entries.map(|entry| entry.expect("an entry").path()) {
        if path.is_dir() {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The anchor that a heading gets.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase().replace(' ', "-");
    kept.chars()
        .filter(|c| c.is_alphanumeric() || "-_".contains(*c))
        .collect()
}

#[test]
fn files_that_comments_name_are_there() {
    let root = Path::new(ROOT);
    // Names below these folders are never those of another project's files.
    let name = r"\b(src/[a-z0-9_/]+\.rs|nix/[a-z0-9_/-]+\.(nix|sh)|(gdb|gem5)/lkmc/[a-z0-9_]+\.py)\b";
    let name = regex::Regex::new(name).expect("it is a regular expression");
    let mut sources = Vec::new();
    for (folder, extension) in [
        ("src", "rs"),
        ("tests", "rs"),
        ("nix", "nix"),
        ("nix", "sh"),
        ("gdb", "py"),
        ("gem5", "py"),
    ] {
        files(&root.join(folder), extension, &mut sources);
    }
    // Its test trees have files of their own.
    sources.retain(|source| !source.ends_with("tests/toolboxes.rs"));
    let mut gone = Vec::new();
    for source in sources {
        let text = read(&source);
        let named = name.find_iter(&text).map(|found| found.as_str());
        gone.extend(
            named
                .filter(|named| !root.join(named).exists())
                .map(|named| format!("{}: {named}", source.display())),
        );
    }
    assert!(gone.is_empty(), "{}", gone.join("\n"));
}

#[test]
fn links_between_pages_lead_somewhere() {
    let root = Path::new(ROOT);
    let mut pages: Vec<PathBuf> = ["CONTRIBUTING.md", "CHANGELOG.md"]
        .iter()
        .map(|page| root.join(page))
        .collect();
    files(&root.join("docs"), "md", &mut pages);
    let mut broken = Vec::new();
    for page in pages {
        let text = read(&page);
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.starts_with("http")) {
            let (file, fragment) = link.split_once('#').unwrap_or((link, ""));
            // Without a file it is a place in the page itself.
            let target = match file {
                "" => page.clone(),
                file => page.parent().expect("a page is in a directory").join(file),
            };
            let there = target.exists()
                && (fragment.is_empty()
                    || read(&target)
                        .lines()
                        .filter_map(|line| line.strip_prefix('#'))
                        .any(|heading| anchor(heading.trim_start_matches('#')) == fragment));
            if !there {
                broken.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert_eq!(broken, Vec::<String>::new());
}

/// `lkmc::area::name` wherever it stands in a text, as `area::name`.
fn codes(text: &str) -> BTreeSet<String> {
    let name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == ':';
    let code = |rest: &str| {
        let end = rest.find(|c| !name(c)).unwrap_or(rest.len());
        let code = rest[..end].trim_end_matches(':');
        (code.matches("::").count() == 1).then(|| code.to_owned())
    };
    text.split("lkmc::").skip(1).filter_map(code).collect()
}

/// A line of the page may name several codes of one area: `lkmc::vm::ended`, `stale`.
fn explained(line: &str) -> BTreeSet<String> {
    let mut found = codes(line);
    let Some(area) = found
        .iter()
        .next()
        .and_then(|code| code.split("::").next())
        .map(str::to_owned)
    else {
        return found;
    };
    let symptom = line.trim_start_matches('|').split(" | ").next().unwrap_or_default();
    found.extend(
        symptom
            .split('`')
            .skip(1)
            .step_by(2)
            .map(|word| format!("{area}::{word}")),
    );
    found
}

#[test]
fn every_message_has_its_line_in_the_troubleshooting_page() {
    let mut sources = Vec::new();
    files(&Path::new(ROOT).join("src"), "rs", &mut sources);
    // Paths of the crate's own items look like codes too.
    let is_code = |before: &str| before.ends_with('"') || before.ends_with("code(");
    let mut wanted = BTreeSet::new();
    for source in sources {
        let text = read(&source);
        let text = text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            for (at, _) in line.match_indices("lkmc::") {
                if is_code(&line[..at]) {
                    wanted.extend(codes(&line[at..]));
                }
            }
        }
    }
    // These point at a line of the profile and name the fix themselves.
    wanted.retain(|code| !code.starts_with("profile::") && !code.starts_with("kconfig::"));
    let page = read(&Path::new(ROOT).join("docs/troubleshooting.md"));
    let explained: BTreeSet<String> = page.lines().flat_map(explained).collect();
    let missing: Vec<&String> = wanted.difference(&explained).collect();
    assert!(wanted.len() > 50, "codes are found: {wanted:?}");
    assert!(
        missing.is_empty(),
        "say in docs/troubleshooting.md what to do about: {missing:?}"
    );
}
