//! Each rule that is simulated decides something: what the library, the recordings and the table of precedence do cites it.

use std::collections::BTreeSet;

use stagewright::evidence::{Rule, RuleSet};
use stagewright::library;
use stagewright::scenario::Scenario;
use stagewright::world::Trace;

use crate::tidy::NOT_SIMULATED_YET;
use crate::{files, precedence};

/// The rules that steps, moves and refusals of a run name.
pub(crate) fn cited(trace: &Trace) -> RuleSet {
    let steps = trace.steps.iter();
    steps
        .flat_map(|step| {
            let refusing = step.outcome.as_ref().err().and_then(|error| error.rule);
            step.rules.iter().chain(step.moves.iter().map(|it| it.because)).chain(refusing)
        })
        .collect()
}

/// The rules that the scenarios of the library and, where they are, the recordings are played by.
fn played() -> RuleSet {
    let library = library::files().into_iter().map(|file| file.text.to_owned());
    let recorded = files::shared("recorded").map(|folder| files::under(&folder, "yaml"));
    let recorded = recorded.into_iter().flatten().map(|path| files::text(&path));
    library
        .chain(recorded)
        .filter_map(|text| Scenario::read(&text).ok())
        .flat_map(|scenario| cited(&scenario.play(false).trace).iter().collect::<Vec<_>>())
        .collect()
}

/// That a rule is named somewhere in the code would not show that anything consults it.
#[test]
fn every_simulated_rule_is_cited() {
    let mut cited = played();
    cited.extend(precedence::cited().iter());
    let cited: BTreeSet<_> = cited.iter().map(Rule::id).collect();
    let simulated: BTreeSet<_> = Rule::ALL
        .iter()
        .filter(|rule| rule.stated_only().is_none())
        .map(|rule| rule.id())
        .filter(|id| !NOT_SIMULATED_YET.contains(id))
        .collect();
    let silent: Vec<_> = simulated.difference(&cited).copied().collect();
    assert!(silent.is_empty(), "simulated and never cited: {silent:?}");
    let others: Vec<_> = cited.difference(&simulated).collect();
    assert!(others.is_empty(), "cited, though they are not simulated: {others:?}");
}
