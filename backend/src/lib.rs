//! Podground's server: a Kubernetes API, a scheduler, nodes on Docker, and the web app.

pub mod apiserver;
pub mod app;
pub mod auth;
pub mod clock;
pub mod config;
pub mod controllers;
pub mod data_dir;
pub mod kubectl_native;
pub mod lessons;
pub mod node;
pub mod runtime;
pub mod sandbox;
pub mod scheduler;
pub mod store;
pub mod streams;
pub mod web;
