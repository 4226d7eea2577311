//! The machine-readable form of the catalog and of its pages.

use serde_json::{Map, Value, json};

use super::example::{self, Example};
use super::names::Names;
use super::topic::assumptions_of;
use super::{Told, Topic, describe};
use crate::assumption::Assumption;
use crate::coverage::depends;
use crate::evidence::{Rule, Source};
use crate::property::Property;
use crate::world::TraceStep;

/// What the catalog says of a topic.
pub fn topic_json(topic: Topic) -> Value {
    match topic {
        Topic::Rule(it) => rule(it),
        Topic::Property(it) => property(it),
        Topic::Assumption(it) => assumption(it),
    }
}

/// What the catalog says of a topic, and what the played scenarios of the `library` show.
pub fn page_json(topic: Topic, library: &[Told<'_>]) -> Value {
    let mut page = topic_json(topic);
    let (name, example, scenarios) = match topic {
        Topic::Rule(rule) => {
            let paths = example::deciding(library, rule).iter().map(|told| told.path).collect();
            ("decides", example::of_rule(library, rule), paths)
        }
        Topic::Property(property) => {
            let broken =
                library.iter().filter(|told| told.scenario.breaks.contains(&property.into()));
            let paths = broken.map(|told| told.path).collect();
            (
                "broken_by",
                example::of_property(library, property).map(|(example, _)| example),
                paths,
            )
        }
        Topic::Assumption(assumption) => {
            let felt = library.iter().filter(|told| depends(told.scenario, assumption));
            ("felt_by", None, felt.map(|told| told.path).collect::<Vec<_>>())
        }
    };
    if let Value::Object(members) = &mut page {
        members.insert(name.to_owned(), scenarios.into());
        if let Some(example) = example {
            members.insert("example".to_owned(), shown(example));
        }
    }
    page
}

fn rule(rule: Rule) -> Value {
    json!({
        "kind": "rule",
        "id": rule.id(),
        "group": rule.group().prefix,
        "operations": rule.group().title,
        "gist": rule.gist(),
        "says": rule.sentence(),
        "matters": rule.matters(),
        "strength": rule.strength().name(),
        "simulated": rule.stated_only().is_none(),
        "stated_only": rule.stated_only(),
        "sources": rule.sources().iter().map(|it| source(*it)).collect::<Vec<_>>(),
        "contradicted_by": rule.contradicted_by(),
        "assumptions": assumptions_of(rule).map(|it| it.id).collect::<Vec<_>>(),
    })
}

fn source(source: Source) -> Value {
    let strength = source.strength().name();
    match source {
        Source::Recorded { at, on } => json!({ "strength": strength, "at": at, "on": on }),
        Source::Documented { url, quote } => {
            json!({ "strength": strength, "at": url, "quote": quote })
        }
        Source::Assumed { question, assumption } => {
            json!({ "strength": strength, "question": question, "assumption": assumption })
        }
        Source::Verified { at }
        | Source::Modelled { at }
        | Source::Quoted { at }
        | Source::Published { at }
        | Source::Emulated { at } => json!({ "strength": strength, "at": at }),
    }
}

fn property(property: Property) -> Value {
    let background = property.background();
    json!({
        "kind": "property",
        "id": property.id(),
        "says": property.statement(),
        "judged": property.when().to_string(),
        "matters": background.matters,
        "breaks": background.breaks,
        "happened": background.happened.map(|it| json!({ "what": it.what, "url": it.url })),
    })
}

fn assumption(assumption: &Assumption) -> Value {
    json!({
        "kind": "assumption",
        "id": assumption.id,
        "question": assumption.question,
        "options": assumption.options,
        "default": assumption.options.first(),
        "rules": assumption.rules,
        "settled_by": assumption.settled_by,
    })
}

/// The step of an example with the labels around it.
fn shown(example: Example<'_>) -> Value {
    let names = Names::of(example.told.played, false);
    let labels = |at: Option<&TraceStep>| {
        let secret = example.shown().and_then(|step| step.secret.as_ref());
        let view = secret.and_then(|arn| at?.view(arn));
        let versions = view.iter().flat_map(|view| &view.versions);
        let labels = versions.flat_map(|version| {
            let on = names.id(&version.id);
            version.labels.iter().map(move |label| (label.to_string(), Value::from(on.clone())))
        });
        labels.collect::<Map<_, _>>()
    };
    let step = example.shown();
    json!({
        "path": example.told.path,
        "place": super::table::place(example.told, example.step),
        "who": step.map(describe::who),
        "call": step.map(|step| describe::what(step, example.before(), &names)),
        "answer": step.map(|step| describe::answer(step, &names)),
        "before": labels(example.before()),
        "after": labels(step),
    })
}
