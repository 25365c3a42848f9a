//! Commands for people who work on Vltava: `cargo gen`, `cargo conform`, `cargo ci`.
//!
//! This file only sends each command to its module.

mod ci;
mod conform;
mod r#gen;
#[cfg(test)]
mod tidy;
mod wire_echo;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  gen [--check]   write the protocol code from core/protocol/definitions; --check only compares
  conform ...     foreign clients and Apache Kafka's own tests against a node; --help tells more
  wire-echo       decode and encode the messages on standard input, for foreign encoders
  ci              everything that must be green before a change goes in";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next();
    let rest: Vec<String> = arguments.collect();
    if command.as_deref() == Some("conform") {
        return conform::run(&rest);
    }
    let result = match command.as_deref() {
        Some("gen") => r#gen::run(&rest),
        Some("ci") => ci::run(&rest),
        Some("wire-echo") => wire_echo::run(&rest),
        _ => Err(USAGE.to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
