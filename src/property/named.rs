//! What a call that succeeded must have moved: the labels that it names.

use super::Property;
use super::moment::Moment;
use crate::api::Operation;
use crate::assumption::{FillWithoutLabels, Placeholder};
use crate::secret::{Labels, SecretArn, StagingLabel};
use crate::service::SecretView;

use StagingLabel::{AwsCurrent, AwsPending, AwsPrevious};

/// Finds the labels that a call names and that are not where it puts them.
pub(super) fn check(moment: &Moment<'_>, found: &mut Vec<(Property, SecretArn, String)>) {
    let (Some(call), Ok(reply)) = (moment.step.call(), &moment.step.outcome) else { return };
    let Some(arn) = moment.step.secret.as_ref().or(reply.arn()) else { return };
    let after = || moment.step.view(arn);
    let mut violated = |message| found.push((Property::OnlyNamedLabelsMove, arn.clone(), message));
    if let Operation::UpdateSecretVersionStage(request) = call
        && let (None, Some(from)) = (&request.move_to_version_id, &request.remove_from_version_id)
    {
        let label = StagingLabel::new(&request.version_stage);
        if is_on(after(), &label, from) {
            violated(format!("{label} is still on {from}, which the call takes it off"));
        }
        return;
    }
    let Some((target, labels)) = named(moment, call, arn) else { return };
    let after = after();
    let takes_current = is_on(after, &AwsCurrent, target);
    for label in &labels {
        // AWSPREVIOUS follows AWSCURRENT, whatever the request says; a rotation may be over before its call answers.
        let excused = takes_current && matches!(label, AwsPrevious | AwsPending) && !is_stage(call);
        if !excused && !is_on(after, label, target) {
            violated(format!("{label} is not on {target}, where the call puts it"));
        }
    }
}

const fn is_stage(call: &Operation) -> bool {
    matches!(call, Operation::UpdateSecretVersionStage(_))
}

fn is_on(view: Option<&SecretView>, label: &StagingLabel, id: &str) -> bool {
    view.is_some_and(|view| view.holders(label).any(|version| version.id.as_str() == id))
}

/// The version and the labels that a call puts on it; `None` for a call that moves nothing, or is sent again.
#[expect(clippy::wildcard_enum_match_arm, reason = "it is about a few of many")]
fn named<'c>(
    moment: &Moment<'_>,
    call: &'c Operation,
    arn: &SecretArn,
) -> Option<(&'c str, Labels)> {
    let one = |label| Labels::from_iter([label]);
    let known = |token: &str| {
        moment.before(arn)?.versions.iter().find(|version| version.id.as_str() == token)
    };
    let stores = |token: &'c Option<String>, labels: Option<&[String]>| {
        let token = token.as_deref()?;
        let placeholder = known(token);
        if placeholder.is_some_and(|version| version.value.is_some()) {
            return None; // sent again
        }
        let labels = labels.filter(|labels| !labels.is_empty());
        let stays = moment.assume.fill_without_labels == FillWithoutLabels::StaysPending;
        if placeholder.is_some() && labels.is_none() && stays {
            return None;
        }
        let labels = labels.map(|labels| labels.iter().map(|it| StagingLabel::new(it)).collect());
        Some((token, labels.unwrap_or_else(|| one(AwsCurrent))))
    };
    match call {
        Operation::CreateSecret(request)
            if request.secret_string.is_some() || request.secret_binary.is_some() =>
        {
            stores(&request.client_request_token, None)
        }
        Operation::PutSecretValue(request) => {
            stores(&request.client_request_token, request.version_stages.as_deref())
        }
        Operation::UpdateSecret(request)
            if request.secret_string.is_some() || request.secret_binary.is_some() =>
        {
            stores(&request.client_request_token, None)
        }
        Operation::UpdateSecretVersionStage(request) => {
            let target = request.move_to_version_id.as_deref()?;
            Some((target, one(StagingLabel::new(&request.version_stage))))
        }
        Operation::RotateSecret(request)
            if request.rotate_immediately != Some(false)
                && moment.assume.placeholder == Placeholder::Registered =>
        {
            let token = request.client_request_token.as_deref()?;
            known(token).is_none().then(|| (token, one(AwsPending)))
        }
        _ => None,
    }
}
