//! Resource policies: the four operations, and who may make which call.

use std::iter;

use super::refusal::refuse;
use super::replicate::replica_id;
use super::{Call, SecretsManager};
use crate::api::{
    DeleteResourcePolicy, ErrorCode, GetResourcePolicy, GetResourcePolicyReply, Operation,
    OperationName, PutResourcePolicy, Reply, SecretReply, ServiceError, ValidateResourcePolicy,
    ValidateResourcePolicyReply, ValidationError,
};
use crate::caller::Caller;
use crate::evidence::Rule;
use crate::permission::{Access, Asked, Basis, Denial, Policy, decide};
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
            refuse(ErrorCode::MalformedPolicyDocumentException, None, text)
        })?;
        if policy.is_public() && request.block_public_policy == Some(true) {
            return Err(refuse(
                ErrorCode::PublicPolicyException,
                None,
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
    /// Refuses a call that the caller may not make, by its own permissions and by the policy of the secret. Where AWS asks
    /// for permissions among its other checks is not known; IAM stands in front of every service, so they come first here.
    pub(super) fn permit(
        &self,
        call: &mut Call<'_>,
        operation: &Operation,
    ) -> Result<(), ServiceError> {
        let permissions = self.setting.permissions.get(&call.caller.name);
        // Mostly nothing is said about anybody, and it doesn't matter which secret is meant.
        let mut secrets = self.secrets.values();
        if permissions.is_none()
            && secrets.all(|it| it.policy.is_none() && it.account == call.caller.account)
        {
            return Ok(());
        }
        let text = operation.secret_id();
        let known = text.and_then(|text| {
            let is_of_replica = call.name == OperationName::StopReplicationToReplica;
            let text = if is_of_replica { replica_id(call, text) } else { text.into() };
            self.locate(call, SecretId::parse(&text)?, &text).map(|(_, secret)| secret)
        });
        // Who creates a secret asks for a name. If it is taken, the policy of the secret there is about other calls.
        let judged = known.filter(|_| call.name != OperationName::CreateSecret);
        let own = judged.is_none_or(|secret| secret.account == call.caller.account);
        let policy = judged.and_then(|secret| secret.policy.as_deref());
        if permissions.is_none() && own && policy.is_none() {
            return Ok(());
        }
        let secrets: Vec<&str> = match (known, text) {
            (Some(secret), _) => vec![secret.arn.as_str(), secret.name.as_str()],
            (None, Some(text)) => vec![text],
            (None, None) => Vec::new(),
        };
        let version_stage = operation.version_stage();
        let text = text.unwrap_or_default();
        let decide_on = |name: OperationName| {
            let action = name.action();
            let asked = Asked { action: &action, secrets: &secrets, version_stage };
            let identity = permissions.map_or(Ok(()), |permissions| permissions.check(asked));
            let said = policy.and_then(Policy::parse).zip(judged).map(|(policy, secret)| {
                policy.says(&Access {
                    caller: call.caller,
                    action: &action,
                    secret: secret.arn.as_str(),
                    secret_id: text,
                    version_stage,
                    rotation_function: secret.rotation.as_ref().map(|it| it.function.as_str()),
                })
            });
            decide(identity, said.unwrap_or_default(), own).err().map(|denial| (action, denial))
        };
        // "To add replica Regions, you must also have secretsmanager:ReplicateSecretToRegions."
        let adds =
            matches!(operation, Operation::CreateSecret(it) if it.add_replica_regions.is_some());
        let also = adds.then_some(OperationName::ReplicateSecretToRegions);
        let Some((action, denial)) = iter::once(call.name).chain(also).find_map(decide_on) else {
            return Ok(());
        };
        call.secret = known.map(|secret| secret.arn.clone());
        let resource = secrets.first().copied().unwrap_or("*");
        Err(denied(call.caller, &action, resource, denial))
    }
}

/// The error that tells a caller why it may not make a call.
fn denied(caller: &Caller, action: &str, resource: &str, denial: Denial) -> ServiceError {
    let why = match denial {
        Denial::Explicit(Basis::Identity) => {
            "with an explicit deny in an identity-based policy".to_owned()
        }
        Denial::Explicit(Basis::Resource) => {
            "with an explicit deny in a resource-based policy".to_owned()
        }
        Denial::Implicit(Basis::Identity) => {
            format!("because no identity-based policy allows the {action} action")
        }
        Denial::Implicit(Basis::Resource) => {
            format!("because no resource-based policy allows the {action} action")
        }
    };
    refuse(
        ErrorCode::AccessDeniedException,
        None,
        format!(
            "User: {} is not authorized to perform: {action} on resource: {resource} {why}",
            caller.arn
        ),
    )
}
