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
);

pub(in crate::evidence) const StepRunsSynchronously: Entry = Entry::new(
    "The service waits for each step. An error or a timeout fails the step; the return value \
     means nothing.",
    &[
        documented("https://docs.aws.amazon.com/lambda/latest/dg/with-secrets-manager.html"),
        guide!("troubleshoot_rotation"),
        template!("SecretsManagerRotationTemplate"),
    ],
);

pub(in crate::evidence) const FunctionMustNotDelegate: Entry = Entry::new(
    "A rotation function rotates the secret itself and may not have another function do it.",
    &[guide!(
        "rotate-secrets_lambda-functions",
        "The rotation function can't call another Lambda function to rotate the secret.",
    )],
);

pub(in crate::evidence) const TemplateChecksFirst: Entry = Entry::new(
    "Before each step AWS's template checks in order: rotation is enabled, the token has \
     labels, a token with AWSCURRENT returns quietly, the token has AWSPENDING, the step is \
     known. Each failed check raises a ValueError.",
    &[template!("SecretsManagerRotationTemplate")],
);

pub(in crate::evidence) const TemplateReusesPendingValue: Entry = Entry::new(
    "The template's createSecret reads AWSCURRENT, then the token with AWSPENDING, and puts a \
     new value under the token with AWSPENDING only when that is not found. A retry so reuses \
     the value.",
    &[template!("SecretsManagerRotationTemplate")],
);

pub(in crate::evidence) const TemplateMovesCurrentOnly: Entry = Entry::new(
    "The template's finishSecret finds the current version, returns if it is the token, and \
     otherwise moves AWSCURRENT to the token with the current version as the source. It \
     leaves AWSPENDING.",
    &[template!("SecretsManagerRotationTemplate")],
);

pub(in crate::evidence) const FunctionPutsSecretValue: Entry = Entry::new(
    "The first step stores its value by PutSecretValue with the token.",
    &[template!("SecretsManagerRotationTemplate")],
)
.contradicted_by("The user guide says that the first step calls create_secret with the token.");

pub(in crate::evidence) const StrategyIsSingleOrAlternating: Entry = Entry::new(
    "With a single user a rotation changes that user's password, and logins with the old one \
     fail between setSecret and finishSecret. With alternating users it changes the other \
     user of a pair, so that both credentials work; labels move alike.",
    &[old_guide!("c3b51cc", "getting-started")],
);

pub(in crate::evidence) const SetSecretTriesCredentials: Entry = Entry::new(
    "The setSecret of the database templates tries the pending credentials, then the current, \
     then the previous ones. If the pending ones work already it returns, so a retry does no \
     harm.",
    &[template!("SecretsManagerRDSMySQLRotationSingleUser")],
);
