//! Properties of rotation functions and the credentials that they change, judged from calls, labels and the target.

use std::collections::{BTreeMap, BTreeSet};

use super::Property;
use super::credential::{self, Login};
use super::follow::is_same;
use super::moment::Moment;
use super::rest::{is_cancelled, is_own_doing};
use crate::api::{Operation, Reply, RotationStep};
use crate::program::Strategy;
use crate::secret::{SecretArn, SecretValue, StagingLabel, VersionId};
use crate::service::{SecretView, ServiceAct, VersionView};
use crate::target::CredentialSet;
use crate::world::{Credentials, Database, Event, Invoked};

use StagingLabel::{AwsCurrent, AwsPending, AwsPrevious};

type Found = Vec<(Property, SecretArn, String)>;

/// The last rotation of a secret.
#[derive(Debug)]
struct Rotation {
    /// The version that it is to make current.
    version: VersionId,
    /// Whether it is unfinished.
    runs: bool,
    /// Whether it is over without success.
    is_over: bool,
}

/// What is known of the rotations of a trace.
#[derive(Debug, Default)]
pub(super) struct Rotations<'t> {
    /// The last one of each secret.
    last: BTreeMap<&'t SecretArn, Rotation>,
    /// Versions that are made for a test of a function.
    tests: BTreeSet<&'t VersionId>,
    /// The current version that an invocation of createSecret read last.
    read: BTreeMap<u32, &'t VersionId>,
    /// The version that each new value was derived from.
    derived: BTreeMap<&'t VersionId, &'t VersionId>,
    /// Versions of which testSecret has made calls.
    in_test: BTreeSet<&'t VersionId>,
    /// Versions of which finishSecret was invoked after testSecret.
    passed: BTreeSet<&'t VersionId>,
    /// Whether a rotation is over and the target isn't settled yet.
    waits: bool,
}

impl<'t> Rotations<'t> {
    /// Follows rotations through one step, and judges it.
    pub(super) fn follow(
        &mut self,
        moment: &Moment<'t>,
        strategy: Option<Strategy>,
        found: &mut Found,
    ) {
        if let Some(invoked) = &moment.step.invoked {
            self.invoked(moment, invoked, found);
        }
        self.requested(moment);
        if self.last.is_empty() && moment.step.target.is_none() {
            return;
        }
        self.ended(moment);
        let Some(database) = moment.step.target.as_deref() else { return };
        match &moment.step.event {
            Event::Settled => {
                self.waits = false;
                self.at_rest(moment, database, strategy, None, found);
            }
            // A delay or a grace isn't over: what is going to be is not judged by what is.
            Event::Service(ServiceAct::CleansPending) if !database.target.is_settled() => {
                self.waits = true;
            }
            Event::TargetPasses(_) if self.waits && database.target.is_settled() => {
                self.waits = false;
                self.at_rest(moment, database, strategy, None, found);
            }
            Event::Service(ServiceAct::CleansPending) => {
                self.at_rest(moment, database, strategy, moment.step.secret.as_ref(), found);
            }
            Event::Service(_)
            | Event::Call(_)
            | Event::Target(_)
            | Event::TargetPasses(_)
            | Event::Fault(_)
            | Event::Waited(_)
            | Event::Reached(_)
            | Event::Settling
            | Event::Unsettled(_) => {}
        }
    }

    /// Keeps in mind which rotation was asked for last.
    fn requested(&mut self, moment: &Moment<'t>) {
        let asked = match (&moment.step.event, &moment.step.outcome) {
            (Event::Service(ServiceAct::StartsRotation { version }), _) => {
                moment.step.secret.as_ref().map(|arn| (arn, version))
            }
            (Event::Call(operation), Ok(reply)) => {
                let Operation::RotateSecret(request) = &**operation else { return };
                let asked = reply.arn().zip(reply.version_id());
                if request.rotate_immediately == Some(false) {
                    self.tests.extend(asked.map(|(_, version)| version));
                    return;
                }
                asked
            }
            _ => None,
        };
        if let Some((arn, version)) = asked {
            let rotation = Rotation { version: version.clone(), runs: true, is_over: false };
            self.last.insert(arn, rotation);
        }
    }

    /// Keeps in mind which rotations are no longer running.
    fn ended(&mut self, moment: &Moment<'t>) {
        for (arn, rotation) in &mut self.last {
            let Some(after) = moment.step.view(arn).filter(|_| rotation.runs) else { continue };
            let is_on =
                |view: &SecretView, label| holds(view.holder(label), Some(&rotation.version));
            if is_on(after, &AwsCurrent) {
                rotation.runs = false;
            } else if is_cancelled(moment, arn)
                || moment.before(arn).is_some_and(|before| is_on(before, &AwsPending))
                    && !is_on(after, &AwsPending)
            {
                rotation.runs = false;
                // What its own function abandons is judged like any other.
                rotation.is_over = !is_own_doing(moment, arn, &rotation.version);
            }
        }
    }

