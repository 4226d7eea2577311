//! What the service does by itself when its time has come.

use std::sync::Arc;

use super::event::EventName;
use super::secret::{Book, Deletion, Handles, Run, Secret, WorkState};
use super::{Applied, SecretsManager, Serial};
use crate::api::{RotationEvent, RotationStep, ServiceError};
use crate::assumption::{DeleteRunning, RetryToken, TestVersion};
use crate::evidence::Rule;
use crate::labels::{self, LabelSlot, RotationPurpose};
use crate::secret::VersionId;
use crate::time::Timestamp;

/// Something the service does by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServiceAct {
    /// Starts a rotation because its time has come, or anew with another token.
    StartsRotation {
        /// The version that is to become current.
        version: VersionId,
    },
    /// Can't start a rotation whose time has come: the secret has no room for another version or label. What AWS logs
    /// then is not known.
    CannotStart {
        /// With which text a call would be refused.
        reason: String,
    },
    /// Invokes the rotation function.
    Invokes {
        /// With this event.
        event: RotationEvent,
        /// Attempts that failed before.
        retry: u32,
    },
    /// Sees the function fail.
    StepFails {
        /// At this step.
        step: RotationStep,
        /// What the function raised, or what the service has against its work. It may contain what the function chose to say, but no secret value.
        raised: String,
        /// When it is tried again.
        retry_at: Option<Timestamp>,
    },
    /// Takes AWSPENDING off the version that a rotation made current.
    CleansPending,
    /// Takes AWSPENDING off the version that tested the rotation function.
    EndsTest,
    /// Removes a deleted secret with all its versions.
    RemovesSecret,
    /// Lets a replica follow its primary, or makes it.
    Replicates {
        /// The Region of the replica, or its account if that is another one.
        to: Arc<str>,
        /// Why the replica can't be made, if it can't.
        failed: Option<String>,
    },
}

impl SecretsManager {
    /// Does one thing that is due at `now` or before; `None` when nothing is.
    pub fn fire(&mut self, now: Timestamp) -> Option<(Timestamp, ServiceAct, Applied)> {
        while let Some(entry) = self.agenda.first().copied().filter(|(at, _)| *at <= now) {
            self.agenda.remove(&entry);
            let (at, serial) = entry;
            if let Some((act, applied)) = self.remembering(at, |service| service.act(at, serial)) {
                self.spread(at);
                self.agenda.insert(entry); // there may be more to do for this secret
                return Some((at, act, applied));
            }
        }
        None
    }

