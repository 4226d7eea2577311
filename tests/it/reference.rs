//! The reference page of the scenario format says what the parser does, and all of it.

use std::collections::BTreeSet;

use serde_json::Value;
use stagewright::assumption::TABLE;
use stagewright::property::Property;
use stagewright::scenario::{Scenario, schema};

use crate::files::{root, text};

fn page() -> String {
    text(&root().join("docs/scenarios.md"))
}

/// What stands in the first column of a table below a heading, without the backticks.
fn first_column(page: &str, heading: &str) -> BTreeSet<String> {
    let section = page.split(&format!("\n## {heading}\n")).nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let cells = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    cells.map(str::to_owned).collect()
}

/// The keys that a mapping of the schema knows.
fn keys(shape: &Value) -> BTreeSet<String> {
    shape["properties"].as_object().unwrap().keys().cloned().collect()
}

#[test]
fn the_tables_have_the_keys_of_the_schema() {
    let (page, schema) = (page(), schema());
    assert_eq!(first_column(&page, "Keys of the file"), keys(&schema));
    assert_eq!(first_column(&page, "Keys of a step"), keys(&schema["$defs"]["Step"]));
    for key in keys(&schema["$defs"]["Given"]) {
        assert!(page.contains(&format!("`{key}`")), "{key}");
    }
}

#[test]
fn every_assumption_and_property_is_listed() {
    let page = page();
    let ids: BTreeSet<String> = TABLE.iter().map(|it| it.id.to_owned()).collect();
    assert_eq!(first_column(&page, "Assumptions"), ids);
    for assumption in TABLE {
        let options = assumption.options.iter().map(|option| format!("`{option}`"));
        let options = options.collect::<Vec<_>>().join(" · ");
        assert!(page.contains(&format!("| {options} |")), "{}: {options}", assumption.id);
    }
    let ids: BTreeSet<String> = Property::ALL.iter().map(|it| it.id().to_owned()).collect();
    assert_eq!(first_column(&page, "Properties"), ids);
    for property in Property::ALL {
        assert!(page.contains(property.statement()), "{property}");
    }
}

/// What is shown as a scenario is one, and passes.
#[test]
fn examples_pass() {
    let page = page();
    let examples: Vec<_> = page.split("```yaml\nscenario:").skip(1).collect();
    assert!(examples.len() >= 3);
    for example in examples {
        let example = format!("scenario:{}", example.split("```").next().unwrap());
        let scenario = Scenario::read(&example).unwrap_or_else(|it| panic!("{example}\n{it:#?}"));
        let played = scenario.play(false);
        assert!(played.passed(), "{example}\n{:#?}", played.differences);
    }
}

/// Each placeholder of the table is read as one, and a misspelled one is a mistake.
#[test]
fn placeholders_are_read() {
    for form in first_column(&page(), "Placeholders") {
        let filled =
            form.replace("NAME", "db/app").replace("characters, none of XYZ", "characters");
        let filled = filled.replace('N', "1");
        let scenario = |placeholder: &str| {
            format!(
                "scenario: x\nsteps:\n  - call: ListSecrets\n    returns: {{ NextToken: \"{placeholder}\" }}\n"
            )
        };
        assert!(Scenario::read(&scenario(&filled)).is_ok(), "{filled}");
        // Text with spaces is no placeholder at all.
        let wrong = filled.replacen('<', "<x", 1);
        assert!(wrong.contains(' ') || Scenario::read(&scenario(&wrong)).is_err(), "{wrong}");
    }
}
