//! What random calls came to, and a finding as a scenario that fails in the same way.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::counterexample::scalar;
use super::{Paint, SCHEMA_VERSION, grouped};
use crate::coverage::Coverage;
use crate::evidence::{Rule, RuleSet};
use crate::fuzz::{Answer, Broke, Broken, Call, Case, MISSING, Reference, Secret, Word, arn};
use crate::time::Timestamp;
use crate::world::Trace;

/// A finding, with where it comes from.
#[derive(Clone, Debug)]
pub struct Found {
    /// The case.
    pub case: Case,
    /// How many calls the case had up to the finding.
    pub of: usize,
    /// The smallest calls that break something.
    pub smallest: Broken,
    /// Where it was written to.
    pub written: Option<String>,
}

/// What a fuzzing came to.
#[derive(Clone, Debug, Default)]
pub struct Fuzzed {
    /// The seed of all cases.
    pub seed: u64,
    /// How many cases were played.
    pub cases: u64,
    /// How many calls.
    pub calls: u64,
    /// What was found.
    pub found: Vec<Found>,
    /// Whether it ended before it was through.
    pub stopped: bool,
    /// Which rules were met, if that is asked for.
    pub covered: Option<Covered>,
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
}

/// The form for people.
pub fn fuzzed(told: &Fuzzed, paint: Paint) -> String {
    let mut text = String::new();
    for found in &told.found {
        let Broken { calls, finding } = &found.smallest;
        let _ = writeln!(text, "{} {}", paint.bad(finding.broke.id()), finding.message);
        let plural = if calls.len() == 1 { "" } else { "s" };
        let _ = writeln!(
            text,
            "  case {}, shrunk from {} calls to {} call{plural}:\n",
            found.case.number,
            found.of,
            calls.len()
        );
        for line in scenario_of_calls(found.case, &found.smallest).lines() {
            let _ = writeln!(text, "    {line}");
        }
        text.push('\n');
        if let Some(path) = &found.written {
            let _ = writeln!(text, "  written: {path}\n  again:   stagewright run {path}");
        }
        let _ = writeln!(text, "  again:   {}\n", again(found.case));
    }
    if let Some(covered) = &told.covered {
        let (met, pairs) = (covered.rules.iter().count(), covered.pairs.len());
        let _ = writeln!(text, "{met} rules met, {pairs} pairs of rules met by one call");
        let _ = writeln!(text, "never met: {}\n", covered.never().join(", "));
    }
    let count = match told.found.len() {
        0 => paint.good("nothing found"),
        1 => paint.bad("1 finding"),
        count => paint.bad(format!("{count} findings")),
    };
    let stopped = if told.stopped { "; stopped before it was through" } else { "" };
    let _ = writeln!(
        text,
        "{count} in {} case{}, {} calls (seed {}){stopped}",
        grouped(told.cases),
        if told.cases == 1 { "" } else { "s" },
        grouped(told.calls),
        told.seed
    );
    text
}

/// The form for programs.
pub fn fuzzed_json(told: &Fuzzed) -> Value {
    let found = told.found.iter().map(|found| {
        json!({
            "broke": found.smallest.finding.broke.id(),
            "message": found.smallest.finding.message,
            "case": found.case.number,
            "calls": found.smallest.calls.len(),
            "scenario": scenario_of_calls(found.case, &found.smallest),
            "written": found.written,
            "again": again(found.case),
        })
    });
    json!({
        "schema_version": SCHEMA_VERSION,
        "command": "fuzz",
        "seed": told.seed,
        "cases": told.cases,
        "calls": told.calls,
        "complete": !told.stopped,
        "found": found.collect::<Vec<_>>(),
        "coverage": told.covered.as_ref().map(|covered| json!({
            "met": covered.rules.iter().map(Rule::id).collect::<Vec<_>>(),
            "pairs": covered.pairs.iter().map(|(one, other)| [one.id(), other.id()]).collect::<Vec<_>>(),
            "never": covered.never(),
        })),
    })
}

/// The line that plays a case again.
fn again(case: Case) -> String {
    format!("stagewright fuzz --seed {} --case {}", case.seed, case.number)
}

