//! One run: a rotation from its request until all is at rest, with what happens to it on the way.

mod interleave;

use std::sync::Arc;
use std::time::Duration;

use hyper::body::Bytes;
use serde_json::json;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::cell::Kind;
use super::pool::{Pool, Worker};
use super::stage::{Signal, Stage};
use crate::api::{OperationName, RotationEvent, RotationStep};
use crate::lambda::{InvocationError, MoreTime};
use crate::secret::{StagingLabel, VersionId};
use crate::world::{Action, OutsideInvocation, SETTLE_MAX};

pub use interleave::Interleaved;

/// The ARN of the function.
pub(super) const FUNCTION: &str = "arn:aws:lambda:us-east-1:111111111111:function:drilled";

/// A function that takes too long so often is not waited for any more in this run.
const TIMEOUTS_MAX: u32 = 2;

/// What a process has sent is there by now.
const DRAINED: Duration = Duration::from_millis(2);

/// Whoever has done nothing for so long waits for a lock.
const LOCKED: Duration = Duration::from_secs(5);

/// How a rotation ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Its version is current.
    Succeeded {
        /// Attempts that failed before.
        retries: u32,
    },
    /// Its version is not current, and it is not retried any more.
    Failed {
        /// What the function raised last.
        raised: String,
    },
    /// Its label went away: somebody took it, or cancelled.
    Abandoned,
    /// The function takes too long again and again.
    Hung {
        /// What is told of that.
        raised: String,
    },
    /// It was not even started.
    Refused {
        /// Why.
        message: String,
    },
}

/// Has a process run an invocation; it gives the process back.
type Task = JoinHandle<(Worker, Result<(), InvocationError>)>;

/// An invocation in a process.
struct Running {
    number: u32,
    event: RotationEvent,
    kill: Option<oneshot::Sender<()>>,
    more_time: MoreTime,
    task: Task,
}

/// How an invocation ends, as far as the service sees it.
enum Ended {
    Back(Result<(), String>),
    /// It stands still, and the service waits no longer.
    Paused,
}

/// What leads a run.
pub(super) struct Run<'p> {
    pub(super) stage: Arc<Stage>,
    pub(super) signals: mpsc::UnboundedReceiver<Signal>,
    pub(super) pool: &'p mut Pool,
    /// Processes that wait for their next invocation.
    idle: Vec<Worker>,
    /// The invocation that stands still.
    zombie: Option<Running>,
    /// The step that is invoked twice, if it hasn't been yet.
    double: Option<RotationStep>,
    /// The step that is invoked twice at once, if it hasn't been yet, and when the other invocation takes its turn.
    pub(super) interleaves: Option<(RotationStep, Vec<u32>)>,
    /// How the two invocations of that step took turns.
    pub(super) interleaved: Option<Interleaved>,
    /// What happens while an invocation stands still.
    pub(super) meanwhile: Option<Kind>,
    /// What the second invocation of a step raised that the first one did not.
    pub(super) not_twice: Option<String>,
    /// Whether nothing that is stored is accepted, right after something happened to a call.
    pub(super) locked_out: bool,
    timeouts: u32,
    raised: String,
    retries: u32,
    /// Whether nothing is left to do.
    rests: bool,
}

impl<'p> Run<'p> {
    pub(super) fn new(
        stage: Arc<Stage>,
        signals: mpsc::UnboundedReceiver<Signal>,
        pool: &'p mut Pool,
    ) -> Self {
        Self {
            stage,
            signals,
            pool,
            idle: Vec::new(),
            zombie: None,
            double: None,
            interleaves: None,
            interleaved: None,
            meanwhile: None,
            not_twice: None,
            locked_out: false,
            timeouts: 0,
            raised: String::new(),
            retries: 0,
            rests: true,
        }
    }

    /// Has a step be invoked twice, the next time that it is.
    pub(super) const fn double(&mut self, step: RotationStep) {
        self.double = Some(step);
    }

    /// Asks for a rotation, and lets all happen until nothing is left to do, or until something fails if that is to
    /// be the end.
    pub(super) async fn rotate(&mut self, until_failure: bool) -> End {
        (self.retries, self.raised) = (0, String::new());
        let asked = self.stage.ask(
            "operator",
            OperationName::RotateSecret,
            json!({
                "SecretId": self.stage.secret,
                "RotationLambdaARN": FUNCTION,
                "RotationRules": { "AutomaticallyAfterDays": 30 },
            }),
        );
        let token = match asked {
            Ok(reply) => reply.version_id().cloned(),
            Err(error) => return End::Refused { message: error.message },
        };
        let Some(token) = token else { return End::Refused { message: String::new() } };
        loop {
            self.rests = self.rest(until_failure).await;
            if self.timeouts >= TIMEOUTS_MAX {
                return End::Hung { raised: self.raised.clone() };
            }
            if !self.rests || self.zombie.is_none() {
                return self.end_of(&token);
            }
            self.overtake().await;
        }
    }

