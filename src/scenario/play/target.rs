//! Steps that play the part of a rotation function: which invocation it is, what it asks the target, what goes wrong.

use std::sync::Arc;

use super::Player;
use crate::program::TargetVerb;
use crate::scenario::{Named, TargetCall, TargetExpect, Within};
use crate::secret::VersionId;
use crate::world::{
    Action, Answer, Credentials, Event, Fault, FaultKind, Invoked, Party, TargetRequest,
};
use crate::yaml::Trail;

impl Player<'_> {
    /// The action as a call of the invocation whose part is played, if one is. Nothing if it can't be known which.
    pub(super) fn played(
        &mut self,
        index: usize,
        path: &Trail<'_>,
        within: Option<&Within>,
        action: Action,
    ) -> Option<Action> {
        let Some(within) = within else { return Some(action) };
        let Some(invoked) = self.invoked(within) else {
            let message = format!("there is no version `{}` of the secret", within.version);
            self.differs(index, path.key("in"), message);
            return None;
        };
        Some(Action::Played { invoked, call: Box::new(action) })
    }

    /// The invocation, which has a number from the first time that it is spoken of.
    fn invoked(&mut self, within: &Within) -> Option<Arc<Invoked>> {
        if let Some((_, known)) = self.invocations.iter().find(|(it, _)| it == within) {
            return Some(Arc::clone(known));
        }
        let number = u32::try_from(self.invocations.len()).unwrap_or(u32::MAX).saturating_add(1);
        let name = self.scenario.secret.as_deref();
        let views = &self.trace.steps.last()?.after;
        let secret = views.iter().find(|view| Some(view.name.as_str()) == name)?.arn.clone();
        let version = VersionId::new(self.id_of(&within.version)?);
        let invoked = Arc::new(Invoked { number, step: within.step, secret, version });
        self.invocations.push((within.clone(), Arc::clone(&invoked)));
        Some(invoked)
    }

    /// The id of the version that a step gave that name.
    fn id_of(&self, name: &str) -> Option<&str> {
        self.bindings.names().find(|(known, _)| *known == name).map(|(_, id)| id.as_str())
    }

    /// Tells of a fault.
    pub(super) fn hits(&mut self, fault: Option<Fault>) {
        if let Some(fault) = fault {
            self.world.tell_fault(fault, &mut self.trace);
        }
    }

    /// Makes a call of the target, and compares its answer.
    pub(super) fn target(&mut self, index: usize, path: &Trail<'_>, call: &TargetCall) {
        let fault = fault(call.within.as_ref(), call.fault, call.verb.name());
        if call.fault.is_some_and(FaultKind::is_before) {
            self.hits(fault);
            return;
        }
        let mut unknown = Vec::new();
        let verb = call.verb.clone().map(|named| self.party(named, &mut unknown));
        if let Some(name) = unknown.first() {
            let message = format!("`{name}` has no value, so there is no credential to use");
            self.differs(index, *path, message);
            return;
        }
        let request = TargetRequest { verb, in_transaction: call.in_transaction };
        let by = self.caller(&call.by);
        let at = self.trace.steps.len();
        let action = Action::Target { by, request, token: call.token.clone() };
        let Some(action) = self.played(index, path, call.within.as_ref(), action) else { return };
        self.world.step(action, &mut self.trace);
        let event = self.trace.steps.get(at).map(|step| &step.event);
        if let Some(Event::Target(step)) = event {
            let answer = step.answer.clone();
            self.compare_target(index, path, call.expect, &call.verb, &answer);
        }
        self.hits(fault);
    }

    /// Whose credential a step means. A version without a value is added to `unknown`.
    fn party(&self, named: Named, unknown: &mut Vec<String>) -> Party {
        let name = match named {
            Named::Administrator => return Party::Administrator,
            Named::Stated(credentials) => return Party::User(credentials),
            Named::Version(name) => name,
        };
        let id = self.id_of(&name).map(VersionId::new);
        let views = self.trace.steps.last().map(|step| &step.after);
        let mut versions =
            views.into_iter().flat_map(|views| views.iter()).flat_map(|view| &view.versions);
        let version = versions.find(|version| Some(&version.id) == id.as_ref());
        let Some(value) = version.and_then(|version| version.value.as_ref()) else {
            unknown.push(name);
            return Party::Nobody;
        };
        Party::User(Credentials { version: id, ..Credentials::of(value) })
    }

    fn compare_target(
        &mut self,
        index: usize,
        path: &Trail<'_>,
        expect: TargetExpect,
        verb: &TargetVerb<Named>,
        answer: &Answer,
    ) {
        let says = answer.in_words();
        let (key, expected, fits) = match expect {
            TargetExpect::Success => {
                ("target", "no error", !matches!(answer, Answer::Denied | Answer::Unavailable))
            }
            TargetExpect::Says(true) => ("returns", "yes", *answer == Answer::Yes),
            TargetExpect::Says(false) => ("returns", "no", *answer == Answer::No),
            TargetExpect::Denied => ("fails", "denied", *answer == Answer::Denied),
            TargetExpect::Unavailable => ("fails", "unavailable", *answer == Answer::Unavailable),
            TargetExpect::AnyError => {
                ("fails", "an error", matches!(answer, Answer::Denied | Answer::Unavailable))
            }
        };
        if !fits {
            let message =
                format!("the target answers `{}` with {says}, not {expected}", verb.name());
            self.differs(index, path.key(key), message);
        }
    }
}

/// What goes wrong with a call, as a trace tells it.
pub(super) fn fault(within: Option<&Within>, kind: Option<FaultKind>, call: &str) -> Option<Fault> {
    let at = format!("{} {call}", within?.step);
    Some(Fault { at, kind: kind?, times: 1 })
}
