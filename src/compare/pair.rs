//! Plays a trace of the model at an endpoint, call by call, and notes what differs.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::difference::{Difference, Kind};
use super::endpoint::{Answer, Endpoint, Refusal, Request, Unreachable};
use super::words::Words;
use crate::api::{self, Operation, OperationName, ServiceError};
use crate::caller::Caller;
use crate::evidence::Rule;
use crate::scenario::{SECRET_MEMBERS, answers_differ, brief};
use crate::secret::StagingLabel;
use crate::service::SecretView;
use crate::world::{Actor, Event, Trace, TraceStep};

/// A trace that is played at an endpoint.
#[derive(Clone, Copy, Debug)]
pub struct Pairing<'a> {
    /// What the model did.
    pub trace: &'a Trace,
    /// What stands before every name at the endpoint.
    pub prefix: &'a str,
    /// Whether differences show secret values.
    pub show_values: bool,
}

/// One call that was sent, with what the endpoint answered in the words of the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The step of the trace.
    pub step: usize,
    /// The answer.
    pub answer: Answer,
}

/// A secret that may be there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Made {
    /// Its name, as the endpoint has it; its ARN if it has none.
    pub name: String,
    /// Its Region, unless that is the endpoint's own.
    pub region: Option<String>,
    /// The account of its owner.
    pub account: String,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Compared {
    /// What differs, in order.
    pub differences: Vec<Difference>,
    /// How much more differs that was told of an earlier case.
    pub known: usize,
    /// The calls that were sent, but for looks.
    pub exchanges: Vec<Exchange>,
    /// Requests that are none of the API, which are not sent.
    pub unsent: usize,
    /// Secrets that may be there now.
    pub made: BTreeSet<Made>,
    /// Why the endpoint gave no answer, if it stopped to.
    pub unreachable: Option<Unreachable>,
    /// Whether somebody stopped it before it was through.
    pub stopped: bool,
}

/// Plays a trace at an endpoint. What was made there has to be removed by the caller, whatever happened.
pub fn compare(pairing: Pairing<'_>, endpoint: &mut dyn Endpoint) -> Compared {
    let words = Words::new(pairing.prefix, endpoint.abilities().function.as_deref());
    let mut pair = Pair {
        pairing,
        words,
        compared: Compared::default(),
        apart: BTreeSet::new(),
        bare: BTreeSet::new(),
    };
    if let Err(error) = pair.play(endpoint) {
        pair.compared.unreachable = Some(error);
    }
    pair.compared
}

struct Pair<'a> {
    pairing: Pairing<'a>,
    words: Words,
    compared: Compared,
    /// Secrets, by name, that are in different states in the two worlds.
    apart: BTreeSet<String>,
    /// Secrets whose versions without labels were seen.
    bare: BTreeSet<String>,
}

