//! What a real target accepts: found out by a command of the user, by `psql` or by `mysql`.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::secret::SecretValue;
use crate::service::SecretView;
use crate::target::{CredentialSet, GrantSet, Principal};
use crate::world::{Credentials, Database};

/// How long a command may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// What `psql` and `mysql` say of a credential that is refused. Anything else is trouble.
const REFUSED: [&str; 6] = [
    "password authentication failed",
    "no password supplied",
    "not permitted to log in",
    "does not exist",
    "ERROR 1045",
    "account is locked",
];

/// The privileges of a user of PostgreSQL, a line each.
const PRIVILEGES: &str = "SELECT 'member of ' || r.rolname FROM pg_roles r WHERE r.rolname !~ '^pg_' AND \
     pg_has_role(current_user, r.oid, 'USAGE') AND r.rolname NOT IN (regexp_replace(current_user, '_clone$', ''), \
     regexp_replace(current_user, '_clone$', '') || '_clone') ORDER BY 1";

/// The privileges of a user of MySQL or MariaDB, a line each.
const MYSQL_PRIVILEGES: &str = "SELECT PRIVILEGE_TYPE, '*' FROM information_schema.USER_PRIVILEGES UNION \
     SELECT PRIVILEGE_TYPE, TABLE_SCHEMA FROM information_schema.SCHEMA_PRIVILEGES UNION \
     SELECT PRIVILEGE_TYPE, CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) FROM information_schema.TABLE_PRIVILEGES";

/// How many tokens that nobody has are told apart: one is enough to be wrong.
const ORPHANS_MAX: usize = 4;

/// How the target is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    way: Way,
    /// A shell command that prints the tokens that the target accepts, a line each.
    tokens: Option<String>,
}

/// How one credential is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Way {
    /// By a shell command: it ends with 0 if the credential is accepted, and prints its privileges, a line each.
    Command(String),
    /// By `psql`.
    PostgreSql,
    /// By `mysql`, which MariaDB has as well.
    MySql,
}

/// What is found: the privileges of one that is accepted.
pub(super) type Answer = Option<Vec<String>>;

impl Probe {
    /// A probe as it stands on the command line, and the command that lists tokens, if there is one.
    pub fn new(text: &str, tokens: Option<String>) -> Self {
        let way = match text {
            "postgresql" => Way::PostgreSql,
            "mysql" => Way::MySql,
            text => Way::Command(text.to_owned()),
        };
        Self { way, tokens }
    }

    /// The tokens that the target accepts, if it tells.
    pub(super) async fn tokens(&self, value: &str) -> Result<Vec<String>, String> {
        let Some(tokens) = &self.tokens else { return Ok(Vec::new()) };
        let text = done("--tokens", tokens, value).await?;
        Ok(lines(&text))
    }

    /// Whether the target accepts the credential in a value.
    pub(super) async fn ask(&self, value: &str) -> Result<Answer, String> {
        let mut command = match &self.way {
            Way::Command(text) => shell(text),
            Way::PostgreSql => psql(value),
            Way::MySql => mysql(value),
        };
        command.envs(variables(value));
        let ended = run(&mut command, value).await.map_err(|it| format!("the probe {it}"))?;
        if ended.status.success() {
            return Ok(Some(lines(&String::from_utf8_lossy(&ended.stdout))));
        }
        let error = String::from_utf8_lossy(&ended.stderr);
        let is_refusal = match &self.way {
            Way::Command(_) => !matches!(ended.status.code(), None | Some(126 | 127)),
            Way::PostgreSql | Way::MySql => REFUSED.iter().any(|text| error.contains(text)),
        };
        if is_refusal {
            return Ok(None);
        }
        let line = error.lines().next().unwrap_or_default();
        Err(format!(
            "the probe can't tell whether a credential is accepted ({}): {line}",
            ended.status
        ))
    }
}

/// Makes the target what it is to be at the beginning of every run.
pub(super) async fn reset(text: &str, value: &str) -> Result<(), String> {
    done("--reset", text, value).await.map(drop)
}

/// What a shell command prints that has to end well. It is what that option says.
async fn done(option: &str, text: &str, value: &str) -> Result<String, String> {
    let mut command = shell(text);
    command.envs(variables(value));
    let ended = run(&mut command, value).await.map_err(|it| format!("`{option}` {it}"))?;
    if ended.status.success() {
        return Ok(String::from_utf8_lossy(&ended.stdout).into_owned());
    }
    let error = String::from_utf8_lossy(&ended.stderr);
    let line = error.lines().next().unwrap_or_default();
    Err(format!("`{option}` ends with {}: {line}", ended.status))
}

/// The lines that say something, in order.
fn lines(text: &str) -> Vec<String> {
    let lines = text.lines().map(|line| line.trim().to_owned());
    let mut lines: Vec<_> = lines.filter(|it| !it.is_empty()).collect();
    lines.sort();
    lines
}

fn shell(text: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", text]);
    command
}

fn psql(value: &str) -> Command {
    let members = members(value);
    let member = |name: &str| members.get(name).map_or("", String::as_str);
    let mut command = Command::new("psql");
    let database = match member("dbname") {
        "" => "postgres",
        name => name,
    };
    command.args(["-X", "-w", "-A", "-t", "-q", "-d", database, "-c", PRIVILEGES]);
    for (option, name) in [("-h", "host"), ("-p", "port"), ("-U", "username")] {
        if !member(name).is_empty() {
            command.args([option, member(name)]);
        }
    }
    command.env("PGPASSWORD", member("password")).env("PGCONNECT_TIMEOUT", "10");
    command.env("PGSSLMODE", "disable").env("LC_MESSAGES", "C");
    command
}

