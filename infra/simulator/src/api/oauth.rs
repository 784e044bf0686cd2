//! The token endpoint: refresh grant and revocation (BEHAVIOUR.md 5). Errors have OAuth's own shape.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    simulator::Simulator,
    wire::{call::Call, reply::Reply},
    world::account::{Grant, SCOPE_PREFIX},
};

impl Simulator {
    pub(crate) fn token(&mut self, call: &Call) -> Reply {
        let form: BTreeMap<String, String> = url::form_urlencoded::parse(&call.body)
            .into_owned()
            .collect();
        let field = |name: &str| form.get(name).map_or("", String::as_str);
        if field("grant_type") != "refresh_token" {
            return denied(400, "unsupported_grant_type", "Invalid grant_type.");
        }
        let sent = field("refresh_token").to_owned();
        if sent.is_empty() {
            return denied(
                400,
                "invalid_request",
                "Missing required parameter: refresh_token",
            );
        }
        let dead = || denied(400, "invalid_grant", "Token has been expired or revoked.");
        let Some(grant) = self.refresh.get(&sent).cloned() else {
            return dead();
        };
        if grant.expires.is_some_and(|expires| self.now >= expires) {
            return dead();
        }
        let Some(account) = self.accounts.get(&grant.email) else {
            return dead();
        };
        if field("client_id") != account.client_id
            || field("client_secret") != account.client_secret
        {
            return denied(401, "invalid_client", "The OAuth client was not found.");
        }
        let scopes: Vec<String> = account
            .scopes
            .iter()
            .map(|scope| format!("{SCOPE_PREFIX}{scope}"))
            .collect();
        let token = format!("ya29.{}", self.new_id());
        let life = self.knobs.access_token_lifetime;
        let expires = Some(self.now + life);
        self.access.insert(
            token.clone(),
            Grant {
                email: grant.email,
                expires,
                parent: Some(sent),
            },
        );
        Reply::with_status(
            200,
            json!({
                "access_token": token,
                "expires_in": life.num_seconds(),
                "scope": scopes.join(" "),
                "token_type": "Bearer",
            }),
        )
    }

    pub(crate) fn revoke(&mut self, call: &Call) -> Reply {
        let form: BTreeMap<String, String> = url::form_urlencoded::parse(&call.body)
            .into_owned()
            .collect();
        let token = call
            .query
            .get("token")
            .map(str::to_owned)
            .or_else(|| form.get("token").cloned())
            .unwrap_or_default();
        let parent = self
            .access
            .get(&token)
            .and_then(|grant| grant.parent.clone());
        let known = self.access.remove(&token).is_some() | self.refresh.contains_key(&token);
        self.revoke_refresh_token(parent.as_deref().unwrap_or(&token));
        if known {
            Reply::with_status(200, json!({}))
        } else {
            denied(400, "invalid_token", "Token expired or revoked")
        }
    }
}

fn denied(status: u16, error: &str, description: &str) -> Reply {
    let body: Value = json!({"error": error, "error_description": description});
    Reply::with_status(status, body)
}
