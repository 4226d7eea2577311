//! `CreateSecret`, `DeleteSecret`, `RestoreSecret`.

use std::sync::Arc;

use super::event::EventName;
use super::refusal::{self, refuse};
use super::secret::{Deletion, Handles, Secret};
use super::write::request_value;
use super::{Call, SecretsManager, Serial, cross_account, managed, replica, replicate, tag};
use crate::api::{
    CreateSecret, CreateSecretReply, DeleteSecret, DeleteSecretReply, ErrorCode, Reply,
    RestoreSecret, SecretReply, ServiceError,
};
use crate::assumption::{ForcedDelete, RestoreLive};
use crate::evidence::Rule;
use crate::labels::{self, Put, Writer};
use crate::secret::{SecretArn, SecretId, SecretName, SecretValue, VersionId};
use crate::time::Span;

/// How long a forced delete takes to free the name (DEL-7).
const FORCED_DELETE: Span = Span::seconds(10);

/// Days of the recovery window when the request has none (DEL-1).
const WINDOW_DEFAULT: i64 = 30;

impl SecretsManager {
    pub(super) fn create_secret(
        &mut self,
        call: &mut Call<'_>,
        request: &CreateSecret,
    ) -> Result<Reply, ServiceError> {
        if !SecretName::is_valid(&request.name) {
            return Err(refusal::invalid_name());
        }
        let Some(token) = &request.client_request_token else {
            return Err(refusal::token_missing(ErrorCode::InvalidRequestException));
        };
        let value = request_value(
            request.secret_string.as_ref(),
            request.secret_binary.as_ref(),
            Some(Rule::CreateTakesOneValue),
        )?;
        let tags = request.tags.as_deref().unwrap_or_default();
        tag::refuse_system_tags(tags.iter().map(|tag| &tag.key))?;
        let primary = cross_account::wanted_primary(call, request)?;
        let account = call.caller.account.clone();
        let existing = self.names.get(&call.region, account.as_str(), &request.name);
        if let Some(serial) = existing {
            let mut reply = create_again(self.secret(serial)?, call, token, value.as_ref())?;
            reply.replication_status = self.replication_status(serial);
            return Ok(Reply::Creation(reply));
        }
        let replicas = request.add_replica_regions.as_deref().unwrap_or_default();
        replicate::refuse_own_region(call, replicas)?;
        let assume = self.setting.assume;
        self.secrets_made = self.secrets_made.saturating_add(1);
        let serial = self.secrets_made;
        let arn = self.make_arn(&call.region, &account, &request.name);
        call.cite(Rule::ArnEndsInRandomSuffix);
        if self.retired.contains(request.name.as_str()) {
            call.cite(Rule::ForcedNameGetsNewArn);
        }
        let name = SecretName::new(request.name.as_str());
        let mut secret = Secret::new(arn.clone(), name.clone(), account.clone(), call.at);
        furnish(&mut secret, call, request);
        secret.replication = primary.map(cross_account::pending).map(Box::new);
        let version_id = if let Some(value) = value {
            let id = VersionId::new(token.as_str());
            let book = &mut call.book;
            let added = secret.add_version(id.clone(), Some(value), call.at, &assume, book)?;
            let put = Put {
                version: added.slot,
                writer: Writer::CreateSecret,
                labels: None,
                first: true,
                fills: false,
                rotating: None,
            };
            let stages = labels::put_value(secret.stages(), &put, &assume, &mut call.book)
                .map_err(|_| refusal::too_many_labels(Rule::PutRespectsLabelLimit))?;
            secret.commit(stages, Handles::default(), &assume, &mut call.book);
            Some(id)
        } else {
            call.cite(Rule::CreateWithoutValueMakesNoVersion);
            None
        };
        call.secret = Some(arn.clone());
        self.revision = self.revision.saturating_add(1);
        self.secrets.insert(serial, Box::new(secret));
        self.names.insert(Arc::clone(&call.region), account, name.clone(), serial);
        self.add_replicas(
            call,
            serial,
            replicas,
            request.force_overwrite_replica_secret == Some(true),
        );
        let replication_status = self.replication_status(serial);
        Ok(Reply::Creation(CreateSecretReply { arn, name, version_id, replication_status }))
    }

    pub(super) fn delete_secret(
        &mut self,
        call: &mut Call<'_>,
        request: &DeleteSecret,
    ) -> Result<Reply, ServiceError> {
        let forced = request.force_delete_without_recovery == Some(true);
        let id = Self::parse_id(call, &request.secret_id)?;
        if forced && request.recovery_window_in_days.is_some() {
            return Err(refuse(
                ErrorCode::InvalidParameterException,
                Rule::ForceExcludesWindow,
                "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
            ));
        }
        let window = request.recovery_window_in_days.unwrap_or(WINDOW_DEFAULT);
        if !(7..=30).contains(&window) {
            return Err(refuse(
                ErrorCode::InvalidParameterException,
                Rule::WindowIsSevenToThirty,
                "RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
            ));
        }
        let serial = match self.find(call, &request.secret_id) {
            Ok(serial) => serial,
            Err(error) if forced && error.code == ErrorCode::ResourceNotFoundException => {
                return Ok(self.delete_unknown(call, &request.secret_id, id));
            }
            Err(error) => return Err(error),
        };
        replica::refuse_copied(self.secret(serial)?)?;
        managed::refuse_change(self.secret(serial)?)?;
        replica::refuse_deletion(self.secret(serial)?)?;
        let scheduled = self.secret(serial)?.deletion.is_some();
        if scheduled && !forced {
            call.cite(Rule::ScheduledSecretRefusesCalls);
            return Err(refusal::marked_for_deletion(Rule::SecondDeletionIsRefused));
        }
        call.cite(if scheduled {
            Rule::ForceOnScheduledSucceeds
        } else {
            Rule::DeletionWaitsForWindow
        });
        if request.force_delete_without_recovery == Some(false)
            && request.recovery_window_in_days.is_some()
        {
            call.cite(Rule::ForceExcludesWindow);
        }
        Ok(Reply::Deletion(self.schedule_deletion(call, serial, forced, window)?))
    }

