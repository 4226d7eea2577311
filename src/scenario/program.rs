//! Reads rotation functions from YAML and compiles them into tables.

mod build;
mod call;
mod format;
mod names;
mod statement;

use std::sync::{Arc, LazyLock, OnceLock};

use super::check::drafts::Drafts;
use crate::library::{self, LibraryFile};
use crate::mistake::Mistake;
use crate::program::{Program, Strategy};
use crate::yaml;

use statement::Reader;

pub(super) use call::VERBS;
pub(super) use format::Strategy as StrategyFile;

/// The rotation functions of the library, each compiled when it is first asked for.
static BUILTIN: LazyLock<Vec<(LibraryFile, OnceLock<Arc<Program>>)>> =
    LazyLock::new(|| library::programs().into_iter().map(|it| (it, OnceLock::new())).collect());

impl Program {
    /// Reads and compiles a program file; all mistakes at once if there are any.
    pub fn read(text: &str) -> Result<Self, Vec<Mistake>> {
        let (file, mut mistakes) = match yaml::read_rest::<format::File>(text) {
            Ok(file) => (file, Vec::new()),
            Err(yaml::Unread { mistakes, rest: Some(file) }) => (file, mistakes),
            Err(yaml::Unread { mistakes, rest: None }) => return Err(mistakes),
        };
        let mut drafts = Drafts::default();
        let program = Reader::compile(&file, &mut drafts);
        for mistake in drafts.into_mistakes(text) {
            // What stands before every step is read for each, and what is said of a statement as a whole only follows
            // from a key that is wrong in it.
            let known = |it: &Mistake| {
                let is_same = it.span == mistake.span && it.message == mistake.message;
                let contains =
                    mistake.span.start <= it.span.start && it.span.end <= mistake.span.end;
                is_same || (contains && it.span != mistake.span)
            };
            if !mistakes.iter().any(known) {
                mistakes.push(mistake);
            }
        }
        mistakes.sort_by_key(|mistake| mistake.span.start);
        if mistakes.is_empty() { Ok(program) } else { Err(mistakes) }
    }

    /// The embedded program of that name, such as `template`.
    pub fn builtin(name: &str) -> Option<Arc<Self>> {
        let (file, compiled) =
            BUILTIN.iter().find(|(file, _)| file.builtin_name() == Some(name))?;
        if let Some(program) = compiled.get() {
            return Some(Arc::clone(program));
        }
        let program = Arc::new(Self::read(file.text).ok()?);
        Some(Arc::clone(compiled.get_or_init(|| program)))
    }

    /// The names of the embedded programs.
    pub fn builtin_names() -> impl Iterator<Item = &'static str> + Clone {
        BUILTIN.iter().filter_map(|(file, _)| file.builtin_name())
    }
}

/// The JSON Schema of a program file, for editors.
pub fn schema() -> serde_json::Value {
    format::schema()
}

impl From<format::Strategy> for Strategy {
    fn from(strategy: format::Strategy) -> Self {
        match strategy {
            format::Strategy::SingleUser => Self::SingleUser,
            format::Strategy::AlternatingUsers => Self::AlternatingUsers,
            format::Strategy::Tokens => Self::Tokens,
        }
    }
}
