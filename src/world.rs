//! The world: the service, its clock and the functions it has invoked, moved by one action at a time.

mod database;
mod fault;
mod function;
mod outside;
mod trace;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::api::{Operation, RotationEvent, SecretText, ServiceError};
use crate::caller::Caller;
use crate::program::{self, MessageId, Node, NodeId};
use crate::seed::{Purpose, Stream};
use crate::service::{Applied, Observed, SecretView, SecretsManager, ServiceAct, Setting};
use crate::target;
use crate::time::{Span, Timestamp};

use function::{Answered, Next, Running};

pub use database::{
    Answer, Credentials, Database, Party, TargetPasses, TargetRequest, TargetStep, other_user,
};
pub use fault::{Fault, FaultKind, Faults, TIMEOUT};
pub use function::{Fails, Function};
pub use outside::OutsideInvocation;
pub use trace::{Actor, Event, Invoked, Trace, TraceStep};

/// When a [`Action::Settle`] gives up, unless a scenario says so: with enough secrets, rotations that start by their
/// schedules may follow on each other without end. It is longer than the retries of a single rotation can take.
pub const SETTLE_MAX: Span = Span::days(100);

/// One thing that can happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Someone calls the service.
    Call {
        /// Who.
        by: Caller,
        /// With which request. Shared, since the same may be sent in many runs.
        operation: Arc<Operation>,
    },
    /// Someone calls the target.
    Target {
        /// Who.
        by: Caller,
        /// What for.
        request: TargetRequest,
        /// The token that is made, if one is; made up if left out.
        token: Option<SecretText>,
    },
    /// A call of a rotation function whose part somebody plays. Each invocation has its own transactions.
    Played {
        /// Which invocation.
        invoked: Arc<Invoked>,
        /// The call.
        call: Box<Action>,
    },
    /// Time passes.
    Wait(Span),
    /// Time passes until that moment; nothing happens if it is past.
    Until(Timestamp),
    /// Time passes until no rotation has anything left to do: all steps are run, all retries spent, all labels cleaned.
    /// Gives up after that span.
    Settle(Span),
}

/// A rotation function at one of its steps.
#[derive(Clone, Debug)]
struct Invocation {
    event: RotationEvent,
    /// The same as the trace has it.
    invoked: Arc<Invoked>,
    /// Who it is when it calls.
    caller: Caller,
    running: Running,
    /// What it has asked the target for in a transaction that has not ended.
    staged: Vec<target::Request>,
    /// When it makes its next call, or comes back.
    next_at: Timestamp,
    /// Whether it waits for an answer that doesn't come: it is killed at that moment.
    hangs: bool,
}

/// Everything that can change. Same world, same action, same result, on every machine.
#[derive(Clone, Debug)]
pub struct World {
    service: SecretsManager,
    /// The function that the service invokes. Without one, all steps come back at once.
    function: Option<Function>,
    /// What has the passwords.
    database: Option<Database>,
    /// What is going to hit the calls of functions.
    faults: Faults,
    /// Tokens that the function and the target make up.
    tokens: Stream,
    /// Who the function is when it calls, once it has been invoked.
    function_caller: Option<Caller>,
    /// The functions that run, in the order in which they were invoked.
    invocations: Vec<Invocation>,
    /// What invocations whose part is played have asked the target for in a transaction that has not ended.
    played: BTreeMap<u32, Vec<target::Request>>,
    /// Invocations of functions outside that nobody has taken yet.
    outside: Vec<OutsideInvocation>,
    now: Timestamp,
    /// What was visible after the last step: shared with the trace where nothing changed.
    seen: Vec<Observed>,
    /// The same as the trace has it.
    shown: Arc<[Arc<SecretView>]>,
    /// The revision of the service that was seen.
    seen_at: u64,
    /// The target as the trace has it.
    shown_target: Option<Arc<Database>>,
    /// How many invocations there have been.
    invoked: u32,
}

impl World {
    /// A world without secrets but those that the setting says other services manage, without function and target.
    pub fn new(setting: Setting, start: Timestamp) -> Self {
        let service = SecretsManager::new(setting).furnished(start);
        let (seen, seen_at) = (service.observe(), service.revision());
        Self {
            shown: shown(&seen),
            shown_target: None,
            invoked: 0,
            function: None,
            database: None,
            faults: Faults::default(),
            tokens: Stream::new(service.setting().seed, Purpose::Functions),
            function_caller: None,
            invocations: Vec::new(),
            played: BTreeMap::new(),
            outside: Vec::new(),
            service,
            now: start,
            seen,
            seen_at,
        }
    }

