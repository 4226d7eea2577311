//! Each property of functions and credentials is alive: a good trace, broken on purpose, must be reported, and no more.

use std::collections::BTreeSet;
use std::sync::Arc;

use stagewright::api::RotationStep;
use stagewright::program::Strategy;
use stagewright::property::client::{Client, Retry, judge_clients};
use stagewright::property::{Judgment, Property, judge};
use stagewright::scenario::Scenario;
use stagewright::secret::{SecretValue, StagingLabel};
use stagewright::service::{SecretView, ServiceAct};
use stagewright::target::{CredentialSet, GrantSet};
use stagewright::time::Span;
use stagewright::world::{Database, Event, Invoked, Trace, TraceStep};

/// A good rotation of a single user, or of two that take turns.
fn good(strategy: &str) -> Trace {
    let text = format!(
        "
scenario: a good rotation
secret: db/app
function: builtin:postgresql-{strategy}
target: {{ users: {{ app: {{ password: v1, grants: [app_role] }} }} }}
steps:
  - {{ call: CreateSecret, with: {{ SecretString: {{ username: app, password: one }} }}, as: v1 }}
  - rotate: {{}}
  - settle: {{}}
"
    );
    let played = Scenario::read(&text).unwrap().play(false);
    assert!(played.passed());
    played.trace
}

/// What is reported of a trace.
fn reported(trace: &Trace) -> BTreeSet<Property> {
    judge(trace, Property::ALL).violations.iter().map(|it| it.property.known().unwrap()).collect()
}

/// How often a client is reported that reads again when it is denied, and is denied for at most a second.
fn refused(trace: &Trace, retry: Retry) -> usize {
    let (cache, limit) = (Span::seconds(300), Span::seconds(1));
    let client = Client { name: "app".to_owned(), cache, retry, limit };
    let mut judgment = Judgment::default();
    judge_clients(trace, &[client], "db/app", &mut judgment);
    assert!(judgment.violations.iter().all(|it| it.property == Property::ClientGapBounded));
    assert_eq!(judgment.clients.len(), 1);
    judgment.violations.len()
}

#[test]
fn a_client_is_refused_for_too_long() {
    let mut trace = good("single-user");
    assert_eq!([Retry::None, Retry::OnDenied].map(|it| refused(&trace, it)), [1, 0]);
    // The service takes an hour from the password to the label.
    let finishes = trace.steps.iter().position(|step| {
        step.invoked.as_ref().is_some_and(|it| it.step == RotationStep::FinishSecret)
    });
    for step in trace.steps.iter_mut().skip(finishes.unwrap()) {
        step.at = step.at.plus(Span::hours(1));
    }
    assert_eq!(Retry::ALL.map(|it| refused(&trace, it)), [1, 1, 1]);
    // The target accepts both passwords meanwhile.
    let old = trace.given_target.as_ref().unwrap().target.principals[0].accepts;
    on_target(&mut trace, 0, |it| it.target.principals[0].accepts.0 |= old.0);
    assert_eq!(Retry::ALL.map(|it| refused(&trace, it)), [0, 0, 0]);
    // It never accepts the new one, and goes on with the old.
    on_target(&mut trace, 0, |it| it.target.principals[0].accepts = old);
    assert_eq!(Retry::ALL.map(|it| refused(&trace, it)), [1, 1, 0]);
    // Whoever waits until all is at rest, and gives up, doesn't know what becomes of clients.
    let last = trace.steps.last_mut().unwrap();
    last.event = Event::Unsettled(Span::days(1));
    assert_eq!(Retry::ALL.map(|it| refused(&trace, it)), [0, 0, 0]);
}

/// Changes what the target is like after each of the steps from one on.
fn on_target(trace: &mut Trace, from: usize, change: impl Fn(&mut Database)) {
    for step in trace.steps.iter_mut().skip(from) {
        change(Arc::make_mut(step.target.as_mut().unwrap()));
    }
}

/// Changes what each call's invocation is.
fn on_invoked(trace: &mut Trace, change: impl Fn(&TraceStep, &mut Invoked)) {
    for step in &mut trace.steps {
        if let Some(mut invoked) = step.invoked.take() {
            change(step, Arc::make_mut(&mut invoked));
            step.invoked = Some(invoked);
        }
    }
}

/// The first step at which all is at rest.
fn rest(trace: &Trace) -> usize {
    let cleans = |step: &TraceStep| matches!(step.event, Event::Service(ServiceAct::CleansPending));
    trace.steps.iter().position(cleans).unwrap()
}

#[test]
fn the_current_credential_is_refused() {
    let mut trace = good("single-user");
    let end = rest(&trace);
    on_target(&mut trace, end, |it| it.target.principals[0].accepts = CredentialSet(0));
    assert_eq!(reported(&trace), BTreeSet::from([Property::CurrentWorks]));
}

