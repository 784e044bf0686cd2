//! The smallest function there can be, for the tests of the runtime: it does what its event says, over plain sockets.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a function's log is its output, its config its environment"
)]

use std::env::var;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::Duration;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let api = var("AWS_LAMBDA_RUNTIME_API")?;
    if var("FIXTURE_INIT").is_ok() {
        let error = r#"{"errorType":"NoConfig","errorMessage":"nothing to work with"}"#;
        call(&api, "POST", "init/error", error)?;
        return Err("no config".into());
    }
    let mut served = 0;
    loop {
        let (head, event) = call(&api, "GET", "invocation/next", "")?;
        let id = header(&head, "lambda-runtime-aws-request-id").ok_or("no request id")?;
        served += 1;
        println!("event {event}");
        match event.trim_matches('"') {
            "fail" => {
                let error = r#"{"errorType":"Told","errorMessage":"as it was told"}"#;
                call(&api, "POST", &format!("invocation/{id}/error"), error)?;
            }
            "exit" => std::process::exit(3),
            "hang" => sleep(Duration::from_secs(60)),
            _ => {
                let deadline = header(&head, "lambda-runtime-deadline-ms").ok_or("no deadline")?;
                let arn = header(&head, "lambda-runtime-invoked-function-arn").ok_or("no ARN")?;
                let (name, path) = (var("AWS_LAMBDA_FUNCTION_NAME")?, var("HOME").is_ok());
                let answer = format!(
                    r#"{{"served":{served},"deadline":{deadline},"arn":"{arn}","name":"{name}","home":{path}}}"#
                );
                call(&api, "POST", &format!("invocation/{id}/response"), &answer)?;
            }
        }
    }
}

fn header(head: &str, name: &str) -> Option<String> {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    let found = lines.find(|line| line.0.eq_ignore_ascii_case(name));
    found.map(|line| line.1.to_owned())
}

fn call(api: &str, method: &str, path: &str, body: &str) -> Result<(String, String), Failure> {
    let mut stream = TcpStream::connect(api)?;
    write!(
        stream,
        "{method} /2018-06-01/runtime/{path} HTTP/1.1\r\nHost: {api}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while reader.read_line(&mut head)? > 2 {}
    let length = header(&head, "content-length").ok_or("no length")?;
    let mut body = vec![0; length.parse()?];
    reader.read_exact(&mut body)?;
    Ok((head, String::from_utf8(body)?))
}
