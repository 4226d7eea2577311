//! Cases: from a seed and a number to the calls, and the same again on every machine.

use proptest::collection::VecStrategy;
use proptest::num::u64::Any;
use proptest::strategy::{Strategy as _, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use super::call::{Call, Word};
use super::draw::Draw;
use super::duel::{Broke, Duel, Finding, Machine};
use super::shrink::{Alphabet, fewest, smallest};
use crate::time::Span;

/// At most so many random calls make a case. Long enough for two rotations and what gets in their way.
const CALLS: usize = 40;

/// One of so many cases is played twice.
const TWICE: u64 = 64;

/// So many calls are played in search of fewer than those that are left: enough to try all sequences of three.
const SEARCHED: usize = 100_000;

/// The bits of a case that choose its opening.
const OPENINGS: u64 = 256;

/// A seed, and which of the cases that it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    /// Where all cases come from.
    pub seed: u64,
    /// Which of them.
    pub number: u64,
}

impl Case {
    /// Whether it is one of those that are played twice, to see that nothing but the case bears on what happens.
    pub(super) const fn is_played_twice(self) -> bool {
        self.number.is_multiple_of(TWICE)
    }
}

/// Calls that break something.
#[derive(Clone, Debug)]
pub struct Broken {
    /// The calls.
    pub calls: Vec<Call>,
    /// What they break.
    pub finding: Finding,
}

/// What a case met.
#[derive(Clone, Copy, Debug, Default)]
pub struct Met {
    /// How many calls were played.
    pub calls: u64,
}

/// Plays cases on one kind of machine.
#[derive(Clone, Debug)]
pub struct Fuzzer<M> {
    machine: M,
    strategy: VecStrategy<Any>,
    /// After how many of 256 openings each start is taken, and the start.
    starts: Vec<(u64, Vec<Call>, Duel<M>)>,
}

impl<M: Machine> Fuzzer<M> {
    /// A fuzzer of that machine.
    pub fn new(machine: M) -> Self {
        let starts = openings()
            .into_iter()
            .map(|(until, calls)| {
                let mut duel = Duel::new(machine.clone());
                // What breaks here breaks again when the case is played whole.
                let broken = calls.iter().position(|call| duel.play(call).is_err());
                let calls =
                    calls.into_iter().take(broken.map_or(usize::MAX, |it| it.saturating_add(1)));
                (until, calls.collect(), duel)
            })
            .collect();
        let strategy = proptest::collection::vec(proptest::num::u64::ANY, 1..=CALLS);
        Self { machine, strategy, starts }
    }

    /// Plays one case. `look` sees each trace that was played without a finding.
    pub fn play(&self, case: Case, look: &mut impl FnMut(&Duel<M>)) -> Result<Met, Broken> {
        let Some(tree) = self.tree(case) else { return Ok(Met::default()) };
        let numbers = tree.current();
        let mut calls = Vec::with_capacity(numbers.len());
        let (mut duel, opening) = self.start(case);
        let played = Self::go_on(&mut duel, &numbers, &mut calls);
        let whole = |calls| Vec::from(opening).into_iter().chain(calls).collect();
        if let Err(finding) = played {
            return Err(Broken { calls: whole(calls), finding });
        }
        if case.is_played_twice() {
            let (mut again, _) = self.start(case);
            let replayed = calls.iter().try_for_each(|call| again.play(call));
            if replayed.is_err() || again.trace() != duel.trace() {
                return Err(Broken { finding: not_repeatable(&calls), calls: whole(calls) });
            }
        }
        look(&duel);
        Ok(Met { calls: calls.len() as u64 })
    }

    /// Finds the smallest calls that still break something, from those of a case that did.
    pub fn shrink(&self, case: Case, found: Broken) -> Broken {
        let numbers = self.fewer(case);
        let (mut duel, opening) = self.start(case);
        let mut calls = opening.to_vec();
        let fewer = Self::go_on(&mut duel, &numbers, &mut calls);
        let calls = if fewer.is_err() { calls } else { found.calls };
        let broken = |calls: &[Call]| Duel::new(self.machine.clone()).play_all(calls).err();
        match smallest(calls, &broken) {
            Ok((calls, finding)) => {
                let alphabet = Alphabet::of(&calls);
                let fewer = fewest(&self.machine, &alphabet, calls.len(), SEARCHED);
                let fewer = fewer.and_then(|fewer| smallest(fewer, &broken).ok());
                let (calls, finding) = fewer.unwrap_or((calls, finding));
                Broken { calls, finding }
            }
            Err(calls) => Broken { finding: not_repeatable(&calls), calls },
        }
    }

