//! Calls `serve` and a bare hyper server, each a process of its own, with the same client and the same payload.
//!
//! Prints requests a second, the 99th percentile, the server's CPU time for a request, and the growth of its memory.
//! They are measured in turn, round by round, because a machine's speed drifts. The bars: 70 % of the requests, twice
//! the percentile, 1.6 times the CPU time, flat memory, and the first answer within 50 ms of the start.
//! Run with `cargo bench --bench serve`; another number of calls may follow `--`.
#![expect(clippy::disallowed_methods, reason = "a benchmark starts processes and reads the clock")]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a benchmark may stop, computes and prints"
)]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// Calls of each server, without an argument.
const CALLS: usize = 100_000;
const ROUNDS: usize = 5;
/// Calls before anything is measured: the trace in memory has its full length then.
const WARM_UP: usize = 20_000;
const CONNECTIONS: usize = 8;

fn main() {
    let mut args = std::env::args().skip(1);
    let mut calls = CALLS;
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "bare" => return bare(args.next().unwrap_or_default()),
            "--bench" => {}
            number => calls = number.parse().unwrap(),
        }
    }
    compare(calls);
}

fn compare(calls: usize) {
    let state = std::env::temp_dir().join(format!("stagewright-serve-{}", std::process::id()));
    let stagewright = env!("CARGO_BIN_EXE_stagewright");
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    let memory = Server::start(stagewright, &serve);
    let kept = [&serve[..], &["--state", state.to_str().unwrap()]].concat();
    let stored = Server::start(stagewright, &kept);
    let answer = [&memory, &stored].map(Server::prepare)[0].clone();
    let this = std::env::current_exe().unwrap();
    let bare = Server::start(this.to_str().unwrap(), &["bare", &answer]);
    let servers = [("bare hyper", &bare), ("memory", &memory), ("state", &stored)];
    println!(
        "{ROUNDS} rounds, {calls} calls of each, {CONNECTIONS} connections, an answer of {} bytes",
        answer.len()
    );
    for (name, server) in servers {
        println!("{name:10}  first answer {:?} after the start", server.first);
    }
    for (what, body) in [("GetSecretValue", get as fn(usize) -> String), ("TagResource", tag)] {
        println!("{what}");
        let mut measured = servers.map(|_| Vec::new());
        for (_, server) in servers {
            server.measure(what, body, 0, WARM_UP);
        }
        let before = servers.map(|(_, server)| server.resident());
        for round in 0..ROUNDS {
            for ((_, server), measured) in servers.iter().zip(&mut measured) {
                measured.push(server.measure(what, body, round * calls / ROUNDS, calls / ROUNDS));
            }
        }
        let of =
            |which: usize, figure: fn(&Measured) -> f64| median(measured[which].iter().map(figure));
        for (which, (name, server)) in servers.iter().enumerate() {
            let ratio = |figure| of(which, figure) / of(0, figure);
            println!(
                "{name:10}  {:7.0} a second ({:.2})  p99 {:6.0} us ({:.2})  CPU {:5.1} us ({:.2})  memory {} -> {} KiB",
                of(which, |it| it.rate),
                ratio(|it| it.rate),
                of(which, |it| it.p99),
                ratio(|it| it.p99),
                of(which, |it| it.cpu),
                ratio(|it| it.cpu),
                before[which],
                server.resident(),
            );
        }
    }
    drop((memory, stored, bare));
    fs::remove_file(state).unwrap();
}

fn get(_: usize) -> String {
    r#"{"SecretId":"db/app"}"#.to_owned()
}

