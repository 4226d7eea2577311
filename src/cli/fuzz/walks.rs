//! Random walks through the state space of a scenario.

use super::{FuzzArgs, Watch, each_case};
use crate::cli::explore::Ready;
use crate::cli::explore::job::{Visited, told};
use crate::explore::{Finding, Packed, PropertySet};
use crate::fuzz::{Case, Walked, Walker};
use crate::model::{self, Model, Setting};
use crate::report::{self, Found, Fuzzed, Paint, Replayed, Unit};
use crate::scenario::Names;
use crate::time::Span;

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
        let meant = numbers().filter(|number| {
            let property = model.property(*number);
            property.is_some_and(|it| breaks.is_some_and(|breaks| breaks.contains(&it)))
        });
        let meant = meant.fold(PropertySet::NONE, |all, one| all.or(PropertySet::one(one)));
        let mut walker = Walker::new(&model, meant);
        let mut told = Fuzzed::new(Unit::Action);
        told.path = Some(self.ready.path.to_string_lossy().into_owned());
        let mut known = PropertySet::NONE;
        each_case(self.args, self.watch, &mut told, |case, told| {
            let Walked { actions, finding } = walker.walk(case);
            told.played = told.played.saturating_add(actions);
            let Some(finding) = finding.filter(|it| !known.has(it.property)) else { return };
            known = known.or(PropertySet::one(finding.property));
            let from = finding.path.hops.len();
            let smallest = walker.shrink(finding);
            told.found.extend(self.found(&model, case, from, &smallest));
        });
        Ok(told)
    }

    /// A finding, told.
    fn found<const W: usize>(
        &self,
        model: &Model<W>,
        case: Case,
        from: usize,
        finding: &Finding<Packed<W>>,
    ) -> Option<Found> {
        let property = model.property(finding.property)?;
        let Ready { path, text, scenario } = self.ready;
        let (visited, path) = (Visited::beginning(model), path.to_string_lossy());
        let pace = scenario.pace(Span::CALL);
        let told = told(&visited, &path, scenario, self.names, model, pace);
        let story = Replayed { told: &told, path: &finding.path };
        Some(Found {
            case,
            from,
            to: finding.path.hops.len(),
            broke: property.id().to_owned(),
            message: property.statement().to_owned(),
            story: Some(report::replayed_story(&story, self.paint)),
            scenario: told.counterexample(scenario, text, &property, finding).text,
            function: None,
            written: None,
        })
    }
}
