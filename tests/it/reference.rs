//! The reference page of the scenario format says what the reader does: its examples play, its tables are complete.

use std::collections::BTreeSet;

use serde_json::Value;
use stagewright::assumption::TABLE;
use stagewright::property::Property;
use stagewright::scenario::{Scenario, schema};

use crate::files::{root, text};

/// What can stand between angle brackets.
const PLACEHOLDERS: [&str; 10] = [
    "version:N",
    "arn:NAME",
    "arn-without-suffix:NAME",
    "timestamp",
    "timestamp:N",
    "uuid",
    "any",
    "absent",
    "unrecorded",
    "string of N characters",
];

fn page() -> String {
    text(&root().join("docs/scenarios.md"))
}

/// The blocks of YAML in the page.
pub(crate) fn blocks(page: &str) -> Vec<&str> {
    let opened = page.split("\n```yaml\n").skip(1);
    opened.map(|rest| rest.split("\n```").next().unwrap()).collect()
}

/// The rows of all tables under a heading, each cell trimmed; without heads and rulers.
pub(crate) fn rows<'p>(page: &'p str, heading: &str) -> Vec<Vec<&'p str>> {
    let opening = format!("\n## {heading}\n");
    let (_, section) =
        page.split_once(&opening).unwrap_or_else(|| panic!("the page has no `{heading}`"));
    let section = section.split("\n## ").next().unwrap();
    let lines = section.lines().filter(|line| line.starts_with("| `"));
    lines.map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect()).collect()
}

/// The first cells of a table, which are one word of code each.
pub(crate) fn keys(page: &str, heading: &str) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for row in rows(page, heading) {
        let key = row[0].strip_prefix('`').and_then(|rest| rest.strip_suffix('`')).unwrap();
        assert!(keys.insert(key.to_owned()), "`{key}` stands twice under `{heading}`");
    }
    keys
}

/// The members of an object in the schema.
pub(crate) fn members(schema: &Value) -> BTreeSet<String> {
    schema["properties"].as_object().unwrap().keys().cloned().collect()
}

#[test]
fn every_example_of_the_page_passes() {
    let page = page();
    let scenarios: Vec<_> =
        blocks(&page).into_iter().filter(|block| block.starts_with("scenario:")).collect();
    assert!(scenarios.len() >= 5, "the page has only {} scenarios", scenarios.len());
    for block in scenarios {
        let scenario = Scenario::read(block).unwrap_or_else(|it| panic!("{block}\n{it:#?}"));
        let played = scenario.play(false);
        assert!(
            played.passed(),
            "{block}\n{:#?} {:?} {:?}",
            played.differences,
            played.unbroken,
            played.broken
        );
    }
}

#[test]
fn the_tables_have_the_keys_of_the_schema_and_no_others() {
    let (page, schema) = (page(), schema());
    let mut of_file = members(&schema);
    let given = members(&schema["$defs"]["Given"]);
    of_file.extend(given.iter().map(|key| format!("given.{key}")));
    let caller = members(&schema["$defs"]["Caller"]);
    of_file.extend(caller.iter().map(|key| format!("callers.NAME.{key}")));
    let target = members(&schema["$defs"]["Target"]);
    of_file.extend(target.iter().map(|key| format!("target.{key}")));
    let user = members(&schema["$defs"]["User"]);
    of_file.extend(user.iter().map(|key| format!("target.users.NAME.{key}")));
    let client = members(&schema["$defs"]["Client"]);
    of_file.extend(client.iter().map(|key| format!("clients[].{key}")));
    let own = members(&schema["$defs"]["Property"]);
    of_file.extend(own.iter().map(|key| format!("properties[].{key}")));
    assert_eq!(keys(&page, "Keys of the file"), of_file);
    assert_eq!(keys(&page, "Keys of a step"), members(&schema["$defs"]["Step"]));
}

#[test]
fn what_a_key_can_choose_from_is_on_the_page() {
    let (page, schema) = (page(), schema());
    for definition in ["Answers", "LabelOrder"] {
        for option in schema["$defs"][definition]["oneOf"].as_array().unwrap() {
            let option = option["const"].as_str().unwrap();
            assert!(page.contains(&format!("`{option}`")), "the page has no `{option}`");
        }
    }
}

#[test]
fn the_table_of_assumptions_is_that_of_the_code() {
    let page = page();
    let expected: Vec<[String; 3]> = TABLE
        .iter()
        .map(|it| {
            let options: Vec<_> = it.options.iter().map(|option| format!("`{option}`")).collect();
            [format!("`{}`", it.id), it.question.trim().to_owned(), options.join(", ")]
        })
        .collect();
    assert_eq!(rows(&page, "Assumptions"), expected);
}

#[test]
fn the_table_of_properties_is_that_of_the_code() {
    let page = page();
    let expected: Vec<[String; 3]> = Property::ALL
        .iter()
        .map(|it| [format!("`{}`", it.id()), it.statement().to_owned(), it.when().to_string()])
        .collect();
    assert_eq!(rows(&page, "Properties"), expected);
}

#[test]
fn every_placeholder_is_on_the_page_and_no_other() {
    let expected: BTreeSet<_> = PLACEHOLDERS.iter().map(|form| format!("<{form}>")).collect();
    assert_eq!(keys(&page(), "Placeholders"), expected);
}

/// A request takes the placeholders that the page says it takes; in an answer all of them can stand.
#[test]
fn the_reader_knows_the_placeholders_of_the_page() {
    let page = page();
    for row in rows(&page, "Placeholders") {
        let placeholder = row[0].trim_matches('`').replace('N', "1").replace("1AME", "db/app");
        let reads = |key: &str| {
            let step = format!("{{ call: DescribeSecret, {key}: {{ ARN: '{placeholder}' }} }}");
            let step = if key == "with" { step.replace("ARN", "SecretId") } else { step };
            Scenario::read(&format!("scenario: one placeholder\nsecret: db/app\nsteps: [{step}]"))
        };
        assert!(reads("returns").is_ok(), "{placeholder}: {:?}", reads("returns"));
        let can_be_sent = row.get(2).is_some_and(|cell| cell.starts_with("yes"));
        assert_eq!(reads("with").is_ok(), can_be_sent, "{placeholder} in a request");
    }
}
