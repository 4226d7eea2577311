//! Secrets that another service made and manages: they are there from the start, and calls don't change them.

use std::sync::Arc;

use super::SecretsManager;
use super::refusal::refuse;
use super::secret::{Book, Handles, Secret};
use crate::api::{ErrorCode, ServiceError};
use crate::assumption::Assumptions;
use crate::evidence::Rule;
use crate::labels::{self, Put, Writer};
use crate::secret::{SecretName, SecretValue};
use crate::seed::{Purpose, Stream};
use crate::time::Timestamp;

/// A secret that another service made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedSecret {
    /// Its name, which begins with the service and `!`, such as `rds!db-1`.
    pub name: SecretName,
    /// The service that manages it.
    pub owning_service: String,
}

/// Refuses a change of a secret that another service manages.
///
/// Which calls that service lets through is documented by examples alone. Here versions, labels, metadata, replicas,
/// deletion and the end of rotation belong to the service; tags, the resource policy, and a rotation at once to the account.
pub(super) fn refuse_change(secret: &Secret) -> Result<(), ServiceError> {
    if secret.owner.is_none() {
        return Ok(());
    }
    Err(refuse(
        ErrorCode::InvalidRequestException,
        Rule::ManagedSecretBelongsToService,
        "This secret is managed by an AWS service, and you must use that service to update it.",
    ))
}

impl SecretsManager {
    /// Makes the managed secrets of the setting, each with a current version, as if their services had done so at `at`.
    #[must_use]
    pub fn furnished(mut self, at: Timestamp) -> Self {
        let mut stream = Stream::new(self.setting.seed, Purpose::Managed);
        let (region, account) = (self.setting.region.clone(), self.setting.account.clone());
        for managed in self.setting.managed_secrets.clone() {
            let arn = self.make_arn(&region, &account, managed.name.as_str());
            let mut secret = Secret::new(arn, managed.name.clone(), account.clone(), at);
            secret.owner = Some(managed.owning_service.into());
            label_first(&mut secret, &mut stream, &self.setting.assume, at);
            self.secrets_made = self.secrets_made.saturating_add(1);
            self.revision = self.revision.saturating_add(1);
            self.secrets.insert(self.secrets_made, Box::new(secret));
            let region = Arc::clone(&region);
            self.names.insert(region, account.clone(), managed.name, self.secrets_made);
        }
        self
    }
}

/// Gives the secret its first version, with a login as services store it.
fn label_first(secret: &mut Secret, stream: &mut Stream, assume: &Assumptions, at: Timestamp) {
    let (id, password) = (stream.token(), stream.token_text());
    let value = format!(r#"{{"username":"admin","password":"{password}"}}"#);
    let mut book = Book::default();
    let value = Some(SecretValue::Text(value.into()));
    let Ok(added) = secret.add_version(id, value, at, assume, &mut book) else { return };
    let put = Put {
        version: added.slot,
        writer: Writer::CreateSecret,
        labels: None,
        first: true,
        fills: false,
        rotating: None,
    };
    if let Ok(stages) = labels::put_value(secret.stages(), &put, assume, &mut book) {
        secret.commit(stages, Handles::default(), assume, &mut book);
    }
}
