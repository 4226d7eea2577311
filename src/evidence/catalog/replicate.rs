//! Rules of tags and replication.
#![expect(non_upper_case_globals, reason = "each entry has the name of its rule")]

use super::{Entry, assumed, emulated, quoted};

pub(in crate::evidence) const TagsBelongToSecret: Entry = Entry::new(
    "TagResource adds tags or overwrites them by key, and UntagResource ignores keys that are \
     missing; both answers are empty. Tags belong to the secret, not to a version.",
    &[recorded!("test_secret_tags", "2024-04-01"), api!("TagResource"), api!("UntagResource")],
)
.matters("A tag can't say anything about one version; use a label of your own for that.");

pub(in crate::evidence) const ReplicationCopiesLabels: Entry = Entry::new(
    "A replica has the values, labels and metadata of its primary and the same ARN but for \
     the Region. Rotation runs on the primary, and the new value reaches the replicas. Until \
     then the status of their Regions is InProgress, afterwards InSync.",
    &[
        model!("StatusType"),
        guide!(
            "replicate-secrets",
            "Secrets Manager rotates the secret in the primary Region, and the new secret value \
             propagates to all of the associated replica secrets.",
        ),
        old_guide!("c3b51cc", "create-manage-multi-region-secrets"),
        issue!("lgallard/terraform-aws-secrets-manager", 188),
        assumed("Is the status InProgress again while a later change is on its way?"),
        assumed("Does a replica show every state that its primary was in, or leave some out?"),
        assumed(
            "Does DescribeSecret show a replica the settings of rotation, or ReplicationStatus?",
        ),
    ],
)
.matters("Readers in another Region may get the old password for a while after the promotion.");

pub(in crate::evidence) const ReplicasGoThroughPrimary: Entry = Entry::new(
    "Replicas are removed at once by a call to their primary; StopReplicationToReplica makes \
     a replica a secret of its own. If a secret of the name is in the way, the status of the \
     Region becomes Failed, unless ForceOverwriteReplicaSecret lets the replica take its place.",
    &[
        model!("ReplicationStatusType"),
        api!("RemoveRegionsFromReplication"),
        api!(
            "StopReplicationToReplica",
            "You must call this operation from the Region in which you want to promote the \
             replica to a primary secret.",
        ),
        api!("ReplicateSecretToRegions", "By default, secrets aren't overwritten."),
        api!("DeleteSecret"),
        quoted(
            "a tester of deployments that ran against AWS in 2026 and met \"Replication failed: \
             Secret name ... is currently replicated to <region> with a different arn\", \
             source not kept",
        ),
        emulated(
            "moto: \"Replication failed: Secret name <name> already exists in region \
             <region>.\" and \"Invalid replica region.\"",
        ),
        assumed("What answers a Region that has a replica already, or has none to remove?"),
        assumed("Which code and text answer the promotion of a secret that is no replica?"),
    ],
)
.contradicted_by("A tester of deployments saw replicas go some time after the call.")
.matters(
    "A replica that was made a secret of its own rotates by itself, and two functions then \
     fight over one database user.",
);

pub(in crate::evidence) const ReplicasMayCrossAccounts: Entry = Entry::new(
    "A replica may be in another account: AssociateCrossAccountReplica, \
     DisassociateCrossAccountReplica, ListResourcePolicies and CrossAccountPrimaryARN serve \
     this.",
    &[
        model!("AssociateCrossAccountReplica"),
        model!("DisassociateCrossAccountReplica"),
        model!("ListResourcePolicies"),
        guide!(
            "cross-account-replicate-secrets",
            "The replica secret is an independent secret that has its own access policies, KMS \
             key, and lifecycle.",
        ),
        guide!(
            "cross-account-replicate-remove",
            "Secrets Manager blocks you from deleting a secret until that account has stopped \
             replication from its own side.",
        ),
        assumed("Which of the metadata of a primary reaches a replica in another account?"),
        assumed("Which codes and texts answer what can't be replicated to another account?"),
    ],
)
.matters(
    "An audit that looks only at the Regions of one account misses copies of the secret \
     elsewhere.",
);
