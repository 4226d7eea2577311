//! A path of an exploration, written out as a scenario that plays to the same end.

mod claim;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value};

use self::claim::Claim;
use super::explore::Explored;
use crate::assumption::Assumptions;
use crate::explore::{Finding, Packed, Path};
use crate::labels::LabelSlot;
use crate::model::{
    Act, CLIENT_NUMBER, Called, FaultKind, Model, Scene, Spoken, Then, VersionNumber, Waited, Who,
};
use crate::program::TargetVerb;
use crate::property::PropertyName;
use crate::scenario::{Names, Scenario};
use crate::secret::StagingLabel;
use crate::target::{Passing, PrincipalSlot};
use crate::time::Span;
use crate::yaml::{flow, scalar};

/// What stands before the path in the file.
#[derive(Clone, Copy, Debug)]
pub struct Opening<'a> {
    /// The title.
    pub title: &'a str,
    /// What happens, in a sentence or two.
    pub about: &'a str,
    /// The lines that say where everything stands: the secret, the target and so on.
    pub stage: &'a str,
    /// How unknown behavior is taken to be.
    pub assume: Assumptions,
    /// The lines that say which property it is about.
    pub claim: &'a str,
    /// The steps before the path, as they stand in the file that was explored.
    pub steps: &'a str,
    /// What versions and users are called, and what the versions have for values.
    pub names: &'a Names,
    /// How long it stays as it is before each action, where that is longer than calls take.
    pub stays: &'a [Span],
}

/// A counterexample as a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counterexample {
    /// The scenario.
    pub text: String,
    /// Whether a run of it says that the property is broken. If not, the property is one that only a search can judge.
    pub shows: bool,
}

impl<const W: usize> Explored<'_, W> {
    /// The shortest path to a violation, as a scenario. `text` is that of the file that was explored.
    pub fn counterexample(
        &self,
        scenario: &Scenario,
        text: &str,
        property: &PropertyName,
        finding: &Finding<Packed<W>>,
    ) -> Counterexample {
        let claim = Claim::of(property, scenario, text);
        let waited = self.outwaited().filter(|_| finding.property == CLIENT_NUMBER);
        let mut path = finding.path.clone();
        // What goes on without end is shown as it is.
        let is_endless = waited.is_some_and(Waited::is_endless);
        let goes_on = claim.goes_on.filter(|_| !is_endless);
        if goes_on.is_some() {
            self.model.retry(&mut path);
        }
        let scenes = self.model.tell(path.hops.iter().map(|hop| (hop.action, hop.state)));
        let stays = waited.map_or(&[][..], |waited| &waited.stays);
        let mut about = property.statement().to_owned();
        about.push_str(goes_on.unwrap_or_default());
        if !claim.shows {
            about.push_str(" Only a search can judge it; this is the way to where it breaks.");
        }
        let title = format!("{}: {}", scenario.title, property.id());
        let mut text =
            self.written(scenario, text, (&title, &about, &claim.lines), (&scenes, stays));
        if claim.rests {
            text.push_str("  - settle: {}\n");
        }
        Counterexample { text, shows: claim.shows }
    }

    /// A path as a scenario that says of no property whether it holds.
    pub fn as_scenario(&self, scenario: &Scenario, text: &str, path: &Path<Packed<W>>) -> String {
        let scenes = self.model.tell(path.hops.iter().map(|hop| (hop.action, hop.state)));
        self.written(scenario, text, (&scenario.title, "", "check: []\n"), (&scenes, &[]))
    }

    fn written(
        &self,
        scenario: &Scenario,
        text: &str,
        (title, about, claim): (&str, &str, &str),
        (scenes, stays): (&[Scene], &[Span]),
    ) -> String {
        let opening = Opening {
            title,
            about,
            stage: &scenario.stage(text),
            assume: scenario.setting.assume,
            claim,
            steps: &scenario.steps_before(text),
            names: self.names,
            stays,
        };
        scenario_of(opening, self.model, scenes)
    }
}

