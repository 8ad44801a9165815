//! Regular expressions that a user gives.

use regex::Regex;

use crate::diag::{Error, Result};

/// Of names: statistics, functions, parameters.
pub fn compile(texts: &[String]) -> Result<Vec<Regex>> {
    let compile = |text: &String| {
        Regex::new(text).map_err(|error| {
            Error::usage("lkmc::pattern", format!("`{text}` is no regular expression"))
                .cause(error)
                .help("for example '^do_sys', 'numCycles$' or 'l2\\..*miss_rate::total'")
        })
    };
    texts.iter().map(compile).collect()
}
