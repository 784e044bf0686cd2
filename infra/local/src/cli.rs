//! The command line: what can be asked for, and who sees to it.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use shared::engine::chain;
use shared::model::{GoogleEventId, Switch};

use crate::answer::{Ask, no_object};
use crate::exit::Exit;
use crate::host::{Host, Stream};
use crate::metrics::Target;
use crate::{
    connect, demo, disconnect, explain, health, history, purge, redrive, repair, rules, simulate,
    status, sync, up, validate,
};

const EXAMPLES: &str = "\
Examples:
  tidelock                                  show the whole thing on samples; needs no account and no network
  tidelock demo --ics my.ics --shift        the same on calendars of your own, moved to the present
  tidelock sync --config tidelock.toml --once
                                            bring the calendars of a config file in step, then end
  tidelock sync --config tidelock.toml      keep them in step until Ctrl-C
  tidelock status --config tidelock.toml    how things stand, and what is not in order
  tidelock explain EVENT --config tidelock.toml
                                            why an event is blocked where, or why not
  tidelock history EVENT --config tidelock.toml
                                            what was done to an event's blocks, when and why
  tidelock validate --config tidelock.toml --deep
                                            is all as it should be, also at Google
  tidelock repair --config tidelock.toml    what would be put right; with --apply it is
  tidelock rules show --config tidelock.toml
                                            what is mirrored where, and how it looks
  tidelock plan --config tidelock.toml      what the next syncs would write, and why
  tidelock calendar pause NAME --config tidelock.toml
                                            leave a calendar as it is for a while; `on`, `off`; `undo` takes it back
  tidelock health --config tidelock.toml    how all is, with alerts for what changed; --repair mends
  tidelock purge --config tidelock.toml --user ann
                                            what would go if all blocks were removed; with --apply they go
  tidelock disconnect --config tidelock.toml --user ann --account home
                                            what would go with an account; with --apply it is forgotten
  tidelock up                               run it all as AWS would, on this machine
  tidelock redrive --queue sync             how many messages died; with --apply they are tried again
  tidelock simulator --port 4599            serve a simulated Google Calendar, to try `sync` or any other client on

It ends with 0 when the calendars are in step and nothing was found, with 1 when something failed, was found or is left to
do (it says what), and with 2 when it was asked for something that cannot be done (then nothing was done).";

