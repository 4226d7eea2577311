//! The page of a rule, a property or an assumption: what it says, why it matters, an example, what it rests on.

use std::fmt::Write as _;

use super::example::{self, Example};
use super::names::Names;
use super::table::{excerpt, line, place};
use super::topic::{assumptions_of, rules_of};
use super::{Paint, Told, Topic};
use crate::assumption::Assumption;
use crate::coverage::depends;
use crate::evidence::{Rule, Source};
use crate::property::Property;

/// Steps of an example that are shown.
const STEPS_SHOWN: usize = 6;

/// Scenarios that are listed; a rule may be followed by nearly all.
const SCENARIOS_LISTED: usize = 8;

/// Columns that the strength of a source takes.
const STRENGTH: usize = 12;

/// One page, with what the played scenarios of the `library` show.
pub fn page(topic: Topic, library: &[Told<'_>], paint: Paint) -> String {
    let mut page = Page { text: String::new(), paint };
    match topic {
        Topic::Rule(it) => page.rule(it, library),
        Topic::Property(it) => page.property(it, library),
        Topic::Assumption(it) => page.assumption(it, library),
    }
    page.text
}

/// A page that is being written.
struct Page {
    text: String,
    paint: Paint,
}

impl Page {
    fn head(&mut self, id: &str, gist: &str, kind: &str) {
        let indent = " ".repeat(id.len().saturating_add(2));
        let mut beside = String::new();
        line(&mut beside, &indent, gist);
        let _ = write!(self.text, "{}  {}", self.paint.bold(id), beside.trim_start());
        let _ = writeln!(self.text, "{indent}{}", self.paint.dim(kind));
    }

    fn section(&mut self, title: &str) {
        let _ = writeln!(self.text, "\n  {}", self.paint.dim(title));
    }

    fn words(&mut self, words: &str) {
        line(&mut self.text, "    ", words);
    }

    fn told(&mut self, title: &str, words: &str) {
        self.section(title);
        self.words(words);
    }

    fn rule(&mut self, rule: Rule, library: &[Told<'_>]) {
        let kind = match rule.stated_only() {
            Some(_) => "stated only, not simulated",
            None => "simulated",
        };
        let title = rule.group().title;
        self.head(rule.id(), rule.gist(), &format!("{title} · {} · {kind}", rule.strength()));
        self.text.push('\n');
        line(&mut self.text, "  ", rule.sentence());
        self.told("why it matters", rule.matters());
        if let Some(reason) = rule.stated_only() {
            self.told("why it is stated only", reason);
        }
        if let Some(example) = example::of_rule(library, rule) {
            let place = place(example.told, example.step);
            let path = example.told.path;
            self.section(&format!("example: {path}, {place} (the last line){}", assuming(example)));
            self.excerpt(example);
        }
        self.section("evidence, the strongest first");
        for &source in rule.sources() {
            self.source(source);
        }
        if let Some(sentence) = rule.contradicted_by() {
            self.told("what speaks against it", sentence);
        }
        for assumption in assumptions_of(rule) {
            self.section(&format!("assumption {} decides it", assumption.id));
            self.words(assumption.question);
            self.options(assumption);
        }
        let deciding = example::deciding(library, rule);
        if !deciding.is_empty() {
            self.scenarios("scenarios that it decides", deciding.iter().map(|told| told.path));
        } else if rule.stated_only().is_none() {
            self.told("scenarios that it decides", "none in the library yet");
        }
    }

    fn property(&mut self, property: Property, library: &[Told<'_>]) {
        let background = property.background();
        let kind = format!("property · judged: {}", property.when());
        self.head(property.id(), property.statement(), &kind);
        self.told("why it matters", background.matters);
        self.told("how it breaks", background.breaks);
        if let Some((example, violation)) = example::of_property(library, property) {
            let place = place(example.told, example.step);
            let path = example.told.path;
            let assuming = assuming(example);
            self.section(&format!(
                "a scenario that breaks it: {path}, {place} (the last line){assuming}"
            ));
            self.excerpt(example);
            let names = Names::of(example.told.played, false);
            self.words(&names.shorten(&violation.message));
        }
        if let Some(incident) = background.happened {
            self.told("where it happened", incident.what);
            self.words(incident.url);
        }
    }

    fn assumption(&mut self, assumption: &Assumption, library: &[Told<'_>]) {
        self.head(
            assumption.id,
            assumption.question,
            "assumption · an open question about the service",
        );
        self.section("options");
        self.options(assumption);
        self.section("rules that leave it open");
        for rule in rules_of(assumption) {
            let _ = writeln!(self.text, "    {:<8}{}", rule.id(), rule.gist());
        }
        self.told("what would settle it", assumption.settled_by);
        if let Some(other) = assumption.options.get(1) {
            let command = format!("stagewright run --assume '{}={other}' PATH", assumption.id);
            self.told("to try another", &command);
        }
        let mut feeling: Vec<_> =
            library.iter().filter(|told| depends(told.scenario, assumption)).collect();
        feeling.sort_by_key(|told| example::size(told));
        self.scenarios("scenarios that come out differently", feeling.iter().map(|told| told.path));
    }

    fn excerpt(&mut self, example: Example<'_>) {
        for row in excerpt(example.told, example.step, STEPS_SHOWN, self.paint).lines() {
            let _ = writeln!(self.text, "  {row}");
        }
    }

    fn options(&mut self, assumption: &Assumption) {
        for (at, option) in assumption.options.iter().enumerate() {
            let default = if at == 0 { self.paint.dim("  (default)") } else { String::new() };
            let _ = writeln!(self.text, "    {option}{default}");
        }
    }

    fn source(&mut self, source: Source) {
        let (what, more) = match source {
            Source::Recorded { at, on } => {
                (format!("{at}, {}", on.unwrap_or("day not kept")), None)
            }
            Source::Documented { url, quote } => {
                (url.to_owned(), quote.map(|quote| format!("“{quote}”")))
            }
            Source::Assumed { question, assumption } => {
                (question.to_owned(), assumption.map(|id| format!("assumption {id}")))
            }
            Source::Verified { at }
            | Source::Modelled { at }
            | Source::Quoted { at }
            | Source::Published { at }
            | Source::Emulated { at } => (at.to_owned(), None),
        };
        let indent = " ".repeat(STRENGTH.saturating_add(4));
        let mut beside = String::new();
        line(&mut beside, &indent, &what);
        let strength = self.paint.strength(source.strength(), STRENGTH);
        let _ = write!(self.text, "    {strength}{}", beside.trim_start());
        if let Some(more) = more {
            line(&mut self.text, &indent, &more);
        }
    }

    fn scenarios<'a>(&mut self, title: &str, paths: impl ExactSizeIterator<Item = &'a str>) {
        let count = paths.len();
        self.section(&format!("{title} ({count} in the library)"));
        for path in paths.take(SCENARIOS_LISTED) {
            self.words(path);
        }
        if let Some(more) = count.checked_sub(SCENARIOS_LISTED).filter(|more| *more > 0) {
            self.words(&format!("and {more} more"));
        }
    }
}

/// What an example takes to be otherwise than by default.
fn assuming(example: Example<'_>) -> String {
    let mut words = String::new();
    for (id, option) in example.told.scenario.setting.assume.chosen() {
        let _ = write!(words, ", with {id}={option}");
    }
    words
}
