//! Own properties over a trace.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{OwnKind, OwnProperty, Seen};
use crate::property::moment::Moment;
use crate::property::rest::Runs;
use crate::property::{Judgment, Violation};
use crate::secret::{SecretArn, StagingLabel, VersionId};
use crate::service::SecretView;
use crate::world::{Database, Trace, TraceStep};

/// What is told about a trace besides what happened.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// The name of the secret that the properties are about.
    pub secret: &'a str,
    /// What versions are called, by id.
    pub names: &'a BTreeMap<String, String>,
}

/// One property on its way through a trace.
struct Followed<'p> {
    property: &'p OwnProperty,
    /// Whether it held at the last look.
    holds: bool,
    /// Whether it held at any look.
    held: bool,
    /// Whether it is reported, until it holds again.
    is_reported: bool,
}

/// Judges a trace by own properties, and adds what doesn't hold.
pub fn judge_own(
    trace: &Trace,
    properties: &[OwnProperty],
    told: Told<'_>,
    judgment: &mut Judgment,
) {
    let mut followed: Vec<Followed<'_>> = properties
        .iter()
        .map(|property| Followed { property, holds: false, held: false, is_reported: false })
        .collect();
    if followed.is_empty() {
        return;
    }
    let mut runs = Runs::default();
    let mut before = (&trace.given, &trace.given_target);
    let mut owes_rest = false;
    let mut last = None;
    for (index, step) in trace.steps.iter().enumerate() {
        let moment = Moment::new(&trace.assume, before, step);
        before = (&step.after, &step.target);
        let ended = runs.follow(index, &moment, &mut Vec::new());
        let Some(view) = step.after.iter().find(|view| view.name.as_str() == told.secret) else {
            continue;
        };
        owes_rest |= ended.iter().any(|it| it.arn == view.arn);
        let is_settled = matches!(step.event, crate::world::Event::Settled);
        let rests = is_settled || owes_rest && !is_to_be_cleaned(trace, view);
        owes_rest &= !rests;
        let seen = seen(step, view, runs.is_running(&view.arn), told);
        let is_new = last.as_ref() != Some(&seen);
        for it in &mut followed {
            if is_new || rests && it.property.kind == OwnKind::AtRest {
                it.look(&seen, index, &view.arn, rests, judgment);
            }
        }
        last = Some(seen);
    }
    let views = trace.steps.iter().rev().flat_map(|step| step.after.iter());
    let Some(arn) = views.filter(|view| view.name.as_str() == told.secret).map(|it| &it.arn).next()
    else {
        judgment.unjudged.extend(properties.iter().map(|property| property.name.clone()));
        return;
    };
    for it in &followed {
        let message = match it.property.kind {
            OwnKind::Sometimes if !it.held => "it never happens",
            OwnKind::Eventually if !it.holds => "it doesn't hold at the end",
            OwnKind::Always | OwnKind::AtRest | OwnKind::Sometimes | OwnKind::Eventually => {
                continue;
            }
        };
        if trace.gave_up() {
            judgment.unjudged.push(it.property.name.clone());
        } else {
            judgment.violations.push(violation(
                it.property,
                trace.steps.len().saturating_sub(1),
                arn,
                message.to_owned(),
            ));
        }
    }
    judgment.violations.sort_by_key(|it| it.step);
}

fn violation(property: &OwnProperty, step: usize, arn: &SecretArn, message: String) -> Violation {
    Violation { property: property.name.clone(), step, secret: arn.clone(), message }
}

impl Followed<'_> {
    /// Looks at one state. What doesn't hold is reported once, until it holds again.
    fn look(
        &mut self,
        seen: &Seen,
        step: usize,
        arn: &SecretArn,
        rests: bool,
        judgment: &mut Judgment,
    ) {
        let kind = self.property.kind;
        if kind == OwnKind::AtRest && !rests {
            return;
        }
        let verdict = self.property.holds(seen);
        self.holds = verdict == Ok(true);
        self.held |= self.holds;
        let message = match verdict {
            Err(why) => format!("it can't be evaluated: {why}"),
            Ok(false) if matches!(kind, OwnKind::Always | OwnKind::AtRest) => {
                format!("it doesn't hold: {}", described(seen))
            }
            Ok(_) => {
                self.is_reported = false;
                return;
            }
        };
        if !self.is_reported {
            self.is_reported = true;
            judgment.violations.push(violation(self.property, step, arn, message));
        }
    }
}

/// What is seen, in a few words.
pub(super) fn described(seen: &Seen) -> String {
    let labels: Vec<String> =
        seen.labels.iter().map(|(label, version)| format!("{label} is on {version}")).collect();
    if labels.is_empty() { "no version has a label".to_owned() } else { labels.join(", ") }
}

/// Whether the service is still going to take AWSPENDING off the current version.
fn is_to_be_cleaned(trace: &Trace, view: &SecretView) -> bool {
    let on = |label| view.holder(&label).map(|version| &version.id);
    trace.assume.pending_cleanup == crate::assumption::PendingCleanup::After60s
        && on(StagingLabel::AwsPending).is_some()
        && on(StagingLabel::AwsPending) == on(StagingLabel::AwsCurrent)
}

/// What is seen of a secret after a step.
fn seen(step: &TraceStep, view: &SecretView, is_rotating: bool, told: Told<'_>) -> Seen {
    let name = |id: &VersionId| told.names.get(id.as_str()).cloned().unwrap_or_default();
    let accepts = |version: &crate::service::VersionView| {
        let target: Option<&Arc<Database>> = step.target.as_ref();
        target.zip(version.value.as_ref()).is_some_and(|(target, value)| target.accepts(value))
    };
    let mut labels: Vec<(String, String)> = view
        .versions
        .iter()
        .flat_map(|version| {
            version.labels.iter().map(|it| (it.as_str().to_owned(), name(&version.id)))
        })
        .collect();
    labels.sort();
    Seen {
        labels,
        versions: (view.versions.iter().filter(|it| it.value.is_some()))
            .map(|it| name(&it.id))
            .collect(),
        accepts: view.versions.iter().filter(|it| accepts(it)).map(|it| name(&it.id)).collect(),
        is_rotating,
    }
}
