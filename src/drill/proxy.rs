//! Stands between the function and its target: each statement is a call like those of Secrets Manager, and can be hit.
//!
//! Which protocol it is shows who speaks first and how. TLS is declined as a server without it does, since nobody can
//! read along otherwise. Of a protocol that is not known, one burst of what the client sends is one call.

mod mysql;
mod postgresql;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::stage::{Arrival, Stage, Way};
use crate::world::Answer;

/// Connections at once; more have to wait.
const CONNECTIONS: usize = 200;

/// Who speaks first shows within this time.
const FIRST_WORD: Duration = Duration::from_secs(5);

/// The longest message that is kept until it is whole.
const MESSAGE_MAX: usize = 16 << 20;

/// How one stands between a function and its target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Between {
    /// Where the function connects to.
    pub listen: std::net::SocketAddr,
    /// Where the target is.
    pub target: String,
}

/// Lets everything through that connects, until this future is dropped. Statements pass the stage, if there is one.
pub(super) async fn attend(listener: &TcpListener, target: &str, stage: Option<Arc<Stage>>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        if connections.len() >= CONNECTIONS {
            connections.join_next().await;
            continue;
        }
        let Ok((client, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let (target, stage) = (target.to_owned(), stage.clone());
        let stage = stage.filter(|stage| !stage.is_probing());
        connections.spawn(async move {
            // Whoever goes away first, the other one sees it as it would without us.
            drop(pass(client, &target, stage.clone()).await);
            if let Some(stage) = stage {
                stage.connection_ended();
            }
        });
    }
}

async fn pass(mut client: TcpStream, target: &str, stage: Option<Arc<Stage>>) -> io::Result<()> {
    let mut server = TcpStream::connect(target).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let Some(stage) = stage else {
        return copy_bidirectional(&mut client, &mut server).await.map(drop);
    };
    let (mut first, mut said) = ([0; 8], [0; 8]);
    tokio::select! {
        seen = client.peek(&mut first) => {
            // The eight bytes with which a client begins come at once, or it is another protocol.
            if seen? >= first.len() && postgresql::begins_so(first) {
                return postgresql::pass(client, server, &stage).await;
            }
            raw(client, server, &stage).await
        }
        seen = server.peek(&mut said) => {
            seen?;
            if mysql::begins_so(said) {
                return mysql::pass(client, server, &stage).await;
            }
            raw(client, server, &stage).await
        }
        () = tokio::time::sleep(FIRST_WORD) => raw(client, server, &stage).await,
    }
}

/// A connection, and the access key of the process that it is of, once that is known.
struct Connection<'s> {
    stage: &'s Stage,
    key: Option<String>,
}

impl<'s> Connection<'s> {
    const fn new(stage: &'s Stage) -> Self {
        Self { stage, key: None }
    }

    /// A call begins. An error: it ends here, and with it the connection.
    async fn call(&mut self, name: String) -> io::Result<Statement<'s>> {
        let stage = self.stage;
        let arrival = stage.arrive(self.key.as_deref(), &name, None);
        if self.key.is_none() {
            self.key = stage.key_of(&arrival);
        }
        match stage.before(&arrival).await {
            Way::Free => Ok(Statement { stage, arrival, name }),
            Way::Fails | Way::Throttled | Way::Cut => Err(cut()),
        }
    }
}

/// A call on its way to the target.
struct Statement<'s> {
    stage: &'s Stage,
    arrival: Arrival,
    name: String,
}

impl Statement<'_> {
    /// The target has answered. Tells whether the answer goes on to the client.
    async fn end(self, answer: Answer) -> bool {
        self.stage.answered(&self.arrival).await;
        self.stage.tell_statement(&self.arrival, &self.name, answer);
        self.stage.after(&self.arrival).await == Way::Free
    }
}

