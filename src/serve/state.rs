//! The world and everything around it that changes with it. The same deeds in the same order make the same state, so
//! that a journal of them brings it back.

use std::collections::BTreeMap;

use super::clock::Clock;
use super::engine::Answer;
use super::journal::{self, Deed, Entry};
use super::record::Record;
use crate::api::{Operation, RotationEvent, ServiceError};
use crate::assumption::{AssumptionError, Assumptions};
use crate::caller::Caller;
use crate::service::{Invoked, Setting};
use crate::time::Timestamp;
use crate::world::{Fault, FaultKind, OutsideInvocation, Trace, World};

/// The world and what is around it.
#[derive(Debug)]
pub(super) struct State {
    pub(super) world: World,
    /// The steps since they were last recorded.
    pub(super) trace: Trace,
    pub(super) record: Record,
    pub(super) snapshots: BTreeMap<String, World>,
    /// Invocations that have not come back.
    pub(super) running: Vec<OutsideInvocation>,
    /// What was done since it was last written down, if it is.
    pub(super) deeds: Option<Vec<Entry>>,
    clock: Clock,
}

impl State {
    /// A world of its own.
    pub(super) fn new(setting: Setting, start: Timestamp, clock: Clock, record: Record) -> Self {
        Self {
            trace: Trace { assume: setting.assume, ..Trace::default() },
            world: World::new(setting, start),
            record,
            snapshots: BTreeMap::new(),
            running: Vec::new(),
            deeds: None,
            clock,
        }
    }

    /// Does again what an entry tells of. What can't be done again wasn't done by this program.
    pub(super) fn again(&mut self, entry: Entry) {
        self.reach(Timestamp::from_millis(entry.at));
        match entry.deed {
            Deed::Start { functions, strict } => {
                self.start(Invoked::Outside { configured: functions, strict });
            }
            Deed::Call { account, region, call, with } => {
                if let Some((by, operation)) =
                    journal::call(&account, region.as_deref(), &call, with)
                {
                    self.call(by, operation);
                }
            }
            Deed::Return { step, secret, token, rotation_token, raised } => {
                if let Some(event) = journal::event(&step, &secret, &token, rotation_token) {
                    self.function_returned(&event, raised.map_or(Ok(()), Err));
                }
            }
            Deed::Assume(chosen) => {
                let pairs = chosen.iter().map(|(id, option)| (id.as_str(), option.as_str()));
                drop(self.assume(pairs));
            }
            Deed::Plan(planned) => self.plan(&journal::faults(planned)),
            Deed::Take(name) => self.take_snapshot(name),
            Deed::Load(name) => {
                self.load_snapshot(&name);
            }
            Deed::Pass => {}
        }
        self.settle();
    }

    /// Records what has happened, and gives the functions that were invoked.
    pub(super) fn settle(&mut self) -> Vec<OutsideInvocation> {
        self.record.take(&mut self.trace);
        let invoked = self.world.take_invocations();
        self.running.extend(invoked.iter().cloned());
        invoked
    }

    /// Lets time pass until that moment.
    pub(super) fn reach(&mut self, moment: Timestamp) {
        self.world.reach(moment, &mut self.trace);
    }

    /// Has time that has passed by itself written down.
    pub(super) fn pass(&mut self) {
        self.note(Deed::Pass);
    }

    fn note(&mut self, deed: Deed) {
        let at = self.world.now().millis();
        if let Some(deeds) = &mut self.deeds {
            deeds.push(Entry { at, deed });
        }
    }

    /// From now on these functions are invoked.
    pub(super) fn start(&mut self, invokes: Invoked) {
        if let Invoked::Outside { configured, strict } = &invokes {
            self.note(Deed::Start { functions: configured.clone(), strict: *strict });
        }
        self.world.choose_invoked(invokes);
    }

    /// Answers a call.
    pub(super) fn call(&mut self, by: Caller, operation: Operation) -> Answer {
        let fault = self.strike(&operation);
        let only_reads = fault.is_none() && journal::only_reads(operation.name());
        // Whether a read changes anything, only the read tells.
        let deed = self.deeds.is_some().then(|| Deed::call(&by, &operation)).flatten();
        let (at, revision) = (self.world.now().millis(), self.world.service().revision());
        let answer = self.answer(by, operation, fault);
        let changes = !only_reads
            || self.clock == Clock::Virtual
            || self.world.service().revision() != revision
            || self.world.service().setting().assume.stale_reads.0 > 0;
        if let (Some(deeds), Some(deed), true) = (&mut self.deeds, deed, changes) {
            deeds.push(Entry { at, deed });
        }
        answer
    }

