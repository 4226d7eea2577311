//! Two invocations of a step at once, whose calls are let through one at a time.
//!
//! One of them goes on until it is over, or until its switch is due, which is a preemption. One that waits for something
//! that the other one has, such as a lock of the target, lets that one go on: this is no preemption.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::{DRAINED, Ended, LOCKED, Run, Running, Task};
use crate::api::RotationEvent;
use crate::drill::cell::Place;
use crate::drill::stage::{Gate, Signal};
use crate::lambda::InvocationError;

/// What the target doesn't answer within this time waits for a lock.
const UNANSWERED: Duration = Duration::from_secs(1);

/// A process has made its first call within this time, or waits for something.
const BEGUN: Duration = Duration::from_secs(15);

/// How often the one that waits is given more time.
const TICK: Duration = Duration::from_millis(100);

/// How two invocations took turns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interleaved {
    /// The numbers of both.
    pub numbers: [u32; 2],
    /// After how many calls since the last switch there could have been another one.
    pub points: Vec<u32>,
    /// The calls at which one waited for the other, each with the number of the invocation.
    pub waits: Vec<(u32, Place)>,
}

/// Where an invocation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It stands before a call.
    Stands,
    /// It waits for something that the other one has.
    Waits,
    /// What it waited for has come.
    Answered,
    /// It is over.
    Over,
}

/// One of both.
struct Turn {
    running: Running,
    state: State,
    result: Result<(), String>,
}

/// What is heard of an invocation.
enum Heard {
    State(State),
    Done(Box<<Task as Future>::Output>),
}

