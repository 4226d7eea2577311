//! Calls of the target as steps, and the invocations of a rotation function whose part steps play.

use serde_json::{Map, Value};

use super::StepReader;
use super::drafts::{Drafts, meant};
use crate::api::{RotationStep, SecretText};
use crate::caller::Caller;
use crate::mistake::{quoted, suggest};
use crate::program::{Strategy, TargetVerb};
use crate::scenario::format::{File, With};
use crate::scenario::program::VERBS;
use crate::scenario::{Named, TargetCall, TargetExpect, Within};
use crate::world::{Credentials, FaultKind};
use crate::yaml::Path;

/// How an invocation is written, for help texts.
const INVOCATION: &str = "write the version of the rotation and the step, such as `v2 setSecret`; `v2#2 setSecret` is the \
                          second invocation";

/// How a credential is written, for help texts.
const CREDENTIAL: &str =
    "write the name of a version, or `{ username: app, password: text }`, or `{ token: text }`";

/// How the credentials of a secret follow on each other, as the file says.
pub(super) fn strategy(file: &File, drafts: &mut Drafts) -> Option<Strategy> {
    let strategy = file.target.as_ref()?.strategy?;
    if file.function.is_some() {
        let message = "the function of this scenario says its strategy itself".to_owned();
        let help = "remove `strategy`, or `function` if steps play its part".to_owned();
        let path = Path::top().key("target").key("strategy");
        drafts.key(path, message, "said twice", Some(help));
    }
    Some(strategy.into())
}

