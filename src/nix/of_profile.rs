//! What Nix makes of a profile: the profile is lowered into the cache, and built from there.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::build::{BUNDLE, WITHOUT_KERNEL};
use super::eval::Key;
use super::{Built, Options, Store, Unbuilt, build, build_attr, place};
use crate::bundle::{Bundle, Kernel};
use crate::diag::{Error, Result};
use crate::hash::short_sha256;
use crate::kept;
use crate::profile::{Profile, report};

/// The file that Nix reads. It is named by its contents, so two commands may write it at once.
pub fn lowered(profile: &Profile) -> Result<PathBuf> {
    let text = crate::lower::lower(profile, &crate::paths::repository()?)?.to_json();
    let hash = short_sha256(&text);
    let path = place::of_profile(&crate::paths::cache()?, &profile.path)?.join(format!("{hash}.json"));
    // Also if it is there: a collection may be about to remove one that has not been written for long.
    kept::write(&path, text.as_bytes()).map_err(|error| Error::io("cannot write", &path, error))?;
    Ok(path)
}

/// Builds everything that a run needs. When a build fails, the reason may be a kernel option that Kconfig refused; then the
/// answer is the profile's line that asked for it, not the end of a log.
pub fn bundle(profile: &Profile, options: &Options) -> Result<Built<Bundle>> {
    let kernel = Kernel::of_profile(profile)?;
    build(&lowered(profile)?, kernel.as_ref(), options).map_err(|unbuilt| match unbuilt {
        Unbuilt::Builder(error) if kernel.is_none() => ask_kconfig(profile, options).err().unwrap_or(error),
        other => other.into(),
    })
}

/// A hash of all that [`bundle`] builds from; starts no process.
pub fn sources(profile: &Profile) -> Result<String> {
    Ok(Key::new(&Store::open()?, &lowered(profile)?, attribute(profile))?.hash)
}

/// The attribute that [`bundle`] builds.
pub fn attribute(profile: &Profile) -> &'static str {
    match profile.kernel.tree {
        Some(_) => WITHOUT_KERNEL,
        None => BUNDLE,
    }
}

/// What Kconfig makes of the requests, which takes seconds.
pub const KERNEL_REPORT: &str = "kernelReport";

/// Configures the kernel, and compares the result with what was asked for.
pub fn ask_kconfig(profile: &Profile, options: &Options) -> Result<Vec<report::Ignored>> {
    let built = build_attr(&lowered(profile)?, KERNEL_REPORT, options)?;
    report::check(profile, &built.path())
}

/// An attribute with what it says in its `FILE`. `misread`: the error of one that this lkmc does not understand.
pub fn described<T: DeserializeOwned>(
    profile: &Profile,
    (attr, file): (&str, &str),
    misread: impl FnOnce(String) -> Error,
    options: &Options,
) -> Result<Built<T>> {
    let built = build_attr(&lowered(profile)?, attr, options)?;
    let misread = |path: &Path| misread(format!("{} is not what this lkmc understands", path.display()));
    built.read(file, |text| serde_json::from_str(text), misread)
}
