//! Rules of `RotateSecret`.
#![expect(non_upper_case_globals, reason = "each entry has the name of its rule")]

use super::{Entry, PCS_ROTATION, assumed, assumed_by, quoted};

pub(in crate::evidence) const RotationNeedsFunction: Entry = Entry::new(
    "A rotation of a secret that has no function, with none in the call, is an \
     `InvalidRequestException` \"No Lambda rotation function ARN is associated with this \
     secret.\", and nothing is stored.",
    &[recorded!("test_first_rotate_secret_with_missing_lambda_arn", "2025-03-27")],
)
.matters(
    "The first call has to name the function, so a job that only says `rotate` fails on \
     every secret that was never set up.",
)
.contradicted_by("moto words the error as the reference describes it, which the service does not.");

pub(in crate::evidence) const FunctionMustBeInvocable: Entry = Entry::new(
    "A function that is missing or that the service may not invoke is an \
     `AccessDeniedException` \"Secrets Manager cannot invoke the specified Lambda function. \
     Ensure that the function policy grants access to the principal \
     secretsmanager.amazonaws.com.\", and nothing is stored.",
    &[
        recorded!("test_rotate_secret_invalid_lambda_arn", "2024-03-15"),
        quoted("several reports of users with the same text, threads not kept"),
    ],
)
.matters(
    "It is the permission of the function that is missing, not one of yours, and it is \
     often granted a moment too late by the same deployment.",
)
.contradicted_by("moto and LocalStack answer ResourceNotFoundException.");

pub(in crate::evidence) const UnfinishedRotationBlocks: Entry = Entry::new(
    "While AWSPENDING is on another version than AWSCURRENT, RotateSecret is an \
     `InvalidRequestException` \"A previous rotation isn't complete. That rotation will be \
     reattempted.\", also when the call only changes the schedule.",
    &[
        api!(
            "RotateSecret",
            "any later invocation of RotateSecret assumes that a previous rotation request is \
             still in progress and returns an error",
        ),
        PCS_ROTATION,
        issue!("hashicorp/terraform-provider-aws", 35023),
        issue!("aws/aws-cdk", 28539),
        assumed_by(
            "refusal-stores",
            "Is the configuration of a refused call kept, and does the check apply when \
             RotateImmediately is false?",
        ),
    ],
)
.matters(
    "It is the error of a stuck rotation, and it also blocks a change of schedule, so a \
     deployment fails long after the step that broke.",
)
.contradicted_by("moto's source checks the inverse condition and words the error otherwise.");

pub(in crate::evidence) const SettledPendingAllowsRotation: Entry = Entry::new(
    "RotateSecret is accepted when no version has AWSPENDING, or the version with AWSCURRENT \
     has it.",
    &[api!(
        "RotateSecret",
        "When rotation is successful, the AWSPENDING staging label might be attached to \
         the same version as the AWSCURRENT version, or it might not be attached to any \
         version.",
    )],
)
.matters(
    "An AWSPENDING left beside AWSCURRENT is no obstacle, so there is no need to clean it \
     up before the next rotation.",
);

pub(in crate::evidence) const DaysExcludeSchedule: Entry = Entry::new(
    "AutomaticallyAfterDays together with ScheduleExpression is an \
     `InvalidParameterException` \"You cannot specify both rotation frequency and schedule \
     expression together.\", and nothing is stored.",
    &[
        api!("RotateSecret"),
        issue!("hashicorp/terraform-provider-aws", 33329),
        issue!("hashicorp/terraform-provider-aws", 31915),
    ],
)
.matters(
    "Moving from days to a schedule in an infrastructure tool has to drop the days in the \
     same change.",
);

pub(in crate::evidence) const DaysAllowDuration: Entry = Entry::new(
    "AutomaticallyAfterDays together with Duration is accepted.",
    &[terraform!("TestAccSecretsManagerSecretRotation_duration")],
)
.matters(
    "Days can be narrowed to a window, so rotations can stay out of business hours without \
     a cron expression.",
);

pub(in crate::evidence) const EmptySecretCanRotate: Entry = Entry::new(
    "A secret without versions can rotate; the rotation's version is then its only one. AWS's \
     template fails there in its first step, since no version has AWSCURRENT.",
    &[
        terraform!("TestAccSecretsManagerSecretRotation_scheduleExpression"),
        issue!("hashicorp/terraform-provider-aws", 10619),
    ],
)
.matters(
    "Rotation set up before the first value fails in createSecret with AWS's template and \
     leaves an empty version under AWSPENDING.",
);

