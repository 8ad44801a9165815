//! Unpacks `.deb` files without dpkg: an `ar` archive with a compressed tar inside.
//!
//! Used for what must exist before Nix does: the seed and Nix itself. Everything else is unpacked inside builds.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};

use super::error;
use crate::diag::{Error, Result};

/// Directories that Debian merged into `/usr`; the scripts that lay out trees name the same.
const MERGED: &[&str] = &["bin", "sbin", "lib", "lib32", "lib64", "libx32"];

/// Unpacks packages over one another into one FHS tree with a merged `/usr`. Owners, setuid bits and times are not kept.
pub fn unpack_root(debs: &[PathBuf], root: &Path) -> Result<()> {
    for name in MERGED {
        let directory = root.join("usr").join(name);
        std::fs::create_dir_all(&directory).map_err(|error| Error::io("cannot create", &directory, error))?;
        let link = root.join(name);
        std::os::unix::fs::symlink(Path::new("usr").join(name), &link)
            .map_err(|error| Error::io("cannot create", &link, error))?;
    }
    debs.iter()
        .try_for_each(|deb| each_entry(deb, |path, entry| unpack_entry(root, path, entry).map(|()| true)))
}

/// The contents of one file of a package.
pub fn read_file(deb: &Path, wanted: &Path) -> Result<Vec<u8>> {
    let mut contents = None;
    each_entry(deb, |path, entry| {
        if path == merged(wanted) && entry.header().entry_type().is_file() {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes)?;
            contents = Some(bytes);
        }
        Ok(contents.is_none())
    })?;
    let message = format!("it has no file {}", wanted.display());
    contents.ok_or_else(|| error::bad_deb(deb, message))
}

type Entry<'a> = tar::Entry<'a, Box<dyn Read>>;

/// Calls `visit` with the merged path of every entry until it returns false.
fn each_entry(deb: &Path, mut visit: impl FnMut(&Path, &mut Entry<'_>) -> io::Result<bool>) -> Result<()> {
    let bad = |error: io::Error| match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => error::disk_full(deb, 0),
        _ => error::bad_deb(deb, error),
    };
    let mut archive = tar::Archive::new(data_tar(deb).map_err(bad)?);
    for entry in archive.entries().map_err(bad)? {
        let mut entry = entry.map_err(bad)?;
        let path = merged(&entry.path().map_err(bad)?);
        if !visit(&path, &mut entry).map_err(bad)? {
            break;
        }
    }
    Ok(())
}

fn unpack_entry(root: &Path, path: &Path, entry: &mut Entry<'_>) -> io::Result<()> {
    if path.as_os_str().is_empty() {
        return Ok(());
    }
    let target = root.join(path);
    if let Some(parent) = target.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let kind = entry.header().entry_type();
    if kind.is_dir() {
        return std::fs::create_dir_all(&target);
    }
    // A later package may replace a file of an earlier one, and writing through an old link would reach elsewhere.
    match std::fs::remove_file(&target) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    if kind.is_hard_link() {
        let link = entry
            .link_name()?
            .ok_or_else(|| io::Error::other("a hard link without a target"))?;
        return std::fs::hard_link(root.join(merged(&link)), &target);
    }
    entry.set_preserve_mtime(false);
    entry.set_preserve_permissions(false);
    entry.unpack(&target).map(drop)
}

/// `./bin/sh` and `bin/sh` become `usr/bin/sh`; `..` never gets in.
fn merged(path: &Path) -> PathBuf {
    let normal = path
        .components()
        .filter(|component| matches!(component, Component::Normal(_)));
    let path: PathBuf = normal.collect();
    match path.components().next() {
        Some(first) if MERGED.iter().any(|name| first.as_os_str() == *name) => Path::new("usr").join(path),
        _ => path,
    }
}

/// Finds the `data.tar.*` member and opens its decompressor.
fn data_tar(deb: &Path) -> io::Result<Box<dyn Read>> {
    let mut file = File::open(deb)?;
    let mut magic = [0; 8];
    file.read_exact(&mut magic)?;
    if &magic != b"!<arch>\n" {
        return Err(io::Error::other("it does not begin like an ar archive"));
    }
    loop {
        let (name, size) = member(&mut file)?;
        if let Some(compression) = name.strip_prefix("data.tar") {
            let data = BufReader::with_capacity(1 << 16, file.take(size));
            return Ok(match compression {
                "" => Box::new(data),
                ".xz" => Box::new(liblzma::read::XzDecoder::new_multi_decoder(data)),
                ".gz" => Box::new(flate2::bufread::MultiGzDecoder::new(data)),
                ".zst" => Box::new(ruzstd::decoding::StreamingDecoder::new(data).map_err(io::Error::other)?),
                other => {
                    return Err(io::Error::other(format!(
                        "its data is compressed as {other}, which is not known"
                    )));
                }
            });
        }
        // Members begin at even offsets.
        file.seek(SeekFrom::Current((size + size % 2) as i64))?;
    }
}

