//! Assumptions: what nobody knows about the service, as switches with named options.

use std::fmt;

/// Declares the assumptions once: the type with its options, the field in [`Assumptions`], and the texts.
macro_rules! assumptions {
    ($($(#[doc = $question:literal])+ $field:ident: $type:ident = $id:literal [$rules:literal]
        $($settled_by:literal)?
        { $first:ident = $first_text:literal, $($option:ident = $text:literal),* $(,)? })+) => {
        $(
            $(#[doc = $question])+
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub enum $type {
                #[doc = concat!("`", $first_text, "`, the default.")]
                #[default]
                $first,
                $(#[doc = concat!("`", $text, "`.")] $option,)*
            }
        )+

        /// One option for each assumption with a fixed list of options.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct Assumptions {
            $($(#[doc = $question])+ pub $field: $type,)+
        }

        /// The assumptions: id, question, rules, options with the default first.
        pub const TABLE: &[Assumption] = &[
            $(Assumption {
                id: $id,
                question: concat!($($question),+).trim_ascii_start(),
                rules: $rules,
                settled_by: concat!($($settled_by)?),
                options: &[$first_text, $($text),*],
            },)+
        ];

        impl Assumptions {
            /// Sets one assumption by id and option, as a scenario or the command line names them.
            pub fn choose(&mut self, id: &str, option: &str) -> Result<(), AssumptionError> {
                match id {
                    $($id => self.$field = match option {
                        $first_text => $type::$first,
                        $($text => $type::$option,)*
                        _ => return Err(AssumptionError::Option { id: $id, option: option.to_owned() }),
                    },)+
                    _ => return Err(AssumptionError::Unknown(id.to_owned())),
                }
                Ok(())
            }

            /// The options that differ from the default, as id and option.
            pub fn chosen(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
                [$(($id, match self.$field {
                    $type::$first => None,
                    $($type::$option => Some($text),)*
                })),+]
                .into_iter()
                .filter_map(|(id, option)| Some((id, option?)))
            }
        }
    };
}

/// What is asked, and what can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assumption {
    /// The name it is set by.
    pub id: &'static str,
    /// What nobody knows.
    pub question: &'static str,
    /// The ids of the rules that leave it open.
    pub rules: &'static str,
    /// What one would have to see to know.
    pub settled_by: &'static str,
    /// What can be chosen, the default first.
    pub options: &'static [&'static str],
}

/// An assumption that can't be set that way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AssumptionError {
    /// No assumption has that id.
    Unknown(String),
    /// The assumption has no such option.
    Option {
        /// Its id.
        id: &'static str,
        /// What was asked for.
        option: String,
    },
}

impl fmt::Display for AssumptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(id) => write!(f, "unknown assumption `{id}`"),
            Self::Option { id, option } => write!(f, "`{id}` has no option `{option}`"),
        }
    }
}

impl std::error::Error for AssumptionError {}

