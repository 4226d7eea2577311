//! `--all-assumptions`: the same exploration under every combination of assumptions that it can feel.
//!
//! What a search reads is known ([`crate::model::FELT`]); every other assumption is asked only whether it changes what
//! the search begins with. What is tried is a tree: from each world that differs from the one it was made of, every
//! option is flipped that is still undecided. So an assumption that matters only where another one is flipped too is
//! found; two that matter together, and neither where the other is as it was, are not.

use std::collections::BTreeSet;

use super::job::{Outcome, Searched, search};
use super::watch::Watch;
use super::{ExploreArgs, Ready, wrong};
use crate::assumption::{Assumption, TABLE};
use crate::cli::{ExitStatus, Terminal};
use crate::explore::Bound;
use crate::model::{self, FELT, Model, Start};
use crate::report::{self, Explored, Surveyed, World};
use crate::scenario::{Names, Scenario};
use crate::variation::{Choices, with};

/// Different worlds after which the rest is left out.
const COMBINATIONS_MAX: usize = 256;

/// Explorations after which the rest is left out.
const TRIES_MAX: usize = 4_096;

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
    let candidates: Vec<_> = candidates(scenario).collect();
    let mut felt = BTreeSet::new();
    let mut worlds = vec![own];
    let mut tried: BTreeSet<Choices> = BTreeSet::new();
    let mut complete = true;
    let mut next = 0;
    while let Some(from) = worlds.get(next).filter(|_| complete).cloned() {
        next = next.saturating_add(1);
        for choices in flipped(scenario, &candidates, &from.choices) {
            if !may_feel(scenario, &choices) || !tried.insert(choices.clone()) {
                continue;
            }
            if worlds.len() >= COMBINATIONS_MAX || tried.len() > TRIES_MAX || watch.is_stopped() {
                complete = false;
                break;
            }
            // An option under which the scenario can't begin is felt too.
            let it = world(args, watch, ready, choices.clone())
                .unwrap_or_else(|error| World::unexplorable(choices, error));
            if !it.is_like(&from) {
                felt.extend(it.choices.iter().map(|(id, _)| *id));
                worlds.push(it);
            }
        }
    }
    complete &= worlds.iter().all(|world| world.bound.is_none()) && !watch.is_stopped();
    let surveyed = Surveyed {
        path: &path.to_string_lossy(),
        title: &scenario.title,
        assume: scenario.setting.assume,
        felt: &TABLE.iter().map(|it| it.id).filter(|id| felt.contains(id)).collect::<Vec<_>>(),
        worlds: &worlds,
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
    let with_one_more = |one| {
        let mut more: Choices = choices.iter().copied().chain([one]).collect();
        more.sort_by_key(|(id, _)| TABLE.iter().position(|it| it.id == *id));
        more
    };
    options.map(with_one_more).collect()
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
        let Searched { found, stuck, clients, reductions, .. } =
            search(model, self.scenario, self.args, self.watch);
        let none = BTreeSet::new();
        let told = Explored {
            path: "",
            title: "",
            model,
            names: self.names,
            found: &found,
            reductions,
            stuck: &stuck,
            clients: &clients,
            pace: self.scenario.pace(self.args.call_time),
            breaks: self.scenario.explored_breaks().unwrap_or(&none),
            assume: &[],
            seconds: None,
        };
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