    fn end_of(&self, token: &VersionId) -> End {
        let is_on = |label| self.stage.holder(&label).as_ref() == Some(token);
        let inner = self.stage.lock();
        let was_promoted = inner.trace.steps.iter().any(|step| {
            let current = step.after.iter().flat_map(|view| &view.versions);
            let mut current = current.filter(|it| it.labels.contains(&StagingLabel::AwsCurrent));
            current.any(|it| it.id == *token)
        });
        drop(inner);
        if was_promoted {
            return End::Succeeded { retries: self.retries };
        }
        if is_on(StagingLabel::AwsPending) && self.is_enabled() {
            return End::Failed { raised: self.raised.clone() };
        }
        End::Abandoned
    }

    fn is_enabled(&self) -> bool {
        let inner = self.stage.lock();
        self.stage.view(&inner).is_some_and(|view| view.rotation_enabled == Some(true))
    }

    /// Lets all happen that the service has to do. Tells whether nothing is left.
    async fn rest(&mut self, until_failure: bool) -> bool {
        loop {
            let invoked = self.stage.lock().world.take_invocations();
            for invocation in invoked {
                if !self.step(invocation).await {
                    return true;
                }
                let is_over = until_failure && self.retries > 0;
                if is_over || self.timeouts >= TIMEOUTS_MAX || self.stage.lock().trouble.is_some() {
                    return false;
                }
            }
            if self.stage.lock().world.has_invocations() {
                continue;
            }
            self.look_if_current_moved().await;
            let mut inner = self.stage.lock();
            let Some(due) = inner.world.unsettled() else { return true };
            let super::stage::Inner { world, trace, .. } = &mut *inner;
            world.reach(due, trace);
        }
    }

    /// The service judges what is current when it cleans up: what the target accepts must be known by then.
    async fn look_if_current_moved(&self) {
        let is_cleaned_next = {
            let inner = self.stage.lock();
            self.stage.view(&inner).is_some_and(|view| {
                let current = view.holders(&StagingLabel::AwsCurrent).next();
                current.is_some_and(|it| it.labels.contains(&StagingLabel::AwsPending))
            })
        };
        if is_cleaned_next {
            self.stage.look().await;
        }
    }

    /// Runs a step of the function. Tells whether it has come back.
    async fn step(&mut self, invocation: OutsideInvocation) -> bool {
        let event = invocation.event;
        let ended = match self.interleaves.take_if(|(step, _)| *step == event.step) {
            Some((_, switches)) => Ended::Back(self.interleave(&event, &switches).await),
            None => self.invoke(&event).await,
        };
        let (result, is_back) = match ended {
            Ended::Back(result) => (result, true),
            Ended::Paused if self.meanwhile == Some(Kind::Overlapped) => {
                (self.overlap(&event).await, true)
            }
            Ended::Paused => (Err("Task timed out after 30.00 seconds".to_owned()), false),
        };
        if self.double == Some(event.step) && result.is_ok() {
            self.double = None;
            self.stage.lock().struck = true;
            if let Ended::Back(Err(raised)) = self.invoke(&event).await {
                self.not_twice = Some(format!("{} run a second time fails: {raised}", event.step));
            }
        }
        if result.is_err() && self.retries == 0 && is_back && self.stage.lock().struck {
            self.locked_out = self.stage.look().await == Some(false);
        }
        if let Err(raised) = &result {
            self.raised.clone_from(raised);
            self.retries = self.retries.saturating_add(1);
        }
        self.came_back(&event, result);
        is_back
    }

    fn came_back(&self, event: &RotationEvent, result: Result<(), String>) {
        let mut inner = self.stage.lock();
        let super::stage::Inner { world, trace, .. } = &mut *inner;
        world.function_returned(event, result, trace);
    }

    /// Invokes the function, until it comes back, is killed, or stands still.
    async fn invoke(&mut self, event: &RotationEvent) -> Ended {
        let mut running = match self.start(event).await {
            Ok(running) => running,
            Err(error) => return Ended::Back(Err(error.to_string())),
        };
        loop {
            tokio::select! {
                done = &mut running.task => {
                    // What it sent before it came back, and waits for no answer to, is met first.
                    tokio::time::sleep(DRAINED).await;
                    while let Ok(signal) = self.signals.try_recv() {
                        if signal == Signal::Kill(running.number) {
                            running.kill = None;
                        }
                    }
                    let is_killed = running.kill.is_none();
                    return self.done(running.number, done, is_killed);
                }
                Some(signal) = self.signals.recv() => match signal {
                    Signal::Kill(number) if number == running.number => {
                        if let Some(kill) = running.kill.take() {
                            let _sent = kill.send(());
                        }
                    }
                    Signal::Paused(number) if number == running.number => {
                        self.zombie = Some(running);
                        return Ended::Paused;
                    }
                    Signal::Kill(_)
                    | Signal::Paused(_)
                    | Signal::Through(_)
                    | Signal::Answered(_) => {}
                },
            }
        }
    }

