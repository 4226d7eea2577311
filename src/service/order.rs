//! The order in which labels of one version come in an answer.

use crate::assumption::LabelOrder;
use crate::secret::StagingLabel;

/// Sorts labels, given in the order in which they came to the version, as answers show them.
pub(crate) fn sort(labels: &mut [StagingLabel], order: LabelOrder) {
    if labels.len() < 2 {
        return;
    }
    match order {
        LabelOrder::JavaHash => {
            let buckets = buckets(labels.len());
            labels.sort_by_key(|label| bucket(label.as_str(), buckets));
        }
        LabelOrder::Sorted => labels.sort(),
    }
}

/// How many buckets a Java `HashSet` has with that many elements: 16, doubled whenever it is three quarters full.
fn buckets(elements: usize) -> u32 {
    if elements > 12 { 32 } else { 16 }
}

/// Where a Java `HashSet` puts the label.
fn bucket(label: &str, buckets: u32) -> u32 {
    let hash = label
        .encode_utf16()
        .fold(0_u32, |hash, unit| hash.wrapping_mul(31).wrapping_add(u32::from(unit)));
    (hash ^ (hash >> 16)) & buckets.saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_those_that_explain_the_recordings() {
        for (label, expected) in [
            ("AWSPREVIOUS", 4),
            ("PUT0", 4),
            ("PUT2", 6),
            ("PUT1", 7),
            ("AWSCURRENT", 12),
            ("AWSSOMETHING", 13),
            ("AWSPENDING", 15),
            ("SAMPLESTAGE1", 6),
            ("SAMPLESTAGE0", 7),
        ] {
            assert_eq!(bucket(label, 16), expected, "{label}");
        }
    }
}
