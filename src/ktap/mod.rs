//! KTAP, in which the kernel's own tests say what came of them, and TAP 13 and 14, which it is made of: from lines to results.
//!
//! The kernel's Documentation/dev-tools/ktap.rst says what a test should print. What is read here is what tests do print, between
//! other lines, up to a crash: KUnit's suites by their indentation, with and without a version or a plan; the runner of kselftest,
//! which puts `# ` before each line of a program.

pub mod junit;
mod line;
pub mod parser;
pub mod results;
