//! Replicas: secrets in other Regions or accounts that follow their primary.
//!
//! A replica goes through all that its primary goes through, each change some time later. Whether AWS shows every state
//! on the way or leaves some out is not known.

use std::collections::VecDeque;
use std::sync::Arc;

use super::refusal::refuse;
use super::secret::{Book, Content, Secret};
use super::{Applied, SecretsManager, Serial, ServiceAct};
use crate::api::{CrossAccountReplica, ErrorCode, ReplicaState, ReplicationStatus, ServiceError};
use crate::evidence::Rule;
use crate::secret::SecretArn;
use crate::time::Timestamp;

/// What answers call the key of a replica that has none of its own.
const DEFAULT_KEY: &str = "alias/aws/secretsmanager";

/// How a secret takes part in replication.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Replication {
    /// Others follow it.
    Primary(Primary),
    /// It follows another.
    Replica {
        /// The other.
        of: Serial,
        /// The Region of the other.
        region: Arc<str>,
    },
    /// It was made to follow one in another account.
    CrossAccount(CrossAccount),
}

/// How a secret stands to its primary in another account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CrossAccount {
    pub(super) primary: SecretArn,
    pub(super) association: Association,
}

/// Whether a replica is associated with its primary in another account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Association {
    /// Not yet.
    Pending,
    /// It is, and follows that secret.
    With(Serial),
    /// No more: the account of the primary ended it.
    Detached,
}

/// The replica in another account that a primary has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct InAccount {
    pub(super) arn: SecretArn,
    /// The role that replicates, if one was named.
    pub(super) role: Option<String>,
}

/// What the replicas of a secret know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Primary {
    /// What was sent to them last.
    sent: Arc<Content>,
    /// The revision of the secret when it was looked at last.
    revision: u64,
    // INVARIANT: not empty, and no two have the same Region. The one to another account has that of the secret, to which
    // no replica in a Region can go.
    pub(super) links: Vec<Link>,
}

/// The replication to one Region, or to one account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Link {
    pub(super) region: Arc<str>,
    pub(super) kms_key_id: Option<Arc<str>>,
    /// Whether a secret of the name that is there already gives way.
    pub(super) overwrite: bool,
    pub(super) end: End,
    /// The replica, if it is in another account.
    pub(super) account: Option<Box<InAccount>>,
    /// What is on its way, and when it arrives.
    pub(super) queue: VecDeque<(Timestamp, Arc<Content>)>,
}

/// What is at the other end of a replication.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    /// Nothing yet.
    Nothing,
    /// The replica.
    Replica(Serial),
    /// Nothing, and nothing comes, for that reason.
    Failed(String),
    /// What was a replica and has become a secret of its own, in another account.
    Detached,
}

/// A key as the status of replication shows it.
fn key_or_default(key: Option<&str>) -> String {
    key.unwrap_or(DEFAULT_KEY).to_owned()
}

impl Link {
    /// How far the replica has come.
    pub(super) fn state(&self) -> ReplicaState {
        match &self.end {
            End::Failed(_) => ReplicaState::Failed,
            End::Detached => ReplicaState::Detached,
            End::Replica(_) if self.queue.is_empty() => ReplicaState::InSync,
            End::Nothing | End::Replica(_) => ReplicaState::InProgress,
        }
    }

    /// The replica in another account, as answers show it.
    pub(super) fn in_account(&self) -> Option<CrossAccountReplica> {
        let InAccount { arn, role } = self.account.as_deref()?;
        Some(CrossAccountReplica {
            replica_secret_arn: arn.clone(),
            replication_role_arn: role.clone(),
            replication_status: self.state(),
        })
    }

    /// Whether changes of the primary are sent there.
    fn is_live(&self) -> bool {
        !matches!(self.end, End::Failed(_) | End::Detached)
    }

    /// How it stands, but for what only the replica knows: when it was read, and whether it has another key by now.
    pub(super) fn status(&self) -> ReplicationStatus {
        let status_message = match &self.end {
            End::Failed(message) => Some(message.clone()),
            End::Nothing | End::Replica(_) | End::Detached => None,
        };
        ReplicationStatus {
            region: self.region.to_string(),
            kms_key_id: key_or_default(self.kms_key_id.as_deref()),
            status: self.state(),
            status_message,
            last_accessed_date: None,
        }
    }
}

impl Secret {
    /// What its replicas know, if it is a primary.
    fn primary(&self) -> Option<&Primary> {
        match self.replication.as_deref() {
            Some(Replication::Primary(primary)) => Some(primary),
            Some(Replication::Replica { .. } | Replication::CrossAccount(_)) | None => None,
        }
    }

    pub(super) fn primary_mut(&mut self) -> Option<&mut Primary> {
        match self.replication.as_deref_mut() {
            Some(Replication::Primary(primary)) => Some(primary),
            Some(Replication::Replica { .. } | Replication::CrossAccount(_)) | None => None,
        }
    }

