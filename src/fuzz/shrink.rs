//! From calls that break something to the smallest that still do: fewer calls first, then simpler ones.

use std::collections::BTreeSet;

use super::call::{Call, Word};
use super::duel::{Duel, Finding, Machine};
use crate::time::Span;

/// What breaks when calls are played.
type Broken<'a> = &'a dyn Fn(&[Call]) -> Option<Finding>;

/// The calls that shorter sequences are tried with.
#[derive(Clone, Debug)]
pub struct Alphabet(Vec<Call>);

/// The smallest calls that break something, and what they break; `Err` with the calls if they break nothing.
pub fn smallest(calls: Vec<Call>, broken: Broken<'_>) -> Result<(Vec<Call>, Finding), Vec<Call>> {
    let Some(finding) = broken(&calls) else { return Err(calls) };
    let mut shrunk = Shrunk { calls, finding, broken };
    shrunk.cut();
    loop {
        let before = shrunk.calls.len();
        while shrunk.drop_some() {}
        shrunk.rename();
        while shrunk.simplify() {}
        if !shrunk.merge() && shrunk.calls.len() == before {
            break;
        }
    }
    shrunk.rename();
    Ok((shrunk.calls, shrunk.finding))
}

/// Looks for the fewest calls of an alphabet that break something, fewer than `below`: all sequences, the shorter ones
/// first, as long as no more than `budget` calls are played. What leads to the same state of the naive service is tried
/// once.
pub(super) fn fewest<M: Machine>(
    machine: &M,
    alphabet: &Alphabet,
    below: usize,
    mut budget: usize,
) -> Option<Vec<Call>> {
    let mut frontier = vec![(Vec::new(), Duel::new(machine.clone()))];
    for _ in 1..below {
        let (mut next, mut known) = (Vec::new(), BTreeSet::new());
        for (calls, before) in &frontier {
            for call in alphabet.calls() {
                budget = budget.checked_sub(1)?;
                let mut duel = before.clone();
                let played = duel.play(call).and_then(|()| duel.judge());
                let is_new = played.is_err() || known.insert(format!("{:?}", duel.reference()));
                if is_new {
                    let mut calls = calls.clone();
                    calls.push(call.clone());
                    if played.is_err() {
                        return Some(calls);
                    }
                    next.push((calls, duel));
                }
            }
        }
        frontier = next;
    }
    None
}

/// The smallest so far.
struct Shrunk<'a> {
    calls: Vec<Call>,
    finding: Finding,
    broken: Broken<'a>,
}

/// Calls up to this length are tried with two of them made one.
const MERGED: usize = 12;

impl Shrunk<'_> {
    /// Takes calls if they break something too.
    fn take(&mut self, calls: Vec<Call>) -> bool {
        let Some(finding) = (self.broken)(&calls) else { return false };
        (self.calls, self.finding) = (calls, finding);
        self.cut();
        true
    }

    /// Leaves out what comes after the finding.
    fn cut(&mut self) {
        self.calls.truncate(self.finding.call.saturating_add(1));
    }

    /// Leaves out stretches of calls: long ones first, then single ones.
    fn drop_some(&mut self) -> bool {
        let mut is_shorter = false;
        let mut stretch = self.calls.len().div_ceil(2);
        while stretch > 0 {
            let mut at = 0;
            while at < self.calls.len() {
                let end = at.saturating_add(stretch);
                let left = self.calls.iter().enumerate();
                let left = left.filter(|(index, _)| *index < at || *index >= end);
                let left: Vec<_> = left.map(|(_, call)| call.clone()).collect();
                if !left.is_empty() && self.take(left) {
                    is_shorter = true;
                } else {
                    at = end;
                }
            }
            stretch = stretch.checked_div(2).unwrap_or(0);
        }
        is_shorter
    }

    /// Replaces two calls by any one.
    fn merge(&mut self) -> bool {
        let count = self.calls.len();
        if count > MERGED {
            return false;
        }
        let alphabet = Alphabet::of(&self.calls);
        for second in (1..count).rev() {
            for first in (0..second).rev() {
                let others = self.calls.iter().enumerate();
                let others = others.filter(|(index, _)| *index != first && *index != second);
                let others: Vec<_> = others.map(|(_, call)| call.clone()).collect();
                for place in first..second {
                    for call in &alphabet.0 {
                        let mut calls = others.clone();
                        calls.insert(place, call.clone());
                        if self.take(calls) {
                            return true;
                        }
                    }
                }
            }
        }
        false
    }

    /// Replaces one call by a simpler one.
    fn simplify(&mut self) -> bool {
        for place in 0..self.calls.len() {
            let Some(call) = self.calls.get(place).cloned() else { break };
            for simpler in simpler(&call) {
                let mut calls = self.calls.clone();
                if let Some(there) = calls.get_mut(place) {
                    *there = simpler;
                }
                if self.take(calls) {
                    return true;
                }
            }
        }
        false
    }

    /// Calls versions a, b, c in the order in which they come up.
    fn rename(&mut self) {
        let mut known: Vec<Word> = Vec::new();
        for id in self.calls.iter().flat_map(ids) {
            if !known.contains(&id) {
                known.push(id);
            }
        }
        let name = |id: Word| {
            let place = known.iter().position(|it| *it == id).unwrap_or(0);
            let letter = u8::try_from(place).ok().filter(|it| *it < 26);
            let letter = letter.map(|it| char::from(b'a'.saturating_add(it)).to_string());
            Word::new(&letter.unwrap_or_else(|| format!("v{place}")))
        };
        let calls: Vec<_> = self.calls.iter().map(|call| renamed(call, &name)).collect();
        if calls != self.calls {
            self.take(calls);
        }
    }
}

