//! Simulates and checks AWS Secrets Manager rotation workflows.

pub mod api;
pub mod assumption;
pub mod caller;
pub mod cli;
pub mod evidence;
pub mod labels;
pub mod mistake;
pub mod property;
pub mod report;
pub mod scenario;
pub mod secret;
pub mod seed;
pub mod service;
pub mod snapshot;
pub mod time;
pub mod world;
pub mod yaml;
