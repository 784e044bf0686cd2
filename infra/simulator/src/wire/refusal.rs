//! Errors as Google words them: the calendar backend's envelope and the front end's (BEHAVIOUR.md 3).
//!
//! Owns the texts, reasons and domains. Decides nothing: the api modules say which refusal applies.

use serde_json::{Value, json};

/// A request that was refused, as the wire shows it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{status} {reason}: {message}")]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// `error.errors[0].reason`.
    pub reason: Box<str>,
    /// `error.message`.
    pub message: Box<str>,
    pub(crate) domain: &'static str,
    /// The parameter or header to blame.
    pub(crate) location: Option<&'static str>,
    pub(crate) front_end: Option<(&'static str, &'static str)>,
    pub(crate) retry_after: Option<u32>,
}

impl Refusal {
    pub(crate) fn new(status: u16, domain: &'static str, reason: &str, message: &str) -> Self {
        Self {
            status,
            reason: reason.into(),
            message: message.into(),
            domain,
            location: None,
            front_end: None,
            retry_after: None,
        }
    }

    fn at(mut self, name: &'static str) -> Self {
        self.location = Some(name);
        self
    }

    pub(crate) fn invalid(message: &str) -> Self {
        Self::new(400, "global", "invalid", message)
    }

    pub(crate) fn bad_request(message: &str) -> Self {
        Self::new(400, "global", "badRequest", message)
    }

    pub(crate) fn required(message: &str) -> Self {
        Self::new(400, "global", "required", message)
    }

    pub(crate) fn parse_error() -> Self {
        Self::new(400, "global", "parseError", "Parse Error")
    }

    pub(crate) fn invalid_parameter(name: &str) -> Self {
        Self::new(
            400,
            "global",
            "invalidParameter",
            &format!("Invalid value for parameter: {name}"),
        )
    }

    pub(crate) fn range_empty() -> Self {
        Self::new(
            400,
            "calendar",
            "timeRangeEmpty",
            "The specified time range is empty.",
        )
        .at("timeMax")
    }

    pub(crate) fn not_found() -> Self {
        Self::new(404, "global", "notFound", "Not Found")
    }

    pub(crate) fn duplicate() -> Self {
        Self::new(
            409,
            "global",
            "duplicate",
            "The requested identifier already exists.",
        )
    }

    pub(crate) fn deleted() -> Self {
        Self::new(410, "global", "deleted", "Resource has been deleted")
    }

    pub(crate) fn forbidden() -> Self {
        Self::new(403, "global", "forbidden", "Forbidden")
    }

    pub(crate) fn writer_required() -> Self {
        Self::new(
            403,
            "calendar",
            "requiredAccessLevel",
            "You need to have writer access to this calendar.",
        )
    }

    pub(crate) fn non_organizer() -> Self {
        let text = "Shared properties can only be changed by the organizer of the event.";
        Self::new(403, "calendar", "forbiddenForNonOrganizer", text)
    }

    pub(crate) fn type_restriction(event_type: &str) -> Self {
        let text = format!("Attempt made to modify '{event_type}' event.");
        Self::new(400, "calendar", "eventTypeRestriction", &text)
    }

    pub(crate) fn condition_not_met() -> Self {
        Self::new(412, "global", "conditionNotMet", "Precondition Failed").at("If-Match")
    }

    pub(crate) fn full_sync_required() -> Self {
        let text = "Sync token is no longer valid, a full sync is required.";
        Self::new(410, "calendar", "fullSyncRequired", text).at("syncToken")
    }

    pub(crate) fn updated_min_too_long_ago() -> Self {
        let text = "The requested minimum modification time lies too far in the past.";
        Self::new(410, "calendar", "updatedMinTooLongAgo", text).at("updatedMin")
    }

    pub(crate) fn token_with_restrictions() -> Self {
        let text = "Sync token cannot be used with other request restrictions.";
        Self::new(400, "calendar", "syncTokenWithRequestRestrictions", text).at("syncToken")
    }