    /// The world with a function that the service invokes.
    #[must_use]
    pub fn with_function(self, function: Function) -> Self {
        Self { function: Some(function), ..self }
    }

    /// The world with a target.
    #[must_use]
    pub fn with_database(self, database: Database) -> Self {
        Self { shown_target: Some(Arc::new(database.clone())), database: Some(database), ..self }
    }

    /// The target, if there is one.
    pub const fn database(&self) -> Option<&Database> {
        self.database.as_ref()
    }

    /// Has faults hit the calls that functions make from now on.
    pub fn plan(&mut self, faults: &[Fault]) {
        self.faults.add(faults);
    }

    /// Has the next call answer with what was there before the last change, if it is a read.
    pub fn lag_next_read(&mut self) {
        self.service.lag_next_read();
    }

    /// The virtual time.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The service.
    pub const fn service(&self) -> &SecretsManager {
        &self.service
    }

    /// Lets `action` happen, and then whatever has become due, and writes both into `trace`.
    ///
    /// A call takes [`Span::CALL`]. What the service does by itself, and the calls of the functions that it invokes,
    /// come as steps of their own, in order of time.
    pub fn step(&mut self, action: Action, trace: &mut Trace) {
        self.begin(trace);
        let (action, invoked) = if let Action::Played { invoked, call } = action {
            (*call, Some(invoked))
        } else {
            (action, None)
        };
        let at = self.now;
        let at_most = if let Action::Settle(at_most) = &action { Some(*at_most) } else { None };
        let (actor, event, applied, end) = match action {
            Action::Call { by, operation } => {
                let applied = self.service.apply(at, &by, &operation);
                (Actor::Caller(by), Event::Call(operation), applied, at.plus(Span::CALL))
            }
            Action::Target { by, request, token } => {
                let number = invoked.as_ref().map_or(0, |invoked| invoked.number);
                let mut staged = self.played.remove(&number).unwrap_or_default();
                let step = self.ask(request, &mut staged, token);
                self.played.insert(number, staged);
                let event = Event::Target(Box::new(step));
                (Actor::Caller(by), event, Applied::nothing(), at.plus(Span::CALL))
            }
            Action::Wait(span) => {
                (Actor::Nobody, Event::Waited(span), Applied::nothing(), at.plus(span))
            }
            Action::Until(moment) => {
                (Actor::Nobody, Event::Reached(moment), Applied::nothing(), at.max(moment))
            }
            Action::Settle(_) => (Actor::Nobody, Event::Settling, Applied::nothing(), at),
            // A call of an invocation is no invocation.
            Action::Played { call, .. } => return self.step(*call, trace),
        };
        self.record(at, actor, event, applied, trace);
        if let Some(step) = trace.steps.last_mut().filter(|_| invoked.is_some()) {
            step.invoked = invoked;
        }
        self.catch_up(end, trace);
        if let Some(at_most) = at_most {
            let rests = self.settle(at.plus(at_most), trace);
            let event = if rests { Event::Settled } else { Event::Unsettled(at_most) };
            self.record(self.now, Actor::Nobody, event, Applied::nothing(), trace);
        }
    }

    /// Tells a trace that begins what is visible.
    fn begin(&self, trace: &mut Trace) {
        if trace.steps.is_empty() {
            trace.given = Arc::clone(&self.shown);
            trace.given_target.clone_from(&self.shown_target);
        }
    }

    /// Lets everything happen until no rotation has anything left to do, or `latest`. Tells whether all rest.
    fn settle(&mut self, latest: Timestamp, trace: &mut Trace) -> bool {
        while let Some(due) = self.unsettled() {
            if due > latest {
                self.catch_up(latest, trace);
                return self.unsettled().is_none();
            }
            self.catch_up(due, trace);
        }
        true
    }

    /// When something of a rotation is due next.
    pub fn unsettled(&self) -> Option<Timestamp> {
        let invoked = self.invocations.iter().map(|invocation| invocation.next_at).min();
        let target = self.database.as_ref().and_then(Database::next_due);
        [self.service.unsettled(), invoked, target].into_iter().flatten().min()
    }

