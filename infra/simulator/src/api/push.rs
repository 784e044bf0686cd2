//! Push channels: watch, stop, and the notifications that changes cause (BEHAVIOUR.md 4).
//!
//! Notifications go into a queue; delivering them over HTTP is the server's part. Nothing here promises delivery.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use crate::{
    simulator::Simulator,
    wire::{call::Call, refusal::Refusal, reply::Reply},
    world::channel::{Channel, Notification},
};

/// Longest id of a channel.
const LONGEST_ID: usize = 64;
/// Longest token of a channel.
const LONGEST_TOKEN: usize = 256;
/// Life of a channel when nothing is said.
const DEFAULT_LIFE: Duration = Duration::days(7);

impl Simulator {
    pub(crate) fn watch(
        &mut self,
        call: &Call,
        email: &Arc<str>,
        calendar: Option<&str>,
    ) -> Result<Reply, Refusal> {
        let body = call.object()?;
        let text = |key: &str| body.get(key).and_then(Value::as_str);
        if let Some(calendar) = calendar {
            self.reader(calendar, email)?;
            if !self.calendar(calendar)?.push_supported {
                let text = "Push notifications are not supported by this resource.";
                return Err(Refusal::new(
                    400,
                    "global",
                    "pushNotSupportedForRequestedResource",
                    text,
                ));
            }
        }
        let id = text("id").filter(|id| !id.is_empty() && id.len() <= LONGEST_ID);
        let id = id.ok_or_else(|| Refusal::required("Required"))?.to_owned();
        if !matches!(text("type"), Some("web_hook" | "webhook")) {
            return Err(Refusal::invalid("Unknown channel type."));
        }
        let address = self.address(text("address"))?;
        if text("token").is_some_and(|token| token.len() > LONGEST_TOKEN) {
            return Err(Refusal::invalid("Channel token is too long."));
        }
        if self.channels.contains_key(&id) {
            return Err(Refusal::new(
                400,
                "global",
                "channelIdNotUnique",
                &format!("Channel id {id} not unique"),
            ));
        }
        let channel = self.channel(id, address, &body, email, calendar);
        let reply = Reply::json(opened(&channel));
        let id = channel.id.clone();
        self.channels.insert(id.clone(), channel);
        self.announce(&id, "sync");
        Ok(reply)
    }

    fn channel(
        &self,
        id: String,
        address: String,
        body: &serde_json::Map<String, Value>,
        email: &Arc<str>,
        calendar: Option<&str>,
    ) -> Channel {
        let stored = calendar.and_then(|id| self.calendars.get(id));
        let owner = stored.map_or_else(
            || format!("list of {email}"),
            |calendar| calendar.id.to_string(),
        );
        let path = match calendar {
            Some(calendar) => format!("calendars/{}/events", encoded(calendar)),
            None => "users/me/calendarList".to_owned(),
        };
        Channel {
            id,
            account: email.clone(),
            calendar: stored.map(|calendar| calendar.id.clone()),
            address,
            token: body.get("token").and_then(Value::as_str).map(str::to_owned),
            expires: self.expiry(body),
            resource: crate::token::fingerprint(&["resource".to_owned(), owner]),
            uri: format!("https://www.googleapis.com/calendar/v3/{path}?alt=json"),
            number: 0,
            stopped: false,
        }
    }