/// The version ids in a call.
fn ids_mut(call: &mut Call) -> impl Iterator<Item = &mut Word> {
    let ids = match call {
        Call::Create { token, .. }
        | Call::Put { token, .. }
        | Call::Update { token, .. }
        | Call::Rotate { token, .. } => [Some(token), None],
        Call::Stage { from, to, .. } => [from.as_mut(), to.as_mut()],
        Call::Get { id, .. } => [id.as_mut(), None],
        Call::Describe { .. }
        | Call::List { .. }
        | Call::Cancel { .. }
        | Call::Delete { .. }
        | Call::Force { .. }
        | Call::Restore { .. }
        | Call::Wait(_) => [None, None],
    };
    ids.into_iter().flatten()
}

/// The version ids in a call, as they are.
fn ids(call: &Call) -> Vec<Word> {
    ids_mut(&mut call.clone()).map(|id| *id).collect()
}

/// The call with other version ids.
fn renamed(call: &Call, name: &impl Fn(Word) -> Word) -> Call {
    let mut call = call.clone();
    ids_mut(&mut call).for_each(|id| *id = name(*id));
    call
}

/// Simpler calls that may do as well, the simplest first. Each has less in it, so that this comes to an end.
fn simpler(call: &Call) -> Vec<Call> {
    let mut simpler = Vec::new();
    match call {
        Call::Put { secret, token, value, labels } => {
            let put = |labels| Call::Put { secret: *secret, token: *token, value: *value, labels };
            let one = Word::new("1");
            simpler.extend(value.filter(|it| *it != one).map(|_| Call::Put {
                secret: *secret,
                token: *token,
                value: Some(one),
                labels: labels.clone(),
            }));
            if let Some(labels) = labels {
                simpler.push(put(None));
                simpler.extend((0..labels.len()).filter(|_| labels.len() > 1).map(|left_out| {
                    let labels = labels.iter().enumerate().filter(|(at, _)| *at != left_out);
                    put(Some(labels.map(|(_, label)| *label).collect()))
                }));
            }
        }
        Call::Rotate { secret, token, function, test } => {
            let rotate =
                |function, test| Call::Rotate { secret: *secret, token: *token, function, test };
            simpler.extend(test.then(|| rotate(*function, false)));
            simpler.extend(function.map(|_| rotate(None, *test)));
        }
        Call::Get { secret, label, id } => {
            let get = |label, id| Call::Get { secret: *secret, label, id };
            simpler.extend(label.map(|_| get(None, *id)));
            simpler.extend(id.map(|_| get(*label, None)));
        }
        Call::Update { secret, token, value } => {
            simpler.push(Call::Put { secret: *secret, token: *token, value: *value, labels: None });
        }
        Call::Delete { secret, days: Some(_) } => {
            simpler.push(Call::Delete { secret: *secret, days: None });
        }
        Call::Wait(span) => {
            let shorter = [1, 30, 60, 86_400, 604_800].map(Span::seconds);
            simpler.extend(shorter.into_iter().filter(|it| it < span).map(Call::Wait));
        }
        Call::Create { .. }
        | Call::Stage { .. }
        | Call::Describe { .. }
        | Call::List { .. }
        | Call::Cancel { .. }
        | Call::Delete { .. }
        | Call::Force { .. }
        | Call::Restore { .. } => {}
    }
    simpler
}

impl Alphabet {
    /// Every call about the versions and labels that some calls name, and one version more.
    pub(super) fn of(calls: &[Call]) -> Self {
        let mut known: Vec<Word> = vec![Word::new("a"), Word::new("b")];
        for id in calls.iter().flat_map(ids) {
            if !known.contains(&id) && known.len() < 4 {
                known.push(id);
            }
        }
        let secret = calls.iter().find_map(Call::secret).unwrap_or(Word::new("db"));
        Self::new(secret, &known)
    }

    /// Every call about one secret and those versions.
    pub fn new(secret: Word, ids: &[Word]) -> Self {
        let value = Some(Word::new("1"));
        let [current, pending, previous, custom] =
            ["AWSCURRENT", "AWSPENDING", "AWSPREVIOUS", "x"].map(Word::new);
        let maybe = || std::iter::once(None).chain(ids.iter().copied().map(Some));
        let mut calls = vec![Call::Describe { secret }];
        calls.extend([false, true].map(|all| Call::List { secret, all }));
        for token in ids.iter().copied() {
            calls.extend([value, None].map(|value| Call::Create { secret, token, value }));
            for value in [value, Some(Word::new("2"))] {
                let lists = [
                    None,
                    Some(vec![pending]),
                    Some(vec![custom]),
                    Some(vec![current, custom]),
                    Some(vec![pending, custom]),
                ];
                calls.extend(lists.map(|labels| Call::Put { secret, token, value, labels }));
            }
            let function = Some(Word::new("fn"));
            calls.extend([false, true].map(|test| Call::Rotate { secret, token, function, test }));
        }
        for label in [current, pending, previous, custom] {
            for from in maybe() {
                calls.extend(maybe().map(|to| Call::Stage { secret, label, from, to }));
            }
        }
        for label in [None, Some(pending), Some(previous), Some(custom)] {
            calls.extend(maybe().map(|id| Call::Get { secret, label, id }));
        }
        calls.extend([
            Call::Cancel { secret },
            Call::Delete { secret, days: None },
            Call::Force { secret },
            Call::Restore { secret },
        ]);
        calls.extend([30, 60, 86_400].map(|seconds| Call::Wait(Span::seconds(seconds))));
        Self(calls)
    }

    /// The calls.
    pub fn calls(&self) -> &[Call] {
        &self.0
    }
}
