//! Rules about what is in the guest beside its kernel: root file system, network, shares.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Checker;
use crate::diag::Diagnostic;
use crate::profile::raw::RawNetwork;
use crate::profile::tree::Node;
use crate::profile::{EmulatorKind, Network, RootfsKind, RootfsMedium, Share, ShareMode};
use crate::profile::{packages, rules};
use crate::source::Span;
use crate::suggest;

const MIB: u64 = 1 << 20;

impl Checker<'_> {
    pub(super) fn rootfs(&mut self) {
        match self.raw.rootfs.kind {
            RootfsKind::Busybox => self.programs(),
            RootfsKind::Debian => self.debian_packages(),
            RootfsKind::Buildroot => {
                let problem = self
                    .about(
                        "lkmc::profile::rootfs_not_available",
                        "rootfs.kind",
                        "buildroot root file systems are not available yet".into(),
                        "recognised, but nothing builds it",
                    )
                    .help("use kind = \"debian\" for packages, \"busybox\" for a small one");
                return self.report_alone(problem);
            }
        }
        let size = self.raw.rootfs.size.0;
        let (label, help) = if size.0 > rules::MAX_ROOTFS.0 {
            let help = "a build reads every byte of the image, the empty ones too; `--disk` gives a guest more room";
            (format!("must be {} at most", rules::MAX_ROOTFS), help)
        } else {
            ("must be a whole number of MiB, 8MiB at least".to_string(), "")
        };
        if !(8 * MIB..=rules::MAX_ROOTFS.0).contains(&size.0) || !size.0.is_multiple_of(MIB) {
            let message = format!("the root file system cannot be {size}");
            let problem = self.about("lkmc::profile::rootfs_size", "rootfs.size", message, label);
            self.report_alone(problem.help(help));
        }
        if self.raw.rootfs.medium == RootfsMedium::Ext4 && self.raw.emulator.kind == EmulatorKind::Gem5 {
            let problem = self
                .about(
                    "lkmc::profile::not_honoured",
                    "rootfs.medium",
                    "gem5 boots from an initramfs only".into(),
                    "ext4",
                )
                .label(&self.at("emulator.kind"), "the emulator is gem5")
                .help("lkmc's gem5 board has no disk; leave `medium` out");
            self.report(problem);
        }
    }

    /// Programs beside busybox.
    fn programs(&mut self) {
        let known = self.raw.arch.facts().packages;
        for node in self.elements("rootfs.packages").to_vec() {
            let name = node.text().unwrap_or_default();
            if !known.contains(&name) {
                let label = suggest::did_you_mean(name, known).unwrap_or_else(|| "there is none".into());
                let help = format!(
                    "it has {}; one of Debian's packages takes kind = \"debian\", a static program of yours an overlay directory",
                    suggest::list(known)
                );
                let message = format!(
                    "a busybox root file system for {} has no package `{name}`",
                    self.raw.arch
                );
                self.report(
                    Diagnostic::error("lkmc::profile::unknown_package", message)
                        .label(&node.span, label)
                        .help(help),
                );
            }
        }
    }

    /// Whether there is such a package is known when it is locked.
    fn debian_packages(&mut self) {
        if self.raw.arch.facts().debian.is_none() {
            let message = format!("Debian 12 has no {}", self.raw.arch);
            let problem = self.about(
                "lkmc::profile::rootfs_not_available",
                "rootfs.kind",
                message,
                "needs its packages",
            );
            let problem = self.also(problem, "arch", "for this architecture");
            self.report(problem.help("use kind = \"busybox\", and put static programs into an overlay directory"));
        }
        for node in self.elements("rootfs.packages").to_vec() {
            let name = node.text().unwrap_or_default();
            if !packages::is_name(name) {
                let problem = Diagnostic::error(
                    "lkmc::profile::unknown_package",
                    format!("`{name}` cannot be the name of a Debian package"),
                );
                let help = "small letters, digits, `+`, `-` and `.`; a version cannot be asked for";
                self.report(problem.label(&node.span, "not a name").help(help));
            }
        }
    }

    pub(super) fn overlay(&mut self) -> Vec<PathBuf> {
        let nodes = self.elements("rootfs.overlay").to_vec();
        nodes
            .iter()
            .filter_map(|node| self.directory(node, "lkmc::profile::overlay_missing", "an overlay"))
            .collect()
    }

    /// A host directory that a setting names.
    pub(super) fn directory(&mut self, node: &Node, code: &'static str, what: &str) -> Option<PathBuf> {
        let path = self.resolve(node);
        if path.is_dir() {
            return Some(path);
        }
        let label = if path.exists() {
            "a file, not a directory"
        } else {
            "no such directory"
        };
        let written = node.text().unwrap_or_default();
        let help = match written.starts_with('~') {
            true => "`~` stands for itself here; write the whole path".to_string(),
            false => format!("looked for {}", path.display()),
        };
        self.report_alone(
            Diagnostic::error(code, format!("`{written}` cannot be {what}"))
                .label(&node.span, label)
                .help(help),
        );
        None
    }

    pub(super) fn network(&mut self) {
        let Some(network) = &self.raw.network else { return };
        let nodes = self.elements("network.forward").to_vec();
        if let (Some(first), false) = (nodes.first(), network.enable) {
            let problem = Diagnostic::error(
                "lkmc::profile::forward_without_network",
                "a port forward needs the network",
            )
            .label(&first.span, "leads nowhere: the network is off")
            .help("set `network.enable = true`");
            let problem = self.also(problem, "network.enable", "turned off here");
            self.report(problem);
        }
        let mut taken: BTreeMap<u16, Span> = BTreeMap::new();
        for (forward, node) in network.forward.iter().zip(&nodes) {
            let port = forward.0.host;
            match taken.get(&port).filter(|_| port != 0) {
                Some(first) => self.report_alone(
                    Diagnostic::error(
                        "lkmc::profile::forward_twice",
                        format!("host port {port} is forwarded twice"),
                    )
                    .label(&node.span, "a second time here")
                    .label(first, "first here")
                    .help("take another host port, or 0 for a free one"),
                ),
                None => {
                    taken.insert(port, node.span.clone());
                }
            }
        }
    }

    pub(super) fn shares(&mut self) -> Vec<Share> {
        let nodes = self.elements("share").to_vec();
        let mut taken: BTreeMap<String, Span> = BTreeMap::new();
        self.room_for_shares(&nodes);
        let mut shares = Vec::new();
        for (raw, node) in self.raw.share.iter().zip(&nodes) {
            let guest = normal(&raw.guest);
            let place = node.get("guest").unwrap_or(node).span.clone();
            self.mount_point(&guest, &place);
            self.apart(&guest, &place, &mut taken);
            shares.extend(self.shared(node).map(|host| Share {
                host,
                guest,
                mode: raw.mode.unwrap_or(ShareMode::ReadOnly),
            }));
        }
        shares
    }

    fn room_for_shares(&mut self, nodes: &[Node]) {
        if let (EmulatorKind::Gem5, Some(node)) = (self.raw.emulator.kind, nodes.get(rules::GEM5_SHARES)) {
            let message = format!("gem5's boards have room for {} shares", rules::GEM5_SHARES);
            let problem = Diagnostic::error("lkmc::profile::too_many_shares", message)
                .label(&node.span, "one too many")
                .help("share a directory that holds both; the guest can mount parts of it where they are wanted");
            let problem = self.also(problem, "emulator.kind", "on this emulator");
            self.report(problem);
        }
    }

    /// No share is mounted on another, or inside of one.
    fn apart(&mut self, guest: &str, place: &Span, taken: &mut BTreeMap<String, Span>) {
        if let Some(first) = taken.insert(guest.to_owned(), place.clone()) {
            self.report_alone(
                Diagnostic::error(
                    "lkmc::profile::share_twice",
                    format!("two shares are mounted on {guest}"),
                )
                .label(place, "a second time here")
                .label(&first, "first here"),
            );
        }
        let inside = |(other, _): &(&String, &Span)| {
            let within = |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'));
            within(guest, other) || within(other, guest)
        };
        if let Some((other, span)) = taken.iter().find(inside) {
            let message = format!("the shares on {guest} and {other} are in each other's way");
            let problem = Diagnostic::error("lkmc::profile::share_nested", message)
                .label(place, "one of them would be inside the other, or hidden by it")
                .label(span, "the other one")
                .help("mount them beside each other, or share the outer directory with all that is in it");
            self.report_alone(problem);
        }
    }

    /// The directory of the host.
    fn shared(&mut self, node: &Node) -> Option<PathBuf> {
        let host = node
            .get("host")
            .and_then(|host| self.directory(host, "lkmc::profile::share_missing", "shared"));
        if let Some(host) = host.as_ref().filter(|host| self.cannot_be_named(host)) {
            let message = format!("{} cannot be mounted in the guest", host.display());
            let problem = Diagnostic::error("lkmc::profile::share_name", message)
                .label(&node.get("host").unwrap_or(node).span, "has a comma in its path")
                .help("on gem5 the guest's kernel asks for a share by its path, and takes a comma for the end of it; share another directory");
            self.report(problem);
        }
        host
    }

    fn cannot_be_named(&self, host: &Path) -> bool {
        self.raw.emulator.kind == EmulatorKind::Gem5 && host.to_string_lossy().contains(',')
    }

    fn mount_point(&mut self, guest: &str, place: &Span) {
        let label = if !guest.starts_with('/') {
            "not an absolute path".to_string()
        } else if guest.split('/').any(|part| part == "..") {
            "goes upwards".to_string()
        } else if let Some(reserved) = rules::RESERVED_MOUNT_POINTS.iter().find(|it| **it == guest) {
            format!("would hide the guest's own {reserved}")
        } else {
            return;
        };
        self.report_alone(
            Diagnostic::error(
                "lkmc::profile::share_mount_point",
                format!("`{guest}` cannot be a mount point"),
            )
            .label(place, label)
            .help("for example /mnt/work"),
        );
    }
}

impl From<&RawNetwork> for Network {
    fn from(raw: &RawNetwork) -> Self {
        Network {
            enable: raw.enable,
            forwards: raw.forward.iter().map(|forward| forward.0).collect(),
        }
    }
}

/// The one spelling that an absolute path has among those that lead to the same place.
fn normal(path: &str) -> String {
    let parts = || path.split('/').filter(|part| !matches!(*part, "" | "."));
    match path.starts_with('/') {
        true => format!("/{}", parts().collect::<Vec<_>>().join("/")),
        false => path.to_string(),
    }
}
