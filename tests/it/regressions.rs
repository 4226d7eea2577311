//! What was wrong once, where no scenario can show it.

use std::collections::BTreeSet;

use serde_json::Value;
use stagewright::evidence::Rule;
use stagewright::scenario::{Played, Scenario};

use crate::files;

/// Plays the steps of a scenario.
fn played(keys: &str, steps: &str) -> Played {
    let text = format!("scenario: regression\nsecret: db\n{keys}steps:\n{steps}");
    Scenario::read(&text).unwrap_or_else(|it| panic!("{text}\n{it:#?}")).play(false)
}

/// Whether the last step rests on a rule.
fn cites(played: &Played, id: &str) -> bool {
    played.trace.steps.last().unwrap().rules.contains(Rule::from_id(id).unwrap())
}

/// Days that aren't shown are not computed either.
#[test]
fn computed_days_are_cited_where_they_are_shown() {
    for (schedule, shows) in
        [("rate(10 days)", true), ("rate(12 hours)", false), ("cron(0 16 1,15 * ? *)", false)]
    {
        for read in ["DescribeSecret", "ListSecrets"] {
            let steps = format!(
                "  - {{ call: CreateSecret, with: {{ SecretString: one }} }}\n  \
                 - {{ call: RotateSecret, with: {{ RotationLambdaARN: a, \
                 RotationRules: {{ ScheduleExpression: \"{schedule}\" }} }} }}\n  - {{ call: {read} }}\n"
            );
            assert_eq!(cites(&played("", &steps), "DSC-8"), shows, "{read} {schedule}");
        }
    }
}

/// The members of the last answer, for each of some seeds, if reads may lag one change behind.
fn lagging(steps: &str) -> Vec<Value> {
    let seeds = (0..20).map(|seed| format!("seed: {seed}\nassume: {{ stale-reads: '1' }}\n"));
    let plays = seeds.map(|keys| played(&keys, steps));
    plays.map(|it| it.trace.steps.last().unwrap().outcome.as_ref().unwrap().members()).collect()
}

/// A read that sees old labels is a read all the same.
#[test]
fn a_stale_read_leaves_its_date() {
    let answers = lagging(
        "  - { call: CreateSecret, with: { SecretString: one } }\n  \
         - { call: PutSecretValue, with: { SecretString: two } }\n  - { call: GetSecretValue }\n  \
         - { wait: 10m }\n  - { call: DescribeSecret }\n",
    );
    assert!(answers.iter().all(|it| it["LastAccessedDate"].is_number()), "{answers:#?}");
}

/// Lists lag as well, each entry by itself, and miss what has just been made.
#[test]
fn lists_lag() {
    let listed = |read: &str| {
        lagging(&format!(
            "  - {{ call: CreateSecret, with: {{ SecretString: one }} }}\n  - {{ wait: 10m }}\n  \
             - {{ call: UpdateSecret, with: {{ Description: new }} }}\n  \
             - {{ call: PutSecretValue, with: {{ SecretString: two }} }}\n  \
             - {{ call: CreateSecret, with: {{ Name: other, SecretString: one }} }}\n  {read}\n"
        ))
    };
    let entries = |it: &Value| {
        let entries = it["SecretList"].as_array().unwrap().iter();
        entries.map(|it| it["SecretVersionsToStages"].as_object().unwrap().len()).collect()
    };
    let lists: BTreeSet<Vec<usize>> =
        listed("- { call: ListSecrets }").iter().map(entries).collect();
    // The version with AWSPREVIOUS is there or not yet, and the other secret is.
    assert_eq!(lists, BTreeSet::from([vec![1], vec![2], vec![1, 1], vec![2, 1]]));
    let batch = listed("- { call: BatchGetSecretValue, with: { SecretIdList: [db] } }");
    let value = |it: &Value| it["SecretValues"][0]["SecretString"].to_string();
    assert_eq!(batch.iter().map(value).collect::<BTreeSet<_>>().len(), 2);
}

/// A name is one of the caller's account: the secret of another account under the same name has nothing to do with it.
#[test]
fn a_stale_read_is_of_the_own_account() {
    let answers = lagging(
        "  - { call: CreateSecret, with: { SecretString: theirs }, by: other_account }\n  \
         - { call: CreateSecret, with: { SecretString: one } }\n  \
         - { call: PutSecretValue, with: { SecretString: two } }\n  - { call: GetSecretValue }\n",
    );
    let values: BTreeSet<_> = answers.iter().map(|it| it["SecretString"].to_string()).collect();
    assert_eq!(values.len(), 2, "{values:?}");
}

/// An operation answers with errors that its model declares, or that all operations have in common. One assumption asks
/// for another one.
#[test]
fn no_scenario_gets_an_error_that_is_not_declared() {
    let mut met = BTreeSet::new();
    for path in files::scenarios().into_iter().chain(files::recordings()) {
        let Ok(scenario) = Scenario::read(&files::text(&path)) else { continue };
        for step in &scenario.play(false).trace.steps {
            let (Some(call), Err(error)) = (step.call(), &step.outcome) else { continue };
            let declared = call.name().declared_errors().any(|it| it == error.code);
            assert!(
                declared
                    || error.code.is_common()
                    || error.rule.is_some_and(|it| it.id() == "GEN-10"),
                "{}: {} answers {error}",
                path.display(),
                call.name().as_str()
            );
            met.insert((call.name(), error.code));
        }
    }
    assert!(met.len() > 20, "{met:?}");
}

/// A date that is another one is told as a date.
#[test]
fn dates_that_differ_are_told_as_dates() {
    let steps = "  - call: CreateSecret\n  - { call: DescribeSecret, \
                 returns: { CreatedDate: '2026-01-02T00:00:00Z', LastChangedDate: <timestamp:1> } }\n  - wait: 1s\n  \
                 - call: DeleteSecret\n  - { call: DescribeSecret, returns: { LastChangedDate: <timestamp:1> } }\n";
    let played = played("", steps);
    let told: Vec<_> = played.differences.iter().map(|it| it.message.as_str()).collect();
    assert_eq!(
        told,
        [
            "expected `2026-01-02T00:00:00Z`, got `2026-01-01T00:00:00Z`",
            "expected `<timestamp:1>`, got `2026-01-01T00:00:01.2Z`: <timestamp:1> is 2026-01-01T00:00:00Z"
        ]
    );
}
