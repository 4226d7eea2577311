//! Random walks through the state space of a scenario.

use std::collections::BTreeSet;

use super::{FuzzArgs, Watch, each_case};
use crate::cli::explore::Ready;
use crate::cli::explore::job::{Visited, told};
use crate::explore::{Finding, Packed, Path, PropertySet};
use crate::fuzz::{Case, Walker};
use crate::model::{self, Model, Setting};
use crate::property::PropertyName;
use crate::report::{self, Covered, Found, Fuzzed, Paint, Replayed, Unit};
use crate::scenario::{Names, Scenario};
use crate::time::Span;
use crate::world::Trace;

/// Walks through the world of a scenario, with more of everything if there is room.
pub(super) fn play(
    args: &FuzzArgs,
    watch: &Watch,
    ready: &Ready,
    paint: Paint,
) -> Result<Fuzzed, String> {
    let (setting, names) = ready.scenario.state_space().map_err(|error| error.to_string())?;
    let more = setting.enlarged();
    let setting = if model::words(&more).is_ok() { more } else { setting };
    let walks = Walks { args, watch, ready, names: &names, paint };
    match model::words(&setting).map_err(|error| error.to_string())? {
        1 => walks.play::<1>(setting),
        2 => walks.play::<2>(setting),
        _ => walks.play::<4>(setting),
    }
}

struct Walks<'a> {
    args: &'a FuzzArgs,
    watch: &'a Watch,
    ready: &'a Ready,
    names: &'a Names,
    paint: Paint,
}

impl Walks<'_> {
    fn play<const W: usize>(&self, setting: Setting) -> Result<Fuzzed, String> {
        let model = Model::<W>::new(setting).map_err(|error| error.to_string())?;
        let numbers = || 0..u32::BITS;
        let breaks = self.ready.scenario.explored_breaks();
        let is_meant =
            |property: &PropertyName| breaks.is_some_and(|breaks| breaks.contains(property));
        let meant =
            numbers().filter(|number| model.property(*number).is_some_and(|it| is_meant(&it)));
        let meant = meant.fold(PropertySet::NONE, |all, one| all.or(PropertySet::one(one)));
        let goals: Vec<_> = model.goals().into_iter().filter(|(_, it)| !is_meant(it)).collect();
        let named = |number| {
            let goal = goals.iter().find(|(goal, _)| *goal == number);
            goal.map(|(_, property)| property.clone()).or_else(|| model.property(number))
        };
        let numbers_of_goals = goals.iter().map(|(number, _)| *number).collect();
        let mut walker = Walker::new(&model, meant, numbers_of_goals);
        let mut told = Fuzzed::new(Unit::Action);
        told.path = Some(self.ready.path.to_string_lossy().into_owned());
        let mut known = BTreeSet::new();
        let mut covered = self.args.coverage.then(Covered::default);
        each_case(self.args, self.watch, &mut told, |case, told| {
            let went = walker.walk(case);
            told.played = told.played.saturating_add(went.actions());
            if let Some(covered) = &mut covered
                && let Some(trace) = self.trace(&model, &went.path)
            {
                covered.add(&trace);
            }
            if went.is_fickle {
                let (size, scenario) = (went.path.hops.len(), self.ready.text.clone());
                told.not_repeatable(case, size, scenario, None);
                return;
            }
            for finding in went.findings() {
                let Some(property) = named(finding.property) else { continue };
                if known.insert(finding.property) {
                    let from = finding.path.hops.len();
                    let smallest = walker.shrink(finding);
                    told.found.push(self.found(&model, case, from, &property, &smallest));
                }
            }
        });
        told.covered = covered;
        Ok(told)
    }

    /// What the service itself did on a walk.
    fn trace<const W: usize>(&self, model: &Model<W>, path: &Path<Packed<W>>) -> Option<Trace> {
        let Ready { path: file, text, scenario } = self.ready;
        let (visited, file) = (Visited::beginning(model), file.to_string_lossy());
        let told = told(&visited, &file, scenario, self.names, model, scenario.pace(Span::CALL));
        let walk = Scenario::read(&told.as_scenario(scenario, text, path)).ok()?;
        Some(walk.play(false).trace)
    }

    /// A finding, told.
    fn found<const W: usize>(
        &self,
        model: &Model<W>,
        case: Case,
        from: usize,
        property: &PropertyName,
        finding: &Finding<Packed<W>>,
    ) -> Found {
        let Ready { path, text, scenario } = self.ready;
        let (visited, path) = (Visited::beginning(model), path.to_string_lossy());
        let pace = scenario.pace(Span::CALL);
        let told = told(&visited, &path, scenario, self.names, model, pace);
        let story = Replayed { told: &told, path: &finding.path };
        Found {
            case,
            from,
            to: finding.path.hops.len(),
            broke: property.id().to_owned(),
            message: property.statement().to_owned(),
            story: Some(report::replayed_story(&story, self.paint)),
            scenario: told.counterexample(scenario, text, property, finding).text,
            function: None,
            written: None,
        }
    }
}
