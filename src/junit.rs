//! Files with JUnit's XML, which CI systems read.

use std::path::Path;

use quick_junit::Report;

use crate::diag::{Error, Result};

/// Whether it can be written, before hours of tests.
pub fn check(path: &Path) -> Result<()> {
    let opened = std::fs::File::options().create(true).append(true).open(path);
    opened.map(drop).map_err(|error| {
        let message = format!("the JUnit report cannot be written to {}", path.display());
        Error::usage("lkmc::junit", message).cause(error)
    })
}

pub fn write(report: &Report, path: &Path) -> Result<()> {
    let text = report
        .to_string()
        .map_err(|error| Error::infrastructure("lkmc::junit", "cannot write the JUnit report").cause(error))?;
    std::fs::write(path, text).map_err(|error| Error::io("cannot write", path, error))
}