/// Writes a path as a scenario: each call of the function is a step that plays its part.
pub fn scenario_of<const W: usize>(
    opening: Opening<'_>,
    model: &Model<W>,
    scenes: &[Scene],
) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "scenario: {}", scalar(opening.title));
    if !opening.about.is_empty() {
        let _ = writeln!(text, "about: {}", scalar(opening.about));
    }
    text.push_str(opening.stage);
    let assume: Vec<String> =
        opening.assume.chosen().map(|(id, option)| format!("{id}: {}", scalar(&option))).collect();
    if !assume.is_empty() {
        let _ = writeln!(text, "assume: {{ {} }}", assume.join(", "));
    }
    text.push_str(opening.claim);
    text.push_str("steps:\n");
    text.push_str(opening.steps);
    let values = (1..).zip(&opening.names.values).filter_map(|(version, text)| {
        let text = &text.as_ref()?.0;
        let members = serde_json::from_str(text).ok().filter(Value::is_object);
        Some((version, members.unwrap_or_else(|| (&**text).into())))
    });
    let mut writer = Writer {
        model,
        names: opening.names,
        text,
        values: values.collect(),
        made: 0,
        hands: BTreeMap::new(),
        launched: BTreeMap::new(),
        owed: Span::default(),
        took: Span::default(),
    };
    let stays = opening.stays.iter().copied().chain(std::iter::repeat(Span::default()));
    for (scene, stays) in scenes.iter().zip(stays) {
        writer.owed = writer.owed.plus(stays);
        writer.scene(scene);
    }
    writer.text
}

/// What an invocation has.
#[derive(Clone, Debug, Default)]
struct Hand {
    /// Which it is of those for its rotation, from 1.
    number: u32,
    /// The password or token that it has made.
    secret: Option<String>,
}

struct Writer<'a, const W: usize> {
    model: &'a Model<W>,
    names: &'a Names,
    text: String,
    /// What the versions have for values.
    values: BTreeMap<VersionNumber, Value>,
    /// How many passwords and tokens were made: no two are the same.
    made: u32,
    /// The invocations in flight, by worker.
    hands: BTreeMap<u8, Hand>,
    /// How many invocations there were for each rotation.
    launched: BTreeMap<u64, u32>,
    /// How long it is to stay as it is before the next step.
    owed: Span,
    /// How long the last step takes.
    took: Span,
}

/// One call on its way to a step.
#[derive(Debug, Default)]
struct Draft {
    /// The key that says what is called, and its value.
    head: String,
    /// Members of the request.
    members: Map<String, Value>,
    /// The other lines.
    lines: Vec<String>,
    /// The code of the error, if there is one.
    fails: Option<&'static str>,
    /// The name that is given to the version.
    name: Option<String>,
    /// What a question is answered with.
    says: Option<bool>,
}

