//! The bytes of a trace file, whoever wrote it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use crate::diag::{Error, Result};

/// How much is read at a time.
const BUFFER: usize = 256 << 10;

/// Whether it is compressed is seen, not guessed from its name.
pub fn open(path: &Path) -> Result<Box<dyn BufRead>> {
    let failed = |error| Error::io("cannot read", path, error);
    let mut file = BufReader::with_capacity(BUFFER, File::open(path).map_err(failed)?);
    let compressed = file.fill_buf().map_err(failed)?.starts_with(&[0x1f, 0x8b]);
    Ok(match compressed {
        true => Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(file))),
        false => Box::new(file),
    })
}

/// Why there is nothing more of a trace although it has not come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// It just stops: the emulator was killed, and its compressed stream has no end.
    Off,
    /// What comes now nobody has written so.
    Damaged,
}

impl Broken {
    /// None for what is no property of the file.
    pub fn by(error: &io::Error) -> Option<Broken> {
        match error.kind() {
            ErrorKind::UnexpectedEof => Some(Broken::Off),
            ErrorKind::InvalidInput | ErrorKind::InvalidData => Some(Broken::Damaged),
            _ => None,
        }
    }
}
