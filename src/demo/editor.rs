//! compile_commands.json for editors: how each source of a demo is compiled, for clangd and whatever else reads that file.
//!
//! What the build has recorded (nix/demo-commands.sh) names files as they are in its sandbox; here they are named as they lie on this
//! machine's disk, and what only matters to code generation is left out: gcc has options for that which clang does not know.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use super::Demo;
use super::includes::normal;
use crate::diag::{Error, Result};
use crate::kept;
use crate::nix::demos::BuiltDemo;
use crate::shell;
use crate::store_path::STORE;

/// What clangd looks for.
pub const FILE: &str = "compile_commands.json";

/// What stands in the record for the directory that the demo's sources are below.
const ROOT: &str = "@demo@";

/// What cuts the names of the store in two, so that nothing is kept by them.
const CUT: char = '\x1f';

/// Options that decide how a source is read.
const KEPT: &[&str] = &[
    "-D",
    "-U",
    "-I",
    "-isystem",
    "-include",
    "-nostdinc",
    "-std=",
    "-O",
    "-W",
    "-pthread",
    "-x",
    // The language's types and functions.
    "-fno-builtin",
    "-ffreestanding",
    "-fshort-enums",
    "-fshort-wchar",
    "-funsigned-char",
    // The processor's types, registers and macros.
    "-m32",
    "-m64",
    "-mabi=",
    "-march=",
    "-marm",
    "-mcpu=",
    "-mfloat-abi=",
    "-mfpu=",
    "-mgeneral-regs-only",
    "-mlittle-endian",
    "-mno-80387",
    "-mno-avx",
    "-mno-mmx",
    "-mno-sse",
    "-msoft-float",
    "-mthumb",
];
/// Words for other programs than the compiler proper.
const NOT_KEPT: &[&str] = &["-Wa,", "-Wl,", "-Wp,"];
/// Options whose argument may be a word of its own.
const WITH_ARGUMENT: &[&str] = &["-D", "-U", "-I", "-isystem", "-include", "-x"];

/// A source, as the file has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Compiled {
    /// Where the compiler is called.
    directory: PathBuf,
    file: PathBuf,
    arguments: Vec<String>,
}

/// How the sources of a demo were compiled. What was built against a kernel of the user's has no record of that.
pub fn commands(demo: &Demo, built: &BuiltDemo) -> Result<Vec<Compiled>> {
    let path = built.path().join("commands");
    let text = match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        read => read.map_err(|error| Error::io("cannot read", &path, error))?,
    };
    let store: PathBuf = built.store.physical(Path::new(STORE)).components().collect();
    let here = |word: &str| {
        word.replace(STORE, &store.to_string_lossy())
            .replace(ROOT, &demo.root.to_string_lossy())
    };
    let compiled: Option<Vec<Compiled>> = text.lines().map(|line| read(line, here)).collect();
    compiled.ok_or_else(|| {
        let message = format!("{} has a command that no shell would read", path.display());
        Error::infrastructure("lkmc::demo::compile_commands", message).help("without -o nothing is written for editors")
    })
}

/// A line of the record. `here` makes a word of the sandbox one of this machine.
fn read(line: &str, here: impl Fn(&str) -> String) -> Option<Compiled> {
    let line = line.replace(CUT, "");
    let mut fields = line.splitn(3, '\t');
    let (directory, file) = (here(fields.next()?), normal(Path::new(&here(fields.next()?))));
    let words = shell::words(fields.next()?)?;
    let mut arguments: Vec<String> = kept_of(&words).into_iter().map(here).collect();
    arguments.extend(["-c".to_owned(), file.display().to_string()]);
    Some(Compiled {
        directory: directory.into(),
        file,
        arguments,
    })
}

/// The compiler, and those of its options that decide how a source is read.
fn kept_of(words: &[String]) -> Vec<&str> {
    let begins = |word: &str, with: &[&str]| with.iter().any(|start| word.starts_with(start));
    let mut words = words.iter().map(String::as_str);
    let mut kept: Vec<&str> = words.next().into_iter().collect();
    while let Some(word) = words.next() {
        if begins(word, KEPT) && !begins(word, NOT_KEPT) {
            kept.push(word);
            kept.extend(WITH_ARGUMENT.contains(&word).then(|| words.next()).flatten());
        }
    }
    kept
}

/// Writes them to the file in a directory. What stands there of other sources stays.
pub fn write(directory: &Path, compiled: &[Compiled]) -> Result<PathBuf> {
    let path = directory.join(FILE);
    let mut all: Vec<Value> = match std::fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| {
            Error::usage(
                "lkmc::demo::compile_commands",
                format!("{} is no list of compile commands", path.display()),
            )
            .cause(error)
            .help("remove the file, or give another directory")
        })?,
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(Error::io("cannot read", &path, error)),
    };
    let anew = |entry: &Value| compiled.iter().any(|one| entry["file"].as_str() == one.file.to_str());
    all.retain(|entry| !anew(entry));
    // Plain data that serde_json can always represent.
    all.extend(compiled.iter().map(|one| serde_json::to_value(one).unwrap_or_default()));
    let text = serde_json::to_string_pretty(&all).unwrap_or_default() + "\n";
    kept::replace(&path, text.as_bytes()).map_err(|error| Error::io("cannot write", &path, error))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here(word: &str) -> String {
        word.replace(STORE, "/cache/store").replace(ROOT, "/home/me/my driver")
    }

    #[test]
    fn a_module_is_read_as_it_was_compiled() {
        let line = "/nix/store/a\x1fbc-linux/build\t@demo@/./m.c\tgcc -Wp,-MMD,@demo@/.m.o.d -nostdinc \
            -I/nix/store/d\x1fef/include -I./include -include /nix/store/d\x1fef/kconfig.h -mno-sse2 -fcf-protection=none \
            -mskip-rax-setup -Wall -DKBUILD_BASENAME='\"m\"' -ffile-prefix-map=@demo@/= -c -o @demo@/m.o @demo@/./m.c  ";
        let read = read(line, here).unwrap();
        assert_eq!(
            (read.directory.as_path(), read.file.as_path()),
            (
                Path::new("/cache/store/abc-linux/build"),
                Path::new("/home/me/my driver/m.c")
            )
        );
        let expected = [
            "gcc",
            "-nostdinc",
            "-I/cache/store/def/include",
            "-I./include",
            "-include",
            "/cache/store/def/kconfig.h",
            "-mno-sse2",
            "-Wall",
            "-DKBUILD_BASENAME=\"m\"",
            "-c",
            "/home/me/my driver/m.c",
        ];
        assert_eq!(read.arguments, expected);
        assert_eq!(
            [super::read("a\tb", here), super::read("a\tb\tgcc 'c", here)],
            [None, None]
        );
    }

    #[test]
    fn other_sources_stay_in_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let one = |file: &str, option: &str| Compiled {
            directory: "/tree".into(),
            file: file.into(),
            arguments: vec!["gcc".into(), option.into()],
        };
        for compiled in [one("/a.c", "-O0"), one("/b.c", "-O1"), one("/a.c", "-O2")] {
            write(directory.path(), &[compiled]).unwrap();
        }
        let path = directory.path().join(FILE);
        let all: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let options: Vec<&str> = all
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|one| one["arguments"][1].as_str())
            .collect();
        assert_eq!(options, ["-O1", "-O2"]);
        std::fs::write(&path, "{}").unwrap();
        let error = write(directory.path(), &[]).unwrap_err();
        assert_eq!(error.code(), "lkmc::demo::compile_commands");
    }
}
