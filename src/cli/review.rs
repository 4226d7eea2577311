//! `--review`: asks about each snapshot that is new or differs.

use std::io::{self, BufRead as _};

use super::Terminal;
use crate::report::Paint;
use crate::snapshot;

/// What the user decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// Store the new snapshot.
    Accept,
    /// Keep the stored one; the difference stays a failure.
    Skip,
    /// Skip this one and all that follow.
    Quit,
}

/// Shows one snapshot and asks. The end of the input counts as quitting.
pub(super) fn ask(
    path: &str,
    stored: Option<&str>,
    canonical: &str,
    paint: Paint,
) -> io::Result<Decision> {
    let (what, shown) = match stored {
        Some(stored) => ("differs", snapshot::diff(stored, canonical, paint)),
        None => ("is new", canonical.to_owned()),
    };
    // The dialog is not the answer: that may go to a file.
    Terminal::aside(&format!("\nsnapshot of {path} {what}:\n\n{shown}\n"));
    let mut input = io::stdin().lock();
    loop {
        Terminal::aside("accept (a), skip (s) or quit (q)? ");
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 {
            return Ok(Decision::Quit);
        }
        match line.trim() {
            "a" | "accept" | "y" | "yes" => return Ok(Decision::Accept),
            "s" | "skip" | "n" | "no" => return Ok(Decision::Skip),
            "q" | "quit" => return Ok(Decision::Quit),
            _ => {}
        }
    }
}
