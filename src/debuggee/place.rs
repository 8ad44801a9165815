//! Whether the place that a session shall begin at exists, as far as that can be told without GDB.

use std::collections::BTreeSet;
use std::path::Path;

use object::{Object, ObjectSection, ObjectSymbol, SectionKind, SymbolKind};

use crate::decode::object::{self as symbols, Unreadable};
use crate::diag::{Error, Result};
use crate::mangling;
use crate::suggest;

use super::kit::BuiltKit;
use crate::demo::Demo;

/// What a place may be in.
pub struct Scope<'a> {
    pub demo: &'a Demo,
    /// With symbols.
    pub program: &'a Path,
    /// Where the libc is, if it is not in the program.
    pub kit: Option<&'a BuiltKit>,
}

/// What GDB takes as a place.
#[derive(Debug, PartialEq, Eq)]
enum Form<'a> {
    Function(&'a str),
    Line(&'a str, u32),
    /// An address or an expression: GDB judges it.
    Other,
}

fn form(place: &str) -> Form<'_> {
    let is_identifier = |text: &str| {
        !text.starts_with(|c: char| c.is_ascii_digit())
            && !text.is_empty()
            && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    // With its scopes, in C++.
    if place.trim_start_matches("::").split("::").all(is_identifier) {
        return Form::Function(place.trim_start_matches("::"));
    }
    match place.rsplit_once(':').map(|(file, line)| (file, line.parse())) {
        Some((file, Ok(line))) if !file.is_empty() => Form::Line(file, line),
        _ => Form::Other,
    }
}

/// Refuses a function that neither the program nor its libc has, and a line that is in none of the demo's files.
pub fn check(scope: &Scope, place: &str) -> Result<()> {
    match form(place) {
        Form::Function(name) => check_function(scope, name),
        Form::Line(file, line) => check_line(scope, file, line),
        Form::Other => Ok(()),
    }
}

fn check_function(scope: &Scope, name: &str) -> Result<()> {
    let own = functions(scope.program)?;
    if own.contains(name) {
        return Ok(());
    }
    let is_cpp = own.iter().any(|name| mangling::is_mangled(name));
    let (files, what): (&[&str], _) = match is_cpp {
        true => (&["libc.so.6", "libstdc++.so.6"], "what it is linked with"),
        false => (&["libc.so.6"], "its libc"),
    };
    let mut library = BTreeSet::new();
    for (kit, file) in scope
        .kit
        .iter()
        .flat_map(|kit| files.iter().map(move |file| (kit, file)))
    {
        library.extend(functions(&kit.libraries().join(file))?);
    }
    // The libc's symbol table has its public functions only.
    if library.contains(name) || scope.kit.is_some_and(|kit| is_internal(kit, name)) {
        return Ok(());
    }
    let message = format!("neither {} nor {what} has a function `{name}`", scope.demo.name);
    let names = |functions: &BTreeSet<String>| -> Option<String> {
        let names: Vec<&str> = functions
            .iter()
            .map(String::as_str)
            .filter(|name| !name.starts_with('_'))
            .collect();
        suggest::did_you_mean(name, &names)
    };
    let near = names(&own).or_else(|| names(&library));
    let near = near.unwrap_or_else(|| "name a function, FILE:LINE, or *ADDRESS".into());
    Err(Error::usage("lkmc::debuggee::no_function", message).help(near))
}

/// The symbol tables that Debian takes out of its libraries are in files of their own, by build id.
fn is_internal(kit: &BuiltKit, name: &str) -> bool {
    let libc = kit.libraries().join("libc.so.6");
    let id = symbols::build_id_of(&libc).unwrap_or_default();
    let Some((first, rest)) = id.split_at_checked(2) else {
        return false;
    };
    let file = format!(".build-id/{first}/{rest}.debug");
    functions(&kit.debug_files().join(file)).is_ok_and(|functions| functions.contains(name))
}

fn check_line(scope: &Scope, file: &str, line: u32) -> Result<()> {
    let found = scope.demo.sources.iter().find(|source| source.ends_with(file));
    let libc = scope.kit.map(|kit| kit.libc_source().join(file));
    let Some(path) = found.cloned().or_else(|| libc.filter(|path| path.is_file())) else {
        let names: Vec<String> = scope.demo.sources.iter().map(|path| base_name(path)).collect();
        let message = format!("neither {} nor its libc is made from a file `{file}`", scope.demo.name);
        let near = suggest::did_you_mean(file, &names.iter().map(String::as_str).collect::<Vec<_>>());
        let near = near.unwrap_or_else(|| {
            format!(
                "the demo's files: {}; those of the libc are named as stdlib/qsort.c",
                names.join(", ")
            )
        });
        return Err(Error::usage("lkmc::debuggee::no_file", message).help(near));
    };
    let text = std::fs::read(&path).map_err(|error| Error::io("cannot read", &path, error))?;
    let lines = text.iter().filter(|&&byte| byte == b'\n').count();
    match line as usize <= lines && line > 0 {
        true => Ok(()),
        false => Err(
            Error::usage("lkmc::debuggee::no_line", format!("{file} has no line {line}"))
                .help(format!("it has {lines}")),
        ),
    }
}

fn base_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Names of the functions that an ELF file defines, in all spellings.
fn functions(path: &Path) -> Result<BTreeSet<String>> {
    let names = |file: &object::File| {
        let defined = file.symbols().chain(file.dynamic_symbols());
        Ok::<_, Unreadable>(
            defined
                .filter(|symbol| symbol.is_definition() && is_function(file, symbol))
                .flat_map(|symbol| mangling::spellings(symbol.name().unwrap_or_default()))
                .collect(),
        )
    };
    symbols::open(path, names).map_err(|error| Error::infrastructure("lkmc::debuggee::unreadable", error.to_string()))
}

/// In assembly a label has a type only if it is given one.
fn is_function<'a>(file: &object::File<'a>, symbol: &impl ObjectSymbol<'a>) -> bool {
    let of_code = |section| {
        file.section_by_index(section)
            .is_ok_and(|section| section.kind() == SectionKind::Text)
    };
    match symbol.kind() {
        SymbolKind::Text => true,
        SymbolKind::Unknown => symbol.section_index().is_some_and(of_code),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_have_three_forms() {
        assert_eq!(form("main"), Form::Function("main"));
        assert_eq!(form("__libc_start_main"), Form::Function("__libc_start_main"));
        assert_eq!(form("Shape::area"), Form::Function("Shape::area"));
        assert_eq!(form("Shape::area(int) const"), Form::Other);
        assert_eq!(form("stdlib/qsort.c:30"), Form::Line("stdlib/qsort.c", 30));
        assert_eq!(form("*0x1234"), Form::Other);
        assert_eq!(form("a.c:main"), Form::Other);
        assert_eq!(form("0x1234"), Form::Other);
    }
}
