//! Fifteen machines, each the service with one bug: what the fuzzer is there to find.
//!
//! A broken machine is the service with one lie in what it shows after a call. Up to the first lie nothing differs from
//! a machine that really has the bug, and there the fuzzer stops.

use std::sync::Arc;

use stagewright::api::{Empty, ErrorCode, PutSecretValueReply, Reply, ServiceError, VersionEntry};
use stagewright::assumption::Assumptions;
use stagewright::fuzz::{Broken, Call, Case, Fuzzer, Machine, Service, Word};
use stagewright::secret::{Labels, SecretValue, StagingLabel, VersionId};
use stagewright::service::{SecretView, VersionView};
use stagewright::world::{Trace, TraceStep};

use StagingLabel::{AwsCurrent, AwsPending, AwsPrevious};

/// What is wrong with a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bug {
    PreviousDoesNotFollow,
    LabelStaysOnTheOldVersion,
    RotationGuardInverted,
    SameTokenOverwrites,
    CustomLabelsLostOnPut,
    CustomLabelsLostOnAMove,
    CurrentRemovable,
    PendingDroppedByAMove,
    PendingKeptByAPlainPut,
    RollbackKeepsPreviousOnTheCurrentVersion,
    DeprecatedVersionListed,
    PlaceholderHasAValue,
    RefusedMoveHasRemovedTheLabel,
    DescribeShowsAnUnlabelledVersion,
    WritesAcceptedOnAScheduledSecret,
}

/// Each bug, and how many calls are needed to show it.
pub(crate) const BUGS: [(Bug, usize); 15] = [
    (Bug::PreviousDoesNotFollow, 2),
    (Bug::LabelStaysOnTheOldVersion, 2),
    (Bug::RotationGuardInverted, 2),
    (Bug::SameTokenOverwrites, 2),
    (Bug::CustomLabelsLostOnPut, 3),
    (Bug::CustomLabelsLostOnAMove, 3),
    (Bug::CurrentRemovable, 2),
    (Bug::PendingDroppedByAMove, 3),
    (Bug::PendingKeptByAPlainPut, 3),
    (Bug::RollbackKeepsPreviousOnTheCurrentVersion, 3),
    (Bug::DeprecatedVersionListed, 4),
    (Bug::PlaceholderHasAValue, 2),
    (Bug::RefusedMoveHasRemovedTheLabel, 2),
    (Bug::DescribeShowsAnUnlabelledVersion, 4),
    (Bug::WritesAcceptedOnAScheduledSecret, 3),
];

/// The service with a bug.
#[derive(Clone, Debug)]
pub(crate) struct Faulty {
    service: Service,
    bug: Bug,
}

pub(crate) fn faulty(bug: Bug) -> Faulty {
    Faulty { service: Service::new(Assumptions::default()), bug }
}

impl Machine for Faulty {
    fn step(&mut self, call: &Call, trace: &mut Trace) {
        let index = trace.steps.len();
        let before = trace.steps.last().map(|step| Arc::clone(&step.after)).unwrap_or_default();
        self.service.step(call, trace);
        let mut step = trace.steps[index].clone();
        let secret = call.secret();
        let named = |views: &[Arc<SecretView>]| {
            views
                .iter()
                .position(|view| Some(view.name.as_str()) == secret.as_ref().map(Word::as_str))
        };
        if let (Some(old), Some(place)) = (named(&before), named(&step.after)) {
            let (old, mut new) =
                (SecretView::clone(&before[old]), SecretView::clone(&step.after[place]));
            self.bug.lie(call, &old, &mut new, &mut step);
            if new != *step.after[place] {
                let mut after = step.after.to_vec();
                after[place] = Arc::new(new);
                // What came after the call in the same moment would lie too.
                trace.steps.truncate(index + 1);
                step.after = after.into();
            }
        }
        trace.steps[index] = step;
    }
}

/// A version to be changed.
fn version<'v>(view: &'v mut SecretView, id: &str) -> Option<&'v mut VersionView> {
    view.versions.iter_mut().find(|it| it.id.as_str() == id).map(Arc::make_mut)
}

fn holder(view: &SecretView, label: &StagingLabel) -> Option<String> {
    view.holder(label).map(|it| it.id.as_str().to_owned())
}

/// Takes a label away, or puts it somewhere.
fn put(view: &mut SecretView, label: &StagingLabel, to: Option<&str>) {
    for version in &mut view.versions {
        if version.labels.contains(label) {
            Arc::make_mut(version).labels.retain(|it| it != label);
        }
    }
    if let Some(version) = to.and_then(|to| version(view, to)) {
        version.labels.push(label.clone());
    }
}

fn is_custom(label: &StagingLabel) -> bool {
    ![AwsCurrent, AwsPending, AwsPrevious].contains(label)
}

