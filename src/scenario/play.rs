//! Plays a scenario: sends each call, compares each answer, and has the trace judged.

mod target;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::bindings::{Bindings, Unbound};
use super::compare::{Comparison, Difference, Manner, brief};
use super::placeholder::{Pattern, Template};
use super::{CallStep, Expect, Request, Scenario, Step, StepKind, TargetExpect, Within};
use crate::api::{Operation, OperationName, Reply, ServiceError};
use crate::caller::Caller;
use crate::mistake::line_column;
use crate::property::client::judge_clients;
use crate::property::own::{self, judge_own};
use crate::property::{Judgment, PropertyName, judge};
use crate::secret::{SecretArn, VersionId};
use crate::seed::{Purpose, Stream};
use crate::service::{self, SecretView};
use crate::world::{Action, Database, FaultKind, Invoked, Trace, TraceStep, World};
use crate::yaml::{Places, Trail};

/// What came of playing a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Played {
    /// What happened.
    pub trace: Trace,
    /// For each step of the scenario, which steps of the trace it made.
    pub results: Vec<StepResult>,
    /// What is not as the scenario states it.
    pub differences: Vec<Difference>,
    /// What the judge says.
    pub judgment: Judgment,
    /// Properties that must be violated and are not.
    pub unbroken: Vec<PropertyName>,
    /// Properties that are violated and must not be.
    pub broken: Vec<PropertyName>,
    /// The target as it is at the end.
    pub database: Option<Database>,
    /// The names that the scenario gives to versions, by id.
    pub names: Vec<(VersionId, String)>,
}

/// What one step of a scenario came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepResult {
    /// The first step of the trace that it made.
    pub first: usize,
    /// The remark of the file.
    pub note: Option<String>,
    /// Whether the scenario states anything about this step.
    pub is_expected: bool,
    /// The invocation whose part it plays, in the words of the file.
    pub within: Option<String>,
}

impl Played {
    /// A trace that no scenario made: nothing is stated about it.
    pub fn of(trace: Trace) -> Self {
        Self {
            trace,
            results: Vec::new(),
            differences: Vec::new(),
            judgment: Judgment::default(),
            unbroken: Vec::new(),
            broken: Vec::new(),
            database: None,
            names: Vec::new(),
        }
    }

    /// Looks up the lines and columns of what differs in the text of the file.
    pub fn locate(&mut self, text: &str) {
        if self.differences.is_empty() {
            return;
        }
        let places = Places::of(text);
        for difference in &mut self.differences {
            let span = places.nearest(&difference.path);
            difference.place = Some(line_column(text, span.start));
        }
    }

    /// Whether everything is as the scenario states it, and it violates what it must and nothing else.
    pub fn passed(&self) -> bool {
        self.differences.is_empty() && self.unbroken.is_empty() && self.broken.is_empty()
    }
}

/// Plays `scenario` from the beginning.
pub(super) fn play(scenario: &Scenario, show_values: bool) -> Played {
    let mut player = Player {
        scenario,
        show_values,
        world: world(scenario),
        trace: Trace {
            assume: scenario.setting.assume,
            steps: Vec::with_capacity(expected_steps(scenario)),
            strategy: scenario.turns(),
            ..Trace::default()
        },
        bindings: Bindings::default(),
        tokens: Stream::new(scenario.setting.seed, Purpose::Tokens),
        differences: Vec::new(),
        results: Vec::with_capacity(scenario.steps.len()),
        last_secret: None,
        callers: Vec::new(),
        invocations: Vec::new(),
    };
    for (index, step) in scenario.steps.iter().enumerate() {
        player.step(index, step);
    }
    let names = player.bindings.names().map(|(name, id)| (id.clone(), name.to_owned()));
    let names: Vec<(VersionId, String)> = names.collect();
    let mut judgment = judge(&player.trace, &scenario.check);
    if let (Some(secret), false) = (&scenario.secret, scenario.own.is_empty()) {
        let names = version_names(&names, &player.trace);
        let own_properties = scenario.own_of_run();
        judge_own(
            &player.trace,
            &own_properties,
            own::Told { secret, names: &names },
            &mut judgment,
        );
    }
    if let Some(secret) = &scenario.secret {
        judge_clients(&player.trace, &scenario.clients, secret, &mut judgment);
    }
    let violated: BTreeSet<PropertyName> =
        judgment.violations.iter().map(|found| found.property.clone()).collect();
    let undecided: BTreeSet<&PropertyName> = judgment.unjudged.iter().collect();
    Played {
        names,
        database: player.world.database().cloned(),
        trace: player.trace,
        results: player.results,
        differences: player.differences,
        unbroken: scenario
            .breaks
            .difference(&violated)
            .filter(|it| !undecided.contains(it))
            .cloned()
            .collect(),
        broken: violated.difference(&scenario.breaks).cloned().collect(),
        judgment,
    }
}

