//! `PutSecretValue`, `UpdateSecret`.

use super::refusal::{self, refuse};
use super::secret::{Handles, LabelMove, Secret};
use super::{Call, SecretsManager, Serial, cross_account, managed, order, replica};
use crate::api::{
    Blob, ErrorCode, PutSecretValue, PutSecretValueReply, Reply, SecretText, ServiceError,
    UpdateSecret, VersionReply,
};
use crate::assumption::ReplayLabels;
use crate::caller::Caller;
use crate::evidence::Rule;
use crate::labels::{self, LabelRefusal, LabelSlot, Put, VersionSlot, Writer};
use crate::secret::{SecretValue, StagingLabel, VersionId};

/// The value in a request, which has text or bytes but not both.
pub(super) fn request_value(
    text: Option<&SecretText>,
    bytes: Option<&Blob>,
    rule: Option<Rule>,
) -> Result<Option<SecretValue>, ServiceError> {
    match (text, bytes) {
        (Some(_), Some(_)) => Err(refusal::two_values(rule)),
        (Some(text), None) => Ok(Some(SecretValue::Text(text.0.clone()))),
        (None, Some(bytes)) => Ok(Some(SecretValue::Binary(bytes.0.as_slice().into()))),
        (None, None) => Ok(None),
    }
}

/// Token and value of a request that stores into a secret: the token is missed before the value is looked at.
fn token_and_value<'r>(
    token: Option<&'r str>,
    text: Option<&SecretText>,
    bytes: Option<&Blob>,
    rule: Option<Rule>,
) -> Result<(&'r str, Option<SecretValue>), ServiceError> {
    let missing = || refusal::token_missing(ErrorCode::InvalidRequestException);
    let token = token.ok_or_else(missing)?;
    Ok((token, request_value(text, bytes, rule)?))
}

/// The value to store, and where.
#[derive(Clone, Copy, Debug)]
struct Store<'a> {
    writer: Writer,
    token: &'a str,
    value: &'a SecretValue,
    labels: Option<&'a [String]>,
    /// `RotationToken`: what a function of another account proves itself with.
    rotation_token: Option<&'a str>,
}

/// What became of a value that was to be stored.
#[derive(Clone, Copy, Debug)]
enum Stored {
    /// The version has it now.
    New(VersionSlot),
    /// The version had it already; the request was sent again.
    Again(VersionSlot),
}

impl Stored {
    const fn slot(self) -> VersionSlot {
        match self {
            Self::New(slot) | Self::Again(slot) => slot,
        }
    }
}

impl SecretsManager {
    pub(super) fn put_secret_value(
        &mut self,
        call: &mut Call<'_>,
        request: &PutSecretValue,
    ) -> Result<Reply, ServiceError> {
        Self::parse_id(call, &request.secret_id)?;
        let (text, bytes) = (request.secret_string.as_ref(), request.secret_binary.as_ref());
        let (token, value) = token_and_value(
            request.client_request_token.as_deref(),
            text,
            bytes,
            Some(Rule::PutTakesOneValue),
        )?;
        let value = value.ok_or_else(|| {
            refuse(
                ErrorCode::InvalidRequestException,
                Rule::PutNeedsValue,
                "You must provide either SecretString or SecretBinary.",
            )
        })?;
        let assume = self.setting.assume;
        let labels = named_labels(call, request.version_stages.as_deref());
        let serial = self.find_own(call, &request.secret_id, Rule::ScheduledSecretRefusesCalls)?;
        let rotation_token = request.rotation_token.as_deref();
        let store =
            Store { writer: Writer::PutSecretValue, token, value: &value, labels, rotation_token };
        let stored = self.store(call, serial, store)?;
        let secret = self.secret(serial)?;
        let mut version_stages = secret.attached().to(stored.slot());
        order::sort(&mut version_stages, assume.label_order);
        call.cite(Rule::PutAnswerHasNoSetOrder);
        if version_stages.len() > 1 {
            call.cite(Rule::LabelsComeInHashOrder);
        }
        Ok(Reply::Put(PutSecretValueReply {
            arn: secret.arn.clone(),
            name: secret.name.clone(),
            version_id: VersionId::new(token),
            version_stages,
        }))
    }