/// The target has answered: what it said goes on to the client, unless the connection is cut.
async fn answered(
    client: &mut TcpStream,
    statement: Option<Statement<'_>>,
    (answer, said): (Answer, &[u8]),
) -> io::Result<()> {
    if let Some(statement) = statement
        && !statement.end(answer).await
    {
        return Err(cut());
    }
    client.write_all(said).await
}

/// The client has said that it goes: nobody waits for an answer to that.
async fn logged_out(server: TcpStream, statement: Statement<'_>) {
    statement.end(Answer::Done).await;
    closed(server).await;
}

/// What a statement is called: its first word, and the second one where there are many of the first.
fn name_of(statement: &str) -> String {
    let mut words = statement.split(|it: char| !it.is_ascii_alphanumeric() && it != '_');
    let mut word = || words.by_ref().find(|it| !it.is_empty()).map(str::to_ascii_uppercase);
    let first = word().unwrap_or_else(|| "STATEMENT".to_owned());
    let has_second = matches!(&*first, "CREATE" | "ALTER" | "DROP" | "SET" | "SHOW" | "FLUSH");
    let second = if has_second { word() } else { None };
    let replaces = second.as_deref() == Some("OR") && word().as_deref() == Some("REPLACE");
    match if replaces { word() } else { second } {
        Some(second) => format!("{first}-{second}"),
        None => first,
    }
}

/// A protocol that is not known.
async fn raw(mut client: TcpStream, mut server: TcpStream, stage: &Stage) -> io::Result<()> {
    let (mut sent, mut answer) = (vec![0; 64 << 10], vec![0; 64 << 10]);
    let mut connection = Connection::new(stage);
    let mut open: Option<Statement<'_>> = None;
    loop {
        tokio::select! {
            size = client.read(&mut sent) => {
                let size = size?;
                if size == 0 {
                    return Ok(());
                }
                if open.is_none() {
                    open = Some(connection.call("burst".to_owned()).await?);
                }
                server.write_all(sent.get(..size).unwrap_or_default()).await?;
            }
            size = server.read(&mut answer) => {
                let size = size?;
                let said = answer.get(..size).unwrap_or_default();
                answered(&mut client, open.take(), (Answer::Done, said)).await?;
                if size == 0 {
                    return Ok(());
                }
            }
        }
    }
}

/// The connection ends because a fault says so.
fn cut() -> io::Error {
    io::Error::from(io::ErrorKind::ConnectionReset)
}

fn too_long() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the message is too long")
}

/// Reads so many bytes.
async fn read_exact(from: &mut (impl AsyncRead + Unpin), size: usize) -> io::Result<Vec<u8>> {
    if size > MESSAGE_MAX {
        return Err(too_long());
    }
    let mut bytes = vec![0; size];
    from.read_exact(&mut bytes).await?;
    Ok(bytes)
}

/// Waits until there is something to read, or the end.
async fn speaks(stream: &TcpStream) -> io::Result<()> {
    // Readiness alone isn't enough: it stays after everything was read.
    stream.peek(&mut [0]).await.map(drop)
}

/// Lets through what comes, whatever it is.
async fn let_through(mut client: TcpStream, mut server: TcpStream) -> io::Result<()> {
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}

/// Waits a moment for the other side to close as well.
async fn closed(mut server: TcpStream) {
    let mut rest = [0; 256];
    let end = async { while matches!(server.read(&mut rest).await, Ok(size) if size > 0) {} };
    drop(timeout(Duration::from_secs(1), end).await);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_named_without_what_is_in_them() {
        for (statement, name) in [
            ("ALTER USER app WITH PASSWORD 'x'", "ALTER-USER"),
            ("  select 1", "SELECT"),
            ("SET PASSWORD = 'x'", "SET-PASSWORD"),
            ("COMMIT", "COMMIT"),
            ("CREATE OR REPLACE USER app", "CREATE-USER"),
            ("CREATE", "CREATE"),
            ("/* why */ GRANT a TO b", "WHY"),
            ("", "STATEMENT"),
        ] {
            assert_eq!(name_of(statement), name);
        }
    }
}
