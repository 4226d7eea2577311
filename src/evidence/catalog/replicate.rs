//! Rules of tags and replication.
#![expect(non_upper_case_globals, reason = "each entry has the name of its rule")]

use super::Entry;

pub(in crate::evidence) const TagsBelongToSecret: Entry = Entry::new(
    "TagResource adds tags or overwrites them by key, and UntagResource ignores keys that are \
     missing; both answers are empty. Tags belong to the secret, not to a version.",
    &[recorded!("test_secret_tags", "2024-04-01"), api!("TagResource"), api!("UntagResource")],
)
.matters("A tag can't say anything about one version; use a label of your own for that.");

pub(in crate::evidence) const ReplicationCopiesLabels: Entry = Entry::new(
    "A replica has the values, labels and metadata of its primary and the same ARN but for \
     the Region. Rotation runs on the primary, and the new value reaches the replicas.",
    &[model!("StatusType"), old_guide!("c3b51cc", "create-manage-multi-region-secrets")],
)
.matters("Readers in another Region may get the old password for a while after the promotion.");

pub(in crate::evidence) const ReplicasGoThroughPrimary: Entry = Entry::new(
    "Replicas are removed at once by a call to their primary; StopReplicationToReplica makes \
     a replica a secret of its own.",
    &[api!("RemoveRegionsFromReplication"), api!("StopReplicationToReplica"), api!("DeleteSecret")],
)
.matters(
    "A replica that was made a secret of its own rotates by itself, and two functions then \
     fight over one database user.",
);

pub(in crate::evidence) const ReplicasMayCrossAccounts: Entry = Entry::new(
    "A replica may be in another account: AssociateCrossAccountReplica, \
     DisassociateCrossAccountReplica, ListResourcePolicies and CrossAccountPrimaryARN serve \
     this.",
    &[model!("AssociateCrossAccountReplica")],
)
.matters(
    "An audit that looks only at the Regions of one account misses copies of the secret \
     elsewhere.",
);
