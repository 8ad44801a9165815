//! Errors as people and as programs read them.

use std::fmt;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};

use miette::{GraphicalReportHandler, GraphicalTheme, MietteHandlerOpts, ReportHandler};
use serde_json::{Value, json};

use super::{Diagnostic, Error, Label};

/// Width of reports that are not for a terminal.
const PLAIN_WIDTH: usize = 120;
/// What has fewer columns than this is no place for a report.
const NARROWEST: usize = 40;

/// Who reads this process's standard error: a program, or people.
static FOR_A_PROGRAM: AtomicBool = AtomicBool::new(false);

/// From now on errors are printed as JSON: `--json` was given.
pub fn print_json() {
    FOR_A_PROGRAM.store(true, Ordering::Relaxed);
}

/// Prints an error to standard error: for people, or as one line of JSON.
///
/// JSON goes there too, because standard output may belong to a guest command.
pub fn print(error: &Error) {
    match FOR_A_PROGRAM.load(Ordering::Relaxed) {
        true => eprintln!("{}", to_json(error)),
        false => {
            let handler = for_people(|name| std::env::var(name).ok(), std::io::stderr().is_terminal()).build();
            eprint!("{}", Adapter(error, &handler));
        }
    }
}

/// As wide as COLUMNS says, or the terminal is; elsewhere nobody has asked for a width. A locale that names another encoding than
/// UTF-8 gets no characters but ASCII's; one that names none says nothing of what reads a pipe.
fn for_people(variable: impl Fn(&str) -> Option<String>, is_terminal: bool) -> MietteHandlerOpts {
    let options = MietteHandlerOpts::new().terminal_links(false);
    let columns = variable("COLUMNS").and_then(|text| text.parse().ok());
    let options = match columns.filter(|columns| *columns >= NARROWEST) {
        Some(columns) => options.width(columns),
        None if is_terminal => options,
        None => options.wrap_lines(false),
    };
    let mut locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().filter_map(|name| variable(name));
    let is_utf8 = |locale: &str| locale.to_uppercase().replace('-', "").ends_with("UTF8");
    match locale.find(|text| !text.is_empty()) {
        Some(locale) if !is_utf8(&locale) => options.unicode(false),
        _ => options,
    }
}

/// Without colours, at a fixed width: for logs and for tests.
pub fn to_plain_text(error: &Error) -> String {
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor())
        .with_links(false)
        .with_width(PLAIN_WIDTH);
    Adapter(error, &handler).to_string()
}

pub fn to_json(error: &Error) -> Value {
    let diagnostics: Vec<Value> = error.diagnostics.iter().map(Diagnostic::to_json).collect();
    json!({ "errors": diagnostics, "exit-status": error.exit.status() })
}

/// miette writes through [`fmt::Formatter`], which only a `Display` gets.
struct Adapter<'a, H: ReportHandler>(&'a Error, &'a H);

impl<H: ReportHandler> fmt::Display for Adapter<'_, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.diagnostics.as_slice() {
            [only] => self.1.debug(only, f),
            _ => self.1.debug(self.0, f),
        }
    }
}

impl Diagnostic {
    fn to_json(&self) -> Value {
        json!({
            "code": self.code,
            "message": self.message,
            "causes": self.causes().collect::<Vec<_>>(),
            "labels": self.labels.iter().map(Label::to_json).collect::<Vec<_>>(),
            "help": self.help,
        })
    }
}

impl Label {
    fn to_json(&self) -> Value {
        let (line, column) = self.span.position();
        json!({ "file": self.span.source.path(), "line": line, "column": column, "text": self.text })
    }
}
