//! Prints mistakes the way rustc prints errors: the line, the marked text, the remedy.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Element, Level, Origin, Renderer, Snippet};

use super::{Mistake, ceil_boundary, floor_boundary};

/// Places at most so many lines apart share one picture of the source.
const NEAR_LINES: usize = 6;
/// Places on one line at most so many bytes apart share one picture of the source.
const NEAR_BYTES: usize = 80;
/// The most bytes of one place that are underlined.
const MARKED_MAX: usize = 100;
/// The most bytes of a line that the renderer gets on each side of a place; it cuts further to fit.
const SHOWN_MAX: usize = 1000;

/// The most bytes of a message, label or help that are printed.
const TEXT_MAX: usize = 2_000;

/// Prints all mistakes of one file, one after the other in order of place.
///
/// A place that spans lines is marked on its first line; a place outside the text is marked at its
/// end.
pub fn render(path: &str, text: &str, mistakes: &[Mistake], color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let path = one_line(path);
    let lines = Lines::of(text);
    let mut sorted: Vec<&Mistake> = mistakes.iter().collect();
    sorted.sort_by_key(|mistake| (mistake.span.start, mistake.span.end));
    let mut printed = String::new();
    for mistake in sorted {
        if !printed.is_empty() {
            printed.push('\n');
        }
        printed.push_str(&report(&renderer, &path, &lines, mistake));
        printed.push('\n');
    }
    printed
}

/// Prints one mistake, without a line break at the end.
fn report(renderer: &Renderer, path: &str, lines: &Lines<'_>, mistake: &Mistake) -> String {
    let mut elements: Vec<Element<'_>> = Vec::new();
    let pictures = pictures(lines, mistake);
    if lines.text.is_empty() {
        elements.push(Origin::path(path).into());
    } else {
        elements.extend(pictures.iter().map(|picture| picture.snippet(path, lines).into()));
    }
    if let Some(help) = &mistake.help {
        elements.push(Level::HELP.message(one_line(help)).into());
    }
    let title = Level::ERROR.primary_title(one_line(&mistake.message));
    let mut printed = renderer.render(&[title.elements(elements)]);
    for picture in &pictures {
        if let Some((shown, real)) = picture.columns(lines) {
            let line = picture.first_line().saturating_add(1);
            let wrong = format!("{path}:{line}:{shown}");
            printed = printed.replacen(&wrong, &format!("{path}:{line}:{real}"), 1);
        }
    }
    printed
}

/// A place on one line, ready to be marked.
struct Mark<'a> {
    line: usize,
    span: Range<usize>,
    label: &'a str,
    kind: AnnotationKind,
}

/// Neighboring marks that are shown together, the mistake's own mark in the first picture.
struct Picture<'a> {
    marks: Vec<Mark<'a>>,
}

/// Sorts the places of one mistake into pictures.
fn pictures<'a>(lines: &Lines<'a>, mistake: &'a Mistake) -> Vec<Picture<'a>> {
    let primary = lines.mark(&mistake.span, &mistake.label, AnnotationKind::Primary);
    let mut pictures = vec![Picture { marks: vec![primary] }];
    for related in &mistake.related {
        let mark = lines.mark(&related.span, &related.label, AnnotationKind::Context);
        match pictures.iter_mut().find(|picture| picture.marks.iter().all(|m| near(m, &mark))) {
            Some(picture) => picture.marks.push(mark),
            None => pictures.push(Picture { marks: vec![mark] }),
        }
    }
    pictures
}

/// Whether two marks fit into one picture.
fn near(one: &Mark<'_>, other: &Mark<'_>) -> bool {
    let lines = one.line.abs_diff(other.line);
    let bytes = one.span.start.abs_diff(other.span.start);
    if lines == 0 { bytes <= NEAR_BYTES } else { lines <= NEAR_LINES }
}

impl<'a> Picture<'a> {
    fn first_line(&self) -> usize {
        self.marks.iter().map(|mark| mark.line).min().unwrap_or(0)
    }

    /// The part of a line that the renderer gets: all of it, unless it is of absurd length.
    fn shown(&self, lines: &Lines<'_>, line: usize) -> Range<usize> {
        let whole = lines.range(line);
        let here = || self.marks.iter().filter(|mark| mark.line == line);
        let start = here().map(|mark| mark.span.start).min().unwrap_or(whole.start);
        let end = here().map(|mark| mark.span.end).max().unwrap_or(whole.start);
        let from = floor_boundary(lines.text, start.saturating_sub(SHOWN_MAX)).max(whole.start);
        let to = ceil_boundary(lines.text, end.saturating_add(SHOWN_MAX)).min(whole.end);
        from..to
    }

