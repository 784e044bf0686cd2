//! A wire that answers as told and remembers what it was sent.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::{Request, Response};
use secrecy::SecretString;

use crate::google::transport::{Transport, TransportError};
use crate::google::wire::{BlockBody, When};
use crate::google::{Client, Clock, Credentials, Group, Settings};
use crate::model::{
    BlockId, CalendarId, EventKey, Generation, GoogleCalendarId, GoogleEventId, InstallKey, Sealed,
    Sealer, UserId,
};

pub(super) type Answer = Result<Response<Bytes>, TransportError>;

/// One request as it was sent.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) method: String,
    pub(super) uri: String,
    pub(super) headers: http::HeaderMap,
    pub(super) body: String,
}

impl Seen {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(super) fn is_token(&self) -> bool {
        self.uri.ends_with("/token")
    }
}

type Rule = dyn Fn(&Seen, usize) -> Answer + Send + Sync;

/// Answers the `n`th request, from 0, by a rule.
pub(super) struct Script {
    rule: Box<Rule>,
    seen: Mutex<Vec<Seen>>,
    takes: Duration,
    under_way: Mutex<(usize, usize)>,
}

impl std::fmt::Debug for Script {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Script")
    }
}

impl Script {
    pub(super) fn new(rule: impl Fn(&Seen, usize) -> Answer + Send + Sync + 'static) -> Arc<Self> {
        Self::slow(Duration::ZERO, rule)
    }

    pub(super) fn slow(
        takes: Duration,
        rule: impl Fn(&Seen, usize) -> Answer + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            rule: Box::new(rule),
            seen: Mutex::default(),
            takes,
            under_way: Mutex::default(),
        })
    }

    pub(super) fn always(answer: Answer) -> Arc<Self> {
        Self::new(move |_, _| answer.clone())
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The most requests that were under way at once.
    pub(super) fn at_once(&self) -> usize {
        self.under_way.lock().unwrap().1
    }

    fn enter(&self) {
        let mut under_way = self.under_way.lock().unwrap();
        under_way.0 += 1;
        under_way.1 = under_way.1.max(under_way.0);
    }
}

impl Transport for Script {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Answer> {
        let (parts, body) = request.into_parts();
        let seen = Seen {
            method: parts.method.to_string(),
            uri: parts.uri.to_string(),
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        };
        async move {
            let count = {
                let mut all = self.seen.lock().unwrap();
                all.push(seen.clone());
                all.len() - 1
            };
            self.enter();
            tokio::time::sleep(self.takes).await;
            self.under_way.lock().unwrap().0 -= 1;
            (self.rule)(&seen, count)
        }
        .boxed()
    }
}

pub(super) fn answer(status: u16, body: impl Into<String>) -> Answer {
    let response = Response::builder()
        .status(status)
        .header("content-type", "application/json; charset=UTF-8")
        .body(Bytes::from(body.into()));
    Ok(response.unwrap())
}

/// The Calendar backend's envelope.
pub(super) fn refusal(status: u16, reason: &str) -> Answer {
    answer(status, envelope(status, reason))
}

pub(super) fn envelope(status: u16, reason: &str) -> String {
    format!(
        r#"{{"error":{{"errors":[{{"domain":"x","reason":"{reason}","message":"m"}}],"code":{status},"message":"m"}}}}"#
    )
}

pub(super) fn clock() -> Clock {
    let start = tokio::time::Instant::now();
    let present: jiff::Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
    Clock::new(move || present + start.elapsed())
}

pub(super) fn settings() -> Settings {
    Settings {
        calendar_url: "http://google.test/calendar/v3/".to_owned(),
        token_url: "http://google.test/token".to_owned(),
        ..Settings::default()
    }
}

pub(super) fn client_with(
    script: &Arc<Script>,
    credentials: Credentials,
    settings: &Settings,
    group: &Group,
) -> Client {
    let rng = fastrand::Rng::with_seed(1);
    Client::new(script.clone(), credentials, settings, group, clock(), rng)
}

pub(super) fn fixed_token() -> Credentials {
    Credentials::AccessToken(SecretString::from("access-canary"))
}

pub(super) fn refresh_token() -> Credentials {
    Credentials::RefreshToken {
        refresh_token: SecretString::from("1//refresh+canary"),
        client_id: "cid".to_owned(),
        client_secret: SecretString::from("secret-canary"),
    }
}

pub(super) fn client(script: &Arc<Script>) -> Client {
    client_with(script, fixed_token(), &settings(), &Group::default())
}

pub(super) fn calendar() -> GoogleCalendarId {
    GoogleCalendarId::parse("team/a#b@example.com").unwrap()
}

pub(super) fn block_id() -> BlockId {
    let key = InstallKey::new([1; InstallKey::BYTES]);
    let user = UserId::derive(&key, "ann");
    let event = GoogleEventId::parse("source").unwrap();
    Sealer::new(key.clone()).seal(&Sealed {
        calendar: CalendarId::derive(&key, user, &calendar()),
        event: EventKey::of(&event),
        generation: Generation(0),
    })
}

pub(super) fn block_body() -> BlockBody {
    let at = |text: &str| When {
        date_time: Some(text.to_owned()),
        ..When::default()
    };
    BlockBody {
        summary: "title-canary".into(),
        start: at("2026-11-20T10:00:00Z"),
        end: at("2026-11-20T11:00:00Z"),
        recurrence: Vec::new(),
        marker: [("tidelock".to_owned(), "block".to_owned())].into(),
        colour: None,
        private: true,
        sequence: None,
    }
}

/// Waits until all is done, under the paused clock.
pub(super) fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    runtime.unwrap().block_on(future)
}