    pub(super) fn update_secret(
        &mut self,
        call: &mut Call<'_>,
        request: &UpdateSecret,
    ) -> Result<Reply, ServiceError> {
        Self::parse_id(call, &request.secret_id)?;
        let (text, bytes) = (request.secret_string.as_ref(), request.secret_binary.as_ref());
        let token = request.client_request_token.as_deref();
        // That an update takes one value is in no rule, and with which error it refuses two isn't known.
        let (token, value) = token_and_value(token, text, bytes, None)?;
        let serial = self.find_live(call, &request.secret_id, Rule::ScheduledSecretRefusesCalls)?;
        let secret = self.secret(serial)?;
        // "A replica secret can't be updated independently from its primary secret, except for its encryption key."
        if !changes_key_alone(request) {
            replica::refuse_change(secret)?;
        }
        cross_account::refuse_default_key(secret, request.kms_key_id.as_deref())?;
        managed::refuse_change(secret)?;
        let version_id = if let Some(value) = &value {
            let store = Store {
                writer: Writer::UpdateSecret,
                token,
                value,
                labels: None,
                rotation_token: None,
            };
            self.store(call, serial, store)?;
            Some(VersionId::new(token))
        } else {
            call.cite(Rule::UpdateWithoutValueMakesNoVersion);
            None
        };
        let secret = self.secret_mut(serial)?;
        update_metadata(secret, call, request);
        Ok(Reply::Version(VersionReply {
            arn: secret.arn.clone(),
            name: secret.name.clone(),
            version_id,
        }))
    }

    /// Stores a value in the version of the token: a new one, a placeholder, or the one that has it already.
    fn store(
        &mut self,
        call: &mut Call<'_>,
        serial: Serial,
        store: Store<'_>,
    ) -> Result<Stored, ServiceError> {
        let assume = self.setting.assume;
        let secret = self.secret(serial)?;
        default_key_is_for_own_account(secret, call)?;
        let existing = secret.slot_of(store.token);
        let held = existing
            .and_then(|slot| secret.version(slot))
            .and_then(|version| version.value.as_ref());
        if let (Some(slot), Some(held)) = (existing, held) {
            let (replay, conflict) = match store.writer {
                Writer::UpdateSecret => {
                    (Rule::UpdateReplayIsIdempotent, Rule::UpdateTokenKeepsItsValue)
                }
                Writer::PutSecretValue | Writer::CreateSecret => {
                    (Rule::PutReplayIsIdempotent, Rule::PutTokenKeepsItsValue)
                }
            };
            if held != store.value {
                return Err(refusal::token_in_use(store.token, secret.arn.as_str(), conflict));
            }
            call.cite(replay);
            if store.labels.is_some() {
                call.cite(Rule::PutReplayIgnoresLabels);
                if assume.replay_labels == ReplayLabels::Applied {
                    self.label(call, serial, store, slot, None)?;
                }
            }
            return Ok(Stored::Again(slot));
        }
        let fills = existing.is_some();
        if store.writer == Writer::UpdateSecret && same_as_current(secret, store.value) {
            call.cite(Rule::SameValueMakesNewVersion);
        }
        let first = !secret.has_versions();
        let (slot, added) = if let Some(slot) = existing {
            (slot, None)
        } else {
            let (id, value) = (VersionId::new(store.token), Some(store.value.clone()));
            let secret = self.tentative_mut(serial)?;
            let added = secret.add_version(id, value, call.at, &assume, &mut call.book)?;
            (added.slot, Some(added))
        };
        if let Err(error) = self.label(call, serial, store, slot, Some((first, fills))) {
            if let Some(added) = added {
                self.tentative_mut(serial)?.undo(added);
            }
            return Err(error);
        }
        let secret = self.secret_mut(serial)?;
        let proof = secret.run.as_ref().and_then(|run| Some(&*run.work.as_ref()?.rotation_token));
        let by_function = &*call.caller.name == Caller::FUNCTION
            || (store.rotation_token.is_some() && store.rotation_token == proof);
        if let Some(version) = secret.version_mut(slot) {
            version.value = Some(store.value.clone());
            version.by_function = by_function;
        }
        secret.touch(call.at, &mut call.book);
        let current = |it: &LabelMove| it.label == StagingLabel::AwsCurrent;
        if call.book.moves.iter().any(current) {
            self.count_as_rotation(call, serial);
        }
        Ok(Stored::New(slot))
    }

