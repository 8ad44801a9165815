//! From a lowered profile to a built attribute: evaluate, see what is missing, fetch it, realise.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Options;
use super::eval::{Key, Known, instantiate};
use super::plan::{Closure, Plan};
use super::realise::{Unbuilt, plan_of, realise};
use super::roots::{Root, RootLock, building};
use super::store::Store;
use crate::bundle::{Bundle, Kernel};
use crate::diag::{Error, Result};

/// Everything that a run needs, in the store, safe from collection while this lives.
#[derive(Debug)]
pub struct Built {
    pub bundle: Bundle,
    /// The bundle itself, a store path.
    pub out: PathBuf,
    pub drv: PathBuf,
    pub store: Store,
    pub root_lock: RootLock,
}

/// One attribute of `nix/default.nix`, built.
#[derive(Debug)]
pub struct BuiltAttr {
    pub out: PathBuf,
    pub drv: PathBuf,
    pub store: Store,
    pub root_lock: RootLock,
}

/// The attribute with everything that a run needs, and the one for somebody who brings the kernel.
pub const BUNDLE: &str = "bundle";
pub const WITHOUT_KERNEL: &str = "bundleWithoutKernel";

/// Builds the bundle of a lowered profile; around this kernel, if it is not to be built.
pub fn build(lowered: &Path, kernel: Option<&Kernel>, options: &Options) -> Result<Built, Unbuilt> {
    let BuiltAttr {
        out,
        drv,
        store,
        root_lock,
    } = build_attr(lowered, kernel.map_or(BUNDLE, |_| WITHOUT_KERNEL), options)?;
    let path = store.physical(&out).join("share/lkmc/bundle.json");
    let text = std::fs::read_to_string(&path).map_err(|error| Error::io("cannot read", &path, error))?;
    let complete = |mut bundle: Value| {
        if let Some(kernel) = kernel {
            bundle["kernel"] = serde_json::to_value(kernel)?;
        }
        serde_json::from_value(bundle)
    };
    let bundle = serde_json::from_str(&text).and_then(complete).map_err(|error| {
        Error::infrastructure(
            "lkmc::nix::bad_bundle",
            format!("{} is not a bundle that this lkmc understands", path.display()),
        )
        .cause(error)
        .help("nix/bundle.nix and src/bundle.rs must agree")
    })?;
    Ok(Built {
        bundle,
        out,
        drv,
        store,
        root_lock,
    })
}

/// Builds one attribute. When nothing that it depends on has changed, this takes a few milliseconds and starts no process.
pub fn build_attr(lowered: &Path, attr: &str, options: &Options) -> Result<BuiltAttr, Unbuilt> {
    let store = Store::open()?.until(options.deadline);
    let key = Key::new(&store, lowered, attr)?;
    let root = Root::new(&store, &key.root_name(attr))?;
    let root_lock = root.share()?;
    let memory = Known::path(&store, &key);
    if let Some(known) = Known::read(&memory).filter(|known| known.holds(&store, &root)) {
        return Ok(BuiltAttr {
            out: known.out,
            drv: known.drv,
            store,
            root_lock,
        });
    }
    let _building = building(&store)?;
    let drv = instantiate(&store, lowered, attr, &root.drv_link, options)?;
    let out = realise(&store, &drv, Some(&root.link), options)?;
    Known {
        out: out.clone(),
        drv: drv.clone(),
    }
    .write(&memory)?;
    Ok(BuiltAttr {
        out,
        drv,
        store,
        root_lock,
    })
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
