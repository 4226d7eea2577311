//! A finding of random calls as a scenario that fails in the same way.

use std::fmt::Write as _;

use super::fuzz::fuzz_again;
use crate::fuzz::{
    Answer, Broke, Broken, Call, Case, MISSING, Reference, Secret, Word, arn, violated_by_people,
};
use crate::property::Property;
use crate::time::Timestamp;
use crate::yaml::scalar;

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
        scalar(&format!("{}. Found by {}", finding.message, fuzz_again(case, None))),
    );
    let missing = Word::new("missing");
    let names_missing =
        |call: &Call| matches!(call, Call::Rotate { function: Some(it), .. } if *it == missing);
    if calls.iter().any(names_missing) {
        let _ = writeln!(text, "given: {{ missing-functions: [\"{MISSING}\"] }}");
    }
    let by_people: Vec<_> = violated_by_people(calls).into_iter().map(Property::id).collect();
    if !by_people.is_empty() {
        let _ = writeln!(text, "breaks: [{}]", by_people.join(", "));
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
            let _ = writeln!(self.text, "    labels: {}", mapping(&labels));
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
            Call::Describe { secret } => {
                let versions: Vec<_> =
                    listed.map(|(id, labels)| format!("{id}: [{labels}]")).collect();
                if !versions.is_empty() {
                    returns.push(format!("VersionIdsToStages: {{ {} }}", versions.join(", ")));
                }
                returns.extend(self.reference.secret(*secret).into_iter().flat_map(facts));
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

/// What a description says of a secret beside its versions.
fn facts(secret: &Secret) -> [String; 3] {
    let absent = || "<absent>".to_owned();
    let date = |millis: Option<i64>| {
        millis.map_or_else(absent, |it| Timestamp::from_millis(it).to_string())
    };
    let rotates = secret.rotates().map_or_else(|| scalar(&absent()), |it| it.to_string());
    [
        format!("RotationEnabled: {rotates}"),
        format!("LastRotatedDate: {}", scalar(&date(secret.last_rotated()))),
        format!("DeletedDate: {}", scalar(&date(secret.deleted()))),
    ]
}

/// A mapping in one line.
fn mapping(members: &[String]) -> String {
    if members.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", members.join(", ")) }
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
