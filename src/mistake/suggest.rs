//! "Did you mean": the known word nearest to what was written.

/// The longest word that is compared; the effort grows with the square of it.
const WORD_MAX: usize = 100;

/// The shortest beginning that stands for a word.
const BEGINNING_MIN: usize = 4;

/// The known word that the user most likely meant, `None` when nothing is near.
///
/// A word that differs only in case, hyphens or underscores wins. Otherwise the one with the fewest
/// slips (a character too many, missing, wrong, or swapped with the next), at most one in three
/// characters. Failing that, the only one that begins with the word, from four characters on.
pub fn suggest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = fold(word);
    if folded.is_empty() || folded.len() > WORD_MAX {
        return None;
    }
    let mut best: Option<(&'a str, usize, f64)> = None;
    let mut begun = Vec::new();
    for candidate in known {
        let other = fold(candidate);
        if other.len() > WORD_MAX {
            continue;
        }
        if other == folded {
            return Some(candidate);
        }
        if folded.len() >= BEGINNING_MIN && other.starts_with(&folded) {
            begun.push(candidate);
        }
        let slips = strsim::osa_distance(&folded, &other);
        let length = folded.chars().count().max(other.chars().count());
        if slips.saturating_mul(3) > length.max(3) || length < 3 {
            continue;
        }
        let likeness = strsim::jaro_winkler(&folded, &other);
        let better = best.is_none_or(|(_, best_slips, best_likeness)| {
            slips < best_slips || slips == best_slips && likeness > best_likeness
        });
        if better {
            best = Some((candidate, slips, likeness));
        }
    }
    let only = if let [only] = begun.as_slice() { Some(*only) } else { None };
    best.map(|(candidate, _, _)| candidate).or(only)
}

/// The word without what is easily confused: case, hyphens, underscores.
fn fold(word: &str) -> String {
    word.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Typical slips find their word; words that are merely short or unrelated find none.
    #[test]
    fn near_words() {
        let known = ["scenario", "steps", "secret", "call", "with", "as", "SecretId", "AWSCURRENT"];
        for (word, expected) in [
            ("stpes", Some("steps")),
            ("Steps", Some("steps")),
            ("step", Some("steps")),
            ("scenari", Some("scenario")),
            ("secrte", Some("secret")),
            ("secret-id", Some("SecretId")),
            ("secretid", Some("SecretId")),
            ("cal", Some("call")),
            ("wiht", Some("with")),
            ("AWSCURENT", Some("AWSCURRENT")),
            ("awscurrent", Some("AWSCURRENT")),
            ("AS", Some("as")),
            ("is", None),
            ("a", None),
            ("", None),
            ("-", None),
            ("weather", None),
            ("<any>", None),
        ] {
            assert_eq!(suggest(word, known), expected, "{word}");
        }
    }

    /// Words of absurd length cost nothing.
    #[test]
    fn long_words() {
        let long = "x".repeat(1 << 16);
        assert_eq!(suggest(&long, ["steps"]), None);
        assert_eq!(suggest("steps", [long.as_str()]), None);
    }
}
