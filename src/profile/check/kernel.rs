//! Rules about the kernel: its sources and configuration, or the directory where it has been built; its command line.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::Checker;
use crate::diag::Diagnostic;
use crate::profile::{kernel_tree, rules};

impl Checker<'_> {
    /// Whether a kernel's sources are in it is found out by the build.
    pub(super) fn kernel_source(&mut self) -> Option<PathBuf> {
        let node = self.tree.get("kernel.source")?.clone();
        let path = self.resolve(&node);
        let (label, help) = match beginning(&path) {
            Ok(bytes) if is_tarball(&bytes) => return Some(path),
            Ok(_) => ("no tarball, and no package of Debian's that holds one", None),
            Err(_) if path.is_dir() => (
                "a directory, not a file",
                Some(
                    "`git archive --prefix=linux/ -o linux.tar HEAD` there makes a tarball; `tree` boots what is built in a directory",
                ),
            ),
            Err(_) if path.exists() => ("a file that cannot be read", None),
            Err(_) => ("no such file", None),
        };
        let message = format!(
            "`{}` cannot be the sources of a kernel",
            node.text().unwrap_or_default()
        );
        let looked = format!("looked for {}", path.display());
        self.report_alone(
            Diagnostic::error("lkmc::profile::kernel_source", message)
                .label(&node.span, label)
                .help(help.map_or(looked, str::to_owned)),
        );
        None
    }

    /// Whether they fit the sources is found out by the build.
    pub(super) fn patches(&mut self) -> Vec<PathBuf> {
        let nodes = self.elements("kernel.patches").to_vec();
        for node in &nodes {
            let path = self.resolve(node);
            let label = match std::fs::read(&path) {
                Ok(bytes) if is_patch(&bytes) => continue,
                Ok(_) => "changes no file: it has no line `+++ b/FILE`",
                Err(_) if path.is_dir() => "a directory, not a file",
                Err(_) if path.exists() => "a file that cannot be read",
                Err(_) => "no such file",
            };
            let message = format!("`{}` cannot be a patch", node.text().unwrap_or_default());
            let problem = Diagnostic::error("lkmc::profile::patch", message).label(&node.span, label);
            self.report_alone(problem.help(format!(
                "looked for {}; `git format-patch` and `git diff` write patches",
                path.display()
            )));
        }
        nodes.iter().map(|node| self.resolve(node)).collect()
    }

    pub(super) fn config_file(&mut self) -> Option<PathBuf> {
        let node = self.tree.get("kernel.config-file")?.clone();
        let path = self.resolve(&node);
        let label = match std::fs::read_to_string(&path) {
            Ok(text) if text.lines().any(|line| line.starts_with("CONFIG_")) => return Some(path),
            Ok(_) => "sets nothing: it has no line `CONFIG_NAME=y`",
            Err(_) if path.is_dir() => "a directory, not a file",
            Err(_) if path.exists() => "a file that cannot be read",
            Err(_) => "no such file",
        };
        let message = format!("`{}` cannot be a .config", node.text().unwrap_or_default());
        let problem = Diagnostic::error("lkmc::profile::config_file", message).label(&node.span, label);
        self.report_alone(problem.help(format!("looked for {}", path.display())));
        None
    }

    /// A kernel of the user's own.
    pub(super) fn kernel_tree(&mut self) -> Option<PathBuf> {
        let node = self.tree.get("kernel.tree")?.clone();
        let tree = self.directory(&node, "lkmc::profile::kernel_tree", "the directory of a kernel")?;
        let kernel = &self.raw.kernel;
        for (is_there, key, what) in [
            (kernel.source.is_some(), "kernel.source", "sources make"),
            (!kernel.patches.is_empty(), "kernel.patches", "patches change"),
            (
                kernel.config_file.is_some(),
                "kernel.config-file",
                "a .config configures",
            ),
        ] {
            if is_there {
                let message = format!("{what} the toolbox's kernel, which is not booted");
                let problem = self.about("lkmc::profile::kernel_tree", key, message, "would not be in the kernel");
                let problem = self.also(problem, "kernel.tree", "this is booted");
                self.report(problem.help("leave one of the two out: what is in that directory is booted as it is"));
            }
        }
        if let Some(missing) = kernel_tree::missing(self.raw.arch, &tree) {
            let message = format!("no kernel for {} has been built in {}", self.raw.arch, tree.display());
            let help = match kernel_tree::arch(&tree) {
                Some(other) => format!(
                    "it has one for {other}, which a profile of that architecture boots: {}",
                    other.default_profile()
                ),
                None => "`make` in it builds one; with O=DIRECTORY it is built in that directory".into(),
            };
            let problem = Diagnostic::error("lkmc::profile::kernel_tree", message)
                .label(&node.span, format!("has no {missing}"))
                .help(help);
            self.report(problem);
        }
        Some(tree)
    }

    pub(super) fn command_line(&mut self) -> Vec<String> {
        let nodes = self.elements("kernel.command-line").to_vec();
        for node in &nodes {
            let text = node.text().unwrap_or_default();
            let (label, help) = if text.is_empty() {
                ("empty", String::new())
            } else if text
                .split('"')
                .step_by(2)
                .any(|outside| outside.contains(char::is_whitespace))
            {
                let parts: Vec<String> = text.split_whitespace().map(|part| format!("\"{part}\"")).collect();
                (
                    "more than one",
                    format!("one string for each argument: [{}]", parts.join(", ")),
                )
            } else {
                continue;
            };
            self.report_alone(
                Diagnostic::error("lkmc::profile::command_line", "this is not one kernel argument")
                    .label(&node.span, label)
                    .help(help),
            );
        }
        let arguments: Vec<String> = nodes
            .iter()
            .filter_map(|node| node.text().map(str::to_string))
            .collect();
        let most = self.raw.arch.facts().command_line - rules::OWN_COMMAND_LINE;
        let mut length = 0;
        let crossing = nodes.iter().find(|node| {
            length += node.text().unwrap_or_default().len() + 1;
            length > most
        });
        if let Some(node) = crossing {
            let whole = arguments.join(" ").len();
            let message = format!("the kernel command line is too long for {}", self.raw.arch);
            self.report(
                Diagnostic::error("lkmc::profile::command_line", message)
                    .label(&node.span, format!("passes {most} bytes here"))
                    .help(format!(
                        "it has {whole} bytes; the kernel reads no more, and lkmc needs some itself"
                    )),
            );
        }
        arguments
    }

    pub(super) fn kaslr(&mut self) -> bool {
        let arch = self.raw.arch;
        if self.raw.kernel.kaslr && !arch.facts().kaslr {
            let message = format!("a kernel for {arch} cannot randomise its addresses");
            let problem = self
                .about("lkmc::profile::no_kaslr", "kernel.kaslr", message, "asks for it")
                .help("leave `kaslr` out");
            let problem = self.also(problem, "arch", "on this architecture");
            self.report(problem);
        }
        self.raw.kernel.kaslr
    }
}

/// As much of a file as says what it is.
fn beginning(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(512).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What nix/unpack.sh reads: tar's archives, by themselves, made smaller or in a package of Debian's. POSIX.1-2017, "ustar Interchange Format": the magic is at 257.
fn is_tarball(bytes: &[u8]) -> bool {
    const OTHERS: [&[u8]; 4] = [b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"!<arch>\ndebian"];
    OTHERS.iter().any(|magic| bytes.starts_with(magic)) || bytes.get(257..262) == Some(b"ustar")
}

/// In the form that `patch` understands.
fn is_patch(bytes: &[u8]) -> bool {
    bytes.split(|&byte| byte == b'\n').any(|line| line.starts_with(b"+++ "))
}
