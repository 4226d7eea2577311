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
    /// could have been another one.
    pub(super) fn next<'r>(&mut self, ran: impl Iterator<Item = &'r Ran>) -> Vec<Cell> {
        if !self.known.levels.last().is_some_and(Level::is_covered) {
            return Vec::new();
        }
        let children = ran.flat_map(|ran| {
            let (cell, points) = ran.cell.as_ref().zip(ran.interleaved.as_ref()).unzip();
            let points = points.into_iter().flat_map(|came| &came.points);
            points.zip(cell.into_iter().cycle()).map(|(point, cell)| {
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
