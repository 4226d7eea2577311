//! `RotateSecret`, `CancelRotateSecret`, and what the service does by itself some time later.

use super::refusal::{self, LabelCall, refuse};
use super::secret::{Book, Handles, LabelMove, Rotation, Run, Secret};
use super::{Applied, Call, SecretsManager, Serial};
use crate::api::{
    CancelRotateSecret, Empty, ErrorCode, Reply, RotateSecret, RotationRules, ServiceError,
    VersionReply,
};
use crate::assumption::{
    Assumptions, PendingCleanup, Placeholder, RefusalStores, TestLifetime, TestVersion, TokenReuse,
};
use crate::evidence::Rule;
use crate::labels::{self, LabelRefusal, LabelSlot, RotationPurpose, Stages};
use crate::secret::{StagingLabel, VersionId};
use crate::time::{Span, Timestamp};

/// How long AWSPENDING stays on a version that a rotation made current (ROT-14).
const CLEANUP_DELAY: Span = Span::seconds(60);

/// Something the service does by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceAct {
    /// Takes AWSPENDING off the version that a rotation made current.
    CleansPending,
    /// Takes AWSPENDING off the version that tested the rotation function.
    EndsTest,
    /// Removes a deleted secret with all its versions.
    RemovesSecret,
}

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
            self.find_live(call, &request.secret_id, Rule::ScheduledSecretRefusesRotation)?;
        let configured = self.configuration(call, serial, request)?;
        let assume = self.setting.assume;
        let secret = self.secret_mut(serial)?;
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
                .is_some_and(|run| run.version == slot && run.test_until.is_some() == tests);
            if running && assume.token_reuse == TokenReuse::Idempotent {
                return Ok(reply);
            }
            return Err(refusal::token_in_use(
                token,
                secret.arn.as_str(),
                Rule::RotationTokenReuse,
            ));
        }
        if let Err(refused) = labels::admit_rotation(secret.stages(), &mut call.book) {
            if assume.refusal_stores == RefusalStores::Configuration {
                secret.rotation = Some(configured);
            }
            return Err(refused_rotation(refused, &assume));
        }
        let immediately = request.rotate_immediately != Some(false);
        if immediately && assume.placeholder == Placeholder::None {
            call.cite(Rule::PlaceholderBeforeFunction);
        } else {
            self.begin(call, serial, token, immediately)?;
        }
        let secret = self.secret_mut(serial)?;
        secret.rotation = Some(configured);
        secret.touch(call.at, &mut call.book);
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
        let function = request.rotation_lambda_arn.as_ref().filter(|arn| !arn.is_empty());
        // The owning service rotates a managed secret itself, without a function: here the version waits for it.
        let (no_function, is_managed) = (String::new(), secret.owner.is_some());
        if is_managed {
            call.cite(Rule::ManagedSecretBelongsToService);
        }
        let function = function.or(stored.map(|rotation| &rotation.function));
        let Some(function) = function.or(is_managed.then_some(&no_function)) else {
            return Err(refuse(
                ErrorCode::InvalidRequestException,
                Rule::RotationNeedsFunction,
                "No Lambda rotation function ARN is associated with this secret.",
            ));
        };
        if self.setting.missing_functions.contains(function) {
            return Err(refuse(
                ErrorCode::AccessDeniedException,
                Rule::FunctionMustBeInvocable,
                "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants \
                 access to the principal secretsmanager.amazonaws.com.",
            ));
        }
        if stored.is_some()
            && (request.rotation_lambda_arn.is_none() || request.rotation_rules.is_none())
        {
            call.cite(Rule::UnsentSettingsAreKept);
        }
        let rules = request
            .rotation_rules
            .clone()
            .or_else(|| stored.and_then(|rotation| rotation.rules.clone()));
        let next = rules.as_ref().and_then(|rules| next_rotation(call.at, rules));
        Ok(Rotation {
            enabled: true,
            function: function.clone(),
            rules,
            last_rotated: stored.and_then(|rotation| rotation.last_rotated),
            next,
        })
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
        let secret = self.secret_mut(serial)?;
        let TestLifetime::After30s = assume.test_lifetime;
        let test_until = (!immediately).then(|| call.at.plus(Span::seconds(30)));
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
        let added = secret.add_version(id, value, call.at, &assume, &mut call.book.rules)?;
        let version = added.slot;
        let stages = match labels::begin_rotation(secret.stages(), version, purpose, &mut call.book)
        {
            Ok(stages) => stages,
            Err(refused) => {
                secret.undo(added);
                return Err(refused_rotation(refused, &assume));
            }
        };
        secret.run = Some(Run { version, test_until });
        secret.cleanup_at = None;
        if let Some(until) = test_until {
            self.agenda.insert((until, serial));
        }
        self.commit(call, serial, stages, Handles::default())
    }

    pub(super) fn cancel_rotate_secret(
        &mut self,
        call: &mut Call<'_>,
        request: &CancelRotateSecret,
    ) -> Result<Reply, ServiceError> {
        let serial = self.find_own(call, &request.secret_id, Rule::ScheduledSecretRefusesCalls)?;
        let secret = self.secret_mut(serial)?;
        let mut version_id = None;
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

    /// Takes over new stages of a secret, and sees what they mean for its rotation.
    pub(super) fn commit(
        &mut self,
        call: &mut Call<'_>,
        serial: Serial,
        stages: Stages,
        handles: Handles,
    ) -> Result<(), ServiceError> {
        let assume = self.setting.assume;
        let secret = self.secret_mut(serial)?;
        secret.commit(stages, handles, &assume, &mut call.book);
        secret.touch(call.at, &mut call.book);
        let cleanup_at = follow_run(secret, call.at, &assume, &mut call.book);
        if let Some(cleanup_at) = cleanup_at {
            self.agenda.insert((cleanup_at, serial));
        }
        Ok(())
    }

    /// Does one thing that is due at `now` or before; `None` when nothing is.
    pub fn fire(&mut self, now: Timestamp) -> Option<(Timestamp, ServiceAct, Applied)> {
        while let Some(entry) = self.agenda.first().copied().filter(|(at, _)| *at <= now) {
            self.agenda.remove(&entry);
            let (at, serial) = entry;
            if let Some((act, applied)) = self.act(at, serial) {
                self.agenda.insert(entry); // there may be more to do for this secret
                return Some((at, act, applied));
            }
        }
        None
    }

    /// Does what is due on one secret.
    fn act(&mut self, at: Timestamp, serial: Serial) -> Option<(ServiceAct, Applied)> {
        let assume = self.setting.assume;
        let secret = self.secret_mut(serial).ok()?;
        let arn = secret.arn.clone();
        let mut book = Book::default();
        let act = if let Some(run) =
            secret.run.clone().filter(|run| run.test_until.is_some_and(|until| until <= at))
        {
            secret.run = None;
            book.rules.insert(Rule::TestVersionLeavesNoLabel);
            let stages = labels::end_test(secret.stages(), run.version, &mut book);
            secret.commit(stages, Handles::default(), &assume, &mut book);
            if assume.test_version == TestVersion::Dropped
                && !secret.stages().is_labelled(run.version)
            {
                secret.drop_version(run.version);
            }
            ServiceAct::EndsTest
        } else if secret.cleanup_at.is_some_and(|due| due <= at) {
            secret.cleanup_at = None;
            let stages = labels::clean_pending(secret.stages(), &mut book);
            if stages == secret.stages() {
                return self.act(at, serial);
            }
            secret.commit(stages, Handles::default(), &assume, &mut book);
            ServiceAct::CleansPending
        } else if let Some(deletion) = secret.deletion.filter(|deletion| deletion.done_at <= at) {
            let rule = if deletion.forced {
                Rule::ForcedDeletionTakesTime
            } else {
                Rule::WindowEndRemovesSecret
            };
            book.rules.insert(rule);
            let (account, name) = (secret.account.clone(), secret.name.clone());
            self.secrets.remove(&serial);
            if let Some(names) = self.names.get_mut(&account) {
                names.remove(&name);
            }
            self.retired.insert(name);
            ServiceAct::RemovesSecret
        } else {
            return None;
        };
        let outcome = Ok(Reply::Empty(Empty {}));
        Some((act, Applied { outcome, secret: Some(arn), moves: book.moves, rules: book.rules }))
    }
}

