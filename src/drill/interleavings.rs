//! Which interleavings are run: all without a preemption, then all with one, and so on.
//!
//! Few preemptions are enough for most mistakes, and there are few ways to place them: iterative context bounding, after
//! Musuvathi and Qadeer (PLDI 2007).

use std::collections::BTreeMap;

use super::{Cell, Kind, Place, Ran};
use crate::api::RotationStep;

/// How far interleavings are explored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The most runs.
    pub runs: usize,
    /// The most preemptions in a run.
    pub preemptions: usize,
}

/// All schedules with so many preemptions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Level {
    /// How many there are of each step.
    pub schedules: BTreeMap<RotationStep, usize>,
    /// How many of them are run.
    pub planned: usize,
}

impl Level {
    /// How many there are.
    pub fn total(&self) -> usize {
        self.schedules.values().sum()
    }

    /// Whether all of them are run.
    pub fn is_covered(&self) -> bool {
        self.planned == self.total()
    }
}

/// The schedules that are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedules {
    /// Those without a preemption, then those with one, and so on.
    pub levels: Vec<Level>,
    /// Whether there are no others.
    pub is_all: bool,
}

/// What is still to be explored.
#[derive(Debug)]
pub(super) struct Exploration {
    bound: Bound,
    left: usize,
    pub(super) known: Schedules,
}

impl Exploration {
    pub(super) const fn new(bound: Bound) -> Self {
        let known = Schedules { levels: Vec::new(), is_all: false };
        Self { bound, left: bound.runs, known }
    }

    /// The schedules without a preemption: one for each step.
    pub(super) fn first(&mut self, calls: &[Place]) -> Vec<Cell> {
        let mut steps: Vec<_> = calls.iter().map(|call| call.step).collect();
        steps.dedup();
        let cell = |step| Cell::new(Place::step(step), Kind::Interleaved);
        if self.bound.runs == 0 { Vec::new() } else { self.level(steps.into_iter().map(cell)) }
    }

    /// The schedules with one preemption more than those that were run last: after their last switch, wherever there
    /// could have been another one. None if not all of those were run.
    pub(super) fn next(&mut self, ran: &[&Ran]) -> Vec<Cell> {
        let known: Vec<_> =
            ran.iter().filter_map(|ran| ran.cell.as_ref().zip(ran.interleaved.as_ref())).collect();
        if self.known.levels.last().is_none_or(|level| known.len() < level.total()) {
            return Vec::new();
        }
        let children = known.into_iter().flat_map(|(cell, came)| {
            came.points.iter().map(|point| {
                let mut cell = cell.clone();
                cell.switches.push(*point);
                cell
            })
        });
        let children: Vec<_> = children.collect();
        self.known.is_all = children.is_empty();
        let is_bound = self.known.levels.len() > self.bound.preemptions;
        if self.known.is_all || is_bound { Vec::new() } else { self.level(children) }
    }

    /// One more level. If not all of it can be run, each step has its share.
    fn level(&mut self, cells: impl IntoIterator<Item = Cell>) -> Vec<Cell> {
        let mut level = Level::default();
        let mut cells: Vec<_> = cells
            .into_iter()
            .map(|cell| {
                let count = level.schedules.entry(cell.place.step).or_default();
                *count = count.saturating_add(1);
                (*count, cell)
            })
            .collect();
        cells.sort();
        cells.truncate(self.left);
        level.planned = cells.len();
        self.left = self.left.saturating_sub(cells.len());
        self.known.levels.push(level);
        let mut cells: Vec<_> = cells.into_iter().map(|(_, cell)| cell).collect();
        cells.sort();
        cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drill::{Ended, Interleaved};
    use crate::world::Trace;

    /// A run after whose last switch there could have been another one at these points.
    fn ran(cell: Cell, points: &[u32]) -> Ran {
        let interleaved = Interleaved { points: points.to_vec(), ..Interleaved::default() };
        Ran {
            cell: Some(cell),
            ended: Ended::Recovered { retries: 0, by_next: false },
            broken: Vec::new(),
            interleaved: Some(interleaved),
            trace: Trace::default(),
        }
    }

    fn calls() -> [Place; 2] {
        ["setSecret:SELECT:zombie", "testSecret:SELECT:zombie"]
            .map(|cell| cell.parse::<Cell>().unwrap().place)
    }

    /// Runs a level in which each schedule could be switched at these points.
    fn run(cells: &[Cell], points: &[u32]) -> Vec<Ran> {
        cells.iter().map(|cell| ran(cell.clone(), points)).collect()
    }

    fn texts(cells: &[Cell]) -> Vec<String> {
        cells.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_level_has_one_preemption_more_until_there_are_no_others() {
        let mut exploration = Exploration::new(Bound { runs: 100, preemptions: 9 });
        let first = exploration.first(&calls());
        assert_eq!(texts(&first), ["setSecret:*:interleaved", "testSecret:*:interleaved"]);
        let runs = run(&first, &[1, 3]);
        let second = exploration.next(&runs.iter().collect::<Vec<_>>());
        assert_eq!(
            texts(&second),
            [
                "setSecret:1:interleaved",
                "setSecret:3:interleaved",
                "testSecret:1:interleaved",
                "testSecret:3:interleaved",
            ]
        );
        let runs = run(&second, &[]);
        assert!(exploration.next(&runs.iter().collect::<Vec<_>>()).is_empty());
        assert!(exploration.known.is_all);
    }

    #[test]
    fn each_step_has_its_share_of_a_level_that_is_too_much() {
        let mut exploration = Exploration::new(Bound { runs: 4, preemptions: 9 });
        let first = exploration.first(&calls());
        let runs = run(&first, &[1, 3]);
        let second = exploration.next(&runs.iter().collect::<Vec<_>>());
        assert_eq!(texts(&second), ["setSecret:1:interleaved", "testSecret:1:interleaved"]);
        let runs = run(&second, &[1]);
        assert!(exploration.next(&runs.iter().collect::<Vec<_>>()).is_empty());
        assert_eq!(exploration.known.levels.last().map(Level::total), Some(4));
    }

    #[test]
    fn what_was_stopped_leads_to_no_other_level() {
        let mut exploration = Exploration::new(Bound { runs: 100, preemptions: 9 });
        let first = exploration.first(&calls());
        let runs = run(&first, &[1, 3]);
        assert!(exploration.next(&runs.iter().take(1).collect::<Vec<_>>()).is_empty());
        assert_eq!(exploration.known.levels.len(), 1);
        assert!(!exploration.known.is_all);
    }
}
