//! The command line's top level, and the arguments that many commands share.

use clap::{Args, Parser};
use client::config::ClientConfig;

use crate::commands::Command;
use crate::failure::Failure;

/// Apache Kafka in one program: the server and every tool for it.
#[derive(Debug, Parser)]
#[command(name = "vltava", version, propagate_version = true, max_term_width = 100)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

/// The command that words are, or what is to be said of a line that is wrong or asks for help.
pub fn parse_from(words: impl IntoIterator<Item = String>) -> Result<Command, clap::Error> {
    Ok(Arguments::try_parse_from(words)?.command)
}

/// A pair given as `KEY=VALUE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyValue {
    pub key: String,
    pub value: String,
}

impl std::str::FromStr for KeyValue {
    type Err = String;

    fn from_str(text: &str) -> Result<KeyValue, String> {
        match text.split_once('=') {
            Some((key, value)) if !key.trim().is_empty() => {
                Ok(KeyValue { key: key.trim().to_owned(), value: value.to_owned() })
            }
            _ => Err(format!("expected KEY=VALUE, got `{text}`")),
        }
    }
}

/// Which cluster a command talks to, and how.
#[derive(Clone, Debug, Args)]
pub struct ClusterArguments {
    /// A broker to ask for the cluster; several are separated by commas
    #[arg(long, value_name = "HOST:PORT", default_value = "localhost:9092")]
    pub bootstrap: String,

    /// Sets a client key of Kafka's, for instance `request.timeout.ms=5000`; may be repeated
    #[arg(short = 'X', long = "client", value_name = "KEY=VALUE")]
    pub client: Vec<KeyValue>,
}

impl ClusterArguments {
    /// The configuration of a client that is neither producer nor consumer.
    pub fn client_config(&self) -> Result<ClientConfig, Failure> {
        let mut config =
            ClientConfig { bootstrap_servers: self.bootstrap.clone(), ..ClientConfig::default() };
        for pair in &self.client {
            config.set(&pair.key, &pair.value)?;
        }
        Ok(config)
    }
}

/// How the result is shown.
#[derive(Clone, Copy, Debug, Args)]
pub struct OutputArguments {
    /// Print JSON, one value on one line
    #[arg(long)]
    pub json: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_pair_needs_a_key_and_keeps_equals_signs_of_its_value() {
        let pair: KeyValue = "a=b=c".parse().unwrap();
        assert_eq!((pair.key.as_str(), pair.value.as_str()), ("a", "b=c"));
        assert!("=b".parse::<KeyValue>().is_err());
        assert!("ab".parse::<KeyValue>().is_err());
    }
}
