//! Command-line flags as Go's pflag reads them, in its words.
//!
//! A command's flags are one text, a word a flag: `[short:]name` and a sign for what it takes: `?` yes or no, `=` a
//! text, `#` a number, `*` a comma-separated list, `+` one more of a list, `~` a duration, `%…` a text that may be
//! left out (then it is what stands behind the sign).

use std::collections::BTreeMap;

/// The flags every command has.
pub const GLOBAL: &str = "as= as-group+ as-uid= as-user-extra+ cache-dir= certificate-authority= client-certificate= \
    client-key= cluster= context= disable-compression? insecure-skip-tls-verify? kubeconfig= kuberc= \
    log-flush-frequency~ match-server-version? n:namespace= password= profile= profile-output= request-timeout= \
    s:server= tls-server-name= token= user= username= v:v%0 vmodule= warnings-as-errors? h:help?";

/// What one flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flag<'a> {
    /// The name behind `--`.
    pub name: &'a str,
    /// The letter behind `-`.
    pub short: Option<char>,
    sign: char,
    implied: &'a str,
}

/// Reads a text of flags.
pub fn declared(text: &str) -> impl Iterator<Item = Flag<'_>> {
    text.split_ascii_whitespace().filter_map(|word| {
        let (short, rest) = match word.split_once(':') {
            Some((short, rest)) => (short.chars().next(), rest),
            None => (None, word),
        };
        let at = rest.find(['?', '=', '#', '*', '+', '~', '%'])?;
        let sign = rest[at..].chars().next()?;
        Some(Flag { name: &rest[..at], short, sign, implied: &rest[at + 1..] })
    })
}

impl Flag<'_> {
    /// Whether the next word is this flag's value.
    pub fn takes_value(&self) -> bool {
        self.sign != '?' && self.sign != '%'
    }

    /// `-t, --tail`
    fn title(&self) -> String {
        match self.short {
            Some(short) => format!("-{short}, --{}", self.name),
            None => format!("--{}", self.name),
        }
    }

    fn check(&self, value: &str) -> Result<(), String> {
        let why = match self.sign {
            '?' if parse_bool(value).is_none() => format!("strconv.ParseBool: parsing {value:?}: invalid syntax"),
            '#' if value.parse::<i64>().is_err() => format!("strconv.ParseInt: parsing {value:?}: invalid syntax"),
            '~' if parse_duration(value).is_none() => format!("time: invalid duration {value:?}"),
            _ => return Ok(()),
        };
        Err(format!("invalid argument {value:?} for {:?} flag: {why}", self.title()))
    }
}

/// A command line, read.
#[derive(Debug, Default)]
pub struct Flags {
    values: BTreeMap<String, Vec<String>>,
    /// What is no flag.
    pub args: Vec<String>,
    /// How many of the arguments stand before `--`, where there is one.
    pub before_dash: Option<usize>,
}

impl Flags {
    /// Reads `words` by the flags in `texts`. The error is pflag's.
    pub fn parse(words: &[String], texts: &[&str]) -> Result<Self, String> {
        let known = || texts.iter().flat_map(|t| declared(t));
        let mut flags = Self::default();
        let mut rest = words.iter();
        while let Some(word) = rest.next() {
            if word == "--" {
                flags.before_dash = Some(flags.args.len());
                flags.args.extend(rest.by_ref().cloned());
            } else if let Some(long) = word.strip_prefix("--") {
                let (name, value) = match long.split_once('=') {
                    Some((name, value)) => (name, Some(value)),
                    None => (long, None),
                };
                if name.is_empty() || name.starts_with('-') {
                    return Err(format!("bad flag syntax: {word}"));
                }
                // pflag's normaliser of kubectl: `--dry_run` is `--dry-run`.
                let normal = name.replace('_', "-");
                let flag = known().find(|f| f.name == normal).ok_or_else(|| format!("unknown flag: --{name}"))?;
                let value = match value {
                    Some(value) => value,
                    None if flag.sign == '?' => "true",
                    None if flag.sign == '%' => flag.implied,
                    None => rest.next().ok_or_else(|| format!("flag needs an argument: --{name}"))?,
                };
                flags.set(flag, value)?;
            } else if let Some(shorts) = word.strip_prefix('-').filter(|s| !s.is_empty()) {
                flags.shorthands(shorts, known, &mut rest)?;
            } else {
                flags.args.push(word.clone());
            }
        }
        Ok(flags)
    }

    fn shorthands<'a, I: Iterator<Item = Flag<'a>>>(
        &mut self,
        shorts: &str,
        known: impl Fn() -> I,
        rest: &mut std::slice::Iter<'_, String>,
    ) -> Result<(), String> {
        for (at, letter) in shorts.char_indices() {
            let flag = known()
                .find(|f| f.short == Some(letter))
                .ok_or_else(|| format!("unknown shorthand flag: '{letter}' in -{shorts}"))?;
            let tail = &shorts[at + letter.len_utf8()..];
            if let Some(value) = tail.strip_prefix('=').filter(|_| at == 0 || !flag.takes_value()) {
                return self.set(flag, value);
            }
            if !flag.takes_value() {
                self.set(flag, if flag.sign == '?' { "true" } else { flag.implied })?;
                continue;
            }
            let value = match tail {
                "" => rest.next().ok_or_else(|| format!("flag needs an argument: '{letter}' in -{shorts}"))?,
                tail => tail,
            };
            return self.set(flag, value);
        }
        Ok(())
    }