    /// The column that the renderer prints and the real one, where a cut line makes them differ.
    fn columns(&self, lines: &Lines<'_>) -> Option<(usize, usize)> {
        let mark = self.marks.first()?;
        let start = lines.range(mark.line).start;
        let shown = self.shown(lines, mark.line).start;
        if shown == start {
            return None;
        }
        let column = |from: usize| {
            lines.text.get(from..mark.span.start).unwrap_or("").chars().count().saturating_add(1)
        };
        Some((column(shown), column(start)))
    }

    /// The lines from the first mark to the last, with the marks on them.
    fn snippet(&self, path: &'a str, lines: &Lines<'a>) -> Snippet<'a, Annotation<'a>> {
        let first = self.first_line();
        let last = self.marks.iter().map(|mark| mark.line).max().unwrap_or(0);
        let mut source = String::new();
        let mut annotations = Vec::new();
        for line in first..=last {
            let shown = self.shown(lines, line);
            for mark in self.marks.iter().filter(|mark| mark.line == line) {
                let from = lines.displayed(shown.start..mark.span.start).len();
                let to = from.saturating_add(lines.displayed(mark.span.clone()).len());
                let from = from.saturating_add(source.len());
                let to = to.saturating_add(source.len());
                let label = (!mark.label.is_empty()).then(|| one_line(mark.label));
                annotations.push(mark.kind.span(from..to).label(label));
            }
            source.push_str(&lines.displayed(shown));
            source.push('\n');
        }
        Snippet::source(source)
            .path(Cow::Borrowed(path))
            .line_start(first.saturating_add(1))
            .annotations(annotations)
    }
}

/// A text and where its lines start.
struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        let after = text.match_indices('\n').map(|(offset, _)| offset.saturating_add(1));
        Self { text, starts: std::iter::once(0).chain(after).collect() }
    }

    /// The bytes of a line (counted from 0) without its line break.
    fn range(&self, line: usize) -> Range<usize> {
        let start = self.starts.get(line).copied().unwrap_or(self.text.len());
        let next = line.saturating_add(1);
        let end = self.starts.get(next).map_or(self.text.len(), |next| next.saturating_sub(1));
        let text = self.text.get(start..end).unwrap_or("");
        start..start.saturating_add(text.trim_end_matches('\r').len())
    }

    /// The place on its first line, within the text and at character boundaries.
    fn mark(&self, span: &Range<usize>, label: &'a str, kind: AnnotationKind) -> Mark<'a> {
        let start = floor_boundary(self.text, span.start);
        let line = self.starts.partition_point(|begin| *begin <= start).saturating_sub(1);
        let whole = self.range(line);
        let start = start.min(whole.end);
        let end = span.end.min(whole.end).min(start.saturating_add(MARKED_MAX));
        let end = ceil_boundary(self.text, end.max(start));
        let marked = self.text.get(start..end).unwrap_or("");
        let end = start.saturating_add(marked.trim_end().len());
        Mark { line, span: start..end, label, kind }
    }

    /// Text without the characters that would disturb the picture.
    fn displayed(&self, range: Range<usize>) -> Cow<'a, str> {
        let text = self.text.get(range).unwrap_or("");
        if text.contains(|c: char| c != '\t' && c.is_control()) {
            Cow::Owned(text.replace(|c: char| c != '\t' && c.is_control(), "\u{fffd}"))
        } else {
            Cow::Borrowed(text)
        }
    }
}

/// Text on one line of bearable length: line breaks are spaces, other control characters are
/// escaped.
fn one_line(text: &str) -> Cow<'_, str> {
    let end = floor_boundary(text, TEXT_MAX);
    let shown = text.get(..end).unwrap_or(text);
    if end == text.len() && !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let mut line = String::with_capacity(shown.len());
    for character in shown.chars() {
        match character {
            '\n' | '\r' | '\t' => line.push(' '),
            other if other.is_control() => line.extend(other.escape_debug()),
            other => line.push(other),
        }
    }
    if end < text.len() {
        line.push('…');
    }
    Cow::Owned(line)
}

#[cfg(test)]
mod tests;
