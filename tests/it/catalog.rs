//! The catalog is complete: the same ids as the study of the service that it was made from, and a page for each.

use std::collections::BTreeSet;

use stagewright::assumption;
use stagewright::coverage::Coverage;
use stagewright::evidence::{Rule, RuleSet};
use stagewright::library;
use stagewright::property::Property;
use stagewright::report::{self, Paint, Told, Topic};
use stagewright::scenario::{Played, Scenario};

use crate::files;

/// The study, if it is there.
fn study() -> Option<String> {
    files::shared("semantics.md").map(|path| files::text(&path))
}

/// The id that opens an item of a list; a word behind it may say that sources disagree.
fn item(line: &str) -> Option<&str> {
    line.strip_prefix("- **")?.split([' ', '*']).next()
}

/// The first cell of a row of a table.
fn cell(line: &str) -> Option<&str> {
    Some(line.strip_prefix("| ")?.split(" |").next()?.trim())
}

/// No ids.
const NONE: Vec<&str> = Vec::new();

/// What is in one set only, the first or the second.
fn only<'a>(first: &BTreeSet<&'a str>, second: &BTreeSet<&'a str>) -> [Vec<&'a str>; 2] {
    [first.difference(second).copied().collect(), second.difference(first).copied().collect()]
}

fn is_rule(id: &str) -> bool {
    id.split_once('-').is_some_and(|(group, number)| {
        !group.is_empty()
            && group.chars().all(|it| it.is_ascii_uppercase())
            && number.parse::<u8>().is_ok()
    })
}

#[test]
fn the_catalog_has_the_rules_of_the_study() {
    let Some(study) = study() else { return };
    let ids = study.lines().filter_map(|line| item(line).or_else(|| cell(line)));
    let listed: BTreeSet<_> = ids.filter(|id| is_rule(id)).collect();
    let catalog: BTreeSet<_> = Rule::ALL.iter().map(|rule| rule.id()).collect();
    assert_eq!(only(&listed, &catalog), [NONE, NONE]);
}

/// Eight rules are stated only: no code consults them.
#[test]
fn stated_only_are_those_that_no_scenario_can_show() {
    let stated: BTreeSet<_> =
        Rule::ALL.iter().filter(|it| it.stated_only().is_some()).map(|it| it.id()).collect();
    let expected = ["Q-1", "Q-11", "Q-12", "T-10", "LAM-4", "LAM-8", "LAM-9", "GSV-12"];
    assert_eq!(stated, BTreeSet::from(expected));
    let Some(study) = study() else { return };
    let line = study.lines().find_map(|line| line.strip_prefix("Stated only ")).unwrap();
    let listed = line.split_once(": ").unwrap().1.trim_end_matches('.');
    assert_eq!(stated, listed.split(", ").collect());
}

/// Every question that the study leaves open can be switched.
#[test]
fn the_assumptions_are_those_of_the_study() {
    let Some(study) = study() else { return };
    let section = study.split("\n## 19.").nth(1).unwrap().split("\n## ").next().unwrap();
    let listed =
        section.lines().filter_map(|line| cell(line)?.strip_prefix('`')?.strip_suffix('`'));
    let built: BTreeSet<_> = assumption::TABLE.iter().map(|it| it.id).collect();
    // These came up later.
    let listed = listed.chain(["partial-rules", "old-schedule"]);
    assert_eq!(only(&listed.collect(), &built), [NONE, NONE]);
}

/// An assumption names rules that exist, says what would settle it, and its rules lead to it.
#[test]
fn assumptions_are_told_in_full() {
    for it in assumption::TABLE {
        for rule in it.rules {
            assert!(Rule::from_id(rule).is_some(), "{}: {rule}", it.id);
        }
        assert!(it.question.len() > 20 && it.question.trim() == it.question, "{}", it.id);
        assert!(it.settled_by.len() > 20, "{}: what would settle it?", it.id);
        assert!(it.settled_by.ends_with(['.', '?']), "{}: {}", it.id, it.settled_by);
    }
}