    /// When to look next whether something is due. There may turn out to be nothing.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.agenda.first().map(|(at, _)| *at)
    }

    /// Does what is due on one secret.
    fn act(&mut self, at: Timestamp, serial: Serial) -> Option<(ServiceAct, Applied)> {
        let secret = self.secrets.get(&serial)?;
        if secret.deletion.is_some()
            && self.setting.assume.delete_running == DeleteRunning::RetriesStop
        {
            self.stop_work(at, serial);
        }
        let secret = self.secrets.get(&serial)?;
        let run = secret.run.as_ref();
        let is_due = |due: Option<Timestamp>| due.is_some_and(|due| due <= at);
        let state = run.and_then(|run| Some(run.work.as_ref()?.state));
        if is_due(run.and_then(|run| Some(run.test.as_ref()?.until))) {
            self.end_test(serial)
        } else if let Some(WorkState::DueAnew(due)) = state
            && due <= at
        {
            self.start_anew(at, serial).or_else(|| self.invoke(at, serial))
        } else if is_due(state.and_then(WorkState::due)) {
            self.invoke(at, serial)
        } else if is_due(secret.cleanup_at) {
            self.clean_up(serial).or_else(|| self.act(at, serial))
        } else if let Some(deletion) = secret.deletion.filter(|deletion| deletion.done_at <= at) {
            self.remove(serial, deletion)
        } else if is_due(secret.rotation.as_ref().and_then(|rotation| rotation.starts)) {
            self.start_scheduled(at, serial).or_else(|| self.act(at, serial))
        } else {
            self.replicate(at, serial)
        }
    }

    /// The secret waits for its deletion: a step whose time has come is not invoked.
    fn stop_work(&mut self, at: Timestamp, serial: Serial) {
        let secret = self.secrets.get_mut(&serial);
        let work = secret.and_then(|secret| secret.run.as_mut()?.work.as_mut());
        if let Some(work) = work.filter(|work| work.state.due().is_some_and(|due| due <= at)) {
            work.state = WorkState::Spent;
        }
    }

    fn end_test(&mut self, serial: Serial) -> Option<(ServiceAct, Applied)> {
        let assume = self.setting.assume;
        let secret = self.secret_mut(serial).ok()?;
        let run = secret.run.take()?;
        let mut book = Book::default();
        book.rules.insert(Rule::TestVersionLeavesNoLabel);
        if let Some(version) = secret.version(run.version)
            && run.test.is_some_and(|test| !test.failed)
        {
            book.log(EventName::TestRotationSucceeded, &version.id);
        }
        let stages = labels::end_test(secret.stages(), run.version, &mut book);
        secret.commit(stages, Handles::default(), &assume, &mut book);
        if assume.test_version == TestVersion::Dropped && !secret.stages().is_labelled(run.version)
        {
            secret.drop_version(run.version);
        }
        Some((ServiceAct::EndsTest, Applied::by_service(secret.arn.clone(), book)))
    }

    /// Cleans AWSPENDING off the current version, if it is still there.
    fn clean_up(&mut self, serial: Serial) -> Option<(ServiceAct, Applied)> {
        let assume = self.setting.assume;
        let secret = self.secret_mut(serial).ok()?;
        secret.cleanup_at = None;
        let mut book = Book::default();
        let stages = labels::clean_pending(secret.stages(), &mut book);
        if stages == secret.stages() {
            return None;
        }
        secret.commit(stages, Handles::default(), &assume, &mut book);
        Some((ServiceAct::CleansPending, Applied::by_service(secret.arn.clone(), book)))
    }

    fn remove(&mut self, serial: Serial, deletion: Deletion) -> Option<(ServiceAct, Applied)> {
        let secret = self.secrets.remove(&serial)?;
        self.revision = self.revision.saturating_add(1);
        let mut book = Book::default();
        book.rules.insert(if deletion.forced {
            Rule::ForcedDeletionTakesTime
        } else {
            Rule::WindowEndRemovesSecret
        });
        secret.log_versions(EventName::EndSecretVersionDelete, &mut book);
        self.forget_name(&secret);
        self.retired.insert(secret.name);
        Some((ServiceAct::RemovesSecret, Applied::by_service(secret.arn, book)))
    }

    /// Plans the next rotation of a secret by its schedule, if functions are invoked at all.
    pub(super) fn plan_start(&mut self, serial: Serial, after: Timestamp) {
        if !self.is_invoked_for(serial) {
            // Another function may have taken the place of one that is invoked.
            if let Some(rotation) = self.backstage_mut(serial).and_then(|it| it.rotation.as_mut()) {
                rotation.starts = None;
            }
            return;
        }
        let draw = self.rotations.draw();
        let Some(secret) = self.backstage_mut(serial) else { return };
        let Some(rotation) = &mut secret.rotation else { return };
        let schedule = rotation.schedule();
        let window = schedule.and_then(|schedule| schedule.window_from(rotation.anchor, after));
        rotation.starts = window.map(|window| window.moment(draw));
        let starts = rotation.starts;
        self.agenda.extend(starts.map(|starts| (starts, serial)));
    }

    /// The time of a rotation has come: starts it, or takes up the one that is stuck.
    fn start_scheduled(&mut self, at: Timestamp, serial: Serial) -> Option<(ServiceAct, Applied)> {
        let fresh = self.setting.assume.retry_token == RetryToken::Fresh;
        let secret = self.secret_mut(serial).ok()?;
        let rotation = secret.rotation.as_mut()?;
        rotation.starts = None;
        let stands = rotation.enabled && secret.deletion.is_none();
        self.plan_start(serial, at);
        if !stands {
            return None;
        }
        let secret = self.secret_mut(serial).ok()?;
        let window_end = super::run::window_end(secret, at);
        let tested_until = secret.run.as_ref().and_then(|run| Some(run.test.as_ref()?.until));
        if let (Some(until), Some(rotation)) = (tested_until, &mut secret.rotation) {
            // The test goes first. There is an entry in the agenda for its end.
            rotation.starts = Some(until);
            return None;
        }
        if let Some(run) = &mut secret.run {
            // One that is at work is left alone; one that has given up is tried again.
            let work = run.work.as_mut().filter(|work| work.state == WorkState::Spent)?;
            work.step = RotationStep::CreateSecret;
            work.failures_before = work.failures;
            work.window_end = window_end;
            work.state = if fresh { WorkState::DueAnew(at) } else { WorkState::Due(at) };
            return None;
        }
        let mut book = Book::default();
        book.rules.insert(Rule::SchedulesAreUtcWindows);
        let pending = secret.stages().holder(LabelSlot::PENDING);
        if let Some(version) =
            pending.filter(|_| labels::admit_rotation(secret.stages(), &mut book).is_err())
        {
            book.rules.insert(Rule::UnfinishedRotationBlocks);
            let id = secret.version(version)?.id.clone();
            return self.started(at, serial, Run { version, test: None, work: None }, id, book);
        }
        self.start_with_fresh_token(at, serial, RotationPurpose::Rotate, book)
    }

    /// A retry with another token, as is assumed.
    fn start_anew(&mut self, at: Timestamp, serial: Serial) -> Option<(ServiceAct, Applied)> {
        let before = {
            let work = self.secret_mut(serial).ok()?.run.as_mut()?.work.as_mut()?;
            work.state = WorkState::Due(at);
            work.clone()
        };
        let mut book = Book::default();
        book.rules.insert(Rule::RotationIsRetried);
        let started = self.start_with_fresh_token(at, serial, RotationPurpose::Retry, book)?;
        let work = self.secret_mut(serial).ok()?.run.as_mut()?.work.as_mut()?;
        work.failures = before.failures;
        work.failures_before = before.failures_before;
        work.window_end = before.window_end;
        Some(started)
    }

    /// Makes the version of a rotation that the service starts by itself.
    fn start_with_fresh_token(
        &mut self,
        at: Timestamp,
        serial: Serial,
        purpose: RotationPurpose,
        mut book: Book,
    ) -> Option<(ServiceAct, Applied)> {
        let assume = self.setting.assume;
        let id = self.rotations.token();
        let secret = self.tentative_mut(serial).ok()?;
        let added = match secret.add_version(id.clone(), None, at, &assume, &mut book) {
            Ok(added) => added,
            Err(refused) => return Some(cannot_start(secret, &refused, &book)),
        };
        let version = added.slot;
        let begun = labels::begin_rotation(secret.stages(), version, purpose, &mut book);
        let stages = match begun {
            Ok(stages) => stages,
            Err(refused) => {
                secret.undo(added);
                let refused = super::rotate::refused_rotation(refused, &assume);
                return Some(cannot_start(secret, &refused, &book));
            }
        };
        let secret = self.secret_mut(serial).ok()?;
        secret.run = None;
        secret.commit(stages, Handles::default(), &assume, &mut book);
        secret.touch(at, &mut book);
        self.started(at, serial, Run { version, test: None, work: None }, id, book)
    }

    fn started(
        &mut self,
        at: Timestamp,
        serial: Serial,
        run: Run,
        version: VersionId,
        mut book: Book,
    ) -> Option<(ServiceAct, Applied)> {
        book.log(EventName::RotationStarted, &version);
        let secret = self.secret_mut(serial).ok()?;
        secret.run = Some(run);
        secret.cleanup_at = None;
        let arn = secret.arn.clone();
        self.plan_work(serial, at, RotationStep::CreateSecret);
        Some((ServiceAct::StartsRotation { version }, Applied::by_service(arn, book)))
    }
}

/// A rotation is due that would be refused if somebody asked for it.
fn cannot_start(secret: &Secret, refused: &ServiceError, told: &Book) -> (ServiceAct, Applied) {
    // Nothing has happened, whatever was on the way.
    let mut book = Book::default();
    book.rules.extend(told.rules.iter());
    book.rules.extend(refused.rule);
    let act = ServiceAct::CannotStart { reason: refused.message.clone() };
    (act, Applied::by_service(secret.arn.clone(), book))
}
