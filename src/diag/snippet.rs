//! Several files as one address space, because miette wants a single source per diagnostic.
//!
//! Each file that a diagnostic points into gets a range of offsets, one after the other; [`Diagnostic`] is itself the
//! source that miette reads from, and answers with the name and the line numbers of the file that an offset falls into. A
//! range across two files is refused, which keeps miette from joining their snippets.

use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use super::{Diagnostic, Error};
use crate::source::Source;

impl Diagnostic {
    /// The labelled files in order of first mention, each with its first offset.
    fn files(&self) -> Vec<(usize, &Source)> {
        let mut files: Vec<(usize, &Source)> = Vec::new();
        for label in &self.labels {
            if files.iter().all(|(_, source)| *source != &label.span.source) {
                // One more than the length: a label at the end of a file must not fall into the next one.
                let base = files.last().map_or(0, |(base, source)| base + source.text().len() + 1);
                files.push((base, &label.span.source));
            }
        }
        files
    }
}

impl SourceCode for Diagnostic {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let inside = |base: usize, source: &Source| {
            span.offset() >= base && span.offset() + span.len() <= base + source.text().len()
        };
        let files = self.files();
        let (base, source) = files
            .into_iter()
            .find(|(base, source)| inside(*base, source))
            .ok_or(MietteError::OutOfBounds)?;
        let local = SourceSpan::from((span.offset() - base, span.len()));
        let found = source.text().read_span(&local, before, after)?;
        let span = SourceSpan::from((found.span().offset() + base, found.span().len()));
        Ok(Box::new(MietteSpanContents::new_named(
            source.name().to_string(),
            found.data(),
            span,
            found.line(),
            found.column(),
            found.line_count(),
        )))
    }
}

impl miette::Diagnostic for Diagnostic {
    fn code<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        Some(Box::new(self.code))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as _)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        (!self.labels.is_empty()).then_some(self)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let files = self.files();
        Some(Box::new(self.labels.iter().enumerate().map(move |(index, label)| {
            let base = files
                .iter()
                .find(|(_, source)| *source == &label.span.source)
                .map_or(0, |(base, _)| *base);
            let range = (label.span.start + base, label.span.end - label.span.start);
            let text = Some(label.text.clone()).filter(|text| !text.is_empty());
            match index {
                0 => LabeledSpan::new_primary_with_span(text, range),
                _ => LabeledSpan::new_with_span(text, range),
            }
        })))
    }
}

/// The head of several diagnostics; a single one is shown by itself.
impl miette::Diagnostic for Error {
    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        Some(Box::new(self.diagnostics.iter().map(|diagnostic| diagnostic as _)))
    }
}
