//! Reads calls: the members of requests, and what the target is asked for.

use serde_json::{Map, Value};

use super::super::check::drafts::{kind, meant};
use super::format::{Clauses, User};
use super::names::{Known, label_of};
use super::statement::Reader;
use crate::mistake::quoted;
use crate::program::{
    Call, Credential, NewValue, PutToken, RegisterKind, TargetCall, TargetVerb, Term,
};
use crate::secret::StagingLabel;
use crate::yaml::Path;

/// The operations that a program calls, and the members of their requests.
const OPERATIONS: [(&str, &[&str]); 5] = [
    ("DescribeSecret", &[]),
    ("GetSecretValue", &["VersionStage", "VersionId"]),
    ("GetRandomPassword", &[]),
    ("PutSecretValue", &["VersionStages", "ClientRequestToken"]),
    ("UpdateSecretVersionStage", &["VersionStage", "MoveToVersionId", "RemoveFromVersionId"]),
];

/// What a target is asked for: the word, the keys that must be there, those that may be.
pub(in crate::scenario) const VERBS: [(&str, &[&str], &[&str]); 11] = [
    ("login", &["with"], &[]),
    ("query", &[], &[]),
    ("user-exists", &["with", "as"], &[]),
    ("create-user", &["with"], &[]),
    ("set-password", &["with"], &["old", "keep"]),
    ("grant", &["with", "grant"], &[]),
    ("copy-grants", &["with", "from"], &[]),
    ("copy-tls", &["with", "from"], &[]),
    ("create-token", &["as"], &[]),
    ("token-exists", &["with", "as"], &[]),
    ("delete-token", &["with"], &[]),
];

/// A call, and what kind of answer it has, if that can be kept.
type Read = Option<(Call, Option<RegisterKind>)>;

