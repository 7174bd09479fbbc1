//! Between this crate's microseconds and Kubernetes' whole seconds.

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
