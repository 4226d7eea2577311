//! What must hold of credentials, stated once over handles: for the judge of traces and for the search.

use crate::program::Strategy;
use crate::target::{
    CredentialSet, CredentialSlot, Principal, PrincipalSlot, Target, TargetSetting,
};

/// A credential that the target knows, as a version holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Login {
    /// The user it is for.
    pub of: PrincipalSlot,
    /// The password or token.
    pub by: CredentialSlot,
}

/// Whether the previous credential is to work one more cycle.
#[inline]
pub fn previous_counts(strategy: Option<Strategy>) -> bool {
    strategy != Some(Strategy::SingleUser)
}

/// Whether everything that the target accepts is among these.
#[inline]
pub fn accepts_only(target: &Target, known: impl Iterator<Item = Login>) -> bool {
    let mut left: [CredentialSet; 2] = target.principals.map(|it| it.accepts);
    for login in known {
        if let Some(accepts) = left.get_mut(usize::from(login.of.0)) {
            *accepts = accepts.without(login.by);
        }
    }
    left.iter().all(|accepts| accepts.0 == 0)
}

/// Whether what was to be revoked is refused. What was put again on purpose is no old value.
#[inline]
pub fn old_is_revoked(
    target: &Target,
    setting: TargetSetting,
    strategy: Option<Strategy>,
    current: Option<Login>,
    previous: Option<Login>,
) -> bool {
    match (strategy, previous) {
        (Some(Strategy::SingleUser), Some(previous)) => {
            current.is_some_and(|current| current.by == previous.by)
                || !target.lets_in(setting, previous.of, previous.by)
        }
        (Some(Strategy::Tokens), _) => {
            let known = [current, previous].into_iter().flatten();
            let known = known.fold(CredentialSet::default(), |all, login| all.with(login.by));
            target.principals.iter().all(|it| it.accepts.0 & !known.0 == 0)
        }
        (Some(Strategy::SingleUser | Strategy::AlternatingUsers) | None, _) => true,
    }
}

/// Whether two users have the same grants and the same TLS requirement.
#[inline]
pub fn same_privileges(one: Principal, other: Principal) -> bool {
    (one.grants, one.tls) == (other.grants, other.tls)
}
