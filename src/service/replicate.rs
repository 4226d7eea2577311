//! `ReplicateSecretToRegions`, `RemoveRegionsFromReplication`, `StopReplicationToReplica`.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;

use super::refusal::refuse;
use super::replica::{End, Link, Replication};
use super::{Call, SecretsManager, Serial};
use crate::api::{
    ErrorCode, RemoveRegionsFromReplication, ReplicaRegion, ReplicateSecretToRegions,
    ReplicationReply, Reply, ServiceError, StopReplicationToReplica,
};
use crate::evidence::Rule;
use crate::secret::{SecretArn, SecretId};

/// Refuses to replicate a secret to where it is. The code and the text are moto's.
pub(super) fn refuse_own_region(
    call: &Call<'_>,
    regions: &[ReplicaRegion],
) -> Result<(), ServiceError> {
    let is_own = |it: &ReplicaRegion| it.region.as_deref() == Some(&*call.region);
    if !regions.iter().any(is_own) {
        return Ok(());
    }
    Err(refuse(
        ErrorCode::InvalidParameterException,
        Rule::ReplicasGoThroughPrimary,
        "Invalid replica region.",
    ))
}

/// How a replica in the Region of a call is found by what the request says, which may be the ARN of its primary.
pub(super) fn replica_id<'t>(call: &Call<'_>, text: &'t str) -> Cow<'t, str> {
    match SecretId::parse(text) {
        Some(SecretId::Arn { .. }) => {
            SecretArn::new(text).in_region(&call.region).as_str().to_owned().into()
        }
        Some(SecretId::Name(_)) | None => text.into(),
    }
}

impl SecretsManager {
    pub(super) fn replicate_secret_to_regions(
        &mut self,
        call: &mut Call<'_>,
        request: &ReplicateSecretToRegions,
    ) -> Result<Reply, ServiceError> {
        let serial = self.find_own(call, &request.secret_id, Rule::ScheduledSecretRefusesCalls)?;
        refuse_own_region(call, &request.add_replica_regions)?;
        let overwrite = request.force_overwrite_replica_secret == Some(true);
        self.add_replicas(call, serial, &request.add_replica_regions, overwrite);
        self.replication_reply(serial)
    }

    /// Begins to replicate a secret to the Regions to which it is not replicated yet.
    ///
    /// What AWS says to a Region that has a replica already, or that a request lists twice, is not known: here nothing
    /// happens. A replication that failed begins anew, as the guide tells for a name that is taken.
    pub(super) fn add_replicas(
        &mut self,
        call: &mut Call<'_>,
        serial: Serial,
        regions: &[ReplicaRegion],
        overwrite: bool,
    ) {
        for wanted in regions {
            call.cite(Rule::ReplicationCopiesLabels);
            let Some(region) = wanted.region.as_deref() else { continue };
            let links = self.secrets.get(&serial).map(|it| it.links()).unwrap_or_default();
            let is_known =
                |link: &Link| *link.region == *region && !matches!(link.end, End::Failed(_));
            if links.iter().any(is_known) {
                continue;
            }
            let key = wanted.kms_key_id.as_deref().filter(|key| !key.is_empty());
            let link = Link {
                region: region.into(),
                kms_key_id: key.map(Into::into),
                overwrite,
                end: End::Nothing,
                account: None,
                queue: VecDeque::new(),
            };
            self.begin_replication(call.at, serial, link);
        }
    }

    /// Replicas go at once, as the guide has it of deleting them. A Region without a replica is passed over, as moto does.
    pub(super) fn remove_regions_from_replication(
        &mut self,
        call: &mut Call<'_>,
        request: &RemoveRegionsFromReplication,
    ) -> Result<Reply, ServiceError> {
        let serial = self.find_own(call, &request.secret_id, Rule::ScheduledSecretRefusesCalls)?;
        call.cite(Rule::ReplicasGoThroughPrimary);
        for region in &request.remove_replica_regions {
            let link = self.end_replication(serial, region);
            if let Some(End::Replica(replica)) = link.map(|link| link.end)
                && let Some(replica) = self.secrets.remove(&replica)
            {
                self.forget_name(&replica);
            }
        }
        self.replication_reply(serial)
    }

    /// The replica keeps what it has; what is on its way to it is lost. Code and text for a secret that is no replica are
    /// not known. The reference asks for the ARN of the primary, the API model for that of the replica: both are understood.
    pub(super) fn stop_replication_to_replica(
        &mut self,
        call: &mut Call<'_>,
        request: &StopReplicationToReplica,
    ) -> Result<Reply, ServiceError> {
        Self::parse_id(call, &request.secret_id)?;
        let id = replica_id(call, &request.secret_id);
        let serial = self.find_live(call, &id, Rule::ScheduledSecretRefusesCalls)?;
        call.cite(Rule::ReplicasGoThroughPrimary);
        if self.secret(serial)?.cross_account().is_some() {
            return self.leave_primary(call, serial);
        }
        let Some(Replication::Replica { of, .. }) = self.secret(serial)?.replication.as_deref()
        else {
            return Err(refuse(
                ErrorCode::InvalidRequestException,
                Rule::ReplicasGoThroughPrimary,
                "You can't promote a secret that isn't a replica.",
            ));
        };
        let primary = *of;
        self.end_replication(primary, &Arc::clone(&call.region));
        let secret = self.secret_mut(serial)?;
        secret.replication = None;
        secret.touch(call.at, &mut call.book);
        let arn = secret.arn.clone();
        Ok(Reply::Replication(ReplicationReply { arn, replication_status: None }))
    }

    fn replication_reply(&self, serial: Serial) -> Result<Reply, ServiceError> {
        Ok(Reply::Replication(ReplicationReply {
            arn: self.secret(serial)?.arn.clone(),
            replication_status: Some(self.replication_status(serial).unwrap_or_default()),
        }))
    }
}
