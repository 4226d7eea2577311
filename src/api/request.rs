//! The requests, one type for each operation.

use serde::de::value::MapDeserializer;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::constraint::{self, At, Limited as _, Violation};
use super::member::{
    Blob, ExternalMetadata, Filter, ReplicaRegion, RotationRules, SecretText, Tag,
};

/// Declares the operations once: a type each, the [`Operation`] that holds any of them, the member lists, and what the
/// model allows in a member (a constant of [`constraint`]; without one, all that its type can hold).
macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident {
        $($(#[$field_doc:meta])* $field:ident / $member:literal : $type:ty $(= $limit:ident)?,)*
    })+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, schemars::JsonSchema)]
            pub struct $name {
                $($(#[$field_doc])* #[serde(rename = $member)] pub $field: $type,)*
            }
        )+

        /// One API call: its operation and the members of its request.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Operation {
            $($(#[$doc])* $name($name),)+
            /// A request that lacks a required member or has one of another type.
            Malformed {
                /// The operation that was called.
                name: OperationName,
                /// What is wrong with its body.
                problem: Problem,
                /// The body as it came. It may have a secret value anywhere.
                body: Value,
            },
        }

        /// The name of an operation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum OperationName {
            $($(#[$doc])* $name,)+
        }

        impl OperationName {
            /// All operations.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The name as AWS writes it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)+
                }
            }

            /// The action that a policy allows or denies, such as `secretsmanager:GetSecretValue`.
            pub const fn action(self) -> &'static str {
                match self {
                    $(Self::$name => concat!("secretsmanager:", stringify!($name)),)+
                }
            }

            /// The members of its request.
            pub const fn members(self) -> &'static [&'static str] {
                match self {
                    $(Self::$name => &[$($member),*],)+
                }
            }

            /// The schema of its request.
            pub fn schema(self) -> schemars::Schema {
                match self {
                    $(Self::$name => schemars::schema_for!($name),)+
                }
            }

            fn read_with_path(self, body: &Value) -> Result<(), serde_path_to_error::Error<serde_json::Error>> {
                match self {
                    $(Self::$name => serde_path_to_error::deserialize::<_, $name>(body).map(drop),)+
                }
            }

            /// Like [`Self::read`], from members that are kept somewhere.
            pub fn read_members<'m>(
                self,
                mut members: impl Iterator<Item = (&'m str, &'m Value)>,
            ) -> Result<Operation, serde_json::Error> {
                // One kind of iterator for all, so that each request is read by one piece of code.
                let members: &mut dyn Iterator<Item = _> = &mut members;
                let members = MapDeserializer::new(members);
                Ok(match self {
                    $(Self::$name => Operation::$name($name::deserialize(members)?),)+
                })
            }

            /// Reads the body of a request. Members the operation doesn't have are ignored, as AWS does.
            pub fn read(self, body: Value) -> Result<Operation, serde_json::Error> {
                Ok(match self {
                    $(Self::$name => Operation::$name(serde_json::from_value(body)?),)+
                })
            }
        }

        impl Operation {
            /// The name of the operation.
            pub const fn name(&self) -> OperationName {
                match self {
                    $(Self::$name(_) => OperationName::$name,)+
                    Self::Malformed { name, .. } => *name,
                }
            }

            /// The members of the request as JSON; those left out are absent.
            pub fn members(&self) -> Value {
                super::json(match self {
                    $(Self::$name(request) => serde_json::to_value(request),)+
                    Self::Malformed { .. } => Ok(Value::Null),
                })
            }

            /// What the model doesn't allow in the request, member by member.
            pub fn violations(&self) -> Vec<Violation> {
                let mut found = Vec::new();
                match self {
                    $(Self::$name(request) => {
                        $($(request.$field.check(&constraint::$limit, At::Member($member), &mut found);)?)*
                    })+
                    Self::Malformed { problem, .. } => found = problem.violations(),
                }
                found
            }
        }
    };
}

