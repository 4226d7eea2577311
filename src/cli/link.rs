//! Finds the program that a scenario names: in the library, or in a file beside the scenario.
#![expect(clippy::disallowed_methods, reason = "I/O boundary: reads programs")]

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::library;
use crate::mistake::{self, listed, suggest};
use crate::scenario::{Scenario, program};

/// Gives a scenario its rotation function. `Ok(Err(message))`: there is none, or it has mistakes.
pub(super) fn link(
    scenario: &mut Scenario,
    path: &Path,
    colored: bool,
) -> io::Result<Result<(), String>> {
    let Some(name) = scenario.program_name().map(str::to_owned) else { return Ok(Ok(())) };
    let (shown, text) = match name.strip_prefix("builtin:") {
        Some(builtin) => match library::program(builtin) {
            Some(file) => (file.path, file.text.to_owned()),
            None => return Ok(Err(unknown(path, builtin))),
        },
        None => {
            let file = path.parent().unwrap_or(Path::new("")).join(&name);
            match fs::read_to_string(&file) {
                Ok(text) => (file.to_string_lossy().into_owned(), text),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return Ok(Err(format!(
                        "error: {}: there is no program `{}`\n",
                        path.display(),
                        file.display()
                    )));
                }
                Err(error) => {
                    let message = format!("failed to read `{}`: {error}", file.display());
                    return Err(io::Error::new(error.kind(), message));
                }
            }
        }
    };
    match program::read(&text) {
        Ok(program) => {
            scenario.link(Arc::new(program));
            Ok(Ok(()))
        }
        Err(mistakes) => Ok(Err(mistake::render(&shown, &text, &mistakes, colored))),
    }
}

fn unknown(path: &Path, builtin: &str) -> String {
    let names = library::programs();
    let names = || names.iter().map(String::as_str);
    let help = match suggest(builtin, names()) {
        Some(near) => format!("did you mean `builtin:{near}`?"),
        None => format!("there are {}", listed(names(), 30)),
    };
    format!("error: {}: no program `builtin:{builtin}` comes along; {help}\n", path.display())
}
