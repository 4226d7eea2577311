//! Three state spaces with published counts: the labels of one secret, and rotations whose workers crash.
//!
//! They know nothing of the service; the engine is tested and timed on them. Shared with `benches/explore.rs`.

use stagewright::explore::{ActionId, Findings, Packed, PropertySet, Space, Successor};

/// A field of a state: where it begins and how wide it is.
#[derive(Clone, Copy)]
struct Field {
    at: u32,
    width: u32,
}

impl Field {
    const fn mask(self) -> u64 {
        (1 << self.width) - 1
    }

    const fn of(self, word: u64) -> u64 {
        (word >> self.at) & self.mask()
    }

    const fn put(self, word: u64, value: u64) -> u64 {
        (word & !(self.mask() << self.at)) | (value << self.at)
    }
}

fn seen(action: u32, word: u64) -> Successor<Packed<1>> {
    Successor { action: ActionId(action), state: Packed([word]), broken: PropertySet::NONE }
}

/// The labels of one secret of at most `V` versions (7 or fewer): current, previous, pending, and `K` more.
///
/// Three bits each: how many versions there are, then for each label the version it is on, or 0.
pub(crate) struct Labels<const V: u64, const K: u32>;

const CURRENT: u32 = 1;
const PREVIOUS: u32 = 2;
const PENDING: u32 = 3;

/// The version that a label is on.
const fn label(number: u32) -> Field {
    Field { at: 3 * number, width: 3 }
}

/// A set of labels that a put attaches: the lowest bit of each one's field, and whether the current label is in it.
#[derive(Clone, Copy)]
struct Attached {
    ones: u64,
    with_current: bool,
}

impl<const V: u64, const K: u32> Labels<V, K> {
    /// Every set that a put may attach; beyond four labels to choose from, those of at most two.
    const SETS: ([Attached; 64], usize) = {
        let mut sets = [Attached { ones: 0, with_current: false }; 64];
        let mut len = 0;
        let mut choice = 1_u32;
        while choice >> (K + 2) == 0 {
            if K <= 2 || choice.count_ones() <= 2 {
                let mut ones = if choice & 1 == 1 { 1 << label(CURRENT).at } else { 0 };
                let mut bit = 1;
                while bit < K + 2 {
                    if choice >> bit & 1 == 1 {
                        ones |= 1 << label(PENDING + bit - 1).at;
                    }
                    bit += 1;
                }
                sets[len] = Attached { ones, with_current: choice & 1 == 1 };
                len += 1;
            }
            choice += 1;
        }
        (sets, len)
    };
}

impl<const V: u64, const K: u32> Space for Labels<V, K> {
    type State = Packed<1>;
    type Memory = ();

    fn initial(&self) -> Packed<1> {
        Packed([1 | 1 << label(CURRENT).at])
    }

    #[inline]
    fn successors(&self, state: Packed<1>, emit: &mut impl FnMut(Successor<Packed<1>>)) {
        let Packed([word]) = state;
        let versions = label(0).of(word);
        let current = label(CURRENT).of(word);
        let left = label(PREVIOUS).put(word, current);
        if versions < V {
            let (sets, len) = &Self::SETS;
            for set in &sets[..*len] {
                let kept = if set.with_current { left } else { word } & !(set.ones * 7);
                emit(seen(0, (kept | (set.ones * (versions + 1))) + 1));
            }
        }
        for to in (1..=versions).filter(|to| *to != current) {
            emit(seen(1, label(CURRENT).put(left, to)));
        }
        for number in PREVIOUS..PENDING + 1 + K {
            let from = label(number).of(word);
            let bare = label(number).put(word, 0);
            for to in (0..=versions).filter(|to| *to != from) {
                emit(seen(number, bare | to << label(number).at));
            }
        }
    }

    #[inline]
    fn judge(&self, state: Packed<1>) -> Findings {
        let Packed([word]) = state;
        let exist = (0..PENDING + 1 + K).all(|it| label(it).of(word) <= label(0).of(word));
        let broken = PropertySet::NONE.unless(label(CURRENT).of(word) != 0, 0).unless(exist, 1);
        Findings { broken, ..Findings::default() }
    }
}

/// `W` workers that rotate one secret `R` times (three or fewer), with two crashes in all. With `O` the service starts a
/// rotation while workers of the last one are still running.
pub(crate) struct Rotations<const W: u32, const R: u64, const O: bool>;

const IDLE: u64 = 0;
const DONE: u64 = 12;
const CRASHES: u64 = 2;
/// Where a worker that crashed before a call begins again.
const fn first_of_step(call: u64) -> u64 {
    match call {
        1..=4 => 1,
        5 | 6 => 5,
        7 | 8 => 7,
        _ => 9,
    }
}

/// The requests so far.
const REQUESTS: Field = Field { at: 0, width: 2 };
const CRASHED: Field = Field { at: 2, width: 2 };

/// The next call of a worker.
const CALL: Field = Field { at: 0, width: 4 };
/// The request it works on, 0 for none; its token is the version one above.
const REQUEST: Field = Field { at: 4, width: 2 };

