//! Subcommands that write files: profiles, and the committed files made from them.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Value, json};

use crate::cli::Global;
use crate::commands::{print, print_json};
use crate::committed::committed;
use crate::diag::{Error, Result};
use crate::kept;
use crate::lock::Lock;
use crate::lower::lower;
use crate::profile::{Library, Profile, edit, raw, starter};
use crate::source::{Source, display_path};

pub fn schema() -> Result<ExitCode> {
    print(&raw::file_schema_text())
}

/// A bare name becomes a shipped profile; a path is written where it says.
pub fn new(global: &Global, name: &str, from: &str) -> Result<ExitCode> {
    let library = Library::installed()?;
    let from_path = library.find(from)?;
    let base = library.load_file(&from_path)?;
    let is_path = name.contains('/') || name.ends_with(".toml");
    let path = if is_path {
        PathBuf::from(name)
    } else {
        library.profiles().join(format!("{name}.toml"))
    };
    if path.exists() {
        let of_ones_own = if is_path {
            "another name"
        } else {
            "a name such as my.toml"
        };
        return Err(
            Error::usage("lkmc::profile::exists", format!("{} exists already", path.display())).help(format!(
                "{of_ones_own} makes one of your own that extends it; `lkmc profile set` changes the one that is there"
            )),
        );
    }
    let shipped = library.names().iter().any(|known| known == from);
    let extends = if shipped {
        from.to_string()
    } else {
        absolute(&from_path)?.display().to_string()
    };
    let schema = library.profiles().join("schema.json");
    let schema = if is_path {
        schema.display().to_string()
    } else {
        "schema.json".into()
    };
    let text = starter::starter(&base, &extends, &schema);
    // The name may be bad, and then nothing should be left behind.
    library.load_source(&Source::file(&path, text.clone()))?;
    write(&path, &text)?;
    if global.json {
        return print_json(&json!({ "file": path, "extends": extends }));
    }
    let shown = display_path(&path);
    print(&format!("wrote {shown}; edit it, then: lkmc profile check {name}\n"))
}

fn absolute(path: &Path) -> Result<PathBuf> {
    path.canonicalize()
        .map_err(|error| Error::io("cannot find", path, error))
}

/// Keys, each with its value.
fn in_pairs(words: &[String]) -> Result<&[[String; 2]]> {
    let (pairs, rest) = words.as_chunks::<2>();
    // No key has one, and a value may.
    let joined = pairs
        .iter()
        .map(|[key, _]| key)
        .chain(rest)
        .find_map(|key| key.split_once('='));
    let (what, help) = match (joined, rest) {
        (Some((key, value)), _) => (
            format!("{key}={value}"),
            format!("a key and its value are two words: {key} {value}"),
        ),
        (None, [last, ..]) => (
            last.clone(),
            "keys and values take turns: memory.size 1GiB cpu.count 2".into(),
        ),
        (None, []) => return Ok(pairs),
    };
    Err(Error::usage("lkmc::profile::no_value", format!("`{what}` has no value")).help(help))
}

pub fn set(global: &Global, name: &str, settings: &[String]) -> Result<ExitCode> {
    let settings = in_pairs(settings)?;
    let library = Library::installed()?;
    let path = library.find(name)?;
    let target = path.canonicalize().unwrap_or_else(|_| path.clone());
    // Of two edits at once, the second starts from what the first has made.
    let alone = target.parent().and_then(|directory| Lock::directory(directory).ok());
    let source = crate::profile::read(&path)?;
    let edited = |text: String| Source::file(&path, text);
    let (mut after, mut edits) = (source.clone(), Vec::new());
    for [key, value] in settings {
        let next = edited(edit::set(&after, key, value)?);
        edits.push((key, next.text() != after.text()));
        after = next;
    }
    let before = library.load_source(&source);
    refuse_new_mistakes(&library, &before, &after)?;
    let changed = after.text() != source.text();
    if changed && !global.dry_run {
        write(&path, after.text())?;
    }
    drop(alone);
    let old = |key: &String| {
        let node = before.as_ref().ok().and_then(|profile| profile.provenance.get(key));
        node.map(|node| (crate::profile::show::literal(node), node.span.to_string()))
    };
    if global.json {
        let keys = edits.into_iter().map(|(key, changed)| {
            let before = old(key).map(|(value, origin)| json!({ "value": value, "origin": origin }));
            json!({ "key": key, "changed": changed, "before": before })
        });
        let keys: Vec<Value> = keys.collect();
        return print_json(&json!({ "file": path, "changed": changed, "keys": keys }));
    }
    for (key, changed) in edits {
        let was = old(key)
            .map(|(value, origin)| format!(" (was {value}, {origin})"))
            .unwrap_or_default();
        let what = if changed { "set" } else { "unchanged" };
        print(&format!("{}: {key} {what}{was}\n", display_path(&path)))?;
    }
    if changed && path.parent() == Some(&library.profiles()) {
        tell_whose_it_is(global, name, &library.relative(&path));
    }
    Ok(ExitCode::SUCCESS)
}

/// Refuses an edit that makes anything wrong that was right before; a broken profile can be mended step by step.
fn refuse_new_mistakes(library: &Library, before: &Result<Profile>, after: &Source) -> Result<()> {
    if let Err(mut error) = library.load_source(after) {
        let known: Vec<String> = before.as_ref().err().into_iter().flat_map(messages).collect();
        error.diagnostics.retain(|problem| !known.contains(&problem.message));
        if !error.diagnostics.is_empty() {
            return Err(error);
        }
    }
    Ok(())
}

/// Of a profile that comes with lkmc.
fn tell_whose_it_is(global: &Global, name: &str, file: &Path) {
    let file = file.display();
    eprintln!(
        "lkmc: {name} belongs to the checkout: every demo and `./test` that runs on it gets this. `git checkout {file}` undoes it; \
         `lkmc profile new my.toml --from {name}` makes one of your own"
    );
    if !global.dry_run {
        // Not an error: `lkmc profile run` lowers for itself.
        eprintln!("lkmc: for `nix build` and before a commit, also run `lkmc profile lower --bless`");
    }
}

fn messages(error: &Error) -> Vec<String> {
    error
        .diagnostics
        .iter()
        .map(|problem| problem.message.clone())
        .collect()
}

pub fn lower_command(name: Option<&str>, bless: bool) -> Result<ExitCode> {
    let library = Library::installed()?;
    if !bless {
        return print(&lower(&library.load(name.unwrap_or_default())?, &library.root)?.to_json());
    }
    for (path, text) in committed(&library)? {
        if std::fs::read_to_string(&path).ok().as_ref() != Some(&text) {
            write(&path, &text)?;
            print(&format!("wrote {}\n", library.relative(&path).display()))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn write(path: &Path, text: &str) -> Result<()> {
    kept::replace(path, text.as_bytes()).map_err(|error| Error::io("cannot write", path, error))
}
