//! `vltava serve`: a node in the foreground, until SIGTERM or SIGINT.

use std::path::PathBuf;
use std::sync::Arc;

use base::config::server::Given;
use base::config::{Properties, ServerConfig, environment};
use broker::Server;
use broker::log_levels::{LogLevels, Wanted};
use clap::Args;
use io::{Env, RealEnv};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::prelude::*;
use tracing_subscriber::reload;

use crate::failure::Failure;
use crate::signals::Signals;

/// Run a node: a broker and its controller.
#[derive(Args, Debug)]
pub struct Serve {
    /// Kafka's server.properties; without it the node is an embedded one on localhost:9092
    #[arg(long, short, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Override one key of the configuration; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = key_value)]
    settings: Vec<(String, String)>,
    /// Write logs as JSON, one object per line
    #[arg(long)]
    json_logs: bool,
    /// The least severe messages that are logged: error, warn, info, debug or trace
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    log_level: tracing::Level,
}

fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(format!("write `key=value`, got `{text}`")),
    }
}

impl Serve {
    pub fn run(self) -> Result<(), Failure> {
        // Before anything of size is allocated: a page once huge stays so.
        io::refuse_huge_pages();
        let log_levels = start_logging(self.json_logs, self.log_level);
        let config = self.load()?;
        let env: Arc<dyn Env> = Arc::new(RealEnv::new());
        // Signals are caught before anything is written, so that an early Ctrl-C stops cleanly too.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::failed(format!("could not start the runtime: {error}")))?;
        runtime.block_on(async {
            let mut signals = Signals::listen()?;
            let server =
                Server::start_with(config.clone(), env, log_levels).map_err(Failure::failed)?;
            broker::announce(&server, &config);
            tokio::select! {
                () = signals.next() => {}
                reason = server.failed() => {
                    // As a crash would end it: what the disk has is recovered by the next start.
                    return Err(Failure::failed(format!(
                        "{reason}: see the errors above, repair the disk and start the node again"
                    )));
                }
            }
            tracing::info!("stopping; a second signal ends the process at once");
            let stopping = std::thread::spawn(move || server.stop());
            let mut second = std::pin::pin!(signals.next());
            while !stopping.is_finished() {
                tokio::select! {
                    // As a crash would: recovery is what it is for.
                    _ = &mut second => std::process::exit(130),
                    _ = tokio::time::sleep(std::time::Duration::from_millis(5)) => {}
                }
            }
            stopping.join().map_err(|_| Failure::failed("the node did not stop cleanly"))
        })
    }

    fn load(&self) -> Result<ServerConfig, Failure> {
        let file = match &self.config {
            None => None,
            Some(path) => {
                let bytes = std::fs::read(path).map_err(|error| {
                    Failure::failed(format!("could not read {}: {error}", path.display()))
                })?;
                let parsed = Properties::parse(&bytes)
                    .map_err(|error| Failure::failed(format!("{}: {error}", path.display())))?;
                Some(parsed)
            }
        };
        // What is no text is not for a node; others' variables may be anything.
        let pairs: Vec<(String, String)> = std::env::vars_os()
            .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let found =
            environment::read(pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        for notice in &found.notices {
            tracing::info!("{notice}");
        }
        let given =
            Given { file: file.as_ref(), environment: &found.properties, settings: &self.settings };
        let loaded = ServerConfig::load(&given).map_err(Failure::failed)?;
        for warning in &loaded.warnings {
            tracing::warn!("{warning}");
        }
        Ok(loaded.config)
    }
}

/// Starts the log. What it shows can be changed afterwards through the levels that this returns.
fn start_logging(json: bool, level: tracing::Level) -> LogLevels {
    use std::io::IsTerminal;
    let (filter, handle) = reload::Layer::new(Targets::new().with_default(level));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    let lines = match json {
        true => lines.json().boxed(),
        false => lines.with_ansi(std::io::stderr().is_terminal()).boxed(),
    };
    tracing_subscriber::registry().with(filter).with(lines).init();
    LogLevels::new(level, move |wanted: &Wanted| {
        let modules = wanted.modules.iter().map(|(module, level)| (module.clone(), *level));
        let filter = Targets::new().with_default(wanted.root).with_targets(modules);
        // The log is there for as long as the process.
        let _ = handle.reload(filter);
    })
}
