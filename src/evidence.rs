//! Why a claim about the service is believed: rules, their sources, and how strong each source is.
//!
//! Each claim about AWS Secrets Manager is a [`Rule`] with an id, a sentence and its sources.
//! Whatever moves a label or refuses a call names the rules it follows.

mod catalog;
mod rule;
mod rule_set;

use std::fmt;

pub use rule::{Group, Rule};
pub use rule_set::RuleSet;

/// How near a source is to the running service, the nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strength {
    /// A response of the real service was stored. Needs the repository with its commit, the test,
    /// and the day if it is known.
    Recorded,
    /// A test asserts it and its authors run that test against AWS. Needs the repository and the
    /// test.
    Verified,
    /// The API model declares it: required members, limits, names of errors. Needs the version of
    /// the model and the shape.
    Modelled,
    /// AWS's prose says so. Needs a URL, and if possible words to search for when the page changes.
    Documented,
    /// A user, or a comment in a client's source, quotes the answer. Needs the thread or the file.
    Quoted,
    /// A sample client that AWS publishes relies on it. Needs the repository with its commit and
    /// the file.
    Published,
    /// An emulator does so. Never the only source of a rule that counts as certain.
    Emulated,
    /// We chose. Needs the question that would settle it, and the assumption that flips it if there
    /// is one.
    Assumed,
}

impl Strength {
    /// All strengths, the strongest first.
    pub const ALL: &'static [Self] = &[
        Self::Recorded,
        Self::Verified,
        Self::Modelled,
        Self::Documented,
        Self::Quoted,
        Self::Published,
        Self::Emulated,
        Self::Assumed,
    ];

    /// The name in lower case, such as `recorded`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Verified => "verified",
            Self::Modelled => "modeled",
            Self::Documented => "documented",
            Self::Quoted => "quoted",
            Self::Published => "published",
            Self::Emulated => "emulated",
            Self::Assumed => "assumed",
        }
    }
}

/// Writes the name.
impl fmt::Display for Strength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Where a rule comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// A stored response of the real service.
    Recorded {
        /// The repository with its commit, and the test.
        at: &'static str,
        /// The day the response was last confirmed, if it is known.
        on: Option<&'static str>,
    },
    /// An assertion of a test that is run against AWS.
    Verified {
        /// The repository and the test.
        at: &'static str,
    },
    /// A declaration of the API model.
    Modelled {
        /// The version of the model, and the operation or shape.
        at: &'static str,
    },
    /// AWS's prose.
    Documented {
        /// The page, without a fragment.
        url: &'static str,
        /// A sentence or a part of one, word for word.
        quote: Option<&'static str>,
    },
    /// An answer that a user or a client's source quotes.
    Quoted {
        /// The URL of the thread or file, or a description where none was kept.
        at: &'static str,
    },
    /// Code of a sample client that AWS publishes.
    Published {
        /// The repository with its commit, and the file.
        at: &'static str,
    },
    /// What an emulator does.
    Emulated {
        /// The emulator, and its answer where that is not the rule's.
        at: &'static str,
    },
    /// Our choice.
    Assumed {
        /// The question that would settle it.
        question: &'static str,
        /// The assumption that flips it.
        assumption: Option<&'static str>,
    },
}

impl Source {
    /// How near the source is to the running service.
    pub const fn strength(self) -> Strength {
        match self {
            Self::Recorded { .. } => Strength::Recorded,
            Self::Verified { .. } => Strength::Verified,
            Self::Modelled { .. } => Strength::Modelled,
            Self::Documented { .. } => Strength::Documented,
            Self::Quoted { .. } => Strength::Quoted,
            Self::Published { .. } => Strength::Published,
            Self::Emulated { .. } => Strength::Emulated,
            Self::Assumed { .. } => Strength::Assumed,
        }
    }
}

impl Rule {
    /// Finds a rule by its id, in upper or lower case.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.id().eq_ignore_ascii_case(id))
    }

    /// What the service does, in one or two sentences.
    pub const fn sentence(self) -> &'static str {
        self.entry().sentence
    }

    /// Why somebody who writes rotation functions or runs an incident should know, in a sentence.
    pub const fn matters(self) -> &'static str {
        self.entry().matters
    }

    /// Why the rule is stated and not simulated; `None` if the simulator follows it.
    pub const fn stated_only(self) -> Option<&'static str> {
        self.entry().stated_only
    }

    /// Why that is believed, the strongest source first.
    pub const fn sources(self) -> &'static [Source] {
        self.entry().sources
    }

    /// The strength of the strongest source.
    pub fn strength(self) -> Strength {
        let strengths = self.sources().iter().map(|source| source.strength());
        strengths.min().unwrap_or(Strength::Assumed)
    }

    /// What speaks against the rule, in one sentence.
    pub const fn contradicted_by(self) -> Option<&'static str> {
        self.entry().contradicted_by
    }
}

