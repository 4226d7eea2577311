//! The two ways of reading agree, and nothing that is read makes them panic.

use serde_json::Value;

use super::*;

const SCENARIO: &str = include_str!("tests/scenario.yaml");
