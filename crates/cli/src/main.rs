//! `vltava`: the one binary. Parses the command line and hands over to the command's own file.
//!
//! Nothing here may be slow: a node must listen 50 ms after `vltava serve`.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

mod arguments;
mod commands;
mod failure;
mod group_offsets;
mod output;
mod scripts;
mod signals;

#[cfg(all(feature = "mimalloc", target_os = "linux", target_env = "gnu"))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    if let Some((name, rest)) = scripts::called_as(&words) {
        return scripts::exit_code(name, &rest);
    }
    match arguments::Arguments::parse().command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
