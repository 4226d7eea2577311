//! Rules of `PutSecretValue`.
#![expect(non_upper_case_globals, reason = "each entry has the name of its rule")]

use super::{Entry, assumed, assumed_by, emulated, quoted};

pub(in crate::evidence) const PutMovesCurrent: Entry = Entry::new(
    "A put without VersionStages labels the new version AWSCURRENT and nothing else. The \
     version that had AWSCURRENT gets AWSPREVIOUS, and the version that had AWSPREVIOUS loses \
     it and is deprecated if that was its last label.",
    &[
        recorded!("test_deprecated_secret_version_stage"),
        api!(
            "PutSecretValue",
            "If you don't include VersionStages, then Secrets Manager automatically moves the \
             staging label AWSCURRENT to this version.",
        ),
    ],
)
.matters(
    "Forget VersionStages in createSecret and every application reads a password that the \
     database does not know yet.",
);

pub(in crate::evidence) const FirstPutIsCurrent: Entry = Entry::new(
    "The first version of a secret, put without VersionStages, gets AWSCURRENT, and no \
     version gets AWSPREVIOUS.",
    &[recorded!("test_create_secret_version_from_empty_secret", "2024-03-15")],
)
.matters(
    "After the first value there is nothing to roll back to, so code that reads AWSPREVIOUS \
     first fails on a new secret.",
);

pub(in crate::evidence) const FirstPutWithOtherLabels: Entry = Entry::new(
    "The first version of a secret gets AWSCURRENT as well when it is put with labels that \
     leave AWSCURRENT out.",
    &[
        api!(
            "PutSecretValue",
            "If this operation creates the first version for the secret, then Secrets Manager \
             automatically attaches the staging label AWSCURRENT to it.",
        ),
        emulated("moto"),
        assumed_by(
            "first-version",
            "Which labels has a first version that was put with VersionStages [\"one\"]?",
        ),
    ],
)
.matters(
    "It decides whether a secret that was filled with AWSPENDING alone can be read by \
     applications at all.",
)
.contradicted_by(
    "The acceptance test TestAccSecretsManagerSecretVersion_multipleVersions of the Terraform \
     provider reads back only the label given.",
);

pub(in crate::evidence) const PutTakesNamedLabels: Entry = Entry::new(
    "A put with VersionStages that leave AWSCURRENT out gives the new version exactly those \
     labels and takes each from the version that had it. AWSCURRENT and AWSPREVIOUS stay \
     where they are.",
    &[
        recorded!("test_put_secret_value_with_version_stages"),
        recorded!("test_update_secret_version_stages_current_pending_cycle", "2024-03-15"),
        api!(
            "PutSecretValue",
            "Secrets Manager removes the label from the other version and attaches it to this \
             version",
        ),
    ],
)
.matters(
    "This is how createSecret stores a new password unseen: applications go on reading \
     AWSCURRENT until finishSecret.",
);

pub(in crate::evidence) const PutTakesCurrentAndOthers: Entry = Entry::new(
    "A put with AWSCURRENT among other labels takes AWSCURRENT as a plain put does and the \
     other labels too: AWSPREVIOUS goes to the version that had AWSCURRENT.",
    &[
        recorded!("test_update_secret_version_stages_current_pending_cycle_custom_stages_2"),
        api!("PutSecretValue"),
    ],
)
.matters(
    "A deployment that labels its release while it goes live does both in one call, and the \
     rollback target is set as always.",
);

pub(in crate::evidence) const TakingLeavesOtherLabels: Entry = Entry::new(
    "A version that loses a label to another version keeps its other labels. Without any \
     label left it disappears from the default lists.",
    &[
        recorded!("test_non_versioning_version_stages_replacement", "2024-03-15"),
        recorded!("test_non_versioning_version_stages_no_replacement"),
    ],
)
.matters(
    "A version that still has a label of your own survives its demotion, while one without \
     any label may be collected.",
);

pub(in crate::evidence) const AwsPrefixIsNotReserved: Entry = Entry::new(
    "A label that begins with AWS and is none of the three known ones, such as AWSSOMETHING, \
     is an ordinary custom label.",
    &[recorded!(
        "test_update_secret_version_stages_current_pending_cycle_custom_stages_1",
        "2024-03-15",
    )],
)
.matters(
    "A typo such as AWSPENDNG is accepted as a label of your own, so the value is stored \
     and nobody finds it.",
);

pub(in crate::evidence) const PutMovesPendingOffCurrent: Entry = Entry::new(
    "A put of AWSPENDING takes it even from the version that is current, which keeps \
     AWSCURRENT.",
    &[recorded!("test_update_secret_version_stages_current_pending_cycle", "2024-03-15")],
)
.matters(
    "The next rotation does not stumble over an AWSPENDING left on the current version, and \
     the password in use is untouched.",
);

