//! A scenario around a rotation function that has none: a secret, a target that fits it, and what may happen to it.

use std::fmt::Write as _;

use crate::program::{Call, Program, PutToken, Strategy};
use crate::yaml::scalar;

impl Program {
    /// A scenario in which the function rotates a secret twice, with a fault at any of its calls. It names the file of the
    /// function `function.yaml`.
    pub fn in_a_scenario(&self) -> String {
        let has = |is: fn(&Call) -> bool| self.nodes.iter().any(|node| is(&node.call));
        let is_like_another =
            has(|call| matches!(call, Call::PutSecretValue { value, .. } if value.from.is_some()));
        let asks_target = has(|call| matches!(call, Call::Target(_)));
        let value = match self.strategy {
            Some(Strategy::Tokens) => "{ token: one }",
            Some(Strategy::SingleUser | Strategy::AlternatingUsers) | None
                if asks_target || is_like_another =>
            {
                "{ username: app, password: one }"
            }
            Some(Strategy::SingleUser | Strategy::AlternatingUsers) | None => "one",
        };
        let name = scalar(&self.name);
        let mut text = format!("scenario: {name}\nsecret: db/app\nfunction: function.yaml\n");
        if asks_target {
            // Users have whatever right the function knows of, and one that it doesn't.
            let known = self.grants.iter().map(|grant| scalar(grant));
            let grants = known.chain(["app_role".into()]).collect::<Vec<_>>().join(", ");
            let _ = writeln!(
                text,
                "target: {{ users: {{ app: {{ password: v1, grants: [{grants}] }} }} }}"
            );
        }
        let puts_elsewhere =
            has(|call| matches!(call, Call::PutSecretValue { token: PutToken::Fresh, .. }));
        let versions = if puts_elsewhere { ", versions: 6" } else { "" };
        let _ = writeln!(
            text,
            "steps:\n  - {{ call: CreateSecret, with: {{ SecretString: {value} }}, as: v1 }}\n\
             explore: {{ rotations: 2, faults: 1{versions} }}"
        );
        text
    }
}
