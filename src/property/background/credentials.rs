//! What stands behind the properties of rotation functions and the credentials that they change.

use super::{Background, Incident};

pub(super) const CURRENT_WORKS: Background = Background {
    matters: "Applications log in with the current value. If the target refuses it, they are down, however healthy the \
              labels look.",
    breaks: "A function is killed between the change of the password and the move of AWSCURRENT and can't go on from \
             there; AWSPENDING is removed by hand in between; an old value is put again.",
    happened: Some(Incident {
        what: "Terraform wrote the value of its state over one that had been rotated.",
        url: "https://github.com/hashicorp/terraform-provider-aws/issues/37302",
    }),
};

pub(super) const PREVIOUS_WORKS: Background = Background {
    matters: "Users take turns, and tokens have a grace, so that clients with a cached credential work until they read \
              again. Without that every rotation is an outage for them.",
    breaks: "The old token is revoked in the same rotation, or both versions name the same user.",
    happened: Some(Incident {
        what: "A team moved to alternating users to get rid of the moment in which no login works.",
        url: "https://github.com/codeforamerica/sebt-self-service-portal/pull/455",
    }),
};

pub(super) const LIVE_IS_LABELLED: Background = Background {
    matters: "A version without a label may be collected at any time. If it holds the only password that the target \
              accepts, nobody gets in any more, and no later rotation either.",
    breaks: "AWSPENDING is taken off while the function runs, which is the usual advice for a stuck rotation, and the \
             password has been changed already.",
    happened: Some(Incident {
        what: "Users of the CDK are told to take AWSPENDING off by hand when a rotation is stuck.",
        url: "https://github.com/aws/aws-cdk/issues/28539",
    }),
};

pub(super) const PROMOTED_WAS_TESTED: Background = Background {
    matters: "testSecret is the only check before every application gets the new value. A value that went around it is \
              a guess.",
    breaks: "createSecret puts without VersionStages and the value is current at once, or testSecret returns without a \
             login.",
    happened: Some(Incident {
        what: "An emulator gave the pending value AWSCURRENT by default, so that functions passed that would not on AWS.",
        url: "https://github.com/floci-io/floci/issues/522",
    }),
};

pub(super) const SAME_PRIVILEGES: Background = Background {
    matters: "A new user that lacks a grant logs in and fails at its first query, in every application at once. One \
              without the TLS requirement works, and weakens what was required.",
    breaks: "A function for two users is killed after it made the user; the retry sees that the login works and goes \
             on to the next step.",
    happened: Some(Incident {
        what: "Alternating users lost grants that the first user had.",
        url: "https://github.com/aws-samples/aws-secrets-manager-rotation-lambdas/issues/38",
    }),
};

pub(super) const OLD_IS_REVOKED: Background = Background {
    matters: "Rotation exists so that a leaked credential ends. One that stays valid, or that nobody knows any more, \
              was not rotated.",
    breaks: "The old token is deleted after the promotion, and a function that is killed in between finds itself done \
             when it is retried; or a token is made before it is stored.",
    happened: Some(Incident {
        what: "Runbooks promoted before the target accepted the new token: the retry returned early, and the old one \
               stayed valid.",
        url: "https://github.com/ritik4ever/stellar-portfolio-rebalancer/pull/1699",
    }),
};

pub(super) const NO_LOST_UPDATE: Background = Background {
    matters: "A value that a person wrote during the rotation is replaced without a trace by one that was derived from \
              an older value.",
    breaks: "finishSecret reads who is current right before it moves the label, so naming the source protects only \
             against itself.",
    happened: None,
};

pub(super) const STEP_IS_IDEMPOTENT: Background = Background {
    matters: "The service invokes a step again after every failure, and Lambda may deliver an invocation twice. A step \
              that does more the second time breaks exactly when something else has gone wrong already.",
    breaks: "A value is made before looking whether there is one, or a check takes the state in the middle for a \
             mistake.",
    happened: Some(Incident {
        what: "Two calls that finish the rotation, sent twice, left replication stuck.",
        url: "https://github.com/square/password-rotation-lambda/pull/12",
    }),
};

pub(super) const ROTATION_RECOVERS: Background = Background {
    matters: "A rotation that no retry completes blocks all later ones, and the password grows old until somebody \
              notices.",
    breaks: "A step begins with something that only works before the password was changed, such as a login with the \
             current value.",
    happened: Some(Incident {
        what: "A weekly rotation failed for more than a year before anybody noticed.",
        url: "https://github.com/aws/aws-cdk/issues/17265",
    }),
};

pub(super) const STALE_TOKEN_IS_HARMLESS: Background = Background {
    matters: "An invocation that was paused wakes up after another rotation has finished, and sets the password that it \
              remembers. The labels show nothing of it.",
    breaks: "A function looks at the labels at the beginning of a step and changes the target at its end; nothing \
             keeps the target from taking an outdated call.",
    happened: None,
};

pub(super) const STORED_BEFORE_USED: Background = Background {
    matters: "A password that only a running function knows is lost with it. The target has it, the secret doesn't.",
    breaks: "The target is changed, or asked for a token, before PutSecretValue.",
    happened: None,
};

pub(super) const CLIENT_GAP_BOUNDED: Background = Background {
    matters: "A rotation can be right in every step and still be an outage: whoever has cached the old password is \
              refused until the cache runs out, an hour with the default of AWS's caching clients.",
    breaks: "A client doesn't read again when it is refused, or the password works before its version is current: \
             with a single user nothing in the secret works between setSecret and finishSecret.",
    happened: Some(Incident {
        what: "A database driver kept the old password in its cache after a rotation, and every new connection failed \
               for about a minute; it was taught to read the secret again and retry.",
        url: "https://github.com/aws/aws-advanced-jdbc-wrapper/pull/2097",
    }),
};
