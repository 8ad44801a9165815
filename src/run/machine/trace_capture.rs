//! The host's end of a trace that is being made: hears what QEMU's plugin says (`qemu/trace.c`), and writes it into a compressed file.
//!
//! The plugin sends frames: a kind and a length, four bytes each, and so many bytes. Whatever happens to the file, all of them are
//! read: a guest never waits for a disk that is full.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};
use flate2::Compression;
use flate2::write::GzEncoder;
use rustix::net::Shutdown;

use crate::diag::{Error, Result};
use crate::emulator::qemu::{TRACE_MAGIC, TRACE_SOCKET, Trace};
use crate::host::socket::socket_path;
use crate::host::thread::spawn_thread;
use crate::run_directory::files::TRACE;
use crate::run_directory::run_json::BlocksRecord;
use crate::units::ByteSize;

/// For one answer of the plugin, which needs nothing of the guest.
const ANSWER: Duration = Duration::from_secs(20);
/// At the end it is asked for what it has not sent yet, which is little. A QEMU that stands still has no answer.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// No frame is longer.
const LONGEST: u32 = 1 << 17;

/// Kinds of frames.
const DATA: u32 = 0;
const BEGUN: u32 = 1;
const ENDED: u32 = 2;
/// What the plugin is asked for.
const BEGIN: &[u8] = b"b";
const END: &[u8] = b"e";
const COUNT: &[u8] = b"c";

/// One QEMU's trace.
pub struct Tracer {
    listener: Arc<UnixListener>,
    said: Receiver<Said>,
    connection: Option<UnixStream>,
    limit: ByteSize,
    boot: bool,
    begun: bool,
    result: Option<BlocksRecord>,
}

/// What the thread that listens has to say.
enum Said {
    Connected(UnixStream),
    Begun,
    /// With the number of instructions that were executed; unknown if the emulator is gone.
    Ended(Option<u64>, Kept),
}

/// What has come of the file.
#[derive(Default)]
struct Kept {
    bytes: u64,
    /// Why it is not all.
    cut: Option<String>,
}

impl Tracer {
    /// Listens for a QEMU that is about to be started in this directory.
    pub fn listen(directory: &Path, trace: &Trace) -> Result<Tracer> {
        let failed = |error| Error::io("cannot listen at", &directory.join(TRACE_SOCKET), error);
        let _ = std::fs::remove_file(directory.join(TRACE_SOCKET));
        let at = File::open(directory).map_err(failed)?;
        let listener = Arc::new(UnixListener::bind(socket_path(&at, TRACE_SOCKET)).map_err(failed)?);
        let (sender, said) = unbounded();
        let (ours, file, limit) = (Arc::clone(&listener), directory.join(TRACE), trace.limit);
        spawn_thread("trace", move || {
            // An error is the end of the wait: no QEMU has come.
            if let Ok((stream, _)) = ours.accept() {
                hear(&stream, &file, limit, &sender);
            }
        })?;
        Ok(Tracer {
            listener,
            said,
            connection: None,
            limit: trace.limit,
            boot: trace.boot,
            begun: trace.boot,
            result: None,
        })
    }

    /// Has the plugin record from now on.
    pub fn begin(&mut self) -> Result<(), String> {
        if self.begun {
            return Ok(());
        }
        let deadline = Instant::now() + ANSWER;
        self.ask(BEGIN, deadline)?;
        loop {
            match self.said.recv_deadline(deadline) {
                Ok(Said::Begun) => break,
                Ok(Said::Connected(_)) => {}
                Ok(Said::Ended(..)) => return Err("QEMU has ended".into()),
                Err(_) => return Err(format!("QEMU's plugin did not answer within {ANSWER:?}")),
            }
        }
        self.begun = true;
        Ok(())
    }

    /// Has it stop. What has come of it; none if it never began.
    pub fn end(&mut self) -> Option<&BlocksRecord> {
        if self.result.is_some() || !self.begun {
            return self.result.as_ref();
        }
        let deadline = Instant::now() + LAST_WORDS;
        // One that is gone has said its last.
        let _ = self.ask(END, deadline);
        let (instructions, kept) = self.ended(deadline).unwrap_or_else(|| {
            self.hang_up();
            let (_, mut kept) = self.ended(Instant::now() + LAST_WORDS).unwrap_or_default();
            kept.cut
                .get_or_insert_with(|| "QEMU's plugin did not come to an end".into());
            (None, kept)
        });
        Some(self.result.insert(BlocksRecord {
            file: TRACE.into(),
            bytes: kept.bytes,
            limit: self.limit,
            boot: self.boot,
            instructions,
            cut: kept.cut,
        }))
    }

