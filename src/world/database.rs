//! The target as the world has it: the names of its users and the texts of their passwords, and the handles for both.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::api::SecretText;
use crate::program::TargetVerb;
use crate::secret::{SecretValue, VersionId};
use crate::target::{
    CredentialSet, CredentialSlot, Denied, Passing, PrincipalSlot, Request, Target, TargetSetting,
};
use crate::time::{Span, Timestamp};

/// How many passwords and tokens have a handle.
const CREDENTIALS_MAX: usize = 16;

/// What ends the name of the second of two users that take turns.
const CLONE: &str = "_clone";

/// The user that takes turns with that one.
pub fn other_user(user: &str) -> String {
    user.strip_suffix(CLONE).map_or_else(|| format!("{user}{CLONE}"), str::to_owned)
}

/// Whose credential something is, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The user, if the value names one.
    pub user: Option<String>,
    /// The password or token.
    pub secret: SecretText,
    /// The version that it was read from.
    pub version: Option<VersionId>,
}

impl Credentials {
    /// What a value says: `username` and `password` or `token` of its JSON. A value that is no JSON is a password.
    pub fn of(value: &SecretValue) -> Self {
        let SecretValue::Text(text) = value else {
            return Self { user: None, secret: SecretText("".into()), version: None };
        };
        let Ok(Value::Object(members)) = serde_json::from_str(text) else {
            return Self { user: None, secret: SecretText(Arc::clone(text)), version: None };
        };
        let text = |member: &str| members.get(member).and_then(Value::as_str);
        let secret = SecretText(text(Self::member(&members)).unwrap_or_default().into());
        Self { user: text("username").map(str::to_owned), secret, version: None }
    }

    /// The member of a value that has the secret.
    pub(super) fn member(members: &Map<String, Value>) -> &'static str {
        let has_token = members.contains_key("token") && !members.contains_key("password");
        if has_token { "token" } else { "password" }
    }
}

/// What a target answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Done.
    Done,
    /// Yes.
    Yes,
    /// No.
    No,
    /// A token was made.
    Made(SecretText),
    /// The target refuses.
    Denied,
    /// The target doesn't answer.
    Unavailable,
}

impl Answer {
    /// The answer in a word.
    pub const fn in_words(&self) -> &'static str {
        match self {
            Self::Done | Self::Made(_) => "ok",
            Self::Yes => "yes",
            Self::No => "no",
            Self::Denied => "denied",
            Self::Unavailable => "unavailable",
        }
    }
}

/// Whose credential a call is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Party {
    /// The administrator's, which never changes.
    Administrator,
    /// Nobody's: the caller has none.
    Nobody,
    /// A user's.
    User(Credentials),
}

impl Party {
    /// The credential, if it is a user's.
    pub const fn credentials(&self) -> Option<&Credentials> {
        match self {
            Self::User(credentials) => Some(credentials),
            Self::Administrator | Self::Nobody => None,
        }
    }
}

/// One call of the target, as it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetRequest {
    /// What is asked for.
    pub verb: TargetVerb<Party>,
    /// Whether it takes effect with the end of a transaction.
    pub in_transaction: bool,
}

/// One call of the target, as a trace has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetStep {
    /// The call.
    pub request: TargetRequest,
    /// The grant that was given.
    pub grant: Option<String>,
    /// The answer.
    pub answer: Answer,
    /// What was seen of it on its way to a real target, where that is all that is known.
    pub statement: Option<String>,
}

/// What a target did by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetPasses {
    /// Whose password or token it was about.
    pub of: Credentials,
    /// Whether it is accepted from now on, or no longer.
    pub accepted: bool,
}

impl TargetStep {
    /// A statement on its way to a real target.
    pub fn seen(statement: String, answer: Answer) -> Self {
        let request = TargetRequest { verb: TargetVerb::Query, in_transaction: false };
        Self { statement: Some(statement), answer, ..Self::unavailable(request) }
    }

    /// A call that nobody answers.
    pub(super) const fn unavailable(request: TargetRequest) -> Self {
        Self { request, grant: None, answer: Answer::Unavailable, statement: None }
    }

    /// The credentials that it has in it: the one that it is about first.
    pub fn credentials(&self) -> [Option<&Credentials>; 3] {
        self.request.verb.credentials().map(|party| party.and_then(Party::credentials))
    }
}

/// A target with its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Database {
    /// Its state.
    pub target: Target,
    /// What it is like.
    pub setting: TargetSetting,
    /// The user, and the one that takes turns with it.
    pub users: [String; 2],
    /// The passwords and tokens that have a handle, by handle.
    pub credentials: Vec<SecretText>,
    /// The names of grants, by their numbers.
    pub grants: Vec<String>,
    /// What it is going to do by itself, and when.
    due: Vec<(Timestamp, Passing)>,
}

