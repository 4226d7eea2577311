//! Rotation functions as processes: the Lambda Runtime API, its faults, and that nothing is left running.

#![expect(
    clippy::print_stdout,
    clippy::exit,
    reason = "one test is a function that runs on its own: it prints, and ends as badly as functions do"
)]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use stagewright::lambda::{
    Functions, Instance, InvocationError, InvokeUrl, Log, ProcessConfig, Runtime,
};

const ARN: &str = "arn:aws:lambda:us-east-1:111111111111:function:rotate";

/// The function that these tests invoke: this very test binary, started anew to run this one "test", which is over at
/// once when nobody asks for a runtime.
#[test]
fn as_a_function() {
    let Ok(api) = std::env::var("AWS_LAMBDA_RUNTIME_API") else { return };
    println!("the function starts");
    if std::env::var("FAILS_TO_START").is_ok() {
        let told = json!({ "errorType": "Runtime.ImportModuleError", "errorMessage": "no module" });
        ask(&api, "POST", "init/error", &told.to_string());
        std::process::exit(1);
    }
    while std::env::var("NEVER_ASKS").is_ok() {
        std::thread::park();
    }
    loop {
        let (head, event) = ask(&api, "GET", "invocation/next", "");
        let id = header(&head, "lambda-runtime-aws-request-id").unwrap();
        assert_eq!(header(&head, "lambda-runtime-invoked-function-arn").as_deref(), Some(ARN));
        let event: Value = serde_json::from_str(&event).unwrap();
        let answer = |end: &str, body: &str| {
            ask(&api, "POST", &format!("invocation/{id}/{end}"), body);
        };
        match event["do"].as_str().unwrap() {
            "answer" => answer("response", &event.to_string()),
            "raise" => {
                let told = json!({ "errorType": "ValueError", "errorMessage": "not today" });
                answer("error", &told.to_string());
            }
            "garbage" => answer("error", "\u{1}{{{"),
            "exit" => std::process::exit(7),
            "answer twice" => {
                answer("response", "1");
                let (head, _) = ask(&api, "POST", &format!("invocation/{id}/response"), "2");
                assert!(head.starts_with("HTTP/1.1 400"), "{head}");
            }
            "print" => {
                println!("{}", "long ".repeat(10_000));
                answer("response", "null");
            }
            _ => loop {
                std::thread::park();
            },
        }
    }
}

