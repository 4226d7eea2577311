//! What a program calls things: which names there are at a place, and what they stand for.

use std::collections::{BTreeMap, BTreeSet};

use super::format::Statement;
use super::statement::Reader;
use crate::mistake::{listed, quoted, suggest};
use crate::program::{
    Condition, Credential, REGISTERS_MAX, Register, RegisterId, RegisterKind, Term,
};
use crate::secret::StagingLabel;
use crate::yaml::Path;

/// Words that can't be names.
const RESERVED: [&str; 6] = ["token", "administrator", "derived", "fresh", "set", "not"];

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// The answer of a `DescribeSecret`; what is in it has names with a dot.
    Description,
    /// What a register holds; a version comes with its value.
    Register(RegisterId, RegisterKind),
}

/// The names that may be set at a place.
pub(super) type Names = BTreeMap<String, Known>;

/// All names that a list of statements sets, wherever in it.
pub(super) fn declared(statements: &[Statement], into: &mut BTreeSet<String>) {
    for statement in statements {
        let Statement::Clauses(it) = statement else { continue };
        into.extend(it.name.clone());
        let lists = [&it.transaction, &it.then, &it.otherwise].into_iter().flatten();
        lists.chain(it.on_error.values()).for_each(|list| declared(list, into));
    }
}

