//! Resource policies: the five operations, and who may make which call.

use std::iter;

use super::refusal::refuse;
use super::replicate::replica_id;
use super::secret::Secret;
use super::{Call, SecretsManager, list};
use crate::api::{
    DeleteResourcePolicy, ErrorCode, GetResourcePolicy, GetResourcePolicyReply,
    ListResourcePolicies, ListResourcePoliciesReply, Operation, OperationName, PolicyEntry,
    PutResourcePolicy, Reply, SecretReply, ServiceError, ValidateResourcePolicy,
    ValidateResourcePolicyReply, ValidationError,
};
use crate::caller::Caller;
use crate::evidence::Rule;
use crate::permission::{Access, Asked, Basis, Denial, Permissions, Policy, decide};
use crate::secret::SecretId;

/// The name of the policy that `PutResourcePolicy` attaches.
const OWN_POLICY: &str = "default";

/// The name of the policy that the service attaches to a replica in another account.
const SERVICE_POLICY: &str = "cross-account-replication";

impl SecretsManager {
    pub(super) fn put_resource_policy(
        &mut self,
        call: &mut Call<'_>,
        request: &PutResourcePolicy,
    ) -> Result<Reply, ServiceError> {
        let serial =
            self.find_independent(call, &request.secret_id, Rule::ScheduledSecretRefusesCalls)?;
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

    /// A secret without a policy of its own is taken to have no `default` one.
    pub(super) fn list_resource_policies(
        &mut self,
        call: &mut Call<'_>,
        request: &ListResourcePolicies,
    ) -> Result<Reply, ServiceError> {
        let serial = self.find_live(call, &request.secret_id, Rule::ScheduledSecretRefusesCalls)?;
        let secret = self.secret(serial)?;
        let own = secret.policy.as_ref().map(|_| OWN_POLICY);
        let of_service = secret.cross_account().map(|_| SERVICE_POLICY);
        let names = own.into_iter().chain(of_service);
        let entries = names.map(|name| PolicyEntry { policy_name: name.to_owned() }).collect();
        let listing = list::Listing {
            seed: self.setting.seed,
            of: &("ListResourcePolicies", &secret.arn),
            page_default: list::PAGE_DEFAULT,
        };
        let (resource_policies, next_token) =
            list::page(entries, &listing, request.max_results, request.next_token.as_deref())?;
        call.cite(Rule::ReplicasMayCrossAccounts);
        Ok(Reply::Policies(ListResourcePoliciesReply { resource_policies, next_token }))
    }

    pub(super) fn delete_resource_policy(
        &mut self,
        call: &mut Call<'_>,
        request: &DeleteResourcePolicy,
    ) -> Result<Reply, ServiceError> {
        let serial =
            self.find_independent(call, &request.secret_id, Rule::ScheduledSecretRefusesCalls)?;
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
        let names = known.map_or_else(|| text.into_iter().collect(), both_names);
        let version_stage = operation.version_stage();
        let own = also_needed(call.name, operation, known);
        let needs = iter::once(call.name.action()).chain(own).map(|action| Need {
            action,
            judged,
            secret_id: text.unwrap_or_default(),
            names: names.clone(),
            by_service: false,
        });
        let needs = needs.chain(self.acceptance(call, operation));
        let denied_by =
            needs.map(|need| (need.check(call.caller, permissions, version_stage), need));
        let Some((denial, need)) =
            denied_by.into_iter().find_map(|(checked, need)| Some((checked.err()?, need)))
        else {
            return Ok(());
        };
        call.secret = known.map(|secret| secret.arn.clone());
        let resource = need.names.first().copied().unwrap_or("*");
        Err(denied(call.caller, need.action, resource, denial))
    }

    /// What a primary's account must be allowed on the replica that a call wants to associate: the service calls
    /// `AcceptCrossAccountReplication` there with the identity of the caller.
    fn acceptance<'s>(&'s self, call: &Call<'_>, operation: &'s Operation) -> Option<Need<'s>> {
        let Operation::AssociateCrossAccountReplica(request) = operation else { return None };
        let secret_id = request.cross_account_replica_arn.as_str();
        // What is no replica is refused later.
        let (_, replica) = self.locate(call, SecretId::parse(secret_id)?, secret_id)?;
        let primary = &replica.cross_account()?.primary;
        Some(Need {
            action: OperationName::ACCEPT_REPLICATION,
            judged: Some(replica),
            secret_id,
            names: both_names(replica),
            // The service "initializes its permissions so that the primary-account owner can associate it".
            by_service: primary.account() == call.caller.account.as_str(),
        })
    }
}

/// What else a call needs on its secret.
fn also_needed(
    name: OperationName,
    operation: &Operation,
    known: Option<&Secret>,
) -> Vec<&'static str> {
    let is_replica = known.is_some_and(|secret| secret.cross_account().is_some());
    let mut needed = Vec::new();
    if let Operation::CreateSecret(request) = operation {
        // "To add replica Regions, you must also have secretsmanager:ReplicateSecretToRegions."
        if request.add_replica_regions.is_some() {
            needed.push(OperationName::ReplicateSecretToRegions);
        }
        // The service attaches a policy to a replica in another account, and takes it away.
        if request.cross_account_primary_arn.is_some() {
            needed.push(OperationName::PutResourcePolicy);
        }
    }
    if name == OperationName::StopReplicationToReplica && is_replica {
        needed.push(OperationName::DeleteResourcePolicy);
    }
    if name == OperationName::AssociateCrossAccountReplica {
        needed.push(OperationName::GetSecretValue);
    }
    needed.into_iter().map(OperationName::action).collect()
}

/// What a policy may call a secret.
fn both_names(secret: &Secret) -> Vec<&str> {
    vec![secret.arn.as_str(), secret.name.as_str()]
}

/// An action that a call needs, and the secret on which it does.
#[derive(Clone, Debug)]
struct Need<'a> {
    action: &'static str,
    /// The secret whose policy has a say.
    judged: Option<&'a Secret>,
    /// How the request names it.
    secret_id: &'a str,
    /// ARN and name, as far as they are known.
    names: Vec<&'a str>,
    /// Whether the policy that the service attached allows it to the account of the caller.
    by_service: bool,
}

impl Need<'_> {
    fn check(
        &self,
        caller: &Caller,
        permissions: Option<&Permissions>,
        version_stage: Option<&str>,
    ) -> Result<(), Denial> {
        let own = self.judged.is_none_or(|secret| secret.account == caller.account);
        let policy = self.judged.and_then(|secret| secret.policy.as_deref());
        if permissions.is_none() && policy.is_none() && (own || self.by_service) {
            return Ok(());
        }
        let asked = Asked { action: self.action, secrets: &self.names, version_stage };
        let identity = permissions.map_or(Ok(()), |permissions| permissions.check(asked));
        let said = policy.and_then(Policy::parse).zip(self.judged).map(|(policy, secret)| {
            policy.says(&Access {
                caller,
                action: self.action,
                secret: secret.arn.as_str(),
                secret_id: self.secret_id,
                version_stage,
                rotation_function: secret.rotation.as_ref().map(|it| &*it.function),
            })
        });
        let mut said = said.unwrap_or_default();
        said.allowed_to_account |= self.by_service;
        decide(identity, said, own)
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
