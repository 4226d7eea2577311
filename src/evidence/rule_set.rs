//! A set of rules as bits, so that effects and answers can say cheaply why they are as they are.

use std::fmt;

use super::rule::Rule;

/// A set of rules.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct RuleSet([u64; 4]);

impl RuleSet {
    /// The set without rules.
    pub const EMPTY: Self = Self([0; 4]);

    /// Adds `rule`; says whether it is new.
    pub fn insert(&mut self, rule: Rule) -> bool {
        let is_new = !self.contains(rule);
        if let Some(word) = self.0.get_mut(word_of(rule)) {
            *word |= bit_of(rule);
        }
        is_new
    }

    /// Says whether `rule` is in the set.
    pub fn contains(self, rule: Rule) -> bool {
        self.0.get(word_of(rule)).is_some_and(|word| word & bit_of(rule) != 0)
    }

    /// The rules of both sets.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        let mut union = self;
        for (word, other) in union.0.iter_mut().zip(other.0) {
            *word |= other;
        }
        union
    }

    /// The rules in catalog order.
    pub fn iter(self) -> impl Iterator<Item = Rule> {
        Rule::ALL.iter().copied().filter(move |&rule| self.contains(rule))
    }

    /// The number of rules.
    pub fn len(self) -> usize {
        self.iter().count()
    }

    /// Says whether there is no rule in the set.
    pub fn is_empty(self) -> bool {
        self == Self::EMPTY
    }
}

/// Which of the four words has the bit of `rule`.
fn word_of(rule: Rule) -> usize {
    usize::from(rule as u8 >> 6)
}

/// The bit of `rule` in its word. The rotation takes the number modulo 64.
fn bit_of(rule: Rule) -> u64 {
    1_u64.rotate_left(u32::from(rule as u8))
}

impl From<Rule> for RuleSet {
    fn from(rule: Rule) -> Self {
        let mut set = Self::EMPTY;
        set.insert(rule);
        set
    }
}

impl FromIterator<Rule> for RuleSet {
    fn from_iter<I: IntoIterator<Item = Rule>>(rules: I) -> Self {
        let mut set = Self::EMPTY;
        set.extend(rules);
        set
    }
}

impl Extend<Rule> for RuleSet {
    fn extend<I: IntoIterator<Item = Rule>>(&mut self, rules: I) {
        for rule in rules {
            self.insert(rule);
        }
    }
}

/// Writes the ids.
impl fmt::Debug for RuleSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut set = f.debug_set();
        for rule in self.iter() {
            set.entry(&format_args!("{rule}"));
        }
        set.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_bit_of_its_own() {
        assert!(Rule::ALL.len() <= 256);
        for &rule in Rule::ALL {
            let set = RuleSet::from(rule);
            assert_eq!(set.iter().collect::<Vec<_>>(), [rule]);
            assert_eq!(set.len(), 1);
            assert!(set.contains(rule) && !set.is_empty());
        }
        let all: RuleSet = Rule::ALL.iter().copied().collect();
        assert_eq!(all.len(), Rule::ALL.len());
    }

    #[test]
    fn iteration_is_in_catalog_order_and_an_insertion_counts_once() {
        let mut set = RuleSet::EMPTY;
        assert!(set.is_empty());
        assert!(set.insert(Rule::LabelIsExclusive));
        assert!(set.insert(Rule::PreviousFollowsCurrent));
        assert!(!set.insert(Rule::PreviousFollowsCurrent));
        assert_eq!(format!("{set:?}"), "{USVS-5, Q-4}");
    }

    #[test]
    fn a_union_has_the_rules_of_both() {
        let left: RuleSet = [Rule::SpeaksAwsJson, Rule::PutMovesCurrent].into_iter().collect();
        let rules = [Rule::PutMovesCurrent, Rule::OutgoingLabelsAreOpen];
        let right: RuleSet = rules.into_iter().collect();
        let union: Vec<&str> = left.union(right).iter().map(Rule::id).collect();
        assert_eq!(union, ["GEN-1", "PSV-1", "ADD-8"]);
        assert_eq!(left.union(RuleSet::EMPTY), left);
    }
}