const SYNC_HELP: &str = "\
The config file is TOML:

  [google]                                   # both may be left out: Google's own
  api   = \"http://127.0.0.1:4599/calendar/v3\"
  token = \"http://127.0.0.1:4599/token\"

  [store]
  data = \"./state\"                           # a folder, beside the config file; made if it is not there
  # or: endpoint = \"http://127.0.0.1:8000\"   # any DynamoDB; with table = \"tidelock\", region = \"eu-central-1\"
  # key = \"env:TIDELOCK_KEY\"                 # the install key, 128 hexadecimal digits; left out, one is made and kept:
                                             # keep it, blocks are recognised by nothing else

  [[user]]
  name = \"ann\"
    [[user.account]]
    name = \"work\"
    access_token = \"env:WORK_TOKEN\"          # or refresh_token, client_id and client_secret
    calendars = [\"primary\", \"team@example.com\"]   # left out: every calendar that can be written; []: none

  [user.rules]                               # may be left out: those that are stored hold, or the defaults
  zone = \"Europe/Berlin\"
  calendars = { \"team@example.com\" = \"paused\" }
    [[user.rules.pairs]]
    to = \"Home\"
    title = \"Work\"
    hours = { days = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"] }

All fields of rules: docs/rules.md. A value \"env:NAME\" is taken from the environment. A folder serves one tidelock at a time.

Examples:
  tidelock sync --config tidelock.toml --once --json
  tidelock sync --config tidelock.toml --interval 5m";

/// Keeps a person's Google calendars in step: an event on one of them holds its time on the others.
///
/// Without a command it runs the demo; the options below are the demo's.
#[derive(Debug, Parser)]
#[command(name = "tidelock", version, after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    demo: DemoArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show it all in one process: a simulated Google, an embedded table, the code that ships
    #[command(after_help = "\
Examples:
  tidelock demo
  tidelock demo --ics work.ics --ics home.ics --now 2026-03-02T08:00:00Z --json")]
    Demo(DemoArgs),
    /// Bring the calendars of a config file in step, once or for good
    #[command(after_help = SYNC_HELP)]
    Sync(SyncArgs),
    /// Take the people of a config file in, for functions that look after them without it: on AWS, or by `up`
    #[command(after_help = "\
It stores what each account is reached with, sealed with the install key, and which calendars take part, and has them looked at.
Run it again when the config file changes.

Ends with 0 when all are connected, and with 1 when any is not.

Examples:
  tidelock connect --config tidelock.toml
  tidelock connect --config tidelock.toml --user ann --json")]
    Connect(AskArgs),
    /// Show how things stand, as the table has it: each person's calendars, and what is not in order
    #[command(after_help = "\
Ends with 0 when all is in order, and with 1 when anything is not. Google is not asked.

Examples:
  tidelock status --config tidelock.toml
  tidelock status --config tidelock.toml --user ann --json")]
    Status(AskArgs),
    /// Tell why an event is blocked where, or why not, with the last answer from Google
    #[command(after_help = "\
Ends with 0 when all is in order with the event, and with 1 when it is not known, or something is left to do or set aside.

Examples:
  tidelock explain 4q2l9s8k0d3f --config tidelock.toml
  tidelock explain 4q2l9s8k0d3f_20260324T100000Z --config tidelock.toml --live
  tidelock explain tidelock1... --config tidelock.toml          of a block: what it is a block of")]
    Explain(ExplainArgs),
    /// Find what is wrong: in what is stored, and with --deep at Google too. Reads only
    #[command(after_help = "\
Ends with 0 when nothing was found, and with 1 when anything was. What each finding means: docs/findings.md.

Examples:
  tidelock validate --config tidelock.toml
  tidelock validate --config tidelock.toml --deep --user ann --json
  tidelock validate --config tidelock.toml --event 4q2l9s8k0d3f")]
    Validate(ValidateArgs),
    /// Put right what a validation finds; a dry run unless told to apply
    #[command(after_help = "\
It compares with Google first, unless --plain says otherwise, shows what it found and what that comes to, and with --apply does
it. More deletions than the brake lets through are held back, until --force.

Ends with 0 when nothing is left, and with 1 when anything is. A second run does nothing.

Examples:
  tidelock repair --config tidelock.toml
  tidelock repair --config tidelock.toml --calendar team@example.com --apply
  tidelock repair --config tidelock.toml --apply --look-again      do not wait for the second look at a mass deletion")]
    Repair(RepairArgs),
    /// Tell how all is, keep the report, and send an alert for what came or went; with --repair mend it
    #[command(after_help = "\
Alerts go to the log, or to the SNS topic that the config names under [alerts]. Google is not asked but by --repair.

Ends with 0 when all is healthy, and with 1 when anything is not. What leads to what: docs/health.md.

Examples:
  tidelock health --config tidelock.toml
  tidelock health --config tidelock.toml --repair --every 5m --metrics metrics.log")]
    Health(HealthArgs),
    /// Remove all blocks of a calendar or a person, proven by listing; a dry run unless told to apply
    #[command(after_help = "\
Of a calendar go the blocks on it and those of its events elsewhere. It is switched off first, so that no running sync brings
them back; `tidelock sync` with a config that names it switches it on again. Nothing but blocks of this user is touched.

Ends with 0 when no block is left, and with 1 when one is, or would go. Cut short, it goes on when it is run again.

Examples:
  tidelock purge --config tidelock.toml --user ann
  tidelock purge --config tidelock.toml --calendar team@example.com --apply")]
    Purge(PurgeArgs),
    /// Show, check or change what is mirrored where and how it looks
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Switch a calendar on, off or to a pause; a dry run unless told to apply
    #[command(after_help = "\
Off: its blocks go, and those of its events elsewhere. Paused: they stay as they are, and nothing is added. It is a change of the
rules, which the sync that runs applies.

Ends with 0 when it is so, and with 1 when it would be.

Examples:
  tidelock calendar pause Work --config tidelock.toml
  tidelock calendar off team@example.com --config tidelock.toml --user ann --apply")]
    Calendar(CalendarArgs),
    /// Take the last change of a person's rules back; a dry run unless told to apply
    #[command(after_help = "\
What was taken back is a change as well: a second undo restores it.

Ends with 0 when it is so, and with 1 when it would be.

Examples:
  tidelock undo --config tidelock.toml --user ann
  tidelock undo --config tidelock.toml --user ann --apply")]
    Undo(UndoArgs),
    /// Show what the next syncs would write and why, from what is stored; with --rules what other rules would come to
    #[command(after_help = "\
Google is not asked, and nothing is written.

Ends with 0 when nothing is to be done, and with 1 when anything is.

Examples:
  tidelock plan --config tidelock.toml
  tidelock plan --config tidelock.toml --user ann --rules rules.toml --json")]
    Plan(PlanArgs),
    /// Tell what was done to an event's blocks: when, why, under which commit, and what is due
    #[command(after_help = "\
Each block keeps its last few changes. EVENT is Google's id of an event, of an occurrence of a series, or of a block.

Ends with 0 when something is known of the event, and with 1 when nothing is. Google is not asked.

Examples:
  tidelock history 4q2l9s8k0d3f --config tidelock.toml
  tidelock history tidelock1... --config tidelock.toml --json")]
    History(EventArgs),
    /// Take back the blocks of an account's calendars, then forget the account; a dry run unless told to apply
    #[command(after_help = "\
Of the account's calendars go the blocks on them and those of their events elsewhere, as by `purge`. Only when a listing has shown
that none is left are the calendars taken out of the stored config, all that is stored of them deleted, and the account's
credentials removed. What cannot be removed keeps the account from being forgotten; --leave-blocks forgets it all the same where
Google lets nobody in. `tidelock sync` with a config file that still has the account connects it anew.

Ends with 0 when the account is forgotten, and with 1 when it is not, or would be. Cut short, it goes on when it is run again.

Examples:
  tidelock disconnect --config tidelock.toml --user ann --account home
  tidelock disconnect --config tidelock.toml --user ann --account home --apply
  tidelock disconnect --config tidelock.toml --user ann --account home --apply --leave-blocks")]
    Disconnect(DisconnectArgs),
    /// Run the functions as AWS would, on this machine: table, queues, schedules, the real binaries
    #[command(after_help = "\
Without --config it looks after made-up calendars in a simulated Google. The config's [google] and [[user]] count; the table is
always this command's own, in --data or else in memory. The functions' binaries are found beside this one; `cargo build
--workspace` makes them. Alerts and warnings go to the error stream; RUST_LOG=local=info shows all that the functions say, and
TIDELOCK_LOG sets how much that is.

Examples:
  tidelock up
  tidelock up --config tidelock.toml --data ./up")]
    Up(UpArgs),
    /// Move dead letters back to their queue, once what killed them is mended; only counts them unless told to apply
    #[command(after_help = "\
Ends with 0 when no dead letter is left, and with 1 when one is.

Examples:
  tidelock redrive --queue sync --queue repair
  tidelock redrive arn:aws:sqs:eu-central-1:123456789012:tidelock-sync-dead-letters --apply")]
    Redrive(RedriveArgs),
    /// Serve a simulated Google Calendar over HTTP on this machine
    #[command(after_help = "\
Examples:
  tidelock simulator
  tidelock simulator --port 0 --ics work.ics --now 2026-03-02T08:00:00Z")]
    Simulator(SimulatorArgs),
}

#[derive(Debug, Subcommand)]
enum RulesCommand {
    /// Show the rules in force, and what they come to for each two calendars
    #[command(after_help = "\
Examples:
  tidelock rules show --config tidelock.toml --user ann")]
    Show(AskArgs),
    /// Tell whether a file of rules can be used; with --config also whether there are the calendars that it names
    #[command(after_help = "\
The file is JSON or TOML, by its name; docs/rules.md shows every field. Without --config it needs no installation.

Ends with 0 when it can be used, and with 1 when it cannot.

Examples:
  tidelock rules check rules.toml
  tidelock rules check rules.json --config tidelock.toml --user ann")]
    Check(RulesCheckArgs),
    /// Put the rules of a file in force; a dry run unless told to apply
    #[command(after_help = "\
It shows what would be written, and with --apply stores the rules; the sync that runs applies them. Rules that the config file has are
changed there.

Ends with 0 when they are in force, and with 1 when they would be.

Examples:
  tidelock rules set rules.toml --config tidelock.toml --user ann
  tidelock rules set rules.toml --config tidelock.toml --user ann --apply")]
    Set(RulesSetArgs),
}

#[derive(Debug, Args)]
struct RulesCheckArgs {
    /// The file of rules: .json or .toml
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The config file whose calendars they are for
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One person of the config; left out: all
    #[arg(long, value_name = "NAME", requires = "config")]
    user: Option<String>,
    /// Print one JSON object to standard output, and everything else to the error stream
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("whose").args(["user"]).required(true))]
struct RulesSetArgs {
    /// The file of rules: .json or .toml
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    ask: AskArgs,
    /// Do it; left out, it only shows what would be done
    #[arg(long)]
    apply: bool,
}

/// As [`Switch`], in the words of a command.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum SwitchTo {
    /// It takes part
    On,
    /// Not for now: its blocks and those of its events stay as they are
    Pause,
    /// It takes no part: its blocks go, and those of its events
    Off,
}

