//! Where a GDB session begins.

use std::str::FromStr;

use serde::Serialize;

/// The place that a guest runs to before the user gets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Place {
    /// A function, `file:line`, or an address.
    Location { text: String },
    /// The first line of a module's init function, when that module is loaded. `then`: on from there.
    ModuleInit { module: String, then: Option<Then> },
    /// The kernel's first instruction, before the MMU is on.
    Early,
    /// The first instruction of what unpacks the kernel.
    Decompressor,
    /// The kernel's side of a system call.
    Syscall { name: String },
    /// A program, when it is executed: one of its functions, in that process only.
    User(Program),
}

/// A place in a module or in the kernel, as GDB takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Then {
    pub place: String,
    /// What the user calls the module.
    pub source: String,
}

impl Then {
    pub fn new(place: &str, source: &str) -> Then {
        Then {
            place: starred(place),
            source: source.to_owned(),
        }
    }
}

/// An address may be written with or without GDB's star.
fn starred(text: &str) -> String {
    match text.starts_with("0x") {
        true => format!("*{text}"),
        false => text.to_owned(),
    }
}

/// `PROGRAM[:FUNCTION]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Program {
    /// As the guest names it, or its last part.
    pub program: String,
    pub function: String,
}

impl FromStr for Program {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (program, function) = text.split_once(':').unwrap_or((text, "main"));
        match program.is_empty() || function.is_empty() {
            true => Err("expected PROGRAM or PROGRAM:FUNCTION, such as ./hello:main".into()),
            false => Ok(Program {
                program: program.into(),
                function: function.into(),
            }),
        }
    }
}

impl Place {
    pub fn location(text: &str) -> Place {
        Place::Location { text: starred(text) }
    }

    /// Whether the guest must be stopped before its first instruction to get there.
    pub fn is_early(&self) -> bool {
        matches!(self, Place::Early | Place::Decompressor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_stopped_in_main_unless_told_otherwise() {
        let program = |text: &str| text.parse::<Program>().map(|it| (it.program, it.function));
        assert_eq!(program("./a"), Ok(("./a".into(), "main".into())));
        assert_eq!(program("/bin/b:run"), Ok(("/bin/b".into(), "run".into())));
        assert!(program("a:").is_err() && program(":b").is_err());
    }

    #[test]
    fn addresses_may_be_bare() {
        let text = |text: &str| match Place::location(text) {
            Place::Location { text } => text,
            _ => unreachable!("location() makes locations"),
        };
        assert_eq!(text("0xffffffff81000000"), "*0xffffffff81000000");
        assert_eq!(text("*0x10"), "*0x10");
        assert_eq!(text("fs/open.c:1400"), "fs/open.c:1400");
    }
}
