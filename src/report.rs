//! What a run and the catalog are told as: tables and pages for people, JSON for programs, `JUnit` for CI, records as
//! `CloudTrail` writes them.

mod calls;
mod catalog;
mod catalog_json;
mod clients;
mod cloudtrail;
mod compare;
mod counterexample;
mod coverage;
mod describe;
mod example;
mod explore;
mod fuzz;
mod graph;
mod json;
mod junit;
mod names;
mod page;
mod paint;
mod question;
mod quirks;
mod recording;
mod replay;
mod scene;
mod survey;
mod table;
mod target;
mod topic;
mod variation;
mod visible;
mod windows;

pub use calls::scenario_of_calls;
pub use catalog::catalog;
pub use catalog_json::{page_json, topic_json};
pub use cloudtrail::Trail;
pub use compare::{
    Asked, CaseCompared, CaseOutcome, ComparedAll, SCENARIOS, compared, compared_json,
    compared_junit,
};
pub use counterexample::{Counterexample, Opening, scenario_of};
pub use coverage::{coverage, coverage_json};
pub use explore::{Explored, bound_name, explored, explored_json, grouped};
pub use fuzz::{Covered, Found, Fuzzed, Unit, fuzz_again, fuzzed, fuzzed_json, fuzzed_junit};
pub use graph::{Drawing, GraphForm, STATES_DRAWN};
pub use json::{SCHEMA_VERSION, run_json, step_json};
pub use junit::{Case, junit};
pub use page::page;
pub use paint::Paint;
pub use quirks::quirks;
pub use recording::recording;
pub use replay::{Replayed, replayed, replayed_json, replayed_story};
pub use survey::{Pairs, Surveyed, World, surveyed, surveyed_json};
pub use table::{canonical, played, shortened, story};
pub use topic::Topic;
pub use variation::{Varied, all_varied_json, varied, varied_json, varied_summary};
pub use windows::{Windows, Worst, windows, windows_json};

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
