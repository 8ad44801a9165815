//! `lkmc trace`: what was executed while a command ran, and what else gem5 said.

mod cache;
mod coverage;
mod exec;
mod pipeline;
mod raw;

use std::io::{BufWriter, ErrorKind, StdoutLock, Write};
use std::process::ExitCode;
use std::time::Instant;

use crate::cli::{self, Global};
use crate::diag::{Error, Result};
use crate::trace::input::{self, Input};
use crate::trace::walk::Flow;

pub fn trace(global: &Global, command: cli::Trace) -> Result<ExitCode> {
    match command {
        cli::Trace::Exec(arguments) => exec::show(global, &arguments),
        cli::Trace::Coverage(arguments) => coverage::show(global, &arguments),
        cli::Trace::Cache(arguments) => cache::show(global, &arguments),
        cli::Trace::Pipeline(arguments) => pipeline::show(global, &arguments),
        cli::Trace::Raw(arguments) => raw::show(global, &arguments),
    }
}

/// The trace that is meant, with the files that the command line names for it.
fn open(global: &Global, choice: &cli::TraceChoice) -> Result<Input> {
    let mut input = input::find(&choice.trace.run)?;
    input.deadline = global.timeout.map(|timeout| Instant::now() + timeout);
    input.program = choice.program.clone().or(input.program);
    input.check_processor(choice.part.window.cpu)?;
    input.vmlinux = choice.vmlinux.clone().or(input.vmlinux);
    Ok(input)
}

/// Standard output for results of any length.
struct Out {
    writer: BufWriter<StdoutLock<'static>>,
    left: usize,
}

impl Out {
    /// At most so many lines.
    fn new(most: Option<usize>) -> Out {
        Out {
            writer: BufWriter::new(std::io::stdout().lock()),
            left: most.unwrap_or(usize::MAX),
        }
    }

    /// Whether more is wanted: a reader that has had enough is no error.
    fn line(&mut self, text: &str) -> Result<Flow> {
        if self.left == 0 {
            return Ok(Flow::Break(()));
        }
        self.left -= 1;
        let written = self
            .writer
            .write_all(text.as_bytes())
            .and_then(|()| self.writer.write_all(b"\n"));
        match written {
            Ok(()) if self.left > 0 => Ok(Flow::Continue(())),
            Ok(()) => Ok(Flow::Break(())),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Flow::Break(())),
            Err(error) => Err(failed(error)),
        }
    }

    fn finish(mut self) -> Result<ExitCode> {
        match self.writer.flush() {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(failed(error)),
            _ => Ok(ExitCode::SUCCESS),
        }
    }
}

fn failed(error: std::io::Error) -> Error {
    Error::output("standard output", error)
}
