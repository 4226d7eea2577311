//! `CloudTrail` records of what happened: one for each call, and one for each event that the service logs by itself.
//!
//! The shapes are those of records that AWS documents or users have published. What no source shows is a guess, and says
//! so where it is made. Secret values are not in the records, whatever is asked for: AWS leaves their members out too.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::api::{ErrorCode, Operation, OperationName, Reply};
use crate::caller::Caller;
use crate::scenario::SECRET_MEMBERS;
use crate::secret::SecretArn;
use crate::seed::{Purpose, Stream};
use crate::service::{EventName, ServiceEvent};
use crate::time::Timestamp;
use crate::world::{Actor, Event, Trace, TraceStep};

/// The version of the record format: what `CloudTrail` has written since 2024.
const EVENT_VERSION: &str = "1.11";

/// What the service calls itself.
const SERVICE: &str = "secretsmanager.amazonaws.com";

/// Where callers call from: an address that is set aside for examples.
const ADDRESS: &str = "192.0.2.1";

/// With what callers call. It says where the records come from; an SDK would tell its own name.
const USER_AGENT: &str = "stagewright";

/// Letters and digits of the ids that IAM gives to principals and keys.
const ID_LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The records of some runs, in the order of the runs and of their steps.
#[derive(Clone, Debug)]
pub struct Trail {
    records: Vec<Value>,
    /// Ids of requests and records. One stream for all runs, so that no two records share an id.
    ids: Stream,
}

impl Default for Trail {
    fn default() -> Self {
        Self { records: Vec::new(), ids: Stream::new(0, Purpose::Records) }
    }
}

impl Trail {
    /// Adds what happened in one run: in `region`, where nothing says otherwise.
    pub fn add(&mut self, trace: &Trace, region: &str) {
        let mut sessions: BTreeMap<Arc<str>, Timestamp> = BTreeMap::new();
        for step in &trace.steps {
            if let (Actor::Caller(by), Event::Call(operation)) = (&step.actor, &step.event) {
                let since = *sessions.entry(Arc::clone(&by.arn)).or_insert(step.at);
                let region = by.region.as_deref().unwrap_or(region);
                self.call(step, by, operation, since, region);
            }
            let secret = step.secret.as_ref();
            for (event, secret) in step.events.iter().filter_map(|event| Some((event, secret?))) {
                self.event(step.at, event, secret, secret.region());
            }
        }
    }

    /// The records in the form of `CloudTrail`'s log files.
    pub fn into_json(self) -> Value {
        json!({ "Records": self.records })
    }

    /// Adds the record of a call. A call to another account's secret has a second record, in that account's log.
    fn call(
        &mut self,
        step: &TraceStep,
        by: &Caller,
        operation: &Operation,
        since: Timestamp,
        region: &str,
    ) {
        let name = operation.name();
        let error = step.outcome.as_ref().err();
        let is_denied = error.is_some_and(|it| it.code == ErrorCode::AccessDeniedException);
        let mut call = Map::new();
        call.insert("eventName".to_owned(), name.as_str().into());
        call.insert("eventType".to_owned(), "AwsApiCall".into());
        call.insert("readOnly".to_owned(), is_read(name).into());
        call.insert("sourceIPAddress".to_owned(), ADDRESS.into());
        call.insert("userAgent".to_owned(), USER_AGENT.into());
        call.insert("requestID".to_owned(), self.ids.token_text().into());
        // Parameters are not shown of calls that were denied.
        let parameters = if is_denied { Value::Null } else { request_parameters(operation) };
        call.insert("requestParameters".to_owned(), parameters);
        let response = step.outcome.as_ref().ok().filter(|_| !is_read(name));
        let response = response
            .map_or(Value::Null, |reply| response_elements(name, reply, step.secret.as_ref()));
        call.insert("responseElements".to_owned(), response);
        if let Some(error) = error {
            let code = if is_denied { "AccessDenied" } else { error.code.as_str() };
            call.insert("errorCode".to_owned(), code.into());
            call.insert("errorMessage".to_owned(), error.message.as_str().into());
        }
        // Whether a denied call is in the owner's log too is not known. It is taken not to be: nothing of the owner's was
        // touched.
        let owner = step.secret.as_ref().map(SecretArn::account);
        let owner = owner.filter(|owner| *owner != by.account.as_str() && !is_denied);
        if let Some(owner) = owner {
            call.insert("sharedEventID".to_owned(), self.ids.token_text().into());
            // The owner is told the account of the caller and an id, not its name.
            let identity = json!({
                "type": "AWSAccount",
                "principalId": Principal::of(by).id,
                "accountId": by.account,
            });
            self.record(
                step.at,
                region,
                by.account.as_str(),
                user_identity(by, since),
                call.clone(),
            );
            self.record(step.at, region, owner, identity, call);
        } else {
            self.record(step.at, region, by.account.as_str(), user_identity(by, since), call);
        }
    }

