//! Reads that lag behind (T-11): some changes to a secret may be missing from an answer.

use std::collections::BTreeMap;

use super::secret::Secret;
use super::{Call, SecretsManager, Serial};
use crate::api::{Operation, OperationName, Reply, ServiceError};
use crate::evidence::Rule;
use crate::secret::SecretId;
use crate::seed::{Purpose, Stream};
use crate::time::{Span, Timestamp};

/// After that long every read shows a change. AWS tells of up to five minutes, for `ListSecrets`.
const STALE_MAX: Span = Span::seconds(300);

/// What secrets looked like before their last changes, and how far each read lags.
#[derive(Clone, Debug)]
pub(super) struct Lags {
    /// Until when each look was the present one, the latest last; `None` before there was a secret. Kept only if reads
    /// may lag.
    past: BTreeMap<Serial, Vec<(Timestamp, Option<Secret>)>>,
    draws: Stream,
    /// By how many changes the next read lags, if that is told and not drawn.
    told: Option<usize>,
}

impl Lags {
    pub(super) const fn new(seed: u64) -> Self {
        Self { past: BTreeMap::new(), draws: Stream::new(seed, Purpose::Lags), told: None }
    }
}

impl OperationName {
    /// Whether it is a read, whose answer may lack the last changes.
    pub const fn may_lag(self) -> bool {
        matches!(
            self,
            Self::GetSecretValue
                | Self::DescribeSecret
                | Self::ListSecretVersionIds
                | Self::GetResourcePolicy
                | Self::ListSecrets
                | Self::BatchGetSecretValue
        )
    }
}

/// A secret as it was once; `None` if it wasn't there.
type Look = (Serial, Option<Secret>);

impl SecretsManager {
    /// Has the next call answer with what was there before the last change, if it is a read.
    ///
    /// The setting says beforehand that there are such reads: looks are not kept for nothing.
    pub fn lag_next_read(&mut self) {
        self.lags.told = Some(1);
    }

    /// How many changes are kept for reads that lag.
    fn looks_kept(&self) -> usize {
        let assumed = usize::try_from(self.setting.assume.stale_reads.0).unwrap_or(usize::MAX);
        assumed.max(usize::from(self.setting.looks_back))
    }

    /// Applies a call. A read sees each secret as it was some changes ago, if that is assumed.
    pub(super) fn with_lag(
        &mut self,
        call: &mut Call<'_>,
        operation: &Operation,
    ) -> Result<Reply, ServiceError> {
        let most = usize::try_from(self.setting.assume.stale_reads.0).unwrap_or(usize::MAX);
        let lists =
            matches!(operation, Operation::ListSecrets(_) | Operation::BatchGetSecretValue(_));
        let reads = operation.name().may_lag();
        let told = self.lags.told.take();
        if !reads {
            return self.remembering(call.at, |service| service.dispatch(call, operation));
        }
        if most == 0 && told.is_none() {
            return self.dispatch(call, operation);
        }
        call.cite(Rule::ReadsMayLag);
        let looks = if lists {
            let serials: Vec<_> = self.secrets.keys().copied().collect();
            let lag = told.unwrap_or(most);
            let mut look = |serial| self.old_look(serial, call.at, lag, told.is_some());
            serials.into_iter().filter_map(&mut look).collect()
        } else {
            let text = operation.secret_id().unwrap_or_default();
            let serial = SecretId::parse(text).and_then(|id| Some(self.locate(call, id, text)?.0));
            // Only lists miss a secret that has just been made.
            let lag = told.unwrap_or(most);
            let look =
                serial.and_then(|serial| self.old_look(serial, call.at, lag, told.is_some()));
            look.filter(|(_, secret)| secret.is_some()).into_iter().collect()
        };
        self.read_looks(call, operation, looks)
    }

    /// What a secret looked like that many changes ago, or as many as is drawn up to there. `None` if it looked as it
    /// does now.
    fn old_look(
        &mut self,
        serial: Serial,
        at: Timestamp,
        most: usize,
        is_told: bool,
    ) -> Option<Look> {
        let lag = if is_told { most } else { self.lags.draws.below(most.saturating_add(1)) };
        let past = self.lags.past.get(&serial)?;
        let recent = past.iter().rev().take_while(|(until, _)| at.since(*until) < STALE_MAX);
        let (_, secret) = recent.take(lag).last()?;
        Some((serial, secret.clone()))
    }

    /// Applies a read to some old looks. What it leaves behind, it leaves on the secrets as they are.
    fn read_looks(
        &mut self,
        call: &mut Call<'_>,
        operation: &Operation,
        looks: Vec<Look>,
    ) -> Result<Reply, ServiceError> {
        let mut present = Vec::new();
        for (serial, look) in looks {
            let now = match look {
                Some(old) => self.secrets.insert(serial, Box::new(old)),
                None => self.secrets.remove(&serial),
            };
            present.extend(now.map(|now| (serial, now)));
        }
        let outcome = self.dispatch(call, operation);
        for (serial, mut now) in present {
            if let Some(read) = self.secrets.remove(&serial)
                && take_accesses(&mut now, &read)
            {
                self.revision = self.revision.saturating_add(1);
                now.revision = self.revision;
            }
            self.secrets.insert(serial, now);
        }
        outcome
    }

    /// Does something, and remembers what the secrets that it changes looked like before, if reads may lag.
    pub(super) fn remembering<T>(
        &mut self,
        at: Timestamp,
        change: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let most = self.looks_kept();
        if most == 0 {
            return change(self);
        }
        let before = self.secrets.clone();
        let changed = change(self);
        for serial in self.secrets.keys().filter(|serial| !before.contains_key(serial)) {
            self.lags.past.insert(*serial, vec![(at, None)]);
        }
        for (serial, secret) in before {
            let now = self.secrets.get(&serial).filter(|now| now.revision != secret.revision);
            if now.is_some_and(|now| as_seen(now) != as_seen(&secret)) {
                let past = self.lags.past.entry(serial).or_default();
                // What happens in the same moment is one change: a promotion and the clean-up that comes at once.
                if past.last().is_none_or(|(until, _)| *until != at) {
                    past.push((at, Some(*secret)));
                }
                let surplus = past.len().saturating_sub(most);
                past.drain(..surplus);
            }
        }
        changed
    }
}

/// Takes over the access dates that a read left on an older look of a secret (GSV-10). Tells whether there were any.
fn take_accesses(now: &mut Secret, read: &Secret) -> bool {
    let mut taken = read.last_accessed > now.last_accessed;
    now.last_accessed = now.last_accessed.max(read.last_accessed);
    for (_, version) in read.slots() {
        let own = now.slot_of(version.id.as_str()).and_then(|slot| now.version_mut(slot));
        if let Some(own) = own.filter(|own| version.last_accessed > own.last_accessed) {
            own.last_accessed = version.last_accessed;
            taken = true;
        }
    }
    taken
}

/// A secret less what no read shows: how far its rotation has come, and when the service is going to do what. A call that
/// changes the date of the last change alone has changed nothing.
fn as_seen(secret: &Secret) -> Secret {
    let mut seen = secret.clone();
    seen.run = None;
    seen.cleanup_at = None;
    seen.revision = 0;
    seen.last_changed = Timestamp::from_millis(0);
    if let Some(rotation) = &mut seen.rotation {
        rotation.starts = None;
    }
    seen
}