impl StepReader<'_> {
    /// Who calls: the function, where its part is played.
    pub(super) fn by(&self, within: Option<&Within>) -> String {
        let function = within.map(|_| Caller::FUNCTION.to_owned());
        self.step.by.clone().or(function).unwrap_or_default()
    }

    /// The invocation whose part the step plays.
    pub(super) fn within(&mut self) -> Option<Within> {
        let text = self.step.within.as_ref()?;
        let path = self.path.key("in");
        if self.file.function.is_some() || self.file.secret.is_none() {
            let (message, help) = if self.file.function.is_some() {
                ("the service invokes the function of this scenario", "remove `in`, or `function`")
            } else {
                ("an invocation needs the secret of the scenario", "add `secret: NAME` at the top")
            };
            let label = "whose part is played here";
            self.drafts.key(path, message.to_owned(), label, Some(help.to_owned()));
            return None;
        }
        let mut wrong = |message: String, help: String| {
            self.drafts.value(path, message, "not an invocation", Some(help));
        };
        let Some((name, step)) = text.split_once(' ') else {
            wrong(format!("{} is not an invocation", quoted(text)), INVOCATION.to_owned());
            return None;
        };
        let (version, number) = match name.split_once('#') {
            None => (name, Some(1)),
            Some((version, number)) => (version, number.parse().ok().filter(|it| *it > 0)),
        };
        let (step, number) = match (step.parse::<RotationStep>(), number) {
            (Ok(step), Some(number)) => (step, number),
            (Err(error), _) => {
                wrong(
                    error.to_string(),
                    meant(step, RotationStep::ALL.iter().map(|it| it.as_str())),
                );
                return None;
            }
            (Ok(_), None) => {
                wrong(format!("{} is not an invocation", quoted(text)), INVOCATION.to_owned());
                return None;
            }
        };
        if self.declared.get(version).is_none_or(|step| *step >= self.index) {
            let earlier = self.declared.iter().filter(|(_, step)| **step < self.index);
            let help = match suggest(version, earlier.map(|(name, _)| *name)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "give the version a name with `as:` in the step that starts the rotation"
                    .to_owned(),
            };
            wrong(format!("no version is called {}", quoted(version)), help);
            return None;
        }
        Some(Within { version: version.to_owned(), number, step })
    }

    /// What goes wrong with a call of an invocation.
    pub(super) fn fault(&mut self) -> Option<FaultKind> {
        let name = self.step.fault.as_ref()?;
        let path = self.path.key("fault");
        if self.step.within.is_none() {
            let message = "`fault` belongs to a call of an invocation".to_owned();
            let help = "add `in:` with the invocation".to_owned();
            self.drafts.key(path, message, "no function calls here", Some(help));
            return None;
        }
        // A read that lags answers, and so it is no fault here but `stale: true`.
        let kinds = || FaultKind::ALL.into_iter().filter(|kind| *kind != FaultKind::StaleRead);
        let Some(kind) = kinds().find(|kind| kind.as_str() == name) else {
            let message = format!("unknown kind of fault {}", quoted(name));
            let kinds: Vec<_> = kinds().map(FaultKind::as_str).collect();
            let help = meant(name, kinds.iter().copied());
            self.drafts.value(path, message, "not a kind of fault", Some(help));
            return None;
        };
        for (key, given) in [
            ("as", self.step.name.is_some()),
            ("returns", self.returns.is_some()),
            ("fails", self.step.fails.is_some()),
        ] {
            if given && kind.is_before() {
                let message =
                    format!("{} comes before the call, which has no answer", quoted(name));
                let help = format!("remove `{key}`");
                self.drafts.key(self.path.key(key), message, "nothing is answered", Some(help));
            }
        }
        Some(kind)
    }

    /// A call of the target.
    pub(super) fn target(&mut self, verb: &str) -> Option<TargetCall> {
        let path = self.path.key("target");
        if self.file.target.is_none() {
            let message = "the scenario has no target".to_owned();
            let help = "add `target: { users: { app: { password: v1 } } }`".to_owned();
            self.drafts.value(path, message, "nobody to ask", Some(help));
            return None;
        }
        let commit: (&str, &[&str], &[&str]) = ("commit", &[], &[]);
        let verbs = || VERBS.into_iter().chain([commit]);
        let Some((verb, must, may)) = verbs().find(|(known, ..)| *known == verb) else {
            let help = meant(verb, VERBS.into_iter().chain([commit]).map(|(known, ..)| known));
            let message = format!("unknown call of the target {}", quoted(verb));
            self.drafts.value(path, message, "not one of its calls", Some(help));
            return None;
        };
        self.only_its_keys(verb, must, may);
        let with = self.whose();
        let (old, keep) = (self.other("old"), self.other("keep"));
        let (from, within) = (self.other("from"), self.within());
        let fault = self.fault();
        let mut token = None;
        let verb = match (verb, with, from) {
            ("query", ..) => TargetVerb::Query,
            ("commit", ..) => TargetVerb::Commit,
            ("create-token", with, _) => {
                if let Some(Named::Stated(stated)) = with {
                    token = Some(stated.secret);
                }
                TargetVerb::CreateToken
            }
            ("login", Some(with), _) => TargetVerb::Login(with),
            ("user-exists", Some(with), _) => TargetVerb::UserExists(with),
            ("create-user", Some(with), _) => TargetVerb::CreateUser(with),
            ("set-password", Some(with), _) => TargetVerb::SetPassword { with, old, keep },
            ("grant", Some(to), _) => TargetVerb::Grant { to, grant: self.grant()? },
            ("copy-grants", Some(to), Some(from)) => TargetVerb::CopyGrants { from, to },
            ("copy-tls", Some(to), Some(from)) => TargetVerb::CopyTls { from, to },
            ("token-exists", Some(with), _) => TargetVerb::TokenExists(with),
            ("delete-token", Some(with), _) => TargetVerb::DeleteToken(with),
            _ => return None,
        };
        Some(TargetCall {
            by: self.by(within.as_ref()),
            expect: self.target_answer(&verb),
            verb,
            in_transaction: self.step.transaction,
            token,
            within,
            fault,
        })
    }

    /// Tells of keys that this call doesn't have, and of those that are missing.
    fn only_its_keys(&mut self, verb: &str, must: &[&str], may: &[&str]) {
        let makes = verb == "create-token";
        for (key, given) in [
            ("with", self.has_with),
            ("old", self.step.old.is_some()),
            ("keep", self.step.keep.is_some()),
            ("grant", self.step.grant.is_some()),
            ("from", self.step.from.is_some()),
        ] {
            let is_its = must.contains(&key) || may.contains(&key) || makes && key == "with";
            if given && !is_its {
                let message = format!("`{key}` belongs to other calls than `{verb}`");
                let help = format!("remove `{key}`");
                self.drafts.key(self.path.key(key), message, "not here", Some(help));
            } else if !given && must.contains(&key) {
                let message = format!("`{verb}` needs `{key}`");
                let help = (key != "grant").then(|| CREDENTIAL.to_owned());
                let label = format!("no `{key}` here");
                self.drafts.value(self.path, message, &label, help);
            }
        }
        for (key, given, why) in [
            ("as", self.step.name.is_some(), "the target makes no version"),
            ("region", self.step.region.is_some(), "the target is in no Region"),
            ("answers", self.step.answers.is_some(), "its answers are a word"),
            ("stale", self.step.stale, "the target shows at once what it was told"),
        ] {
            if given {
                let help = format!("remove `{key}`");
                self.drafts.key(self.path.key(key), why.to_owned(), "not here", Some(help));
            }
        }
        if self.step.transaction && self.step.within.is_none() {
            let message = "a transaction belongs to an invocation".to_owned();
            let help = "add `in:` with the invocation".to_owned();
            self.drafts.key(self.path.key("transaction"), message, "whose?", Some(help));
        }
    }

    /// The credential under `with`.
    fn whose(&mut self) -> Option<Named> {
        match &self.step.with {
            Some(With::Name(name)) => self.named("with", name),
            Some(With::Members(members)) => self.stated("with", &members.clone()),
            None if self.has_with => {
                let members = std::mem::take(&mut self.with);
                self.stated("with", &members)
            }
            None => None,
        }
    }

    /// Another credential.
    fn other(&mut self, key: &'static str) -> Option<Named> {
        let step = self.step;
        let whose = match key {
            "old" => &step.old,
            "keep" => &step.keep,
            _ => &step.from,
        };
        match whose.as_ref()? {
            With::Name(name) => self.named(key, name),
            With::Members(members) => self.stated(key, members),
        }
    }

    /// The credential of a version, or of the administrator.
    fn named(&mut self, key: &'static str, name: &str) -> Option<Named> {
        if name == "administrator" && self.step.target.as_deref() == Some("login") {
            return Some(Named::Administrator);
        }
        if self.declared.get(name).is_some_and(|step| *step < self.index) {
            return Some(Named::Version(name.to_owned()));
        }
        let (message, help) = if name == "administrator" {
            ("the administrator only logs in".to_owned(), "name the user that is meant".to_owned())
        } else {
            let earlier = self.declared.iter().filter(|(_, step)| **step < self.index);
            let near = suggest(name, earlier.map(|(name, _)| *name));
            let help =
                near.map_or_else(|| CREDENTIAL.to_owned(), |it| format!("did you mean `{it}`?"));
            (format!("no version is called {}", quoted(name)), help)
        };
        self.drafts.value(self.path.key(key), message, "not a credential", Some(help));
        None
    }

    /// A credential that stands in the file.
    fn stated(&mut self, key: &'static str, members: &Map<String, Value>) -> Option<Named> {
        let path = self.path.key(key);
        let mut user = None;
        let mut secret = None;
        for (name, value) in members {
            let path = path.key(name);
            let Value::String(text) = value else {
                let message = "a credential has texts alone".to_owned();
                self.drafts.value(path, message, "not a text", Some("quote it".to_owned()));
                return None;
            };
            match name.as_str() {
                "username" => user = Some(text.clone()),
                "password" | "token" => secret = Some(SecretText(text.as_str().into())),
                _ => {
                    let message = format!("a credential has no {}", quoted(name));
                    let help = meant(name, ["username", "password", "token"]);
                    self.drafts.key(path, message, "not part of one", Some(help));
                    return None;
                }
            }
        }
        let known = self.database.map(|it| it.users.as_slice()).unwrap_or_default();
        if let Some(name) = user.as_ref().filter(|name| !known.contains(name)) {
            let message = format!("the target has no user {}", quoted(name));
            let help = meant(name, known.iter().map(String::as_str));
            self.drafts.value(path.key("username"), message, "nobody", Some(help));
            return None;
        }
        let Some(secret) = secret else {
            let message = "a credential without password and token".to_owned();
            self.drafts.value(path, message, "not a credential", Some(CREDENTIAL.to_owned()));
            return None;
        };
        Some(Named::Stated(Credentials { user, secret, version: None }))
    }

    /// The number of the grant.
    fn grant(&self) -> Option<u8> {
        let grants = &self.database?.grants;
        let index = grants.iter().position(|it| Some(it) == self.step.grant.as_ref())?;
        u8::try_from(index).ok()
    }

    /// What the target is to answer.
    fn target_answer(&mut self, verb: &TargetVerb<Named>) -> TargetExpect {
        let path = self.path.key("returns");
        match (&self.returns, &self.step.fails) {
            (Some(_), Some(_)) => {
                let message = "a call has either `returns` or `fails`".to_owned();
                self.drafts.key(path, message, "the step has `fails` too", None);
            }
            (Some(returns), None) => match returns.as_str() {
                Some("yes") if verb.asks() => return TargetExpect::Says(true),
                Some("no") if verb.asks() => return TargetExpect::Says(false),
                _ => {
                    let help = "`user-exists` and `token-exists` return `yes` or `no`".to_owned();
                    let message = format!("`{}` returns nothing like that", verb.name());
                    self.drafts.value(path, message, "not its answer", Some(help));
                }
            },
            (None, Some(fails)) => match fails.as_str() {
                Some("denied") => return TargetExpect::Denied,
                Some("unavailable") => return TargetExpect::Unavailable,
                Some("any") => return TargetExpect::AnyError,
                _ => {
                    let message = "that is no error of the target".to_owned();
                    let help = "write `denied`, `unavailable` or `any`".to_owned();
                    self.drafts.value(self.path.key("fails"), message, "unknown", Some(help));
                }
            },
            (None, None) => {}
        }
        TargetExpect::Success
    }
}
