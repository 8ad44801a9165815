//! Why there is no dump, or none that can be read.

use std::path::PathBuf;

use crate::decode::object::Unreadable;

#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    #[error("cannot write the dump: {0}")]
    Write(#[source] std::io::Error),
    #[error("cannot read {}: {reason}", .path.display())]
    Read { path: PathBuf, reason: String },
    #[error(transparent)]
    Symbols(#[from] Unreadable),
    #[error("QEMU's dump is not as expected: {0}")]
    Strange(String),
    #[error("the kernel's symbol `{0}` is not in vmlinux")]
    NoSymbol(&'static str),
    #[error("the kernel is not in this memory: its banner was not found, or no page tables that map it")]
    NoKernel,
    #[error(transparent)]
    Monitor(#[from] crate::emulator::qmp::Error),
}

pub fn strange(why: impl ToString) -> DumpError {
    DumpError::Strange(why.to_string())
}

/// The thread that wrote the dump is gone.
pub fn strange_end() -> DumpError {
    strange("its writer died")
}
