//! What an exploration depends on: the verdicts under different assumptions, side by side.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Paint;
use super::explore::{bound_name, grouped};
use super::table::line;
use super::visible::on_one_line;
use crate::assumption::Assumptions;
use crate::explore::Bound;
use crate::property::PropertyName;
use crate::variation::Choices;

/// An exploration under some assumptions.
#[derive(Clone, Debug)]
pub struct World {
    /// The options that are not the scenario's own.
    pub choices: Choices,
    /// Whether it violates what the file says, and nothing else.
    pub passes: bool,
    /// What is violated, each with the actions of the shortest story; none if it is that something never
    /// happens.
    pub violated: Vec<(PropertyName, Option<usize>)>,
    /// How many states there are.
    pub states: u64,
    /// How many transitions there are.
    pub transitions: u64,
    /// The bound that was reached.
    pub bound: Option<Bound>,
    /// Why nothing could be explored.
    pub error: Option<String>,
}

impl World {
    /// One in which the scenario can't even begin.
    pub fn unexplorable(choices: Choices, error: String) -> Self {
        Self {
            choices,
            passes: false,
            violated: Vec::new(),
            states: 0,
            transitions: 0,
            bound: None,
            error: Some(error),
        }
    }

    /// Whether it can't be told from another one.
    pub fn is_like(&self, other: &Self) -> bool {
        (&self.violated, self.states, self.transitions, &self.error, self.bound)
            == (&other.violated, other.states, other.transitions, &other.error, other.bound)
    }

    /// What is violated in it, without the length of stories.
    fn verdict(&self) -> (Vec<PropertyName>, Option<&str>) {
        let mut broken: Vec<PropertyName> =
            self.violated.iter().map(|(it, _)| it.clone()).collect();
        broken.sort();
        (broken, self.error.as_deref())
    }
}

/// Options that change nothing alone, two at a time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pairs {
    /// How many such pairs were tried.
    pub tried: u64,
    /// How many were not, because they were too much work.
    pub left: u64,
    /// How many transitions all of them together take, about.
    pub transitions: u64,
}

/// An exploration under all combinations of assumptions that it can feel.
#[derive(Clone, Copy, Debug)]
pub struct Surveyed<'a> {
    /// The file, as the user named it.
    pub path: &'a str,
    /// The title of the scenario.
    pub title: &'a str,
    /// What the scenario itself takes to be so.
    pub assume: Assumptions,
    /// The assumptions that change what can be reached.
    pub felt: &'a [&'static str],
    /// The worlds, the scenario's own first.
    pub worlds: &'a [World],
    /// What was tried beyond single options.
    pub pairs: Pairs,
    /// Whether all combinations were explored, each to its end.
    pub complete: bool,
}

impl<'a> Surveyed<'a> {
    /// Whether all is as the file says, in every world that was explored.
    pub fn holds(&self) -> bool {
        self.worlds.iter().all(|world| world.passes)
    }

    /// The worlds in which something else is violated than in the scenario's own, without those whose choices contain
    /// the choices of another one.
    fn depends(&self) -> Vec<&'a World> {
        let Some((own, others)) = self.worlds.split_first() else { return Vec::new() };
        let mut smallest: Vec<&World> = Vec::new();
        for world in others {
            let is_more = smallest
                .iter()
                .any(|small| small.choices.iter().all(|it| world.choices.contains(it)));
            // A world that a bound cut short says nothing about what it doesn't violate.
            if world.verdict() != own.verdict() && world.bound.is_none() && !is_more {
                smallest.push(world);
            }
        }
        smallest
    }

    /// The options that the scenario has where a world has others, and those that the world has.
    fn options(&self, choices: &Choices) -> [String; 2] {
        let own = choices.iter().map(|(id, _)| {
            let option = self.assume.options().find(|(known, _)| known == id);
            format!("{id}={}", option.map(|(_, option)| option).unwrap_or_default())
        });
        let other = choices.iter().map(|(id, option)| format!("{id}={option}"));
        [own.collect::<Vec<_>>().join(" "), other.collect::<Vec<_>>().join(" ")]
    }
}

