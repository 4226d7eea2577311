//! Every rule that was seen on AWS has a scenario whose expectation it decides, and so has every rule of rotation.

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

/// The rules that decide a stated expectation of some scenario.
fn covered() -> RuleSet {
    files::scenarios()
        .iter()
        .map(|path| decided(&Scenario::read(&files::text(path)).unwrap().play(false)))
        .fold(RuleSet::EMPTY, RuleSet::union)
}

/// Rules about what rotation functions must not do, and about databases: nothing that happens shows them.
const NOT_PLAYED: [&str; 3] = ["LAM-4", "LAM-8", "LAM-9"];

/// Rules of other groups that only a rotation can show.
const OF_ROTATION: [&str; 9] =
    ["DEL-11", "T-3", "T-4", "T-8", "T-11", "PSV-10", "PSV-11", "PSV-26", "US-9"];

#[test]
fn every_rule_of_rotation_has_a_scenario() {
    let covered = covered();
    let is_wanted = |rule: &&Rule| {
        OF_ROTATION.contains(&rule.id())
            || (["ROT", "CRS", "LAM"].contains(&rule.group().prefix)
                && !NOT_PLAYED.contains(&rule.id()))
    };
    let missing: Vec<_> = Rule::ALL
        .iter()
        .filter(is_wanted)
        .filter(|rule| !covered.contains(**rule))
        .map(|rule| rule.id())
        .collect();
    assert!(
        missing.is_empty(),
        "rules of rotation without a scenario that they decide: {missing:?}"
    );
}

#[test]
fn every_rule_seen_on_aws_has_a_scenario() {
    let covered = covered();
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
