//! `stagewright run --all-assumptions`.

use std::io;

use rayon::prelude::*;

use super::input::{Content, Input};
use super::{ExitStatus, Format, RunArgs, Terminal};
use crate::mistake;
use crate::report::{self, Case, Paint, Varied};
use crate::variation::{Variations, vary};

/// Tells what each scenario depends on.
pub(super) fn run(args: &RunArgs, terminal: &Terminal, inputs: &[Input]) -> io::Result<ExitStatus> {
    let all: Vec<Option<Variations>> = inputs
        .par_iter()
        .map(|input| match &input.content {
            Content::Played(file) => Some(vary(&file.scenario)),
            Content::Skipped | Content::Mistaken { .. } => None,
        })
        .collect();
    let paint = terminal.paint();
    let mut told = String::new();
    let (mut values, mut cases) = (Vec::new(), Vec::new());
    let mut mistaken = false;
    for (input, variations) in inputs.iter().zip(&all) {
        let path = input.path.to_string_lossy();
        match &input.content {
            Content::Skipped => {}
            Content::Mistaken { text, mistakes } => {
                mistaken = true;
                let colored = terminal.paint_err() == Paint::Color;
                Terminal::aside(&mistake::render(&path, text, mistakes, colored));
            }
            Content::Played(file) => {
                let Some(variations) = variations else { continue };
                let scenario = &file.scenario;
                let show_values = args.show_values;
                let varied = Varied { path: &path, scenario, variations, show_values };
                match args.asked.format {
                    Format::Text
                        if args.quiet && variations.holds() && variations.is_complete() => {}
                    Format::Text => {
                        told.push_str(&report::varied(varied, paint));
                        told.push('\n');
                    }
                    Format::Json => values.push(report::varied_json(varied)),
                    Format::Junit => {
                        let failure = (!variations.holds()).then(|| {
                            let why = "it doesn't pass under all assumptions".to_owned();
                            (why, report::varied(varied, Paint::Plain))
                        });
                        let name = scenario.title.clone();
                        cases.push(Case::new(path.into_owned(), name, failure));
                    }
                }
            }
        }
    }
    let varied: Vec<&Variations> = all.iter().flatten().collect();
    match args.asked.format {
        Format::Text => {
            told.push_str(&report::varied_summary(&varied, paint));
            Terminal::answer(&told)?;
        }
        Format::Json => {
            Terminal::answer(&format!("{:#}\n", report::all_varied_json(&values)))?;
        }
        Format::Junit => {
            let report = report::junit("run", "scenarios", cases).map_err(io::Error::other)?;
            Terminal::answer(&report)?;
        }
    }
    Ok(match () {
        () if mistaken => ExitStatus::BadInput,
        () if varied.iter().any(|variations| !variations.holds()) => ExitStatus::Violated,
        () if varied.iter().any(|variations| !variations.is_complete()) => ExitStatus::BoundReached,
        () => ExitStatus::Holds,
    })
}