#[derive(Debug, Args)]
struct CalendarArgs {
    /// What it is switched to
    #[arg(value_name = "SWITCH", value_enum)]
    to: SwitchTo,
    /// The calendar, by name or by Google's id
    #[arg(value_name = "CALENDAR")]
    name: String,
    #[command(flatten)]
    ask: AskArgs,
    /// Do it; left out, it only shows what would be done
    #[arg(long)]
    apply: bool,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("whose").args(["user"]).required(true))]
struct UndoArgs {
    #[command(flatten)]
    ask: AskArgs,
    /// Do it; left out, it only shows what would be done
    #[arg(long)]
    apply: bool,
}

#[derive(Debug, Args)]
struct PlanArgs {
    #[command(flatten)]
    ask: AskArgs,
    /// A file of rules, .json or .toml, in the place of those that hold
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct DemoArgs {
    /// A calendar file in place of the samples; each becomes one calendar. May be given several times
    #[arg(long, value_name = "FILE")]
    ics: Vec<PathBuf>,
    /// The simulated present, like 2026-03-02T08:00:00Z
    #[arg(long, value_name = "RFC3339", value_parser = instant)]
    now: Option<Timestamp>,
    /// Move the files' events, by whole weeks, so that they lie around the present
    #[arg(long, requires = "ics")]
    shift: bool,
    /// Keep the table in this folder; a second run goes on from it
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Seed of everything random: the same seed gives the same run
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Print one JSON object to standard output, and everything else to the error stream
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct SyncArgs {
    /// The config file; its form is shown below
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// End when nothing is left to do
    #[arg(long, conflicts_with = "interval")]
    once: bool,
    /// The time between two looks at the calendars, like 90s, 5m or 1h
    #[arg(long, value_name = "TIME", value_parser = interval, default_value = "60s")]
    interval: Duration,
    /// Append a line of metrics for each sync to this file; -: to standard output
    #[arg(long, value_name = "FILE", value_parser = target)]
    metrics: Option<Target>,
    /// Print one JSON object to standard output at the end, and everything else to the error stream
    #[arg(long)]
    json: bool,
}

/// What every command on a config file takes.
#[derive(Debug, Args)]
struct AskArgs {
    /// The config file, as for `sync`
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// One person of the config; left out: all
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Print one JSON object to standard output, and everything else to the error stream
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct EventArgs {
    /// Google's id of an event, of an occurrence of a series, or of a block
    #[arg(value_name = "EVENT", value_parser = event)]
    event: GoogleEventId,
    #[command(flatten)]
    ask: AskArgs,
    /// Only as an event of this calendar, by name or by Google's id
    #[arg(long, value_name = "CALENDAR")]
    calendar: Option<String>,
}

#[derive(Debug, Args)]
struct ExplainArgs {
    #[command(flatten)]
    of: EventArgs,
    /// Ask Google too: what it shows of the event and of each block now
    #[arg(long)]
    live: bool,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("whose").args(["user", "calendar"]).required(true).multiple(true))]
struct PurgeArgs {
    #[command(flatten)]
    ask: AskArgs,
    /// Only this calendar, by name or by Google's id; left out: all of the user's
    #[arg(long, value_name = "CALENDAR")]
    calendar: Option<String>,
    /// Do it; left out, it only shows what would be done
    #[arg(long)]
    apply: bool,
}

#[derive(Debug, Args)]
struct DisconnectArgs {
    /// The config file, as for `sync`
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Whose account it is
    #[arg(long, value_name = "NAME")]
    user: String,
    /// The account, as the config names it
    #[arg(long, value_name = "ACCOUNT")]
    account: String,
    /// Do it; left out, it only shows what would be done
    #[arg(long)]
    apply: bool,
    /// Leave blocks where Google lets nobody in, and forget the account all the same
    #[arg(long, requires = "apply")]
    leave_blocks: bool,
    /// Print one JSON object to standard output, and everything else to the error stream
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct ValidateArgs {
    #[command(flatten)]
    ask: AskArgs,
    /// Only this calendar, by name or by Google's id; left out: all
    #[arg(long, value_name = "CALENDAR")]
    calendar: Option<String>,
    /// Only this event, by Google's id, on whichever calendars it is
    #[arg(long, value_name = "EVENT", value_parser = event, conflicts_with = "calendar")]
    event: Option<GoogleEventId>,
    /// Compare with Google too
    #[arg(long)]
    deep: bool,
}

#[derive(Debug, Args)]
struct RepairArgs {
    #[command(flatten)]
    ask: AskArgs,
    /// Only this calendar, by name or by Google's id; left out: all
    #[arg(long, value_name = "CALENDAR")]
    calendar: Option<String>,
    /// Do it; left out, it only shows what would be done
    #[arg(long)]
    apply: bool,
    /// Do it however many blocks it deletes
    #[arg(long, requires = "apply")]
    force: bool,
    /// By what is stored alone, without comparing with Google
    #[arg(long)]
    plain: bool,
    /// Take the second look at held mass deletions now
    #[arg(long)]
    look_again: bool,
}

#[derive(Debug, Args)]
struct HealthArgs {
    /// The config file, as for `sync`
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Also do something about it: sync, repair and compare with Google what needs it
    #[arg(long)]
    repair: bool,
    /// Do it again so often, like 90s, 5m or 1h, until stopped
    #[arg(long, value_name = "TIME", value_parser = interval)]
    every: Option<Duration>,
    /// Append a line of metrics for each run to this file; -: to standard output
    #[arg(long, value_name = "FILE", value_parser = target)]
    metrics: Option<Target>,
    /// Print one JSON object a run to standard output, and everything else to the error stream
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct UpArgs {
    /// The config file, as for `sync`: whose calendars, and where Google is. Left out: made-up ones
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Keep the table in this folder; a second run goes on from it. Left out: in memory
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("which").args(["arn", "queue"]).required(true))]
struct RedriveArgs {
    /// ARN of a dead-letter queue
    #[arg(value_name = "QUEUE_ARN")]
    arn: Vec<String>,
    /// Those of a function's queue, in a stack called tidelock. May be given several times
    #[arg(long, value_name = "NAME", value_enum)]
    queue: Vec<redrive::Name>,
    /// Address of the queues' service; left out: AWS's own
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// The region; left out: the ARN's, or what the environment says
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// Do it; left out, it only counts
    #[arg(long)]
    apply: bool,
}

#[derive(Debug, Args)]
struct SimulatorArgs {
    /// The port on 127.0.0.1; 0 takes any that is free
    #[arg(long, value_name = "N", default_value_t = 4599)]
    port: u16,
    /// A calendar file: the first fills the account's own calendar, each further one a new calendar
    #[arg(long, value_name = "FILE")]
    ics: Vec<PathBuf>,
    /// The simulated present at the start, like 2026-03-02T08:00:00Z; the machine's own if left out
    #[arg(long, value_name = "RFC3339", value_parser = instant)]
    now: Option<Timestamp>,
    /// Seed of everything random
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

/// Does what `args` ask for; the first of them is the command's own name. What cannot be written is a failure too.
pub async fn run<A: Into<OsString> + Clone>(
    args: impl IntoIterator<Item = A>,
    host: &Host<'_>,
) -> Exit {
    let exit = Box::pin(done(args, host)).await;
    match exit {
        Exit::Fine if host.lost_results() => {
            host.err("tidelock: standard output cannot be written; what was done stays done\n");
            Exit::NotInStep
        }
        Exit::Fine | Exit::NotInStep | Exit::Usage => exit,
    }
}

async fn done<A: Into<OsString> + Clone>(
    args: impl IntoIterator<Item = A>,
    host: &Host<'_>,
) -> Exit {
    let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
    let asked = match Cli::try_parse_from(&args) {
        Ok(asked) => asked,
        Err(answer) => return answered(&answer, args.iter().any(|arg| arg == "--json"), host),
    };
    match asked.command.unwrap_or(Command::Demo(asked.demo)) {
        Command::Demo(args) => Box::pin(run_demo(args, host)).await,
        Command::Sync(args) => Box::pin(sync::run(&args.into(), host)).await,
        Command::Connect(args) => Box::pin(connect::run(&args.into(), host)).await,
        Command::Status(args) => Box::pin(status::run(&args.into(), host)).await,
        Command::Explain(args) => Box::pin(explain::run(&args.into(), host)).await,
        Command::Validate(args) => Box::pin(validate::run(&args.into(), host)).await,
        Command::Repair(args) => Box::pin(repair::run(&args.into(), host)).await,
        Command::Health(args) => Box::pin(health::run(&args.into(), host)).await,
        Command::Purge(args) => Box::pin(purge::run(&args.into(), host)).await,
        Command::Rules(RulesCommand::Show(args)) => Box::pin(rules::show(&args.into(), host)).await,
        Command::Rules(RulesCommand::Check(args)) => {
            Box::pin(rules::check(&args.into(), host)).await
        }
        Command::Rules(RulesCommand::Set(args)) => {
            Box::pin(rules::change(&args.into(), host)).await
        }
        Command::Calendar(args) => Box::pin(rules::change(&args.into(), host)).await,
        Command::Undo(args) => Box::pin(rules::change(&args.into(), host)).await,
        Command::Plan(args) => Box::pin(rules::plan(&args.into(), host)).await,
        Command::History(args) => Box::pin(history::run(&args.into(), host)).await,
        Command::Disconnect(args) => Box::pin(disconnect::run(&args.into(), host)).await,
        Command::Up(args) => Box::pin(up::run(&args.into(), host)).await,
        Command::Redrive(args) => Box::pin(redrive::run(&args.into(), host)).await,
        Command::Simulator(args) => Box::pin(simulate::run(&args.into(), host)).await,
    }
}

/// Help and version are answers, everything else is bad usage.
fn answered(answer: &clap::Error, json: bool, host: &Host<'_>) -> Exit {
    if answer.use_stderr() {
        host.err(answer);
        let why = answer.to_string();
        let first = why.lines().next().unwrap_or_default();
        no_object(json, host, first);
        return Exit::Usage;
    }
    host.out(answer);
    Exit::Fine
}

impl From<SyncArgs> for sync::Options {
    fn from(args: SyncArgs) -> Self {
        let mode = match args.once {
            true => sync::Mode::Once,
            false => sync::Mode::Every(args.interval),
        };
        Self {
            config: args.config,
            mode,
            metrics: args.metrics,
            json: args.json,
        }
    }
}

impl From<AskArgs> for Ask {
    fn from(args: AskArgs) -> Self {
        let AskArgs { config, user, json } = args;
        Self { config, user, json }
    }
}

impl From<ExplainArgs> for explain::Options {
    fn from(args: ExplainArgs) -> Self {
        Self {
            ask: args.of.ask.into(),
            event: args.of.event,
            calendar: args.of.calendar,
            live: match args.live {
                true => explain::Live::Yes,
                false => explain::Live::No,
            },
        }
    }
}

impl From<PurgeArgs> for purge::Options {
    fn from(args: PurgeArgs) -> Self {
        Self {
            ask: args.ask.into(),
            calendar: args.calendar,
            mode: match args.apply {
                true => purge::Mode::Apply,
                false => purge::Mode::DryRun,
            },
        }
    }
}

impl From<EventArgs> for history::Options {
    fn from(args: EventArgs) -> Self {
        Self {
            ask: args.ask.into(),
            event: args.event,
            calendar: args.calendar,
        }
    }
}

impl From<DisconnectArgs> for disconnect::Options {
    fn from(args: DisconnectArgs) -> Self {
        Self {
            ask: Ask {
                config: args.config,
                user: Some(args.user),
                json: args.json,
            },
            account: args.account,
            mode: match args.apply {
                true => purge::Mode::Apply,
                false => purge::Mode::DryRun,
            },
            blocks: match args.leave_blocks {
                true => disconnect::Blocks::Leave,
                false => disconnect::Blocks::Keep,
            },
        }
    }
}

impl From<ValidateArgs> for validate::Options {
    fn from(args: ValidateArgs) -> Self {
        Self {
            ask: args.ask.into(),
            calendar: args.calendar,
            event: args.event,
            depth: match args.deep {
                true => validate::Depth::Deep,
                false => validate::Depth::Stored,
            },
        }
    }
}

impl From<RepairArgs> for repair::Options {
    fn from(args: RepairArgs) -> Self {
        Self {
            ask: args.ask.into(),
            calendar: args.calendar,
            mode: match (args.apply, args.force) {
                (false, _) => repair::Mode::DryRun,
                (true, false) => repair::Mode::Apply,
                (true, true) => repair::Mode::Force,
            },
            depth: match args.plain {
                true => repair::Depth::Stored,
                false => repair::Depth::Deep,
            },
            held: match args.look_again {
                true => repair::HeldOnes::LookAgain,
                false => repair::HeldOnes::Wait,
            },
        }
    }
}

impl From<HealthArgs> for health::Options {
    fn from(args: HealthArgs) -> Self {
        Self {
            config: args.config,
            json: args.json,
            mode: match args.repair {
                true => health::Mode::Repair,
                false => health::Mode::Look,
            },
            every: args.every,
            metrics: args.metrics,
        }
    }
}

impl From<RulesCheckArgs> for rules::CheckOptions {
    fn from(args: RulesCheckArgs) -> Self {
        let RulesCheckArgs {
            file,
            config,
            user,
            json,
        } = args;
        Self {
            file,
            config,
            user,
            json,
        }
    }
}

fn change(ask: AskArgs, wanted: rules::Wanted, apply: bool) -> rules::ChangeOptions {
    rules::ChangeOptions {
        ask: ask.into(),
        wanted,
        mode: match apply {
            true => rules::Mode::Apply,
            false => rules::Mode::DryRun,
        },
    }
}

impl From<RulesSetArgs> for rules::ChangeOptions {
    fn from(args: RulesSetArgs) -> Self {
        change(args.ask, rules::Wanted::File(args.file), args.apply)
    }
}

impl From<CalendarArgs> for rules::ChangeOptions {
    fn from(args: CalendarArgs) -> Self {
        let to = match args.to {
            SwitchTo::On => Switch::On,
            SwitchTo::Pause => Switch::Paused,
            SwitchTo::Off => Switch::Off,
        };
        let wanted = rules::Wanted::Calendar(args.name, to);
        change(args.ask, wanted, args.apply)
    }
}

impl From<UndoArgs> for rules::ChangeOptions {
    fn from(args: UndoArgs) -> Self {
        change(args.ask, rules::Wanted::Undo, args.apply)
    }
}

impl From<PlanArgs> for rules::PlanOptions {
    fn from(args: PlanArgs) -> Self {
        Self {
            ask: args.ask.into(),
            rules: args.rules,
        }
    }
}

impl From<UpArgs> for up::Options {
    fn from(args: UpArgs) -> Self {
        let UpArgs { config, data } = args;
        Self { config, data }
    }
}

impl From<RedriveArgs> for redrive::Options {
    fn from(args: RedriveArgs) -> Self {
        let named = args.queue.into_iter().map(redrive::Target::Named);
        let targets = args.arn.into_iter().map(redrive::Target::Arn).chain(named);
        Self {
            targets: targets.collect(),
            endpoint: args.endpoint,
            region: args.region,
            mode: match args.apply {
                true => redrive::Mode::Apply,
                false => redrive::Mode::Look,
            },
        }
    }
}

impl From<SimulatorArgs> for simulate::Options {
    fn from(args: SimulatorArgs) -> Self {
        let SimulatorArgs {
            port,
            ics,
            now,
            seed,
        } = args;
        Self {
            port,
            ics,
            now,
            seed,
        }
    }
}

async fn run_demo(args: DemoArgs, host: &Host<'_>) -> Exit {
    let people = if args.json { Stream::Err } else { Stream::Out };
    let (mut people, mut object) = (host.writer(people), host.writer(Stream::Out));
    match demo::run(args.into(), &mut people, &mut object).await {
        Ok(true) => Exit::Fine,
        Ok(false) => Exit::NotInStep,
        Err(error) => {
            host.err(format_args!("tidelock demo: {}\n", chain(&error)));
            match error.is_usage() {
                true => Exit::Usage,
                false => Exit::NotInStep,
            }
        }
    }
}

impl From<DemoArgs> for demo::Options {
    fn from(args: DemoArgs) -> Self {
        let DemoArgs {
            ics,
            now,
            shift,
            data,
            seed,
            json,
        } = args;
        Self {
            ics,
            now,
            shift,
            data,
            seed,
            json,
        }
    }
}

/// Anything outside of these years is a slip, and nobody's calendar.
fn instant(text: &str) -> Result<Timestamp, &'static str> {
    const WRONG: &str = "no point in time from 1970 to 2200; write it like 2026-03-02T08:00:00Z";
    let at: Timestamp = text.parse().map_err(|_| WRONG)?;
    let year = at.to_zoned(TimeZone::UTC).year();
    (1970..=2200).contains(&year).then_some(at).ok_or(WRONG)
}

fn event(text: &str) -> Result<GoogleEventId, &'static str> {
    GoogleEventId::parse(text).map_err(|_| "no id that an event at Google can have")
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "the form that the parser of arguments asks for"
)]
fn target(text: &str) -> Result<Target, &'static str> {
    Ok(match text {
        "-" => Target::Stdout,
        path => Target::File(PathBuf::from(path)),
    })
}

