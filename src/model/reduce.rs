//! Fewer states: those that nothing can tell apart are taken for one.
//!
//! Each state is replaced by a canonical form: workers, labels and versions that everything treats alike are put in
//! order, and what an invocation remembers in vain is forgotten. What can happen in the one can happen in the other, step
//! for step, and the properties say the same of both. Steps that nothing can tell from none are taken at once, see
//! [`super::independent`]. A path through canonical forms is no story yet: the real one beside it is found by
//! [`Reduced::real`].

#![expect(clippy::arithmetic_side_effects, reason = "counts of a handful of versions and labels")]

use std::collections::{BTreeSet, VecDeque};
use std::ops::ControlFlow;

use super::Model;
use super::forget::live;
use super::independent::Independence;
use super::layout::{Field, LABELS};
use super::memo::Memo;
use super::setting::{
    CUSTOM_LABELS_MAX, MoveTo, OtherCall, PutValue, Setting, VERSIONS_MAX, WORKERS_MAX,
};
use crate::explore::{
    ActionId, Bound, Bounds, Exploration, Finding, Findings, Hop, Liveness, Packed, Path, Progress,
    Space, Successor, eventually, explore,
};
use crate::labels::{LabelSet, LabelSlot};
use crate::program::Program;
use crate::secret::StagingLabel;
use crate::target::PrincipalSlot;

/// Which states may be taken for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a reduction of its own")]
pub struct Reductions {
    /// Those that differ in which worker does what.
    pub workers: bool,
    /// Those that differ in the names of custom labels.
    pub labels: bool,
    /// Those that differ in the names of versions.
    pub versions: bool,
    /// Those that differ in what is remembered and can't decide anything any more.
    pub memory: bool,
    /// Those that differ in calls that depend on nobody else and that nobody sees.
    pub steps: bool,
}

impl Reductions {
    /// All of them.
    pub const ALL: Self =
        Self { workers: true, labels: true, versions: true, memory: true, steps: true };
    /// None of them.
    pub const NONE: Self =
        Self { workers: false, labels: false, versions: false, memory: false, steps: false };

    /// What they are called.
    pub fn names(self) -> Vec<&'static str> {
        let all = [
            (self.workers, "workers"),
            (self.labels, "labels"),
            (self.versions, "versions"),
            (self.memory, "dead variables"),
            (self.steps, "independent steps"),
        ];
        all.into_iter().filter(|(is_on, _)| *is_on).map(|(_, name)| name).collect()
    }
}

/// A model whose states are canonical forms.
#[derive(Clone, Debug)]
pub struct Reduced<'m, const W: usize> {
    model: &'m Model<W>,
    applied: Reductions,
    /// The records of all invocations.
    workers: Vec<Field>,
    /// For each call of the program the bits of a record that can still decide something.
    live: Vec<u64>,
    /// The labels that are interchangeable, two or more in each group.
    groups: Vec<Vec<Field>>,
    /// For each label its group.
    group_of: Vec<Option<usize>>,
    /// What independent steps depend on.
    independence: Option<Independence<W>>,
}

impl<'m, const W: usize> Reduced<'m, W> {
    /// Takes those reductions that the setting is symmetric in.
    pub fn new(model: &'m Model<W>, wanted: Reductions) -> Self {
        let setting = &model.setting;
        let workers = model.layout.workers.iter().copied().take(usize::from(setting.workers));
        let workers: Vec<Field> = workers.collect();
        let live = match &setting.program {
            Some(program) if wanted.memory => live(model, program),
            Some(_) | None => Vec::new(),
        };
        let slots = if wanted.labels { interchangeable(setting) } else { Vec::new() };
        let field = |slot: &LabelSlot| model.layout.labels.get(slot.index()).copied();
        let groups: Vec<Vec<Field>> =
            slots.iter().map(|group| group.iter().filter_map(field).collect()).collect();
        let group_of = (0..model.layout.labels.len())
            .map(|index| {
                slots.iter().position(|group| group.iter().any(|slot| slot.index() == index))
            })
            .collect();
        let independence = if wanted.steps { Independence::new(model) } else { None };
        let forgets = live.iter().zip(&model.table.ops).any(|(live, op)| *live != op.keep);
        let applied = Reductions {
            // The target tells workers apart by what each of them has made and stored nowhere.
            workers: wanted.workers
                && setting.program.is_some()
                && workers.len() > 1
                && !model.table.uses.unsaved,
            labels: !groups.is_empty(),
            versions: wanted.versions && alike(setting),
            memory: forgets,
            steps: independence.is_some(),
        };
        Self { model, applied, workers, live, groups, group_of, independence }
    }

