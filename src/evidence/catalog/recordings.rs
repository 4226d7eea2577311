//! Rules that a second reading of the recordings adds.
#![expect(non_upper_case_globals, reason = "each entry has the name of its rule")]

use super::{Entry, assumed_by, recorded_at};

pub(in crate::evidence) const LabelsComeInHashOrder: Entry = Entry::new(
    "Labels are listed in the order of a Java hash set of 16 buckets, so AWSPREVIOUS comes \
     before AWSCURRENT and that before AWSPENDING. Labels of one bucket come in the order of \
     insertion; clients must not rely on it.",
    &[
        recorded_at("localstack@856d8d7e4 test_put_secret_value_with_version_stages", "2022-08-05"),
        recorded_at(
            "localstack@092fe2211 \
             test_update_secret_version_stages_current_pending_cycle_custom_stages_1",
            "2022-08-09",
        ),
        assumed_by(
            "label-order",
            "In which order does the service list labels? Twelve recorded sets fit this one.",
        ),
    ],
)
.matters(
    "Parsers that take the first label of a version for its role are wrong as soon as there \
     are two.",
);

pub(in crate::evidence) const ListFiltersMatchPrefixes: Entry = Entry::new(
    "The filter name matches the beginning of the whole name; description wants each word of \
     the value to begin some word of the description. A leading `!` negates, all filters must \
     match, and the oldest secret comes first.",
    &[
        recorded!("test_create_multi_secrets_snapshot", "2022-09-28"),
        asserted!("test_list_secrets_filtering"),
    ],
)
.matters(
    "A filter on `app` also finds `app2` and never `my-app`, so clean-up scripts may select \
     too much or too little.",
);

pub(in crate::evidence) const PendingVisibleAfterSuccess: Entry = Entry::new(
    "When a function leaves AWSPENDING, the new version shows AWSCURRENT and AWSPENDING right \
     after the rotation succeeded.",
    &[
        recorded_at(
            "localstack@375261a8d test_rotate_secret_with_lambda_success[True]",
            "2024-03-28",
        ),
        assumed_by("pending-cleanup", "How long after success does AWSPENDING stay?"),
    ],
)
.matters(
    "A health check right after success must not call AWSPENDING beside AWSCURRENT a \
     failure.",
);

pub(in crate::evidence) const TestVersionLeavesNoLabel: Entry = Entry::new(
    "After a rotation with RotateImmediately false, only the versions from before have \
     labels. LastRotatedDate is absent, NextRotationDate is set, and RotationEnabled is true.",
    &[recorded_at(
        "localstack@63ea482a0 test_rotate_secret_with_lambda_success[False]",
        "2025-03-15",
    )],
)
.matters(
    "After a mere test the dates look as if rotation had never run, which is right: the \
     password was not changed.",
);

pub(in crate::evidence) const ForcedNameGetsNewArn: Entry = Entry::new(
    "Some seconds after a forced deletion the name is free; a secret created under it has \
     another ARN suffix and another version id.",
    &[recorded!("test_can_recreate_delete_secret")],
)
.matters(
    "Everything that stored the ARN or a version id of the deleted secret has to be told of \
     the new ones.",
);

pub(in crate::evidence) const PolicyMayBeReordered: Entry = Entry::new(
    "A resource policy is returned as JSON text, perhaps with its members in another order \
     than given.",
    &[recorded!("test_resource_policy", "2024-03-19")],
)
.matters("Comparing policies as text reports a change where there is none.");

pub(in crate::evidence) const DeniedAndInvalidAreHttp400: Entry = Entry::new(
    "`AccessDeniedException` and `ValidationException` come with HTTP status 400 and \
     `__type`, and the API model has no shape for them.",
    &[
        recorded!("test_rotate_secret_invalid_lambda_arn", "2024-03-15"),
        recorded!("test_invalid_secret_name", "2024-03-15"),
    ],
)
.matters("Code that takes the status 403 for denied never sees it; look at `__type`.");

pub(in crate::evidence) const OutgoingLabelsAreOpen: Entry = Entry::new(
    "When a put takes AWSCURRENT from a version, AWSPENDING leaves that version too. The \
     recording fits as well a version that loses every label and gets AWSPREVIOUS; here \
     custom labels stay.",
    &[
        recorded!("test_update_secret_version_stages_current_pending", "2024-03-15"),
        assumed_by(
            "outgoing-labels",
            "Which custom labels does the version keep that a plain put takes AWSCURRENT \
             from?",
        ),
    ],
)
.matters(
    "Do not rely on a label of your own surviving a plain put before you have tried it on \
     AWS.",
);
