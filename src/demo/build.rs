//! From demos to what their guests get: who builds what, and the request that nix/demo.nix reads.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::diag::{Error, Result};
use crate::nix;
use crate::nix::demos::{BuiltDemo, Make, Outcome, Request};
use crate::nix::of_profile;
use crate::profile::Profile;
use crate::store_path;

use super::own_kernel::{self, OwnKernel};
use super::{Demo, Kind, Run, kbuild, modules};

/// By what a demo is built.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By<'a> {
    Nix(Make),
    /// In the directory of a kernel that Nix has not built.
    Kbuild(&'a Path),
}

impl By<'_> {
    fn of<'a>(demo: &Demo, tree: Option<&'a Path>) -> By<'a> {
        match (demo.kind, tree) {
            (Kind::BareMetal, _) => By::Nix(Make::BareMetal),
            (_, Some(tree)) if own_kernel::concerns(demo) => By::Kbuild(tree),
            _ => By::Nix(Make::Guest),
        }
    }
}

/// Builds demos against the kernel of a profile, or for its board, in the order given. One that does not compile fails alone.
/// What compilers warn about in a user's own is shown, also if it has been built before.
pub fn build(profile: &Profile, demos: &[&Demo], options: &nix::Options) -> Result<Vec<Outcome>> {
    let lowered = &of_profile::lowered(profile)?;
    let tree = profile.kernel.tree.as_deref();
    let by_nix = [Make::Guest, Make::BareMetal].map(By::Nix);
    let mut outcomes: Vec<Option<Outcome>> = demos.iter().map(|_| None).collect();
    for by in by_nix.into_iter().chain(tree.map(By::Kbuild)) {
        let chosen = |index: &usize| By::of(demos[*index], tree) == by;
        let indices: Vec<usize> = (0..demos.len()).filter(chosen).collect();
        if indices.is_empty() {
            continue;
        }
        let chosen = indices.iter().map(|&index| demos[index]);
        let built = match by {
            By::Nix(make) => nix::demos::build_demos(lowered, &chosen.map(request).collect::<Vec<_>>(), make, options)?,
            By::Kbuild(tree) => {
                let kernel = OwnKernel::open(profile, tree, lowered, options)?;
                let build = |demo| kernel.build(demo, request(demo));
                chosen.map(build).collect::<Result<_>>()?
            }
        };
        for (index, outcome) in indices.into_iter().zip(built) {
            if let Ok(built) = &outcome {
                show_warnings(demos[index], built, options)?;
            }
            outcomes[index] = Some(outcome);
        }
    }
    // Each demo is built by one of them.
    Ok(outcomes.into_iter().flatten().collect())
}

fn show_warnings(demo: &Demo, built: &BuiltDemo, options: &nix::Options) -> Result<()> {
    // The log of a build that has just taken place stands there with them.
    let seen = options.verbose && !built.content.cost.building.is_zero();
    if built.content.warnings.is_empty() || seen || demo.root == crate::paths::repository()? {
        return Ok(());
    }
    eprintln!("lkmc: {} compiles with warnings:", demo.name);
    eprint!("{}", built.content.warnings);
    Ok(())
}

/// One demo that has to compile.
pub fn build_one(profile: &Profile, demo: &Demo, options: &nix::Options) -> Result<BuiltDemo> {
    only(demo, build(profile, &[demo], options)?)
}

/// The programs of one demo, for a debugger.
pub fn dynamic(profile: &Profile, demo: &Demo, options: &nix::Options) -> Result<BuiltDemo> {
    let lowered = of_profile::lowered(profile)?;
    only(
        demo,
        nix::demos::build_demos(&lowered, &[request(demo)], Make::Dynamic, options)?,
    )
}

/// One request has one outcome.
fn only(demo: &Demo, outcomes: Vec<Outcome>) -> Result<BuiltDemo> {
    let built = outcomes.into_iter().next().and_then(std::result::Result::ok);
    built.ok_or_else(|| does_not_compile(demo, ""))
}

/// What a run carries out, if it takes what was built to know: of a directory's modules some may need others.
pub fn settled<'a>(demo: &Demo, run: &'a Run, built: &BuiltDemo) -> Cow<'a, Run> {
    if demo.kind != Kind::KbuildDirectory || run.span.is_some() {
        return Cow::Borrowed(run);
    }
    let guest = modules::in_and_out(&modules::in_order(&built.guest()));
    Cow::Owned(Run { guest, ..run.clone() })
}

/// The compiler's words have been shown by the build. `what_for` follows the sentence.
pub fn does_not_compile(demo: &Demo, what_for: &str) -> Error {
    let message = format!("{} does not compile{what_for}", demo.name);
    Error::infrastructure("lkmc::demo::does_not_compile", message)
}

/// The modules of a built demo with their DWARF, by the name that the kernel gives them.
pub fn modules(debug: &Path) -> BTreeMap<String, PathBuf> {
    let files = std::fs::read_dir(debug).into_iter().flatten().flatten();
    files
        .map(|file| file.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "ko"))
        .filter_map(|path| Some((path.file_stem()?.to_str()?.replace('-', "_"), path)))
        .collect()
}

fn request(demo: &Demo) -> Request {
    let relative = |path: &Path| path.strip_prefix(&demo.root).unwrap_or(path).to_owned();
    let parts = |kind: Kind| demo.parts.iter().filter(move |part| part.kind == kind);
    // Nix takes the empty string for "none".
    let named = |path: &Path| {
        if path.as_os_str().is_empty() {
            ".".into()
        } else {
            path.to_owned()
        }
    };
    let name = |part: &super::Part| part.path.file_name().map(PathBuf::from).unwrap_or_default();
    Request {
        name: derivation_name(&demo.name),
        root: demo.root.clone(),
        sources: demo.sources.iter().map(|path| relative(path)).collect(),
        kbuild_directory: kbuild::directory(demo).map(named),
        modules: parts(Kind::Module).map(name).collect(),
        cflags: demo.cflags.clone(),
        kbuild: demo.kbuild.clone(),
        programs: parts(Kind::Program)
            .chain(parts(Kind::BareMetal))
            .map(|part| relative(&part.path))
            .collect(),
        scripts: parts(Kind::Script).map(|part| relative(&part.path)).collect(),
        tree_modules: demo.tree_modules.clone(),
    }
}

/// The name only helps a reader: the hash tells demos apart.
fn derivation_name(demo: &str) -> String {
    format!("demo-{}", store_path::plain_name(demo.trim_start_matches(['.', '/'])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_the_store() {
        assert_eq!(derivation_name("kernel_modules/hello.c"), "demo-kernel_modules-hello.c");
        assert_eq!(derivation_name("/home/me/my driver~.c"), "demo-home-me-my-driver-.c");
    }
}