    async fn start(&mut self, event: &RotationEvent) -> Result<Running, InvocationError> {
        let mut worker = match self.idle.pop() {
            Some(worker) => worker,
            None => self.pool.take().await?,
        };
        let body: Bytes = serde_json::to_vec(event).unwrap_or_default().into();
        let number = self.stage.begin(event, worker.key.clone());
        let more_time = worker.instance.more_time();
        let (kill, killed) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            let ended = tokio::select! {
                ended = worker.instance.invoke(FUNCTION, body) => ended.map(drop),
                Ok(()) = killed => Err(InvocationError::Exited(KILLED.to_owned())),
            };
            if !matches!(ended, Ok(()) | Err(InvocationError::Raised { .. })) {
                worker.instance.kill().await;
            }
            (worker, ended)
        });
        Ok(Running { number, event: event.clone(), kill: Some(kill), more_time, task })
    }

    /// An invocation is over.
    fn done(&mut self, number: u32, done: <Task as Future>::Output, is_killed: bool) -> Ended {
        let Ok((worker, ended)) = done else {
            self.stage.end(number);
            return Ended::Back(Err("the invocation was lost".to_owned()));
        };
        if is_killed {
            drop(worker);
            self.stage.end(number);
            return Ended::Back(Err("the function was killed".to_owned()));
        }
        self.stage.end(number);
        if matches!(ended, Ok(()) | Err(InvocationError::Raised { .. })) {
            self.idle.push(worker);
        }
        let late = |error: &InvocationError| {
            matches!(error, InvocationError::TimedOut(_) | InvocationError::InitTimedOut(_))
        };
        if ended.as_ref().is_err_and(late) {
            self.timeouts = self.timeouts.saturating_add(1);
        }
        Ended::Back(ended.map_err(|error| error.to_string()))
    }

    /// While an invocation stands still, another one of its step begins and ends; then it goes on. Gives how it ends.
    async fn overlap(&mut self, event: &RotationEvent) -> Result<(), String> {
        let Some(mut first) = self.zombie.take() else { return Ok(()) };
        let stage = Arc::clone(&self.stage);
        {
            let mut second = std::pin::pin!(self.invoke(event));
            tokio::select! {
                _ = &mut second => {}
                // It waits for something that the first one holds, such as a lock.
                () = tokio::time::sleep(LOCKED) => {
                    stage.resume();
                    second.await;
                }
            }
        }
        stage.resume();
        let done = (&mut first.task).await;
        match self.done(first.number, done, false) {
            Ended::Back(result) => result,
            Ended::Paused => Ok(()),
        }
    }

    /// While an invocation stands still, its rotation is retried until it ends; or it is given up, and another one begins
    /// and ends. Then the invocation goes on.
    async fn overtake(&mut self) {
        let Some(mut zombie) = self.zombie.take() else { return };
        let mut goes_on = true;
        if self.meanwhile == Some(Kind::Zombie) {
            self.stage.clear_pending();
            let asked = self.stage.ask(
                "operator",
                OperationName::RotateSecret,
                json!({ "SecretId": self.stage.secret }),
            );
            goes_on = asked.is_ok();
        }
        if goes_on {
            self.rest(false).await;
        }
        self.stage.resume();
        let done = (&mut zombie.task).await;
        let ended = self.done(zombie.number, done, false);
        if let Ended::Back(result) = ended {
            self.came_back(&zombie.event, result);
        }
    }

    /// Has it told that a rotation is at rest, unless it isn't: then nobody waits for it any longer.
    pub(super) async fn settle(&self) {
        self.stage.look().await;
        if !self.rests {
            return;
        }
        let mut inner = self.stage.lock();
        let super::stage::Inner { world, trace, .. } = &mut *inner;
        world.step(Action::Settle(SETTLE_MAX), trace);
    }

    /// Whether a rotation that nothing happens to goes well from here.
    pub(super) async fn next_goes_well(&mut self) -> Result<(), String> {
        self.stage.clear_pending();
        let end = self.rotate(false).await;
        self.settle().await;
        match end {
            End::Succeeded { .. } => Ok(()),
            End::Failed { raised } | End::Hung { raised } => Err(raised),
            End::Abandoned => Err("it is abandoned".to_owned()),
            End::Refused { message } => Err(message),
        }
    }
}

/// How a process ends that is killed on purpose.
const KILLED: &str = "killed";

/// Whether the next rotation has to go well too, for all to be well after that.
pub(super) fn asks_for_next(kind: Kind, end: &End) -> bool {
    matches!(end, End::Abandoned) || kind.group() != super::cell::Group::Calls
}
