//! The drill of a real rotation function: every call that it makes, crashed, retried, doubled, overtaken.
//!
//! A first rotation is recorded without faults. Then there is a run of its own for each call and each thing that can
//! happen to it, from the same beginning, against the service in virtual time: retries that take AWS a day take none
//! here. Each run is judged like every other trace.

mod cell;
mod interleavings;
mod json;
mod matrix;
mod pool;
mod probe;
mod proxy;
mod run;
mod scenario;
mod stage;
mod turns;
mod verdict;

use std::collections::{BTreeSet, VecDeque};
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;

use crate::api::OperationName;
use crate::lambda::{ProcessConfig, endpoint_variables};
use crate::program::Strategy;
use crate::serve::{Desk, attend};
use crate::service::{Invoked, Setting};
use crate::time::Timestamp;
use crate::world::{Trace, World};

use interleavings::Exploration;
use pool::Pool;
use run::{End, FUNCTION, Run};
use stage::{Setup, Stage};

pub use cell::{Cell, CellError, Group, Kind, Place};
pub use interleavings::{Bound, Level, Schedules};
pub use json::{drilled_cases, drilled_json};
pub use matrix::{Told, drilled};
pub use probe::Probe;
pub use proxy::Between;
pub use run::Interleaved;
pub use scenario::scenario_of_run;
pub use stage::Works;
pub use verdict::{Broken, Ended, Ran};

/// The most calls of a rotation that are drilled.
pub const CALLS_MAX: usize = 500;

/// What is drilled, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// How the function is started.
    pub function: ProcessConfig,
    /// Where and with what the service stands.
    pub setting: Setting,
    /// The secrets, each with its value. The first one rotates.
    pub secrets: Vec<(String, String)>,
    /// The value that AWSPREVIOUS has at first, if it is on a version.
    pub previous: Option<String>,
    /// How the credentials follow on each other, if properties may ask for it.
    pub strategy: Option<Strategy>,
    /// How one finds out what the target accepts.
    pub probe: Option<Probe>,
    /// The command that makes the target what it is at first.
    pub reset: Option<String>,
    /// What happens to calls.
    pub kinds: Vec<Kind>,
    /// The only runs there are; all if there are none.
    pub only: Vec<Cell>,
    /// How far interleavings are explored.
    pub interleavings: Bound,
    /// How many rotations go well before the one that is drilled.
    pub rotations_before: u32,
    /// Whether a fault hits one attempt of an SDK, and not all at a call.
    pub lets_sdk_retry: bool,
    /// Where one stands between the function and its targets.
    pub between: Vec<Between>,
    /// Runs at once.
    pub jobs: usize,
}

/// What came of a drill.
#[derive(Debug)]
pub struct Drilled {
    /// The calls of a rotation without faults, in order.
    pub calls: Vec<Place>,
    /// What the target accepted after each of them.
    pub seen: Vec<(Place, Works)>,
    /// The rotation without faults.
    pub recorded: Ran,
    /// How many runs there are to be.
    pub planned: usize,
    /// What came of the runs, in the order of calls and kinds, and then those of interleavings.
    pub ran: Vec<Ran>,
    /// How many interleavings there are.
    pub schedules: Schedules,
}

impl Drilled {
    /// Whether there is something that must not be.
    pub fn is_bad(&self) -> bool {
        self.recorded.is_bad() || self.ran.iter().any(Ran::is_bad)
    }

    /// Whether all was run, and what was to happen did.
    pub fn is_complete(&self) -> bool {
        self.ran.len() == self.planned
            && self.schedules.levels.iter().all(Level::is_covered)
            && self.ran.iter().all(|ran| ran.ended != Ended::Unreached)
    }
}

/// Why there is no drill.
#[derive(Debug, thiserror::Error)]
pub enum DrillError {
    /// The machine doesn't let us.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The probe or the reset doesn't do its part, or the secrets can't be made.
    #[error("{0}")]
    Setup(String),
    /// A run was asked for that there can't be, and why not.
    #[error("`--only {0}`: {1}")]
    NoSuchRun(Cell, String),
    /// It was stopped before anything was known.
    #[error("stopped before the first rotation was over")]
    Stopped,
}

