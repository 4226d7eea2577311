//! Tags: `TagResource`, `UntagResource`, and what all operations with tags share.

use super::refusal::refuse;
use super::{Call, SecretsManager};
use crate::api::{Empty, ErrorCode, Reply, ServiceError, Tag, TagResource, UntagResource};
use crate::evidence::Rule;

impl SecretsManager {
    pub(super) fn tag_resource(
        &mut self,
        call: &mut Call<'_>,
        request: &TagResource,
    ) -> Result<Reply, ServiceError> {
        let serial =
            self.find_independent(call, &request.secret_id, Rule::ScheduledSecretRefusesCalls)?;
        refuse_system_tags(request.tags.iter().map(|tag| &tag.key))?;
        call.cite(Rule::TagsBelongToSecret);
        let secret = self.secret_mut(serial)?;
        add(secret.tags.get_or_insert_default(), &request.tags);
        secret.touch(call.at, &mut call.book);
        Ok(Reply::Empty(Empty {}))
    }

    pub(super) fn untag_resource(
        &mut self,
        call: &mut Call<'_>,
        request: &UntagResource,
    ) -> Result<Reply, ServiceError> {
        let serial =
            self.find_independent(call, &request.secret_id, Rule::ScheduledSecretRefusesCalls)?;
        refuse_system_tags(&request.tag_keys)?;
        call.cite(Rule::TagsBelongToSecret);
        let secret = self.secret_mut(serial)?;
        if let Some(tags) = &mut secret.tags {
            tags.retain(|tag| !request.tag_keys.contains(&tag.key));
        }
        secret.touch(call.at, &mut call.book);
        Ok(Reply::Empty(Empty {}))
    }
}

/// Adds tags, or overwrites them by key. A key that is given twice has the later value: AWS doesn't say so of
/// `CreateSecret`, but a key can't have two.
pub(super) fn add(tags: &mut Vec<Tag>, more: &[Tag]) {
    for tag in more {
        match tags.iter_mut().find(|it| it.key == tag.key) {
            Some(old) => old.value.clone_from(&tag.value),
            None => tags.push(tag.clone()),
        }
    }
}

/// Refuses keys that AWS keeps to itself. The text was quoted of `TagResource` (cloud-custodian issue 9093); that the
/// other operations have the same one is a guess.
pub(super) fn refuse_system_tags<'k>(
    keys: impl IntoIterator<Item = &'k String>,
) -> Result<(), ServiceError> {
    match keys.into_iter().find(|key| key.starts_with("aws:")) {
        None => Ok(()),
        Some(key) => Err(refuse(
            ErrorCode::InvalidParameterException,
            None,
            format!("You can't modify system tags. Tag key: '{key}'."),
        )),
    }
}
