//! `GetRandomPassword`.

use super::SecretsManager;
use super::refusal::refuse;
use crate::api::{
    ErrorCode, GetRandomPassword, GetRandomPasswordReply, Reply, SecretText, ServiceError,
};

const LENGTH_DEFAULT: i64 = 32;

const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const DIGITS: &str = "0123456789";
const PUNCTUATION: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

fn invalid(text: &str) -> ServiceError {
    refuse(ErrorCode::InvalidParameterException, None, text)
}

impl SecretsManager {
    pub(super) fn get_random_password(
        &mut self,
        request: &GetRandomPassword,
    ) -> Result<Reply, ServiceError> {
        let length = request.password_length.unwrap_or(LENGTH_DEFAULT);
        let length = usize::try_from(length).unwrap_or_default();
        let excluded = request.exclude_characters.as_deref().unwrap_or_default();
        let kinds: Vec<Vec<u8>> = [
            (UPPER, request.exclude_uppercase != Some(true)),
            (LOWER, request.exclude_lowercase != Some(true)),
            (DIGITS, request.exclude_numbers != Some(true)),
            (PUNCTUATION, request.exclude_punctuation != Some(true)),
            (" ", request.include_space == Some(true)),
        ]
        .into_iter()
        .filter(|(_, included)| *included)
        .map(|(kind, _)| kind.bytes().filter(|byte| !excluded.as_bytes().contains(byte)).collect())
        .filter(|kind: &Vec<u8>| !kind.is_empty())
        .collect();
        let all: Vec<u8> = kinds.concat();
        if all.is_empty() {
            return Err(invalid("No characters are left to make a password of."));
        }
        let mut password = Vec::with_capacity(length);
        if request.require_each_included_type != Some(false) {
            if kinds.len() > length {
                return Err(invalid(
                    "PasswordLength is too short for one character of each included type.",
                ));
            }
            password.extend(kinds.iter().map(|kind| self.passwords.pick(kind)));
        }
        while password.len() < length {
            password.push(self.passwords.pick(&all));
        }
        for last in (1..password.len()).rev() {
            password.swap(last, self.passwords.below(last.saturating_add(1)));
        }
        let random_password = SecretText(String::from_iter(password).into());
        Ok(Reply::Password(GetRandomPasswordReply { random_password }))
    }
}