    /// Judges what an invocation of a function did.
    fn invoked(&mut self, moment: &Moment<'t>, invoked: &'t Invoked, found: &mut Found) {
        let (arn, version) = (&invoked.secret, &invoked.version);
        match invoked.step {
            RotationStep::CreateSecret => self.created(moment, invoked),
            RotationStep::SetSecret => {}
            RotationStep::TestSecret => {
                self.in_test.insert(version);
            }
            RotationStep::FinishSecret => {
                if self.in_test.contains(version) {
                    self.passed.insert(version);
                }
            }
        }
        let (Some(before), Some(after)) = (moment.before(arn), moment.step.view(arn)) else {
            return;
        };
        let (old, new) = (moment.target_before.as_deref(), moment.step.target.as_deref());
        let on_target = old.map(|it| it.target) != new.map(|it| it.target);
        if !on_target && is_same(before, after) {
            return;
        }
        let mut report = |property, message| found.push((property, arn.clone(), message));
        if self.is_outdated(before, invoked) {
            let message = format!("{} of the outdated rotation to {version} changes", invoked.step);
            let what = if on_target { "the target" } else { "the secret" };
            report(Property::StaleTokenIsHarmless, format!("{message} {what}"));
        }
        if let (Some(old), Some(new)) = (old, new)
            && on_target
            && let Some(user) = unstored(old, new, before)
        {
            let message = format!("the target accepts a credential of {user} that no version has");
            report(Property::StoredBeforeUsed, message);
        }
        let replaced = before.holder(&AwsCurrent);
        let promotes = holds(after.holder(&AwsCurrent), Some(version));
        if !promotes || holds(replaced, Some(version)) {
            return;
        }
        if !self.passed.contains(version) {
            let message = format!("{version} becomes current, and testSecret has not passed it");
            report(Property::PromotedWasTested, message);
        }
        let Some(replaced) = replaced else { return };
        if let Some(derived) = self.derived.get(version).filter(|it| **it != &replaced.id) {
            let message =
                format!("{version} was derived from {derived}, and replaces {}", replaced.id);
            report(Property::NoLostUpdate, message);
        }
        let successor = before.version(version).or_else(|| after.version(version));
        if let (Some(old), Some(successor)) = (old, successor)
            && let Some(users) = fewer_privileges(old, replaced, successor)
        {
            report(Property::SamePrivileges, users);
        }
    }

    /// Keeps in mind what createSecret derives a new value from.
    fn created(&mut self, moment: &Moment<'t>, invoked: &'t Invoked) {
        match (moment.step.call(), &moment.step.outcome) {
            (Some(Operation::GetSecretValue(_)), Ok(Reply::Value(reply))) => {
                let before = moment.before(&invoked.secret);
                let current = before.and_then(|view| view.holder(&AwsCurrent));
                if holds(current, Some(&reply.version_id)) {
                    self.read.insert(invoked.number, &reply.version_id);
                }
            }
            (Some(Operation::PutSecretValue(request)), Ok(_)) => {
                let had = moment.before(&invoked.secret);
                let had = had.and_then(|view| view.version(&invoked.version));
                // What has no members has nothing in it of another value.
                let is_derived = request.secret_string.as_ref().is_some_and(|it| {
                    serde_json::from_str::<serde_json::Value>(&it.0).is_ok_and(|it| it.is_object())
                });
                if is_derived
                    && had.is_none_or(|version| version.value.is_none())
                    && let Some(from) = self.read.get(&invoked.number)
                {
                    self.derived.insert(&invoked.version, *from);
                }
            }
            _ => {}
        }
    }

    /// Whether the rotation of an invocation is over, without success, or another one has been asked for since.
    fn is_outdated(&self, before: &SecretView, invoked: &Invoked) -> bool {
        let Some(rotation) = self.last.get(&invoked.secret) else { return false };
        if self.tests.contains(&invoked.version) {
            return false;
        }
        rotation.version != invoked.version
            || !rotation.runs && !holds(before.holder(&AwsCurrent), Some(&invoked.version))
    }

