//! Content lines: unfolded, with the number of the line they began on.

use icalendar::parser::Property;

use crate::ics::IcsError;

/// One content line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) number: usize,
    pub(crate) name: String,
    pub(crate) params: Vec<(String, String)>,
    pub(crate) value: String,
}

impl Line {
    /// A parameter without its quotes.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        let found = self
            .params
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim_matches('"'))
    }
}

/// Undoes folding and takes each content line apart.
pub(crate) fn unfold(text: &str) -> Result<Vec<Line>, IcsError> {
    let mut folded: Vec<(usize, String)> = Vec::new();
    for (index, raw) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let raw = raw.trim_end_matches('\r');
        match (raw.strip_prefix([' ', '\t']), folded.last_mut()) {
            (Some(rest), Some((_, line))) => line.push_str(rest),
            (Some(_), None) | (None, _) => folded.push((index + 1, raw.to_owned())),
        }
    }
    folded
        .into_iter()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(number, line)| content(number, &line))
        .collect()
}

/// Names have no case (RFC 5545, 2).
fn structure(word: &str) -> Option<&'static str> {
    ["BEGIN", "END"]
        .into_iter()
        .find(|known| word.eq_ignore_ascii_case(known))
}

fn content(number: usize, text: &str) -> Result<Line, IcsError> {
    let broken = || {
        let start: String = text.chars().take(40).collect();
        IcsError::new(
            number,
            format!("\"{start}\" is not a content line"),
            "write NAME:VALUE, and indent continued lines by a space",
        )
    };
    if let Some((word, name)) = text.split_once(':')
        && let Some(word) = structure(word)
    {
        return Ok(Line {
            number,
            name: word.to_owned(),
            params: Vec::new(),
            value: name.trim().to_ascii_uppercase(),
        });
    }
    if !text.contains(':') {
        return Err(broken());
    }
    let with_end = format!("{text}\n");
    let property = Property::try_from(with_end.as_str()).map_err(|_| broken())?;
    if property.name.as_str().is_empty() {
        return Err(broken());
    }
    let param = |param: &icalendar::parser::Parameter<'_>| {
        let value = param.val.as_ref().map(|value| value.as_str().to_owned());
        (param.key.as_str().to_owned(), value.unwrap_or_default())
    };
    Ok(Line {
        number,
        name: property.name.as_str().to_ascii_uppercase(),
        params: property.params.iter().map(param).collect(),
        value: property.val.as_str().to_owned(),
    })
}
