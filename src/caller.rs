//! Who makes a call.

use std::sync::Arc;

use crate::secret::AccountId;

/// A principal of some account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Caller {
    /// What a scenario calls it: `lambda`, `other_account`; empty for the one who is not named.
    pub name: Arc<str>,
    /// Its account.
    pub account: AccountId,
    /// Its ARN.
    pub arn: Arc<str>,
    /// The Region in which it calls, unless that is the Region of the service's setting.
    pub region: Option<Arc<str>>,
}

impl Caller {
    /// What the rotation function is called that the service invokes.
    pub const FUNCTION: &'static str = "lambda";

    /// What the caller of the other account is called.
    pub const OTHER: &'static str = "other_account";

    /// The account of `other_account`.
    pub const OTHER_ACCOUNT: &'static str = "222222222222";

    /// The caller that a scenario means by `name`: a principal of `account`, or that of the other account.
    pub fn named(name: &str, account: &AccountId) -> Self {
        if name == Self::OTHER {
            let other = AccountId::new(Self::OTHER_ACCOUNT);
            let arn = format!("arn:aws:iam::{other}:user/other").into();
            return Self { name: name.into(), account: other, arn, region: None };
        }
        let arn = match name {
            // A function has no user: it calls as a session of its role.
            Self::FUNCTION => {
                ["arn:aws:sts::", account.as_str(), ":assumed-role/", name, "/", name].concat()
            }
            "" => ["arn:aws:iam::", account.as_str(), ":user/operator"].concat(),
            _ => ["arn:aws:iam::", account.as_str(), ":user/", name].concat(),
        };
        let arn = arn.into();
        Self { name: name.into(), account: account.clone(), arn, region: None }
    }

    /// The same caller in that Region.
    #[must_use]
    pub fn in_region(self, region: Option<Arc<str>>) -> Self {
        Self { region, ..self }
    }

    /// The ARN of the role whose session the caller is.
    pub fn role(&self) -> Option<String> {
        let session = self.arn.split_once(":assumed-role/")?.1;
        let role = session.split_once('/').map_or(session, |(role, _)| role);
        Some(format!("arn:aws:iam::{}:role/{role}", self.account))
    }
}
