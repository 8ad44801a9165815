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

/// Whether it just stops here: the emulator was killed, and its compressed stream has no end.
pub fn is_cut(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::UnexpectedEof | ErrorKind::InvalidInput | ErrorKind::InvalidData
    )
}