#[test]
fn backgrounds_are_sentences() {
    for property in Property::ALL {
        let background = property.background();
        let happened = background.happened;
        for text in
            [background.matters, background.breaks].into_iter().chain(happened.map(|it| it.what))
        {
            assert!(text.len() > 20 && text.ends_with('.') && !text.contains("  "), "{text}");
        }
        assert!(happened.is_none_or(|it| it.url.starts_with("https://")), "{property}");
    }
}

/// What the binary carries is what stands in the repository.
#[test]
fn the_library_is_the_folder_of_scenarios() {
    let embedded = library::files().into_iter().map(|file| (file.path, file.text.to_owned()));
    let stored = files::scenarios().into_iter().map(|path| {
        let name = path.strip_prefix(files::root()).unwrap().to_str().unwrap().to_owned();
        (name, files::text(&path))
    });
    assert_eq!(embedded.collect::<Vec<_>>(), stored.collect::<Vec<_>>());
}

/// Scenarios with what came of them.
type Plays = Vec<(String, Scenario, Played)>;

fn told(plays: &Plays) -> Vec<Told<'_>> {
    let told = |(path, scenario, played)| Told { path, scenario, played, show_values: false };
    plays.iter().map(|(path, scenario, played)| told((path, scenario, played))).collect()
}

/// Each id has a page in both forms; all ids are told apart in upper or lower case.
#[test]
fn everything_has_a_page() {
    let plays: Plays = library::files()
        .into_iter()
        .filter_map(|file| {
            let scenario = Scenario::read(file.text).ok()?;
            let played = scenario.play(false);
            Some((file.path, scenario, played))
        })
        .collect();
    let library = told(&plays);
    for topic in Topic::all() {
        for id in [topic.id().to_uppercase(), topic.id().to_lowercase()] {
            assert_eq!(Topic::from_id(&id), Some(topic));
        }
        let page = report::page(topic, &library, Paint::Plain);
        assert!(page.starts_with(topic.id()), "{page}");
        assert!(page.lines().all(|line| line.trim_end() == line), "{page}");
        assert!(page.contains("why it matters") || matches!(topic, Topic::Assumption(_)), "{page}");
        // The few that suffice here: all of them would be played again for each assumption.
        assert_eq!(report::page_json(topic, &library[..9])["id"], topic.id());
    }
}

/// An example never shows a value.
#[test]
fn pages_hide_values() {
    let text = "scenario: values\nsecret: a\nsteps:\n  - call: CreateSecret\n    with: { SecretString: sentinel-one }\n    \
                as: v1\n  - call: PutSecretValue\n    with: { SecretString: sentinel-two }\n    \
                returns: { VersionStages: [AWSCURRENT] }\n  - call: GetSecretValue\n    \
                returns: { SecretString: sentinel-two }\n";
    let scenario = Scenario::read(text).unwrap();
    let played = scenario.play(false);
    let plays: Plays = vec![("a.yaml".to_owned(), scenario, played)];
    for id in ["PSV-1", "GSV-1", "pending-leaves"] {
        let topic = Topic::from_id(id).unwrap();
        let page = report::page(topic, &told(&plays), Paint::Plain);
        let page = page + &report::page_json(topic, &told(&plays)).to_string();
        assert!(!page.contains("sentinel"), "{page}");
        assert!(page.contains("a.yaml") || id == "pending-leaves", "{page}");
    }
}

/// A share is rounded down, so that only all of it is 100 %.
#[test]
fn coverage_counts_rules_with_evidence() {
    let none = Coverage::default();
    assert_eq!((none.total().exercised, none.total().per_mille()), (0, 0));
    assert!(none.total().reaches(0) && !none.total().reaches(1));
    let all = Coverage { exercised: Rule::ALL.iter().copied().collect() };
    assert_eq!(all.total().per_mille(), 1000);
    assert_eq!(all.missing().count(), 0);
    let mut but_one: RuleSet = Rule::ALL.iter().copied().filter(|it| it.id() != "USVS-5").collect();
    let almost = Coverage { exercised: but_one };
    assert!(!almost.total().reaches(100));
    assert_eq!(almost.missing().collect::<Vec<_>>(), [Rule::PreviousFollowsCurrent]);
    but_one.insert(Rule::PreviousFollowsCurrent);
    assert_eq!(but_one, all.exercised);
}
