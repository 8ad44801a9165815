//! Every message to a user: what went wrong, where, what to do, and the exit status that says so to scripts.
//!
//! A [`Diagnostic`] is one message with labels in any number of files. An [`Error`] is what ends a command: one or more
//! diagnostics and an exit status. Codes read `lkmc::area::name` and are stable.
//!
//! ```
//! # use lkmc::diag::{Error, Exit};
//! let error = Error::infrastructure("lkmc::nix::no_store", "no Nix store can be used")
//!     .help("run `lkmc doctor`")
//!     .cause("mount: operation not permitted");
//! assert_eq!(error.exit, Exit::Infrastructure);
//! ```

use std::error::Error as StdError;
use std::fmt;

use crate::source::Span;

mod render;
mod snippet;

pub use crate::exit::Exit;
pub use render::{print, print_json, to_json, to_plain_text};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One message.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    pub code: &'static str,
    pub message: String,
    /// The first one is the culprit, the others explain.
    pub labels: Vec<Label>,
    pub help: Option<String>,
    cause: Option<Box<Cause>>,
}

#[derive(Clone, Debug)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

/// Why a diagnostic's problem came about, and why that did.
#[derive(Clone, Debug)]
struct Cause {
    message: String,
    inner: Option<Box<Cause>>,
}

impl Diagnostic {
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Diagnostic {
            code,
            message: message.into(),
            labels: Vec::new(),
            help: None,
            cause: None,
        }
    }

    pub fn label(mut self, span: &Span, text: impl Into<String>) -> Self {
        self.labels.push(Label {
            span: span.clone(),
            text: text.into(),
        });
        self
    }

    /// What the user can do about it.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into()).filter(|help| !help.is_empty());
        self
    }

    /// Why it happened; a second cause is the cause of the first.
    pub fn cause(mut self, cause: impl fmt::Display) -> Self {
        let mut slot = &mut self.cause;
        while let Some(outer) = slot {
            slot = &mut outer.inner;
        }
        *slot = Some(Box::new(Cause {
            message: cause.to_string(),
            inner: None,
        }));
        self
    }

    fn causes(&self) -> impl Iterator<Item = &str> {
        std::iter::successors(self.cause.as_deref(), |cause| cause.inner.as_deref()).map(|cause| cause.message.as_str())
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Diagnostic {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Cause {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.inner.as_deref().map(|cause| cause as _)
    }
}

/// What ends a command.
#[derive(Clone, Debug)]
pub struct Error {
    pub exit: Exit,
    /// Never empty.
    pub diagnostics: Vec<Diagnostic>,
}

impl Error {
    pub fn new(exit: Exit, code: &'static str, message: impl Into<String>) -> Self {
        Error {
            exit,
            diagnostics: vec![Diagnostic::error(code, message)],
        }
    }

    pub fn usage(code: &'static str, message: impl Into<String>) -> Self {
        Error::new(Exit::Usage, code, message)
    }

    pub fn timeout(code: &'static str, message: impl Into<String>) -> Self {
        Error::new(Exit::Timeout, code, message)
    }

    pub fn infrastructure(code: &'static str, message: impl Into<String>) -> Self {
        Error::new(Exit::Infrastructure, code, message)
    }

    pub fn guest_kernel(code: &'static str, message: impl Into<String>) -> Self {
        Error::new(Exit::GuestKernel, code, message)
    }

    /// A file operation that failed: `Error::io("cannot write", path, error)`.
    pub fn io(what: &str, path: &std::path::Path, error: std::io::Error) -> Self {
        let help = match error.kind() {
            std::io::ErrorKind::PermissionDenied => "check the permissions of the file and of the directory it is in",
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                "make room on this file system; `lkmc gc` removes old builds and runs"
            }
            _ => "",
        };
        Error::infrastructure("lkmc::io", format!("{what} {}", path.display()))
            .cause(error)
            .help(help)
    }

    /// What cannot be said where the user wanted it. The disk may be full there, but it is not ours.
    pub fn output(name: &str, error: std::io::Error) -> Self {
        Error::infrastructure("lkmc::io", format!("cannot write to {name}")).cause(error)
    }

    fn map_last(mut self, change: impl FnOnce(Diagnostic) -> Diagnostic) -> Self {
        self.diagnostics = {
            let mut all = self.diagnostics;
            let last = all.pop().map(change);
            all.extend(last);
            all
        };
        self
    }

    pub fn label(self, span: &Span, text: impl Into<String>) -> Self {
        self.map_last(|diagnostic| diagnostic.label(span, text))
    }

    pub fn help(self, help: impl Into<String>) -> Self {
        self.map_last(|diagnostic| diagnostic.help(help))
    }

    pub fn cause(self, cause: impl fmt::Display) -> Self {
        self.map_last(|diagnostic| diagnostic.cause(cause))
    }

    /// Several failures as one, with the exit status of the first.
    pub fn join(errors: Vec<Error>) -> Option<Error> {
        errors.into_iter().reduce(|mut all, next| {
            all.diagnostics.extend(next.diagnostics);
            all
        })
    }

    pub fn code(&self) -> &'static str {
        self.diagnostics.first().map_or("lkmc", |diagnostic| diagnostic.code)
    }
}

