//! The fewest calls that tell the options of an assumption apart, from the calls of scenarios that feel it.

use std::sync::Arc;

use crate::api::Reply;
use crate::assumption::{Assumption, Assumptions};
use crate::evidence::{Rule, RuleSet};
use crate::scenario::{Scenario, answers_differ};
use crate::secret::StagingLabel;
use crate::service::Setting;
use crate::time::Timestamp;
use crate::world::{Action, Actor, Event, Trace, TraceStep, World};

/// Scenarios with more actions than this are not taken apart.
const ACTIONS_MAX: usize = 60;

/// What to ask, and what the model answers under each option.
#[derive(Clone, Debug)]
pub struct Question {
    /// What nobody knows.
    pub assumption: &'static Assumption,
    /// Each option, and what happens if it is so.
    pub options: Vec<(&'static str, Trace)>,
    /// How many pairs of options answer differently.
    pub told_apart: usize,
}

/// A scenario with its calls, which are the same under every option.
struct Script {
    setting: Setting,
    start: Timestamp,
    actions: Vec<Action>,
}

/// The fewest calls of a scenario that tell apart as many options as any; `None` if no scenario tells any two apart.
pub fn question<'s>(
    assumption: &'static Assumption,
    scenarios: impl IntoIterator<Item = (&'s Scenario, &'s Trace)>,
) -> Option<Question> {
    let open: RuleSet = assumption.rules.iter().filter_map(|id| Rule::from_id(id)).collect();
    let feels = |trace: &Trace| {
        trace.steps.iter().any(|step| open.iter().any(|rule| step.rules.contains(rule)))
    };
    let mut best: Option<(usize, Script)> = None;
    for (scenario, trace) in scenarios {
        let actions = actions(trace);
        if !feels(trace) || actions.len() > ACTIONS_MAX {
            continue;
        }
        let mut script =
            Script { setting: scenario.setting.clone(), start: scenario.start, actions };
        // All but the one that is asked about are as they are by default.
        script.setting.assume = Assumptions::default();
        let apart = script.tells_apart(assumption);
        if apart == 0 || best.as_ref().is_some_and(|(most, _)| apart < *most) {
            continue;
        }
        script.shrink(assumption, apart);
        let is_better = best.as_ref().is_none_or(|(most, known)| {
            (apart, std::cmp::Reverse(script.cost())) > (*most, std::cmp::Reverse(known.cost()))
        });
        if is_better {
            best = Some((apart, script));
        }
    }
    let (told_apart, script) = best?;
    let options =
        assumption.options.iter().map(|option| (*option, script.play(assumption, option)));
    Some(Question { assumption, options: options.collect(), told_apart })
}

/// What callers did and what was waited for.
fn actions(trace: &Trace) -> Vec<Action> {
    let action = |step: &TraceStep| match (&step.actor, &step.event) {
        (Actor::Caller(by), Event::Call(operation)) => {
            Some(Action::Call { by: by.clone(), operation: Arc::clone(operation) })
        }
        (Actor::Nobody, Event::Waited(span)) => Some(Action::Wait(*span)),
        (Actor::Nobody, Event::Reached(moment)) => Some(Action::Until(*moment)),
        _ => None,
    };
    trace.steps.iter().filter_map(action).collect()
}

impl Script {
    /// Plays the actions under one option.
    fn play(&self, assumption: &Assumption, option: &str) -> Trace {
        let mut setting = self.setting.clone();
        // INVARIANT: both come from the table.
        drop(setting.assume.choose(assumption.id, option));
        let mut trace = Trace { assume: setting.assume, ..Trace::default() };
        let mut world = World::new(setting, self.start);
        for action in &self.actions {
            world.step(action.clone(), &mut trace);
        }
        trace
    }

    /// How many pairs of options answer some call differently.
    fn tells_apart(&self, assumption: &Assumption) -> usize {
        let traces: Vec<Trace> =
            assumption.options.iter().map(|option| self.play(assumption, option)).collect();
        let pairs = traces.iter().enumerate().flat_map(|(at, one)| {
            traces.iter().skip(at.saturating_add(1)).map(move |other| (one, other))
        });
        pairs.filter(|(one, other)| differ(one, other)).count()
    }

    /// Leaves out whatever can be left out, the last first.
    fn shrink(&mut self, assumption: &Assumption, apart: usize) {
        let mut shorter = true;
        while shorter {
            shorter = false;
            for at in (0..self.actions.len()).rev() {
                let action = self.actions.remove(at);
                if self.tells_apart(assumption) >= apart {
                    shorter = true;
                } else {
                    self.actions.insert(at, action);
                }
            }
        }
    }

    /// What it costs to ask: time that passes most of all, then calls.
    fn cost(&self) -> (usize, usize) {
        let waits = self.actions.iter().filter(|it| !matches!(it, Action::Call { .. })).count();
        (waits, self.actions.len())
    }
}

/// Whether an endpoint could be seen to follow one trace and not the other: by an answer, or by labels after a call.
fn differ(one: &Trace, other: &Trace) -> bool {
    calls(one)
        .zip(calls(other))
        .any(|(one, other)| answer_differs(one, other) || labels(one) != labels(other))
}

fn calls(trace: &Trace) -> impl Iterator<Item = &TraceStep> {
    trace
        .steps
        .iter()
        .filter(|step| matches!((&step.actor, &step.event), (Actor::Caller(_), Event::Call(_))))
}

fn answer_differs(one: &TraceStep, other: &TraceStep) -> bool {
    match (&one.outcome, &other.outcome) {
        (Ok(one), Ok(other)) => replies_differ(one, other),
        (Err(one), Err(other)) => one.code != other.code || one.message != other.message,
        (Ok(_), Err(_)) | (Err(_), Ok(_)) => true,
    }
}

fn replies_differ(one: &Reply, other: &Reply) -> bool {
    !answers_differ(&one.members(), &other.members(), false).is_empty()
}

/// The labels of the secret that a step is about, as a look finds them; nothing where nobody looks.
fn labels(step: &TraceStep) -> Option<Vec<(&str, Vec<&str>)>> {
    step.call().filter(|call| super::pair::changes_labels(call.name()))?;
    let view = step.secret.as_ref().and_then(|arn| step.view(arn))?;
    let mut versions: Vec<_> = view
        .versions
        .iter()
        .filter(|version| !version.labels.is_empty())
        .map(|version| {
            let mut labels: Vec<_> = version.labels.iter().map(StagingLabel::as_str).collect();
            labels.sort_unstable();
            (version.id.as_str(), labels)
        })
        .collect();
    versions.sort_unstable();
    Some(versions)
}
