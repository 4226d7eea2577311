//! What a scenario says under `clients`.

use super::drafts::{Drafts, meant};
use crate::mistake::quoted;
use crate::property::Property;
use crate::property::client::{Client, Retry};
use crate::scenario::format::{ClientFile, File};
use crate::time::Span;
use crate::yaml::Path;

/// Reads `clients`.
pub(super) fn clients(file: &File, check: &[Property], drafts: &mut Drafts) -> Vec<Client> {
    let path = Path::top().key("clients");
    if file.clients.is_empty() {
        without_clients(file, drafts);
        return Vec::new();
    }
    let mut needs = |what: &str, label: &str, help: &str| {
        let message = format!("`clients` use {what}");
        drafts.key(path.clone(), message, label, Some(help.to_owned()));
    };
    if file.target.is_none() {
        let help = "add a target, as in `target: { users: { app: { password: v1 } } }`";
        needs("the credential of a target", "nothing refuses them", help);
    }
    match file.secret.as_deref() {
        None => {
            let help = "name it at the top, as in `secret: db/app`";
            needs("the secret of the scenario", "of no secret", help);
        }
        Some(secret) if secret.starts_with('<') || secret.starts_with("arn:") => {
            let message = format!("{} is not the name of a secret", quoted(secret));
            let help = "`clients` find their secret by its name".to_owned();
            drafts.value(Path::top().key("secret"), message, "not a name", Some(help));
        }
        Some(_) => {}
    }
    if !check.contains(&Property::ClientGapBounded) {
        let message = "`client-gap-bounded` is not judged here".to_owned();
        let help = "add it to `check`, or leave `check` out".to_owned();
        drafts.key(path.clone(), message, "so clients say nothing", Some(help));
    }
    let mut clients: Vec<Client> = Vec::new();
    for (index, client) in file.clients.iter().enumerate() {
        let path = path.index(index);
        if client.name.trim().is_empty() {
            let help = "say what it is, as in `name: web`".to_owned();
            let message = "a client needs a name".to_owned();
            drafts.value(path.key("name"), message, "empty", Some(help));
        } else if clients.iter().any(|other| other.name == client.name) {
            let message = format!("{} is a client already", quoted(&client.name));
            let help = "choose another name".to_owned();
            drafts.value(path.key("name"), message, "named above", Some(help));
        }
        clients.push(Client {
            name: client.name.clone(),
            cache: span(&path, "cache", &client.cache, drafts),
            retry: retry(&path, client, drafts),
            limit: span(&path, "limit", &client.limit, drafts),
        });
    }
    clients
}

/// Reports that clients are to be judged, and there are none.
fn without_clients(file: &File, drafts: &mut Drafts) {
    let explore = Path::top().key("explore");
    let lists = [
        (Path::top().key("check"), file.check.as_deref()),
        (Path::top().key("breaks"), Some(file.breaks.as_slice())),
        (explore.key("breaks"), file.explore.as_ref().map(|it| it.breaks.as_slice())),
    ];
    for (path, list) in lists {
        let id = Property::ClientGapBounded.id();
        for index in list.into_iter().flatten().zip(0..).filter(|(it, _)| *it == id).map(|it| it.1)
        {
            let message = format!("`{id}` is about clients, and there are none");
            let help = "add `clients: [{ name: web, cache: 5m, retry: on-denied, limit: 10s }]`";
            drafts.value(path.index(index), message, "nobody to judge", Some(help.to_owned()));
        }
    }
}

fn retry(path: &Path, client: &ClientFile, drafts: &mut Drafts) -> Retry {
    let Some(named) = client.retry.as_deref() else { return Retry::None };
    Retry::named(named).unwrap_or_else(|| {
        let message = format!("{} is not a way to retry", quoted(named));
        let help = meant(named, Retry::ALL.map(Retry::as_str));
        drafts.value(path.key("retry"), message, "not a way to retry", Some(help));
        Retry::None
    })
}

/// A span of a client.
fn span(path: &Path, key: &'static str, text: &str, drafts: &mut Drafts) -> Span {
    text.parse().unwrap_or_else(|_| {
        let positive = text.strip_prefix('-').filter(|rest| rest.parse::<Span>().is_ok());
        let (message, label) = match positive {
            Some(_) => (format!("{} is less than no time", quoted(text)), "negative"),
            None => {
                (format!("{} is not a span of time", quoted(text)), "expected numbers with units")
            }
        };
        let help = match key {
            "cache" => "write it like `5m`; without a cache, `0s`".to_owned(),
            _ => "write it like `10s`; if it must never be refused, `0s`".to_owned(),
        };
        drafts.value(path.key(key), message, label, Some(help));
        Span::from_millis(0)
    })
}
