//! The demos that a guest of `lkmc profile run` finds in /lkmc, built.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::cli::Global;
use crate::commands::build;
use crate::demo::select::runs;
use crate::demo::{Collection, Demo, Kind, build as demo_build};
use crate::diag::Result;
use crate::nix::RootLock;
use crate::profile::Profile;

/// What somebody who opens a shell may want to try.
pub const FOR_A_SHELL: &str = "kernel_modules/";

/// Directories to push, and what debuggers need to know of the modules in them.
#[derive(Default)]
pub struct Files {
    pub push: Vec<PathBuf>,
    pub modules: BTreeMap<String, PathBuf>,
    _locks: Vec<RootLock>,
}

/// Builds the demos whose path contains one of the filters. What does not suit the profile's kernel is left out; what does not
/// compile too, with a word about it.
pub fn build(global: &Global, profile: &Profile, kernel_config: &str, filters: &[String]) -> Result<Files> {
    let wanted = |demo: &Demo| {
        filters.iter().any(|filter| demo.name.contains(filter.as_str()))
            && demo.kind != Kind::BareMetal
            && runs(demo, profile, kernel_config)
    };
    let all = Collection::installed()?.all();
    let demos: Vec<Demo> = all
        .into_iter()
        .filter_map(|(_, demo)| demo.ok())
        .filter(wanted)
        .collect();
    let lowered = build::lowered_of(profile)?;
    let demos: Vec<&Demo> = demos.iter().collect();
    let outcomes = demo_build::build(&lowered, &demos, &build::options(global))?;
    let mut files = Files::default();
    for (demo, outcome) in demos.iter().zip(outcomes) {
        match outcome {
            Ok(built) => {
                files.modules.extend(demo_build::modules(&built.debug));
                files.push.push(built.guest);
                files._locks.push(built.root_lock);
            }
            Err(_) => eprintln!(
                "lkmc: {} does not compile for {} and is left out",
                demo.name, profile.name
            ),
        }
    }
    Ok(files)
}