impl Reader<'_> {
    /// Gives a name to an answer.
    pub(super) fn bind(
        &mut self,
        path: &Path,
        name: &str,
        kind: RegisterKind,
    ) -> Option<RegisterId> {
        if !self.is_name(path, name) {
            return None;
        }
        if let Some(Known::Register(_, other)) = self.known.get(name)
            && *other != kind
        {
            let message = format!("{} is {} already", quoted(name), in_words(*other));
            let help = "choose another name".to_owned();
            self.drafts.value(path.clone(), message, "named before", Some(help));
            return None;
        }
        let register = self.register(path, name, kind)?;
        self.known.insert(name.to_owned(), Known::Register(register, kind));
        Some(register)
    }

    /// Checks that a word can be a name.
    pub(super) fn is_name(&mut self, path: &Path, name: &str) -> bool {
        let fits = |letter: char| letter.is_alphanumeric() || "_-".contains(letter);
        if RESERVED.contains(&name) || name.is_empty() || !name.chars().all(fits) {
            let message = format!("{} is not a name", quoted(name));
            let help = if RESERVED.contains(&name) {
                "the word has a meaning of its own; choose another".to_owned()
            } else {
                "a name has letters, digits, and _-".to_owned()
            };
            self.drafts.value(path.clone(), message, "can't be a name", Some(help));
            return false;
        }
        true
    }

    /// The register of that name and kind; a new one if there is none.
    fn register(&mut self, path: &Path, name: &str, kind: RegisterKind) -> Option<RegisterId> {
        let same = |it: &Register| it.name == name && it.kind == kind;
        let found = self.program.registers.iter().position(same);
        let index = found.unwrap_or(self.program.registers.len());
        if index >= REGISTERS_MAX {
            let message = format!("a program remembers at most {REGISTERS_MAX} things");
            let help = "use one name for what is never needed at the same time".to_owned();
            self.drafts.value(path.clone(), message, "one too many", Some(help));
            return None;
        }
        if found.is_none() {
            self.program.registers.push(Register { name: name.to_owned(), kind });
        }
        u8::try_from(index).ok().map(RegisterId)
    }

    /// What a name stands for here; a mistake if nothing.
    fn resolve(&mut self, path: &Path, name: &str) -> Option<Known> {
        if let Some(known) = self.known.get(name) {
            return Some(*known);
        }
        if let Some((before, member)) = name.split_once('.')
            && self.known.get(before) == Some(&Known::Description)
        {
            let kind = if member == "RotationEnabled" {
                RegisterKind::Flag
            } else {
                RegisterKind::Version
            };
            if !member.is_empty() && !member.contains('.') {
                if kind == RegisterKind::Version {
                    self.label(path, member);
                }
                let register = self.register(path, name, kind)?;
                return Some(Known::Register(register, kind));
            }
        }
        let first = name.split('.').next().unwrap_or(name);
        let is_later = self.declared.contains(first) && !self.known.contains_key(first);
        if is_later {
            let message = format!("{} can't be set here", quoted(first));
            let help = "read it before, in this step and on the way to here".to_owned();
            self.drafts.value(path.clone(), message, "read before it is set", Some(help));
        } else {
            let message = format!("unknown name {}", quoted(name));
            let words = self.known.keys().map(String::as_str).chain(["token"]);
            let help = match suggest(name, words.clone()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("at this place there are {}", listed(words, 20)),
            };
            let label = "nothing has this name in this step";
            self.drafts.value(path.clone(), message, label, Some(help));
        }
        None
    }

    /// A label. One that looks like a label of AWS and is none is a mistake.
    pub(super) fn label(&mut self, path: &Path, text: &str) -> StagingLabel {
        const LABELS: [&str; 3] = ["AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"];
        if let Some(near) = suggest(text, LABELS)
            && near != text
        {
            let message = format!("unknown label {}", quoted(text));
            let help = format!("did you mean `{near}`?");
            self.drafts.value(path.clone(), message, "not a label of AWS", Some(help));
        }
        StagingLabel::new(text)
    }

    /// A register that is mentioned here, of one of these kinds.
    fn mentioned(
        &mut self,
        path: &Path,
        name: &str,
        expected: &str,
        fits: impl Fn(RegisterKind) -> bool,
    ) -> Option<RegisterId> {
        let what = match self.resolve(path, name)? {
            Known::Register(register, kind) if fits(kind) => {
                self.mention(register);
                return Some(register);
            }
            Known::Register(_, kind) => in_words(kind),
            Known::Description => "the answer of a DescribeSecret",
        };
        let message = format!("{} is {what}, not {expected}", quoted(name));
        let help = match what {
            "the answer of a DescribeSecret" => Some(format!("write `{name}.AWSCURRENT`")),
            _ => None,
        };
        self.drafts.value(path.clone(), message, &format!("expected {expected}"), help);
        None
    }

    /// A version: `token`, or the one that a name stands for.
    pub(super) fn term(&mut self, path: &Path, name: &str) -> Option<Term> {
        if name == "token" {
            return Some(Term::Token);
        }
        let is_version = |kind| kind == RegisterKind::Version;
        self.mentioned(path, name, "a version", is_version).map(Term::Register)
    }

    /// A version whose value was read.
    pub(super) fn value_of(&mut self, path: &Path, name: &str) -> Option<RegisterId> {
        if self.has_no_value(path, name) {
            return None;
        }
        self.mentioned(path, name, "a version", |kind| kind == RegisterKind::Version)
    }

    /// A credential: that of a version whose value was read, a password, or a token.
    pub(super) fn credential(&mut self, path: &Path, name: &str) -> Option<Credential> {
        if name == "administrator" {
            return Some(Credential::Administrator);
        }
        if self.has_no_value(path, name) {
            return None;
        }
        let is_flag = |kind| kind == RegisterKind::Flag;
        let register = self.mentioned(path, name, "a credential", |kind| !is_flag(kind));
        register.map(Credential::Register)
    }

    /// A password or token that was made.
    pub(super) fn secret(&mut self, path: &Path, name: &str) -> Option<RegisterId> {
        let fits = |kind| matches!(kind, RegisterKind::Password | RegisterKind::Token);
        self.mentioned(path, name, "a password or token", fits)
    }

    /// Reports a version that is known by its label alone, or by being that of the rotation.
    fn has_no_value(&mut self, path: &Path, name: &str) -> bool {
        if self.knows_values {
            return false;
        }
        let bare = name == "token" || (name.contains('.') && self.resolve(path, name).is_some());
        if bare {
            let message = format!("the value of {} was not read", quoted(name));
            let help = "read it with GetSecretValue, and use the name of that answer".to_owned();
            self.drafts.value(path.clone(), message, "a version without its value", Some(help));
        }
        bare
    }

    /// What an `if` asks, and whether the answer is turned round.
    pub(super) fn condition(&mut self, path: &Path, text: &str) -> Option<(Condition, bool)> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let (left, right, negated) = match words.as_slice() {
            [left, "is", "not", right] => (*left, *right, true),
            [left, "is", right] => (*left, *right, false),
            _ => {
                let message = format!("{} is not a question", quoted(text));
                let help = "write `A is B`, `A is not B`, `A.user is B.user`, or `A is set`";
                let label = "expected two things with `is` between them";
                self.drafts.value(path.clone(), message, label, Some(help.to_owned()));
                return None;
            }
        };
        let condition = if right == "set" {
            if left == "token" {
                let message = "`token` is always set".to_owned();
                self.drafts.value(path.clone(), message, "needs no question", None);
                return None;
            }
            Condition::IsSet(self.mentioned(path, left, "something to remember", |_| true)?)
        } else if let (Some(left), Some(right)) =
            (left.strip_suffix(".user"), right.strip_suffix(".user"))
        {
            let (left, right) = (self.value_of(path, left), self.value_of(path, right));
            Condition::SameUser(left?, right?)
        } else {
            let (left, right) = (self.term(path, left), self.term(path, right));
            Condition::Same(left?, right?)
        };
        Some((condition, negated))
    }
}

/// The label that the name of a register ends in, if it is the holder of one.
pub(super) fn label_of(register: &str, description: &str) -> Option<StagingLabel> {
    let member = register.strip_prefix(description)?.strip_prefix('.')?;
    (member != "RotationEnabled").then(|| StagingLabel::new(member))
}

/// What a register holds, in words.
const fn in_words(kind: RegisterKind) -> &'static str {
    match kind {
        RegisterKind::Version => "a version",
        RegisterKind::Password => "a password",
        RegisterKind::Token => "a token of the target",
        RegisterKind::Flag => "a yes or no",
    }
}
