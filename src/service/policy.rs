//! Resource policies: the four operations, and what they allow to other accounts.

use serde_json::Value;

use super::refusal::refuse;
use super::secret::Secret;
use super::{Call, SecretsManager};
use crate::api::{
    DeleteResourcePolicy, ErrorCode, GetResourcePolicy, GetResourcePolicyReply, PutResourcePolicy,
    Reply, SecretReply, ServiceError, ValidateResourcePolicy, ValidateResourcePolicyReply,
    ValidationError,
};
use crate::evidence::Rule;

impl SecretsManager {
    pub(super) fn put_resource_policy(
        &mut self,
        call: &mut Call<'_>,
        request: &PutResourcePolicy,
    ) -> Result<Reply, ServiceError> {
        let serial = self.find_live(call, &request.secret_id, Rule::ScheduledSecretRefusesCalls)?;
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
        let serial = self.find_live(call, &request.secret_id, Rule::ScheduledSecretRefusesCalls)?;
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

/// Whether a caller may use a secret: those of its own account may, others need its policy.
pub(super) fn authorize(secret: &Secret, call: &Call<'_>) -> Result<(), ServiceError> {
    if secret.account == call.caller.account {
        return Ok(());
    }
    let action = call.name.as_str();
    let policy = secret.policy.as_deref().and_then(parse).unwrap_or(Value::Null);
    let applies = |statement: &Value, effect: &str| {
        statement.get("Effect").and_then(Value::as_str) == Some(effect)
            && principals(statement).any(|principal| is_caller(principal, call))
            && one_or_many(statement.get("Action"))
                .filter_map(Value::as_str)
                .any(|pattern| is_action(pattern, action))
    };
    let denied = statements(&policy).any(|statement| applies(statement, "Deny"));
    if !denied && statements(&policy).any(|statement| applies(statement, "Allow")) {
        return Ok(());
    }
    Err(refuse(
        ErrorCode::AccessDeniedException,
        Rule::DeniedAndInvalidAreHttp400,
        format!(
            "User: {} is not authorized to perform: secretsmanager:{action} on resource: {} because no resource-based \
             policy allows the secretsmanager:{action} action",
            call.caller.arn, secret.arn
        ),
    ))
}

/// Whether a principal of a policy means the caller: everybody, its account, or itself.
fn is_caller(principal: &str, call: &Call<'_>) -> bool {
    let account = call.caller.account.as_str();
    principal == "*"
        || principal == account
        || principal == &*call.caller.arn
        || principal.strip_suffix(":root").is_some_and(|rest| rest.ends_with(account))
}

/// Whether an action of a policy, with `*` at its end or alone, means this one.
fn is_action(pattern: &str, action: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let Some(pattern) = pattern.strip_prefix("secretsmanager:") else { return false };
    pattern.strip_suffix('*').map_or(pattern == action, |start| action.starts_with(start))
}
