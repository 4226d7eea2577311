//! Where an endpoint and the model differ: scenario by scenario, then by rule.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::names::Names;
use super::question::{questions, questions_json};
use super::{Case, Paint, SCHEMA_VERSION, describe};
use crate::assumption::Assumption;
use crate::compare::{Compared, Difference, Kind};
use crate::evidence::Rule;
use crate::secret::VersionId;
use crate::world::Trace;

/// What is counted where files are played.
pub const SCENARIOS: &str = "scenarios";

/// One scenario, and what came of it.
#[derive(Clone, Debug)]
pub struct CaseCompared {
    /// The file, as the user named it.
    pub path: String,
    /// What it shows.
    pub title: String,
    /// What the model did.
    pub trace: Trace,
    /// What versions are called.
    pub names: Vec<(VersionId, String)>,
    /// Rotation functions that can't be invoked.
    pub missing_functions: BTreeSet<String>,
    /// What it asks for, if it does.
    pub asks: Option<Asked>,
    /// What came of it.
    pub outcome: CaseOutcome,
}

/// An option of an assumption that an endpoint is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// What nobody knows.
    pub assumption: &'static Assumption,
    /// How it may be.
    pub option: &'static str,
}

/// What came of one scenario.
#[derive(Clone, Debug)]
pub enum CaseOutcome {
    /// The endpoint can't play it, for this reason.
    Unfit(&'static str),
    /// It was played.
    Played(Box<Compared>),
}

/// All scenarios, and how to tell of them.
#[derive(Clone, Copy, Debug)]
pub struct ComparedAll<'a> {
    /// Where the endpoint is.
    pub endpoint: &'a str,
    /// What is counted: scenarios, or cases of random calls.
    pub what: &'a str,
    /// The scenarios.
    pub cases: &'a [CaseCompared],
    /// Whether errors that differ in their text alone are left out.
    pub ignore_wording: bool,
    /// Whether secret values are shown.
    pub show_values: bool,
    /// Whether only those that differ are shown.
    pub quiet: bool,
}

impl CaseCompared {
    pub(super) fn compared(&self) -> Option<&Compared> {
        match &self.outcome {
            CaseOutcome::Unfit(_) => None,
            CaseOutcome::Played(compared) => Some(compared),
        }
    }

    /// Whether the endpoint gave no answer at some point.
    pub fn is_unreachable(&self) -> bool {
        self.compared().is_some_and(|it| it.unreachable.is_some())
    }

    /// Whether it was stopped before it was through.
    pub fn is_stopped(&self) -> bool {
        self.compared().is_some_and(|it| it.stopped)
    }
}

/// What counts for one rule.
#[derive(Debug, Default)]
pub(super) struct OfRule<'a> {
    pub(super) differences: Vec<(&'a CaseCompared, &'a Difference)>,
}

impl ComparedAll<'_> {
    /// The differences of a scenario that count: not those that may follow from others.
    pub(super) fn own<'c>(&self, case: &'c CaseCompared) -> Vec<&'c Difference> {
        if case.asks.is_some() {
            // All options but one are wrong.
            return Vec::new();
        }
        let all = case.compared().into_iter().flat_map(|it| &it.differences);
        all.filter(|it| !it.follows && (it.kind != Kind::Wording || !self.ignore_wording)).collect()
    }

    /// How many scenarios differ.
    pub fn differing(&self) -> usize {
        self.cases.iter().filter(|case| !self.own(case).is_empty()).count()
    }

    /// The differences by rule, in the order of the catalog; those without a rule last.
    pub(super) fn by_rule(&self) -> Vec<(Option<Rule>, OfRule<'_>)> {
        let mut rules: BTreeMap<(bool, Option<Rule>), OfRule<'_>> = BTreeMap::new();
        for case in self.cases {
            for difference in self.own(case) {
                let rule = difference.rule();
                let of = rules.entry((rule.is_none(), rule)).or_default();
                of.differences.push((case, difference));
            }
        }
        rules.into_iter().map(|((_, rule), of)| (rule, of)).collect()
    }

    /// Why scenarios were not played, and how many for each reason, the most frequent first.
    fn unfit(&self) -> Vec<(&'static str, usize)> {
        let mut reasons: BTreeMap<&'static str, usize> = BTreeMap::new();
        for case in self.cases {
            if let CaseOutcome::Unfit(why) = &case.outcome {
                let count = reasons.entry(why).or_default();
                *count = count.saturating_add(1);
            }
        }
        let mut reasons: Vec<_> = reasons.into_iter().collect();
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        reasons
    }

    fn sum(&self, of: impl Fn(&Compared) -> usize) -> usize {
        self.cases.iter().filter_map(CaseCompared::compared).map(of).fold(0, usize::saturating_add)
    }
}

