//! A float's decimal text, read exactly, and written as Go writes it.
//!
//! Not by `str::parse` and `format!`, whose tables and bignums are fifteen kilobytes of the page. This is slower, and
//! numbers that are no integers are few.

use serde_json::Number;

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$` as the nearest float, ties to even; what is too large is infinite.
pub fn parse(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, self::exponent(exponent)?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).map(|b| b.wrapping_sub(b'0')).collect();
    if digits.is_empty() || digits.iter().any(|digit| *digit > 9) {
        return None;
    }
    let zeros = digits.iter().take_while(|digit| **digit == 0).count();
    digits.drain(..zeros);
    // No tie between two floats has more digits than this; beyond, it only matters whether there is anything.
    if digits.iter().skip(800).any(|digit| *digit != 0) {
        digits.truncate(800);
        digits.push(1);
    }
    let point = (whole.len() as i64 - zeros as i64).saturating_add(exponent);
    let magnitude = match point {
        _ if digits.is_empty() => 0.0,
        ..-330 => 0.0,
        330.. => f64::INFINITY,
        _ => Decimal { digits, point }.nearest(),
    };
    Some(if text.starts_with('-') { -magnitude } else { magnitude })
}

/// `strconv.FormatFloat(f, 'g', -1, 64)` of what is finite.
pub fn format(float: f64) -> String {
    shortest(float).go()
}

/// `strconv.FormatFloat(f, 'g', -1, 32)` of what is finite.
pub fn format_short(float: f32) -> String {
    let exact = shortest(f64::from(float));
    let mut lengths = (1..exact.digits.len()).map(|length| exact.rounded(length));
    lengths.find(|short| parse(&short.go()).is_some_and(|f| f as f32 == float)).unwrap_or(exact).go()
}

/// The shortest text that is read as this float: serde's writer finds the digits, but has another form for them.
fn shortest(float: f64) -> Shortest {
    let text = Number::from_f64(float).map(|number| number.to_string()).unwrap_or_default();
    let (sign, unsigned) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    let (mantissa, exponent) = unsigned.split_once('e').unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = [whole, fraction].concat();
    let digits = all.trim_start_matches('0');
    let point = exponent.parse::<i32>().unwrap_or_default() + digits.len() as i32 - fraction.len() as i32;
    Shortest { sign, digits: digits.trim_end_matches('0').to_owned(), point }
}

/// `0.DIGITS × 10^point`; no digits are zero.
struct Shortest {
    sign: &'static str,
    digits: String,
    point: i32,
}

impl Shortest {
    /// With fewer digits, ties to even.
    fn rounded(&self, length: usize) -> Self {
        let digits = self.digits.as_bytes();
        let is_odd = digits[length - 1] % 2 == 1;
        let up = digits[length] > b'5' || digits[length] == b'5' && (is_odd || digits.len() > length + 1);
        let kept = self.digits[..length].parse::<u64>().unwrap_or_default() + u64::from(up);
        let kept = kept.to_string();
        let point = self.point + (kept.len() - length) as i32;
        Self { sign: self.sign, digits: kept.trim_end_matches('0').to_owned(), point }
    }

    /// `%g` turns to exponents below -4 and from 21 on when the shortest form is asked for.
    fn go(&self) -> String {
        let Self { sign, digits, point } = self;
        if digits.is_empty() {
            return format!("{sign}0");
        }
        let (point, length) = (*point, digits.len() as i32);
        match point {
            -3..=0 => format!("{sign}0.{}{digits}", "0".repeat(-point as usize)),
            1..=21 if point >= length => format!("{sign}{digits}{}", "0".repeat((point - length) as usize)),
            1..=21 => format!("{sign}{}.{}", &digits[..point as usize], &digits[point as usize..]),
            _ => {
                let (first, rest) = digits.split_at(1);
                let dot = if rest.is_empty() { "" } else { "." };
                let (exponent, minus) = (point - 1, if point < 1 { '-' } else { '+' });
                format!("{sign}{first}{dot}{rest}e{minus}{:02}", exponent.abs())
            }
        }
    }
}

/// Beyond an `i64`, any exponent says the same.
fn exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let size = digits.parse().unwrap_or(i64::MAX);
    Some(if text.starts_with('-') { -size } else { size })
}

/// `0.DIGITS × 10^point`, the first digit no zero.
struct Decimal {
    digits: Vec<u8>,
    point: i64,
}

impl Decimal {
    /// Doubled or halved until the whole part is a float's 53 bits, then rounded.
    fn nearest(mut self) -> f64 {
        const LEAST: i64 = 1 << 52;
        let mut exponent = 0;
        while self.point > 17 || self.whole() >= 2 * LEAST {
            self.halve();
            exponent += 1;
        }
        // Below the least exponent the float has fewer bits.
        while self.whole() < LEAST && exponent > -1074 {
            self.double();
            exponent -= 1;
        }
        let rest = usize::try_from(self.point).map_or(&self.digits[..], |at| self.digits.get(at..).unwrap_or_default());
        let up = match rest.split_first() {
            _ if self.point < 0 => false,
            Some((5, after)) if after.iter().all(|digit| *digit == 0) => self.whole() % 2 == 1,
            first => first.is_some_and(|(digit, _)| *digit >= 5),
        };
        let mantissa = self.whole() + i64::from(up);
        if exponent > 1023 - 52 {
            return f64::INFINITY;
        }
        // The highest bit of a mantissa that has all its bits is one more exponent, and so is what rounding carries.
        f64::from_bits((((exponent + 1074) << 52) + mantissa) as u64)
    }

    /// What is before the point, which is not past the 18th digit.
    fn whole(&self) -> i64 {
        (0..self.point).fold(0, |sum, at| 10 * sum + i64::from(self.digits.get(at as usize).copied().unwrap_or(0)))
    }

    fn halve(&mut self) {
        let mut rest = 0;
        for digit in &mut self.digits {
            let value = 10 * rest + *digit;
            (*digit, rest) = (value / 2, value % 2);
        }
        if rest == 1 {
            self.digits.push(5);
        }
        if self.digits[0] == 0 {
            self.digits.remove(0);
            self.point -= 1;
        }
    }

    fn double(&mut self) {
        let mut carry = 0;
        for digit in self.digits.iter_mut().rev() {
            let value = 2 * *digit + carry;
            (*digit, carry) = (value % 10, value / 10);
        }
        if carry == 1 {
            self.digits.insert(0, 1);
            self.point += 1;
        }
        while self.digits.last() == Some(&0) {
            self.digits.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{format, format_short, parse};

    fn check(text: &str) {
        let wanted = text.parse::<f64>().unwrap();
        assert_eq!(parse(text).map(f64::to_bits), Some(wanted.to_bits()), "{text}: {:?}, not {wanted}", parse(text));
    }

    #[test]
    fn reads_what_the_standard_library_reads() {
        for text in [
            "0",
            "-0",
            "+0.0",
            "1",
            "0.5",
            ".5",
            "5.",
            "0.1",
            "-1.25e-3",
            "1E3",
            "1e+21",
            "9007199254740993",
            "0001.10",
            "9007199254740992.5",
            "9007199254740993.5",
            "9007199254740991.5",
            "123456789012345678901234567890",
            "1.7976931348623157e308",
            "1.7976931348623158e308",
            "1.7976931348623159e308",
            "1e309",
            "1e999999999999999999999",
            "2.2250738585072014e-308",
            "2.2250738585072011e-308",
            "5e-324",
            "2.4703282292062327e-324",
            "2.4703282292062328e-324",
            "2.5e-324",
            "1e-400",
            "1e-99999999999999999999",
            "0e99999999999999999999",
            "0.000000000000000000000000000000000000000000000000000001",
            "100000000000000000",
            "999999999999999999",
        ] {
            check(text);
        }
        check(&std::format!("{}.{}e-200", "9".repeat(400), "1".repeat(400)));
        check(&std::format!("9007199254740993.{}1", "0".repeat(2000)));
        check(&std::format!("0.{}1e330", "0".repeat(330)));
    }

    #[test]
    fn refuses_what_is_no_decimal() {
        for text in
            ["", ".", "-", "e5", "1e", "1e+", "1.2.3", "1_0", "0x1", "inf", "nan", " 1", "1 ", "--1", "1e1.5", "é"]
        {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    /// The standard library's digits in Go's form. Of two that are as near, Go takes the even one, and the standard
    /// library the one above.
    #[track_caller]
    fn check_written(text: String, scientific: String, plain: String, same: bool) {
        let (mantissa, exponent) = scientific.split_once('e').unwrap();
        let exponent: i32 = exponent.parse().unwrap();
        let sign = if exponent < 0 { '-' } else { '+' };
        let expected = match exponent {
            -4..21 => plain,
            _ => std::format!("{mantissa}e{sign}{:02}", exponent.abs()),
        };
        assert!(text == expected || same && text.len() == expected.len(), "{text} is not {expected}");
    }

    #[track_caller]
    fn check_both(float: f64) {
        let text = format(float);
        let same = parse(&text) == Some(float);
        check_written(text, std::format!("{float:e}"), std::format!("{float}"), same);
        let short = float as f32;
        if short.is_finite() {
            let text = format_short(short);
            let same = parse(&text).is_some_and(|f| f as f32 == short);
            check_written(text, std::format!("{short:e}"), std::format!("{short}"), same);
        }
    }

    #[test]
    fn writes_as_go() {
        // As kubectl prints what it was given as 219.14566040039063.
        assert_eq!(format(219.145_660_400_390_63), "219.14566040039062");
        for float in [0.0, -0.0, 1.0, -1.5, 0.1, 0.0001, 0.00001, 123_456.75, 1e20, 1e21, 1e22, -2.5e-7, 5e-324, 1e-45]
        {
            check_both(float);
        }
        for float in [f64::MAX, f64::from(f32::MAX), 16_777_216.0, 9_007_199_254_740_993.0, 0.3, 1.0 / 3.0, 2.0 / 3.0] {
            check_both(float);
        }
    }

    proptest! {
        #[test]
        fn any_float_is_written_as_go(bits: u64, short: u32) {
            let (float, short) = (f64::from_bits(bits), f64::from(f32::from_bits(short)));
            prop_assume!(float.is_finite() && short.is_finite());
            check_both(float);
            check_both(short);
        }

        #[test]
        fn any_float_comes_back(bits: u64) {
            let float = f64::from_bits(bits);
            prop_assume!(float.is_finite());
            check(&std::format!("{float:e}"));
        }

        #[test]
        fn any_decimal_is_rounded_right(text in r"[-+]?[0-9]{1,25}(\.[0-9]{0,25})?(e[-+]?[0-9]{1,3})?") {
            check(&text);
        }
    }
}
