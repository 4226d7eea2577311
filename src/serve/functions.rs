//! The functions that run as processes or behind URLs, as the server invokes them.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::invoke::{Ends, Invoker};
use crate::api::RotationEvent;
use crate::lambda::Functions;

/// What invokes the functions that are configured.
#[derive(Clone, Debug)]
pub struct LambdaInvoker(pub Arc<Functions>);

impl Invoker for LambdaInvoker {
    fn configured(&self) -> BTreeSet<String> {
        self.0.names().map(str::to_owned).collect()
    }

    fn invoke(&self, arn: &str, event: RotationEvent) -> Ends {
        let (functions, arn) = (Arc::clone(&self.0), arn.to_owned());
        Box::pin(async move {
            let event = serde_json::to_vec(&event).map_err(|error| error.to_string())?;
            // What a rotation function gives back means nothing.
            let answer = functions.invoke(&arn, event.into()).await;
            answer.map(drop).map_err(|error| error.to_string())
        })
    }
}
