//! The service: secrets, and one entry that applies a call to them.

mod batch;
mod constraint;
mod cross_account;
mod due;
mod event;
mod facts;
mod index;
mod invoked;
mod lag;
mod lifecycle;
mod list;
mod managed;
mod order;
mod password;
mod policy;
mod read;
mod refusal;
mod replica;
mod replicate;
mod rotate;
mod run;
mod secret;
mod stage;
mod tag;
mod view;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::api::{Empty, ErrorCode, Operation, OperationName, Reply, ServiceError};
use crate::assumption::Assumptions;
use crate::caller::Caller;
use crate::evidence::{Rule, RuleSet};
use crate::permission::Permissions;
use crate::secret::{AccountId, SecretArn, SecretId, SecretName};
use crate::seed::{Purpose, Stream};
use crate::time::{Span, Timestamp};

use index::Index;
use lag::Lags;
use secret::{Book, Secret};

pub use due::ServiceAct;
pub use event::{EventName, ServiceEvent};
pub use invoked::Invoked;
pub use managed::ManagedSecret;
pub use run::{CLEANUP_DELAY, retry_pause};
pub use secret::{LabelMove, VERSIONS_MAX};
pub use view::{Observed, SecretView, VersionView};

/// Where and with what the service stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The account of callers that are not named otherwise.
    pub account: AccountId,
    /// The Region of callers that name no other.
    pub region: Arc<str>,
    /// The random characters of every ARN, if they are to be known.
    pub arn_suffix: Option<Arc<str>>,
    /// Where everything that looks random comes from.
    pub seed: u64,
    /// How unknown behavior is taken to be.
    pub assume: Assumptions,
    /// Rotation functions that can't be invoked; every other ARN is taken to exist.
    pub missing_functions: BTreeSet<String>,
    /// Which rotation functions are invoked. Their rotations start by their schedule; for all others, the callers play
    /// the part of the function.
    pub invokes: Invoked,
    /// What callers may do, by their names. Those that are not listed may do everything.
    pub permissions: BTreeMap<Arc<str>, Permissions>,
    /// Secrets that other services made and manage, there from the start.
    pub managed_secrets: Vec<ManagedSecret>,
    /// How long a change takes from a primary to its replicas.
    pub replication_lag: Span,
    /// Whether reads may be told to answer with what was there before the last change.
    pub looks_back: bool,
}

impl Default for Setting {
    /// Account 111111111111 in us-east-1, seed 0, all assumptions at their defaults.
    fn default() -> Self {
        Self {
            account: AccountId::new("111111111111"),
            region: "us-east-1".into(),
            arn_suffix: None,
            seed: 0,
            assume: Assumptions::default(),
            missing_functions: BTreeSet::new(),
            invokes: Invoked::None,
            permissions: BTreeMap::new(),
            managed_secrets: Vec::new(),
            replication_lag: Span::from_millis(0),
            looks_back: false,
        }
    }
}

/// A secret's place in the order of creation. Never used twice.
type Serial = u32;

/// Secrets Manager, for all Regions and accounts that matter.
#[derive(Clone, Debug)]
pub struct SecretsManager {
    setting: Setting,
    /// Boxed, since a node of the map has room for eleven, and hardly ever more than one or two are there.
    secrets: BTreeMap<Serial, Box<Secret>>,
    names: Index,
    /// The secrets that have replicas, or are going to have some.
    primaries: BTreeSet<Serial>,
    /// When to look at which secret, because something may be due. An entry may be out of date.
    agenda: BTreeSet<(Timestamp, Serial)>,
    secrets_made: Serial,
    /// Goes up whenever a secret may have changed.
    revision: u64,
    /// Names of secrets that are gone: one that is made again gets another suffix.
    retired: BTreeSet<SecretName>,
    suffixes: Stream,
    passwords: Stream,
    rotations: Stream,
    lags: Lags,
}

