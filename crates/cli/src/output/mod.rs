//! What a command shows: a table for people, JSON for programs.

mod table;

use std::io::Write;

pub use table::Table;

use crate::failure::Outcome;

/// Prints one JSON value, on one line.
pub fn print_json(value: &serde_json::Value) -> Outcome {
    print_line(&value.to_string())
}

/// Prints one line to standard output; unlike `println!` it does not panic on a closed pipe.
pub fn print_line(text: &str) -> Outcome {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.write_all(b"\n")?;
    Ok(())
}
