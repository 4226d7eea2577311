//! The one owner of the world: everything that happens to it goes through here, one after the other.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::clock::Clock;
use super::invoke::Invoker;
use super::log::tell;
use super::record::Record;
use crate::api::{Operation, Reply, RotationEvent, ServiceError};
use crate::assumption::{AssumptionError, Assumptions};
use crate::caller::Caller;
use crate::service::Setting;
use crate::time::Timestamp;
use crate::world::{Fault, FaultKind, OutsideInvocation, Trace, World};

/// What a call comes to.
#[derive(Debug)]
pub(super) enum Answer {
    /// The answer of the service.
    Service(Result<Reply, ServiceError>),
    /// None: a fault cuts the connection.
    Cut,
}

/// The world and everything around it that changes with it.
#[derive(Debug)]
struct State {
    world: World,
    /// The steps since they were last recorded.
    trace: Trace,
    record: Record,
    snapshots: BTreeMap<String, World>,
    /// Invocations that have not come back.
    running: Vec<RotationEvent>,
}

/// The owner of the world.
#[derive(Debug)]
pub(super) struct Engine {
    state: Mutex<State>,
    clock: Clock,
    invoker: Arc<dyn Invoker>,
    /// Something may be due sooner than it was.
    sooner: Notify,
    /// A function has come back.
    returned: Notify,
}

impl Engine {
    /// A world of its own.
    pub(super) fn new(
        setting: Setting,
        start: Timestamp,
        clock: Clock,
        invoker: Arc<dyn Invoker>,
        record: Record,
    ) -> Arc<Self> {
        let trace = Trace { assume: setting.assume, ..Trace::default() };
        let world = World::new(setting, clock.now().unwrap_or(start));
        let state = State { world, trace, record, snapshots: BTreeMap::new(), running: Vec::new() };
        let state = Mutex::new(state);
        let (sooner, returned) = (Notify::new(), Notify::new());
        Arc::new(Self { state, clock, invoker, sooner, returned })
    }

