//! One difference, and the rules that the model follows there.

use crate::evidence::Rule;

/// What differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The model refuses the call, and the endpoint carries it out.
    Accepted,
    /// The model carries the call out, and the endpoint refuses it.
    Refused,
    /// Labels are on other versions after the call.
    Labels,
    /// A member of the answer.
    Member,
    /// Both refuse the call, with different codes.
    Code,
    /// Both refuse the call with the same code, and the HTTP status is another one.
    Status,
    /// Both refuse the call with the same code, in other words.
    Wording,
}

impl Kind {
    /// All kinds, those that matter most first.
    pub const ALL: [Self; 7] = [
        Self::Accepted,
        Self::Refused,
        Self::Labels,
        Self::Member,
        Self::Code,
        Self::Status,
        Self::Wording,
    ];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Labels => "labels",
            Self::Member => "member",
            Self::Code => "code",
            Self::Status => "status",
            Self::Wording => "wording",
        }
    }

    /// What a test that passes there meets on AWS.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Accepted => "a call passes that AWS refuses",
            Self::Refused => "a call fails that AWS carries out",
            Self::Labels => "labels are on other versions",
            Self::Member => "an answer has other members or values",
            Self::Code => "a call fails with another error",
            Self::Status => "an error has another HTTP status",
            Self::Wording => "an error has another text",
        }
    }
}

/// Something that an endpoint does otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The step of the trace, counted from 0.
    pub step: usize,
    /// What differs.
    pub kind: Kind,
    /// Where in the answer, if it is about a member; the label, if it is about labels.
    pub place: String,
    /// The rules that decide it in the model, the most telling one first.
    pub rules: Vec<Rule>,
    /// What the model says.
    pub model: String,
    /// What the endpoint says.
    pub endpoint: String,
    /// Whether an earlier difference has left the two worlds in different states, so that this one may follow from it.
    pub follows: bool,
}

impl Difference {
    /// The rule that it counts for.
    pub fn rule(&self) -> Option<Rule> {
        self.rules.first().copied()
    }
}