/// What a call did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The answer.
    pub outcome: Result<Reply, ServiceError>,
    /// The secret it was about, if it exists.
    pub secret: Option<SecretArn>,
    /// The labels that moved, in order.
    pub moves: Vec<LabelMove>,
    /// What the service logged by itself.
    pub events: Vec<ServiceEvent>,
    /// The rules that decided the answer and the moves.
    pub rules: RuleSet,
}

impl Applied {
    /// What the passing of time does.
    pub fn nothing() -> Self {
        Self::told(Ok(Reply::Empty(Empty {})), None, Book::default())
    }

    /// A function came back with an error that the service takes no notice of, because the rotation is over.
    pub fn ignored(secret: &SecretArn) -> Self {
        let mut book = Book::default();
        book.rules.insert(Rule::StepRunsSynchronously);
        Self::by_service(secret.clone(), book)
    }

    /// What the service did by itself to a secret.
    fn by_service(secret: SecretArn, book: Book) -> Self {
        Self::told(Ok(Reply::Empty(Empty {})), Some(secret), book)
    }

    fn told(outcome: Result<Reply, ServiceError>, secret: Option<SecretArn>, book: Book) -> Self {
        Self { outcome, secret, moves: book.moves, events: book.events, rules: book.rules }
    }
}

/// One call on its way through the service.
#[derive(Debug)]
struct Call<'a> {
    at: Timestamp,
    caller: &'a Caller,
    /// Where it is made.
    region: Arc<str>,
    name: OperationName,
    secret: Option<SecretArn>,
    book: Book,
}

impl Call<'_> {
    fn cite(&mut self, rule: Rule) {
        self.book.rules.insert(rule);
    }
}

impl SecretsManager {
    /// A service without secrets.
    pub fn new(setting: Setting) -> Self {
        Self {
            suffixes: Stream::new(setting.seed, Purpose::Suffixes),
            passwords: Stream::new(setting.seed, Purpose::Passwords),
            rotations: Stream::new(setting.seed, Purpose::Rotations),
            lags: Lags::new(setting.seed),
            setting,
            secrets: BTreeMap::new(),
            names: Index::default(),
            primaries: BTreeSet::new(),
            agenda: BTreeSet::new(),
            secrets_made: 0,
            revision: 0,
            retired: BTreeSet::new(),
        }
    }

    /// Where and with what it stands.
    pub const fn setting(&self) -> &Setting {
        &self.setting
    }

    /// From now on takes unknown behavior to be so.
    pub const fn assume(&mut self, assume: Assumptions) {
        self.setting.assume = assume;
    }

    /// From now on has those functions invoked.
    pub fn choose_invoked(&mut self, invokes: Invoked) {
        self.setting.invokes = invokes;
    }

    /// Applies one call at one moment. A refused call changes nothing.
    pub fn apply(&mut self, at: Timestamp, caller: &Caller, operation: &Operation) -> Applied {
        let mut call = Call {
            at,
            caller,
            region: Arc::clone(caller.region.as_ref().unwrap_or(&self.setting.region)),
            name: operation.name(),
            secret: None,
            book: Book::default(),
        };
        let permitted = self.permit(&mut call, operation);
        let outcome = permitted.and_then(|()| self.with_lag(&mut call, operation));
        self.spread(at);
        if let Err(error) = &outcome {
            call.book.moves.clear();
            call.book.events.clear();
            call.cite(Rule::ErrorsAreHttp400);
            if matches!(
                error.code,
                ErrorCode::ValidationException | ErrorCode::AccessDeniedException
            ) {
                call.cite(Rule::UnmodeledErrorsOccur);
                call.cite(Rule::DeniedAndInvalidAreHttp400);
            }
            call.book.rules.extend(error.rule);
        }
        Applied::told(outcome, call.secret, call.book)
    }