    /// Labels the version that takes a value. `news` is `None` if it had the value before.
    fn label(
        &mut self,
        call: &mut Call<'_>,
        serial: Serial,
        store: Store<'_>,
        version: VersionSlot,
        news: Option<(bool, bool)>,
    ) -> Result<(), ServiceError> {
        let assume = self.setting.assume;
        let secret = self.secret(serial)?;
        let too_many = || refusal::too_many_labels(Rule::PutRespectsLabelLimit);
        let mut handles = Handles::default();
        let labels = match store.labels {
            Some(named) => Some(secret.handle_all(named, &mut handles).ok_or_else(too_many)?),
            None => None,
        };
        let (first, fills) = news.unwrap_or((false, false));
        let put = Put {
            version,
            writer: store.writer,
            labels,
            first,
            fills,
            rotating: secret.run.as_ref().map(|run| run.version),
        };
        let stages = labels::put_value(secret.stages(), &put, &assume, &mut call.book).map_err(
            |refusal| {
                debug_assert_eq!(
                    refusal,
                    LabelRefusal::TooManyLabels,
                    "the only way to refuse a put"
                );
                too_many()
            },
        )?;
        self.commit(call, serial, stages, handles)
    }
}

/// `VersionStages` of a request. An empty list counts as none; unless it is assumed to, the model has refused it.
fn named_labels<'r>(call: &mut Call<'_>, labels: Option<&'r [String]>) -> Option<&'r [String]> {
    let named = labels.filter(|named| !named.is_empty())?;
    if named.iter().enumerate().any(|(index, label)| named.iter().take(index).any(|it| it == label))
    {
        call.cite(Rule::DuplicateLabelsAreOne);
    }
    if named.iter().any(|label| label.starts_with("AWS") && !is_of_aws(label)) {
        call.cite(Rule::AwsPrefixIsNotReserved);
    }
    Some(named)
}

fn is_of_aws(label: &str) -> bool {
    matches!(label, "AWSCURRENT" | "AWSPENDING" | "AWSPREVIOUS")
}

/// Another account can't use values under the default key.
pub(super) fn default_key_is_for_own_account(
    secret: &Secret,
    call: &Call<'_>,
) -> Result<(), ServiceError> {
    if call.caller.account != secret.account && secret.kms_key_id.is_none() {
        return Err(refusal::default_key());
    }
    Ok(())
}

fn same_as_current(secret: &Secret, value: &SecretValue) -> bool {
    let current = secret.stages().holder(LabelSlot::CURRENT).and_then(|slot| secret.version(slot));
    current.is_some_and(|version| version.value.as_ref() == Some(value))
}

/// Whether a request names a key and nothing else to change.
const fn changes_key_alone(request: &UpdateSecret) -> bool {
    request.kms_key_id.is_some()
        && request.description.is_none()
        && request.secret_string.is_none()
        && request.secret_binary.is_none()
        && request.secret_type.is_none()
}

fn update_metadata(secret: &mut Secret, call: &mut Call<'_>, request: &UpdateSecret) {
    let mut changes = false;
    if secret.rotation.is_some() {
        call.cite(Rule::UpdateLeavesRotationSettings);
    }
    if let Some(text) = &request.description {
        secret.description = Some(text.clone()).filter(|text| !text.is_empty());
        changes = true;
    }
    if let Some(key) = &request.kms_key_id {
        call.cite(Rule::KeyChangeReencryptsLabeled);
        secret.kms_key_id = Some(key.as_str()).filter(|key| !key.is_empty()).map(Into::into);
        let key = secret.kms_key_id.clone();
        for label in [LabelSlot::CURRENT, LabelSlot::PENDING, LabelSlot::PREVIOUS] {
            if let Some(version) =
                secret.stages().holder(label).and_then(|slot| secret.version_mut(slot))
            {
                version.kms_key_id.clone_from(&key);
            }
        }
        changes = true;
    }
    if changes {
        secret.touch(call.at, &mut call.book);
    } else if request.secret_string.is_none() && request.secret_binary.is_none() {
        call.cite(Rule::EmptyUpdateSucceeds);
    }
}
