//! What a call is expected to answer.

use serde_json::{Number, Value};

use super::StepReader;
use super::drafts::{kind, meant};
use crate::api::ErrorCode;
use crate::mistake::{quoted, suggest};
use crate::scenario::placeholder::Template;
use crate::scenario::{Expect, SECRET_MEMBERS};
use crate::yaml::Trail;

/// Mappings of an answer whose keys are version ids.
const VERSION_MAPS: [&str; 2] = ["VersionIdsToStages", "SecretVersionsToStages"];

impl StepReader<'_> {
    pub(super) fn expect(&mut self) -> Expect {
        match (self.returns.take(), &self.step.fails) {
            (None, None) => Expect::Success,
            (Some(_), Some(_)) => {
                let message = "a call has either `returns` or `fails`".to_owned();
                let help = "remove one of them".to_owned();
                let label = "the step has `returns` too";
                self.drafts.key(self.path.key("fails"), message, label, Some(help));
                Expect::Success
            }
            (Some(returns), None) => Expect::Returns(self.returns(returns)),
            (None, Some(fails)) => self.fails(fails),
        }
    }

    /// The stated answer, with names of versions filled in where versions stand.
    fn returns(&mut self, returns: Value) -> Template {
        let step = self.path;
        let path = step.key("returns");
        if !returns.is_object() {
            let message = format!("expected a mapping, found {}", kind(&returns));
            let help = "write members of the answer, such as `{ Name: db/app }`".to_owned();
            self.drafts.value(path.to_path(), message, "not an answer", Some(help));
            return Template::Null;
        }
        let mut template = self.template(&path, returns);
        self.name_versions(&path, &mut template, false);
        template
    }

    fn name_versions(&mut self, path: &Trail<'_>, template: &mut Template, keys: bool) {
        match template {
            Template::List(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.name_versions(&path.index(index), item, false);
                }
            }
            Template::Map(members) => {
                for (key, value) in members {
                    let written = key.written();
                    // What a secret value has inside is not for us to read.
                    if written == "..." || SECRET_MEMBERS.contains(&&*written) {
                        continue;
                    }
                    if keys {
                        let written = written.into_owned();
                        let id = std::mem::take(key);
                        *key = self.version(&path.key(&written), true, self.answered(), id);
                    } else if written == "VersionId"
                        && let Template::Text(text) = value
                    {
                        let id = std::mem::take(text);
                        *text = self.version(&path.key(&written), false, self.answered(), id);
                    } else {
                        let keys = VERSION_MAPS.contains(&&*written);
                        self.name_versions(&path.key(&written), value, keys);
                    }
                }
            }
            Template::Text(_) | Template::Null | Template::Bool(_) | Template::Number(_) => {}
        }
    }

    fn fails(&mut self, fails: &Value) -> Expect {
        let step = self.path;
        let path = step.key("fails");
        let mut expect = (None, None, None);
        match fails {
            Value::String(code) => expect.0 = self.code(&path, code),
            Value::Object(members) => {
                for (name, value) in members {
                    let path = path.key(name);
                    match (name.as_str(), value) {
                        ("code", Value::String(code)) => expect.0 = self.code(&path, code),
                        ("message", Value::String(text)) => {
                            expect.1 = Some(self.pattern(&path, text.clone()));
                        }
                        ("status", Value::Number(number)) if is_status(number) => {
                            expect.2 = number.as_u64().and_then(|it| u16::try_from(it).ok());
                        }
                        ("code" | "message", _) => {
                            let message = format!("expected a string, found {}", kind(value));
                            self.drafts.value(
                                path.to_path(),
                                message,
                                "not the text of an error",
                                None,
                            );
                        }
                        ("status", _) => {
                            let message = format!("expected an HTTP status, found {}", kind(value));
                            let help = "errors have the status 400 or 500".to_owned();
                            self.drafts.value(path.to_path(), message, "not a status", Some(help));
                        }
                        _ => {
                            let help = meant(name, ["code", "message", "status"]);
                            let message = format!("an error has no {}", quoted(name));
                            self.drafts.key(
                                path.to_path(),
                                message,
                                "not part of an error",
                                Some(help),
                            );
                        }
                    }
                }
                if members.is_empty() {
                    let help = "write `fails: any` if any error will do".to_owned();
                    let message = "an error without code, message and status".to_owned();
                    self.drafts.value(path.to_path(), message, "nothing stated", Some(help));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
                let help =
                    "write `fails: CODE`, `fails: any`, or code, message and status".to_owned();
                let message = format!("expected an error, found {}", kind(fails));
                self.drafts.value(
                    path.to_path(),
                    message,
                    "neither a code nor a mapping",
                    Some(help),
                );
            }
        }
        let (code, message, status) = expect;
        Expect::Fails { code, message, status }
    }

    fn code(&mut self, path: &Trail<'_>, code: &str) -> Option<String> {
        if matches!(code, "any" | "<any>" | "<unrecorded>") {
            return None;
        }
        let known = ErrorCode::ALL.iter().map(|code| code.as_str());
        if !known.clone().any(|it| it == code) {
            let longer = format!("{code}Exception");
            let near = known.clone().find(|it| *it == longer).or_else(|| suggest(code, known));
            // A code that is near to none may be one of those that AWS doesn't declare.
            if let Some(near) = near {
                let help = format!("did you mean `{near}`?");
                let message = format!("unknown error code {}", quoted(code));
                let label = "not a code of Secrets Manager";
                self.drafts.value(path.to_path(), message, label, Some(help));
            }
        }
        Some(code.to_owned())
    }
}

fn is_status(number: &Number) -> bool {
    number.as_u64().is_some_and(|status| (100..600).contains(&status))
}
