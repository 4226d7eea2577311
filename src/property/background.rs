//! What a property's page tells beside its statement: why it matters, how it breaks, where it happened.

mod credentials;

use super::Property;

/// What stands behind a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Background {
    /// Why somebody who runs an incident should care.
    pub matters: &'static str,
    /// What makes it fail.
    pub breaks: &'static str,
    /// Where it happened, if that is known.
    pub happened: Option<Incident>,
}

/// Something that happened to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Incident {
    /// What happened.
    pub what: &'static str,
    /// Where it is told.
    pub url: &'static str,
}

impl Property {
    /// Why it matters, how it breaks, and where it happened.
    #[expect(clippy::too_many_lines, reason = "a table of texts")]
    pub const fn background(self) -> Background {
        match self {
            Self::OneVersionPerLabel => Background {
                matters: "A label is how readers ask for a value. On two versions, two readers get two passwords \
                          under one name, and nobody can say which one is in use.",
                breaks: "A machine attaches a label without taking it from the version that has it, for instance \
                         when a move that names no source is accepted.",
                happened: Some(Incident {
                    what: "An emulator kept a flag for the current version, had bugs with labels, and put one map \
                           from label to version in its place.",
                    url: "https://github.com/stackshy/cloudemu/pull/670",
                }),
            },
            Self::CurrentExists => Background {
                matters: "Applications that name no version read AWSCURRENT. Without it every one of them fails at \
                          its next read, though all values are still there.",
                breaks: "AWSCURRENT is removed, taken off before it is attached elsewhere, or never attached because \
                         the first value came with other labels.",
                happened: Some(Incident {
                    what: "An emulator took a label off and attached it to the next version in two steps, and a \
                           reader in between saw neither.",
                    url: "https://github.com/floci-io/floci/pull/3247",
                }),
            },
            Self::PreviousFollowsCurrent => Background {
                matters: "AWSPREVIOUS is the way back after a bad rotation. On the wrong version, a rollback puts a \
                          password in use that the target has long forgotten.",
                breaks: "AWSCURRENT moves and AWSPREVIOUS stays behind, goes to another version, or comes along to \
                         the current one; or somebody moves it by hand.",
                happened: Some(Incident {
                    what: "LocalStack took AWSPREVIOUS away when a call moved another label.",
                    url: "https://github.com/localstack/localstack/issues/10082",
                }),
            },
            Self::OnlyNamedLabelsMove => Background {
                matters: "Labels of your own pin versions: a rollback target, a release, an audit. One that wanders \
                          or vanishes with somebody else's call leaves its version to collection.",
                breaks: "A call clears all labels of the version that it takes one from, or tidies up labels that \
                         nobody named.",
                happened: Some(Incident {
                    what: "A reviewer of Spring Cloud Config learned from an emulator that custom labels do not stay \
                           when AWSCURRENT moves, the opposite of what AWS was recorded to do.",
                    url: "https://github.com/spring-cloud/spring-cloud-config/pull/2104",
                }),
            },
            Self::RefusedChangesNothing => Background {
                matters: "After an error you must be able to go on from what you knew. A refused call that did half \
                          of its work makes the next decision wrong.",
                breaks: "A check comes after the first change: a label is taken off before the target turns out not \
                         to exist, or rules are stored before the rotation is refused.",
                happened: None,
            },
            Self::PendingAndPreviousApart => Background {
                matters: "A version with both is the candidate and the way back at once. A retry of the rotation \
                          would promote what has just been rolled back.",
                breaks: "A rollback moves AWSCURRENT off a version that still has AWSPENDING, within the time before \
                         the service takes that away.",
                happened: None,
            },
            Self::PendingCleared => Background {
                matters: "AWSPENDING on a version that is not current blocks every later rotation and every change \
                          of the schedule, and the password grows old while rotation looks enabled.",
                breaks: "A step fails or times out, the rotation is cancelled, or a function promotes another \
                         version than the one it was given.",
                happened: Some(Incident {
                    what: "A weekly rotation failed for more than a year before anybody noticed.",
                    url: "https://github.com/aws/aws-cdk/issues/17265",
                }),
            },
            Self::NoEmptyVersion => Background {
                matters: "A label on a version without a value answers ResourceNotFoundException, which looks like a \
                          missing secret, and code that trusts the label goes on without a password.",
                breaks: "createSecret fails before its PutSecretValue, writes under another token, or AWSCURRENT is \
                         moved onto the placeholder.",
                happened: Some(Incident {
                    what: "Terraform users set rotation up before the secret had a value, and createSecret failed on \
                           every attempt.",
                    url: "https://github.com/hashicorp/terraform-provider-aws/issues/10619",
                }),
            },
            Self::ValueIsImmutable => Background {
                matters: "A version id is the proof that two parties mean the same password. If its value could \
                          change, a retry would replace the password that the target already has.",
                breaks: "A put with a token in use overwrites the value instead of being refused.",
                happened: None,
            },
            Self::LimitsRespected => Background {
                matters: "Quotas strike late: the twenty-first label and the write after too many versions fail in \
                          the middle of a rotation, and a version collected too early can't be rolled back to.",
                breaks: "Each release gets a label and none is taken off, or a job writes faster than versions grow \
                         old enough to be collected.",
                happened: Some(Incident {
                    what: "A rotation every minute ran out of versions in less than two hours.",
                    url: "https://github.com/platform-engineering-labs/formae/pull/746",
                }),
            },
            Self::TestRotationChangesNothing => Background {
                matters: "Setting up a schedule must not change the password of a live system. If the test moves \
                          AWSCURRENT, readers get a value that the target never learned.",
                breaks: "RotateImmediately=false is ignored and all four steps run, or a function promotes its \
                         version in testSecret.",
                happened: None,
            },
            Self::CurrentWorks => credentials::CURRENT_WORKS,
            Self::PreviousWorks => credentials::PREVIOUS_WORKS,
            Self::LiveIsLabelled => credentials::LIVE_IS_LABELLED,
            Self::PromotedWasTested => credentials::PROMOTED_WAS_TESTED,
            Self::SamePrivileges => credentials::SAME_PRIVILEGES,
            Self::OldIsRevoked => credentials::OLD_IS_REVOKED,
            Self::NoLostUpdate => credentials::NO_LOST_UPDATE,
            Self::StepIsIdempotent => credentials::STEP_IS_IDEMPOTENT,
            Self::RotationRecovers => credentials::ROTATION_RECOVERS,
            Self::StaleTokenIsHarmless => credentials::STALE_TOKEN_IS_HARMLESS,
            Self::StoredBeforeUsed => credentials::STORED_BEFORE_USED,
            Self::ClientGapBounded => credentials::CLIENT_GAP_BOUNDED,
        }
    }
}
