//! The rules: one variant per claim about the service, with its id.

/// A group of rules: those of one operation or one topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Group {
    /// What the ids of the group start with, such as `USVS`.
    pub prefix: &'static str,
    /// What the group is about, such as `UpdateSecretVersionStage`.
    pub title: &'static str,
}

/// Declares the rules: a group's module in the catalog, prefix and title, then gist, name and id of
/// each rule. The doc comment of a variant is its id and its gist.
macro_rules! rules {
    ($($module:ident $prefix:literal $title:literal {
        $(#[doc = $gist:literal] $rule:ident = $id:literal,)+
    })+) => {
        /// A claim about the service.
        ///
        /// Rules are ordered as in the catalog: by group, then by number.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Rule {
            $($(#[doc = concat!(" ", $id, ":", $gist)] $rule,)+)+
        }

        impl Rule {
            /// All rules in catalog order.
            pub const ALL: &'static [Self] = &[$($(Self::$rule,)+)+];

            /// The id of the rule, such as `USVS-5`.
            pub const fn id(self) -> &'static str {
                match self {
                    $($(Self::$rule => $id,)+)+
                }
            }

            /// The rule in one line.
            pub const fn gist(self) -> &'static str {
                match self {
                    // A doc comment begins with the space after its slashes.
                    $($(Self::$rule => $gist.trim_ascii_start(),)+)+
                }
            }

            /// The group the rule belongs to.
            pub const fn group(self) -> Group {
                match self {
                    $($(Self::$rule)|+ => Group { prefix: $prefix, title: $title },)+
                }
            }

            /// What the catalog says about the rule.
            pub(super) const fn entry(self) -> &'static super::catalog::Entry {
                match self {
                    $($(Self::$rule => &super::catalog::$module::$rule,)+)+
                }
            }
        }
    };
}