impl Run<'_> {
    /// Has two invocations of a step take turns. The first one begins; each switch says after how many calls it is the
    /// other one's turn. The step has worked if one of them comes back well: the other one may be a delivery that the
    /// service knows nothing of.
    pub(super) async fn interleave(
        &mut self,
        event: &RotationEvent,
        switches: &[u32],
    ) -> Result<(), String> {
        self.stage.lock().gate = Gate::Closed;
        let played = self.take_turns(event, switches).await;
        self.stage.lock().gate = Gate::Open;
        played
    }

    async fn take_turns(&mut self, event: &RotationEvent, switches: &[u32]) -> Result<(), String> {
        let mut turn = self.join(event, None).await.map_err(|error| error.to_string())?;
        let mut other = match self.join(event, Some(&mut turn)).await {
            Ok(other) => other,
            Err(error) => {
                self.stage.resume();
                let done = (&mut turn.running.task).await;
                self.done(turn.running.number, done, false);
                return Err(error.to_string());
            }
        };
        let numbers = [turn.running.number, other.running.number];
        let mut came = Interleaved { numbers, ..Interleaved::default() };
        let mut switches = switches.iter().copied().peekable();
        let mut made: u32 = 0;
        loop {
            match (turn.state, other.state) {
                (State::Over, State::Over) => break,
                (_, State::Answered) => self.go_on(&mut other, &mut turn, &mut came).await,
                (State::Answered, _) => self.go_on(&mut turn, &mut other, &mut came).await,
                (State::Stands, other_state) => {
                    let may_switch = made > 0 && other_state == State::Stands;
                    if may_switch && switches.next_if_eq(&made).is_some() {
                        made = 0;
                        std::mem::swap(&mut turn, &mut other);
                    } else if may_switch && switches.peek().is_none() {
                        came.points.push(made);
                    }
                    made = made.saturating_add(1);
                    self.go_on(&mut turn, &mut other, &mut came).await;
                }
                (State::Waits | State::Over, State::Stands) => {
                    std::mem::swap(&mut turn, &mut other);
                }
                (State::Waits, State::Waits | State::Over) => {
                    self.listen(&mut turn, Some(&mut other), LOCKED).await;
                }
                (State::Over, State::Waits) => {
                    self.listen(&mut other, Some(&mut turn), LOCKED).await;
                }
            }
        }
        self.stage.lock().struck = switches.peek().is_none();
        let [first, _] = numbers;
        self.interleaved = Some(came);
        if turn.running.number != first {
            std::mem::swap(&mut turn, &mut other);
        }
        if other.result.is_ok() { Ok(()) } else { turn.result }
    }

    /// Another invocation begins, and comes to its first call.
    async fn join(
        &mut self,
        event: &RotationEvent,
        other: Option<&mut Turn>,
    ) -> Result<Turn, InvocationError> {
        let running = self.start(event).await?;
        let mut turn = Turn { running, state: State::Waits, result: Ok(()) };
        if !self.listen(&mut turn, other, BEGUN).await {
            self.stage.set_aside(turn.running.number, false);
        }
        Ok(turn)
    }

    /// Has an invocation make the call at which it stands, and come to its next one. What the other one waits for may
    /// come then.
    async fn go_on(&mut self, turn: &mut Turn, other: &mut Turn, came: &mut Interleaved) {
        let number = turn.running.number;
        // It may have been killed meanwhile, since its time was over.
        let is_over = turn.running.task.is_finished();
        let call = if is_over { None } else { self.stage.release(number) };
        let ended = self.stage.ended_connections();
        // A lock of the target goes when something is said to the target, or no longer is.
        let mut frees = call.as_ref().is_none_or(Place::is_of_target)
            || !self.stage.asks_target(other.running.number);
        let is_heard = self.listen(turn, Some(other), UNANSWERED).await
            || !self.stage.set_aside(number, true) && self.listen(turn, Some(other), LOCKED).await;
        if !is_heard {
            self.stage.set_aside(number, false);
            turn.state = State::Waits;
            came.waits.extend(call.map(|place| (number, place)));
        }
        frees |= turn.state == State::Over || self.stage.ended_connections() != ended;
        if other.state == State::Waits && frees {
            self.listen(other, Some(turn), UNANSWERED).await;
        }
    }

    /// Waits until there is something new of an invocation. Tells whether there is. The other one waits meanwhile, and
    /// that is none of its own time.
    async fn listen(
        &mut self,
        turn: &mut Turn,
        mut other: Option<&mut Turn>,
        limit: Duration,
    ) -> bool {
        let mut left = limit;
        let heard = loop {
            let begun = Instant::now();
            let heard = timeout(left.min(TICK), self.hear(turn, other.as_deref_mut())).await;
            if let Some(other) = &other {
                other.running.more_time.add(begun.elapsed());
            }
            left = left.saturating_sub(TICK);
            match heard {
                Ok(heard) => break heard,
                Err(_) if left.is_zero() => return false,
                Err(_) => {}
            }
        };
        // What it sent before, and waits for no answer to, is met first.
        sleep(DRAINED).await;
        match heard {
            Heard::State(state) => turn.state = state,
            Heard::Done(done) => {
                turn.state = State::Over;
                if let Ended::Back(result) = self.done(turn.running.number, *done, false) {
                    turn.result = result;
                }
            }
        }
        true
    }

    async fn hear(&mut self, turn: &mut Turn, mut other: Option<&mut Turn>) -> Heard {
        let own = turn.running.number;
        loop {
            let signal = tokio::select! {
                biased;
                Some(signal) = self.signals.recv() => signal,
                done = &mut turn.running.task => return Heard::Done(Box::new(done)),
            };
            let (number, state) = match signal {
                Signal::Answered(number) => (number, State::Answered),
                Signal::Paused(number) | Signal::Through(number) if self.stage.stands(number) => {
                    (number, State::Stands)
                }
                Signal::Paused(_) | Signal::Through(_) | Signal::Kill(_) => continue,
            };
            if number == own {
                return Heard::State(state);
            }
            if let Some(other) = other.as_deref_mut()
                && other.running.number == number
                && other.state == State::Waits
            {
                other.state = state;
            }
        }
    }
}