/// Drills a function, until it is through or `stop` is over. `progress` is told how many runs are done, and of how many.
///
/// # Errors
/// Why nothing can be said of the function.
pub fn drill<S: Future<Output = ()>>(
    options: &Options,
    mut progress: impl FnMut(usize, usize),
    stop: impl FnOnce() -> io::Result<S>,
) -> Result<Drilled, DrillError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut stop = std::pin::pin!(stop()?);
        let mut bench = Bench::new(options).await?;
        let (recorded, calls, seen) = tokio::select! {
            recorded = bench.record() => recorded?,
            () = &mut stop => return Err(DrillError::Stopped),
        };
        let mut exploration = Exploration::new(options.interleavings);
        let mut batch = Vec::new();
        if recorded.is_through() {
            batch = plan(options, &calls)?;
            if options.only.is_empty() {
                batch.extend(exploration.first(&calls));
            }
        }
        let mut running = Running::begin(options, bench);
        let (mut ran, mut planned) = (Vec::new(), 0);
        let mut is_stopped = false;
        while !batch.is_empty() && !is_stopped {
            let begun = ran.len();
            planned = batch.len().saturating_add(begun);
            progress(begun, planned);
            running.add(batch, begun);
            while ran.len() < planned && !is_stopped {
                tokio::select! {
                    one = running.next() => {
                        let (index, mut one) = one?;
                        one.forgive(&recorded);
                        ran.push((index, one));
                    }
                    () = &mut stop => is_stopped = true,
                }
                progress(ran.len(), planned);
            }
            ran.sort_by_key(|(index, _)| *index);
            let last: Vec<_> = ran.iter().skip(begun).map(|(_, ran)| ran).collect();
            batch = exploration.next(&last);
        }
        let ran = ran.into_iter().map(|(_, ran)| ran).collect();
        Ok(Drilled { calls, seen, recorded, planned, ran, schedules: exploration.known })
    })
}

/// The runs that are to be.
fn plan(options: &Options, calls: &[Place]) -> Result<Vec<Cell>, DrillError> {
    let whole = |place: &Place| Place::step(place.step);
    let mut planned = Vec::new();
    let mut doubled = BTreeSet::new();
    for place in calls.iter().take(CALLS_MAX) {
        for kind in options.kinds.iter().copied() {
            if kind == Kind::Doubled {
                if doubled.insert(place.step) {
                    planned.push(Cell::new(whole(place), kind));
                }
            } else if kind != Kind::Interleaved && (kind.hits_target() || !place.is_of_target()) {
                planned.push(Cell::new(place.clone(), kind));
            }
        }
    }
    if options.only.is_empty() {
        return Ok(planned);
    }
    for cell in &options.only {
        if let Some(why) = why_not(cell, calls) {
            return Err(DrillError::NoSuchRun(cell.clone(), why));
        }
    }
    Ok(options.only.clone())
}

/// Why there is no such run, and which there are instead.
fn why_not(cell: &Cell, calls: &[Place]) -> Option<String> {
    let Cell { place, kind, .. } = cell;
    let (step, whole) = (place.step, Place::step(place.step));
    let can_be = |call: &Place| kind.hits_target() || !call.is_of_target();
    let made = calls.iter().filter(|call| call.step == step && can_be(call));
    let made: Vec<_> = made.map(Place::name).collect();
    let made = format!("{kind} can happen in {step} to {}", made.join(", "));
    if !calls.iter().any(|call| call.step == step) {
        Some(format!("a rotation without faults makes no call in {step}"))
    } else if *kind == Kind::Interleaved {
        (*place != whole).then(|| "two invocations of a whole step take turns".to_owned())
    } else if *kind == Kind::Doubled {
        let right = Cell::new(whole.clone(), *kind);
        (*place != whole).then(|| format!("a step is doubled as a whole: `--only '{right}'`"))
    } else if *place == whole {
        Some(format!("`*` is for `doubled` alone; {made}"))
    } else if !calls.contains(place) {
        Some(format!("a rotation without faults makes no such call; {made}"))
    } else {
        (!can_be(place)).then(|| format!("that is a call of the target; {made}"))
    }
}

/// Runs that go on beside each other.
struct Running {
    plan: Arc<Plan>,
    _jobs: JoinSet<()>,
    done: mpsc::UnboundedReceiver<Result<(usize, Ran), DrillError>>,
}

/// What is to be run yet.
#[derive(Debug, Default)]
struct Plan {
    cells: Mutex<VecDeque<(usize, Cell)>>,
    more: Notify,
}

