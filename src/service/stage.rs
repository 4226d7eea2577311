//! `UpdateSecretVersionStage`.

use super::refusal::{self, LabelCall};
use super::secret::Handles;
use super::{Call, SecretsManager};
use crate::api::{Reply, SecretReply, ServiceError, UpdateSecretVersionStage};
use crate::evidence::Rule;
use crate::labels::{self, LabelSlot, Named, StageUpdate};
use crate::secret::StagingLabel;

impl SecretsManager {
    pub(super) fn update_secret_version_stage(
        &mut self,
        call: &mut Call<'_>,
        request: &UpdateSecretVersionStage,
    ) -> Result<Reply, ServiceError> {
        let serial =
            self.find_own(call, &request.secret_id, Rule::ScheduledSecretRefusesLabelMoves)?;
        let assume = self.setting.assume;
        let secret = self.secret(serial)?;
        let label = StagingLabel::new(&request.version_stage);
        let mut handles = Handles::default();
        let slot = secret
            .handle(&label, &mut handles)
            .ok_or_else(|| refusal::too_many_labels(Rule::StageRespectsLabelLimit))?;
        let source = request.remove_from_version_id.as_deref();
        let target = request.move_to_version_id.as_deref();
        let move_to = secret.named(target);
        let stages = secret.stages();
        let holder = stages.holder(slot);
        let update = StageUpdate {
            label: slot,
            remove_from: secret.named(source),
            move_to,
            target_has_value: match move_to {
                Named::Version(to) => {
                    secret.version(to).is_some_and(|version| version.value.is_some())
                }
                Named::Absent | Named::Unknown => true,
            },
        };
        if let Named::Version(to) = move_to
            && !stages.is_labelled(to)
        {
            call.cite(Rule::DeprecatedCanBeRelabeled);
        }
        let new_stages =
            labels::update_stage(stages, update, &assume, &mut call.book).map_err(|refused| {
                let holder =
                    holder.and_then(|held| secret.version(held)).map(|version| version.id.as_str());
                let texts = LabelCall {
                    label: &label,
                    source: source.unwrap_or_default(),
                    target: target.unwrap_or_default(),
                    holder: holder.unwrap_or_default(),
                    held: holder.is_some(),
                };
                refusal::labels(refused, texts, &assume)
            })?;
        let freed =
            slot == LabelSlot::PENDING && holder.is_some() && new_stages.holder(slot).is_none();
        if freed && holder != new_stages.holder(LabelSlot::CURRENT) {
            call.cite(Rule::RemovingPendingUnblocksRotation);
        }
        if freed && holder == new_stages.holder(LabelSlot::CURRENT) && secret.cleanup_at.is_some() {
            call.cite(Rule::FunctionMayRemovePending);
        }
        self.commit(call, serial, new_stages, handles)?;
        let secret = self.secret(serial)?;
        Ok(Reply::Secret(SecretReply { arn: secret.arn.clone(), name: secret.name.clone() }))
    }
}