    /// Lets everything happen that is due until `end`.
    fn catch_up(&mut self, end: Timestamp, trace: &mut Trace) {
        loop {
            let calls = self.invocations.iter().enumerate().map(|(index, it)| (it.next_at, index));
            let next = calls.min().filter(|(at, _)| *at <= end);
            let until = next.map_or(end, |(at, _)| at);
            let target = self.database.as_ref().and_then(Database::next_due);
            let target = target.filter(|at| *at <= until);
            let until = target.unwrap_or(until);
            if let Some((due, act, applied)) = self.service.fire(until) {
                self.now = due.max(self.now);
                let mut throttled = None;
                if let ServiceAct::Invokes { event, .. } = &act {
                    throttled = self.invoke(event, due);
                }
                self.record(due, Actor::Service, Event::Service(act), applied, trace);
                if let Some((event, fault)) = throttled {
                    self.tell_fault(fault, trace);
                    self.came_back(&event, Err("the invocation was throttled".to_owned()), trace);
                }
            } else if let Some(due) = target {
                self.now = due.max(self.now);
                if let Some(passes) = self.database.as_mut().and_then(Database::pass) {
                    let event = Event::TargetPasses(Box::new(passes));
                    self.record(self.now, Actor::Nobody, event, Applied::nothing(), trace);
                }
            } else if let Some((at, index)) = next {
                self.now = at;
                self.go_on(index, trace);
            } else {
                break;
            }
        }
        self.now = end.max(self.now);
    }

    /// Has a function begin a step, unless the invocation is throttled: then gives what was to be invoked.
    fn invoke(&mut self, event: &RotationEvent, due: Timestamp) -> Option<(RotationEvent, Fault)> {
        let throttled = self.faults.strike_invocation(event.step);
        if throttled.is_none() {
            self.begin_step(event, due);
        }
        throttled.map(|fault| (event.clone(), fault))
    }

    /// Lets a function make its next call, or come back.
    fn go_on(&mut self, index: usize, trace: &mut Trace) {
        let Some(invocation) = self.invocations.get_mut(index) else { return };
        if !self.service.may_go_on(&invocation.event) {
            self.invocations.remove(index);
            return;
        }
        let event = &invocation.event;
        let next = match &mut self.function {
            _ if invocation.hangs => Next::TimesOut,
            Some(function) => invocation.running.go_on(function, event),
            None => Next::Return,
        };
        let result = match next {
            Next::Call(node) => match self.call(index, node, trace) {
                Some(killed) => Err(killed),
                None => return,
            },
            Next::Return => Ok(()),
            Next::Quit => {
                self.invocations.remove(index);
                return;
            }
            Next::Raise(message) => Err(raised(self.function.as_ref(), message, event)),
            Next::RaiseAnswer(error) => Err(error),
            Next::TimesOut => Err(format!("the function timed out after {TIMEOUT}")),
            Next::RaiseAsTold => Err(format!("{} fails, as the scenario says", event.step)),
        };
        let Invocation { event, .. } = self.invocations.remove(index);
        self.came_back(&event, result, trace);
    }

    /// A function has come back from a step, or failed in it.
    fn came_back(&mut self, event: &RotationEvent, result: Result<(), String>, trace: &mut Trace) {
        let at = self.now;
        let raised = result.clone().err();
        let followed = self.service.function_returned(at, event, result);
        // What a function raises is told even if its rotation is over and nothing follows from it.
        let ignored = |raised| {
            let act = ServiceAct::StepFails { step: event.step, raised, retry_at: None };
            (act, Applied::ignored(&event.secret_id))
        };
        if let Some((act, applied)) = followed.or_else(|| raised.map(ignored)) {
            self.record(at, Actor::Service, Event::Service(act), applied, trace);
        }
    }

    /// Makes a call of a function. Gives what is told of it if it is killed.
    fn call(&mut self, index: usize, id: NodeId, trace: &mut Trace) -> Option<String> {
        let at = self.now;
        let program = self.function.as_ref().map(|it| Arc::clone(it.program()))?;
        let node = program.node(id)?;
        let fault = self.faults.strike(&node.name);
        let kind = fault.as_ref().map(|fault| fault.kind);
        let is_stale = kind == Some(FaultKind::StaleRead);
        let is_told_first = is_stale || kind.is_some_and(FaultKind::is_before);
        if let Some(fault) = fault.as_ref().filter(|_| is_told_first) {
            self.tell_fault(fault.clone(), trace);
        }
        if !kind.is_some_and(FaultKind::is_before) {
            if is_stale {
                self.service.lag_next_read();
            }
            let (by, event, applied) = self.perform(index, node)?;
            let answers = kind.is_none() || is_stale;
            if let Some(invocation) = self.invocations.get_mut(index).filter(|_| answers) {
                invocation.running.answered(node, Answered::of(&event, &applied.outcome));
            }
            self.record(at, Actor::Caller(by), event, applied, trace);
            if let Some(step) = trace.steps.last_mut() {
                step.invoked = self.invocations.get(index).map(|it| Arc::clone(&it.invoked));
            }
        }
        if let Some(fault) = fault.as_ref().filter(|_| !is_told_first) {
            self.tell_fault(fault.clone(), trace);
        }
        let invocation = self.invocations.get_mut(index)?;
        let mut takes = Span::CALL;
        match kind {
            Some(FaultKind::KilledBefore | FaultKind::KilledAfter) => {
                return Some("the function was killed".to_owned());
            }
            Some(FaultKind::ErrorBefore | FaultKind::ErrorAfter) => {
                let injected = Err(ServiceError::injected());
                let answer = if matches!(node.call, program::Call::Target(_)) {
                    Answered::Target(&Answer::Unavailable)
                } else {
                    Answered::Service(&injected)
                };
                invocation.running.answered(node, answer);
            }
            Some(FaultKind::TimedOutBefore | FaultKind::TimedOutAfter) => {
                invocation.hangs = true;
                takes = TIMEOUT;
            }
            Some(FaultKind::Throttled | FaultKind::StaleRead) | None => {}
        }
        invocation.next_at = at.plus(takes);
        None
    }

