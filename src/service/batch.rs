//! `BatchGetSecretValue`.

use std::sync::Arc;

use super::list::{Listing, cite_filters, invalid_token, page};
use super::refusal::refuse;
use super::secret::Book;
use super::{Call, SecretsManager};
use crate::api::{
    ApiError, BatchGetSecretValue, BatchGetSecretValueReply, ErrorCode, Filter, GetSecretValue,
    GetSecretValueReply, Operation, OperationName, Reply, ServiceError,
};
use crate::evidence::Rule;
use crate::secret::SecretArn;

/// Secrets on a page when the request has no `MaxResults`: as many as it may ask for.
const PAGE_DEFAULT: usize = 20;

/// The texts of misuse are those of moto; what AWS says is not known.
fn misused(text: &str) -> ServiceError {
    refuse(ErrorCode::InvalidParameterException, Rule::BatchReadCollectsErrors, text)
}

impl SecretsManager {
    pub(super) fn batch_get_secret_value(
        &mut self,
        call: &mut Call<'_>,
        request: &BatchGetSecretValue,
    ) -> Result<Reply, ServiceError> {
        call.cite(Rule::BatchReadCollectsErrors);
        let (ids, next_token) = self.batch(call, request)?;
        let (mut secret_values, mut errors) = (Vec::new(), Vec::new());
        for secret_id in ids {
            match self.read_one(call, &secret_id) {
                Ok(value) => secret_values.push(value),
                Err(error) => errors.push(ApiError {
                    secret_id,
                    error_code: error.code,
                    message: error.message,
                }),
            }
        }
        Ok(Reply::Batch(BatchGetSecretValueReply { secret_values, next_token, errors }))
    }

    /// The secrets that a request asks for, and the token of the next page.
    fn batch(
        &self,
        call: &mut Call<'_>,
        request: &BatchGetSecretValue,
    ) -> Result<(Vec<String>, Option<String>), ServiceError> {
        let filters = match (&request.secret_id_list, &request.filters) {
            (Some(ids), None) => {
                if request.max_results.is_some() {
                    return Err(misused(
                        "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.",
                    ));
                }
                if request.next_token.is_some() {
                    // A list of ids comes on one page, so no token can belong to it.
                    return Err(invalid_token());
                }
                return Ok((ids.clone(), None));
            }
            (None, Some(filters)) => filters,
            (Some(_), Some(_)) | (None, None) => {
                return Err(misused(
                    "Either 'SecretIdList' or 'Filters' must be provided, but not both.",
                ));
            }
        };
        self.filtered(call, request, filters)
    }

    fn filtered(
        &self,
        call: &mut Call<'_>,
        request: &BatchGetSecretValue,
        filters: &[Filter],
    ) -> Result<(Vec<String>, Option<String>), ServiceError> {
        let found = self.matching(call, filters, false);
        let arns: Vec<SecretArn> = found.into_iter().map(|secret| secret.arn.clone()).collect();
        let listing = Listing {
            seed: self.setting.seed,
            of: &("BatchGetSecretValue", &call.caller.account, &call.region, filters),
            page_default: PAGE_DEFAULT,
        };
        let (arns, next) =
            page(arns, &listing, request.max_results, request.next_token.as_deref())?;
        cite_filters(call, filters);
        Ok((arns.iter().map(SecretArn::to_string).collect(), next))
    }

    /// Reads one secret of the batch as `GetSecretValue` would, for which the caller needs the permission too.
    fn read_one(
        &mut self,
        call: &mut Call<'_>,
        id: &str,
    ) -> Result<GetSecretValueReply, ServiceError> {
        let mut read = Call {
            at: call.at,
            caller: call.caller,
            region: Arc::clone(&call.region),
            name: OperationName::GetSecretValue,
            secret: None,
            book: Book::default(),
        };
        let request =
            GetSecretValue { secret_id: id.to_owned(), version_id: None, version_stage: None };
        let operation = Operation::GetSecretValue(request.clone());
        let permitted = self.permit(&mut read, &operation);
        let outcome = permitted.and_then(|()| self.read_value(&mut read, &request));
        call.book.rules.extend(read.book.rules.iter());
        if let Err(error) = &outcome {
            call.book.rules.extend(error.rule);
        }
        outcome
    }
}