/// What is wrong with a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It can't be read: a member has another type, or it is no object.
    Unreadable(String),
    /// It lacks required members.
    Missing {
        /// Where, such as `tags.1.member.key`.
        places: Vec<String>,
        /// The request with empty members put in for those.
        rest: Box<Operation>,
    },
}

impl Problem {
    /// What the model doesn't allow, with the members that are missing.
    fn violations(&self) -> Vec<Violation> {
        let Self::Missing { places, rest } = self else { return Vec::new() };
        let present = rest.violations().into_iter().filter(|it| !places.contains(&it.place));
        places.iter().cloned().map(Violation::missing).chain(present).collect()
    }
}

/// One step of the way to a member that has another type than it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Into a mapping.
    Member(String),
    /// Into a list.
    Entry(usize),
}

impl OperationName {
    /// Checks that a body has the members and types of the operation's request; else where it doesn't, and why.
    pub fn check(self, body: &Value) -> Result<(), (Vec<Place>, String)> {
        let Err(error) = self.read_with_path(body) else { return Ok(()) };
        let place = error.path().iter().filter_map(|segment| match segment {
            serde_path_to_error::Segment::Map { key } => Some(Place::Member(key.clone())),
            serde_path_to_error::Segment::Seq { index } => Some(Place::Entry(*index)),
            serde_path_to_error::Segment::Enum { .. } | serde_path_to_error::Segment::Unknown => {
                None
            }
        });
        Err((place.collect(), error.inner().to_string()))
    }

    /// The action that `AssociateCrossAccountReplica` asks for on the replica. No call has it: "an internal-only operation".
    pub const ACCEPT_REPLICATION: &str = "secretsmanager:AcceptCrossAccountReplication";

    /// All actions that a policy can allow or deny.
    pub fn actions() -> impl Iterator<Item = &'static str> + Clone {
        Self::ALL.iter().copied().map(Self::action).chain([Self::ACCEPT_REPLICATION])
    }

    /// The operation of that name, as AWS writes it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|operation| operation.as_str() == name)
    }
}

