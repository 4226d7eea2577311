//! Everything that looks random, derived from one number: tokens, ARN suffixes, passwords.

use crate::secret::VersionId;

/// A stream of numbers that depends on nothing but the seed and what was drawn before.
///
/// `SplitMix64`: small, and good enough where nothing is secret. Two streams of one seed are kept apart by a
/// `purpose`, so that one more password doesn't change the next ARN.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stream(u64);

/// What a [`Stream`] is drawn for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// `ClientRequestToken`s that a client library makes up.
    Tokens,
    /// The six characters at the end of an ARN.
    Suffixes,
    /// `GetRandomPassword`.
    Passwords,
    /// Tokens of rotations that the service starts, and their moments.
    Rotations,
    /// How far reads lag behind.
    Lags,
    /// The ids of `CloudTrail` records and of who they are about.
    Records,
    /// The `NextToken` of a list.
    PageTokens,
    /// Versions of secrets that other services manage, and their values.
    Managed,
    /// Tokens that a rotation function makes up, and those that the target makes.
    Functions,
    /// Calls that `compare --fuzz` sends.
    Calls,
}

const LETTERS_AND_DIGITS: &[u8; 62] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

impl Stream {
    /// The stream of `seed` for one purpose.
    pub const fn new(seed: u64, purpose: Purpose) -> Self {
        let salt = match purpose {
            Purpose::Tokens => 0x746f_6b65_6e73_0001,
            Purpose::Suffixes => 0x7375_6666_6978_0002,
            Purpose::Passwords => 0x7061_7373_7764_0003,
            Purpose::Rotations => 0x726f_7461_7465_0004,
            Purpose::Lags => 0x6c61_6767_6564_0005,
            Purpose::Records => 0x7265_636f_7264_0006,
            Purpose::PageTokens => 0x7061_6765_7300_0007,
            Purpose::Managed => 0x6d61_6e61_6765_0008,
            Purpose::Functions => 0x6675_6e63_7469_0009,
            Purpose::Calls => 0x6361_6c6c_7300_000a,
        };
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ salt)
    }

    /// The next 64 bits.
    pub const fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`; 0 if `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let wide = u128::from(self.draw()).saturating_mul(bound as u128) >> 64;
        usize::try_from(wide).unwrap_or(0)
    }

    /// A version 4 UUID, as SDKs send for `ClientRequestToken`.
    pub fn token(&mut self) -> VersionId {
        VersionId::new(self.token_text())
    }

    /// The text of such a UUID.
    pub fn token_text(&mut self) -> String {
        let bits = (u128::from(self.draw()) << 64) | u128::from(self.draw());
        let bits = (bits & !(0xF << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
        let mut text = String::with_capacity(36);
        for (index, byte) in bits.to_be_bytes().into_iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                text.push('-');
            }
            for half in [byte >> 4, byte & 0xF] {
                text.push(char::from_digit(u32::from(half), 16).unwrap_or('0'));
            }
        }
        text
    }

    /// Six letters and digits, the end of an ARN.
    pub fn suffix(&mut self) -> String {
        (0..6).map(|_| self.pick(LETTERS_AND_DIGITS)).collect()
    }

    /// One of `choices`, which are ASCII; a NUL if there are none.
    pub fn pick(&mut self, choices: &[u8]) -> char {
        let index = self.below(choices.len());
        choices.get(index).map_or('\0', |byte| char::from(*byte))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_a_version_4_uuid() {
        let mut stream = Stream::new(7, Purpose::Tokens);
        for _ in 0..100 {
            let token = stream.token();
            let text = token.as_str();
            assert_eq!(text.len(), 36);
            assert_eq!(text.get(14..15), Some("4"));
            assert!(matches!(text.get(19..20), Some("8" | "9" | "a" | "b")), "{text}");
        }
    }

    #[test]
    fn streams_depend_on_seed_and_purpose_alone() {
        let first = |seed, purpose| Stream::new(seed, purpose).draw();
        assert_eq!(first(1, Purpose::Tokens), first(1, Purpose::Tokens));
        assert_ne!(first(1, Purpose::Tokens), first(2, Purpose::Tokens));
        assert_ne!(first(1, Purpose::Tokens), first(1, Purpose::Suffixes));
    }
}
