//! A timeline for <https://ui.perfetto.dev>: Chrome's JSON trace events, written while the trace is read.
//!
//! JSON, because it needs no schema of anybody's, can be looked at, and holds all that slices need. Its times are microseconds;
//! Perfetto keeps nanoseconds of them, and a cycle of a processor may be half of one. So each tick, a picosecond, is written as a
//! nanosecond: what reads as 1 ms is 1 us of the guest.

use std::fs::{File, Permissions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::diag::{Error, Result};

/// A file of events.
pub struct Timeline {
    writer: Writer,
    first: bool,
}

enum Writer {
    Plain(BufWriter<File>),
    Compressed(GzEncoder<BufWriter<File>>),
}

impl Writer {
    fn all(&mut self, text: &[u8]) -> std::io::Result<()> {
        match self {
            Writer::Plain(writer) => writer.write_all(text),
            Writer::Compressed(writer) => writer.write_all(text),
        }
    }
}

/// Where a slice is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Track {
    /// A group of tracks.
    pub group: u32,
    pub number: u32,
}

impl Timeline {
    /// Begins the file, which Perfetto reads compressed as well if it is called so.
    fn new(file: File, path: &Path) -> std::io::Result<Timeline> {
        let file = BufWriter::new(file);
        let mut writer = match path.extension().is_some_and(|ending| ending == "gz") {
            true => Writer::Compressed(GzEncoder::new(file, Compression::default())),
            false => Writer::Plain(file),
        };
        writer.all(b"{\"displayTimeUnit\":\"ns\",\"traceEvents\":[")?;
        Ok(Timeline { writer, first: true })
    }

    fn event(&mut self, event: &Value) -> std::io::Result<()> {
        let comma: &[u8] = if self.first { b"\n" } else { b",\n" };
        self.first = false;
        self.writer.all(comma)?;
        self.writer.all(event.to_string().as_bytes())
    }

    /// What a group of tracks is called.
    pub fn name_group(&mut self, group: u32, name: &str) -> std::io::Result<()> {
        self.event(&json!({ "ph": "M", "name": "process_name", "pid": group, "tid": 0, "args": { "name": name } }))
    }

    pub fn name_track(&mut self, track: Track, name: &str) -> std::io::Result<()> {
        let (pid, tid) = (track.group, track.number);
        self.event(&json!({ "ph": "M", "name": "thread_name", "pid": pid, "tid": tid, "args": { "name": name } }))?;
        self.event(
            &json!({ "ph": "M", "name": "thread_sort_index", "pid": pid, "tid": tid, "args": { "sort_index": tid } }),
        )
    }

    /// A slice begins; those that begin before its end are inside of it.
    pub fn begin(&mut self, track: Track, tick: u64, name: &str, category: &str) -> std::io::Result<()> {
        let (pid, tid) = (track.group, track.number);
        self.event(&json!({ "ph": "B", "name": name, "cat": category, "ts": time(tick), "pid": pid, "tid": tid }))
    }

    pub fn end(&mut self, track: Track, tick: u64, details: Value) -> std::io::Result<()> {
        let (pid, tid) = (track.group, track.number);
        self.event(&json!({ "ph": "E", "ts": time(tick), "pid": pid, "tid": tid, "args": details }))
    }

    /// A slice of which both ends are known.
    pub fn slice(
        &mut self,
        track: Track,
        (from, to): (u64, u64),
        name: &str,
        category: &str,
        details: Value,
    ) -> std::io::Result<()> {
        let (pid, tid) = (track.group, track.number);
        let length = time(to.saturating_sub(from));
        let event = json!({
            "ph": "X", "name": name, "cat": category, "ts": time(from), "dur": length, "pid": pid, "tid": tid, "args": details
        });
        self.event(&event)
    }

    pub fn finish(mut self) -> std::io::Result<()> {
        self.writer.all(b"\n]}\n")?;
        match self.writer {
            Writer::Plain(mut writer) => writer.flush(),
            Writer::Compressed(writer) => writer.finish()?.flush(),
        }
    }
}

/// Three decimals of a microsecond: no digit is lost below 2^53 / 1000 ticks, two and a half hours of the guest.
fn time(tick: u64) -> f64 {
    tick as f64 / 1000.0
}

/// For what cannot be written.
pub fn failed(path: &Path) -> impl Fn(std::io::Error) -> Error + '_ {
    move |error| Error::io("cannot write", path, error)
}

/// A timeline in this file, and what goes into it. If that fails, whatever the file was before it is still.
pub fn write<T>(path: &Path, body: impl FnOnce(&mut Timeline) -> Result<T>) -> Result<T> {
    let fill = |file: std::io::Result<File>| {
        let timeline = file.and_then(|file| Timeline::new(file, path));
        let mut timeline = timeline.map_err(failed(path))?;
        let result = body(&mut timeline)?;
        timeline.finish().map_err(failed(path))?;
        Ok(result)
    };
    if path.exists() && !path.is_file() {
        // A pipe or a device is written to as it is.
        return fill(File::options().write(true).open(path));
    }
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let file = tempfile::Builder::new()
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(directory.unwrap_or(Path::new(".")))
        .map_err(failed(path))?;
    let result = fill(file.as_file().try_clone())?;
    file.persist(path).map_err(|error| failed(path)(error.error))?;
    Ok(result)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn the_file_is_what_perfetto_reads_compressed_or_not() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["a.json", "a.json.gz"] {
            let file = directory.path().join(name);
            let track = Track { group: 1, number: 2 };
            write(&file, |timeline| {
                timeline.name_group(1, "functions").map_err(failed(&file))?;
                timeline.begin(track, 500, "work", "user").map_err(failed(&file))?;
                timeline
                    .end(track, 1500, json!({ "instructions": 3 }))
                    .map_err(failed(&file))
            })
            .unwrap();
            let mut bytes = std::fs::read(&file).unwrap();
            if name.ends_with("gz") {
                let mut plain = Vec::new();
                flate2::read::GzDecoder::new(&*bytes).read_to_end(&mut plain).unwrap();
                bytes = plain;
            }
            let value: Value = serde_json::from_slice(&bytes).unwrap();
            let events = value["traceEvents"].as_array().unwrap();
            assert_eq!(events[0]["args"]["name"], "functions");
            assert_eq!(
                (events[1]["ph"].as_str(), events[1]["ts"].as_f64()),
                (Some("B"), Some(0.5))
            );
            assert_eq!(
                (events[2]["ph"].as_str(), events[2]["ts"].as_f64()),
                (Some("E"), Some(1.5))
            );
        }
    }
}
