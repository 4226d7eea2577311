//! Reads that lag behind (T-11): some changes to a secret may be missing from an answer.

use std::collections::BTreeMap;

use super::secret::Secret;
use super::{Call, SecretsManager, Serial};
use crate::api::{Operation, Reply, ServiceError};
use crate::evidence::Rule;
use crate::seed::{Purpose, Stream};
use crate::time::{Span, Timestamp};

/// After that long every read shows a change. AWS tells of up to five minutes, for `ListSecrets`.
const STALE_MAX: Span = Span::seconds(300);

/// What secrets looked like before their last changes, and how far each read lags.
#[derive(Clone, Debug)]
pub(super) struct Lags {
    /// Until when each look was the present one, the latest last. Kept only if reads may lag.
    past: BTreeMap<Serial, Vec<(Timestamp, Secret)>>,
    draws: Stream,
}

impl Lags {
    pub(super) const fn new(seed: u64) -> Self {
        Self { past: BTreeMap::new(), draws: Stream::new(seed, Purpose::Lags) }
    }
}

impl SecretsManager {
    /// Applies a call. A read of one secret sees it as it was some changes ago, if that is assumed.
    pub(super) fn with_lag(
        &mut self,
        call: &mut Call<'_>,
        operation: &Operation,
    ) -> Result<Reply, ServiceError> {
        let most = usize::try_from(self.setting.assume.stale_reads.0).unwrap_or(usize::MAX);
        let reads = matches!(
            operation,
            Operation::GetSecretValue(_)
                | Operation::DescribeSecret(_)
                | Operation::ListSecretVersionIds(_)
        );
        if reads && most > 0 {
            call.cite(Rule::ReadsMayLag);
            return self.read_with_lag(call, operation, most);
        }
        self.remembering(call.at, |service| service.dispatch(call, operation))
    }

    /// Does something, and remembers what the secrets that it changes looked like before, if reads may lag.
    pub(super) fn remembering<T>(
        &mut self,
        at: Timestamp,
        change: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let most = usize::try_from(self.setting.assume.stale_reads.0).unwrap_or(usize::MAX);
        if most == 0 {
            return change(self);
        }
        let before = self.secrets.clone();
        let changed = change(self);
        for (serial, secret) in before {
            let now = self.secrets.get(&serial).filter(|now| now.revision != secret.revision);
            if now.is_some_and(|now| as_seen(now) != as_seen(&secret)) {
                let past = self.lags.past.entry(serial).or_default();
                past.push((at, secret));
                let surplus = past.len().saturating_sub(most);
                past.drain(..surplus);
            }
        }
        changed
    }

    fn read_with_lag(
        &mut self,
        call: &mut Call<'_>,
        operation: &Operation,
        most: usize,
    ) -> Result<Reply, ServiceError> {
        let lag = self.lags.draws.below(most.saturating_add(1));
        let text = operation.secret_id().unwrap_or_default();
        let serial = self.secrets.iter().find(|(_, secret)| {
            let arn = secret.arn.as_str();
            secret.arn.region() == &*call.region
                && [arn, secret.arn.without_suffix(), secret.name.as_str()].contains(&text)
        });
        let serial = serial.map(|(serial, _)| *serial);
        let old = serial.and_then(|serial| {
            let past = self.lags.past.get(&serial)?;
            let recent = past.iter().rev().take_while(|(at, _)| call.at.since(*at) < STALE_MAX);
            let looks: Vec<_> = recent.take(lag).collect();
            looks.last().map(|(_, secret)| secret.clone())
        });
        let (Some(serial), Some(old)) = (serial, old) else {
            return self.dispatch(call, operation);
        };
        let Some(now) = self.secrets.insert(serial, old) else {
            return self.dispatch(call, operation);
        };
        let outcome = self.dispatch(call, operation);
        self.secrets.insert(serial, now);
        outcome
    }
}

/// A secret less what no read shows: how far its rotation has come, and when the service is going to do what.
fn as_seen(secret: &Secret) -> Secret {
    let mut seen = secret.clone();
    seen.run = None;
    seen.cleanup_at = None;
    seen.revision = 0;
    if let Some(rotation) = &mut seen.rotation {
        rotation.starts = None;
    }
    seen
}