rules! {
    general "GEN" "All operations" {
        /// Calls and answers are AWS JSON 1.1; times are seconds with a fraction.
        SpeaksAwsJson = "GEN-1",
        /// Every client error has HTTP status 400, `__type` and `Message`.
        ErrorsAreHttp400 = "GEN-2",
        /// Some errors come that the API model does not declare.
        UnmodeledErrorsOccur = "GEN-3",
        /// A name has letters, digits and a few marks only.
        NameCharactersAreLimited = "GEN-4",
        /// A secret is found by name, ARN, or ARN without its suffix.
        SecretIdIsNameOrArn = "GEN-5",
        /// A secret that does not exist is a `ResourceNotFoundException`.
        UnknownSecretIsNotFound = "GEN-6",
        /// Writes and rotations need a `ClientRequestToken`.
        TokenIsMandatory = "GEN-7",
        /// A text that is too short or too long is a `ValidationException`.
        LengthIsValidated = "GEN-8",
        /// A secret that waits for deletion refuses most calls.
        ScheduledSecretRefusesCalls = "GEN-9",
        /// Whether the versions of a secret that waits for deletion can be listed.
        ScheduledSecretListsVersions = "GEN-10",
        /// A managed secret is changed by the service that owns it only.
        ManagedSecretBelongsToService = "GEN-11",
        /// A replica refuses writes.
        ReplicaIsReadOnly = "GEN-12",
    }
    create "CS" "CreateSecret" {
        /// A value given at creation becomes the first version, labeled AWSCURRENT.
        CreateMakesCurrentVersion = "CS-1",
        /// Without a value the secret starts without versions.
        CreateWithoutValueMakesNoVersion = "CS-2",
        /// An ARN ends in a hyphen and six random characters.
        ArnEndsInRandomSuffix = "CS-3",
        /// A name in use is a `ResourceExistsException`.
        NameIsTaken = "CS-4",
        /// The same token and value again repeat the answer.
        CreateReplayIsIdempotent = "CS-5",
        /// The same token with another value is refused.
        CreateTokenKeepsItsValue = "CS-6",
        /// The name of a secret that waits for deletion is not free.
        NameWaitsForDeletion = "CS-7",
        /// Text and binary value exclude each other.
        CreateTakesOneValue = "CS-8",
        /// An empty description is stored as none.
        EmptyDescriptionIsAbsent = "CS-9",
    }
    put "PSV" "PutSecretValue" {
        /// A put without labels takes AWSCURRENT; the version that had it gets AWSPREVIOUS.
        PutMovesCurrent = "PSV-1",
        /// The first version gets AWSCURRENT and nothing gets AWSPREVIOUS.
        FirstPutIsCurrent = "PSV-2",
        /// Whether a first version put with other labels gets AWSCURRENT too.
        FirstPutWithOtherLabels = "PSV-3",
        /// A put with labels other than AWSCURRENT moves exactly those.
        PutTakesNamedLabels = "PSV-4",
        /// A put may take AWSCURRENT and other labels at once.
        PutTakesCurrentAndOthers = "PSV-5",
        /// A version that loses one label keeps its others.
        TakingLeavesOtherLabels = "PSV-6",
        /// A custom label may begin with `AWS`.
        AwsPrefixIsNotReserved = "PSV-7",
        /// A put of AWSPENDING takes it even from the current version.
        PutMovesPendingOffCurrent = "PSV-8",
        /// When a put takes AWSCURRENT, AWSPENDING beside it leaves the secret.
        PendingLeavesWithCurrent = "PSV-9",
        /// A new current version during a rotation abandons the rotation.
        NewCurrentAbandonsRotation = "PSV-10",
        /// Whether other puts during a rotation abandon it.
        OtherPutsDuringRotation = "PSV-11",
        /// Whether a put that takes AWSCURRENT clears AWSPENDING elsewhere.
        HandMadePendingIsCleared = "PSV-12",
        /// Whether the version that loses AWSCURRENT to a put keeps its custom labels.
        OutgoingKeepsCustomLabels = "PSV-13",
        /// The same token and value again change nothing.
        PutReplayIsIdempotent = "PSV-14",
        /// The same token with another value is refused.
        PutTokenKeepsItsValue = "PSV-15",
        /// A put with the token of a placeholder stores its value.
        PutFillsPlaceholder = "PSV-16",
        /// Whether a repeated put with other labels moves them.
        PutReplayIgnoresLabels = "PSV-17",
        /// Whether a placeholder filled without labels becomes current.
        FillWithoutLabels = "PSV-18",
        /// A put without any value is refused.
        PutNeedsValue = "PSV-19",
        /// Text and binary value exclude each other.
        PutTakesOneValue = "PSV-20",
        /// Whether an empty list of labels is refused.
        EmptyStagesAreRefused = "PSV-21",
        /// A label named twice in one put counts once.
        DuplicateLabelsAreOne = "PSV-22",
        /// A put that makes too many labels is refused.
        PutRespectsLabelLimit = "PSV-23",
        /// A put that makes too many versions is refused.
        PutRespectsVersionLimit = "PSV-24",
        /// Another account can't use a value under the default key.
        DefaultKeyStaysInAccount = "PSV-25",
        /// A rotation fails when another principal wrote the pending value.
        PendingValueComesFromFunction = "PSV-26",
        /// The order of labels in the answer is not promised.
        PutAnswerHasNoSetOrder = "PSV-27",
    }
    update "US" "UpdateSecret" {
        /// An update without a value changes metadata only.
        UpdateWithoutValueMakesNoVersion = "US-1",
        /// An update with a value moves labels as a plain put does.
        UpdateMovesCurrent = "US-2",
        /// An update that names only the secret succeeds.
        EmptyUpdateSucceeds = "US-3",
        /// A new token with the same value is accepted as a change.
        SameValueMakesNewVersion = "US-4",
        /// The same token and value again change nothing.
        UpdateReplayIsIdempotent = "US-5",
        /// The same token with another value is refused.
        UpdateTokenKeepsItsValue = "US-6",
        /// A new key re-encrypts the versions with AWS's labels.
        KeyChangeReencryptsLabeled = "US-7",
        /// Rotation settings can't be changed by an update.
        UpdateLeavesRotationSettings = "US-8",
        /// An update with a value abandons a running rotation.
        UpdateAbandonsRotation = "US-9",
    }
    stage "USVS" "UpdateSecretVersionStage" {
        /// A label that no version has is added to the target.
        FreeLabelIsAdded = "USVS-1",
        /// A label moves from the named source to the target.
        LabelMovesBetweenVersions = "USVS-2",
        /// A source without a target removes the label.
        LabelIsRemoved = "USVS-3",
        /// A version that loses its last label is deprecated, not deleted.
        LosingLastLabelDeprecates = "USVS-4",
        /// AWSPREVIOUS goes to the version that AWSCURRENT left.
        PreviousFollowsCurrent = "USVS-5",
        /// Moving AWSCURRENT back swaps it with AWSPREVIOUS.
        RollbackSwapsCurrentAndPrevious = "USVS-6",
        /// AWSPENDING stays on the version that AWSCURRENT reaches.
        PendingStaysOnNewCurrent = "USVS-7",
        /// Custom labels never travel with AWSCURRENT.
        CustomLabelsStayPut = "USVS-8",
        /// Moving any other label leaves AWSPREVIOUS alone.
        OtherMovesSparePrevious = "USVS-9",
        /// A move must name the version that has the label.
        MoveNamesTheSource = "USVS-10",
        /// A named source that does not have the label is refused.
        SourceMustHoldLabel = "USVS-11",
        /// AWSCURRENT can be moved, not removed.
        CurrentCannotBeRemoved = "USVS-12",
        /// A target that does not exist is refused.
        TargetMustExist = "USVS-13",
        /// A source that does not exist is refused.
        SourceMustExist = "USVS-14",
        /// A source named for a label that no version has.
        FreeLabelHasNoSource = "USVS-15",
        /// A call that names neither source nor target.
        StageCallNamesAVersion = "USVS-16",
        /// A move whose source and target are the same version.
        MoveOntoItself = "USVS-17",
        /// A label added to the version that has it.
        TargetAlreadyHoldsLabel = "USVS-18",
        /// AWSCURRENT attached while no version has it.
        CurrentFromNowhere = "USVS-19",
        /// AWSCURRENT moved onto a version without a value.
        CurrentOntoPlaceholder = "USVS-20",
        /// AWSPREVIOUS moved or removed by a call.
        PreviousByHand = "USVS-21",
        /// A label more than the secret may have is refused.
        StageRespectsLabelLimit = "USVS-22",
        /// Labels that differ in case are different labels.
        LabelsAreCaseSensitive = "USVS-23",
        /// A secret that waits for deletion refuses label moves.
        ScheduledSecretRefusesLabelMoves = "USVS-24",
        /// Removing AWSPENDING lets a new rotation start.
        RemovingPendingUnblocksRotation = "USVS-25",
    }
    read "GSV" "GetSecretValue" {
        /// Without a selector the version with AWSCURRENT is read.
        ReadDefaultsToCurrent = "GSV-1",
        /// A label or an id alone selects the version.
        ReadByLabelOrId = "GSV-2",
        /// Label and id that don't belong together are refused.
        ReadPairMustMatch = "GSV-3",
        /// A label that no version has is not found.
        UnheldLabelIsNotFound = "GSV-4",
        /// A version id that does not exist is not found.
        UnknownVersionIsNotFound = "GSV-5",
        /// A version without a value is not found.
        PlaceholderHasNoValue = "GSV-6",
        /// Which answer an unknown id beside a label gets.
        UnknownVersionWithLabel = "GSV-7",
        /// A deprecated version can be read by its id.
        DeprecatedVersionIsReadable = "GSV-8",
        /// What the answer of a read contains.
        ReadAnswerMembers = "GSV-9",
        /// A read stamps the access date of secret and version.
        ReadStampsAccessDate = "GSV-10",
        /// A secret that waits for deletion can't be read.
        ScheduledSecretIsUnreadable = "GSV-11",
        /// An IAM condition on the label needs the label in the call.
        IamSeesExplicitStageOnly = "GSV-12",
    }
    read "BGSV" "BatchGetSecretValue" {
        /// A batch read succeeds and lists what failed.
        BatchReadCollectsErrors = "BGSV-1",
    }
    describe "DSC" "DescribeSecret, ListSecretVersionIds, ListSecrets" {
        /// A description maps every labeled version to its labels.
        DescribeShowsLabeledVersions = "DSC-1",
        /// The list of versions leaves out those without a value.
        ListHidesPlaceholders = "DSC-2",
        /// Deprecated versions are listed only when asked for.
        ListHidesDeprecated = "DSC-3",
        /// What an entry of the version list contains.
        VersionEntryMembers = "DSC-4",
        /// The order of the version list is not promised.
        VersionListOrder = "DSC-5",
        /// A description leaves out what has no content.
        DescribeOmitsEmptyFields = "DSC-6",
        /// A description shows the rotation's settings and dates.
        DescribeShowsRotation = "DSC-7",
        /// A schedule is shown together with days computed from it.
        ScheduleShowsComputedDays = "DSC-8",
        /// The list of secrets hides those that wait for deletion.
        ListSecretsHidesScheduled = "DSC-9",
    }
    rotate "ROT" "RotateSecret" {
        /// A rotation without a function is refused.
        RotationNeedsFunction = "ROT-1",
        /// A function that can't be called is refused and nothing is stored.
        FunctionMustBeInvocable = "ROT-2",
        /// AWSPENDING on another version than the current one blocks a rotation.
        UnfinishedRotationBlocks = "ROT-3",
        /// AWSPENDING nowhere or on the current version lets a rotation start.
        SettledPendingAllowsRotation = "ROT-4",
        /// Days and a schedule expression exclude each other.
        DaysExcludeSchedule = "ROT-5",
        /// Days and a window duration go together.
        DaysAllowDuration = "ROT-6",
        /// A secret without versions can rotate.
        EmptySecretCanRotate = "ROT-7",
        /// What a rotation with a token in use does.
        RotationTokenReuse = "ROT-8",
        /// A secret that waits for deletion refuses rotation.
        ScheduledSecretRefusesRotation = "ROT-9",
        /// The service attaches AWSPENDING to a version without a value first.
        PlaceholderBeforeFunction = "ROT-10",
        /// The call answers before the rotation is done.
        RotationIsAsynchronous = "ROT-11",
        /// AWSPENDING moves from the current version to the new one.
        PendingMovesToNewRotation = "ROT-12",
        /// A rotation succeeded when AWSPENDING is on the current version or nowhere.
        SettledPendingIsSuccess = "ROT-13",
        /// The service removes AWSPENDING some time after success.
        ServiceCleansUpPending = "ROT-14",
        /// A function that removes AWSPENDING last still succeeds.
        FunctionMayRemovePending = "ROT-15",
        /// Without immediate rotation only the test step runs.
        DeferredRotationOnlyTests = "ROT-16",
        /// An older schedule may still fire once.
        OldScheduleMayStillFire = "ROT-17",
        /// Settings that are not sent keep their values.
        UnsentSettingsAreKept = "ROT-18",
        /// The next rotation shifts the labels by one version.
        NextRotationShiftsLabels = "ROT-19",
        /// A failing step ends the attempt and leaves AWSPENDING.
        FailedStepStopsRotation = "ROT-20",
        /// The service retries a failed rotation from the first step.
        RotationIsRetried = "ROT-21",
        /// A stuck rotation has three ways out.
        StuckRotationHasThreeExits = "ROT-22",
        /// Writes while the function runs race with it.
        WritesRaceRotation = "ROT-23",
    }
    cancel "CRS" "CancelRotateSecret" {
        /// A cancellation turns rotation off and keeps its settings.
        CancelStopsSchedule = "CRS-1",
        /// The answer names the unfinished version.
        CancelNamesUnfinishedVersion = "CRS-2",
        /// A cancellation leaves AWSPENDING where it is.
        CancelKeepsPending = "CRS-3",
        /// Rotation dates are absent while rotation is off.
        CancelHidesRotationDates = "CRS-4",
        /// What a cancellation does on a secret that never rotated.
        CancelWithoutRotation = "CRS-5",
        /// Whether a function that runs already may finish.
        CancelDuringFunction = "CRS-6",
    }
    function "LAM" "Rotation function" {
        /// The event names step, secret, token and rotation token.
        EventHasFourMembers = "LAM-1",
        /// The four steps run in fixed order with one token.
        StepsRunInOrder = "LAM-2",
        /// The service waits for each step; an error or a timeout fails it.
        StepRunsSynchronously = "LAM-3",
        /// A function must not call another one to rotate.
        FunctionMustNotDelegate = "LAM-4",
        /// AWS's template checks the rotation and its labels before each step.
        TemplateChecksFirst = "LAM-5",
        /// The template's first step makes a value only when there is none.
        TemplateReusesPendingValue = "LAM-6",
        /// The template's last step moves AWSCURRENT and leaves AWSPENDING.
        TemplateMovesCurrentOnly = "LAM-7",
        /// The first step calls `PutSecretValue`.
        FunctionPutsSecretValue = "LAM-8",
        /// A strategy changes one user or alternates between two.
        StrategyIsSingleOrAlternating = "LAM-9",
        /// The second step tries the pending, current and previous credentials.
        SetSecretTriesCredentials = "LAM-10",
    }
    collect "GC" "Deprecated versions" {
        /// A version without labels is deprecated and hidden.
        UnlabeledIsDeprecated = "GC-1",
        /// A labeled version is never collected.
        LabeledIsNeverCollected = "GC-2",
        /// Deprecated versions above one hundred are collected after a day.
        DeprecatedIsCollectedAboveHundred = "GC-3",
        /// Which versions count toward one hundred.
        CollectionCountsVersions = "GC-4",
        /// No call deletes a version.
        VersionsCannotBeDeleted = "GC-5",
        /// Whether a deprecated version can get a label again.
        DeprecatedCanBeRelabeled = "GC-6",
        /// What becomes of a placeholder without labels.
        LostPlaceholderIsDropped = "GC-7",
    }
    delete "DEL" "DeleteSecret" {
        /// A deletion waits for its recovery window, thirty days if not given.
        DeletionWaitsForWindow = "DEL-1",
        /// A recovery window has seven to thirty days.
        WindowIsSevenToThirty = "DEL-2",
        /// A forced deletion has no recovery window.
        ForceExcludesWindow = "DEL-3",
        /// A forced deletion of an unknown secret succeeds.
        ForceOnUnknownSucceeds = "DEL-4",
        /// A forced deletion of a secret that waits for deletion succeeds.
        ForceOnScheduledSucceeds = "DEL-5",
        /// A second deletion without force is refused.
        SecondDeletionIsRefused = "DEL-6",
        /// A forced deletion takes some seconds to free the name.
        ForcedDeletionTakesTime = "DEL-7",
        /// A secret that waits for deletion can be described.
        ScheduledSecretIsDescribable = "DEL-8",
        /// Some time after the window the secret and all its versions go.
        WindowEndRemovesSecret = "DEL-9",
        /// A primary secret with replicas can't be deleted.
        PrimaryOutlivesReplicas = "DEL-10",
        /// What a deletion does to a running rotation.
        DeletionDuringRotation = "DEL-11",
    }
    delete "RES" "RestoreSecret" {
        /// A restored secret has its versions and labels as before.
        RestoreBringsAllBack = "RES-1",
        /// What restoring a secret that is not scheduled does.
        RestoreOfLiveSecret = "RES-2",
        /// A secret that is gone can't be restored.
        RestoreNeedsSecret = "RES-3",
    }
    replicate "TAG" "TagResource, UntagResource" {
        /// Tags belong to the secret, not to its versions.
        TagsBelongToSecret = "TAG-1",
    }
    replicate "REP" "Replication" {
        /// Replicas get values, labels and metadata of the primary.
        ReplicationCopiesLabels = "REP-1",
        /// Replicas are removed through their primary.
        ReplicasGoThroughPrimary = "REP-2",
        /// A replica may be in another account.
        ReplicasMayCrossAccounts = "REP-3",
    }
    quota "Q" "Quotas" {
        /// A Region holds 500,000 secrets of an account.
        SecretsPerRegion = "Q-1",
        /// A secret has about one hundred versions.
        VersionsPerSecret = "Q-2",
        /// A secret has at most twenty labels.
        LabelsPerSecret = "Q-3",
        /// A label is on at most one version.
        LabelIsExclusive = "Q-4",
        /// A request names one to twenty labels.
        LabelsPerRequest = "Q-5",
        /// A label has 1 to 256 characters.
        LabelLength = "Q-6",
        /// A version id has 32 to 64 characters.
        VersionIdLength = "Q-7",
        /// A value has 1 to 65,536 bytes.
        ValueSize = "Q-8",
        /// A name has 1 to 512 characters.
        NameLength = "Q-9",
        /// Descriptions, ids, policies and tags have their own limits.
        OtherTextLengths = "Q-10",
        /// At most one new version in ten minutes is recommended.
        OneVersionPerTenMinutes = "Q-11",
        /// Requests above a rate are throttled.
        RequestRates = "Q-12",
    }
    time "T" "Time" {
        /// Creation and change dates are instants in milliseconds.
        DatesHaveMilliseconds = "T-1",
        /// Every modification moves the date of the last change.
        WritesMoveLastChanged = "T-2",
        /// The rotation dates are those of the last success and the next attempt.
        LastRotatedIsLastSuccess = "T-3",
        /// A value written by hand counts as a rotation for the schedule.
        ManualWriteCountsAsRotation = "T-4",
        /// The access date is a day, absent before the first read.
        AccessDateIsADay = "T-5",
        /// The deletion date is the request's instant plus whole days.
        DeletionDateIsExact = "T-6",
        /// The age that protects from collection counts from creation.
        CollectionAgeFromCreation = "T-7",
        /// A schedule opens windows in UTC; rotation comes at any time inside.
        SchedulesAreUtcWindows = "T-8",
        /// A cron expression has six fields with fixed minutes and year.
        CronHasSixFields = "T-9",
        /// Before 2022 the hour of a rotation was random.
        OldSchedulesPickAnyHour = "T-10",
        /// Reads may lag behind writes.
        ReadsMayLag = "T-11",
    }
    recordings "ADD" "What the recordings add" {
        /// Labels come in the order of a Java hash set.
        LabelsComeInHashOrder = "ADD-1",
        /// Filters of the list of secrets match beginnings.
        ListFiltersMatchPrefixes = "ADD-2",
        /// AWSPENDING is still visible right after a success.
        PendingVisibleAfterSuccess = "ADD-3",
        /// A tested rotation leaves no new labeled version.
        TestVersionLeavesNoLabel = "ADD-4",
        /// A name used again after a forced deletion gets another ARN.
        ForcedNameGetsNewArn = "ADD-5",
        /// A resource policy may come back with its members reordered.
        PolicyMayBeReordered = "ADD-6",
        /// Denied and invalid calls have HTTP status 400.
        DeniedAndInvalidAreHttp400 = "ADD-7",
        /// How many labels leave with AWSCURRENT is open.
        OutgoingLabelsAreOpen = "ADD-8",
    }
}
