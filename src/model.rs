//! Rotation as a state space: the service, the target and the invocations in flight, in a few machine words.
//!
//! The rules of labels and of the target are not written again here: [`crate::labels`] and [`crate::target`] are called,
//! with the state unpacked as far as a call needs it. What is left out of a state is what no call can tell apart: names,
//! dates, the text of values. Time is left out too: what the service does "some time later" may happen at any moment.
//!
//! An invocation is *about to make a call*, so a call and everything that the function decides after its answer is one
//! action. Nobody else could look in between.

mod calls;
mod clients;
mod fault;
mod felt;
mod footprint;
mod forget;
mod glance;
mod independent;
mod judge;
mod layout;
mod memo;
mod memory;
mod others;
mod own;
mod reduce;
mod rotation;
mod search;
mod setting;
mod stale;
mod state;
mod story;
mod table;
mod twice;

use crate::explore::{ActionId, Findings, Packed, PropertySet, Space, Successor};
use crate::labels::Ledger;
use crate::property::own::OwnKind;
use crate::property::{Property, PropertyName};

use layout::Layout;
use table::Table;

pub use crate::world::FaultKind;
pub use clients::{CLIENT_NUMBER, Pace, Waited};
pub use felt::FELT;
pub use glance::Glance;
pub use judge::CUT_NUMBER;
pub use memo::Memo;
pub use own::OwnProperties;
pub use reduce::{Reduced, Reductions};
pub use rotation::Act;
pub use search::{Searched, search};
pub use setting::{
    CUSTOM_LABELS_MAX, FaultKinds, Faults, Gate, MoveTo, Other, OtherCall, PutValue, Runs, Setting,
    Start, TooLarge,
};
pub use story::{Called, Scene, Spoken, TargetChange, Then, VersionNumber, Who};

/// A rotation as a state space over `W` words: 1, 2 or 4.
#[derive(Clone, Debug)]
pub struct Model<const W: usize> {
    setting: Setting,
    table: Table,
    layout: Layout,
    /// The bits of a state that hold the secret and the target.
    effects: Packed<W>,
    /// The bits of a state that no invocation has for itself.
    shared: Packed<W>,
    /// The bits of a state that say what is coming on the target, and what is accepted still.
    under_way: Packed<W>,
    /// The bits of a state whose change is a change of the secret.
    seen: Packed<W>,
    judged: judge::Judged,
    own: own::OwnJudge<W>,
    /// What the calls of the others have to do with, by who makes them.
    footprints: Vec<Vec<footprint::Footprint<W>>>,
}

/// How many words the states of a setting take: 1, 2 or 4.
pub fn words(setting: &Setting) -> Result<usize, TooLarge> {
    let table = Table::new(setting)?;
    Ok(Layout::new(setting, &table)?.words)
}

impl<const W: usize> Model<W> {
    /// Makes a setting ready.
    ///
    /// # Errors
    ///
    /// If it is too large for a state of `W` words.
    pub fn new(setting: Setting) -> Result<Self, TooLarge> {
        let table = Table::new(&setting)?;
        let layout = Layout::new(&setting, &table)?;
        if layout.words > W {
            return Err(TooLarge::Bits { bits: layout.bits });
        }
        let judged = judge::Judged::new(&setting);
        let [effects, shared, under_way, seen] = [Packed::default(); 4];
        let own = own::OwnJudge::default();
        let footprints = Vec::new();
        let mut model = Self {
            setting,
            table,
            layout,
            effects,
            shared,
            under_way,
            seen,
            judged,
            own,
            footprints,
        };
        model.effects = model.effects();
        model.shared = model.shared_bits();
        model.under_way = model.under_way_bits();
        model.seen = model.seen_bits();
        model.own = model.own_judge();
        model.footprints = model.footprints();
        Ok(model)
    }

    /// What is explored.
    pub const fn setting(&self) -> &Setting {
        &self.setting
    }