impl Plan {
    async fn next(&self) -> (usize, Cell) {
        loop {
            let more = self.more.notified();
            let next = self.cells.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            match next {
                Some(next) => return next,
                None => more.await,
            }
        }
    }
}

impl Running {
    fn begin(options: &Options, first: Bench) -> Self {
        let (tell, done) = mpsc::unbounded_channel();
        let plan = Arc::new(Plan::default());
        let mut jobs = JoinSet::new();
        let mut first = Some(first);
        for _ in 0..options.jobs.max(1) {
            let (tell, plan, options) = (tell.clone(), Arc::clone(&plan), options.clone());
            let mut bench = first.take();
            jobs.spawn(async move {
                loop {
                    let (index, cell) = plan.next().await;
                    let ran = async {
                        let mut own = match bench.take() {
                            Some(bench) => bench,
                            None => Bench::new(&options).await?,
                        };
                        let (ran, _) = own.run(Some(cell)).await?;
                        bench = Some(own);
                        Ok((index, ran))
                    };
                    if tell.send(ran.await).is_err() {
                        break;
                    }
                }
            });
        }
        Self { plan, _jobs: jobs, done }
    }

    /// More is to be run; the first one has that number.
    fn add(&self, cells: Vec<Cell>, first: usize) {
        let mut plan = self.plan.cells.lock().unwrap_or_else(PoisonError::into_inner);
        plan.extend((first..).zip(cells));
        self.plan.more.notify_waiters();
    }

    /// What came of the next run that is over.
    async fn next(&mut self) -> Result<(usize, Ran), DrillError> {
        self.done.recv().await.unwrap_or(Err(DrillError::Stopped))
    }
}

/// What runs have in common that follow on each other: where the service listens, and the processes that know it.
#[derive(Debug)]
struct Bench {
    options: Options,
    listener: TcpListener,
    /// Where the function connects to its targets, and where these are.
    between: Arc<Vec<(TcpListener, String)>>,
    pool: Pool,
}

impl Bench {
    async fn new(options: &Options) -> Result<Self, DrillError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let mut function = options.function.clone();
        let region = options.setting.region.to_string();
        let attempts = if options.lets_sdk_retry { None } else { Some("1".to_owned()) };
        let own = [
            ("AWS_REGION", Some(region.clone())),
            ("AWS_DEFAULT_REGION", Some(region)),
            ("AWS_MAX_ATTEMPTS", attempts),
        ];
        let own = own.into_iter().filter_map(|(name, value)| Some((name, value?)));
        for (name, value) in
            endpoint_variables(&url, "STAGEWRIGHT", "stagewright").into_iter().chain(own)
        {
            function.environment.entry(name.to_owned()).or_insert(value);
        }
        let mut between = Vec::new();
        for Between { listen, target } in &options.between {
            let bound = TcpListener::bind(listen).await.map_err(|error| {
                DrillError::Setup(format!("failed to listen on {listen} for {target}: {error}"))
            })?;
            between.push((bound, target.clone()));
        }
        let (options, pool) = (options.clone(), Pool::new(function));
        Ok(Self { options, listener, between: Arc::new(between), pool })
    }

    /// The rotation without faults.
    async fn record(&mut self) -> Result<(Ran, Vec<Place>, Vec<(Place, Works)>), DrillError> {
        let (ran, stage) = self.run(None).await?;
        let mut inner = stage.lock();
        let (calls, seen) = (std::mem::take(&mut inner.calls), std::mem::take(&mut inner.seen));
        drop(inner);
        Ok((ran, calls, seen))
    }

    /// One run, from the beginning until all is at rest.
    async fn run(&mut self, cell: Option<Cell>) -> Result<(Ran, Arc<Stage>), DrillError> {
        let Some((secret, value)) = self.options.secrets.first().cloned() else {
            return Err(DrillError::Setup("there is no secret to rotate".to_owned()));
        };
        if let Some(reset) = &self.options.reset {
            tokio::select! {
                reset = probe::reset(reset, &value) => reset.map_err(DrillError::Setup)?,
                () = attend_all(&self.between, None) => {}
            }
        }
        let setting = Setting {
            invokes: Invoked::Outside { configured: [FUNCTION.to_owned()].into(), strict: false },
            ..self.options.setting.clone()
        };
        let trace =
            Trace { assume: setting.assume, strategy: self.options.strategy, ..Trace::default() };
        let (tell, signals) = mpsc::unbounded_channel();
        let setup = Setup {
            world: World::new(setting, Timestamp::DEFAULT_START),
            secret,
            value,
            probe: self.options.probe.clone().map(Arc::new),
            looks: cell.is_none(),
            lets_sdk_retry: self.options.lets_sdk_retry,
            trace,
            cell: cell.clone(),
        };
        let stage = Stage::new(setup, tell);
        let desk: Arc<dyn Desk> = Arc::clone(&stage) as Arc<dyn Desk>;
        let run = Run::new(Arc::clone(&stage), signals, &mut self.pool);
        let played = tokio::select! {
            played = play(&self.options, run, cell.as_ref()) => played?,
            () = attend(&self.listener, desk) => return Err(DrillError::Stopped),
            () = attend_all(&self.between, Some(&stage)) => return Err(DrillError::Stopped),
        };
        if let Some(trouble) = stage.lock().trouble.take() {
            return Err(DrillError::Setup(trouble));
        }
        let ran = verdict::judged(&self.options, &stage, cell, played);
        Ok((ran, stage))
    }
}