    fn dispatch(
        &mut self,
        call: &mut Call<'_>,
        operation: &Operation,
    ) -> Result<Reply, ServiceError> {
        constraint::check(call, operation, &self.setting.assume)?;
        match operation {
            Operation::CreateSecret(request) => self.create_secret(call, request),
            Operation::PutSecretValue(request) => self.put_secret_value(call, request),
            Operation::UpdateSecret(request) => self.update_secret(call, request),
            Operation::UpdateSecretVersionStage(request) => {
                self.update_secret_version_stage(call, request)
            }
            Operation::GetSecretValue(request) => self.get_secret_value(call, request),
            Operation::BatchGetSecretValue(request) => self.batch_get_secret_value(call, request),
            Operation::DescribeSecret(request) => self.describe_secret(call, request),
            Operation::ListSecretVersionIds(request) => self.list_secret_version_ids(call, request),
            Operation::ListSecrets(request) => self.list_secrets(call, request),
            Operation::DeleteSecret(request) => self.delete_secret(call, request),
            Operation::RestoreSecret(request) => self.restore_secret(call, request),
            Operation::RotateSecret(request) => self.rotate_secret(call, request),
            Operation::CancelRotateSecret(request) => self.cancel_rotate_secret(call, request),
            Operation::ReplicateSecretToRegions(request) => {
                self.replicate_secret_to_regions(call, request)
            }
            Operation::RemoveRegionsFromReplication(request) => {
                self.remove_regions_from_replication(call, request)
            }
            Operation::StopReplicationToReplica(request) => {
                self.stop_replication_to_replica(call, request)
            }
            Operation::AssociateCrossAccountReplica(request) => {
                self.associate_cross_account_replica(call, request)
            }
            Operation::DisassociateCrossAccountReplica(request) => {
                self.disassociate_cross_account_replica(call, request)
            }
            Operation::TagResource(request) => self.tag_resource(call, request),
            Operation::UntagResource(request) => self.untag_resource(call, request),
            Operation::PutResourcePolicy(request) => self.put_resource_policy(call, request),
            Operation::GetResourcePolicy(request) => self.get_resource_policy(call, request),
            Operation::ListResourcePolicies(request) => self.list_resource_policies(call, request),
            Operation::DeleteResourcePolicy(request) => self.delete_resource_policy(call, request),
            Operation::ValidateResourcePolicy(request) => {
                self.validate_resource_policy(call, request)
            }
            Operation::GetRandomPassword(request) => self.get_random_password(request),
            // What is wrong with it has been told.
            Operation::Malformed { .. } => Err(refusal::unreadable("Unexpected field type")),
        }
    }

    /// Refuses text that is neither a name nor an ARN, before anything is looked up.
    fn parse_id<'i>(call: &mut Call<'_>, text: &'i str) -> Result<SecretId<'i>, ServiceError> {
        let id = SecretId::parse(text).ok_or_else(refusal::invalid_name)?;
        if matches!(id, SecretId::Arn { .. }) {
            call.cite(Rule::SecretIdIsNameOrArn);
        }
        Ok(id)
    }

    /// The secret that a request means.
    fn find(&self, call: &mut Call<'_>, text: &str) -> Result<Serial, ServiceError> {
        // Mostly it is a whole ARN, letter for letter, and there is nothing to take apart.
        let is_whole = |it: &Secret| it.arn.as_str() == text && it.arn.region() == &*call.region;
        if let Some((serial, secret)) = self.secrets.iter().find(|(_, secret)| is_whole(secret)) {
            call.cite(Rule::SecretIdIsNameOrArn);
            call.secret = Some(secret.arn.clone());
            return Ok(*serial);
        }
        let id = Self::parse_id(call, text)?;
        let located = self.locate(call, id, text);
        let (serial, secret) =
            located.ok_or_else(|| refusal::not_found(Rule::UnknownSecretIsNotFound))?;
        call.secret = Some(secret.arn.clone());
        Ok(serial)
    }

    /// The secret that a name or an ARN means in a call.
    fn locate(&self, call: &Call<'_>, id: SecretId<'_>, text: &str) -> Option<(Serial, &Secret)> {
        let account = match id {
            SecretId::Name(_) => call.caller.account.as_str(),
            SecretId::Arn { region, .. } if region != &*call.region => return None,
            SecretId::Arn { account, .. } => account,
        };
        let (name, whole) = id.name();
        let serial = self.names.get(&call.region, account, name)?;
        let secret: &Secret = self.secrets.get(&serial)?;
        (!whole || secret.arn.as_str() == text).then_some((serial, secret))
    }