pub(in crate::evidence) const PendingLeavesWithCurrent: Entry = Entry::new(
    "A put without VersionStages, while one version has AWSCURRENT and AWSPENDING, leaves \
     that version with AWSPREVIOUS: AWSPENDING is gone from the secret.",
    &[
        recorded!("test_update_secret_version_stages_current_pending", "2024-03-15"),
        assumed_by(
            "pending-leaves",
            "Does only AWSPENDING beside AWSCURRENT go, or AWSPENDING on any version?",
        ),
    ],
)
.matters(
    "A password written by hand right after a rotation tidies AWSPENDING away, so the next \
     rotation is not blocked by it.",
);

pub(in crate::evidence) const NewCurrentAbandonsRotation: Entry = Entry::new(
    "A put without VersionStages during a rotation removes AWSPENDING from the unfinished \
     version and abandons the rotation, so that a new rotation can start.",
    &[
        terraform!("testSecretValueIsCurrent"),
        old_guide!("c3b51cc", "retrieve-ct-entries"),
        issue!("hashicorp/terraform-provider-aws", 9487),
        issue!("hashicorp/terraform-provider-aws", 10619),
        assumed_by("pending-leaves", "Does AWSPENDING leave every version that has it?"),
    ],
)
.matters(
    "A password changed by hand during a rotation wins: the rotation is given up, and the \
     database may already have the password that was given up.",
);

pub(in crate::evidence) const OtherPutsDuringRotation: Entry = Entry::new(
    "A put that leaves AWSCURRENT where it is does not abandon a running rotation, even when \
     it takes AWSPENDING from the rotation's version.",
    &[assumed_by(
        "abandons",
        "Does a put with custom labels, or of AWSPENDING under another token, abandon the \
         rotation?",
    )],
)
.matters(
    "It decides whether a deployment that stores another version under its own label makes \
     a running rotation fail.",
);

pub(in crate::evidence) const HandMadePendingIsCleared: Entry = Entry::new(
    "AWSPENDING attached by hand to a version that is not current leaves it when a put takes \
     AWSCURRENT.",
    &[
        old_guide!("c3b51cc", "retrieve-ct-entries"),
        assumed_by(
            "pending-leaves",
            "Does a put that takes AWSCURRENT clear AWSPENDING from a third version when no \
             rotation runs?",
        ),
    ],
)
.matters(
    "An emergency write of a new password may take away a candidate that somebody prepared \
     under AWSPENDING.",
);

pub(in crate::evidence) const OutgoingKeepsCustomLabels: Entry = Entry::new(
    "The version that loses AWSCURRENT to a put keeps its custom labels.",
    &[assumed_by(
        "outgoing-labels",
        "Which custom labels does the version keep that a plain put takes AWSCURRENT \
         from?",
    )],
)
.matters(
    "If you pin a rollback target with a label of your own, this decides whether the pin \
     survives the next write.",
)
.contradicted_by("moto's source takes all labels from that version.");

pub(in crate::evidence) const PutReplayIsIdempotent: Entry = Entry::new(
    "A put with the token and the value of an existing version succeeds and changes nothing. \
     The answer shows the labels that version has now.",
    &[
        moto!("test_put_same_secret_value_with_same_token"),
        api!(
            "PutSecretValue",
            "If you call this operation with a ClientRequestToken that matches an existing \
             version's VersionId, and you specify the same secret data, the operation \
             succeeds but does nothing.",
        ),
    ],
)
.matters(
    "A put whose answer was lost can be repeated; the labels in the second answer are those \
     of now, which may have moved on.",
);

pub(in crate::evidence) const PutTokenKeepsItsValue: Entry = Entry::new(
    "A put with the token of an existing version and another value is a \
     `ResourceExistsException` \"You can't use ClientRequestToken <token> because that value \
     is already in use for a version of secret <ARN>.\", and changes nothing.",
    &[moto!("test_put_different_secret_value_with_same_token"), api!("PutSecretValue")],
)
.matters(
    "A createSecret that is retried and draws a new random password is refused, which \
     protects the value that the database may already have.",
);

pub(in crate::evidence) const PutFillsPlaceholder: Entry = Entry::new(
    "A put with the token of a version that has labels but no value stores the value in it; \
     VersionStages decide the labels. This is how a rotation function makes its new version.",
    &[
        recorded!("test_rotate_secret_with_lambda_success", "2025-03-30"),
        moto!("test_rotate_secret_using_lambda"),
        template!("SecretsManagerRotationTemplate"),
    ],
)
.matters(
    "createSecret has to write under the token it was given; a value under another token \
     leaves the rotation's version empty and the rotation stuck.",
);

pub(in crate::evidence) const PutReplayIgnoresLabels: Entry = Entry::new(
    "A put that repeats token and value but names other labels is ignored like any repeated \
     put: no label moves.",
    &[
        api!("PutSecretValue"),
        assumed_by(
            "replay-labels",
            "Does a repeated put with other VersionStages move labels, and do a text and a \
             binary value of equal bytes count as the same?",
        ),
    ],
)
.matters(
    "Labels can't be repaired by sending an old put again with better labels; \
     UpdateSecretVersionStage does that.",
);