    pub(crate) fn rate_limit(status: u16) -> Self {
        Self::new(
            status,
            "usageLimits",
            "rateLimitExceeded",
            "Rate Limit Exceeded",
        )
    }

    pub(crate) fn login_required() -> Self {
        let mut refusal =
            Self::new(401, "global", "required", "Login Required.").at("Authorization");
        refusal.front_end = Some(("UNAUTHENTICATED", "CREDENTIALS_MISSING"));
        refusal
    }

    pub(crate) fn bad_credentials() -> Self {
        let mut refusal =
            Self::new(401, "global", "authError", "Invalid Credentials").at("Authorization");
        refusal.front_end = Some(("UNAUTHENTICATED", "ACCESS_TOKEN_INVALID"));
        refusal
    }

    pub(crate) fn insufficient_scope() -> Self {
        let text = "Request had insufficient authentication scopes.";
        let mut refusal = Self::new(403, "global", "insufficientPermissions", text);
        refusal.front_end = Some(("PERMISSION_DENIED", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"));
        refusal
    }

    /// An injected error: the domain and text follow from the reason.
    pub(crate) fn injected(status: u16, reason: &str, retry_after: Option<u32>) -> Self {
        let (domain, message) = injected_text(status, reason);
        let mut refusal = Self::new(status, domain, reason, message);
        refusal.retry_after = retry_after;
        if status == 401 {
            refusal.front_end = Some(("UNAUTHENTICATED", "ACCESS_TOKEN_INVALID"));
        }
        refusal
    }

    /// The body, in the envelope of whoever refused.
    pub(crate) fn body(&self, method: &str) -> Value {
        let mut item =
            json!({"domain": self.domain, "reason": self.reason, "message": self.message});
        if let (Some(name), Some(item)) = (self.location, item.as_object_mut()) {
            let header = matches!(name, "If-Match" | "Authorization");
            let kind = if header { "header" } else { "parameter" };
            item.insert("locationType".into(), kind.into());
            item.insert("location".into(), name.into());
        }
        let mut error = json!({"errors": [item], "code": self.status, "message": self.message});
        if let (Some((status, reason)), Some(error)) = (self.front_end, error.as_object_mut()) {
            error.insert("status".into(), status.into());
            error.insert(
                "details".into(),
                json!([{
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com",
                    "metadata": {"service": "calendar-json.googleapis.com", "method": format!("calendar.v3.{method}")},
                }]),
            );
        }
        json!({"error": error})
    }
}

fn injected_text(status: u16, reason: &str) -> (&'static str, &'static str) {
    match reason {
        "rateLimitExceeded" => ("usageLimits", "Rate Limit Exceeded"),
        "userRateLimitExceeded" => ("usageLimits", "User Rate Limit Exceeded"),
        "quotaExceeded" | "calendarUsageLimits" => {
            ("usageLimits", "Calendar usage limits exceeded.")
        }
        "accessNotConfigured" => (
            "usageLimits",
            "Google Calendar API has not been used in this project before or it is disabled.",
        ),
        "forbiddenForNonOrganizer" => (
            "calendar",
            "Shared properties can only be changed by the organizer of the event.",
        ),
        "requiredAccessLevel" => (
            "calendar",
            "You need to have writer access to this calendar.",
        ),
        "notACalendarUser" => (
            "calendar",
            "The user must be signed up for Google Calendar.",
        ),
        "insufficientPermissions" => ("global", "Request had insufficient authentication scopes."),
        "fullSyncRequired" => (
            "calendar",
            "Sync token is no longer valid, a full sync is required.",
        ),
        "duplicate" => ("global", "The requested identifier already exists."),
        "authError" => ("global", "Invalid Credentials"),
        "backendError" => ("global", "Backend Error"),
        "deleted" => ("global", "Resource has been deleted"),
        "notFound" => ("global", "Not Found"),
        "conditionNotMet" => ("global", "Precondition Failed"),
        "conflict" => ("global", "Conflict"),
        _ if status >= 500 => ("global", "Backend Error"),
        _ => ("global", "Bad Request"),
    }
}
