//! Kconfig files: `CONFIG_X=value`, `# CONFIG_X is not set`, comments and blank lines.

use super::value::{check_symbol, is_bare, is_quoted};

/// The symbol and value that a line sets, or what is wrong with it.
pub fn parse_line(line: &str) -> Result<Option<(String, String)>, String> {
    if let Some(comment) = line.strip_prefix('#') {
        let symbol = comment
            .trim()
            .strip_prefix("CONFIG_")
            .and_then(|rest| rest.strip_suffix(" is not set"));
        // Sentences end so, too.
        let symbol = symbol.filter(|symbol| check_symbol(symbol).is_ok());
        return Ok(symbol.map(|symbol| (symbol.to_string(), "n".to_string())));
    }
    if line.is_empty() {
        return Ok(None);
    }
    let (name, value) = line.split_once('=').ok_or("sets nothing")?;
    let symbol = name.trim();
    let symbol = symbol
        .strip_prefix("CONFIG_")
        .ok_or_else(|| format!("write CONFIG_{symbol}"))?;
    check_symbol(symbol)?;
    if name.ends_with(char::is_whitespace) || value.starts_with(char::is_whitespace) {
        return Err("Kconfig takes no spaces around `=`".into());
    }
    match is_bare(value) || is_quoted(value) {
        true => Ok(Some((symbol.to_string(), value.to_string()))),
        false => Err(format!("`{value}` is neither y, m, n, a number nor quoted")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_read_as_kconfig_writes_them() {
        let set = |line: &str| parse_line(line).map(|set| set.map(|(symbol, value)| format!("{symbol}={value}")));
        assert_eq!(set("CONFIG_A=y"), Ok(Some("A=y".into())));
        assert_eq!(set("# CONFIG_B is not set"), Ok(Some("B=n".into())));
        assert_eq!(set("CONFIG_C=\"x = y\""), Ok(Some("C=\"x = y\"".into())));
        assert_eq!(set("CONFIG_D=0x1f"), Ok(Some("D=0x1f".into())));
        assert_eq!((set("# a comment"), set("")), (Ok(None), Ok(None)));
        assert_eq!(set("# CONFIG_A and CONFIG_B is not set"), Ok(None));
    }

    #[test]
    fn other_lines_are_refused() {
        for line in [
            "A=y",
            "CONFIG_A = y",
            "CONFIG_A= y",
            "CONFIG_A",
            "CONFIG_A=yes",
            "CONFIG_A-B=y",
            "CONFIG_=y",
            "config A",
        ] {
            assert!(parse_line(line).is_err(), "{line}");
        }
    }
}
