//! Where each part of a state lies in its words.

#![expect(clippy::arithmetic_side_effects, reason = "counts of a handful of bits")]

use super::setting::{
    CUSTOM_LABELS_MAX, OTHERS_MAX, ROTATIONS_MAX, Runs, Setting, TooLarge, WORKERS_MAX,
};
use super::table::Table;
use crate::assumption::{PendingCleanup, Placeholder};
use crate::explore::Packed;
use crate::labels::LabelSlot;
use crate::property::Property;
use crate::target::PRINCIPALS_MAX;

/// Slots for labels in a search.
pub(super) const LABELS: usize = LabelSlot::OF_AWS + CUSTOM_LABELS_MAX;

/// Some bits of one word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Field {
    word: u8,
    shift: u8,
    mask: u64,
}

impl Field {
    /// Bits of a word that stands alone.
    pub(super) const fn within(shift: u8, bits: u32) -> Self {
        Self { word: 0, shift, mask: mask(bits) }
    }

    /// What lies there. A field without bits holds 0.
    #[inline]
    pub(super) fn of<const W: usize>(self, state: &Packed<W>) -> u64 {
        // `W` is a power of two, so this keeps the index in range without a branch.
        let word = state.0.get(usize::from(self.word) & (W - 1)).copied().unwrap_or_default();
        self.get(word)
    }

    /// The state with `value` there.
    #[inline]
    pub(super) fn with<const W: usize>(self, mut state: Packed<W>, value: u64) -> Packed<W> {
        if let Some(word) = state.0.get_mut(usize::from(self.word) & (W - 1)) {
            *word = self.put(*word, value);
        }
        state
    }

    /// The state with the bits of `turned` there turned over. They must not be more than it has.
    #[inline]
    pub(super) fn flipped<const W: usize>(self, mut state: Packed<W>, turned: u64) -> Packed<W> {
        if let Some(word) = state.0.get_mut(usize::from(self.word) & (W - 1)) {
            *word ^= turned.wrapping_shl(u32::from(self.shift));
        }
        state
    }

    /// What lies there in a word.
    #[inline]
    pub(super) const fn get(self, word: u64) -> u64 {
        word.wrapping_shr(self.shift as u32) & self.mask
    }

    /// The word with `value` there.
    #[inline]
    pub(super) const fn put(self, word: u64, value: u64) -> u64 {
        let shift = self.shift as u32;
        word & !self.mask.wrapping_shl(shift) | (value & self.mask).wrapping_shl(shift)
    }

    /// How many bits it has.
    const fn width(self) -> u32 {
        self.mask.count_ones()
    }

    /// Its bits where they lie in the word.
    pub(super) const fn place(self) -> u64 {
        self.mask.wrapping_shl(self.shift as u32)
    }
}

/// The runs of bits in a mask as fields, each with how many bits it has.
pub(super) fn runs<const W: usize>(mask: Packed<W>) -> Vec<(Field, u32)> {
    let mut fields = Vec::new();
    for (word, mut left) in (0_u8..).zip(mask.0) {
        while left != 0 {
            let shift = left.trailing_zeros();
            let bits = (left >> shift).trailing_ones();
            fields.push((
                Field { word, shift: u8::try_from(shift).unwrap_or(63), mask: self::mask(bits) },
                bits,
            ));
            left &= left.wrapping_add(1 << shift);
        }
    }
    fields
}

/// The bits of some fields.
pub(super) fn places<const W: usize>(fields: impl IntoIterator<Item = Field>) -> Packed<W> {
    fields.into_iter().fold(Packed::default(), |all, field| field.with(all, u64::MAX))
}

const fn mask(bits: u32) -> u64 {
    if bits == 0 { 0 } else { u64::MAX >> (64 - bits) }
}

/// Bits for the numbers up to `max`.
pub(super) const fn bits(max: usize) -> u32 {
    usize::BITS - max.leading_zeros()
}

/// The parts of one principal of the target.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PrincipalFields {
    pub(super) exists: Field,
    pub(super) accepts: Field,
    pub(super) coming: Field,
    pub(super) leaving: Field,
    pub(super) grants: Field,
    pub(super) tls: Field,
}

/// The parts of the version of a rotation.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TokenFields {
    /// Whether it is absent (0), registered without a value (1), or has one (2). Without placeholders: absent or not.
    pub(super) state: Field,
    /// The principal of its value.
    pub(super) principal: Field,
    /// The version that its value was derived from.
    pub(super) derived: Field,
    /// Whether testSecret has passed it.
    pub(super) tested: Field,
}

/// The parts of a state.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    /// How many rotations were requested.
    pub(super) made: Field,
    /// How many faults happened.
    pub(super) faults: Field,
    /// How many reads were stale.
    pub(super) stale_reads: Field,
    /// Each part of the secret that a read may show as it was before the last change, and where it stands as it was then.
    pub(super) past: Vec<(Field, Field)>,
    /// Whether rotation was off before the last change.
    pub(super) was_off: Field,
    /// The version that carries each label, by slot.
    pub(super) labels: [Field; LABELS],
    /// The version of each rotation, by request.
    pub(super) tokens: [TokenFields; ROTATIONS_MAX],
    /// How many versions others have put.
    pub(super) puts: Field,
    /// For each version that others put, which call put it: 2 bits for each.
    pub(super) origins: Field,
    /// For each version that others put, which of two users its new value is for: 1 bit each.
    pub(super) users: Field,
    /// The rotation that is unfinished, by request, from 1.
    pub(super) rotating: Field,
    /// Whether the last rotation ended without success.
    pub(super) over: Field,
    /// Whether AWSPENDING is going to be cleaned off the current version.
    pub(super) cleans: Field,
    /// Whether rotation was cancelled.
    pub(super) cancelled: Field,
    /// Whether the secret is scheduled for deletion.
    pub(super) deleted: Field,
    /// The target.
    pub(super) target: [PrincipalFields; PRINCIPALS_MAX],
    /// How many calls each of the others has made.
    pub(super) others: [Field; OTHERS_MAX],
    /// Each invocation, as [`Table`] lays it out.
    pub(super) workers: [Field; WORKERS_MAX],
    /// How many bits are taken.
    pub(super) bits: u32,
    /// How many words that takes: 1, 2 or 4.
    pub(super) words: usize,
}

