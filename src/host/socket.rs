//! Sockets in run directories, whose paths may be longer than an address can be.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

/// Connects to a socket in a run directory. Its path goes through the directory's descriptor, because a socket's path is
/// limited to 108 bytes.
pub fn connect_socket(directory: &Path, name: &str) -> std::io::Result<UnixStream> {
    UnixStream::connect(socket_path(&File::open(directory)?, name))
}

/// The address of a socket in an open directory, for this process.
pub fn socket_path(directory: &File, name: &str) -> PathBuf {
    format!("/proc/self/fd/{}/{name}", directory.as_raw_fd()).into()
}
