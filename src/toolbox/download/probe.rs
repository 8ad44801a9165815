//! What the mirrors have, asked without downloading it.

use std::sync::Mutex;

use super::{Downloader, WORKERS};
use crate::debian::File;
use crate::toolbox::error::go_on;

impl Downloader {
    /// Commands that would fetch what is missing, from the first mirror.
    pub fn dry_run(&self, files: &[&File]) -> Vec<String> {
        let line = |file: &&&File| {
            let base = self
                .mirrors
                .of(file.archive)
                .first()
                .map_or("http://MIRROR", String::as_str);
            format!(
                "curl -fL --create-dirs -o {} {base}/{}",
                self.path(file).display(),
                file.path
            )
        };
        files
            .iter()
            .filter(|file| !self.path(file).exists())
            .map(|file| line(&file))
            .collect()
    }

    /// Asks the mirrors whether they still have the files, and at which size. Gives those that none has, with the reasons; if it
    /// was told to stop, only the first of them.
    pub fn missing_from_mirrors<'a>(&self, files: &[&'a File]) -> Vec<(&'a File, Vec<String>)> {
        let queue = Mutex::new(files.to_vec());
        let missing = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..2 * WORKERS {
                scope.spawn(|| {
                    while let Some(file) = queue.lock().ok().and_then(|mut queue| queue.pop()) {
                        if go_on(self.deadline).is_err() {
                            break;
                        }
                        if let (Err(reasons), Ok(mut missing)) = (self.probe(file), missing.lock()) {
                            missing.push((file, reasons));
                        }
                    }
                });
            }
        });
        let mut missing = missing.into_inner().unwrap_or_default();
        missing.sort();
        missing
    }

    /// One mirror that has the file is enough.
    fn probe(&self, file: &File) -> Result<(), Vec<String>> {
        let mut reasons = Vec::new();
        for base in self.mirrors.of(file.archive) {
            let answer = self.agent.head(format!("{base}/{}", file.path)).call();
            let reason = match answer {
                Ok(response) if response.status() == 200 => match content_length(&response) {
                    Some(length) if length != file.size => format!("it has {length} bytes, not {}", file.size),
                    _ => return Ok(()),
                },
                Ok(response) => format!("HTTP status {}", response.status().as_u16()),
                Err(error) => error.to_string(),
            };
            reasons.push(format!("{base}: {reason}"));
        }
        Err(reasons)
    }
}

fn content_length<T>(response: &ureq::http::Response<T>) -> Option<u64> {
    response.headers().get("content-length")?.to_str().ok()?.parse().ok()
}