    /// Who a function is when it calls: it does so in the Region of its secret.
    fn caller(&mut self, event: &RotationEvent) -> Caller {
        let account = &self.service.setting().account;
        let named = || Caller::named(Caller::FUNCTION, account);
        let caller = self.function_caller.get_or_insert_with(named).clone();
        let region = Some(event.secret_id.region());
        let region = region.filter(|region| **region != *self.service.setting().region);
        caller.in_region(region.map(Into::into))
    }

    /// Has the service or the target answer a call.
    fn perform(&mut self, index: usize, node: &Node) -> Option<(Caller, Event, Applied)> {
        let at = self.now;
        let invocation = self.invocations.get_mut(index)?;
        let by = invocation.caller.clone();
        let request = invocation.running.request(&node.call, &invocation.event, &mut self.tokens);
        if let Some(operation) = request.map(Arc::new) {
            let mut applied = self.service.apply(at, &by, &operation);
            if let Some(rule) = node.because {
                applied.rules.insert(rule);
            }
            return Some((by, Event::Call(operation), applied));
        }
        let program::Call::Target(call) = &node.call else { return None };
        let request = TargetRequest {
            verb: call.verb.map(|credential| invocation.running.party(credential)),
            in_transaction: call.in_transaction.is_some(),
        };
        let mut staged = std::mem::take(&mut invocation.staged);
        let step = self.ask(request, &mut staged, None);
        if let Some(invocation) = self.invocations.get_mut(index) {
            invocation.staged = staged;
        }
        Some((by, Event::Target(Box::new(step)), Applied::nothing()))
    }

    /// Has the target answer a call, beside what stands in the same transaction.
    fn ask(
        &mut self,
        request: TargetRequest,
        staged: &mut Vec<target::Request>,
        token: Option<SecretText>,
    ) -> TargetStep {
        let at = self.now();
        let Self { database, tokens, .. } = self;
        match database {
            Some(database) => {
                let before = database.target;
                let new_token = || token.unwrap_or_else(|| SecretText(tokens.token_text().into()));
                let step = database.ask(request, staged, new_token);
                database.keep_in_mind(&before, at);
                step
            }
            None => TargetStep::unavailable(request),
        }
    }

    /// Writes one step, with what is visible after it.
    fn record(
        &mut self,
        at: Timestamp,
        actor: Actor,
        event: Event,
        applied: Applied,
        trace: &mut Trace,
    ) {
        if self.seen_at != self.service.revision() {
            self.seen_at = self.service.revision();
            if self.service.refresh(&mut self.seen) {
                self.shown = shown(&self.seen);
            }
        }
        if let (Some(database), Some(shown)) = (&self.database, &self.shown_target)
            && database.target != shown.target
        {
            self.shown_target = Some(Arc::new(database.clone()));
        }
        trace.steps.push(TraceStep {
            at,
            actor,
            event,
            outcome: applied.outcome,
            secret: applied.secret,
            moves: applied.moves,
            events: applied.events,
            rules: applied.rules,
            after: Arc::clone(&self.shown),
            invoked: None,
            target: self.shown_target.clone(),
        });
    }
}

/// The text that a function raises.
fn raised(function: Option<&Function>, message: MessageId, event: &RotationEvent) -> String {
    let program = function.map(Function::program);
    let text = program.and_then(|program| program.messages.get(message.index()));
    let text = text.map_or("", String::as_str);
    text.replace("{token}", event.client_request_token.as_str())
        .replace("{arn}", event.secret_id.as_str())
}

/// What is seen, as a trace has it.
fn shown(seen: &[Observed]) -> Arc<[Arc<SecretView>]> {
    seen.iter().map(|seen| Arc::clone(&seen.view)).collect()
}
