//! Linux as a profile has it, built or made by hand: what guests are made of.

use std::path::Path;

use crate::bundle::{BUNDLE_VERSION, Bundle, Kernel};
use crate::demo::Demo;
use crate::demo::select::{Selection, select};
use crate::diag::{Error, Result};
use crate::nix::{self, RootLock, of_profile};
use crate::profile::Profile;
use crate::store_path::StoreOnDisk;

/// Names a bundle.json that was made by hand: the developer's way to run without Nix. Its paths are taken as they are, and
/// `{arch}` in its name becomes the profile's architecture.
const BUNDLE_VARIABLE: &str = "LKMC_BUNDLE";

pub struct Linux {
    pub profile: Profile,
    pub bundle: Bundle,
    pub store: StoreOnDisk,
    /// Keeps the build from being collected; none of a bundle that was made by hand.
    pub lock: Option<RootLock>,
}

/// Whether nothing is to be built.
pub fn is_by_hand() -> bool {
    std::env::var_os(BUNDLE_VARIABLE).is_some()
}

impl Linux {
    /// Builds what is missing.
    pub fn build(profile: &Profile, options: &nix::Options) -> Result<Linux> {
        let linux = |bundle, store, lock| Linux {
            profile: profile.clone(),
            bundle,
            store,
            lock,
        };
        if let Ok(path) = std::env::var(BUNDLE_VARIABLE) {
            let path = path.replace("{arch}", profile.arch.as_str());
            let mut bundle = read_bundle(Path::new(&path))?;
            if let Some(kernel) = Kernel::of_profile(profile)? {
                bundle.kernel = kernel;
            }
            return Ok(linux(bundle, StoreOnDisk::AS_NAMED, None));
        }
        let built = of_profile::bundle(profile, options)?;
        Ok(linux(built.content, built.store, Some(built.lock)))
    }

    /// Builds it for one demo, which has to run there.
    pub fn for_demo(profile: &Profile, demo: &Demo, options: &nix::Options) -> Result<Linux> {
        let linux = Linux::build(profile, options)?;
        match linux.select(demo)? {
            Selection::Runs => Ok(linux),
            Selection::Skipped { reason } => Err(demo.not_here(profile, &reason)),
        }
    }

    pub fn select(&self, demo: &Demo) -> Result<Selection> {
        Ok(select(demo, &self.profile, &self.kernel_config()?))
    }

    /// The `.config` that the kernel was built with.
    pub fn kernel_config(&self) -> Result<String> {
        let config = self.store.physical(&self.bundle.kernel.config);
        std::fs::read_to_string(&config).map_err(|error| Error::io("cannot read", &config, error))
    }
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