/// Writes the id.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// How many rules each group has, in catalog order.
    const GROUPS: &[(&str, usize)] = &[
        ("GEN", 12),
        ("CS", 9),
        ("PSV", 27),
        ("US", 9),
        ("USVS", 25),
        ("GSV", 12),
        ("BGSV", 1),
        ("DSC", 9),
        ("ROT", 23),
        ("CRS", 6),
        ("LAM", 10),
        ("GC", 7),
        ("DEL", 11),
        ("RES", 3),
        ("TAG", 1),
        ("REP", 3),
        ("Q", 12),
        ("T", 11),
        ("ADD", 8),
    ];

    #[test]
    fn every_id_is_there_once_and_in_order() {
        let expected: Vec<String> = GROUPS
            .iter()
            .flat_map(|&(prefix, count)| (1..=count).map(move |n| format!("{prefix}-{n}")))
            .collect();
        let ids: Vec<&str> = Rule::ALL.iter().map(|rule| rule.id()).collect();
        assert_eq!(ids, expected);
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
        assert!(Rule::ALL.is_sorted());
    }

    #[test]
    fn an_id_finds_its_rule_in_either_case() {
        for &rule in Rule::ALL {
            assert_eq!(Rule::from_id(rule.id()), Some(rule));
            assert_eq!(Rule::from_id(&rule.id().to_lowercase()), Some(rule));
            assert_eq!(rule.to_string(), rule.id());
        }
        for id in ["", "PSV", "PSV-0", "PSV-28", "PSV-1 ", "EV-1"] {
            assert_eq!(Rule::from_id(id), None, "{id}");
        }
    }

    #[test]
    fn a_group_has_the_prefix_of_its_ids() {
        for rule in Rule::ALL {
            let Group { prefix, title } = rule.group();
            assert_eq!(rule.id().rsplit_once('-').unwrap().0, prefix);
            assert!(!title.is_empty());
        }
    }

    #[test]
    fn sentences_are_sentences() {
        for rule in Rule::ALL {
            let always = [rule.gist(), rule.sentence(), rule.matters()].map(Some);
            let texts = always.into_iter().chain([rule.contradicted_by(), rule.stated_only()]);
            for text in texts.flatten() {
                assert!(text.len() > 20 && text.ends_with('.'), "{rule}: {text}");
                assert!(!text.contains("  ") && !text.contains('\n'), "{rule}: {text}");
            }
        }
    }

    #[test]
    fn sources_are_there_with_the_strongest_first() {
        for rule in Rule::ALL {
            let strengths: Vec<Strength> = rule.sources().iter().map(|s| s.strength()).collect();
            assert!(strengths.is_sorted(), "{rule}");
            assert_eq!(strengths.first(), Some(&rule.strength()), "{rule}");
            assert_ne!(strengths, [Strength::Emulated], "{rule}");
        }
        assert!(Strength::ALL.is_sorted());
    }

    #[test]
    fn sources_name_what_they_need() {
        for rule in Rule::ALL {
            for &source in rule.sources() {
                match source {
                    Source::Recorded { at, on } => {
                        assert!(at.starts_with("localstack@") && at.contains(" test_"), "{rule}");
                        assert!(on.is_none_or(|day| day.len() == 10), "{rule}");
                    }
                    Source::Documented { url, quote } => {
                        assert!(url.starts_with("https://") && !url.contains('#'), "{rule}");
                        let words = quote.map_or(1, |quote| quote.split(' ').count());
                        assert!((1..=30).contains(&words), "{rule}");
                    }
                    Source::Assumed { question, assumption } => {
                        assert!(question.contains('?'), "{rule}");
                        assert!(assumption.is_none_or(|id| !id.contains([' ', '`'])), "{rule}");
                    }
                    Source::Verified { at }
                    | Source::Modelled { at }
                    | Source::Quoted { at }
                    | Source::Published { at }
                    | Source::Emulated { at } => assert!(!at.is_empty(), "{rule}"),
                }
            }
        }
    }

    /// No two rules matter for the same reason.
    #[test]
    fn reasons_are_not_repeated() {
        let reasons: BTreeSet<_> = Rule::ALL.iter().map(|rule| rule.matters()).collect();
        assert_eq!(reasons.len(), Rule::ALL.len());
    }

    /// The user guide says otherwise, but the recordings are nearer to the service.
    #[test]
    fn usvs_7_recordings_outweigh_the_user_guide() {
        let rule = Rule::PendingStaysOnNewCurrent;
        assert_eq!(rule.id(), "USVS-7");
        assert_eq!(rule.strength(), Strength::Recorded);
        assert!(rule.contradicted_by().is_some());
    }
}