    /// The reductions that are taken.
    pub const fn applied(&self) -> Reductions {
        self.applied
    }

    /// The one state that stands for all that can't be told from this one.
    #[inline]
    pub fn canonical(&self, mut state: Packed<W>) -> Packed<W> {
        if let Some(facts) = &self.independence {
            state = self.model.advanced(facts, state);
        }
        if self.applied.memory {
            state = self.forgotten(state);
        }
        if self.applied.workers {
            state = sorted::<W, WORKERS_MAX>(state, &self.workers);
        }
        if self.applied.versions {
            state = self.with_versions_in_order(state);
        }
        for group in &self.groups {
            state = sorted::<W, CUSTOM_LABELS_MAX>(state, group);
        }
        state
    }

    /// The state without what is remembered in vain.
    fn forgotten(&self, mut state: Packed<W>) -> Packed<W> {
        for field in &self.workers {
            let record = field.of(&state);
            let at = usize::try_from(self.model.table.pc.get(record)).unwrap_or(0);
            // Nothing is remembered where no call comes next.
            let live = at.checked_sub(1).and_then(|at| self.live.get(at)).copied();
            let kept = record & live.unwrap_or(u64::MAX);
            if kept != record {
                state = field.with(state, kept);
            }
        }
        state
    }

    /// The state with the versions that others can put, and those of the start, in the order of what they carry.
    ///
    /// Labels that are interchangeable count by number: which of them it is, is settled afterwards.
    fn with_versions_in_order(&self, mut state: Packed<W>) -> Packed<W> {
        let model = self.model;
        let rotations = model.given() + u64::from(model.setting.rotations);
        let is_free = |number: u64| {
            number <= model.given() || number > rotations && number <= model.last_put(&state)
        };
        let mut marks = [0_u64; VERSIONS_MAX];
        let place = |number: u64| usize::try_from(number).ok().and_then(|it| it.checked_sub(1));
        for (label, (field, group)) in model.layout.labels.iter().zip(&self.group_of).enumerate() {
            let mark = place(field.of(&state)).and_then(|at| marks.get_mut(at));
            if let Some(mark) = mark {
                *mark += match group {
                    None => 1 << label,
                    Some(group) => 1 << (COUNTS + 4 * group),
                };
            }
        }
        let sets = model.layout.target.iter().flat_map(|it| [it.accepts, it.coming, it.leaving]);
        for (place, field) in sets.enumerate() {
            let set = field.of(&state);
            for (at, mark) in marks.iter_mut().enumerate() {
                *mark += (set >> at & 1) << (ACCEPTS + place);
            }
        }
        let mut order = [(0_u64, 0_u64); VERSIONS_MAX];
        let mut len = 0_usize;
        for (number, mark) in (1..).zip(marks).filter(|(number, _)| is_free(*number)) {
            if let Some(place) = order.get_mut(len) {
                *place = (mark, number);
                len += 1;
            }
        }
        let mut renamed = [0_u64; VERSIONS_MAX];
        for (number, name) in (1..).zip(&mut renamed) {
            *name = number;
        }
        let Some(order) = order.get_mut(..len) else { return state };
        let mut names = [0_u64; VERSIONS_MAX];
        for (name, (_, number)) in names.iter_mut().zip(order.iter()) {
            *name = *number;
        }
        order.sort_unstable_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
        for ((_, number), name) in order.iter().zip(names) {
            if let Some(place) = place(*number).and_then(|at| renamed.get_mut(at)) {
                *place = name;
            }
        }
        let name = |number: u64| place(number).and_then(|at| renamed.get(at)).copied().unwrap_or(0);
        for field in &model.layout.labels {
            let holder = field.of(&state);
            state = field.with(state, name(holder));
        }
        let sets = model.layout.target.iter().flat_map(|it| [it.accepts, it.coming, it.leaving]);
        for field in sets {
            let accepts = field.of(&state);
            // Credentials are numbered as the versions that hold them, one lower.
            let moved = (1..).zip(renamed).fold(0, |all, (number, name): (u32, u64)| {
                all | (accepts >> (number - 1) & 1) << (name - 1)
            });
            let others = accepts >> VERSIONS_MAX << VERSIONS_MAX;
            state = field.with(state, moved | others);
        }
        state
    }