/// Writes calls that break something as a scenario that fails because of it: by a property, or since the last step
/// states what the rules ask for.
pub fn scenario_of_calls(case: Case, broken: &Broken) -> String {
    let Broken { calls, finding } = broken;
    let count = calls.len();
    let plural = if count == 1 { "" } else { "s" };
    let secret = calls.iter().find_map(Call::secret).unwrap_or(Word::new("db"));
    let mut text = format!(
        "scenario: {}\nabout: {}\nsecret: {secret}\n",
        scalar(&format!("{} after {count} call{plural}", finding.broke.id())),
        scalar(&format!("{}. Found by {}", finding.message, again(case))),
    );
    let missing = Word::new("missing");
    let names_missing =
        |call: &Call| matches!(call, Call::Rotate { function: Some(it), .. } if *it == missing);
    if calls.iter().any(names_missing) {
        let _ = writeln!(text, "given: {{ missing-functions: [\"{MISSING}\"] }}");
    }
    text.push_str("steps:\n");
    let reference = Reference::new(Timestamp::DEFAULT_START.millis());
    let mut writer = Writer { text, secret, reference, named: Vec::new(), met: Vec::new() };
    for (index, call) in calls.iter().enumerate() {
        let is_last = index == finding.call;
        writer.step(call, is_last);
        if is_last && finding.broke == Broke::State {
            writer.look(call.secret().unwrap_or(secret));
        }
    }
    writer.text
}

struct Writer {
    text: String,
    /// The secret of steps that name none.
    secret: Word,
    reference: Reference,
    /// Versions that a step has given a name to.
    named: Vec<Word>,
    /// Version ids that came up otherwise.
    met: Vec<Word>,
}

impl Writer {
    /// Writes one step; the whole outcome too if it `states` it.
    fn step(&mut self, call: &Call, states: bool) {
        if let Call::Wait(span) = call {
            let _ = writeln!(self.text, "  - wait: {}", span.to_string().replace(' ', ""));
            drop(self.reference.play(call));
            if states {
                self.look(self.secret);
            }
            return;
        }
        let answer = self.reference.play(call);
        let version = answer.as_ref().ok().and_then(|answer| answer.version);
        let (name, mut members, token) = members(call, |id| self.id(id));
        let mut as_name = None;
        if let Some(token) = token {
            let is_new = !self.named.contains(&token) && !self.met.contains(&token);
            if is_new && version == Some(token) {
                as_name = Some(token);
                self.named.push(token);
            } else {
                members.insert(0, format!("ClientRequestToken: {}", self.id(token)));
                self.met.push(token);
            }
        }
        if let Some(secret) = call.secret().filter(|it| *it != self.secret) {
            let key = if matches!(call, Call::Create { .. }) { "Name" } else { "SecretId" };
            members.insert(0, format!("{key}: {secret}"));
        }
        let _ = writeln!(self.text, "  - call: {name}");
        if !members.is_empty() {
            let _ = writeln!(self.text, "    with: {{ {} }}", members.join(", "));
        }
        if let Some(name) = as_name {
            let _ = writeln!(self.text, "    as: {name}");
        }
        if let Err(code) = &answer {
            let _ = writeln!(self.text, "    fails: {code}");
        }
        if states {
            self.outcome(call, &answer.unwrap_or_default());
        }
    }

    /// Writes the answer that the rules ask for, and the labels after it.
    fn outcome(&mut self, call: &Call, answer: &Answer) {
        let returns = self.returns(call, answer);
        if !returns.is_empty() {
            let _ = writeln!(self.text, "    returns: {{ {} }}", returns.join(", "));
        }
        if let Some(secret) = call.secret().and_then(|name| self.reference.secret(name)) {
            let labels: Vec<_> =
                labels(secret).map(|(label, id)| format!("{label}: {}", self.id(id))).collect();
            let _ = writeln!(self.text, "    labels: {{ {} }}", labels.join(", "));
        }
    }

