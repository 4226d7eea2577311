//! The catalog: for each rule what the service does and why that is believed.
//!
//! The entry of a rule is a constant with the rule's name, so a rule without an entry does not
//! compile, and an entry without a rule is dead code.

use super::Source;

/// A stored answer: the test, and the day of the last validation if it is known.
macro_rules! recorded {
    ($test:literal $(,)?) => {
        $crate::evidence::Source::Recorded { at: concat!("localstack@8b9a79f05 ", $test), on: None }
    };
    ($test:literal, $day:literal $(,)?) => {
        $crate::evidence::Source::Recorded {
            at: concat!("localstack@8b9a79f05 ", $test),
            on: Some($day),
        }
    };
}

/// A test of `LocalStack` that was run against AWS and asserts without a stored answer.
macro_rules! asserted {
    ($test:literal $(,)?) => {
        $crate::evidence::Source::Verified { at: concat!("localstack@8b9a79f05 ", $test) }
    };
}

/// A test of moto that its authors run against AWS.
macro_rules! moto {
    ($test:literal $(,)?) => {
        $crate::evidence::Source::Verified { at: concat!("moto ", $test) }
    };
}

/// An acceptance test of the Terraform provider, which is run against AWS.
macro_rules! terraform {
    ($test:literal $(,)?) => {
        $crate::evidence::Source::Verified { at: concat!("terraform-provider-aws ", $test) }
    };
}

/// An operation or shape of the API model.
macro_rules! model {
    ($shape:literal) => {
        $crate::evidence::Source::Modelled { at: concat!("botocore 1.44.5 ", $shape) }
    };
}

/// A page of the API reference, with a sentence of it or without.
macro_rules! api {
    ($page:literal $(, $quote:literal)? $(,)?) => {
        page!(
            concat!(
                "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_",
                $page,
                ".html"
            )
            $(, $quote)?
        )
    };
}

/// A page of the user guide, with a sentence of it or without.
macro_rules! guide {
    ($page:literal $(, $quote:literal)? $(,)?) => {
        page!(
            concat!("https://docs.aws.amazon.com/secretsmanager/latest/userguide/", $page, ".html")
            $(, $quote)?
        )
    };
}

/// A page of AWS's documentation.
macro_rules! page {
    ($url:expr) => {
        $crate::evidence::Source::Documented { url: $url, quote: None }
    };
    ($url:expr, $quote:literal) => {
        $crate::evidence::Source::Documented { url: $url, quote: Some($quote) }
    };
}

/// A page of the user guide as it was archived at a commit.
macro_rules! old_guide {
    ($commit:literal, $page:literal $(,)?) => {
        page!(concat!(
            "https://github.com/awsdocs/aws-secrets-manager-docs/blob/",
            $commit,
            "/doc_source/",
            $page,
            ".md"
        ))
    };
}

/// An issue or pull request on GitHub.
macro_rules! issue {
    ($repository:literal, $number:literal $(,)?) => {
        $crate::evidence::Source::Quoted {
            at: concat!("https://github.com/", $repository, "/issues/", $number),
        }
    };
}

/// A comment in the source of the Terraform provider that names AWS's error.
macro_rules! provider {
    ($file:literal) => {
        $crate::evidence::Source::Quoted {
            at: concat!(
                "https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/",
                "secretsmanager/",
                $file
            ),
        }
    };
}

/// A rotation function that AWS publishes.
macro_rules! template {
    ($directory:literal) => {
        $crate::evidence::Source::Published {
            at: concat!(
                "aws-samples/aws-secrets-manager-rotation-lambdas@d44f9887e ",
                $directory,
                "/lambda_function.py"
            ),
        }
    };
}

pub(super) mod cancel;
pub(super) mod collect;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod describe;
pub(super) mod function;
pub(super) mod general;
pub(super) mod put;
pub(super) mod quota;
pub(super) mod read;
pub(super) mod recordings;
pub(super) mod replicate;
pub(super) mod rotate;
pub(super) mod stage;
pub(super) mod time;
pub(super) mod update;

/// What the catalog says about one rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// What the service does.
    pub(super) sentence: &'static str,
    /// Why that is believed.
    pub(super) sources: &'static [Source],
    /// Why somebody who writes rotation functions or runs an incident should know.
    pub(super) matters: &'static str,
    /// What speaks against it.
    pub(super) contradicted_by: Option<&'static str>,
    /// Why no scenario can show it, if none can.
    pub(super) stated_only: Option<&'static str>,
}

impl Entry {
    /// An entry that nothing contradicts.
    const fn new(sentence: &'static str, sources: &'static [Source]) -> Self {
        Self { sentence, sources, matters: "", contradicted_by: None, stated_only: None }
    }

    /// The entry with why it matters. Each entry has it; a test holds that.
    const fn matters(self, sentence: &'static str) -> Self {
        Self { matters: sentence, ..self }
    }

    /// The entry with what speaks against it.
    const fn contradicted_by(self, sentence: &'static str) -> Self {
        Self { contradicted_by: Some(sentence), ..self }
    }

    /// The entry of a rule that is stated and not simulated, with the reason.
    const fn stated_only(self, reason: &'static str) -> Self {
        Self { stated_only: Some(reason), ..self }
    }
}

/// The page on rotating a cluster secret in the user guide of AWS PCS.
const PCS_ROTATION: Source = Source::Documented {
    url: concat!(
        "https://docs.aws.amazon.com/pcs/latest/userguide/",
        "cluster-secret-rotation-procedure.html"
    ),
    quote: None,
};

/// A stored answer from a commit of its own.
const fn recorded_at(at: &'static str, day: &'static str) -> Source {
    Source::Recorded { at, on: Some(day) }
}

/// A page outside the user guide and the API reference.
const fn documented(url: &'static str) -> Source {
    Source::Documented { url, quote: None }
}

/// What a user quotes.
const fn quoted(at: &'static str) -> Source {
    Source::Quoted { at }
}

/// What an emulator does.
const fn emulated(at: &'static str) -> Source {
    Source::Emulated { at }
}

/// An open question that no assumption answers.
const fn assumed(question: &'static str) -> Source {
    Source::Assumed { question, assumption: None }
}

/// An open question and the assumption that answers it.
const fn assumed_by(assumption: &'static str, question: &'static str) -> Source {
    Source::Assumed { question, assumption: Some(assumption) }
}