    fn set(&mut self, flag: Flag<'_>, value: &str) -> Result<(), String> {
        flag.check(value)?;
        let values = self.values.entry(flag.name.to_owned()).or_default();
        match flag.sign {
            '+' => values.push(value.to_owned()),
            '*' => values.extend(value.split(',').filter(|v| !v.is_empty()).map(str::to_owned)),
            _ => *values = vec![value.to_owned()],
        }
        Ok(())
    }

    /// Whether the flag was given.
    pub fn given(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// The flag's text; empty where it was not given.
    pub fn text(&self, name: &str) -> &str {
        self.or(name, "")
    }

    /// The flag's text, or `default`.
    pub fn or<'a>(&'a self, name: &str, default: &'a str) -> &'a str {
        self.list(name).last().map_or(default, String::as_str)
    }

    /// Every value of a flag that may come several times.
    pub fn list(&self, name: &str) -> &[String] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether the flag was given and is not false.
    pub fn is(&self, name: &str) -> bool {
        parse_bool(self.text(name)).unwrap_or_default()
    }

    /// Whether the flag is true, where its default is true.
    pub fn is_unless_off(&self, name: &str) -> bool {
        parse_bool(self.text(name)).unwrap_or(true)
    }

    /// The flag's number, or `default`.
    pub fn number(&self, name: &str, default: i64) -> i64 {
        self.text(name).parse().unwrap_or(default)
    }

    /// The flag's duration in milliseconds, or `default`.
    pub fn duration(&self, name: &str, default: i64) -> i64 {
        parse_duration(self.text(name)).unwrap_or(default)
    }
}

pub(super) fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// A Go duration in milliseconds: `1h2m3.5s`, `100ms`, `0`.
pub fn parse_duration(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut sum = 0.0;
    while !rest.is_empty() || sum == 0.0 {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let amount = crate::api::float::parse(&rest[..digits])?;
        rest = &rest[digits..];
        let end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        sum += amount
            * match &rest[..end] {
                "h" => 3_600_000.0,
                "m" => 60_000.0,
                "s" => 1000.0,
                "ms" => 1.0,
                "us" | "µs" => 0.001,
                "ns" => 0.000_001,
                _ => return None,
            };
        rest = &rest[end..];
        if rest.is_empty() {
            break;
        }
    }
    Some(if negative { -(sum as i64) } else { sum as i64 })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLAGS: &str =
        "w:watch? o:output= f:filename* env+ tail# since~ dry-run%unchanged i:stdin? t:tty? c:container=";

    fn check(line: &str, expected: &str) {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let found = match Flags::parse(&words, &[GLOBAL, FLAGS]) {
            Err(error) => error,
            Ok(flags) => {
                let values: Vec<_> = flags.values.iter().map(|(k, v)| format!("{k}={}", v.join("|"))).collect();
                format!("{} ({}) {:?}", flags.args.join(" "), values.join(" "), flags.before_dash)
            }
        };
        assert_eq!(found, expected, "{line}");
    }

    #[test]
    fn pflag() {
        for (line, expected) in [
            ("pods -o wide", "pods (output=wide) None"),
            ("pods -owide --watch x", "pods x (output=wide watch=true) None"),
            ("-o=json -w=false", " (output=json watch=false) None"),
            ("-itc app p -- sh -c x", "p sh -c x (container=app stdin=true tty=true) Some(1)"),
            ("-f a,b -f c --env=x=1 --env y,z", " (env=x=1|y,z filename=a|b|c) None"),
            ("--dry-run x --dry_run=client", "x (dry-run=client) None"),
            ("--since 1h5m - --tail=-1", "- (since=1h5m tail=-1) None"),
            ("--foo", "unknown flag: --foo"),
            ("-wz", "unknown shorthand flag: 'z' in -wz"),
            ("-n", "flag needs an argument: 'n' in -n"),
            ("--namespace", "flag needs an argument: --namespace"),
            ("--=x", "bad flag syntax: --=x"),
            ("--tail=x", "invalid argument \"x\" for \"--tail\" flag: strconv.ParseInt: parsing \"x\": invalid syntax"),
            (
                "-w=maybe",
                "invalid argument \"maybe\" for \"-w, --watch\" flag: strconv.ParseBool: parsing \"maybe\": invalid syntax",
            ),
            ("--since=5", "invalid argument \"5\" for \"--since\" flag: time: invalid duration \"5\""),
        ] {
            check(line, expected);
        }
    }

    #[test]
    fn durations() {
        let cases =
            [("1h5m", Some(3_900_000)), ("1.5s", Some(1500)), ("0", Some(0)), ("0s", Some(0)), ("-1m", Some(-60_000))];
        for (text, millis) in cases.into_iter().chain([("", None), ("5", None), ("5x", None), ("s", None)]) {
            assert_eq!(parse_duration(text), millis, "{text}");
        }
    }
}
