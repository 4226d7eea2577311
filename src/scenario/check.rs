//! From what YAML said to a valid scenario, with every mistake and its place.

mod callers;
mod client;
mod clock;
pub(super) mod drafts;
mod expect;
mod explore;
mod function;
mod keys;
mod own;
mod request;
mod setting;
mod target;
mod text;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::bindings::is_version_id;
use super::format::{File, Step as StepFile, With};
use super::placeholder::Pattern;
use super::{CallStep, Load, Scenario, Step, StepKind};
use crate::api::OperationName;
use crate::mistake::{Mistake, quoted, suggest};
use crate::property::Property;
use crate::secret::is_region;
use crate::service::Invoked;
use crate::time::{Span, Timestamp};
use crate::world::{Database, Function, SETTLE_MAX};
use crate::yaml::{Path, Places, Trail, Unread};

use drafts::{Drafts, meant};
use function::{database, faults, function, looks_back, stale};
use setting::{bare, fixed, not_a_region, properties, setting};
use text::looks_like_placeholder;

/// How a moment is written, for help texts.
const MOMENT: &str = "write it like `2026-01-01T00:00:00Z`";

/// How a span is written, for help texts.
const SPAN: &str = "write it like `60s`, `15m`, `25h`, `7d`, or a sum such as `1d 12h`";

/// The mistakes of a file that doesn't have the form of a scenario, and those in what is left of it.
pub(super) fn unread(text: &str, unread: Unread<File>, load: Load<'_>) -> Vec<Mistake> {
    let mut mistakes = with_hints(text, unread.mistakes);
    let Some(rest) = unread.rest else { return mistakes };
    let steps = (0..rest.steps.len()).map(|index| Path::top().key("steps").index(index));
    let own = (0..rest.properties.len()).map(|index| Path::top().key("properties").index(index));
    let entries: Vec<Path> = steps.chain(own).collect();
    let Err(more) = check(rest, text, load) else { return mistakes };
    // What only follows from a key that is left out would confuse: in the same step, or a name that is missing.
    let places = Places::of(text);
    let wrong: Vec<_> = entries
        .iter()
        .filter_map(|path| places.value(path))
        .filter(|step| mistakes.iter().any(|mistake| step.contains(&mistake.span.start)))
        .collect();
    let unnamed = mistakes.iter().any(|it| it.help.iter().any(|help| help.contains("`as`")));
    let follows = |mistake: &Mistake| {
        wrong.iter().any(|step| step.contains(&mistake.span.start))
            || (unnamed && mistake.message.starts_with("no version is called"))
    };
    mistakes.extend(more.into_iter().filter(|mistake| !follows(mistake)));
    mistakes.sort_by_key(|mistake| mistake.span.start);
    mistakes
}

/// Adds what only a scenario's reader knows to mistakes of form: what the file or the key was to be.
fn with_hints(text: &str, mistakes: Vec<Mistake>) -> Vec<Mistake> {
    let hint = |mistake: &Mistake| {
        let written = text.get(mistake.span.clone()).unwrap_or_default();
        let is_member = || OperationName::ALL.iter().any(|it| it.members().contains(&written));
        let is_near = mistake.help.iter().any(|help| help.starts_with("did you mean"));
        if mistake.message.starts_with("unknown key") && !is_near {
            return match OperationName::from_name(written) {
                Some(_) => Some(format!("write `call: {written}`")),
                None => is_member().then(|| "members of a request stand under `with:`".to_owned()),
            };
        }
        let is_no_mapping = mistake.label == "at the top level"
            && mistake.message.starts_with("expected a mapping");
        let is_blank = mistake.message.starts_with("the file is empty")
            || mistake.message.starts_with("the file holds only");
        (is_no_mapping || is_blank)
            .then(|| "a scenario has `scenario: TITLE` and `steps:`".to_owned())
    };
    let hinted = mistakes.into_iter().map(|mistake| match hint(&mistake) {
        Some(help) => mistake.help(help),
        None => mistake,
    });
    hinted.collect()
}

