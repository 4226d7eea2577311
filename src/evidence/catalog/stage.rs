//! Rules of `UpdateSecretVersionStage`.
#![expect(non_upper_case_globals, reason = "each entry has the name of its rule")]

use super::{Entry, PCS_ROTATION, assumed, assumed_by, emulated, quoted};

pub(in crate::evidence) const FreeLabelIsAdded: Entry = Entry::new(
    "A label that no version has is added to the target, whose other labels stay. No source \
     needs to be named.",
    &[
        terraform!("TestAccSecretsManagerSecretVersion_versionStages"),
        api!("UpdateSecretVersionStage"),
    ],
)
.matters(
    "A label of your own pins a version against collection with one call, and nothing else \
     moves.",
);

pub(in crate::evidence) const LabelMovesBetweenVersions: Entry = Entry::new(
    "A label moves to the target when the call names the version that has it as the source.",
    &[
        recorded!("test_update_secret_version_stages_current_pending_cycle", "2024-03-15"),
        api!("UpdateSecretVersionStage"),
    ],
)
.matters(
    "This one call is the moment at which every reader switches, so it belongs at the very \
     end of a rotation.",
);

pub(in crate::evidence) const LabelIsRemoved: Entry = Entry::new(
    "A call that names the version that has the label as the source and no target removes the \
     label, unless it is AWSCURRENT.",
    &[
        recorded!("test_update_secret_version_stages_current_pending_cycle_custom_stages_3"),
        recorded!("test_rotate_secret_with_lambda_success", "2025-03-30"),
        api!(
            "UpdateSecretVersionStage",
            "To remove a label from a version, then do not specify this parameter.",
        ),
        PCS_ROTATION,
    ],
)
.matters(
    "It is the call that gets a stuck rotation going again: take AWSPENDING off the \
     unfinished version.",
);

pub(in crate::evidence) const LosingLastLabelDeprecates: Entry = Entry::new(
    "A version that loses its last label is deprecated: it still exists, and the service may \
     collect it.",
    &[api!(
        "UpdateSecretVersionStage",
        "If this action results in the last label being removed from a version, then the \
         version is considered to be 'deprecated' and can be deleted by Secrets Manager.",
    )],
)
.matters(
    "Taking the last label off is the first half of losing the version, so make sure that \
     no database has its password.",
);

pub(in crate::evidence) const PreviousFollowsCurrent: Entry = Entry::new(
    "When AWSCURRENT moves from one version to another, the version it left gets AWSPREVIOUS. \
     A third version that had AWSPREVIOUS loses it, and is deprecated if that was its last \
     label.",
    &[
        recorded!("test_update_secret_version_stages_current_pending_cycle", "2024-03-15"),
        recorded!("test_update_secret_version_stages_current_pending_cycle_custom_stages_2"),
        api!(
            "UpdateSecretVersionStage",
            "Whenever you move AWSCURRENT, Secrets Manager automatically moves the label \
             AWSPREVIOUS to the version that AWSCURRENT was removed from.",
        ),
    ],
)
.matters(
    "The way back is always prepared: after finishSecret the old password is under \
     AWSPREVIOUS without another call.",
);

pub(in crate::evidence) const RollbackSwapsCurrentAndPrevious: Entry = Entry::new(
    "When AWSCURRENT moves back to the version with AWSPREVIOUS, the two labels swap: the \
     target ends with AWSCURRENT and its custom labels, without AWSPREVIOUS, and the version \
     that AWSCURRENT left gets AWSPREVIOUS.",
    &[
        terraform!("TestAccSecretsManagerSecretVersion_versionStagesExternalUpdate"),
        api!(
            "GetSecretValue",
            "To revert to the previous version of a secret, call UpdateSecretVersionStage.",
        ),
        issue!("aws/aws-cli", 6784),
    ],
)
.matters(
    "Doing the rollback twice undoes it, so an operator who repeats the call puts the bad \
     password back in use.",
);

pub(in crate::evidence) const PendingStaysOnNewCurrent: Entry = Entry::new(
    "When AWSCURRENT moves to the version with AWSPENDING, that version has both labels: the \
     call does not remove AWSPENDING.",
    &[
        recorded!("test_update_secret_version_stages_current_pending", "2024-03-15"),
        moto!("test_update_secret_version_stage_manually"),
        issue!("aws-samples/aws-secrets-manager-rotation-lambdas", 168),
    ],
)
.matters(
    "A function that waits for AWSPENDING to be gone after finishSecret waits in vain, and \
     one that removes it needs a call of its own.",
)
.contradicted_by(
    "The user guide page on rotation functions says that moving AWSCURRENT also removes \
     AWSPENDING in the same call.",
);

