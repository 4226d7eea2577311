//! `RotateSecret`, `CancelRotateSecret`.

use std::sync::Arc;

use super::event::EventName;
use super::refusal::{self, LabelCall, refuse};
use super::run::is_invoked;
use super::secret::{Handles, Rotation, Run, Secret, Test};
use super::{Call, SecretsManager, Serial};
use crate::api::{
    CancelRotateSecret, ErrorCode, Reply, RotateSecret, RotationRules, RotationStep, ServiceError,
    VersionReply,
};
use crate::assumption::{
    Assumptions, OldSchedule, PartialRules, Placeholder, RefusalStores, TestLifetime, TokenReuse,
};
use crate::evidence::Rule;
use crate::labels::{self, LabelRefusal, LabelSlot, RotationPurpose};
use crate::schedule::{Recurrence, Schedule};
use crate::secret::{StagingLabel, VersionId};
use crate::time::{Span, Timestamp};

impl SecretsManager {
    pub(super) fn rotate_secret(
        &mut self,
        call: &mut Call<'_>,
        request: &RotateSecret,
    ) -> Result<Reply, ServiceError> {
        Self::parse_id(call, &request.secret_id)?;
        let Some(token) = &request.client_request_token else {
            return Err(refusal::token_missing(ErrorCode::InvalidParameterException));
        };
        check_rules(call, request.rotation_rules.as_ref())?;
        let serial =
            self.find_primary(call, &request.secret_id, Rule::ScheduledSecretRefusesRotation)?;
        let configured = self.configuration(call, serial, request)?;
        let assume = self.setting.assume;
        let secret = self.secret(serial)?;
        let reply = Reply::Version(VersionReply {
            arn: secret.arn.clone(),
            name: secret.name.clone(),
            version_id: Some(VersionId::new(token.as_str())),
        });
        if let Some(slot) = secret.slot_of(token) {
            call.cite(Rule::RotationTokenReuse);
            // A test is not a rotation: its token repeats a test, and nothing else.
            let tests = request.rotate_immediately == Some(false);
            let running = secret
                .run
                .as_ref()
                .is_some_and(|run| run.version == slot && run.test.is_some() == tests);
            if running && assume.token_reuse == TokenReuse::Idempotent {
                return Ok(reply);
            }
            let arn = secret.arn.as_str();
            let refused = refusal::token_in_use(token, arn, Rule::RotationTokenReuse);
            return Err(refusal::by_rotation(refused));
        }
        if let Err(refused) = labels::admit_rotation(secret.stages(), &mut call.book) {
            if assume.refusal_stores == RefusalStores::Configuration {
                self.secret_mut(serial)?.rotation = Some(configured);
                self.plan_start(serial, call.at);
            }
            return Err(refused_rotation(refused, &assume));
        }
        let immediately = request.rotate_immediately != Some(false);
        let registers = !immediately || assume.placeholder == Placeholder::Registered;
        if registers {
            self.begin(call, serial, token, immediately)?;
        } else {
            call.cite(Rule::PlaceholderBeforeFunction);
        }
        let secret = self.secret_mut(serial)?;
        let old_start = old_start(secret, &configured).filter(|_| !immediately);
        if let Some(Test { before, .. }) = secret.run.as_mut().and_then(|run| run.test.as_mut()) {
            *before = secret.rotation.take().map(Box::new);
        }
        secret.rotation = Some(configured);
        secret.touch(call.at, &mut call.book);
        // Not before the new schedule is there: its windows say until when the function is retried.
        let step = if immediately { RotationStep::CreateSecret } else { RotationStep::TestSecret };
        if registers {
            self.plan_work(serial, call.at, step);
        }
        self.plan_start(serial, call.at);
        if let Some(old_start) = old_start {
            call.cite(Rule::OldScheduleMayStillFire);
            self.keep_start(serial, old_start);
        }
        call.cite(Rule::RotationIsAsynchronous);
        Ok(reply)
    }

