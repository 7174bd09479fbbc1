//! Between this crate's microseconds, Kubernetes' whole seconds, and Go's words for a duration.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff;

use crate::api::Timestamp;

/// Kubernetes' Time: whole seconds.
pub fn to_kubernetes(time: Timestamp) -> Time {
    Time(jiff::Timestamp::from_second(time.seconds()).unwrap_or(jiff::Timestamp::UNIX_EPOCH))
}

/// The reverse of [`to_kubernetes`].
pub fn from_kubernetes(time: &Time) -> Timestamp {
    Timestamp(time.0.as_microsecond())
}

/// A duration as Go prints it: `10s`, `1m20s`, `5m0s`, `1.5s`, `250ms`, `0s`.
pub fn go_duration(micros: i64) -> String {
    if micros < 0 {
        return format!("-{}", go_duration(-micros));
    }
    let fraction = |value: i64, unit: i64, digits: usize| {
        let rest = format!("{:0digits$}", value % unit);
        let rest = rest.trim_end_matches('0');
        if rest.is_empty() { (value / unit).to_string() } else { format!("{}.{rest}", value / unit) }
    };
    match micros {
        0 => "0s".to_owned(),
        1..1000 => format!("{micros}µs"),
        1000..1_000_000 => format!("{}ms", fraction(micros, 1000, 3)),
        _ => {
            let (minutes, seconds) = (micros / 60_000_000, fraction(micros % 60_000_000, 1_000_000, 6));
            match (minutes / 60, minutes % 60) {
                (0, 0) => format!("{seconds}s"),
                (0, minutes) => format!("{minutes}m{seconds}s"),
                (hours, minutes) => format!("{hours}h{minutes}m{seconds}s"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_in_gos_words() {
        let cases = [
            (0, "0s"),
            (250_000, "250ms"),
            (1_234_000, "1.234s"),
            (10_000_000, "10s"),
            (80_000_000, "1m20s"),
            (300_000_000, "5m0s"),
            (3_600_000_000, "1h0m0s"),
            (12, "12µs"),
            (1500, "1.5ms"),
        ];
        for (micros, words) in cases {
            assert_eq!(go_duration(micros), words);
        }
    }
}