pub(in crate::evidence) const CustomLabelsStayPut: Entry = Entry::new(
    "Custom labels stay on their version when AWSCURRENT and AWSPREVIOUS move.",
    &[
        recorded!(
            "test_update_secret_version_stages_current_pending_cycle_custom_stages_1",
            "2024-03-15",
        ),
        recorded!("test_update_secret_version_stages_current_pending_cycle_custom_stages_2"),
    ],
)
.matters(
    "A label such as `stable` keeps naming the version it was put on, whatever rotations \
     and rollbacks do.",
);

pub(in crate::evidence) const OtherMovesSparePrevious: Entry = Entry::new(
    "Moving or removing any label but AWSCURRENT leaves AWSPREVIOUS where it is.",
    &[
        recorded!("test_update_secret_version_stages_current_pending_cycle_custom_stages_3"),
        issue!("localstack/localstack", 10082),
    ],
)
.matters(
    "Cleaning AWSPENDING up or moving labels of your own can't cost you the rollback \
     target.",
);

pub(in crate::evidence) const MoveNamesTheSource: Entry = Entry::new(
    "A move of a label that another version has must name that version as the source, else it \
     is an `InvalidParameterException`: \"The parameter RemoveFromVersionId can't be empty. \
     Staging label AWSCURRENT is currently attached to version <id>, so you must explicitly \
     reference that version in RemoveFromVersionId.\" The text is known for AWSCURRENT only.",
    &[
        moto!("test_update_secret_version_stage_dont_specify_current_stage"),
        api!(
            "UpdateSecretVersionStage",
            "If the label is attached and you either do not specify this parameter, or the \
             version ID does not match, then the operation fails.",
        ),
        issue!("hashicorp/terraform-provider-aws", 19943),
    ],
)
.matters(
    "finishSecret has to read who is current first, so a stale read makes the promotion \
     fail instead of overwriting what somebody else promoted.",
)
.contradicted_by(
    "The description of the operation says that a label is first removed from the other \
     version, as if no source were needed.",
);

pub(in crate::evidence) const SourceMustHoldLabel: Entry = Entry::new(
    "A call whose source is not the version that has the label fails.",
    &[
        api!("UpdateSecretVersionStage"),
        emulated(
            "floci: InvalidParameterException \"When you move staging label <label>, if you \
             specify RemoveFromVersionId, it must be set to the version that currently has \
             the staging label <label>.\"",
        ),
        emulated(
            "moto: InvalidParameterException \"Version stage <label> not found in version \
             <id>\"",
        ),
        assumed_by(
            "stage-wrong-source",
            "Which code and text answer a source that does not have the label?",
        ),
    ],
)
.matters(
    "Two operators who move a label at once can't undo each other unseen, because the \
     second one names a holder that no longer has it.",
);

pub(in crate::evidence) const CurrentCannotBeRemoved: Entry = Entry::new(
    "A call that would remove AWSCURRENT without a target is an `InvalidParameterException` \
     \"You can only move staging label AWSCURRENT to a different secret version. It can’t be \
     completely removed.\" that changes nothing.",
    &[provider!("secret_version.go")],
)
.matters(
    "A secret in use can't be left without a current version by this call, so an emergency \
     stop has to move the label elsewhere.",
);

pub(in crate::evidence) const TargetMustExist: Entry = Entry::new(
    "A target that does not exist is refused, as an unknown version elsewhere is: \
     `ResourceNotFoundException`.",
    &[
        emulated(
            "floci: ResourceNotFoundException \"Secrets Manager can't find the specified \
             secret value for VersionId: <id>.\"",
        ),
        assumed_by(
            "stage-unknown-target",
            "Which code and text answer a target that does not exist?",
        ),
    ],
)
.matters(
    "A wrong id in a rollback command moves nothing; which error you get decides whether a \
     script retries it.",
)
.contradicted_by("moto answers InvalidParameterException \"Not a valid version: <id>\".");

pub(in crate::evidence) const SourceMustExist: Entry = Entry::new(
    "A source that does not exist is refused: `InvalidParameterException`.",
    &[
        emulated("moto: InvalidParameterException \"Not a valid version: <id>\""),
        assumed_by(
            "stage-wrong-source",
            "Which code and text answer a source that does not exist?",
        ),
    ],
)
.matters(
    "A source that was collected, or an id with a typo, makes the whole move fail, so \
     applications keep the version they have.",
);

