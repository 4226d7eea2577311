//! What a run is told as: a table for people, JSON for programs, `JUnit` for CI, records as `CloudTrail` writes them.

mod cloudtrail;
mod describe;
mod json;
mod junit;
mod names;
mod paint;
mod table;
mod visible;

pub use cloudtrail::Trail;
pub use json::{SCHEMA_VERSION, run_json};
pub use junit::{Case, junit};
pub use paint::Paint;
pub use table::{canonical, played};

use crate::scenario::{Played, Scenario};

/// One scenario that was played, with what is needed to tell about it.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// The file, as the user named it.
    pub path: &'a str,
    /// The scenario.
    pub scenario: &'a Scenario,
    /// What came of it.
    pub played: &'a Played,
    /// Whether secret values are shown.
    pub show_values: bool,
}