/// Labels have moved: whether the running rotation is over. Gives the moment of the clean-up after a success.
fn follow_run(
    secret: &mut Secret,
    at: Timestamp,
    assume: &Assumptions,
    book: &mut Book,
) -> Option<Timestamp> {
    let run = secret.run.as_ref().filter(|run| run.test_until.is_none())?;
    let stages = secret.stages();
    if stages.holder(LabelSlot::CURRENT) != Some(run.version) {
        if stages.holder(LabelSlot::PENDING) != Some(run.version) {
            secret.run = None; // abandoned
        }
        return None;
    }
    book.rules.insert(Rule::SettledPendingIsSuccess);
    if stages.holder(LabelSlot::PENDING) == Some(run.version) {
        book.rules.insert(Rule::PendingVisibleAfterSuccess);
    }
    let shifts = |it: &LabelMove| it.label == StagingLabel::AwsPrevious && it.from.is_some();
    if book.moves.iter().any(shifts) {
        book.rules.insert(Rule::NextRotationShiftsLabels);
    }
    book.rules.insert(Rule::LastRotatedIsLastSuccess);
    secret.run = None;
    if let Some(rotation) = &mut secret.rotation {
        rotation.last_rotated = Some(at);
        rotation.next = rotation.rules.as_ref().and_then(|rules| next_rotation(at, rules));
    }
    let delay = match assume.pending_cleanup {
        PendingCleanup::After60s => CLEANUP_DELAY,
        PendingCleanup::Immediately => Span::from_millis(0),
        PendingCleanup::Never => return None,
    };
    let cleanup_at = at.plus(delay);
    secret.cleanup_at = Some(cleanup_at);
    Some(cleanup_at)
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
    Ok(())
}

/// The latest moment of the next rotation: the end of the last day of the interval, in UTC.
///
/// A `rate()` in days counts as such an interval; other schedules have no date here.
fn next_rotation(last: Timestamp, rules: &RotationRules) -> Option<Timestamp> {
    let days = rules
        .automatically_after_days
        .or_else(|| rate_in_days(rules.schedule_expression.as_deref()?))?;
    Some(last.midnight().plus(Span::days(days.saturating_add(1))).plus(Span::seconds(-1)))
}

/// The days of `rate(10 days)`.
pub(super) fn rate_in_days(expression: &str) -> Option<i64> {
    let (count, unit) = expression.strip_prefix("rate(")?.strip_suffix(')')?.split_once(' ')?;
    matches!(unit, "day" | "days").then_some(())?;
    count.parse().ok().filter(|days| *days > 0)
}

fn refused_rotation(refused: LabelRefusal, assume: &Assumptions) -> ServiceError {
    let texts = LabelCall {
        label: &StagingLabel::AwsPending,
        source: "",
        target: "",
        holder: "",
        held: true,
    };
    refusal::labels(refused, texts, assume)
}
