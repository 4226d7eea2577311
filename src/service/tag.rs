//! `TagResource`, `UntagResource`.

use super::{Call, SecretsManager};
use crate::api::{Empty, Reply, ServiceError, TagResource, UntagResource};
use crate::evidence::Rule;

impl SecretsManager {
    pub(super) fn tag_resource(
        &mut self,
        call: &mut Call<'_>,
        request: &TagResource,
    ) -> Result<Reply, ServiceError> {
        let serial =
            self.find_primary(call, &request.secret_id, Rule::ScheduledSecretRefusesCalls)?;
        call.cite(Rule::TagsBelongToSecret);
        let secret = self.secret_mut(serial)?;
        let tags = secret.tags.get_or_insert_default();
        for tag in &request.tags {
            match tags.iter_mut().find(|it| it.key == tag.key) {
                Some(old) => old.value.clone_from(&tag.value),
                None => tags.push(tag.clone()),
            }
        }
        secret.touch(call.at, &mut call.book);
        Ok(Reply::Empty(Empty {}))
    }

    pub(super) fn untag_resource(
        &mut self,
        call: &mut Call<'_>,
        request: &UntagResource,
    ) -> Result<Reply, ServiceError> {
        let serial =
            self.find_primary(call, &request.secret_id, Rule::ScheduledSecretRefusesCalls)?;
        call.cite(Rule::TagsBelongToSecret);
        let secret = self.secret_mut(serial)?;
        if let Some(tags) = &mut secret.tags {
            tags.retain(|tag| !request.tag_keys.contains(&tag.key));
        }
        secret.touch(call.at, &mut call.book);
        Ok(Reply::Empty(Empty {}))
    }
}