/// What versions are called, by id: as the scenario names them, or `v1`, `v2`, … in order of appearance.
pub(crate) fn version_names(
    given: &[(VersionId, String)],
    trace: &Trace,
) -> BTreeMap<String, String> {
    let mut names: BTreeMap<String, String> =
        given.iter().map(|(id, name)| (id.as_str().to_owned(), name.clone())).collect();
    let taken: BTreeSet<&str> = given.iter().map(|(_, name)| name.as_str()).collect();
    let mut next = (1_u32..).map(|number| format!("v{number}"));
    for version in trace.views().flat_map(|view| &view.versions) {
        if !names.contains_key(version.id.as_str()) {
            let name = next.find(|name| !taken.contains(name.as_str())).unwrap_or_default();
            names.insert(version.id.as_str().to_owned(), name);
        }
    }
    names
}

/// The world as it is before the first step.
fn world(scenario: &Scenario) -> World {
    let mut world = World::new(scenario.setting.clone(), scenario.start);
    if let Some(function) = &scenario.function {
        world = world.with_function(function.clone());
    }
    if let Some(database) = &scenario.database {
        world = world.with_database(database.clone());
    }
    world
}

/// About how many steps a trace is going to have: one for each of the scenario, and what functions and the service do.
fn expected_steps(scenario: &Scenario) -> usize {
    let own = scenario.steps.len().saturating_add(1);
    if scenario.setting.invokes == service::Invoked::None { own } else { own.saturating_mul(4) }
}

struct Player<'s> {
    scenario: &'s Scenario,
    show_values: bool,
    world: World,
    trace: Trace,
    bindings: Bindings,
    tokens: Stream,
    differences: Vec<Difference>,
    results: Vec<StepResult>,
    last_secret: Option<SecretArn>,
    /// Those who have called so far.
    callers: Vec<Caller>,
    /// The invocations whose part has been played so far.
    invocations: Vec<(Within, Arc<Invoked>)>,
}

