//! `ListSecrets`, its filters, and paging.

use std::fmt::Debug;

use super::facts::{describe, shows_computed_days};
use super::refusal::refuse;
use super::secret::Secret;
use super::{Call, SecretsManager};
use crate::api::{
    Blob, DescribeSecretReply, ErrorCode, Filter, ListSecrets, ListSecretsReply, Reply,
    ServiceError,
};
use crate::assumption::Assumptions;
use crate::evidence::Rule;
use crate::seed::{Purpose, Stream};

/// Entries on a page when the request has no `MaxResults`: as many as it may ask for.
pub(super) const PAGE_DEFAULT: usize = 100;

impl SecretsManager {
    pub(super) fn list_secrets(
        &mut self,
        call: &mut Call<'_>,
        request: &ListSecrets,
    ) -> Result<Reply, ServiceError> {
        let assume = self.setting.assume;
        let planned = request.include_planned_deletion == Some(true);
        let filters = request.filters.as_deref().unwrap_or_default();
        let mut found = self.matching(call, filters, planned);
        match request.sort_by.as_deref() {
            Some("name") => found.sort_by(|a, b| a.name.cmp(&b.name)),
            Some("last-changed-date") => found.sort_by_key(|secret| secret.last_changed),
            Some("last-accessed-date") => found.sort_by_key(|secret| secret.last_accessed),
            // They are in the order of creation already.
            _ => {}
        }
        if request.sort_order.as_deref() == Some("desc") {
            found.reverse();
        }
        let order = (&request.sort_by, &request.sort_order);
        let listing = Listing {
            seed: self.setting.seed,
            of: &("ListSecrets", &call.caller.account, &call.region, planned, filters, order),
            page_default: PAGE_DEFAULT,
        };
        let (found, next_token) =
            page(found, &listing, request.max_results, request.next_token.as_deref())?;
        call.cite(Rule::ListSecretsHidesScheduled);
        cite_filters(call, filters);
        let secret_list: Vec<_> = found.into_iter().map(|secret| entry(secret, &assume)).collect();
        if secret_list.iter().any(shows_computed_days) {
            call.cite(Rule::ScheduleShowsComputedDays);
        }
        Ok(Reply::Secrets(ListSecretsReply { secret_list, next_token }))
    }

    /// The secrets of the caller's account that all filters match, oldest first.
    pub(super) fn matching(
        &self,
        call: &Call<'_>,
        filters: &[Filter],
        planned: bool,
    ) -> Vec<&Secret> {
        let secrets = self.secrets.values().map(|secret| &**secret);
        let own = secrets.filter(|secret| {
            secret.account == call.caller.account && secret.arn.region() == &*call.region
        });
        own.filter(|secret| {
            (planned || secret.deletion.is_none())
                && filters.iter().all(|filter| matches(secret, filter))
        })
        .collect()
    }
}

/// Cites the rule about filters, once it has decided an answer.
pub(super) fn cite_filters(call: &mut Call<'_>, filters: &[Filter]) {
    if !filters.is_empty() {
        call.cite(Rule::ListFiltersMatchPrefixes);
    }
}

/// A secret as `ListSecrets` shows it: the label map has another name than in `DescribeSecret`.
fn entry(secret: &Secret, assume: &Assumptions) -> DescribeSecretReply {
    let mut entry = describe(secret, assume);
    entry.secret_versions_to_stages = entry.version_ids_to_stages.take();
    entry
}

/// Whether the secret has one of the filter's values; `!` in front of a value negates it.
fn matches(secret: &Secret, filter: &Filter) -> bool {
    filter.values.iter().any(|value| match value.strip_prefix('!') {
        Some(value) => !matches_value(secret, &filter.key, value),
        None => matches_value(secret, &filter.key, value),
    })
}

