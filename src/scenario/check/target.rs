//! What a scenario says of the credential target.

use std::collections::BTreeMap;

use super::drafts::{Drafts, meant};
use crate::mistake::quoted;
use crate::scenario::explore::{PlannedTarget, PlannedUser};
use crate::scenario::format::File;
use crate::target::PRINCIPALS_MAX;
use crate::yaml::Path;

/// Reads `target`. `declared`: the names of versions.
pub(super) fn target(
    file: &File,
    declared: &BTreeMap<&str, usize>,
    drafts: &mut Drafts,
) -> Option<PlannedTarget> {
    let target = file.target.as_ref()?;
    let path = Path::top().key("target");
    if target.users.is_empty() || target.users.len() > PRINCIPALS_MAX {
        let message = format!("a target has one user or two, and here are {}", target.users.len());
        let help = "name the user whose password rotates, and the one that takes turns".to_owned();
        drafts.value(path.key("users"), message, "not one or two", Some(help));
    }
    let mut users = Vec::new();
    for (name, user) in &target.users {
        let at = path.key("users").key(name.clone());
        if let Some(version) = &user.password
            && !declared.contains_key(version.as_str())
        {
            let message = format!("no version is called {}", quoted(version));
            let help = meant(version, declared.keys().copied().collect::<Vec<_>>());
            drafts.value(at.key("password"), message, "not the name of a version", Some(help));
        }
        users.push(PlannedUser {
            name: name.clone(),
            password: user.password.clone(),
            grants: user.grants.clone(),
            tls: user.tls,
        });
    }
    Some(PlannedTarget { users, login_needs: target.login_needs.clone() })
}