    /// How it stands to its primary in another account, if it was made to have one.
    pub(super) fn cross_account(&self) -> Option<&CrossAccount> {
        match self.replication.as_deref() {
            Some(Replication::CrossAccount(it)) => Some(it),
            Some(Replication::Primary(_) | Replication::Replica { .. }) | None => None,
        }
    }

    pub(super) fn cross_account_mut(&mut self) -> Option<&mut CrossAccount> {
        match self.replication.as_deref_mut() {
            Some(Replication::CrossAccount(it)) => Some(it),
            Some(Replication::Primary(_) | Replication::Replica { .. }) | None => None,
        }
    }

    /// How the replication of a primary stands; nothing for other secrets.
    pub(super) fn links(&self) -> &[Link] {
        self.primary().map(|primary| &*primary.links).unwrap_or_default()
    }

    /// How the replication to other Regions stands.
    pub(super) fn region_links(&self) -> impl Iterator<Item = &Link> {
        self.links().iter().filter(|link| link.account.is_none())
    }

    /// How the replication to another account stands.
    pub(super) fn account_link(&self) -> Option<&Link> {
        self.links().iter().find(|link| link.account.is_some())
    }

    /// The Region of its primary, or its own if it is one; `None` if it isn't replicated to Regions.
    pub(super) fn primary_region(&self) -> Option<&str> {
        match self.replication.as_deref()? {
            Replication::Primary(_) => self.region_links().next().map(|_| self.arn.region()),
            Replication::Replica { region, .. } => Some(region),
            Replication::CrossAccount(_) => None,
        }
    }

    /// Whether it follows another secret.
    pub(super) fn is_replica(&self) -> bool {
        matches!(
            self.replication.as_deref(),
            Some(Replication::Replica { .. } | Replication::CrossAccount(_))
        )
    }
}

/// Refuses a change of what a secret takes from another Region. A replica in another account has this for itself.
pub(super) fn refuse_copied(secret: &Secret) -> Result<(), ServiceError> {
    if secret.cross_account().is_some() { Ok(()) } else { refuse_change(secret) }
}

/// Refuses a change of a secret that follows another. What a replica in another account answers is not known; it is taken to
/// answer like the others, as long as it isn't promoted.
pub(super) fn refuse_change(secret: &Secret) -> Result<(), ServiceError> {
    if !secret.is_replica() {
        return Ok(());
    }
    Err(refuse(
        ErrorCode::InvalidParameterException,
        Rule::ReplicaIsReadOnly,
        "Operation not permitted on a replica secret. Call must be made in primary secret's region.",
    ))
}

/// Refuses to delete a secret that others follow. A Region counts even if the replication to it failed: that is a guess.
pub(super) fn refuse_deletion(secret: &Secret) -> Result<(), ServiceError> {
    let mut regions: Vec<&str> = secret.region_links().map(|link| &*link.region).collect();
    if regions.is_empty() {
        return super::cross_account::refuse_deletion(secret);
    }
    regions.sort_unstable();
    let text = format!(
        "You can't delete secret {} that still has replica regions [{}].",
        secret.arn,
        regions.join(", ")
    );
    Err(refuse(ErrorCode::InvalidParameterException, Rule::PrimaryOutlivesReplicas, text))
}

impl SecretsManager {
    /// Sends what has changed of primaries to their replicas.
    pub(super) fn spread(&mut self, at: Timestamp) {
        if self.primaries.is_empty() {
            return;
        }
        let arrives = at.plus(self.setting.replication_lag);
        for serial in &self.primaries {
            let Some(secret) = self.secrets.get_mut(serial) else { continue };
            let revision = secret.revision;
            let is_new = |it: &Primary| it.revision != revision;
            let Some(content) = secret.primary().filter(|it| is_new(it)).map(|_| secret.content())
            else {
                continue;
            };
            let Some(primary) = secret.primary_mut() else { continue };
            primary.revision = revision;
            if *primary.sent == content {
                continue;
            }
            primary.sent = Arc::new(content);
            let sent = &primary.sent;
            let links = primary.links.iter_mut();
            for link in links.filter(|link| link.is_live()) {
                link.queue.push_back((arrives, Arc::clone(sent)));
            }
            self.agenda.insert((arrives, *serial));
        }
    }

    /// Begins to replicate a secret to a Region, or begins anew.
    pub(super) fn begin_replication(&mut self, at: Timestamp, serial: Serial, mut link: Link) {
        let arrives = at.plus(self.setting.replication_lag);
        let Ok(secret) = self.secret_mut(serial) else { return };
        let sent = Arc::new(secret.content());
        link.queue.push_back((arrives, Arc::clone(&sent)));
        let links = match secret.replication.take().map(|it| *it) {
            Some(Replication::Primary(primary)) => primary.links,
            Some(Replication::Replica { .. } | Replication::CrossAccount(_)) | None => Vec::new(),
        };
        let mut links: Vec<_> = links.into_iter().filter(|it| it.region != link.region).collect();
        links.push(link);
        let revision = secret.revision;
        let primary = Primary { sent, revision, links };
        secret.replication = Some(Box::new(Replication::Primary(primary)));
        self.primaries.insert(serial);
        self.agenda.insert((arrives, serial));
    }

