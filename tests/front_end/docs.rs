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
    sources.retain(|source| !source.ends_with("store/toolboxes.rs"));
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
    let mut pages: Vec<PathBuf> = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]
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

/// What the page on the architecture names of `src/`, in the first column of its tables, and what it names twice. A name without a
/// folder is in that of its row's first.
fn architecture() -> (BTreeSet<PathBuf>, Vec<PathBuf>) {
    let page = read(&Path::new(ROOT).join("docs/architecture.md"));
    let tables = page.split("## The front-end, file by file").nth(1).unwrap_or_default();
    let tables = tables.split("\n## ").next().unwrap_or_default();
    let (mut named, mut twice) = (BTreeSet::new(), Vec::new());
    for row in tables.lines().filter(|line| line.starts_with("| `")) {
        let names = row
            .split(" | ")
            .next()
            .unwrap_or_default()
            .split('`')
            .skip(1)
            .step_by(2);
        let mut folder = None;
        for name in names.map(Path::new) {
            let folder = folder.get_or_insert_with(|| name.parent().unwrap_or(Path::new("")).to_owned());
            let alone = name.parent() == Some(Path::new(""));
            let name = if alone { folder.join(name) } else { name.to_owned() };
            if !named.insert(name.clone()) {
                twice.push(name);
            }
        }
    }
    (named, twice)
}

#[test]
fn the_page_on_the_architecture_names_what_is_there() {
    let root = Path::new(ROOT).join("src");
    let (named, twice) = architecture();
    assert!(twice.is_empty(), "{twice:?}");
    let gone: Vec<_> = named.iter().filter(|name| !root.join(name).exists()).collect();
    assert!(gone.is_empty(), "not in src/: {gone:?}");
    let mut sources = Vec::new();
    files(&root, "rs", &mut sources);
    let is_named = |source: &Path| {
        // By itself, by its folder, or by the module that it is a part of.
        let mut around = source.ancestors().skip(1);
        named.contains(source)
            || around.any(|folder| named.contains(folder) || named.contains(&folder.with_extension("rs")))
    };
    let unnamed: Vec<PathBuf> = sources
        .iter()
        .map(|source| source.strip_prefix(&root).expect("it is below src/").to_owned())
        .filter(|source| {
            !["mod.rs", "lib.rs", "main.rs"]
                .iter()
                .any(|name| source.ends_with(name))
        })
        .filter(|source| !is_named(source))
        .collect();
    assert!(unnamed.is_empty(), "not in docs/architecture.md: {unnamed:?}");
}

#[test]
fn the_pages_on_languages_have_every_program() {
    // The page's directory, and those of the programs, which the page names from there.
    for (directory, below, extensions) in [
        ("userland/arch", "", ["S", "c"].as_slice()),
        ("userland", "c", &["c"]),
        ("userland", "cpp", &["cpp"]),
    ] {
        let root = Path::new(ROOT).join(directory);
        let page = read(&root.join("README.md"));
        let mut programs = Vec::new();
        for extension in extensions {
            files(&root.join(below), extension, &mut programs);
        }
        assert!(programs.len() > 20, "the search for programs is broken: {programs:?}");
        let names = programs
            .iter()
            .map(|program| program.strip_prefix(&root).expect("it is below it").display());
        let unnamed: Vec<String> = names
            .map(|name| format!("({name})"))
            .filter(|link| !page.contains(link))
            .collect();
        assert!(unnamed.is_empty(), "not in {directory}/README.md: {unnamed:?}");
    }
}

fn in_name(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'
}

/// `area::name`, or `name` alone, at the beginning of what follows `lkmc::`. `area::*` is no code.
fn code(rest: &str) -> Option<String> {
    let end = rest.find(|c| !in_name(c) && c != ':').unwrap_or(rest.len());
    let code = &rest[..end];
    let whole = !code.is_empty() && !code.ends_with(':') && code.matches("::").count() < 2;
    whole.then(|| code.to_owned())
}

/// The codes of all messages: ours, and those of the Python that runs in GDB.
fn raised() -> BTreeSet<String> {
    let root = Path::new(ROOT);
    let mut sources = Vec::new();
    files(&root.join("src"), "rs", &mut sources);
    files(&root.join("gdb"), "py", &mut sources);
    // Paths of the crate's own items look like codes too.
    let is_code = |before: &str| before.ends_with('"') || before.ends_with("code(");
    let mut found = BTreeSet::new();
    for source in sources {
        let text = read(&source);
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            let codes = line.match_indices("lkmc::").filter(|(at, _)| is_code(&line[..*at]));
            found.extend(codes.filter_map(|(at, lkmc)| code(&line[at + lkmc.len()..])));
        }
    }
    found
}