    /// Adds the record of something that the service logs by itself.
    fn event(&mut self, at: Timestamp, event: &ServiceEvent, secret: &SecretArn, region: &str) {
        let mut members = Map::new();
        members.insert("eventName".to_owned(), event.name.as_str().into());
        members.insert("eventType".to_owned(), "AwsServiceEvent".into());
        members.insert("readOnly".to_owned(), false.into());
        members.insert("sourceIPAddress".to_owned(), SERVICE.into());
        members.insert("userAgent".to_owned(), SERVICE.into());
        members.insert("requestParameters".to_owned(), Value::Null);
        members.insert("responseElements".to_owned(), Value::Null);
        let mut data = Map::new();
        data.insert("SecretId".to_owned(), secret.as_str().into());
        let request = if is_of_rotation(event.name) {
            // Published for RotationSucceeded and RotationFailed; the others are taken to be alike.
            format!("Rotation-{secret}-{}", event.version)
        } else {
            // No record of a deletion was found that shows which version is meant, or what the request is called.
            data.insert("SecretVersionId".to_owned(), event.version.as_str().into());
            self.ids.token_text()
        };
        members.insert("requestID".to_owned(), request.into());
        members.insert("additionalEventData".to_owned(), Value::Object(data));
        if let Some(error) = &event.error {
            members.insert("errorMessage".to_owned(), error.as_str().into());
        }
        let account = secret.account();
        let identity = json!({ "accountId": account, "invokedBy": SERVICE });
        self.record(at, region, account, identity, members);
    }

    /// Adds a record: what all have, and the members of this one.
    fn record(
        &mut self,
        at: Timestamp,
        region: &str,
        recipient: &str,
        identity: Value,
        mut members: Map<String, Value>,
    ) {
        members.insert("awsRegion".to_owned(), region.into());
        members.insert("eventCategory".to_owned(), "Management".into());
        members.insert("eventID".to_owned(), self.ids.token_text().into());
        members.insert("eventSource".to_owned(), SERVICE.into());
        members.insert("eventTime".to_owned(), at.second().to_string().into());
        members.insert("eventVersion".to_owned(), EVENT_VERSION.into());
        members.insert("managementEvent".to_owned(), true.into());
        members.insert("recipientAccountId".to_owned(), recipient.into());
        members.insert("userIdentity".to_owned(), identity);
        self.records.push(Value::Object(members));
    }
}

/// Who calls, as IAM knows it.
struct Principal<'a> {
    /// `principalId`: of a role, with the name of the session.
    id: String,
    /// The access key that the call is signed with.
    key: String,
    /// Role and session; `None` for a user.
    session: Option<(&'a str, &'a str)>,
}

impl<'a> Principal<'a> {
    /// The same caller has the same ids in every run. Like the ids in AWS's documents they end in `EXAMPLE`, by which
    /// scanners for leaked keys know that they are none.
    fn of(by: &'a Caller) -> Self {
        let resource = by.arn.split_once(":assumed-role/").map(|(_, resource)| resource);
        let session = resource.and_then(|resource| resource.split_once('/'));
        let mut stream = Stream::new(digest(&by.arn), Purpose::Records);
        let mut drawn = |prefix: &str, count: usize| {
            let letters: String = (0..count).map(|_| stream.pick(ID_LETTERS)).collect();
            format!("{prefix}{letters}EXAMPLE")
        };
        match session {
            Some((_, name)) => {
                Self { id: format!("{}:{name}", drawn("AROA", 10)), key: drawn("ASIA", 9), session }
            }
            None => Self { id: drawn("AIDA", 10), key: drawn("AKIA", 9), session },
        }
    }
}

/// A number for a text (FNV-1a).
fn digest(text: &str) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325_u64;
    text.bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// `userIdentity` of a caller, in its own account's log. A session begins with its first call, as far as a trace tells.