    /// What proptest makes of the numbers of a case that breaks something.
    fn fewer(&self, case: Case) -> Vec<u64> {
        let Some(tree) = self.tree(case) else { return Vec::new() };
        let all = tree.current();
        let test = |numbers: Vec<u64>| {
            let (mut duel, _) = self.start(case);
            let played = Self::go_on(&mut duel, &numbers, &mut Vec::new());
            played.map_err(|finding| TestCaseError::fail(finding.message))
        };
        match runner(case).run_one(tree, test) {
            Err(TestError::Fail(_, fewer)) => fewer,
            Ok(_) | Err(TestError::Abort(_)) => all,
        }
    }

    fn tree(&self, case: Case) -> Option<impl ValueTree<Value = Vec<u64>> + use<M>> {
        self.strategy.new_tree(&mut runner(case)).ok()
    }

    /// The start of a case, and the calls that led there.
    fn start(&self, case: Case) -> (Duel<M>, &[Call]) {
        let at = case.number.checked_rem(OPENINGS).unwrap_or(0);
        let start = self.starts.iter().find(|(until, ..)| at < *until).or(self.starts.last());
        match start {
            Some((_, calls, duel)) => (duel.clone(), calls),
            None => (Duel::new(self.machine.clone()), &[]),
        }
    }

    /// Plays the calls that the numbers mean, and judges.
    fn go_on(duel: &mut Duel<M>, numbers: &[u64], calls: &mut Vec<Call>) -> Result<(), Finding> {
        let mut draw = Draw::default();
        for number in numbers {
            let call = draw.call(number.to_le_bytes(), duel.reference());
            let played = duel.play(&call);
            calls.push(call);
            played?;
        }
        duel.judge()
    }
}

/// The finding of calls that were not answered alike both times.
fn not_repeatable(calls: &[Call]) -> Finding {
    Finding {
        broke: Broke::Repeats,
        call: calls.len().saturating_sub(1),
        message: "the same calls were not answered alike both times".to_owned(),
    }
}

/// The calls that cases begin with, each up to a number of [`OPENINGS`].
fn openings() -> Vec<(u64, Vec<Call>)> {
    let secret = Word::new("db");
    let value = Some(Word::new("1"));
    let create = Call::Create { secret, token: Word::new("v0"), value };
    let put = |number: usize, labels: Vec<Word>| Call::Put {
        secret,
        token: Word::new(&format!("v{number}")),
        value,
        labels: Some(labels).filter(|labels| !labels.is_empty()),
    };
    let labels = (0..17).map(|number| Word::new(&format!("l{number}")));
    let crowded = std::iter::once(Word::new("AWSCURRENT")).chain(labels).collect();
    let full = |age: Span| {
        let puts = (1..99).map(|number| put(number, Vec::new()));
        std::iter::once(create.clone()).chain(puts).chain([Call::Wait(age)]).collect()
    };
    vec![
        (128, Vec::new()),
        (244, vec![create.clone()]),
        (253, vec![create.clone(), put(1, crowded)]),
        (254, full(Span::seconds(1))),
        (255, full(Span::seconds(86_340))),
        (256, full(Span::days(1))),
    ]
}

/// What draws the numbers of a case. Of what proptest reads from the environment, nothing bears on drawing and shrinking
/// beyond what is set here.
pub(super) fn runner(case: Case) -> TestRunner {
    let mut seed = [0; 32];
    let bytes = case.seed.to_le_bytes().into_iter().chain(case.number.to_le_bytes());
    for (place, byte) in seed.iter_mut().zip(bytes) {
        *place = byte;
    }
    let config = Config {
        failure_persistence: None,
        source_file: None,
        max_shrink_iters: 5_000,
        max_shrink_time: 0,
        verbose: 0,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed))
}