impl Pair<'_> {
    fn play(&mut self, endpoint: &mut dyn Endpoint) -> Result<(), Unreachable> {
        let steps = &self.pairing.trace.steps;
        let mut reached = steps.first().map(|step| step.at);
        for (index, step) in steps.iter().enumerate() {
            if endpoint.is_stopped() {
                self.compared.stopped = true;
                return Ok(());
            }
            let (Actor::Caller(by), Event::Call(operation)) = (&step.actor, &step.event) else {
                continue;
            };
            if let Some(before) = reached.replace(step.at) {
                endpoint.pass(before, step.at)?;
            }
            if matches!(**operation, Operation::Malformed { .. }) {
                self.compared.unsent = self.compared.unsent.saturating_add(1);
                continue;
            }
            self.call(index, step, by, operation, endpoint)?;
        }
        Ok(())
    }

    fn call(
        &mut self,
        index: usize,
        step: &TraceStep,
        by: &Caller,
        operation: &Operation,
        endpoint: &mut dyn Endpoint,
    ) -> Result<(), Unreachable> {
        let members = self.words.request(&operation.members());
        let made = |name: String| Made {
            name,
            region: by.region.as_deref().map(str::to_owned),
            account: by.account.as_str().to_owned(),
        };
        if let Operation::CreateSecret(call) = operation
            && !call.name.is_empty()
        {
            // Even if no answer comes, the secret may be there.
            self.compared.made.insert(made(self.words.name(&call.name)));
        }
        let request = Request {
            operation: operation.name(),
            members: &members,
            region: by.region.as_deref(),
            account: by.account.as_str(),
        };
        let raw = endpoint.call(request)?;
        if let (Ok(reply), Ok(answer)) = (&step.outcome, &raw) {
            self.words.learn(&reply.members(), answer);
        }
        if let (Operation::CreateSecret(call), Ok(answer)) = (operation, &raw)
            && let Some(arn) = answer.get("ARN").and_then(Value::as_str)
            && call.name.is_empty()
        {
            // Some emulator makes a secret without a name.
            self.compared.made.insert(made(arn.to_owned()));
        }
        let answer = match raw {
            Ok(answer) => Ok(self.words.answer(operation.name(), &answer)),
            Err(refusal) => Err(Refusal { message: self.words.here(&refusal.message), ..refusal }),
        };
        let secret = secret_name(step, operation);
        let follows = secret.as_ref().is_some_and(|name| self.apart.contains(name));
        let found = self.answers(step, &answer);
        let changes = changes_labels(operation.name());
        let parts = found.iter().any(|it| matches!(it.kind, Kind::Accepted | Kind::Refused));
        let both_refuse = step.outcome.is_err() && answer.is_err();
        self.note(index, follows, found);
        self.compared.exchanges.push(Exchange { step: index, answer });
        if parts && changes {
            self.apart.extend(secret);
        } else if changes && !both_refuse && !follows {
            self.look(index, step, by, endpoint)?;
        }
        Ok(())
    }

    fn note(&mut self, index: usize, follows: bool, found: Vec<Difference>) {
        let found = found.into_iter().map(|it| Difference { step: index, follows, ..it });
        self.compared.differences.extend(found);
    }

    /// Holds an answer against that of the model.
    fn answers(&self, step: &TraceStep, answer: &Answer) -> Vec<Difference> {
        let difference = |kind, place: &str, model: String, endpoint: String| Difference {
            step: 0,
            kind,
            place: place.to_owned(),
            rules: rules(step),
            model,
            endpoint,
            follows: false,
        };
        match (&step.outcome, answer) {
            (Ok(reply), Ok(answer)) => {
                let model = reply.members();
                // To every client, a member without content is one that isn't there.
                let (answer, more) = split(&model, api::json(Ok(answer.clone())));
                let is_order = |place: &str| only_order_differs(&model, &answer, place);
                let more = more.into_iter().map(|(place, value)| {
                    let is_secret = SECRET_MEMBERS.contains(&place.as_str());
                    let shown = if is_secret { "a value".to_owned() } else { brief(&value) };
                    (place, format!("expected no such member, got {shown}"))
                });
                let found = answers_differ(&model, &answer, self.pairing.show_values);
                let found = found.into_iter().map(|(path, message)| (path.to_string(), message));
                let found = found.chain(more).map(|(place, message)| {
                    let rules = member_rules(step, &place, is_order(&place));
                    Difference { rules, ..difference(Kind::Member, &place, String::new(), message) }
                });
                found.collect()
            }
            (Err(error), Ok(_)) => {
                vec![difference(Kind::Accepted, "", error.to_string(), "succeeds".to_owned())]
            }
            (Ok(_), Err(refusal)) => {
                vec![difference(Kind::Refused, "", "succeeds".to_owned(), told(refusal))]
            }
            (Err(error), Err(refusal)) => {
                let Some(kind) = refused_otherwise(error, refusal) else { return Vec::new() };
                let found = difference(kind, "", error.to_string(), told(refusal));
                let status = if kind == Kind::Status { Some(Rule::ErrorsAreHttp400) } else { None };
                vec![Difference { rules: status.into_iter().chain(found.rules).collect(), ..found }]
            }
        }
    }

    /// Asks where the labels are after a call, and holds that against what the model shows.
    fn look(
        &mut self,
        index: usize,
        step: &TraceStep,
        by: &Caller,
        endpoint: &mut dyn Endpoint,
    ) -> Result<(), Unreachable> {
        let Some(view) = step.secret.as_ref().and_then(|arn| step.view(arn)) else { return Ok(()) };
        let members = json!({ "SecretId": self.words.name(view.name.as_str()) });
        let request = Request {
            operation: OperationName::DescribeSecret,
            members: &members,
            region: by.region.as_deref(),
            account: view.arn.account(),
        };
        let Ok(answer) = endpoint.look(request)? else { return Ok(()) };
        let answer = self.words.answer(OperationName::DescribeSecret, &answer);
        let mut found = labels_differ(step, view, &answer);
        if !found.is_empty() {
            self.apart.insert(view.name.as_str().to_owned());
        }
        // What is shown without labels is shown again and again.
        if let Some(bare) = bare_versions(&answer)
            && self.bare.insert(view.name.as_str().to_owned())
        {
            found.push(bare);
        }
        self.note(index, false, found);
        Ok(())
    }
}