fn tag(number: usize) -> String {
    format!(r#"{{"SecretId":"db/app","Tags":[{{"Key":"team","Value":"{number}"}}]}}"#)
}

fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// One round against one server.
struct Measured {
    /// Requests a second.
    rate: f64,
    /// The 99th percentile, in microseconds.
    p99: f64,
    /// CPU time of the server for a request, in microseconds.
    cpu: f64,
}

/// A server that runs until this is dropped.
struct Server {
    child: Child,
    // Its end of the pipe stays open.
    _stdout: BufReader<ChildStdout>,
    address: SocketAddr,
    /// From the start of the process to the end of its first answer.
    first: Duration,
}

impl Server {
    fn start(command: &str, args: &[&str]) -> Self {
        let start = Instant::now();
        let mut child = Command::new(command).args(args).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let address = line.trim().trim_start_matches("http://").parse().unwrap();
        Client::connect(address).call("ListSecrets", "{}");
        Self { child, _stdout: stdout, address, first: start.elapsed() }
    }

    /// Makes the secret, and gives the answer to a read of it.
    fn prepare(&self) -> String {
        let mut client = Client::connect(self.address);
        let made = r#"{"Name":"db/app","SecretString":"a password","ClientRequestToken":"00000000-0000-0000-0000-000000000000"}"#;
        client.call("CreateSecret", made);
        client.call("GetSecretValue", &get(0))
    }

    fn measure(
        &self,
        what: &str,
        body: fn(usize) -> String,
        from: usize,
        calls: usize,
    ) -> Measured {
        let next = AtomicUsize::new(from);
        let before = self.cpu();
        let start = Instant::now();
        let mut took: Vec<Duration> = thread::scope(|scope| {
            let client = || {
                let mut client = Client::connect(self.address);
                let mut took = Vec::with_capacity(calls);
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= from + calls {
                        return took;
                    }
                    let body = body(number);
                    let start = Instant::now();
                    client.call(what, &body);
                    took.push(start.elapsed());
                }
            };
            let clients: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(client)).collect();
            clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
        });
        let elapsed = start.elapsed().as_secs_f64();
        took.sort();
        Measured {
            rate: calls as f64 / elapsed,
            p99: took[took.len() * 99 / 100].as_secs_f64() * 1e6,
            cpu: (self.cpu() - before) / calls as f64,
        }
    }

    /// CPU time so far, in microseconds. The kernel counts in hundredths of a second.
    fn cpu(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let after_name = stat.rsplit(')').next().unwrap();
        let ticks = after_name.split_whitespace().skip(11).take(2);
        ticks.map(|ticks| ticks.parse::<f64>().unwrap() * 1e4).sum()
    }

    /// Memory that it holds, in KiB.
    fn resident(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// A connection that is kept.
struct Client {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Client {
    fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        Self { stream, received: vec![0; 64 << 10] }
    }

    /// Makes a call, and gives the body of its answer.
    fn call(&mut self, what: &str, body: &str) -> String {
        let request = format!(
            "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-amz-json-1.1\r\n\
             X-Amz-Target: secretsmanager.{what}\r\nX-Amz-Date: 20260101T000000Z\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/secretsmanager/aws4_request, \
             SignedHeaders=host;x-amz-date, Signature=0\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.stream.write_all(request.as_bytes()).unwrap();
        let mut filled = 0;
        loop {
            let read = self.stream.read(&mut self.received[filled..]).unwrap();
            assert!(read > 0, "the connection ends");
            filled += read;
            let received = &self.received[..filled];
            let Some(head) = received.windows(4).position(|it| it == b"\r\n\r\n") else { continue };
            let text = str::from_utf8(&received[..head]).unwrap().to_ascii_lowercase();
            assert!(text.starts_with("http/1.1 200"), "{}", String::from_utf8_lossy(received));
            let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.unwrap().parse().unwrap();
            if filled == head + 4 + length {
                return str::from_utf8(&received[head + 4..]).unwrap().to_owned();
            }
        }
    }
}

/// A server that reads each request whole, and answers all alike.
fn bare(answer: String) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answer = Bytes::from(answer);
    runtime.block_on(async move {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("http://{}", listener.local_addr().unwrap());
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let answer = answer.clone();
            let handle = service_fn(move |request: Request<Incoming>| {
                let answer = answer.clone();
                async move {
                    request.into_body().collect().await?;
                    Ok::<_, hyper::Error>(Response::new(Full::new(answer)))
                }
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), handle));
        }
    });
}
