//! Does the demo do what it says, and can it fail?

mod counts;
mod files;
mod kept;
mod output;
mod samples;

use local::demo::{DemoError, Options, run};
use serde_json::Value;

/// What a run came to.
pub(crate) struct Ran {
    pub(crate) in_step: bool,
    pub(crate) shown: String,
    pub(crate) object: Value,
}

/// Runs the demo, with its object.
pub(crate) async fn ran(options: Options) -> Result<Ran, DemoError> {
    let (mut shown, mut object) = (Vec::new(), Vec::new());
    let options = Options {
        json: true,
        ..options
    };
    let in_step = Box::pin(run(options, &mut shown, &mut object)).await?;
    Ok(Ran {
        in_step,
        shown: String::from_utf8(shown).unwrap(),
        object: serde_json::from_slice(&object).unwrap(),
    })
}