/// The name of the secret that a call is about, in the words of the model.
fn secret_name(step: &TraceStep, operation: &Operation) -> Option<String> {
    let view = step.secret.as_ref().and_then(|arn| step.view(arn));
    let known = view.map(|view| view.name.as_str().to_owned());
    known.or_else(|| operation.secret_id().filter(|id| !id.starts_with("arn:")).map(str::to_owned))
}

/// The answer without the members that the model's has not, and those.
fn split(model: &Value, mut answer: Value) -> (Value, Map<String, Value>) {
    let mut more = Map::new();
    if let (Value::Object(members), Some(known)) = (&mut answer, model.as_object()) {
        let (own, others) = std::mem::take(members)
            .into_iter()
            .partition(|(name, _): &(String, Value)| known.contains_key(name));
        *members = own;
        more = others;
    }
    (answer, more)
}

/// Whether an operation may move labels, or make or remove what has them.
pub(super) const fn changes_labels(operation: OperationName) -> bool {
    matches!(
        operation,
        OperationName::CreateSecret
            | OperationName::PutSecretValue
            | OperationName::UpdateSecret
            | OperationName::UpdateSecretVersionStage
            | OperationName::RotateSecret
            | OperationName::CancelRotateSecret
            | OperationName::DeleteSecret
            | OperationName::RestoreSecret
    )
}

/// What differs between two refusals, if anything does.
fn refused_otherwise(error: &ServiceError, refusal: &Refusal) -> Option<Kind> {
    match () {
        () if error.code.as_str() != refusal.code => Some(Kind::Code),
        () if error.code.status() != refusal.status => Some(Kind::Status),
        () if error.message != refusal.message => Some(Kind::Wording),
        () => None,
    }
}

/// A refusal in a line.
fn told(refusal: &Refusal) -> String {
    let Refusal { status, code, message } = refusal;
    // Pages of HTML, and texts that were wrapped in a source file.
    let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
    if *status == 400 {
        format!("{code}: {message}")
    } else {
        format!("{code} ({status}): {message}")
    }
}

/// The rules that decide a step, the most telling one first: what refuses it, what moves labels, all others.
fn rules(step: &TraceStep) -> Vec<Rule> {
    let moves = step.moves.iter().map(|it| it.because);
    match &step.outcome {
        // What else it rests on are rules about errors of all kinds.
        Err(error) => error.rule.into_iter().collect(),
        Ok(_) => telling_first(moves.chain(step.rules.iter())),
    }
}

/// The rules, each once, those about calls of all kinds last.
fn telling_first(rules: impl Iterator<Item = Rule>) -> Vec<Rule> {
    let mut all: Vec<Rule> = Vec::new();
    for rule in rules {
        if !all.contains(&rule) {
            all.push(rule);
        }
    }
    all.sort_by_key(|rule| matches!(rule.group().prefix, "GEN" | "T"));
    all
}

