//! What a gem5 says of itself: its version, its instruction sets, the classes that it can build. It is asked before anything else
//! is done with it, and once only: the answer is kept in the cache, under the file's path, size and time.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::command_line::CommandLine;
use crate::diag::{Error, Result};
use crate::emulator::gem5::{self, Simulator};
use crate::emulator::only_gem5;
use crate::hash::{sha256_of_file, short_sha256_of_all};
use crate::host::child;
use crate::kept;
use crate::profile::{Gem5, Gem5Cpu, Profile};
use crate::scratch::Scratch;
use crate::store_path::{STORE, StoreOnDisk};
use crate::suggest;

/// The oldest gem5 that `gem5/` is written for.
const OLDEST: Version = Version(24, 0);
/// The script that asks, from the checkout.
const SCRIPT: &str = "gem5/about.py";
/// Its answer.
const ANSWER: &str = "lkmc-about: ";
/// gem5 starts in a second; on a machine that is out of memory in some more.
const LIMIT: Duration = Duration::from_secs(60);

/// Year and number of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32);

impl Version {
    /// Of `24.0.0.1`, or of `DEVELOP-FOR-25.0`, as gem5 calls itself between two releases.
    pub fn of(text: &str) -> Option<Version> {
        let mut parts = text
            .trim_start_matches("DEVELOP-FOR-")
            .trim_start_matches('v')
            .split('.');
        Some(Version(parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

/// One gem5's own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// `24.0.0.1`; gem5 names it since 20.0.
    pub version: Option<String>,
    /// `ARM`, `X86`.
    pub isas: Vec<String>,
    /// Of all objects that it can build.
    pub classes: Vec<String>,
    /// Those of them that are memory.
    pub memories: Vec<String>,
    /// Whether it can write traces. What says them is left out of the variant `fast`, whose flags are there but say nothing.
    pub traces: bool,
    /// SHA-256 of the program, or the store path, which says as much.
    pub hash: String,
}

impl About {
    /// Out of what gem5 prints when it runs the script. None if it is no gem5.
    fn parse(text: &str) -> Option<About> {
        let after = |start: &str| text.lines().find_map(|line| line.strip_prefix(start));
        let version = after("gem5 version ").map(|version| version.trim().to_owned());
        // One that is too old for the script still has its banner.
        let banner = version.is_some() || after("gem5 Simulator System").is_some();
        #[derive(Default, Deserialize)]
        struct Answer {
            isas: Vec<String>,
            classes: Vec<String>,
            memories: Vec<String>,
            traces: bool,
        }
        let answer = after(ANSWER).and_then(|json| serde_json::from_str::<Answer>(json).ok());
        let complete = answer.is_some();
        let Answer {
            isas,
            classes,
            memories,
            traces,
        } = answer.unwrap_or_default();
        let about = About {
            version,
            isas,
            classes,
            memories,
            traces,
            hash: String::new(),
        };
        // Without an answer the one thing to know is that it is too old.
        (banner && (complete || about.too_old())).then_some(about)
    }

    fn too_old(&self) -> bool {
        self.version
            .as_deref()
            .and_then(Version::of)
            .is_none_or(|version| version < OLDEST)
    }

    /// The version, for a message.
    pub fn title(&self) -> String {
        self.version.clone().unwrap_or_else(|| "older than 20.0".into())
    }
}

/// Whether there is, or will be, a gem5 that can build the profile's machine: asked before anything is built.
pub fn check(profile: &Profile) -> Result<()> {
    gem5::check(profile)?;
    match profile.emulator.build() {
        // Compiled from what it says itself; asked when it is there.
        Some(_) => Ok(()),
        None => verify(&Simulator::find(profile, None, &StoreOnDisk::AS_NAMED)?, profile),
    }
}

/// The same of one that is there.
pub fn verify(gem5: &Simulator, profile: &Profile) -> Result<()> {
    judge(&ask(gem5)?, &gem5.file, profile)
}

/// The gem5 that the environment names, if it does and lkmc can use it: for `lkmc doctor`.
pub fn of_environment() -> Option<Result<(PathBuf, About)>> {
    let named = std::env::var_os(gem5::VARIABLE).filter(|value| !value.is_empty())?;
    let file = std::path::absolute(&named).unwrap_or_else(|_| named.into());
    let asked = ask(&Simulator::of_binary(&file)).and_then(|about| usable(&about, &file).map(|()| about));
    Some(asked.map(|about| (file, about)))
}

/// Old enough, and for Arm.
fn usable(about: &About, file: &Path) -> Result<()> {
    let name = file.display();
    if about.too_old() {
        let message = format!(
            "{name} is gem5 {}; lkmc's machines need {OLDEST} or later",
            about.title()
        );
        return Err(
            Error::usage("lkmc::gem5::version", message).help("build a newer one, for example from the tag v24.0.0.1")
        );
    }
    if !about.isas.iter().any(|isa| isa == "ARM") {
        let isas = about.isas.join(", ");
        let message = format!("{name} was built without Arm's instruction set; it has: {isas}");
        return Err(Error::usage("lkmc::gem5::isa", message)
            .help("`scons build/ARM/gem5.opt` in gem5's sources builds one with it"));
    }
    Ok(())
}

fn judge(about: &About, file: &Path, profile: &Profile) -> Result<()> {
    usable(about, file)?;
    let has = |key, class: &str| match key {
        MEMORY => about.memories.iter().any(|known| known == class),
        _ => about.classes.iter().any(|known| known == class),
    };
    let Some((key, class)) = wanted(only_gem5(profile)?).find(|(key, class)| !has(*key, class)) else {
        return Ok(());
    };
    let (name, file) = (&profile.name, file.display());
    let of = |known: &[String], otherwise: &dyn Fn() -> String| {
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        suggest::did_you_mean(class, &known).unwrap_or_else(otherwise)
    };
    let (message, help) = match key {
        MEMORY => (
            format!("`{key}` of profile `{name}` is `{class}`, which is no memory of {file}"),
            of(&about.memories, &|| format!("it has {}", about.memories.join(", "))),
        ),
        _ => (
            format!("`{key}` of profile `{name}` wants gem5's `{class}`, which {file} does not have"),
            of(&about.classes, &|| {
                "`lkmc profile show NAME` says where the value is from".into()
            }),
        ),
    };
    Err(Error::usage("lkmc::gem5::missing", message).help(help))
}

/// The key of what is behind everything.
const MEMORY: &str = "memory.model";

/// Classes of gem5 that the machine is made of, each with the key that says so.
fn wanted(machine: &Gem5) -> impl Iterator<Item = (&'static str, &str)> {
    let processors = ["cpu", "little"].into_iter().zip(machine.clusters());
    let processors = processors.map(|(key, cluster)| (key, class(cluster.cpu.model)));
    std::iter::once(("emulator.machine", machine.board.as_str()))
        .chain(processors)
        .chain([(MEMORY, machine.memory.class.as_str())])
}

/// As `gem5/lkmc/cores.py` has it.
fn class(cpu: Gem5Cpu) -> &'static str {
    match cpu {
        Gem5Cpu::AtomicSimple => "ArmAtomicSimpleCPU",
        Gem5Cpu::TimingSimple => "ArmTimingSimpleCPU",
        Gem5Cpu::Minor | Gem5Cpu::Hpi => "ArmMinorCPU",
        Gem5Cpu::DerivO3 => "ArmO3CPU",
    }
}

/// What it is, remembered or asked.
pub fn ask(gem5: &Simulator) -> Result<About> {
    let repository = crate::paths::repository()?;
    let place = place(&gem5.file, &repository.join(SCRIPT));
    if let Some(about) = place.as_deref().and_then(kept::recall) {
        return Ok(about);
    }
    // It makes its output directory even for this.
    let output = Scratch::create("gem5")?;
    let mut line = gem5.with(vec![
        format!("--outdir={}", output.path().display()).into(),
        "--listener-mode=off".into(),
        repository.join(SCRIPT).into_os_string(),
    ]);
    line.env.push(("PYTHONDONTWRITEBYTECODE".into(), "1".into()));
    let about = About {
        hash: hash(&gem5.file)?,
        ..answer(gem5, &line)?
    };
    if let Some(path) = place {
        // Forgetting costs another second, nothing else.
        let _ = kept::remember(&path, &about);
    }
    Ok(about)
}

fn hash(file: &Path) -> Result<String> {
    match file.starts_with(STORE) {
        true => Ok(file.display().to_string()),
        false => sha256_of_file(file).map_err(|error| Error::io("cannot read", file, error)),
    }
}

fn answer(gem5: &Simulator, line: &CommandLine) -> Result<About> {
    let failed = |why: String| {
        let message = format!("{} does not answer as a gem5 does", gem5.file.display());
        Error::usage("lkmc::gem5::no_answer", message).cause(why).help(format!(
            "name the program that gem5's build made, for example build/ARM/gem5.opt; it was asked with:\n{}",
            line.to_shell()
        ))
    };
    let answer = child::output_within(line.to_command(), LIMIT).map_err(|error| failed(error.to_string()))?;
    let Some(answer) = answer else {
        return Err(failed(format!("it said nothing within {LIMIT:?}")));
    };
    About::parse(&String::from_utf8_lossy(&answer.stdout)).ok_or_else(|| {
        let said = String::from_utf8_lossy(&answer.stderr);
        let last: Vec<&str> = said
            .lines()
            .rev()
            .filter(|line| !line.trim().is_empty())
            .take(3)
            .collect();
        failed(format!(
            "it ended with {} and said: {}",
            answer.status,
            last.into_iter().rev().collect::<Vec<_>>().join("; ")
        ))
    })
}

/// Where the answer of this file is kept. None if there is no telling it from another one.
fn place(file: &Path, script: &Path) -> Option<PathBuf> {
    let stamp = |path: &Path| {
        let metadata = std::fs::metadata(path).ok()?;
        let age = metadata.modified().ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        Some(format!("{} {} {}", path.display(), metadata.len(), age.as_nanos()))
    };
    // A store path never changes, and may not be mapped.
    let program = match file.starts_with(STORE) {
        true => file.display().to_string(),
        false => stamp(file)?,
    };
    let script = std::fs::read(script).ok()?;
    let name = short_sha256_of_all([program.as_bytes(), &script]);
    Some(crate::paths::cache_path()?.join("gem5").join(format!("{name}.json")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWERED: &str = "gem5 Simulator System.  https://www.gem5.org\n\ngem5 version 24.0.0.1\ngem5 compiled today\n\n\
        lkmc-about: {\"isas\": [\"ARM\"], \"classes\": [\"ArmMinorCPU\", \"VExpress_GEM5_V1\", \"SrcClockDomain\"], \
        \"memories\": [\"DDR3_1600_8x8\", \"SimpleMemory\"], \"traces\": true}\n";

    fn refusal(text: &str) -> String {
        refusal_of(text, "DDR3_1600_8x8")
    }

    fn refusal_of(text: &str, memory: &str) -> String {
        let mut profile = crate::profile::load("aarch64-gem5-hpi").unwrap();
        if let crate::profile::Emulator::Gem5(machine) = &mut profile.emulator {
            machine.memory.class = memory.into();
        }
        let about = About::parse(text).unwrap();
        let error = judge(&about, Path::new("/gem5"), &profile).err();
        error.map_or_else(String::new, |error| crate::diag::to_json(&error).to_string())
    }

    #[test]
    fn versions_are_ordered_those_of_development_too() {
        assert_eq!(Version::of("24.0.0.1"), Some(Version(24, 0)));
        assert_eq!(Version::of("DEVELOP-FOR-25.0"), Some(Version(25, 0)));
        assert_eq!(Version::of("25.1.1.0-dev"), Some(Version(25, 1)));
        assert_eq!(Version::of("[DEVELOP]"), None);
        assert!(Version::of("23.1.0.0").unwrap() < OLDEST);
        assert!(Version::of("25.1.0.0").unwrap() > OLDEST);
    }

    #[test]
    fn one_that_has_all_is_taken() {
        assert_eq!(refusal(ANSWERED), "");
        for other in ["24.1.0.2", "DEVELOP-FOR-25.0", "25.1.0.0", "25.1.1.0-dev"] {
            assert_eq!(refusal(&ANSWERED.replace("24.0.0.1", other)), "");
        }
    }

    #[test]
    fn not_every_class_is_a_memory() {
        assert_eq!(refusal_of(ANSWERED, "SimpleMemory"), "");
        let said = refusal_of(ANSWERED, "SrcClockDomain");
        assert!(
            said.contains("lkmc::gem5::missing") && said.contains("it has DDR3_1600_8x8, SimpleMemory"),
            "{said}"
        );
    }

    #[test]
    fn what_it_lacks_is_named() {
        for (text, code, words) in [
            (
                ANSWERED.replace("24.0.0.1", "23.1.0.0"),
                "lkmc::gem5::version",
                "23.1.0.0",
            ),
            // It may be too old for the script.
            ("gem5 version 21.2.1.1\n".into(), "lkmc::gem5::version", "21.2.1.1"),
            (
                "gem5 Simulator System.  http://gem5.org\n".into(),
                "lkmc::gem5::version",
                "older than 20.0",
            ),
            (ANSWERED.replace("ARM", "X86"), "lkmc::gem5::isa", "X86"),
            (
                ANSWERED.replace("1600", "1867"),
                "lkmc::gem5::missing",
                "did you mean `DDR3_1867_8x8`",
            ),
            (ANSWERED.replace("ArmMinorCPU", ""), "lkmc::gem5::missing", "`cpu`"),
        ] {
            let said = refusal(&text);
            assert!(said.contains(code) && said.contains(words), "{said}");
        }
    }

    #[test]
    fn other_programs_are_no_gem5() {
        assert_eq!(About::parse(""), None);
        assert_eq!(About::parse("GNU bash, version 5\n"), None);
        // Its script ended before the answer.
        assert_eq!(About::parse("gem5 version 24.0.0.1\n"), None);
    }
}
