//! Calls of a program: of the service, and of the target.

use serde_json::{Map, Value};

use super::statement::{Called, Reader, Statement};
use crate::api::ErrorCode;
use crate::evidence::Rule;
use crate::mistake::quoted;
use crate::program::{
    Call, Caught, Credential, NewValue, NodeId, PutToken, RegisterKind, TargetCall, TargetVerb,
    Term,
};
use crate::scenario::check::drafts::{kind, meant};
use crate::secret::StagingLabel;
use crate::yaml::Path;

/// The calls of the service that a program makes.
const CALLS: [&str; 5] = [
    "DescribeSecret",
    "GetSecretValue",
    "GetRandomPassword",
    "PutSecretValue",
    "UpdateSecretVersionStage",
];

/// The calls of the target.
const VERBS: [&str; 11] = [
    "login",
    "query",
    "user-exists",
    "create-user",
    "set-password",
    "grant",
    "copy-grants",
    "copy-tls",
    "create-token",
    "token-exists",
    "delete-token",
];

impl Reader<'_> {
    /// A call of the service.
    pub(super) fn call(&mut self, path: &Path, members: &Map<String, Value>) -> Option<Statement> {
        self.known(path, members, &["call", "with", "as", "value", "on-error", "because", "note"]);
        let verb = self.text(&path.key("call"), members.get("call"))?;
        let at = path.key("with");
        let empty = Map::new();
        let with = match members.get("with") {
            None => &empty,
            Some(Value::Object(with)) => with,
            Some(other) => {
                let message = format!("expected a mapping, found {}", kind(other));
                self.drafts.value(at.clone(), message, "not a mapping", None);
                &empty
            }
        };
        let (node, name) = self.open(verb);
        let mut answer = RegisterKind::Version;
        let call = match verb {
            "DescribeSecret" => {
                self.known(&at, with, &[]);
                Call::DescribeSecret {
                    holders: Vec::new(),
                    rotation_enabled: None,
                    token_labelled: None,
                }
            }
            "GetSecretValue" => {
                self.known(&at, with, &["VersionId", "VersionStage"]);
                let version = self.version(&at, with, "VersionId");
                let label = self.text(&at.key("VersionStage"), with.get("VersionStage"));
                Call::GetSecretValue { version, label: label.map(StagingLabel::new) }
            }
            "GetRandomPassword" => {
                answer = RegisterKind::Password;
                Call::GetRandomPassword
            }
            "PutSecretValue" => self.put(path, members, with),
            "UpdateSecretVersionStage" => {
                self.known(&at, with, &["VersionStage", "MoveToVersionId", "RemoveFromVersionId"]);
                let label = self.text(&at.key("VersionStage"), with.get("VersionStage"));
                if label.is_none() && !with.contains_key("VersionStage") {
                    let message = "`VersionStage` is missing".to_owned();
                    let help = "add `VersionStage: AWSCURRENT`".to_owned();
                    self.drafts.value(path.clone(), message, "says too little", Some(help));
                }
                Call::UpdateSecretVersionStage {
                    label: StagingLabel::new(label.unwrap_or("AWSCURRENT")),
                    move_to: self.version(&at, with, "MoveToVersionId"),
                    remove_from: self.version(&at, with, "RemoveFromVersionId"),
                }
            }
            _ => {
                let message = format!("a program can't call {}", quoted(verb));
                let help = meant(verb, CALLS);
                self.drafts.value(path.key("call"), message, "not a call here", Some(help));
                return None;
            }
        };
        if members.contains_key("value") && verb != "PutSecretValue" {
            let message = "`value` belongs to PutSecretValue".to_owned();
            self.drafts.key(path.key("value"), message, "stores nothing", None);
        }
        self.called(path, members, (node, name), call, answer)
    }

    /// What every call has: a name for its answer, what is done about errors, and a rule.
    fn called(
        &mut self,
        path: &Path,
        members: &Map<String, Value>,
        (node, name): (usize, String),
        call: Call,
        answer: RegisterKind,
    ) -> Option<Statement> {
        let as_name = self.text(&path.key("as"), members.get("as")).map(str::to_owned);
        let mut binds = None;
        if let Some(name) = &as_name {
            self.is_name(&path.key("as"), name);
            match &call {
                Call::DescribeSecret { .. } => self.describes(node, name),
                Call::PutSecretValue { .. } | Call::UpdateSecretVersionStage { .. } => {
                    let message = "the answer says nothing new".to_owned();
                    self.drafts.key(path.key("as"), message, "nothing to name", None);
                }
                Call::GetSecretValue { .. } | Call::GetRandomPassword | Call::Target(_) => {
                    binds = Some(self.bind(node, name, answer));
                }
            }
        }
        let because = self.rule(path, members);
        let on_error = self.on_error(path, members, &call);
        let node = NodeId(u8::try_from(node.saturating_sub(1)).unwrap_or(u8::MAX));
        Some(Statement::Call(Box::new(Called {
            node,
            name,
            call,
            answer: as_name,
            binds,
            on_error,
            because,
        })))
    }

    fn is_name(&mut self, path: &Path, name: &str) {
        let letters =
            |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
        let taken = ["token", "set", "administrator", "derived", "fresh"].contains(&name);
        if taken || name.is_empty() || !name.chars().all(letters) {
            let message = format!("{} is not a name", quoted(name));
            let help = "a name has letters, digits, `-` and `_`, and is no word of the language";
            self.drafts.value(path.clone(), message, "not a name", Some(help.to_owned()));
        }
    }

    fn rule(&mut self, path: &Path, members: &Map<String, Value>) -> Option<Rule> {
        let at = path.key("because");
        let id = self.text(&at, members.get("because"))?;
        let rule = Rule::from_id(id);
        if rule.is_none() {
            let message = format!("no rule is called {}", quoted(id));
            let help = "`stagewright rules` lists the rules".to_owned();
            self.drafts.value(at, message, "not a rule", Some(help));
        }
        rule
    }

    fn on_error(
        &mut self,
        path: &Path,
        members: &Map<String, Value>,
        call: &Call,
    ) -> Vec<(Caught, Vec<Statement>)> {
        let at = path.key("on-error");
        let mut caught = Vec::new();
        match members.get("on-error") {
            None => {}
            Some(Value::Object(handlers)) => {
                let on_target = matches!(call, Call::Target(_));
                for name in handlers.keys() {
                    let which = match name.as_str() {
                        "any" => Some(Caught::Any),
                        "denied" if on_target => Some(Caught::Denied),
                        "unavailable" if on_target => Some(Caught::Unavailable),
                        code if !on_target => ErrorCode::ALL
                            .iter()
                            .find(|it| it.as_str() == code)
                            .map(|code| Caught::Service(*code)),
                        _ => None,
                    };
                    let statements = self.inner(&at, handlers, name);
                    if let Some(which) = which {
                        caught.push((which, statements));
                    } else {
                        let message = format!("unknown error {}", quoted(name));
                        let mut known = vec!["any"];
                        if on_target {
                            known.extend(["denied", "unavailable"]);
                        } else {
                            known.extend(ErrorCode::ALL.iter().map(|code| code.as_str()));
                        }
                        let help = meant(name, known);
                        self.drafts.key(at.key(name.clone()), message, "not an error", Some(help));
                    }
                }
                // What is caught by name comes before what is caught anyhow.
                caught.sort_by_key(|(which, _)| *which == Caught::Any);
            }
            Some(other) => {
                let message = format!("expected a mapping of errors, found {}", kind(other));
                let help = "write `on-error: { ResourceNotFoundException: [...] }`".to_owned();
                self.drafts.value(at, message, "not a mapping", Some(help));
            }
        }
        caught
    }

    /// A version in a request: `token`, or a name.
    fn version(&mut self, path: &Path, with: &Map<String, Value>, key: &str) -> Option<Term> {
        let at = path.key(key.to_owned());
        let text = self.text(&at, with.get(key))?.to_owned();
        self.term(&at, &text)
    }

    fn put(
        &mut self,
        path: &Path,
        members: &Map<String, Value>,
        with: &Map<String, Value>,
    ) -> Call {
        let at = path.key("with");
        self.known(&at, with, &["ClientRequestToken", "VersionStages"]);
        let token = match self.text(&at.key("ClientRequestToken"), with.get("ClientRequestToken")) {
            None | Some("token") => PutToken::Rotation,
            Some("fresh") => PutToken::Fresh,
            Some(other) => {
                let message = format!("{} is not a token", quoted(other));
                let help = "write `token`, that of the rotation, or `fresh`".to_owned();
                self.drafts.value(at.key("ClientRequestToken"), message, "not a token", Some(help));
                PutToken::Rotation
            }
        };
        let labels = with.get("VersionStages").map(|value| match value {
            Value::Array(items) => {
                items.iter().filter_map(Value::as_str).map(StagingLabel::new).collect()
            }
            other => {
                let message = format!("expected a list of labels, found {}", kind(other));
                self.drafts.value(at.key("VersionStages"), message, "not a list", None);
                Vec::new()
            }
        });
        let at = path.key("value");
        let mut value = NewValue { secret: None, from: None, other_user: false };
        match members.get("value") {
            Some(Value::Object(parts)) => {
                self.known(&at, parts, &["password", "from", "user"]);
                match self.text(&at.key("password"), parts.get("password")).map(str::to_owned) {
                    None => {}
                    Some(word) if word == "derived" => {}
                    Some(name) => value.secret = self.used(&at.key("password"), &name, None),
                }
                if let Some(name) = self.text(&at.key("from"), parts.get("from")).map(str::to_owned)
                {
                    value.from = self.used(&at.key("from"), &name, Some(RegisterKind::Version));
                }
                match self.text(&at.key("user"), parts.get("user")) {
                    None | Some("same") => {}
                    Some("other") => value.other_user = true,
                    Some(other) => {
                        let message = format!("{} is not a user", quoted(other));
                        let help = "write `same` or `other`".to_owned();
                        self.drafts.value(at.key("user"), message, "not a user", Some(help));
                    }
                }
            }
            Some(_) | None => {
                let message = "PutSecretValue needs a value".to_owned();
                let help = "add `value: { password: NAME, from: current }`".to_owned();
                self.drafts.value(path.clone(), message, "stores nothing", Some(help));
            }
        }
        Call::PutSecretValue { token, value, labels }
    }

    /// A call of the target.
    pub(super) fn target(
        &mut self,
        path: &Path,
        members: &Map<String, Value>,
    ) -> Option<Statement> {
        let keys =
            ["target", "with", "old", "keep", "grant", "from", "as", "on-error", "because", "note"];
        self.known(path, members, &keys);
        let word = self.text(&path.key("target"), members.get("target"))?;
        let (node, name) = self.open(word);
        let mut answer = RegisterKind::Flag;
        let verb = match word {
            "query" => Some(TargetVerb::Query),
            "create-token" => {
                answer = RegisterKind::Token;
                Some(TargetVerb::CreateToken)
            }
            _ if !VERBS.contains(&word) => {
                let message = format!("unknown call of the target {}", quoted(word));
                let help = meant(word, VERBS);
                self.drafts.value(path.key("target"), message, "not a call", Some(help));
                return None;
            }
            _ => self.with_credential(path, members, word),
        }?;
        let in_transaction = match verb {
            // What changes nothing doesn't wait for the end of the transaction.
            TargetVerb::Login(_)
            | TargetVerb::Query
            | TargetVerb::UserExists(_)
            | TargetVerb::TokenExists(_) => None,
            _ => self.ordinal(),
        };
        let call = Call::Target(TargetCall { verb, in_transaction });
        self.called(path, members, (node, name), call, answer)
    }

    fn with_credential(
        &mut self,
        path: &Path,
        members: &Map<String, Value>,
        word: &str,
    ) -> Option<TargetVerb> {
        let with = self.credential(path, members, "with", true)?;
        Some(match word {
            "login" => TargetVerb::Login(with),
            "user-exists" => TargetVerb::UserExists(with),
            "create-user" => TargetVerb::CreateUser(with),
            "token-exists" => TargetVerb::TokenExists(with),
            "delete-token" => TargetVerb::DeleteToken(with),
            "copy-grants" => TargetVerb::CopyGrants {
                from: self.credential(path, members, "from", true)?,
                to: with,
            },
            "copy-tls" => TargetVerb::CopyTls {
                from: self.credential(path, members, "from", true)?,
                to: with,
            },
            "grant" => {
                let name = self.text(&path.key("grant"), members.get("grant"));
                if name.is_none() && !members.contains_key("grant") {
                    let message = "`grant` is missing".to_owned();
                    let help = "add `grant: NAME`".to_owned();
                    self.drafts.value(path.clone(), message, "says too little", Some(help));
                }
                TargetVerb::Grant { to: with, grant: self.grant(name.unwrap_or_default()) }
            }
            _ => TargetVerb::SetPassword {
                with,
                old: self.credential(path, members, "old", false),
                keep: self.credential(path, members, "keep", false),
            },
        })
    }

    /// A credential: that of a version, of a password or token, or the administrator's.
    fn credential(
        &mut self,
        path: &Path,
        members: &Map<String, Value>,
        key: &str,
        needed: bool,
    ) -> Option<Credential> {
        let at = path.key(key.to_owned());
        if needed && !members.contains_key(key) {
            let message = format!("`{key}` is missing");
            let help = format!("add `{key}: pending`, or whose credential is meant");
            self.drafts.value(path.clone(), message, "says too little", Some(help));
        }
        match self.text(&at, members.get(key))?.to_owned().as_str() {
            "administrator" => Some(Credential::Administrator),
            name => self.used(&at, name, None).map(Credential::Register),
        }
    }
}
