//! What coverage-guided fuzzing feeds with bytes: whatever they are, it comes to an answer.
//!
//! Shared by the targets of cargo-fuzz and the test that replays their corpus.

use stagewright::api::OperationName;
use stagewright::assumption::Assumptions;
use stagewright::caller::Caller;
use stagewright::mistake::{Mistake, render};
use stagewright::program::Program;
use stagewright::scenario::Scenario;
use stagewright::service::Setting;
use stagewright::time::Timestamp;
use stagewright::world::{Action, Trace, World};
use stagewright::yaml::decode;

/// Prints mistakes, each of which must have its place in the text.
fn print(text: &str, mistakes: &[Mistake]) {
    assert!(!mistakes.is_empty(), "a refusal has a reason");
    assert!(!render("file.yaml", text, mistakes, false).is_empty());
}

/// A file that may be a scenario; if it is one, it is explored no further than its first state.
pub(crate) fn scenario(bytes: &[u8]) {
    let Ok(text) = decode(bytes) else { return };
    match Scenario::read(text) {
        Ok(scenario) => drop(scenario.state_space()),
        Err(mistakes) => print(text, &mistakes),
    }
}

/// A file that may be a program.
pub(crate) fn program(bytes: &[u8]) {
    let Ok(text) = decode(bytes) else { return };
    if let Err(mistakes) = Program::read(text) {
        print(text, &mistakes);
    }
}

/// A request: the name of the operation, a line break, and the body.
pub(crate) fn request(bytes: &[u8]) {
    let mut halves = bytes.splitn(2, |byte| *byte == b'\n');
    let name = halves.next().and_then(|name| std::str::from_utf8(name).ok());
    let Some(operation) = name.and_then(OperationName::from_name) else { return };
    let body = halves.next().unwrap_or_default();
    let Ok(body) = serde_json::from_slice(body) else { return };
    let setting = Setting { assume: Assumptions::default(), ..Setting::default() };
    let by = Caller::named("", &setting.account);
    let mut world = World::new(setting, Timestamp::DEFAULT_START);
    let mut trace = Trace::default();
    let create = serde_json::json!({ "Name": "db", "SecretString": "one" });
    let create = OperationName::CreateSecret.receive(create);
    world.step(Action::Call { by: by.clone(), operation: create.into() }, &mut trace);
    let before = world.service().observe();
    let at = trace.steps.len();
    world.step(Action::Call { by, operation: operation.receive(body).into() }, &mut trace);
    let answer = trace.steps.get(at).map(|step| &step.outcome);
    if let Some(Err(error)) = answer {
        assert!(error.code.status() >= 400, "an error has its status");
        let after = world.service().observe();
        let same = before.iter().map(|it| &it.view).eq(after.iter().map(|it| &it.view));
        assert!(same, "what is refused changes nothing");
    }
}
