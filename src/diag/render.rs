//! Errors as people and as programs read them.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use miette::{GraphicalReportHandler, GraphicalTheme, MietteHandlerOpts, ReportHandler};
use serde_json::{Value, json};

use super::{Diagnostic, Error, Label};

/// Width of reports that are not for a terminal.
const PLAIN_WIDTH: usize = 120;

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
            let handler = MietteHandlerOpts::new().terminal_links(false).build();
            eprint!("{}", Adapter(error, &handler));
        }
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
