//! What has happened, as far as it is kept: the last steps in memory, all of them in a file, and every violation told.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::sync::Arc;

use serde_json::{Value, json};

use super::log::tell;
use crate::property::{Judge, Property};
use crate::report::{SCHEMA_VERSION, step_json};
use crate::service::SecretView;
use crate::world::{Trace, TraceStep};

/// Steps that are kept in memory.
pub(super) const KEPT: usize = 10_000;

/// The record of a run.
#[derive(Debug)]
pub(super) struct Record {
    /// The last steps, each with the view of its secret alone.
    kept: VecDeque<TraceStep>,
    /// How many steps there were.
    steps: usize,
    violations: u64,
    /// Whether all of it happened in an earlier process, which told about it.
    is_past: bool,
    judge: Judge,
    properties: Vec<Property>,
    file: Option<BufWriter<File>>,
    show_values: bool,
}

impl Record {
    /// An empty record.
    pub(super) fn new(show_values: bool) -> Self {
        Self {
            kept: VecDeque::new(),
            steps: 0,
            violations: 0,
            is_past: true,
            judge: Judge::default(),
            properties: Property::of_traces().collect(),
            file: None,
            show_values,
        }
    }

    /// What comes from now on happens now, and is written to a file as well, if one is given.
    pub(super) fn begin(&mut self, file: Option<File>) {
        self.is_past = false;
        self.file = file.map(BufWriter::new);
    }

    /// Takes and judges the steps of a trace, which is left without.
    pub(super) fn take(&mut self, trace: &mut Trace) {
        let steps = std::mem::take(&mut trace.steps);
        let Some(last) = steps.last().map(|step| Arc::clone(&step.after)) else { return };
        let mut before = Arc::clone(&trace.given);
        for step in steps {
            self.steps = self.steps.saturating_add(1);
            self.judge.follow(&trace.assume, &before, &step, &self.properties);
            before = Arc::clone(&step.after);
            self.tell_violations();
            let views: Vec<_> =
                step.after.iter().filter(|view| is_about(&step, view)).cloned().collect();
            let step = TraceStep { after: views.into(), ..step };
            if self.file.is_some() {
                let told = step_json(&step, self.steps, self.show_values);
                if let Err(error) = self.write(&told) {
                    tell(&format!("the trace can't be written, and is no longer: {error}"));
                    self.file = None;
                }
            }
            if self.kept.len() >= KEPT {
                self.kept.pop_front();
            }
            self.kept.push_back(step);
        }
        self.judge.forget(&last);
    }

    fn write(&mut self, told: &Value) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        writeln!(file, "{told}")?;
        file.flush()
    }

    /// Tells what doesn't hold after the last step.
    fn tell_violations(&mut self) {
        let judgment = self.judge.take();
        for violation in judgment.violations.into_iter().filter(|_| !self.is_past) {
            self.violations = self.violations.saturating_add(1);
            let (property, secret) = (violation.property, &violation.secret);
            let (step, message) = (self.steps, &violation.message);
            tell(&format!("violation of {property} by step {step} on {secret}: {message}"));
        }
    }

    /// What follows doesn't follow from what was before.
    pub(super) fn begin_anew(&mut self) {
        self.judge = Judge::default();
    }

    /// The steps that are kept, from that number on.
    pub(super) fn since(&self, since: u64) -> Value {
        let first = self.steps.saturating_sub(self.kept.len()).saturating_add(1);
        let since = usize::try_from(since).unwrap_or(usize::MAX);
        let steps = self.kept.iter().zip(first..).filter(|(_, number)| *number >= since);
        let told: Vec<_> =
            steps.map(|(step, number)| step_json(step, number, self.show_values)).collect();
        json!({
            "schema_version": SCHEMA_VERSION,
            "first_kept": first,
            "steps": self.steps,
            "violations": self.violations,
            "trace": told,
        })
    }

    /// How many steps there were.
    pub(super) const fn steps(&self) -> usize {
        self.steps
    }

    /// How many violations there were.
    pub(super) const fn violations(&self) -> u64 {
        self.violations
    }
}

/// Whether a step is about that secret.
fn is_about(step: &TraceStep, view: &SecretView) -> bool {
    step.secret.as_ref() == Some(&view.arn)
}
