//! `[store]`: where the table is, and the install key.

use std::path::{Path, PathBuf};

use shared::model::InstallKey;

use super::fields::{Fields, Text};
use super::google::checked;
use super::key::parse_key;

/// The table's name where none is given.
const TABLE: &str = "tidelock";

/// Where the table is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a folder of this machine.
    Folder(PathBuf),
    /// At a server that speaks DynamoDB's protocol.
    Endpoint {
        /// The server's address.
        url: String,
        /// The table's name.
        table: String,
        /// The region to sign for, if given.
        region: Option<String>,
    },
}

/// Reads the table.
pub(super) fn read(mut fields: Fields<'_>, folder: &Path) -> Option<(Place, Option<InstallKey>)> {
    let key = key(&mut fields);
    let place = place(&mut fields, folder);
    fields.finish();
    Some((place?, key?))
}

fn key(fields: &mut Fields<'_>) -> Option<Option<InstallKey>> {
    if !fields.has("key") {
        let _ = fields.text("key");
        return Some(None);
    }
    let text = fields.text("key")?;
    let key = parse_key(&text.value);
    if key.is_none() {
        let fix = "write 128 of the digits 0-9 and a-f (openssl rand -hex 64), or leave it out";
        fields.wrong(text.line, "key", "is no install key", fix);
    }
    key.map(Some)
}

fn place(fields: &mut Fields<'_>, folder: &Path) -> Option<Place> {
    let (both, none) = (
        fields.has("data") && fields.has("endpoint"),
        !fields.has("data") && !fields.has("endpoint"),
    );
    let data = fields.text("data");
    let endpoint = fields.text("endpoint");
    let (table, region) = (fields.text("table"), fields.text("region"));
    if both {
        let line = endpoint.as_ref().map_or(fields.line(), |text| text.line);
        let fix = "keep data for a table in a folder, or endpoint for one at a server";
        fields.wrong(line, "endpoint", "stands beside data", fix);
        return None;
    }
    if none {
        fields.missing(
            "data",
            "name a folder for the table, or give endpoint, the address of a DynamoDB",
        );
        return None;
    }
    match (data, endpoint) {
        (Some(data), _) => {
            alone(fields, [("table", table), ("region", region)])?;
            Some(Place::Folder(folder.join(data.value)))
        }
        (None, Some(url)) => server(fields, url, table, region),
        (None, None) => None,
    }
}

/// What says more about a server says nothing about a folder.
fn alone(fields: &Fields<'_>, others: [(&'static str, Option<Text>); 2]) -> Option<()> {
    let mut alone = Some(());
    for (name, text) in others {
        if let Some(text) = text {
            fields.wrong(
                text.line,
                name,
                "goes with endpoint, not with data",
                "take it out",
            );
            alone = None;
        }
    }
    alone
}

fn server(
    fields: &Fields<'_>,
    url: Text,
    table: Option<Text>,
    region: Option<Text>,
) -> Option<Place> {
    let fix = "write it like http://127.0.0.1:8000 or https://dynamodb.eu-central-1.amazonaws.com";
    let url = checked(fields, "endpoint", url, fix);
    let table = match table {
        None => Some(TABLE.to_owned()),
        Some(text) if is_table_name(&text.value) => Some(text.value),
        Some(text) => {
            let fix = "take 3 to 255 letters, digits, dots, hyphens or underscores";
            fields.wrong(text.line, "table", "is no name of a table", fix);
            None
        }
    };
    Some(Place::Endpoint {
        url: url?,
        table: table?,
        region: region.map(|text| text.value),
    })
}

/// As DynamoDB's API has it (`CreateTable`, `TableName`).
fn is_table_name(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    (3..=255).contains(&text.len()) && text.bytes().all(letter)
}
