//! `lkmc trace coverage`: which lines were executed, as a table, beside the source, for lcov.

use std::path::Path;
use std::process::ExitCode;

use serde_json::{Value, json};

use crate::cli::{self, Global};
use crate::diag::{Error, Result};
use crate::mangling;
use crate::patterns;
use crate::trace::coverage::{self, Coverage, Executed, File, Share};
use crate::trace::filter::{Filter, Side};
use crate::trace::lcov;

use super::{Out, open};

/// How many files a table shows.
const FILES: usize = 30;

pub fn show(global: &Global, arguments: &cli::TraceCoverage) -> Result<ExitCode> {
    let filter = Filter::new(&arguments.choice.part.window, Side::Both, &[])?;
    let patterns = patterns::compile(&arguments.files)?;
    let (mut executed, mut runs) = (Executed::default(), Vec::new());
    for run in std::iter::once(&arguments.choice.trace.run).chain(&arguments.also) {
        let mut choice = arguments.choice.clone();
        choice.trace.run = run.clone();
        let input = open(global, &choice)?;
        let seen = executed.add(&input, &filter)?;
        seen.check(&input, "executed instructions", "Exec")?;
        seen.tell(&input);
        runs.push(input.name());
    }
    let mut coverage = executed.lines(&patterns)?;
    let found = coverage.0.len();
    if !arguments.all {
        coverage.0.retain(|_, file| file.was_executed());
    }
    if coverage.0.is_empty() {
        return Err(nothing(&runs, &arguments.files, found));
    }
    match &arguments.lcov {
        Some(file) => tracefile(&coverage, &runs, file),
        None if global.json => crate::commands::print_json(&document(&coverage, arguments.source)),
        None if arguments.source => listing(&coverage, arguments.choice.part.lines),
        None => crate::host::stdout::print(&table(&coverage, arguments.choice.part.lines.unwrap_or(FILES))),
    }
}

/// Which of the reasons it is that no file is left.
fn nothing(runs: &[String], patterns: &[String], found: usize) -> Error {
    let runs = runs.join(", ");
    match (found, patterns) {
        (0, []) => Error::usage(
            "lkmc::trace::symbols",
            format!("no source is known of what {runs} executed"),
        )
        .help("`--vmlinux` and `--program` name the files that ran, which need their DWARF"),
        (0, _) => Error::usage(
            "lkmc::trace::no_match",
            format!("no source file of what {runs} executed matches"),
        )
        .help("without patterns all of them are shown, by the names that are matched"),
        _ => Error::usage(
            "lkmc::trace::no_match",
            format!("{runs} executed nothing of the files that match"),
        )
        .help("`--all` shows them"),
    }
}

fn totals(coverage: &Coverage) -> (Share, Share) {
    let add = |(lines, functions): (Share, Share), file: &File| {
        (lines.plus(file.of_lines()), functions.plus(file.of_functions()))
    };
    coverage.0.values().fold(Default::default(), add)
}

fn tracefile(coverage: &Coverage, runs: &[String], file: &Path) -> Result<ExitCode> {
    let mut bytes = Vec::new();
    lcov::write(coverage, &runs.join("_"), &mut bytes)
        .and_then(|()| crate::kept::replace(file, &bytes))
        .map_err(|error| Error::io("cannot write", file, error))?;
    let (lines, functions) = totals(coverage);
    crate::host::stdout::print(&format!(
        "{}: {} of {} lines, {} of {} functions; `genhtml -o DIRECTORY {0}` shows them\n",
        file.display(),
        lines.executed,
        lines.all,
        functions.executed,
        functions.all
    ))
}

fn table(coverage: &Coverage, most: usize) -> String {
    let row = |lines: Share, functions: Share, name: &str| {
        let percent = |share: Share| share.percent().map_or("-".into(), |percent| format!("{percent:.1}%"));
        format!(
            "{:>8}  {:>6}  {:>6}  {:>9}  {:>6}  {:>6}  {name}\n",
            lines.executed,
            lines.all,
            percent(lines),
            functions.executed,
            functions.all,
            percent(functions)
        )
    };
    let mut text = "   lines      of          functions      of          file\n".to_owned();
    let files = coverage::ordered(coverage);
    for (name, file) in files.iter().take(most) {
        text += &row(file.of_lines(), file.of_functions(), name);
    }
    if files.len() > most {
        text += &format!("and {} more files; -n shows more\n", files.len() - most);
    }
    let (lines, functions) = totals(coverage);
    text + &row(lines, functions, "all")
}

/// The lines from the first one with code to the last one.
fn listing(coverage: &Coverage, most: Option<usize>) -> Result<ExitCode> {
    let mut out = Out::new(most);
    'files: for (name, file) in coverage::ordered(coverage) {
        let text = text(file);
        if out.line(name)?.is_break() {
            break;
        }
        let first = file.lines.keys().next().copied().unwrap_or(0);
        let last = file.lines.keys().next_back().copied().unwrap_or(0);
        for number in first..=last {
            let (count, text) = (file.lines.get(&number), text.get(number as usize - 1));
            let count = match count {
                Some(0) => "never".to_owned(),
                Some(count) => count.to_string(),
                // A line that nobody can show.
                None if text.is_none() => continue,
                None => String::new(),
            };
            let line = format!("{count:>10}  {number:>5}  {}", text.map_or("", String::as_str));
            if out.line(line.trim_end())?.is_break() {
                break 'files;
            }
        }
    }
    out.finish()
}

/// None of a file that is not on this machine.
fn text(file: &File) -> Vec<String> {
    let bytes = file.path.as_ref().and_then(|path| std::fs::read(path).ok());
    let text = String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned();
    text.lines().map(str::to_owned).collect()
}

fn document(coverage: &Coverage, source: bool) -> Value {
    let file = |(name, file): (&str, &File)| {
        let mut object = json!({
            "file": name,
            "path": file.path,
            "kernel": file.kernel,
            "lines": file.of_lines(),
            "functions": file.of_functions(),
        });
        if source {
            let lines = file.lines.iter();
            let functions = file.functions.iter();
            object["counts"] = lines
                .map(|(line, count)| json!({ "line": line, "count": count }))
                .collect();
            object["calls"] = functions
                .map(|(name, (line, count))| json!({ "function": mangling::readable(name), "line": line, "count": count }))
                .collect();
        }
        object
    };
    let (lines, functions) = totals(coverage);
    let files: Vec<Value> = coverage::ordered(coverage).into_iter().map(file).collect();
    json!({ "lines": lines, "functions": functions, "files": files })
}