/// Between a second and a day: anything else is a slip.
fn interval(text: &str) -> Result<Duration, &'static str> {
    const WRONG: &str = "no time between 1s and 24h; write it like 90s, 5m or 1h";
    let span: SignedDuration = text.parse().map_err(|_| WRONG)?;
    let span = Duration::try_from(span).map_err(|_| WRONG)?;
    let allowed = Duration::from_secs(1)..=Duration::from_secs(24 * 3600);
    allowed.contains(&span).then_some(span).ok_or(WRONG)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn without_a_command_the_options_are_the_demos() {
        let asked = Cli::try_parse_from(["tidelock", "--seed", "7", "--json"]).unwrap();
        assert!(asked.command.is_none());
        assert!(asked.demo.json && asked.demo.seed == 7);
        assert!(Cli::try_parse_from(["tidelock", "--json", "sync", "--config", "x"]).is_err());
    }

    #[test]
    fn the_present_lies_in_a_year_that_calendars_have() {
        assert!(instant("2026-03-02T08:00:00Z").is_ok());
        for text in [
            "1969-12-31T23:59:59Z",
            "2201-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
            "-009999-01-01T00:00:00Z",
            "today",
        ] {
            assert!(instant(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_interval_is_a_number_with_a_unit() {
        let check =
            |text, seconds| assert_eq!(interval(text), Ok(Duration::from_secs(seconds)), "{text}");
        check("90s", 90);
        check("5m", 300);
        check("1h", 3600);
        check("1m 30s", 90);
        for text in ["", "5", "0s", "-5m", "25h", "1mo", "soon"] {
            assert!(interval(text).is_err(), "{text}");
        }
    }
}
