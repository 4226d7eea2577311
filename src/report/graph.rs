//! The graph of the states that were reached, as DOT, Mermaid or JSON.

use std::fmt::Write as _;

use petgraph::visit::{EdgeRef as _, IntoNodeReferences as _};
use serde_json::{Value, json};

use super::SCHEMA_VERSION;
use super::explore::Explored;
use super::scene::{what, who};
use crate::explore::{Space as _, StateGraph, graph};

/// States that are drawn if nobody says how many. More than that nobody reads.
pub const STATES_DRAWN: usize = 2_000;

/// A form in which a graph can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GraphForm {
    /// The language of Graphviz.
    Dot,
    /// Mermaid, which forges and editors draw.
    Mermaid,
    /// JSON, with a schema version.
    Json,
}

impl GraphForm {
    /// The form that goes with the ending of a file's name.
    pub fn of_ending(ending: &str) -> Option<Self> {
        match ending {
            "dot" => Some(Self::Dot),
            "mmd" => Some(Self::Mermaid),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// A state, as it is drawn.
#[derive(Debug)]
struct Node {
    depth: u32,
    labels: Vec<(String, String)>,
    accepted: Option<Vec<String>>,
    broken: Vec<String>,
    at_rest: bool,
}

/// What happens between two states.
#[derive(Debug)]
struct Edge {
    who: String,
    what: String,
    broken: Vec<String>,
}

/// A graph that can be written.
#[derive(Debug)]
pub struct Drawing {
    graph: StateGraph<Node, Edge>,
    states: u64,
}

impl Drawing {
    /// Draws the first `states_max` states that were reached, nearest first.
    pub fn of<const W: usize>(told: &Explored<'_, W>, states_max: usize) -> Self {
        let model = told.model;
        let ids = |set: crate::explore::PropertySet| -> Vec<String> {
            let named = set.iter().filter_map(|it| model.property(it));
            named.map(|property| property.id().to_owned()).collect()
        };
        let node = |state, depth| {
            let glance = model.glance(state);
            let labels = glance.labels.iter();
            Node {
                depth,
                labels: labels
                    .map(|(label, version)| {
                        (model.label_name(*label).to_string(), told.version(*version))
                    })
                    .collect(),
                accepted: model.setting().target.map(|_| {
                    glance.accepted.iter().map(|version| told.version(*version)).collect()
                }),
                broken: ids(model.judge(state).broken),
                at_rest: glance.is_at_rest,
            }
        };
        let edge = |from, it: crate::explore::Successor<_>| {
            let scene = model.tell_one(from, it.action, it.state);
            Edge {
                who: scene.as_ref().map(who).unwrap_or_default(),
                what: scene.as_ref().map(|scene| what(told, scene)).unwrap_or_default(),
                broken: ids(it.broken),
            }
        };
        let graph = graph(model, &told.found.reached, states_max, node, edge, || true);
        Self { graph, states: told.found.states }
    }

    /// How many states are drawn.
    pub fn drawn(&self) -> usize {
        self.graph.graph.node_count()
    }

    /// Whether states were left out.
    pub fn is_partial(&self) -> bool {
        self.graph.is_partial
    }

    /// Writes it.
    pub fn write(&self, form: GraphForm, title: &str) -> String {
        match form {
            GraphForm::Dot => self.dot(title),
            GraphForm::Mermaid => self.mermaid(title),
            GraphForm::Json => format!("{:#}\n", self.json(title)),
        }
    }

    /// What to say of states that were left out.
    fn remark(&self) -> Option<String> {
        let drawn = self.drawn();
        self.is_partial().then(|| format!("the first {drawn} of {} states", self.states))
    }

    fn dot(&self, title: &str) -> String {
        let mut text = String::from("digraph states {\n");
        let title = match self.remark() {
            Some(remark) => format!("{title} ({remark})"),
            None => title.to_owned(),
        };
        let _ = writeln!(text, "  label=\"{}\";", quoted(&title));
        text.push_str("  node [shape=box, fontname=\"sans-serif\"];\n");
        text.push_str("  edge [fontname=\"sans-serif\", fontsize=10];\n");
        for (index, node) in self.graph.graph.node_references() {
            let style = match node {
                Node { broken, .. } if !broken.is_empty() => ", color=red",
                Node { at_rest: true, .. } => ", peripheries=2",
                Node { .. } => "",
            };
            let lines: Vec<String> = node.lines().iter().map(|line| quoted(line)).collect();
            let _ =
                writeln!(text, "  s{} [label=\"{}\"{style}];", index.index(), lines.join("\\n"));
        }
        for edge in self.graph.graph.edge_references() {
            let style = if edge.weight().broken.is_empty() { "" } else { ", color=red" };
            let _ = writeln!(
                text,
                "  s{} -> s{} [label=\"{}\"{style}];",
                edge.source().index(),
                edge.target().index(),
                quoted(&edge.weight().line())
            );
        }
        text.push_str("}\n");
        text
    }

    fn mermaid(&self, title: &str) -> String {
        let mut text = format!("---\ntitle: {}\n---\nflowchart TD\n", Value::from(title));
        if let Some(remark) = self.remark() {
            let _ = writeln!(text, "  %% {remark}");
        }
        for (index, node) in self.graph.graph.node_references() {
            let class = match node {
                Node { broken, .. } if !broken.is_empty() => ":::broken",
                Node { at_rest: true, .. } => ":::rest",
                Node { .. } => "",
            };
            let lines: Vec<String> = node.lines().iter().map(|line| entities(line)).collect();
            let _ = writeln!(text, "  s{}[\"{}\"]{class}", index.index(), lines.join("<br>"));
        }
        for edge in self.graph.graph.edge_references() {
            let _ = writeln!(
                text,
                "  s{} -->|\"{}\"| s{}",
                edge.source().index(),
                entities(&edge.weight().line()),
                edge.target().index()
            );
        }
        text.push_str("  classDef broken stroke:#c00,stroke-width:3px\n");
        text.push_str("  classDef rest stroke-width:3px\n");
        text
    }

    fn json(&self, title: &str) -> Value {
        let nodes = self.graph.graph.node_references().map(|(index, node)| {
            let labels: serde_json::Map<String, Value> = node
                .labels
                .iter()
                .map(|(label, version)| (label.clone(), Value::from(version.as_str())))
                .collect();
            json!({
                "id": index.index(),
                "depth": node.depth,
                "labels": labels,
                "target_accepts": node.accepted,
                "at_rest": node.at_rest,
                "violated": node.broken,
            })
        });
        let edges = self.graph.graph.edge_references().map(|edge| {
            json!({
                "from": edge.source().index(),
                "to": edge.target().index(),
                "who": edge.weight().who,
                "what": edge.weight().what,
                "violated": edge.weight().broken,
            })
        });
        json!({
            "schema_version": SCHEMA_VERSION,
            "title": title,
            "states": self.states,
            "partial": self.is_partial(),
            "nodes": nodes.collect::<Vec<_>>(),
            "edges": edges.collect::<Vec<_>>(),
        })
    }
}

impl Node {
    /// The state in a few words, line by line.
    fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> =
            self.labels.iter().map(|(label, version)| format!("{label} {version}")).collect();
        match self.accepted.as_deref() {
            None => {}
            Some([]) => lines.push("target accepts none".to_owned()),
            Some(accepted) => lines.push(format!("target accepts {}", accepted.join(", "))),
        }
        if !self.broken.is_empty() {
            lines.push(format!("✗ {}", self.broken.join(", ")));
        }
        lines
    }
}

impl Edge {
    fn line(&self) -> String {
        let mut text = format!("{}: {}", self.who, self.what);
        if !self.broken.is_empty() {
            let _ = write!(text, " ✗ {}", self.broken.join(", "));
        }
        text
    }
}

/// Text between the quotes of DOT.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', " ")
}

/// Text between the quotes of Mermaid, which reads `#NAME;` as a character.
fn entities(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '#' => safe.push_str("#35;"),
            '"' => safe.push_str("#quot;"),
            '<' => safe.push_str("#lt;"),
            '>' => safe.push_str("#gt;"),
            '\n' => safe.push(' '),
            other => safe.push(other),
        }
    }
    safe
}
