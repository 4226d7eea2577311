//! A scenario's own properties over packed states. What they can see is a small part of a state, so that a verdict is
//! looked up far more often than it is made.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::Model;
use super::layout::places;
use super::setting::Setting;
use crate::explore::{Packed, PropertySet};
use crate::labels::LabelSlot;
use crate::property::own::{OwnKind, OwnProperty, Seen, Undecided};

/// The own properties of a setting, and what versions are called in them.
#[derive(Clone, Debug, Default)]
pub struct OwnProperties {
    /// The properties.
    pub properties: Vec<OwnProperty>,
    /// The names of the versions of the start, oldest first.
    pub names: Vec<String>,
}

/// What expressions say of a state, by the numbers that the engine gives to properties.
#[derive(Clone, Copy, Debug, Default)]
struct Verdicts {
    holds: PropertySet,
    undecided: PropertySet,
}

/// How own properties are judged.
#[derive(Clone, Debug, Default)]
pub(super) struct OwnJudge<const W: usize> {
    /// The number of the first.
    first: u32,
    /// The properties of each kind.
    always: PropertySet,
    at_rest: PropertySet,
    sometimes: PropertySet,
    eventually: PropertySet,
    /// The bits of a state that an expression can see.
    visible: Packed<W>,
    /// Verdicts by what is visible. They are what the state says, so it doesn't matter which thread puts them there.
    known: Arc<RwLock<BTreeMap<Packed<W>, Verdicts>>>,
}

impl<const W: usize> OwnJudge<W> {
    pub(super) fn new(setting: &Setting) -> Self {
        let first = u32::try_from(setting.check.len()).unwrap_or(u32::MAX);
        let of = |kind: OwnKind| {
            let numbered = (first..).zip(&setting.own.properties);
            numbered
                .filter(|(_, property)| property.kind == kind)
                .fold(PropertySet::NONE, |all, (number, _)| all.or(PropertySet::one(number)))
        };
        Self {
            first,
            always: of(OwnKind::Always),
            at_rest: of(OwnKind::AtRest),
            sometimes: of(OwnKind::Sometimes),
            eventually: of(OwnKind::Eventually),
            ..Self::default()
        }
    }

    /// Whether there are any.
    pub(super) const fn is_empty(&self) -> bool {
        self.always.or(self.at_rest).or(self.sometimes).or(self.eventually).is_empty()
    }
}

impl<const W: usize> Model<W> {
    /// The bits of a state that an expression can see.
    pub(super) fn visible(&self) -> Packed<W> {
        let layout = &self.layout;
        let principals = layout.tokens.iter().map(|token| token.principal);
        let others = [layout.origins, layout.users, layout.rotating];
        self.effects().or(places(principals.chain(others)))
    }

    /// Makes own properties ready.
    pub(super) fn own_judge(&self) -> OwnJudge<W> {
        OwnJudge { visible: self.visible(), ..OwnJudge::new(&self.setting) }
    }

    /// The own property of that number.
    pub fn own_property(&self, number: u32) -> Option<&OwnProperty> {
        let index = usize::try_from(number.checked_sub(self.own.first)?).ok()?;
        self.setting.own.properties.get(index)
    }

    /// The own properties of a kind, each with its number.
    pub fn own_of(&self, kind: OwnKind) -> impl Iterator<Item = (u32, &OwnProperty)> {
        let numbered = (self.own.first..).zip(&self.setting.own.properties);
        numbered.filter(move |(_, property)| property.kind == kind)
    }

    /// What a state violates and what it is an example of.
    pub(super) fn own_findings(&self, state: &Packed<W>) -> (PropertySet, PropertySet) {
        let own = &self.own;
        let Verdicts { holds, undecided } = self.verdicts(state);
        let mut asked = own.always.or(own.sometimes).or(own.eventually);
        let mut must = own.always;
        if self.rests(state) {
            asked = asked.or(own.at_rest);
            must = must.or(own.at_rest);
        }
        let fails = must.without(holds);
        let unsaid = PropertySet(asked.0 & undecided.0);
        (fails.or(unsaid), PropertySet(own.sometimes.0 & holds.0))
    }

    /// Whether a state is one that an own property wants to get to.
    pub(super) fn own_goal(&self, number: u32, state: &Packed<W>) -> bool {
        self.verdicts(state).holds.has(number)
    }

    /// Why an own property of that number comes to no answer in a state.
    pub fn own_undecided(&self, number: u32, state: Packed<W>) -> Option<Undecided> {
        self.own_property(number)?.holds(&self.seen(&state)).err()
    }

    fn verdicts(&self, state: &Packed<W>) -> Verdicts {
        let mut key = *state;
        for (word, visible) in key.0.iter_mut().zip(self.own.visible.0) {
            *word &= visible;
        }
        let known =
            self.own.known.read().unwrap_or_else(PoisonError::into_inner).get(&key).copied();
        known.unwrap_or_else(|| {
            let verdicts = self.make_verdicts(&key);
            self.own.known.write().unwrap_or_else(PoisonError::into_inner).insert(key, verdicts);
            verdicts
        })
    }

    #[cold]
    fn make_verdicts(&self, state: &Packed<W>) -> Verdicts {
        let seen = self.seen(state);
        let mut verdicts = Verdicts::default();
        for (number, property) in (self.own.first..).zip(&self.setting.own.properties) {
            let one = PropertySet::one(number);
            match property.holds(&seen) {
                Ok(true) => verdicts.holds = verdicts.holds.or(one),
                Ok(false) => {}
                Err(_) => verdicts.undecided = verdicts.undecided.or(one),
            }
        }
        verdicts
    }

    /// What an expression sees of a state.
    fn seen(&self, state: &Packed<W>) -> Seen {
        let name = |version: u64| self.version_name(&self.setting.own.names, version);
        let mut labels: Vec<(String, String)> = (0..self.layout.labels.len())
            .filter_map(LabelSlot::from_index)
            .map(|label| (label, self.holder(state, label)))
            .filter(|(_, version)| *version != 0)
            .map(|(label, version)| (self.label_name(label).as_str().to_owned(), name(version)))
            .collect();
        labels.sort();
        let valued: Vec<u64> =
            (1..=self.versions()).filter(|version| self.has_value(state, *version)).collect();
        let accepted = valued
            .iter()
            .filter(|version| self.setting.target.is_some() && self.works(state, **version));
        Seen {
            labels,
            accepts: accepted.map(|version| name(*version)).collect(),
            versions: valued.iter().map(|version| name(*version)).collect(),
            is_rotating: self.layout.rotating.of(state) != 0,
        }
    }
}
