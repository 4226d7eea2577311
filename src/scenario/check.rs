//! From what YAML said to a valid scenario, with every mistake and its place.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::bindings::is_version_id;
use super::format::{File, Step as StepFile};
use super::placeholder::{NoPlaceholder, Pattern, Placeholder, Template};
use super::{CallStep, Expect, Scenario, Step, StepKind};
use crate::api::{ErrorCode, OperationName};
use crate::assumption::{self, AssumptionError, Assumptions};
use crate::mistake::{Mistake, listed, quoted, suggest};
use crate::property::Property;
use crate::secret::{AccountId, SecretName};
use crate::service::Setting;
use crate::time::Timestamp;
use crate::yaml::{Path, Places};

/// Members of a request that take a version id.
const VERSION_MEMBERS: [&str; 4] =
    ["ClientRequestToken", "VersionId", "MoveToVersionId", "RemoveFromVersionId"];

/// Mappings of an answer whose keys are version ids.
const VERSION_MAPS: [&str; 2] = ["VersionIdsToStages", "SecretVersionsToStages"];

/// Members of a request that are mappings themselves; a mapping for any other is sent as JSON text.
const MAPPINGS: [&str; 1] = ["RotationRules"];

/// A mistake before its place in the text is known.
struct Draft {
    path: Path,
    on_key: bool,
    message: String,
    label: String,
    help: Option<String>,
}

/// Collects mistakes. The index of places is built only if there are any.
#[derive(Default)]
struct Drafts(Vec<Draft>);

impl Drafts {
    fn value(&mut self, path: Path, message: String, label: &str, help: Option<String>) {
        self.0.push(Draft { path, on_key: false, message, label: label.to_owned(), help });
    }

    fn key(&mut self, path: Path, message: String, label: &str, help: Option<String>) {
        self.0.push(Draft { path, on_key: true, message, label: label.to_owned(), help });
    }

    fn into_mistakes(self, text: &str) -> Vec<Mistake> {
        let places = Places::of(text);
        let mut mistakes: Vec<_> = self
            .0
            .into_iter()
            .map(|draft| {
                let exact =
                    if draft.on_key { places.key(&draft.path) } else { places.value(&draft.path) };
                let span = exact.unwrap_or_else(|| places.nearest(&draft.path));
                let mistake = Mistake::new(span, draft.message).label(draft.label);
                match draft.help {
                    Some(help) => mistake.help(help),
                    None => mistake,
                }
            })
            .collect();
        mistakes.sort_by_key(|mistake| mistake.span.start);
        mistakes
    }
}

/// "did you mean", or what there is to choose from.
fn meant<'a>(word: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    match suggest(word, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", listed(known, 30)),
    }
}

/// Checks what serde can't, and builds the scenario.
pub(super) fn check(file: &File, text: &str) -> Result<Scenario, Vec<Mistake>> {
    let mut drafts = Drafts::default();
    let setting = setting(file, &mut drafts);
    let start = match &file.start {
        None => Timestamp::DEFAULT_START,
        Some(start) => start.parse().unwrap_or_else(|error: crate::time::TimeError| {
            let help = "write it like 2026-01-01T00:00:00Z".to_owned();
            drafts.value(Path::top().key("start"), error.to_string(), "not a moment", Some(help));
            Timestamp::DEFAULT_START
        }),
    };
    let (check, breaks) = properties(file, &mut drafts);
    if file.steps.is_empty() {
        drafts.value(
            Path::top().key("steps"),
            "a scenario needs a step".to_owned(),
            "no steps",
            None,
        );
    }
    let declared: BTreeMap<&str, usize> = (file.steps.iter().enumerate())
        .filter_map(|(index, step)| Some((step.name.as_deref()?, index)))
        .rev()
        .collect();
    let mut steps = Vec::new();
    for (index, step) in file.steps.iter().enumerate() {
        let reader = StepReader {
            file,
            step,
            index,
            path: Path::top().key("steps").index(index),
            declared: &declared,
            drafts: &mut drafts,
        };
        steps.extend(reader.read());
    }
    if !drafts.0.is_empty() {
        return Err(drafts.into_mistakes(text));
    }
    Ok(Scenario {
        title: file.scenario.clone(),
        about: file.about.clone(),
        source: file.source.clone(),
        contested: file.contested.clone(),
        tags: file.tags.clone(),
        setting,
        start,
        check,
        breaks,
        secret: file.secret.clone(),
        label_order: file.label_order,
        steps,
    })
}

