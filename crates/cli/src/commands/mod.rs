//! The commands, one file each.

mod bench;
mod config;
mod consume;
mod dump;
mod group;
mod produce;
mod serve;
mod storage;
mod topic;

use std::future::Future;

use clap::{Args, Subcommand};
use client::Admin;
use serde_json::Value;

use crate::arguments::{ClusterArguments, OutputArguments};
use crate::failure::{Failure, Outcome};
use crate::output::{print_json, print_line};
pub use produce::read_lines;

/// What the commands that administer a cluster are all given.
#[derive(Debug, Args)]
struct Common {
    #[command(flatten)]
    cluster: ClusterArguments,
    #[command(flatten)]
    output: OutputArguments,
}

impl Common {
    async fn admin(&self) -> Result<Admin, Failure> {
        Ok(Admin::connect(self.cluster.client_config()?).await?)
    }

    /// Prints the JSON value or the text.
    fn say(&self, json: Value, text: &str) -> Outcome {
        match self.output.json {
            true => print_json(&json),
            false => print_line(text),
        }
    }
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Serve(serve::Serve),
    Storage(storage::Storage),
    Scripts(crate::scripts::Scripts),
    Topic(topic::Topic),
    Produce(produce::Produce),
    Consume(consume::Consume),
    Config(config::Config),
    Group(group::Group),
    Log(dump::Log),
    Bench(bench::Bench),
}

impl Command {
    pub fn run(self) -> Outcome {
        match self {
            Command::Serve(command) => command.run(),
            Command::Storage(command) => command.run(),
            Command::Scripts(command) => command.run(),
            Command::Topic(command) => on_one_thread(command.run()),
            Command::Produce(command) => on_one_thread(command.run()),
            Command::Consume(command) => on_one_thread(command.run()),
            Command::Config(command) => on_one_thread(command.run()),
            Command::Group(command) => on_one_thread(command.run()),
            Command::Log(command) => command.run(),
            Command::Bench(command) => on_one_thread(command.run()),
        }
    }
}

/// Runs a client command: one thread does all its work.
pub fn on_one_thread<E: From<Failure>>(
    command: impl Future<Output = Result<(), E>>,
) -> Result<(), E> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("could not start the runtime: {error}")))?
        .block_on(command)
}
