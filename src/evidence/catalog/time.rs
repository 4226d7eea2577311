//! Rules of dates, schedules and lag.
#![expect(non_upper_case_globals, reason = "each entry has the name of its rule")]

use super::{Entry, assumed, assumed_by};

pub(in crate::evidence) const DatesHaveMilliseconds: Entry = Entry::new(
    "The dates of creation and of the last change are instants in milliseconds.",
    &[asserted!("test_last_updated_date"), api!("DescribeSecret")],
)
.matters("An order of versions by whole seconds is wrong when a script writes several in a row.");

pub(in crate::evidence) const WritesMoveLastChanged: Entry = Entry::new(
    "Every modification of a secret moves the date of its last change; UpdateSecret, \
     PutSecretValue and RotateSecret were seen to. A read does not.",
    &[
        asserted!("test_last_updated_date"),
        api!("DescribeSecret", "The last date and time that this secret was modified in any way."),
        issue!("aws-samples/aws-secrets-manager-rotation-lambdas", 16),
        assumed("Do changes of tags and labels, and RestoreSecret, move the date?"),
    ],
)
.matters("LastChangedDate moves with changes that touch no value, so it proves no rotation.");

pub(in crate::evidence) const LastRotatedIsLastSuccess: Entry = Entry::new(
    "LastRotatedDate is the last successful rotation. NextRotationDate is the latest moment \
     of the next one, computed anew after a success; after failures it may be in the past.",
    &[api!(
        "DescribeSecret",
        "This date represents the latest date that rotation will occur, but it is not an \
         approximate rotation date.",
    )],
)
.matters("NextRotationDate in the past is the sign of a rotation that keeps failing.");

pub(in crate::evidence) const ManualWriteCountsAsRotation: Entry = Entry::new(
    "A value written by PutSecretValue or UpdateSecret counts as a rotation when the next \
     date is computed from days.",
    &[
        api!(
            "RotationRulesType",
            "Manually updating the secret value by calling PutSecretValue or UpdateSecret is \
             considered a valid rotation.",
        ),
        guide!(
            "rotate-secrets_lambda",
            "If you also manually update your secret value while automatic rotation is set \
             up, then Secrets Manager considers that a valid rotation when it calculates the \
             next rotation date.",
        ),
        assumed("Does a value written by hand move LastRotatedDate?"),
    ],
)
.matters(
    "A hand-made write puts the scheduled rotation off, so a leaked password may stay \
     longer than the schedule promises.",
);

pub(in crate::evidence) const AccessDateIsADay: Entry = Entry::new(
    "LastAccessedDate of secret and version is a day at midnight UTC, absent before the first \
     read, and the same for all reads of one day.",
    &[
        asserted!("test_last_accessed_date"),
        api!(
            "SecretVersionsListEntry",
            "Note that the resolution of this field is at the date level and does not include \
             the time.",
        ),
    ],
)
.matters(
    "Access today can't be told from access an hour ago, so a last-reader check needs \
     CloudTrail.",
);

pub(in crate::evidence) const DeletionDateIsExact: Entry = Entry::new(
    "The deletion date is the request's instant plus the days of the window, not rounded. The \
     secret goes at some later time.",
    &[api!(
        "DeleteSecret",
        "This value is the date and time of the delete request plus the number of days in \
         RecoveryWindowInDays.",
    )],
)
.matters(
    "The date in the answer is the earliest, so do not count on the name or the quota being \
     free at that moment.",
);

pub(in crate::evidence) const CollectionAgeFromCreation: Entry = Entry::new(
    "The 24 hours that protect a version from collection count from its creation.",
    &[
        guide!("reference_limits", "it does not remove versions created less than 24 hours ago"),
        api!("PutSecretValue"),
    ],
)
.matters(
    "A new label or a read does not protect a version any longer; only its own creation \
     counts.",
);

pub(in crate::evidence) const SchedulesAreUtcWindows: Entry = Entry::new(
    "Schedules are in UTC. A rate of at least 4 hours, or of days, opens its window at \
     midnight, and the window closes after one hour for hours, at the end of the day for \
     days, or after Duration. It must not reach the next window or day, and the rotation \
     comes at any time inside.",
    &[
        model!("DurationType"),
        api!(
            "RotationRulesType",
            "Secrets Manager rotates your secret at any time during this window.",
        ),
        old_guide!("c3b51cc", "rotate-secrets_schedule"),
    ],
)
.matters(
    "A rotation can come at any minute of its window in UTC, which may be the busiest hour \
     where you are.",
);

pub(in crate::evidence) const CronHasSixFields: Entry = Entry::new(
    "A cron expression has minutes, hours, day of month, month, day of week and year. Minutes \
     are 0, the year is `*`, one of the two days is `?`, and steps of hours begin anew each \
     day.",
    &[
        old_guide!("c3b51cc", "rotate-secrets_schedule"),
        assumed("With which text is a bad expression refused?"),
    ],
)
.matters(
    "An expression copied from a cron table has five fields, or minutes other than zero, \
     and is refused.",
);

pub(in crate::evidence) const OldSchedulesPickAnyHour: Entry = Entry::new(
    "Before 2022 the next rotation was due the interval after the last one, at a random hour \
     of that day.",
    &[old_guide!("2c36bf5", "troubleshoot_rotation")],
)
.matters("Reports and posts from before 2022 describe another schedule than the one you see.")
.stated_only("It is how the service was before 2022, and the model is of today.");

pub(in crate::evidence) const ReadsMayLag: Entry = Entry::new(
    "Everything is eventually consistent: a read may lag behind a write, and ListSecrets by \
     up to five minutes.",
    &[
        api!("ListSecrets", "All Secrets Manager operations are eventually consistent."),
        old_guide!("c3b51cc", "troubleshoot"),
        assumed_by("stale-reads", "By how many changes may a read lag?"),
    ],
)
.matters(
    "A step may read the labels of a moment ago, so a function must take not found right \
     after a write for a reason to retry.",
);
