//! `--all-assumptions`: the same exploration under every combination of assumptions that it can feel.
//!
//! What a search reads is known ([`crate::model::FELT`]); every other assumption is asked only whether it changes what
//! the search begins with. What is tried is a tree: from each world that differs from the one it was made of, every
//! option is flipped that is still undecided. So an assumption that matters only where another one is flipped too is
//! found. Two that matter together, and neither alone, are found by trying every two options that change nothing alone, if
//! that is not too much work; how much was left out is said.

use std::collections::BTreeSet;

use super::job::{Outcome, told, visit};
use super::watch::Watch;
use super::{ExploreArgs, Ready, wrong};
use crate::assumption::{Assumption, TABLE};
use crate::cli::{ExitStatus, Terminal};
use crate::explore::Bound;
use crate::model::{self, FELT, Model, Start};
use crate::report::{self, Pairs, Surveyed, World};
use crate::scenario::{Names, Scenario};
use crate::variation::{Choices, with};

/// Different worlds after which the rest is left out.
const COMBINATIONS_MAX: usize = 256;

/// Explorations after which the rest is left out.
const TRIES_MAX: usize = 4_096;

/// Transitions up to which options are tried two at a time without being asked to: some seconds.
const PAIRS_TRANSITIONS_MAX: u64 = 20_000_000;

/// Explores under all combinations.
pub(super) fn survey(
    args: &ExploreArgs,
    terminal: &Terminal,
    watch: &Watch,
    ready: &Ready,
) -> Outcome {
    let Ready { path, scenario, .. } = ready;
    let own = match world(args, watch, ready, Choices::new()) {
        Ok(world) => world,
        Err(error) => {
            return wrong(path, &format!("error: {}: {error}\n", path.display()));
        }
    };
    let mut survey = Survey {
        args,
        watch,
        ready,
        candidates: candidates(scenario).collect(),
        worlds: vec![own],
        next: 0,
        tried: BTreeSet::new(),
        complete: true,
    };
    survey.go_on();
    let pairs = survey.pairs();
    let Survey { worlds, mut complete, .. } = survey;
    complete &= worlds.iter().all(|world| world.bound.is_none()) && !watch.is_stopped();
    let felt: BTreeSet<&str> =
        worlds.iter().flat_map(|world| &world.choices).map(|(id, _)| *id).collect();
    let surveyed = Surveyed {
        path: &path.to_string_lossy(),
        title: &scenario.title,
        assume: scenario.setting.assume,
        felt: &TABLE.iter().map(|it| it.id).filter(|id| felt.contains(id)).collect::<Vec<_>>(),
        worlds: &worlds,
        pairs,
        complete,
    };
    let status = match () {
        () if !surveyed.holds() => ExitStatus::Violated,
        () if !complete => ExitStatus::BoundReached,
        () => ExitStatus::Holds,
    };
    let text = report::surveyed(&surveyed, terminal.paint());
    Outcome { status, text, json: report::surveyed_json(&surveyed) }
}

/// A survey on its way.
struct Survey<'a> {
    args: &'a ExploreArgs,
    watch: &'a Watch,
    ready: &'a Ready,
    /// The assumptions that nobody has fixed.
    candidates: Vec<&'static Assumption>,
    /// The worlds that differ from the one that they were made of; the scenario's own first.
    worlds: Vec<World>,
    /// The first of them from which nothing was tried yet.
    next: usize,
    tried: BTreeSet<Choices>,
    /// Whether nothing was left out.
    complete: bool,
}

impl Survey<'_> {
    /// Tries from every world that differs what is one option away.
    fn go_on(&mut self) {
        while let Some(from) = self.worlds.get(self.next).filter(|_| self.complete).cloned() {
            self.next = self.next.saturating_add(1);
            for choices in flipped(&self.ready.scenario, &self.candidates, &from.choices) {
                self.attempt(&from, choices);
            }
        }
    }

    /// Explores under some choices, unless that was done before.
    fn attempt(&mut self, from: &World, choices: Choices) {
        if !self.complete
            || !may_feel(&self.ready.scenario, &choices)
            || !self.tried.insert(choices.clone())
        {
            return;
        }
        let is_enough = self.worlds.len() >= COMBINATIONS_MAX || self.tried.len() > TRIES_MAX;
        if is_enough || self.watch.is_stopped() {
            self.complete = false;
            return;
        }
        // An option under which the scenario can't begin is felt too.
        let it = world(self.args, self.watch, self.ready, choices.clone())
            .unwrap_or_else(|error| World::unexplorable(choices, error));
        if !it.is_like(from) {
            self.worlds.push(it);
        }
    }

    /// Tries every two options that change nothing alone, if that is not too much work or somebody asks for it.
    fn pairs(&mut self) -> Pairs {
        let Some(own) = self.worlds.first().filter(|_| self.complete).cloned() else {
            return Pairs::default();
        };
        let differ = |choices: &Choices| self.worlds.iter().any(|world| world.choices == *choices);
        let alike: Vec<_> = self
            .tried
            .iter()
            .filter(|it| it.len() == 1 && !differ(it))
            .flatten()
            .copied()
            .collect();
        let twos = alike.iter().enumerate().flat_map(|(place, one)| {
            let later = alike.iter().skip(place).filter(|other| other.0 != one.0);
            later.map(|other| in_order([*one, *other]))
        });
        let twos: Vec<Choices> = twos.filter(|two| !self.tried.contains(two)).collect();
        let count = twos.len() as u64;
        let transitions = own.transitions.saturating_mul(count);
        if transitions > PAIRS_TRANSITIONS_MAX && !self.args.pairs {
            return Pairs { tried: 0, left: count, transitions };
        }
        for two in twos {
            self.attempt(&own, two);
        }
        // What differs may differ in more ways.
        self.go_on();
        Pairs { tried: count, left: 0, transitions }
    }
}