/// The first column of a line has the codes, each as a message prints it, so that a search for one finds its line.
fn explained(line: &str) -> BTreeSet<String> {
    let symptom = line.strip_prefix("| ").and_then(|row| row.split(" | ").next());
    symptom
        .unwrap_or_default()
        .split("`lkmc::")
        .skip(1)
        .filter_map(code)
        .collect()
}

fn troubleshooting() -> BTreeSet<String> {
    let page = read(&Path::new(ROOT).join("docs/troubleshooting.md"));
    page.lines().flat_map(explained).collect()
}

#[test]
fn every_message_has_its_line_in_the_troubleshooting_page() {
    let mut wanted = raised();
    // These point at a line of the profile and name the fix themselves.
    wanted.retain(|code| !code.starts_with("profile::") && !code.starts_with("kconfig::"));
    let explained = troubleshooting();
    let missing: Vec<&String> = wanted.difference(&explained).collect();
    assert!(wanted.len() > 50, "codes are found: {wanted:?}");
    assert!(
        missing.is_empty(),
        "say in docs/troubleshooting.md what to do about: {missing:?}"
    );
}

#[test]
fn the_troubleshooting_page_names_no_message_that_is_gone() {
    let (raised, explained) = (raised(), troubleshooting());
    let gone: Vec<&String> = explained.difference(&raised).collect();
    assert!(explained.len() > 50, "codes are found: {explained:?}");
    assert!(
        gone.is_empty(),
        "docs/troubleshooting.md explains what nothing says: {gone:?}"
    );
}

#[test]
fn every_line_of_the_troubleshooting_page_says_what_to_do() {
    let page = read(&Path::new(ROOT).join("docs/troubleshooting.md"));
    let silent: Vec<&str> = page.lines().filter(|line| line.ends_with("| |")).collect();
    assert!(silent.is_empty(), "without a remedy: {silent:?}");
}

/// `111, 132, 128`, or `6 each`, of as many as are asked for.
fn figures(cell: &str, wanted: usize) -> Vec<u64> {
    let numbers: Vec<u64> = cell
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|number| number.parse().ok())
        .collect();
    match cell.ends_with(" each") {
        true => vec![numbers[0]; wanted],
        false => numbers,
    }
}

fn mebibytes(bytes: u64) -> u64 {
    (bytes + (1 << 19)) >> 20
}

#[test]
fn the_toolbox_page_counts_what_the_lock_file_has() {
    let root = Path::new(ROOT);
    let lock = read(&root.join("nix/toolbox/debian/lock.json"));
    let lock: serde_json::Value = serde_json::from_str(&lock).expect("the lock file is JSON");
    let object = |key: &str| lock[key].as_object().expect("it is a table");
    let size = |file: &serde_json::Value| file["size"].as_u64().expect("a file has a size");
    let page = read(&root.join("docs/toolbox.md"));
    let table = page
        .split("| Root | Packages |")
        .nth(1)
        .expect("the page has the table");
    let mut shown = BTreeSet::new();
    for row in table.lines().skip(2).take_while(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = row.split(" | ").collect();
        let names: Vec<&str> = cells[0].split('`').skip(1).step_by(2).collect();
        let (packages, sizes) = (figures(cells[1], names.len()), figures(cells[2], names.len()));
        for (at, name) in names.into_iter().enumerate() {
            let files = object("roots")[name].as_array().expect("a root is a list");
            let files = files.iter().map(|id| &lock["packages"][id.as_str().expect("a name")]);
            assert_eq!(files.len() as u64, packages[at], "packages of {name}");
            assert_eq!(mebibytes(files.map(size).sum()), sizes[at], "MiB of {name}");
            shown.insert(name.to_owned());
        }
    }
    assert_eq!(shown, object("roots").keys().cloned().collect());
    let files = || object("packages").values().chain(object("sources").values());
    let total = format!("all {} files with the sources", files().count());
    assert!(page.contains(&total), "it should say: {total}");
    let total = format!("are {} MiB", mebibytes(files().map(size).sum()));
    assert!(page.contains(&total), "it should say: {total}");
}
