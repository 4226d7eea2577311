//! What keeps a text from being YAML at all, in our words.

use std::ops::Range;

use granit_parser::{ErrorKind, ScanError};

use super::build::too_deep;
use crate::mistake::{Mistake, quoted};

/// The mistake behind an error of the parser.
pub(super) fn mistake(text: &str, error: &ScanError) -> Mistake {
    let offset = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
    if let Some(tab) = tab(text, offset, error.kind()) {
        return Mistake::new(tab, "a tab is used for indentation")
            .label("tab")
            .help("indent with spaces; YAML does not take tabs there");
    }
    let kind = error.kind();
    let words = WORDS.iter().find(|words| words.kinds.contains(kind)).unwrap_or(&OTHERWISE);
    let said = |message: &str, label: &str, help: &str| {
        let mistake = Mistake::new(marked(text, offset, kind), message).label(label);
        if help.is_empty() { mistake } else { mistake.help(help) }
    };
    match (kind, opening(kind)) {
        (ErrorKind::MappingValueNotAllowed, _) if starts_line(text, offset) => said(
            "a key in the middle of a text",
            "the line goes on with the value above it",
            "give the key the indentation of the one before it, or the value above a key",
        ),
        (ErrorKind::UnexpectedCharacter { character }, _) => unexpected(text, offset, *character),
        (ErrorKind::RecursionLimitExceeded, _) => too_deep(next_character(text, offset)),
        (ErrorKind::UnclosedQuotedScalar, _) => {
            let quote = if text.get(offset..).is_some_and(|rest| rest.starts_with('\'')) {
                '\''
            } else {
                '"'
            };
            said("a quote is never closed", "opened here", &format!("close it with `{quote}`"))
        }
        (_, Some((message, open))) => {
            said(&message, "opened here", &format!("close it with `{}`", closing(open)))
        }
        (_, None) => said(words.message, words.label, words.help),
    }
}

/// Whether the key that ends at a `:` is all there is before it on its line.
fn starts_line(text: &str, offset: usize) -> bool {
    let before = text.get(..offset).unwrap_or("");
    let line = before.rsplit('\n').next().unwrap_or("");
    before.len() > line.len() && !line.contains(": ")
}

/// What is wrong with an opening bracket, and which it is.
fn opening(kind: &ErrorKind) -> Option<(String, char)> {
    if let ErrorKind::UnclosedFlowCollection { open } = kind {
        return Some((format!("`{open}` is never closed"), *open));
    }
    if let ErrorKind::MismatchedFlowCollectionEnd { open, close } = kind {
        return Some((format!("`{open}` is closed by `{close}`"), *open));
    }
    None
}

/// What is said of errors that need nothing from the text.
struct Words {
    kinds: &'static [ErrorKind],
    message: &'static str,
    label: &'static str,
    help: &'static str,
}

const OTHERWISE: Words = Words {
    kinds: &[],
    message: "this is not well-formed YAML",
    label: "the file stops making sense here",
    help: "",
};

