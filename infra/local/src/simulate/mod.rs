//! `tidelock simulator`: the simulated Google over HTTP on this machine, for any client.
//!
//! Owns what it is filled with and what is told about it. Its credentials are made up, so they are printed.

mod fill;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use jiff::Timestamp;
use shared::engine::chain;
use simulator::server::{self, Clock, Shared};
use simulator::{
    ACCESS_TOKEN, CLIENT_ID, CLIENT_SECRET, EMAIL, REFRESH_TOKEN, Settings, Simulator,
    default_world,
};
use tokio::net::TcpListener;

use crate::clock::Simulated;
use crate::exit::Exit;
use crate::files::BadFile;
use crate::host::Host;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The port on this machine; 0: any that is free.
    pub port: u16,
    /// Calendar files: the first fills the account's own calendar, each further one a new calendar.
    pub ics: Vec<PathBuf>,
    /// The simulated present at the start; the machine's time if left out. It goes on from there.
    pub now: Option<Timestamp>,
    /// Seed of everything random.
    pub seed: u64,
}

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A calendar file.
    #[error(transparent)]
    File(#[from] BadFile),
    /// The port.
    #[error("port {port} of 127.0.0.1 cannot be used; name another one, or 0 for any that is free")]
    Port {
        /// Which port.
        port: u16,
        /// The system's reason.
        #[source]
        why: std::io::Error,
    },
}

/// Serves until it is asked to stop.
pub async fn run(options: &Options, host: &Host<'_>) -> Exit {
    let (listener, google, now) = match start(options, host).await {
        Ok(started) => started,
        Err(error) => {
            host.err(format_args!("tidelock simulator: {}\n", chain(&error)));
            return Exit::Usage;
        }
    };
    let stop = host.stop.clone();
    let stopped = async move { stop.wished(1).await };
    match server::serve(listener, google, now, stopped).await {
        Ok(()) => Exit::Fine,
        Err(error) => {
            host.err(format_args!("tidelock simulator: {}\n", chain(&error)));
            Exit::NotInStep
        }
    }
}

async fn start(
    options: &Options,
    host: &Host<'_>,
) -> Result<(TcpListener, Shared, Clock), StartError> {
    let clock = Simulated::running(options.now.unwrap_or_else(|| host.clock.now()));
    let mut google = default_world(Settings {
        now: utc(clock.now()),
        seed: options.seed,
        ..Settings::default()
    });
    fill::all(&mut google, &options.ics)?;
    let unusable = |why| StartError::Port {
        port: options.port,
        why,
    };
    let listener = TcpListener::bind(("127.0.0.1", options.port)).await;
    let listener = listener.map_err(unusable)?;
    let port = listener.local_addr().map_err(unusable)?.port();
    host.out(described(&google, port));
    let now: Clock = Arc::new(move || utc(clock.now()));
    Ok((listener, Arc::new(Mutex::new(google)), now))
}

/// A time as the simulator takes it.
pub(crate) fn utc(at: Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(at.as_microsecond()).unwrap_or_default()
}

fn described(google: &Simulator, port: u16) -> String {
    let calendars = google.calendar_ids().into_iter().map(|id| {
        let title = google.calendar_summary(&id).unwrap_or_default();
        let events = google.event_count(&id);
        let role = if id == EMAIL { ", primary" } else { "" };
        format!("    {id}  ({title}, {events} events{role})\n")
    });
    format!(
        "Google Calendar, simulated, until Ctrl-C\n\
         \x20 api            http://127.0.0.1:{port}/calendar/v3\n\
         \x20 token          http://127.0.0.1:{port}/token\n\
         \x20 account        {EMAIL}\n\
         \x20 access token   {ACCESS_TOKEN}\n\
         \x20 refresh token  {REFRESH_TOKEN}  (client id {CLIENT_ID}, client secret {CLIENT_SECRET})\n\
         \x20 calendars\n{}",
        calendars.collect::<String>()
    )
}
