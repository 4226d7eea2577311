//! `JUnit` XML: one test case for each scenario or run.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

/// What `JUnit` is to tell of one case.
#[derive(Clone, Debug)]
pub struct Case {
    /// The file, or what it is about.
    path: String,
    /// The title of the scenario, or the file again if it could not be read.
    name: String,
    status: TestCaseStatus,
}

impl Case {
    /// A case that passed, or that failed: why, in a few words and at length.
    pub fn new(path: String, name: String, failure: Option<(String, String)>) -> Self {
        let status = failure.map_or_else(TestCaseStatus::success, |(why, text)| {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(why);
            status.set_description(text);
            status
        });
        Self { path, name, status }
    }

    /// A case that says nothing, and why.
    pub fn skipped(path: String, name: String, why: &str) -> Self {
        let mut status = TestCaseStatus::skipped();
        status.set_message(why);
        Self { path, name, status }
    }
}

/// The report of a command, on what it calls its cases.
///
/// # Errors
/// What can't be written as XML.
pub fn junit(
    command: &str,
    what: &str,
    cases: impl IntoIterator<Item = Case>,
) -> Result<String, quick_junit::SerializeError> {
    let mut suite = TestSuite::new(what);
    for Case { path, name, status } in cases {
        let mut test_case = TestCase::new(name, status);
        test_case.set_classname(path);
        suite.add_test_case(test_case);
    }
    let mut report = Report::new(format!("stagewright {command}"));
    report.add_test_suite(suite);
    report.to_string()
}
