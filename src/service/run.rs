//! Rotations under way: what moved labels mean for them, and how the function is led from step to step.

use std::sync::Arc;

use super::event::{EventName, ServiceEvent};
use super::secret::{Book, Handles, LabelMove, Run, Secret, Work, WorkState};
use super::{Applied, Call, Invoked, SecretsManager, Serial, ServiceAct};
use crate::api::{OperationName, RotationEvent, RotationStep, ServiceError};
use crate::assumption::{
    Assumptions, CancelRunning, DeleteRunning, FailedTest, PendingCleanup, RetryCount, RetryFrom,
    RetryToken,
};
use crate::caller::Caller;
use crate::evidence::Rule;
use crate::labels::{LabelSlot, Stages, VersionSlot};
use crate::secret::{SecretArn, StagingLabel, VersionId};
use crate::time::{Span, Timestamp};

/// How long AWSPENDING stays on a version that a rotation made current (ROT-14).
pub const CLEANUP_DELAY: Span = Span::seconds(60);

/// From the call that asks for a rotation to the first step of the function. Nothing is known of it.
const FIRST_STEP_AFTER: Span = Span::seconds(1);

/// From the first failed attempt to the next one; twice as long after each. Nothing is known of it (ROT-21).
const RETRY_AFTER: Span = Span::seconds(60);

/// After so many failures the time to the next attempt is the longest anyhow.
const DOUBLINGS_MAX: u32 = 8;

/// The longest time to the next attempt.
const RETRY_AFTER_MAX: Span = Span::seconds(3600);

/// Why an attempt failed.
struct Failure {
    /// What the function raised, or what the service has against its work.
    raised: String,
    /// `errorMessage` of the event, if it isn't the usual one.
    error: Option<String>,
}

impl SecretsManager {
    /// Takes over new stages of a secret, and sees what they mean for its rotation.
    pub(super) fn commit(
        &mut self,
        call: &mut Call<'_>,
        serial: Serial,
        stages: Stages,
        handles: Handles,
    ) -> Result<(), ServiceError> {
        let assume = self.setting.assume;
        let told_apart = self.setting.invokes.are_told_apart();
        let secret = self.secret_mut(serial)?;
        if is_invoked(secret) && told_apart && &*call.caller.name != Caller::FUNCTION {
            call.cite(Rule::WritesRaceRotation);
        }
        // A placeholder that loses its label takes the run with it.
        let running = Running::of(secret);
        secret.commit(stages, handles, &assume, &mut call.book);
        secret.touch(call.at, &mut call.book);
        let puts = matches!(call.name, OperationName::PutSecretValue | OperationName::UpdateSecret);
        let Some(running) = running else { return Ok(()) };
        let ended = follow_run(secret, &running, call.at, puts, &assume, &mut call.book);
        if let Ended::Succeeded { cleanup_at } = ended {
            self.agenda.extend(cleanup_at.map(|at| (at, serial)));
            self.plan_start(serial, call.at);
        }
        Ok(())
    }

    /// Whether the rotation function of a secret is invoked.
    pub(super) fn is_invoked_for(&self, serial: Serial) -> bool {
        match &self.setting.invokes {
            Invoked::None => false,
            Invoked::All => true,
            outside @ Invoked::Outside { .. } => {
                let secret = self.secrets.get(&serial);
                let rotation = secret.and_then(|secret| secret.rotation.as_ref());
                rotation.is_some_and(|rotation| outside.contains(&rotation.function))
            }
        }
    }

    /// The ARN of the rotation function of a secret.
    pub fn function_of(&self, arn: &SecretArn) -> Option<&str> {
        let secret = self.secrets.get(&self.serial_of(arn)?)?;
        Some(&secret.rotation.as_ref()?.function)
    }

    /// Has the function invoked with `step` soon, if functions are invoked at all.
    pub(super) fn plan_work(&mut self, serial: Serial, at: Timestamp, step: RotationStep) {
        if !self.is_invoked_for(serial) {
            return;
        }
        let rotation_token = self.rotations.token_text();
        let Some(secret) = self.backstage_mut(serial) else { return };
        let window_end = window_end(secret, at);
        let Some(run) = &mut secret.run else { return };
        let due = at.plus(FIRST_STEP_AFTER);
        let state = WorkState::Due(due);
        run.work =
            Some(Work { step, state, failures: 0, failures_before: 0, rotation_token, window_end });
        self.agenda.insert((due, serial));
    }

