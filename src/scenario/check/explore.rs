//! What a scenario says under `explore`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::drafts::{Drafts, kind, meant};
use super::setting::broken;
use crate::labels::{LabelSet, LabelSlot};
use crate::mistake::quoted;
use crate::model::{
    CUSTOM_LABELS_MAX, FaultKinds, Faults, Gate, MoveTo, OtherCall, PutValue, Runs,
};
use crate::scenario::explore::{Plan, PlannedCall, PlannedOther, custom_slot};
use crate::scenario::format::{self, File};
use crate::secret::StagingLabel;
use crate::time::Span;
use crate::world::FaultKind;
use crate::yaml::{Path, Trail};

/// How a call of others is written, for help texts.
const CALL: &str = "write an operation, or `{ call: UpdateSecretVersionStage, with: { VersionStage: AWSPENDING } }`";
/// What others may call.
const OPERATIONS: [&str; 5] = [
    "PutSecretValue",
    "UpdateSecretVersionStage",
    "CancelRotateSecret",
    "DeleteSecret",
    "RestoreSecret",
];
/// Reads `explore`. `declared`: the names of versions.
pub(super) fn plan(
    file: &File,
    declared: &BTreeMap<&str, usize>,
    drafts: &mut Drafts,
) -> Option<Plan> {
    let explore = file.explore.as_ref()?;
    let path = Path::top().key("explore");
    let mut reader = Reader { drafts, declared, custom: Vec::new() };
    let mut faults = reader.faults(&path.key("faults"), explore.faults.as_ref());
    faults.stale_reads = explore.stale_reads;
    let mut others = Vec::new();
    for (index, other) in explore.others.iter().enumerate() {
        let path = path.key("others").index(index);
        let mut calls = Vec::new();
        for (index, call) in other.calls.iter().enumerate() {
            calls.extend(reader.call(&path.key("calls").index(index), call));
        }
        others.push(PlannedOther {
            who: other.who.clone(),
            times: other.times,
            during_rotation: other.during == Some(format::During::Rotation),
            calls,
        });
        let puts = |call: &&Value| {
            call.as_str().or_else(|| call.get("call")?.as_str()) == Some("PutSecretValue")
        };
        if other.times.is_none()
            && explore.versions.is_none()
            && other.calls.iter().any(|call| puts(&call))
        {
            let message = format!("{} may put any number of versions", quoted(&other.who));
            let help = "say how often with `times:`, or how many versions there may be in all with `versions:` under \
                        `explore`";
            reader.drafts.key(path.key("calls"), message, "without bound", Some(help.to_owned()));
        }
    }
    let breaks = broken(&Trail::at(&path).key("breaks"), &explore.breaks, file, reader.drafts);
    let apart = apart(&path.key("apart"), explore.apart.as_deref(), reader.drafts);
    Some(Plan {
        rotations: explore.rotations,
        workers: explore.workers,
        faults,
        gate: match explore.gate {
            format::Gate::Service => Gate::Service,
            format::Gate::Idle => Gate::Idle,
        },
        runs: match explore.runs {
            format::Runs::WhileUnfinished => Runs::WhileUnfinished,
            format::Runs::OncePerRequest => Runs::OncePerRequest,
        },
        versions: explore.versions,
        apart,
        breaks,
        others,
        custom: reader.custom,
    })
}

/// How long nothing happens between two rotations.
fn apart(path: &Path, apart: Option<&str>, drafts: &mut Drafts) -> Span {
    let Some(apart) = apart else { return Span::default() };
    apart.parse().unwrap_or_else(|_| {
        let message = format!("{} is not a span of time", quoted(apart));
        let help = "write it like `4h`, or leave it out if the next rotation may begin at once";
        drafts.value(path.clone(), message, "expected numbers with units", Some(help.to_owned()));
        Span::default()
    })
}

struct Reader<'a> {
    drafts: &'a mut Drafts,
    declared: &'a BTreeMap<&'a str, usize>,
    /// Custom labels, in the order in which they are named.
    custom: Vec<String>,
}

