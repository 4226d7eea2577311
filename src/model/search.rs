//! The search of a model with all that is told of it: what is violated, and from where retries alone lead nowhere.

use std::ops::ControlFlow;

use super::{CUT_NUMBER, Model, Reduced, Reductions};
use crate::explore::{
    Bound, Bounds, Exploration, Finding, Liveness, Packed, Progress, eventually, explore,
};
use crate::property::PropertyName;
use crate::property::own::OwnKind;

/// What a search came to.
#[derive(Debug)]
pub struct Searched<const W: usize> {
    /// The states, and what is violated in them.
    pub found: Exploration<Packed<W>>,
    /// For each property that isn't reached from everywhere, a state from which retries alone don't lead there.
    pub stuck: Vec<(PropertyName, Finding<Packed<W>>)>,
    /// What was spared.
    pub reductions: Reductions,
}

impl<const W: usize> Searched<W> {
    /// Whether there is a story to tell.
    fn tells(&self) -> bool {
        let Self { found, stuck, .. } = self;
        !(found.violations.is_empty() && found.witnesses.is_empty() && stuck.is_empty())
    }

    /// Adds what only another search had the time to see.
    fn add(&mut self, other: Self) {
        let all = [
            (&mut self.found.violations, other.found.violations),
            (&mut self.found.witnesses, other.found.witnesses),
        ];
        for (own, others) in all {
            for finding in others {
                if own.iter().all(|it| it.property != finding.property) {
                    own.push(finding);
                }
            }
            own.sort_by_key(|it| it.property);
        }
        for (property, finding) in other.stuck {
            if self.stuck.iter().all(|(it, _)| *it != property) {
                self.stuck.push((property, finding));
            }
        }
    }
}

/// Visits every state. `progress` is asked as by [`explore()`], and with none while the graph of states is searched.
///
/// Independent steps are taken at once only while nothing is found: a story is to be the shortest one there is, and a path
/// on which some calls were taken at once isn't known to be. So with the first thing to tell the search begins anew,
/// without this reduction.
pub fn search<const W: usize>(
    model: &Model<W>,
    wanted: Reductions,
    bounds: &Bounds,
    threads: usize,
    mut progress: impl FnMut(Option<Progress>) -> ControlFlow<Bound>,
) -> Searched<W> {
    // What happens sometimes is to be told as well.
    let steps = wanted.steps && model.own_of(OwnKind::Sometimes).next().is_none();
    let reduced = Reduced::new(model, Reductions { steps, ..wanted });
    if !reduced.applied().steps {
        return attempt(&reduced, model, bounds, threads, progress);
    }
    let first = attempt(&reduced, model, bounds, threads, |seen| match seen {
        Some(seen) if !seen.broken.or(seen.witnessed).is_empty() => {
            ControlFlow::Break(Bound::Enough)
        }
        seen => progress(seen),
    });
    if !first.tells() {
        return first;
    }
    let reduced = Reduced::new(model, Reductions { steps: false, ..wanted });
    let mut all = attempt(&reduced, model, bounds, threads, progress);
    if all.found.bound.is_some() {
        all.add(first);
    }
    all
}

/// One search.
fn attempt<const W: usize>(
    reduced: &Reduced<'_, W>,
    model: &Model<W>,
    bounds: &Bounds,
    threads: usize,
    mut progress: impl FnMut(Option<Progress>) -> ControlFlow<Bound>,
) -> Searched<W> {
    let reductions = reduced.applied();
    let is_reduced = reductions != Reductions::NONE;
    let each = |seen| progress(Some(seen));
    let mut found = if is_reduced {
        reduced.explore(bounds, threads, each)
    } else {
        explore(model, bounds, threads, each)
    };
    if found.witnesses.iter().any(|it| it.property == CUT_NUMBER) {
        found.bound.get_or_insert(Bound::Room);
    }
    let mut stuck = Vec::new();
    for (number, property) in model.goals() {
        let mut late = None;
        let go_on = || match progress(None) {
            ControlFlow::Continue(()) => true,
            ControlFlow::Break(bound) => {
                late = Some(bound);
                false
            }
        };
        let answer = if is_reduced {
            reduced.eventually(&found, number, bounds.bytes, go_on)
        } else {
            eventually(model, &found.reached, number, bounds.bytes, go_on)
        };
        match answer {
            Liveness::Violated { shortest, .. } => stuck.push((property, shortest)),
            Liveness::Holds => {}
            // What nobody waited for, or had no room for, isn't known to hold.
            Liveness::Unknown => {
                found.bound.get_or_insert(late.unwrap_or(Bound::Bytes));
            }
        }
    }
    Searched { found, stuck, reductions }
}
