//! What an account is reached with: an access token, or a refresh token with its OAuth client.

use secrecy::SecretString;
use shared::google::Credentials;

use super::fields::{Fields, Text};

const FIX: &str = "give access_token, or refresh_token with client_id and client_secret";

/// Reads the fields of one account; what is wrong with them is noted.
pub(super) fn read(fields: &mut Fields<'_>) -> Option<Credentials> {
    let has_access = fields.has("access_token");
    let parts = ["refresh_token", "client_id", "client_secret"];
    let refresh = parts.iter().filter(|name| fields.has(name)).count();
    let access = fields.text("access_token");
    let given = parts.map(|name| fields.text(name));
    match (has_access, refresh) {
        (true, 0) => Some(Credentials::AccessToken(secret(
            fields,
            "access_token",
            access?,
        )?)),
        (true, _) => {
            let what = "stands beside the fields of a refresh token";
            let line = access.map_or(fields.line(), |text| text.line);
            fields.wrong(line, "access_token", what, FIX);
            None
        }
        (false, 0) => {
            fields.missing("access_token", FIX);
            None
        }
        (false, 3) => refreshed(fields, given),
        (false, _) => {
            for name in parts
                .into_iter()
                .zip(&given)
                .filter(|(_, text)| text.is_none())
            {
                fields.missing(name.0, FIX);
            }
            None
        }
    }
}

fn refreshed(fields: &Fields<'_>, given: [Option<Text>; 3]) -> Option<Credentials> {
    let [refresh_token, client_id, client_secret] = given;
    let client_id = client_id?;
    let (refresh_token, client_secret) = (
        secret(fields, "refresh_token", refresh_token?),
        secret(fields, "client_secret", client_secret?),
    );
    Some(Credentials::RefreshToken {
        refresh_token: refresh_token?,
        client_id: client_id.value,
        client_secret: client_secret?,
    })
}

/// A token goes into a header, so it is one word of plain characters.
fn secret(fields: &Fields<'_>, name: &str, text: Text) -> Option<SecretString> {
    let value = text.value.trim();
    if value.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Some(SecretString::from(value.to_owned()));
    }
    let what = "holds a blank, a line break or a character that no token has";
    fields.wrong(
        text.line,
        name,
        what,
        "copy it again, without anything around it",
    );
    None
}
