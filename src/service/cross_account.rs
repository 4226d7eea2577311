//! `AssociateCrossAccountReplica`, `DisassociateCrossAccountReplica`, and what else is special about replicas in other
//! accounts.
//!
//! None of the texts is known, and no code but that of a second replica, which one operation alone declares. Keys are not
//! simulated beyond whether there is one, and neither are organizations: all accounts are taken to be of one.

use std::collections::VecDeque;
use std::sync::Arc;

use super::refusal::{self, refuse};
use super::replica::{Association, CrossAccount, End, InAccount, Link, Replication};
use super::secret::Secret;
use super::{Call, SecretsManager, Serial};
use crate::api::{
    AssociateCrossAccountReplica, AssociationReply, CreateSecret, CrossAccountPrimary,
    CrossAccountReplica, DisassociateCrossAccountReplica, ErrorCode, ReplicaState,
    ReplicationReply, Reply, ServiceError,
};
use crate::evidence::Rule;
use crate::secret::{AccountId, SecretArn, SecretId};

/// The one partition that is simulated.
const PARTITION: &str = "aws";

/// The default key, which doesn't cross accounts.
const DEFAULT_KEY: &str = "alias/aws/secretsmanager";

/// The error about a request that doesn't fit what replicas in other accounts need.
fn unfit(text: impl Into<String>) -> ServiceError {
    refuse(ErrorCode::InvalidParameterException, Rule::ReplicasMayCrossAccounts, text)
}

/// The error about secrets that are not as a call needs them.
fn wrong_state(text: impl Into<String>) -> ServiceError {
    refuse(ErrorCode::InvalidRequestException, Rule::ReplicasMayCrossAccounts, text)
}

/// The ARN of a secret in an account that isn't `own`, which is in the Region and partition of the call.
fn elsewhere(call: &Call<'_>, text: &str, own: &AccountId) -> Result<SecretArn, ServiceError> {
    let Some(SecretId::Arn { account, region, .. }) = SecretId::parse(text) else {
        return Err(unfit("You must specify the ARN of a secret in another AWS account."));
    };
    if region != &*call.region || text.split(':').nth(1) != Some(PARTITION) {
        let text = "The primary and the replica must be in the same AWS Region and partition.";
        return Err(unfit(text));
    }
    if account == own.as_str() {
        return Err(unfit("The primary and the replica must be in different AWS accounts."));
    }
    Ok(SecretArn::new(text))
}

fn is_customer_managed(key: &str) -> bool {
    !key.is_empty() && !key.ends_with(DEFAULT_KEY)
}

/// The primary in another account that a new secret is to follow. Whether it exists isn't looked up: the call has no
/// right to know, and either side may come first.
pub(super) fn wanted_primary(
    call: &mut Call<'_>,
    request: &CreateSecret,
) -> Result<Option<SecretArn>, ServiceError> {
    let Some(primary) = &request.cross_account_primary_arn else { return Ok(None) };
    let excluded = [
        ("AddReplicaRegions", request.add_replica_regions.is_some()),
        ("Description", request.description.is_some()),
        ("SecretBinary", request.secret_binary.is_some()),
        ("SecretString", request.secret_string.is_some()),
        ("Type", request.secret_type.is_some()),
    ];
    if let Some((member, _)) = excluded.iter().find(|(_, given)| *given) {
        return Err(unfit(format!("You can't specify {member} for a cross-account replica.")));
    }
    let arn = elsewhere(call, primary, &call.caller.account)?;
    if !request.kms_key_id.as_deref().is_some_and(is_customer_managed) {
        return Err(default_key());
    }
    call.cite(Rule::ReplicasMayCrossAccounts);
    Ok(Some(arn))
}

fn default_key() -> ServiceError {
    unfit("You must encrypt a cross-account replica with a customer managed KMS key.")
}

/// How a secret stands that is going to follow `primary`.
pub(super) const fn pending(primary: SecretArn) -> Replication {
    let association = Association::Pending;
    Replication::CrossAccount(CrossAccount { primary, association })
}

/// Refuses to go back to the default key, with which the replica couldn't have been made.
pub(super) fn refuse_default_key(secret: &Secret, key: Option<&str>) -> Result<(), ServiceError> {
    let stays = key.is_none_or(is_customer_managed) || secret.cross_account().is_none();
    if stays { Ok(()) } else { Err(default_key()) }
}

/// Refuses to delete a secret as long as its account hasn't stopped replication from its own side.
pub(super) fn refuse_deletion(secret: &Secret) -> Result<(), ServiceError> {
    let arn = &secret.arn;
    if let Some(replica) = secret.account_link().and_then(|link| link.account.as_deref()) {
        return Err(wrong_state(format!(
            "You can't delete secret {arn} that still has the cross-account replica {}.",
            replica.arn
        )));
    }
    if secret.cross_account().is_some() {
        return Err(wrong_state(format!(
            "You can't delete the cross-account replica {arn} before you stop replication to it."
        )));
    }
    Ok(())
}

impl SecretsManager {
    /// The primary that a call of its own account is about.
    fn find_to_associate(&self, call: &mut Call<'_>, text: &str) -> Result<Serial, ServiceError> {
        let serial = self.find_own(call, text, Rule::ScheduledSecretRefusesCalls)?;
        if self.secret(serial)?.account != call.caller.account {
            let text = "You must call this operation from the account that owns the primary.";
            return Err(wrong_state(text));
        }
        call.cite(Rule::ReplicasMayCrossAccounts);
        Ok(serial)
    }

