//! One run as everything sees it that takes part: the world, the invocations under way, and what is to happen to which
//! call.

mod look;
mod people;
mod turn;

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::{Notify, mpsc, oneshot};

use super::cell::{Cell, Kind, Place};
use super::pool;
use super::probe::Probe;
use crate::api::{Operation, OperationName, Reply, RotationEvent, ServiceError};
use crate::caller::Caller;
use crate::secret::{AccountId, StagingLabel, VersionId};
use crate::seed::{Purpose, Stream};
use crate::serve::{Answer, Answers, Desk, Received, Refusal};
use crate::service::SecretView;
use crate::time::Span;
use crate::world::{self as target, Fault, FaultKind, Invoked, TargetStep, Trace, World};

use StagingLabel::AwsCurrent;

/// The end of a connection to the target, as a call.
pub(super) const LOGOUT: &str = "logout";

/// What the one who leads the run is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// That invocation is to be killed.
    Kill(u32),
    /// That invocation has stopped before a call.
    Paused(u32),
    /// A call of that invocation is through.
    Through(u32),
    /// What that invocation waited for has come.
    Answered(u32),
}

/// An invocation under way.
#[derive(Debug)]
struct Open {
    invoked: Arc<Invoked>,
    /// The access key of the process that it runs in.
    key: String,
    /// How many calls of each name it has made.
    made: BTreeMap<String, u32>,
    /// The calls before which it stands still, in order.
    held: VecDeque<(Option<Place>, oneshot::Sender<()>)>,
    /// How many of its calls were let through and aren't answered yet.
    under_way: u32,
    /// Whether the target has a statement of it and hasn't answered.
    asks_target: bool,
    /// Whether the other invocation goes on while it waits for something.
    is_aside: bool,
    /// The answer that it is given when it is its turn.
    answer: Option<oneshot::Sender<()>>,
    /// Whether it is going to be killed. What it still asks for is not answered.
    is_doomed: bool,
}

/// Whether each call is held until it is its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gate {
    Open,
    Closed,
}

/// A call on its way in.
#[derive(Clone, Debug, Default)]
pub(super) struct Arrival {
    /// The invocation that makes it, if one does.
    invoked: Option<Arc<Invoked>>,
    pub(super) place: Option<Place>,
    /// What is to happen to it.
    strike: Option<Kind>,
    /// Whether it is another attempt of an SDK at a call that was met already.
    is_again: bool,
    /// Whether it comes from an invocation that is being killed.
    is_late: bool,
}

/// What becomes of a call on one of its ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// It goes on.
    Free,
    /// It fails as if the other side had.
    Fails,
    /// It is refused since there were too many.
    Throttled,
    /// The connection is cut.
    Cut,
}

/// The world and what is around it.
#[derive(Debug)]
pub(super) struct Inner {
    pub(super) world: World,
    pub(super) trace: Trace,
    open: Vec<Open>,
    invocations: u32,
    /// What is to happen, once it may.
    cell: Option<Cell>,
    /// Whether it has happened.
    pub(super) struck: bool,
    /// Whether it can't happen where it is to: there is no such version or label.
    pub(super) inapplicable: bool,
    /// The calls that were met, by what all attempts of an SDK have in common.
    attempts: BTreeMap<String, Arrival>,
    /// The calls that were made, in order, while the cell was armed.
    pub(super) calls: Vec<Place>,
    is_armed: bool,
    pub(super) gate: Gate,
    /// How many connections to the target have ended, or are about to.
    ended: usize,
    tokens: Stream,
    /// What the target was found to accept after each call.
    pub(super) seen: Vec<(Place, Works)>,
    /// Why the run says nothing.
    pub(super) trouble: Option<String>,
}

/// Whether the current and the previous credential are accepted; `None` if there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Works {
    /// The current one.
    pub current: Option<bool>,
    /// The previous one.
    pub previous: Option<bool>,
}

/// One run.
#[derive(Debug)]
pub(super) struct Stage {
    account: AccountId,
    region: Arc<str>,
    /// The name of the secret that rotates.
    pub(super) secret: String,
    /// Its first value.
    pub(super) value: String,
    probe: Option<Arc<Probe>>,
    /// Whether the target is looked at after every call.
    pub(super) looks: bool,
    /// Whether a fault hits one attempt of an SDK instead of all.
    lets_sdk_retry: bool,
    inner: Mutex<Inner>,
    signals: mpsc::UnboundedSender<Signal>,
    /// An invocation is over.
    over: Notify,
    /// How many probes are at work: connections to the target may be theirs.
    probing: AtomicUsize,
}

