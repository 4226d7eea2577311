//! `ListSecrets`, its filters, and paging.

use super::facts::describe;
use super::refusal::refuse;
use super::secret::Secret;
use super::{Call, SecretsManager};
use crate::api::{
    DescribeSecretReply, ErrorCode, Filter, ListSecrets, ListSecretsReply, Reply, ServiceError,
};
use crate::assumption::Assumptions;
use crate::evidence::Rule;

/// Entries on a page when the request has no `MaxResults`.
const PAGE_DEFAULT: usize = 100;

impl SecretsManager {
    pub(super) fn list_secrets(
        &mut self,
        call: &mut Call<'_>,
        request: &ListSecrets,
    ) -> Result<Reply, ServiceError> {
        let assume = self.setting.assume;
        let planned = request.include_planned_deletion == Some(true);
        let filters = request.filters.as_deref().unwrap_or_default();
        if !filters.is_empty() {
            call.cite(Rule::ListFiltersMatchPrefixes);
        }
        let own = self.secrets.values().filter(|secret| secret.account == call.caller.account);
        let mut found: Vec<&Secret> = own
            .filter(|secret| {
                (planned || secret.deletion.is_none())
                    && filters.iter().all(|filter| matches(secret, filter, &self.setting.region))
            })
            .collect();
        call.cite(Rule::ListSecretsHidesScheduled);
        if request.sort_order.as_deref() == Some("desc") {
            found.reverse();
        }
        let entries = found.into_iter().map(|secret| entry(secret, &assume)).collect();
        let (secret_list, next_token) =
            page(entries, request.max_results, request.next_token.as_deref())?;
        Ok(Reply::Secrets(ListSecretsReply { secret_list, next_token }))
    }
}

/// A secret as `ListSecrets` shows it: the label map has another name than in `DescribeSecret`.
fn entry(secret: &Secret, assume: &Assumptions) -> DescribeSecretReply {
    let mut entry = describe(secret, assume);
    entry.secret_versions_to_stages = entry.version_ids_to_stages.take();
    entry
}

/// Whether the secret has one of the filter's values; `!` in front of a value negates it.
fn matches(secret: &Secret, filter: &Filter, region: &str) -> bool {
    filter.values.iter().any(|value| match value.strip_prefix('!') {
        Some(value) => !matches_value(secret, &filter.key, value, region),
        None => matches_value(secret, &filter.key, value, region),
    })
}

fn matches_value(secret: &Secret, key: &str, value: &str, region: &str) -> bool {
    let tags = || secret.tags.iter().flatten();
    let description = || secret.description.as_deref().is_some_and(|text| words_begin(text, value));
    match key {
        "name" => secret.name.as_str().starts_with(value),
        "description" => description(),
        "tag-key" => tags().any(|tag| tag.key.starts_with(value)),
        "tag-value" => tags().any(|tag| tag.value.starts_with(value)),
        "primary-region" => region.starts_with(value),
        "all" => {
            words_begin(secret.name.as_str(), value)
                || description()
                || tags().any(|tag| words_begin(&tag.key, value) || words_begin(&tag.value, value))
        }
        _ => false,
    }
}

/// Whether every word of `wanted` is the beginning of some word of `text`.
fn words_begin(text: &str, wanted: &str) -> bool {
    wanted
        .split_whitespace()
        .all(|wanted| text.split_whitespace().any(|word| word.starts_with(wanted)))
}

/// One page of a list, and the token of the next one. A token is the number of the first entry.
pub(super) fn page<T>(
    mut entries: Vec<T>,
    max_results: Option<i64>,
    token: Option<&str>,
) -> Result<(Vec<T>, Option<String>), ServiceError> {
    let invalid = || {
        refuse(ErrorCode::InvalidNextTokenException, Rule::LengthIsValidated, "Invalid NextToken.")
    };
    let start = match token {
        Some(token) => token
            .strip_prefix("entry-")
            .and_then(|number| number.parse::<usize>().ok())
            .ok_or_else(invalid)?,
        None => 0,
    };
    if start > entries.len() {
        return Err(invalid());
    }
    let size = max_results.and_then(|most| usize::try_from(most).ok()).filter(|size| *size > 0);
    let end = start.saturating_add(size.unwrap_or(PAGE_DEFAULT));
    let next = (end < entries.len()).then(|| format!("entry-{end}"));
    entries.truncate(end);
    entries.drain(..start);
    Ok((entries, next))
}
