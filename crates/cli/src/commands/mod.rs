//! The commands, one file each.

mod bench;
mod config;
mod consume;
mod dump;
mod produce;
mod serve;
mod storage;
mod topic;

use std::future::Future;

use clap::Subcommand;

use crate::failure::{Failure, Outcome};

#[derive(Debug, Subcommand)]
pub enum Command {
    Serve(serve::Serve),
    Storage(storage::Storage),
    Topic(topic::Topic),
    Produce(produce::Produce),
    Consume(consume::Consume),
    Config(config::Config),
    Log(dump::Log),
    Bench(bench::Bench),
}

impl Command {
    pub fn run(self) -> Outcome {
        match self {
            Command::Serve(command) => command.run(),
            Command::Storage(command) => command.run(),
            Command::Topic(command) => on_one_thread(command.run()),
            Command::Produce(command) => on_one_thread(command.run()),
            Command::Consume(command) => on_one_thread(command.run()),
            Command::Config(command) => on_one_thread(command.run()),
            Command::Log(command) => command.run(),
            Command::Bench(command) => on_one_thread(command.run()),
        }
    }
}

/// Runs a client command: one thread does all its work.
fn on_one_thread(command: impl Future<Output = Outcome>) -> Outcome {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("could not start the runtime: {error}")))?
        .block_on(command)
}
