//! A path of an exploration, written out as a scenario that plays to the same end.

use std::fmt::Write as _;

use crate::assumption::Assumptions;
use crate::labels::LabelSlot;
use crate::model::{Act, Called, FaultKind, Model, Scene, VersionNumber, Who};
use crate::secret::StagingLabel;
use crate::target::Passing;
use crate::yaml::scalar;

/// What stands before the path in the file.
#[derive(Clone, Copy, Debug)]
pub struct Opening<'a> {
    /// The title.
    pub title: &'a str,
    /// What happens, in a sentence or two.
    pub about: &'a str,
    /// The secret, as its scenario names it.
    pub secret: &'a str,
    /// How unknown behavior is taken to be.
    pub assume: Assumptions,
    /// The steps before the path, as they stand in the file that was explored.
    pub steps: &'a str,
    /// What the versions are called that these steps make.
    pub names: &'a [String],
}

/// Writes a path as a scenario. Calls of the function are made by `lambda`, one by one; what the target is asked stands in
/// remarks.
pub fn scenario_of<const W: usize>(
    opening: Opening<'_>,
    model: &Model<W>,
    scenes: &[Scene],
) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "scenario: {}", scalar(opening.title));
    if !opening.about.is_empty() {
        let _ = writeln!(text, "about: {}", scalar(opening.about));
    }
    let _ = writeln!(text, "secret: {}", scalar(opening.secret));
    let assume: Vec<String> =
        opening.assume.chosen().map(|(id, option)| format!("{id}: {}", scalar(&option))).collect();
    if !assume.is_empty() {
        let _ = writeln!(text, "assume: {{ {} }}", assume.join(", "));
    }
    text.push_str("steps:\n");
    text.push_str(opening.steps);
    let mut writer = Writer { model, names: opening.names, text, remarks: Vec::new(), made: 0 };
    for scene in scenes {
        writer.scene(scene);
    }
    writer.text
}

struct Writer<'a, const W: usize> {
    model: &'a Model<W>,
    names: &'a [String],
    text: String,
    /// What happened since the last step and is no call of the service.
    remarks: Vec<String>,
    /// How many values were stored: no two are the same.
    made: u32,
}