/// Sends one request, and gives the head and the body of the answer.
fn ask(api: &str, method: &str, path: &str, body: &str) -> (String, String) {
    let mut stream = TcpStream::connect(api).unwrap();
    write!(
        stream,
        "{method} /2018-06-01/runtime/{path} HTTP/1.1\r\nhost: {api}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len(),
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

fn header(head: &str, name: &str) -> Option<String> {
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

/// This test binary as a function.
fn config(log: Log) -> ProcessConfig {
    let me = std::env::current_exe().unwrap();
    let command = format!("'{}' --exact lambda::as_a_function --nocapture", me.display());
    ProcessConfig::parse("rotate", &command, log).unwrap()
}

fn functions(config: ProcessConfig) -> Functions {
    let mut functions = Functions::new();
    functions.add("rotate", Runtime::Process(config));
    functions
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(future)
}

async fn invoke(functions: &Functions, what: &str) -> Result<String, InvocationError> {
    let answer = functions.invoke(ARN, json!({ "do": what }).to_string().into()).await?;
    Ok(String::from_utf8(answer.to_vec()).unwrap())
}

#[test]
fn a_function_answers_again_and_again() {
    let printed = Arc::new(Mutex::new(Vec::new()));
    let lines = Arc::clone(&printed);
    let functions =
        functions(config(Log::to(move |line| lines.lock().unwrap().push(line.to_owned()))));
    run(async {
        for _ in 0..3 {
            assert_eq!(invoke(&functions, "answer").await.unwrap(), r#"{"do":"answer"}"#);
        }
        assert_eq!(invoke(&functions, "answer twice").await.unwrap(), "1");
        assert_eq!(invoke(&functions, "print").await.unwrap(), "null");
        assert_eq!(invoke(&functions, "answer").await.unwrap(), r#"{"do":"answer"}"#);
    });
    let printed = printed.lock().unwrap();
    assert_eq!(printed.iter().filter(|line| line.contains("the function starts")).count(), 1);
    assert!(printed.iter().all(|line| line.len() <= 4096));
}

#[test]
fn each_way_to_fail_is_told_as_lambda_tells_it() {
    let functions = functions(config(Log::nowhere()));
    run(async {
        for (what, told) in [
            ("raise", "ValueError: not today"),
            ("garbage", "Runtime.Unknown: "),
            ("exit", "Runtime.ExitError: Runtime exited with error: exit status: 7"),
        ] {
            let error = invoke(&functions, what).await.unwrap_err();
            assert_eq!(error.to_string(), told);
            // Another process takes its place, if need be.
            assert!(invoke(&functions, "answer").await.is_ok(), "after {what}");
        }
    });
    let hasty = ProcessConfig { timeout: Duration::from_millis(500), ..config(Log::nowhere()) };
    let error = run(async { invoke(&self::functions(hasty), "hang").await }).unwrap_err();
    assert_eq!(error.to_string(), "Task timed out after 0.50 seconds");
}

#[test]
fn a_function_that_can_not_start_says_so() {
    let with = |name: &str, millis: u64| {
        let mut config = config(Log::nowhere());
        config.environment.insert(name.to_owned(), "1".to_owned());
        config.init_timeout = Duration::from_millis(millis);
        functions(config)
    };
    let functions = with("NEVER_ASKS", 400);
    let error = run(async { invoke(&functions, "answer").await }).unwrap_err();
    assert_eq!(error.to_string(), "Init phase timed out after 0.40 seconds");
    let functions = with("FAILS_TO_START", 10_000);
    let error = run(async { invoke(&functions, "answer").await }).unwrap_err();
    assert_eq!(error.to_string(), "Runtime.ImportModuleError: no module");
    let missing = ProcessConfig::parse("rotate", "/no/such/program", Log::nowhere()).unwrap();
    let error = run(async { Instance::start(&missing).await }).unwrap_err();
    assert!(error.to_string().contains("`/no/such/program` can't be started"), "{error}");
}

#[test]
fn what_a_function_has_started_ends_with_it() {
    let (send, printed) = std::sync::mpsc::channel();
    let log = Log::to(move |line| drop(send.send(line.to_owned())));
    let command = "sh -c 'sleep 1000 & echo $!; wait'";
    let config = ProcessConfig::parse("rotate", command, log).unwrap();
    let pid = run(async {
        let _instance = Instance::start(&config).await.unwrap();
        loop {
            if let Ok(pid) = printed.try_recv() {
                assert!(runs(&pid));
                break pid;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    while runs(&pid) {
        std::thread::yield_now();
    }
}

/// Whether that process is there and not just waiting to be noticed as dead.
fn runs(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

#[test]
fn an_invoke_url_answers_or_raises() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let url = InvokeUrl::parse(&address, Duration::from_secs(30)).unwrap();
    let answers = [
        ("200 OK", "", r#""done""#),
        ("200 OK", "", r#"{"errorType": "ValueError", "errorMessage": "not today"}"#),
        ("200 OK", "x-amz-function-error: Unhandled\r\n", r#"{"errorMessage": "late"}"#),
        ("502 Bad Gateway", "", "?"),
    ];
    let server = std::thread::spawn(move || {
        for (status, headers, body) in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            let size = stream.read(&mut request).unwrap();
            let request = String::from_utf8_lossy(&request[..size]).into_owned();
            assert!(request.starts_with("POST /2015-03-31/functions/function/invocations"));
            let length = body.len();
            write!(stream, "HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}")
                .unwrap();
        }
    });
    run(async {
        let mut functions = Functions::new();
        functions.add("rotate", Runtime::Url(url));
        assert_eq!(invoke(&functions, "answer").await.unwrap(), r#""done""#);
        for told in ["ValueError: not today", "Unhandled: late", "answers 502 Bad Gateway"] {
            let error = invoke(&functions, "answer").await.unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
    });
    server.join().unwrap();
}