impl Database {
    /// A target with a user and the one that takes turns with it, neither of which exists yet.
    pub fn new(user: &str) -> Self {
        Self {
            target: Target::default(),
            setting: TargetSetting::default(),
            users: [user.to_owned(), other_user(user)],
            credentials: Vec::new(),
            grants: Vec::new(),
            due: Vec::new(),
        }
    }

    /// The handle of a user; `None` if the target knows nobody of that name.
    pub fn principal(&self, user: Option<&str>) -> Option<PrincipalSlot> {
        let Some(user) = user else { return Some(PrincipalSlot(0)) };
        let index = self.users.iter().position(|it| it == user)?;
        u8::try_from(index).ok().map(PrincipalSlot)
    }

    /// Whether it lets in with what a version has for a value.
    pub fn accepts(&self, value: &SecretValue) -> bool {
        let Credentials { user, secret, .. } = Credentials::of(value);
        let index = self.credentials.iter().position(|it| *it == secret);
        let who = self.principal(user.as_deref());
        who.zip(index)
            .is_some_and(|(who, index)| self.target.lets_in(self.setting, who, slot(index)))
    }

    /// The handle of a password or token, if it has one.
    pub fn known(&self, secret: &str) -> Option<CredentialSlot> {
        self.credentials.iter().position(|it| *it.0 == *secret).map(slot)
    }

    /// The handle of a password or token. If all are taken, one that nobody uses any more is used again.
    pub fn credential(&mut self, secret: &str, in_use: CredentialSet) -> CredentialSlot {
        if let Some(known) = self.known(secret) {
            return known;
        }
        if self.credentials.len() < CREDENTIALS_MAX {
            self.credentials.push(SecretText(secret.into()));
            return slot(self.credentials.len().saturating_sub(1));
        }
        let accepted = self.target.principals.iter().fold(in_use.0, |all, it| all | it.known().0);
        let free = |index: &usize| !CredentialSet(accepted).contains(slot(*index));
        let index = (0..CREDENTIALS_MAX).find(free).unwrap_or(0);
        if let Some(place) = self.credentials.get_mut(index) {
            *place = SecretText(secret.into());
        }
        slot(index)
    }

    /// Keeps in mind what follows by itself from a call that was made just now, when the target was like that before.
    pub(super) fn keep_in_mind(&mut self, before: &Target, at: Timestamp) {
        let TargetSetting { delay, grace, .. } = self.setting;
        let old: Vec<Passing> = before.passings().collect();
        let now: Vec<Passing> = self.target.passings().collect();
        let is_new = |it: &Passing| !old.contains(it);
        // A grace begins when the last of what takes its place has arrived.
        let begins_anew = |it: &Passing| {
            let comes = |new: &Passing| matches!(new, Passing::Arrives(..)) && is_new(new);
            matches!(it, Passing::Ends(..))
                && now.iter().any(|new| comes(new) && new.of() == it.of())
        };
        self.due.retain(|(_, it)| now.contains(it) && !begins_anew(it));
        let delay = delay.unwrap_or(Span::from_millis(0));
        for passing in now.iter().copied().filter(|it| is_new(it) || begins_anew(it)) {
            let user = self.target.principal(passing.of());
            let arrived = if user.coming.is_empty() { at } else { at.plus(delay) };
            match (passing, grace) {
                (Passing::Arrives(..), _) => self.due.push((arrived, passing)),
                (Passing::Ends(..), Some(grace)) => self.due.push((arrived.plus(grace), passing)),
                // It goes with what takes its place.
                (Passing::Ends(..), None) => {}
            }
        }
        self.due.sort_by_key(|(at, _)| *at);
    }

    /// When it does something by itself next.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Does what is due next by itself.
    pub(super) fn pass(&mut self) -> Option<TargetPasses> {
        if self.due.is_empty() {
            return None;
        }
        let (at, passing) = self.due.remove(0);
        let before = self.target;
        self.target = before.passed(self.setting, passing)?;
        self.keep_in_mind(&before, at);
        let user = self.users.get(usize::from(passing.of().0)).cloned().unwrap_or_default();
        let index = usize::from(passing.credential().0);
        let secret = self.credentials.get(index).cloned();
        let secret = secret.unwrap_or_else(|| SecretText("".into()));
        let accepted = matches!(passing, Passing::Arrives(..));
        let of = Credentials { user: Some(user), secret, version: None };
        Some(TargetPasses { of, accepted })
    }

    /// Asks for one thing. What stands in a transaction is added to `staged`, and takes effect with its end. A token that
    /// is made is `new_token`.
    pub(super) fn ask(
        &mut self,
        asked: TargetRequest,
        staged: &mut Vec<Request>,
        new_token: impl FnOnce() -> SecretText,
    ) -> TargetStep {
        let mut grant = None;
        if let TargetVerb::Grant { grant: number, .. } = asked.verb {
            grant = self.grants.get(usize::from(number)).cloned();
        }
        let token = (asked.verb == TargetVerb::CreateToken).then(new_token);
        let answer = match self.request(&asked.verb, token.as_ref(), staged) {
            Asked::Commit => self.commit(&std::mem::take(staged)),
            Asked::Answer(answer) => answer,
            Asked::Request(request) => self.perform(asked.in_transaction, request, staged),
        };
        let answer = match (answer, token) {
            (Answer::Done, Some(token)) => Answer::Made(token),
            (answer, _) => answer,
        };
        TargetStep { request: asked, grant, answer, statement: None }
    }

