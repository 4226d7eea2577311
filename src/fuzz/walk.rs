//! Random walks through a state space, judged at every step: for what is too large to be searched.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use proptest::prelude::Rng as _;
use proptest::test_runner::TestRng;

use super::case::{Case, runner};
use crate::explore::{
    ActionId, Bounds, Finding, Hop, Liveness, Path, PropertySet, Space, Successor, eventually,
    explore,
};

/// At most so many actions make a walk.
const ACTIONS_MAX: usize = 400;

/// So many states are visited in search of a shorter path than the one that is left.
const SEARCHED: u64 = 200_000;

/// Of one of so many walks it is asked whether retries alone lead on from its end.
const ASKED: u64 = 8;

/// So many states are looked at from the end of a walk. A service that goes on alone has few ways to go.
const AHEAD: usize = 2_000;

/// What a walk came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walked<S> {
    /// Where it went.
    pub path: Path<S>,
    /// The properties that it violates, each with the number of actions after which it does so for the first time.
    pub broken: Vec<(u32, usize)>,
    /// Whether it went another way when it was taken a second time.
    pub is_fickle: bool,
}

impl<S: Copy> Walked<S> {
    /// How many actions it took.
    pub const fn actions(&self) -> u64 {
        self.path.hops.len() as u64
    }

    /// What it violates, each with the way there.
    pub fn findings(&self) -> impl Iterator<Item = Finding<S>> {
        let finding = |(property, hops): &(u32, usize)| {
            let hops = self.path.hops.iter().take(*hops).copied().collect();
            Finding { property: *property, path: Path { initial: self.path.initial, hops } }
        };
        self.broken.iter().map(finding)
    }
}

/// Walks through one state space.
#[derive(Debug)]
pub struct Walker<'s, P: Space> {
    space: &'s P,
    memory: P::Memory,
    /// What a walk may violate.
    meant: PropertySet,
    /// The `eventually` properties.
    goals: Vec<u32>,
    /// What can happen now.
    choices: Vec<Successor<P::State>>,
}

impl<'s, P: Space> Walker<'s, P> {
    /// A walker for whom `meant` is no finding. Retries alone must lead to each of the goals.
    pub fn new(space: &'s P, meant: PropertySet, goals: Vec<u32>) -> Self {
        Self { space, memory: P::Memory::default(), meant, goals, choices: Vec::new() }
    }

    /// What an action and the state after it violate beyond what is meant.
    fn broken(&self, by: PropertySet, state: P::State) -> PropertySet {
        by.or(self.space.judge(state).broken).without(self.meant)
    }

    fn look(&mut self, state: P::State) {
        self.choices.clear();
        let choices = &mut self.choices;
        self.space.successors_from(&mut self.memory, state, &mut |it| choices.push(it));
    }

    /// Takes the walk of a case; some are taken twice, and must go the same way.
    pub fn walk(&mut self, case: Case) -> Walked<P::State> {
        let walked = self.walk_once(case);
        let is_fickle = case.is_played_twice() && self.walk_once(case) != walked;
        Walked { is_fickle, ..walked }
    }

    /// Walks until nothing can happen, or it has gone far enough. It goes on behind a violation: there may be others.
    fn walk_once(&mut self, case: Case) -> Walked<P::State> {
        let mut random = runner(case).rng().clone();
        let mut path = Path { initial: self.space.initial(), hops: Vec::new() };
        let mut met = self.broken(PropertySet::NONE, path.initial);
        let mut broken: Vec<_> = met.iter().map(|property| (property, 0)).collect();
        while path.hops.len() < ACTIONS_MAX {
            self.look(path.end());
            let Some(index) = self.choose(&mut random) else { break };
            let Some(chosen) = self.choices.get(index).copied() else { break };
            path.hops.push(hop(index, chosen));
            let new = self.broken(chosen.broken, chosen.state).without(met);
            if !new.is_empty() {
                met = met.or(new);
                broken.extend(new.iter().map(|property| (property, path.hops.len())));
            }
        }
        if case.number.is_multiple_of(ASKED) {
            let goals = self.goals.clone();
            let stuck = goals.into_iter().filter(|goal| self.is_stuck(*goal, path.end()));
            broken.extend(stuck.map(|goal| (goal, path.hops.len())));
        }
        Walked { path, broken, is_fickle: false }
    }

