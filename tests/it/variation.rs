//! Scenarios under all combinations of assumptions.

use std::collections::BTreeSet;

use stagewright::assumption::TABLE;
use stagewright::coverage::depends;
use stagewright::library;
use stagewright::scenario::Scenario;
use stagewright::variation::{Choices, LEFT_OUT, feels, vary, with};

/// Where an option makes a difference, a rule that leaves it open is among those that the run rests on. Otherwise the
/// combinations that are tried would miss it.
#[test]
fn what_a_scenario_depends_on_it_feels() {
    for file in library::files() {
        let Ok(scenario) = Scenario::read(file.text) else { continue };
        let played = scenario.play(false);
        for assumption in TABLE.iter().filter(|it| !LEFT_OUT.contains(&it.id)) {
            let unfelt = depends(&scenario, assumption) && !feels(&played, assumption);
            assert!(!unfelt, "{} depends on {} and doesn't feel it", file.path, assumption.id);
        }
    }
}

/// The smallest sets of choices with which a scenario ends the other way, from the whole product of the options that
/// it feels in any run.
fn by_brute_force(scenario: &Scenario) -> BTreeSet<Choices> {
    let felt = vary(scenario).felt;
    let mut product: Vec<Choices> = vec![Vec::new()];
    for assumption in &felt {
        let longer = product.iter().flat_map(|choices| {
            assumption.options.iter().skip(1).map(move |option| {
                let mut choices = choices.clone();
                choices.push((assumption.id, *option));
                choices
            })
        });
        let longer: Vec<_> = longer.collect();
        product.extend(longer);
    }
    let passes = scenario.play(false).passed();
    let ends_otherwise: Vec<_> = product
        .into_iter()
        .filter(|choices| with(scenario, choices).play(false).passed() != passes)
        .collect();
    let contains = |set: &Choices, part: &Choices| part.iter().all(|it| set.contains(it));
    let smallest = ends_otherwise.iter().filter(|set| {
        !ends_otherwise.iter().any(|other| other.len() < set.len() && contains(set, other))
    });
    smallest.cloned().collect()
}

/// The tree of what is felt finds what the whole product finds.
#[test]
fn nothing_is_lost_by_trying_only_what_is_felt() {
    let mut compared = 0;
    let mut dependent = 0;
    for file in library::files() {
        let Ok(scenario) = Scenario::read(file.text) else { continue };
        let varied = vary(&scenario);
        let product: usize = varied.felt.iter().map(|it| it.options.len()).product();
        if varied.felt.is_empty() || product > 36 || scenario.step_count() > 30 {
            continue;
        }
        let expected = by_brute_force(&scenario);
        let mut found: BTreeSet<Choices> = varied.depends.iter().cloned().collect();
        found = found
            .into_iter()
            .map(|mut choices| {
                choices.sort_by_key(|(id, _)| TABLE.iter().position(|it| it.id == *id));
                choices
            })
            .collect();
        assert_eq!(found, expected, "{}", file.path);
        assert!(varied.complete && varied.combinations <= product, "{}", file.path);
        compared += 1;
        dependent += usize::from(!expected.is_empty());
    }
    assert!(compared > 50 && dependent > 20, "{compared} compared, {dependent} dependent");
}

/// What a file or the command line decides on is not varied.
#[test]
fn a_decided_assumption_stays() {
    let text = "
scenario: one
secret: db
assume: { version-order: oldest-first }
steps:
  - { call: CreateSecret, with: { SecretString: one } }
  - { call: PutSecretValue, with: { SecretString: two } }
  - { call: ListSecretVersionIds }
";
    let mut scenario = Scenario::read(text.trim_start()).unwrap();
    assert!(vary(&scenario).felt.is_empty());
    let free = Scenario::read(text.trim_start().replace("assume", "tags: []\n#").as_str()).unwrap();
    assert_eq!(vary(&free).felt.iter().map(|it| it.id).collect::<Vec<_>>(), ["version-order"]);
    scenario.assume("label-order", "sorted").unwrap();
    assert!(scenario.fixed.contains("label-order"));
}
