//! Snapshots: the canonical text of a run, stored beside its scenario as `NAME.snap`.

use similar::{ChangeTag, TextDiff};

use crate::report::Paint;

/// The text of a snapshot file. The head has the form that insta reads too.
pub fn write(file_name: &str, canonical: &str) -> String {
    format!("---\nsource: {file_name}\n---\n{}\n", canonical.trim_end())
}

/// The canonical text in a snapshot file.
pub fn read(stored: &str) -> String {
    let unix = stored.replace("\r\n", "\n");
    let content = unix
        .strip_prefix("---\n")
        .and_then(|rest| rest.split_once("\n---\n").map(|(_, content)| content))
        .unwrap_or(&unix);
    content.trim_end().to_owned()
}

/// Whether the stored text is that of the run.
pub fn matches(stored: &str, canonical: &str) -> bool {
    read(stored) == canonical.trim_end()
}

/// The lines that differ, with three lines around them: `-` is stored, `+` is new.
pub fn diff(stored: &str, canonical: &str, paint: Paint) -> String {
    let (old, new) = (read(stored), canonical.trim_end().to_owned());
    let diff = TextDiff::from_lines(&old, &new);
    let mut text = String::new();
    for (index, group) in diff.grouped_ops(3).iter().enumerate() {
        if index > 0 {
            text.push_str("  ...\n");
        }
        for change in group.iter().flat_map(|operation| diff.iter_changes(operation)) {
            let line = change.value().trim_end_matches('\n');
            let line = match change.tag() {
                ChangeTag::Delete => paint.bad(format!("- {line}").trim_end()),
                ChangeTag::Insert => paint.good(format!("+ {line}").trim_end()),
                ChangeTag::Equal => format!("  {line}").trim_end().to_owned(),
            };
            text.push_str(&line);
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_read_as_it_was_written() {
        for text in ["a\n\nb", "a\n---\nb", ""] {
            assert!(matches(&write("x.yaml", text), text), "{text:?}");
        }
        assert!(!matches(&write("x.yaml", "a"), "b"));
        assert_eq!(read("---\r\nsource: x\r\n---\r\na\r\nb\r\n"), "a\nb");
    }

    #[test]
    fn a_difference_shows_the_lines_around_it() {
        let stored = write("x.yaml", "1\n2\n3\n4\n5\n6");
        assert_eq!(
            diff(&stored, "1\n2\n3\n4\n5\nsix", Paint::Plain),
            "  3\n  4\n  5\n- 6\n+ six\n"
        );
    }
}
