//! What an endpoint was asked about assumptions, and which options its answers fit.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::compare::{Asked, CaseCompared, ComparedAll};
use super::names::Names;
use super::{Paint, describe};
use crate::assumption::Assumption;
use crate::compare::{Answer, Compared, Difference, Kind};

/// One question, with the cases of its options.
struct Question<'a> {
    assumption: &'static Assumption,
    options: Vec<(&'static str, &'a CaseCompared, &'a Compared)>,
}

/// The questions that were answered.
fn asked<'a>(all: &ComparedAll<'a>) -> Vec<Question<'a>> {
    let mut questions: Vec<Question<'a>> = Vec::new();
    for case in all.cases {
        let (Some(Asked { assumption, option }), Some(compared)) = (case.asks, case.compared())
        else {
            continue;
        };
        let option = (option, case, compared);
        match questions.iter_mut().find(|it| it.assumption.id == assumption.id) {
            Some(question) => question.options.push(option),
            None => questions.push(Question { assumption, options: vec![option] }),
        }
    }
    questions
}

/// A difference, as far as two options can have the same one.
fn key(difference: &Difference) -> (usize, Kind, &str, &str, &str) {
    let Difference { step, kind, place, model, endpoint, .. } = difference;
    (*step, *kind, place, model, endpoint)
}

impl Question<'_> {
    /// The options that the answers fit: whatever differs, differs in the same way under every option.
    fn fitting(&self) -> Vec<&'static str> {
        let sets: Vec<BTreeSet<_>> = self
            .options
            .iter()
            .map(|(_, _, compared)| compared.differences.iter().map(key).collect())
            .collect();
        let common = |it: &(usize, Kind, &str, &str, &str)| sets.iter().all(|set| set.contains(it));
        let fits = self.options.iter().zip(&sets).filter(|(_, set)| set.iter().all(common));
        fits.map(|((option, ..), _)| *option).collect()
    }

    /// What the answers say, in a line.
    fn verdict(&self) -> String {
        if self.options.iter().any(|(_, _, it)| it.unreachable.is_some() || it.stopped) {
            return "not all calls were answered".to_owned();
        }
        match self.fitting().as_slice() {
            [] => "the endpoint does as none of the options says".to_owned(),
            [option] if self.assumption.options.first() == Some(option) => {
                format!("the endpoint does as `{option}` says, which is the default")
            }
            [option] => format!("the endpoint does as `{option}` says, which is not the default"),
            several => {
                let several: Vec<_> = several.iter().map(|option| format!("`{option}`")).collect();
                format!("the answers fit {}", several.join(" and "))
            }
        }
    }
}

/// The form for people.
pub(super) fn questions(all: &ComparedAll<'_>, paint: Paint, text: &mut String) {
    for question in asked(all) {
        let Assumption { id, question: asks, .. } = question.assumption;
        let _ = writeln!(text, "{}  {asks}", paint.bold(id));
        if let Some((_, case, compared)) = question.options.first() {
            let names = Names::of_trace(&case.names, &case.trace, all.show_values);
            for exchange in &compared.exchanges {
                let Some(step) = case.trace.steps.get(exchange.step) else { continue };
                let before = exchange.step.checked_sub(1).and_then(|at| case.trace.steps.get(at));
                let call = describe::what(step, before, &names);
                let _ = writeln!(
                    text,
                    "  {:>3}  {call}  {}",
                    exchange.step.saturating_add(1),
                    paint.dim(answer(&exchange.answer))
                );
            }
        }
        let _ = writeln!(text, "  {}\n", paint.bold(question.verdict()));
    }
}

fn answer(answer: &Answer) -> String {
    match answer {
        Ok(_) => "ok".to_owned(),
        Err(refusal) => refusal.code.clone(),
    }
}

/// The form for programs.
pub(super) fn questions_json(all: &ComparedAll<'_>) -> Vec<Value> {
    let questions = asked(all).into_iter().map(|question| {
        json!({
            "assumption": question.assumption.id,
            "options": question.assumption.options,
            "fits": question.fitting(),
            "verdict": question.verdict(),
        })
    });
    questions.collect()
}