fn setting(file: &File, drafts: &mut Drafts) -> Setting {
    let mut setting = Setting { seed: file.seed.unwrap_or(0), ..Setting::default() };
    if let Some(account) = &file.account {
        if account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()) {
            setting.account = AccountId::new(account.as_str());
        } else {
            let message = format!("{} is not an account", quoted(account));
            let help =
                "an account has twelve digits; quote it, so that YAML reads it as text".to_owned();
            drafts.value(Path::top().key("account"), message, "not twelve digits", Some(help));
        }
    }
    if let Some(region) = &file.region {
        setting.region = region.as_str().into();
    }
    if let Some(suffix) = &file.arn_suffix {
        if suffix.len() == 6 && suffix.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            setting.arn_suffix = Some(suffix.as_str().into());
        } else {
            let message = format!("{} is not the suffix of an ARN", quoted(suffix));
            drafts.value(
                Path::top().key("arn-suffix"),
                message,
                "not six letters and digits",
                None,
            );
        }
    }
    if let Some(secret) = &file.secret
        && !secret.starts_with("arn:")
        && !secret.contains('<')
        && !SecretName::is_valid(secret)
    {
        let message = format!("{} is not a name that a secret can have", quoted(secret));
        let help = "a name has letters, digits, and /_+=.@!-".to_owned();
        drafts.value(Path::top().key("secret"), message, "not a name", Some(help));
    }
    setting.missing_functions =
        file.given.iter().flat_map(|given| given.missing_functions.iter().cloned()).collect();
    setting.assume = assumptions(file, drafts);
    setting
}

fn assumptions(file: &File, drafts: &mut Drafts) -> Assumptions {
    let mut assume = Assumptions::default();
    for (id, option) in &file.assume {
        let path = Path::top().key("assume").key(id.clone());
        match assume.choose(id, option) {
            Ok(()) => {}
            Err(error @ AssumptionError::Unknown(_)) => {
                let help = meant(id, assumption::TABLE.iter().map(|it| it.id));
                drafts.key(path, error.to_string(), "not an assumption", Some(help));
            }
            Err(error @ AssumptionError::Option { .. }) => {
                let options =
                    assumption::TABLE.iter().filter(|it| it.id == id).flat_map(|it| it.options);
                let help = meant(option, options.copied());
                drafts.value(path, error.to_string(), "not an option", Some(help));
            }
        }
    }
    assume
}

/// The properties to judge by, and those that must be violated.
fn properties(file: &File, drafts: &mut Drafts) -> (Vec<Property>, BTreeSet<Property>) {
    let mut named = |list: &'static str, index: usize, id: &str| match id.parse::<Property>() {
        Ok(property) => Some(property),
        Err(error) => {
            let known = Property::ALL.iter().map(|property| property.id());
            let help = meant(id, known.chain((list == "check").then_some("defaults")));
            let path = Path::top().key(list).index(index);
            drafts.value(path, error.to_string(), "not a property", Some(help));
            None
        }
    };
    let mut check = BTreeSet::new();
    match &file.check {
        None => check.extend(Property::ALL),
        Some(ids) => {
            for (index, id) in ids.iter().enumerate() {
                if id == "defaults" {
                    check.extend(Property::ALL);
                } else {
                    check.extend(named("check", index, id));
                }
            }
        }
    }
    let breaks: BTreeSet<_> = file
        .breaks
        .iter()
        .enumerate()
        .filter_map(|(index, id)| named("breaks", index, id))
        .collect();
    for (index, id) in file.breaks.iter().enumerate() {
        if let Ok(property) = id.parse::<Property>()
            && !check.contains(&property)
        {
            let path = Path::top().key("breaks").index(index);
            let help = "add it to `check`, or leave `check` out".to_owned();
            drafts.value(path, format!("`{id}` is not judged here"), "not in `check`", Some(help));
        }
    }
    (check.into_iter().collect(), breaks)
}

/// Reads one step.
struct StepReader<'a> {
    file: &'a File,
    step: &'a StepFile,
    index: usize,
    path: Path,
    /// The step that declares each name first.
    declared: &'a BTreeMap<&'a str, usize>,
    drafts: &'a mut Drafts,
}

