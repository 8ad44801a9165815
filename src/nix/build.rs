//! From a lowered profile to a built attribute: evaluate, see what is missing, fetch it, realise.

use std::path::Path;

use serde_json::Value;

use super::Options;
use super::built::Built;
use super::eval::{Key, Known, instantiate};
use super::plan::{Closure, Plan};
use super::realise::{Unbuilt, plan_of, realise};
use super::roots::{Root, building};
use super::store::Store;
use crate::bundle::{Bundle, Kernel};
use crate::diag::{Error, Result};

/// The attribute with everything that a run needs, and the one for somebody who brings the kernel.
pub const BUNDLE: &str = "bundle";
pub const WITHOUT_KERNEL: &str = "bundleWithoutKernel";

/// Builds the bundle of a lowered profile; around this kernel, if it is not to be built.
pub fn build(lowered: &Path, kernel: Option<&Kernel>, options: &Options) -> Result<Built<Bundle>, Unbuilt> {
    let built = build_attr(lowered, kernel.map_or(BUNDLE, |_| WITHOUT_KERNEL), options)?;
    let complete = |mut bundle: Value| {
        if let Some(kernel) = kernel {
            bundle["kernel"] = serde_json::to_value(kernel)?;
        }
        serde_json::from_value(bundle)
    };
    let misread = |path: &Path| {
        let message = format!("{} is not a bundle that this lkmc understands", path.display());
        Error::infrastructure("lkmc::nix::bad_bundle", message).help("nix/bundle.nix and src/bundle.rs must agree")
    };
    let parse = |text: &str| serde_json::from_str(text).and_then(complete);
    Ok(built.read("share/lkmc/bundle.json", parse, misread)?)
}

/// Builds one attribute. When nothing that it depends on has changed, this takes a few milliseconds and starts no process.
pub fn build_attr(lowered: &Path, attr: &str, options: &Options) -> Result<Built<()>, Unbuilt> {
    build_in(&Store::open()?.until(options.deadline), lowered, attr, options)
}

pub(super) fn build_in(store: &Store, lowered: &Path, attr: &str, options: &Options) -> Result<Built<()>, Unbuilt> {
    let key = Key::new(store, lowered, attr)?;
    let root = Root::new(store, &key.root_name(attr))?;
    let lock = root.share()?;
    let memory = Known::path(store, &key);
    let known = match Known::read(&memory).filter(|known| known.holds(store, &root)) {
        Some(known) => known,
        None => {
            let _building = building(store)?;
            let drv = instantiate(store, lowered, attr, &root.drv_link, options)?;
            let out = realise(store, &drv, Some(&root.link), options)?;
            let known = Known { out, drv };
            known.write(&memory)?;
            known
        }
    };
    Ok(known.built((), store, lock))
}

/// Evaluates only: the derivation of an attribute, and what building it would mean.
pub fn plan(lowered: &Path, attr: &str, options: &Options) -> Result<(Store, Closure, Plan)> {
    let store = Store::open()?.until(options.deadline);
    let key = Key::new(&store, lowered, attr)?;
    let root = Root::new(&store, &key.root_name(attr))?;
    let _building = building(&store)?;
    let drv = instantiate(&store, lowered, attr, &root.drv_link, options)?;
    let closure = Closure::read(&store, &drv)?;
    let plan = plan_of(&store, &closure, options)?;
    Ok((store, closure, plan))
}
