//! The exit statuses of lkmc itself, all of them. A guest command's own status passes through untouched.

use std::process::ExitCode;

use signal_hook::consts::SIGPIPE;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything took place, and something did not come out as it should: a demo, a test of the kernel, a measurement, a replay.
    Failed,
    /// Bad usage or a bad profile, found before anything ran.
    Usage,
    /// A deadline passed.
    Timeout,
    /// A build failed, the emulator died, the machine lacks something.
    Infrastructure,
    /// The guest kernel panicked, oopsed, locked up or found no init.
    GuestKernel,
    /// What lkmc was to become cannot be executed: the command of `lkmc shell`.
    NoCommand,
    /// This signal told lkmc to end: Ctrl-C, most often.
    Interrupted(i32),
}

impl Exit {
    /// Nobody reads the output any more.
    pub const OUTPUT_CLOSED: Exit = Exit::Interrupted(SIGPIPE);

    /// A signal as a shell reports it.
    pub const fn status(self) -> u8 {
        match self {
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Timeout => 124,
            Exit::Infrastructure => 125,
            Exit::GuestKernel => 126,
            Exit::NoCommand => 127,
            Exit::Interrupted(signal) => 128u8.wrapping_add(signal as u8),
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        exit.status().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::interrupt;

    #[test]
    fn the_readme_lists_every_status() {
        let readme = include_str!("../README.md");
        let rows = readme
            .lines()
            .map(str::trim)
            .skip_while(|line| !line.starts_with("| Exit status |"));
        let rows = rows.take_while(|line| line.starts_with('|'));
        let cells = rows.filter_map(|row| row.split('|').nth(1));
        let listed: Vec<u8> = cells
            .flat_map(|cell| cell.split(','))
            .filter_map(|one| one.trim().parse().ok())
            .collect();
        let ours = [
            Exit::Failed,
            Exit::Usage,
            Exit::Timeout,
            Exit::Infrastructure,
            Exit::GuestKernel,
            Exit::NoCommand,
        ];
        let ours = ours.into_iter().chain(interrupt::ENDING.map(Exit::Interrupted));
        assert_eq!(listed, ours.map(Exit::status).collect::<Vec<_>>());
    }
}
