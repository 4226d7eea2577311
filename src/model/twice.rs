//! `step-is-idempotent`: a step that has come back is run once more, alone, and must come back and change nothing.

#![expect(clippy::arithmetic_side_effects, reason = "places in a small table")]

use super::Model;
use super::calls::Done;
use super::rotation::Seat;
use super::table::{Decision, Entry, Table};
use crate::explore::Packed;
use crate::program::NODES_MAX;

impl<const W: usize> Model<W> {
    /// What a function does after a call, with what it remembers then; `None` if it raises the error of the call.
    fn after(&self, done: &Done<W>, seat: &Seat<'_>) -> Option<(Decision, u64)> {
        let (record, flow) = match done.result {
            Ok(record) => (record, seat.op.then),
            Err(failure) => {
                let mut handlers = seat.op.on_error.iter();
                let caught = handlers.find(|(caught, _)| Table::catches(*caught, failure))?;
                (seat.record, caught.1)
            }
        };
        Some((self.decide(&done.state, seat, record, flow), record))
    }

    /// Whether a call is the last of its step, and the step comes back.
    pub(super) fn comes_back(&self, done: &Done<W>, seat: &Seat<'_>) -> bool {
        matches!(self.after(done, seat), Some((Decision::Return, _)))
    }

    /// Whether the step of a call that has just come back equals itself if it is run once more.
    pub(super) fn repeats(&self, state: &Packed<W>, seat: &Seat<'_>) -> bool {
        let step = usize::from(seat.op.step);
        let Some(Entry::Call(first)) = self.table.entries.get(step) else { return true };
        let token = self.table.token.get(seat.record);
        let mut record = self.table.token.put(self.table.pc.put(0, u64::from(*first)), token);
        let mut now = *state;
        // A step has no loops, so it ends.
        for _ in 0..NODES_MAX {
            let at = usize::try_from(self.table.pc.get(record)).unwrap_or(0);
            let Some(op) = at.checked_sub(1).and_then(|at| self.table.ops.get(at)) else {
                return true;
            };
            let seat = Seat { field: seat.field, record, op };
            let done = self.call(now, &seat, &mut ());
            now = done.state;
            match self.after(&done, &seat) {
                Some((Decision::Call(to), remembered)) => {
                    let keep = self.table.ops.get(usize::from(to) - 1).map_or(0, |op| op.keep);
                    record = self.table.pc.put(remembered & keep, u64::from(to));
                }
                Some((Decision::Return, _)) => return !self.differs(state, &now),
                Some((Decision::Fail | Decision::Quit | Decision::If { .. }, _)) | None => {
                    return false;
                }
            }
        }
        false
    }
}
