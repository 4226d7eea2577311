//! What a scenario says before its first step.

use std::collections::BTreeSet;

use super::callers::callers;
use super::drafts::{Drafts, meant};
use super::text::{unsendable, wrong_placeholder};
use crate::assumption::{self, AssumptionError, Assumptions};
use crate::mistake::{quoted, suggest};
use crate::property::{Property, PropertyName};
use crate::scenario::format::File;
use crate::scenario::placeholder::Pattern;
use crate::secret::{AccountId, SecretName, is_arn_suffix, is_region};
use crate::service::{ManagedSecret, Setting};
use crate::time::Span;
use crate::yaml::{Path, Trail};

pub(super) fn setting(file: &File, drafts: &mut Drafts) -> Setting {
    let mut setting = Setting { seed: file.seed.unwrap_or(0), ..Setting::default() };
    if let Some(account) = &file.account {
        if AccountId::is_valid(account) {
            setting.account = AccountId::new(account.as_str());
        } else {
            let message = format!("{} is not an account", quoted(account));
            let help = "an account has twelve digits, such as `111111111111`".to_owned();
            drafts.value(Path::top().key("account"), message, "not twelve digits", Some(help));
        }
    }
    if let Some(region) = &file.region {
        if is_region(region) {
            setting.region = region.as_str().into();
        } else {
            not_a_region(Path::top().key("region"), region, drafts);
        }
    }
    if let Some(suffix) = &file.arn_suffix {
        if is_arn_suffix(suffix) {
            setting.arn_suffix = Some(suffix.as_str().into());
        } else {
            let message = format!("{} is not the suffix of an ARN", quoted(suffix));
            let help = "a suffix has six letters and digits, such as `AbCdEf`".to_owned();
            drafts.value(Path::top().key("arn-suffix"), message, "not a suffix", Some(help));
        }
    }
    if let Some(secret) = &file.secret {
        default_secret(secret, drafts);
    }
    setting.missing_functions =
        file.given.iter().flat_map(|given| given.missing_functions.iter().cloned()).collect();
    setting.replication_lag = replication_lag(file, drafts);
    setting.permissions = callers(file, drafts);
    setting.managed_secrets = managed(file, drafts);
    setting.assume = assumptions(file, drafts);
    setting
}

pub(super) fn not_a_region(path: Path, text: &str, drafts: &mut Drafts) {
    let message = format!("{} is not a Region", quoted(text));
    let help = "a Region is written like `us-east-1`".to_owned();
    drafts.value(path, message, "not a Region", Some(help));
}

/// How long a change takes from a primary to its replicas.
fn replication_lag(file: &File, drafts: &mut Drafts) -> Span {
    let lag = file.given.as_ref().and_then(|given| given.replication_lag.as_deref());
    let Some(lag) = lag else { return Span::from_millis(0) };
    lag.parse().unwrap_or_else(|_| {
        let message = format!("{} is not a span of time", quoted(lag));
        let help = "write it like `5s`, `15m`, or a sum such as `1m 30s`".to_owned();
        let path = Path::top().key("given").key("replication-lag");
        drafts.value(path, message, "expected numbers with units", Some(help));
        Span::from_millis(0)
    })
}

/// The secrets that other services manage.
fn managed(file: &File, drafts: &mut Drafts) -> Vec<ManagedSecret> {
    let given = file.given.iter().flat_map(|given| &given.managed_secrets);
    let mut secrets: Vec<ManagedSecret> = Vec::new();
    for (index, secret) in given.enumerate() {
        let path = Path::top().key("given").key("managed-secrets").index(index);
        if !SecretName::is_valid(&secret.name) {
            not_a_name(path.key("name"), &secret.name, drafts);
        } else if secrets.iter().any(|it| it.name.as_str() == secret.name) {
            let message = format!("{} is given twice", quoted(&secret.name));
            let help = "each secret has a name of its own".to_owned();
            drafts.value(path.key("name"), message, "given again", Some(help));
        } else if secret.owning_service.is_empty() {
            let message = "a managed secret belongs to a service".to_owned();
            let help = "name the service, such as `rds`".to_owned();
            drafts.value(path.key("owning-service"), message, "no service", Some(help));
        } else {
            let name = SecretName::new(secret.name.as_str());
            let owning_service = secret.owning_service.clone();
            secrets.push(ManagedSecret { name, owning_service });
        }
    }
    secrets
}

fn not_a_name(path: Path, name: &str, drafts: &mut Drafts) {
    let message = format!("{} is not a name that a secret can have", quoted(name));
    let help = "a name has letters, digits, and /_+=.@!-".to_owned();
    drafts.value(path, message, "not a name", Some(help));
}

