//! lcov's tracefiles (geninfo(1), "FILES"), which lcov merges and genhtml shows beside the source.

use std::io::{Result, Write};

use super::coverage::{Coverage, File};

/// Writes all of it. `test` is what lcov calls the run.
pub fn write(coverage: &Coverage, test: &str, out: &mut impl Write) -> Result<()> {
    // Other characters lcov replaces, and says so.
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    writeln!(out, "TN:{}", test.chars().map(plain).collect::<String>())?;
    for (name, file) in &coverage.0 {
        match &file.path {
            Some(path) => writeln!(out, "SF:{}", path.display())?,
            None => writeln!(out, "SF:{name}")?,
        }
        section(file, out)?;
    }
    Ok(())
}

fn section(file: &File, out: &mut impl Write) -> Result<()> {
    for (name, (line, _)) in &file.functions {
        writeln!(out, "FN:{line},{name}")?;
    }
    for (name, (_, count)) in &file.functions {
        writeln!(out, "FNDA:{count},{name}")?;
    }
    let functions = file.of_functions();
    writeln!(out, "FNF:{}\nFNH:{}", functions.all, functions.executed)?;
    for (line, count) in &file.lines {
        writeln!(out, "DA:{line},{count}")?;
    }
    let lines = file.of_lines();
    writeln!(out, "LF:{}\nLH:{}\nend_of_record", lines.all, lines.executed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_as_geninfo_writes_it() {
        let file = File {
            lines: [(3, 9), (5, 0), (10, 9)].into(),
            functions: [("check".to_owned(), (3, 9)), ("unused".to_owned(), (40, 0))].into(),
            ..File::default()
        };
        let here = File {
            path: Some("/tree/a.c".into()),
            ..File::default()
        };
        let coverage = Coverage([("kernel/b.c".to_owned(), file), ("a.c".to_owned(), here)].into());
        let mut text = Vec::new();
        write(&coverage, "2026-01-02-x", &mut text).unwrap();
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "TN:2026_01_02_x\nSF:/tree/a.c\nFNF:0\nFNH:0\nLF:0\nLH:0\nend_of_record\nSF:kernel/b.c\nFN:3,check\nFN:40,unused\n\
             FNDA:9,check\nFNDA:0,unused\nFNF:2\nFNH:1\nDA:3,9\nDA:5,0\nDA:10,9\nLF:3\nLH:2\nend_of_record\n"
        );
    }
}