    /// Invokes the function, if its next step is due.
    pub(super) fn invoke(
        &mut self,
        at: Timestamp,
        serial: Serial,
    ) -> Option<(ServiceAct, Applied)> {
        let secret = self.backstage_mut(serial)?;
        let secret_id = secret.arn.clone();
        let run = secret.run.as_mut()?;
        let (version, tests) = (run.version, run.test.is_some());
        let work = run.work.as_mut()?;
        work.state.due().filter(|due| *due <= at)?;
        work.state = WorkState::Running;
        let (step, failures) = (work.step, work.failures);
        let rotation_token = work.rotation_token.clone();
        let client_request_token = secret.version(version)?.id.clone();
        let mut book = Book::default();
        book.rules.insert(Rule::EventHasFourMembers);
        book.rules.insert(if tests {
            Rule::DeferredRotationOnlyTests
        } else {
            Rule::StepsRunInOrder
        });
        if failures > 0 {
            book.rules.insert(Rule::RotationIsRetried);
        }
        let event = RotationEvent { step, secret_id, client_request_token, rotation_token };
        let applied = Applied::by_service(event.secret_id.clone(), book);
        Some((ServiceAct::Invokes { event, retry: failures }, applied))
    }

    /// A value that was put by hand counts as a rotation when the next one is planned (T-4).
    pub(super) fn count_as_rotation(&mut self, call: &mut Call<'_>, serial: Serial) {
        let Ok(secret) = self.secret_mut(serial) else { return };
        let Some(rotation) = secret.rotation.as_mut().filter(|rotation| rotation.enabled) else {
            return;
        };
        call.book.rules.insert(Rule::ManualWriteCountsAsRotation);
        rotation.restart(call.at);
        self.plan_start(serial, call.at);
    }

    /// Whether a function that was invoked may make its next call.
    pub fn may_go_on(&self, event: &RotationEvent) -> bool {
        let secret = self.serial_of(&event.secret_id).and_then(|serial| self.secrets.get(&serial));
        let cancelled = secret
            .and_then(|secret| secret.rotation.as_ref())
            .is_some_and(|rotation| !rotation.enabled);
        !cancelled || self.setting.assume.cancel_running == CancelRunning::MayFinish
    }

    /// A function has come back from a step: with nothing, or with what it raised.
    ///
    /// Gives what the service does about a failure. What an outdated invocation comes to is ignored.
    pub fn function_returned(
        &mut self,
        at: Timestamp,
        event: &RotationEvent,
        result: Result<(), String>,
    ) -> Option<(ServiceAct, Applied)> {
        let followed = self.follow_return(at, event, result);
        self.spread(at);
        followed
    }

    fn follow_return(
        &mut self,
        at: Timestamp,
        event: &RotationEvent,
        result: Result<(), String>,
    ) -> Option<(ServiceAct, Applied)> {
        let serial = self.serial_of(&event.secret_id)?;
        let secret = self.secrets.get(&serial)?;
        let run = secret.run.as_ref()?;
        let work = run.work.as_ref()?;
        if work.state != WorkState::Running || work.rotation_token != event.rotation_token {
            return None;
        }
        let tests = run.test.is_some();
        let mut book = Book::default();
        let failure = match result {
            Err(raised) => Some(Failure { raised, error: None }),
            Ok(()) if self.setting.invokes.are_told_apart() => {
                foreign_value(secret, run, event.step, &mut book)
            }
            Ok(()) => None,
        };
        match (failure, event.step.next()) {
            (Some(failure), _) => Some(self.attempt_failed(at, serial, event, failure, book)),
            (None, _) if tests => {
                set_state(self.backstage_mut(serial)?, WorkState::Spent);
                None
            }
            (None, Some(next)) => {
                self.go_on(at, serial, next);
                None
            }
            // A run that succeeded is no longer there.
            (None, None) => {
                let raised = "finishSecret left AWSCURRENT where it was".to_owned();
                let failure = Failure { raised, error: None };
                Some(self.attempt_failed(at, serial, event, failure, book))
            }
        }
    }

    /// The next step follows at once.
    fn go_on(&mut self, at: Timestamp, serial: Serial, next: RotationStep) {
        let Some(secret) = self.backstage_mut(serial) else { return };
        if let Some(work) = secret.run.as_mut().and_then(|run| run.work.as_mut()) {
            work.step = next;
            work.state = WorkState::Due(at);
            self.agenda.insert((at, serial));
        }
    }