const WORDS: &[Words] = &[
    Words {
        kinds: &[ErrorKind::MappingValueNotAllowed],
        message: "a `:` where no key can be",
        label: "starts a mapping inside a value",
        help: "quote the value if the `:` belongs to it; otherwise look at the indentation",
    },
    Words {
        kinds: &[ErrorKind::ExpectedBlockMappingKey],
        message: "a line that fits no mapping around it",
        label: "indented differently",
        help: "all keys of a mapping have the same indentation",
    },
    Words {
        kinds: &[ErrorKind::ExpectedBlockSequenceEntry],
        message: "a line that fits no list around it",
        label: "expected `- ` here",
        help: "all entries of a list start with `- ` at the same indentation",
    },
    Words {
        kinds: &[ErrorKind::SimpleKeyExpected, ErrorKind::InvalidSimpleKey],
        message: "a key without `:`",
        label: "expected `KEY: VALUE`",
        help: "a key and its `:` stand on one line",
    },
    Words {
        kinds: &[ErrorKind::BlockSequenceEntryNotAllowed],
        message: "a list starts on the line of its key",
        label: "not here",
        help: "put `- ` on a line of its own, or write the list as `[a, b]`",
    },
    Words {
        kinds: &[ErrorKind::BlockEntryInFlowCollection],
        message: "`- ` inside brackets",
        label: "not here",
        help: "in brackets, entries are separated by commas",
    },
    Words {
        kinds: &[ErrorKind::InvalidTrailingDoubleQuotedScalar],
        message: "text after a closing quote",
        label: "expected the end of the value",
        help: r#"a `"` inside double quotes is written `\"`"#,
    },
    Words {
        kinds: &[ErrorKind::InvalidTrailingSingleQuotedScalar],
        message: "text after a closing quote",
        label: "expected the end of the value",
        help: "a `'` inside single quotes is written `''`",
    },
    Words {
        kinds: &[
            ErrorKind::UnknownQuotedScalarEscape,
            ErrorKind::InvalidQuotedScalarHexEscape,
            ErrorKind::InvalidLowSurrogateHexEscape,
            ErrorKind::InvalidLowSurrogate,
            ErrorKind::MissingLowSurrogate,
            ErrorKind::UnpairedLowSurrogate,
            ErrorKind::InvalidUnicodeEscape,
        ],
        message: "an unknown escape in double quotes",
        label: "in this string",
        help: r"a backslash is written `\\`, or use single quotes",
    },
    Words {
        kinds: &[ErrorKind::MisplacedFlowCollectionEnd],
        message: "a closing bracket without an opening one",
        label: "closes nothing",
        help: "",
    },
    Words {
        kinds: &[
            ErrorKind::InvalidColonPlacement,
            ErrorKind::ExpectedFlowSequenceSeparator,
            ErrorKind::ExpectedFlowMappingSeparator,
            ErrorKind::FlowMappingValueAdjacentCollection,
            ErrorKind::UnexpectedEofFlowSequence,
            ErrorKind::UnexpectedEofFlowMapping,
            ErrorKind::UnexpectedEofImplicitFlowMapping,
        ],
        message: "a list or mapping in brackets goes wrong",
        label: "by here",
        help: "entries are separated by commas; is the bracket before it closed?",
    },
    Words {
        kinds: &[
            ErrorKind::InvalidIndentation,
            ErrorKind::InvalidQuotedScalarIndent,
            ErrorKind::InvalidFlowScalarIndent,
            ErrorKind::InvalidBlockScalarIndent,
        ],
        message: "wrong indentation",
        label: "indented too little or too much",
        help: "",
    },
    Words {
        kinds: &[ErrorKind::ExpectedNodeContent, ErrorKind::MappingKeyNotAllowed],
        message: "a value that starts like nothing in YAML",
        label: "here",
        help: "quote it if it is text",
    },
    Words {
        kinds: &[ErrorKind::CommentInterceptedScalar],
        message: "a comment in the middle of a text",
        label: "the text goes on after it",
        help: "quote the text, or move the comment",
    },
    Words {
        kinds: &[ErrorKind::CommentNotSeparated],
        message: "a `#` right after a value",
        label: "here",
        help: "put a space before the comment",
    },
    Words {
        kinds: &[ErrorKind::InvalidBlockScalarHeader, ErrorKind::ZeroBlockScalarIndent],
        message: "a block of text with a wrong header",
        label: "expected a line break",
        help: "the text of `|` and `>` starts on the next line",
    },
    Words {
        kinds: &[ErrorKind::BomInsideDocument],
        message: "an invisible byte order mark inside the file",
        label: "here",
        help: "remove it",
    },
    Words {
        kinds: &[
            ErrorKind::UndeclaredTagHandle,
            ErrorKind::ExpectedTagBang,
            ErrorKind::InvalidTagTerminator,
            ErrorKind::InvalidGlobalTagCharacter,
            ErrorKind::MissingTagUri,
            ErrorKind::UnclosedVerbatimTag,
        ],
        message: "a tag that is not known",
        label: "tag",
        help: "text that starts with `!` has to be quoted",
    },
    Words {
        kinds: &[ErrorKind::MissingAnchorOrAliasName],
        message: "an anchor or alias without a name",
        label: "here",
        help: "text that starts with `&` or `*` has to be quoted",
    },
    Words {
        kinds: &[ErrorKind::PlainScalarStartsWithDashFlowIndicator],
        message: "`-` in front of a bracket or comma",
        label: "here",
        help: "quote it if it is text",
    },
    Words {
        kinds: &[ErrorKind::DocumentIndicatorInQuotedScalar],
        message: "a line of `---` or `...` inside quotes",
        label: "here",
        help: "is the quote before it closed?",
    },
    Words {
        kinds: &[ErrorKind::ExpectedDocumentStart, ErrorKind::InvalidDocumentEnd],
        message: "nothing can stand here",
        label: "outside of the document",
        help: "",
    },
];