    /// Judges the target and the secrets whose credentials it has, or one of them, when nothing is under way.
    fn at_rest(
        &self,
        moment: &Moment<'t>,
        database: &Database,
        strategy: Option<Strategy>,
        only: Option<&SecretArn>,
        found: &mut Found,
    ) {
        let is_of_target = |view: &&SecretView| {
            let current = view.holder(&AwsCurrent).and_then(|version| version.value.as_ref());
            let user = current.map(Credentials::of).and_then(|value| value.user);
            // A token names no user: it is one of the target's by what the target knows.
            let is_known = user.is_some_and(|user| database.principal(Some(&user)).is_some())
                || view.versions.iter().any(|version| login(database, version).is_some());
            !view.is_replica() && (is_known || self.last.contains_key(&view.arn))
        };
        let all: Vec<&SecretView> =
            moment.step.after.iter().map(|view| &**view).filter(is_of_target).collect();
        for view in all.iter().filter(|view| only.is_none_or(|only| view.arn == *only)) {
            let mut report = |property, message| found.push((property, view.arn.clone(), message));
            let [current, previous] = [&AwsCurrent, &AwsPrevious].map(|label| view.holder(label));
            let refused = |version: &&VersionView| !works(database, version);
            if let Some(version) = current.filter(refused) {
                let message = format!("the target refuses the current credential, {}", version.id);
                report(Property::CurrentWorks, message);
            }
            let versions = || all.iter().flat_map(|view| &view.versions);
            let labelled = versions().filter(|version| !version.labels.is_empty());
            if !credential::accepts_only(
                &database.target,
                labelled.filter_map(|version| login(database, version)),
            ) {
                let message = "the target accepts a credential that no labelled version has";
                report(Property::LiveIsLabelled, message.to_owned());
            }
            if self.last.get(&view.arn).is_none_or(|rotation| rotation.is_over) {
                continue;
            }
            if credential::previous_counts(strategy)
                && let Some(version) = previous.filter(refused)
            {
                let message = format!("the target refuses the previous credential, {}", version.id);
                report(Property::PreviousWorks, message);
            }
            let stored = versions().filter_map(|version| login(database, version));
            let logins = [current, previous].map(|it| it.and_then(|it| login(database, it)));
            let [current, previous] = logins;
            let (target, setting) = (&database.target, database.setting);
            if !credential::accepts_only(target, stored) {
                let message = "the target accepts a credential that no version has";
                report(Property::OldIsRevoked, message.to_owned());
            } else if !credential::old_is_revoked(target, setting, strategy, current, previous) {
                let message = "the target accepts a credential that was to be revoked";
                report(Property::OldIsRevoked, message.to_owned());
            }
        }
    }
}

fn holds(holder: Option<&VersionView>, version: Option<&VersionId>) -> bool {
    holder.map(|holder| &holder.id) == version
}

/// The credential of a version, if the target knows it.
fn login(database: &Database, version: &VersionView) -> Option<Login> {
    let value = Credentials::of(version.value.as_ref()?);
    let of = database.principal(value.user.as_deref())?;
    Some(Login { of, by: database.known(&value.secret.0)? })
}

/// Whether the target accepts the credential of a version.
fn works(database: &Database, version: &VersionView) -> bool {
    login(database, version)
        .is_some_and(|login| database.target.lets_in(database.setting, login.of, login.by))
}

/// The user of whom the target has begun to accept a credential that isn't in the secret.
fn unstored<'d>(old: &Database, new: &'d Database, secret: &SecretView) -> Option<&'d str> {
    let is_stored = |text: &str| {
        let values = secret.versions.iter().filter_map(|version| version.value.as_ref());
        values.map(|value: &SecretValue| Credentials::of(value)).any(|it| *it.secret.0 == *text)
    };
    let begun = |accepted_before: CredentialSet, accepts: CredentialSet| {
        let credentials = new.credentials.iter().enumerate();
        let mut accepted = credentials.filter(|(index, _)| accepts.0 >> (index & 15) & 1 == 1);
        accepted.any(|(_, text)| {
            let knew = old.known(&text.0).is_some_and(|it| accepted_before.contains(it));
            !knew && !is_stored(&text.0)
        })
    };
    let both = old.target.principals.iter().zip(&new.target.principals);
    let mut users = both.zip(&new.users);
    users.find(|((old, new), _)| begun(old.known(), new.known())).map(|(_, user)| user.as_str())
}

/// Tells it if the user of one version may do something else than the user of the other.
fn fewer_privileges(
    database: &Database,
    replaced: &VersionView,
    promoted: &VersionView,
) -> Option<String> {
    let user = |version: &VersionView| {
        let value = Credentials::of(version.value.as_ref()?);
        let of = database.principal(value.user.as_deref())?;
        Some((database.target.principal(of), database.users.get(usize::from(of.0))?))
    };
    let ((old, old_name), (new, new_name)) = (user(replaced)?, user(promoted)?);
    (!credential::same_privileges(old, new))
        .then(|| format!("{new_name} has other grants or another TLS requirement than {old_name}"))
}