    /// Does something to the world at the moment it is, and sees to what follows from it.
    fn with<T>(self: &Arc<Self>, act: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.lock();
        let due_before = state.world.next_due();
        if let Some(now) = self.clock.now() {
            state.reach(now);
        }
        let came = act(&mut state);
        state.note();
        let invocations = state.world.take_invocations();
        state.running.extend(invocations.iter().map(|it| it.event.clone()));
        let due = state.world.next_due();
        drop(state);
        if due.is_some() && due_before.is_none_or(|before| due.is_some_and(|due| due < before)) {
            self.sooner.notify_one();
        }
        for invocation in invocations {
            self.invoke(invocation);
        }
        came
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has a function run a step, beside everything else.
    fn invoke(self: &Arc<Self>, invocation: OutsideInvocation) {
        let engine = Arc::clone(self);
        let OutsideInvocation { function, event } = invocation;
        let ends = self.invoker.invoke(&function, event.clone());
        tokio::spawn(async move {
            let result = ends.await;
            if let Err(raised) = &result {
                tell(&format!("{} of {} failed: {raised}", event.step, event.secret_id));
            }
            engine.function_returned(&event, result);
        });
    }

    /// A function has come back.
    fn function_returned(self: &Arc<Self>, event: &RotationEvent, result: Result<(), String>) {
        self.with(|state| {
            if let Some(index) = state.running.iter().position(|it| it == event) {
                state.running.remove(index);
            }
            state.world.function_returned(event, result, &mut state.trace);
        });
        self.returned.notify_waiters();
    }

    /// Answers a call.
    pub(super) fn call(self: &Arc<Self>, by: Caller, operation: Operation) -> Answer {
        let takes = self.clock.call();
        self.with(|state| {
            let fault = state.strike(&operation);
            let kind = fault.as_ref().map(|fault| fault.kind);
            let tell_fault = |state: &mut State| {
                if let Some(fault) = fault.clone() {
                    state.world.tell_fault(fault, &mut state.trace);
                }
            };
            if kind.is_some_and(FaultKind::is_before) {
                tell_fault(state);
                return faulty(kind);
            }
            let first = state.trace.steps.len();
            state.world.apply(by, operation, takes, &mut state.trace);
            let outcome = state.trace.steps.get(first).map(|step| step.outcome.clone());
            tell_fault(state);
            match (kind, outcome) {
                (None, Some(outcome)) => Answer::Service(outcome),
                _ => faulty(kind),
            }
        })
    }

    /// The steps that are kept, from that number on, as JSON.
    pub(super) fn steps(&self, since: u64) -> serde_json::Value {
        self.lock().record.since(since)
    }

    /// How many steps there were, and how many violations.
    pub(super) fn counts(&self) -> (usize, u64) {
        let state = self.lock();
        (state.record.steps(), state.record.violations())
    }

    /// The moment it is in the world.
    pub(super) fn now(self: &Arc<Self>) -> Timestamp {
        self.with(|state| state.world.now())
    }

    /// Whether time can be told to pass.
    pub(super) const fn clock(&self) -> Clock {
        self.clock
    }

    /// Lets time pass until that moment. It stands still while functions run, which take no time but for their calls.
    pub(super) async fn reach(self: &Arc<Self>, moment: Timestamp) {
        loop {
            let returned = self.returned.notified();
            let (runs, reached) = self.with(|state| {
                if state.running.is_empty() {
                    let due = state.world.next_due().unwrap_or(moment).min(moment);
                    state.reach(due);
                }
                let runs = !state.running.is_empty() || state.world.has_invocations();
                (runs, state.world.now() >= moment)
            });
            if runs {
                returned.await;
            } else if reached {
                return;
            }
        }
    }

    /// Keeps a real clock going without calls.
    pub(super) async fn keep_time(self: Arc<Self>) {
        if self.clock != Clock::Real {
            return;
        }
        loop {
            let sooner = self.sooner.notified();
            let due = self.with(|state| state.world.next_due());
            let wait = due.map(|due| due.since(super::clock::real_now()).millis().max(0));
            // Nothing is due for so long that the clock may have been set meanwhile.
            let wait = u64::try_from(wait.unwrap_or(3_600_000)).unwrap_or(0).min(3_600_000);
            tokio::select! {
                () = sooner => {}
                () = tokio::time::sleep(std::time::Duration::from_millis(wait.max(1))) => {}
            }
        }
    }

    /// How unknown behavior is taken to be.
    pub(super) fn assumptions(&self) -> Assumptions {
        self.lock().world.service().setting().assume
    }

    /// Takes unknown behavior to be so from now on: all of it, or nothing if one can't be.
    pub(super) fn assume<'a>(
        self: &Arc<Self>,
        chosen: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Result<(), AssumptionError> {
        self.with(|state| {
            let mut assume = state.world.service().setting().assume;
            for (id, option) in chosen {
                assume.choose(id, option)?;
            }
            state.world.assume(assume);
            state.trace.assume = assume;
            Ok(())
        })
    }

    /// Has faults hit calls from now on.
    pub(super) fn plan(self: &Arc<Self>, faults: &[Fault]) {
        self.with(|state| state.world.plan(faults));
    }

    /// Keeps the world as it is under a name.
    pub(super) fn take_snapshot(self: &Arc<Self>, name: String) {
        self.with(|state| state.snapshots.insert(name, state.world.clone()));
    }

    /// The names of the snapshots.
    pub(super) fn snapshots(&self) -> Vec<String> {
        self.lock().snapshots.keys().cloned().collect()
    }

    /// Makes the world what it was when that snapshot was taken. Tells whether there is such a snapshot.
    pub(super) fn load_snapshot(self: &Arc<Self>, name: &str) -> bool {
        self.with(|state| {
            let Some(world) = state.snapshots.get(name) else { return false };
            state.world = world.clone();
            state.running.clear();
            state.trace.assume = state.world.service().setting().assume;
            state.record.begin_anew();
            true
        })
    }
}

impl State {
    fn reach(&mut self, moment: Timestamp) {
        self.world.reach(moment, &mut self.trace);
    }

    /// Records what has happened.
    fn note(&mut self) {
        self.record.take(&mut self.trace);
    }

    /// The fault that hits a call: one that was planned for it in the step at which its function is, or for it at all.
    fn strike(&mut self, operation: &Operation) -> Option<Fault> {
        let name = operation.name().as_str();
        let steps = self.running.iter().map(|event| event.step);
        let mut places: Vec<String> = steps.map(|step| format!("{step} {name}")).collect();
        places.push(name.to_owned());
        places.iter().find_map(|place| self.world.strike(place))
    }
}

/// The answer that a client sees when a fault hits its call.
fn faulty(kind: Option<FaultKind>) -> Answer {
    match kind {
        Some(FaultKind::KilledBefore | FaultKind::KilledAfter) => Answer::Cut,
        Some(FaultKind::ErrorBefore | FaultKind::ErrorAfter) | None => {
            Answer::Service(Err(ServiceError::injected()))
        }
    }
}