impl Reader<'_> {
    /// A number of faults of all kinds, or `{ times: 2, kinds: [killed-before] }`.
    fn faults(&mut self, path: &Path, faults: Option<&Value>) -> Faults {
        let times = |value: &Value| value.as_u64().and_then(|times| u8::try_from(times).ok());
        match faults {
            None => Faults::default(),
            Some(Value::Object(members)) => {
                self.known(path, members, &["times", "kinds"]);
                let count = members.get("times").map_or(Some(1), times);
                let mut found = Faults::any(count.unwrap_or(0));
                if count.is_none() {
                    self.number(&path.key("times"));
                }
                if let Some(kinds) = members.get("kinds") {
                    found.kinds = FaultKinds::default();
                    self.texts(&path.key("kinds"), kinds, |reader, path, kind| {
                        let known = FaultKind::ALL.into_iter().find(|it| it.as_str() == kind);
                        match known {
                            Some(FaultKind::StaleRead) => {
                                let message = "stale reads have a number of their own".to_owned();
                                let help = "write `stale-reads: 1` beside `faults`".to_owned();
                                let label = "counted elsewhere";
                                reader.drafts.value(path.clone(), message, label, Some(help));
                            }
                            Some(kind) => found.kinds = found.kinds.with(kind),
                            None => {
                                let message = format!("unknown kind of fault {}", quoted(kind));
                                let counted = |it: &FaultKind| *it != FaultKind::StaleRead;
                                let names = FaultKind::ALL.into_iter().filter(counted);
                                let help = meant(kind, names.map(FaultKind::as_str));
                                let label = "not a fault";
                                reader.drafts.value(path.clone(), message, label, Some(help));
                            }
                        }
                    });
                }
                found
            }
            Some(value) => times(value).map_or_else(
                || {
                    self.number(path);
                    Faults::default()
                },
                Faults::any,
            ),
        }
    }

    fn number(&mut self, path: &Path) {
        let message = "expected how many faults may happen".to_owned();
        let help = "write a number, or `{ times: 2, kinds: [killed-before] }`".to_owned();
        self.drafts.value(path.clone(), message, "not a number up to 255", Some(help));
    }

    fn known(&mut self, path: &Path, members: &Map<String, Value>, known: &[&'static str]) {
        for key in members.keys().filter(|key| !known.contains(&key.as_str())) {
            let message = format!("unknown key {}", quoted(key));
            let help = meant(key, known.iter().copied());
            self.drafts.key(path.key(key.clone()), message, "not a key here", Some(help));
        }
    }

    /// A text, or a list of texts.
    fn texts(&mut self, path: &Path, value: &Value, mut each: impl FnMut(&mut Self, &Path, &str)) {
        match value {
            Value::String(text) => each(self, path, text),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    match item.as_str() {
                        Some(text) => each(self, &path.index(index), text),
                        None => self.no_text(&path.index(index), item),
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
                self.no_text(path, value);
            }
        }
    }

    fn no_text(&mut self, path: &Path, value: &Value) {
        let message = format!("expected text, found {}", kind(value));
        self.drafts.value(path.clone(), message, "not text", None);
    }

    /// An operation, or a mapping with what it is called with. `any-of` makes several calls of it.
    fn call(&mut self, path: &Path, call: &Value) -> Vec<PlannedCall> {
        let empty = Map::new();
        let (name, with, value) = match call {
            Value::String(name) => (name.as_str(), &empty, None),
            Value::Object(members) => {
                self.known(path, members, &["call", "with", "value"]);
                let Some(name) = members.get("call").and_then(Value::as_str) else {
                    let message = "a call without an operation".to_owned();
                    self.drafts.value(
                        path.clone(),
                        message,
                        "nothing is called",
                        Some(CALL.to_owned()),
                    );
                    return Vec::new();
                };
                let with = match members.get("with") {
                    None => &empty,
                    Some(Value::Object(with)) => with,
                    Some(other) => {
                        let message = format!("expected a mapping, found {}", kind(other));
                        self.drafts.value(path.key("with"), message, "not a mapping", None);
                        &empty
                    }
                };
                (name, with, members.get("value"))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
                let message = format!("expected a call, found {}", kind(call));
                self.drafts.value(path.clone(), message, "not a call", Some(CALL.to_owned()));
                return Vec::new();
            }
        };
        let ready = |call| vec![PlannedCall::Ready(call)];
        match name {
            "PutSecretValue" => self.put(path, with, value),
            "UpdateSecretVersionStage" => self.update_stage(path, with),
            "CancelRotateSecret" => ready(OtherCall::CancelRotateSecret),
            "DeleteSecret" => ready(OtherCall::DeleteSecret),
            "RestoreSecret" => ready(OtherCall::RestoreSecret),
            _ => {
                let place = if call.is_string() { path.clone() } else { path.key("call") };
                let message = format!("others can't call {}", quoted(name));
                let help = meant(name, OPERATIONS);
                self.drafts.value(place, message, "not a call of others", Some(help));
                Vec::new()
            }
        }
    }

    fn put(
        &mut self,
        path: &Path,
        with: &Map<String, Value>,
        value: Option<&Value>,
    ) -> Vec<PlannedCall> {
        self.known(&path.key("with"), with, &["VersionStages"]);
        let stages = path.key("with").key("VersionStages");
        let sets: Vec<Option<LabelSet>> = match with.get("VersionStages") {
            None => vec![None],
            Some(Value::Object(choice)) => {
                self.known(&stages, choice, &["any-of", "at-most"]);
                let empty = Value::Array(Vec::new());
                let labels =
                    self.labels(&stages.key("any-of"), choice.get("any-of").unwrap_or(&empty));
                let most = choice.get("at-most").and_then(Value::as_u64);
                subsets(&labels, most.unwrap_or(u64::MAX)).into_iter().map(Some).collect()
            }
            Some(labels) => {
                let labels = self.labels(&stages, labels);
                vec![Some(labels.into_iter().fold(LabelSet::EMPTY, LabelSet::with))]
            }
        };
        let named = value.map_or(Some("new"), Value::as_str).unwrap_or_default();
        let planned = |labels| match named {
            "new" => PlannedCall::Ready(OtherCall::Put { labels, value: PutValue::New }),
            "new-on-target" => {
                PlannedCall::Ready(OtherCall::Put { labels, value: PutValue::NewOnTarget })
            }
            version => PlannedCall::PutAgain { labels, version: version.to_owned() },
        };
        let known = || self.declared.keys().copied().chain(["new", "new-on-target"]);
        if !known().any(|it| it == named) {
            let message = format!("no version is called {}", quoted(named));
            let help = meant(named, known().collect::<Vec<_>>());
            self.drafts.value(path.key("value"), message, "not a value", Some(help));
        }
        sets.into_iter().map(planned).collect()
    }

    /// One call for each label and each place that is named.
    fn update_stage(&mut self, path: &Path, with: &Map<String, Value>) -> Vec<PlannedCall> {
        let path = path.key("with");
        self.known(&path, with, &["VersionStage", "MoveToVersionId"]);
        let stage = path.key("VersionStage");
        let labels = match with.get("VersionStage") {
            Some(Value::Object(choice)) => {
                self.known(&stage, choice, &["any-of"]);
                let empty = Value::Array(Vec::new());
                self.labels(&stage.key("any-of"), choice.get("any-of").unwrap_or(&empty))
            }
            Some(label) => self.labels(&stage, label),
            None => {
                let message = "UpdateSecretVersionStage needs a VersionStage".to_owned();
                self.drafts.value(path.clone(), message, "no label", Some(CALL.to_owned()));
                Vec::new()
            }
        };
        let target = path.key("MoveToVersionId");
        let to = match with.get("MoveToVersionId").map(Value::as_str) {
            None => None,
            Some(Some("any")) => Some(MoveTo::AnyVersion),
            Some(Some(label))
                if label.starts_with("AWS") || self.custom.iter().any(|it| it == label) =>
            {
                self.slot(label).map(MoveTo::HolderOf)
            }
            Some(_) => {
                let message =
                    "others move a label to `any` version, or to where another label is".to_owned();
                let help = "write `any`, or a label such as `AWSPREVIOUS`".to_owned();
                self.drafts.value(target, message, "not a place", Some(help));
                return Vec::new();
            }
        };
        let call = |label| match to {
            Some(to) => OtherCall::Move { label, to },
            None => OtherCall::Remove(label),
        };
        labels.into_iter().map(|label| PlannedCall::Ready(call(label))).collect()
    }

    /// The slots of a label or a list of labels. A custom one is new at its first mention.
    fn labels(&mut self, path: &Path, labels: &Value) -> Vec<LabelSlot> {
        let mut slots = Vec::new();
        self.texts(path, labels, |reader, path, label| {
            if let Some(slot) = reader.slot(label) {
                slots.push(slot);
            } else {
                let message = "too many custom labels for a search".to_owned();
                let help = format!("it takes {CUSTOM_LABELS_MAX}");
                reader.drafts.value(path.clone(), message, "one too many", Some(help));
            }
        });
        slots
    }

    fn slot(&mut self, label: &str) -> Option<LabelSlot> {
        match StagingLabel::new(label) {
            StagingLabel::AwsCurrent => Some(LabelSlot::CURRENT),
            StagingLabel::AwsPrevious => Some(LabelSlot::PREVIOUS),
            StagingLabel::AwsPending => Some(LabelSlot::PENDING),
            StagingLabel::Custom(_) => {
                if !self.custom.iter().any(|it| it == label) {
                    if self.custom.len() >= CUSTOM_LABELS_MAX {
                        return None;
                    }
                    self.custom.push(label.to_owned());
                }
                custom_slot(&self.custom, label)
            }
        }
    }
}

/// Every choice of at least one and at most so many labels, in a fixed order.
fn subsets(labels: &[LabelSlot], most: u64) -> Vec<LabelSet> {
    let count = u32::try_from(labels.len().min(16)).unwrap_or(0);
    (1..1_u32 << count)
        .filter(|choice| u64::from(choice.count_ones()) <= most)
        .map(|choice| {
            let chosen = (0..).zip(labels).filter(|(bit, _)| choice & 1 << *bit != 0);
            chosen.fold(LabelSet::EMPTY, |set, (_, label)| set.with(*label))
        })
        .collect()
}
