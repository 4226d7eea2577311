//! The catalog as a list: rules by group, properties, assumptions; a line or two for each.

use std::fmt::Write as _;

use super::table::wrapped;
use super::{Paint, Topic};
use crate::evidence::Group;

/// Columns that ids of rules take.
const RULE_ID: usize = 9;

/// Columns that strengths take.
const STRENGTH: usize = 12;

/// Columns that ids of properties and assumptions take.
const LONG_ID: usize = 30;

/// Columns that words beside such an id are wrapped at.
const WORDS: usize = 78;

/// Lists topics in their order, with a heading where another kind or group begins.
pub fn catalog(topics: impl IntoIterator<Item = Topic>, paint: Paint) -> String {
    let mut text = String::new();
    let mut heading = String::new();
    for topic in topics {
        let next = match topic {
            Topic::Rule(rule) => {
                let Group { prefix, title } = rule.group();
                format!("{}  {title}", paint.bold(format!("{prefix:<5}")))
            }
            Topic::Property(_) => {
                format!("{}  what every run is judged by", paint.bold("Properties"))
            }
            Topic::Assumption(_) => {
                format!("{}  what nobody knows; * is the default", paint.bold("Assumptions"))
            }
        };
        if next != heading {
            let gap = if heading.is_empty() { "" } else { "\n" };
            let _ = writeln!(text, "{gap}{next}");
            heading = next;
        }
        entry(topic, paint, &mut text);
    }
    let hint = "`stagewright rules ID` prints a page: why it matters, an example, the evidence";
    let _ = writeln!(text, "\n{}", paint.dim(hint));
    text
}

fn entry(topic: Topic, paint: Paint, text: &mut String) {
    match topic {
        Topic::Rule(rule) => {
            let strength = paint.strength(rule.strength(), STRENGTH);
            let stated = if rule.stated_only().is_some() { " (stated only)" } else { "" };
            let _ = writeln!(
                text,
                "  {:RULE_ID$}{strength}{}{}",
                rule.id(),
                rule.gist(),
                paint.dim(stated)
            );
        }
        Topic::Property(property) => {
            let when = format!("({})", property.when());
            hanging(text, property.id(), &format!("{} {when}", property.statement()));
        }
        Topic::Assumption(assumption) => {
            hanging(text, assumption.id, assumption.question);
            let options = assumption.options.iter().enumerate();
            let options =
                options.map(|(at, option)| format!("{option}{}", if at == 0 { "*" } else { "" }));
            let options = options.collect::<Vec<_>>().join(" · ");
            let _ = writeln!(text, "  {:LONG_ID$}{}", "", paint.dim(options));
        }
    }
}

/// Words beside an id, the further lines under the first.
fn hanging(text: &mut String, id: &str, words: &str) {
    let mut beside = String::new();
    wrapped(&mut beside, &" ".repeat(LONG_ID.saturating_add(2)), words, WORDS);
    let _ = write!(text, "  {id:LONG_ID$}{}", beside.trim_start());
}
