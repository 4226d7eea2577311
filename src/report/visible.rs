//! Text of files and requests as a terminal may show it: no character of it moves the cursor or sets a color.

use std::borrow::Cow;

/// The text on one line, control characters written out.
pub(super) fn on_one_line(text: &str) -> Cow<'_, str> {
    without(text, char::is_control)
}

/// The text with its line breaks, other control characters written out.
pub(super) fn lines(text: &str) -> Cow<'_, str> {
    without(text, |letter| letter.is_control() && letter != '\n')
}

fn without(text: &str, is_bad: impl Fn(char) -> bool + Copy) -> Cow<'_, str> {
    if !text.contains(is_bad) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_bad(letter) {
            shown.extend(letter.escape_debug());
        } else {
            shown.push(letter);
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_written_out() {
        for (text, line, kept) in [
            ("plain ‹é›", "plain ‹é›", "plain ‹é›"),
            ("a\nb", r"a\nb", "a\nb"),
            ("\u{1b}[31mred\r\n", r"\u{1b}[31mred\r\n", "\\u{1b}[31mred\\r\n"),
        ] {
            assert_eq!(on_one_line(text), line);
            assert_eq!(lines(text), kept);
        }
    }
}
