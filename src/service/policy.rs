//! Resource policies: the four operations, and what they allow to other accounts.

use serde_json::Value;

use super::refusal::refuse;
use super::secret::Secret;
use super::{Call, SecretsManager};
use crate::api::{
    DeleteResourcePolicy, ErrorCode, GetResourcePolicy, GetResourcePolicyReply, Operation,
    OperationName, PutResourcePolicy, Reply, SecretReply, ServiceError, ValidateResourcePolicy,
    ValidateResourcePolicyReply, ValidationError,
};
use crate::evidence::Rule;
use crate::permission::{Asked, Denial, Pattern};
use crate::secret::SecretId;

impl SecretsManager {
    pub(super) fn put_resource_policy(
        &mut self,
        call: &mut Call<'_>,
        request: &PutResourcePolicy,
    ) -> Result<Reply, ServiceError> {
        let serial =
            self.find_primary(call, &request.secret_id, Rule::ScheduledSecretRefusesCalls)?;
        let policy = parse(&request.resource_policy).ok_or_else(|| {
            let text = "This resource policy contains invalid Json";
            refuse(ErrorCode::MalformedPolicyDocumentException, Rule::PolicyMayBeReordered, text)
        })?;
        let public = statements(&policy).any(|statement| {
            statement.get("Effect").and_then(Value::as_str) == Some("Allow")
                && is_for_everybody(statement)
        });
        if public && request.block_public_policy == Some(true) {
            return Err(refuse(
                ErrorCode::PublicPolicyException,
                Rule::PolicyMayBeReordered,
                "This resource policy grants broad access, which BlockPublicPolicy forbids.",
            ));
        }
        let secret = self.secret_mut(serial)?;
        secret.policy = Some(request.resource_policy.clone());
        secret.touch(call.at, &mut call.book);
        Ok(Reply::Secret(SecretReply { arn: secret.arn.clone(), name: secret.name.clone() }))
    }

    pub(super) fn get_resource_policy(
        &mut self,
        call: &mut Call<'_>,
        request: &GetResourcePolicy,
    ) -> Result<Reply, ServiceError> {
        let serial = self.find_live(call, &request.secret_id, Rule::ScheduledSecretRefusesCalls)?;
        let secret = self.secret(serial)?;
        if secret.policy.is_some() {
            call.cite(Rule::PolicyMayBeReordered);
        }
        Ok(Reply::Policy(GetResourcePolicyReply {
            arn: secret.arn.clone(),
            name: secret.name.clone(),
            resource_policy: secret.policy.clone(),
        }))
    }

    pub(super) fn delete_resource_policy(
        &mut self,
        call: &mut Call<'_>,
        request: &DeleteResourcePolicy,
    ) -> Result<Reply, ServiceError> {
        let serial =
            self.find_primary(call, &request.secret_id, Rule::ScheduledSecretRefusesCalls)?;
        let secret = self.secret_mut(serial)?;
        secret.policy = None;
        secret.touch(call.at, &mut call.book);
        Ok(Reply::Secret(SecretReply { arn: secret.arn.clone(), name: secret.name.clone() }))
    }

    pub(super) fn validate_resource_policy(
        &mut self,
        call: &mut Call<'_>,
        request: &ValidateResourcePolicy,
    ) -> Result<Reply, ServiceError> {
        if let Some(id) = &request.secret_id {
            self.find_live(call, id, Rule::ScheduledSecretRefusesCalls)?;
        }
        let valid = parse(&request.resource_policy).is_some();
        let validation_errors = (!valid).then(|| ValidationError {
            check_name: "JSON_SYNTAX".to_owned(),
            error_message: "This resource policy contains invalid Json".to_owned(),
        });
        Ok(Reply::PolicyCheck(ValidateResourcePolicyReply {
            policy_validation_passed: valid,
            validation_errors: validation_errors.into_iter().collect(),
        }))
    }
}

fn parse(text: &str) -> Option<Value> {
    serde_json::from_str::<Value>(text).ok().filter(Value::is_object)
}

/// The statements of a policy, which has one or a list of them.
fn statements(policy: &Value) -> impl Iterator<Item = &Value> {
    one_or_many(policy.get("Statement"))
}

fn one_or_many(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let (one, many) = match value {
        Some(Value::Array(items)) => (None, items.as_slice()),
        other => (other, [].as_slice()),
    };
    one.into_iter().chain(many)
}

/// The principals of a statement: `"*"`, `{"AWS": …}`, or a list under `AWS`.
fn principals(statement: &Value) -> impl Iterator<Item = &str> {
    let principal = statement.get("Principal");
    let nested = principal.and_then(|it| it.get("AWS"));
    one_or_many(nested.or(principal)).filter_map(Value::as_str)
}

fn is_for_everybody(statement: &Value) -> bool {
    principals(statement).any(|principal| principal == "*")
}

