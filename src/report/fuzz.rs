//! What random cases came to.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::replay::shell;
use super::{Paint, SCHEMA_VERSION, grouped, junit};
use crate::coverage::Coverage;
use crate::evidence::{Rule, RuleSet};
use crate::fuzz::{Broke, Case};
use crate::library;
use crate::scenario::Scenario;
use crate::world::Trace;

/// So many pairs of rules that were never met are shown.
const PAIRS_SHOWN: usize = 12;

/// Something that doesn't hold, made as small as can be.
#[derive(Clone, Debug)]
pub struct Found {
    /// The case that showed it.
    pub case: Case,
    /// How much the case had up to the finding.
    pub from: usize,
    /// How much is left.
    pub to: usize,
    /// The property or whatever else broke.
    pub broke: String,
    /// What is wrong.
    pub message: String,
    /// What is shown of it, if not the scenario.
    pub story: Option<String>,
    /// The scenario that fails in the same way.
    pub scenario: String,
    /// The file of the function, as the scenario names it.
    pub function: Option<String>,
    /// Where it was written to.
    pub written: Option<String>,
}

/// What cases consist of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Calls of the service.
    Call,
    /// Actions of a state space.
    Action,
    /// Steps of a scenario.
    Step,
}

impl Unit {
    const fn singular(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Action => "action",
            Self::Step => "step",
        }
    }

    /// Several of them.
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Call => "calls",
            Self::Action => "actions",
            Self::Step => "steps",
        }
    }

    /// So many of them.
    fn count(self, number: u64) -> String {
        let unit = if number == 1 { self.singular() } else { self.plural() };
        format!("{} {unit}", grouped(number))
    }
}

/// What a fuzzing came to.
#[derive(Clone, Debug)]
pub struct Fuzzed {
    /// The scenario whose world is played, unless it is the service itself.
    pub path: Option<String>,
    /// What cases consist of.
    pub unit: Unit,
    /// The seed of all cases.
    pub seed: u64,
    /// How many cases were played.
    pub cases: u64,
    /// Of how many units.
    pub played: u64,
    /// What was found.
    pub found: Vec<Found>,
    /// Whether it ended before it was through.
    pub stopped: bool,
    /// Which rules were met, if that is asked for.
    pub covered: Option<Covered>,
}

impl Fuzzed {
    /// A fuzzing that has not begun.
    pub const fn new(unit: Unit) -> Self {
        Self {
            path: None,
            unit,
            seed: 0,
            cases: 0,
            played: 0,
            found: Vec::new(),
            stopped: false,
            covered: None,
        }
    }

    /// Notes a case that didn't come to the same when it was played a second time, the first such case alone: whatever
    /// bears on cases beside their numbers bears on many.
    pub fn not_repeatable(
        &mut self,
        case: Case,
        size: usize,
        scenario: String,
        function: Option<&str>,
    ) {
        let broke = Broke::Repeats.id().to_owned();
        if self.found.iter().any(|found| found.broke == broke) {
            return;
        }
        self.found.push(Found {
            case,
            from: size,
            to: size,
            broke,
            message: "the same case didn't come to the same both times".to_owned(),
            story: None,
            scenario,
            function: function.map(str::to_owned),
            written: None,
        });
    }
}

/// Which rules decided calls.
#[derive(Clone, Debug, Default)]
pub struct Covered {
    /// The rules.
    pub rules: RuleSet,
    /// Rules that decided one call together, the smaller first.
    pub pairs: BTreeSet<(Rule, Rule)>,
}

impl Covered {
    /// Adds what the steps of a trace met.
    pub fn add(&mut self, trace: &Trace) {
        for step in &trace.steps {
            self.rules = self.rules.union(step.rules);
            for one in step.rules.iter() {
                let others = step.rules.iter().filter(|other| one < *other);
                self.pairs.extend(others.map(|other| (one, other)));
            }
        }
    }

    /// The simulated rules that were never met.
    fn never(&self) -> Vec<&'static str> {
        Coverage { exercised: self.rules }.missing().map(Rule::id).collect()
    }

    /// Pairs that scenarios of the library meet, so that they can be met, and that were not.
    fn never_together(&self) -> Vec<(Rule, Rule)> {
        let mut known = Self::default();
        for file in library::files() {
            if let Ok(scenario) = Scenario::read(file.text) {
                known.add(&scenario.play(false).trace);
            }
        }
        known.pairs.difference(&self.pairs).copied().collect()
    }
}

