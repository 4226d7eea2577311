//! Assumptions: what nobody knows about the service, as switches with named options.

use std::borrow::Cow;
use std::fmt;

/// A switch: a type whose values are named options.
trait Switch: Sized + Default {
    /// The options that are worth a name, the default first.
    const OPTIONS: &'static [&'static str];

    /// The option of that name.
    fn from_option(option: &str) -> Option<Self>;

    /// The name of the option.
    fn option(&self) -> Cow<'static, str>;
}

/// Declares the assumptions once: the type with its options, the field in [`Assumptions`], and the texts.
///
/// A type without a list of options is written by hand below: it takes any number.
macro_rules! assumptions {
    (@type $(#[doc = $question:literal])+ $type:ident
        { $first:ident = $first_text:literal $(, $option:ident = $text:literal)* $(,)? }) => {
        $(#[doc = $question])+
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type {
            #[doc = concat!("`", $first_text, "`, the default.")]
            #[default]
            $first,
            $(#[doc = concat!("`", $text, "`.")] $option,)*
        }

        impl Switch for $type {
            const OPTIONS: &'static [&'static str] = &[$first_text, $($text),*];

            fn from_option(option: &str) -> Option<Self> {
                match option {
                    $first_text => Some(Self::$first),
                    $($text => Some(Self::$option),)*
                    _ => None,
                }
            }

            fn option(&self) -> Cow<'static, str> {
                Cow::Borrowed(match self {
                    Self::$first => $first_text,
                    $(Self::$option => $text,)*
                })
            }
        }
    };
    (@type $(#[doc = $question:literal])+ $type:ident) => {};
    ($($(#[doc = $question:literal])+ $field:ident: $type:ident = $id:literal [$($rule:literal),+]
        $settled_by:literal $({ $($options:tt)+ })?;)+) => {
        $(assumptions! { @type $(#[doc = $question])+ $type $({ $($options)+ })? })+

        /// One option for each assumption.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct Assumptions {
            $($(#[doc = $question])+ pub $field: $type,)+
        }

        /// The assumptions: id, question, rules, options with the default first.
        pub const TABLE: &[Assumption] = &[
            $(Assumption {
                id: $id,
                question: concat!($($question),+).trim_ascii_start(),
                rules: &[$($rule),+],
                settled_by: $settled_by,
                options: <$type as Switch>::OPTIONS,
            },)+
        ];

        impl Assumptions {
            /// Sets one assumption by id and option, as a scenario or the command line names them.
            pub fn choose(&mut self, id: &str, option: &str) -> Result<(), AssumptionError> {
                match id {
                    $($id => self.$field = Switch::from_option(option).ok_or_else(|| {
                        AssumptionError::Option { id: $id, option: option.to_owned() }
                    })?,)+
                    _ => return Err(AssumptionError::Unknown(id.to_owned())),
                }
                Ok(())
            }

            /// The option of every assumption, by id.
            pub fn options(&self) -> impl Iterator<Item = (&'static str, Cow<'static, str>)> {
                [$(($id, self.$field.option())),+].into_iter()
            }

            /// The options that differ from the default, as id and option.
            pub fn chosen(&self) -> impl Iterator<Item = (&'static str, Cow<'static, str>)> {
                let own = [$((self.$field != <$type>::default()).then(|| ($id, self.$field.option()))),+];
                own.into_iter().flatten()
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
    /// The ids of the rules that leave it open. A run whose answers rest on none of them can't feel the assumption.
    pub rules: &'static [&'static str],
    /// What one would have to see to know.
    pub settled_by: &'static str,
    /// What can be chosen, the default first. Where any number can be chosen, those that are worth trying.
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
        { AddsCurrent = "adds-current", OnlyGiven = "only-given" };
    /// When AWSCURRENT moves by a put or an update, which AWSPENDING goes?
    pending_leaves: PendingLeaves = "pending-leaves" ["PSV-9", "PSV-10", "PSV-12"]
        "A plain PutSecretValue on AWS while AWSPENDING is on a version that is not current, once during a rotation \
         and once without, and a DescribeSecret after each."
        { WhereverItIs = "wherever-it-is", OnlyFromOutgoing = "only-from-outgoing" };
    /// Which other puts abandon a running rotation?
    abandons: Abandons = "abandons" ["PSV-11"]
        "CloudTrail after a PutSecretValue under a label of its own, and after one of AWSPENDING under another \
         token, while a slow rotation function runs: RotationAbandoned or not."
        { CurrentMoves = "current-moves", AnyPutByOthers = "any-put-by-others" };
    /// What becomes of the custom labels of the version that a put or an update takes AWSCURRENT from?
    outgoing_labels: OutgoingLabels = "outgoing-labels" ["PSV-13", "ADD-8"]
        "A DescribeSecret on AWS after a plain PutSecretValue took AWSCURRENT from a version that has a custom label."
        { KeepCustom = "keep-custom", DropAll = "drop-all" };
    /// Are other labels applied when a put repeats token and value?
    replay_labels: ReplayLabels = "replay-labels" ["PSV-17"]
        "A PutSecretValue sent twice to AWS with the same token and value, the second time with other \
         VersionStages, and a DescribeSecret."
        { Ignored = "ignored", Applied = "applied" };
    /// What becomes of a rotation's placeholder that is filled by a put without labels?
    fill_without_labels: FillWithoutLabels = "fill-without-labels" ["PSV-18"]
        "A rotation on AWS whose createSecret leaves VersionStages out of its PutSecretValue, and a DescribeSecret \
         before the next step."
        { BecomesCurrent = "becomes-current", StaysPending = "stays-pending" };
    /// How is an empty list of labels on the wire answered?
    empty_stages: EmptyStages = "empty-stages" ["PSV-21"]
        "A PutSecretValue with `VersionStages: []`, signed and sent to AWS without an SDK, which would refuse it \
         first."
        { Refused = "refused", AsAbsent = "as-absent" };
    /// Which error answers a move to a version that doesn't exist?
    stage_unknown_target: StageUnknownTarget = "stage-unknown-target" ["USVS-13"]
        "An UpdateSecretVersionStage on AWS whose MoveToVersionId is a fresh UUID, and the code of its error."
        { ResourceNotFound = "ResourceNotFoundException", InvalidParameter = "InvalidParameterException" };
    /// Which error answers a source that doesn't carry the label?
    stage_wrong_source: StageWrongSource = "stage-wrong-source" ["USVS-11", "USVS-14", "USVS-15"]
        "Three calls of UpdateSecretVersionStage on AWS whose RemoveFromVersionId is another version, an unknown \
         one, or named for a free label, and the codes of their errors."
        { InvalidParameter = "InvalidParameterException", ResourceNotFound = "ResourceNotFoundException" };
    /// Is a label call that names neither version refused?
    stage_neither: StageNeither = "stage-neither" ["USVS-16"]
        "An UpdateSecretVersionStage on AWS that names a label and nothing else."
        { Refused = "refused", NoOp = "no-op" };
    /// May AWSCURRENT be moved to the version that has it? `refused-if-named`: refused if the source is named.
    stage_same: StageSame = "stage-same" ["USVS-17", "USVS-18"]
        "An UpdateSecretVersionStage on AWS that moves AWSCURRENT to the version that has it, once with \
         RemoveFromVersionId and once without."
        { RefusedIfNamed = "refused-if-named", NoOp = "no-op", Refused = "refused" };
    /// May AWSCURRENT be moved to a version without a value?
    stage_placeholder: StagePlaceholder = "stage-placeholder" ["USVS-20"]
        "An UpdateSecretVersionStage on AWS that moves AWSCURRENT to the empty version of a rotation whose \
         createSecret fails."
        { Allowed = "allowed", Refused = "refused" };
    /// May AWSCURRENT be attached while no version has it?
    stage_from_nowhere: StageFromNowhere = "stage-from-nowhere" ["USVS-19"]
        "A secret on AWS whose versions leave AWSCURRENT out, if `first-version` allows one, and an \
         UpdateSecretVersionStage that attaches it."
        { Allowed = "allowed", Refused = "refused" };
    /// May AWSPREVIOUS be moved or removed by a call?
    previous_by_hand: PreviousByHand = "previous-by-hand" ["USVS-21"]
        "An UpdateSecretVersionStage on AWS that takes AWSPREVIOUS off its version, and one that moves it."
        { OrdinaryLabel = "ordinary-label", Refused = "refused" };
    /// Does `RotateSecret` register its token with AWSPENDING before the function runs?
    placeholder: Placeholder = "placeholder" ["ROT-10"]
        "A DescribeSecret on AWS between RotateSecret and the first call of a slow rotation function, for each way \
         in which a rotation can start."
        { Registered = "registered", None = "none" };
    /// Is the configuration of a refused `RotateSecret` kept?
    refusal_stores: RefusalStores = "refusal-stores" ["ROT-3"]
        "A RotateSecret on AWS that is refused because of an unfinished rotation and brings other rules, and a \
         DescribeSecret after it."
        { Nothing = "nothing", Configuration = "configuration" };
    /// How is a `RotateSecret` with the token of the running rotation answered?
    token_reuse: TokenReuse = "token-reuse" ["ROT-8"]
        "A second RotateSecret on AWS with the token of a rotation whose function is still running."
        { Idempotent = "idempotent", Refused = "refused" };
    /// What becomes of the days or the schedule of a secret when `RotationRules` come without either?
    partial_rules: PartialRules = "partial-rules" ["ROT-18"]
        "A RotateSecret on AWS whose RotationRules hold a Duration alone, on a secret that has a schedule, and a \
         DescribeSecret."
        { KeepSchedule = "keep-schedule", ReplaceAll = "replace-all" };
    /// Does a rotation that an older schedule planned still come after RotateImmediately=false brings another schedule?
    old_schedule: OldSchedule = "old-schedule" ["ROT-17"]
        "CloudTrail on AWS on the day of the old schedule, after a RotateSecret with RotateImmediately false that \
         brings other days."
        { Replaced = "replaced", FiresOnce = "fires-once" };
    /// Where does a retry of a failed rotation start?
    retry_from: RetryFrom = "retry-from" ["ROT-21"]
        "CloudTrail and the function's log on AWS after a testSecret that fails once: is createSecret called again?"
        { Rotation = "rotation", Step = "step" };
    /// How often is a failed rotation retried?
    retry_count: RetryCount = "retry-count" ["ROT-21"]
        "The function's log on AWS for a rotation that always fails, over several windows.";
    /// Which token has a retry?
    retry_token: RetryToken = "retry-token" ["ROT-21"]
        "The ClientRequestToken in the events of a failed rotation on AWS and of its retry."
        { Same = "same", Fresh = "fresh" };
    /// When does AWSPENDING leave the version that a rotation made current?
    pending_cleanup: PendingCleanup = "pending-cleanup" ["ROT-14", "ADD-3"]
        "A DescribeSecret every few seconds on AWS after a rotation whose function leaves AWSPENDING, until the \
         label is gone, over many rotations."
        { After60s = "after 60s", Immediately = "immediately", Never = "never" };
    /// Is the configuration kept when the test of the function fails?
    failed_test: FailedTest = "failed-test" ["ROT-16"]
        "A DescribeSecret on AWS after a RotateSecret with RotateImmediately false whose testSecret raises."
        { ConfigurationKept = "configuration-kept", ConfigurationDropped = "configuration-dropped" };
    /// What becomes of the version made for a test of the function, once its label is gone?
    test_version: TestVersion = "test-version" ["ROT-16"]
        "A ListSecretVersionIds with IncludeDeprecated on AWS some minutes after a RotateSecret with \
         RotateImmediately false."
        { Dropped = "dropped", Deprecated = "deprecated" };
    /// What becomes of a placeholder that loses its last label?
    lost_placeholder: LostPlaceholder = "lost-placeholder" ["GC-7"]
        "A PutSecretValue on AWS with the token of a rotation's empty version after AWSPENDING was removed from it."
        { Dropped = "dropped", Kept = "kept" };
    /// May a rotation function that is running finish its step when the rotation is cancelled?
    cancel_running: CancelRunning = "cancel-running" ["CRS-6"]
        "The function's log on AWS when CancelRotateSecret arrives during a slow setSecret."
        { MayFinish = "may-finish", CutOff = "cut-off" };
    /// Does a rotation go on when its secret is scheduled for deletion?
    delete_running: DeleteRunning = "delete-running" ["DEL-11"]
        "The function's log on AWS when DeleteSecret arrives during a slow setSecret, and after RestoreSecret."
        { RetriesStop = "retries-stop", GoesOn = "goes-on" };
    /// How is `RestoreSecret` on a secret that isn't scheduled for deletion answered?
    restore_live: RestoreLive = "restore-live" ["RES-2"]
        "A RestoreSecret on AWS on a secret that was never deleted."
        { Succeeds = "succeeds", Refused = "refused" };
    /// Can the versions of a secret that is scheduled for deletion be listed?
    list_deleted: ListDeleted = "list-deleted" ["GEN-10"]
        "A ListSecretVersionIds on AWS on a secret that waits for deletion."
        { Allowed = "allowed", Refused = "refused" };
    /// What counts toward the 100 versions of a secret?
    collection: Collection = "collection" ["GC-4"]
        "A secret on AWS with more than a hundred versions older than a day, some of them labeled, and the version \
         list after each further write."
        { AllVersions = "all-versions", UnlabelledOnly = "unlabelled-only" };
    /// In which order do the labels of a version come?
    label_order: LabelOrder = "label-order" ["ADD-1"]
        "Many answers of AWS for versions with several labels, among them labels that share a bucket and were \
         attached in both orders."
        { JavaHash = "java-hash", Sorted = "sorted" };
    /// In which order do the versions of a secret come?
    version_order: VersionOrder = "version-order" ["DSC-5"]
        "A ListSecretVersionIds on AWS for a secret with a dozen versions that were made, and relabeled, in a known \
         order."
        { OldestFirst = "oldest-first", NewestFirst = "newest-first" };
    /// How long after a forced delete is the name free?
    forced_delete: ForcedDelete = "forced-delete" ["DEL-7"]
        "CreateSecret tried every second on AWS after a forced deletion of the same name, many times over."
        { After10s = "after 10s", Immediately = "immediately" };
    /// When is AWSPENDING taken off the version made for a test of the function?
    test_lifetime: TestLifetime = "test-lifetime" ["ROT-16"]
        "A DescribeSecret every few seconds on AWS after a RotateSecret with RotateImmediately false, until the \
         label is gone, over many tests."
        { After30s = "after 30s" };
    /// How many changes may a read lag behind?
    stale_reads: StaleReads = "stale-reads" ["T-11"]
        "Many reads on AWS right after a write, from several clients, counted by how many changes they lag.";
}

/// How often a failed rotation is retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RetryCount {
    /// That many times.
    Times(u32),
    /// Until the rotation window ends.
    UntilWindowEnds,
}

impl Default for RetryCount {
    fn default() -> Self {
        Self::Times(5)
    }
}

impl Switch for RetryCount {
    const OPTIONS: &'static [&'static str] = &["5", "0", "until-window-ends"];

    fn from_option(option: &str) -> Option<Self> {
        match option {
            "until-window-ends" => Some(Self::UntilWindowEnds),
            _ => number(option).map(Self::Times),
        }
    }

    fn option(&self) -> Cow<'static, str> {
        match self {
            Self::Times(count) => Cow::Owned(count.to_string()),
            Self::UntilWindowEnds => Cow::Borrowed("until-window-ends"),
        }
    }
}

/// How many changes a read may lag behind; which of them it misses is drawn from the seed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StaleReads(pub u32);

impl Switch for StaleReads {
    const OPTIONS: &'static [&'static str] = &["0", "1"];

    fn from_option(option: &str) -> Option<Self> {
        number(option).map(Self)
    }

    fn option(&self) -> Cow<'static, str> {
        Cow::Owned(self.0.to_string())
    }
}

/// A count of at most a thousand, without sign or leading zeros: more would be a mistake.
fn number(option: &str) -> Option<u32> {
    let count = option.parse().ok().filter(|count| *count <= 1000)?;
    (u32::to_string(&count) == option).then_some(count)
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
                    (index > 0).then_some((assumption.id, (*option).into())).into_iter().collect();
                assert_eq!(listed, expected);
            }
            assert!(Assumptions::default().choose(assumption.id, "nonsense").is_err());
        }
        assert!(Assumptions::default().choose("nonsense", "refused").is_err());
    }

    #[test]
    fn a_count_is_any_small_number() {
        let mut chosen = Assumptions::default();
        chosen.choose("retry-count", "12").unwrap();
        chosen.choose("stale-reads", "3").unwrap();
        let listed: Vec<_> = chosen.chosen().collect();
        assert_eq!(listed, [("retry-count", "12".into()), ("stale-reads", "3".into())]);
        for option in ["-1", "05", "1001", "", "many"] {
            assert!(chosen.choose("stale-reads", option).is_err(), "{option}");
        }
    }
}
