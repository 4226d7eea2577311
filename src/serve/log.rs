//! What is told on stderr while the server runs: never a secret value.

use std::io::{self, Write as _};

/// Tells one thing in one line. If nobody can read it, nothing is lost.
pub fn tell(text: &str) {
    let line = format!("{}\n", text.replace('\n', " "));
    drop(io::stderr().lock().write_all(line.as_bytes()));
}