pub(in crate::evidence) const FillWithoutLabels: Entry = Entry::new(
    "A placeholder filled by a put without VersionStages becomes current and loses \
     AWSPENDING, as any version of a plain put would.",
    &[assumed_by(
        "fill-without-labels",
        "Which labels has a rotation's version after its function put the value without \
         VersionStages? aws/aws-sdk-js-v3#7701 fits, but does not show the put.",
    )],
)
.matters(
    "A function that forgets VersionStages puts an untested password in use at once, and \
     the later steps see a finished rotation and return.",
);

pub(in crate::evidence) const PutNeedsValue: Entry = Entry::new(
    "A put with neither SecretString nor SecretBinary is an `InvalidRequestException` \"You \
     must provide either SecretString or SecretBinary.\", also when the text is empty.",
    &[quoted("three reports of Terraform users who applied empty texts, threads not kept")],
)
.matters(
    "A pipeline whose variable is empty gets this error instead of a secret with an empty \
     password.",
);

pub(in crate::evidence) const PutTakesOneValue: Entry = Entry::new(
    "A put with both SecretString and SecretBinary is refused.",
    &[
        api!("PutSecretValue", "You must include SecretBinary or SecretString, but not both."),
        emulated(
            "moto and LocalStack: InvalidParameterException \"You can't specify both a binary \
             secret value and a string secret value in the same secret.\"",
        ),
        assumed("Which code and text does the service answer?"),
    ],
)
.matters(
    "A generic wrapper that sends text and bytes is refused and stores nothing, so the old \
     value stays in use.",
);

pub(in crate::evidence) const EmptyStagesAreRefused: Entry = Entry::new(
    "A put with an empty list of labels is a `ValidationException`, as the list is shorter \
     than the model allows. SDKs refuse to send it.",
    &[
        model!("SecretVersionStagesType"),
        assumed_by(
            "empty-stages",
            "What does the service answer to `VersionStages: []` on the wire?",
        ),
    ],
)
.matters(
    "Code that builds its list of labels and ends up with none fails, or silently moves \
     AWSCURRENT if the service takes it as absent.",
);

pub(in crate::evidence) const DuplicateLabelsAreOne: Entry = Entry::new(
    "A label named twice in one put counts once.",
    &[assumed("What does the service answer to a put that names a label twice?")],
)
.matters(
    "A label list put together from several sources needs no clearing of repetitions, if \
     this is so.",
);

pub(in crate::evidence) const PutRespectsLabelLimit: Entry = Entry::new(
    "A put that would leave the secret with more than 20 labels is a `LimitExceededException` \
     and changes nothing.",
    &[model!("PutSecretValue"), old_guide!("2c36bf5", "reference_limits")],
)
.matters(
    "A label for every release fills the secret up, and then it is a deployment that fails, \
     long after the clean-up that was forgotten.",
);

pub(in crate::evidence) const PutRespectsVersionLimit: Entry = Entry::new(
    "A put that would leave the secret with too many versions is a `LimitExceededException` \
     and changes nothing.",
    &[
        model!("PutSecretValue"),
        api!("PutSecretValue"),
        assumed("At how many versions does a put fail, and with which text?"),
    ],
)
.matters(
    "A job that writes every minute runs out of versions within hours, and then even the \
     rotation can't store its password.",
);

pub(in crate::evidence) const DefaultKeyStaysInAccount: Entry = Entry::new(
    "GetSecretValue and PutSecretValue from another account on a secret under the default KMS \
     key are an `InvalidRequestException` \"You can't access a secret from a different AWS \
     account if you encrypt the secret with the default KMS service key.\", whatever the \
     policy allows.",
    &[asserted!("test_cross_account_access")],
)
.matters(
    "Sharing a secret with another account needs a key of your own first; no resource \
     policy gets around it.",
);

pub(in crate::evidence) const PendingValueComesFromFunction: Entry = Entry::new(
    "A rotation fails when its pending value was put by another principal than the rotation \
     function: \"Pending secret version <id> for Secret <ARN> was not created by Lambda \
     <ARN>. Remove the AWSPENDING staging label and restart rotation\". A function that \
     assumes a role proves itself with the rotation token.",
    &[guide!("troubleshoot_rotation"), guide!("rotate-secrets_lambda"), api!("PutSecretValue")],
)
.matters(
    "A repair that fills the pending version by hand makes the rotation fail; remove \
     AWSPENDING and rotate again.",
);

pub(in crate::evidence) const PutAnswerHasNoSetOrder: Entry = Entry::new(
    "The labels in the answer come in the order in which labels are listed elsewhere, not in \
     the order of the request.",
    &[assumed_by("label-order", "In which order does the answer of a put list its labels?")],
)
.matters("A test that compares the labels as a list instead of a set fails on the real service.");