    /// The properties that are judged: those that were asked for and can be told here.
    pub fn judged(&self) -> Vec<PropertyName> {
        let judges = |it: &Property| {
            self.judged.judges(*it) || (*it == Property::RotationRecovers && self.follows())
        };
        let known = self.setting.check.iter().copied().filter(judges).map(PropertyName::from);
        known.chain(self.setting.own.properties.iter().map(|own| own.name.clone())).collect()
    }

    /// The property that the search knows by that number.
    pub fn property(&self, number: u32) -> Option<PropertyName> {
        let known = self.setting.check.get(usize::try_from(number).ok()?).copied();
        known
            .map(PropertyName::from)
            .or_else(|| self.own_property(number).map(|own| own.name.clone()))
    }

    /// The properties that must be reached from every state by retries alone, each with the number by which it is asked
    /// for.
    pub fn goals(&self) -> Vec<(u32, PropertyName)> {
        let recovers = self.follows() && self.setting.check.contains(&Property::RotationRecovers);
        let recovers = recovers.then(|| (u32::MAX, Property::RotationRecovers.into()));
        let own = self.own_of(OwnKind::Eventually);
        recovers.into_iter().chain(own.map(|(number, own)| (number, own.name.clone()))).collect()
    }

    /// Whether there is a rotation that the service leads to its end.
    pub fn follows(&self) -> bool {
        self.setting.runs == Runs::WhileUnfinished && self.setting.rotations > 0
    }

    /// How many bits a state takes.
    pub const fn bits(&self) -> u32 {
        self.layout.bits
    }

    /// Everything that can happen in `state`, with each label that moves told to `ledger`.
    fn each<L: Ledger>(
        &self,
        state: Packed<W>,
        ledger: &mut L,
        emit: &mut impl FnMut(Successor<Packed<W>>, &mut L),
    ) {
        let emit = &mut |it, ledger: &mut L| emit(self.remembered(&state, it), ledger);
        self.request(state, ledger, emit);
        for worker in 0..self.setting.workers {
            self.worker(state, worker, ledger, emit);
        }
        self.clean(state, ledger, emit);
        self.pass(state, ledger, emit);
        self.others(state, ledger, emit);
    }
}

impl<const W: usize> Space for Model<W> {
    type State = Packed<W>;
    type Memory = memo::Memo<W>;

    fn initial(&self) -> Self::State {
        self.start()
    }

    #[inline]
    fn successors(&self, state: Self::State, emit: &mut impl FnMut(Successor<Self::State>)) {
        self.each(state, &mut (), &mut |successor, ()| emit(successor));
    }

    #[inline]
    fn successors_from(
        &self,
        memory: &mut Self::Memory,
        state: Self::State,
        emit: &mut impl FnMut(Successor<Self::State>),
    ) {
        let emit = &mut |it| emit(self.remembered(&state, it));
        self.request(state, &mut (), &mut |it, ()| emit(it));
        self.workers_from(memory, state, emit);
        self.clean(state, &mut (), &mut |it, ()| emit(it));
        self.pass(state, &mut (), &mut |it, ()| emit(it));
        self.others_from(&mut memory.calls, state, emit);
    }

    #[inline]
    fn judge(&self, state: Self::State) -> Findings {
        self.findings(state)
    }

    /// How many faults have happened, stale reads too.
    fn rank(&self, state: Self::State) -> u32 {
        let kinds = [self.layout.faults, self.layout.stale_reads];
        kinds.iter().fold(0, |all, kind| {
            all.saturating_add(u32::try_from(kind.of(&state)).unwrap_or(u32::MAX))
        })
    }

    fn is_goal(&self, property: u32, state: Self::State) -> bool {
        if self.own_property(property).is_some() {
            return self.is_cut(&state) || self.own_goal(property, &state);
        }
        self.judge(state).goal
    }

    fn helps(&self, action: ActionId) -> bool {
        matches!(Act::of(action), Act::Launch { .. } | Act::Call { .. } | Act::Clean | Act::Pass(_))
    }
}

/// A successor without anything against the transition.
const fn plain<const W: usize>(action: ActionId, state: Packed<W>) -> Successor<Packed<W>> {
    Successor { action, state, broken: PropertySet::NONE }
}
