//! `--graph`: the states that were reached, written to a file.
#![expect(clippy::disallowed_methods, reason = "I/O boundary: writes the graph")]

use std::fs;
use std::io;
use std::path::Path;

use crate::report::{Drawing, Explored, GraphForm};

/// The form of a graph file, by its ending.
///
/// # Errors
///
/// What to say, if it has another one.
pub(super) fn form(path: &Path) -> Result<GraphForm, String> {
    let ending = path.extension().map(|it| it.to_string_lossy().to_lowercase());
    ending.as_deref().and_then(GraphForm::of_ending).ok_or_else(|| {
        format!(
            "`--graph {}` doesn't tell the form of the graph; end the name in .dot (Graphviz), .mmd (Mermaid) or .json",
            path.display()
        )
    })
}

/// Writes the graph, and says so in a line.
pub(super) fn write<const W: usize>(
    told: &Explored<'_, W>,
    path: &Path,
    form: GraphForm,
    states_max: usize,
) -> io::Result<String> {
    let drawing = Drawing::of(told, states_max);
    fs::write(path, drawing.write(form, told.title)).map_err(|error| {
        io::Error::new(error.kind(), format!("failed to write `{}`: {error}", path.display()))
    })?;
    let drawn = drawing.drawn();
    let mut line = format!("graph: {} ({drawn} states)", path.display());
    if drawing.is_partial() {
        line = format!(
            "graph: {} (the first {drawn} of {} states; `--graph-states` draws more)",
            path.display(),
            told.found.states
        );
    }
    Ok(line)
}
