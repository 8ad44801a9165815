//! What a recorded guest finds beside its initramfs: a second cpio archive, which the kernel unpacks over the first.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::guest::GUEST_DIRECTORY;
use crate::guest::protocol::CommandSpec;
use crate::profile::Arch;
use crate::shell::quote_bytes;

/// Takes the agent's place: /init starts it where the shell of an ordinary guest would be.
const AGENT: &str = "sbin/lkmc-agent";
const RUN: &str = include_str!("run.sh");
const FOLDER: &str = "lkmc-record";

const DIRECTORY: u32 = 0o040_755;
const FILE: u32 = 0o100_000;

/// The guest's serial ports for standard output, standard error and the status; [`super::machine`] makes them.
fn ports(arch: Arch) -> [&'static str; 3] {
    match arch.facts().console {
        "ttyS0" => ["/dev/ttyS1", "/dev/ttyS2", "/dev/ttyS3"],
        // A PL011, which does not count among these.
        _ => ["/dev/ttyS0", "/dev/ttyS1", "/dev/ttyS2"],
    }
}

/// What the guest is to do.
pub struct Task<'a> {
    pub spec: &'a CommandSpec,
    /// The whole standard input.
    pub input: &'a [u8],
    /// Directories whose files go to /lkmc.
    pub push: &'a [std::path::PathBuf],
    /// Seconds since 1970 at which the guest's clock starts.
    pub now: u64,
}

/// Writes the initramfs and behind it the archive. The kernel wants an archive to begin at a multiple of four.
pub fn write(base: &Path, arch: Arch, task: &Task, to: impl Write) -> io::Result<()> {
    let mut archive = Archive { to, written: 0 };
    archive.put(&std::fs::read(base)?)?;
    archive.align()?;
    archive.entry(FOLDER, DIRECTORY, &[])?;
    archive.entry(&format!("{FOLDER}/order"), FILE | 0o644, &order(arch, task))?;
    archive.entry(&format!("{FOLDER}/input"), FILE | 0o644, task.input)?;
    archive.entry(AGENT, FILE | 0o755, RUN.as_bytes())?;
    for directory in task.push {
        archive.tree(directory, GUEST_DIRECTORY.trim_start_matches('/'))?;
    }
    archive.entry("TRAILER!!!", 0, &[])?;
    archive.to.flush()
}

/// A piece of shell.
fn order(arch: Arch, task: &Task) -> Vec<u8> {
    let [out, err, end] = ports(arch);
    let mut text = format!("out={out} err={err} end={end} now={}\ndirectory=", task.now).into_bytes();
    text.extend(quote_bytes(task.spec.directory.as_deref().unwrap_or(OsStr::new("/"))));
    text.extend_from_slice(b"\nset -- env -i");
    for (name, value) in &task.spec.env {
        let mut word = name.clone();
        word.push("=");
        word.push(value);
        text.push(b' ');
        text.extend(quote_bytes(&word));
    }
    for word in &task.spec.argv {
        text.push(b' ');
        text.extend(quote_bytes(word));
    }
    text.push(b'\n');
    text
}

/// cpio in its "new" format: a header of hexadecimal numbers, the name, the contents, each filled up to four bytes.
struct Archive<W> {
    to: W,
    written: u64,
}

impl<W: Write> Archive<W> {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.written += bytes.len() as u64;
        self.to.write_all(bytes)
    }

    fn align(&mut self) -> io::Result<()> {
        let missing = self.written.next_multiple_of(4) - self.written;
        self.put(&[0; 4][..missing as usize])
    }

    fn entry(&mut self, name: &str, mode: u32, contents: &[u8]) -> io::Result<()> {
        let size = u32::try_from(contents.len()).map_err(io::Error::other)?;
        let links = if mode & FILE == 0 { 2 } else { 1 };
        // Inode, mode, owner, group, links, time, size, four device numbers, length of the name, a sum that is not used. Equal
        // inodes would be links to one file only if `links` were more than one.
        let numbers = [0, mode, 0, 0, links, 1, size, 0, 0, 0, 0, name.len() as u32 + 1, 0];
        self.put(b"070701")?;
        for number in numbers {
            self.put(format!("{number:08x}").as_bytes())?;
        }
        self.put(name.as_bytes())?;
        self.put(&[0])?;
        self.align()?;
        self.put(contents)?;
        self.align()
    }

    /// In the order of names, so that the same files make the same archive.
    fn tree(&mut self, directory: &Path, below: &str) -> io::Result<()> {
        let mut entries = std::fs::read_dir(directory)?.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_key(|entry| entry.file_name());
        for entry in entries {
            let name = format!("{below}/{}", entry.file_name().to_string_lossy());
            let path = entry.path();
            let metadata = std::fs::metadata(&path)?;
            match metadata.is_dir() {
                true => {
                    self.entry(&name, DIRECTORY, &[])?;
                    self.tree(&path, &name)?;
                }
                false => self.entry(
                    &name,
                    FILE | (metadata.permissions().mode() & 0o777) | 0o200,
                    &std::fs::read(&path)?,
                )?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_survives_any_word() {
        let spec = CommandSpec::new(["echo", "it's", "$HOME `x`\n"]);
        let task = Task {
            spec: &spec,
            input: b"",
            push: &[],
            now: 7,
        };
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("order");
        std::fs::write(&file, order(Arch::X86_64, &task)).unwrap();
        // The environment's words come between `env -i` and the command.
        let script = format!(". {}; echo $out $now $directory; shift 6; \"$@\"", file.display());
        let said = std::process::Command::new("sh").arg("-c").arg(script).output().unwrap();
        assert_eq!(
            String::from_utf8_lossy(&said.stdout),
            "/dev/ttyS1 7 /lkmc\nit's $HOME `x`\n\n"
        );
    }

    #[test]
    fn the_archive_follows_the_initramfs_at_a_multiple_of_four() {
        let directory = tempfile::tempdir().unwrap();
        let base = directory.path().join("base");
        std::fs::write(&base, b"12345").unwrap();
        std::fs::create_dir(directory.path().join("push")).unwrap();
        std::fs::write(directory.path().join("push/x.ko"), b"module").unwrap();
        let spec = CommandSpec::new(["true"]);
        let push = [directory.path().join("push")];
        let task = Task {
            spec: &spec,
            input: b"in",
            push: &push,
            now: 0,
        };
        let mut bytes = Vec::new();
        write(&base, Arch::Arm, &task, &mut bytes).unwrap();
        assert_eq!(&bytes[..14], b"12345\x00\x00\x00070701");
        assert_eq!(bytes.len() % 4, 0);
        let text = String::from_utf8_lossy(&bytes);
        for name in [
            "lkmc-record/order\0",
            "sbin/lkmc-agent\0",
            "lkmc/x.ko\0",
            "TRAILER!!!\0",
        ] {
            assert!(text.contains(name), "{name}");
        }
    }
}