/// Gives out bits, each field in one word.
#[derive(Default)]
struct Room {
    used: [u32; 4],
    missing: u32,
}

impl Room {
    fn take(&mut self, bits: u32) -> Field {
        for (word, used) in (0..).zip(&mut self.used) {
            if bits <= 64 - *used {
                let shift = u8::try_from(*used).unwrap_or_default();
                *used += bits;
                // A field without bits may begin past the end of a word: it has no place, and any will do.
                return Field { word, shift: shift & 63, mask: mask(bits) };
            }
        }
        self.missing += bits;
        Field::default()
    }

    fn take_if(&mut self, wanted: bool, bits: u32) -> Field {
        self.take(if wanted { bits } else { 0 })
    }
}

impl Layout {
    /// Lays out the states of a setting.
    pub(super) fn new(setting: &Setting, table: &Table) -> Result<Self, TooLarge> {
        let mut room = Room::default();
        let rotations = usize::from(setting.rotations);
        let holder = bits(table.versions);
        let checks = |property| setting.check.contains(&property);
        let follows = setting.runs == Runs::WhileUnfinished && rotations > 0;
        let registers = setting.assume.placeholder == Placeholder::Registered;
        let is_stale = table.uses.stale_reads;
        let asks_if_on = is_stale && table.asks_if_rotation_is_on();
        let mut layout = Self {
            made: room.take(bits(rotations)),
            faults: room.take(bits(usize::from(setting.faults.times))),
            puts: room.take(bits(usize::from(setting.puts))),
            rotating: room.take_if(follows, bits(rotations)),
            over: room.take_if(follows, 1),
            cleans: room
                .take_if(follows && setting.assume.pending_cleanup == PendingCleanup::After60s, 1),
            cancelled: room.take_if(table.uses.cancel || asks_if_on, 1),
            deleted: room.take_if(table.uses.delete, 1),
            ..Self::default()
        };
        layout.origins = room.take_if(table.uses.origins, u32::from(setting.puts) * 2);
        layout.users = room.take_if(table.uses.new_users, u32::from(setting.puts));
        for field in layout.labels.iter_mut().take(LabelSlot::OF_AWS + setting.custom.len()) {
            *field = room.take(holder);
        }
        for token in layout.tokens.iter_mut().take(rotations) {
            token.state = room.take(if registers { 2 } else { 1 });
            token.principal = room.take_if(table.uses.other_user, 1);
            token.derived = room.take_if(checks(Property::NoLostUpdate), holder);
            token.tested = room.take_if(checks(Property::PromotedWasTested), 1);
        }
        if let Some(target) = setting.target {
            let principals = if table.uses.other_user { PRINCIPALS_MAX } else { 1 };
            for principal in layout.target.iter_mut().take(principals) {
                principal.exists = room.take_if(table.uses.users, 1);
                principal.accepts = room.take(table.credentials);
                principal.coming = room.take_if(target.delay.is_some(), table.credentials);
                let leaves = target.delay.is_some() || target.grace.is_some();
                principal.leaving = room.take_if(leaves, table.credentials);
                principal.grants = room.take_if(table.uses.grants > 0, table.uses.grants);
                principal.tls = room.take_if(table.uses.tls, 1);
            }
        }
        for (field, other) in layout.others.iter_mut().zip(&setting.others) {
            *field = room.take(bits(usize::from(other.times.unwrap_or_default())));
        }
        for field in layout.workers.iter_mut().take(usize::from(setting.workers)) {
            *field = room.take(table.worker_bits);
        }
        if is_stale {
            layout.stale_reads = room.take(bits(usize::from(setting.faults.stale_reads)));
            layout.was_off = room.take_if(asks_if_on, 1);
            layout.past = layout.looks(table, &mut room);
        }
        layout.bits = room.used.iter().sum();
        if room.missing > 0 {
            return Err(TooLarge::Bits { bits: layout.bits + room.missing });
        }
        layout.words = match room.used {
            [.., 0, 0, 0] => 1,
            [.., 0, 0] => 2,
            _ => 4,
        };
        Ok(layout)
    }

    /// Room for what a read may show as it was: the labels that the function reads, and which versions there were.
    fn looks(&self, table: &Table, room: &mut Room) -> Vec<(Field, Field)> {
        let read = table.labels_read();
        let labels = (0..).map(LabelSlot::from_index).zip(&self.labels);
        let labels = labels.filter(|(slot, _)| slot.is_some_and(|slot| read.contains(slot)));
        let tokens = self.tokens.iter().map(|token| token.state);
        let parts = labels.map(|(_, field)| *field).chain(tokens).chain([self.puts, self.deleted]);
        let parts = parts.filter(|field| field.width() > 0);
        parts.map(|field| (field, room.take(field.width()))).collect()
    }
}
