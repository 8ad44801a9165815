//! Host directories that a guest on gem5 sees. gem5 starts a server of 9p for each of them with arguments of its own, so what it
//! starts is a script in the run directory that adds ours.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::command_line::CommandLine;
use crate::diag::{Error, Result};
use crate::emulator;
use crate::emulator::gem5::Shared;
use crate::profile::{Profile, ShareMode};

/// The profile's shares; gem5's working directory is the run directory.
pub fn of(profile: &Profile) -> Vec<Shared> {
    let shared = |(index, share): (usize, &crate::profile::Share)| Shared {
        tag: emulator::share_tag(index),
        host: share.host.clone(),
        server: format!("./share{index}"),
    };
    profile.shares.iter().enumerate().map(shared).collect()
}

/// Writes the scripts. `server`: diod.
pub fn write_servers(profile: &Profile, server: &CommandLine, directory: &Path) -> Result<()> {
    for (share, shared) in profile.shares.iter().zip(of(profile)) {
        let mut line = server.clone();
        // No settings of the host's; its log is gem5's; all that the guest does is done by the user who runs this.
        let own = ["-c", "/dev/null", "-L", "stderr", "-U", "root"];
        line.groups.push(own.iter().map(Into::into).collect());
        if share.mode == ShareMode::ReadOnly {
            line.groups.push(vec!["-o".into(), "ro".into()]);
        }
        let script = directory.join(&shared.server);
        let text = format!("#!/bin/sh\nexec {} \"$@\"\n", line.to_shell());
        let mut options = OpenOptions::new();
        let opened = options.write(true).create_new(true).mode(0o755).open(&script);
        opened
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(|error| Error::io("cannot write", &script, error))?;
    }
    Ok(())
}
