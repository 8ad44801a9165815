//! How far the downloads are: one bar on a terminal, a line every few seconds elsewhere.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};

const INTERVAL: Duration = Duration::from_secs(5);

pub struct Progress {
    files: usize,
    total: u64,
    done: AtomicU64,
    bar: Option<ProgressBar>,
    last_line: Mutex<Instant>,
}

impl Progress {
    pub fn new(files: usize, total: u64) -> Progress {
        let bar = std::io::stderr().is_terminal().then(|| {
            let template = "downloading [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} eta {eta}";
            // The template is a constant; a test draws it.
            let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(total).with_style(style.progress_chars("=> "))
        });
        if bar.is_none() {
            let plural = if files == 1 { "" } else { "s" };
            eprintln!("lkmc: downloading {files} file{plural}, {}", HumanBytes(total));
        }
        Progress {
            files,
            total,
            done: AtomicU64::new(0),
            bar,
            last_line: Mutex::new(Instant::now()),
        }
    }

    pub fn advance(&self, bytes: u64) {
        let done = self.done.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if let Some(bar) = &self.bar {
            bar.set_position(done.min(self.total));
        } else if let Ok(mut last) = self.last_line.try_lock()
            && last.elapsed() >= INTERVAL
        {
            *last = Instant::now();
            eprintln!(
                "lkmc: downloading {} files: {} of {}",
                self.files,
                HumanBytes(done),
                HumanBytes(self.total)
            );
        }
    }

    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
