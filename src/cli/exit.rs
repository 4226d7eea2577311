//! The exit status, which scripts rely on.

use std::io;
use std::process::ExitCode;

/// What the exit statuses mean, for `--help`.
pub(super) const HELP: &str = "\
Exit status:
  0  all holds
  1  something is violated or differs
  2  bad input or usage
  3  a bound was reached, so the answer is incomplete
  4  input or output failed";

/// How the command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExitStatus {
    /// 0: all holds.
    Holds,
    /// 1: something is violated or differs.
    Violated,
    /// 3: a bound was reached, so the answer is incomplete.
    BoundReached,
    /// 2: bad input or usage.
    BadInput,
    /// 4: input or output failed.
    IoFailed,
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(match status {
            ExitStatus::Holds => 0,
            ExitStatus::Violated => 1,
            ExitStatus::BadInput => 2,
            ExitStatus::BoundReached => 3,
            ExitStatus::IoFailed => 4,
        })
    }
}

/// The status after a failed read or write. A reader that went away (`| head`) has seen enough.
pub(super) fn from_io(error: &io::Error) -> ExitStatus {
    if error.kind() == io::ErrorKind::BrokenPipe { ExitStatus::Holds } else { ExitStatus::IoFailed }
}
