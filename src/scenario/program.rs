//! Rotation functions as YAML: read, checked, and compiled to the table that runs.

mod call;
mod compile;
mod condition;
mod statement;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::check::drafts::Drafts;
use crate::api::RotationStep;
use crate::mistake::Mistake;
use crate::program::{NODES_MAX, Program, REGISTERS_MAX, Strategy};
use crate::yaml::{self, Path};

use compile::compile;
use statement::{Reader, Statement};

/// The shape of a program file.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct File {
    /// What the function is, in a few words.
    program: String,
    /// What it does and what is to be expected of it.
    #[serde(rename = "about")]
    _about: Option<String>,
    /// How the credentials of a secret follow on each other.
    strategy: Option<StrategyName>,
    /// What happens at the beginning of every step.
    #[serde(rename = "every-step", default)]
    every_step: Vec<Value>,
    /// Makes a new value and stores it.
    #[serde(rename = "createSecret", default)]
    create_secret: Vec<Value>,
    /// Gives the new value to the target.
    #[serde(rename = "setSecret", default)]
    set_secret: Vec<Value>,
    /// Tries the new value.
    #[serde(rename = "testSecret", default)]
    test_secret: Vec<Value>,
    /// Makes the new value current.
    #[serde(rename = "finishSecret", default)]
    finish_secret: Vec<Value>,
}

/// How the credentials of a secret follow on each other.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum StrategyName {
    /// One user whose password changes.
    SingleUser,
    /// Two users that take turns.
    AlternatingUsers,
    /// Tokens that are made and revoked.
    Tokens,
}

impl File {
    fn step(&self, step: RotationStep) -> &[Value] {
        match step {
            RotationStep::CreateSecret => &self.create_secret,
            RotationStep::SetSecret => &self.set_secret,
            RotationStep::TestSecret => &self.test_secret,
            RotationStep::FinishSecret => &self.finish_secret,
        }
    }
}

/// Reads a program.
///
/// # Errors
///
/// All its mistakes, with their places.
pub fn read(text: &str) -> Result<Program, Vec<Mistake>> {
    let file: File = yaml::read(text)?;
    let mut drafts = Drafts::default();
    let mut reader = Reader::new(&mut drafts);
    let mut steps: Vec<(RotationStep, Vec<Statement>)> = Vec::new();
    for step in RotationStep::ALL {
        reader.begin(step);
        let mut statements = reader.list(&Path::top().key("every-step"), &file.every_step);
        statements.extend(reader.list(&Path::top().key(step.as_str()), file.step(step)));
        steps.push((step, statements));
    }
    let table = reader.finish(&mut steps);
    let count = |what: &str, found: usize, max: usize, drafts: &mut Drafts| {
        if found > max {
            let message = format!("the program has {found} {what}, and {max} is the most");
            let help = "leave out what decides nothing".to_owned();
            drafts.key(Path::top().key("program"), message, "too large", Some(help));
        }
    };
    count("calls", table.nodes, NODES_MAX, &mut drafts);
    count("names", table.registers.len(), REGISTERS_MAX, &mut drafts);
    if !drafts.is_empty() {
        return Err(drafts.into_mistakes(text));
    }
    let strategy = file.strategy.map(|strategy| match strategy {
        StrategyName::SingleUser => Strategy::SingleUser,
        StrategyName::AlternatingUsers => Strategy::AlternatingUsers,
        StrategyName::Tokens => Strategy::Tokens,
    });
    Ok(compile(file.program, strategy, table, &steps))
}

/// The JSON Schema of a program file, for editors.
pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(File);
    schema.insert("title".to_owned(), "stagewright program".into());
    schema.to_value()
}
