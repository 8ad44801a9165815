//! `lkmc trace raw`: messages of any flag, as gem5 wrote them.

use std::process::ExitCode;
use std::time::Instant;

use serde_json::json;

use crate::cli::{self, Global};
use crate::diag::Result;
use crate::patterns;
use crate::trace::filter::{Filter, Side};
use crate::trace::input;
use crate::trace::walk::{self, Flow};

use super::Out;

pub fn show(global: &Global, arguments: &cli::TraceRaw) -> Result<ExitCode> {
    let mut input = input::find(&arguments.trace.run)?;
    input.deadline = global.timeout.map(|timeout| Instant::now() + timeout);
    input.check_processor(arguments.part.window.cpu)?;
    let filter = Filter::new(&arguments.part.window, Side::Both, &[])?;
    let patterns = patterns::compile(&arguments.patterns)?;
    let mut processors = input.gem5()?.processors.clone();
    let mut out = Out::new(arguments.part.lines);
    let (mut found, mut matching) = (0, 0);
    let mut seen = walk::messages(&input, &filter, |said, since| {
        found += 1;
        let text = format!("{}: {}", said.object, said.words);
        let meant = patterns.is_empty() || patterns.iter().any(|pattern| pattern.is_match(&text));
        if !meant || !filter.time_and_cpu(since, processors.of_part(said.object)) {
            return Ok(Flow::Continue(()));
        }
        matching += 1;
        out.line(&match global.json {
            true => json!({ "tick": since, "object": said.object, "message": said.words }).to_string(),
            false => format!("{since:>12}: {text}"),
        })
    })?;
    (seen.found, seen.wanted) = (found, matching);
    seen.check(&input, "messages of objects", "FLAGS")?;
    seen.tell(&input);
    out.finish()
}
