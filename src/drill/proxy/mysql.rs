//! The protocol of MySQL and MariaDB, as far as it takes to know where a statement begins and where its answer ends.
//!
//! <https://mariadb.com/kb/en/clientserver-protocol/>. The server is made to look as if it had no TLS, no compression and
//! only the oldest way to end a list, so that the end of an answer is easy to see.

use std::collections::BTreeMap;
use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{Connection, answered, let_through, logged_out, name_of, read_exact, speaks};
use crate::drill::stage::{LOGOUT, Stage};
use crate::world::Answer;

/// `CLIENT_COMPRESS` and `CLIENT_SSL`, of the lower half of what a server can.
const LOWER: u16 = 0x0020 | 0x0800;
/// `CLIENT_DEPRECATE_EOF`, `CLIENT_ZSTD_COMPRESSION_ALGORITHM` and `CLIENT_QUERY_ATTRIBUTES`, of the upper half.
const UPPER: u16 = 0x0100 | 0x0400 | 0x0800;
/// `SERVER_MORE_RESULTS_EXISTS`.
const MORE: u16 = 0x0008;

const QUIT: u8 = 0x01;
const QUERY: u8 = 0x03;
const CHANGE_USER: u8 = 0x11;
const PREPARE: u8 = 0x16;
const EXECUTE: u8 = 0x17;
const LONG_DATA: u8 = 0x18;
const CLOSE_STATEMENT: u8 = 0x19;
const OK: u8 = 0x00;
const EOF: u8 = 0xfe;
const ERROR: u8 = 0xff;
const LOCAL_FILE: u8 = 0xfb;

/// Whether these are the first bytes of a server: the first packet, of version 10.
pub(super) const fn begins_so(first: [u8; 8]) -> bool {
    let [_, _, _, number, version, ..] = first;
    number == 0 && version == 10
}

/// A packet with its head as it is sent.
struct Packet(Vec<u8>);

impl Packet {
    fn body(&self) -> &[u8] {
        self.0.get(4..).unwrap_or_default()
    }

    fn kind(&self) -> u8 {
        self.body().first().copied().unwrap_or(OK)
    }

    /// Whether it ends a list.
    fn is_end(&self) -> bool {
        self.kind() == EOF && self.body().len() < 9
    }
}

async fn packet(from: &mut TcpStream) -> io::Result<Packet> {
    let mut head = [0; 4];
    from.read_exact(&mut head).await?;
    let [a, b, c, _] = head;
    let size = usize::try_from(u32::from_le_bytes([a, b, c, 0])).unwrap_or(usize::MAX);
    let mut bytes = head.to_vec();
    bytes.extend(read_exact(from, size).await?);
    Ok(Packet(bytes))
}

/// Stands between a client and a server.
pub(super) async fn pass(
    mut client: TcpStream,
    mut server: TcpStream,
    stage: &Stage,
) -> io::Result<()> {
    let mut greeting = packet(&mut server).await?;
    restrain(&mut greeting.0);
    let mut connection = Connection::new(stage);
    let statement = connection.call("login".to_owned()).await?;
    client.write_all(&greeting.0).await?;
    let end = login(&mut client, &mut server).await?;
    let is_in = end.kind() == OK;
    let answer = if is_in { Answer::Done } else { Answer::Denied };
    answered(&mut client, Some(statement), (answer, &end.0)).await?;
    if is_in { statements(client, server, connection).await } else { Ok(()) }
}

/// Takes from a greeting what the server can that would be in the way.
fn restrain(greeting: &mut [u8]) {
    let Some(body) = greeting.get_mut(5..) else { return };
    let Some(end) = body.iter().position(|byte| *byte == 0) else { return };
    // After the version: thread (4), challenge (8), zero, lower half (2), charset, status (2), upper half (2), length of
    // the challenge, six zeros, and four bytes in which MariaDB says what else it can.
    let Some(rest) = body.get_mut(end.saturating_add(1)..) else { return };
    let mut mask = |at: usize, clear: u16| {
        if let Some([low, high]) = rest.get_mut(at..at.saturating_add(2)) {
            let [low_mask, high_mask] = (!clear).to_le_bytes();
            *low &= low_mask;
            *high &= high_mask;
        }
    };
    mask(13, LOWER);
    mask(18, UPPER);
    mask(27, u16::MAX);
    mask(29, u16::MAX);
}

/// Lets a login through, but for the packet that ends it.
async fn login(client: &mut TcpStream, server: &mut TcpStream) -> io::Result<Packet> {
    let hello = packet(client).await?;
    server.write_all(&hello.0).await?;
    loop {
        tokio::select! {
            biased;
            ready = speaks(server) => {
                ready?;
                let said = packet(server).await?;
                if matches!(said.kind(), OK | ERROR) {
                    return Ok(said);
                }
                client.write_all(&said.0).await?;
            }
            ready = speaks(client) => {
                ready?;
                let said = packet(client).await?;
                server.write_all(&said.0).await?;
            }
        }
    }
}