/// Checks what serde can't, and builds the scenario.
pub(super) fn check(mut read: File, text: &str, load: Load<'_>) -> Result<Scenario, Vec<Mistake>> {
    let mut drafts = Drafts::default();
    let mut requests: Vec<_> = read.steps.iter_mut().map(Members::take).collect();
    let file = &read;
    let mut setting = setting(file, &mut drafts);
    let function = function(file, load, &mut drafts);
    setting.invokes = if file.function.is_some() { Invoked::All } else { Invoked::None };
    let labels = own::labels(file, &requests, function.as_ref());
    let database = database(file, &requests, function.as_ref(), &mut drafts);
    bare(file, &mut drafts);
    let start = start(file, &mut drafts);
    let (check, breaks) = properties(file, &mut drafts);
    callers::names(file, &mut drafts);
    let declared = declared(file);
    let about = (function.as_ref(), database.as_ref());
    let steps = steps(file, &mut requests, &declared, about, &mut drafts);
    let strategy = target::strategy(file, &mut drafts);
    let plan = explore::plan(file, &declared, &mut drafts);
    setting.looks_back = looks_back(&steps);
    let own = own::properties(file, &labels, &declared, &mut drafts);
    let clients = client::clients(file, &check, &mut drafts);
    if drafts.is_empty() {
        clock::check(start, &steps, &mut drafts);
    }
    if !drafts.is_empty() {
        return Err(drafts.into_mistakes(text));
    }
    let has_function = function.is_some() || read.steps.iter().any(|step| step.within.is_some());
    let applies = |it: &Property| it.applies(has_function, database.is_some());
    let traced = check.iter().copied().filter(applies).collect();
    let has_clients = |it: &Property| *it != Property::ClientGapBounded || !clients.is_empty();
    let explored = check.into_iter().filter(has_clients).collect();
    Ok(Scenario {
        fixed: fixed(&read),
        plan,
        explored,
        title: read.scenario,
        about: read.about,
        source: read.source,
        contested: read.contested,
        tags: read.tags,
        setting,
        start,
        function,
        database,
        strategy,
        check: traced,
        breaks,
        own,
        clients,
        secret: read.secret,
        label_order: read.label_order,
        steps,
    })
}

/// The step that gives each name.
fn declared(file: &File) -> BTreeMap<&str, usize> {
    let steps = file.steps.iter().enumerate();
    steps.filter_map(|(index, step)| Some((step.name.as_deref()?, index))).rev().collect()
}

/// Reads the steps, with what was taken out of each.
fn steps(
    file: &File,
    requests: &mut [Members],
    declared: &BTreeMap<&str, usize>,
    (function, database): (Option<&Function>, Option<&Database>),
    drafts: &mut Drafts,
) -> Vec<Step> {
    let secret = file.secret.clone().map(Value::String);
    let mut steps = Vec::with_capacity(file.steps.len());
    let top = Trail::top();
    let all = top.key("steps");
    for (index, (step, members)) in file.steps.iter().zip(requests).enumerate() {
        let reader = StepReader {
            file,
            step,
            has_with: step.with.is_some() || members.with.is_some(),
            has_rotate: members.rotate.is_some(),
            with: members.with.take().or_else(|| members.rotate.take()).unwrap_or_default(),
            returns: members.returns.take(),
            labels: members.labels.take(),
            secret: secret.as_ref(),
            index,
            path: all.index(index),
            declared,
            function,
            database,
            drafts,
        };
        steps.extend(reader.read());
    }
    steps
}

/// When the clock starts.
fn start(file: &File, drafts: &mut Drafts) -> Timestamp {
    let Some(start) = &file.start else { return Timestamp::DEFAULT_START };
    start.parse().unwrap_or_else(|_| {
        let message = format!("{} is not a moment", quoted(start));
        let path = Path::top().key("start");
        drafts.value(path, message, "expected date, time and zone", Some(MOMENT.to_owned()));
        Timestamp::DEFAULT_START
    })
}

/// What is taken out of a step, because it becomes the request and what is expected of it. A name under `with` stays.
struct Members {
    with: Option<Map<String, Value>>,
    rotate: Option<Map<String, Value>>,
    returns: Option<Value>,
    labels: Option<BTreeMap<String, String>>,
}

impl Members {
    fn take(step: &mut StepFile) -> Self {
        let with = match step.with.take() {
            Some(With::Members(members)) => Some(members),
            name => {
                step.with = name;
                None
            }
        };
        Self {
            with,
            rotate: step.rotate.take(),
            returns: step.returns.take(),
            labels: step.labels.take(),
        }
    }
}

/// Reads one step.
struct StepReader<'a> {
    file: &'a File,
    step: &'a StepFile,
    has_with: bool,
    has_rotate: bool,
    /// The members under `with` or `rotate`, which become the request.
    with: Map<String, Value>,
    /// The answer and the labels that are stated, which become templates.
    returns: Option<Value>,
    labels: Option<BTreeMap<String, String>>,
    /// The scenario's secret, as the member of a request.
    secret: Option<&'a Value>,
    index: usize,
    path: Trail<'a>,
    /// The step that declares each name first.
    declared: &'a BTreeMap<&'a str, usize>,
    function: Option<&'a Function>,
    database: Option<&'a Database>,
    drafts: &'a mut Drafts,
}