    /// The real path beside a path through canonical forms. Calls that were taken at once are made where they are needed,
    /// so it is longer if there are any.
    #[must_use]
    pub fn real(&self, finding: &Finding<Packed<W>>) -> Finding<Packed<W>> {
        let hops = Vec::with_capacity(finding.path.hops.len());
        let mut path = Path { initial: self.model.initial(), hops };
        for wanted in &finding.path.hops {
            let Some(hops) = self.real_hops(path.end(), wanted.state, finding.property) else {
                break;
            };
            path.hops.extend(hops);
        }
        Finding { property: finding.property, path }
    }

    /// The shortest real way from a state to one with that canonical form, over states that have its own.
    fn real_hops(
        &self,
        from: Packed<W>,
        wanted: Packed<W>,
        property: u32,
    ) -> Option<Vec<Hop<Packed<W>>>> {
        let own = self.canonical(from);
        let mut seen = BTreeSet::from([from]);
        let mut waiting = VecDeque::from([(from, Vec::new())]);
        while let Some((state, hops)) = waiting.pop_front() {
            let mut index = 0_u32;
            let mut found: Option<(bool, Hop<Packed<W>>)> = None;
            self.model.successors(state, &mut |it| {
                // Of the transitions between the same two states, not each may be a violation.
                let breaks = it.broken.has(property);
                let is_better = found.as_ref().is_none_or(|(broke, _)| breaks && !broke);
                let form = self.canonical(it.state);
                let hop = Hop { index, action: it.action, state: it.state };
                if is_better && form == wanted {
                    found = Some((breaks, hop));
                } else if self.applied.steps && form == own && seen.insert(it.state) {
                    let hops = hops.iter().copied().chain([hop]).collect();
                    waiting.push_back((it.state, hops));
                }
                index = index.wrapping_add(1);
            });
            if let Some((_, hop)) = found {
                return Some(hops.into_iter().chain([hop]).collect());
            }
        }
        None
    }

    /// As [`explore()`]; every path that is told is a real one.
    pub fn explore(
        &self,
        bounds: &Bounds,
        threads: usize,
        progress: impl FnMut(Progress) -> ControlFlow<Bound>,
    ) -> Exploration<Packed<W>> {
        let mut found = explore(self, bounds, threads, progress);
        for finding in found.violations.iter_mut().chain(&mut found.witnesses) {
            *finding = self.real(finding);
        }
        found
    }

    /// As [`eventually()`]; the path that is told is a real one.
    pub fn eventually(
        &self,
        found: &Exploration<Packed<W>>,
        property: u32,
        bytes: u64,
        go_on: impl FnMut() -> bool,
    ) -> Liveness<Packed<W>> {
        match eventually(self, &found.reached, property, bytes, go_on) {
            Liveness::Violated { stuck, shortest } => {
                Liveness::Violated { stuck, shortest: self.real(&shortest) }
            }
            other @ (Liveness::Holds | Liveness::Unknown) => other,
        }
    }
}

/// Where it is noted who accepts the credential of a version, above the labels that it carries.
const ACCEPTS: usize = LABELS;
/// Where it is noted how many labels of each group a version carries.
const COUNTS: usize = ACCEPTS + 6;

impl<const W: usize> Space for Reduced<'_, W> {
    type State = Packed<W>;
    type Memory = Memo<W>;

    fn initial(&self) -> Self::State {
        self.canonical(self.model.initial())
    }

    #[inline]
    fn successors(&self, state: Self::State, emit: &mut impl FnMut(Successor<Self::State>)) {
        self.model.successors(state, &mut |it| {
            emit(Successor { state: self.canonical(it.state), ..it });
        });
    }

    #[inline]
    fn successors_from(
        &self,
        memory: &mut Self::Memory,
        state: Self::State,
        emit: &mut impl FnMut(Successor<Self::State>),
    ) {
        self.model.successors_from(memory, state, &mut |it| {
            emit(Successor { state: self.canonical(it.state), ..it });
        });
    }

    #[inline]
    fn judge(&self, state: Self::State) -> Findings {
        self.model.judge(state)
    }

    fn rank(&self, state: Self::State) -> u32 {
        self.model.rank(state)
    }

    fn is_goal(&self, property: u32, state: Self::State) -> bool {
        self.model.is_goal(property, state)
    }

    fn helps(&self, action: ActionId) -> bool {
        self.model.helps(action)
    }
}