async fn statements(
    mut client: TcpStream,
    mut server: TcpStream,
    mut connection: Connection<'_>,
) -> io::Result<()> {
    // What each prepared statement is called, by its number.
    let mut prepared: BTreeMap<[u8; 4], String> = BTreeMap::new();
    loop {
        let sent = packet(&mut client).await?;
        let (command, rest) = sent.body().split_first().unwrap_or((&QUIT, &[]));
        let text = || name_of(&String::from_utf8_lossy(rest));
        let name = match *command {
            QUERY => Some(text()),
            QUIT => Some(LOGOUT.to_owned()),
            EXECUTE => {
                let known = rest.first_chunk().and_then(|number| prepared.get(number)).cloned();
                known.or_else(|| Some("STATEMENT".to_owned()))
            }
            _ => None,
        };
        let statement = match name {
            Some(name) => Some(connection.call(name).await?),
            None => None,
        };
        server.write_all(&sent.0).await?;
        let (answer, said) = match *command {
            QUIT => {
                if let Some(statement) = statement {
                    logged_out(server, statement).await;
                }
                return Ok(());
            }
            LONG_DATA | CLOSE_STATEMENT => continue,
            CHANGE_USER => return let_through(client, server).await,
            PREPARE => {
                let (number, said) = preparation(&mut server).await?;
                prepared.extend(number.map(|number| (number, text())));
                (Answer::Done, said)
            }
            _ => match answer(&mut server).await? {
                Some(answered) => answered,
                None => return let_through(client, server).await,
            },
        };
        answered(&mut client, statement, (answer, &said)).await?;
    }
}

/// All that a server says to a statement. `None` if it waits for a file first.
async fn answer(server: &mut TcpStream) -> io::Result<Option<(Answer, Vec<u8>)>> {
    let mut all = Vec::new();
    loop {
        let first = packet(server).await?;
        all.extend(&first.0);
        let status = match first.kind() {
            ERROR => return Ok(Some((Answer::Denied, all))),
            LOCAL_FILE => return Ok(None),
            OK => status_of_ok(first.body()),
            EOF if first.is_end() => status_of_end(first.body()),
            _ => {
                // Columns and rows, each list with an end.
                let mut status = 0;
                for _ in 0..2 {
                    loop {
                        let next = packet(server).await?;
                        all.extend(&next.0);
                        if next.kind() == ERROR {
                            return Ok(Some((Answer::Denied, all)));
                        }
                        if next.is_end() {
                            status = status_of_end(next.body());
                            break;
                        }
                    }
                }
                status
            }
        };
        if status & MORE == 0 {
            return Ok(Some((Answer::Done, all)));
        }
    }
}

/// The answer to a statement that is to be executed later, and the number that it gets.
async fn preparation(server: &mut TcpStream) -> io::Result<(Option<[u8; 4]>, Vec<u8>)> {
    let first = packet(server).await?;
    let mut all = first.0.clone();
    let [OK, a, b, c, d, columns_low, columns_high, parameters_low, parameters_high, ..] =
        *first.body()
    else {
        return Ok((None, all));
    };
    let lists = [[parameters_low, parameters_high], [columns_low, columns_high]];
    for _ in lists.into_iter().filter(|count| *count != [0, 0]) {
        loop {
            let next = packet(server).await?;
            all.extend(&next.0);
            if next.is_end() || next.kind() == ERROR {
                break;
            }
        }
    }
    Ok((Some([a, b, c, d]), all))
}

/// The status in a packet that ends a list: after its kind and the count of warnings.
fn status_of_end(body: &[u8]) -> u16 {
    body.get(3..).and_then(<[u8]>::first_chunk).map_or(0, |status| u16::from_le_bytes(*status))
}

/// The status in a packet that says all went well: after two numbers of variable length.
fn status_of_ok(body: &[u8]) -> u16 {
    let skip = |bytes: &'_ [u8]| -> usize {
        match bytes.first() {
            Some(0xfc) => 3,
            Some(0xfd) => 4,
            Some(0xfe) => 9,
            Some(_) | None => 1,
        }
    };
    let rest = body.get(1..).unwrap_or_default();
    let rest = rest.get(skip(rest)..).unwrap_or_default();
    let rest = rest.get(skip(rest)..).unwrap_or_default();
    rest.first_chunk().map_or(0, |status| u16::from_le_bytes(*status))
}
