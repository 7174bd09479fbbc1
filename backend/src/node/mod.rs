//! Our kubelet.

pub mod access;
