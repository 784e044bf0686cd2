//! A service of this process over HTTP, for clients in other processes.
//!
//! Requests are handed to the very connector that clients in this process use, so what is counted, delayed or failed there
//! is so here too. Signatures are not checked: bind to this machine only.

use std::future::Future;
use std::io;

use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use futures::stream;
use http::StatusCode;
use tokio::net::TcpListener;

/// Largest request body taken, in bytes: DynamoDB's largest request is 16 MB.
const LARGEST_BODY: usize = 17 * 1024 * 1024;

/// Serves `service` until `shutdown` ends; then finishes open requests.
///
/// # Errors
/// The listener fails.
pub async fn serve(
    listener: TcpListener,
    service: SharedHttpConnector,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let app = Router::new().fallback(answer).with_state(service);
    axum::serve(listener, app)
        .with_graceful_shutdown(shutdown)
        .await
}

async fn answer(State(service): State<SharedHttpConnector>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return status(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let request = http::Request::from_parts(head, SdkBody::from(body));
    let Ok(request) = HttpRequest::try_from(request) else {
        return status(StatusCode::BAD_REQUEST);
    };
    // What a client in this process sees as a failed connection is one for a client elsewhere too.
    let Ok(response) = service.call(request).await else {
        return broken();
    };
    let Ok(response) = response.try_into_http1x() else {
        return status(StatusCode::BAD_GATEWAY);
    };
    let (head, body) = response.into_parts();
    match ByteStream::new(body).collect().await {
        Ok(whole) => Response::from_parts(head, Body::from(whole.into_bytes())),
        Err(_) => broken(),
    }
}

fn status(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// A body that fails at once, so that the connection is torn down under the client.
fn broken() -> Response {
    let lost =
        stream::once(async { Err::<Bytes, _>(io::Error::from(io::ErrorKind::ConnectionReset)) });
    status(StatusCode::OK).map(|_| Body::from_stream(lost))
}
