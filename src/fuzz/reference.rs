//! A naive service, for a second opinion: versions with sets of label texts, written from the rules alone.
//!
//! Deliberately simple-minded. To attach a label, take it from whatever has it, then add it. To refuse a call, put
//! back the copy that was made before. Every assumption is at its default, and nothing is shared with the machine but
//! the error codes.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "moments of a few centuries, far from where numbers end"
)]

use std::collections::BTreeSet;

use super::call::{Call, Word};
use crate::api::ErrorCode;

use ErrorCode::{
    AccessDeniedException as AccessDenied, InvalidParameterException as InvalidParameter,
    InvalidRequestException as InvalidRequest, LimitExceededException as LimitExceeded,
    ResourceExistsException as ResourceExists, ResourceNotFoundException as NotFound,
    ValidationException as Validation,
};

const CURRENT: Word = Word::new("AWSCURRENT");
const PREVIOUS: Word = Word::new("AWSPREVIOUS");
const PENDING: Word = Word::new("AWSPENDING");
const MISSING: Word = Word::new("missing");

const SECOND: i64 = 1_000;
const DAY: i64 = 86_400 * SECOND;

/// Labels of one version.
pub type Labels = BTreeSet<Word>;

#[derive(Clone, Debug, PartialEq, Eq)]
/// A version as the naive service has it.
pub struct Version {
    /// Its id.
    pub id: Word,
    /// Its labels.
    pub labels: Labels,
    /// Its value; `None` for the placeholder of a rotation.
    pub value: Option<Word>,
    created: i64,
}

#[derive(Clone, Debug)]
struct Deletion {
    date: i64,
    gone: i64,
    forced: bool,
}

/// The configuration of rotation. The function is known to be there.
#[derive(Clone, Debug)]
struct Rotation {
    enabled: bool,
    last: Option<i64>,
}

/// A rotation that runs, or a test of the function.
#[derive(Clone, Debug)]
struct Job {
    token: Word,
    test_until: Option<i64>,
}

#[derive(Clone, Debug)]
/// A secret as the naive service has it.
pub struct Secret {
    /// Its name.
    pub name: Word,
    /// Oldest first.
    pub versions: Vec<Version>,
    deletion: Option<Deletion>,
    rotation: Option<Rotation>,
    job: Option<Job>,
    cleanup: Option<i64>,
}

/// What an answer shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The version that it names.
    pub version: Option<Word>,
    /// The value in it.
    pub value: Option<Word>,
    /// The versions in it, or the one that was stored, with their labels.
    pub listed: Vec<(Word, Labels)>,
}

impl Answer {
    fn of(version: Word) -> Self {
        Self { version: Some(version), ..Self::default() }
    }
}

type Answered = Result<Answer, ErrorCode>;

impl Secret {
    fn new(name: Word) -> Self {
        Self {
            name,
            versions: Vec::new(),
            deletion: None,
            rotation: None,
            job: None,
            cleanup: None,
        }
    }

    /// The version of that id.
    pub fn find(&self, id: Word) -> Option<&Version> {
        self.versions.iter().find(|version| version.id == id)
    }

    /// The id of the version that has `label`.
    pub fn holder(&self, label: Word) -> Option<Word> {
        let found = self.versions.iter().find(|version| version.labels.contains(&label));
        found.map(|version| version.id)
    }

    /// The date of its deletion, in milliseconds.
    pub fn deleted(&self) -> Option<i64> {
        self.deletion.as_ref().map(|deletion| deletion.date)
    }

    /// Whether it rotates; `None` if that was never configured.
    pub fn rotates(&self) -> Option<bool> {
        self.rotation.as_ref().map(|rotation| rotation.enabled)
    }

    /// When it last rotated, which is not shown while it doesn't rotate (CRS-4).
    pub fn last_rotated(&self) -> Option<i64> {
        self.rotation.as_ref().filter(|rotation| rotation.enabled)?.last
    }

    fn detach(&mut self, label: Word) {
        for version in &mut self.versions {
            version.labels.remove(&label);
        }
    }

    fn attach(&mut self, label: Word, id: Word) {
        self.detach(label);
        for version in self.versions.iter_mut().filter(|version| version.id == id) {
            version.labels.insert(label);
        }
    }

