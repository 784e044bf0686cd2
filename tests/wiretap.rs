//! The wire to Google with a hook in it: a test sees every request and decides what comes back.
//!
//! The simulator stays what it is; only what passes between it and the client is spoiled. For what no schedule
//! of faults can say: an answer with other items, a token that repeats, content that is not what was sent.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::header::{ACCEPT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use http::{Request, Response};
use local::world::World;
use secrecy::SecretString;
use serde_json::{Value, json};
use shared::engine::{Driven, Engine, Parts};
use shared::google::transport::{Transport, TransportError};
use shared::google::{Client, Credentials, Settings};
use shared::model::{AccountId, Sealer};
use simulator::{LoggedRequest, Outcome};
use wire::Schedule;

use crate::bench::Bench;

/// What comes back.
pub(crate) type Answer = Result<Response<Bytes>, TransportError>;

/// A request on its way.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// `events.list`, `token` ...
    pub(crate) operation: String,
    /// Google's id of the calendar; empty if there is none.
    pub(crate) calendar: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) body: Bytes,
}

impl Asked {
    pub(crate) fn is_full_list(&self) -> bool {
        self.operation == "events.list" && !self.target.contains("syncToken=")
    }

    pub(crate) fn is_later_page(&self) -> bool {
        self.operation == "events.list" && self.target.contains("pageToken=")
    }
}

type Spoil = Box<dyn FnMut(&Asked, &mut dyn FnMut() -> Answer) -> Answer + Send>;

/// The hook. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Wiretap {
    world: World,
    spoil: Arc<Mutex<Option<Spoil>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    page_size: u16,
}

impl std::fmt::Debug for Wiretap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wiretap").finish_non_exhaustive()
    }
}

impl Wiretap {
    pub(crate) fn of(world: &World) -> Self {
        Self {
            world: world.clone(),
            spoil: Arc::default(),
            asked: Arc::default(),
            page_size: 2_500,
        }
    }

    /// Clients made from here on ask for pages of this size.
    pub(crate) fn with_pages_of(mut self, size: u16) -> Self {
        self.page_size = size;
        self
    }

    /// From the next request on, `spoil` decides; it may have the request carried out or not.
    pub(crate) fn set(
        &self,
        spoil: impl FnMut(&Asked, &mut dyn FnMut() -> Answer) -> Answer + Send + 'static,
    ) {
        *self.spoil.lock().unwrap() = Some(Box::new(spoil));
    }

    /// Everything passes.
    pub(crate) fn clear(&self) {
        *self.spoil.lock().unwrap() = None;
    }

    /// Every request since the start or the last [`Wiretap::forget`].
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn forget(&self) {
        self.asked.lock().unwrap().clear();
    }

    /// A worker on this wire that has the account's access token.
    pub(crate) fn worker(&self) -> Engine {
        self.worker_on(&Schedule::none(), Credentials::AccessToken("tok".into()))
    }

    /// A worker on this wire that has to refresh its access token.
    pub(crate) fn refreshing_worker(&self) -> Engine {
        let credentials = Credentials::RefreshToken {
            refresh_token: SecretString::from("1//good"),
            client_id: String::new(),
            client_secret: SecretString::from(String::new()),
        };
        self.worker_on(&Schedule::none(), credentials)
    }

    pub(crate) fn worker_on(&self, schedule: &Schedule, credentials: Credentials) -> Engine {
        let settings = Settings {
            units_per_minute: u32::MAX,
            page_size: self.page_size,
            ..Settings::default()
        };
        let client = Client::new(
            Arc::new(self.clone()),
            credentials,
            &settings,
            &self.world.group,
            self.world.clock().shared(),
            fastrand::Rng::with_seed(5),
        );
        Engine::new(Parts {
            store: self.world.store(schedule, 5),
            crew: BTreeMap::from([(AccountId("work".into()), client)]).into(),
            sealer: Sealer::new(self.world.key().clone()),
            clock: self.world.clock().shared(),
            owner: "tapped".into(),
            seed: 5,
        })
    }

    fn carry(&self, request: Request<Bytes>) -> Answer {
        let asked = Asked {
            operation: wire::google::operation(request.method(), request.uri().path()),
            calendar: calendar(request.uri().path()),
            target: request.uri().to_string(),
            body: request.body().clone(),
        };
        self.asked.lock().unwrap().push(asked.clone());
        let mut perform = || {
            let mut request = request.clone();
            request.headers_mut().remove(ACCEPT_ENCODING);
            match self.world.google().handle(request) {
                Outcome::Response(response) => Ok(response),
                Outcome::ConnectionLost => Err(TransportError::Interrupted),
            }
        };
        match self.spoil.lock().unwrap().as_mut() {
            Some(spoil) => spoil(&asked, &mut perform),
            None => perform(),
        }
    }
}

impl Transport for Wiretap {
    fn send(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        async move { self.carry(request) }.boxed()
    }
}

fn calendar(path: &str) -> String {
    let mut segments = path.split('/').skip_while(|part| *part != "calendars");
    let encoded = segments.nth(1).unwrap_or_default();
    let pair = format!("id={encoded}");
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map(|(_, id)| id.into_owned())
        .unwrap_or_default()
}

/// A JSON answer.
pub(crate) fn answer(status: u16, body: &Value) -> Answer {
    text(status, "application/json; charset=UTF-8", &body.to_string())
}

/// An answer of any type.
pub(crate) fn text(status: u16, kind: &str, body: &str) -> Answer {
    Ok(Response::builder()
        .status(status)
        .header(CONTENT_TYPE, kind)
        .body(Bytes::copy_from_slice(body.as_bytes()))
        .unwrap())
}

/// A refusal in Google's envelope.
pub(crate) fn refusal(status: u16, reason: &str) -> Answer {
    answer(status, &envelope(status, reason))
}

/// A refusal that asks to wait so many seconds.
pub(crate) fn refusal_after(status: u16, reason: &str, seconds: u32) -> Answer {
    refusal(status, reason).map(|mut response| {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
        response
    })
}

pub(crate) fn envelope(status: u16, reason: &str) -> Value {
    json!({"error": {
        "errors": [{"domain": "global", "reason": reason, "message": reason}],
        "code": status, "message": reason,
    }})
}

/// Changes the JSON in an answer.
pub(crate) fn rewritten(answer: Answer, edit: impl FnOnce(&mut Value)) -> Answer {
    answer.map(|response| {
        let (mut parts, body) = response.into_parts();
        parts.headers.remove(http::header::CONTENT_LENGTH);
        let mut json: Value = serde_json::from_slice(&body).unwrap();
        edit(&mut json);
        Response::from_parts(parts, Bytes::from(json.to_string()))
    })
}

impl Bench {
    pub(crate) fn tap(&self) -> Wiretap {
        Wiretap::of(&self.world)
    }

    /// Drives all calendars, waiting for at most `patience`.
    pub(crate) async fn drive_for(&self, worker: &Engine, patience: Duration) -> Driven {
        worker.drive(&self.ids(), patience, |_| {}).await
    }

    /// Requests since the log was cleared that wrote to Google, or tried to.
    pub(crate) fn google_writes(&self) -> Vec<LoggedRequest> {
        let google = self.world.google();
        let reads = ["events.list", "events.get", "calendarList.list"];
        let writes = google
            .log()
            .iter()
            .filter(|asked| asked.kind.starts_with("events.") && !reads.contains(&asked.kind));
        writes.cloned().collect()
    }
}
