//! A float's decimal text, read exactly.
//!
//! Not by `str::parse`, whose table of powers is ten kilobytes of the page that nothing compresses. This is slower, and
//! numbers that are no integers are few.

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

    use super::parse;

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
        check(&format!("{}.{}e-200", "9".repeat(400), "1".repeat(400)));
        check(&format!("9007199254740993.{}1", "0".repeat(2000)));
        check(&format!("0.{}1e330", "0".repeat(330)));
    }

    #[test]
    fn refuses_what_is_no_decimal() {
        for text in
            ["", ".", "-", "e5", "1e", "1e+", "1.2.3", "1_0", "0x1", "inf", "nan", " 1", "1 ", "--1", "1e1.5", "é"]
        {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_float_comes_back(bits: u64) {
            let float = f64::from_bits(bits);
            prop_assume!(float.is_finite());
            check(&format!("{float:e}"));
        }

        #[test]
        fn any_decimal_is_rounded_right(text in r"[-+]?[0-9]{1,25}(\.[0-9]{0,25})?(e[-+]?[0-9]{1,3})?") {
            check(&text);
        }
    }
}
