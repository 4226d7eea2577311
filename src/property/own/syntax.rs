//! From the text of an expression to a program, with everything that is wrong with it and where.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "few of the many kinds of nodes mean anything here, and the library may add more"
)]

use std::collections::BTreeSet;
use std::ops::Range;

use cel::common::ast::{
    CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue, SelectExpr,
};
use cel::{ParseError, Program};

use super::{Seen, Undecided, Uses, evaluate};

/// The variables that an expression may use.
pub const VARIABLES: [&str; 4] = ["labels", "versions", "target", "rotation"];
/// What is known of the target.
const TARGET: [&str; 4] = ["accepts", "current_works", "pending_works", "previous_works"];
/// What is known of the rotation.
const ROTATION: [&str; 1] = ["running"];
/// What an expression may call.
const FUNCTIONS: [&str; 10] =
    ["size", "contains", "startsWith", "endsWith", "min", "max", "string", "int", "double", "uint"];
/// What stands for a function and needs no name.
const MACROS: [&str; 4] = ["has", "all", "exists", "exists_one"];

/// What a file has names for.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The labels.
    pub labels: &'a BTreeSet<String>,
    /// The names that steps give to versions.
    pub versions: &'a BTreeSet<String>,
}

/// Something wrong with an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnMistake {
    /// Where, in bytes of the expression.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What the marked text is.
    pub label: &'static str,
    /// A word that isn't known, and those that are.
    pub unknown: Option<(String, Vec<String>)>,
    /// What to do about it.
    pub help: Option<String>,
}

/// Compiles an expression.
pub(super) fn compile(text: &str, known: &Known<'_>) -> Result<(Program, Uses), Vec<OwnMistake>> {
    let program = Program::compile(text).map_err(|wrong| {
        wrong.errors.iter().map(|error| unread(text, error)).take(1).collect::<Vec<_>>()
    })?;
    let mut reader = Reader {
        program: &program,
        text,
        known,
        uses: Uses::default(),
        bound: Vec::new(),
        wrong: Vec::new(),
    };
    reader.read(program.expression());
    let Reader { mut uses, mut wrong, .. } = reader;
    uses.names_versions = !is_invariant(program.expression());
    if wrong.is_empty() {
        wrong.extend(samples(known).iter().find_map(|seen| ill_typed(&program, text, seen)));
    }
    if wrong.is_empty() { Ok((program, uses)) } else { Err(wrong) }
}

/// A mistake of form.
fn unread(text: &str, error: &ParseError) -> OwnMistake {
    let (line, column) = error.pos;
    let before: usize = text
        .split_inclusive('\n')
        .take(usize::try_from(line.saturating_sub(1)).unwrap_or(0))
        .map(str::len)
        .sum();
    let mut start = before.saturating_add(usize::try_from(column.saturating_sub(1)).unwrap_or(0));
    start = start.min(text.len());
    while !text.is_char_boundary(start) {
        start = start.saturating_sub(1);
    }
    let rest = text.get(start..).unwrap_or_default();
    let width = rest.chars().next().map_or(0, char::len_utf8);
    // `=` is what people write for `==`.
    let help = if rest.starts_with('=') && !rest.starts_with("==") {
        "equality is written `==`"
    } else if rest.starts_with(['\'', '"']) {
        "a text ends with the quote that it begins with"
    } else if width == 0 {
        "the expression is not finished"
    } else {
        "an expression looks like `labels.AWSCURRENT != 'v1' && target.current_works`"
    };
    OwnMistake {
        span: start..start.saturating_add(width),
        message: "the expression can't be read".to_owned(),
        label: if width == 0 { "it ends here" } else { "not CEL from here on" },
        unknown: None,
        help: Some(help.to_owned()),
    }
}

/// What could be seen: everything in its own place, and almost nothing.
fn samples(known: &Known<'_>) -> [Seen; 2] {
    let versions: Vec<String> =
        (1..=known.labels.len()).map(|number| format!("v{number}")).collect();
    let labels = known.labels.iter().cloned().zip(versions.iter().cloned()).collect();
    let full = Seen { labels, versions: versions.clone(), accepts: versions, is_rotating: true };
    let scarce = Seen {
        labels: vec![("AWSCURRENT".to_owned(), "v1".to_owned())],
        versions: vec!["v1".to_owned()],
        ..Seen::default()
    };
    [full, scarce]
}