    /// An attempt failed: the steps after it don't run, and the whole is tried again some time later.
    fn attempt_failed(
        &mut self,
        at: Timestamp,
        serial: Serial,
        event: &RotationEvent,
        failure: Failure,
        mut book: Book,
    ) -> (ServiceAct, Applied) {
        let assume = self.setting.assume;
        book.rules.insert(Rule::FailedStepStopsRotation);
        book.rules.insert(Rule::StepRunsSynchronously);
        let step = event.step;
        let mut retry_at = None;
        let mut name = EventName::RotationFailed;
        let mut function: Arc<str> = "".into();
        if let Ok(secret) = self.secret_mut(serial) {
            if let Some(rotation) = &secret.rotation {
                function.clone_from(&rotation.function);
            }
            if let Some(run) = &mut secret.run
                && let Some(test) = &mut run.test
            {
                name = EventName::TestRotationFailed;
                book.rules.insert(Rule::DeferredRotationOnlyTests);
                test.failed = true;
                let before = test.before.take();
                if assume.failed_test == FailedTest::ConfigurationDropped {
                    secret.rotation = before.map(|before| *before);
                }
                set_state(secret, WorkState::Spent);
            } else {
                book.rules.insert(Rule::RotationIsRetried);
                retry_at = plan_retry(secret, at, &assume, &mut book);
            }
        }
        self.agenda.extend(retry_at.map(|at| (at, serial)));
        let usual = || format!("Error when executing lambda {function} during {step} step");
        book.events.push(ServiceEvent {
            name,
            version: event.client_request_token.clone(),
            error: Some(failure.error.unwrap_or_else(usual)),
        });
        let act = ServiceAct::StepFails { step, raised: failure.raised, retry_at };
        (act, Applied::by_service(event.secret_id.clone(), book))
    }

    fn serial_of(&self, arn: &SecretArn) -> Option<Serial> {
        self.secrets.iter().find(|(_, secret)| secret.arn == *arn).map(|(serial, _)| *serial)
    }

    /// When something of a rotation is due next: a step, a clean-up, or the end of a test.
    pub fn unsettled(&self) -> Option<Timestamp> {
        let moments = self.secrets.values().flat_map(|secret| {
            let run = secret.run.as_ref();
            let step = run.and_then(|run| run.work.as_ref()?.state.due());
            let test = run.and_then(|run| Some(run.test.as_ref()?.until));
            [step, test, secret.cleanup_at]
        });
        moments.flatten().min()
    }
}

/// From a failed attempt to the next one, after so many failures before it.
pub fn retry_pause(failures: u32) -> Span {
    RETRY_AFTER.times(1_i64 << failures.min(DOUBLINGS_MAX)).min(RETRY_AFTER_MAX)
}

/// The moment of the next attempt, if there is one.
fn plan_retry(
    secret: &mut Secret,
    at: Timestamp,
    assume: &Assumptions,
    book: &mut Book,
) -> Option<Timestamp> {
    let enabled = secret.rotation.as_ref().is_some_and(|rotation| rotation.enabled);
    let mut goes_on = enabled;
    if secret.deletion.is_some() {
        book.rules.insert(Rule::DeletionDuringRotation);
        goes_on &= assume.delete_running == DeleteRunning::GoesOn;
    }
    let work = secret.run.as_mut()?.work.as_mut()?;
    let failures = work.failures.saturating_sub(work.failures_before);
    // Each window begins with a short pause again: only its own failures count.
    work.failures = work.failures.saturating_add(1);
    let retry_at = at.plus(retry_pause(failures));
    // Retries happen within the window (ROT-21), however many of them are left.
    let is_left = match assume.retry_count {
        RetryCount::Times(count) => failures < count,
        RetryCount::UntilWindowEnds => true,
    };
    if !goes_on || !is_left || retry_at >= work.window_end {
        work.state = WorkState::Spent;
        return None;
    }
    if assume.retry_from == RetryFrom::Rotation {
        work.step = RotationStep::CreateSecret;
    }
    work.state = match assume.retry_token {
        RetryToken::Same => WorkState::Due(retry_at),
        RetryToken::Fresh => WorkState::DueAnew(retry_at),
    };
    Some(retry_at)
}

/// Whether the rotation function is at one of its steps.
pub(super) fn is_invoked(secret: &Secret) -> bool {
    let work = secret.run.as_ref().and_then(|run| run.work.as_ref());
    work.is_some_and(|work| work.state == WorkState::Running)
}

