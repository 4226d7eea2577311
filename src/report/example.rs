//! Finds the scenarios that show a rule or a property.

use std::cmp::Reverse;

use super::Told;
use crate::coverage::{decided, stated};
use crate::evidence::Rule;
use crate::property::{Property, Violation};
use crate::world::TraceStep;

/// One step of a scenario that shows something.
#[derive(Clone, Copy, Debug)]
pub(super) struct Example<'a> {
    /// The scenario.
    pub(super) told: Told<'a>,
    /// The step of its trace.
    pub(super) step: usize,
}

impl<'a> Example<'a> {
    /// The step.
    pub(super) fn shown(&self) -> Option<&'a TraceStep> {
        self.told.played.trace.steps.get(self.step)
    }

    /// The step before it.
    pub(super) fn before(&self) -> Option<&'a TraceStep> {
        self.told.played.trace.steps.get(self.step.checked_sub(1)?)
    }
}

/// What scenarios are ordered by: the number of steps, then the path.
pub(super) fn size<'a>(told: &Told<'a>) -> (usize, &'a str) {
    (told.scenario.step_count(), told.path)
}

/// Whether a scenario takes anything to be otherwise than by default.
fn is_unusual(told: &Told<'_>) -> bool {
    told.scenario.setting.assume.chosen().next().is_some()
}

/// The scenarios that decide a rule, the smallest first.
pub(super) fn deciding<'a>(library: &[Told<'a>], rule: Rule) -> Vec<Told<'a>> {
    let mut told: Vec<_> =
        library.iter().filter(|told| decided(told.played).contains(rule)).copied().collect();
    told.sort_by_key(size);
    told
}

/// A stated step that a rule decides. Scenarios that assume nothing unusual go before others, those that are tagged with
/// the rule before those that merely follow it, steps whose move or refusal names it before others, small scenarios
/// before large ones.
pub(super) fn of_rule<'a>(library: &[Told<'a>], rule: Rule) -> Option<Example<'a>> {
    let names = |step: &TraceStep| {
        let refuses = step.outcome.as_ref().is_err_and(|error| error.rule == Some(rule));
        refuses || step.moves.iter().any(|it| it.because == rule)
    };
    let found = library.iter().flat_map(|told| {
        let steps = stated(told.played).filter(|(_, step)| step.rules.contains(rule));
        steps.map(|(index, step)| (names(step), Example { told: *told, step: index }))
    });
    let best = found.min_by_key(|(names, example)| {
        let scenario = example.told.scenario;
        let is_about = scenario.tags.iter().any(|tag| tag == rule.id());
        (
            is_unusual(&example.told),
            Reverse(is_about),
            Reverse(*names),
            size(&example.told),
            example.step,
        )
    });
    best.map(|(_, example)| example)
}

/// The first violation of a property, in the smallest scenario that is meant to have one.
pub(super) fn of_property<'a>(
    library: &[Told<'a>],
    property: Property,
) -> Option<(Example<'a>, &'a Violation)> {
    let breaking = library.iter().filter(|told| told.scenario.breaks.contains(&property.into()));
    let told = breaking.min_by_key(|told| (is_unusual(told), size(told)))?;
    let found = told.played.judgment.violations.iter().find(|found| found.property == property)?;
    Some((Example { told: *told, step: found.step }, found))
}
