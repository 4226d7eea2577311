//! What a written story says of its property, and how a run shows that it is broken.

use serde_json::json;

use crate::property::own::OwnKind;
use crate::property::{Property, PropertyName, When};
use crate::scenario::Scenario;
use crate::yaml::{flow, scalar};

/// Said of a story that goes on with a retry after which all is as it was.
const LEADS_NOWHERE: &str =
    " Here the last steps are a retry, after which all is as it was before.";
/// Said of a story that goes on beyond what it is about.
const GOES_ON_WELL: &str =
    " The waits are as long as it can take; the story goes on until nothing is left to do.";

/// How a run shows that a property is broken.
pub(super) struct Claim {
    /// The lines that say which property it is about.
    pub(super) lines: String,
    /// Whether the end is where nothing is left to do.
    pub(super) rests: bool,
    /// Whether it goes on with what retries alone do, and what is to be said of that.
    pub(super) goes_on: Option<&'static str>,
    /// Whether a run can show it at all.
    pub(super) shows: bool,
}

impl Claim {
    pub(super) fn of(property: &PropertyName, scenario: &Scenario, text: &str) -> Self {
        let own = |stated: &str, name: &str| {
            format!("check: []\nproperties:\n  - {stated}\nbreaks: [{}]\n", scalar(name))
        };
        match property {
            PropertyName::Known(Property::RotationRecovers) => {
                let name = "the-rotation-ends";
                let stated = json!({ "name": name, "eventually": "!rotation.running" });
                let lines = own(&flow(&stated), name);
                Self { lines, rests: false, goes_on: Some(LEADS_NOWHERE), shows: true }
            }
            PropertyName::Known(known @ Property::ClientGapBounded) => Self {
                lines: format!("{}{}", scenario.client_line(text), judged_by(*known)),
                rests: true,
                goes_on: Some(GOES_ON_WELL),
                shows: true,
            },
            PropertyName::Known(known) if known.is_of_traces() => Self {
                lines: judged_by(*known),
                rests: known.when() == When::AtRest,
                goes_on: None,
                shows: true,
            },
            PropertyName::Known(_) => {
                Self { lines: "check: []\n".to_owned(), rests: false, goes_on: None, shows: false }
            }
            PropertyName::Own { name, .. } => {
                let kind = scenario.own.iter().find(|it| it.name == *property).map(|it| it.kind);
                let stated = scenario.own_property(text, name).unwrap_or_default();
                Self {
                    lines: own(&stated, name),
                    rests: kind == Some(OwnKind::AtRest),
                    goes_on: (kind == Some(OwnKind::Eventually)).then_some(LEADS_NOWHERE),
                    shows: true,
                }
            }
        }
    }
}

/// The lines that judge by one property, and have it broken.
fn judged_by(property: Property) -> String {
    format!("check: [{property}]\nbreaks: [{property}]\n")
}