fn set_state(secret: &mut Secret, state: WorkState) {
    if let Some(work) = secret.run.as_mut().and_then(|run| run.work.as_mut()) {
        work.state = state;
    }
}

/// A pending value that somebody else than the function stored fails the rotation.
fn foreign_value(
    secret: &Secret,
    run: &Run,
    step: RotationStep,
    book: &mut Book,
) -> Option<Failure> {
    let pending = secret.version(run.version)?;
    if pending.by_function || pending.value.is_none() {
        return None;
    }
    if step != RotationStep::CreateSecret || run.test.is_some() {
        return None;
    }
    book.rules.insert(Rule::PendingValueComesFromFunction);
    let function = secret.rotation.as_ref().map_or("", |rotation| &*rotation.function);
    let error = format!(
        "Pending secret version {} for Secret {} was not created by Lambda {function}. Remove the AWSPENDING staging \
         label and restart rotation",
        pending.id, secret.arn
    );
    Some(Failure { raised: error.clone(), error: Some(error) })
}

/// When the window ends that a rotation which starts now is retried in: a day from now, if no window is open.
pub(super) fn window_end(secret: &Secret, at: Timestamp) -> Timestamp {
    let rotation = secret.rotation.as_ref();
    let open = rotation.and_then(|rotation| rotation.schedule()?.window_at(rotation.anchor, at));
    open.map_or(at.plus(Span::days(1)), |window| window.end)
}

/// What moved labels mean for the run of a secret.
enum Ended {
    /// It goes on, or there is none.
    No,
    /// AWSPENDING left its version.
    Abandoned,
    /// Its version is current.
    Succeeded {
        /// When AWSPENDING is cleaned off it.
        cleanup_at: Option<Timestamp>,
    },
}

/// A rotation before labels move.
struct Running {
    version: VersionSlot,
    id: VersionId,
    /// Whether the function has failed.
    failed: bool,
    /// Whether it may be stuck: it has failed, or the callers play the function and nobody knows.
    stuck: bool,
}

impl Running {
    /// The rotation of a secret. A test is none.
    fn of(secret: &Secret) -> Option<Self> {
        let run = secret.run.as_ref().filter(|run| run.test.is_none())?;
        let failed = run.work.as_ref().map(|work| work.failures > 0);
        Some(Self {
            version: run.version,
            id: secret.version(run.version)?.id.clone(),
            failed: failed == Some(true),
            stuck: failed != Some(false),
        })
    }
}

/// Labels have moved: whether the running rotation is over. `puts`: by a new value.
fn follow_run(
    secret: &mut Secret,
    running: &Running,
    at: Timestamp,
    puts: bool,
    assume: &Assumptions,
    book: &mut Book,
) -> Ended {
    let (stages, version) = (secret.stages(), running.version);
    if stages.holder(LabelSlot::CURRENT) != Some(version) {
        if stages.holder(LabelSlot::PENDING) == Some(version) {
            return Ended::No;
        }
        secret.run = None;
        if running.stuck {
            book.rules.insert(Rule::StuckRotationHasThreeExits);
        }
        // AWS documents the event for new versions; what it logs when the label is taken off by hand is unknown.
        if puts {
            book.log(EventName::RotationAbandoned, &running.id);
        }
        return Ended::Abandoned;
    }
    book.rules.insert(Rule::SettledPendingIsSuccess);
    if running.failed {
        book.rules.insert(Rule::StuckRotationHasThreeExits);
    }
    if stages.holder(LabelSlot::PENDING) == Some(version) {
        book.rules.insert(Rule::PendingVisibleAfterSuccess);
    }
    let shifts = |it: &LabelMove| it.label == StagingLabel::AwsPrevious && it.from.is_some();
    if book.moves.iter().any(shifts) {
        book.rules.insert(Rule::NextRotationShiftsLabels);
    }
    book.rules.insert(Rule::LastRotatedIsLastSuccess);
    secret.run = None;
    book.log(EventName::RotationSucceeded, &running.id);
    if let Some(rotation) = &mut secret.rotation {
        rotation.last_rotated = Some(at);
        rotation.restart(at);
    }
    let delay = match assume.pending_cleanup {
        PendingCleanup::After60s => Some(CLEANUP_DELAY),
        PendingCleanup::Immediately => Some(Span::from_millis(0)),
        PendingCleanup::Never => None,
    };
    let cleanup_at = delay.map(|delay| at.plus(delay));
    secret.cleanup_at = cleanup_at.or(secret.cleanup_at);
    Ended::Succeeded { cleanup_at }
}
