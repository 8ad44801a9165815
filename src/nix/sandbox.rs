//! Whether the machine's own Nix builds in a sandbox for us.
//!
//! Its daemon passes over `--option sandbox true` from a user whom it does not trust, with a warning at most. So the option proves
//! nothing, and the daemon's own settings have to be looked at.

use std::process::Command;

use super::Options;
use super::process::listen;
use super::store::Store;
use crate::diag::{Error, Result};

/// Refuses a Nix that would build outside of a sandbox, where a build finds the machine's files and the network.
pub fn require_sandbox(store: &Store, options: &Options) -> Result<()> {
    if !store.is_behind_daemon() {
        return Ok(());
    }
    match settings(store, options)? {
        Some(settings) if !settings.has_sandbox() && !settings.trusts(&own_name(), &own_groups()) => Err(refusal()),
        // A Nix that does not show its settings gets the benefit of the doubt.
        _ => Ok(()),
    }
}

fn refusal() -> Error {
    let message = format!(
        "this machine's Nix builds without a sandbox, and its daemon takes no options from user {}",
        own_name()
    );
    Error::infrastructure("lkmc::nix::no_sandbox", message).help(
        "the administrator can set `sandbox = true` (or name you in `trusted-users`) in /etc/nix/nix.conf and restart the daemon; \
         or set LKMC_NIX=private, and lkmc uses a Nix and a store of its own",
    )
}

/// What `nix show-config` prints.
struct Settings(String);

/// The machine's settings, without the user's. None if this Nix has no such command.
fn settings(store: &Store, options: &Options) -> Result<Option<Settings>> {
    // The first is its older name, the second the one that stays.
    for words in [&["show-config"][..], &["config", "show"]] {
        let mut command = store.command_without_options("nix")?;
        command
            .args(["--extra-experimental-features", "nix-command"])
            .args(words)
            .env("NIX_USER_CONF_FILES", "");
        let (finished, _) = listen(command, options)?;
        if finished.status.success() {
            return Ok(Some(Settings(finished.stdout)));
        }
    }
    Ok(None)
}

impl Settings {
    fn value(&self, name: &str) -> &str {
        let mut settings = self.0.lines().filter_map(|line| line.split_once('='));
        let found = settings.find(|(found, _)| found.trim() == name);
        found.map_or("", |(_, value)| value.trim())
    }

    /// `relaxed` exempts only derivations that ask for it, and ours do not.
    fn has_sandbox(&self) -> bool {
        ["true", "relaxed"].contains(&self.value("sandbox"))
    }

    fn trusts(&self, user: &str, groups: &[String]) -> bool {
        self.value("trusted-users").split_whitespace().any(|trusted| {
            trusted == "*"
                || trusted == user
                || trusted
                    .strip_prefix('@')
                    .is_some_and(|trusted| groups.iter().any(|group| group == trusted))
        })
    }
}

fn own_name() -> String {
    id("-un")
}

fn own_groups() -> Vec<String> {
    id("-Gn").split_whitespace().map(str::to_owned).collect()
}

/// Only the C library knows all the places where users can be written down; `id` asks it.
fn id(option: &str) -> String {
    let output = Command::new("id").arg(option).output();
    output.map_or_else(
        |_| String::new(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines of Nix 2.8's `nix show-config`, which 2.34 prints the same.
    fn settings(sandbox: &str, trusted: &str) -> Settings {
        Settings(format!(
            "pre-build-hook = \nsandbox = {sandbox}\nsandbox-build-dir = /build\nsandbox-fallback = true\n\
             trusted-substituters = \ntrusted-users = {trusted}\n"
        ))
    }

    #[test]
    fn a_sandbox_is_recognized() {
        for (sandbox, expected) in [("true", true), ("relaxed", true), ("false", false)] {
            assert_eq!(settings(sandbox, "root").has_sandbox(), expected, "{sandbox}");
        }
    }

    #[test]
    fn trust_is_by_name_by_group_or_for_all() {
        let groups = ["users".to_owned(), "wheel".to_owned()];
        for (trusted, expected) in [
            ("root", false),
            ("root ann", true),
            ("*", true),
            ("root @wheel", true),
            ("@nobody anna", false),
            ("wheel", false),
        ] {
            assert_eq!(settings("false", trusted).trusts("ann", &groups), expected, "{trusted}");
        }
    }
}
