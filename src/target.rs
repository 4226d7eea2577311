//! The credential target: the thing whose passwords or tokens rotate, and what it accepts.
//!
//! Credentials are handles: which user and password a handle stands for is known at the edge. Each rule of the target is
//! written here once, for the world and for the search.

/// How many principals take turns at most.
pub const PRINCIPALS_MAX: usize = 2;

/// A user of the target, as a handle: 0 is the first, 1 the one that takes turns with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PrincipalSlot(pub u8);

impl PrincipalSlot {
    /// The one that takes turns with this one.
    #[must_use]
    pub const fn other(self) -> Self {
        Self(self.0 ^ 1)
    }
}

/// A password or token, as a handle below 16.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CredentialSlot(pub u8);

/// Some credentials.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CredentialSet(pub u16);

impl CredentialSet {
    /// Just that one.
    pub const fn of(credential: CredentialSlot) -> Self {
        Self(1 << (credential.0 & 15))
    }

    /// These and that one.
    #[must_use]
    pub const fn with(self, credential: CredentialSlot) -> Self {
        Self(self.0 | Self::of(credential).0)
    }

    /// These without that one.
    #[must_use]
    pub const fn without(self, credential: CredentialSlot) -> Self {
        Self(self.0 & !Self::of(credential).0)
    }

    /// Whether it is among them.
    pub const fn contains(self, credential: CredentialSlot) -> bool {
        self.0 & Self::of(credential).0 != 0
    }
}

/// Some grants, by number: below 8.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GrantSet(pub u8);

/// A user of the target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Principal {
    /// Whether there is such a user.
    pub exists: bool,
    /// The passwords or tokens that let it in.
    pub accepts: CredentialSet,
    /// What it may do.
    pub grants: GrantSet,
    /// Whether it must use TLS.
    pub tls: bool,
}

/// What a target is like, once and for all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TargetSetting {
    /// The grant without which nobody logs in, such as CREATE SESSION of Oracle.
    pub login_needs: Option<u8>,
}

/// The state of a target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target {
    /// Its users, by [`PrincipalSlot`].
    pub principals: [Principal; PRINCIPALS_MAX],
}

/// What a target is asked for, with handles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Request {
    /// Logs in.
    Login(PrincipalSlot, CredentialSlot),
    /// Whether the user exists.
    UserExists(PrincipalSlot),
    /// Makes the user, without a grant.
    CreateUser(PrincipalSlot, CredentialSlot),
    /// Sets the password of a user.
    SetPassword {
        /// Whose.
        of: PrincipalSlot,
        /// The new one.
        with: CredentialSlot,
        /// The old one, where the target asks for it.
        old: Option<CredentialSlot>,
        /// Another one that is accepted beside it.
        keep: Option<CredentialSlot>,
    },
    /// Gives one grant.
    Grant(PrincipalSlot, u8),
    /// Gives the second user every grant of the first.
    CopyGrants(PrincipalSlot, PrincipalSlot),
    /// Gives the second user the TLS requirement of the first.
    CopyTls(PrincipalSlot, PrincipalSlot),
    /// Accepts one more token.
    CreateToken(PrincipalSlot, CredentialSlot),
    /// Whether the token is accepted.
    TokenExists(PrincipalSlot, CredentialSlot),
    /// Accepts the token no longer.
    DeleteToken(PrincipalSlot, CredentialSlot),
}

/// The target refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Denied;

impl Target {
    /// The user with that handle. One that was never made has no password.
    pub fn principal(&self, of: PrincipalSlot) -> Principal {
        self.principals.get(of.0 as usize).copied().unwrap_or_default()
    }

    /// Whether a user gets in with that credential.
    pub fn lets_in(&self, setting: TargetSetting, who: PrincipalSlot, by: CredentialSlot) -> bool {
        let user = self.principal(who);
        let may = setting.login_needs.is_none_or(|grant| user.grants.0 & 1 << grant != 0);
        user.exists && user.accepts.contains(by) && may
    }

    /// The target after `request`, and its answer: no only if a question is answered with no.
    ///
    /// # Errors
    ///
    /// [`Denied`] if the target refuses, and then nothing has changed.
    pub fn ask(self, setting: TargetSetting, request: Request) -> Result<(Self, bool), Denied> {
        let existing = |of| {
            let user = self.principal(of);
            if user.exists { Ok(user) } else { Err(Denied) }
        };
        let (of, user) = match request {
            Request::Login(who, by) => {
                return if self.lets_in(setting, who, by) { Ok((self, true)) } else { Err(Denied) };
            }
            Request::UserExists(who) => return Ok((self, self.principal(who).exists)),
            Request::TokenExists(of, token) => {
                return Ok((self, self.principal(of).accepts.contains(token)));
            }
            Request::CreateUser(who, by) => {
                if self.principal(who).exists {
                    return Err(Denied);
                }
                let accepts = CredentialSet::of(by);
                (who, Principal { exists: true, accepts, ..Principal::default() })
            }
            Request::SetPassword { of, with, old, keep } => {
                let user = existing(of)?;
                if old.is_some_and(|old| !user.accepts.contains(old)) {
                    return Err(Denied);
                }
                let only = CredentialSet::of(with);
                let accepts = keep.map_or(only, |keep| only.with(keep));
                (of, Principal { accepts, ..user })
            }
            Request::Grant(to, grant) => {
                let user = existing(to)?;
                (to, Principal { grants: GrantSet(user.grants.0 | 1 << grant), ..user })
            }
            Request::CopyGrants(from, to) => {
                let user = existing(to)?;
                let grants = GrantSet(user.grants.0 | existing(from)?.grants.0);
                (to, Principal { grants, ..user })
            }
            Request::CopyTls(from, to) => {
                (to, Principal { tls: existing(from)?.tls, ..existing(to)? })
            }
            Request::CreateToken(of, token) => {
                let user = existing(of)?;
                (of, Principal { accepts: user.accepts.with(token), ..user })
            }
            Request::DeleteToken(of, token) => {
                let user = existing(of)?;
                if !user.accepts.contains(token) {
                    return Err(Denied);
                }
                (of, Principal { accepts: user.accepts.without(token), ..user })
            }
        };
        let mut next = self;
        if let Some(entry) = next.principals.get_mut(of.0 as usize) {
            *entry = user;
        }
        Ok((next, true))
    }
}