    fn secret(&self, serial: Serial) -> Result<&Secret, ServiceError> {
        let secret = self.secrets.get(&serial).map(|secret| &**secret);
        secret.ok_or_else(|| refusal::not_found(Rule::UnknownSecretIsNotFound))
    }

    /// A secret, to change only what can't be seen of it: how far its rotation has come, and what is planned.
    fn backstage_mut(&mut self, serial: Serial) -> Option<&mut Secret> {
        self.secrets.get_mut(&serial).map(|secret| &mut **secret)
    }

    /// A secret, to change it in a way that is taken back, or shown by what follows.
    fn tentative_mut(&mut self, serial: Serial) -> Result<&mut Secret, ServiceError> {
        let secret = self.secrets.get_mut(&serial).map(|secret| &mut **secret);
        secret.ok_or_else(|| refusal::not_found(Rule::UnknownSecretIsNotFound))
    }

    /// A secret, to change it for all to see. A call that may still be refused doesn't take it.
    fn secret_mut(&mut self, serial: Serial) -> Result<&mut Secret, ServiceError> {
        let secret = self.secrets.get_mut(&serial);
        let secret = secret.ok_or_else(|| refusal::not_found(Rule::UnknownSecretIsNotFound))?;
        self.revision = self.revision.saturating_add(1);
        secret.revision = self.revision;
        Ok(secret)
    }

    /// The secret that a request means, if it isn't waiting for deletion.
    fn find_live(
        &self,
        call: &mut Call<'_>,
        text: &str,
        rule: Rule,
    ) -> Result<Serial, ServiceError> {
        let serial = self.find(call, text)?;
        if self.secret(serial)?.deletion.is_some() {
            call.cite(Rule::ScheduledSecretRefusesCalls);
            return Err(refusal::marked_for_deletion(rule));
        }
        Ok(serial)
    }

    /// The secret that a request means, if it isn't waiting for deletion and doesn't take its tags and policies from
    /// another Region. Which of the two is told first isn't known.
    fn find_independent(
        &self,
        call: &mut Call<'_>,
        text: &str,
        rule: Rule,
    ) -> Result<Serial, ServiceError> {
        let serial = self.find_live(call, text, rule)?;
        replica::refuse_copied(self.secret(serial)?)?;
        Ok(serial)
    }

    /// The secret that a request means, if it isn't waiting for deletion and follows no other.
    fn find_primary(
        &self,
        call: &mut Call<'_>,
        text: &str,
        rule: Rule,
    ) -> Result<Serial, ServiceError> {
        let serial = self.find_live(call, text, rule)?;
        replica::refuse_change(self.secret(serial)?)?;
        Ok(serial)
    }

    /// The secret that a request means, if it isn't waiting for deletion, follows no other, and may be changed by its
    /// owner's account.
    fn find_own(
        &self,
        call: &mut Call<'_>,
        text: &str,
        rule: Rule,
    ) -> Result<Serial, ServiceError> {
        let serial = self.find_primary(call, text, rule)?;
        managed::refuse_change(self.secret(serial)?)?;
        Ok(serial)
    }

    /// A secret is gone: its name is free.
    fn forget_name(&mut self, secret: &Secret) {
        let (account, name) = (secret.account.as_str(), secret.name.as_str());
        self.names.remove(secret.arn.region(), account, name);
    }

    /// Makes an ARN for `name` in `account`.
    fn make_arn(&mut self, region: &str, account: &AccountId, name: &str) -> SecretArn {
        let drawn = self.suffixes.suffix();
        let given = self.setting.arn_suffix.as_deref().filter(|_| !self.retired.contains(name));
        let suffix = given.unwrap_or(&drawn);
        let account = account.as_str();
        let parts =
            ["arn:aws:secretsmanager:", region, ":", account, ":secret:", name, "-", suffix];
        SecretArn::new(parts.concat())
    }
}
