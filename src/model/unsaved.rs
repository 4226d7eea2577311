//! Passwords and tokens that an invocation has made and no version holds yet.
//!
//! Each worker has one credential for what it has made: two invocations for the same version make two. It becomes that of
//! the version with the put that stores it, and one that nobody knows when the invocation forgets it before.

use super::Model;
use super::calls::Done;
use super::layout::Field;
use super::rotation::Seat;
use super::table::{Op, OpCall};
use crate::explore::Packed;
use crate::program::TargetVerb;
use crate::target::{CredentialSet, CredentialSlot, Target};

fn slot(number: u32) -> CredentialSlot {
    CredentialSlot(u8::try_from(number).unwrap_or(15))
}

impl<const W: usize> Model<W> {
    /// The credential that stands for what an invocation has made and stored nowhere.
    pub(super) fn in_hand(&self, seat: &Seat<'_>) -> CredentialSlot {
        let worker = self.layout.workers.iter().position(|it| *it == seat.field);
        let worker = worker.and_then(|worker| u32::try_from(worker).ok()).unwrap_or_default();
        slot(self.table.in_hand.saturating_add(worker))
    }

    /// Whether the target has been told of what an invocation has made and stored nowhere.
    pub(super) fn knows_in_hand(&self, state: &Packed<W>, seat: &Seat<'_>) -> bool {
        let own = self.in_hand(seat);
        self.table.uses.unsaved
            && self.target(state).principals.iter().any(|it| it.known().contains(own))
    }

    /// The version in which a password or token is stored already, as far as its invocation can tell.
    pub(super) fn stored_in(&self, record: u64, secret: Field) -> Option<u64> {
        let version = secret.get(record);
        (self.table.uses.unsaved && version != 0 && version != self.table.made).then_some(version)
    }

    /// What comes of a put that has taken effect: what the invocation has made is what the version has from then on.
    pub(super) fn stored(
        &self,
        state: Packed<W>,
        seat: &Seat<'_>,
        version: u64,
        secret: Option<Field>,
    ) -> Done<W> {
        let made = |secret: &Field| secret.get(seat.record) == self.table.made;
        let Some(secret) = secret.filter(|it| self.table.uses.unsaved && made(it)) else {
            return Done { state, result: Ok(seat.record) };
        };
        let (own, new) = (self.in_hand(seat), self.credential(&state, version));
        let state = self.with_target(state, renamed(self.target(&state), own, new));
        Done { state, result: Ok(secret.put(seat.record, version)) }
    }

    /// The state after an invocation has forgotten something. What it has made and no version holds, nobody knows then: the
    /// target may accept it still.
    #[inline]
    pub(super) fn without_lost_secret(
        &self,
        state: Packed<W>,
        seat: &Seat<'_>,
        record: u64,
        kept: u64,
    ) -> Packed<W> {
        if !self.table.uses.unsaved {
            return state;
        }
        let has = |op: &Op, record| op.secrets.iter().any(|it| it.get(record) == self.table.made);
        let next = self.table.pc.get(kept).checked_sub(1);
        let next = next.and_then(|at| self.table.ops.get(usize::try_from(at).ok()?));
        if !has(seat.op, record) || next.is_some_and(|op| has(op, kept)) {
            return state;
        }
        self.orphaned(state, self.in_hand(seat))
    }

    /// The state after a call whose answer the function never sees: a token that was made is lost at once.
    pub(super) fn unseen(&self, state: Packed<W>, seat: &Seat<'_>) -> Packed<W> {
        let makes = |call: &OpCall| matches!(call, OpCall::Target(it) if it.verb == TargetVerb::CreateToken);
        if makes(&seat.op.call) { self.orphaned(state, self.in_hand(seat)) } else { state }
    }

    /// What an invocation has made is something that nobody knows any more.
    fn orphaned(&self, state: Packed<W>, own: CredentialSlot) -> Packed<W> {
        let mut target = self.target(&state);
        for principal in target.principals.iter_mut().filter(|it| it.known().contains(own)) {
            let orphan = self.free_orphan(principal.known());
            let stays = [own, orphan].into_iter().any(|it| principal.live().contains(it));
            let sets = [&mut principal.accepts, &mut principal.coming, &mut principal.leaving];
            for set in sets.into_iter().filter(|set| set.contains(own)) {
                *set = set.without(own).with(orphan);
            }
            // Where one stands for several, it stays as long as the last of them.
            if stays {
                principal.leaving = principal.leaving.without(orphan);
            }
        }
        self.with_target(state, target)
    }

    /// The credentials that stand for those that nobody knows any more: one for all, unless it counts how many there are.
    fn orphans(&self) -> impl Iterator<Item = CredentialSlot> {
        let first = u32::try_from(self.table.versions).unwrap_or(u32::MAX);
        (first..self.table.in_hand).map(slot)
    }

    /// The one that stands for what is forgotten next.
    fn free_orphan(&self, known: CredentialSet) -> CredentialSlot {
        let free = self.orphans().find(|it| !known.contains(*it));
        free.or_else(|| self.orphans().last()).unwrap_or(CredentialSlot(15))
    }

    /// Whether the target accepts a credential that no version ever held.
    pub(super) fn has_orphan(&self, accepts: CredentialSet) -> bool {
        self.orphans().any(|it| accepts.contains(it))
    }

    /// The target before an action, with what is stored by it called as it is after it.
    pub(super) fn target_of_story(&self, before: &Packed<W>, after: &Packed<W>) -> Target {
        let target = self.target(before);
        if !self.table.uses.unsaved {
            return target;
        }
        let is_new = |it: &u64| self.has_value(after, *it) && !self.has_value(before, *it);
        let Some(version) = (1..=self.versions()).find(is_new) else { return target };
        let new = self.credential(after, version);
        let known = |of: &Target, it| of.principals.iter().any(|user| user.known().contains(it));
        let now = self.target(after);
        let hands = (self.table.in_hand..self.table.credentials).map(slot);
        // Who stores what it has made goes on; a put of others changes no invocation.
        let stored = self.layout.workers.iter().zip(hands).find(|(worker, own)| {
            worker.of(before) != worker.of(after) && known(&target, *own) && !known(&now, *own)
        });
        let stored = stored.filter(|_| known(&now, new));
        stored.map_or(target, |(_, own)| renamed(target, own, new))
    }

    /// The version that a credential is stored in or made for; none for one that nobody knows.
    pub(super) fn version_with(&self, state: &Packed<W>, it: CredentialSlot) -> Option<u64> {
        let number = u64::from(it.0);
        if usize::from(it.0) < self.table.versions {
            return Some(number.saturating_add(1));
        }
        let worker = u32::from(it.0).checked_sub(self.table.in_hand)?;
        let field = self.layout.workers.get(usize::try_from(worker).ok()?)?;
        Some(self.version_of(self.table.token.get(field.of(state))))
    }
}

/// The target with one credential in the place of another.
fn renamed(mut target: Target, old: CredentialSlot, new: CredentialSlot) -> Target {
    for principal in &mut target.principals {
        let sets = [&mut principal.accepts, &mut principal.coming, &mut principal.leaving];
        for set in sets.into_iter().filter(|set| set.contains(old)) {
            *set = set.without(old).with(new);
        }
    }
    target
}