fn closing(open: char) -> char {
    if open == '[' { ']' } else { '}' }
}

fn unexpected(text: &str, offset: usize, character: char) -> Mistake {
    let rest = text.get(offset..).unwrap_or("");
    let start = offset.saturating_add(rest.find(character).unwrap_or(0));
    let place = next_character(text, start);
    if character.is_control() {
        return Mistake::new(
            place,
            format!("a character that no file may hold: {}", name(character)),
        )
        .label("here")
        .help(format!("in double quotes, it is written `{}`", escaped(character)));
    }
    Mistake::new(place, format!("text cannot start with {}", quoted(&character.to_string())))
        .label("here")
        .help("quote the text")
}

/// A character as it is written in double quotes.
fn escaped(character: char) -> String {
    let code = u32::from(character);
    if code < 0x100 { format!("\\x{code:02x}") } else { format!("\\u{code:04x}") }
}

fn name(character: char) -> String {
    format!("U+{:04X}", u32::from(character))
}

/// What is underlined: a bracket or quote alone, otherwise the rest of the word.
fn marked(text: &str, offset: usize, kind: &ErrorKind) -> Range<usize> {
    let alone = matches!(
        kind,
        ErrorKind::UnclosedQuotedScalar
            | ErrorKind::UnclosedFlowCollection { .. }
            | ErrorKind::MismatchedFlowCollectionEnd { .. }
            | ErrorKind::MisplacedFlowCollectionEnd
            | ErrorKind::MappingValueNotAllowed
            | ErrorKind::BlockSequenceEntryNotAllowed
            | ErrorKind::BlockEntryInFlowCollection
            | ErrorKind::CommentNotSeparated
            | ErrorKind::BomInsideDocument
    );
    if alone {
        return next_character(text, offset);
    }
    let rest = text.get(offset..).unwrap_or("");
    let word = rest.find(char::is_whitespace).unwrap_or(rest.len());
    if word == 0 { next_character(text, offset) } else { offset..offset.saturating_add(word) }
}

fn next_character(text: &str, offset: usize) -> Range<usize> {
    let next = text.get(offset..).and_then(|rest| rest.chars().next());
    offset..offset.saturating_add(next.map_or(0, char::len_utf8))
}

/// The tab that is behind an error. The parser often stops before it, at the end of the last value.
fn tab(text: &str, offset: usize, kind: &ErrorKind) -> Option<Range<usize>> {
    let certain = matches!(
        kind,
        ErrorKind::TabNotAllowed
            | ErrorKind::TabInBlockIndentation
            | ErrorKind::TabInIndentation
            | ErrorKind::TabInPlainScalar
            | ErrorKind::TabAtBlockScalarStart
    );
    let before = text.get(..offset)?;
    let mut start = before.rfind('\n').map_or(0, |at| at.saturating_add(1));
    for line in text.get(start..)?.split_inclusive('\n') {
        let content = line.trim_start_matches([' ', '\t']);
        let indentation = line.len().saturating_sub(content.len());
        let blank = content.trim_end().is_empty();
        if let Some(at) = line.find('\t').filter(|at| *at < indentation && !blank) {
            let first = start.saturating_add(at);
            return Some(first..first.saturating_add(1));
        }
        if !certain {
            return None;
        }
        start = start.saturating_add(line.len());
    }
    let at = text.get(offset..)?.find('\t')?;
    let first = offset.saturating_add(at);
    Some(first..first.saturating_add(1))
}
