//! `--restore RUN[:TICK]`: a machine goes on where something in it took a checkpoint, on the processors of the profile that is named
//! now. What it has to be the same machine for is written beside each checkpoint when its run has ended.

use std::path::Path;
use std::str::FromStr;

use crate::diag::{Error, Result};
use crate::emulator::gem5::OUTPUT;
use crate::host::terminal;
use crate::run_directory::lookup::{self, Has};
use crate::run_directory::{id, read_record};
use crate::snapshots::{Kept, Key};

use super::asked::Resumed;
use super::checkpoint;
use super::conversation;

/// Before the tick in the name of a checkpoint's directory (`gem5/lkmc/course.py`).
const PREFIX: &str = "cpt.";

/// Which checkpoint is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    run: String,
    tick: Option<u64>,
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Place, String> {
        let (run, tick) = match text.split_once(':') {
            Some((run, tick)) => (run, Some(tick)),
            None => (text, None),
        };
        let tick = tick.map(|tick| tick.parse().map_err(|_| format!("`{tick}` is no number of ticks")));
        Ok(Place {
            run: run.to_owned(),
            tick: tick.transpose()?,
        })
    }
}

/// Finds it, and proves that it is whole.
pub fn find(runs: &Path, place: &Place) -> Result<Resumed> {
    let run = match place.run.as_str() {
        "last" => match lookup::list(runs).into_iter().rev().find(|run| !ticks(run).is_empty()) {
            Some(run) => run,
            None => return Err(none("no run".into())),
        },
        name => lookup::find(runs, name, Has::Simulation)?,
    };
    let name = id::of(&run);
    let there = ticks(&run);
    let tick = match (place.tick, there.last()) {
        (_, None) => return Err(none(format!("nothing in run {name}"))),
        (None, Some(last)) => *last,
        (Some(tick), _) if there.contains(&tick) => tick,
        (Some(tick), _) => {
            let there: Vec<String> = there.iter().map(u64::to_string).collect();
            let message = format!("run {name} has no checkpoint at tick {tick}");
            return Err(Error::usage("lkmc::gem5::no_checkpoint", message)
                .help(format!("it has some at: {}", there.join(", "))));
        }
    };
    let directory = run.join(OUTPUT).join(format!("{PREFIX}{tick}"));
    let broken = |why: &str| {
        let message = format!("the checkpoint at tick {tick} of run {name} cannot be used: {why}");
        Error::usage("lkmc::gem5::no_checkpoint", message).help("the run has to come to its end; repeat it")
    };
    let record = read_record(&run).ok_or_else(|| broken("the run has no record"))?;
    if !checkpoint::whole(&directory) {
        return Err(broken("gem5 did not write all of it"));
    }
    let key = Key::read(&directory).ok_or_else(|| broken("nothing says of which machine it is"))?;
    Ok(Resumed {
        run,
        record,
        directory,
        tick,
        key,
    })
}

fn none(who: String) -> Error {
    let message = format!("{who} has taken a checkpoint");
    Error::usage("lkmc::gem5::no_checkpoint", message)
        .help("`m5 checkpoint` in a guest takes one, and so does the operation of that name in a program (docs/gem5-guest.md)")
}

/// Of the checkpoints in a run, in their order.
fn ticks(run: &Path) -> Vec<u64> {
    let entries = std::fs::read_dir(run.join(OUTPUT)).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut ticks: Vec<u64> = names
        .filter_map(|name| name.strip_prefix(PREFIX)?.parse().ok())
        .collect();
    ticks.sort_unstable();
    ticks
}

/// Writes beside each checkpoint of this run what a machine that goes on there has to be, and says what came of it. The run has
/// ended, so nothing that goes wrong here changes how.
pub fn label(run: &Path, key: &Key) {
    for tick in ticks(run) {
        let directory = run.join(OUTPUT).join(format!("{PREFIX}{tick}"));
        let use_of_it = match checkpoint::whole(&directory).then(|| key.write(&directory)) {
            Some(Ok(())) => format!("`--restore {}:{tick}` goes on there", id::of(run)),
            Some(Err(error)) => format!("it cannot be used: {}: {error}", directory.display()),
            None => "gem5 did not write all of it".to_owned(),
        };
        terminal::announce(&format!("checkpoint at tick {tick}; {use_of_it}"), false);
    }
}

/// In place of the checkpoint at the prompt.
pub fn kept(resumed: &Resumed) -> Kept {
    Kept {
        directory: resumed.directory.clone(),
        key: resumed.key.clone(),
        make: None,
        private: false,
        record: resumed.snapshot(),
    }
}

/// What the guest's agent was asked for.
pub fn request(resumed: &Resumed) -> Result<Vec<u8>> {
    let file = conversation::file(&resumed.run);
    std::fs::read(&file).map_err(|error| Error::io("cannot read", &file, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_checkpoint_is_never_labelled() {
        let run = tempfile::tempdir().expect("a directory can be made");
        let checkpoint = |tick: u64, state: &str| {
            let directory = run.path().join(OUTPUT).join(format!("{PREFIX}{tick}"));
            std::fs::create_dir_all(&directory).expect("a directory can be made");
            std::fs::write(directory.join("m5.cpt"), state).expect("a file can be written");
            directory
        };
        let half = checkpoint(500, "[Globals]\nunserializedCompatibility");
        let whole = checkpoint(1000, "[system]\nid=0\n[Globals]\nversion_tags=ARM\n");
        let key = Key {
            profile: "p".into(),
            inputs: Default::default(),
        };
        label(run.path(), &key);
        assert!(Key::read(&half).is_none());
        assert!(Key::read(&whole).is_some());
    }

    #[test]
    fn a_place_is_a_run_and_perhaps_a_tick() {
        let place = |text: &str| text.parse::<Place>().map(|place| (place.run, place.tick));
        assert_eq!(place("last"), Ok(("last".into(), None)));
        assert_eq!(place("ab12:500"), Ok(("ab12".into(), Some(500))));
        assert_eq!(place("ab12:x"), Err("`x` is no number of ticks".into()));
    }
}