    /// The configuration as it will be after the call.
    fn configuration(
        &self,
        call: &mut Call<'_>,
        serial: Serial,
        request: &RotateSecret,
    ) -> Result<Rotation, ServiceError> {
        let secret = self.secret(serial)?;
        let stored = secret.rotation.as_ref();
        let function = request.rotation_lambda_arn.as_deref().filter(|arn| !arn.is_empty());
        // The owning service rotates a managed secret itself, without a function: here the version waits for it.
        let is_managed = secret.owner.is_some();
        if is_managed {
            call.cite(Rule::ManagedSecretBelongsToService);
        }
        let kept = || stored.map(|rotation| Arc::clone(&rotation.function));
        let nothing = || is_managed.then(|| "".into());
        let Some(function) = function.map(Arc::from).or_else(kept).or_else(nothing) else {
            return Err(refuse(
                ErrorCode::InvalidRequestException,
                Rule::RotationNeedsFunction,
                "No Lambda rotation function ARN is associated with this secret.",
            ));
        };
        let setting = &self.setting;
        if setting.missing_functions.contains(&*function) || setting.invokes.refuses(&function) {
            return Err(refuse(
                ErrorCode::AccessDeniedException,
                Rule::FunctionMustBeInvocable,
                "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants \
                 access to the principal secretsmanager.amazonaws.com.",
            ));
        }
        let stored_rules = stored.and_then(|rotation| rotation.rules.as_ref());
        let is_partial = |rules: &RotationRules| {
            rules.automatically_after_days.is_none() && rules.schedule_expression.is_none()
        };
        let sent = request.rotation_rules.as_ref();
        if stored.is_some()
            && (request.rotation_lambda_arn.is_none() || sent.is_none_or(is_partial))
        {
            call.cite(Rule::UnsentSettingsAreKept);
        }
        let rules = match (sent, stored_rules) {
            (Some(sent), Some(stored))
                if is_partial(sent)
                    && self.setting.assume.partial_rules == PartialRules::KeepSchedule =>
            {
                let duration = sent.duration.clone().or_else(|| stored.duration.clone());
                let rules = RotationRules { duration, ..stored.clone() };
                rules.schedule().map_err(|error| refusal::bad_schedule(&error))?;
                Some(rules)
            }
            (sent, stored) => sent.or(stored).cloned(),
        };
        let mut rotation = Rotation {
            enabled: true,
            function,
            rules,
            last_rotated: stored.and_then(|rotation| rotation.last_rotated),
            next: None,
            anchor: call.at,
            starts: None,
        };
        rotation.restart(call.at);
        Ok(rotation)
    }

    /// Registers the version that the function is going to fill, or the one it is tested with.
    fn begin(
        &mut self,
        call: &mut Call<'_>,
        serial: Serial,
        token: &str,
        immediately: bool,
    ) -> Result<(), ServiceError> {
        let assume = self.setting.assume;
        let secret = self.tentative_mut(serial)?;
        let TestLifetime::After30s = assume.test_lifetime;
        let until = call.at.plus(Span::seconds(30));
        let mut value = None;
        let mut purpose = RotationPurpose::Rotate;
        if immediately {
            call.cite(Rule::PlaceholderBeforeFunction);
        } else {
            purpose = RotationPurpose::Test;
            call.cite(Rule::DeferredRotationOnlyTests);
            call.cite(Rule::TestVersionLeavesNoLabel);
            let current =
                secret.stages().holder(LabelSlot::CURRENT).and_then(|slot| secret.version(slot));
            value = current.and_then(|version| version.value.clone());
        }
        if !secret.has_versions() {
            call.cite(Rule::EmptySecretCanRotate);
        }
        let id = VersionId::new(token);
        let added = secret.add_version(id, value, call.at, &assume, &mut call.book);
        let added = added.map_err(refusal::by_rotation)?;
        let version = added.slot;
        let stages = match labels::begin_rotation(secret.stages(), version, purpose, &mut call.book)
        {
            Ok(stages) => stages,
            Err(refused) => {
                secret.undo(added);
                return Err(refused_rotation(refused, &assume));
            }
        };
        let test = (!immediately).then_some(Test { until, failed: false, before: None });
        let event = match &test {
            None => EventName::RotationStarted,
            Some(_) => EventName::TestRotationStarted,
        };
        call.book.log(event, &VersionId::new(token));
        secret.run = Some(Run { version, test, work: None });
        secret.cleanup_at = None;
        if !immediately {
            self.agenda.insert((until, serial));
        }
        self.commit(call, serial, stages, Handles::default())
    }

