//! Rules of the rotation function, its events and AWS's templates.
#![expect(non_upper_case_globals, reason = "each entry has the name of its rule")]

use super::{Entry, documented};

pub(in crate::evidence) const EventHasFourMembers: Entry = Entry::new(
    "The event of a step has Step, SecretId (the ARN), ClientRequestToken (the version id) \
     and, since some time, RotationToken. The step is createSecret, setSecret, testSecret or \
     finishSecret.",
    &[
        guide!("rotate-secrets_lambda"),
        issue!("aws-samples/aws-secrets-manager-rotation-lambdas", 16),
        template!("SecretsManagerRotationTemplate"),
    ],
)
.matters(
    "A function that expects the step names as one page of the guide prints them rejects \
     every real event.",
)
.contradicted_by(
    "The user guide page on rotation by Lambda function prints the steps as create_secret and \
     so on.",
);

pub(in crate::evidence) const StepsRunInOrder: Entry = Entry::new(
    "The steps run as createSecret, setSecret, testSecret, finishSecret, each right after the \
     one before has returned, with the same secret and token. Nothing else is passed between \
     them.",
    &[
        old_guide!("8f95408", "rotating-secrets-lambda-function-overview"),
        guide!(
            "rotate-secrets_lambda",
            "During rotation, Secrets Manager calls the same function several times, each \
             time with different parameters.",
        ),
    ],
)
.matters(
    "Nothing survives from one step to the next but the secret and the token, so what \
     testSecret needs must be in the pending value.",
);

pub(in crate::evidence) const StepRunsSynchronously: Entry = Entry::new(
    "The service waits for each step. An error or a timeout fails the step; the return value \
     means nothing.",
    &[
        documented("https://docs.aws.amazon.com/lambda/latest/dg/with-secrets-manager.html"),
        guide!("troubleshoot_rotation"),
        template!("SecretsManagerRotationTemplate"),
    ],
)
.matters(
    "Returning an error object is not failing; only raising stops a rotation, and a timeout \
     may have changed the database first.",
);

pub(in crate::evidence) const FunctionMustNotDelegate: Entry = Entry::new(
    "A rotation function rotates the secret itself and may not have another function do it.",
    &[guide!(
        "rotate-secrets_lambda-functions",
        "The rotation function can't call another Lambda function to rotate the secret.",
    )],
)
.matters(
    "One function that dispatches to others for each kind of secret is against the contract \
     and may stop working.",
)
.stated_only("It binds the author of a function, and no call shows who did the work.");

pub(in crate::evidence) const TemplateChecksFirst: Entry = Entry::new(
    "Before each step AWS's template checks in order: rotation is enabled, the token has \
     labels, a token with AWSCURRENT returns quietly, the token has AWSPENDING, the step is \
     known. Each failed check raises a ValueError.",
    &[template!("SecretsManagerRotationTemplate")],
)
.matters(
    "A token that is current already ends every step quietly, so work left for after the \
     promotion is never done on a retry.",
);

pub(in crate::evidence) const TemplateReusesPendingValue: Entry = Entry::new(
    "The template's createSecret reads AWSCURRENT, then the token with AWSPENDING, and puts a \
     new value under the token with AWSPENDING only when that is not found. A retry so reuses \
     the value.",
    &[template!("SecretsManagerRotationTemplate")],
)
.matters(
    "The password of the first attempt is kept on the retry, so the one that setSecret gave \
     to the database is not lost.",
);

pub(in crate::evidence) const TemplateMovesCurrentOnly: Entry = Entry::new(
    "The template's finishSecret finds the current version, returns if it is the token, and \
     otherwise moves AWSCURRENT to the token with the current version as the source. It \
     leaves AWSPENDING.",
    &[template!("SecretsManagerRotationTemplate")],
)
.matters(
    "A function written after the template needs no call for AWSPENDING, and its retry \
     after the promotion returns at once.",
);

pub(in crate::evidence) const FunctionPutsSecretValue: Entry = Entry::new(
    "The first step stores its value by PutSecretValue with the token.",
    &[template!("SecretsManagerRotationTemplate")],
)
.matters(
    "Who follows the guide to the letter calls CreateSecret with the token and gets a name \
     conflict instead of a new version.",
)
.stated_only("It says which call a function makes, and that call is written in the scenario.")
.contradicted_by("The user guide says that the first step calls create_secret with the token.");

pub(in crate::evidence) const StrategyIsSingleOrAlternating: Entry = Entry::new(
    "With a single user a rotation changes that user's password, and logins with the old one \
     fail between setSecret and finishSecret. With alternating users it changes the other \
     user of a pair, so that both credentials work; labels move alike.",
    &[old_guide!("c3b51cc", "getting-started")],
)
.matters(
    "With a single user logins fail for a moment in every rotation, so clients have to \
     retry or you need the second user.",
)
.stated_only("It is about users at the target, and labels move alike in both strategies.");

pub(in crate::evidence) const SetSecretTriesCredentials: Entry = Entry::new(
    "The setSecret of the database templates tries the pending credentials, then the current, \
     then the previous ones. If the pending ones work already it returns, so a retry does no \
     harm.",
    &[template!("SecretsManagerRDSMySQLRotationSingleUser")],
)
.matters(
    "The early return makes a retry harmless, and skips grants that were to follow the \
     password when the first try broke between the two.",
);
