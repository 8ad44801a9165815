//! Source files: their short names, and their lines.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::Files;

pub struct Sources<'a> {
    files: &'a Files,
    /// None for a file that is not to be found.
    read: HashMap<String, Option<String>>,
}

impl Sources<'_> {
    pub fn new(files: &Files) -> Sources<'_> {
        Sources {
            files,
            read: HashMap::new(),
        }
    }

    /// A kernel file's name below the kernel's sources, any other as it is.
    pub fn short(&self, file: &str) -> String {
        match self.in_kernel(file) {
            Some(path) => path.display().to_string(),
            None => file.to_string(),
        }
    }

    fn in_kernel<'a>(&self, file: &'a str) -> Option<&'a Path> {
        let (named, physical) = &self.files.kernel_source;
        let mut roots = [named, physical].into_iter();
        roots.find_map(|root| Path::new(file).strip_prefix(root).ok())
    }

    /// The text of a line, without its indentation.
    pub fn line(&mut self, file: &str, number: u32) -> Option<String> {
        let candidates = self.candidates(file);
        let read = self.read.entry(file.to_string());
        let text = read.or_insert_with(|| {
            let bytes = candidates.iter().find_map(|path| std::fs::read(path).ok());
            bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        });
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        let line = text.as_ref()?.lines().nth(index)?.trim();
        (!line.is_empty()).then(|| line.to_string())
    }

    /// The kernel's files are its own, whatever else has their names. Of others a module's come first: `kernel_modules/lib/x.c` is not
    /// in the kernel, but `lib/x.c` might be in both.
    fn candidates(&self, file: &str) -> Vec<PathBuf> {
        let kernel = [&self.files.kernel_source.1, &self.files.build_tree];
        // Joining an absolute name gives that name.
        match self.in_kernel(file) {
            Some(path) => kernel.map(|root| root.join(path)).to_vec(),
            None => self
                .files
                .roots
                .iter()
                .chain(kernel)
                .map(|root| root.join(file))
                .collect(),
        }
    }
}
