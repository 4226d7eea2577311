//! The requests, one type for each operation.

use serde::de::{Error as _, IntoDeserializer as _};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// Declares the operations once: a type each, the [`Operation`] that holds any of them, and the member lists.
macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident {
        $($(#[$field_doc:meta])* $field:ident / $member:literal : $type:ty,)*
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
                problem: String,
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

            /// Like [`Self::read`], from members that are kept.
            pub fn read_members(self, members: &Map<String, Value>) -> Result<Operation, serde_json::Error> {
                Ok(match self {
                    $(Self::$name => Operation::$name($name::deserialize(members.into_deserializer())?),)+
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
        }
    };
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

    /// The action that a policy allows or denies, such as `secretsmanager:GetSecretValue`.
    pub fn action(self) -> String {
        format!("secretsmanager:{}", self.as_str())
    }

    /// The operation of that name, as AWS writes it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|operation| operation.as_str() == name)
    }
}

/// Bytes that travel as base64 text.
#[derive(Clone, PartialEq, Eq)]
pub struct Blob(pub Vec<u8>);

impl std::fmt::Debug for Blob {
    /// Shows the length alone: the bytes may be a secret value.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Blob({} bytes)", self.0.len())
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use base64::Engine as _;
        let text = String::deserialize(deserializer)?;
        let bytes = base64::engine::general_purpose::STANDARD.decode(text.as_bytes());
        bytes.map(Self).map_err(|_| D::Error::custom("expected base64 text"))
    }
}

impl Serialize for Blob {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use base64::Engine as _;
        serializer.serialize_str(&base64::engine::general_purpose::STANDARD.encode(&self.0))
    }
}

impl schemars::JsonSchema for Blob {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Blob".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "contentEncoding": "base64" })
    }
}

/// A text that is a secret value, kept out of `Debug` output.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(transparent)]
pub struct SecretText(pub String);

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SecretText({} bytes)", self.0.len())
    }
}

/// A tag of a secret.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    /// Its key.
    pub key: String,
    /// Its value.
    #[serde(default)]
    pub value: String,
}

/// When a secret rotates.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Deserialize,
    Serialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "PascalCase")]
pub struct RotationRules {
    /// Days between rotations, 1 to 1000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub automatically_after_days: Option<i64>,
    /// Length of the window in hours, such as `3h`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<String>,
    /// A `rate()` or `cron()` expression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule_expression: Option<String>,
}

/// One filter of `ListSecrets`; all filters of a request must match.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Filter {
    /// What is looked at: `name`, `description`, `tag-key`, `tag-value`, `primary-region`, `owning-service`, `all`.
    pub key: String,
    /// The beginnings to look for; `!` in front of one negates it.
    pub values: Vec<String>,
}

/// A Region to replicate to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ReplicaRegion {
    /// The Region.
    pub region: Option<String>,
    /// The key of the replica.
    pub kms_key_id: Option<String>,
}

/// Metadata of an external secret's rotation.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ExternalMetadata {
    /// Its key.
    pub key: Option<String>,
    /// Its value.
    pub value: Option<String>,
}