pub(in crate::evidence) const RotationTokenReuse: Entry = Entry::new(
    "RotateSecret with the token of the rotation that runs succeeds again and starts nothing.",
    &[
        api!("RotateSecret"),
        assumed_by(
            "token-reuse",
            "What does RotateSecret answer to a token that is a version id already, of the \
             running rotation or another?",
        ),
    ],
)
.matters("A rotation request whose answer was lost can be sent again without a second rotation.");

pub(in crate::evidence) const ScheduledSecretRefusesRotation: Entry = Entry::new(
    "A secret that waits for deletion refuses rotation with the error that most calls get \
     then.",
    &[
        model!("RotateSecret"),
        assumed("With which text is RotateSecret refused on a secret that waits for deletion?"),
    ],
)
.matters("A rotation can't rescue a secret that was deleted by mistake; restore it first.");

pub(in crate::evidence) const PlaceholderBeforeFunction: Entry = Entry::new(
    "The service attaches AWSPENDING to a version whose id is the token and that has no \
     value, before it calls the function. The function stores the value.",
    &[
        moto!("test_rotate_secret_using_lambda"),
        api!(
            "DescribeSecret",
            "During rotation, Secrets Manager creates an AWSPENDING version ID before \
             creating the new secret version.",
        ),
        issue!("getmoto/moto", 8403),
        issue!("aws-samples/aws-secrets-manager-rotation-lambdas", 16),
        assumed_by(
            "placeholder",
            "Does every rotation register its token before the function runs?",
        ),
    ],
)
.matters(
    "From the first moment on AWSPENDING exists without a value, so a label proves nothing \
     about a password.",
);

pub(in crate::evidence) const RotationIsAsynchronous: Entry = Entry::new(
    "RotateSecret answers at once with the token as VersionId. Whether the rotation succeeds \
     shows later in labels, dates and events.",
    &[
        recorded!("test_rotate_secret_with_lambda_success", "2025-03-30"),
        api!("RotateSecret"),
        PCS_ROTATION,
    ],
)
.matters(
    "A pipeline that goes on after the call has succeeded knows nothing yet; it has to wait \
     for the labels or the event.",
);

pub(in crate::evidence) const PendingMovesToNewRotation: Entry = Entry::new(
    "A rotation that starts while the current version has AWSPENDING takes the label from it.",
    &[api!("RotateSecret"), api!("UpdateSecretVersionStage")],
)
.matters(
    "Only one version is pending at a time, so an old AWSPENDING beside AWSCURRENT can't be \
     mistaken for the new rotation's.",
);

pub(in crate::evidence) const SettledPendingIsSuccess: Entry = Entry::new(
    "A rotation succeeded when, after its last step, AWSPENDING is on the version with \
     AWSCURRENT or on none. The date of the last rotation is then set and the next one \
     computed.",
    &[
        recorded!("test_rotate_secret_with_lambda_success", "2025-03-30"),
        api!("RotateSecret"),
        guide!("rotate-secrets_lambda-functions"),
    ],
)
.matters(
    "Success is where the labels are, not what the function returned: a function that does \
     nothing at all fails although no step raised an error.",
);

pub(in crate::evidence) const ServiceCleansUpPending: Entry = Entry::new(
    "AWSPENDING left on the new current version is removed by the service some time after the \
     rotation, without the function.",
    &[
        moto!("test_rotate_secret_using_lambda"),
        issue!("aws-samples/aws-secrets-manager-rotation-lambdas", 145),
        assumed_by("pending-cleanup", "How long after success does AWSPENDING stay?"),
    ],
)
.matters(
    "A check right after a rotation may see AWSPENDING or not, and a rollback before the \
     clean-up leaves it on the wrong version and blocks the next rotation.",
)
.contradicted_by(
    "A user reports in aws-samples/aws-secrets-manager-rotation-lambdas#168 that the label \
     stays, without saying how long.",
);

pub(in crate::evidence) const FunctionMayRemovePending: Entry = Entry::new(
    "A function that removes AWSPENDING itself after AWSCURRENT has moved still makes a \
     successful rotation. Removing it before AWSCURRENT has moved makes it fail.",
    &[
        recorded!("test_rotate_secret_with_lambda_success", "2025-03-30"),
        moto!("test_rotate_secret_using_lambda"),
        assumed(
            "What becomes of a rotation whose function removes AWSPENDING before AWSCURRENT \
             has moved?",
        ),
    ],
)
.matters(
    "Removing AWSPENDING yourself is allowed, but in the wrong order it turns a good \
     rotation into a failed one.",
)
.contradicted_by(
    "The user guide page on rotation functions warns that removing AWSPENDING in a call of \
     its own can signal an incomplete rotation.",
);

