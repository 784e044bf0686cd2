//! Serves the default world on a port: `cargo run -p simulator --example serve -- --port 4599`.

use std::{
    error::Error,
    sync::{Arc, Mutex},
};

use chrono::{DateTime, Utc};
use simulator::{Settings, default_world, server};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip_while(|word| word != "--port").skip(1);
    let port: u16 = words.next().ok_or("usage: serve --port N")?.parse()?;
    let settings = Settings {
        now: now(),
        ..Settings::default()
    };
    let world = Arc::new(Mutex::new(default_world(settings)));
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    server::serve(listener, world, Arc::new(now), std::future::pending()).await?;
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "a served simulator runs on the real clock"
)]
fn now() -> DateTime<Utc> {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_micros())
        .ok()
        .and_then(DateTime::from_timestamp_micros)
        .unwrap_or_default()
}
