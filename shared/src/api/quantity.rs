//! `resource.Quantity`: `250m`, `500Mi`, `1e3`; compared and added exactly, printed canonically.
//!
//! Source: `k8s.io/apimachinery/pkg/api/resource/quantity.go`. Precision is a nano unit; anything finer rounds up.

use std::cmp::Ordering;
use std::fmt;

/// The words of a quantity that does not parse.
pub const PARSE_ERROR: &str =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

const NANO: i128 = 1_000_000_000;

/// How the number was written, which decides how it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `Ki`, `Mi`, …
    BinarySi,
    /// `m`, `k`, `M`, …
    DecimalSi,
    /// `1e3`
    DecimalExponent,
}

/// An exact amount.
#[derive(Clone, Copy, Debug)]
pub struct Quantity {
    nanos: i128,
    format: Format,
}

impl Quantity {
    /// A whole number of units.
    pub const fn new(units: i64, format: Format) -> Self {
        Self { nanos: units as i128 * NANO, format }
    }

    /// A number of thousandths.
    pub const fn milli(thousandths: i64) -> Self {
        Self { nanos: thousandths as i128 * (NANO / 1000), format: Format::DecimalSi }
    }

    /// Reads a quantity; the error is [`PARSE_ERROR`].
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (negative, rest) = match text.as_bytes() {
            [b'-', ..] => (true, &text[1..]),
            [b'+', ..] => (false, &text[1..]),
            _ => (false, text),
        };
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, suffix) = rest.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.len() + fraction.len() == 0 || fraction.contains('.') {
            return Err(PARSE_ERROR);
        }
        let (format, base, exponent) = suffix_of(suffix).ok_or(PARSE_ERROR)?;
        let digits: String = [whole, fraction].concat();
        let mantissa = saturating_digits(&digits);
        // value = mantissa · 10^-len(fraction) · base^exponent, in nanos, rounded up
        let mut numerator = mantissa.saturating_mul(NANO);
        let mut decimals = -(i32::try_from(fraction.len()).map_err(|_| PARSE_ERROR)?);
        if base == 10 {
            decimals += exponent;
        } else {
            numerator = numerator.saturating_mul(1i128 << (10 * exponent));
        }
        let nanos = match decimals {
            0.. => numerator.saturating_mul(10i128.saturating_pow(decimals.unsigned_abs())),
            _ => {
                let divisor = 10i128.saturating_pow(decimals.unsigned_abs());
                numerator / divisor + i128::from(numerator % divisor != 0)
            }
        };
        // As upstream, which cannot count further either.
        let nanos = nanos.min(i128::from(i64::MAX) * NANO);
        Ok(Self { nanos: if negative { -nanos } else { nanos }, format })
    }

    /// The amount in whole units, rounded up.
    pub fn value(self) -> i64 {
        self.scaled(NANO)
    }

    /// The amount in thousandths, rounded up.
    pub fn milli_value(self) -> i64 {
        self.scaled(NANO / 1000)
    }

    fn scaled(self, unit: i128) -> i64 {
        let up = i128::from(self.nanos > 0 && self.nanos % unit != 0);
        let down = i128::from(self.nanos < 0 && self.nanos % unit != 0);
        let value = self.nanos / unit + up - down;
        i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
    }

    /// Below, at or above zero.
    pub fn sign(self) -> Ordering {
        self.nanos.cmp(&0)
    }

    /// The sum, printed as the first operand is.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let format = if self.nanos == 0 { other.format } else { self.format };
        Self { nanos: self.nanos.saturating_add(other.nanos), format }
    }

    /// The difference, printed as the first operand is.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self { nanos: self.nanos.saturating_sub(other.nanos), format: self.format }
    }
}

fn saturating_digits(digits: &str) -> i128 {
    digits.bytes().fold(0i128, |sum, d| sum.saturating_mul(10).saturating_add(i128::from(d - b'0')))
}

/// Format, base and exponent (of 10, or of 1024) behind a suffix.
fn suffix_of(suffix: &str) -> Option<(Format, u32, i32)> {
    let decimal = |exponent| Some((Format::DecimalSi, 10, exponent));
    let binary = |exponent| Some((Format::BinarySi, 1024, exponent));
    match suffix {
        "n" => decimal(-9),
        "u" => decimal(-6),
        "m" => decimal(-3),
        "" => decimal(0),
        "k" => decimal(3),
        "M" => decimal(6),
        "G" => decimal(9),
        "T" => decimal(12),
        "P" => decimal(15),
        "E" => decimal(18),
        "Ki" => binary(1),
        "Mi" => binary(2),
        "Gi" => binary(3),
        "Ti" => binary(4),
        "Pi" => binary(5),
        "Ei" => binary(6),
        _ => {
            let exponent = suffix.strip_prefix(['e', 'E'])?;
            let exponent: i32 = exponent.strip_prefix('+').unwrap_or(exponent).parse().ok()?;
            (-30..=30).contains(&exponent).then_some((Format::DecimalExponent, 10, exponent))
        }
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.nanos == 0 {
            return f.write_str("0");
        }
        let whole = self.nanos % NANO == 0;
        // Binary suffixes print whole numbers of at least 1024 only; everything else goes decimal.
        if self.format == Format::BinarySi && whole && (self.nanos / NANO).abs() >= 1024 {
            let (mut value, mut power) = (self.nanos / NANO, 0);
            while power < 6 && value % 1024 == 0 {
                value /= 1024;
                power += 1;
            }
            return write!(f, "{value}{}", ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"][power]);
        }
        let (mut value, mut power) = (self.nanos, 0);
        while power < 9 && value % 1000 == 0 {
            value /= 1000;
            power += 1;
        }
        if self.format == Format::DecimalExponent {
            return match power as i32 * 3 - 9 {
                0 => write!(f, "{value}"),
                exponent => write!(f, "{value}e{exponent}"),
            };
        }
        write!(f, "{value}{}", ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"][power])
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nanos == other.nanos
    }
}
impl Eq for Quantity {}
impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.nanos.cmp(&other.nanos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_prints_canonically() {
        let cases = [
            ("0", "0", 0),
            ("250m", "250m", 250),
            ("1e30", "9223372036854775807", i64::MAX),
            ("1000m", "1", 1000),
            ("0.5", "500m", 500),
            (".5", "500m", 500),
            ("1.5Gi", "1536Mi", 1_610_612_736_000),
            ("500Mi", "500Mi", 524_288_000_000),
            ("1024", "1024", 1_024_000),
            ("1e3", "1e3", 1_000_000),
            ("1E", "1E", i64::MAX),
            ("100Ki", "100Ki", 102_400_000),
            ("0.1Ki", "102400m", 102_400),
            ("12k", "12k", 12_000_000),
            ("-1", "-1", -1000),
            ("1u", "1u", 1),
        ];
        for (text, printed, milli) in cases {
            let quantity = Quantity::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(quantity.to_string(), printed, "{text}");
            assert_eq!(quantity.milli_value(), milli, "{text}");
        }
        for text in ["", ".", "1.2.3", "1Mb", "abc", "1 Gi", "1e", "--1", "1e99"] {
            assert_eq!(Quantity::parse(text).map(|q| q.to_string()), Err(PARSE_ERROR), "{text}");
        }
    }
}
