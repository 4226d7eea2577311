//! What is played: scenarios from files or from the library, and which of them fit the endpoint.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::super::input::{self, Parsed};
use super::super::{Terminal, files};
use super::Ends;
use crate::assumption::{Assumption, TABLE};
use crate::compare::{Abilities, Endpoint as _, Time, question, trace_of, unfit};
use crate::endpoint::HttpEndpoint;
use crate::fuzz::{Call, FUNCTION};
use crate::library;
use crate::mistake::{self, suggest};
use crate::report::{Asked, Paint};
use crate::scenario::Scenario;
use crate::secret::VersionId;
use crate::time::Span;
use crate::world::Trace;

/// Where scenarios come from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'a> {
    pub(super) paths: &'a [PathBuf],
    pub(super) filter: Option<&'a str>,
    pub(super) assume: &'a [(String, String)],
    pub(super) show_values: bool,
    /// Whether the library is meant if there are no paths.
    pub(super) library: bool,
}

/// Something to play.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) path: String,
    pub(super) title: String,
    /// `None` for calls that come from no file.
    pub(super) scenario: Option<Box<Scenario>>,
    pub(super) trace: Trace,
    /// What versions are called.
    pub(super) names: Vec<(VersionId, String)>,
    /// The assumption and the option that it asks for.
    pub(super) asks: Option<Asked>,
    /// The random calls that it is made of.
    pub(super) calls: Option<Vec<Call>>,
}

impl Case {
    /// Random calls.
    pub(super) fn random(path: String, calls: Vec<Call>) -> Self {
        let trace = trace_of(&calls);
        let count = calls.len();
        let title = format!("{count} random call{}", if count == 1 { "" } else { "s" });
        Self {
            path,
            title,
            scenario: None,
            trace,
            names: Vec::new(),
            asks: None,
            calls: Some(calls),
        }
    }

    fn of(path: String, scenario: Box<Scenario>) -> Self {
        let played = scenario.play(false);
        Self {
            path,
            title: scenario.title.clone(),
            scenario: Some(scenario),
            trace: played.trace,
            names: played.names,
            asks: None,
            calls: None,
        }
    }
}

impl Case {
    /// Rotation functions that can't be invoked.
    pub(super) fn missing_functions(&self) -> BTreeSet<String> {
        let setting = self.scenario.as_ref().map(|scenario| &scenario.setting);
        setting.map(|setting| setting.missing_functions.clone()).unwrap_or_default()
    }
}

/// Reads the scenarios, and tells their mistakes.
pub(super) fn read(source: &Source<'_>, terminal: &Terminal) -> Result<Vec<Case>, Ends> {
    let options = input::Options {
        filter: source.filter,
        assume: source.assume,
        show_values: source.show_values,
        stores: false,
    };
    let mut cases = Vec::new();
    if source.paths.is_empty() && source.library {
        for file in library::files() {
            let parsed = input::read(Path::new(&file.path), file.text, options);
            if let Parsed::Scenario(scenario) = parsed {
                cases.push(Case::of(file.path, scenario));
            }
        }
    }
    let mut all_read = true;
    for path in files::find(source.paths)?.files {
        let (text, parsed) = input::parse(&path, options)?;
        let path = path.to_string_lossy();
        match parsed {
            Parsed::Scenario(scenario) => cases.push(Case::of(path.into_owned(), scenario)),
            Parsed::Skipped => {}
            Parsed::Mistaken(mistakes) => {
                let colored = terminal.paint_err() == Paint::Color;
                Terminal::aside(&mistake::render(&path, &text, &mistakes, colored));
                all_read = false;
            }
        }
    }
    match () {
        () if !all_read => Err(Ends::Silent),
        () if cases.is_empty() && source.library => {
            Err(Ends::Told("there is no scenario to play".to_owned()))
        }
        () => Ok(cases),
    }
}

/// The assumption of that name.
pub(super) fn known(id: &str) -> Result<&'static Assumption, Ends> {
    TABLE.iter().find(|it| it.id == id).ok_or_else(|| {
        let near = suggest(id, TABLE.iter().map(|it| it.id));
        let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        Ends::Told(format!("unknown assumption `{id}`{hint}"))
    })
}

/// The cases that ask for an assumption: the same few calls for each option.
pub(super) fn asking(
    assumption: &'static Assumption,
    endpoint: &HttpEndpoint,
) -> Result<Vec<Case>, Ends> {
    let id = assumption.id;
    let options = input::Options { filter: None, assume: &[], show_values: false, stores: false };
    let library = library::files().into_iter().filter_map(|file| {
        match input::read(Path::new(&file.path), file.text, options) {
            Parsed::Scenario(scenario) => Some(Case::of(file.path, scenario)),
            Parsed::Skipped | Parsed::Mistaken(_) => None,
        }
    });
    let library: Vec<_> = library.collect();
    let asked_with = |abilities: &Abilities| {
        let fitting = library.iter().filter_map(|case| {
            let scenario = case.scenario.as_deref()?;
            let fits = unfit(scenario, &case.trace, abilities, 0).is_none();
            fits.then_some((scenario, &case.trace))
        });
        question(assumption, fitting)
    };
    let abilities = endpoint.abilities();
    let question = asked_with(abilities).ok_or_else(|| {
        let with_function = Abilities { function: Some(FUNCTION.to_owned()), ..abilities.clone() };
        let time = Time::ByItself { patience: Span::days(1) };
        let with_both = Abilities { time, ..with_function.clone() };
        let help = match () {
            () if asked_with(&with_function).is_some() => {
                "name a rotation function that exists there and does nothing, with --function-arn".to_owned()
            }
            () if asked_with(&with_both).is_some() => {
                "let it wait with --patience, and name a rotation function that exists there with --function-arn"
                    .to_owned()
            }
            () => format!("it would be settled by: {}", assumption.settled_by),
        };
        Ends::Told(format!(
            "no calls that can be made there tell the options of `{id}` apart; {help}"
        ))
    })?;
    let of_option = |(option, trace): (&'static str, Trace)| Case {
        path: format!("{id}={option}"),
        title: assumption.question.to_owned(),
        scenario: None,
        trace,
        names: Vec::new(),
        asks: Some(Asked { assumption, option }),
        calls: None,
    };
    Ok(question.options.into_iter().map(of_option).collect())
}

/// Why a case can't be played, if it can't.
pub(super) fn misfit(
    case: &Case,
    endpoint: &HttpEndpoint,
    prefix: &str,
    assume: &[(String, String)],
) -> Option<&'static str> {
    let scenario = case.scenario.as_deref()?;
    let is_given = |id: &str| assume.iter().any(|(given, _)| given == id);
    if scenario.setting.assume.chosen().any(|(id, _)| !is_given(id)) {
        return Some("it takes unknown behavior to be otherwise (--assume)");
    }
    // Room for the number of the case too.
    unfit(scenario, &case.trace, endpoint.abilities(), prefix.len().saturating_add(8))
}