    /// The replica of a primary that an ARN names.
    fn find_replica(
        &self,
        call: &Call<'_>,
        primary: &Secret,
        text: &str,
    ) -> Result<Serial, ServiceError> {
        let arn = elsewhere(call, text, &primary.account)?;
        let found = SecretId::parse(text).and_then(|id| self.locate(call, id, text));
        let (serial, replica) =
            found.ok_or_else(|| refusal::not_found(Rule::ReplicasMayCrossAccounts))?;
        if replica.cross_account().is_none_or(|it| it.primary != primary.arn) {
            let text = format!("{arn} wasn't created as a replica of secret {}.", primary.arn);
            return Err(wrong_state(text));
        }
        Ok(serial)
    }

    /// A replica that was detached may be associated anew. One that became a secret of its own counts as the one that a
    /// primary may have until it is disassociated, as it does for the deletion of the primary.
    pub(super) fn associate_cross_account_replica(
        &mut self,
        call: &mut Call<'_>,
        request: &AssociateCrossAccountReplica,
    ) -> Result<Reply, ServiceError> {
        let serial = self.find_to_associate(call, &request.secret_id)?;
        let primary = self.secret(serial)?;
        let replica = self.find_replica(call, primary, &request.cross_account_replica_arn)?;
        let arn = self.secret(replica)?.arn.clone();
        let known = primary.account_link().and_then(|link| link.account.as_deref());
        let is_known = known.is_some_and(|known| known.arn == arn);
        if known.is_some() && !is_known {
            return Err(refuse(
                ErrorCode::LimitExceededException,
                Rule::ReplicasMayCrossAccounts,
                "A secret can have at most one cross-account replica.",
            ));
        }
        let role = request.replication_role_arn.clone();
        if is_known {
            // Replication never breaks here, so that there is nothing to repair. The role is the one named last.
            self.name_role(serial, role.as_deref());
        } else {
            if let Some(own) = self.secret_mut(replica)?.cross_account_mut() {
                own.association = Association::With(serial);
            }
            let link = Link {
                region: Arc::clone(&call.region),
                kms_key_id: None,
                overwrite: false,
                end: End::Replica(replica),
                account: Some(Box::new(InAccount { arn: arn.clone(), role })),
                queue: VecDeque::new(),
            };
            self.begin_replication(call.at, serial, link);
        }
        let primary = self.secret(serial)?;
        Ok(Reply::Association(AssociationReply {
            arn: primary.arn.clone(),
            cross_account_replica_arn: arn,
            replication_status: primary.account_link().map(Link::state),
        }))
    }

    fn name_role(&mut self, serial: Serial, role: Option<&str>) {
        let Ok(secret) = self.secret_mut(serial) else { return };
        let links = secret.primary_mut().into_iter().flat_map(|it| &mut it.links);
        for replica in links.filter_map(|link| link.account.as_deref_mut()) {
            replica.role = role.map(str::to_owned);
        }
    }

    /// What is on its way to the replica is lost.
    pub(super) fn disassociate_cross_account_replica(
        &mut self,
        call: &mut Call<'_>,
        request: &DisassociateCrossAccountReplica,
    ) -> Result<Reply, ServiceError> {
        let serial = self.find_to_associate(call, &request.secret_id)?;
        let wanted = &request.cross_account_replica_arn;
        let is_it = |link: &Link| {
            link.account.as_ref().is_some_and(|replica| replica.arn.as_str() == wanted)
        };
        let primary = self.secret(serial)?;
        let arn = primary.arn.clone();
        if !primary.account_link().is_some_and(is_it) {
            let text = format!("The replica isn't associated with secret {arn}.");
            return Err(wrong_state(text));
        }
        if let Some(End::Replica(replica)) = self.end_link(serial, is_it).map(|link| link.end)
            && let Some(own) = self.secret_mut(replica)?.cross_account_mut()
        {
            own.association = Association::Detached;
        }
        Ok(Reply::Association(AssociationReply {
            arn,
            cross_account_replica_arn: SecretArn::new(wanted.as_str()),
            replication_status: None,
        }))
    }

    /// `StopReplicationToReplica` of a replica in the account of the call, however it stands to its primary. It keeps what
    /// it has; what is on its way to it is lost.
    pub(super) fn leave_primary(
        &mut self,
        call: &mut Call<'_>,
        serial: Serial,
    ) -> Result<Reply, ServiceError> {
        call.cite(Rule::ReplicasMayCrossAccounts);
        let secret = self.secret_mut(serial)?;
        let association = secret.cross_account().map(|it| it.association);
        secret.replication = None;
        secret.touch(call.at, &mut call.book);
        let arn = secret.arn.clone();
        if let Some(Association::With(primary)) = association
            && let Some(primary) = self.secret_mut(primary)?.primary_mut()
        {
            for link in primary.links.iter_mut().filter(|link| link.account.is_some()) {
                link.end = End::Detached;
                link.queue.clear();
            }
        }
        Ok(Reply::Replication(ReplicationReply { arn, replication_status: None }))
    }

    /// The primary of a replica, as `DescribeSecret` shows it.
    pub(super) fn cross_account_primary(&self, serial: Serial) -> Option<CrossAccountPrimary> {
        let own = self.secrets.get(&serial)?.cross_account()?;
        let replication_status = match own.association {
            Association::Pending => ReplicaState::Pending,
            Association::Detached => ReplicaState::Detached,
            Association::With(primary) => self.secrets.get(&primary)?.account_link()?.state(),
        };
        Some(CrossAccountPrimary { primary_secret_arn: own.primary.clone(), replication_status })
    }

    /// The replica of a primary, as `DescribeSecret` shows it.
    pub(super) fn cross_account_replicas(
        &self,
        serial: Serial,
    ) -> Option<Vec<CrossAccountReplica>> {
        let replica = self.secrets.get(&serial)?.account_link()?.in_account()?;
        Some(vec![replica])
    }
}