impl Player<'_> {
    fn step(&mut self, index: usize, step: &Step) {
        let top = Trail::top();
        let steps = top.key("steps");
        let path = steps.index(index);
        let first = self.trace.steps.len();
        let is_expected = match &step.kind {
            StepKind::Call(call) => {
                self.call(index, &path, call);
                step.labels.is_some() || !matches!(call.expect, Expect::Success)
            }
            StepKind::Target(call) => {
                self.target(index, &path, call);
                step.labels.is_some() || call.expect != TargetExpect::Success
            }
            StepKind::Wait(span) => {
                self.world.step(Action::Wait(*span), &mut self.trace);
                step.labels.is_some()
            }
            StepKind::Until(moment) => {
                self.world.step(Action::Until(*moment), &mut self.trace);
                step.labels.is_some()
            }
            StepKind::Settle(at_most) => {
                self.world.step(Action::Settle(*at_most), &mut self.trace);
                step.labels.is_some()
            }
        };
        let (within, is_stale) = match &step.kind {
            StepKind::Call(call) => (call.within.as_ref(), call.stale),
            StepKind::Target(call) => (call.within.as_ref(), false),
            StepKind::Wait(_) | StepKind::Until(_) | StepKind::Settle(_) => (None, false),
        };
        let told =
            is_stale.then(|| "the answer is what was there before the last change".to_owned());
        let note = step.note.clone().or(told);
        let within = within.map(ToString::to_string);
        self.results.push(StepResult { first, note, is_expected, within });
        if let Some(labels) = &step.labels {
            self.check_labels(index, &path.key("labels"), labels);
        }
    }

    fn differs(&mut self, step: usize, path: Trail<'_>, message: String) {
        let path = path.to_path();
        self.differences.push(Difference { step, path, place: None, message });
    }

    fn call(&mut self, index: usize, path: &Trail<'_>, call: &CallStep) {
        let fault = target::fault(call.within.as_ref(), call.fault, call.operation.as_str());
        if call.fault.is_some_and(FaultKind::is_before) {
            self.hits(fault);
            return;
        }
        let operation = match self.request(call) {
            Ok(operation) => operation,
            Err(Unbound(placeholder)) => {
                let message =
                    format!("`{placeholder}` is not known yet, so the call can't be sent");
                self.differs(index, *path, message);
                return;
            }
        };
        let by = self.caller(&call.by).in_region(call.region.clone());
        let at = self.trace.steps.len();
        self.world.plan(&call.faults);
        let action = Action::Call { by, operation };
        let Some(action) = self.played(index, path, call.within.as_ref(), action) else { return };
        if call.stale {
            self.world.lag_next_read();
        }
        self.world.step(action, &mut self.trace);
        // The trace is set aside, so that its last answer can be looked at while bindings change.
        let trace = std::mem::take(&mut self.trace);
        if let Some(step) = trace.steps.get(at) {
            self.answered(index, path, call, step);
        }
        self.trace = trace;
        self.hits(fault);
    }

    /// Binds what an answer tells, and compares it with what is stated of it.
    fn answered(&mut self, index: usize, path: &Trail<'_>, call: &CallStep, step: &TraceStep) {
        let outcome = &step.outcome;
        if let Some(secret) =
            step.secret.clone().or_else(|| outcome.as_ref().ok().and_then(Reply::arn).cloned())
        {
            self.last_secret = Some(secret);
        }
        if let (Some(Operation::CreateSecret(request)), Ok(reply)) = (step.call(), outcome)
            && let Some(arn) = reply.arn()
        {
            self.bindings.created(&request.name, arn);
        }
        if let (Some(version), Ok(reply)) = (&call.name, outcome) {
            if let Some(id) = reply.version_id() {
                self.bindings.name(version, id);
            } else {
                let message = format!("the answer has no VersionId to call `{version}`");
                self.differs(index, path.key("as"), message);
            }
        }
        self.compare(index, path, call, outcome);
    }

    /// The caller that a step names.
    fn caller(&mut self, name: &str) -> Caller {
        if let Some(known) = self.callers.iter().find(|caller| &*caller.name == name) {
            return known.clone();
        }
        let caller = Caller::named(name, &self.scenario.setting.account);
        self.callers.push(caller.clone());
        caller
    }

    /// The request with everything filled in. Where it takes a token and has none, one comes from the seed, as from
    /// every SDK.
    fn request(&mut self, call: &CallStep) -> Result<Arc<Operation>, Unbound> {
        let mut operation = match &call.request {
            Request::Ready(operation) => Arc::clone(operation),
            Request::Template(members) => Arc::new(self.filled(call.operation, members)?),
        };
        if !call.raw
            && operation.lacks_token()
            && let Some(token) = Arc::make_mut(&mut operation).token_mut()
        {
            *token = Some(self.tokens.token_text());
        }
        Ok(operation)
    }

    fn filled(
        &mut self,
        operation: OperationName,
        members: &[(Pattern, Template)],
    ) -> Result<Operation, Unbound> {
        let mut body = Map::new();
        for (name, value) in members {
            let name = self.bindings.fill_text(name, &mut self.tokens)?;
            let mut filled = self.bindings.fill(value, &mut self.tokens)?;
            if matches!(value, Template::Map(_)) && name != "RotationRules" {
                filled = Value::String(filled.to_string());
            }
            body.insert(name, filled);
        }
        Ok(operation.receive(Value::Object(body)))
    }

    fn compare(
        &mut self,
        index: usize,
        path: &Trail<'_>,
        call: &CallStep,
        outcome: &Result<Reply, ServiceError>,
    ) {
        match (&call.expect, outcome) {
            (Expect::Success, Ok(_)) => {}
            (Expect::Success, Err(error)) => {
                self.differs(index, path.key("call"), format!("the call fails: {error}"));
            }
            (Expect::Returns(_), Err(error)) => {
                self.differs(index, path.key("returns"), format!("the call fails: {error}"));
            }
            (Expect::Returns(expected), Ok(reply)) => {
                let manner = Manner {
                    answers: call.answers,
                    label_order: self.scenario.label_order,
                    show_values: self.show_values,
                };
                let mut comparison =
                    Comparison { bindings: &mut self.bindings, manner, found: Vec::new() };
                comparison.answer(&path.key("returns"), expected, &reply.members());
                let found = comparison.found.into_iter();
                self.differences.extend(found.map(|(path, message)| Difference {
                    step: index,
                    path,
                    place: None,
                    message,
                }));
            }
            (Expect::Fails { .. }, Ok(reply)) => {
                let answer = brief(&reply.members());
                self.differs(index, path.key("fails"), format!("the call succeeds: {answer}"));
            }
            (Expect::Fails { code, message, status }, Err(error)) => {
                let path = path.key("fails");
                if let Some(code) = code
                    && *code != error.code.as_str()
                {
                    self.differs(index, path, format!("expected {code}, got {error}"));
                    return;
                }
                if let Some(message) = message
                    && self.message_differs(message, &error.message)
                {
                    let text = format!("expected `{message}`, got `{}`", error.message);
                    self.differs(index, path.key("message"), text);
                }
                if let Some(status) = status
                    && *status != error.code.status()
                {
                    let text = format!("expected status {status}, got {}", error.code.status());
                    self.differs(index, path.key("status"), text);
                }
            }
        }
    }

    fn message_differs(&mut self, stated: &Pattern, text: &str) -> bool {
        let unknown = stated
            .as_placeholder()
            .is_some_and(|it| *it == super::placeholder::Placeholder::Unrecorded);
        !unknown && self.bindings.match_text(stated, text).is_err()
    }

    /// Compares the whole label map of the secret that the step is about.
    fn check_labels(&mut self, index: usize, path: &Trail<'_>, stated: &[(String, Pattern)]) {
        // What is visible is shared with the trace, so that looking at it costs nothing.
        let Some(view) = self.secret() else {
            let message = "there is no secret whose labels could be compared".to_owned();
            self.differs(index, *path, message);
            return;
        };
        let mut actual: Vec<(&str, &VersionId)> = view
            .versions
            .iter()
            .flat_map(|version| version.labels.iter().map(|label| (label.as_str(), &version.id)))
            .collect();
        for (label, version) in stated {
            let Some(at) = actual.iter().position(|(name, _)| name == label) else {
                let path = path.key(label);
                self.differs(index, path, format!("no version has {label}"));
                continue;
            };
            let (_, id) = actual.remove(at);
            if self.bindings.match_text(version, id.as_str()).is_err() {
                let found = self.called(id);
                let path = path.key(label);
                self.differs(index, path, format!("{label} is on {found}, not on {version}"));
            }
        }
        for (label, id) in actual {
            let found = self.called(id);
            let message = format!("{label} is on {found}, which is not stated");
            self.differs(index, *path, message);
        }
    }

    /// What the scenario calls a version, or its id.
    fn called(&self, id: &VersionId) -> String {
        let name = self.bindings.names().find(|(_, named)| *named == id);
        name.map_or_else(|| id.to_string(), |(name, _)| name.to_owned())
    }

    /// The secret that the last step was about, or else the scenario's.
    fn secret(&self) -> Option<Arc<SecretView>> {
        let views = &self.trace.steps.last()?.after;
        let touched = views.iter().find(|view| Some(&view.arn) == self.last_secret.as_ref());
        let own = || {
            views.iter().find(|view| Some(view.name.as_str()) == self.scenario.secret.as_deref())
        };
        touched.or_else(own).map(Arc::clone)
    }
}