/// The rules of a difference, with how strong the evidence is.
fn cited(difference: &Difference) -> String {
    let cited =
        difference.rules.iter().take(3).map(|rule| format!("{} {}", rule.id(), rule.strength()));
    let cited: Vec<_> = cited.collect();
    if cited.is_empty() { "no rule of the catalog".to_owned() } else { cited.join(", ") }
}

/// The form for people.
pub fn compared(all: &ComparedAll<'_>, paint: Paint) -> String {
    let mut text = String::new();
    for case in all.cases {
        one(all, case, paint, &mut text);
    }
    questions(all, paint, &mut text);
    by_rule(all, paint, &mut text);
    let unfit = all.unfit();
    if !unfit.is_empty() {
        let _ = writeln!(text, "{}", paint.bold("Not played"));
        for (why, count) in &unfit {
            let _ = writeln!(text, "  {count:>4}  {why}");
        }
        text.push('\n');
    }
    if all.cases.iter().all(|case| case.asks.is_some()) {
        return text;
    }
    summary(all, paint, &mut text);
    text
}

/// How many scenarios there were, and what came of them.
fn summary(all: &ComparedAll<'_>, paint: Paint, text: &mut String) {
    let (alike, differing) = (all.alike(), all.differing());
    let count = all.cases.iter().filter(|case| case.asks.is_none()).count();
    let known = all.known();
    let left_out = count.saturating_sub(alike).saturating_sub(differing).saturating_sub(known);
    let what = if count == 1 { all.what.trim_end_matches('s') } else { all.what };
    let told = format!("{differing} {}", if differing == 1 { "differs" } else { "differ" });
    let known = if known > 0 { format!(", {known} differ as others do") } else { String::new() };
    let _ = write!(
        text,
        "{count} {what} at {}: {}, {}{known}, {left_out} not played; {} calls compared",
        all.endpoint,
        paint.good(format!("{alike} alike")),
        if differing > 0 { paint.bad(told) } else { told },
        all.sum(|it| it.exchanges.len()),
    );
    let unsent = all.sum(|it| it.unsent);
    if unsent > 0 {
        let _ = write!(text, ", {unsent} that are no requests not sent");
    }
    text.push('\n');
}

impl ComparedAll<'_> {
    /// How many scenarios were played and don't differ.
    pub fn alike(&self) -> usize {
        let alike = |case: &&CaseCompared| {
            let whole = case.compared().is_some_and(|it| it.unreachable.is_none() && !it.stopped);
            case.asks.is_none() && whole && self.own(case).is_empty() && !is_known(case)
        };
        self.cases.iter().filter(alike).count()
    }

    /// How many differ in nothing but what was told of earlier ones.
    fn known(&self) -> usize {
        self.cases.iter().filter(|case| is_known(case)).count()
    }
}

/// Whether a case differs in nothing but what was told of an earlier one.
fn is_known(case: &CaseCompared) -> bool {
    case.compared().is_some_and(|it| it.known > 0 && it.differences.is_empty())
}

/// One scenario.
fn one(all: &ComparedAll<'_>, case: &CaseCompared, paint: Paint, text: &mut String) {
    let Some(compared) = case.compared().filter(|_| case.asks.is_none()) else { return };
    let own = all.own(case);
    if own.is_empty() && compared.unreachable.is_none() {
        if !all.quiet && all.what == SCENARIOS {
            let _ = writeln!(text, "{} {}  {}", paint.good("✓"), case.title, paint.dim(&case.path));
        }
        return;
    }
    let names = Names::of_trace(&case.names, &case.trace, all.show_values);
    let _ =
        writeln!(text, "{} {}  {}", paint.bad("✗"), paint.bold(&case.title), paint.dim(&case.path));
    let mut last = None;
    for difference in own {
        let Some(step) = case.trace.steps.get(difference.step) else { continue };
        if last.replace(difference.step) != Some(difference.step) {
            let before = difference.step.checked_sub(1).and_then(|at| case.trace.steps.get(at));
            let number = difference.step.saturating_add(1);
            let _ = writeln!(text, "  {number:>3}  {}", describe::what(step, before, &names));
        }
        let (model, endpoint) = sides(difference, &names);
        if !model.is_empty() {
            let _ = writeln!(
                text,
                "       model     {model}  {}",
                paint.dim(format!("({})", cited(difference)))
            );
        }
        let cited = if model.is_empty() {
            format!("  {}", paint.dim(format!("({})", cited(difference))))
        } else {
            String::new()
        };
        let _ = writeln!(text, "       endpoint  {endpoint}{cited}");
    }
    let follow = compared.differences.iter().filter(|it| it.follows).count();
    if follow > 0 {
        let _ =
            writeln!(text, "       {}", paint.dim(format!("{follow} more may follow from this")));
    }
    if let Some(error) = &compared.unreachable {
        let _ = writeln!(text, "       {}", paint.bad(format!("no answer: {error}")));
    }
    text.push('\n');
}

