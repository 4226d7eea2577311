//! What an endpoint does otherwise than AWS, by rule, as a page for whoever tests against it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::compare::{ComparedAll, OfRule, sides};
use super::describe;
use super::names::Names;
use crate::compare::{Difference, Kind};
use crate::evidence::Rule;
use crate::yaml::scalar;

/// Scenarios that are named for one rule.
const SEEN_MAX: usize = 10;

/// Writes the page.
pub fn quirks(all: &ComparedAll<'_>, name: &str) -> String {
    let mut text = String::from(
        "# What this endpoint does otherwise than AWS, by rule, and what that means for a test that passes there.\n\
         # Written by `stagewright compare --profile-out`; `stagewright rules ID` shows the evidence for a rule.\n",
    );
    let _ = writeln!(text, "profile: {}", scalar(name));
    let _ = writeln!(text, "endpoint: {}", scalar(all.endpoint));
    let _ = writeln!(
        text,
        "compared: {{ scenarios: {}, alike: {}, differ: {} }}",
        all.alike().saturating_add(all.differing()),
        all.alike(),
        all.differing()
    );
    let rules = all.by_rule();
    if rules.is_empty() {
        text.push_str("quirks: []\n");
        return text;
    }
    text.push_str("quirks:\n");
    for (rule, of) in &rules {
        quirk(all, *rule, of, &mut text);
    }
    text
}

fn quirk(all: &ComparedAll<'_>, rule: Option<Rule>, of: &OfRule<'_>, text: &mut String) {
    match rule {
        Some(rule) => {
            let _ = writeln!(text, "  - rule: {}", rule.id());
            let _ = writeln!(text, "    aws: {}", scalar(rule.sentence()));
            let _ = writeln!(text, "    evidence: {}", rule.strength());
            let _ = writeln!(text, "    matters: {}", scalar(rule.matters()));
        }
        None => text.push_str("  - rule: none\n"),
    }
    text.push_str("    differs:\n");
    // One example for each kind, from the scenario that comes first.
    for kind in Kind::ALL {
        let Some((case, difference)) = of.differences.iter().find(|(_, it)| it.kind == kind) else {
            continue;
        };
        let names = Names::of_trace(&case.names, &case.trace, all.show_values);
        let step = case.trace.steps.get(difference.step);
        let before = difference.step.checked_sub(1).and_then(|at| case.trace.steps.get(at));
        let call = step.map(|step| describe::what(step, before, &names)).unwrap_or_default();
        let (model, endpoint) = sides(difference, &names);
        let _ = writeln!(text, "      - what: {}", scalar(kind.meaning()));
        let _ = writeln!(text, "        call: {}", scalar(&call));
        if !model.is_empty() {
            let _ = writeln!(text, "        aws: {}", scalar(&model));
        }
        let _ = writeln!(text, "        here: {}", scalar(&endpoint));
        let _ = writeln!(text, "        so: {}", scalar(&so(difference)));
    }
    let seen: BTreeSet<&str> = of.differences.iter().map(|(case, _)| case.path.as_str()).collect();
    let _ = writeln!(text, "    seen-in:");
    for path in seen.iter().take(SEEN_MAX) {
        let _ = writeln!(text, "      - {}", scalar(path));
    }
    if seen.len() > SEEN_MAX {
        let _ = writeln!(text, "      # and {} more", seen.len().saturating_sub(SEEN_MAX));
    }
}

/// What a difference means for a test.
fn so(difference: &Difference) -> String {
    match difference.kind {
        Kind::Accepted => {
            let code = difference.model.split(':').next().unwrap_or_default();
            format!("A test that makes this call passes here; on AWS it fails with {code}.")
        }
        Kind::Refused => {
            "A test that expects this refusal passes here; on AWS the call succeeds.".to_owned()
        }
        Kind::Labels => match difference.place.as_str() {
            "" => "A test that counts versions, or looks for one that is gone, passes here and fails on AWS.".to_owned(),
            label => format!(
                "A test that reads or moves {label} after this call meets another version here than on AWS."
            ),
        },
        Kind::Member => {
            let place = match difference.place.as_str() {
                "" => "the members of this answer",
                place => place,
            };
            format!("A test that asserts {place} as it is here fails on AWS.")
        }
        Kind::Code => {
            "A test that expects this error passes here; on AWS another one comes, which code that catches by name \
             doesn't catch."
                .to_owned()
        }
        Kind::Status => {
            "Code that looks at the HTTP status instead of the error code behaves otherwise on AWS.".to_owned()
        }
        Kind::Wording => "A test that compares the text of the error passes here and fails on AWS.".to_owned(),
    }
}
