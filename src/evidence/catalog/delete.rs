//! Rules of `DeleteSecret` and `RestoreSecret`.
#![expect(non_upper_case_globals, reason = "each entry has the name of its rule")]

use super::{Entry, assumed, assumed_by, emulated};

pub(in crate::evidence) const DeletionWaitsForWindow: Entry = Entry::new(
    "A deletion without force waits for its recovery window, 30 days if none is given. The \
     answer has ARN, Name and DeletionDate, the request's instant plus the window.",
    &[
        model!("DeleteSecretRequest"),
        api!(
            "DeleteSecret",
            "If you don't use either, then by default Secrets Manager uses a 30 day recovery \
             window.",
        ),
    ],
)
.matters(
    "Readers fail from the request on, though the secret itself can be brought back for \
     thirty days.",
);

pub(in crate::evidence) const WindowIsSevenToThirty: Entry = Entry::new(
    "A recovery window below 7 or above 30 days is an `InvalidParameterException`; the model \
     itself sets no limits.",
    &[
        api!("DeleteSecret"),
        emulated(
            "moto and LocalStack: \"RecoveryWindowInDays value must be between 7 and 30 days \
             (inclusive).\"",
        ),
        assumed("What is the exact text of that error?"),
    ],
)
.matters(
    "A clean-up that asks for a window of one day is refused and leaves the secret, and its \
     cost, in place.",
);

pub(in crate::evidence) const ForceExcludesWindow: Entry = Entry::new(
    "A recovery window together with ForceDeleteWithoutRecovery true is refused; together \
     with false it is accepted.",
    &[
        recorded!("test_cross_account_access_non_default_key"),
        api!(
            "DeleteSecret",
            "You can't use both this parameter and ForceDeleteWithoutRecovery in the same \
             call.",
        ),
        emulated(
            "moto and LocalStack: InvalidParameterException \"You can't use \
             ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.\"",
        ),
    ],
)
.matters("A teardown script that sets both options deletes nothing.");

pub(in crate::evidence) const ForceOnUnknownSucceeds: Entry = Entry::new(
    "A forced deletion of a secret that does not exist succeeds, with an ARN, the name and a \
     date. Without force it is not found.",
    &[
        asserted!("test_delete_non_existent_secret_returns_as_if_secret_exists"),
        api!(
            "DeleteSecret",
            "If you forcibly delete an already deleted or nonexistent secret, the operation \
             does not return ResourceNotFoundException.",
        ),
    ],
)
.matters(
    "A forced clean-up with a typo in the name reports success, and the real secret lives \
     on.",
);

pub(in crate::evidence) const ForceOnScheduledSucceeds: Entry = Entry::new(
    "A forced deletion of a secret that waits for deletion succeeds.",
    &[recorded!("test_force_delete_deleted_secret")],
)
.matters("A window that is too long can be cut short, and then there is no way back.");

pub(in crate::evidence) const SecondDeletionIsRefused: Entry = Entry::new(
    "A deletion without force of a secret that waits for deletion already is an \
     `InvalidRequestException`.",
    &[
        api!("DeleteSecret"),
        emulated("moto"),
        assumed("With which text is a second deletion refused?"),
    ],
)
.matters("A teardown that runs twice fails the second time unless it is forced or checks first.");

pub(in crate::evidence) const ForcedDeletionTakesTime: Entry = Entry::new(
    "A forced deletion is done in the background: for some seconds the name still counts as \
     one that waits for deletion.",
    &[
        api!(
            "DeleteSecret",
            "Secrets Manager performs the actual deletion with an asynchronous background \
             process, so there might be a short delay before the secret is permanently \
             deleted.",
        ),
        provider!("secret.go"),
        assumed_by("forced-delete", "How long does a name stay taken after a forced deletion?"),
    ],
)
.matters(
    "A test suite that deletes and creates the same name in a row has to wait and try \
     again.",
);

pub(in crate::evidence) const ScheduledSecretIsDescribable: Entry = Entry::new(
    "While a secret waits for deletion its values can't be read, but DescribeSecret works, \
     has DeletedDate, and still shows the labels.",
    &[recorded!("test_force_delete_deleted_secret")],
)
.matters(
    "In an incident you can still see which version was current before you decide to \
     restore.",
)
.contradicted_by(
    "The reference of DescribeSecret says that details of a secret scheduled for deletion are \
     not accessible.",
);

pub(in crate::evidence) const WindowEndRemovesSecret: Entry = Entry::new(
    "Some time after the window, at no stated moment, the secret goes with all its versions, \
     labeled or not.",
    &[api!(
        "DeleteSecret",
        "There is no guarantee of a specific time after the recovery window for the \
         permanent delete to occur.",
    )],
)
.matters(
    "A label protects from collection but not from this; after the window no version can be \
     recovered.",
);

pub(in crate::evidence) const PrimaryOutlivesReplicas: Entry = Entry::new(
    "A primary secret that still has replicas can't be deleted: `InvalidParameterException` \
     \"You can't delete secret <ARN> that still has replica regions [<regions>].\".",
    &[
        api!(
            "DeleteSecret",
            "You can't delete a primary secret that is replicated to other Regions.",
        ),
        issue!("gruntwork-io/cloud-nuke", 435),
        emulated("moto"),
        assumed("Does a Region count to which the replication failed?"),
    ],
)
.matters("A teardown has to remove the replicas first and wait until they are gone.");

pub(in crate::evidence) const DeletionDuringRotation: Entry = Entry::new(
    "While a secret waits for deletion no rotation starts by schedule, and a failed one is \
     not tried again.",
    &[assumed_by(
        "delete-running",
        "What becomes of a running rotation and of the schedule when the secret is \
         deleted?",
    )],
)
.matters(
    "A rotation cut short by a deletion may leave the database with a password that nobody \
     can read.",
);

pub(in crate::evidence) const RestoreBringsAllBack: Entry = Entry::new(
    "RestoreSecret takes DeletedDate away; ARN, versions, labels and tags are as before. The \
     answer has ARN and Name.",
    &[
        recorded!("test_secret_restore", "2024-03-20"),
        recorded!("test_cross_account_access_non_default_key"),
        api!("RestoreSecret"),
    ],
)
.matters("Rotation and applications go on where they were, with the same ARN in every policy.");

pub(in crate::evidence) const RestoreOfLiveSecret: Entry = Entry::new(
    "RestoreSecret on a secret that does not wait for deletion succeeds and changes nothing.",
    &[
        emulated("moto"),
        assumed_by(
            "restore-live",
            "What does RestoreSecret answer on a secret that does not wait for deletion?",
        ),
    ],
)
.matters(
    "A repair script may call restore without looking first, or must look, depending on \
     this.",
)
.contradicted_by("floci refuses the call.");

pub(in crate::evidence) const RestoreNeedsSecret: Entry = Entry::new(
    "RestoreSecret on a secret that is gone is not found, as any call on an unknown secret.",
    &[model!("RestoreSecret")],
)
.matters(
    "A restore that comes too late looks like a wrong name, so compare the date of deletion \
     first.",
);
