//! What has a page of its own: a rule, a property, an assumption.

use crate::assumption::{self, Assumption};
use crate::evidence::Rule;
use crate::property::Property;

/// Something with a page of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// A claim about the service.
    Rule(Rule),
    /// Something that must hold.
    Property(Property),
    /// Something that nobody knows.
    Assumption(&'static Assumption),
}

impl Topic {
    /// All topics: rules, properties, assumptions, each in the order of their lists.
    pub fn all() -> impl Iterator<Item = Self> {
        let rules = Rule::ALL.iter().copied().map(Self::Rule);
        let properties = Property::ALL.iter().copied().map(Self::Property);
        rules.chain(properties).chain(assumption::TABLE.iter().map(Self::Assumption))
    }

    /// Finds a topic by its id, in upper or lower case.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::all().find(|topic| topic.id().eq_ignore_ascii_case(id))
    }

    /// Its id.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Rule(rule) => rule.id(),
            Self::Property(property) => property.id(),
            Self::Assumption(assumption) => assumption.id,
        }
    }
}

/// The rules that leave an assumption open.
pub(super) fn rules_of(assumption: &Assumption) -> impl Iterator<Item = Rule> {
    assumption.rules.iter().filter_map(|id| Rule::from_id(id))
}

/// The assumptions that a rule leaves open.
pub(super) fn assumptions_of(rule: Rule) -> impl Iterator<Item = &'static Assumption> {
    assumption::TABLE.iter().filter(move |it| rules_of(it).any(|of| of == rule))
}