/// The verdict, for people.
pub fn surveyed(told: &Surveyed<'_>, paint: Paint) -> String {
    let Some(own) = told.worlds.first() else { return String::new() };
    let depends = told.depends();
    let mark = match (told.holds(), told.complete) {
        (false, _) => paint.bad("✗"),
        (true, false) => paint.warn("?"),
        (true, true) => paint.good("✓"),
    };
    let title = paint.bold(on_one_line(told.title));
    let mut text = format!("{mark} {title}  {}\n", paint.dim(on_one_line(told.path)));
    let over = match (told.felt, told.worlds.len()) {
        ([], _) => "it feels no open assumption".to_owned(),
        (ids, count) => format!("{count} combinations of {}", ids.join(", ")),
    };
    let verdict = match (depends.is_empty(), told.holds(), told.complete) {
        (true, true, true) => "holds under all".to_owned(),
        (true, true, false) => "holds as far as was explored".to_owned(),
        (true, false, true) => "fails under all".to_owned(),
        (true, false, false) => "fails as far as was explored".to_owned(),
        (false, ..) => {
            let mut sets: Vec<String> = depends.iter().map(|world| ids(&world.choices)).collect();
            sets.dedup();
            format!("depends on {}", sets.join(", or on "))
        }
    };
    line(&mut text, "  ", &format!("{verdict}: {over}"));
    if !told.complete {
        let warning = "bound reached: not every combination was explored to its end";
        let _ = writeln!(text, "  {}", paint.warn(warning));
    }
    if told.pairs.left > 0 {
        let left = format!(
            "not tried: {} pairs of options that change nothing alone, about {} transitions; --pairs tries them",
            grouped(told.pairs.left),
            grouped(told.pairs.transitions)
        );
        line(&mut text, "  ", &left);
    }
    if depends.is_empty() {
        row(&mut text, "as it stands", own, paint);
    }
    for world in depends {
        let [mine, other] = told.options(&world.choices);
        text.push('\n');
        row(&mut text, &mine, own, paint);
        row(&mut text, &other, world, paint);
        let assume: Vec<_> =
            world.choices.iter().map(|(id, option)| format!(" --assume '{id}={option}'")).collect();
        let _ = writeln!(text, "    replay: stagewright explore{} {}", assume.concat(), told.path);
    }
    text
}

/// One side of a comparison.
fn row(text: &mut String, name: &str, world: &World, paint: Paint) {
    let _ = writeln!(text, "    {}", paint.bold(name));
    let mut told = match (&world.error, world.violated.as_slice()) {
        (Some(error), _) => format!("can't be explored: {error}"),
        (None, []) => format!("{} states, all holds", grouped(world.states)),
        (None, violated) => {
            let stories = violated.iter().map(|(it, actions)| match actions {
                None => format!("{}, which never happens", it.id()),
                Some(1) => format!("{} after 1 action", it.id()),
                Some(actions) => format!("{} after {actions} actions", it.id()),
            });
            let stories = stories.collect::<Vec<_>>().join(", ");
            format!("{} states, violated: {stories}", grouped(world.states))
        }
    };
    if let Some(bound) = world.bound {
        let _ = write!(told, "; bound reached ({})", bound_name(bound));
    }
    line(text, "      ", &told);
}

/// The assumptions of some choices.
fn ids(choices: &Choices) -> String {
    let ids: Vec<_> = choices.iter().map(|(id, _)| format!("`{id}`")).collect();
    ids.join(" with ")
}

/// The verdict, for programs.
pub fn surveyed_json(told: &Surveyed<'_>) -> Value {
    let choices = |choices: &Choices| -> Vec<Value> {
        choices.iter().map(|(id, option)| json!({ "id": id, "option": option })).collect()
    };
    let worlds = told.worlds.iter().map(|world| {
        json!({
            "choices": choices(&world.choices),
            "passes": world.passes,
            "violated": world.violated.iter().map(|(property, actions)| {
                json!({ "property": property.id(), "actions": actions })
            }).collect::<Vec<_>>(),
            "states": world.states,
            "transitions": world.transitions,
            "bound": world.bound.map(bound_name),
            "error": world.error,
        })
    });
    let depends = told.depends().into_iter().map(|world| choices(&world.choices));
    json!({
        "path": told.path,
        "title": told.title,
        "holds_under_all": told.holds() && told.complete,
        "complete": told.complete,
        "felt": told.felt,
        "pairs_tried": told.pairs.tried,
        "pairs_left": told.pairs.left,
        "depends_on": depends.collect::<Vec<_>>(),
        "combinations": worlds.collect::<Vec<_>>(),
    })
}
