//! The `tidelock` command: hands the machine to [`local::cli`].

use std::process::ExitCode;

use local::exit::Exit;
use local::host::Host;
use local::{cli, logs, system};

fn main() -> ExitCode {
    logs::start();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let exit = runtime.and_then(|runtime| runtime.block_on(command()));
    match exit {
        Ok(exit) => exit.into(),
        Err(error) => {
            tracing::error!(%error, "the process cannot be set up");
            Exit::NotInStep.into()
        }
    }
}

async fn command() -> std::io::Result<Exit> {
    let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
    let stop = system::stop_on_signals()?;
    let host = Host::new(&mut out, &mut err, &system::variable, system::clock(), stop);
    Ok(cli::run(std::env::args_os(), &host).await)
}
