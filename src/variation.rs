//! One scenario under every combination of assumptions that it can feel.
//!
//! A run feels an assumption if a rule that leaves it open is among the rules it rests on. Options of what a run doesn't
//! feel can't change it, so they are not tried: what is tried is a tree, in which a run that feels something undecided
//! branches into one run for each option.

use std::collections::BTreeSet;

use crate::assumption::{Assumption, Assumptions, TABLE};
use crate::evidence::{Rule, RuleSet};
use crate::scenario::{Played, Scenario};

/// Runs after which the rest is left out.
pub const RUNS_MAX: usize = 20_000;

/// Assumptions that are left out, and can be set by hand. Nearly every scenario reads what it has written, so stale reads
/// would hide what else there is; that a rotation registers a placeholder is known, and only other models leave it out.
pub const LEFT_OUT: [&str; 2] = ["placeholder", "stale-reads"];

/// Options that a scenario takes instead of its own, as id and option.
pub type Choices = Vec<(&'static str, &'static str)>;

/// What came of all combinations.
#[derive(Clone, Debug)]
pub struct Variations {
    /// Whether the scenario passes as it stands.
    pub passes: bool,
    /// The assumptions that some run felt and that nobody has fixed, in the order of the table.
    pub felt: Vec<&'static Assumption>,
    /// How many different combinations there are.
    pub combinations: usize,
    /// Whether all of them were tried.
    pub complete: bool,
    /// Whether in each of them all rotations came to rest that were waited for.
    pub settled: bool,
    /// The smallest sets of choices with which it ends the other way.
    pub depends: Vec<Choices>,
}

impl Variations {
    /// Whether no bound was reached.
    pub fn is_complete(&self) -> bool {
        self.complete && self.settled
    }

    /// Whether it passes whatever AWS turns out to do, as far as was tried.
    pub fn holds(&self) -> bool {
        self.passes && self.depends.is_empty()
    }
}

/// A combination that has been decided as far as it can be felt.
struct Leaf {
    choices: Choices,
    passes: bool,
}

/// Plays a scenario under all combinations.
pub fn vary(scenario: &Scenario) -> Variations {
    let mut runs = 0_usize;
    let mut leaves = Vec::new();
    let mut felt = BTreeSet::new();
    let mut waiting = vec![(Choices::new(), scenario.fixed.clone())];
    let mut complete = true;
    let mut settled = true;
    while let Some((choices, decided)) = waiting.pop() {
        if runs >= RUNS_MAX {
            complete = false;
            break;
        }
        runs = runs.saturating_add(1);
        let played = with(scenario, &choices).play(false);
        settled &= !played.trace.gave_up();
        // The run itself is the branch in which all that it feels stays as it is.
        let mut decided = decided;
        let branches = waiting.len();
        for (place, assumption) in TABLE.iter().enumerate() {
            let varies = assumption.options.len() > 1 && !decided.contains(assumption.id);
            if !varies || !feels(&played, assumption) {
                continue;
            }
            felt.insert(place);
            decided.insert(assumption.id);
            let own = own_option(&scenario.setting.assume, assumption);
            for option in assumption.options.iter().filter(|it| **it != own) {
                let mut choices = choices.clone();
                choices.push((assumption.id, *option));
                waiting.push((choices, decided.clone()));
            }
        }
        // What was found first goes on first.
        waiting.get_mut(branches..).unwrap_or_default().reverse();
        leaves.push(Leaf { choices, passes: played.passed() });
    }
    let passes = leaves.first().is_some_and(|leaf| leaf.passes);
    let felt = felt.into_iter().filter_map(|place| TABLE.get(place)).collect();
    let depends = smallest(leaves.iter().filter(|leaf| leaf.passes != passes));
    Variations { passes, felt, combinations: leaves.len(), complete, settled, depends }
}

/// The scenario with some options chosen.
pub fn with(scenario: &Scenario, choices: &[(&'static str, &'static str)]) -> Scenario {
    let mut scenario = scenario.clone();
    for (id, option) in choices {
        // INVARIANT: both come from the table.
        drop(scenario.assume(id, option));
    }
    scenario
}

/// Whether a run rests on a rule that leaves the assumption open.
pub fn feels(played: &Played, assumption: &Assumption) -> bool {
    let open: RuleSet = assumption.rules.iter().filter_map(|id| Rule::from_id(id)).collect();
    let mut steps = played.trace.steps.iter();
    !LEFT_OUT.contains(&assumption.id)
        && steps.any(|step| open.iter().any(|it| step.rules.contains(it)))
}

/// The option that a scenario has.
fn own_option(assume: &Assumptions, assumption: &Assumption) -> String {
    let option = assume.options().find(|(id, _)| *id == assumption.id);
    option.map(|(_, option)| option.into_owned()).unwrap_or_default()
}

/// The sets of choices that contain none of the others.
fn smallest<'l>(leaves: impl Iterator<Item = &'l Leaf>) -> Vec<Choices> {
    let mut sets: Vec<&Choices> = leaves.map(|leaf| &leaf.choices).collect();
    sets.sort_by_key(|choices| choices.len());
    let mut smallest: Vec<Choices> = Vec::new();
    for choices in sets {
        let contains = |small: &Choices| small.iter().all(|choice| choices.contains(choice));
        if !smallest.iter().any(contains) {
            smallest.push(choices.clone());
        }
    }
    smallest
}
