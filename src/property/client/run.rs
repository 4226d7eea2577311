//! Clients over a trace: what each of them sees on the virtual clock.

use std::collections::{BTreeMap, BTreeSet};

use super::{Client, Retry};
use crate::property::{Judgment, Property, Violation};
use crate::secret::{SecretArn, SecretValue, StagingLabel, VersionId};
use crate::time::{Span, Timestamp};
use crate::world::Trace;

/// What can be read, and what the target accepts, from one moment on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look<V> {
    /// Since when.
    pub at: Timestamp,
    /// The version whose value is read under `AWSCURRENT`.
    pub current: Option<V>,
    /// The version whose value is read under `AWSPREVIOUS`.
    pub previous: Option<V>,
    /// The versions whose credential the target accepts.
    pub accepted: BTreeSet<V>,
}

/// How long a client is refused in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap<V> {
    /// Since when.
    pub from: Timestamp,
    /// Until when; `None`: it is refused still, and nothing more happens that would change that.
    pub until: Option<Timestamp>,
    /// The version whose value it has cached when it begins.
    pub cached: V,
}

impl<V> Gap<V> {
    /// How long; `None`: for good.
    pub fn length(&self) -> Option<Span> {
        self.until.map(|until| until.since(self.from))
    }

    /// Whether it is longer than a client may be refused.
    pub fn exceeds(&self, limit: Span) -> bool {
        self.length().is_none_or(|length| length > limit)
    }
}

/// The longest gap of a client, whenever it began. `looks` are in order, the first of them tells how everything begins,
/// and after the last one nothing happens: caches run out, and whoever is refused then stays so.
pub fn worst<V: Copy + Ord>(client: &Client, looks: &[Look<V>]) -> Option<Gap<V>> {
    let first = looks.iter().find(|look| look.current.is_some())?.at;
    let cache = client.cache.millis();
    let mut starts = BTreeSet::new();
    for look in looks {
        let since = look.at.since(first).millis();
        // A cache that runs out when something happens runs out right before it or right after. What happens between two
        // such looks is never worse than the worse of both.
        let aligned = since.checked_rem_euclid(cache).unwrap_or(0);
        for millis in [since, aligned, aligned.saturating_add(cache)] {
            for half in [Half::before(millis), Half::after(millis)] {
                if half >= Half::after(0) {
                    starts.insert(half);
                }
            }
        }
    }
    let length = |gap: &Gap<V>| gap.length().unwrap_or(Span::from_millis(i64::MAX));
    let mut worst: Option<Gap<V>> = None;
    for start in starts {
        let mut seen = Seen { first, cache, habit: client.habit(), worst: None };
        seen.follow(start, looks);
        worst = match (worst, seen.worst) {
            (Some(worst), Some(gap)) if length(&gap) > length(&worst) => Some(gap),
            (worst, gap) => worst.or(gap),
        };
    }
    worst
}

/// A moment right before or right after what happens at a millisecond, counted from the first one, in half milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Half(i64);

impl Half {
    const NEVER: Self = Self(i64::MAX);

    const fn after(millis: i64) -> Self {
        Self(millis.saturating_mul(2))
    }

    const fn before(millis: i64) -> Self {
        Self(millis.saturating_mul(2).saturating_sub(1))
    }

    const fn plus(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis.saturating_mul(2)))
    }

    /// The millisecond that it is at or right before.
    const fn millis(self) -> i64 {
        self.0.saturating_add(1).div_euclid(2)
    }
}

/// One client on its way through the looks.
struct Seen<V> {
    first: Timestamp,
    cache: i64,
    habit: Retry,
    worst: Option<Gap<V>>,
}

impl<V: Copy + Ord> Seen<V> {
    fn follow(&mut self, start: Half, looks: &[Look<V>]) {
        // What it has, and when it reads again.
        let mut held: Option<(V, Half)> = None;
        let mut open: Option<(V, Half)> = None;
        for (index, look) in looks.iter().enumerate() {
            let begin = |look: &Look<V>| Half::after(look.at.since(self.first).millis());
            let end = looks.get(index.saturating_add(1)).map_or(Half::NEVER, begin);
            let mut at = begin(look).max(start);
            while at < end {
                let Some(current) = look.current.or(held.map(|(version, _)| version)) else {
                    break;
                };
                let is_read = look.current.is_some();
                let accepts = |version| look.accepted.contains(&version);
                let runs_out = held.is_none_or(|(_, until)| until <= at);
                let denied = held.is_some_and(|(version, _)| !accepts(version));
                if is_read && (runs_out || denied && self.habit != Retry::None) {
                    held = Some((current, at.plus(self.cache)));
                }
                let Some((version, until)) = held else { break };
                let refused = self.habit.is_refused(
                    accepts(version),
                    look.current.is_some_and(accepts),
                    look.previous.is_some_and(accepts),
                );
                match open {
                    None if refused => open = Some((version, at)),
                    Some((cached, from)) if !refused => {
                        self.close(cached, from, Some(at));
                        open = None;
                    }
                    None | Some(_) => {}
                }
                if refused && is_read && self.habit != Retry::None && end != Half::NEVER {
                    // Whoever is refused reads all the time, and learns nothing until something happens.
                    held = Some((version, Half(end.0.saturating_sub(1)).plus(self.cache)));
                    break;
                }
                if !is_read || self.cache == 0 || self.habit != Retry::None && refused {
                    break;
                }
                at = if version == current {
                    last_read(&mut held, at, end, self.cache)
                } else {
                    until
                };
            }
        }
        if let Some((cached, from)) = open {
            self.close(cached, from, None);
        }
    }