impl StepReader<'_> {
    fn read(mut self) -> Option<Step> {
        let labels = self.labels();
        let note = self.step.note.clone();
        let kinds = [
            ("call", self.step.call.is_some()),
            ("wait", self.step.wait.is_some()),
            ("until", self.step.until.is_some()),
        ];
        let given: Vec<_> =
            kinds.iter().filter(|(_, given)| *given).map(|(name, _)| *name).collect();
        let kind = match given.as_slice() {
            [] => {
                let help = "a step has one of `call`, `wait` and `until`".to_owned();
                self.drafts.value(
                    self.path.clone(),
                    "a step without a call".to_owned(),
                    "nothing happens here",
                    Some(help),
                );
                return None;
            }
            [_] => self.kind()?,
            [first, second, ..] => {
                let message = format!("a step has either `{first}` or `{second}`");
                let help = "make two steps of it".to_owned();
                self.drafts.key(
                    self.path.key(*second),
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
        if let Some(call) = &self.step.call {
            return self.call(call).map(|call| StepKind::Call(Box::new(call)));
        }
        self.only_calls_have();
        if let Some(wait) = &self.step.wait {
            return match wait.parse() {
                Ok(span) => Some(StepKind::Wait(span)),
                Err(error) => {
                    self.drafts.value(
                        self.path.key("wait"),
                        format!("{error}"),
                        "not a span",
                        None,
                    );
                    None
                }
            };
        }
        let until = self.step.until.as_ref()?;
        match until.parse() {
            Ok(moment) => Some(StepKind::Until(moment)),
            Err(error) => {
                let error: crate::time::TimeError = error;
                self.drafts.value(self.path.key("until"), format!("{error}"), "not a moment", None);
                None
            }
        }
    }

    /// Keys that make sense in a call alone.
    fn only_calls_have(&mut self) {
        for (key, given) in [
            ("with", self.step.with.is_some()),
            ("by", self.step.by.is_some()),
            ("as", self.step.name.is_some()),
            ("returns", self.step.returns.is_some()),
            ("fails", self.step.fails.is_some()),
            ("answers", self.step.answers.is_some()),
        ] {
            if given {
                let message = format!("`{key}` belongs to a call");
                self.drafts.key(
                    self.path.key(key),
                    message,
                    "nothing is called in this step",
                    None,
                );
            }
        }
    }

    fn call(&mut self, name: &str) -> Option<CallStep> {
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
        self.declares();
        let raw = matches!(
            self.step.with.as_ref().and_then(|with| with.get("ClientRequestToken")),
            Some(Value::Null)
        );
        let request = self.request(operation, raw);
        let expect = self.expect();
        Some(CallStep {
            operation,
            by: self.step.by.clone().unwrap_or_default(),
            request,
            raw,
            name: self.step.name.clone(),
            answers: self.step.answers.unwrap_or(self.file.answers),
            expect,
        })
    }

    /// Checks the name that `as:` declares.
    fn declares(&mut self) {
        let Some(name) = &self.step.name else { return };
        let path = self.path.key("as");
        let is_name = !name.is_empty()
            && name.len() < 32
            && name.chars().all(|letter| letter.is_alphanumeric() || "_-.".contains(letter));
        if !is_name {
            let message = format!("{} is not a name for a version", quoted(name));
            let help = "a name has fewer than 32 letters, digits, and _-.".to_owned();
            self.drafts.value(path, message, "not a name", Some(help));
        } else if self.declared.get(name.as_str()) != Some(&self.index) {
            let message = format!("{} names a version already", quoted(name));
            self.drafts.value(
                path,
                message,
                "named by an earlier step",
                Some("choose another name".to_owned()),
            );
        }
        if self.step.fails.is_some() {
            let message = "a call that fails makes no version".to_owned();
            self.drafts.key(self.path.key("as"), message, "there is nothing to name", None);
        }
    }

    /// The members of the request, with the scenario's secret where the step leaves it out.
    fn request(&mut self, operation: OperationName, raw: bool) -> Vec<(Pattern, Template)> {
        let mut with = self.step.with.clone().unwrap_or_default();
        if raw {
            with.shift_remove("ClientRequestToken");
        }
        let path = self.path.key("with");
        let members = operation.members();
        if !raw {
            for name in with.keys().filter(|name| !members.contains(&name.as_str())) {
                let message = format!("{} has no member {}", operation.as_str(), quoted(name));
                let help = meant(name, members.iter().copied());
                self.drafts.key(path.key(name.clone()), message, "not in the request", Some(help));
            }
        }
        for name in ["SecretId", "Name"] {
            let required = members.first() == Some(&name);
            if let Some(secret) =
                self.file.secret.as_ref().filter(|_| required && !with.contains_key(name))
            {
                with.shift_insert(0, name.to_owned(), Value::String(secret.clone()));
            }
        }
        let mut request = Vec::new();
        for (name, value) in &with {
            let path = path.key(name.clone());
            let is_version = VERSION_MEMBERS.contains(&name.as_str());
            let template = match value {
                Value::String(text) if is_version => Template::Text(self.version(&path, text)),
                _ => self.template(&path, value),
            };
            self.can_be_sent(&path, &template);
            request.push((Pattern::plain(name), template));
        }
        if !raw {
            self.shape(operation, &with);
        }
        request
    }

    /// Checks that the request has the members and types that the operation wants.
    fn shape(&mut self, operation: OperationName, with: &Map<String, Value>) {
        let mut body = with.clone();
        body.retain(|name, _| operation.members().contains(&name.as_str()));
        for (name, value) in &mut body {
            if value.is_object() && !MAPPINGS.contains(&name.as_str()) {
                *value = Value::String(String::new()); // it is going to be JSON text
            }
        }
        // A placeholder is checked when it is filled in.
        let placeholder = |value: &Value| value.as_str().is_some_and(|text| text.contains('<'));
        if body.get("SecretBinary").is_some_and(placeholder) {
            body.shift_remove("SecretBinary");
        }
        let with_path = self.path.key("with");
        while let Err((place, message)) = operation.check(&Value::Object(body.clone())) {
            let path = place.iter().fold(with_path.clone(), |path, segment| match segment {
                crate::api::Place::Member(name) => path.key(name.clone()),
                crate::api::Place::Entry(index) => path.index(*index),
            });
            let message = format!("{}: {message}", operation.as_str());
            self.drafts.value(path, message, "not what the operation takes", None);
            let Some(crate::api::Place::Member(name)) = place.first() else { break };
            if body.shift_remove(name).is_none()
                || operation.members().first() == Some(&name.as_str())
            {
                break;
            }
        }
    }

    /// Refuses placeholders that stand for what only an answer has.
    fn can_be_sent(&mut self, path: &Path, template: &Template) {
        let mut texts = vec![template];
        while let Some(template) = texts.pop() {
            match template {
                Template::Text(pattern) => {
                    if let Some(wrong) =
                        pattern.placeholders().find(|placeholder| !placeholder.can_be_sent())
                    {
                        let message = format!("`{wrong}` can't be sent");
                        let help = "a request takes `<version:N>`, `<arn:NAME>` and `<arn-without-suffix:NAME>`";
                        let label = "stands for something in an answer";
                        self.drafts.value(path.clone(), message, label, Some(help.to_owned()));
                    }
                }
                Template::List(items) => texts.extend(items),
                Template::Map(members) => texts.extend(members.iter().map(|(_, value)| value)),
                Template::Null | Template::Bool(_) | Template::Number(_) => {}
            }
        }
    }

    /// A version: one that an earlier step named, a placeholder, or an id as it stands.
    fn version(&mut self, path: &Path, text: &str) -> Pattern {
        let pattern = self.pattern(path, text);
        let Some(plain) = pattern.as_plain() else { return pattern };
        match self.declared.get(plain) {
            Some(step) if *step < self.index => {
                return Pattern::only(Placeholder::Named(plain.to_owned()));
            }
            Some(step) if *step == self.index && !path_is_request(path) => {
                return Pattern::only(Placeholder::Named(plain.to_owned()));
            }
            Some(_) => {
                let message = format!("`{plain}` is not known yet");
                self.drafts.value(path.clone(), message, "a later step gives this name", None);
            }
            None if is_version_id(plain) || self.step.literal => {}
            None => {
                let known = self
                    .declared
                    .iter()
                    .filter(|(_, step)| **step < self.index)
                    .map(|(name, _)| *name);
                let help = match suggest(plain, known) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "give the version a name with `as:`, or set `literal: true` to send the text as it is"
                        .to_owned(),
                };
                let message = format!("no version is called {}", quoted(plain));
                self.drafts.value(
                    path.clone(),
                    message,
                    "neither a name nor a version id",
                    Some(help),
                );
            }
        }
        pattern
    }

    fn pattern(&mut self, path: &Path, text: &str) -> Pattern {
        let literal = self.step.literal;
        Pattern::parse(text, |wrong| {
            if !literal {
                wrong_placeholder(self.drafts, path.clone(), wrong);
            }
        })
    }

    fn template(&mut self, path: &Path, value: &Value) -> Template {
        let literal = self.step.literal;
        let drafts = &mut *self.drafts;
        Template::parse(value, &mut |wrong| {
            if !literal {
                wrong_placeholder(drafts, path.clone(), wrong);
            }
        })
    }

    fn expect(&mut self) -> Expect {
        match (&self.step.returns, &self.step.fails) {
            (None, None) => Expect::Success,
            (Some(_), Some(_)) => {
                let message = "a call has either `returns` or `fails`".to_owned();
                self.drafts.key(
                    self.path.key("fails"),
                    message,
                    "the step has `returns` too",
                    None,
                );
                Expect::Success
            }
            (Some(returns), None) => Expect::Returns(self.returns(returns)),
            (None, Some(fails)) => self.fails(fails),
        }
    }

    /// The stated answer, with names of versions filled in where versions stand.
    fn returns(&mut self, returns: &Value) -> Template {
        let path = self.path.key("returns");
        if !returns.is_object() {
            self.drafts.value(path, "an answer is a mapping".to_owned(), "not a mapping", None);
            return Template::Null;
        }
        let mut template = self.template(&path, returns);
        self.name_versions(&path, &mut template, false);
        template
    }

    fn name_versions(&mut self, path: &Path, template: &mut Template, keys: bool) {
        match template {
            Template::List(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.name_versions(&path.index(index), item, false);
                }
            }
            Template::Map(members) => {
                for (key, value) in members {
                    let written = key.to_string();
                    let path = path.key(written.clone());
                    if written == "..." {
                        continue;
                    }
                    if keys {
                        *key = self.version(&path, &written);
                    } else if written == "VersionId"
                        && let Template::Text(text) = value
                    {
                        *text = self.version(&path, &text.to_string());
                    } else {
                        self.name_versions(&path, value, VERSION_MAPS.contains(&written.as_str()));
                    }
                }
            }
            Template::Text(_) | Template::Null | Template::Bool(_) | Template::Number(_) => {}
        }
    }

    fn fails(&mut self, fails: &Value) -> Expect {
        let path = self.path.key("fails");
        let mut expect = (None, None, None);
        match fails {
            Value::String(code) if code == "any" => {}
            Value::String(code) => expect.0 = self.code(&path, code),
            Value::Object(members) => {
                for (name, value) in members {
                    let path = path.key(name.clone());
                    match (name.as_str(), value) {
                        ("code", Value::String(code)) => expect.0 = self.code(&path, code),
                        ("message", Value::String(text)) => {
                            expect.1 = Some(self.pattern(&path, text))
                        }
                        ("status", Value::Number(number)) => {
                            expect.2 =
                                number.as_u64().and_then(|status| u16::try_from(status).ok());
                        }
                        ("code" | "message" | "status", _) => {
                            let message = format!("`{name}` of an error has another type");
                            self.drafts.value(
                                path,
                                message,
                                "code and message are text, status is a number",
                                None,
                            );
                        }
                        _ => {
                            let help = meant(name, ["code", "message", "status"]);
                            let message = format!("an error has no {}", quoted(name));
                            self.drafts.key(path, message, "not part of an error", Some(help));
                        }
                    }
                }
            }
            _ => {
                let help =
                    "write `fails: CODE`, `fails: any`, or code, message and status".to_owned();
                self.drafts.value(
                    path,
                    "not an error".to_owned(),
                    "neither a code nor a mapping",
                    Some(help),
                );
            }
        }
        let (code, message, status) = expect;
        Expect::Fails { code, message, status }
    }

    fn code(&mut self, path: &Path, code: &str) -> Option<String> {
        if matches!(code, "any" | "<any>" | "<unrecorded>") {
            return None;
        }
        let known = ErrorCode::ALL.iter().map(|code| code.as_str());
        if !known.clone().any(|it| it == code)
            && let Some(near) = suggest(code, known)
        {
            let message = format!("unknown error code {}", quoted(code));
            let help = format!("did you mean `{near}`?");
            self.drafts.value(path.clone(), message, "not a code of Secrets Manager", Some(help));
        }
        Some(code.to_owned())
    }

    fn labels(&mut self) -> Option<Vec<(String, Pattern)>> {
        let path = self.path.key("labels");
        let labels = self.step.labels.as_ref()?;
        let named = labels.iter().map(|(label, version)| {
            (label.clone(), self.version(&path.key(label.clone()), version))
        });
        Some(named.collect())
    }
}

/// Whether a place is inside of `with`.
fn path_is_request(path: &Path) -> bool {
    path.to_string().contains(".with")
}

fn wrong_placeholder(drafts: &mut Drafts, path: Path, wrong: NoPlaceholder) {
    let message = format!("unknown placeholder {}", quoted(&wrong.text));
    let help = match wrong.suggestion {
        Some(near) => format!(
            "did you mean `<{near}>`? if the text is meant as it stands, set `literal: true`"
        ),
        None => "if the text is meant as it stands, set `literal: true` in this step".to_owned(),
    };
    drafts.value(path, message, "not a placeholder", Some(help));
}