impl Reader<'_> {
    /// A call of the service.
    pub(super) fn service_call(&mut self, path: &Path, it: &Clauses, name: &str) -> Read {
        let Some((_, members)) = OPERATIONS.iter().find(|(known, _)| *known == name) else {
            let help = meant(name, OPERATIONS.iter().map(|(known, _)| *known));
            let message = format!("a program can't call {}", quoted(name));
            self.drafts.value(path.key("call"), message, "not one of its calls", Some(help));
            return None;
        };
        if self.is_in_transaction() {
            let message = "a call of Secrets Manager in a transaction".to_owned();
            let help = "a transaction has calls of the target alone".to_owned();
            self.drafts.value(path.key("call"), message, "not here", Some(help));
            return None;
        }
        let empty = Map::new();
        let with = match &it.with {
            None => &empty,
            Some(Value::Object(with)) => with,
            Some(other) => {
                let message = format!("expected a mapping, found {}", kind(other));
                let help = "write members of the request, such as `{ VersionStage: AWSCURRENT }`";
                let label = "not a request";
                self.drafts.value(path.key("with"), message, label, Some(help.to_owned()));
                return None;
            }
        };
        let path_with = path.key("with");
        for key in with.keys().filter(|key| !members.contains(&key.as_str())) {
            let help = match key.as_str() {
                "SecretId" => "the secret is always that of the rotation".to_owned(),
                _ if members.is_empty() => format!("{name} takes nothing here"),
                _ => meant(key, members.iter().copied()),
            };
            let message = format!("unknown member {}", quoted(key));
            let label = "not a member of this request";
            self.drafts.key(path_with.key(key.clone()), message, label, Some(help));
        }
        if name != "PutSecretValue" && it.value.is_some() {
            self.misplaced(path, "value", &format!("`{name}`"), &[]);
        }
        let named = matches!(name, "DescribeSecret" | "GetSecretValue" | "GetRandomPassword");
        if !named && it.name.is_some() {
            self.misplaced(path, "as", &format!("`{name}`"), &[]);
        }
        self.request(path, it, name, with)
    }

    fn request(
        &mut self,
        path: &Path,
        it: &Clauses,
        name: &str,
        with: &Map<String, Value>,
    ) -> Read {
        let at = path.key("with");
        Some(match name {
            "DescribeSecret" => {
                if let Some(name) = &it.name
                    && self.is_name(&path.key("as"), name)
                {
                    self.known.insert(name.clone(), Known::Description);
                    self.descriptions.push((self.program.nodes.len(), name.clone()));
                }
                (Call::DescribeSecret { holders: Vec::new(), rotation_enabled: None }, None)
            }
            "GetSecretValue" => {
                let version = self.version(&at, with, "VersionId");
                let label = self.text(&at, with, "VersionStage");
                let label = label.map(|text| self.label(&at.key("VersionStage"), text));
                (Call::GetSecretValue { version, label }, Some(RegisterKind::Version))
            }
            "GetRandomPassword" => (Call::GetRandomPassword, Some(RegisterKind::Password)),
            "PutSecretValue" => {
                let token = match self.text(&at, with, "ClientRequestToken") {
                    None | Some("token") => PutToken::Rotation,
                    Some("fresh") => PutToken::Fresh,
                    Some(other) => {
                        let message = format!("{} is not a token", quoted(other));
                        let help = "write `token`, that of the rotation, or `fresh`".to_owned();
                        let path = at.key("ClientRequestToken");
                        self.drafts.value(path, message, "neither", Some(help));
                        PutToken::Rotation
                    }
                };
                let labels = self.labels(&at, with);
                let value = self.new_value(path, it)?;
                (Call::PutSecretValue { token, value, labels }, None)
            }
            _ => {
                let Some(label) = self.text(&at, with, "VersionStage") else {
                    let message = "the request needs a VersionStage".to_owned();
                    let label = "which label moves is not said";
                    self.drafts.value(path.clone(), message, label, None);
                    return None;
                };
                let label = self.label(&at.key("VersionStage"), label);
                let move_to = self.version(&at, with, "MoveToVersionId");
                let remove_from = self.version(&at, with, "RemoveFromVersionId");
                (Call::UpdateSecretVersionStage { label, move_to, remove_from }, None)
            }
        })
    }

    /// A member that is text.
    fn text<'v>(
        &mut self,
        path: &Path,
        with: &'v Map<String, Value>,
        member: &'static str,
    ) -> Option<&'v str> {
        let value = with.get(member)?;
        if value.as_str().is_none() {
            let message = format!("expected a string, found {}", kind(value));
            self.drafts.value(path.key(member), message, "not text", None);
        }
        value.as_str()
    }

    fn version(
        &mut self,
        path: &Path,
        with: &Map<String, Value>,
        member: &'static str,
    ) -> Option<Term> {
        let name = self.text(path, with, member)?;
        self.term(&path.key(member), name)
    }

    fn labels(&mut self, path: &Path, with: &Map<String, Value>) -> Option<Vec<StagingLabel>> {
        let value = with.get("VersionStages")?;
        let at = path.key("VersionStages");
        let texts: Option<Vec<_>> = value.as_array().and_then(|list| {
            let texts = list.iter().enumerate();
            texts.map(|(index, it)| Some(self.label(&at.index(index), it.as_str()?))).collect()
        });
        if texts.is_none() {
            let message = format!("expected a list of labels, found {}", kind(value));
            let help = "write `[AWSPENDING]`".to_owned();
            self.drafts.value(at, message, "not labels", Some(help));
        }
        texts
    }

    /// What a put stores.
    fn new_value(&mut self, path: &Path, it: &Clauses) -> Option<NewValue> {
        let Some(value) = &it.value else {
            let message = "a PutSecretValue needs a value".to_owned();
            let help = "add `value: { password: NAME, from: NAME }`".to_owned();
            self.drafts.value(path.clone(), message, "what is stored is not said", Some(help));
            return None;
        };
        let path = path.key("value");
        let mut secret = None;
        if value.password != "derived" {
            secret = Some(self.secret(&path.key("password"), &value.password)?);
        }
        let mut from = None;
        if let Some(name) = &value.from {
            from = Some(self.value_of(&path.key("from"), name)?);
        } else if value.user.is_some() {
            let message = "`user` needs a version to take it from".to_owned();
            let help = "add `from: NAME`".to_owned();
            self.drafts.key(path.key("user"), message, "whose is not said", Some(help));
        }
        Some(NewValue { secret, from, other_user: value.user == Some(User::Other) })
    }

    /// A call of the target.
    pub(super) fn target_call(&mut self, path: &Path, it: &Clauses, verb: &str) -> Read {
        let Some((verb, must, may)) = VERBS.iter().find(|(known, _, _)| *known == verb) else {
            let help = meant(verb, VERBS.iter().map(|(known, _, _)| *known));
            let message = format!("unknown call of the target {}", quoted(verb));
            self.drafts.value(path.key("target"), message, "not one of its calls", Some(help));
            return None;
        };
        let mut complete = true;
        for (key, given) in [
            ("with", it.with.is_some()),
            ("as", it.name.is_some()),
            ("old", it.old.is_some()),
            ("keep", it.keep.is_some()),
            ("grant", it.grant.is_some()),
            ("from", it.from.is_some()),
        ] {
            if given && !must.contains(&key) && !may.contains(&key) {
                self.misplaced(path, key, &format!("`{verb}`"), must);
            } else if !given && must.contains(&key) {
                let message = format!("`{verb}` needs `{key}`");
                self.drafts.value(path.clone(), message, &format!("no `{key}` here"), None);
                complete = false;
            }
        }
        if !complete {
            return None;
        }
        let with = match &it.with {
            None => None,
            Some(Value::String(name)) => Some(self.credential(&path.key("with"), name)?),
            Some(other) => {
                let message = format!("expected a name, found {}", kind(other));
                let help = "write the name of a version that was read, or `administrator`";
                let label = "not a credential";
                self.drafts.value(path.key("with"), message, label, Some(help.to_owned()));
                return None;
            }
        };
        if with == Some(Credential::Administrator) && *verb != "login" {
            let message = "the administrator only logs in".to_owned();
            let help = "name the version whose user is meant".to_owned();
            self.drafts.value(path.key("with"), message, "not a user that rotates", Some(help));
            return None;
        }
        let call = TargetCall {
            verb: self.verb(path, it, verb, with)?,
            in_transaction: self.number_in_transaction(),
        };
        let answers = match call.verb {
            TargetVerb::UserExists(_) | TargetVerb::TokenExists(_) => Some(RegisterKind::Flag),
            TargetVerb::CreateToken => Some(RegisterKind::Token),
            TargetVerb::Login(_)
            | TargetVerb::Query
            | TargetVerb::CreateUser(_)
            | TargetVerb::SetPassword { .. }
            | TargetVerb::Grant { .. }
            | TargetVerb::CopyGrants { .. }
            | TargetVerb::CopyTls { .. }
            | TargetVerb::DeleteToken(_)
            | TargetVerb::Commit => None,
        };
        Some((Call::Target(call), answers))
    }

    fn verb(
        &mut self,
        path: &Path,
        it: &Clauses,
        verb: &str,
        with: Option<Credential>,
    ) -> Option<TargetVerb> {
        let mut other = |key: &'static str, name: &Option<String>| match name {
            None => Some(None),
            Some(name) => self.credential(&path.key(key), name).map(Some),
        };
        let (old, keep) = (other("old", &it.old)?, other("keep", &it.keep)?);
        let from = other("from", &it.from)?;
        Some(match (verb, with, from) {
            ("query", _, _) => TargetVerb::Query,
            ("create-token", _, _) => TargetVerb::CreateToken,
            ("login", Some(with), _) => TargetVerb::Login(with),
            ("user-exists", Some(with), _) => TargetVerb::UserExists(with),
            ("create-user", Some(with), _) => TargetVerb::CreateUser(with),
            ("set-password", Some(with), _) => TargetVerb::SetPassword { with, old, keep },
            ("grant", Some(to), _) => {
                let name = it.grant.clone().unwrap_or_default();
                let grants = &mut self.program.grants;
                let index = grants.iter().position(|it| *it == name).unwrap_or(grants.len());
                if index >= 8 {
                    let message = "a program names at most 8 grants".to_owned();
                    self.drafts.value(path.key("grant"), message, "one too many", None);
                    return None;
                }
                if index == grants.len() {
                    grants.push(name);
                }
                TargetVerb::Grant { to, grant: u8::try_from(index).ok()? }
            }
            ("copy-grants", Some(to), Some(from)) => TargetVerb::CopyGrants { from, to },
            ("copy-tls", Some(to), Some(from)) => TargetVerb::CopyTls { from, to },
            ("token-exists", Some(with), _) => TargetVerb::TokenExists(with),
            ("delete-token", Some(with), _) => TargetVerb::DeleteToken(with),
            _ => return None,
        })
    }

    /// Has each `DescribeSecret` keep what is asked of its answer later in the step.
    pub(super) fn describe(&mut self) {
        for (node, name) in &self.descriptions {
            for (at, register) in &self.mentions {
                let entry = self.program.registers.get(register.index());
                let member =
                    entry.and_then(|it| it.name.strip_prefix(name.as_str())?.strip_prefix('.'));
                let (Some(entry), Some(_)) = (entry, member) else { continue };
                let call = self.program.nodes.get_mut(*node).map(|node| &mut node.call);
                let Some(Call::DescribeSecret { holders, rotation_enabled }) = call else {
                    continue;
                };
                if at < node {
                    continue;
                }
                self.sets.push((*node, *register));
                match label_of(&entry.name, name) {
                    None => *rotation_enabled = Some(*register),
                    Some(label) if !holders.iter().any(|(it, _)| *it == label) => {
                        holders.push((label, *register));
                    }
                    Some(_) => {}
                }
            }
        }
    }
}
