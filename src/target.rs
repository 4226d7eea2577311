//! The credential target: the thing whose passwords or tokens rotate, and what it accepts.
//!
//! Credentials are handles: which user and password a handle stands for is known at the edge. Each rule of the target is
//! written here once, for the world and for the search.

use crate::time::Span;

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

    /// These without those.
    #[must_use]
    pub const fn less(self, those: Self) -> Self {
        Self(self.0 & !those.0)
    }

    /// These and those.
    #[must_use]
    pub const fn and(self, those: Self) -> Self {
        Self(self.0 | those.0)
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each of them, the lowest handle first.
    pub fn each(self) -> impl Iterator<Item = CredentialSlot> {
        (0..16).map(CredentialSlot).filter(move |it| self.contains(*it))
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
    /// Those that are going to let it in, once the target has spread them.
    pub coming: CredentialSet,
    /// Those among the accepted that have been replaced: they let it in for a while.
    pub leaving: CredentialSet,
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
    /// How many passwords or tokens of one user are live at once, if that is limited. Those that have been replaced don't
    /// count.
    pub live: Option<u8>,
    /// How long it takes until a new password or token is accepted. What it replaces is accepted as long.
    pub delay: Option<Span>,
    /// How long a password that has been replaced is accepted still.
    pub grace: Option<Span>,
}

impl TargetSetting {
    /// Whether that many may be live at once.
    fn has_room(self, live: CredentialSet) -> bool {
        self.live.is_none_or(|most| live.0.count_ones() <= u32::from(most))
    }
}

/// What a target does by itself, some time after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Passing {
    /// A new password or token is accepted from now on.
    Arrives(PrincipalSlot, CredentialSlot),
    /// A password that has been replaced is accepted no longer.
    Ends(PrincipalSlot, CredentialSlot),
}

impl Principal {
    /// The passwords and tokens that it has been given and that nothing has replaced.
    pub const fn live(self) -> CredentialSet {
        self.accepts.and(self.coming).less(self.leaving)
    }

    /// The passwords and tokens that let it in, or are going to.
    pub const fn known(self) -> CredentialSet {
        self.accepts.and(self.coming)
    }

    /// The user with these in the place of all others.
    fn replaced(self, by: CredentialSet, setting: TargetSetting) -> Self {
        let new = by.less(self.accepts);
        let old = self.accepts.less(by);
        if setting.delay.is_some() && !new.is_empty() {
            return Self { coming: new, leaving: old, ..self };
        }
        let leaving = if setting.grace.is_some() { old } else { CredentialSet::default() };
        Self { accepts: by.and(leaving), coming: CredentialSet::default(), leaving, ..self }
    }

    /// The user with one more token.
    fn given(self, token: CredentialSlot, setting: TargetSetting) -> Self {
        let leaving = self.leaving.without(token);
        if setting.delay.is_some() && !self.accepts.contains(token) {
            return Self { coming: self.coming.with(token), leaving, ..self };
        }
        Self { accepts: self.accepts.with(token), leaving, ..self }
    }

    /// The user after something that is due; nothing if it isn't.
    fn passed(self, setting: TargetSetting, passing: Passing) -> Option<Self> {
        match passing {
            Passing::Arrives(_, it) if self.coming.contains(it) => {
                let (accepts, coming) = (self.accepts.with(it), self.coming.without(it));
                // What was replaced goes with the last one that takes its place, unless there is a grace.
                let goes = coming.is_empty() && setting.grace.is_none();
                let gone = if goes { self.leaving } else { CredentialSet::default() };
                let leaving = self.leaving.less(gone);
                Some(Self { accepts: accepts.less(gone), coming, leaving, ..self })
            }
            Passing::Ends(_, it)
                if self.leaving.contains(it)
                    && self.coming.is_empty()
                    && setting.grace.is_some() =>
            {
                let (accepts, leaving) = (self.accepts.without(it), self.leaving.without(it));
                Some(Self { accepts, leaving, ..self })
            }
            Passing::Arrives(..) | Passing::Ends(..) => None,
        }
    }
}

impl Passing {
    /// Whose password or token it is about.
    pub const fn of(self) -> PrincipalSlot {
        match self {
            Self::Arrives(of, _) | Self::Ends(of, _) => of,
        }
    }

    /// Which password or token.
    pub const fn credential(self) -> CredentialSlot {
        match self {
            Self::Arrives(_, it) | Self::Ends(_, it) => it,
        }
    }
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

    /// Whether nothing is coming, and nothing that has been replaced is accepted still.
    pub fn is_settled(&self) -> bool {
        self.principals.iter().all(|it| it.coming.is_empty() && it.leaving.is_empty())
    }

    /// What may come next by itself, in a fixed order.
    pub fn passings(&self) -> impl Iterator<Item = Passing> {
        (0..).map(PrincipalSlot).zip(self.principals).flat_map(|(of, user)| {
            let arrives = user.coming.each().map(move |it| Passing::Arrives(of, it));
            arrives.chain(user.leaving.each().map(move |it| Passing::Ends(of, it)))
        })
    }

    /// The target after something that it does by itself; nothing if that isn't due any more, or not yet.
    pub fn passed(mut self, setting: TargetSetting, passing: Passing) -> Option<Self> {
        let user = self.principals.get_mut(usize::from(passing.of().0))?;
        *user = user.passed(setting, passing)?;
        Some(self)
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
                return Ok((self, self.principal(of).live().contains(token)));
            }
            Request::CreateUser(who, by) => {
                if self.principal(who).exists {
                    return Err(Denied);
                }
                let user = Principal { exists: true, ..Principal::default() };
                (who, user.given(by, setting))
            }
            Request::SetPassword { of, with, old, keep } => {
                let user = existing(of)?;
                if old.is_some_and(|old| !user.accepts.contains(old)) {
                    return Err(Denied);
                }
                let only = CredentialSet::of(with);
                let by = keep.map_or(only, |keep| only.with(keep));
                if !setting.has_room(by) {
                    return Err(Denied);
                }
                (of, user.replaced(by, setting))
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
                if !setting.has_room(user.live().with(token)) {
                    return Err(Denied);
                }
                (of, user.given(token, setting))
            }
            Request::DeleteToken(of, token) => {
                let user = existing(of)?;
                if !user.known().contains(token) {
                    return Err(Denied);
                }
                let [accepts, coming, leaving] =
                    [user.accepts, user.coming, user.leaving].map(|it| it.without(token));
                (of, Principal { accepts, coming, leaving, ..user })
            }
        };
        let mut next = self;
        if let Some(entry) = next.principals.get_mut(of.0 as usize) {
            *entry = user;
        }
        Ok((next, true))
    }
}