/// What a run is made from.
#[derive(Debug)]
pub(super) struct Setup {
    pub(super) world: World,
    pub(super) secret: String,
    pub(super) value: String,
    pub(super) probe: Option<Arc<Probe>>,
    pub(super) looks: bool,
    pub(super) lets_sdk_retry: bool,
    pub(super) trace: Trace,
    pub(super) cell: Option<Cell>,
}

impl Stage {
    pub(super) fn new(setup: Setup, signals: mpsc::UnboundedSender<Signal>) -> Arc<Self> {
        let Setup { world, secret, value, probe, looks, lets_sdk_retry, trace, cell } = setup;
        let setting = world.service().setting();
        let (account, region) = (setting.account.clone(), Arc::clone(&setting.region));
        let tokens = Stream::new(setting.seed, Purpose::Functions);
        let inner = Inner {
            world,
            trace,
            open: Vec::new(),
            invocations: 0,
            cell,
            struck: false,
            inapplicable: false,
            attempts: BTreeMap::new(),
            calls: Vec::new(),
            is_armed: false,
            gate: Gate::Open,
            ended: 0,
            tokens,
            seen: Vec::new(),
            trouble: None,
        };
        Arc::new(Self {
            account,
            region,
            secret,
            value,
            probe,
            looks,
            lets_sdk_retry,
            inner: Mutex::new(inner),
            signals,
            over: Notify::new(),
            probing: AtomicUsize::new(0),
        })
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on what is to happen may.
    pub(super) fn arm(&self) {
        self.lock().is_armed = true;
    }

    /// From now on nothing happens but what the function does.
    pub(super) fn disarm(&self) {
        self.lock().is_armed = false;
    }

    /// Has somebody call the service.
    pub(super) fn ask(&self, who: &str, name: OperationName, members: Value) -> Outcome {
        let mut inner = self.lock();
        self.ask_in(&mut inner, who, name, members)
    }

    fn ask_in(&self, inner: &mut Inner, who: &str, name: OperationName, members: Value) -> Outcome {
        let mut members = members;
        if let Some(members) = members.as_object_mut() {
            // Every SDK sends one where the operation has it.
            let mut token = || inner.tokens.token_text();
            if matches!(
                name,
                OperationName::CreateSecret
                    | OperationName::PutSecretValue
                    | OperationName::RotateSecret
            ) {
                members.insert("ClientRequestToken".to_owned(), token().into());
            }
        }
        let by = Caller::named(who, &self.account);
        let operation = name.receive(members);
        let Inner { world, trace, .. } = inner;
        let first = trace.steps.len();
        world.apply(by, operation, Span::CALL, trace);
        trace.steps.get(first).map_or(Err(ServiceError::injected()), |step| step.outcome.clone())
    }

    /// An invocation begins in the process with that access key. Gives its number.
    pub(super) fn begin(&self, event: &RotationEvent, key: String) -> u32 {
        let mut inner = self.lock();
        inner.invocations = inner.invocations.saturating_add(1);
        let invoked = Invoked {
            number: inner.invocations,
            step: event.step,
            secret: event.secret_id.clone(),
            version: event.client_request_token.clone(),
        };
        let number = invoked.number;
        inner.open.push(Open {
            invoked: Arc::new(invoked),
            key,
            made: BTreeMap::new(),
            held: VecDeque::new(),
            under_way: 0,
            asks_target: false,
            is_aside: false,
            answer: None,
            is_doomed: false,
        });
        number
    }

    /// An invocation is over.
    pub(super) fn end(&self, number: u32) {
        self.lock().open.retain(|open| open.invoked.number != number);
        self.over.notify_waiters();
    }

    /// The access key of the process that a call comes from.
    pub(super) fn key_of(&self, arrival: &Arrival) -> Option<String> {
        let number = arrival.invoked.as_ref()?.number;
        let inner = self.lock();
        inner.open.iter().find(|it| it.invoked.number == number).map(|it| it.key.clone())
    }

    /// A call arrives: from the process with that access key. If none is known by that, it is whoever is at work.
    pub(super) fn arrive(&self, key: Option<&str>, name: &str, sdk: Option<&str>) -> Arrival {
        let mut inner = self.lock();
        inner.ended = inner.ended.saturating_add(usize::from(name == LOGOUT));
        if let Some(met) = sdk.and_then(|id| inner.attempts.get(id)) {
            let strike = met.strike.filter(|_| !self.lets_sdk_retry);
            return Arrival { strike, is_again: true, ..met.clone() };
        }
        let Inner { open, cell, is_armed, struck, .. } = &mut *inner;
        let own = open.iter().position(|it| Some(it.key.as_str()) == key);
        let at_work = || {
            if key.is_some_and(pool::is_of_process) {
                return None;
            }
            let is_awake = |it: &Open| it.held.is_empty() && !it.is_aside;
            let mut awake = open.iter().enumerate().filter(|(_, it)| is_awake(it));
            awake.next().filter(|_| awake.next().is_none()).map(|(index, _)| index)
        };
        let by = own.or_else(at_work).and_then(|index| open.get_mut(index));
        let Some(by) = by else {
            return Arrival::default();
        };
        if by.is_doomed {
            let invoked = Some(Arc::clone(&by.invoked));
            return Arrival { invoked, is_late: true, ..Arrival::default() };
        }
        let nth = by.made.entry(name.to_owned()).or_default();
        *nth = nth.saturating_add(1);
        let place = Place { step: by.invoked.step, call: name.to_owned(), nth: *nth };
        let is_it = |cell: &&mut Cell| *is_armed && !*struck && cell.place == place;
        let strike = cell.as_mut().filter(is_it).map(|cell| cell.kind);
        let arrival = Arrival {
            invoked: Some(Arc::clone(&by.invoked)),
            place: Some(place.clone()),
            strike,
            ..Arrival::default()
        };
        *struck |= strike.is_some();
        if *is_armed {
            inner.calls.push(place);
        }
        if let Some(id) = sdk {
            inner.attempts.insert(id.to_owned(), arrival.clone());
        }
        arrival
    }

    /// What happens before a call takes effect.
    pub(super) async fn before(&self, arrival: &Arrival) -> Way {
        if arrival.is_late {
            return self.gone(arrival).await;
        }
        if self.takes_turns(arrival) {
            return self.hold(arrival).await;
        }
        let Some(kind) = arrival.strike else { return Way::Free };
        if arrival.is_again {
            return match kind {
                Kind::ErrorBefore => Way::Fails,
                Kind::Throttled => Way::Throttled,
                Kind::LostReply => Way::Cut,
                Kind::KilledBefore
                | Kind::KilledAfter
                | Kind::Doubled
                | Kind::Overlapped
                | Kind::Interleaved
                | Kind::Straggler
                | Kind::Zombie
                | Kind::ValuePut
                | Kind::CurrentBack
                | Kind::PendingRemoved
                | Kind::RotationCancelled => Way::Free,
            };
        }
        match kind {
            Kind::KilledBefore => {
                self.tell_fault(arrival, FaultKind::KilledBefore);
                self.kill(arrival).await
            }
            Kind::ErrorBefore => {
                self.tell_fault(arrival, FaultKind::ErrorBefore);
                Way::Fails
            }
            Kind::Throttled => {
                self.tell_fault(arrival, FaultKind::ErrorBefore);
                Way::Throttled
            }
            Kind::Overlapped | Kind::Straggler | Kind::Zombie => self.hold(arrival).await,
            Kind::ValuePut | Kind::CurrentBack | Kind::PendingRemoved | Kind::RotationCancelled => {
                self.interfere(kind);
                Way::Free
            }
            Kind::KilledAfter | Kind::LostReply | Kind::Doubled | Kind::Interleaved => Way::Free,
        }
    }

    /// What happens after a call took effect, before it is answered.
    pub(super) async fn after(&self, arrival: &Arrival) -> Way {
        if let (true, Some(place), Some(_)) = (self.looks, &arrival.place, &self.probe) {
            if place.call == LOGOUT {
                // Nothing changes, and the function doesn't wait: a probe would come in between.
                let mut inner = self.lock();
                let works = inner.seen.last().map(|(_, works)| *works).unwrap_or_default();
                inner.seen.push((place.clone(), works));
            } else {
                self.look_after(place).await;
            }
        }
        if self.takes_turns(arrival) {
            self.through(arrival);
        }
        match arrival.strike.filter(|_| !arrival.is_again) {
            Some(Kind::KilledAfter) => {
                self.tell_fault(arrival, FaultKind::KilledAfter);
                self.kill(arrival).await
            }
            Some(Kind::LostReply) => {
                self.tell_fault(arrival, FaultKind::ErrorAfter);
                Way::Cut
            }
            Some(_) | None => Way::Free,
        }
    }

    fn tell_fault(&self, arrival: &Arrival, kind: FaultKind) {
        let at = arrival.place.as_ref().map(|place| format!("{} {}", place.step, place.name()));
        let mut inner = self.lock();
        let Inner { world, trace, .. } = &mut *inner;
        world.tell_fault(Fault { at: at.unwrap_or_default(), kind, times: 1 }, trace);
    }

    /// Has the process killed that made a call, and waits until it is gone.
    async fn kill(&self, arrival: &Arrival) -> Way {
        let Some(invoked) = &arrival.invoked else { return Way::Cut };
        let own = |it: &&mut Open| it.invoked.number == invoked.number;
        self.lock().open.iter_mut().filter(own).for_each(|open| open.is_doomed = true);
        let _told = self.signals.send(Signal::Kill(invoked.number));
        self.gone(arrival).await
    }

    /// Waits until the invocation is over that made a call.
    async fn gone(&self, arrival: &Arrival) -> Way {
        let Some(invoked) = &arrival.invoked else { return Way::Cut };
        loop {
            let over = self.over.notified();
            if !self.lock().open.iter().any(|open| open.invoked.number == invoked.number) {
                return Way::Cut;
            }
            over.await;
        }
    }

    /// The secret that rotates, as it is.
    pub(super) fn view<'i>(&self, inner: &'i Inner) -> Option<&'i SecretView> {
        let last = inner.trace.steps.last()?;
        last.after.iter().find(|view| view.name.as_str() == self.secret).map(|view| &**view)
    }

    /// The version with a label.
    pub(super) fn holder(&self, label: &StagingLabel) -> Option<VersionId> {
        let inner = self.lock();
        self.view(&inner)?.holders(label).next().map(|version| version.id.clone())
    }

    /// Has it told that a statement was sent to the target.
    pub(super) fn tell_statement(&self, arrival: &Arrival, name: &str, answer: target::Answer) {
        let mut inner = self.lock();
        let Inner { world, trace, .. } = &mut *inner;
        let by = Caller::named(Caller::FUNCTION, &self.account);
        let step = TargetStep::seen(name.to_owned(), answer);
        world.tell_statement(by, (step, arrival.invoked.clone()), Span::CALL, trace);
    }

    /// Lets a call take effect.
    fn apply(&self, arrival: &Arrival, received: Received) -> Outcome {
        let mut inner = self.lock();
        let Inner { world, trace, .. } = &mut *inner;
        let named = Caller::named(Caller::FUNCTION, &self.account);
        let by = if arrival.invoked.is_some() { named } else { received.by.clone() };
        let by = by.in_region(received.by.region);
        let first = trace.steps.len();
        world.apply(by, received.operation, Span::CALL, trace);
        let step = trace.steps.get_mut(first);
        step.map_or(Err(ServiceError::injected()), |step| {
            step.invoked.clone_from(&arrival.invoked);
            step.outcome.clone()
        })
    }

    async fn answer(self: Arc<Self>, received: Received) -> Answer {
        let name = received.operation.name().as_str();
        let sdk = received.sdk_invocation.as_deref();
        let arrival = self.arrive(Some(&received.access_key), name, sdk);
        match self.before(&arrival).await {
            Way::Free => {}
            Way::Fails => return Answer::Service(Err(ServiceError::injected())),
            Way::Throttled => return Answer::Refused(Refusal::throttled()),
            Way::Cut => return Answer::Cut,
        }
        if promotes(&received.operation) && !self.looks {
            self.look().await;
        }
        let outcome = self.apply(&arrival, received);
        match self.after(&arrival).await {
            Way::Free => Answer::Service(outcome),
            Way::Fails | Way::Throttled | Way::Cut => Answer::Cut,
        }
    }
}

/// What a call comes to.
pub(super) type Outcome = Result<Reply, ServiceError>;

/// Whether a call moves AWSCURRENT: privileges are compared right before.
fn promotes(operation: &Operation) -> bool {
    matches!(operation, Operation::UpdateSecretVersionStage(request) if request.version_stage == AwsCurrent.to_string())
}

impl Desk for Stage {
    fn place(&self) -> (&AccountId, &Arc<str>) {
        (&self.account, &self.region)
    }

    fn call(self: Arc<Self>, received: Received) -> Answers {
        Box::pin(self.answer(received))
    }
}