    fn close(&mut self, cached: V, from: Half, until: Option<Half>) {
        let at = |half: Half| self.first.plus(Span::from_millis(half.millis()));
        let gap = Gap { from: at(from), until: until.map(at), cached };
        let length = |gap: &Gap<V>| gap.length().unwrap_or(Span::from_millis(i64::MAX));
        if self.worst.as_ref().is_none_or(|worst| length(&gap) > length(worst)) {
            self.worst = Some(gap);
        }
    }
}

/// Goes on to `end`, with all the reads on the way there, which give the same value again.
fn last_read<V: Copy>(held: &mut Option<(V, Half)>, at: Half, end: Half, cache: i64) -> Half {
    if let Some((version, until)) = *held
        && end != Half::NEVER
        && until < end
    {
        let left = end.0.saturating_sub(1).saturating_sub(until.0);
        let reads = left.checked_div(cache.saturating_mul(2)).unwrap_or(0);
        let last = until.plus(reads.saturating_mul(cache));
        *held = Some((version, last.plus(cache)));
    }
    end.max(at)
}

/// What became of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
    /// The client.
    pub client: Client,
    /// The longest time for which it was refused in a row; nothing if it never was.
    pub gap: Option<Gap<VersionId>>,
}

/// Judges a trace by clients of the secret of that name, and adds what became of them and what doesn't hold.
pub fn judge_clients(trace: &Trace, clients: &[Client], secret: &str, judgment: &mut Judgment) {
    if clients.is_empty() {
        return;
    }
    let seen = Visible::of(trace, secret);
    // Whoever is refused at the end is so for good only if nothing more was going to happen.
    let mut is_known = seen.secret.is_some();
    for client in clients {
        let gap = worst(client, &seen.looks);
        let exceeds = gap.as_ref().is_some_and(|gap| gap.exceeds(client.limit));
        if let (Some(gap), Some(arn), true) = (&gap, seen.secret, exceeds) {
            if trace.gave_up() && gap.until.is_none() {
                is_known = false;
            } else {
                let before = trace.steps.iter().take_while(|step| step.at <= gap.from).count();
                judgment.violations.push(Violation {
                    property: Property::ClientGapBounded.into(),
                    step: before.saturating_sub(1),
                    secret: arn.clone(),
                    message: too_long(client, gap),
                });
            }
        }
        let gap = gap.map(|gap| Gap {
            from: gap.from,
            until: gap.until,
            cached: VersionId::clone(gap.cached),
        });
        judgment.clients.push(Followed { client: client.clone(), gap });
    }
    let mut violations = judgment.violations.iter();
    if !is_known && violations.all(|it| it.property != Property::ClientGapBounded) {
        judgment.unjudged.push(Property::ClientGapBounded.into());
    }
    judgment.violations.sort_by_key(|violation| violation.step);
}

fn too_long(client: &Client, gap: &Gap<&VersionId>) -> String {
    let long = match gap.length() {
        Some(length) => format!("for {length}"),
        None => "for good".to_owned(),
    };
    let (from, cached, limit) = (gap.from, gap.cached, client.limit);
    format!(
        "{client} is refused {long} from {from} on, with {cached} cached, and may be for {limit}"
    )
}

/// What clients can see of a trace.
struct Visible<'t> {
    secret: Option<&'t SecretArn>,
    looks: Vec<Look<&'t VersionId>>,
}

impl<'t> Visible<'t> {
    fn of(trace: &'t Trace, name: &str) -> Self {
        let mut seen = Visible { secret: None, looks: Vec::new() };
        // What was ever current or previous: somebody may have it cached when it is gone.
        let mut values: BTreeMap<&VersionId, &SecretValue> = BTreeMap::new();
        for step in &trace.steps {
            let view = step.after.iter().find(|view| view.name.as_str() == name);
            let view = view.map(|view| &**view);
            seen.secret = seen.secret.or(view.map(|view| &view.arn));
            let mut read = |label| {
                let version = view.filter(|view| view.deleted.is_none())?.holder(label)?;
                values.insert(&version.id, version.value.as_ref()?);
                Some(&version.id)
            };
            let current = read(&StagingLabel::AwsCurrent);
            let previous = read(&StagingLabel::AwsPrevious);
            let accepts = |value: &SecretValue| {
                step.target.as_deref().is_some_and(|database| database.accepts(value))
            };
            let accepted = values.iter().filter(|(_, value)| accepts(value)).map(|(id, _)| *id);
            let look = Look { at: step.at, current, previous, accepted: accepted.collect() };
            match seen.looks.last_mut() {
                Some(last) if last.at == look.at => *last = look,
                Some(last) if Look { at: last.at, ..look.clone() } == *last => {}
                Some(_) | None => seen.looks.push(look),
            }
        }
        seen
    }
}
