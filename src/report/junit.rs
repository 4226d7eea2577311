//! `JUnit` XML: one test case for each scenario.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

/// What `JUnit` is to tell of one file.
#[derive(Clone, Debug)]
pub struct Case {
    /// The file.
    pub path: String,
    /// The title of the scenario, or the file again if it could not be read.
    pub name: String,
    /// If it failed, why: in a few words, and at length.
    pub failure: Option<(String, String)>,
}

/// The report of a run.
pub fn junit(cases: impl IntoIterator<Item = Case>) -> Result<String, quick_junit::SerializeError> {
    let mut suite = TestSuite::new("scenarios");
    for case in cases {
        let mut status = TestCaseStatus::success();
        if let Some((why, text)) = case.failure {
            status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(why);
            status.set_description(text);
        }
        let mut test_case = TestCase::new(case.name, status);
        test_case.set_classname(case.path);
        suite.add_test_case(test_case);
    }
    let mut report = Report::new("stagewright run");
    report.add_test_suite(suite);
    report.to_string()
}