/// Name, tags, Region and owner are compared as they are; the words of descriptions, and of everything, by letter
/// alone: the model says so of each key.
fn matches_value(secret: &Secret, key: &str, value: &str) -> bool {
    let tags = || secret.tags.iter().flatten();
    let description = || secret.description.as_deref().is_some_and(|text| words_begin(text, value));
    let owner = secret.owner.as_deref();
    match key {
        "name" => secret.name.as_str().starts_with(value),
        "description" => description(),
        "tag-key" => tags().any(|tag| tag.key.starts_with(value)),
        "tag-value" => tags().any(|tag| tag.value.starts_with(value)),
        // A secret that isn't replicated is in its primary Region.
        "primary-region" => {
            secret.primary_region().unwrap_or(secret.arn.region()).starts_with(value)
        }
        "owning-service" => owner.is_some_and(|owner| owner.starts_with(value)),
        "all" => {
            words_begin(secret.name.as_str(), value)
                || description()
                || tags().any(|tag| words_begin(&tag.key, value) || words_begin(&tag.value, value))
                || owner.is_some_and(|owner| words_begin(owner, value))
        }
        // The model has no other key.
        _ => false,
    }
}

/// Whether every word of `wanted` is the beginning of some word of `text`, upper or lower case.
fn words_begin(text: &str, wanted: &str) -> bool {
    let (text, wanted) = (text.to_lowercase(), wanted.to_lowercase());
    wanted
        .split_whitespace()
        .all(|wanted| text.split_whitespace().any(|word| word.starts_with(wanted)))
}

/// A list that comes in pages.
#[derive(Debug)]
pub(super) struct Listing<'l> {
    pub(super) seed: u64,
    /// What the request asks for, page and token aside: a token belongs to that.
    pub(super) of: &'l dyn Debug,
    pub(super) page_default: usize,
}

impl Listing<'_> {
    /// A number that belongs to this list alone.
    fn key(&self) -> u64 {
        let fold =
            |hash: u64, byte| Stream::new(hash ^ u64::from(byte), Purpose::PageTokens).draw();
        format!("{:?}", self.of).bytes().fold(self.seed, fold)
    }

    /// The token of the page that begins with entry number `start`: no client can read it or make one up.
    fn token(&self, start: u64) -> String {
        let key = self.key();
        let mut seal = Stream::new(key.wrapping_add(start), Purpose::PageTokens);
        let hidden = start ^ Stream::new(key, Purpose::PageTokens).draw();
        let parts = [hidden, seal.draw(), seal.draw()];
        Blob(parts.into_iter().flat_map(u64::to_be_bytes).collect()).to_base64()
    }

    /// The number of the entry at which the page of a token begins; `None` if no answer to this request gave it.
    fn start(&self, token: &str) -> Option<usize> {
        let bytes = Blob::from_base64(token)?.0;
        let hidden = u64::from_be_bytes(*bytes.first_chunk()?);
        let start = hidden ^ Stream::new(self.key(), Purpose::PageTokens).draw();
        (self.token(start) == token).then_some(usize::try_from(start).ok()?)
    }
}

/// The answer to a token that is none. The model declares it; the text is not known.
pub(super) fn invalid_token() -> ServiceError {
    refuse(ErrorCode::InvalidNextTokenException, None, "Invalid NextToken.")
}

/// One page of a list, and the token of the next one.
///
/// `MaxResults` counts what the filters let through: the model calls it the number of results in the response. AWS may
/// give fewer with a token all the same; here a page is full unless it is the last one. A token stands for a number of
/// entries, so what is created or deleted between two pages may shift them; what AWS does then is not known.
pub(super) fn page<T>(
    mut entries: Vec<T>,
    listing: &Listing<'_>,
    max_results: Option<i64>,
    token: Option<&str>,
) -> Result<(Vec<T>, Option<String>), ServiceError> {
    let start = match token {
        Some(token) => listing.start(token).ok_or_else(invalid_token)?,
        None => 0,
    };
    let size = max_results.and_then(|most| usize::try_from(most).ok());
    let end = start.saturating_add(size.unwrap_or(listing.page_default));
    let next = (end < entries.len()).then(|| listing.token(end as u64));
    entries.truncate(end);
    entries.drain(..start.min(entries.len()));
    Ok((entries, next))
}