impl<const W: u32, const R: u64, const O: bool> Rotations<W, R, O> {
    /// Wide enough for a version, so that six workers fit into a word.
    const VERSION_BITS: u32 = if R <= 2 { 2 } else { 3 };
    const ON_CURRENT: Field = Self::version(0);
    const ON_PREVIOUS: Field = Self::version(1);
    const ON_PENDING: Field = Self::version(2);
    /// The version whose password the database accepts.
    const DATABASE: Field = Self::version(3);
    /// Versions of the tokens that exist, a bit each.
    const EXISTING: Field = Field { at: Self::version(4).at, width: 3 };
    /// The version that a worker read as the current one.
    const READ: Field = Field { at: 6, width: Self::VERSION_BITS };

    const fn version(index: u32) -> Field {
        Field { at: 4 + Self::VERSION_BITS * index, width: Self::VERSION_BITS }
    }

    const fn worker(index: u32) -> Field {
        let width = 6 + Self::VERSION_BITS;
        Field { at: Self::EXISTING.at + 3 + width * index, width }
    }

    fn is_quiet(word: u64) -> bool {
        (0..W).all(|it| matches!(CALL.of(Self::worker(it).of(word)), IDLE | DONE))
    }

    /// What the next call of a worker does: the rest of the state, and the worker after it.
    #[inline]
    fn call(rest: u64, worker: u64) -> (u64, u64) {
        let request = REQUEST.of(worker);
        let token = request + 1;
        let exists = Self::EXISTING.of(rest) >> (request - 1) & 1 == 1;
        let (current, pending) = (Self::ON_CURRENT.of(rest), Self::ON_PENDING.of(rest));
        let goes_to = |call| Self::READ.put(CALL.put(worker, call), 0);
        let reads_current = |call| Self::READ.put(CALL.put(worker, call), current);
        let finished = if request == REQUESTS.of(rest) { DONE } else { IDLE };
        let by_label = |if_pending, if_current| {
            if pending == token {
                goes_to(if_pending)
            } else if current == token {
                goes_to(if_current)
            } else {
                finished
            }
        };
        match CALL.of(worker) {
            1 => (rest, goes_to(if current == token { 5 } else { 2 })),
            2 => (rest, reads_current(3)),
            3 if exists && pending == token => (rest, goes_to(5)),
            3 => (rest, CALL.put(worker, 4)),
            4 if exists => (rest, goes_to(5)),
            4 => {
                let existing = Self::EXISTING.of(rest) | 1 << (request - 1);
                (Self::EXISTING.put(Self::ON_PENDING.put(rest, token), existing), goes_to(5))
            }
            5 => (rest, by_label(6, 7)),
            6 => (Self::DATABASE.put(rest, token), goes_to(7)),
            7 => (rest, by_label(8, 9)),
            8 => (rest, goes_to(if Self::DATABASE.of(rest) == token { 9 } else { 7 })),
            9 if current == token => (rest, finished),
            9 => (rest, reads_current(10)),
            10 if current == Self::READ.of(worker) => {
                (Self::ON_CURRENT.put(Self::ON_PREVIOUS.put(rest, current), token), goes_to(11))
            }
            10 => (rest, goes_to(9)),
            _ if pending == token => (Self::ON_PENDING.put(rest, 0), finished),
            _ => (rest, finished),
        }
    }
}

impl<const W: u32, const R: u64, const O: bool> Space for Rotations<W, R, O> {
    type State = Packed<1>;
    type Memory = ();

    fn initial(&self) -> Packed<1> {
        Packed([Self::DATABASE.put(Self::ON_CURRENT.put(0, 1), 1)])
    }

    #[inline]
    fn successors(&self, state: Packed<1>, emit: &mut impl FnMut(Successor<Packed<1>>)) {
        let Packed([word]) = state;
        let requests = REQUESTS.of(word);
        let crashed = CRASHED.of(word);
        let mut is_any_in_flight = false;
        let mut is_any_done = false;
        let mut released = word;
        for index in 0..W {
            let field = Self::worker(index);
            let worker = field.of(word);
            let rest = word & !(field.mask() << field.at);
            match CALL.of(worker) {
                IDLE if requests == 0 => {}
                IDLE => emit(seen(1, rest | (1 | requests << REQUEST.at) << field.at)),
                DONE => {
                    is_any_done = true;
                    released &= !(field.mask() << field.at);
                }
                call => {
                    is_any_in_flight = true;
                    let (after, worker_after) = Self::call(rest, worker);
                    emit(seen(2, after | worker_after << field.at));
                    if crashed < CRASHES {
                        let again = Self::READ.put(CALL.put(worker, first_of_step(call)), 0);
                        emit(seen(3, CRASHED.put(rest, crashed + 1) | again << field.at));
                    }
                }
            }
        }
        let pending = Self::ON_PENDING.of(word);
        let is_open = if O {
            pending == 0 || pending == Self::ON_CURRENT.of(word)
        } else {
            !is_any_in_flight
        };
        if requests < R && (requests == 0 || is_any_done) && is_open {
            emit(seen(0, released + 1));
        }
    }

    #[inline]
    fn judge(&self, state: Packed<1>) -> Findings {
        let Packed([word]) = state;
        let current = Self::ON_CURRENT.of(word);
        let exists = current == 1 || (Self::EXISTING.of(word) << 2) >> current & 1 == 1;
        let works = Self::DATABASE.of(word) == current || !Self::is_quiet(word);
        let broken = PropertySet::NONE.unless(exists, 0);
        if O {
            // Known to fail where rotations overlap; an example is worth having.
            Findings { broken, witnessed: PropertySet::NONE.unless(works, 1), goal: false }
        } else {
            Findings { broken: broken.unless(works, 1), ..Findings::default() }
        }
    }
}
