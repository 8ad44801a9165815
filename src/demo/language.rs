//! Which file names are those of sources, and in which language: the one table for that. What compiles each of them stands in
//! `nix/demo-language.sh`.

use std::path::Path;

/// What a source is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    C,
    Cpp,
    /// For C's preprocessor.
    Assembly,
    /// For the guest's shell.
    Shell,
}

const LANGUAGES: &[(&str, Language)] = &[
    ("c", Language::C),
    ("S", Language::Assembly),
    ("cpp", Language::Cpp),
    ("cc", Language::Cpp),
    ("cxx", Language::Cpp),
    ("sh", Language::Shell),
];

/// Of files that sources include.
const HEADERS: &[&str] = &["h", "hpp", "hh", "hxx"];

/// How a file's name ends, without the dot.
pub fn ending(file: &Path) -> &str {
    file.extension().and_then(|ending| ending.to_str()).unwrap_or_default()
}

impl Language {
    pub fn of(file: &Path) -> Option<Language> {
        let ending = ending(file);
        LANGUAGES
            .iter()
            .find(|(it, _)| *it == ending)
            .map(|(_, language)| *language)
    }

    /// Whether a compiler makes something of it.
    pub fn is_compiled(self) -> bool {
        self != Language::Shell
    }
}

/// The endings of all that is compiled, as in `.c`.
fn compiled() -> impl Iterator<Item = &'static str> {
    LANGUAGES
        .iter()
        .filter(|(_, it)| it.is_compiled())
        .map(|(ending, _)| *ending)
}

/// How sources are named, for a message.
pub fn endings() -> String {
    let endings: Vec<String> = LANGUAGES.iter().map(|(ending, _)| format!(".{ending}")).collect();
    match endings.split_last() {
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

/// Whether it is named like the source of a module or a program.
pub fn is_compiled(written: &str) -> bool {
    Language::of(Path::new(written)).is_some_and(Language::is_compiled)
}

/// Whether it is named like the source of a demo.
pub fn is_source(written: &str) -> bool {
    Language::of(Path::new(written)).is_some()
}

pub fn is_header(file: &Path) -> bool {
    HEADERS.contains(&ending(file))
}

/// The names of all sources that become a program of that name.
pub fn sources_of(program: &str) -> Vec<String> {
    compiled().map(|ending| format!("{program}.{ending}")).collect()
}

/// A source's name without its ending.
pub fn stem(source: &str) -> &str {
    match source.rsplit_once('.') {
        Some((stem, _)) if is_compiled(source) => stem,
        _ => source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_told_by_the_ending() {
        let of = |name: &str| Language::of(Path::new(name));
        assert_eq!(of("a/b.cc"), Some(Language::Cpp));
        assert_eq!(of("a.S"), Some(Language::Assembly));
        // Without the preprocessor; and an object.
        assert_eq!([of("a.s"), of("a.o"), of("cpp"), of("a.")], [None; 4]);
        assert_eq!(endings(), ".c, .S, .cpp, .cc, .cxx or .sh");
        assert!(is_compiled("x.cxx") && !is_compiled("x.sh") && is_source("x.sh"));
    }

    #[test]
    fn programs_are_named_without_the_ending_of_their_source() {
        assert!(sources_of("a").contains(&"a.cpp".to_owned()));
        assert_eq!(["a.b.cpp", "a.sh", "a"].map(stem), ["a.b", "a.sh", "a"]);
    }
}
