//! What a command boots: built from its profile, or by hand.

use std::path::{Path, PathBuf};

use crate::bundle::{BUNDLE_VERSION, Bundle, Kernel};
use crate::cli::Global;
use crate::diag::{Error, Result};
use crate::nix::{RootLock, of_profile};
use crate::profile::Profile;

/// Names a bundle.json that was made by hand: the developer's way to run without Nix. Its paths are taken as they are, and
/// `{arch}` in its name becomes the profile's architecture.
const BUNDLE_VARIABLE: &str = "LKMC_BUNDLE";

/// What a profile's build gave, or a bundle made by hand in its place.
pub struct Ready {
    pub bundle: Bundle,
    pub physical: Box<dyn Fn(&Path) -> PathBuf>,
    /// Keeps the build from being collected.
    pub lock: Option<RootLock>,
}

impl Ready {
    /// The `.config` that the kernel was built with.
    pub fn kernel_config(&self) -> Result<String> {
        let config = (self.physical)(&self.bundle.kernel.config);
        std::fs::read_to_string(&config).map_err(|error| Error::io("cannot read", &config, error))
    }
}

/// Whether nothing is to be built.
pub fn is_by_hand() -> bool {
    std::env::var_os(BUNDLE_VARIABLE).is_some()
}

/// Builds what is missing.
pub fn bundle(global: &Global, profile: &Profile) -> Result<Ready> {
    if let Ok(path) = std::env::var(BUNDLE_VARIABLE) {
        let path = path.replace("{arch}", profile.arch.as_str());
        let physical = Box::new(|path: &Path| path.to_owned());
        let mut bundle = read_bundle(Path::new(&path))?;
        if let Some(kernel) = Kernel::of_profile(profile)? {
            bundle.kernel = kernel;
        }
        return Ok(Ready {
            bundle,
            physical,
            lock: None,
        });
    }
    let built = of_profile::bundle(profile, &super::build::options(global))?;
    let store = built.store;
    Ok(Ready {
        bundle: built.bundle,
        physical: Box::new(move |path| store.physical(path)),
        lock: Some(built.root_lock),
    })
}

fn read_bundle(path: &Path) -> Result<Bundle> {
    let text = std::fs::read(path).map_err(|error| Error::io("cannot read", path, error))?;
    let bundle: Bundle = serde_json::from_slice(&text).map_err(|error| {
        Error::infrastructure(
            "lkmc::bundle::malformed",
            format!("{} is no bundle of this lkmc", path.display()),
        )
        .cause(error)
        .help("build it again with `lkmc profile build`")
    })?;
    if bundle.version != BUNDLE_VERSION {
        let message = format!(
            "{} has version {}, this lkmc wants {BUNDLE_VERSION}",
            path.display(),
            bundle.version
        );
        return Err(
            Error::infrastructure("lkmc::bundle::version", message).help("build it again with `lkmc profile build`")
        );
    }
    Ok(bundle)
}
