//! Which secret a name means: names are unique in a Region and account.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Serial;
use crate::secret::{AccountId, SecretName};

/// The secrets of every Region, by account and name.
#[derive(Clone, Debug, Default)]
pub(super) struct Index(BTreeMap<Arc<str>, BTreeMap<AccountId, BTreeMap<SecretName, Serial>>>);

impl Index {
    /// The secret of that name.
    pub(super) fn get(&self, region: &str, account: &str, name: &str) -> Option<Serial> {
        self.0.get(region)?.get(account)?.get(name).copied()
    }

    /// A secret takes a name.
    pub(super) fn insert(
        &mut self,
        region: Arc<str>,
        account: AccountId,
        name: SecretName,
        serial: Serial,
    ) {
        self.0.entry(region).or_default().entry(account).or_default().insert(name, serial);
    }

    /// The name is free again.
    pub(super) fn remove(&mut self, region: &str, account: &str, name: &str) {
        if let Some(names) = self.0.get_mut(region).and_then(|accounts| accounts.get_mut(account)) {
            names.remove(name);
        }
    }
}
