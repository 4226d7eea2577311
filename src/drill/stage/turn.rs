//! Calls that are held until it is their turn.

use tokio::sync::oneshot;

use super::{Arrival, Gate, Inner, LOGOUT, Open, Signal, Stage, Way};
use crate::drill::cell::Place;

impl Inner {
    fn open(&mut self, number: u32) -> Option<&mut Open> {
        self.open.iter_mut().find(|open| open.invoked.number == number)
    }
}

impl Stage {
    /// Whether a call is held until it is its turn. Nobody waits for the end of a connection: it belongs to what was
    /// called before.
    pub(super) fn takes_turns(&self, arrival: &Arrival) -> bool {
        let is_call = arrival.place.as_ref().is_some_and(|place| place.call != LOGOUT);
        is_call && !arrival.is_again && self.lock().gate == Gate::Closed
    }

    /// Has an invocation stand still before a call until it may go on.
    pub(super) async fn hold(&self, arrival: &Arrival) -> Way {
        let Some(invoked) = &arrival.invoked else { return Way::Free };
        let (free, freed) = oneshot::channel();
        if let Some(open) = self.lock().open(invoked.number) {
            open.is_aside = false;
            open.held.push_back((arrival.place.clone(), free));
        }
        let _told = self.signals.send(Signal::Paused(invoked.number));
        // The invocation is over if nobody can let it go on.
        if freed.await.is_err() {
            return Way::Cut;
        }
        if arrival.place.as_ref().is_some_and(Place::is_of_target)
            && let Some(open) = self.lock().open(invoked.number)
        {
            open.asks_target = true;
        }
        Way::Free
    }

    /// Whoever stands still goes on.
    pub(in crate::drill) fn resume(&self) {
        for (_, free) in self.lock().open.iter_mut().flat_map(|open| open.held.drain(..)) {
            let _freed = free.send(());
        }
    }

    /// Lets the call through before which an invocation stands, or gives it the answer that it waited for. Gives the
    /// call.
    pub(in crate::drill) fn release(&self, number: u32) -> Option<Place> {
        let mut inner = self.lock();
        let open = inner.open(number)?;
        open.is_aside = false;
        if let Some(answer) = open.answer.take() {
            let _freed = answer.send(());
            return None;
        }
        let (place, free) = open.held.pop_front()?;
        open.under_way = open.under_way.saturating_add(1);
        let _freed = free.send(());
        place
    }

    /// Whether an invocation stands before a call, and has the answers to all that it made.
    pub(in crate::drill) fn stands(&self, number: u32) -> bool {
        let mut inner = self.lock();
        inner.open(number).is_some_and(|open| !open.held.is_empty() && open.under_way == 0)
    }

    /// Has others go on while an invocation waits, or only if it is the target that doesn't answer it. Tells whether they
    /// do: what comes then has to wait until it is its turn.
    pub(in crate::drill) fn set_aside(&self, number: u32, only_if_target_is_asked: bool) -> bool {
        let mut inner = self.lock();
        let open = inner.open(number);
        let open = open.filter(|open| open.asks_target || !only_if_target_is_asked);
        open.is_some_and(|open| {
            open.is_aside = true;
            true
        })
    }

    /// The target has answered a statement. If others went on meanwhile, the answer has to wait.
    pub(in crate::drill) async fn answered(&self, arrival: &Arrival) {
        let Some(number) = arrival.invoked.as_ref().map(|invoked| invoked.number) else { return };
        let (free, freed) = oneshot::channel();
        {
            let mut inner = self.lock();
            let Some(open) = inner.open(number) else { return };
            open.asks_target = false;
            if !open.is_aside {
                return;
            }
            open.answer = Some(free);
        }
        let _told = self.signals.send(Signal::Answered(number));
        let _freed = freed.await;
    }

    /// A connection to the target has ended.
    pub(in crate::drill) fn connection_ended(&self) {
        let mut inner = self.lock();
        inner.ended = inner.ended.saturating_add(1);
    }

    /// How many connections to the target have ended.
    pub(in crate::drill) fn ended_connections(&self) -> usize {
        self.lock().ended
    }

    /// Whether an invocation waits for an answer of the target.
    pub(in crate::drill) fn asks_target(&self, number: u32) -> bool {
        self.lock().open(number).is_some_and(|open| open.asks_target)
    }

    /// A call of an invocation is through.
    pub(super) fn through(&self, arrival: &Arrival) {
        let Some(number) = arrival.invoked.as_ref().map(|invoked| invoked.number) else { return };
        if let Some(open) = self.lock().open(number) {
            open.under_way = open.under_way.saturating_sub(1);
        }
        let _told = self.signals.send(Signal::Through(number));
    }
}