/// Whether the value is no yes or no, whatever is seen.
fn ill_typed(program: &Program, text: &str, seen: &Seen) -> Option<OwnMistake> {
    let message = match evaluate(program, seen) {
        Err(Undecided::NotBoolean(value)) => format!("the expression comes to `{value}`"),
        Err(Undecided::IllTyped(why)) => format!("the expression can't be evaluated: {why}"),
        Ok(_) | Err(Undecided::NoLabel(_) | Undecided::Unnamed | Undecided::Other(_)) => {
            return None;
        }
    };
    let help = "compare something, as in `labels.AWSCURRENT == labels.AWSPENDING`".to_owned();
    let label = "neither `true` nor `false`";
    Some(OwnMistake { span: 0..text.len(), message, label, unknown: None, help: Some(help) })
}

struct Reader<'a> {
    program: &'a Program,
    text: &'a str,
    known: &'a Known<'a>,
    uses: Uses,
    /// Variables of macros.
    bound: Vec<String>,
    wrong: Vec<OwnMistake>,
}

impl Reader<'_> {
    fn read(&mut self, it: &IdedExpr) {
        match &it.expr {
            Expr::Ident(name) => self.variable(it, name),
            Expr::Select(select) => self.select(it, select),
            Expr::Call(call) => self.call(it, call),
            Expr::Comprehension(all) => self.comprehension(it, all),
            Expr::List(list) => list.elements.iter().for_each(|it| self.read(it)),
            Expr::Map(map) => {
                for entry in &map.entries {
                    if let EntryExpr::MapEntry(entry) = &entry.expr {
                        self.read(&entry.key);
                        self.read(&entry.value);
                    }
                }
            }
            Expr::Struct(it_is) => {
                self.unknown(it, &it_is.type_name, "type", &[]);
            }
            Expr::Literal(_) | Expr::Unspecified => {}
        }
    }

    fn variable(&mut self, it: &IdedExpr, name: &str) {
        if self.bound.iter().any(|bound| bound == name) {
            return;
        }
        if !VARIABLES.contains(&name) {
            self.unknown(it, name, "variable", &VARIABLES);
        }
        self.uses.all_labels |= name == "labels";
    }

    fn select(&mut self, it: &IdedExpr, select: &SelectExpr) {
        match &select.operand.expr {
            Expr::Ident(of) if self.is_free(of) => match of.as_str() {
                "labels" => self.label(it, &select.field),
                "target" => self.member(it, &select.field, &TARGET),
                "rotation" => self.member(it, &select.field, &ROTATION),
                _ => self.read(&select.operand),
            },
            _ => self.read(&select.operand),
        }
    }

    fn is_free(&self, name: &str) -> bool {
        !self.bound.iter().any(|bound| bound == name)
    }

    fn member(&mut self, it: &IdedExpr, name: &str, known: &[&str]) {
        if !known.contains(&name) {
            self.unknown(it, name, "member", known);
        }
    }

    fn label(&mut self, it: &IdedExpr, label: &str) {
        self.uses.labels.insert(label.to_owned());
        if !self.known.labels.contains(label) {
            let known: Vec<&str> = self.known.labels.iter().map(String::as_str).collect();
            self.unknown(it, label, "label", &known);
        }
    }

    fn call(&mut self, it: &IdedExpr, call: &CallExpr) {
        if let ("_[_]", [of, index]) = (call.func_name.as_str(), call.args.as_slice())
            && let Expr::Ident(name) = &of.expr
            && name == "labels"
            && self.is_free(name)
            && let Some(label) = text_of(index)
        {
            return self.label(index, &label);
        }
        if let ("@in", [label, of]) = (call.func_name.as_str(), call.args.as_slice())
            && matches!(&of.expr, Expr::Ident(name) if name == "labels" && self.is_free(name))
            && let Some(name) = text_of(label)
        {
            return self.label(label, &name);
        }
        if let ("_==_" | "_!=_", [one, other]) = (call.func_name.as_str(), call.args.as_slice()) {
            self.version(one, other);
            self.version(other, one);
        }
        let is_operator = call.func_name.starts_with(['_', '@', '!', '-']);
        if !is_operator && !FUNCTIONS.contains(&call.func_name.as_str()) {
            let known: Vec<&str> = FUNCTIONS.into_iter().chain(MACROS).collect();
            self.unknown(it, &call.func_name, "function", &known);
        }
        call.target.iter().for_each(|it| self.read(it));
        call.args.iter().for_each(|it| self.read(it));
    }

    /// A name that is compared with where a label is.
    fn version(&mut self, label: &IdedExpr, name: &IdedExpr) {
        let is_label = matches!(&label.expr, Expr::Select(select)
            if !select.test && matches!(&select.operand.expr, Expr::Ident(of) if of == "labels"));
        let Some(name_of) = text_of(name).filter(|_| is_label) else { return };
        let is_numbered = name_of
            .strip_prefix(['t', 'v', 'x'])
            .is_some_and(|number| number.parse::<u8>().is_ok());
        if !is_numbered && !self.known.versions.contains(&name_of) {
            let known: Vec<&str> = self.known.versions.iter().map(String::as_str).collect();
            self.unknown(name, &name_of, "version", &known);
        }
    }

    fn comprehension(&mut self, it: &IdedExpr, all: &ComprehensionExpr) {
        // A map has no order, so a list made from one would be another one each time.
        if matches!(all.accu_init.expr, Expr::List(_)) {
            let span = self.span(it);
            self.wrong.push(OwnMistake {
                span,
                message: "`map` and `filter` make lists in no fixed order".to_owned(),
                label: "not here",
                unknown: None,
                help: Some("ask with `all`, `exists` or `exists_one`".to_owned()),
            });
        }
        self.read(&all.iter_range);
        let bound = [Some(&all.iter_var), all.iter_var2.as_ref(), Some(&all.accu_var)];
        let before = self.bound.len();
        self.bound.extend(bound.into_iter().flatten().cloned());
        self.read(&all.loop_step);
        self.read(&all.result);
        self.bound.truncate(before);
    }

    fn unknown(&mut self, it: &IdedExpr, name: &str, what: &str, known: &[&str]) {
        let (message, label) = match what {
            "label" => (format!("no label is called `{name}`"), "on no version, whatever happens"),
            "version" => (format!("no version is called `{name}`"), "not a version"),
            _ => (format!("unknown {what} `{name}`"), "not known in a property"),
        };
        let known = known.iter().map(|it| (*it).to_owned()).collect();
        let span = self.word(it, name);
        let unknown = Some((name.to_owned(), known));
        self.wrong.push(OwnMistake { span, message, label, unknown, help: None });
    }

    /// Where a node stands.
    fn span(&self, it: &IdedExpr) -> Range<usize> {
        let (start, end) = self.program.source_info().offset_for(it.id).unwrap_or_default();
        let start = usize::try_from(start).unwrap_or(0).min(self.text.len());
        let end = usize::try_from(end).unwrap_or(0).saturating_add(1).min(self.text.len());
        start..end.max(start)
    }

    /// Where a word stands that belongs to a node: the node's own place is that of its operator.
    fn word(&self, it: &IdedExpr, word: &str) -> Range<usize> {
        let span = self.span(it);
        let after = self.text.get(span.start..).and_then(|rest| rest.find(word));
        let before = || self.text.get(..span.start).and_then(|text| text.rfind(word));
        match after.map(|at| span.start.saturating_add(at)).or_else(before) {
            Some(start) => start..start.saturating_add(word.len()),
            None => span,
        }
    }
}

