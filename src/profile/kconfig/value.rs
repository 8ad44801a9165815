//! Names and values of kernel options, as profiles and `.config` files spell them.

use crate::profile::tree::Kind;

/// Accepts the name of a symbol without its prefix, or says what to write instead.
pub fn check_symbol(symbol: &str) -> Result<(), String> {
    if let Some(bare) = symbol.strip_prefix("CONFIG_") {
        return Err(format!("write {bare}, without CONFIG_"));
    }
    let odd = symbol
        .chars()
        .find(|letter| !(letter.is_ascii_alphanumeric() || *letter == '_'));
    // A few symbols have small letters in them; none has nothing else.
    let capital = symbol
        .chars()
        .any(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit());
    match odd {
        Some(odd) => Err(format!("{odd:?} is not a letter, digit or underscore")),
        None if symbol.is_empty() => Err("has no name".into()),
        None if !capital => Err(format!("did you mean {}?", symbol.to_uppercase())),
        None => Ok(()),
    }
}

/// `.config`'s spelling of a TOML value, or what to write instead. Kconfig alone knows a symbol's type, so this goes by looks:
/// `y`, `m`, `n` and numbers stand bare, everything else is quoted.
pub fn of_toml(kind: &Kind) -> Result<String, String> {
    let text = match kind {
        Kind::Integer(number) => return Ok(number.to_string()),
        Kind::String(text) => text,
        other => return Err(format!("is {}", other.name())),
    };
    let meant = match text.as_str() {
        "Y" | "yes" | "true" | "on" => Some("y"),
        "M" | "module" => Some("m"),
        "N" | "no" | "false" | "off" | "not set" => Some("n"),
        _ => None,
    };
    match meant {
        Some(meant) => Err(format!("did you mean \"{meant}\"?")),
        None if is_bare(text) || is_quoted(text) => Ok(text.clone()),
        None => Ok(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))),
    }
}

/// A tristate or a number.
pub fn is_bare(value: &str) -> bool {
    let decimal = value.strip_prefix('-').unwrap_or(value);
    let hexadecimal = value.strip_prefix("0x").or_else(|| value.strip_prefix("0X"));
    matches!(value, "y" | "m" | "n")
        || (!decimal.is_empty() && decimal.bytes().all(|byte| byte.is_ascii_digit()))
        || hexadecimal.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

pub fn is_quoted(value: &str) -> bool {
    value.len() >= 2 && value.starts_with('"') && value.ends_with('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_get_kconfigs_spelling() {
        let spelt = |text: &str| of_toml(&Kind::String(text.into()));
        for (written, expected) in [
            ("y", "y"),
            ("0x20", "0x20"),
            ("-1", "-1"),
            ("a\"b\\", "\"a\\\"b\\\\\""),
            ("", "\"\""),
        ] {
            assert_eq!(spelt(written).as_deref(), Ok(expected));
        }
        assert_eq!(of_toml(&Kind::Integer(17)).as_deref(), Ok("17"));
        assert_eq!(spelt("yes"), Err("did you mean \"y\"?".into()));
        assert!(of_toml(&Kind::Boolean(true)).is_err());
    }
}
