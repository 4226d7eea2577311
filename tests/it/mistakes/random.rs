//! Small changes of valid files: whatever comes of them is read without a panic.
#![expect(clippy::arithmetic_side_effects, reason = "small numbers of a test")]

use stagewright::mistake::{Mistake, render};
use stagewright::report::{Paint, Told, played, run_json};
use stagewright::scenario::Scenario;
use stagewright::yaml;

use super::told;

/// Scenarios without mistakes that between them use most of the format.
const VALID: [&str; 3] = [
    r"scenario: AWSPREVIOUS follows AWSCURRENT
about: Moving AWSCURRENT by hand, the way finishSecret does it.
secret: db/app
start: 2026-01-01T00:00:00Z
seed: 7
assume: { first-version: only-given }
steps:
  - call: CreateSecret
    with: { SecretString: one }
    as: v1
  - call: PutSecretValue
    with: { SecretString: two, VersionStages: [AWSPENDING] }
    as: v2
    labels: { AWSCURRENT: v1, AWSPENDING: v2 }
  - call: UpdateSecretVersionStage
    with: { VersionStage: AWSCURRENT, MoveToVersionId: v2 }
    fails: InvalidParameterException
  - call: UpdateSecretVersionStage
    with: { VersionStage: AWSCURRENT, MoveToVersionId: v2, RemoveFromVersionId: v1 }
    returns: { Name: db/app }
    labels: { AWSCURRENT: v2, AWSPREVIOUS: v1, AWSPENDING: v2 }
  - wait: 25h
check: [defaults]
",
    r#"scenario: Answers # with placeholders, aliases and JSON
answers: exact
account: "222222222222"
region: eu-central-1
arn-suffix: AbCdEf
tags: [a, 'b', "c"]
given: { missing-functions: ["arn:aws:lambda:eu-central-1:222222222222:function:gone"] }
steps:
  - call: CreateSecret
    with: &create
      Name: a
      SecretString: { user: app, password: "<version:9>" }
      ClientRequestToken: <version:1>
      Tags: [{ Key: owner, Value: me }]
    returns: { ARN: "<arn:a>", Name: a, VersionId: "<version:1>" }
  - call: DescribeSecret
    with: { SecretId: "<arn:a>" }
    returns:
      ARN: <arn:a>
      CreatedDate: <timestamp:1>
      VersionIdsToStages: { "<version:1>": [AWSCURRENT] }
      "...": "<unrecorded>"
  - { call: CreateSecret, with: *create, labels: { AWSCURRENT: <version:1> } }
  - call: GetSecretValue
    by: lambda
    with: { SecretId: a }
    answers: members
    returns: { SecretString: { user: app }, VersionStages: [AWSCURRENT] }
    note: |
      two lines
      of a remark
"#,
    "scenario: Errors\nsteps:\n- call: GetSecretValue\n  with: {SecretId: none}\n  fails: {code: ResourceNotFoundException, \
     message: <unrecorded>, status: 400}\n- call: PutSecretValue\n  with: {ClientRequestToken: null, SecretString: x}\n  \
     fails: any\n- until: 2026-02-01T00:00:00Z\n- call: GetRandomPassword\n  with: {PasswordLength: 8, ExcludeNumbers: \
     true}\n  returns: {RandomPassword: '<string of 8 characters, none of 0123456789>'}\nbreaks: []\n",
];

/// Numbers that look random and are the same every time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end.max(1)
    }
}

/// One small change: a byte that goes, changes or comes, a stretch that goes or comes twice, or two lines that
/// change places.
fn mutate(file: &mut Vec<u8>, numbers: &mut Numbers) {
    const BYTES: &[u8] = b"\n\n  \t:-[]{},&*!|>'\"#%@`<>~?.0aZ\\\xff\x00\xc3";
    let at = numbers.below(file.len());
    let end = (at + numbers.below(12)).min(file.len());
    let byte = BYTES[numbers.below(BYTES.len())];
    match numbers.below(6) {
        0 => drop(file.drain(at..(at + 1).min(file.len()))),
        1 => file.splice(at..(at + 1).min(file.len()), [byte]).for_each(drop),
        2 => file.insert(at, byte),
        3 => drop(file.drain(at..end)),
        4 => {
            let twice = file[at..end].to_vec();
            file.splice(at..at, twice).for_each(drop);
        }
        _ => {
            let mut lines: Vec<_> = file.split_inclusive(|byte| *byte == b'\n').collect();
            let count = lines.len();
            if count > 0 {
                lines.swap(numbers.below(count), numbers.below(count));
            }
            *file = lines.concat();
        }
    }
}

/// Whether a mistake is told as all are: on one line, no full stop, nothing of the language this is written in.
fn assert_well_put(mistake: &Mistake, text: &str) {
    let message = &mistake.message;
    let plain: String = message.split('`').step_by(2).collect();
    assert!(
        !message.is_empty() && !message.contains('\n') && !message.ends_with('.'),
        "{mistake:?}"
    );
    for word in
        ["struct", "enum", "i64", "u64", "sequence", "invalid type", "field", "variant", "::"]
    {
        assert!(!plain.contains(word), "`{word}` in {mistake:?}");
    }
    let span = &mistake.span;
    assert!(span.start <= span.end && span.end <= text.len(), "{mistake:?}");
    assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end), "{mistake:?}");
}

/// Each valid scenario is changed in one or two places, thousands of times. Whatever comes out is read without a
/// panic, told well when it is mistaken, and played and told when it is not.
#[test]
fn no_change_makes_anything_panic() {
    let mut numbers = Numbers(1);
    let (mut good, mut bad) = (0, 0);
    for valid in VALID {
        assert_eq!(told(valid.as_bytes()), "no mistake\n");
        for _ in 0..1_200 {
            let mut file = valid.as_bytes().to_vec();
            for _ in 0..=numbers.below(2) {
                mutate(&mut file, &mut numbers);
            }
            let Ok(text) = yaml::decode(&file) else { continue };
            match Scenario::read(text) {
                Ok(scenario) => {
                    good += 1;
                    let run = scenario.play(false);
                    let told =
                        Told { path: "x", scenario: &scenario, played: &run, show_values: false };
                    assert!(!played(told, Paint::Plain).is_empty());
                    assert!(run_json(told).is_object());
                }
                Err(mistakes) => {
                    bad += 1;
                    assert!(!mistakes.is_empty(), "{text}");
                    assert!(mistakes.is_sorted_by_key(|mistake| mistake.span.start), "{text}");
                    for mistake in &mistakes {
                        assert_well_put(mistake, text);
                    }
                    assert!(!render("x", text, &mistakes, false).is_empty());
                }
            }
        }
    }
    // Both ways are taken often.
    assert!(good > 500 && bad > 2_000, "{good} good, {bad} bad");
}