/// The text of a literal.
fn text_of(it: &IdedExpr) -> Option<String> {
    match &it.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner().to_owned()),
        _ => None,
    }
}

/// Whether it says the same whatever versions are called: it only compares where labels are, and asks for what has no
/// names in it.
fn is_invariant(it: &IdedExpr) -> bool {
    let is_label = |it: &IdedExpr| {
        matches!(&it.expr, Expr::Select(select)
            if !select.test && matches!(&select.operand.expr, Expr::Ident(of) if of == "labels"))
    };
    let is_list = |it: &IdedExpr| match &it.expr {
        Expr::Ident(name) => name == "versions",
        Expr::Select(select) => {
            select.field == "accepts"
                && matches!(&select.operand.expr, Expr::Ident(of) if of == "target")
        }
        _ => false,
    };
    match &it.expr {
        Expr::Literal(LiteralValue::Boolean(_)) => true,
        Expr::Select(select) => match &select.operand.expr {
            Expr::Ident(of) if of == "labels" => select.test,
            Expr::Ident(of) if of == "target" => select.field != "accepts",
            Expr::Ident(of) => of == "rotation",
            _ => false,
        },
        Expr::Call(call) => match (call.func_name.as_str(), call.args.as_slice()) {
            ("_&&_" | "_||_" | "!_" | "_?_:_", args) => args.iter().all(is_invariant),
            ("_==_" | "_!=_", [one, other]) => {
                is_label(one) && is_label(other) || is_invariant(one) && is_invariant(other)
            }
            ("@in", [label, list]) => is_label(label) && is_list(list),
            _ => false,
        },
        _ => false,
    }
}
