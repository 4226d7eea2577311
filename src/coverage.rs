//! What a set of scenarios exercises: the rules that they decide, and the assumptions that they depend on.

use std::sync::Arc;

use crate::assumption::Assumption;
use crate::evidence::{Group, Rule, RuleSet, Strength};
use crate::scenario::{Played, Scenario};
use crate::service::SecretView;
use crate::world::TraceStep;

/// The steps of a run, with their index in the trace, whose outcome the scenario states. A run that fails has none:
/// what it states doesn't hold.
pub fn stated(played: &Played) -> impl Iterator<Item = (usize, &TraceStep)> {
    let mut results = played.results.iter().peekable();
    let mut is_expected = false;
    let steps = played.trace.steps.iter().enumerate().filter(|_| played.passed());
    steps.filter(move |(index, _)| {
        while let Some(result) = results.next_if(|result| result.first <= *index) {
            is_expected = result.is_expected;
        }
        is_expected
    })
}

/// The rules that a run decides: those of the steps whose stated outcome holds.
pub fn decided(played: &Played) -> RuleSet {
    stated(played).flat_map(|(_, step)| step.rules.iter()).collect()
}

/// Whether what can be seen in a scenario changes with the option of an assumption.
pub fn depends(scenario: &Scenario, assumption: &Assumption) -> bool {
    let mut runs = assumption.options.iter().filter_map(|option| {
        let mut scenario = scenario.clone();
        scenario.setting.assume.choose(assumption.id, option).ok()?;
        Some(scenario.play(false).trace.steps)
    });
    let Some(first) = runs.next() else { return false };
    runs.any(|steps| {
        let same = |(one, other): (&TraceStep, &TraceStep)| {
            one.outcome == other.outcome && seen(one) == seen(other)
        };
        steps.len() != first.len() || !first.iter().zip(&steps).all(same)
    })
}

/// What is visible after a step. In which order a version's labels come is a matter of answers alone.
fn seen(step: &TraceStep) -> Vec<SecretView> {
    let mut views: Vec<SecretView> = step.after.iter().map(|view| (**view).clone()).collect();
    for version in views.iter_mut().flat_map(|view| &mut view.versions) {
        Arc::make_mut(version).labels.sort();
    }
    views
}

/// Whether a rule counts: it is simulated, and something better than our own choice speaks for it.
pub fn counts(rule: Rule) -> bool {
    rule.stated_only().is_none() && rule.strength() != Strength::Assumed
}

/// How much of the catalog some rules are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// The rules that are exercised.
    pub exercised: RuleSet,
}

/// A part and the whole it is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// How many are exercised.
    pub exercised: usize,
    /// How many there are.
    pub all: usize,
}

impl Coverage {
    /// The share of those rules that a predicate selects.
    fn share(&self, is_of: impl Fn(Rule) -> bool) -> Share {
        let of = || Rule::ALL.iter().copied().filter(|rule| is_of(*rule));
        let exercised = of().filter(|rule| self.exercised.contains(*rule)).count();
        Share { exercised, all: of().count() }
    }

    /// The share of all rules that count.
    pub fn total(&self) -> Share {
        self.share(counts)
    }

    /// For each group, in catalog order, the share of the rules that count, and of those that are our own choice.
    pub fn groups(&self) -> impl Iterator<Item = (Group, Share, Share)> {
        let mut groups: Vec<Group> = Rule::ALL.iter().map(|rule| rule.group()).collect();
        groups.dedup();
        groups.into_iter().map(|group| {
            let of_group = |rule: Rule| rule.group() == group && rule.stated_only().is_none();
            let counted = self.share(|rule| of_group(rule) && counts(rule));
            let assumed = self.share(|rule| of_group(rule) && !counts(rule));
            (group, counted, assumed)
        })
    }

    /// The simulated rules that are not exercised.
    pub fn missing(&self) -> impl Iterator<Item = Rule> {
        let simulated = Rule::ALL.iter().copied().filter(|rule| rule.stated_only().is_none());
        simulated.filter(|rule| !self.exercised.contains(*rule))
    }
}

impl Share {
    /// In tenths of a percent, rounded down so that 100 % means all.
    pub fn per_mille(self) -> usize {
        self.exercised.saturating_mul(1000).checked_div(self.all).unwrap_or(1000)
    }

    /// Whether it is at least so many percent.
    pub fn reaches(self, percent: usize) -> bool {
        self.exercised.saturating_mul(100) >= self.all.saturating_mul(percent)
    }
}
