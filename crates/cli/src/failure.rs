//! How a command ends when it does not succeed: one line on standard error and an exit code.
//!
//! 0 is success, 1 a command that was understood and failed, 2 a command line that is wrong (clap
//! answers most of these itself).

use std::fmt;
use std::process::ExitCode;

/// Why the command failed. The text names the thing, the rule and the remedy.
#[derive(Debug)]
pub enum Failure {
    /// Exit code 1.
    Failed(String),
    /// Exit code 1, with Kafka's own message and nothing in front of it.
    Said(String),
    /// Exit code 1, and everything has been said already.
    Reported,
    /// Exit code 2.
    Usage(String),
}

impl Failure {
    pub fn failed(text: impl fmt::Display) -> Failure {
        Failure::Failed(text.to_string())
    }

    pub fn said(text: impl fmt::Display) -> Failure {
        Failure::Said(text.to_string())
    }

    pub fn usage(text: impl fmt::Display) -> Failure {
        Failure::Usage(text.to_string())
    }

    /// Writes the line and gives the exit code.
    pub fn report(self) -> ExitCode {
        match self {
            Failure::Failed(text) => {
                eprintln!("error: {text}");
                ExitCode::from(1)
            }
            Failure::Said(text) => {
                eprintln!("{text}");
                ExitCode::from(1)
            }
            Failure::Reported => ExitCode::from(1),
            Failure::Usage(text) => {
                eprintln!("error: {text}\n\nFor more information, try '--help'.");
                ExitCode::from(2)
            }
        }
    }
}

impl From<client::Error> for Failure {
    fn from(error: client::Error) -> Failure {
        match error {
            client::Error::Invalid(text) => Failure::usage(text),
            other => Failure::failed(other),
        }
    }
}

impl From<std::io::Error> for Failure {
    /// For standard output, the one file every command writes. A closed pipe is a reader that has
    /// seen enough (`vltava consume … | head`), not an error worth a word.
    fn from(error: std::io::Error) -> Failure {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Failure::Reported,
            _ => Failure::failed(format!("could not write to standard output: {error}")),
        }
    }
}

pub type Outcome = Result<(), Failure>;
