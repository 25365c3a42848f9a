//! The commands, one file each.

mod serve;
mod storage;

use clap::Subcommand;

use crate::failure::Outcome;

#[derive(Debug, Subcommand)]
pub enum Command {
    Serve(serve::Serve),
    Storage(storage::Storage),
}

impl Command {
    pub fn run(self) -> Outcome {
        match self {
            Command::Serve(command) => command.run(),
            Command::Storage(command) => command.run(),
        }
    }
}