impl<const W: usize> Writer<'_, W> {
    fn scene(&mut self, scene: &Scene) {
        if let Some(remark) = remark(scene) {
            self.remarks.push(remark);
        }
        if scene.act == Act::Clean {
            self.step("wait: 60s", scene, &[]);
            return;
        }
        let hidden = scene.fault.is_some_and(FaultKind::is_before);
        let Some(called) = scene.call.as_ref().filter(|_| !hidden) else { return };
        let by = match &scene.who {
            Who::Function { .. } => Some("lambda".to_owned()),
            Who::Other(name) => Some(name.clone()),
            Who::Operator | Who::Service | Who::Target => None,
        };
        let mut lines = Vec::new();
        let Some(call) = self.call(called, &mut lines) else { return };
        if let Some(by) = by {
            lines.insert(0, format!("by: {}", scalar(&by)));
        }
        if scene.fault == Some(FaultKind::StaleRead) {
            lines.push("stale: true".to_owned());
        }
        self.step(&format!("call: {call}"), scene, &lines);
    }

    /// The operation, with the other lines of the step.
    fn call(&mut self, called: &Called, lines: &mut Vec<String>) -> Option<&'static str> {
        let name = |version: &VersionNumber| self.model.version_name(self.names, *version);
        let mut members: Vec<String> = Vec::new();
        let mut fails = None;
        let call = match called {
            Called::RotateSecret(version) => {
                members.push(
                    "RotationLambdaARN: \"arn:aws:lambda:us-east-1:111111111111:function:rotation\""
                        .to_owned(),
                );
                lines.push(format!("as: {}", name(version)));
                "RotateSecret"
            }
            Called::DescribeSecret => "DescribeSecret",
            Called::GetRandomPassword => "GetRandomPassword",
            Called::GetSecretValue { version, label, fails: error } => {
                members.extend(version.as_ref().map(|it| format!("VersionId: {}", name(it))));
                members.extend(label.map(|it| format!("VersionStage: {}", self.label(it))));
                fails = *error;
                "GetSecretValue"
            }
            Called::PutSecretValue { version, fresh, again, labels, fails: error } => {
                let version = name(version);
                if !*fresh {
                    members.push(format!("ClientRequestToken: {version}"));
                } else if error.is_none() {
                    lines.push(format!("as: {version}"));
                }
                self.made = self.made.saturating_add(1);
                members.push(match again {
                    Some(again) => format!(
                        "SecretString: value of {}",
                        self.model.version_name(self.names, *again)
                    ),
                    None => format!("SecretString: new value {}", self.made),
                });
                if let Some(labels) = labels {
                    let labels: Vec<_> =
                        labels.iter().map(|label| self.label(*label).to_string()).collect();
                    members.push(format!("VersionStages: [{}]", labels.join(", ")));
                }
                fails = *error;
                "PutSecretValue"
            }
            Called::UpdateSecretVersionStage { label, move_to, remove_from, fails: error } => {
                members.push(format!("VersionStage: {}", self.label(*label)));
                members.extend(move_to.as_ref().map(|it| format!("MoveToVersionId: {}", name(it))));
                members.extend(
                    remove_from.as_ref().map(|it| format!("RemoveFromVersionId: {}", name(it))),
                );
                fails = *error;
                "UpdateSecretVersionStage"
            }
            Called::CancelRotateSecret => "CancelRotateSecret",
            Called::DeleteSecret => "DeleteSecret",
            Called::RestoreSecret => "RestoreSecret",
            Called::Target { .. } => return None,
        };
        if !members.is_empty() {
            lines.insert(0, format!("with: {{ {} }}", members.join(", ")));
        }
        lines.extend(fails.map(|code| format!("fails: {code}")));
        Some(call)
    }

    fn label(&self, label: LabelSlot) -> StagingLabel {
        self.model.label_name(label)
    }

    fn step(&mut self, first: &str, scene: &Scene, lines: &[String]) {
        let _ = writeln!(self.text, "  - {first}");
        for line in lines {
            let _ = writeln!(self.text, "    {line}");
        }
        if !self.remarks.is_empty() {
            let _ = writeln!(self.text, "    note: {}", scalar(&self.remarks.join("; ")));
            self.remarks.clear();
        }
        let labels = (0..).zip(&scene.labels).filter(|(_, version)| **version != 0).filter_map(
            |(index, version)| {
                let label = self.label(LabelSlot::from_index(index)?);
                Some(format!("{label}: {}", self.model.version_name(self.names, *version)))
            },
        );
        let labels: Vec<_> = labels.collect();
        let _ = writeln!(self.text, "    labels: {{ {} }}", labels.join(", "));
    }
}

/// What is to be said of an action that is no call of the service.
fn remark(scene: &Scene) -> Option<String> {
    match (scene.act, scene.fault, &scene.call) {
        (Act::Launch { .. }, ..) => Some("the service invokes the function".to_owned()),
        (Act::Pass(Passing::Arrives(..)), ..) => {
            Some("the target has spread what is new".to_owned())
        }
        (Act::Pass(Passing::Ends(..)), ..) => Some("a grace of the target is over".to_owned()),
        (_, Some(FaultKind::KilledBefore), _) => {
            Some("the function is killed before its next call".to_owned())
        }
        (_, Some(FaultKind::KilledAfter), _) => {
            Some("the function is killed after this call".to_owned())
        }
        (_, Some(FaultKind::ErrorBefore), _) => Some("a call of the function fails".to_owned()),
        (_, Some(FaultKind::ErrorAfter), _) => Some("the reply of this call is lost".to_owned()),
        (_, Some(FaultKind::Throttled), _) => Some("the invocation is throttled".to_owned()),
        (_, Some(FaultKind::TimedOutBefore), _) => {
            Some("the function waits for a call that is not done until it times out".to_owned())
        }
        (_, Some(FaultKind::TimedOutAfter), _) => {
            Some("the function never sees the answer to this call: it times out".to_owned())
        }
        (_, Some(FaultKind::StaleRead), _) => {
            Some("this read answers with what was there before the last change".to_owned())
        }
        (_, None, _) => None,
    }
}