/// The state with what lies in some fields in order, the greatest first.
#[inline]
fn sorted<const W: usize, const N: usize>(mut state: Packed<W>, fields: &[Field]) -> Packed<W> {
    if fields.is_sorted_by(|one, other| one.of(&state) >= other.of(&state)) {
        return state;
    }
    let mut values = [0; N];
    for (value, field) in values.iter_mut().zip(fields) {
        *value = field.of(&state);
    }
    // Nothing stands behind what is there: it is 0, and the order is descending.
    values.sort_unstable_by(|one, other| other.cmp(one));
    for (value, field) in values.iter().zip(fields) {
        state = field.with(state, *value);
    }
    state
}

/// The custom labels that everything treats alike, in groups of two or more.
fn interchangeable(setting: &Setting) -> Vec<Vec<LabelSlot>> {
    let named = setting.program.as_ref().map_or(LabelSet::EMPTY, |it| named(setting, it));
    let own = || setting.own.properties.iter().map(|own| &own.uses);
    // Who looks at labels without naming them may tell any two apart.
    if own().any(|uses| uses.all_labels) {
        return Vec::new();
    }
    let looked_at = own().flat_map(|uses| &uses.labels).map(|label| StagingLabel::new(label));
    let looked_at = looked_at.filter_map(|label| setting.slot(&label));
    let looked_at = looked_at.fold(LabelSet::EMPTY, LabelSet::with);
    let slots = (0..setting.custom.len())
        .filter_map(|index| LabelSlot::from_index(LabelSlot::OF_AWS + index))
        .filter(|slot| !named.contains(*slot) && !looked_at.contains(*slot));
    let mut groups: Vec<Vec<LabelSlot>> = Vec::new();
    for slot in slots {
        let is_like = |group: &&mut Vec<LabelSlot>| {
            group.first().is_some_and(|first| are_alike(setting, *first, slot))
        };
        match groups.iter_mut().find(is_like) {
            Some(group) => group.push(slot),
            None => groups.push(vec![slot]),
        }
    }
    groups.retain(|group| group.len() > 1);
    groups
}

/// The labels that a program names.
fn named(setting: &Setting, program: &Program) -> LabelSet {
    program.labels().filter_map(|label| setting.slot(label)).fold(LabelSet::EMPTY, LabelSet::with)
}

/// Whether all others may do the same with both labels.
fn are_alike(setting: &Setting, one: LabelSlot, other: LabelSlot) -> bool {
    let swapped = |label: LabelSlot| match label {
        _ if label == one => other,
        _ if label == other => one,
        _ => label,
    };
    setting.others.iter().all(|who| {
        who.calls.iter().all(|call| {
            let mirrored = match *call {
                OtherCall::Put { labels, value } => OtherCall::Put {
                    labels: labels.map(|labels| {
                        labels.iter().map(swapped).fold(LabelSet::EMPTY, LabelSet::with)
                    }),
                    value,
                },
                OtherCall::Move { label, to } => OtherCall::Move {
                    label: swapped(label),
                    to: match to {
                        MoveTo::HolderOf(held) => MoveTo::HolderOf(swapped(held)),
                        MoveTo::AnyVersion => MoveTo::AnyVersion,
                    },
                },
                OtherCall::Remove(label) => OtherCall::Remove(swapped(label)),
                OtherCall::CancelRotateSecret
                | OtherCall::DeleteSecret
                | OtherCall::RestoreSecret => *call,
            };
            who.calls.contains(&mirrored)
        })
    })
}

/// Whether nothing tells the versions of the start and those that others put from each other.
///
/// A function remembers versions, and a value that is put again names one.
fn alike(setting: &Setting) -> bool {
    let names = |call: &OtherCall| matches!(call, OtherCall::Put { value: PutValue::Again(_), .. });
    let versions = setting.start.versions.len() + usize::from(setting.puts);
    setting.program.is_none()
        && !setting.own.properties.iter().any(|own| own.uses.names_versions)
        && versions > 1
        && setting.start.versions.iter().all(|of| *of == PrincipalSlot(0))
        && !setting.others.iter().flat_map(|other| &other.calls).any(names)
}
