//! Resource policies: the four operations, and what they allow to other accounts.

use super::refusal::refuse;
use super::secret::Secret;
use super::{Call, SecretsManager};
use crate::api::{
    DeleteResourcePolicy, ErrorCode, GetResourcePolicy, GetResourcePolicyReply, Operation,
    OperationName, PutResourcePolicy, Reply, SecretReply, ServiceError, ValidateResourcePolicy,
    ValidateResourcePolicyReply, ValidationError,
};
use crate::evidence::Rule;
use crate::permission::{Access, Asked, Denial, Policy};
use crate::secret::SecretId;

impl SecretsManager {
    pub(super) fn put_resource_policy(
        &mut self,
        call: &mut Call<'_>,
        request: &PutResourcePolicy,
    ) -> Result<Reply, ServiceError> {
        let serial =
            self.find_primary(call, &request.secret_id, Rule::ScheduledSecretRefusesCalls)?;
        let policy = Policy::parse(&request.resource_policy).ok_or_else(|| {
            let text = "This resource policy contains invalid Json";
            refuse(ErrorCode::MalformedPolicyDocumentException, Rule::PolicyMayBeReordered, text)
        })?;
        if policy.is_public() && request.block_public_policy == Some(true) {
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
        let valid = Policy::parse(&request.resource_policy).is_some();
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
    if own && secret.policy.is_none() {
        return Ok(());
    }
    let policy = secret.policy.as_deref().and_then(Policy::parse);
    let action = call.name.action();
    let access = Access {
        caller: call.caller,
        action: &action,
        secret: secret.arn.as_str(),
        secret_id: call.secret_id.unwrap_or_default(),
        version_stage: call.version_stage,
        rotation_function: secret.rotation.as_ref().map(|it| it.function.as_str()),
    };
    let said = policy.map(|policy| policy.says(&access)).unwrap_or_default();
    if !said.denied && (own || said.allowed || said.allowed_to_account) {
        return Ok(());
    }
    let why = if said.denied {
        "with an explicit deny in a resource-based policy".to_owned()
    } else {
        format!("because no resource-based policy allows the {action} action")
    };
    Err(refuse(
        ErrorCode::AccessDeniedException,
        Rule::DeniedAndInvalidAreHttp400,
        format!(
            "User: {} is not authorized to perform: {action} on resource: {} {why}",
            call.caller.arn, secret.arn
        ),
    ))
}
