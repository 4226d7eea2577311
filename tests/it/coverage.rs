//! Every rule that was seen on AWS has a scenario whose expectation it decides.

use std::collections::BTreeSet;

use stagewright::coverage::decided;
use stagewright::evidence::{Rule, RuleSet, Source};
use stagewright::scenario::Scenario;

use crate::files;

/// Groups whose rules the simulator decides so far.
const GROUPS: [&str; 15] = [
    "GEN", "CS", "PSV", "US", "USVS", "GSV", "DSC", "ROT", "CRS", "GC", "DEL", "RES", "TAG", "Q",
    "T",
];

#[test]
fn every_rule_seen_on_aws_has_a_scenario() {
    let covered: RuleSet = files::scenarios()
        .iter()
        .map(|path| decided(&Scenario::read(&files::text(path)).unwrap().play(false)))
        .fold(RuleSet::EMPTY, RuleSet::union);
    let seen = |rule: &Rule| {
        rule.sources()
            .iter()
            .any(|source| matches!(source, Source::Recorded { .. } | Source::Verified { .. }))
    };
    let wanted = Rule::ALL.iter().filter(|rule| {
        seen(rule) && (GROUPS.contains(&rule.group().prefix) || rule.group().prefix == "ADD")
    });
    let missing: BTreeSet<_> =
        wanted.filter(|rule| !covered.contains(**rule)).map(|rule| rule.id()).collect();
    assert!(missing.is_empty(), "rules without a scenario that they decide: {missing:?}");
}