operations! {
    /// Creates a secret, with its first version if a value is given.
    CreateSecret {
        /// Name of the secret, 1 to 512 characters.
        name / "Name": String = NAME,
        /// Becomes the id of the version, 32 to 64 characters.
        client_request_token / "ClientRequestToken": Option<String> = TOKEN,
        /// At most 2048 characters; empty counts as none.
        description / "Description": Option<String> = DESCRIPTION,
        /// Key, alias or ARN; the account's default key if left out.
        kms_key_id / "KmsKeyId": Option<String> = KEY_ID,
        /// The value as text, 1 to 65536 bytes.
        secret_string / "SecretString": Option<SecretText> = VALUE,
        /// The value as bytes, 1 to 65536.
        secret_binary / "SecretBinary": Option<Blob> = VALUE,
        /// Tags of the secret.
        tags / "Tags": Option<Vec<Tag>> = PARTS,
        /// Regions to replicate to.
        add_replica_regions / "AddReplicaRegions": Option<Vec<ReplicaRegion>> = REPLICA_REGIONS,
        /// Whether a secret of that name in a replica Region is overwritten.
        force_overwrite_replica_secret / "ForceOverwriteReplicaSecret": Option<bool>,
        /// Type of an external secret.
        secret_type / "Type": Option<String> = SECRET_TYPE,
        /// The primary in another account whose replica the secret becomes.
        cross_account_primary_arn / "CrossAccountPrimaryARN": Option<String> = SECRET_ARN,
    }
    /// Stores a value in a new version, or in the placeholder of a rotation.
    PutSecretValue {
        /// Name or ARN of the secret.
        secret_id / "SecretId": String = SECRET_ID,
        /// Becomes the id of the version, 32 to 64 characters.
        client_request_token / "ClientRequestToken": Option<String> = TOKEN,
        /// The value as text, 1 to 65536 bytes.
        secret_string / "SecretString": Option<SecretText> = VALUE,
        /// The value as bytes, 1 to 65536.
        secret_binary / "SecretBinary": Option<Blob> = VALUE,
        /// Labels for the version, 1 to 20; AWSCURRENT if left out.
        version_stages / "VersionStages": Option<Vec<String>> = STAGES,
        /// Proves that the caller is the rotation function.
        rotation_token / "RotationToken": Option<String> = ROTATION_TOKEN,
    }
    /// Changes metadata, and stores a value in a new current version if one is given.
    UpdateSecret {
        /// Name or ARN of the secret.
        secret_id / "SecretId": String = SECRET_ID,
        /// Becomes the id of the version, 32 to 64 characters.
        client_request_token / "ClientRequestToken": Option<String> = TOKEN,
        /// At most 2048 characters.
        description / "Description": Option<String> = DESCRIPTION,
        /// Key, alias or ARN; empty goes back to the default key.
        kms_key_id / "KmsKeyId": Option<String> = KEY_ID,
        /// The value as text, 1 to 65536 bytes.
        secret_string / "SecretString": Option<SecretText> = VALUE,
        /// The value as bytes, 1 to 65536.
        secret_binary / "SecretBinary": Option<Blob> = VALUE,
        /// Type of an external secret.
        secret_type / "Type": Option<String> = SECRET_TYPE,
    }
    /// Moves, adds or removes one staging label.
    UpdateSecretVersionStage {
        /// Name or ARN of the secret.
        secret_id / "SecretId": String = SECRET_ID,
        /// The label, 1 to 256 characters.
        version_stage / "VersionStage": String = STAGE,
        /// The version that has the label now.
        remove_from_version_id / "RemoveFromVersionId": Option<String> = VERSION_ID,
        /// The version that gets it.
        move_to_version_id / "MoveToVersionId": Option<String> = VERSION_ID,
    }
    /// Reads the value of one version.
    GetSecretValue {
        /// Name or ARN of the secret.
        secret_id / "SecretId": String = SECRET_ID,
        /// The version with that id.
        version_id / "VersionId": Option<String> = VERSION_ID,
        /// The version with that label; AWSCURRENT if neither is given.
        version_stage / "VersionStage": Option<String> = STAGE,
    }
    /// Reads the current values of several secrets.
    BatchGetSecretValue {
        /// Names or ARNs of the secrets, 1 to 20; excludes `Filters`.
        secret_id_list / "SecretIdList": Option<Vec<String>> = SECRET_IDS,
        /// What must match; excludes `SecretIdList`.
        filters / "Filters": Option<Vec<Filter>> = FILTERS,
        /// Secrets on a page, 1 to 20, beside `Filters` only.
        max_results / "MaxResults": Option<i64> = BATCH_PAGE,
        /// Where the page before ended.
        next_token / "NextToken": Option<String> = NEXT_TOKEN,
    }
    /// Shows everything about a secret but its values.
    DescribeSecret {
        /// Name or ARN of the secret.
        secret_id / "SecretId": String = SECRET_ID,
    }
    /// Lists the versions of a secret.
    ListSecretVersionIds {
        /// Name or ARN of the secret.
        secret_id / "SecretId": String = SECRET_ID,
        /// Entries on a page, 1 to 100.
        max_results / "MaxResults": Option<i64> = PAGE,
        /// Where the page before ended.
        next_token / "NextToken": Option<String> = NEXT_TOKEN,
        /// Whether versions without labels are listed too.
        include_deprecated / "IncludeDeprecated": Option<bool>,
    }
    /// Lists the secrets of the caller's account.
    ListSecrets {
        /// Whether secrets that wait for deletion are listed too.
        include_planned_deletion / "IncludePlannedDeletion": Option<bool>,
        /// Entries on a page, 1 to 100.
        max_results / "MaxResults": Option<i64> = SECRETS_PAGE,
        /// Where the page before ended.
        next_token / "NextToken": Option<String> = NEXT_TOKEN,
        /// What must match.
        filters / "Filters": Option<Vec<Filter>> = FILTERS,
        /// `asc` or `desc` by creation.
        sort_order / "SortOrder": Option<String> = SORT_ORDER,
        /// What to sort by.
        sort_by / "SortBy": Option<String> = SORT_BY,
    }
    /// Schedules the deletion of a secret, or deletes it at once.
    DeleteSecret {
        /// Name or ARN of the secret.
        secret_id / "SecretId": String = SECRET_ID,
        /// Days until the secret goes, 7 to 30; 30 if left out.
        recovery_window_in_days / "RecoveryWindowInDays": Option<i64>,
        /// Whether it goes without a recovery window.
        force_delete_without_recovery / "ForceDeleteWithoutRecovery": Option<bool>,
    }
    /// Takes back a scheduled deletion.
    RestoreSecret {
        /// Name or ARN of the secret.
        secret_id / "SecretId": String = SECRET_ID,
    }
    /// Configures rotation and starts one.
    RotateSecret {
        /// Name or ARN of the secret.
        secret_id / "SecretId": String = SECRET_ID,
        /// Becomes the id of the new version, 32 to 64 characters.
        client_request_token / "ClientRequestToken": Option<String> = TOKEN,
        /// The rotation function.
        rotation_lambda_arn / "RotationLambdaARN": Option<String> = FUNCTION_ARN,
        /// When the secret rotates.
        rotation_rules / "RotationRules": Option<RotationRules> = PARTS,
        /// Whether it rotates now (the default) or the function is tested only.
        rotate_immediately / "RotateImmediately": Option<bool>,
        /// Metadata of an external secret's rotation.
        external_secret_rotation_metadata / "ExternalSecretRotationMetadata": Option<Vec<ExternalMetadata>> = PARTS,
        /// Role for an external secret's rotation.
        external_secret_rotation_role_arn / "ExternalSecretRotationRoleArn": Option<String> = ROLE_ARN,
    }
    /// Turns rotation off and cancels the running one.
    CancelRotateSecret {
        /// Name or ARN of the secret.
        secret_id / "SecretId": String = SECRET_ID,
    }
    /// Makes replicas of a secret in other Regions.
    ReplicateSecretToRegions {
        /// Name or ARN of the secret.
        secret_id / "SecretId": String = SECRET_ID,
        /// Regions to replicate to.
        add_replica_regions / "AddReplicaRegions": Vec<ReplicaRegion> = REPLICA_REGIONS,
        /// Whether a secret of that name in a replica Region is overwritten.
        force_overwrite_replica_secret / "ForceOverwriteReplicaSecret": Option<bool>,
    }
    /// Deletes replicas of a secret.
    RemoveRegionsFromReplication {
        /// Name or ARN of the secret.
        secret_id / "SecretId": String = SECRET_ID,
        /// The Regions of the replicas.
        remove_replica_regions / "RemoveReplicaRegions": Vec<String> = REGIONS,
    }
    /// Makes a replica a secret of its own.
    StopReplicationToReplica {
        /// Name or ARN of the replica.
        secret_id / "SecretId": String = SECRET_ID,
    }
    /// Begins to replicate a secret to a replica in another account.
    AssociateCrossAccountReplica {
        /// Name or ARN of the primary.
        secret_id / "SecretId": String = SECRET_ID,
        /// ARN of the replica.
        cross_account_replica_arn / "CrossAccountReplicaARN": String = SECRET_ARN,
        /// Whether the replica's account must be of the same organization (the default).
        replica_restriction / "ReplicaRestriction": Option<String> = REPLICA_RESTRICTION,
        /// The role in the account of the primary that replicates.
        replication_role_arn / "ReplicationRoleARN": Option<String> = ROLE_ARN,
    }
    /// Ends the replication to a replica in another account.
    DisassociateCrossAccountReplica {
        /// Name or ARN of the primary.
        secret_id / "SecretId": String = SECRET_ID,
        /// ARN of the replica.
        cross_account_replica_arn / "CrossAccountReplicaARN": String = SECRET_ARN,
    }
    /// Adds tags or overwrites their values.
    TagResource {
        /// Name or ARN of the secret.
        secret_id / "SecretId": String = SECRET_ID,
        /// The tags.
        tags / "Tags": Vec<Tag> = PARTS,
    }
    /// Removes tags.
    UntagResource {
        /// Name or ARN of the secret.
        secret_id / "SecretId": String = SECRET_ID,
        /// The keys of the tags.
        tag_keys / "TagKeys": Vec<String> = TAG_KEYS,
    }
    /// Attaches a resource policy.
    PutResourcePolicy {
        /// Name or ARN of the secret.
        secret_id / "SecretId": String = SECRET_ID,
        /// The policy as JSON text.
        resource_policy / "ResourcePolicy": String = POLICY,
        /// Whether a policy open to everybody is refused.
        block_public_policy / "BlockPublicPolicy": Option<bool>,
    }
    /// Reads the resource policy.
    GetResourcePolicy {
        /// Name or ARN of the secret.
        secret_id / "SecretId": String = SECRET_ID,
    }
    /// Lists the names of the resource policies.
    ListResourcePolicies {
        /// Name or ARN of the secret.
        secret_id / "SecretId": String = SECRET_ID,
        /// Entries on a page, 1 to 100.
        max_results / "MaxResults": Option<i64> = SECRETS_PAGE,
        /// Where the page before ended.
        next_token / "NextToken": Option<String> = NEXT_TOKEN,
    }
    /// Removes the resource policy.
    DeleteResourcePolicy {
        /// Name or ARN of the secret.
        secret_id / "SecretId": String = SECRET_ID,
    }
    /// Checks a resource policy without attaching it.
    ValidateResourcePolicy {
        /// Name or ARN of the secret.
        secret_id / "SecretId": Option<String> = SECRET_ID,
        /// The policy as JSON text.
        resource_policy / "ResourcePolicy": String = POLICY,
    }
    /// Makes a random password.
    GetRandomPassword {
        /// Its length, 1 to 4096; 32 if left out.
        password_length / "PasswordLength": Option<i64> = PASSWORD_LENGTH,
        /// Characters it must not have.
        exclude_characters / "ExcludeCharacters": Option<String> = EXCLUDED,
        /// Whether it has no digits.
        exclude_numbers / "ExcludeNumbers": Option<bool>,
        /// Whether it has no punctuation.
        exclude_punctuation / "ExcludePunctuation": Option<bool>,
        /// Whether it has no upper-case letters.
        exclude_uppercase / "ExcludeUppercase": Option<bool>,
        /// Whether it has no lower-case letters.
        exclude_lowercase / "ExcludeLowercase": Option<bool>,
        /// Whether it may have spaces.
        include_space / "IncludeSpace": Option<bool>,
        /// Whether it has at least one character of each kind (the default).
        require_each_included_type / "RequireEachIncludedType": Option<bool>,
    }
}

