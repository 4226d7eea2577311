//! A server of its own for each test, and a client that sends what it is told to.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::cli::BINARY;

/// A header that names an account and a Region as the caller's.
pub(crate) fn signed(key: &str, region: &str) -> String {
    format!(
        "Authorization: AWS4-HMAC-SHA256 Credential={key}/20260101/{region}/secretsmanager/aws4_request, \
         SignedHeaders=host;x-amz-date, Signature=0\r\n"
    )
}

/// A response.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// The code of the error that it is.
    pub(crate) fn code(&self) -> String {
        self.json()["__type"].as_str().unwrap_or_default().to_owned()
    }
}

/// A server that runs until the test is over.
pub(crate) struct Server {
    child: Child,
    // Its end of the pipe stays open.
    _stdout: BufReader<ChildStdout>,
    pub(crate) address: String,
}

impl Server {
    /// Starts one with these arguments, on a free port.
    pub(crate) fn start(args: &[&str]) -> Self {
        Self::start_by(Command::new(BINARY), args)
    }

    /// Starts one by a command that takes the arguments of ours.
    pub(crate) fn start_by(mut command: Command, args: &[&str]) -> Self {
        command.args(["serve", "--listen", "127.0.0.1:0"]).args(args);
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        let address = line.trim().strip_prefix("http://").expect("a URL").to_owned();
        Self { child, _stdout: stdout, address }
    }

    /// Sends bytes on a connection of their own, and reads one response; `None` if there is none.
    pub(crate) fn send(&self, bytes: &[u8]) -> Option<Response> {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
        // It may have answered and gone before everything was sent.
        drop(stream.write_all(bytes));
        receive(&mut stream)
    }

    /// Sends a request with these lines of headers.
    pub(crate) fn request(&self, line: &str, headers: &str, body: &str) -> Option<Response> {
        let length = body.len();
        let head = format!("{line} HTTP/1.1\r\nContent-Length: {length}\r\n{headers}\r\n");
        self.send(&[head.as_bytes(), body.as_bytes()].concat())
    }

    fn host(&self) -> String {
        format!("Host: {}\r\n", self.address)
    }

    /// Calls an operation with a body as it is.
    pub(crate) fn raw(&self, target: &str, authorization: &str, body: &str) -> Option<Response> {
        let headers = format!("{}X-Amz-Target: {target}\r\n{authorization}", self.host());
        self.request("POST /", &headers, body)
    }

    /// Calls an operation.
    #[expect(clippy::needless_pass_by_value, reason = "bodies are written where they are sent")]
    pub(crate) fn call(&self, operation: &str, body: Value) -> Response {
        let target = format!("secretsmanager.{operation}");
        let response = self.raw(&target, &signed("test", "us-east-1"), &body.to_string());
        response.unwrap_or_else(|| panic!("{operation} has no answer"))
    }

    /// Calls an operation that succeeds.
    pub(crate) fn ok(&self, operation: &str, body: Value) -> Value {
        let response = self.call(operation, body);
        assert_eq!(response.status, 200, "{operation}: {}", response.body);
        response.json()
    }

    /// Asks a control route.
    pub(crate) fn control(&self, line: &str, body: &str) -> (u16, Value) {
        let (method, route) = line.split_once(' ').expect("a method and a route");
        let line = format!("{method} /_stagewright/{route}");
        let response = self.request(&line, &self.host(), body).expect("an answer");
        (response.status, response.json())
    }

    /// Kills it, whatever it does.
    pub(crate) fn kill(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-KILL", &pid]).status().expect("kill").success());
    }

    /// Sends it a signal, waits for its end, and gives its exit status and what it told on stderr.
    pub(crate) fn end(self, signal: &str) -> (Option<i32>, String) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().expect("kill").success());
        self.wait()
    }

    /// Waits for its end, and gives its exit status and what it told on stderr.
    pub(crate) fn wait(mut self) -> (Option<i32>, String) {
        let status = self.child.wait().expect("an end");
        let mut told = String::new();
        self.child.stderr.take().expect("a pipe").read_to_string(&mut told).expect("text");
        (status.code(), told)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Reads one response.
pub(crate) fn receive(stream: &mut TcpStream) -> Option<Response> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    if reader.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let status = line.split(' ').nth(1)?.parse().ok()?;
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(':') else { break };
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let mut response = Response { status, headers, body: String::new() };
    let length = response.header("content-length").and_then(|it| it.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    response.body = String::from_utf8(body).expect("text");
    Some(response)
}