fn mysql(value: &str) -> Command {
    let members = members(value);
    let mut command = Command::new("mysql");
    command.args(["--no-defaults", "--protocol=tcp", "--connect-timeout=10", "-N", "-B"]);
    command.args(["-e", MYSQL_PRIVILEGES]);
    for (option, name) in [("-h", "host"), ("-P", "port"), ("-u", "username")] {
        if let Some(text) = members.get(name) {
            command.args([option, text]);
        }
    }
    command.env("MYSQL_PWD", members.get("password").map_or("", String::as_str));
    command
}

/// Runs a command that gets the value on its standard input, and kills it with all that it started if it takes too long.
async fn run(command: &mut Command, value: &str) -> Result<std::process::Output, String> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.process_group(0).kill_on_drop(true);
    let failed = |error: std::io::Error| format!("can't be run: {error}");
    let mut child = command.spawn().map_err(failed)?;
    let mut group = Group::of(&child);
    if let Some(mut input) = child.stdin.take() {
        // Nobody has to read it.
        drop(input.write_all(value.as_bytes()).await);
    }
    let late = |_| format!("is not done after {} seconds", TIMEOUT.as_secs());
    let ended = timeout(TIMEOUT, child.wait_with_output()).await.map_err(late)?.map_err(failed);
    group.0 = None;
    ended
}

/// A process and all that it started in its group; they are killed unless the process has ended.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // It may be gone already.
            let _sent = kill_process_group(group, Signal::KILL);
        }
    }
}

/// The members of a value that is JSON, as texts.
fn members(value: &str) -> BTreeMap<String, String> {
    let Ok(Value::Object(members)) = serde_json::from_str(value) else { return BTreeMap::new() };
    members
        .into_iter()
        .map(|(name, value)| match value {
            Value::String(text) => (name, text),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_) => (name, value.to_string()),
        })
        .collect()
}

/// The members of a value as variables: `SECRET_USERNAME`, `SECRET_PASSWORD`, …
fn variables(value: &str) -> impl Iterator<Item = (String, String)> {
    let name = |name: String| {
        let fits = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '_' };
        format!("SECRET_{}", name.chars().map(fits).collect::<String>().to_ascii_uppercase())
    };
    members(value).into_iter().map(move |(member, text)| (name(member), text))
}

/// The values of a secret, each once.
pub(super) fn values(view: &SecretView) -> Vec<String> {
    let mut values = Vec::new();
    for value in view.versions.iter().filter_map(|version| text(version.value.as_ref()?)) {
        if !values.contains(&value) {
            values.push(value);
        }
    }
    values
}

/// A value as text; nothing if it is binary.
pub(super) fn text(value: &SecretValue) -> Option<String> {
    match value {
        SecretValue::Text(text) => Some(text.to_string()),
        SecretValue::Binary(_) => None,
    }
}

/// What was seen of a target.
#[derive(Debug)]
pub(super) struct Seen {
    database: Database,
    /// The privileges of each user, once they are known.
    privileges: [Option<Vec<String>>; 2],
}

impl Seen {
    /// Nothing yet. The first value says whose credentials they are.
    pub(super) fn new(first: &str) -> Self {
        let user = Credentials::of(&SecretValue::Text(first.into())).user;
        Self { database: Database::new(&user.unwrap_or_default()), privileges: [None, None] }
    }

    /// What was found of one value.
    pub(super) fn add(&mut self, value: &str, answer: Answer) {
        let Credentials { user, secret, .. } = Credentials::of(&SecretValue::Text(value.into()));
        let handle = self.database.credential(&secret.0, CredentialSet::default());
        if let (Some(user), None) = (&user, self.database.principal(user.as_deref())) {
            // The second user is whoever it is.
            user.clone_into(&mut self.database.users[1]);
        }
        let Some(slot) = self.database.principal(user.as_deref()) else { return };
        let index = usize::from(slot.0);
        if let (Some(lines), Some(of), Some(known)) =
            (answer, self.database.target.principals.get_mut(index), self.privileges.get_mut(index))
        {
            of.exists = true;
            of.accepts = of.accepts.with(handle);
            *known = Some(lines);
        }
    }

    /// What the target itself says that it accepts. Those that are stored were asked for already.
    pub(super) fn add_tokens(&mut self, tokens: &[String]) {
        let is_orphan = |token: &&String| self.database.known(token).is_none();
        let orphans: Vec<_> = tokens.iter().filter(is_orphan).take(ORPHANS_MAX).collect();
        for token in orphans {
            let handle = self.database.credential(token, CredentialSet::default());
            let [of, _] = &mut self.database.target.principals;
            of.exists = true;
            of.accepts = of.accepts.with(handle);
        }
    }

    /// The target with what was found. Privileges stand as one grant that is all of them: they are only compared.
    pub(super) fn into_database(self) -> Database {
        let Self { mut database, privileges } = self;
        for (lines, of) in privileges.iter().zip(&mut database.target.principals) {
            // Of a user that can't log in nothing is known: it is taken to be like the other one.
            let Some(lines) = lines.as_ref().or_else(|| privileges.iter().flatten().next()) else {
                continue;
            };
            let name = lines.join(", ");
            let index = database.grants.iter().position(|it| *it == name).unwrap_or_else(|| {
                database.grants.push(name);
                database.grants.len().saturating_sub(1)
            });
            *of = Principal { grants: GrantSet(1 << (index & 7)), ..*of };
        }
        database
    }
}