    fn address(&self, address: Option<&str>) -> Result<String, Refusal> {
        let address = address.ok_or_else(|| Refusal::required("Required"))?;
        let refused = || {
            Refusal::new(
                400,
                "global",
                "push.webhookUrlNotHttps",
                &format!("WebHook callback must be HTTPS: {address}"),
            )
        };
        let parsed = url::Url::parse(address).map_err(|_| refused())?;
        let loopback = matches!(parsed.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
        let plain = parsed.scheme() == "http" && loopback && self.knobs.push.loopback_http;
        if parsed.scheme() == "https" || plain {
            Ok(address.to_owned())
        } else {
            Err(refused())
        }
    }

    /// The sooner of `ttl` and `expiration`, never later than the longest life.
    fn expiry(&self, body: &serde_json::Map<String, Value>) -> DateTime<Utc> {
        let number = |value: Option<&Value>| {
            value.and_then(|value| value.as_i64().or_else(|| value.as_str()?.parse().ok()))
        };
        let ttl = number(body.get("params").and_then(|params| params.get("ttl")))
            .and_then(Duration::try_seconds);
        let at = number(body.get("expiration")).and_then(DateTime::from_timestamp_millis);
        let by_ttl = ttl.and_then(|ttl| self.now.checked_add_signed(ttl));
        let wanted = match (by_ttl, at) {
            (Some(ttl), Some(at)) => ttl.min(at),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => self.now + DEFAULT_LIFE,
        };
        wanted.min(self.now + self.knobs.push.longest_life)
    }

    pub(crate) fn stop(&mut self, call: &Call, email: &str) -> Result<Reply, Refusal> {
        let body = call.object()?;
        let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default();
        let (id, resource) = (text("id"), text("resourceId"));
        let own = |channel: &&mut Channel| {
            !channel.stopped && channel.resource == resource && &*channel.account == email
        };
        let Some(channel) = self.channels.get_mut(id).filter(own) else {
            return Err(Refusal::new(
                404,
                "global",
                "notFound",
                &format!("Channel '{id}' not found for project 'simulator'"),
            ));
        };
        channel.stopped = true;
        Ok(Reply::empty(204))
    }

    /// Queues a notification for each channel on a calendar.
    pub(crate) fn notify_calendar(&mut self, calendar: &str) {
        let watching = |channel: &&Channel| channel.calendar.as_deref() == Some(calendar);
        let ids: Vec<String> = self
            .channels
            .values()
            .filter(watching)
            .map(|channel| channel.id.clone())
            .collect();
        for id in ids {
            self.announce(&id, "exists");
        }
    }

    /// Queues a notification for each channel on an account's calendar list.
    pub(crate) fn notify_list(&mut self, email: &str) {
        let watching =
            |channel: &&Channel| channel.calendar.is_none() && &*channel.account == email;
        let ids: Vec<String> = self
            .channels
            .values()
            .filter(watching)
            .map(|channel| channel.id.clone())
            .collect();
        for id in ids {
            self.announce(&id, "exists");
        }
    }

    fn announce(&mut self, id: &str, state: &'static str) {
        let dropped = state != "sync" && self.chance(self.knobs.push.drop);
        let twice = state != "sync" && self.chance(self.knobs.push.duplicate);
        let step = if state == "sync" {
            1
        } else {
            self.rng.u64(1..5_000)
        };
        let (now, due) = (self.now, self.now + self.knobs.push.delay);
        let Some(channel) = self
            .channels
            .get_mut(id)
            .filter(|channel| !channel.stopped && now < channel.expires)
        else {
            return;
        };
        channel.number += step;
        if dropped {
            return;
        }
        let message = message(channel, state, due);
        if twice {
            self.queue.push_back(message.clone());
        }
        self.queue.push_back(message);
    }

    /// Notifications that are due, in order; they leave the queue.
    pub fn take_notifications(&mut self) -> Vec<Notification> {
        let now = self.now;
        let (due, later) = std::mem::take(&mut self.queue)
            .into_iter()
            .partition(|message: &Notification| message.due <= now);
        self.queue = later;
        Vec::from(due)
    }

    /// Notifications still waiting, due or not.
    pub fn pending_notifications(&self) -> usize {
        self.queue.len()
    }

    /// Says how a delivery ended (`None`: no answer). 500, 502, 503 and 504 are tried again, later each time; the rest is dropped.
    pub fn report_delivery(&mut self, message: Notification, status: Option<u16>) {
        let again = matches!(status, Some(500 | 502 | 503 | 504))
            && message.attempt + 1 < self.knobs.push.attempts;
        if again {
            let attempt = message.attempt + 1;
            let wait = Duration::seconds(1_i64.checked_shl(attempt).unwrap_or(3_600).min(3_600));
            self.queue.push_back(Notification {
                attempt,
                due: self.now + wait,
                ..message
            });
        }
    }
}

fn opened(channel: &Channel) -> Value {
    let mut body = json!({
        "kind": "api#channel",
        "id": channel.id,
        "resourceId": channel.resource,
        "resourceUri": channel.uri,
        "expiration": channel.expires.timestamp_millis().to_string(),
    });
    if let (Some(token), Some(map)) = (&channel.token, body.as_object_mut()) {
        map.insert("token".into(), token.as_str().into());
    }
    body
}

fn message(channel: &Channel, state: &'static str, due: DateTime<Utc>) -> Notification {
    let mut headers = vec![
        ("X-Goog-Channel-ID".to_owned(), channel.id.clone()),
        (
            "X-Goog-Channel-Expiration".to_owned(),
            channel
                .expires
                .format("%a, %d %b %Y %H:%M:%S GMT")
                .to_string(),
        ),
        ("X-Goog-Resource-ID".to_owned(), channel.resource.clone()),
        ("X-Goog-Resource-URI".to_owned(), channel.uri.clone()),
        ("X-Goog-Resource-State".to_owned(), state.to_owned()),
        (
            "X-Goog-Message-Number".to_owned(),
            channel.number.to_string(),
        ),
    ];
    headers.extend(
        channel
            .token
            .clone()
            .map(|token| ("X-Goog-Channel-Token".to_owned(), token)),
    );
    Notification {
        address: channel.address.clone(),
        headers,
        channel: channel.id.clone(),
        calendar: channel.calendar.as_deref().map(str::to_owned),
        state,
        due,
        attempt: 0,
    }
}

fn encoded(segment: &str) -> String {
    url::form_urlencoded::byte_serialize(segment.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}
