//! What is heard from a guest.

use super::protocol::Exit;
use super::snapshots::Cut;

/// What happens to one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProcessEvent {
    /// To be followed by [`acknowledge`](super::process::Process::acknowledge) when the bytes have been got rid of.
    Stdout(Vec<u8>),
    Stderr(Vec<u8>),
    Exit(Exit),
    /// Nobody will know how it ends.
    Cut(Cut),
    /// The connection ended before the command did.
    Lost,
}

/// What happens to the guest as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GuestEvent {
    /// The shell on the console ended with this status; the machine powers off next.
    ShellExit(u8),
    /// A supervisor saw this line of the kernel's.
    Trouble(String),
    Lost,
}
