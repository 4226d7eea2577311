//! Rotation functions that run outside the world: handed out, led from step to step, and taken back.

use std::collections::BTreeSet;

use serde_json::json;
use stagewright::api::{OperationName, RotationStep};
use stagewright::caller::Caller;
use stagewright::service::{Invoked, Setting};
use stagewright::time::{Span, Timestamp};
use stagewright::world::{OutsideInvocation, Trace, World};

const FUNCTION: &str = "arn:aws:lambda:us-east-1:111111111111:function:rotate";

fn world(strict: bool) -> World {
    let configured = BTreeSet::from(["rotate".to_owned()]);
    let invokes = Invoked::Outside { configured, strict };
    World::new(Setting { invokes, ..Setting::default() }, Timestamp::DEFAULT_START)
}

fn call(world: &mut World, name: OperationName, with: serde_json::Value, trace: &mut Trace) {
    let by = Caller::named("", &world.service().setting().account);
    world.apply(by, name.receive(with), Span::from_millis(0), trace);
}

fn rotate(world: &mut World, function: &str, trace: &mut Trace) {
    call(
        world,
        OperationName::CreateSecret,
        json!({"Name": "a", "SecretString": "one", "ClientRequestToken": "v1-0123456789012345678901234567890"}),
        trace,
    );
    let token = "v2-0123456789012345678901234567890";
    let with = json!({"SecretId": "a", "ClientRequestToken": token, "RotationLambdaARN": function});
    call(world, OperationName::RotateSecret, with, trace);
}

/// Lets time pass, and gives what is invoked then.
fn invoked(world: &mut World, span: Span, trace: &mut Trace) -> Vec<OutsideInvocation> {
    world.reach(world.now().plus(span), trace);
    world.take_invocations()
}

#[test]
fn a_function_outside_is_led_from_step_to_step() {
    let (mut world, mut trace) = (world(false), Trace::default());
    rotate(&mut world, FUNCTION, &mut trace);
    let first = invoked(&mut world, Span::seconds(5), &mut trace);
    let [first] = first.as_slice() else { panic!("{first:?}") };
    assert_eq!((first.function.as_str(), first.event.step), (FUNCTION, RotationStep::CreateSecret));
    assert_eq!(invoked(&mut world, Span::seconds(5), &mut trace), [], "it is invoked once");
    world.function_returned(&first.event, Ok(()), &mut trace);
    let second = world.take_invocations();
    assert_eq!(second[0].event.step, RotationStep::SetSecret);
    world.function_returned(&second[0].event, Err("no".to_owned()), &mut trace);
    assert_eq!(world.take_invocations(), []);
    assert_eq!(invoked(&mut world, Span::hours(2), &mut trace).len(), 1, "it is tried again");
}

#[test]
fn a_late_return_is_ignored() {
    let (mut world, mut trace) = (world(false), Trace::default());
    rotate(&mut world, FUNCTION, &mut trace);
    let event = invoked(&mut world, Span::seconds(5), &mut trace).remove(0).event;
    call(&mut world, OperationName::CancelRotateSecret, json!({"SecretId": "a"}), &mut trace);
    call(
        &mut world,
        OperationName::DeleteSecret,
        json!({"SecretId": "a", "ForceDeleteWithoutRecovery": true}),
        &mut trace,
    );
    world.reach(world.now().plus(Span::hours(1)), &mut trace);
    world.function_returned(&event, Ok(()), &mut trace);
    world.function_returned(&event, Err("late".to_owned()), &mut trace);
    assert_eq!(invoked(&mut world, Span::days(1), &mut trace), []);
}

#[test]
fn a_function_that_is_not_configured_is_not_invoked() {
    let other = "arn:aws:lambda:us-east-1:111111111111:function:other";
    let (mut lax, mut trace) = (world(false), Trace::default());
    rotate(&mut lax, other, &mut trace);
    assert!(trace.steps.last().is_some_and(|step| step.outcome.is_ok()));
    assert_eq!(invoked(&mut lax, Span::days(40), &mut trace), []);
    let (mut strict, mut trace) = (world(true), Trace::default());
    rotate(&mut strict, other, &mut trace);
    let refused = trace.steps.last().and_then(|step| step.outcome.clone().err()).expect("refused");
    assert!(refused.message.contains("cannot invoke the specified Lambda function"), "{refused}");
    rotate(&mut strict, FUNCTION, &mut trace);
    assert!(trace.steps.last().is_some_and(|step| step.outcome.is_ok()));
}