    fn returns(&self, call: &Call, answer: &Answer) -> Vec<String> {
        let mut returns: Vec<String> =
            answer.version.iter().map(|id| format!("VersionId: {}", self.id(*id))).collect();
        returns.extend(answer.value.iter().map(|value| format!("SecretString: \"{value}\"")));
        let listed = answer.listed.iter().map(|(id, labels)| {
            let labels: Vec<_> = labels.iter().map(Word::as_str).collect();
            (self.id(*id), labels.join(", "))
        });
        match call {
            Call::Put { .. } => {
                returns.extend(listed.map(|(_, labels)| format!("VersionStages: [{labels}]")));
            }
            Call::Describe { .. } => {
                let versions: Vec<_> =
                    listed.map(|(id, labels)| format!("{id}: [{labels}]")).collect();
                if !versions.is_empty() {
                    returns.push(format!("VersionIdsToStages: {{ {} }}", versions.join(", ")));
                }
            }
            Call::List { .. } => {
                let versions: Vec<_> = listed
                    .map(|(id, labels)| match labels.as_str() {
                        "" => format!("{{ VersionId: {id} }}"),
                        labels => format!("{{ VersionId: {id}, VersionStages: [{labels}] }}"),
                    })
                    .collect();
                returns.push(format!("Versions: [{}]", versions.join(", ")));
            }
            Call::Create { .. }
            | Call::Update { .. }
            | Call::Stage { .. }
            | Call::Get { .. }
            | Call::Rotate { .. }
            | Call::Cancel { .. }
            | Call::Delete { .. }
            | Call::Force { .. }
            | Call::Restore { .. }
            | Call::Wait(_) => {}
        }
        returns
    }

    /// Reads every version, since what differs may be seen in no answer yet.
    fn look(&mut self, secret: Word) {
        let found = self.reference.secret(secret);
        let ids: Vec<Word> =
            found.iter().flat_map(|secret| &secret.versions).map(|version| version.id).collect();
        self.step(&Call::Describe { secret }, true);
        for id in ids {
            self.step(&Call::Get { secret, label: None, id: Some(id) }, true);
        }
    }

    /// A version id as it is written: by the name that a step gave to it, or in full.
    fn id(&self, id: Word) -> String {
        if self.named.contains(&id) { id.to_string() } else { id.long() }
    }
}

/// The labels of a secret and the versions that have them.
fn labels(secret: &Secret) -> impl Iterator<Item = (Word, Word)> {
    let versions = secret.versions.iter();
    versions.flat_map(|version| version.labels.iter().map(|label| (*label, version.id)))
}

/// The operation, its members but for secret and token, and the token.
fn members(call: &Call, id: impl Fn(Word) -> String) -> (&'static str, Vec<String>, Option<Word>) {
    let text = |value: &Option<Word>| value.map(|value| format!("SecretString: \"{value}\""));
    let mut members = Vec::new();
    let (name, token) = match call {
        Call::Create { token, value, .. } => {
            members.extend(text(value));
            ("CreateSecret", value.map(|_| *token))
        }
        Call::Put { token, value, labels, .. } => {
            members.extend(text(value));
            members.extend(labels.as_ref().map(|labels| {
                let labels: Vec<_> = labels.iter().map(Word::as_str).collect();
                format!("VersionStages: [{}]", labels.join(", "))
            }));
            ("PutSecretValue", Some(*token))
        }
        Call::Update { token, value, .. } => {
            members.extend(text(value));
            ("UpdateSecret", Some(*token))
        }
        Call::Stage { label, from, to, .. } => {
            members.push(format!("VersionStage: {label}"));
            members.extend(from.map(|from| format!("RemoveFromVersionId: {}", id(from))));
            members.extend(to.map(|to| format!("MoveToVersionId: {}", id(to))));
            ("UpdateSecretVersionStage", None)
        }
        Call::Get { label, id: version, .. } => {
            members.extend(version.map(|version| format!("VersionId: {}", id(version))));
            members.extend(label.map(|label| format!("VersionStage: {label}")));
            ("GetSecretValue", None)
        }
        Call::Describe { .. } => ("DescribeSecret", None),
        Call::List { all, .. } => {
            members.push(format!("IncludeDeprecated: {all}"));
            ("ListSecretVersionIds", None)
        }
        Call::Rotate { token, function, test, .. } => {
            members.extend(function.map(|it| format!("RotationLambdaARN: \"{}\"", arn(it))));
            members.extend(test.then(|| "RotateImmediately: false".to_owned()));
            ("RotateSecret", Some(*token))
        }
        Call::Cancel { .. } => ("CancelRotateSecret", None),
        Call::Delete { days, .. } => {
            members.extend(days.map(|days| format!("RecoveryWindowInDays: {days}")));
            ("DeleteSecret", None)
        }
        Call::Force { .. } => {
            members.push("ForceDeleteWithoutRecovery: true".to_owned());
            ("DeleteSecret", None)
        }
        Call::Restore { .. } => ("RestoreSecret", None),
        Call::Wait(_) => ("", None),
    };
    (name, members, token)
}
