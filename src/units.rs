//! Sizes and frequencies with their units, as they are written in profiles and on the command line.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A number of bytes. Written `"512MiB"`; the decimal `"512MB"` is refused, because half of its readers mean the other one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ByteSize(pub u64);

/// A clock rate in hertz. Written `"2GHz"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Frequency(pub u64);

/// A span of time. Written `"30s"`, `"500ms"`, `"5m"` or `"1h"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seconds(pub std::time::Duration);

/// Why a quantity was not understood, and what would be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct UnitError {
    pub message: String,
    pub help: String,
}

/// For an option of the command line: what is wrong and how to write it, in one line.
pub fn from_argument<T: FromStr<Err = UnitError>>(text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|error: UnitError| format!("{error}; {}", error.help))
}

impl From<String> for UnitError {
    fn from(message: String) -> Self {
        UnitError {
            message,
            help: String::new(),
        }
    }
}

/// Simulated time in gem5's ticks, of which one is a picosecond. Written `"100us"`, or as gem5 does: `"100000000"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ticks(pub u64);

/// The units of a kind of quantity and what they are of the first one, the smallest.
pub type Units = [(&'static str, u64)];

/// The number in a size or a frequency, and what it may be told in.
pub fn quantity(text: &str) -> Option<(u64, &'static Units)> {
    let size = || text.parse::<ByteSize>().ok().map(|size| (size.0, &SIZE_UNITS[..]));
    let frequency = || text.parse::<Frequency>().ok();
    size().or_else(|| frequency().map(|frequency| (frequency.0, &FREQUENCY_UNITS[..])))
}

/// The largest unit of which all values are multiples.
pub fn common_unit(values: &[u64], units: &'static Units) -> (&'static str, u64) {
    let divides = |(_, factor): &&(&str, u64)| values.iter().all(|value| value.is_multiple_of(*factor));
    let sensible = values.iter().any(|value| *value != 0);
    *units
        .iter()
        .rev()
        .filter(|_| sensible)
        .find(divides)
        .unwrap_or(&units[0])
}

const SIZE_UNITS: [(&str, u64); 5] = [
    ("B", 1),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];
const FREQUENCY_UNITS: [(&str, u64); 4] = [("Hz", 1), ("kHz", 1_000), ("MHz", 1_000_000), ("GHz", 1_000_000_000)];

const TICK_UNITS: [(&str, u64); 5] = [
    ("ps", 1),
    ("ns", 1_000),
    ("us", 1_000_000),
    ("ms", 1_000_000_000),
    ("s", 1_000_000_000_000),
];

const TIME_UNITS: [(&str, u64); 4] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)];

/// Splits `"1.5GHz"` into its number and unit and multiplies exactly; a result that is no whole number is refused.
fn parse(text: &str, what: &str, example: &str, units: &[(&str, u64)]) -> Result<u64, UnitError> {
    let names = || units.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let fail = |message: String, help: String| Err(UnitError { message, help });
    let text = text.trim();
    let split = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(text.len());
    let (number, unit) = (&text[..split], text[split..].trim());
    if number.is_empty() {
        return fail(
            format!("`{text}` does not begin with a number"),
            format!("write a {what} with its unit, for example \"{example}\""),
        );
    }
    if unit.is_empty() {
        return fail(
            format!("`{text}` has no unit"),
            format!(
                "write a {what} with its unit, for example \"{example}\" (units: {})",
                names()
            ),
        );
    }
    let Some((_, factor)) = units.iter().find(|(name, _)| *name == unit) else {
        let near = units
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(unit) || name.replace('i', "").eq_ignore_ascii_case(unit));
        let help = match near {
            Some((name, _)) => format!("did you mean \"{number}{name}\"?"),
            None => format!("units of a {what}: {}", names()),
        };
        return fail(format!("`{unit}` is no unit of a {what}"), help);
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{fraction}");
    let scaled = digits
        .parse::<u128>()
        .ok()
        .filter(|_| !whole.is_empty() && fraction.len() <= 18)
        .and_then(|value| value.checked_mul(u128::from(*factor)))
        .map(|value| (value, 10u128.pow(fraction.len() as u32)));
    match scaled {
        Some((value, divisor)) if value % divisor == 0 => u64::try_from(value / divisor).or_else(|_| {
            fail(
                format!("`{text}` does not fit in 64 bits"),
                format!("for example \"{example}\""),
            )
        }),
        Some(_) => fail(
            format!("`{text}` is not a whole number of {}", units[0].0),
            format!("for example \"{example}\""),
        ),
        None => fail(format!("`{text}` is no {what}"), format!("for example \"{example}\"")),
    }
}