impl Bug {
    /// Changes what is visible after a call.
    fn lie(self, call: &Call, old: &SecretView, new: &mut SecretView, step: &mut TraceStep) {
        let (was, is) = (holder(old, &AwsCurrent), holder(new, &AwsCurrent));
        let moved = was.is_some() && was != is;
        let is_ok = step.outcome.is_ok();
        let stored = matches!(call, Call::Put { .. } | Call::Update { .. }) && is_ok;
        let staged = matches!(call, Call::Stage { .. }) && is_ok;
        match self {
            Self::PreviousDoesNotFollow if moved => {
                put(new, &AwsPrevious, holder(old, &AwsPrevious).as_deref());
            }
            Self::LabelStaysOnTheOldVersion if moved => {
                let old = version(new, was.as_deref().unwrap()).unwrap();
                old.labels.push(AwsCurrent);
            }
            Self::SameTokenOverwrites => overwrite(call, new, step),
            Self::CustomLabelsLostOnPut if moved && stored => {
                let lost = old.holder(&AwsCurrent).into_iter().flat_map(|it| &it.labels);
                lost.filter(|label| is_custom(label)).for_each(|label| put(new, label, None));
            }
            Self::CustomLabelsLostOnAMove if moved && staged => {
                let lost = old.holder(&AwsCurrent).into_iter().flat_map(|it| &it.labels);
                lost.filter(|label| is_custom(label)).for_each(|label| put(new, label, None));
            }
            Self::PendingDroppedByAMove if moved && staged => put(new, &AwsPending, None),
            Self::PendingKeptByAPlainPut if moved && stored => {
                if let Some(pending) =
                    holder(old, &AwsPending).filter(|_| new.holder(&AwsPending).is_none())
                {
                    put(new, &AwsPending, Some(&pending));
                }
            }
            Self::RollbackKeepsPreviousOnTheCurrentVersion
                if moved && is == holder(old, &AwsPrevious) =>
            {
                put(new, &AwsPrevious, is.as_deref());
            }
            Self::PlaceholderHasAValue => {
                for version in &mut new.versions {
                    if version.value.is_none() {
                        Arc::make_mut(version).value = Some(SecretValue::Text("".into()));
                    }
                }
            }
            _ => self.lie_in_answer(call, old, new, step),
        }
    }

    #[expect(clippy::too_many_lines, reason = "a list of bugs")]
    fn lie_in_answer(
        self,
        call: &Call,
        old: &SecretView,
        new: &mut SecretView,
        step: &mut TraceStep,
    ) {
        let refused = step.outcome.is_err();
        let accepted = || Ok(Reply::Empty(Empty {}));
        match (self, call) {
            (Self::RotationGuardInverted, Call::Rotate { function: Some(function), .. })
                if function.as_str() == "fn" && !refused =>
            {
                step.outcome = Err(ServiceError {
                    code: ErrorCode::InvalidRequestException,
                    message: "a rotation is running".to_owned(),
                    rule: None,
                });
                *new = old.clone();
            }
            (Self::CurrentRemovable, Call::Stage { label, from: Some(from), to: None, .. })
                if label.as_str() == "AWSCURRENT"
                    && holder(old, &AwsCurrent) == Some(from.long()) =>
            {
                put(new, &AwsCurrent, None);
                step.outcome = accepted();
            }
            (Self::RefusedMoveHasRemovedTheLabel, Call::Stage { label, from: Some(from), .. })
                if refused =>
            {
                let label = StagingLabel::new(label.as_str());
                if holder(old, &label) == Some(from.long()) {
                    put(new, &label, None);
                }
            }
            (Self::DeprecatedVersionListed, Call::List { all: false, .. }) => {
                if let Ok(Reply::Versions(reply)) = &mut step.outcome {
                    let deprecated = old.versions.iter().filter(|it| it.labels.is_empty());
                    reply.versions.extend(deprecated.map(|it| VersionEntry {
                        version_id: it.id.clone(),
                        version_stages: None,
                        created_date: it.created,
                        last_accessed_date: None,
                        kms_key_ids: Vec::new(),
                    }));
                }
            }
            (Self::DescribeShowsAnUnlabelledVersion, Call::Describe { .. }) => {
                if let Ok(Reply::Description(reply)) = &mut step.outcome {
                    let deprecated = old.versions.iter().filter(|it| it.labels.is_empty());
                    let map = reply.version_ids_to_stages.get_or_insert_default();
                    map.extend(deprecated.map(|it| (it.id.clone(), Labels::new())));
                }
            }
            (
                Self::WritesAcceptedOnAScheduledSecret,
                Call::Put { token, value: Some(value), .. },
            ) if refused
                && old.deleted.is_some()
                && old.versions.iter().all(|it| it.id.as_str() != token.long()) =>
            {
                let (id, text) = (VersionId::new(token.long()), value.to_string());
                let (arn, name) = (old.arn.clone(), old.name.clone());
                new.versions.push(Arc::new(VersionView {
                    id: id.clone(),
                    labels: Labels::new(),
                    value: Some(SecretValue::Text(text.into())),
                    created: step.at,
                    last_accessed: None,
                }));
                step.outcome = Ok(Reply::Put(PutSecretValueReply {
                    arn,
                    name,
                    version_id: id,
                    version_stages: Labels::new(),
                }));
            }
            _ => {}
        }
    }
}

/// The same request with another value is taken, and the value is another one from then on.
fn overwrite(call: &Call, new: &mut SecretView, step: &mut TraceStep) {
    let Call::Put { token, value: Some(value), .. } = call else { return };
    if !matches!(&step.outcome, Err(error) if error.code == ErrorCode::ResourceExistsException) {
        return;
    }
    let (arn, name) = (new.arn.clone(), new.name.clone());
    let Some(version) = version(new, &token.long()) else { return };
    version.value = Some(SecretValue::Text(value.as_str().into()));
    step.outcome = Ok(Reply::Put(PutSecretValueReply {
        arn,
        name,
        version_id: version.id.clone(),
        version_stages: version.labels.clone(),
    }));
}

/// Where all cases come from.
pub(crate) const SEED: u64 = 15;

/// The first finding in the first 1,000 cases, shrunk.
pub(crate) fn find<M: Machine>(fuzzer: &Fuzzer<M>) -> (Case, Broken) {
    let cases = (0..1_000).map(|number| Case { seed: SEED, number });
    let mut broken = cases.filter_map(|case| Some((case, fuzzer.play(case, &mut |_| {}).err()?)));
    let (case, broken) = broken.next().expect("it is found");
    (case, fuzzer.shrink(case, broken))
}