pub(in crate::evidence) const DeferredRotationOnlyTests: Entry = Entry::new(
    "With RotateImmediately false the configuration is stored, a version with AWSPENDING and \
     a copy of the current value is made, only testSecret runs, and AWSPENDING is removed \
     again. AWSCURRENT never moves.",
    &[
        moto!("test_rotate_secret_using_lambda_dont_rotate_immediately"),
        api!(
            "RotateSecret",
            "If you set RotateImmediately to false, Secrets Manager tests the rotation \
             configuration by running the testSecret step of the Lambda rotation function.",
        ),
        assumed_by("failed-test", "Is the configuration kept when the test fails?"),
        assumed_by("test-version", "Does the version made for the test survive without labels?"),
        assumed_by("test-lifetime", "How long does the version made for the test keep AWSPENDING?"),
    ],
)
.matters(
    "Setting a schedule this way tests the login without changing the password, so a \
     function that writes in testSecret breaks here.",
);

pub(in crate::evidence) const OldScheduleMayStillFire: Entry = Entry::new(
    "After a change of schedule with RotateImmediately false, a rotation of the old schedule \
     may still happen, unless the new schedule is a cron expression.",
    &[
        api!(
            "RotateSecret",
            "If using AutomaticallyAfterDays or a ScheduleExpression with rate(), the \
             previously scheduled rotation might still occur.",
        ),
        assumed_by("old-schedule", "When does a rotation of the old schedule still happen?"),
    ],
)
.matters("A schedule moved out of a freeze period can still rotate once inside it.");

pub(in crate::evidence) const UnsentSettingsAreKept: Entry = Entry::new(
    "Rotation settings that a call does not send keep the values stored before.",
    &[
        recorded!("test_rotate_secret_multiple_times_with_lambda_success"),
        api!("RotateSecret"),
        assumed_by(
            "partial-rules",
            "Do RotationRules without days or a schedule keep the stored ones?",
        ),
    ],
)
.matters(
    "A call that only says `rotate now` keeps function and schedule, so nothing has to be \
     repeated and nothing is reset by leaving it out.",
);

pub(in crate::evidence) const NextRotationShiftsLabels: Entry = Entry::new(
    "After a second rotation the first one's version has AWSPREVIOUS, the new one has \
     AWSCURRENT, and the version before both is deprecated.",
    &[recorded!("test_rotate_secret_multiple_times_with_lambda_success")],
)
.matters(
    "After two rotations the password of two rotations ago has no label, so a client that \
     cached it longer has no way back.",
);

pub(in crate::evidence) const FailedStepStopsRotation: Entry = Entry::new(
    "A failing step ends the attempt with \"Error when executing lambda <ARN> during <step> \
     step\". AWSCURRENT stays unless the last step moved it already, and AWSPENDING stays, \
     perhaps on a version without a value.",
    &[
        api!(
            "RotateSecret",
            "When rotation is unsuccessful, the AWSPENDING staging label might be attached to \
             an empty secret version.",
        ),
        old_guide!("c3b51cc", "retrieve-ct-entries"),
        quoted(
            "captured RotationFailed event of 2021 about the step createSecret, thread not \
             kept",
        ),
    ],
)
.matters(
    "The password in use stays as it was, but the target may have the new one already: look \
     at the failing step before you clean up.",
);

pub(in crate::evidence) const RotationIsRetried: Entry = Entry::new(
    "A failed rotation is tried again from its first step, several times, in the open \
     rotation windows, and with the same token.",
    &[
        api!(
            "DescribeSecret",
            "If rotation fails, Secrets Manager retries the entire rotation process multiple \
             times.",
        ),
        guide!("rotate-secrets_lambda"),
        old_guide!("8f95408", "rotating-secrets-lambda-function-overview"),
        assumed_by("retry-from", "Does a retry begin with the first step or with the failed one?"),
        assumed_by("retry-count", "How often is a failed rotation tried again, and what ends it?"),
        assumed_by("retry-token", "Does a retry have the token of the first attempt?"),
    ],
)
.matters(
    "Every step meets its own traces on the retry, so a step that is not safe to repeat \
     never recovers.",
);

pub(in crate::evidence) const StuckRotationHasThreeExits: Entry = Entry::new(
    "An unfinished rotation ends when the function is fixed and retried, when AWSPENDING is \
     removed, or when a new current value is written. A cancellation alone does not end it.",
    &[guide!("troubleshoot_rotation"), PCS_ROTATION, api!("CancelRotateSecret")],
)
.matters(
    "Cancelling alone leaves the secret blocked; which of the three is safe depends on \
     whether the database has the pending password.",
);

pub(in crate::evidence) const WritesRaceRotation: Entry = Entry::new(
    "Calls that change the secret while the function runs race with it, so AWS advises \
     against them.",
    &[guide!("troubleshoot_rotation")],
)
.matters(
    "A terraform apply or a hand-made write in these seconds can put the old password back \
     over the rotated one.",
);
