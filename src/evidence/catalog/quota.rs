//! Rules of quotas and limits.
#![expect(non_upper_case_globals, reason = "each entry has the name of its rule")]

use super::{Entry, quoted};

pub(in crate::evidence) const SecretsPerRegion: Entry = Entry::new(
    "An account holds up to 500,000 secrets in a Region.",
    &[old_guide!("2c36bf5", "reference_limits")],
)
.matters("A design with a secret for each customer or session ends here, far into production.")
.stated_only("A scenario never comes near the quota.");

pub(in crate::evidence) const VersionsPerSecret: Entry = Entry::new(
    "A secret has about 100 versions. Versions younger than 24 hours are kept, so more are \
     possible until a write fails.",
    &[
        old_guide!("2c36bf5", "reference_limits"),
        api!(
            "PutSecretValue",
            "If you call PutSecretValue more than once every 10 minutes, you will create more \
             versions than Secrets Manager removes, and you will reach the quota for secret \
             versions.",
        ),
    ],
)
.matters(
    "Writing more often than versions are collected fails in the end, so a job in a loop \
     has to be slowed down before that.",
);

pub(in crate::evidence) const LabelsPerSecret: Entry = Entry::new(
    "All versions of a secret together have at most 20 labels, those of AWS included.",
    &[
        old_guide!("2c36bf5", "reference_limits"),
        guide!("whats-in-a-secret"),
        quoted(
            "run-book of a team that hit \"You exceeded the maximum number of staging labels \
             allowed on a secret.\", thread not kept",
        ),
    ],
)
.matters("Labels of your own share the twenty with AWS's three, on all versions together.")
.contradicted_by("The user guide of 2021 said that one version can have up to 20 labels.");

pub(in crate::evidence) const LabelIsExclusive: Entry = Entry::new(
    "A label is on at most one version of a secret.",
    &[
        old_guide!("2c36bf5", "reference_limits"),
        api!(
            "UpdateSecretVersionStage",
            "Each staging label can be attached to only one version at a time.",
        ),
    ],
)
.matters(
    "Putting a label on one version takes it from another, so a label names one version for \
     everybody at any time.",
);

pub(in crate::evidence) const LabelsPerRequest: Entry =
    Entry::new("A list of labels has 1 to 20 entries.", &[model!("SecretVersionStagesType")])
        .matters(
            "A tool that collects labels before it sends them has to stop at twenty, or the whole \
     request is refused.",
        );

pub(in crate::evidence) const LabelLength: Entry = Entry::new(
    "A label has 1 to 256 characters of any kind.",
    &[model!("SecretVersionStageType")],
)
.matters(
    "A label made from a branch name or a build URL can be too long, and then the whole put \
     is refused.",
);

pub(in crate::evidence) const VersionIdLength: Entry = Entry::new(
    "A version id or token has 32 to 64 characters of any kind.",
    &[model!("SecretVersionIdType"), model!("ClientRequestTokenType")],
)
.matters("A build number or a short hash is no token: pad it or use a UUID.");

pub(in crate::evidence) const ValueSize: Entry = Entry::new(
    "A value has 1 to 65,536 bytes.",
    &[
        model!("SecretStringType"),
        model!("SecretBinaryType"),
        old_guide!("2c36bf5", "reference_limits"),
    ],
)
.matters("A certificate bundle or a keystore may be too large; store a pointer to it instead.");

pub(in crate::evidence) const NameLength: Entry = Entry::new(
    "A name has 1 to 512 characters.",
    &[model!("NameType")],
)
.matters("Generated names with long prefixes fail at creation, not when the template is checked.")
.contradicted_by("The model's own shape for names in answers, SecretNameType, allows 256.");

pub(in crate::evidence) const OtherTextLengths: Entry = Entry::new(
    "A description has up to 2048 characters, a secret id 2048, a resource policy 20,480, a \
     tag key 1 to 128, a tag value up to 256.",
    &[
        model!("DescriptionType"),
        model!("SecretIdType"),
        model!("NonEmptyResourcePolicyType"),
        model!("TagKeyType"),
        model!("TagValueType"),
    ],
)
.matters(
    "A policy that lists many principals one by one outgrows its limit before anything else \
     does.",
);

pub(in crate::evidence) const OneVersionPerTenMinutes: Entry = Entry::new(
    "AWS recommends at most one new version in ten minutes over a longer time.",
    &[api!(
        "PutSecretValue",
        "Do not call PutSecretValue at a sustained rate of more than once every 10 \
         minutes.",
    )],
)
.matters(
    "A rotation test in a loop on one secret runs out of versions after about a hundred \
     writes in a day.",
)
.stated_only("It is advice about a rate over a longer time, and no call is refused by it.");

pub(in crate::evidence) const RequestRates: Entry = Entry::new(
    "DescribeSecret and GetSecretValue share one rate, 10,000 requests a second today and \
     5,000 in 2022, and each other group of operations has 50. Requests above it are \
     throttled.",
    &[
        old_guide!("2c36bf5", "reference_limits"),
        old_guide!("c3b51cc", "reference_limits"),
        guide!(
            "reference_limits",
            "The maximum transactions per second for DescribeSecret and GetSecretValue API \
             requests combined.",
        ),
    ],
)
.matters(
    "A fleet that reads its secrets at every request is throttled when it starts up \
     together, so cache them.",
)
.stated_only(
    "Throttling depends on the traffic of the whole account, of which a scenario shows one \
     secret.",
);