    /// A new version, if there is room or an old one without labels can go (GC-3, GC-4, Q-2).
    fn add(&mut self, id: Word, value: Option<Word>, at: i64) -> Result<(), ErrorCode> {
        if self.versions.len() >= 100 {
            let old = |version: &Version| version.labels.is_empty() && version.created <= at - DAY;
            let oldest = self.versions.iter().position(old).ok_or(LimitExceeded)?;
            self.versions.remove(oldest);
        }
        let labels = Labels::new();
        self.versions.push(Version { id, labels, value, created: at });
        Ok(())
    }

    /// `PutSecretValue`, `UpdateSecret` and `CreateSecret`, once they are about to store a value.
    fn store(
        &mut self,
        id: Word,
        value: Word,
        labels: Option<&[Word]>,
        at: i64,
    ) -> Result<(), ErrorCode> {
        if let Some(held) = self.find(id).and_then(|version| version.value) {
            // The same request again, or a conflict (PSV-14, PSV-15, US-5, US-6); other labels are ignored (PSV-17).
            return if held == value { Ok(()) } else { Err(ResourceExists) };
        }
        let first = self.versions.is_empty();
        if self.find(id).is_none() {
            self.add(id, None, at)?;
        }
        for version in self.versions.iter_mut().filter(|version| version.id == id) {
            version.value = Some(value);
        }
        let mut wanted: Labels = match labels {
            Some(labels) => labels.iter().copied().collect(),
            None => [CURRENT].into(),
        };
        if first {
            wanted.insert(CURRENT); // PSV-3
        }
        let old = self.holder(CURRENT);
        let current_moves = wanted.contains(&CURRENT) && old != Some(id);
        if current_moves {
            wanted.remove(&PREVIOUS); // it follows AWSCURRENT
            if !wanted.contains(&PENDING) {
                self.detach(PENDING); // PSV-9, PSV-10, PSV-12
            }
        }
        for label in wanted {
            self.attach(label, id);
        }
        if let Some(old) = old.filter(|_| current_moves) {
            self.attach(PREVIOUS, old); // PSV-1
        }
        self.settle(at)
    }

    fn stage(
        &mut self,
        label: Word,
        from: Option<Word>,
        to: Option<Word>,
        at: i64,
    ) -> Result<(), ErrorCode> {
        if from.is_none() && to.is_none() {
            return Err(InvalidParameter); // USVS-16
        }
        if to.is_some_and(|to| self.find(to).is_none()) {
            return Err(NotFound); // USVS-13
        }
        let holder = self.holder(label);
        if from.is_some() && from != holder {
            return Err(InvalidParameter); // USVS-11, USVS-14, USVS-15
        }
        let Some(to) = to else {
            if label == CURRENT {
                return Err(InvalidParameter); // USVS-12
            }
            self.detach(label); // USVS-3
            return self.settle(at);
        };
        if holder == Some(to) {
            // USVS-17, USVS-18
            return if label == CURRENT && from.is_some() { Err(InvalidParameter) } else { Ok(()) };
        }
        if holder.is_some() && from.is_none() {
            return Err(InvalidParameter); // USVS-10
        }
        self.attach(label, to);
        if let Some(left) = holder.filter(|_| label == CURRENT) {
            self.attach(PREVIOUS, left); // USVS-5, USVS-6
        }
        self.settle(at)
    }

    fn rotate(
        &mut self,
        id: Word,
        function: Option<Word>,
        test: bool,
        at: i64,
    ) -> Result<(), ErrorCode> {
        if function.is_none() && self.rotation.is_none() {
            return Err(InvalidRequest); // ROT-1
        }
        if function == Some(MISSING) {
            return Err(AccessDenied); // ROT-2
        }
        if self.find(id).is_some() {
            // ROT-8: the same again, a rotation or a test
            let same = |job: &Job| job.token == id && job.test_until.is_some() == test;
            let running = self.job.as_ref().is_some_and(same);
            return if running { Ok(()) } else { Err(InvalidParameter) };
        }
        let (pending, current) = (self.holder(PENDING), self.holder(CURRENT));
        if pending.is_some() && pending != current {
            return Err(InvalidRequest); // ROT-3
        }
        let mut value = None;
        if test {
            // A copy of the current value (ROT-16).
            value = current.and_then(|current| self.find(current)?.value);
        }
        // It declares no quota error of its own.
        self.add(id, value, at).map_err(|_| InvalidRequest)?;
        self.attach(PENDING, id); // ROT-10, ROT-12
        let last = self.rotation.as_ref().and_then(|rotation| rotation.last);
        self.rotation = Some(Rotation { enabled: true, last });
        let test_until = test.then_some(at + 30 * SECOND);
        self.job = Some(Job { token: id, test_until });
        self.cleanup = None;
        self.settle(at).map_err(|_| InvalidRequest)
    }