pub(in crate::evidence) const FreeLabelHasNoSource: Entry = Entry::new(
    "A source named for a label that no version has is refused: `InvalidParameterException`.",
    &[assumed_by(
        "stage-wrong-source",
        "What does the service answer when a source is named for a label that no version \
         has?",
    )],
)
.matters(
    "A script that always names a source fails the first time, when the label is on no \
     version yet.",
);

pub(in crate::evidence) const StageCallNamesAVersion: Entry = Entry::new(
    "A call that names neither source nor target is refused, although the model requires \
     neither.",
    &[assumed_by("stage-neither", "What does the service answer when neither version is named?")],
)
.matters(
    "A script whose two variables are empty should hear of it instead of reporting a \
     successful rollback.",
);

pub(in crate::evidence) const MoveOntoItself: Entry = Entry::new(
    "A move of AWSCURRENT whose source and target are the version that has it is refused, as \
     the target has to be a different version. For other labels it changes nothing.",
    &[assumed_by(
        "stage-same",
        "What does the service answer when source, target and holder are the same \
         version?",
    )],
)
.matters(
    "A finishSecret that is run again must look first whether its version is current, or \
     its retry fails after a success.",
);

pub(in crate::evidence) const TargetAlreadyHoldsLabel: Entry = Entry::new(
    "A label added without a source to the version that has it already changes nothing, and \
     the call succeeds.",
    &[
        api!("UpdateSecretVersionStage"),
        assumed_by(
            "stage-same",
            "What does the service answer when the target has the label and no source is \
             named?",
        ),
    ],
)
.matters("A labeling step that runs twice in a deployment succeeds both times.");

pub(in crate::evidence) const CurrentFromNowhere: Entry = Entry::new(
    "AWSCURRENT can be attached while no version has it, and then no version gets \
     AWSPREVIOUS.",
    &[assumed_by(
        "stage-from-nowhere",
        "What happens when AWSCURRENT is attached while no version has it?",
    )],
)
.matters(
    "It decides whether a secret that never had a current version can be repaired by moving \
     a label.",
)
.contradicted_by(
    "An AWS maintainer says that every secret has AWSCURRENT, so that the case would not \
     occur.",
);

pub(in crate::evidence) const CurrentOntoPlaceholder: Entry = Entry::new(
    "AWSCURRENT can be moved onto a version without a value.",
    &[assumed_by(
        "stage-placeholder",
        "What happens when AWSCURRENT is moved onto a version without a value?",
    )],
)
.matters(
    "A promotion before createSecret has stored a value would leave every reader with \
     ResourceNotFoundException.",
);

pub(in crate::evidence) const PreviousByHand: Entry = Entry::new(
    "A call may move or remove AWSPREVIOUS like any custom label; neither model nor \
     documentation forbids it.",
    &[assumed_by("previous-by-hand", "What happens when a call moves or removes AWSPREVIOUS?")],
)
.matters(
    "An operator who tidies AWSPREVIOUS away by hand gives up the rollback target, and \
     nothing brings it back before the next move of AWSCURRENT.",
);

pub(in crate::evidence) const StageRespectsLabelLimit: Entry = Entry::new(
    "A label that would be the twenty-first on the secret is a `LimitExceededException` \"You \
     exceeded the maximum number of staging labels allowed on a secret.\" and is not added.",
    &[
        model!("UpdateSecretVersionStage"),
        quoted(
            "run-book of a team that labeled its previous versions; text only, code not \
             shown, thread not kept",
        ),
    ],
)
.matters(
    "A team that labels each former version hits the limit in the middle of a rotation, \
     unless it takes old labels off.",
);

pub(in crate::evidence) const LabelsAreCaseSensitive: Entry = Entry::new(
    "Labels that differ only in case are different labels.",
    &[assumed("Are labels compared with regard to case?")],
)
.matters(
    "`awscurrent` in a script is a label of your own, so the move succeeds and no reader \
     notices anything.",
);

pub(in crate::evidence) const ScheduledSecretRefusesLabelMoves: Entry = Entry::new(
    "A secret that waits for deletion refuses label moves with the error that most calls get \
     then.",
    &[provider!("secret_version.go")],
)
.matters(
    "A rollback on a secret that somebody marked for deletion has to begin with \
     RestoreSecret.",
);

pub(in crate::evidence) const RemovingPendingUnblocksRotation: Entry = Entry::new(
    "Once AWSPENDING is removed from the unfinished version, RotateSecret is accepted again.",
    &[PCS_ROTATION, guide!("troubleshoot_rotation"), api!("CancelRotateSecret")],
)
.matters(
    "It is the shortest way out of a stuck rotation, and safe only while the database does \
     not have the pending password.",
);
