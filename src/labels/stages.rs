//! Handles for versions and labels, and which version carries which label.

use std::num::NonZeroU8;

use crate::evidence::Rule;

/// How many labels a secret may have over all its versions.
pub const LABELS_PER_SECRET: usize = 20;

/// Slots for labels: the three of AWS, a full set of custom ones, and one for the label that is one too many.
pub const LABEL_SLOTS: usize = 24;

/// A version of one secret, as a handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VersionSlot(NonZeroU8);

impl VersionSlot {
    /// The slot with that index, counted from 0; `None` past the last one (254).
    pub fn from_index(index: usize) -> Option<Self> {
        let number = u8::try_from(index).ok()?.checked_add(1)?;
        NonZeroU8::new(number).map(Self)
    }

    /// Its index, counted from 0.
    pub const fn index(self) -> usize {
        (self.0.get() as usize).saturating_sub(1)
    }

    /// The slot with that number, counted from 1; `None` for 0.
    pub const fn from_number(number: u8) -> Option<Self> {
        match NonZeroU8::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// Its number, counted from 1.
    pub const fn number(self) -> u8 {
        self.0.get()
    }
}

/// A label of one secret, as a handle: the three of AWS have fixed slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LabelSlot(u8);

impl LabelSlot {
    /// AWSCURRENT.
    pub const CURRENT: Self = Self(0);
    /// AWSPREVIOUS.
    pub const PREVIOUS: Self = Self(1);
    /// AWSPENDING.
    pub const PENDING: Self = Self(2);
    /// How many slots the labels of AWS take.
    pub const OF_AWS: usize = 3;

    /// The slot with that index; `None` if it is past the last one.
    pub fn from_index(index: usize) -> Option<Self> {
        (index < LABEL_SLOTS).then_some(())?;
        u8::try_from(index).ok().map(Self)
    }

    /// Its index, counted from 0.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Some labels of one secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LabelSet(u32);

impl LabelSet {
    /// No label.
    pub const EMPTY: Self = Self(0);

    /// This set and `label`.
    #[must_use]
    pub const fn with(self, label: LabelSlot) -> Self {
        Self(self.0 | 1 << label.0)
    }

    /// Whether `label` is in it.
    pub const fn contains(self, label: LabelSlot) -> bool {
        self.0 & 1 << label.0 != 0
    }

    /// Its labels, by slot.
    pub fn iter(self) -> impl Iterator<Item = LabelSlot> {
        (0_u8..32).map(LabelSlot).filter(move |label| self.contains(*label))
    }
}

/// Which version carries each label.
///
/// Keyed by label, so that "one label on two versions" can't be written down. `N` is the number of label slots; a
/// search over few labels takes a small one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stages<const N: usize = LABEL_SLOTS>([Option<VersionSlot>; N]);

impl<const N: usize> Stages<N> {
    /// No label anywhere.
    pub const NONE: Self = Self([None; N]);

    /// The labels where these versions carry them, by slot of the label.
    pub const fn of(holders: [Option<VersionSlot>; N]) -> Self {
        Self(holders)
    }

    /// The version that carries each label, by slot of the label.
    pub const fn holders(&self) -> &[Option<VersionSlot>; N] {
        &self.0
    }

    /// The version that carries `label`.
    pub fn holder(&self, label: LabelSlot) -> Option<VersionSlot> {
        self.0.get(label.index()).copied().flatten()
    }

    /// How many labels are attached, over all versions.
    pub fn count(&self) -> usize {
        self.0.iter().flatten().count()
    }

    /// The labels that are attached, by slot, with the version that carries each.
    pub fn attached(&self) -> impl Iterator<Item = (LabelSlot, VersionSlot)> {
        (0_u8..).map(LabelSlot).zip(&self.0).filter_map(|(label, holder)| Some((label, (*holder)?)))
    }

    /// The labels of one version, by slot.
    pub fn labels_of(&self, version: VersionSlot) -> impl Iterator<Item = LabelSlot> {
        (0_u8..)
            .map(LabelSlot)
            .zip(&self.0)
            .filter(move |(_, holder)| **holder == Some(version))
            .map(|(label, _)| label)
    }

    /// Whether `version` carries any label.
    pub fn is_labelled(&self, version: VersionSlot) -> bool {
        self.0.contains(&Some(version))
    }

    /// Attaches `label` to `to` alone (or to nothing) and tells `ledger` if that changes anything.
    pub(super) fn put(
        &mut self,
        label: LabelSlot,
        to: Option<VersionSlot>,
        because: Rule,
        ledger: &mut impl Ledger,
    ) {
        let Some(holder) = self.0.get_mut(label.index()) else { return };
        ledger.cite(because);
        if *holder != to {
            let from = std::mem::replace(holder, to);
            if from.is_some() && to.is_some() {
                ledger.cite(Rule::LabelIsExclusive);
            }
            ledger.moved(Move { label, from, to, because });
        }
    }
}

/// One label that moved, appeared or went, and the rule that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// Which label.
    pub label: LabelSlot,
    /// The version it left.
    pub from: Option<VersionSlot>,
    /// The version it is on now.
    pub to: Option<VersionSlot>,
    /// Why.
    pub because: Rule,
}

/// Told what happens and on what ground. The search passes `()`, which listens to nothing and costs nothing.
pub trait Ledger {
    /// A label moved.
    fn moved(&mut self, _: Move) {}
    /// A rule decided something.
    fn cite(&mut self, _: Rule) {}
}

impl Ledger for () {}
