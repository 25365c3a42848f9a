//! `cargo ci`: everything that must be green before a change goes in.

use std::process::Command;

const STEPS: [&[&str]; 4] = [
    &["fmt", "--all", "--check"],
    &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"],
    &["xtask", "gen", "--check"],
    &["test", "--workspace"],
];

pub fn run(arguments: &[String]) -> Result<(), String> {
    if !arguments.is_empty() {
        return Err("usage: cargo ci".to_owned());
    }
    for step in STEPS {
        let line = format!("cargo {}", step.join(" "));
        println!("{line}");
        let status = Command::new("cargo")
            .args(step)
            .status()
            .map_err(|error| format!("could not run `{line}`: {error}"))?;
        if !status.success() {
            return Err(format!("`{line}` ended with {status}"));
        }
    }
    Ok(())
}
