//! The one owner of the world: everything that happens to it goes through here, one after the other.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};

use super::clock::{self, Clock};
use super::invoke::Invoker;
use super::log::tell;
use super::refusal::Refusal;
use super::state::State;
use super::store::Store;
use crate::api::{Operation, Reply, ServiceError};
use crate::caller::Caller;
use crate::time::Timestamp;
use crate::world::OutsideInvocation;

/// The longest time without a look at the clock, which may be set.
const LOOK_MAX: u64 = 3_600_000;

/// What a call comes to.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The answer of the service.
    Service(Result<Reply, ServiceError>),
    /// It doesn't get as far as the service.
    Refused(Refusal),
    /// None: a fault cuts the connection.
    Cut,
}

/// The owner of the world.
#[derive(Debug)]
pub(super) struct Engine {
    state: Mutex<State>,
    store: Option<Store>,
    clock: Clock,
    invoker: Arc<dyn Invoker>,
    /// Something may be due sooner than it was.
    sooner: Notify,
    /// A function has come back.
    returned: Notify,
}

/// What was done is being written.
#[derive(Debug)]
pub(super) struct Kept(Vec<oneshot::Receiver<()>>);

impl Kept {
    /// Waits until it is written. Tells whether it is.
    pub(super) async fn written(self) -> bool {
        for kept in self.0 {
            if kept.await.is_err() {
                return false;
            }
        }
        true
    }
}

impl Engine {
    /// Takes over a state, which is kept in a store if there is one.
    pub(super) fn new(
        state: State,
        store: Option<Store>,
        clock: Clock,
        invoker: Arc<dyn Invoker>,
    ) -> Arc<Self> {
        let (sooner, returned) = (Notify::new(), Notify::new());
        Arc::new(Self { state: Mutex::new(state), store, clock, invoker, sooner, returned })
    }

    /// Invokes again what was running when an earlier process ended: nobody knows how far it came.
    pub(super) fn resume(self: &Arc<Self>) {
        let (running, generation) = self.look(|state| (state.running.clone(), state.generation));
        for invocation in running {
            self.invoke(invocation, generation);
        }
    }

    /// Does something to the world at the moment it is, and sees to what follows from it.
    pub(super) fn act<T>(self: &Arc<Self>, act: impl FnOnce(&mut State) -> T) -> (T, Kept) {
        let mut state = self.lock();
        let due_before = state.world.next_due();
        if let Some(now) = self.clock.now() {
            state.reach(now);
        }
        let came = act(&mut state);
        let (invocations, generation) = (state.settle(), state.generation);
        let due = state.world.next_due();
        let mut kept = Vec::new();
        if let (Some(store), Some(deeds)) = (&self.store, &mut state.deeds) {
            kept.extend(deeds.drain(..).map(|entry| store.keep(&entry)));
        }
        drop(state);
        if due.is_some_and(|due| due_before.is_none_or(|before| due < before)) {
            self.sooner.notify_one();
        }
        for invocation in invocations {
            self.invoke(invocation, generation);
        }
        (came, Kept(kept))
    }

    /// Looks at the state as it is.
    pub(super) fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has a function run a step, beside everything else.
    fn invoke(self: &Arc<Self>, invocation: OutsideInvocation, generation: u64) {
        let engine = Arc::clone(self);
        let OutsideInvocation { function, event } = invocation;
        let ends = self.invoker.invoke(&function, event.clone());
        tokio::spawn(async move {
            let result = ends.await;
            if let Err(raised) = &result {
                tell(&format!("{} of {} failed: {raised}", event.step, event.secret_id));
            }
            engine.act(|state| {
                if state.generation == generation {
                    state.function_returned(&event, result);
                }
            });
            engine.returned.notify_waiters();
        });
    }

    /// Answers a call, once what it did is written.
    pub(super) async fn call(self: &Arc<Self>, by: Caller, operation: Operation) -> Answer {
        let (answer, kept) = self.act(|state| state.call(by, operation));
        if kept.written().await { answer } else { Answer::Service(Err(ServiceError::injected())) }
    }

    /// The moment it is in the world.
    pub(super) fn now(self: &Arc<Self>) -> Timestamp {
        self.act(|state| state.world.now()).0
    }

    /// Which clock it follows.
    pub(super) const fn clock(&self) -> Clock {
        self.clock
    }

    /// Lets time pass until that moment. It stands still while functions run, which take no time but for their calls.
    pub(super) async fn reach(self: &Arc<Self>, moment: Timestamp) -> bool {
        loop {
            let returned = self.returned.notified();
            let ((runs, reached), kept) = self.act(|state| {
                if state.running.is_empty() {
                    let due = state.world.next_due().unwrap_or(moment).min(moment);
                    state.reach(due);
                    state.pass();
                }
                let runs = !state.running.is_empty() || state.world.has_invocations();
                (runs, state.world.now() >= moment)
            });
            if runs {
                returned.await;
            } else if reached {
                return kept.written().await;
            }
            // There may be much to do, and others wait for their turn.
            tokio::task::yield_now().await;
        }
    }

    /// Keeps a real clock going without calls.
    pub(super) async fn keep_time(self: Arc<Self>) {
        if self.clock != Clock::Real {
            return;
        }
        loop {
            let sooner = self.sooner.notified();
            let (due, _) = self.act(|state| state.world.next_due());
            let wait = due.map(|due| due.since(clock::real_now()).millis().max(1));
            let wait = wait.and_then(|wait| u64::try_from(wait).ok()).unwrap_or(LOOK_MAX);
            tokio::select! {
                () = sooner => {}
                () = tokio::time::sleep(Duration::from_millis(wait.min(LOOK_MAX))) => {}
            }
        }
    }
}