    /// After labels moved: the limit, lost placeholders (GC-7), and whether a rotation is over (ROT-13, PSV-10).
    fn settle(&mut self, at: i64) -> Result<(), ErrorCode> {
        if self.versions.iter().map(|version| version.labels.len()).sum::<usize>() > 20 {
            return Err(LimitExceeded);
        }
        self.versions.retain(|version| version.value.is_some() || !version.labels.is_empty());
        let Some(job) = self.job.clone() else { return Ok(()) };
        if self.find(job.token).is_none() {
            self.job = None; // there is nothing to rotate to
        }
        if job.test_until.is_some() {
            return Ok(());
        }
        let token = Some(job.token);
        if self.holder(CURRENT) == token {
            self.job = None;
            self.cleanup = Some(at + 60 * SECOND); // ROT-14
            if let Some(rotation) = &mut self.rotation {
                rotation.last = Some(at);
            }
        } else if self.holder(PENDING) != token {
            self.job = None;
        }
        Ok(())
    }

    /// What the service does by itself at the moment `due`, if it is the time for it.
    fn fire(&mut self, due: i64) {
        if let Some(job) = self.job.clone().filter(|job| job.test_until == Some(due)) {
            self.job = None;
            if self.holder(PENDING).as_ref() == Some(&job.token) {
                self.detach(PENDING);
            }
            self.versions.retain(|it| it.id != job.token || !it.labels.is_empty()); // ROT-16
        }
        if self.cleanup == Some(due) {
            self.cleanup = None;
            if self.holder(PENDING) == self.holder(CURRENT) {
                self.detach(PENDING); // ROT-14
            }
        }
    }

    /// When the service next does something by itself, other than deleting the secret.
    fn due(&self) -> Option<i64> {
        let test = self.job.as_ref().and_then(|job| job.test_until);
        [test, self.cleanup].into_iter().flatten().min()
    }
}

/// The whole naive service.
#[derive(Clone, Debug)]
pub struct Reference {
    now: i64,
    /// Its secrets, oldest first.
    pub secrets: Vec<Secret>,
}

impl Reference {
    /// A service without secrets at that moment, in milliseconds since 1970.
    pub fn new(now: i64) -> Self {
        Self { now, secrets: Vec::new() }
    }

    /// The secret of that name.
    pub fn secret(&self, name: Word) -> Option<&Secret> {
        self.secrets.iter().find(|secret| secret.name == name)
    }

    fn known(&mut self, name: Word) -> Result<&mut Secret, ErrorCode> {
        self.secrets.iter_mut().find(|secret| secret.name == name).ok_or(NotFound) // GEN-6
    }

    fn live(&mut self, name: Word) -> Result<&mut Secret, ErrorCode> {
        let secret = self.known(name)?;
        if secret.deletion.is_some() { Err(InvalidRequest) } else { Ok(secret) } // GEN-9
    }

    /// One call, and the time it takes.
    pub fn play(&mut self, call: &Call) -> Answered {
        let before = self.clone();
        let answered = self.apply(call);
        if answered.is_err() {
            *self = before;
        }
        let end = self.now + if let Call::Wait(span) = call { span.millis() } else { 100 };
        for secret in &mut self.secrets {
            while let Some(due) = secret.due().filter(|due| *due <= end) {
                secret.fire(due);
            }
        }
        let gone = |secret: &Secret| secret.deletion.as_ref().is_some_and(|it| it.gone <= end);
        self.secrets.retain(|secret| !gone(secret)); // DEL-7, DEL-9
        self.now = end;
        answered
    }