/// Checks the secret that steps are about when they name none: a name, an ARN, or a placeholder of these.
fn default_secret(secret: &str, drafts: &mut Drafts) {
    let path = || Path::top().key("secret");
    let mut strange = None;
    let pattern = Pattern::parse(secret.to_owned(), |wrong| strange = Some(wrong));
    if let Some(wrong) = strange {
        wrong_placeholder(drafts, path(), false, &wrong, "a name has no `<` and `>`");
    } else if let Some(wrong) = pattern.placeholders().find(|it| !it.can_be_sent()) {
        unsendable(drafts, path(), false, wrong);
    } else if pattern.as_plain().is_some()
        && !secret.starts_with("arn:")
        && !SecretName::is_valid(secret)
    {
        not_a_name(path(), secret, drafts);
    }
}

/// Reports a title that says nothing, and a scenario in which nothing happens.
pub(super) fn bare(file: &File, drafts: &mut Drafts) {
    if file.scenario.trim().is_empty() {
        let help = "say in a few words what it shows".to_owned();
        drafts.value(
            Path::top().key("scenario"),
            "a scenario needs a title".to_owned(),
            "empty",
            Some(help),
        );
    }
    if file.steps.is_empty() {
        drafts.value(
            Path::top().key("steps"),
            "a scenario needs a step".to_owned(),
            "no steps",
            Some("start with `- call: CreateSecret`".to_owned()),
        );
    }
}

/// The assumptions that the file decides on.
pub(super) fn fixed(file: &File) -> BTreeSet<&'static str> {
    let ids = assumption::TABLE.iter().map(|it| it.id);
    ids.filter(|id| file.assume.contains_key(*id)).collect()
}

fn assumptions(file: &File, drafts: &mut Drafts) -> Assumptions {
    let mut assume = Assumptions::default();
    for (id, option) in &file.assume {
        let path = Path::top().key("assume").key(id.clone());
        match assume.choose(id, option) {
            Ok(()) => {}
            Err(error @ AssumptionError::Unknown(_)) => {
                let help = match suggest(id, assumption::TABLE.iter().map(|it| it.id)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "`stagewright rules` lists all assumptions".to_owned(),
                };
                drafts.key(path, error.to_string(), "not an assumption", Some(help));
            }
            Err(error @ AssumptionError::Option { .. }) => {
                let options =
                    assumption::TABLE.iter().filter(|it| it.id == id).flat_map(|it| it.options);
                let help = meant(option, options.copied());
                drafts.value(path, error.to_string(), "not an option", Some(help));
            }
        }
    }
    assume
}

/// The properties to judge by, and those that must be violated.
pub(super) fn properties(
    file: &File,
    drafts: &mut Drafts,
) -> (Vec<Property>, BTreeSet<PropertyName>) {
    let mut named = |list: &'static str, index: usize, id: &str| match id.parse::<Property>() {
        Ok(property) => Some(property),
        Err(error) => {
            let known = Property::ALL.iter().map(|property| property.id());
            let help = meant(id, known.chain((list == "check").then_some("defaults")));
            let path = Path::top().key(list).index(index);
            drafts.value(path, error.to_string(), "not a property", Some(help));
            None
        }
    };
    let check: Vec<Property> = match &file.check {
        None => Property::ALL.to_vec(),
        Some(ids) => {
            let mut check = BTreeSet::new();
            for (index, id) in ids.iter().enumerate() {
                if id == "defaults" {
                    check.extend(Property::ALL);
                } else {
                    check.extend(named("check", index, id));
                }
            }
            check.into_iter().collect()
        }
    };
    let breaks = broken(&Trail::top().key("breaks"), &file.breaks, file, drafts);
    for (index, id) in file.breaks.iter().enumerate() {
        if let Ok(property) = id.parse::<Property>()
            && !check.contains(&property)
        {
            let path = Path::top().key("breaks").index(index);
            let help = "add it to `check`, or leave `check` out".to_owned();
            drafts.value(path, format!("`{id}` is not judged here"), "not in `check`", Some(help));
        }
    }
    (check, breaks)
}

/// The properties that a list says must be violated: those that always exist, and the file's own.
pub(super) fn broken(
    path: &Trail<'_>,
    ids: &[String],
    file: &File,
    drafts: &mut Drafts,
) -> BTreeSet<PropertyName> {
    let mut broken = BTreeSet::new();
    for (index, id) in ids.iter().enumerate() {
        if let Some(own) = file.properties.iter().find(|own| own.name == *id) {
            broken.insert(own.property_name());
        } else {
            match id.parse::<Property>() {
                Ok(property) => {
                    broken.insert(property.into());
                }
                Err(error) => {
                    let known = Property::ALL.iter().map(|property| property.id());
                    let own = file.properties.iter().map(|own| own.name.as_str());
                    let help = meant(id, known.chain(own));
                    let path = path.index(index);
                    drafts.value(path, error.to_string(), "not a property", Some(help));
                }
            }
        }
    }
    broken
}