/// What was met and what never.
fn covered(covered: &Covered, text: &mut String) {
    let (met, pairs) = (covered.rules.iter().count(), covered.pairs.len());
    let _ = writeln!(text, "{met} rules met, {pairs} pairs of rules met by one call");
    let _ = writeln!(text, "never met: {}", covered.never().join(", "));
    let never = covered.never_together();
    let shown = never.iter().take(PAIRS_SHOWN);
    let shown: Vec<_> = shown.map(|(one, other)| format!("{}+{}", one.id(), other.id())).collect();
    let more = never.len().saturating_sub(shown.len());
    let more = if more > 0 { format!(" and {more} more (--format json)") } else { String::new() };
    let shown = if shown.is_empty() { "none".to_owned() } else { shown.join(", ") };
    let _ = writeln!(text, "never met by one call, though scenarios show it: {shown}{more}\n");
}

/// The form for people.
pub fn fuzzed(told: &Fuzzed, paint: Paint) -> String {
    let mut text = String::new();
    let size = |size: usize| told.unit.count(u64::try_from(size).unwrap_or(u64::MAX));
    for found in &told.found {
        let _ = writeln!(text, "{} {}", paint.bad(&found.broke), found.message);
        let (case, from, to) = (found.case.number, size(found.from), size(found.to));
        let _ = writeln!(text, "  case {case}, shrunk from {from} to {to}:\n");
        match &found.story {
            Some(story) => text.push_str(story),
            None => {
                for line in found.scenario.lines() {
                    let _ = writeln!(text, "    {line}");
                }
            }
        }
        text.push('\n');
        if let Some(path) = &found.written {
            let run = shell(path);
            let _ = writeln!(text, "  written: {path}\n  again:   stagewright run {run}");
        }
        let again = fuzz_again(found.case, told.path.as_deref());
        let _ = writeln!(text, "  again:   {again}");
        if found.written.is_none() {
            let _ = writeln!(text, "  keep it: {again} --keep");
        }
        text.push('\n');
    }
    if let Some(covered) = &told.covered {
        self::covered(covered, &mut text);
    }
    let _ = writeln!(text, "{}", summary(told, paint));
    text
}

/// How much was played, and what came of it.
fn summary(told: &Fuzzed, paint: Paint) -> String {
    let findings = match told.found.len() {
        0 => paint.good("nothing found"),
        1 => paint.bad("1 finding"),
        found => paint.bad(format!("{found} findings")),
    };
    let stopped = if told.stopped { "; stopped before it was through" } else { "" };
    let cases = if told.cases == 1 {
        "1 case".to_owned()
    } else {
        format!("{} cases", grouped(told.cases))
    };
    let played = told.unit.count(told.played);
    format!("{findings} in {cases}, {played} (seed {}){stopped}", told.seed)
}

/// Pairs of rules as lists of two ids.
fn as_pairs<'p>(pairs: impl IntoIterator<Item = &'p (Rule, Rule)>) -> Vec<[&'static str; 2]> {
    pairs.into_iter().map(|(one, other)| [one.id(), other.id()]).collect()
}

/// The form for programs.
pub fn fuzzed_json(told: &Fuzzed) -> Value {
    let found = told.found.iter().map(|found| {
        json!({
            "broke": found.broke,
            "message": found.message,
            "case": found.case.number,
            "size": found.to,
            "scenario": found.scenario,
            "written": found.written,
            "again": fuzz_again(found.case, told.path.as_deref()),
        })
    });
    json!({
        "schema_version": SCHEMA_VERSION,
        "command": "fuzz",
        "path": told.path,
        "seed": told.seed,
        "cases": told.cases,
        "unit": told.unit.plural(),
        "played": told.played,
        "complete": !told.stopped,
        "found": found.collect::<Vec<_>>(),
        "coverage": told.covered.as_ref().map(|covered| json!({
            "met": covered.rules.iter().map(Rule::id).collect::<Vec<_>>(),
            "pairs": as_pairs(&covered.pairs),
            "never": covered.never(),
            "pairs_never": as_pairs(&covered.never_together()),
        })),
    })
}

/// The form for CI: a test that fails for each finding, or one that passes.
pub fn fuzzed_junit(told: &Fuzzed) -> Vec<junit::Case> {
    let path = told.path.clone().unwrap_or_else(|| "stagewright fuzz".to_owned());
    let plain = |found: &Found| {
        let again = fuzz_again(found.case, told.path.as_deref());
        let shown = found.story.as_ref().unwrap_or(&found.scenario);
        (format!("{}: {}", found.broke, found.message), format!("{shown}\nagain: {again}\n"))
    };
    let of = |name: String, failure| junit::Case::new(path.clone(), name, failure);
    let found = told.found.iter().map(|found| {
        of(format!("{} (case {})", found.broke, found.case.number), Some(plain(found)))
    });
    let found: Vec<_> = found.collect();
    if found.is_empty() { vec![of(summary(told, Paint::Plain), None)] } else { found }
}

/// The line that plays a case again.
pub fn fuzz_again(case: Case, path: Option<&str>) -> String {
    let path = path.map(|path| format!(" {}", shell(path))).unwrap_or_default();
    format!("stagewright fuzz{path} --seed {} --case {}", case.seed, case.number)
}