/// Prints with the largest unit that divides the value, so that printing and parsing are inverse.
fn print(value: u64, units: &[(&str, u64)], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (name, factor) = units
        .iter()
        .rev()
        .find(|(_, factor)| value != 0 && value.is_multiple_of(*factor))
        .unwrap_or(&units[0]);
    write!(f, "{}{name}", value / factor)
}

impl FromStr for ByteSize {
    type Err = UnitError;
    fn from_str(text: &str) -> Result<Self, UnitError> {
        parse(text, "size", "512MiB", &SIZE_UNITS).map(ByteSize)
    }
}

impl FromStr for Seconds {
    type Err = UnitError;
    fn from_str(text: &str) -> Result<Self, UnitError> {
        parse(text, "time", "30s", &TIME_UNITS).map(|ms| Seconds(std::time::Duration::from_millis(ms)))
    }
}

impl fmt::Display for Seconds {
    /// As it is read again, to the millisecond; what is shorter would be no time at all.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}ms", self.0.as_millis().max(1))
    }
}

impl FromStr for Ticks {
    type Err = UnitError;
    fn from_str(text: &str) -> Result<Self, UnitError> {
        if let Ok(ticks) = text.parse() {
            return Ok(Ticks(ticks));
        }
        parse(text, "simulated time", "100us", &TICK_UNITS).map(Ticks)
    }
}

impl fmt::Display for Ticks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print(self.0, &TICK_UNITS, f)
    }
}

impl FromStr for Frequency {
    type Err = UnitError;
    fn from_str(text: &str) -> Result<Self, UnitError> {
        parse(text, "frequency", "2GHz", &FREQUENCY_UNITS).map(Frequency)
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print(self.0, &SIZE_UNITS, f)
    }
}

impl fmt::Display for Frequency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print(self.0, &FREQUENCY_UNITS, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_frequencies_parse_exactly() {
        assert_eq!("32KiB".parse(), Ok(ByteSize(32768)));
        assert_eq!("1.5GHz".parse(), Ok(Frequency(1_500_000_000)));
        assert_eq!("0.5 MiB".parse(), Ok(ByteSize(524_288)));
    }

    #[test]
    fn near_units_are_suggested() {
        let error = "512MB".parse::<ByteSize>().unwrap_err();
        assert_eq!(error.help, "did you mean \"512MiB\"?");
        assert!("512".parse::<ByteSize>().unwrap_err().message.contains("no unit"));
        assert!("0.3B".parse::<ByteSize>().is_err());
        assert!(".5GiB".parse::<ByteSize>().is_err());
        assert!("99999999999TiB".parse::<ByteSize>().is_err());
    }

    #[test]
    fn simulated_time_is_written_with_or_without_its_unit() {
        assert_eq!("100us".parse(), Ok(Ticks(100_000_000)));
        assert_eq!("3500".parse(), Ok(Ticks(3500)));
        assert_eq!("0.5 ns".parse(), Ok(Ticks(500)));
        assert_eq!(
            "2m".parse::<Ticks>().unwrap_err().message,
            "`m` is no unit of a simulated time"
        );
        assert_eq!(Ticks(100_000_000).to_string(), "100us");
    }

    #[test]
    fn quantities_that_are_compared_have_one_unit() {
        let unit = |texts: &[&str]| {
            let read: Vec<_> = texts.iter().map(|text| quantity(text).unwrap()).collect();
            let values: Vec<u64> = read.iter().map(|(value, _)| *value).collect();
            common_unit(&values, read[0].1).0
        };
        assert_eq!(unit(&["256KiB", "1MiB"]), "KiB");
        assert_eq!(unit(&["1GHz", "2GHz"]), "GHz");
        assert_eq!(unit(&["1.5GHz", "2GHz"]), "MHz");
        assert_eq!(unit(&["0B"]), "B");
        assert_eq!(quantity("many"), None);
    }

    #[test]
    fn printing_and_parsing_are_inverse() {
        for value in [0, 1, 1023, 1024, 1536, 512 << 20, u64::MAX] {
            assert_eq!(ByteSize(value).to_string().parse(), Ok(ByteSize(value)));
            assert_eq!(Frequency(value).to_string().parse(), Ok(Frequency(value)));
        }
    }
}