    fn schedule_deletion(
        &mut self,
        call: &mut Call<'_>,
        serial: Serial,
        forced: bool,
        window: i64,
    ) -> Result<DeleteSecretReply, ServiceError> {
        let (date, done_at) = if forced {
            call.cite(Rule::ForcedDeletionTakesTime);
            let delay = match self.setting.assume.forced_delete {
                ForcedDelete::After10s => FORCED_DELETE,
                ForcedDelete::Immediately => Span::from_millis(0),
            };
            (call.at, call.at.plus(delay))
        } else {
            call.cite(Rule::DeletionDateIsExact);
            let date = call.at.plus(Span::days(window));
            (date, date)
        };
        let secret = self.secret_mut(serial)?;
        if secret.run.is_some() {
            call.cite(Rule::DeletionDuringRotation);
        }
        if secret.deletion.is_none() {
            secret.log_versions(EventName::StartSecretVersionDelete, &mut call.book);
        }
        secret.deletion = Some(Deletion { date, done_at, forced });
        secret.touch(call.at, &mut call.book);
        let (arn, name) = (secret.arn.clone(), secret.name.clone());
        self.agenda.insert((done_at, serial));
        Ok(DeleteSecretReply { arn, name, deletion_date: date })
    }

    /// A forced delete of a secret that doesn't exist answers as if it had.
    fn delete_unknown(&mut self, call: &mut Call<'_>, text: &str, id: SecretId<'_>) -> Reply {
        call.cite(Rule::ForceOnUnknownSucceeds);
        let (name, whole) = id.name();
        let arn = if whole {
            SecretArn::new(text)
        } else {
            self.make_arn(&call.region, &call.caller.account, name)
        };
        Reply::Deletion(DeleteSecretReply {
            arn,
            name: SecretName::new(name),
            deletion_date: call.at,
        })
    }

    pub(super) fn restore_secret(
        &mut self,
        call: &mut Call<'_>,
        request: &RestoreSecret,
    ) -> Result<Reply, ServiceError> {
        let serial = self.find(call, &request.secret_id)?;
        replica::refuse_change(self.secret(serial)?)?;
        let assume = self.setting.assume;
        let secret = self.secret(serial)?;
        let reply =
            Reply::Secret(SecretReply { arn: secret.arn.clone(), name: secret.name.clone() });
        match secret.deletion {
            None => {
                call.cite(Rule::RestoreOfLiveSecret);
                if assume.restore_live == RestoreLive::Refused {
                    return Err(refuse(
                        ErrorCode::InvalidRequestException,
                        Rule::RestoreOfLiveSecret,
                        "You can't restore a secret that isn't scheduled for deletion.",
                    ));
                }
            }
            Some(Deletion { forced: true, .. }) => {
                return Err(refusal::not_found(Rule::RestoreNeedsSecret));
            }
            Some(_) => {
                call.cite(Rule::RestoreBringsAllBack);
                let secret = self.secret_mut(serial)?;
                secret.log_versions(EventName::CancelSecretVersionDelete, &mut call.book);
                secret.deletion = None;
                secret.touch(call.at, &mut call.book);
            }
        }
        Ok(reply)
    }
}

/// Gives a new secret the metadata that its request names.
fn furnish(secret: &mut Secret, call: &mut Call<'_>, request: &CreateSecret) {
    secret.description = request.description.clone().filter(|text| !text.is_empty());
    if request.description.as_deref() == Some("") {
        call.cite(Rule::EmptyDescriptionIsAbsent);
    }
    secret.kms_key_id = request.kms_key_id.as_deref().filter(|key| !key.is_empty()).map(Into::into);
    let tags = request.tags.as_deref().unwrap_or_default();
    if !tags.is_empty() {
        tag::add(secret.tags.get_or_insert_default(), tags);
    }
}

/// `CreateSecret` for a name that is taken: a repeated request, or a refusal.
fn create_again(
    secret: &Secret,
    call: &mut Call<'_>,
    token: &str,
    value: Option<&SecretValue>,
) -> Result<CreateSecretReply, ServiceError> {
    call.secret = Some(secret.arn.clone());
    if secret.deletion.is_some() {
        return Err(refuse(
            ErrorCode::InvalidRequestException,
            Rule::NameWaitsForDeletion,
            "You can't create this secret because a secret with this name is already scheduled for deletion.",
        ));
    }
    let Some(version) = secret.slot_of(token).and_then(|slot| secret.version(slot)) else {
        return Err(refuse(
            ErrorCode::ResourceExistsException,
            Rule::NameIsTaken,
            format!("The operation failed because the secret {} already exists.", secret.name),
        ));
    };
    if version.value.as_ref() != value {
        return Err(refusal::token_in_use(
            token,
            secret.arn.as_str(),
            Rule::CreateTokenKeepsItsValue,
        ));
    }
    call.cite(Rule::CreateReplayIsIdempotent);
    Ok(CreateSecretReply {
        arn: secret.arn.clone(),
        name: secret.name.clone(),
        version_id: Some(version.id.clone()),
        replication_status: None,
    })
}