assumptions! {
    /// Does the first version get AWSCURRENT when it is put with labels that leave AWSCURRENT out?
    first_version: FirstVersion = "first-version" ["PSV-3"]
        "A DescribeSecret on AWS right after the first PutSecretValue of a secret without versions, with \
         VersionStages [one]."
        { AddsCurrent = "adds-current", OnlyGiven = "only-given" }
    /// When AWSCURRENT moves by a put or an update, which AWSPENDING goes?
    pending_leaves: PendingLeaves = "pending-leaves" ["PSV-9, PSV-10, PSV-12"]
        "A plain PutSecretValue on AWS while AWSPENDING is on a version that is not current, once during a rotation \
         and once without, and a DescribeSecret after each."
        { WhereverItIs = "wherever-it-is", OnlyFromOutgoing = "only-from-outgoing" }
    /// Which other puts abandon a running rotation?
    abandons: Abandons = "abandons" ["PSV-11"]
        "CloudTrail after a PutSecretValue under a label of its own, and after one of AWSPENDING under another \
         token, while a slow rotation function runs: RotationAbandoned or not."
        { CurrentMoves = "current-moves", AnyPutByOthers = "any-put-by-others" }
    /// What becomes of the custom labels of the version that a put or an update takes AWSCURRENT from?
    outgoing_labels: OutgoingLabels = "outgoing-labels" ["PSV-13, ADD-8"]
        "A DescribeSecret on AWS after a plain PutSecretValue took AWSCURRENT from a version that has a custom label."
        { KeepCustom = "keep-custom", DropAll = "drop-all" }
    /// Are other labels applied when a put repeats token and value?
    replay_labels: ReplayLabels = "replay-labels" ["PSV-17"]
        "A PutSecretValue sent twice to AWS with the same token and value, the second time with other \
         VersionStages, and a DescribeSecret."
        { Ignored = "ignored", Applied = "applied" }
    /// What becomes of a rotation's placeholder that is filled by a put without labels?
    fill_without_labels: FillWithoutLabels = "fill-without-labels" ["PSV-18"]
        "A rotation on AWS whose createSecret leaves VersionStages out of its PutSecretValue, and a DescribeSecret \
         before the next step."
        { BecomesCurrent = "becomes-current", StaysPending = "stays-pending" }
    /// How is an empty list of labels on the wire answered?
    empty_stages: EmptyStages = "empty-stages" ["PSV-21"]
        "A PutSecretValue with `VersionStages: []`, signed and sent to AWS without an SDK, which would refuse it \
         first."
        { Refused = "refused", AsAbsent = "as-absent" }
    /// Which error answers a move to a version that doesn't exist?
    stage_unknown_target: StageUnknownTarget = "stage-unknown-target" ["USVS-13"]
        "An UpdateSecretVersionStage on AWS whose MoveToVersionId is a fresh UUID, and the code of its error."
        { ResourceNotFound = "ResourceNotFoundException", InvalidParameter = "InvalidParameterException" }
    /// Which error answers a source that doesn't carry the label?
    stage_wrong_source: StageWrongSource = "stage-wrong-source" ["USVS-11, USVS-14, USVS-15"]
        "Three calls of UpdateSecretVersionStage on AWS whose RemoveFromVersionId is another version, an unknown \
         one, or named for a free label, and the codes of their errors."
        { InvalidParameter = "InvalidParameterException", ResourceNotFound = "ResourceNotFoundException" }
    /// Is a label call that names neither version refused?
    stage_neither: StageNeither = "stage-neither" ["USVS-16"]
        "An UpdateSecretVersionStage on AWS that names a label and nothing else."
        { Refused = "refused", NoOp = "no-op" }
    /// May AWSCURRENT be moved to the version that has it? `refused-if-named`: refused if the source is named.
    stage_same: StageSame = "stage-same" ["USVS-17, USVS-18"]
        "An UpdateSecretVersionStage on AWS that moves AWSCURRENT to the version that has it, once with \
         RemoveFromVersionId and once without."
        { RefusedIfNamed = "refused-if-named", NoOp = "no-op", Refused = "refused" }
    /// May AWSCURRENT be moved to a version without a value?
    stage_placeholder: StagePlaceholder = "stage-placeholder" ["USVS-20"]
        "An UpdateSecretVersionStage on AWS that moves AWSCURRENT to the empty version of a rotation whose \
         createSecret fails."
        { Allowed = "allowed", Refused = "refused" }
    /// May AWSCURRENT be attached while no version has it?
    stage_from_nowhere: StageFromNowhere = "stage-from-nowhere" ["USVS-19"]
        "A secret on AWS whose versions leave AWSCURRENT out, if `first-version` allows one, and an \
         UpdateSecretVersionStage that attaches it."
        { Allowed = "allowed", Refused = "refused" }
    /// May AWSPREVIOUS be moved or removed by a call?
    previous_by_hand: PreviousByHand = "previous-by-hand" ["USVS-21"]
        "An UpdateSecretVersionStage on AWS that takes AWSPREVIOUS off its version, and one that moves it."
        { OrdinaryLabel = "ordinary-label", Refused = "refused" }
    /// Does `RotateSecret` register its token with AWSPENDING before the function runs?
    placeholder: Placeholder = "placeholder" ["ROT-10"]
        "A DescribeSecret on AWS between RotateSecret and the first call of a slow rotation function, for each way \
         in which a rotation can start."
        { Registered = "registered", None = "none" }
    /// Is the configuration of a refused `RotateSecret` kept?
    refusal_stores: RefusalStores = "refusal-stores" ["ROT-3"]
        "A RotateSecret on AWS that is refused because of an unfinished rotation and brings other rules, and a \
         DescribeSecret after it."
        { Nothing = "nothing", Configuration = "configuration" }
    /// How is a `RotateSecret` with the token of the running rotation answered?
    token_reuse: TokenReuse = "token-reuse" ["ROT-8"]
        "A second RotateSecret on AWS with the token of a rotation whose function is still running."
        { Idempotent = "idempotent", Refused = "refused" }
    /// When does AWSPENDING leave the version that a rotation made current?
    pending_cleanup: PendingCleanup = "pending-cleanup" ["ROT-14, ADD-3"]
        "A DescribeSecret every few seconds on AWS after a rotation whose function leaves AWSPENDING, until the \
         label is gone, over many rotations."
        { After60s = "after 60s", Immediately = "immediately", Never = "never" }
    /// What becomes of the version made for a test of the function, once its label is gone?
    test_version: TestVersion = "test-version" ["ROT-16"]
        "A ListSecretVersionIds with IncludeDeprecated on AWS some minutes after a RotateSecret with \
         RotateImmediately false."
        { Dropped = "dropped", Deprecated = "deprecated" }
    /// What becomes of a placeholder that loses its last label?
    lost_placeholder: LostPlaceholder = "lost-placeholder" ["GC-7"]
        "A PutSecretValue on AWS with the token of a rotation's empty version after AWSPENDING was removed from it."
        { Dropped = "dropped", Kept = "kept" }
    /// How is `RestoreSecret` on a secret that isn't scheduled for deletion answered?
    restore_live: RestoreLive = "restore-live" ["RES-2"]
        "A RestoreSecret on AWS on a secret that was never deleted."
        { Succeeds = "succeeds", Refused = "refused" }
    /// Can the versions of a secret that is scheduled for deletion be listed?
    list_deleted: ListDeleted = "list-deleted" ["GEN-10"]
        "A ListSecretVersionIds on AWS on a secret that waits for deletion."
        { Allowed = "allowed", Refused = "refused" }
    /// What counts toward the 100 versions of a secret?
    collection: Collection = "collection" ["GC-4"]
        "A secret on AWS with more than a hundred versions older than a day, some of them labeled, and the version \
         list after each further write."
        { AllVersions = "all-versions", UnlabelledOnly = "unlabelled-only" }
    /// In which order do the labels of a version come?
    label_order: LabelOrder = "label-order" ["ADD-1"]
        "Many answers of AWS for versions with several labels, among them labels that share a bucket and were \
         attached in both orders."
        { JavaHash = "java-hash", Sorted = "sorted" }
    /// In which order do the versions of a secret come?
    version_order: VersionOrder = "version-order" ["DSC-5"]
        "A ListSecretVersionIds on AWS for a secret with a dozen versions that were made, and relabeled, in a known \
         order."
        { OldestFirst = "oldest-first", NewestFirst = "newest-first" }
    /// How long after a forced delete is the name free?
    forced_delete: ForcedDelete = "forced-delete" ["DEL-7"]
        "CreateSecret tried every second on AWS after a forced deletion of the same name, many times over."
        { After10s = "after 10s", Immediately = "immediately" }
    /// When is AWSPENDING taken off the version made for a test of the function?
    test_lifetime: TestLifetime = "test-lifetime" ["ROT-16"]
        "A DescribeSecret every few seconds on AWS after a RotateSecret with RotateImmediately false, until the \
         label is gone, over many tests."
        { After30s = "after 30s", }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_can_be_chosen_by_name_and_only_those() {
        for assumption in TABLE {
            for (index, option) in assumption.options.iter().enumerate() {
                let mut chosen = Assumptions::default();
                chosen.choose(assumption.id, option).unwrap();
                let listed: Vec<_> = chosen.chosen().collect();
                let expected: Vec<_> =
                    (index > 0).then_some((assumption.id, *option)).into_iter().collect();
                assert_eq!(listed, expected);
            }
            assert!(Assumptions::default().choose(assumption.id, "nonsense").is_err());
        }
        assert!(Assumptions::default().choose("nonsense", "refused").is_err());
    }
}
