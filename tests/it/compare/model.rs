//! An endpoint in the process: the model itself, with an option of its own, other ARNs and another account.

use stagewright::caller::Caller;
use stagewright::compare::{Abilities, Answer, Endpoint, Question, Refusal, Request, Unreachable};
use stagewright::secret::AccountId;
use stagewright::service::Setting;
use stagewright::time::Timestamp;
use stagewright::world::{Action, Trace, World};

/// The endpoint.
pub(super) struct Model {
    world: World,
    trace: Trace,
    abilities: Abilities,
}

impl Model {
    /// One that takes unknown behavior to be so.
    pub(super) fn new(id: &str, option: &str, question: &Question, abilities: Abilities) -> Self {
        let (_, trace) = question.options.first().expect("an option");
        let start = trace.steps.first().map_or(Timestamp::DEFAULT_START, |step| step.at);
        let mut setting = Setting { seed: 99, ..Setting::default() };
        setting.account = AccountId::new("999999999999");
        setting.assume.choose(id, option).expect("an option");
        Self { world: World::new(setting, start), trace: Trace::default(), abilities }
    }

    fn answer(world: &mut World, trace: &mut Trace, request: Request<'_>) -> Answer {
        let operation = request.operation.receive(request.members.clone());
        let by = Caller::named("", &AccountId::new("999999999999"));
        let by = by.in_region(request.region.map(Into::into));
        let at = trace.steps.len();
        world.step(Action::Call { by, operation: operation.into() }, trace);
        match &trace.steps[at].outcome {
            Ok(reply) => Ok(reply.members()),
            Err(error) => Err(Refusal {
                status: error.code.status(),
                code: error.code.as_str().to_owned(),
                message: error.message.clone(),
            }),
        }
    }
}

impl Endpoint for Model {
    fn abilities(&self) -> &Abilities {
        &self.abilities
    }

    fn call(&mut self, request: Request<'_>) -> Result<Answer, Unreachable> {
        Ok(Self::answer(&mut self.world, &mut self.trace, request))
    }

    fn look(&mut self, request: Request<'_>) -> Result<Answer, Unreachable> {
        Ok(Self::answer(&mut self.world.clone(), &mut Trace::default(), request))
    }

    fn begin(&mut self, _start: Timestamp) -> Result<bool, Unreachable> {
        Ok(true)
    }

    fn pass(&mut self, _from: Timestamp, to: Timestamp) -> Result<(), Unreachable> {
        self.world.step(Action::Until(to), &mut self.trace);
        Ok(())
    }
}