    fn apply(&mut self, call: &Call) -> Answered {
        let at = self.now;
        match call {
            Call::Create { secret, token, value } => self.create(*secret, *token, *value),
            Call::Put { secret, token, value, labels } => {
                if labels.as_ref().is_some_and(Vec::is_empty) {
                    return Err(Validation); // PSV-21
                }
                let value = value.ok_or(InvalidRequest)?; // PSV-19
                let secret = self.live(*secret)?;
                secret.store(*token, value, labels.as_deref(), at)?;
                let labels = secret.find(*token).map(|version| version.labels.clone());
                let listed = labels.map(|labels| (*token, labels)).into_iter().collect();
                Ok(Answer { listed, ..Answer::of(*token) })
            }
            Call::Update { secret, token, value } => {
                let secret = self.live(*secret)?;
                let Some(value) = value else { return Ok(Answer::default()) }; // US-1
                secret.store(*token, *value, None, at).map(|()| Answer::of(*token))
            }
            Call::Stage { secret, label, from, to } => {
                let secret = self.live(*secret)?;
                secret.stage(*label, *from, *to, at).map(|()| Answer::default())
            }
            Call::Rotate { secret, token, function, test } => {
                let secret = self.live(*secret)?;
                secret.rotate(*token, *function, *test, at).map(|()| Answer::of(*token))
            }
            Call::Cancel { secret } => {
                let secret = self.live(*secret)?;
                let job = secret.job.take();
                if let Some(rotation) = &mut secret.rotation {
                    rotation.enabled = false; // CRS-1
                }
                Ok(Answer { version: job.map(|job| job.token), ..Answer::default() }) // CRS-2
            }
            Call::Wait(_) => Ok(Answer::default()),
            Call::Get { .. }
            | Call::Describe { .. }
            | Call::List { .. }
            | Call::Delete { .. }
            | Call::Force { .. }
            | Call::Restore { .. } => self.read_or_delete(call),
        }
    }

    fn create(&mut self, name: Word, token: Word, value: Option<Word>) -> Answered {
        if let Ok(secret) = self.known(name) {
            if secret.deletion.is_some() {
                return Err(InvalidRequest); // CS-7
            }
            let version = secret.find(token).ok_or(ResourceExists)?; // CS-4
            let same = version.value == value;
            return if same { Ok(Answer::of(token)) } else { Err(ResourceExists) }; // CS-5, CS-6
        }
        let mut secret = Secret::new(name);
        let mut answer = Answer::default();
        if let Some(value) = value {
            secret.store(token, value, None, self.now)?;
            answer = Answer::of(token);
        }
        self.secrets.push(secret);
        Ok(answer)
    }

    fn read_or_delete(&mut self, call: &Call) -> Answered {
        let at = self.now;
        match call {
            Call::Get { secret, label, id } => {
                let secret = self.live(*secret)?;
                let label = *label;
                let found = match id {
                    Some(id) => *id,
                    None => secret.holder(label.unwrap_or(CURRENT)).ok_or(NotFound)?, // GSV-4
                };
                let version = secret.find(found).ok_or(NotFound)?; // GSV-5, GSV-7
                if label.is_some_and(|label| !version.labels.contains(&label)) {
                    return Err(InvalidRequest); // GSV-3
                }
                let value = version.value.ok_or(NotFound)?; // GSV-6
                Ok(Answer { value: Some(value), ..Answer::of(found) })
            }
            Call::Describe { secret } => {
                let labeled = |version: &&Version| !version.labels.is_empty();
                Ok(listing(self.known(*secret)?.versions.iter().filter(labeled))) // DSC-1
            }
            Call::List { secret, all } => {
                let shown = |version: &&Version| {
                    version.value.is_some() && (*all || !version.labels.is_empty()) // DSC-2, DSC-3
                };
                Ok(listing(self.known(*secret)?.versions.iter().filter(shown)))
            }
            Call::Delete { secret, days } => {
                let days = days.unwrap_or(30); // DEL-1
                if !(7..=30).contains(&days) {
                    return Err(InvalidParameter); // DEL-2
                }
                let secret = self.live(*secret)?; // DEL-6
                let date = at + days * DAY;
                secret.deletion = Some(Deletion { date, gone: date, forced: false });
                Ok(Answer::default())
            }
            Call::Force { secret } => {
                if let Ok(secret) = self.known(*secret) {
                    let gone = at + 10 * SECOND;
                    secret.deletion = Some(Deletion { date: at, gone, forced: true }); // DEL-5
                }
                Ok(Answer::default()) // DEL-4
            }
            Call::Restore { secret } => {
                let secret = self.known(*secret)?;
                if secret.deletion.as_ref().is_some_and(|deletion| deletion.forced) {
                    return Err(NotFound);
                }
                secret.deletion = None; // RES-1, RES-2
                Ok(Answer::default())
            }
            // The others are answered before it comes to this.
            Call::Create { .. }
            | Call::Put { .. }
            | Call::Update { .. }
            | Call::Stage { .. }
            | Call::Rotate { .. }
            | Call::Cancel { .. }
            | Call::Wait(_) => Ok(Answer::default()),
        }
    }
}

fn listing<'v>(versions: impl Iterator<Item = &'v Version>) -> Answer {
    let mut listed: Vec<_> = versions.map(|version| (version.id, version.labels.clone())).collect();
    listed.sort();
    Answer { listed, ..Answer::default() }
}
