//! PostgreSQL's protocol, version 3, as far as it takes to know where a statement begins and where its answer ends.
//!
//! <https://www.postgresql.org/docs/current/protocol-message-formats.html>

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{Connection, answered, let_through, logged_out, name_of, read_exact, speaks};
use crate::drill::stage::{LOGOUT, Stage};
use crate::world::Answer;

const TLS: u32 = 80_877_103;
const GSS: u32 = 80_877_104;
const VERSION_3: u32 = 3 << 16;

/// What a client is going to say at once after a flush is there within this time.
const MORE: Duration = Duration::from_millis(50);

/// Whether these are the first bytes of a client.
pub(super) fn begins_so(first: [u8; 8]) -> bool {
    let [_, _, _, _, code @ ..] = first;
    let code = u32::from_be_bytes(code);
    code == TLS || code == GSS || code >> 16 == VERSION_3 >> 16
}

/// A message with its type and length as they are sent.
struct Message {
    kind: u8,
    bytes: Vec<u8>,
}

impl Message {
    /// What stands in it.
    fn body(&self) -> &[u8] {
        self.bytes.get(5..).unwrap_or_default()
    }

    /// The texts at its beginning that end with a zero.
    fn texts(&self) -> impl Iterator<Item = String> {
        self.body().split(|byte| *byte == 0).map(|it| String::from_utf8_lossy(it).into_owned())
    }
}

async fn message(from: &mut TcpStream) -> io::Result<Message> {
    let mut head = [0; 5];
    from.read_exact(&mut head).await?;
    let [kind, size @ ..] = head;
    let size = usize::try_from(u32::from_be_bytes(size)).unwrap_or(usize::MAX);
    let mut bytes = head.to_vec();
    bytes.extend(read_exact(from, size.saturating_sub(4)).await?);
    Ok(Message { kind, bytes })
}

/// Stands between a client and a server.
pub(super) async fn pass(
    mut client: TcpStream,
    mut server: TcpStream,
    stage: &Stage,
) -> io::Result<()> {
    let startup = loop {
        let size = client.read_u32().await?;
        let rest = usize::try_from(size).unwrap_or(usize::MAX).saturating_sub(4);
        let rest = read_exact(&mut client, rest).await?;
        let code = rest.first_chunk().map(|code| u32::from_be_bytes(*code));
        match code {
            Some(TLS | GSS) => client.write_all(b"N").await?,
            _ => break [size.to_be_bytes().to_vec(), rest].concat(),
        }
    };
    let mut connection = Connection::new(stage);
    let statement = connection.call("login".to_owned()).await?;
    server.write_all(&startup).await?;
    let Some((answer, end)) = login(&mut client, &mut server).await? else {
        // Something that only asks to cancel a query.
        return let_through(client, server).await;
    };
    answered(&mut client, Some(statement), (answer, &end)).await?;
    statements(client, server, connection).await
}

/// Lets a login through, but for what the server says at its end. `None` if there is no login.
async fn login(
    client: &mut TcpStream,
    server: &mut TcpStream,
) -> io::Result<Option<(Answer, Vec<u8>)>> {
    let mut end = Vec::new();
    let mut is_in = false;
    loop {
        tokio::select! {
            biased;
            ready = speaks(server) => {
                ready?;
                let said = match message(server).await {
                    Ok(said) => said,
                    Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
                    Err(error) => return Err(error),
                };
                // Zero is AuthenticationOk; the other kinds ask the client for something.
                is_in |= said.kind == b'R' && said.body().first_chunk() == Some(&[0; 4]);
                if said.kind == b'E' {
                    return Ok(Some((Answer::Denied, said.bytes)));
                }
                if is_in {
                    end.extend(&said.bytes);
                    if said.kind == b'Z' {
                        return Ok(Some((Answer::Done, end)));
                    }
                } else {
                    client.write_all(&said.bytes).await?;
                }
            }
            ready = speaks(client), if !is_in => {
                ready?;
                let said = message(client).await?;
                server.write_all(&said.bytes).await?;
            }
        }
    }
}

async fn statements(
    mut client: TcpStream,
    mut server: TcpStream,
    mut connection: Connection<'_>,
) -> io::Result<()> {
    // What each prepared statement is called.
    let mut prepared: BTreeMap<String, String> = BTreeMap::new();
    loop {
        let mut name = None;
        let mut executes = false;
        let mut sent = Vec::new();
        let last = loop {
            let said = message(&mut client).await?;
            let mut texts = said.texts();
            match said.kind {
                b'Q' => (name, executes) = (texts.next().map(|text| name_of(&text)), true),
                b'P' => {
                    let (of, text) = (texts.next(), texts.next());
                    let called = name_of(&text.unwrap_or_default());
                    prepared.insert(of.unwrap_or_default(), called.clone());
                    name = name.or(Some(called));
                }
                b'B' => {
                    let of = texts.nth(1).unwrap_or_default();
                    name = name.or_else(|| prepared.get(&of).cloned());
                }
                b'E' => executes = true,
                _ => {}
            }
            drop(texts);
            sent.extend(&said.bytes);
            // A query, a sync, a function call, or the end.
            let ends = matches!(said.kind, b'Q' | b'S' | b'F' | b'X');
            // After a flush the client may wait for an answer, or be going to say more at once.
            let waits = said.kind == b'H' && timeout(MORE, speaks(&client)).await.is_err();
            if ends || waits {
                break said.kind;
            }
        };
        if last == b'H' {
            // The client waits for parts of the answer, which can't be told apart.
            server.write_all(&sent).await?;
            return let_through(client, server).await;
        }
        if last == b'X' {
            let statement = connection.call(LOGOUT.to_owned()).await?;
            server.write_all(&sent).await?;
            logged_out(server, statement).await;
            return Ok(());
        }
        let statement = if executes {
            let name = name.unwrap_or_else(|| "STATEMENT".to_owned());
            Some(connection.call(name).await?)
        } else {
            None
        };
        server.write_all(&sent).await?;
        let Some((answer, said)) = answer(&mut server).await? else {
            // It asks for data to copy.
            return let_through(client, server).await;
        };
        answered(&mut client, statement, (answer, &said)).await?;
    }
}

/// All that the server says until it is ready for the next statement. `None` if it waits for data first.
async fn answer(server: &mut TcpStream) -> io::Result<Option<(Answer, Vec<u8>)>> {
    let mut all = Vec::new();
    let mut answer = Answer::Done;
    loop {
        let said = message(server).await?;
        all.extend(&said.bytes);
        match said.kind {
            b'E' => answer = Answer::Denied,
            b'Z' => return Ok(Some((answer, all))),
            b'G' | b'W' => return Ok(None),
            _ => {}
        }
    }
}
