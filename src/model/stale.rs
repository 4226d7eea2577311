//! Stale reads: what a read of the secret answers that lacks the last change.
//!
//! The service documents no bound but that reads are consistent in the end. Here a read lags by one change at most, however
//! long ago that was, and a budget bounds how many reads do. What was there before the exploration began, all reads show.

use super::Model;
use super::rotation::Seat;
use super::table::OpCall;
use crate::explore::{Packed, Successor};

impl<const W: usize> Model<W> {
    /// The bits of a state whose change is a change of the secret.
    pub(super) fn seen_bits(&self) -> Packed<W> {
        let layout = &self.layout;
        let tokens = layout.tokens.iter().map(|token| &token.state);
        let rest = [&layout.puts, &layout.deleted, &layout.cancelled, &layout.made];
        let all = layout.labels.iter().chain(tokens).chain(rest);
        all.fold(Packed::default(), |state, field| field.with(state, u64::MAX))
    }

    /// The state that remembers what the secret looked like in `look`.
    pub(super) fn remembering(&self, mut state: Packed<W>, look: &Packed<W>) -> Packed<W> {
        for (now, past) in &self.layout.past {
            state = past.with(state, now.of(look));
        }
        // Until the first request nothing rotates the secret.
        let was_off = self.layout.made.of(look) == 0 || self.layout.cancelled.of(look) == 1;
        self.layout.was_off.with(state, u64::from(was_off))
    }

    /// A successor that remembers what the secret looked like before its last change, as long as some read may lag.
    #[inline]
    pub(super) fn remembered(
        &self,
        before: &Packed<W>,
        successor: Successor<Packed<W>>,
    ) -> Successor<Packed<W>> {
        if self.layout.past.is_empty() { successor } else { self.with_past(before, successor) }
    }

    fn with_past(
        &self,
        before: &Packed<W>,
        mut successor: Successor<Packed<W>>,
    ) -> Successor<Packed<W>> {
        let after = successor.state;
        if !self.may_read_stale(&after) {
            // What nobody can ask for any more is forgotten.
            successor.state =
                self.layout.past.iter().fold(after, |state, (_, past)| past.with(state, 0));
            successor.state = self.layout.was_off.with(successor.state, 0);
            return successor;
        }
        let words = before.0.iter().zip(&after.0).zip(&self.seen.0);
        if words.into_iter().any(|((before, after), mask)| (before ^ after) & mask != 0) {
            successor.state = self.remembering(after, before);
        }
        successor
    }

    /// Whether some read may still lag.
    fn may_read_stale(&self, state: &Packed<W>) -> bool {
        self.layout.stale_reads.of(state) < u64::from(self.setting.faults.stale_reads)
    }

    /// The secret as it was before its last change, and everything else as it is.
    pub(super) fn looking_back(&self, state: &Packed<W>) -> Packed<W> {
        let looked = self
            .layout
            .past
            .iter()
            .fold(*state, |looked, (now, past)| now.with(looked, past.of(state)));
        self.layout.cancelled.with(looked, self.layout.was_off.of(state))
    }

    /// The state after the call of an invocation, if it is a read that lags; nothing if it may not, or if that makes no
    /// difference.
    pub(super) fn after_stale_read(&self, state: Packed<W>, seat: &Seat<'_>) -> Option<Packed<W>> {
        let reads = matches!(seat.op.call, OpCall::Describe { .. } | OpCall::Get { .. });
        if self.layout.past.is_empty() || !reads || !self.may_read_stale(&state) {
            return None;
        }
        let present = self.call(state, seat, &mut ()).result;
        match self.call(self.looking_back(&state), seat, &mut ()).result {
            result if result == present => None,
            Ok(record) => Some(self.go_on(state, seat, record, seat.op.then)),
            Err(failure) => Some(self.fails(state, seat, failure)),
        }
    }
}
