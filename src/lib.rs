//! Simulates and checks AWS Secrets Manager rotation workflows.

pub mod api;
pub mod assumption;
pub mod caller;
pub mod evidence;
pub mod labels;
pub mod property;
pub mod secret;
pub mod seed;
pub mod service;
pub mod time;
pub mod world;