/// Name and size of the next member of an ar archive.
fn member(file: &mut File) -> io::Result<(String, u64)> {
    let mut header = [0; 60];
    file.read_exact(&mut header)
        .map_err(|_| io::Error::other("it has no member data.tar"))?;
    let text = |range: std::ops::Range<usize>| String::from_utf8_lossy(&header[range]).trim_end().to_owned();
    let size = text(48..58)
        .parse()
        .map_err(|_| io::Error::other("a member has no size"))?;
    Ok((text(0..16).trim_end_matches('/').to_owned(), size))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    /// A package with a file, a link to it in an unmerged directory, and an attempt to get out.
    fn sample(compression: &str) -> Vec<u8> {
        let mut tar = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o4755);
        header.set_size(5);
        tar.append_data(&mut header, "./bin/tool", &b"hello"[..]).unwrap();
        let mut link = tar::Header::new_gnu();
        link.set_entry_type(tar::EntryType::Link);
        link.set_size(0);
        tar.append_link(&mut link, "./usr/bin/alias", "./bin/tool").unwrap();
        let tar = tar.into_inner().unwrap();
        let data = match compression {
            ".xz" => {
                let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 1);
                xz.write_all(&tar).unwrap();
                xz.finish().unwrap()
            }
            ".gz" => {
                let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                gz.write_all(&tar).unwrap();
                gz.finish().unwrap()
            }
            _ => tar,
        };
        let mut deb = b"!<arch>\n".to_vec();
        for (name, bytes) in [
            ("debian-binary", &b"2.0"[..]),
            (&format!("data.tar{compression}"), &data),
        ] {
            writeln!(
                deb,
                "{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`",
                0,
                0,
                0,
                100644,
                bytes.len()
            )
            .unwrap();
            deb.extend_from_slice(bytes);
            deb.extend(vec![b'\n'; bytes.len() % 2]);
        }
        deb
    }

    #[test]
    fn unpacks_into_a_merged_tree() {
        for compression in ["", ".gz", ".xz"] {
            let directory = tempfile::tempdir().unwrap();
            let deb = directory.path().join("a.deb");
            std::fs::write(&deb, sample(compression)).unwrap();
            let root = directory.path().join("root");
            unpack_root(std::slice::from_ref(&deb), &root).unwrap();
            assert_eq!(std::fs::read(root.join("usr/bin/alias")).unwrap(), b"hello");
            assert_eq!(std::fs::read(root.join("bin/tool")).unwrap(), b"hello");
            let mode =
                std::os::unix::fs::PermissionsExt::mode(&root.join("usr/bin/tool").metadata().unwrap().permissions());
            assert_eq!(mode & 0o7700, 0o700, "executable, not setuid");
            assert_eq!(read_file(&deb, Path::new("usr/bin/tool")).unwrap(), b"hello");
            let missing = read_file(&deb, Path::new("bin/none")).unwrap_err();
            assert_eq!(missing.code(), "lkmc::toolbox::bad_deb");
        }
    }

    #[test]
    fn what_is_no_package_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        for (bytes, why) in [
            (&b"hello, this is html"[..], "ar archive"),
            (b"!<arch>\n", "no member"),
            (b"", ""),
        ] {
            let deb = directory.path().join("a.deb");
            std::fs::write(&deb, bytes).unwrap();
            let error = unpack_root(std::slice::from_ref(&deb), &directory.path().join(why)).unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
        }
    }

    #[test]
    fn every_tree_merges_the_same_directories() {
        let merges = format!("for directory in {}; do", MERGED.join(" "));
        for (name, script) in [
            ("root.sh", include_str!("../../nix/toolbox/debian/root.sh")),
            ("rootfs.sh", include_str!("../../nix/rootfs.sh")),
        ] {
            assert!(script.contains(&merges), "{name} merges others than {MERGED:?}");
        }
    }

    #[test]
    fn paths_stay_inside() {
        assert_eq!(merged(Path::new("../../etc/./passwd")), Path::new("etc/passwd"));
        assert_eq!(merged(Path::new("/lib64/ld.so")), Path::new("usr/lib64/ld.so"));
    }
}