    /// Leaves the rotation that an older schedule planned where it is, if that is assumed. The new one goes on from there.
    fn keep_start(&mut self, serial: Serial, old_start: Timestamp) {
        if self.setting.assume.old_schedule == OldSchedule::Replaced {
            return;
        }
        let Some(secret) = self.backstage_mut(serial) else { return };
        if let Some(rotation) = &mut secret.rotation {
            rotation.starts = Some(rotation.starts.map_or(old_start, |new| new.min(old_start)));
            self.agenda.insert((old_start, serial));
        }
    }

    pub(super) fn cancel_rotate_secret(
        &mut self,
        call: &mut Call<'_>,
        request: &CancelRotateSecret,
    ) -> Result<Reply, ServiceError> {
        let serial = self.find_own(call, &request.secret_id, Rule::ScheduledSecretRefusesCalls)?;
        let secret = self.secret_mut(serial)?;
        let mut version_id = None;
        if is_invoked(secret) {
            call.cite(Rule::CancelDuringFunction);
        }
        if let Some(run) = secret.run.take() {
            call.cite(Rule::CancelNamesUnfinishedVersion);
            call.cite(Rule::CancelKeepsPending);
            version_id = secret.version(run.version).map(|version| version.id.clone());
        }
        match &mut secret.rotation {
            Some(rotation) => {
                call.cite(Rule::CancelStopsSchedule);
                call.cite(Rule::CancelHidesRotationDates);
                rotation.enabled = false;
            }
            None => call.cite(Rule::CancelWithoutRotation),
        }
        secret.touch(call.at, &mut call.book);
        Ok(Reply::Version(VersionReply {
            arn: secret.arn.clone(),
            name: secret.name.clone(),
            version_id,
        }))
    }
}

/// When the schedule of a secret starts the next rotation, if that may still happen under another schedule (ROT-17).
/// Cron expressions keep clear of it.
fn old_start(secret: &Secret, new: &Rotation) -> Option<Timestamp> {
    let old = secret.rotation.as_ref().filter(|old| old.enabled && old.rules != new.rules)?;
    let is_cron = |rotation: &Rotation| {
        let schedule = rotation.schedule();
        schedule.is_some_and(|it| matches!(it.recurrence(), Recurrence::Cron(_)))
    };
    old.starts.filter(|_| !is_cron(old) && !is_cron(new))
}

fn check_rules(call: &mut Call<'_>, rules: Option<&RotationRules>) -> Result<(), ServiceError> {
    let Some(rules) = rules else { return Ok(()) };
    if rules.automatically_after_days.is_some() && rules.schedule_expression.is_some() {
        return Err(refuse(
            ErrorCode::InvalidParameterException,
            Rule::DaysExcludeSchedule,
            "You cannot specify both rotation frequency and schedule expression together.",
        ));
    }
    if rules.automatically_after_days.is_some() && rules.duration.is_some() {
        call.cite(Rule::DaysAllowDuration);
    }
    let schedule = rules.schedule().map_err(|error| refusal::bad_schedule(&error))?;
    match schedule.as_ref().map(Schedule::recurrence) {
        Some(Recurrence::RateDays(_) | Recurrence::RateHours(_)) => {
            call.cite(Rule::SchedulesAreUtcWindows);
        }
        Some(Recurrence::Cron(_)) => {
            call.cite(Rule::SchedulesAreUtcWindows);
            call.cite(Rule::CronHasSixFields);
        }
        Some(Recurrence::AfterDays(_)) | None => {}
    }
    Ok(())
}

pub(super) fn refused_rotation(refused: LabelRefusal, assume: &Assumptions) -> ServiceError {
    let texts = LabelCall {
        label: &StagingLabel::AwsPending,
        source: "",
        target: "",
        holder: "",
        held: true,
    };
    refusal::by_rotation(refusal::labels(refused, texts, assume))
}