/// Stands between the function and all of its targets, until this future is dropped.
async fn attend_all(between: &Arc<Vec<(TcpListener, String)>>, stage: Option<&Arc<Stage>>) {
    let mut all = JoinSet::new();
    for index in 0..between.len() {
        let (between, stage) = (Arc::clone(between), stage.cloned());
        all.spawn(async move {
            if let Some((listener, target)) = between.get(index) {
                proxy::attend(listener, target, stage).await;
            }
        });
    }
    while all.join_next().await.is_some() {}
    std::future::pending::<()>().await;
}

/// How a run went.
struct Played {
    end: End,
    /// What is wrong with the rotation after it, if one was asked for.
    next: Option<Result<(), String>>,
    not_twice: Option<String>,
    locked_out: bool,
    interleaved: Option<Interleaved>,
}

async fn play(
    options: &Options,
    mut run: Run<'_>,
    cell: Option<&Cell>,
) -> Result<Played, DrillError> {
    create(options, &run.stage)?;
    if run.stage.look().await == Some(false) {
        let text = "the target refuses the first value; `--reset` must make it accept that";
        return Err(DrillError::Setup(text.to_owned()));
    }
    for _ in 0..options.rotations_before {
        let end = run.rotate(true).await;
        run.settle().await;
        if !matches!(end, End::Succeeded { .. }) {
            return Ok(Played {
                end,
                next: None,
                not_twice: None,
                locked_out: false,
                interleaved: None,
            });
        }
    }
    run.stage.arm();
    match cell {
        Some(Cell { place, kind: Kind::Doubled, .. }) => run.double(place.step),
        Some(Cell { place, kind: Kind::Interleaved, switches }) => {
            run.interleaves = Some((place.step, switches.clone()));
        }
        Some(_) | None => {}
    }
    run.meanwhile = cell.map(|cell| cell.kind);
    let end = run.rotate(cell.is_none()).await;
    run.stage.disarm();
    run.settle().await;
    let mut next = None;
    // A token that was to be revoked is only seen to be left over when two later ones are in use.
    let shows_later =
        options.strategy == Some(Strategy::Tokens) && matches!(end, End::Succeeded { .. });
    let asks = |cell: &Cell| shows_later || run::asks_for_next(cell.kind, &end);
    if cell.is_some_and(asks) && !matches!(end, End::Hung { .. }) {
        next = Some(run.next_goes_well().await);
    }
    let (not_twice, locked_out) = (run.not_twice.take(), run.locked_out);
    Ok(Played { end, next, not_twice, locked_out, interleaved: run.interleaved.take() })
}

/// Makes the secrets.
fn create(options: &Options, stage: &Stage) -> Result<(), DrillError> {
    let mut calls = Vec::new();
    for (index, (name, value)) in options.secrets.iter().enumerate() {
        let previous = options.previous.as_ref().filter(|_| index == 0);
        let first = previous.unwrap_or(value);
        let members = json!({ "Name": name, "SecretString": first });
        calls.push((OperationName::CreateSecret, members));
        if previous.is_some() {
            let members = json!({ "SecretId": name, "SecretString": value });
            calls.push((OperationName::PutSecretValue, members));
        }
    }
    for (name, members) in calls {
        stage.ask("operator", name, members).map_err(|error| {
            DrillError::Setup(format!("the secret can't be made: {}", error.message))
        })?;
    }
    Ok(())
}