    /// All of a transaction takes effect, or nothing.
    fn commit(&mut self, staged: &[Request]) -> Answer {
        match after(self.target, self.setting, staged) {
            Ok(target) => {
                self.target = target;
                Answer::Done
            }
            Err(Denied) => Answer::Denied,
        }
    }

    fn perform(
        &mut self,
        in_transaction: bool,
        request: Request,
        staged: &mut Vec<Request>,
    ) -> Answer {
        let Ok(before) = after(self.target, self.setting, staged) else { return Answer::Denied };
        let Ok((next, yes)) = before.ask(self.setting, request) else { return Answer::Denied };
        let asks = matches!(request, Request::UserExists(_) | Request::TokenExists(..));
        if !in_transaction {
            self.target = next;
        } else if !asks && !matches!(request, Request::Login(..)) {
            // Something else may come before the end, and then it isn't what was there already.
            staged.push(request);
        }
        match (asks, yes) {
            (true, true) => Answer::Yes,
            (true, false) => Answer::No,
            (false, _) => Answer::Done,
        }
    }

    /// What is asked for, with handles.
    fn request(
        &mut self,
        verb: &TargetVerb<Party>,
        token: Option<&SecretText>,
        staged: &[Request],
    ) -> Asked {
        let mut in_use = staged.iter().copied().fold(CredentialSet::default(), mentioned);
        let mut known = |party: &Party| {
            let credentials = party.credentials()?;
            let who = self.principal(credentials.user.as_deref())?;
            let by = self.credential(&credentials.secret.0, in_use);
            in_use = in_use.with(by);
            Some((who, by))
        };
        let request = match verb {
            TargetVerb::Query | TargetVerb::Login(Party::Administrator) => {
                return Asked::Answer(Answer::Done);
            }
            TargetVerb::Commit => return Asked::Commit,
            TargetVerb::Login(with) => known(with).map(|(who, by)| Request::Login(who, by)),
            TargetVerb::UserExists(with) => known(with).map(|(who, _)| Request::UserExists(who)),
            TargetVerb::CreateUser(with) => {
                known(with).map(|(who, by)| Request::CreateUser(who, by))
            }
            TargetVerb::SetPassword { with, old, keep } => known(with).map(|(of, with)| {
                let mut part = |it: Option<&Party>| Some(known(it?)?.1);
                Request::SetPassword {
                    of,
                    with,
                    old: part(old.as_ref()),
                    keep: part(keep.as_ref()),
                }
            }),
            TargetVerb::Grant { to, grant } => known(to).map(|(to, _)| Request::Grant(to, *grant)),
            TargetVerb::CopyGrants { from, to } => {
                known(to).zip(known(from)).map(|((to, _), (from, _))| Request::CopyGrants(from, to))
            }
            TargetVerb::CopyTls { from, to } => {
                known(to).zip(known(from)).map(|((to, _), (from, _))| Request::CopyTls(from, to))
            }
            TargetVerb::CreateToken => token.map(|token| {
                Request::CreateToken(PrincipalSlot(0), self.credential(&token.0, in_use))
            }),
            TargetVerb::TokenExists(with) => {
                known(with).map(|(of, by)| Request::TokenExists(of, by))
            }
            TargetVerb::DeleteToken(with) => {
                known(with).map(|(of, by)| Request::DeleteToken(of, by))
            }
        };
        let nobody = if verb.asks() { Answer::No } else { Answer::Denied };
        request.map_or(Asked::Answer(nobody), Asked::Request)
    }
}

/// The handles that a transaction needs, with those of one more request.
const fn mentioned(set: CredentialSet, request: Request) -> CredentialSet {
    match request {
        Request::CreateUser(_, one) | Request::CreateToken(_, one) => set.with(one),
        Request::SetPassword { with, keep: Some(keep), .. } => set.with(keep).with(with),
        Request::SetPassword { with, keep: None, .. } => set.with(with),
        Request::Login(..)
        | Request::UserExists(_)
        | Request::Grant(..)
        | Request::CopyGrants(..)
        | Request::CopyTls(..)
        | Request::TokenExists(..)
        | Request::DeleteToken(..) => set,
    }
}

/// What a call comes to.
enum Asked {
    Request(Request),
    Answer(Answer),
    Commit,
}

fn slot(index: usize) -> CredentialSlot {
    CredentialSlot(u8::try_from(index).unwrap_or(0))
}

/// The target after some requests.
fn after(target: Target, setting: TargetSetting, staged: &[Request]) -> Result<Target, Denied> {
    staged.iter().try_fold(target, |target, request| Ok(target.ask(setting, *request)?.0))
}