    fn answer(&mut self, by: Caller, operation: Operation, fault: Option<Fault>) -> Answer {
        let kind = fault.as_ref().map(|fault| fault.kind);
        if kind.is_some_and(FaultKind::is_before) {
            self.tell_fault(fault);
            return faulty(kind);
        }
        let first = self.trace.steps.len();
        self.world.apply(by, operation, self.clock.call(), &mut self.trace);
        let outcome = self.trace.steps.get(first).map(|step| step.outcome.clone());
        self.tell_fault(fault);
        match (kind, outcome) {
            (None, Some(outcome)) => Answer::Service(outcome),
            _ => faulty(kind),
        }
    }

    fn tell_fault(&mut self, fault: Option<Fault>) {
        if let Some(fault) = fault {
            self.world.tell_fault(fault, &mut self.trace);
        }
    }

    /// The fault that hits a call: one that was planned for it in the step at which a function is, or for it at all.
    fn strike(&mut self, operation: &Operation) -> Option<Fault> {
        let name = operation.name().as_str();
        let mut running = self.running.iter();
        running
            .find_map(|it| self.world.strike(&format!("{} {name}", it.event.step)))
            .or_else(|| self.world.strike(name))
    }

    /// A function has come back.
    pub(super) fn function_returned(&mut self, event: &RotationEvent, result: Result<(), String>) {
        self.note(Deed::returned(event, &result));
        if let Some(index) = self.running.iter().position(|it| it.event == *event) {
            self.running.remove(index);
        }
        self.world.function_returned(event, result, &mut self.trace);
    }

    /// How unknown behavior is taken to be.
    pub(super) const fn assumptions(&self) -> Assumptions {
        self.world.service().setting().assume
    }

    /// Takes unknown behavior to be so from now on: all of it, or nothing if one can't be.
    pub(super) fn assume<'a>(
        &mut self,
        chosen: impl Iterator<Item = (&'a str, &'a str)> + Clone,
    ) -> Result<(), AssumptionError> {
        let mut assume = self.assumptions();
        for (id, option) in chosen.clone() {
            assume.choose(id, option)?;
        }
        let chosen = chosen.map(|(id, option)| (id.to_owned(), option.to_owned()));
        self.note(Deed::Assume(chosen.collect()));
        self.world.assume(assume);
        self.trace.assume = assume;
        Ok(())
    }

    /// Has faults hit calls from now on.
    pub(super) fn plan(&mut self, faults: &[Fault]) {
        self.note(Deed::plan(faults));
        self.world.plan(faults);
    }

    /// Keeps the world as it is under a name.
    pub(super) fn take_snapshot(&mut self, name: String) {
        self.note(Deed::Take(name.clone()));
        self.snapshots.insert(name, self.world.clone());
    }

    /// Makes the world what it was when that snapshot was taken. Tells whether there is such a snapshot.
    pub(super) fn load_snapshot(&mut self, name: &str) -> bool {
        let Some(world) = self.snapshots.get(name).cloned() else { return false };
        self.note(Deed::Load(name.to_owned()));
        self.record.take(&mut self.trace);
        let invokes = self.world.service().setting().invokes.clone();
        self.world = world;
        self.world.choose_invoked(invokes);
        self.running.clear();
        self.trace.assume = self.assumptions();
        self.record.begin_anew();
        true
    }
}

/// The answer that a client sees when a fault hits its call.
fn faulty(kind: Option<FaultKind>) -> Answer {
    match kind {
        Some(
            FaultKind::KilledBefore
            | FaultKind::KilledAfter
            | FaultKind::TimedOutBefore
            | FaultKind::TimedOutAfter,
        ) => Answer::Cut,
        Some(
            FaultKind::ErrorBefore
            | FaultKind::ErrorAfter
            | FaultKind::Throttled
            | FaultKind::StaleRead,
        )
        | None => Answer::Service(Err(ServiceError::injected())),
    }
}
