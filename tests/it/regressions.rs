//! What was wrong once, where no scenario can show it.

use stagewright::evidence::Rule;
use stagewright::scenario::{Played, Scenario};

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