impl Operation {
    /// The `ClientRequestToken` of the request, for the operations that demand one.
    #[expect(clippy::wildcard_enum_match_arm, reason = "four of many operations have one")]
    pub const fn token_mut(&mut self) -> Option<&mut Option<String>> {
        match self {
            Self::CreateSecret(call) => Some(&mut call.client_request_token),
            Self::PutSecretValue(call) => Some(&mut call.client_request_token),
            Self::UpdateSecret(call) => Some(&mut call.client_request_token),
            Self::RotateSecret(call) => Some(&mut call.client_request_token),
            _ => None,
        }
    }

    /// Whether the operation demands a `ClientRequestToken` and the request has none.
    pub fn lacks_token(&self) -> bool {
        self.token_member() == Some(&None)
    }

    /// The `ClientRequestToken` of the request.
    pub fn token(&self) -> Option<&str> {
        self.token_member()?.as_deref()
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "four of many operations have one")]
    const fn token_member(&self) -> Option<&Option<String>> {
        match self {
            Self::CreateSecret(call) => Some(&call.client_request_token),
            Self::PutSecretValue(call) => Some(&call.client_request_token),
            Self::UpdateSecret(call) => Some(&call.client_request_token),
            Self::RotateSecret(call) => Some(&call.client_request_token),
            _ => None,
        }
    }
}
