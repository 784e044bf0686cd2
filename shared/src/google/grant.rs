//! One exchange with OAuth's token endpoint: a refresh token for an access token.
//!
//! Reads the answer and decides its class; when to ask, and what to keep, is `auth`'s business.
//! (Google's guide "Using OAuth 2.0 for Web Server Applications", refreshing an access token; RFC 6749, 5.2.)

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{Method, Request, Response};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::body;
use super::error::{AccountDenial, Cause, Class, Effect};
use super::path::push_encoded;
use super::reason::shown;

/// What is assumed of an access token that does not say how long it lasts.
const SHORT_LIFE: Duration = Duration::from_secs(300);

/// A fresh access token, and a new refresh token if Google replaced the old one.
#[derive(Debug)]
pub(super) struct Granted {
    pub(super) access_token: SecretString,
    pub(super) lasts: Duration,
    pub(super) refresh_token: Option<SecretString>,
}

/// Why there is no access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NotGranted {
    pub(super) class: Class,
    pub(super) cause: Cause,
}

#[derive(Deserialize)]
struct Answer {
    access_token: Option<String>,
    expires_in: Option<f64>,
    refresh_token: Option<String>,
}

#[derive(Deserialize)]
struct Refused {
    error: Option<String>,
}

/// The request; none if `url` is no address.
pub(super) fn request(
    url: &str,
    client_id: &str,
    client_secret: &SecretString,
    refresh_token: &SecretString,
) -> Option<Request<Bytes>> {
    let mut form = String::from("grant_type=refresh_token");
    for (name, value) in [
        ("refresh_token", refresh_token.expose_secret()),
        ("client_id", client_id),
        ("client_secret", client_secret.expose_secret()),
    ] {
        form.push('&');
        form.push_str(name);
        form.push('=');
        push_encoded(&mut form, value);
    }
    Request::builder()
        .method(Method::POST)
        .uri(url)
        .header(ACCEPT, "application/json")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Bytes::from(form))
        .ok()
}

/// Reads the endpoint's answer.
pub(super) fn read(
    response: &Response<Bytes>,
    retry_after: Option<Duration>,
) -> Result<Granted, NotGranted> {
    if !response.status().is_success() {
        return Err(refused(response, retry_after));
    }
    let malformed = |why| NotGranted {
        class: Class::Malformed,
        cause: Cause::Body(why),
    };
    let answer: Answer = body::json(response).map_err(malformed)?;
    let token = answer.access_token.filter(|token| !token.is_empty());
    let token = token.ok_or_else(|| malformed(body::BadBody::ErrorInSuccess))?;
    let new = answer.refresh_token.filter(|token| !token.is_empty());
    Ok(Granted {
        access_token: token.into(),
        lasts: lasts(answer.expires_in),
        refresh_token: new.map(SecretString::from),
    })
}

fn lasts(expires_in: Option<f64>) -> Duration {
    let Some(seconds) = expires_in else {
        return SHORT_LIFE;
    };
    Duration::try_from_secs_f64(seconds.clamp(0.0, 86_400.0)).unwrap_or(SHORT_LIFE)
}

fn refused(response: &Response<Bytes>, retry_after: Option<Duration>) -> NotGranted {
    let status = response.status().as_u16();
    let text = body::unpack(response).unwrap_or_default();
    let code = serde_json::from_slice(&text)
        .ok()
        .and_then(|refused: Refused| refused.error);
    let code = code.map_or_else(|| "no code".to_owned(), |code| shown(&code));
    NotGranted {
        class: class(status, &code, retry_after),
        cause: Cause::Token { status, code },
    }
}

fn class(status: u16, code: &str, retry_after: Option<Duration>) -> Class {
    let unavailable = Class::Unavailable {
        effect: Effect::Nothing,
        retry_after,
    };
    match (status, code) {
        (429, _) | (_, "rate_limit_exceeded" | "slow_down") => Class::Throttled { retry_after },
        (408 | 500..=599, _) => unavailable,
        (_, "temporarily_unavailable" | "server_error" | "internal_failure") => unavailable,
        (_, "invalid_grant") => Class::AccountDenied(AccountDenial::NeedsReauth),
        (400..=499, _) => Class::Config,
        _ => Class::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Result<Granted, NotGranted> {
        let response = Response::builder()
            .status(status)
            .header(CONTENT_TYPE, "application/json");
        read(&response.body(Bytes::from(body.to_owned())).unwrap(), None)
    }

    #[test]
    fn each_refusal_has_its_class() {
        let check = |status, body: &str, class| {
            assert_eq!(
                answer(status, body).unwrap_err().class,
                class,
                "{status} {body}"
            );
        };
        let unavailable = Class::Unavailable {
            effect: Effect::Nothing,
            retry_after: None,
        };
        let reauth = Class::AccountDenied(AccountDenial::NeedsReauth);
        check(
            400,
            r#"{"error":"invalid_grant","error_description":"Token has been expired or revoked."}"#,
            reauth,
        );
        check(
            400,
            r#"{"error":"invalid_grant","error_subtype":"invalid_rapt"}"#,
            reauth,
        );
        check(401, r#"{"error":"invalid_client"}"#, Class::Config);
        check(400, r#"{"error":"unauthorized_client"}"#, Class::Config);
        check(400, r#"{"error":"invalid_scope"}"#, Class::Config);
        check(404, "<html>not here</html>", Class::Config);
        check(429, "{}", Class::Throttled { retry_after: None });
        check(500, r#"{"error":"internal_failure"}"#, unavailable);
        check(503, "<html>", unavailable);
        check(200, r#"{"error":"invalid_grant"}"#, Class::Malformed);
        check(200, "<html>", Class::Malformed);
        check(302, "", Class::Malformed);
    }

    #[test]
    fn a_lifetime_is_taken_within_reason() {
        let lasts = |expires: &str| {
            let body = format!(r#"{{"access_token":"a"{expires}}}"#);
            answer(200, &body).unwrap().lasts.as_secs()
        };
        assert_eq!(lasts(r#","expires_in":3599"#), 3599);
        assert_eq!(lasts(""), 300);
        assert_eq!(lasts(r#","expires_in":-5"#), 0);
        assert_eq!(lasts(r#","expires_in":1e300"#), 86_400);
    }
}