/// Whether a place is in a list of labels that has the same ones on both sides.
fn only_order_differs(model: &Value, answer: &Value, place: &str) -> bool {
    let labels = |side: &Value| {
        let (version, _) = place.strip_prefix("VersionIdsToStages.")?.split_once('[')?;
        let labels = side.get("VersionIdsToStages")?.get(version)?.as_array()?.iter();
        Some(labels.map(Value::to_string).collect::<BTreeSet<_>>())
    };
    labels(model).is_some_and(|here| labels(answer) == Some(here))
}

/// The rules that decide a member of an answer, the most telling one first.
fn member_rules(step: &TraceStep, place: &str, is_order: bool) -> Vec<Rule> {
    let telling = match step.call().map(Operation::name) {
        _ if is_order => Some(Rule::LabelsComeInHashOrder),
        Some(OperationName::DescribeSecret) if place.contains("Rotat") => {
            Some(Rule::DescribeShowsRotation)
        }
        Some(OperationName::ListSecretVersionIds) if place == "Versions" => {
            Some(Rule::ListHidesDeprecated)
        }
        _ => None,
    };
    let mut rules = rules(step);
    rules.retain(|rule| Some(*rule) != telling);
    telling.into_iter().chain(rules).collect()
}

/// Where labels are otherwise than the model shows.
fn labels_differ(step: &TraceStep, view: &SecretView, answer: &Value) -> Vec<Difference> {
    let mut there: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let stages = answer.get("VersionIdsToStages").and_then(Value::as_object);
    for (id, labels) in stages.into_iter().flatten() {
        let labels: Vec<_> =
            labels.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        for label in labels {
            there.entry(label).or_default().insert(id);
        }
    }
    let mut here: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for version in &view.versions {
        for label in &version.labels {
            here.entry(label.as_str()).or_default().insert(version.id.as_str());
        }
    }
    let on = |ids: Option<&BTreeSet<&str>>| match ids {
        Some(ids) => format!("on {}", ids.iter().copied().collect::<Vec<_>>().join(" and ")),
        None => "on no version".to_owned(),
    };
    let labels: BTreeSet<&str> = here.keys().chain(there.keys()).copied().collect();
    let differ = labels.into_iter().filter(|label| here.get(label) != there.get(label));
    let differ = differ.map(|label| {
        let (model, endpoint) = (on(here.get(label)), on(there.get(label)));
        of_labels(label, label_rules(step, label), model, endpoint)
    });
    differ.collect()
}

fn of_labels(place: &str, rules: Vec<Rule>, model: String, endpoint: String) -> Difference {
    let (kind, place) = (Kind::Labels, place.to_owned());
    Difference { step: 0, kind, place, rules, model, endpoint, follows: false }
}

/// Versions that a description shows without labels, where AWS shows labeled ones only.
fn bare_versions(answer: &Value) -> Option<Difference> {
    let stages = answer.get("VersionIdsToStages")?.as_object()?;
    let has_none = |labels: &Value| labels.as_array().is_none_or(Vec::is_empty);
    let bare: Vec<&str> =
        stages.iter().filter(|(_, labels)| has_none(labels)).map(|(id, _)| id.as_str()).collect();
    if bare.is_empty() {
        return None;
    }
    let shown = format!("shows {} without labels", bare.join(" and "));
    let rules = vec![Rule::DescribeShowsLabeledVersions];
    Some(of_labels("", rules, "shows versions with labels only".to_owned(), shown))
}

/// The rules that put a label where it is after a step, or leave it there, the most telling one first.
fn label_rules(step: &TraceStep, label: &str) -> Vec<Rule> {
    let label = StagingLabel::new(label);
    let moved = step.moves.iter().filter(|it| it.label == label).map(|it| it.because);
    // Of a label that stays, the rules that say so tell more than those that move others.
    let staying: &[Rule] = match label {
        StagingLabel::Custom(_) => &[Rule::OutgoingKeepsCustomLabels, Rule::CustomLabelsStayPut],
        StagingLabel::AwsPending => &[Rule::PendingStaysOnNewCurrent],
        StagingLabel::AwsCurrent | StagingLabel::AwsPrevious => &[],
    };
    let staying = staying.iter().copied().filter(|rule| step.rules.contains(*rule));
    telling_first(moved.chain(staying).chain(rules(step)))
}