    /// Whether retries alone don't lead from a state to the goal of an `eventually` property, wherever they go.
    fn is_stuck(&mut self, goal: u32, from: P::State) -> bool {
        let (mut seen, mut waiting) = (BTreeSet::from([from]), vec![from]);
        while let Some(state) = waiting.pop() {
            if self.space.is_goal(goal, state) || seen.len() > AHEAD {
                return false;
            }
            self.look(state);
            let helping = self.choices.iter().filter(|it| self.space.helps(it.action));
            waiting.extend(helping.map(|it| it.state).filter(|it| seen.insert(*it)));
        }
        true
    }

    /// One of the choices. Every other time one of those that help, so that rotations come on among all that may happen.
    fn choose(&self, random: &mut TestRng) -> Option<usize> {
        let number = random.next_u32();
        let drawn = usize::try_from(number >> 1).ok()?.checked_rem(self.choices.len())?;
        if number & 1 == 0 {
            return Some(drawn);
        }
        let from_there = self.choices.iter().enumerate().cycle().skip(drawn);
        let mut around = from_there.take(self.choices.len());
        let helping = around.find(|(_, it)| self.space.helps(it.action)).map(|(index, _)| index);
        Some(helping.unwrap_or(drawn))
    }

    /// The shortest path to the same violation: actions are left out as long as it stays, and at last all shorter paths
    /// are tried, if there are not too many.
    pub fn shrink(&mut self, found: Finding<P::State>) -> Finding<P::State> {
        let property = found.property;
        let mut best = found.path;
        let mut stretch = best.hops.len().div_ceil(2);
        while stretch > 0 {
            let mut at = 0_usize;
            while at < best.hops.len() {
                let end = at.saturating_add(stretch);
                let kept = best.hops.iter().enumerate();
                let kept = kept.filter(|(place, _)| *place < at || *place >= end);
                let actions: Vec<ActionId> = kept.map(|(_, hop)| hop.action).collect();
                match self.again(property, best.initial, &actions) {
                    Some(path) if path.hops.len() < best.hops.len() => best = path,
                    Some(_) | None => at = end,
                }
            }
            stretch = stretch.checked_div(2).unwrap_or(0);
        }
        let path = self.searched(property, &best).unwrap_or(best);
        Finding { property, path }
    }

    /// The shortest path to the violation that a search finds, if it doesn't take too long.
    fn searched(&self, property: u32, best: &Path<P::State>) -> Option<Path<P::State>> {
        let search = |depth| {
            let bounds = Bounds { states: SEARCHED, depth, ..Bounds::default() };
            explore(self.space, &bounds, 1, |_| ControlFlow::Continue(()))
        };
        if !self.goals.contains(&property) {
            let depth = u32::try_from(best.hops.len()).unwrap_or(u32::MAX).saturating_sub(1);
            let shorter = search(depth).violations.into_iter().find(|it| it.property == property);
            return shorter.map(|it| it.path);
        }
        let all = search(Bounds::default().depth);
        let answer =
            eventually(self.space, &all.reached, property, Bounds::default().bytes, || true);
        if let Liveness::Violated { shortest, .. } = answer { Some(shortest.path) } else { None }
    }

    /// The path that those actions make, without those that can't happen any more, up to the violation.
    fn again(
        &mut self,
        property: u32,
        initial: P::State,
        actions: &[ActionId],
    ) -> Option<Path<P::State>> {
        let mut path = Path { initial, hops: Vec::new() };
        for action in actions {
            self.look(path.end());
            let mut choices = self.choices.iter().copied().enumerate();
            let Some((index, chosen)) = choices.find(|(_, it)| it.action == *action) else {
                continue;
            };
            path.hops.push(hop(index, chosen));
            if self.broken(chosen.broken, chosen.state).has(property) {
                return Some(path);
            }
        }
        let is_stuck = self.goals.contains(&property) && self.is_stuck(property, path.end());
        is_stuck.then_some(path)
    }
}

fn hop<S>(index: usize, chosen: Successor<S>) -> Hop<S> {
    let index = u32::try_from(index).unwrap_or(u32::MAX);
    Hop { index, action: chosen.action, state: chosen.state }
}