    /// Takes a Region out of the replication of a secret.
    pub(super) fn end_replication(&mut self, serial: Serial, region: &str) -> Option<Link> {
        self.end_link(serial, |link| link.account.is_none() && *link.region == *region)
    }

    /// Takes the first that `is_it` out of the replication of a secret.
    pub(super) fn end_link(
        &mut self,
        serial: Serial,
        is_it: impl Fn(&Link) -> bool,
    ) -> Option<Link> {
        let secret = self.secret_mut(serial).ok()?;
        let primary = secret.primary_mut()?;
        let place = primary.links.iter().position(is_it)?;
        let link = primary.links.remove(place);
        if primary.links.is_empty() {
            // Whether answers go on to tell of replication then is not known.
            secret.replication = None;
            self.primaries.remove(&serial);
        }
        Some(link)
    }

    /// How the replication of a primary stands, with what only the replicas know.
    pub(super) fn replication_status(&self, serial: Serial) -> Option<Vec<ReplicationStatus>> {
        let mut links = self.secrets.get(&serial)?.region_links().peekable();
        links.peek()?;
        let statuses = links.map(|link| {
            let mut status = link.status();
            if let End::Replica(replica) = &link.end
                && let Some(replica) = self.secrets.get(replica)
            {
                status.last_accessed_date = replica.last_accessed;
                status.kms_key_id = key_or_default(replica.kms_key_id.as_deref());
            }
            status
        });
        Some(statuses.collect())
    }

    /// Lets the next change arrive at a replica of that secret, if it is time.
    pub(super) fn replicate(
        &mut self,
        at: Timestamp,
        serial: Serial,
    ) -> Option<(ServiceAct, Applied)> {
        let is_due = |link: &Link| link.queue.front().is_some_and(|(due, _)| *due <= at);
        let link = self.secrets.get(&serial)?.links().iter().find(|link| is_due(link))?.clone();
        let (_, content) = link.queue.front()?;
        let mut book = Book::default();
        let end = match &link.end {
            End::Failed(_) | End::Detached => return None,
            End::Nothing => self.make_replica(at, serial, &link, &mut book),
            End::Replica(replica) => End::Replica(*replica),
        };
        if let End::Replica(replica) = end {
            self.secret_mut(replica).ok()?.take_over(content, at, &mut book);
        } else {
            book.rules.insert(Rule::ReplicationCopiesLabels);
        }
        let secret = self.secret_mut(serial).ok()?;
        let (arn, to) = match &link.account {
            Some(replica) => (replica.arn.clone(), replica.arn.account().into()),
            None => (secret.arn.in_region(&link.region), Arc::clone(&link.region)),
        };
        let primary_arn = secret.arn.clone();
        let links = &mut secret.primary_mut()?.links;
        let own = links.iter_mut().find(|it| it.region == link.region)?;
        own.queue.pop_front();
        let mut failed = None;
        if let End::Failed(message) = &end {
            own.queue.clear();
            failed = Some(message.clone());
        }
        own.end = end;
        // A replica that could not be made is told of its primary.
        let told = if failed.is_some() { primary_arn } else { arn };
        let act = ServiceAct::Replicates { to, failed };
        Some((act, Applied::by_service(told, book)))
    }

    /// Makes an empty replica, unless a secret of the name is in the way.
    ///
    /// That a replica of another secret doesn't give way was seen; what becomes of a secret with replicas of its own is
    /// not known, and it doesn't either. One that waits for its deletion is treated like any other.
    fn make_replica(&mut self, at: Timestamp, serial: Serial, link: &Link, book: &mut Book) -> End {
        let Some(primary) = self.secrets.get(&serial) else { return End::Nothing };
        let (name, account) = (primary.name.clone(), primary.account.clone());
        let (region, home) = (&link.region, Arc::from(primary.arn.region()));
        let arn = primary.arn.in_region(region);
        let in_the_way = self.names.get(region, account.as_str(), name.as_str());
        if let Some((there, old)) =
            in_the_way.and_then(|there| Some((there, self.secrets.get(&there)?)))
        {
            book.rules.insert(Rule::ReplicasGoThroughPrimary);
            if let Some(Replication::Replica { .. }) = old.replication.as_deref() {
                return End::Failed(format!(
                    "Replication failed: Secret name {name} is currently replicated to {region} with a different arn."
                ));
            }
            if !link.overwrite || old.replication.is_some() {
                return End::Failed(format!(
                    "Replication failed: Secret name {name} already exists in region {region}."
                ));
            }
            self.secrets.remove(&there);
            self.names.remove(region, account.as_str(), name.as_str());
        }
        let mut replica = Secret::new(arn, name.clone(), account.clone(), at);
        replica.kms_key_id.clone_from(&link.kms_key_id);
        let replication = Replication::Replica { of: serial, region: home };
        replica.replication = Some(Box::new(replication));
        self.secrets_made = self.secrets_made.saturating_add(1);
        self.secrets.insert(self.secrets_made, Box::new(replica));
        self.names.insert(Arc::clone(region), account, name, self.secrets_made);
        End::Replica(self.secrets_made)
    }
}