operations! {
    /// Creates a secret, with its first version if a value is given.
    CreateSecret {
        /// Name of the secret, 1 to 512 characters.
        name / "Name": String,
        /// Becomes the id of the version, 32 to 64 characters.
        client_request_token / "ClientRequestToken": Option<String>,
        /// At most 2048 characters; empty counts as none.
        description / "Description": Option<String>,
        /// Key, alias or ARN; the account's default key if left out.
        kms_key_id / "KmsKeyId": Option<String>,
        /// The value as text, 1 to 65536 bytes.
        secret_string / "SecretString": Option<SecretText>,
        /// The value as bytes, 1 to 65536.
        secret_binary / "SecretBinary": Option<Blob>,
        /// Tags of the secret.
        tags / "Tags": Option<Vec<Tag>>,
        /// Regions to replicate to.
        add_replica_regions / "AddReplicaRegions": Option<Vec<ReplicaRegion>>,
        /// Whether a secret of that name in a replica Region is overwritten.
        force_overwrite_replica_secret / "ForceOverwriteReplicaSecret": Option<bool>,
        /// Type of an external secret.
        secret_type / "Type": Option<String>,
    }
    /// Stores a value in a new version, or in the placeholder of a rotation.
    PutSecretValue {
        /// Name or ARN of the secret.
        secret_id / "SecretId": String,
        /// Becomes the id of the version, 32 to 64 characters.
        client_request_token / "ClientRequestToken": Option<String>,
        /// The value as text, 1 to 65536 bytes.
        secret_string / "SecretString": Option<SecretText>,
        /// The value as bytes, 1 to 65536.
        secret_binary / "SecretBinary": Option<Blob>,
        /// Labels for the version, 1 to 20; AWSCURRENT if left out.
        version_stages / "VersionStages": Option<Vec<String>>,
        /// Proves that the caller is the rotation function.
        rotation_token / "RotationToken": Option<String>,
    }
    /// Changes metadata, and stores a value in a new current version if one is given.
    UpdateSecret {
        /// Name or ARN of the secret.
        secret_id / "SecretId": String,
        /// Becomes the id of the version, 32 to 64 characters.
        client_request_token / "ClientRequestToken": Option<String>,
        /// At most 2048 characters.
        description / "Description": Option<String>,
        /// Key, alias or ARN; empty goes back to the default key.
        kms_key_id / "KmsKeyId": Option<String>,
        /// The value as text, 1 to 65536 bytes.
        secret_string / "SecretString": Option<SecretText>,
        /// The value as bytes, 1 to 65536.
        secret_binary / "SecretBinary": Option<Blob>,
        /// Type of an external secret.
        secret_type / "Type": Option<String>,
    }
    /// Moves, adds or removes one staging label.
    UpdateSecretVersionStage {
        /// Name or ARN of the secret.
        secret_id / "SecretId": String,
        /// The label, 1 to 256 characters.
        version_stage / "VersionStage": String,
        /// The version that has the label now.
        remove_from_version_id / "RemoveFromVersionId": Option<String>,
        /// The version that gets it.
        move_to_version_id / "MoveToVersionId": Option<String>,
    }
    /// Reads the value of one version.
    GetSecretValue {
        /// Name or ARN of the secret.
        secret_id / "SecretId": String,
        /// The version with that id.
        version_id / "VersionId": Option<String>,
        /// The version with that label; AWSCURRENT if neither is given.
        version_stage / "VersionStage": Option<String>,
    }
    /// Shows everything about a secret but its values.
    DescribeSecret {
        /// Name or ARN of the secret.
        secret_id / "SecretId": String,
    }
    /// Lists the versions of a secret.
    ListSecretVersionIds {
        /// Name or ARN of the secret.
        secret_id / "SecretId": String,
        /// Entries on a page, 1 to 100.
        max_results / "MaxResults": Option<i64>,
        /// Where the page before ended.
        next_token / "NextToken": Option<String>,
        /// Whether versions without labels are listed too.
        include_deprecated / "IncludeDeprecated": Option<bool>,
    }
    /// Lists the secrets of the caller's account.
    ListSecrets {
        /// Whether secrets that wait for deletion are listed too.
        include_planned_deletion / "IncludePlannedDeletion": Option<bool>,
        /// Entries on a page, 1 to 100.
        max_results / "MaxResults": Option<i64>,
        /// Where the page before ended.
        next_token / "NextToken": Option<String>,
        /// What must match.
        filters / "Filters": Option<Vec<Filter>>,
        /// `asc` or `desc` by creation.
        sort_order / "SortOrder": Option<String>,
        /// What to sort by.
        sort_by / "SortBy": Option<String>,
    }
    /// Schedules the deletion of a secret, or deletes it at once.
    DeleteSecret {
        /// Name or ARN of the secret.
        secret_id / "SecretId": String,
        /// Days until the secret goes, 7 to 30; 30 if left out.
        recovery_window_in_days / "RecoveryWindowInDays": Option<i64>,
        /// Whether it goes without a recovery window.
        force_delete_without_recovery / "ForceDeleteWithoutRecovery": Option<bool>,
    }
    /// Takes back a scheduled deletion.
    RestoreSecret {
        /// Name or ARN of the secret.
        secret_id / "SecretId": String,
    }
    /// Configures rotation and starts one.
    RotateSecret {
        /// Name or ARN of the secret.
        secret_id / "SecretId": String,
        /// Becomes the id of the new version, 32 to 64 characters.
        client_request_token / "ClientRequestToken": Option<String>,
        /// The rotation function.
        rotation_lambda_arn / "RotationLambdaARN": Option<String>,
        /// When the secret rotates.
        rotation_rules / "RotationRules": Option<RotationRules>,
        /// Whether it rotates now (the default) or the function is tested only.
        rotate_immediately / "RotateImmediately": Option<bool>,
        /// Metadata of an external secret's rotation.
        external_secret_rotation_metadata / "ExternalSecretRotationMetadata": Option<Vec<ExternalMetadata>>,
        /// Role for an external secret's rotation.
        external_secret_rotation_role_arn / "ExternalSecretRotationRoleArn": Option<String>,
    }
    /// Turns rotation off and cancels the running one.
    CancelRotateSecret {
        /// Name or ARN of the secret.
        secret_id / "SecretId": String,
    }
    /// Adds tags or overwrites their values.
    TagResource {
        /// Name or ARN of the secret.
        secret_id / "SecretId": String,
        /// The tags.
        tags / "Tags": Vec<Tag>,
    }
    /// Removes tags.
    UntagResource {
        /// Name or ARN of the secret.
        secret_id / "SecretId": String,
        /// The keys of the tags.
        tag_keys / "TagKeys": Vec<String>,
    }
    /// Attaches a resource policy.
    PutResourcePolicy {
        /// Name or ARN of the secret.
        secret_id / "SecretId": String,
        /// The policy as JSON text.
        resource_policy / "ResourcePolicy": String,
        /// Whether a policy open to everybody is refused.
        block_public_policy / "BlockPublicPolicy": Option<bool>,
    }
    /// Reads the resource policy.
    GetResourcePolicy {
        /// Name or ARN of the secret.
        secret_id / "SecretId": String,
    }
    /// Removes the resource policy.
    DeleteResourcePolicy {
        /// Name or ARN of the secret.
        secret_id / "SecretId": String,
    }
    /// Checks a resource policy without attaching it.
    ValidateResourcePolicy {
        /// Name or ARN of the secret.
        secret_id / "SecretId": Option<String>,
        /// The policy as JSON text.
        resource_policy / "ResourcePolicy": String,
    }
    /// Makes a random password.
    GetRandomPassword {
        /// Its length, 1 to 4096; 32 if left out.
        password_length / "PasswordLength": Option<i64>,
        /// Characters it must not have.
        exclude_characters / "ExcludeCharacters": Option<String>,
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

    /// The `ClientRequestToken` of the request.
    #[expect(clippy::wildcard_enum_match_arm, reason = "four of many operations have one")]
    pub fn token(&self) -> Option<&str> {
        match self {
            Self::CreateSecret(call) => call.client_request_token.as_deref(),
            Self::PutSecretValue(call) => call.client_request_token.as_deref(),
            Self::UpdateSecret(call) => call.client_request_token.as_deref(),
            Self::RotateSecret(call) => call.client_request_token.as_deref(),
            _ => None,
        }
    }
}
