//! What a state space is: packed states, what can happen in each, and what to think of it.

use std::fmt::Debug;
use std::hash::Hash;

/// A state in a few machine words: equal words, equal state.
///
/// The engine keeps millions of them side by side and compares them word by word, so a model must pack a state in one
/// way only.
pub trait Words: Copy + Eq + Ord + Hash + Debug + Send + Sync + 'static {
    /// Mixes all words into one. The same on every machine; its upper 40 bits are the good ones.
    fn digest(self) -> u64;
}

/// `W` words, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Packed<const W: usize>(pub [u64; W]);

impl<const W: usize> Default for Packed<W> {
    fn default() -> Self {
        Self([0; W])
    }
}

impl<const W: usize> Packed<W> {
    /// The bits that are in both.
    #[inline]
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.with(other, |one, other| one & other)
    }

    /// The bits that are in either.
    #[inline]
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.with(other, |one, other| one | other)
    }

    /// The bits that are here and not in `other`.
    #[inline]
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        self.with(other, |one, other| one & !other)
    }

    /// The bits in which the two differ.
    #[inline]
    #[must_use]
    pub fn differing(self, other: Self) -> Self {
        self.with(other, |one, other| one ^ other)
    }

    /// Whether no bit is in it.
    pub fn is_empty(self) -> bool {
        self.0 == [0; W]
    }

    #[inline]
    fn with(mut self, other: Self, both: impl Fn(u64, u64) -> u64) -> Self {
        for (word, other) in self.0.iter_mut().zip(other.0) {
            *word = both(*word, other);
        }
        self
    }
}

/// Odd, half of its bits set: the golden ratio in 64 bits.
pub(crate) const FIRST_FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
/// A second such number, from the finisher of a known hash (rrmxmx).
const SECOND_FACTOR: u64 = 0xD6E8_FEB8_6659_FD93;

impl<const W: usize> Words for Packed<W> {
    /// A multiplication spreads upwards only, a shift brings the upper half down, so two rounds reach every upper bit.
    #[inline]
    fn digest(self) -> u64 {
        self.0.into_iter().fold(0, |hash: u64, word| {
            let hash = (hash ^ word).wrapping_mul(FIRST_FACTOR);
            (hash ^ (hash >> 32)).wrapping_mul(SECOND_FACTOR)
        })
    }
}

/// What happened, as the model numbers it. The engine hands it back and never looks inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionId(pub u32);

/// A set of at most 32 properties, by number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PropertySet(pub u32);

impl PropertySet {
    /// No property.
    pub const NONE: Self = Self(0);

    /// One property; none if there is no such number.
    pub const fn one(property: u32) -> Self {
        Self(if property < u32::BITS { 1 << property } else { 0 })
    }

    /// This set and the property, if `holds` doesn't hold: `PropertySet::NONE.unless(c != 0, 3)`.
    #[must_use]
    pub const fn unless(self, holds: bool, property: u32) -> Self {
        if holds { self } else { self.or(Self::one(property)) }
    }

    /// What is in either.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is here and not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether nothing is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether the property is in it.
    pub const fn has(self, property: u32) -> bool {
        self.0 & Self::one(property).0 != 0
    }

    /// The properties in it, lowest number first.
    pub fn iter(self) -> impl Iterator<Item = u32> {
        (0..u32::BITS).filter(move |it| self.has(*it))
    }
}

/// Something that can happen in a state, and the state after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Successor<S> {
    /// What happens.
    pub action: ActionId,
    /// The state after it.
    pub state: S,
    /// The properties that the *transition* violates, whatever the states on either side are like.
    pub broken: PropertySet,
}

/// What a state by itself says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Findings {
    /// The properties that the state violates.
    pub broken: PropertySet,
    /// The `sometimes` properties of which it is an example. They share the numbers of the others.
    pub witnessed: PropertySet,
    /// Whether it is where the `eventually` property wants to get.
    pub goal: bool,
}

/// A state space: where it begins and what can happen.
///
/// Every answer depends on the arguments alone; the engine asks again, from several threads, and relies on hearing the
/// same.
pub trait Space: Sync {
    /// A state of it.
    type State: Words;
    /// What a thread of the search remembers from one state to the next, so that it needn't compute things twice.
    type Memory: Default + Debug + Send;

    /// The state everything begins with.
    fn initial(&self) -> Self::State;

    /// Emits everything that can happen in `state`.
    ///
    /// In a fixed order: the place in it, counted from 0, is the number by which a path is replayed. Two actions with
    /// equal results are two successors; an action that leaves the state as it is may be emitted or not.
    fn successors(&self, state: Self::State, emit: &mut impl FnMut(Successor<Self::State>));

    /// The same as [`Space::successors`], with the help of a memory that the engine keeps for each thread.
    fn successors_from(
        &self,
        memory: &mut Self::Memory,
        state: Self::State,
        emit: &mut impl FnMut(Successor<Self::State>),
    ) {
        let _ = memory;
        self.successors(state, emit);
    }

    /// What the state says by itself. Asked once for each state while searching.
    fn judge(&self, state: Self::State) -> Findings;

    /// Of paths that are equally long, one that ends in a state of the lowest rank is told.
    fn rank(&self, state: Self::State) -> u32 {
        let _ = state;
        0
    }

    /// Whether the state is where the `eventually` property of that number wants to get.
    fn is_goal(&self, property: u32, state: Self::State) -> bool {
        let _ = property;
        self.judge(state).goal
    }

    /// Whether the service's own retries alone take such an edge, as the `eventually` property asks.
    fn helps(&self, action: ActionId) -> bool {
        let _ = action;
        true
    }
}