impl StepReader<'_> {
    fn read(mut self) -> Option<Step> {
        let labels = self.labels();
        let note = self.step.note.clone();
        let kinds = [
            ("call", self.step.call.is_some()),
            ("target", self.step.target.is_some()),
            ("wait", self.step.wait.is_some()),
            ("until", self.step.until.is_some()),
            ("rotate", self.has_rotate),
            ("settle", self.step.settle.is_some()),
        ];
        let mut given = kinds.iter().filter(|(_, given)| *given).map(|(name, _)| *name);
        let kind = match (given.next(), given.next()) {
            (None, _) => {
                let help =
                    "a step has one of `call`, `target`, `wait`, `until`, `rotate` and `settle`"
                        .to_owned();
                self.drafts.value(
                    self.path,
                    "a step without a call".to_owned(),
                    "nothing happens here",
                    Some(help),
                );
                return None;
            }
            (Some(_), None) => self.kind()?,
            (Some(first), Some(second)) => {
                let message = format!("a step has either `{first}` or `{second}`");
                let help = "make two steps of it".to_owned();
                self.drafts.key(
                    self.path.key(second),
                    message,
                    "a second thing in one step",
                    Some(help),
                );
                return None;
            }
        };
        Some(Step { kind, labels, note })
    }

    fn kind(&mut self) -> Option<StepKind> {
        if let Some(verb) = &self.step.target {
            self.only_rotations_have();
            return self.target(verb).map(|call| StepKind::Target(Box::new(call)));
        }
        self.only_targets_have();
        if let Some(call) = &self.step.call {
            self.only_rotations_have();
            return self.call(call).map(|call| StepKind::Call(Box::new(call)));
        }
        if self.has_rotate {
            if self.has_with {
                let message = "`with` belongs to a call".to_owned();
                let help = "members of the request stand under `rotate`".to_owned();
                self.drafts.key(self.path.key("with"), message, "not here", Some(help));
            }
            return self.rotate().map(|call| StepKind::Call(Box::new(call)));
        }
        self.only_calls_have();
        self.only_rotations_have();
        if let Some(settle) = self.step.settle.clone() {
            return self.settle(&settle).map(StepKind::Settle);
        }
        if let Some(wait) = &self.step.wait {
            if let Ok(span) = wait.parse() {
                return Some(StepKind::Wait(span));
            }
            let help = match wait.parse::<Timestamp>() {
                Ok(_) => "a moment is waited for with `until`",
                Err(_) => SPAN,
            };
            let message = format!("{} is not a span of time", quoted(wait));
            let label = "expected numbers with units";
            self.drafts.value(self.path.key("wait"), message, label, Some(help.to_owned()));
            return None;
        }
        let until = self.step.until.as_ref()?;
        if let Ok(moment) = until.parse() {
            return Some(StepKind::Until(moment));
        }
        let help = match until.parse::<Span>() {
            Ok(_) => "a span of time is waited for with `wait`",
            Err(_) => MOMENT,
        };
        let message = format!("{} is not a moment", quoted(until));
        let label = "expected date, time and zone";
        self.drafts.value(self.path.key("until"), message, label, Some(help.to_owned()));
        None
    }

    /// How long rotations are waited for.
    fn settle(&mut self, settle: &Map<String, Value>) -> Option<Span> {
        let step = self.path;
        let path = step.key("settle");
        let mut at_most = Some(SETTLE_MAX);
        for (key, value) in settle {
            let path = path.key(key);
            if key != "at-most" {
                let message = format!("unknown key {}", quoted(key));
                let help = "write `settle: {}`, or `settle: { at-most: 2d }`".to_owned();
                self.drafts.key(path, message, "`settle` takes nothing else", Some(help));
                continue;
            }
            at_most = value.as_str().and_then(|text| text.parse().ok());
            if at_most.is_none() {
                let message = format!("{value} is not a span of time");
                let label = "expected numbers with units";
                self.drafts.value(path, message, label, Some(SPAN.to_owned()));
            }
        }
        at_most
    }

    /// A `RotateSecret` with the function that the scenario declares.
    fn rotate(&mut self) -> Option<CallStep> {
        if self.file.function.is_some() && !self.with.contains_key("RotationLambdaARN") {
            let region = self.step.region.as_ref().or(self.file.region.as_ref());
            let region = region.map_or("us-east-1", String::as_str);
            let account = self.file.account.as_deref().unwrap_or("111111111111");
            let arn = format!("arn:aws:lambda:{region}:{account}:function:rotation");
            self.with.insert("RotationLambdaARN".to_owned(), arn.into());
        }
        self.call(OperationName::RotateSecret.as_str())
    }

    fn call(&mut self, name: &str) -> Option<CallStep> {
        self.declares();
        let expect = self.expect();
        let Some(operation) = OperationName::from_name(name) else {
            let help = meant(name, OperationName::ALL.iter().map(|operation| operation.as_str()));
            let message = format!("unknown operation {}", quoted(name));
            self.drafts.value(
                self.path.key("call"),
                message,
                "not an operation of Secrets Manager",
                Some(help),
            );
            return None;
        };
        let raw = matches!(self.with.get("ClientRequestToken"), Some(Value::Null));
        self.only_members();
        let request = self.request(operation, raw);
        let within = self.within();
        let fault = self.fault();
        Some(CallStep {
            operation,
            by: self.by(within.as_ref()),
            within,
            fault,
            region: self.region(),
            request,
            raw,
            name: self.step.name.clone(),
            answers: self.step.answers.unwrap_or(self.file.answers),
            expect,
            faults: faults(&self.path, &self.step.faults, self.function, self.drafts),
            stale: stale(&self.path, self.step, operation, self.drafts),
        })
    }

    /// The Region in which the call is made, if it isn't the scenario's.
    fn region(&mut self) -> Option<Arc<str>> {
        let region = self.step.region.as_deref()?;
        if !is_region(region) {
            not_a_region(self.path.key("region").to_path(), region, self.drafts);
        }
        let home = self.file.region.as_deref().unwrap_or("us-east-1");
        (region != home).then(|| region.into())
    }

    /// Where the members of the request stand.
    const fn members_key(&self) -> &'static str {
        if self.has_rotate { "rotate" } else { "with" }
    }

    /// Checks the name that `as:` declares.
    fn declares(&mut self) {
        let Some(name) = &self.step.name else { return };
        let is_name = !name.is_empty()
            && name.len() < 32
            && name.chars().all(|letter| letter.is_alphanumeric() || "_-.".contains(letter));
        if !is_name {
            let message = format!("{} is not a name for a version", quoted(name));
            let help = "a name has fewer than 32 letters, digits, and _-.".to_owned();
            self.drafts.value(self.path.key("as"), message, "not a name", Some(help));
        } else if self.declared.get(name.as_str()) != Some(&self.index) {
            let message = format!("{} names a version already", quoted(name));
            self.drafts.value(
                self.path.key("as"),
                message,
                "named by an earlier step",
                Some("choose another name".to_owned()),
            );
        }
        if self.step.fails.is_some() {
            let message = "a call that fails makes no version".to_owned();
            let help = "remove either `as` or `fails`".to_owned();
            self.drafts.key(self.path.key("as"), message, "there is nothing to name", Some(help));
        }
    }

    /// How many steps have given their names when the step is answered: its own name is known to what is stated of the
    /// answer and of the labels after it.
    const fn answered(&self) -> usize {
        self.index.saturating_add(1)
    }

    /// A version: one that one of the first `known` steps named, a placeholder, or an id as it stands.
    fn version(
        &mut self,
        path: &Trail<'_>,
        on_key: bool,
        known: usize,
        pattern: Pattern,
    ) -> Pattern {
        let Some(plain) = pattern.as_plain() else { return pattern };
        let mut draft = |message: String, label: &str, help: String| {
            self.drafts.push(*path, on_key, message, label, Some(help));
        };
        match self.declared.get(plain) {
            Some(step) if *step < known => return pattern.into_named(),
            Some(step) if *step == self.index => draft(
                format!("`{plain}` is not known yet"),
                "this step gives the name, once it is answered",
                "an id that is made up can be had as `<version:1>`".to_owned(),
            ),
            Some(_) => draft(
                format!("`{plain}` is not known yet"),
                "a later step gives this name",
                "a name stands for a version after the step with `as:`".to_owned(),
            ),
            None if is_version_id(plain) || self.step.literal => {}
            None if looks_like_placeholder(plain) => {} // has been reported
            None => {
                let names =
                    self.declared.iter().filter(|(_, step)| **step < known).map(|(name, _)| *name);
                let help = match suggest(plain, names) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "give the version a name with `as:`, or set `literal: true` to send the text as it is"
                        .to_owned(),
                };
                draft(
                    format!("no version is called {}", quoted(plain)),
                    "neither a name nor a version id",
                    help,
                );
            }
        }
        pattern
    }

    fn labels(&mut self) -> Option<Vec<(String, Pattern)>> {
        let labels = self.labels.take()?;
        let step = self.path;
        let path = step.key("labels");
        let named = labels.into_iter().map(|(label, version)| {
            let path = path.key(&label);
            let pattern = self.pattern(&path, version);
            let pattern = self.version(&path, false, self.answered(), pattern);
            (label, pattern)
        });
        Some(named.collect())
    }
}
