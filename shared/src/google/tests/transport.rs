//! The production transport against a socket of this test.

use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::google::reqwest::{Limits, Reqwest, Schemes};
use crate::google::transport::{Transport, TransportError};

type Answer = Result<http::Response<Bytes>, TransportError>;

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(future)
}

/// Serves `answer` to one connection, then closes it, or leaves it open without a word.
async fn exchange(answer: Option<&'static str>, limits: Limits, schemes: Schemes) -> Answer {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = [0; 4096];
        let _ = socket.read(&mut request).await.unwrap();
        match answer {
            Some(answer) => socket.write_all(answer.as_bytes()).await.unwrap(),
            None => std::future::pending().await,
        }
        drop(socket);
        std::future::pending::<()>().await;
    };
    let uri = format!("http://{address}/calendar/v3/x?syncToken=canary");
    let request = http::Request::builder()
        .uri(uri)
        .body(Bytes::new())
        .unwrap();
    let transport = Reqwest::new(limits, schemes).unwrap();
    tokio::select! {
        answer = transport.send(request) => answer,
        () = server => unreachable!(),
    }
}

fn limits(body: usize) -> Limits {
    Limits {
        total: Duration::from_millis(300),
        body,
        ..Limits::default()
    }
}

#[test]
fn an_answer_passes_unchanged_errors_and_redirects_too() {
    run(async {
        let answer = "HTTP/1.1 302 Found\r\nlocation: /other\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\nhi";
        let answer = exchange(Some(answer), limits(2), Schemes::HttpToo)
            .await
            .unwrap();
        assert_eq!(answer.status(), 302);
        assert_eq!(answer.headers()["content-encoding"], "gzip");
        assert_eq!(answer.body(), "hi");
    });
}

#[test]
fn a_body_above_the_cap_is_cut_off_whether_announced_or_not() {
    run(async {
        for answer in [
            "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n",
        ] {
            let answer = exchange(Some(answer), limits(2), Schemes::HttpToo).await;
            assert_eq!(answer.unwrap_err(), TransportError::TooLarge { cap: 2 });
        }
    });
}

#[test]
fn a_cut_connection_and_a_silent_one_are_told_apart() {
    run(async {
        let cut = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc";
        let answer = exchange(Some(cut), limits(99), Schemes::HttpToo).await;
        assert_eq!(answer.unwrap_err(), TransportError::Interrupted);
        let answer = exchange(None, limits(99), Schemes::HttpToo).await;
        assert_eq!(answer.unwrap_err(), TransportError::Timeout);
    });
}

#[test]
fn plain_http_needs_leave_and_nobody_listening_is_unreachable() {
    run(async {
        let refused = exchange(None, limits(99), Schemes::Https)
            .await
            .unwrap_err();
        assert!(
            matches!(refused, TransportError::Unreachable { .. }),
            "{refused}"
        );
        let transport = Reqwest::new(limits(99), Schemes::HttpToo).unwrap();
        let request = http::Request::get("http://127.0.0.1:1/?k=canary").body(Bytes::new());
        let error = transport.send(request.unwrap()).await.unwrap_err();
        let host = "127.0.0.1:1".to_owned();
        assert_eq!(error, TransportError::Unreachable { host });
    });
}