fn user_identity(by: &Caller, since: Timestamp) -> Value {
    let Principal { id, key, session } = Principal::of(by);
    let account = by.account.as_str();
    let Some((role, _)) = session else {
        return json!({
            "type": "IAMUser",
            "principalId": id,
            "arn": &*by.arn,
            "accountId": account,
            "accessKeyId": key,
            "userName": by.arn.rsplit('/').next(),
        });
    };
    json!({
        "type": "AssumedRole",
        "principalId": id,
        "arn": &*by.arn,
        "accountId": account,
        "accessKeyId": key,
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": id.split(':').next(),
                "arn": format!("arn:aws:iam::{account}:role/{role}"),
                "accountId": account,
                "userName": role,
            },
            "attributes": {
                "creationDate": since.second().to_string(),
                "mfaAuthenticated": "false",
            },
        },
    })
}

/// `requestParameters`: the members of the request but those that hold secrets, which AWS leaves out.
///
/// `RotationToken` is among these by analogy: the API model marks it as sensitive like the values.
fn request_parameters(operation: &Operation) -> Value {
    let mut members = operation.members();
    if let Value::Object(members) = &mut members {
        members
            .retain(|name, _| name != "RotationToken" && !SECRET_MEMBERS.contains(&name.as_str()));
        if members.is_empty() {
            return Value::Null;
        }
    }
    lower_camel(members)
}

/// `responseElements` of a call that changes something.
///
/// Those that take a value, and the two for tags, show the ARN alone; seen so for `CreateSecret` and `PutSecretValue`.
/// `DeleteSecret` shows its whole answer. The others are documented to have the ARN; the rest of the answer beside it is a
/// guess after `DeleteSecret`.
fn response_elements(name: OperationName, reply: &Reply, secret: Option<&SecretArn>) -> Value {
    let shows_arn_alone = matches!(
        name,
        OperationName::CreateSecret
            | OperationName::PutSecretValue
            | OperationName::UpdateSecret
            | OperationName::TagResource
            | OperationName::UntagResource
    );
    if shows_arn_alone {
        return json!({ "arn": reply.arn().or(secret) });
    }
    let mut members = lower_camel(reply.members());
    if let (Value::Object(members), Reply::Deletion(reply)) = (&mut members, reply) {
        members.insert("deletionDate".to_owned(), reply.deletion_date.in_words().into());
    }
    members
}

/// Members as `CloudTrail` writes them: `SecretId` is `secretId`, `ARN` is `arn` (and was `aRN` until February 2024).
fn lower_camel(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter().map(|(name, value)| {
                let mut letters = name.chars();
                let name = match letters.next() {
                    _ if name == "ARN" => "arn".to_owned(),
                    Some(first) => format!("{}{}", first.to_ascii_lowercase(), letters.as_str()),
                    None => name,
                };
                (name, lower_camel(value))
            });
            Value::Object(members.collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(lower_camel).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

/// Whether an operation changes nothing.
const fn is_read(name: OperationName) -> bool {
    match name {
        OperationName::GetSecretValue
        | OperationName::BatchGetSecretValue
        | OperationName::DescribeSecret
        | OperationName::ListSecretVersionIds
        | OperationName::ListSecrets
        | OperationName::GetResourcePolicy
        | OperationName::ListResourcePolicies
        | OperationName::ValidateResourcePolicy
        | OperationName::GetRandomPassword => true,
        OperationName::CreateSecret
        | OperationName::PutSecretValue
        | OperationName::UpdateSecret
        | OperationName::UpdateSecretVersionStage
        | OperationName::DeleteSecret
        | OperationName::RestoreSecret
        | OperationName::RotateSecret
        | OperationName::CancelRotateSecret
        | OperationName::ReplicateSecretToRegions
        | OperationName::RemoveRegionsFromReplication
        | OperationName::StopReplicationToReplica
        | OperationName::AssociateCrossAccountReplica
        | OperationName::DisassociateCrossAccountReplica
        | OperationName::TagResource
        | OperationName::UntagResource
        | OperationName::PutResourcePolicy
        | OperationName::DeleteResourcePolicy => false,
    }
}

/// Whether an event is about a rotation, or its test; else it is about the deletion of a version.
const fn is_of_rotation(name: EventName) -> bool {
    match name {
        EventName::RotationStarted
        | EventName::RotationSucceeded
        | EventName::RotationFailed
        | EventName::RotationAbandoned
        | EventName::TestRotationStarted
        | EventName::TestRotationSucceeded
        | EventName::TestRotationFailed => true,
        EventName::StartSecretVersionDelete
        | EventName::CancelSecretVersionDelete
        | EventName::EndSecretVersionDelete => false,
    }
}
