//! `JUnit` XML: one test case for each scenario.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{Paint, Told, table};

/// What `JUnit` is to tell of one file.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The file.
    pub path: &'a str,
    /// The scenario, if the file could be read.
    pub told: Option<Told<'a>>,
    /// Why the case failed beside what the run itself says: mistakes in the file, a snapshot that differs.
    pub failure: Option<&'a str>,
}

/// The report of a run.
pub fn junit(cases: &[Case<'_>]) -> Result<String, quick_junit::SerializeError> {
    let mut suite = TestSuite::new("scenarios");
    for case in cases {
        let passed = case.failure.is_none() && case.told.is_some_and(|told| told.played.passed());
        let mut status = TestCaseStatus::success();
        if !passed {
            status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let text = case.told.map(|told| table::played(told, Paint::Plain)).unwrap_or_default();
            status.set_message(case.failure.unwrap_or("the scenario fails").to_owned());
            status.set_description(text);
        }
        let name = case.told.map_or(case.path, |told| told.scenario.title.as_str());
        let mut test_case = TestCase::new(name.to_owned(), status);
        test_case.set_classname(case.path.to_owned());
        suite.add_test_case(test_case);
    }
    let mut report = Report::new("stagewright run");
    report.add_test_suite(suite);
    report.to_string()
}