impl SecretsManager {
    /// Refuses a call that the scenario's callers may not make. Where AWS asks for permissions among its other checks is
    /// not known; IAM stands in front of every service, so they come first here.
    pub(super) fn permit(
        &self,
        call: &mut Call<'_>,
        operation: &Operation,
    ) -> Result<(), ServiceError> {
        let Some(permissions) = self.setting.permissions.get(&call.caller.name) else {
            return Ok(());
        };
        let text = operation.secret_id();
        let known = text.and_then(|text| self.secret_named(call, text));
        call.secret = known.map(|secret| secret.arn.clone());
        let secrets: Vec<&str> = match (known, text) {
            (Some(secret), _) => vec![secret.arn.as_str(), secret.name.as_str()],
            (None, Some(text)) => vec![text],
            (None, None) => Vec::new(),
        };
        let version_stage = operation.version_stage();
        // "To add replica Regions, you must also have secretsmanager:ReplicateSecretToRegions."
        let adds =
            matches!(operation, Operation::CreateSecret(it) if it.add_replica_regions.is_some());
        let also = adds.then_some(OperationName::ReplicateSecretToRegions);
        let denied = std::iter::once(call.name).chain(also).find_map(|name| {
            let action = name.action();
            let asked = Asked { action: &action, secrets: &secrets, version_stage };
            permissions.check(asked).err().map(|denial| (action, denial))
        });
        let Some((action, denial)) = denied else { return Ok(()) };
        let why = match denial {
            Denial::Explicit => "with an explicit deny in an identity-based policy".to_owned(),
            Denial::Implicit => {
                format!("because no identity-based policy allows the {action} action")
            }
        };
        let resource = secrets.first().copied().unwrap_or("*");
        Err(refuse(
            ErrorCode::AccessDeniedException,
            Rule::DeniedAndInvalidAreHttp400,
            format!(
                "User: {} is not authorized to perform: {action} on resource: {resource} {why}",
                call.caller.arn
            ),
        ))
    }

    /// The secret that `text` means in a call, if there is one.
    fn secret_named(&self, call: &Call<'_>, text: &str) -> Option<&Secret> {
        let id = SecretId::parse(text)?;
        let account = match id {
            SecretId::Name(_) => call.caller.account.as_str(),
            SecretId::Arn { account, .. } => account,
        };
        self.secrets.get(&self.names.get(&call.region, account, id.name().0)?)
    }
}

/// Whether the secret's policy lets a caller use it: what it denies is denied to all, what it allows is for other
/// accounts.
pub(super) fn authorize(secret: &Secret, call: &Call<'_>) -> Result<(), ServiceError> {
    let own = secret.account == call.caller.account;
    let policy = secret.policy.as_deref();
    if own && policy.is_none() {
        return Ok(());
    }
    let action = call.name.as_str();
    let policy = policy.and_then(parse).unwrap_or(Value::Null);
    let applies = |statement: &Value, effect: &str| {
        statement.get("Effect").and_then(Value::as_str) == Some(effect)
            && principals(statement).any(|principal| is_caller(principal, call))
            && one_or_many(statement.get("Action"))
                .filter_map(Value::as_str)
                .any(|pattern| is_action(pattern, action))
            && holds(statement.get("Condition"), call)
    };
    let denied = statements(&policy).any(|statement| applies(statement, "Deny"));
    if !denied && (own || statements(&policy).any(|statement| applies(statement, "Allow"))) {
        return Ok(());
    }
    let why = if denied {
        "with an explicit deny in a resource-based policy".to_owned()
    } else {
        format!("because no resource-based policy allows the secretsmanager:{action} action")
    };
    Err(refuse(
        ErrorCode::AccessDeniedException,
        Rule::DeniedAndInvalidAreHttp400,
        format!(
            "User: {} is not authorized to perform: secretsmanager:{action} on resource: {} {why}",
            call.caller.arn, secret.arn
        ),
    ))
}

/// Whether the condition of a statement holds. The stage that a request names is the one key that is known here; a
/// statement with another condition means no call.
fn holds(condition: Option<&Value>, call: &Call<'_>) -> bool {
    let Some(condition) = condition else { return true };
    let operators = condition.as_object().into_iter().flatten();
    operators.into_iter().all(|(operator, keys)| {
        let operator = operator.rsplit(':').next().unwrap_or_default();
        let keys = keys.as_object().into_iter().flatten();
        keys.into_iter().all(|(key, wanted)| {
            let named = call.version_stage.filter(|_| {
                key == "secretsmanager:VersionStage"
                    && matches!(operator, "StringEquals" | "StringLike")
            });
            let wanted = one_or_many(Some(wanted)).filter_map(Value::as_str);
            named.is_some_and(|stage| {
                wanted.into_iter().any(|wanted| match operator {
                    "StringLike" => Pattern::new(wanted).means(stage, false),
                    _ => wanted == stage,
                })
            })
        })
    })
}

/// Whether a principal of a policy means the caller: everybody, its account, itself, or the role of its session.
fn is_caller(principal: &str, call: &Call<'_>) -> bool {
    let account = call.caller.account.as_str();
    principal == "*"
        || principal == account
        || principal == &*call.caller.arn
        || call.caller.role().is_some_and(|role| principal == role)
        || principal.strip_suffix(":root").is_some_and(|rest| rest.ends_with(account))
}

/// Whether an action of a policy means this one.
fn is_action(pattern: &str, action: &str) -> bool {
    Pattern::new(pattern).means(&format!("secretsmanager:{action}"), true)
}