impl From<Diagnostic> for Error {
    fn from(diagnostic: Diagnostic) -> Self {
        Error {
            exit: Exit::Usage,
            diagnostics: vec![diagnostic],
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.diagnostics.as_slice() {
            [only] => write!(f, "{only}"),
            all => write!(f, "{} problems", all.len()),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self.diagnostics.as_slice() {
            [only] => only.source(),
            _ => None,
        }
    }
}

/// Collects diagnostics so that a user sees all of them at once.
#[derive(Debug, Default)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// The value, if nothing was reported.
    pub fn finish<T>(self, value: T) -> Result<T> {
        if self.0.is_empty() {
            return Ok(value);
        }
        Err(Error {
            exit: Exit::Usage,
            diagnostics: self.in_reading_order(),
        })
    }

    /// By the file that each points into, in the order of first mention, and by the place in it.
    fn in_reading_order(self) -> Vec<Diagnostic> {
        let mut files = Vec::new();
        let mut placed: Vec<((usize, usize), Diagnostic)> = Vec::new();
        for diagnostic in self.0 {
            let place = diagnostic.labels.first().map_or((usize::MAX, 0), |label| {
                let known = files.iter().position(|file| file == &label.span.source);
                let index = known.unwrap_or_else(|| {
                    files.push(label.span.source.clone());
                    files.len() - 1
                });
                (index, label.span.start)
            });
            placed.push((place, diagnostic));
        }
        placed.sort_by_key(|(place, _)| *place);
        placed.into_iter().map(|(_, diagnostic)| diagnostic).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    #[test]
    fn labels_in_two_files_show_both_files() {
        let (a, b) = (Source::new("a.toml", "x = 1\n"), Source::new("b.toml", "\n\nx = 2\n"));
        let error = Error::usage("lkmc::test::conflict", "x is set twice")
            .label(&a.span(0..1), "here")
            .label(&b.span(2..3), "and here")
            .help("remove one");
        let text = to_plain_text(&error);
        for part in ["[a.toml:1:1]", "[b.toml:3:1]", "here", "and here", "help: remove one"] {
            assert!(text.contains(part), "no {part} in:\n{text}");
        }
    }

    #[test]
    fn causes_nest_in_the_order_given() {
        let error = Error::infrastructure("lkmc::test::cause", "outer")
            .cause("middle")
            .cause("inner");
        let json = to_json(&error);
        assert_eq!(json["errors"][0]["causes"], serde_json::json!(["middle", "inner"]));
        assert_eq!(json["exit-status"], 125);
    }
}