#[test]
fn the_previous_credential_of_users_that_take_turns_is_refused() {
    let mut trace = good("alternating-users");
    let end = rest(&trace);
    on_target(&mut trace, end, |it| it.target.principals[0].accepts = CredentialSet(0));
    assert_eq!(reported(&trace), BTreeSet::from([Property::PreviousWorks]));
    // With a single user it is to be refused.
    trace.strategy = Some(Strategy::SingleUser);
    assert_eq!(reported(&trace), BTreeSet::new());
}

#[test]
fn an_old_credential_is_still_accepted() {
    let mut trace = good("single-user");
    let end = rest(&trace);
    let old = trace.given_target.as_ref().unwrap().target.principals[0].accepts;
    on_target(&mut trace, end, |it| it.target.principals[0].accepts.0 |= old.0);
    assert_eq!(reported(&trace), BTreeSet::from([Property::OldIsRevoked]));
    trace.strategy = Some(Strategy::Tokens);
    assert_eq!(reported(&trace), BTreeSet::new());
}

#[test]
fn an_accepted_credential_has_no_label() {
    let mut trace = good("alternating-users");
    let end = rest(&trace);
    for step in trace.steps.iter_mut().skip(end) {
        step.after = step.after.iter().map(|view| unlabelled(view)).collect::<Vec<_>>().into();
    }
    let found = reported(&trace);
    assert!(found.contains(&Property::LiveIsLabelled), "{found:?}");
    assert!(!found.contains(&Property::OldIsRevoked), "{found:?}");
}

/// The secret without AWSPREVIOUS.
fn unlabelled(view: &SecretView) -> Arc<SecretView> {
    let mut view = view.clone();
    for version in &mut view.versions {
        Arc::make_mut(version).labels.retain(|label| *label != StagingLabel::AwsPrevious);
    }
    Arc::new(view)
}

#[test]
fn what_was_not_tested_becomes_current() {
    let mut trace = good("single-user");
    on_invoked(&mut trace, |_, invoked| {
        if invoked.step == RotationStep::TestSecret {
            invoked.step = RotationStep::SetSecret;
        }
    });
    assert_eq!(reported(&trace), BTreeSet::from([Property::PromotedWasTested]));
}

#[test]
fn the_promoted_user_may_do_something_else() {
    for change in [
        |it: &mut Database| it.target.principals[1].grants = GrantSet(0),
        |it: &mut Database| it.target.principals[1].tls = true,
    ] {
        let mut trace = good("alternating-users");
        let finishes = trace.steps.iter().position(|step| {
            step.invoked.as_ref().is_some_and(|it| it.step == RotationStep::FinishSecret)
        });
        on_target(&mut trace, finishes.unwrap() - 1, change);
        assert_eq!(reported(&trace), BTreeSet::from([Property::SamePrivileges]));
    }
}

#[test]
fn another_version_is_replaced_than_the_value_was_derived_from() {
    let text = "
scenario: a put in between
secret: db/app
function: builtin:postgresql-single-user
target: { users: { app: { password: v1, grants: [app_role] } } }
steps:
  - { call: CreateSecret, with: { SecretString: { username: app, password: one } }, as: v1 }
  - rotate: {}
  - wait: 1s
  - { call: PutSecretValue, with: { SecretString: { username: app, password: one } }, as: v2 }
  - settle: {}
";
    let mut scenario = Scenario::read(text).unwrap();
    scenario.assume("pending-leaves", "only-from-outgoing").unwrap();
    let played = scenario.play(false);
    assert_eq!(reported(&played.trace), BTreeSet::from([Property::NoLostUpdate]));
}

#[test]
fn an_outdated_invocation_changes_the_secret_or_the_target() {
    let mut trace = good("single-user");
    on_invoked(&mut trace, |step, invoked| {
        if matches!(step.event, Event::Target(_)) {
            invoked.version = stagewright::secret::VersionId::new("another");
        }
    });
    assert_eq!(reported(&trace), BTreeSet::from([Property::StaleTokenIsHarmless]));
}

#[test]
fn the_target_knows_a_credential_before_the_secret_does() {
    let mut trace = good("single-user");
    let set = trace.steps.iter().position(|step| {
        matches!(step.event, Event::Target(_)) && step.target != trace.given_target
    });
    // Until the change of the password the secret shows another value, and then the right one, by another hand.
    let wrong = SecretValue::Text("{\"username\":\"app\",\"password\":\"other\"}".into());
    for step in trace.steps.iter_mut().take(set.unwrap()) {
        let views = step.after.iter().map(|view| {
            let mut view = SecretView::clone(view);
            for version in view.versions.iter_mut().skip(1) {
                let version = Arc::make_mut(version);
                version.value = version.value.as_ref().map(|_| wrong.clone());
            }
            Arc::new(view)
        });
        step.after = views.collect::<Vec<_>>().into();
    }
    let found = reported(&trace);
    assert!(found.contains(&Property::StoredBeforeUsed), "{found:?}");
}
