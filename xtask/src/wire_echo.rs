//! `cargo xtask wire-echo`: the messages that a foreign program writes to standard input, decoded
//! and encoded by ours. The lines are described in `core/protocol/examples/wire_echo.rs`.
//!
//! It is a program of its own, started here, so that the generator still builds when the code it
//! generated does not.

use std::process::Command;

pub fn run(arguments: &[String]) -> Result<(), String> {
    if !arguments.is_empty() {
        return Err("usage: cargo xtask wire-echo < LINES".to_owned());
    }
    let status = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--package", "vltava-protocol", "--example", "wire_echo"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .map_err(|error| format!("could not run cargo: {error}"))?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("wire_echo ended with {status}")),
    }
}