impl<const W: usize> Writer<'_, W> {
    fn scene(&mut self, scene: &Scene) {
        if scene.act == Act::Clean {
            self.passes("wait: 60s", scene);
            return;
        }
        if let Act::Pass(passing) = scene.act {
            self.pass(passing, scene);
            return;
        }
        let Some(called) = &scene.call else { return };
        let mut lines = Vec::new();
        match &scene.who {
            Who::Function { worker, rotation, step } => {
                let number = self.hand(*worker, *rotation).number;
                let twin = if number > 1 { format!("#{number}") } else { String::new() };
                lines.push(format!("in: t{rotation}{twin} {step}"));
            }
            Who::Other(name) => lines.push(format!("by: {}", scalar(name))),
            Who::Operator | Who::Service | Who::Target => {}
        }
        let mut by = lines.clone();
        let is_made = !scene.fault.is_some_and(FaultKind::is_before);
        let worker = if let Who::Function { worker, .. } = scene.who { Some(worker) } else { None };
        let draft = if let Called::Target { verb, in_transaction, denied, says, .. } = called {
            self.target(worker, *verb, *in_transaction, (*denied, *says))
        } else {
            Some(self.call(worker, called, is_made))
        };
        if let Some(draft) = draft {
            if !draft.members.is_empty() {
                lines.push(format!("with: {}", flow(&Value::Object(draft.members))));
            }
            lines.extend(draft.lines);
            if is_made {
                lines.extend(draft.name.map(|name| format!("as: {name}")));
                lines.extend(draft.fails.map(|code| format!("fails: {code}")));
                let says = draft.says.map(|says| if says { "yes" } else { "no" });
                lines.extend(says.map(|says| format!("returns: {says}")));
            }
            lines.extend(scene.fault.map(|kind| {
                let is_stale = kind == FaultKind::StaleRead;
                if is_stale {
                    "stale: true".to_owned()
                } else {
                    format!("fault: {}", kind.as_str())
                }
            }));
            self.step(&draft.head, &lines, scene);
        }
        if let Called::PutSecretValue { version, on_target: true, .. } = called
            && !scene.target.is_empty()
        {
            by.push(format!("with: {}", self.name(*version)));
            self.step("target: set-password", &by, scene);
        }
        let Some(worker) = worker else { return };
        match (scene.then, self.hands.get_mut(&worker)) {
            (Then::Ends | Then::Again, _) => drop(self.hands.remove(&worker)),
            (Then::NextStep(_), Some(hand)) => hand.secret = None,
            (Then::NextStep(_), None) | (Then::GoesOn, _) => {}
        }
    }

    /// Waits until a delay or a grace of the target is over.
    fn pass(&mut self, passing: Passing, scene: &Scene) {
        let setting = self.model.setting().target;
        let span = setting.and_then(|setting| match passing {
            Passing::Arrives(..) => setting.delay,
            Passing::Ends(..) => setting.grace,
        });
        if let Some(span) = span {
            self.passes(&format!("wait: {}", unspaced(span)), scene);
        }
    }

    /// Waits for what happens by itself.
    fn passes(&mut self, wait: &str, scene: &Scene) {
        self.owed = Span::default();
        self.step(wait, &[], scene);
        self.took = Span::default();
    }

    /// What the invocation of a worker has; it begins if there is none.
    fn hand(&mut self, worker: u8, rotation: u64) -> &mut Hand {
        let launched = &mut self.launched;
        self.hands.entry(worker).or_insert_with(|| {
            let number = launched.entry(rotation).or_insert(0);
            *number = number.saturating_add(1);
            Hand { number: *number, secret: None }
        })
    }

    fn name(&self, version: VersionNumber) -> String {
        self.model.version_name(&self.names.versions, version)
    }

    fn label(&self, label: LabelSlot) -> StagingLabel {
        self.model.label_name(label)
    }

    /// A password or token that nobody has had before.
    fn new_secret(&mut self) -> String {
        self.made = self.made.saturating_add(1);
        format!("secret-{}", self.made)
    }

    /// The password or token that an invocation has made; it makes one if it has none.
    fn made_by(&mut self, worker: Option<u8>) -> String {
        let hand = worker.and_then(|worker| self.hands.get(&worker));
        if let Some(secret) = hand.and_then(|hand| hand.secret.clone()) {
            return secret;
        }
        let secret = self.new_secret();
        self.keep(worker, secret.clone());
        secret
    }

    fn keep(&mut self, worker: Option<u8>, secret: String) {
        if let Some(hand) = worker.and_then(|worker| self.hands.get_mut(&worker)) {
            hand.secret = Some(secret);
        }
    }

    /// A value with that secret: like that of another version, for that user, or bare.
    fn value(&self, like: Option<VersionNumber>, user: PrincipalSlot, secret: String) -> Value {
        let like = like.and_then(|version| self.values.get(&version));
        let Some(Value::Object(members)) = like else { return secret.into() };
        let mut members = members.clone();
        let has_token = members.contains_key("token") && !members.contains_key("password");
        members.insert(if has_token { "token" } else { "password" }.to_owned(), secret.into());
        if let Some(name) = self.names.users.get(usize::from(user.0))
            && let Some(username) = members.get_mut("username")
        {
            *username = name.as_str().into();
        }
        members.into()
    }

    /// What a put stores: the value of another version, or a new one.
    fn stored(&mut self, worker: Option<u8>, put: &Called) -> Value {
        let Called::PutSecretValue { again, like, user, .. } = put else { return Value::Null };
        if let Some(value) = again.and_then(|again| self.values.get(&again)) {
            return value.clone();
        }
        let secret = self.made_by(worker);
        self.value(*like, *user, secret)
    }

    /// The function that is asked for: one where the secret is.
    fn function_arn(&self) -> String {
        let arn = self.names.secret.as_ref().map(crate::secret::SecretArn::as_str);
        let mut parts = arn.into_iter().flat_map(|arn| arn.split(':')).skip(3);
        let region = parts.next().unwrap_or("us-east-1");
        let account = parts.next().unwrap_or("111111111111");
        format!("arn:aws:lambda:{region}:{account}:function:rotation")
    }

    /// A call of the service.
    fn call(&mut self, worker: Option<u8>, called: &Called, is_made: bool) -> Draft {
        let mut draft = Draft::default();
        let members = &mut draft.members;
        let mut member = |name: &str, value: Value| {
            members.insert(name.to_owned(), value);
        };
        let mut fails = None;
        let operation = match called {
            Called::RotateSecret(version) => {
                member("RotationLambdaARN", self.function_arn().into());
                draft.name = Some(self.name(*version));
                "RotateSecret"
            }
            Called::DescribeSecret => "DescribeSecret",
            Called::GetRandomPassword => {
                let secret = self.new_secret();
                self.keep(worker, secret);
                "GetRandomPassword"
            }
            Called::GetSecretValue { version, label, fails: error } => {
                if let Some(version) = version {
                    member("VersionId", self.name(*version).into());
                }
                if let Some(label) = label {
                    member("VersionStage", self.label(*label).as_str().into());
                }
                fails = *error;
                "GetSecretValue"
            }
            Called::PutSecretValue { version, fresh, labels, fails: error, .. } => {
                let value = self.stored(worker, called);
                if is_made && error.is_none() {
                    self.values.insert(*version, value.clone());
                }
                member("SecretString", value);
                if !*fresh {
                    member("ClientRequestToken", self.name(*version).into());
                } else if error.is_none() {
                    draft.name = Some(self.name(*version));
                }
                if let Some(labels) = labels {
                    let labels = labels.iter().map(|it| Value::from(self.label(*it).as_str()));
                    member("VersionStages", labels.collect());
                }
                fails = *error;
                "PutSecretValue"
            }
            Called::UpdateSecretVersionStage { label, move_to, remove_from, fails: error } => {
                member("VersionStage", self.label(*label).as_str().into());
                for (name, version) in
                    [("MoveToVersionId", move_to), ("RemoveFromVersionId", remove_from)]
                {
                    if let Some(version) = version {
                        member(name, self.name(*version).into());
                    }
                }
                fails = *error;
                "UpdateSecretVersionStage"
            }
            Called::CancelRotateSecret => "CancelRotateSecret",
            Called::DeleteSecret => "DeleteSecret",
            Called::RestoreSecret => "RestoreSecret",
            Called::Target { .. } => "",
        };
        draft.head = format!("call: {operation}");
        draft.fails = fails.map(crate::api::ErrorCode::as_str);
        draft
    }

    /// A call of the target; nothing if it is about a credential that isn't there.
    fn target(
        &mut self,
        worker: Option<u8>,
        verb: TargetVerb<Spoken>,
        in_transaction: bool,
        (denied, says): (bool, Option<bool>),
    ) -> Option<Draft> {
        let mut draft = Draft { head: format!("target: {}", verb.name()), ..Draft::default() };
        if verb == TargetVerb::CreateToken {
            let token = self.new_secret();
            draft.lines.push(format!("with: {{ token: {token} }}"));
            self.keep(worker, token);
        }
        let second = if let TargetVerb::SetPassword { .. } = verb { "old" } else { "from" };
        for (key, spoken) in ["with", second, "keep"].into_iter().zip(verb.credentials()) {
            let whose = match spoken {
                None => continue,
                Some(Spoken::Nobody) => return None,
                Some(Spoken::Administrator) => "administrator".to_owned(),
                Some(Spoken::Version(version)) => self.name(*version),
                Some(Spoken::Unsaved(_)) => format!("{{ password: {} }}", self.made_by(worker)),
            };
            draft.lines.push(format!("{key}: {whose}"));
        }
        if let TargetVerb::Grant { grant, .. } = verb {
            let program = self.model.setting().program.as_ref();
            let name = program.and_then(|it| it.grants.get(usize::from(grant)));
            draft.lines.extend(name.map(|name| format!("grant: {}", scalar(name))));
        }
        if in_transaction {
            draft.lines.push("transaction: true".to_owned());
        }
        if denied {
            draft.fails = Some("denied");
        } else {
            draft.says = says;
        }
        Some(draft)
    }

    fn step(&mut self, first: &str, lines: &[String], scene: &Scene) {
        if self.owed > self.took {
            let more = self.owed.millis().saturating_sub(self.took.millis());
            let _ = writeln!(self.text, "  - wait: {}", unspaced(Span::from_millis(more)));
        }
        self.owed = Span::default();
        // What isn't called takes no time.
        let is_made = !scene.fault.is_some_and(FaultKind::is_before);
        self.took = if is_made { Span::CALL } else { Span::default() };
        let _ = writeln!(self.text, "  - {first}");
        for line in lines {
            let _ = writeln!(self.text, "    {line}");
        }
        let labels = (0..).zip(&scene.labels).filter(|(_, version)| **version != 0).filter_map(
            |(index, version)| {
                let label = self.label(LabelSlot::from_index(index)?);
                Some(format!("{label}: {}", self.name(*version)))
            },
        );
        let labels: Vec<_> = labels.collect();
        let _ = writeln!(self.text, "    labels: {{ {} }}", labels.join(", "));
    }
}

/// A span in one word.
fn unspaced(span: Span) -> String {
    span.to_string().replace(' ', "")
}
