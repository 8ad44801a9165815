//! Why files are not here, said once for all that share the reason.

use crate::diag::Error;

/// Why one file is not here.
#[derive(Debug)]
pub enum Unfetched {
    /// No mirror gave it; what each said.
    Nowhere {
        file: String,
        attempts: Vec<String>,
        help: String,
    },
    /// No other file would come either.
    Fatal(Error),
}

impl From<Error> for Unfetched {
    fn from(error: Error) -> Unfetched {
        Unfetched::Fatal(error)
    }
}

/// What each mirror said, and what can be done about it.
type Reason = (Vec<String>, String);

/// The error of a fetch of `total` files of which these are not here; none if they all are.
pub fn report(total: usize, unfetched: Vec<Unfetched>) -> Option<Error> {
    // A dead network fails every file for the same reason.
    let mut reasons: Vec<(Reason, Vec<String>)> = Vec::new();
    for one in unfetched {
        let (file, reason) = match one {
            // What stops everything hits several workers at once.
            Unfetched::Fatal(error) => return Some(error),
            Unfetched::Nowhere { file, attempts, help } => (file, (attempts, help)),
        };
        match reasons.iter_mut().find(|(other, _)| *other == reason) {
            Some((_, files)) => files.push(file),
            None => reasons.push((reason, vec![file])),
        }
    }
    let error = |((attempts, help), files): (Reason, Vec<String>)| {
        let what = match files.as_slice() {
            [only] => only.clone(),
            several => format!("{} of {total} files, {} among them,", several.len(), several[0]),
        };
        let attempts: String = attempts.iter().map(|attempt| format!("\n  {attempt}")).collect();
        let message = format!("{what} could not be downloaded from any mirror:{attempts}");
        Error::infrastructure("lkmc::toolbox::download_failed", message).help(help)
    };
    Error::join(reasons.into_iter().map(error).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nowhere(file: &str, why: &str) -> Unfetched {
        Unfetched::Nowhere {
            file: file.into(),
            attempts: vec![why.into()],
            help: "check the network".into(),
        }
    }

    #[test]
    fn a_reason_that_many_files_share_is_said_once() {
        let unfetched = vec![
            nowhere("a", "refused"),
            nowhere("b", "refused"),
            nowhere("c", "not there"),
        ];
        let error = report(9, unfetched).unwrap();
        let messages: Vec<&str> = error.diagnostics.iter().map(|one| one.message.as_str()).collect();
        let expected = [
            "2 of 9 files, a among them, could not be downloaded from any mirror:\n  refused",
            "c could not be downloaded from any mirror:\n  not there",
        ];
        assert_eq!(messages, expected);
    }

    #[test]
    fn what_stops_everything_is_said_alone() {
        let full = Error::infrastructure("lkmc::test", "the disk is full");
        let error = report(9, vec![nowhere("a", "refused"), full.into()]).unwrap();
        assert_eq!(error.to_string(), "the disk is full");
        assert!(report(9, Vec::new()).is_none());
    }
}
