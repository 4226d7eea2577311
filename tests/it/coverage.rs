//! Every simulated rule has a scenario whose expectation it decides.

use stagewright::coverage::decided;
use stagewright::evidence::{Rule, RuleSet};
use stagewright::scenario::Scenario;

use crate::files;
use crate::tidy::NOT_SIMULATED_YET;

/// The rules that decide a stated expectation of some scenario.
fn covered() -> RuleSet {
    files::scenarios()
        .iter()
        .map(|path| decided(&Scenario::read(&files::text(path)).unwrap().play(false)))
        .fold(RuleSet::EMPTY, RuleSet::union)
}

/// Each simulated rule that something speaks for decides a stated expectation of some scenario.
#[test]
fn every_simulated_rule_has_a_scenario() {
    let covered = covered();
    let missing: Vec<_> = Rule::ALL
        .iter()
        .filter(|rule| rule.stated_only().is_none() && !NOT_SIMULATED_YET.contains(&rule.id()))
        .filter(|rule| !covered.contains(**rule))
        .map(|rule| rule.id())
        .collect();
    assert!(missing.is_empty(), "rules without a scenario that they decide: {missing:?}");
}
