//! Which secret a name means: names are unique in a Region and account.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Serial;
use crate::secret::{AccountId, SecretName};

/// The secrets of every Region, by account and name.
#[derive(Clone, Debug, Default)]
pub(super) struct Index(Vec<Names>);

/// The names in one Region and account. There are few such places, mostly a single one.
#[derive(Clone, Debug)]
struct Names {
    region: Arc<str>,
    account: AccountId,
    secrets: BTreeMap<SecretName, Serial>,
}

impl Names {
    fn are_of(&self, region: &str, account: &str) -> bool {
        *self.region == *region && self.account.as_str() == account
    }
}

impl Index {
    /// The secret of that name.
    pub(super) fn get(&self, region: &str, account: &str, name: &str) -> Option<Serial> {
        let names = self.0.iter().find(|names| names.are_of(region, account))?;
        names.secrets.get(name).copied()
    }

    /// A secret takes a name.
    pub(super) fn insert(
        &mut self,
        region: Arc<str>,
        account: AccountId,
        name: SecretName,
        serial: Serial,
    ) {
        if let Some(names) = self.names_mut(&region, account.as_str()) {
            names.secrets.insert(name, serial);
        } else {
            self.0.push(Names { region, account, secrets: BTreeMap::from([(name, serial)]) });
        }
    }

    /// The name is free again.
    pub(super) fn remove(&mut self, region: &str, account: &str, name: &str) {
        if let Some(names) = self.names_mut(region, account) {
            names.secrets.remove(name);
        }
    }

    fn names_mut(&mut self, region: &str, account: &str) -> Option<&mut Names> {
        self.0.iter_mut().find(|names| names.are_of(region, account))
    }
}
