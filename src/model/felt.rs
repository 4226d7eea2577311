//! Which assumptions a search can tell apart.

/// The assumptions that a search reads, by id: those that the model asks for itself, and those that the rules of labels
/// ask for. The others may still change what it begins with.
pub const FELT: [&str; 17] = [
    "first-version",
    "pending-leaves",
    "abandons",
    "outgoing-labels",
    "replay-labels",
    "fill-without-labels",
    "stage-unknown-target",
    "stage-wrong-source",
    "stage-neither",
    "stage-same",
    "stage-placeholder",
    "stage-from-nowhere",
    "previous-by-hand",
    "placeholder",
    "retry-from",
    "pending-cleanup",
    "lost-placeholder",
];
