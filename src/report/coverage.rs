//! Which rules a set of scenarios exercises: a count for each group, then what is missing.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Paint, SCHEMA_VERSION};
use crate::coverage::{Coverage, Share, counts};
use crate::evidence::Rule;

/// The form for people.
pub fn coverage(coverage: &Coverage, scenarios: usize, paint: Paint) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{}", paint.dim("  group  with evidence  assumed"));
    for (group, counted, assumed) in coverage.groups() {
        let _ = writeln!(
            text,
            "  {:<5}  {}  {}  {}",
            group.prefix,
            share(counted, 13, paint),
            share(assumed, 8, paint),
            group.title,
        );
    }
    let counted = |rule: &Rule| counts(*rule);
    missing("not exercised", coverage.missing().filter(counted), paint, &mut text);
    missing(
        "not exercised, and our own choice, so not counted",
        coverage.missing().filter(|rule| !counted(rule)),
        paint,
        &mut text,
    );
    let total = coverage.total();
    let percent = format!("{} %", percent(total));
    let percent = if total.reaches(100) { paint.good(percent) } else { paint.warn(percent) };
    let plural = if scenarios == 1 { "" } else { "s" };
    let _ = writeln!(
        text,
        "\n{scenarios} scenario{plural}: {} of {} rules with evidence, {percent}",
        total.exercised, total.all
    );
    text
}

/// A share as `3 of 12`, set flush right and colored when it is whole; nothing if there is none of it.
fn share(share: Share, columns: usize, paint: Paint) -> String {
    let words = if share.all == 0 {
        String::new()
    } else {
        format!("{} of {:>2}", share.exercised, share.all)
    };
    let padded = format!("{words:>columns$}");
    if share.reaches(100) && share.all > 0 { paint.good(padded) } else { padded }
}

fn missing(title: &str, rules: impl Iterator<Item = Rule>, paint: Paint, text: &mut String) {
    let rules: Vec<_> = rules.collect();
    if rules.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n  {}", paint.dim(title));
    for rule in rules {
        let strength = paint.strength(rule.strength(), 12);
        let _ = writeln!(text, "  {:9}{strength}{}", rule.id(), rule.gist());
    }
}

/// A share in percent with one digit after the point.
fn percent(share: Share) -> String {
    let tenths = share.per_mille();
    let whole = tenths.checked_div(10).unwrap_or_default();
    format!("{whole}.{}", tenths.saturating_sub(whole.saturating_mul(10)))
}

/// The form for programs.
pub fn coverage_json(coverage: &Coverage, scenarios: usize, threshold: Option<usize>) -> Value {
    let as_json = |share: Share| json!({ "exercised": share.exercised, "all": share.all });
    let groups = coverage.groups().map(|(group, counted, assumed)| {
        json!({
            "group": group.prefix,
            "operations": group.title,
            "with_evidence": as_json(counted),
            "assumed": as_json(assumed),
        })
    });
    let missing = coverage.missing().map(|rule| {
        json!({
            "id": rule.id(),
            "gist": rule.gist(),
            "strength": rule.strength().name(),
            "counts": counts(rule),
        })
    });
    let total = coverage.total();
    json!({
        "schema_version": SCHEMA_VERSION,
        "command": "rules --coverage",
        "scenarios": scenarios,
        "total": {
            "exercised": total.exercised,
            "all": total.all,
            "per_mille": total.per_mille(),
        },
        "threshold": threshold,
        "reached": threshold.is_none_or(|percent| total.reaches(percent)),
        "groups": groups.collect::<Vec<_>>(),
        "exercised": coverage.exercised.iter().map(Rule::id).collect::<Vec<_>>(),
        "missing": missing.collect::<Vec<_>>(),
    })
}