/// What the model and the endpoint say, in short names.
pub(super) fn sides(difference: &Difference, names: &Names) -> (String, String) {
    let place = match difference.kind {
        Kind::Labels if !difference.place.is_empty() => format!("{} ", difference.place),
        Kind::Member => format!("{}: ", difference.place),
        Kind::Accepted
        | Kind::Refused
        | Kind::Labels
        | Kind::Code
        | Kind::Status
        | Kind::Wording => String::new(),
    };
    let side = |text: &str| {
        if text.is_empty() { String::new() } else { names.shorten_ids(&format!("{place}{text}")) }
    };
    (side(&difference.model), side(&difference.endpoint))
}

/// The differences by rule.
fn by_rule(all: &ComparedAll<'_>, paint: Paint, text: &mut String) {
    let rules = all.by_rule();
    if rules.is_empty() {
        return;
    }
    let _ = writeln!(text, "{}", paint.bold("By rule"));
    for (rule, of) in &rules {
        let (id, gist, strength) = match rule {
            Some(rule) => (rule.id(), rule.gist(), rule.strength().name()),
            None => ("none", "no rule of the catalog says so", "assumed"),
        };
        let files: BTreeSet<&str> =
            of.differences.iter().map(|(case, _)| case.path.as_str()).collect();
        let kinds: BTreeSet<Kind> = of.differences.iter().map(|(_, it)| it.kind).collect();
        let kinds: Vec<_> = kinds.into_iter().map(Kind::meaning).collect();
        let _ = writeln!(
            text,
            "  {} {} {}",
            paint.bold(format!("{id:<9}")),
            gist,
            paint.dim(format!("({strength})"))
        );
        let what = if files.len() == 1 { all.what.trim_end_matches('s') } else { all.what };
        let _ = writeln!(text, "            {} {what}: {}", files.len(), kinds.join("; "));
    }
    text.push('\n');
}

/// The form for programs.
pub fn compared_json(all: &ComparedAll<'_>) -> Value {
    let cases = all.cases.iter().map(|case| case_json(all, case));
    let rules = all.by_rule().into_iter().map(|(rule, of)| {
        let files: BTreeSet<&str> =
            of.differences.iter().map(|(case, _)| case.path.as_str()).collect();
        json!({
            "rule": rule.map(Rule::id),
            "gist": rule.map(Rule::gist),
            "evidence": rule.map(|rule| rule.strength().name()),
            "differences": of.differences.len(),
            "scenarios": files,
        })
    });
    json!({
        "schema_version": SCHEMA_VERSION,
        "command": "compare",
        "endpoint": all.endpoint,
        "summary": {
            "scenarios": all.cases.len(),
            "alike": all.alike(),
            "differ": all.differing(),
            "known": all.known(),
            "calls": all.sum(|it| it.exchanges.len()),
        },
        "rules": rules.collect::<Vec<_>>(),
        "questions": questions_json(all),
        "scenarios": cases.collect::<Vec<_>>(),
    })
}

fn case_json(all: &ComparedAll<'_>, case: &CaseCompared) -> Value {
    let names = Names::of_trace(&case.names, &case.trace, all.show_values);
    let compared = match &case.outcome {
        CaseOutcome::Unfit(why) => {
            return json!({ "path": case.path, "scenario": case.title, "not_played": why });
        }
        CaseOutcome::Played(compared) => compared,
    };
    let shown = |it: &&Difference| it.kind != Kind::Wording || !all.ignore_wording;
    let differences = compared.differences.iter().filter(shown).map(|difference| {
        let call = case.trace.steps.get(difference.step).and_then(|step| step.call());
        json!({
            "step": difference.step.saturating_add(1),
            "call": call.map(|call| call.name().as_str()),
            "kind": difference.kind.name(),
            "place": difference.place,
            "rules": difference.rules.iter().map(|rule| rule.id()).collect::<Vec<_>>(),
            "model": names.shorten_ids(&difference.model),
            "endpoint": names.shorten_ids(&difference.endpoint),
            "follows": difference.follows,
        })
    });
    json!({
        "path": case.path,
        "scenario": case.title,
        "calls": compared.exchanges.len(),
        "differences": differences.collect::<Vec<_>>(),
        "no_answer": compared.unreachable.as_ref().map(ToString::to_string),
    })
}

/// The form for CI.
pub fn compared_junit<'a>(all: &'a ComparedAll<'a>) -> impl Iterator<Item = Case> + 'a {
    all.cases.iter().filter(|case| case.compared().is_some()).map(|case| {
        let differs = !all.own(case).is_empty() || case.is_unreachable();
        let failure = differs.then(|| {
            let mut told = String::new();
            one(all, case, Paint::Plain, &mut told);
            ("the endpoint differs from the model".to_owned(), told)
        });
        Case::new(case.path.clone(), case.title.clone(), failure)
    })
}