    /// What has come of the trace.
    fn ended(&self, deadline: Instant) -> Option<(Option<u64>, Kept)> {
        loop {
            match self.said.recv_deadline(deadline) {
                Ok(Said::Ended(instructions, kept)) => return Some((instructions, kept)),
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    }

    fn hang_up(&self) {
        if let Some(connection) = &self.connection {
            let _ = connection.shutdown(std::net::Shutdown::Both);
        }
    }

    fn ask(&mut self, request: &[u8], deadline: Instant) -> Result<(), String> {
        while self.connection.is_none() {
            match self.said.recv_deadline(deadline) {
                Ok(Said::Connected(stream)) => self.connection = Some(stream),
                Ok(_) => {}
                Err(_) => return Err("QEMU's plugin has not connected".into()),
            }
        }
        let connection = self.connection.as_mut().map(|stream| stream.write_all(request));
        connection.transpose().map(drop).map_err(|error| error.to_string())
    }
}

/// Ends the thread that waits for a QEMU, and that of one which is gone.
impl Drop for Tracer {
    fn drop(&mut self) {
        let _ = rustix::net::shutdown(&*self.listener, Shutdown::Both);
        self.hang_up();
    }
}

/// From the plugin's first byte to its last.
fn hear(stream: &UnixStream, path: &Path, limit: ByteSize, sender: &Sender<Said>) {
    let Ok(connection) = stream.try_clone() else { return };
    // Receivers that are gone have lost interest.
    let _ = sender.send(Said::Connected(connection));
    let mut output = Output::new(path, limit);
    let mut instructions = None;
    while let Ok((kind, bytes)) = frame(stream) {
        match kind {
            DATA => {
                if output.write(&bytes).is_break() {
                    // Nothing more has to be sent, only counted.
                    let _ = (&*stream).write_all(COUNT);
                }
            }
            BEGUN => drop(sender.send(Said::Begun)),
            ENDED => {
                instructions = bytes.try_into().ok().map(u64::from_le_bytes);
                break;
            }
            _ => break,
        }
    }
    let _ = sender.send(Said::Ended(instructions, output.finish()));
}

fn frame(mut stream: &UnixStream) -> io::Result<(u32, Vec<u8>)> {
    let mut header = [0; 8];
    stream.read_exact(&mut header)?;
    let [kind, length] = [0, 4].map(|at| {
        let mut word = [0; 4];
        word.copy_from_slice(&header[at..at + 4]);
        u32::from_le_bytes(word)
    });
    if length > LONGEST {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = vec![0; length as usize];
    stream.read_exact(&mut bytes)?;
    Ok((kind, bytes))
}

/// The file, as long as it may grow and can.
struct Output {
    encoder: Option<GzEncoder<Counted>>,
    /// Comes before the first byte, and by itself if there is none.
    head: &'static [u8],
    path: PathBuf,
    limit: u64,
    kept: Kept,
}

struct Counted {
    file: File,
    bytes: u64,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Output {
    fn new(path: &Path, limit: ByteSize) -> Output {
        let mut output = Output {
            encoder: None,
            head: TRACE_MAGIC,
            path: path.to_owned(),
            limit: limit.0,
            kept: Kept::default(),
        };
        match File::create(path) {
            Ok(file) => {
                // The trace is dense already; what is left to find is found quickly.
                output.encoder = Some(GzEncoder::new(Counted { file, bytes: 0 }, Compression::fast()));
            }
            Err(error) => output.kept.cut = Some(output.unwritable(&error)),
        }
        output
    }

    fn unwritable(&self, error: &io::Error) -> String {
        format!("{} cannot be written: {error}", self.path.display())
    }

    /// Breaks where the file ends and more would come.
    fn write(&mut self, bytes: &[u8]) -> std::ops::ControlFlow<()> {
        use std::ops::ControlFlow::{Break, Continue};
        let Some(encoder) = &mut self.encoder else {
            return Continue(());
        };
        let head = std::mem::take(&mut self.head);
        let cut = match encoder.write_all(head).and_then(|()| encoder.write_all(bytes)) {
            Err(error) => Some(self.unwritable(&error)),
            Ok(()) if encoder.get_ref().bytes >= self.limit => {
                Some(format!("at its limit of {}", ByteSize(self.limit)))
            }
            Ok(()) => None,
        };
        match cut {
            None => Continue(()),
            Some(cut) => {
                self.close();
                self.kept.cut = Some(cut);
                Break(())
            }
        }
    }

    fn close(&mut self) {
        let Some(mut encoder) = self.encoder.take() else { return };
        match encoder.write_all(self.head).and_then(|()| encoder.finish()) {
            Ok(counted) => self.kept.bytes = counted.bytes,
            Err(error) => self.kept.cut = self.kept.cut.take().or_else(|| Some(self.unwritable(&error))),
        }
        if self.kept.bytes == 0 {
            self.kept.bytes = std::fs::metadata(&self.path).map_or(0, |metadata| metadata.len());
        }
    }

    fn finish(mut self) -> Kept {
        self.close();
        self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::socket::connect_socket;

    fn send(stream: &mut UnixStream, kind: u32, bytes: &[u8]) {
        let header = [kind.to_le_bytes(), (bytes.len() as u32).to_le_bytes()].concat();
        stream.write_all(&[&header, bytes].concat()).unwrap();
    }

    fn trace(limit: u64) -> Trace {
        Trace {
            plugin: None,
            limit: ByteSize(limit),
            boot: false,
        }
    }

    fn asked(stream: &mut UnixStream) -> u8 {
        let mut request = [0];
        stream.read_exact(&mut request).unwrap();
        request[0]
    }

    fn kept(directory: &Path) -> Vec<u8> {
        let mut bytes = Vec::new();
        let file = File::open(directory.join(TRACE)).unwrap();
        flate2::read::GzDecoder::new(file).read_to_end(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn what_the_plugin_says_is_kept() {
        let directory = tempfile::tempdir().unwrap();
        let mut tracer = Tracer::listen(directory.path(), &trace(1 << 20)).unwrap();
        let mut plugin = connect_socket(directory.path(), TRACE_SOCKET).unwrap();
        let answers = std::thread::spawn(move || {
            assert_eq!(asked(&mut plugin), b'b');
            send(&mut plugin, BEGUN, &[]);
            send(&mut plugin, DATA, b"blocks");
            assert_eq!(asked(&mut plugin), b'e');
            send(&mut plugin, ENDED, &7u64.to_le_bytes());
        });
        tracer.begin().unwrap();
        let record = tracer.end().unwrap().clone();
        answers.join().unwrap();
        assert_eq!((record.instructions, &record.cut), (Some(7), &None));
        assert_eq!(kept(directory.path()), [TRACE_MAGIC, b"blocks"].concat());
        assert!(record.bytes > 0);
    }

    #[test]
    fn a_trace_that_is_full_is_counted_to_its_end() {
        let directory = tempfile::tempdir().unwrap();
        let mut tracer = Tracer::listen(directory.path(), &trace(1)).unwrap();
        let mut plugin = connect_socket(directory.path(), TRACE_SOCKET).unwrap();
        let (counts, counting) = unbounded();
        let answers = std::thread::spawn(move || {
            assert_eq!(asked(&mut plugin), b'b');
            send(&mut plugin, BEGUN, &[]);
            let noise: Vec<u8> = (0..60_000u32).map(|at| ((at * at) >> 7) as u8).collect();
            (0..4).for_each(|_| send(&mut plugin, DATA, &noise));
            counts.send(asked(&mut plugin)).unwrap();
            assert_eq!(asked(&mut plugin), b'e');
            send(&mut plugin, ENDED, &9u64.to_le_bytes());
        });
        tracer.begin().unwrap();
        assert_eq!(counting.recv_timeout(ANSWER), Ok(b'c'));
        let record = tracer.end().unwrap().clone();
        answers.join().unwrap();
        assert_eq!(record.instructions, Some(9));
        assert_eq!(record.cut.as_deref(), Some("at its limit of 1B"));
        assert!(kept(directory.path()).starts_with(TRACE_MAGIC));
    }

    #[test]
    fn a_full_disk_ends_the_file_and_nothing_else() {
        let mut output = Output::new(Path::new("/dev/full"), ByteSize(1 << 30));
        let noise: Vec<u8> = (0..1_000_000u32).map(|at| (at.wrapping_mul(at) >> 7) as u8).collect();
        // Regular as it is, some of it stays in the encoder for a while.
        assert!((0..64).any(|_| output.write(&noise).is_break()));
        assert!(output.write(&noise).is_continue(), "it is said once");
        let cut = output.finish().cut.unwrap();
        assert!(cut.starts_with("/dev/full cannot be written: No space left"), "{cut}");
    }

    #[test]
    fn an_emulator_that_dies_leaves_what_it_has_said() {
        let directory = tempfile::tempdir().unwrap();
        let boot = Trace {
            boot: true,
            ..trace(1 << 20)
        };
        let mut tracer = Tracer::listen(directory.path(), &boot).unwrap();
        let mut plugin = connect_socket(directory.path(), TRACE_SOCKET).unwrap();
        send(&mut plugin, DATA, b"blocks");
        drop(plugin);
        let record = tracer.end().unwrap();
        assert_eq!((record.instructions, record.boot), (None, true));
        assert_eq!(kept(directory.path()), [TRACE_MAGIC, b"blocks"].concat());
    }
}