/// The assumptions that nobody has fixed.
fn candidates(scenario: &Scenario) -> impl Iterator<Item = &'static Assumption> {
    TABLE.iter().filter(|it| it.options.len() > 1 && !scenario.fixed.contains(it.id))
}

/// The options that a scenario doesn't have.
fn others(scenario: &Scenario, assumption: &'static Assumption) -> Vec<&'static str> {
    let assume = scenario.setting.assume;
    let own = assume.options().find(|(id, _)| *id == assumption.id).map(|(_, option)| option);
    let options = assumption.options.iter().copied();
    options.filter(|it| own.as_deref() != Some(*it)).collect()
}

/// Whether a search can tell these choices from none: it reads one of them, or begins with something else.
fn may_feel(scenario: &Scenario, choices: &Choices) -> bool {
    let begins = |scenario: &Scenario| -> Option<(Start, Names)> {
        scenario.state_space().ok().map(|(setting, names)| (setting.start, names))
    };
    choices.iter().any(|(id, _)| FELT.contains(id))
        || begins(scenario) != begins(&with(scenario, choices))
}

/// These choices and one more, each in the order of the table.
fn flipped(
    scenario: &Scenario,
    candidates: &[&'static Assumption],
    choices: &Choices,
) -> Vec<Choices> {
    let undecided = candidates.iter().filter(|it| choices.iter().all(|(id, _)| it.id != *id));
    let options = undecided.flat_map(|it| others(scenario, it).into_iter().map(|to| (it.id, to)));
    options.map(|one| in_order(choices.iter().copied().chain([one]))).collect()
}

/// Choices in the order of the table.
fn in_order(choices: impl IntoIterator<Item = (&'static str, &'static str)>) -> Choices {
    let mut choices: Choices = choices.into_iter().collect();
    choices.sort_by_key(|(id, _)| TABLE.iter().position(|it| it.id == *id));
    choices
}

/// Explores under some choices.
fn world(
    args: &ExploreArgs,
    watch: &Watch,
    ready: &Ready,
    choices: Choices,
) -> Result<World, String> {
    let scenario = with(&ready.scenario, &choices);
    let (setting, names) = scenario.state_space().map_err(|error| error.to_string())?;
    let at = At { args, watch, scenario: &scenario, names: &names, choices };
    match model::words(&setting) {
        Ok(1) => Model::<1>::new(setting).map(|model| at.explore(&model)),
        Ok(2) => Model::<2>::new(setting).map(|model| at.explore(&model)),
        Ok(_) => Model::<4>::new(setting).map(|model| at.explore(&model)),
        Err(error) => Err(error),
    }
    .map_err(|error| error.to_string())
}

/// One exploration among many.
struct At<'a> {
    args: &'a ExploreArgs,
    watch: &'a Watch,
    scenario: &'a Scenario,
    names: &'a Names,
    choices: Choices,
}

impl At<'_> {
    fn explore<const W: usize>(self, model: &Model<W>) -> World {
        let visited = visit(model, self.scenario, self.args, self.watch);
        let pace = self.scenario.pace(self.args.call_time);
        let told = told(&visited, "", self.scenario, self.names, model, pace);
        let found = told.found;
        let (unexpected, unbroken) = told.surprises();
        World {
            passes: unexpected.is_empty() && (unbroken.is_empty() || found.bound.is_some()),
            violated: told
                .violations()
                .map(|(property, finding)| (property, Some(finding.path.hops.len())))
                .chain(told.never().into_iter().map(|property| (property, None)))
                .collect(),
            states: found.states,
            transitions: found.transitions,
            bound: found.bound.filter(|bound| *bound != Bound::Enough),
            error: None,
            choices: self.choices,
        }
    }
}
