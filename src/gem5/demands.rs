//! What a user asks of a simulation beside the profile.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::diag::{Error, Result};

use super::asked::Asked;
use super::resume::{self, Place};

/// On the command line.
#[derive(Clone, Debug, Default, Args)]
pub struct Demands {
    /// Parameter of one of gem5's objects, for example system.cpu_cluster.cpus.executeIssueLimit=1; repeatable
    #[arg(long = "param", value_name = "PATH=VALUE")]
    pub params: Vec<String>,
    /// What `m5 readfile` prints in the guest. gem5 only
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub readfile: Option<PathBuf>,
    /// Go on where something in RUN executed `m5 checkpoint`: at the last one, or at that of TICK. gem5 only
    #[arg(long, value_name = "RUN[:TICK]")]
    pub restore: Option<Place>,
}

impl Demands {
    /// An option that was used, if one was: only gem5 can do what it asks for.
    pub fn first(&self) -> Option<&'static str> {
        let options = [
            ("--param", !self.params.is_empty()),
            ("--readfile", self.readfile.is_some()),
            ("--restore", self.restore.is_some()),
        ];
        options.into_iter().find_map(|(option, used)| used.then_some(option))
    }

    /// Looks for what is named.
    pub fn find(&self) -> Result<Asked> {
        if let Some(param) = self.params.iter().find(|param| param.starts_with("system.readfile=")) {
            let message = format!("--param {param}: lkmc sets this parameter itself");
            return Err(Error::usage("lkmc::gem5::param", message)
                .help("`--readfile FILE` gives the guest a file that `m5 readfile` prints"));
        }
        let resumed = match &self.restore {
            Some(place) => Some(resume::find(&crate::paths::runs()?, place)?),
            None => None,
        };
        if let Some(file) = &self.readfile {
            std::fs::File::open(file).map_err(|error| {
                let message = format!("cannot read the file {}", file.display());
                Error::usage("lkmc::gem5::readfile", message).cause(error)
            })?;
        }
        Ok(Asked {
            params: self.params.clone(),
            readfile: self.readfile.clone(),
            resumed,
        })
    }
}
