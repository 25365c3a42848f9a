//! Kafka's shell commands by the names people know: what `kafka-topics.sh` and its like are when they
//! are Vltava.
//!
//! `vltava scripts install DIR` lays small shell scripts with those names; each calls `vltava scripts
//! run NAME` with what it was given. A file of such a name that is the binary itself, a link for
//! instance, works too. Flags are read in Kafka's old and new spellings; text and exit codes are
//! Kafka's, because other scripts read them.

mod configs;
mod console_consumer;
mod console_producer;
mod consumer_groups;
mod dates;
mod get_offsets;
mod messages;
mod options;
mod patterns;
mod properties;
mod quotas;
mod topics;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::commands::on_one_thread;
use crate::failure::{Failure, Outcome};
use crate::output::print_line;
use options::Tool;

/// Whose text is spoken.
const KAFKA_VERSION: &str = "4.3.1";

/// Every script, in the order in which they are laid.
const NAMES: &[&str] = &[
    "kafka-configs.sh",
    "kafka-console-consumer.sh",
    "kafka-console-producer.sh",
    "kafka-consumer-groups.sh",
    "kafka-get-offsets.sh",
    "kafka-run-class.sh",
    "kafka-storage.sh",
    "kafka-topics.sh",
];

/// Lay Kafka's shell commands, kafka-topics.sh and its like
#[derive(Debug, Args)]
pub struct Scripts {
    #[command(subcommand)]
    command: ScriptsCommand,
}

#[derive(Debug, Subcommand)]
enum ScriptsCommand {
    /// Write the scripts into a folder
    Install {
        dir: PathBuf,
        /// Replace files that are there already
        #[arg(long)]
        force: bool,
    },
    /// What the scripts call
    #[command(hide = true)]
    Run {
        name: String,
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

/// How a tool ends when it does not simply succeed.
#[derive(Debug)]
pub enum Ending {
    /// A wrong command line: the message and the options to standard error, exit code 1.
    Usage(String),
    Version,
    /// A message to standard error, exit code 1.
    Failed(String),
    /// Exit code 1, and everything has been said.
    Said,
}

impl From<Failure> for Ending {
    fn from(failure: Failure) -> Ending {
        match failure {
            Failure::Failed(text) | Failure::Said(text) | Failure::Usage(text) => {
                Ending::Failed(text)
            }
            Failure::Reported => Ending::Said,
        }
    }
}

impl From<std::io::Error> for Ending {
    fn from(error: std::io::Error) -> Ending {
        Failure::from(error).into()
    }
}

impl From<client::Error> for Ending {
    fn from(error: client::Error) -> Ending {
        Ending::Failed(messages::of(&error))
    }
}

/// What a tool comes to.
pub type Ended = Result<(), Ending>;

fn usage(tool: &Tool, message: &str) -> Ending {
    Ending::Usage(format!("{message}\n{}", tool.help()))
}

impl Scripts {
    pub fn run(self) -> Outcome {
        match self.command {
            ScriptsCommand::Install { dir, force } => install(&dir, force),
            ScriptsCommand::Run { name, arguments } => run(&name, &arguments),
        }
    }
}

/// The tool that the program is called as, and what it was given: by its own name, or as the scripts
/// call it. Both go past the command line's own parser, which would take `--help` and `--version` for
/// its own.
pub fn called_as(words: &[OsString]) -> Option<(&'static str, Vec<String>)> {
    let name = |word: &OsString| {
        let name = Path::new(word).file_name()?.to_str()?;
        NAMES
            .iter()
            .copied()
            .find(|known| *known == name || known.strip_suffix(".sh") == Some(name))
    };
    let (tool, rest) = match words {
        [_, scripts, run, script, rest @ ..] if scripts == "scripts" && run == "run" => {
            (name(script)?, rest)
        }
        [program, rest @ ..] => (name(program)?, rest),
        [] => return None,
    };
    Some((tool, rest.iter().map(|word| word.to_string_lossy().into_owned()).collect()))
}

/// Runs a tool.
pub fn run(name: &str, arguments: &[String]) -> Outcome {
    let ended = match name.strip_suffix(".sh").unwrap_or(name) {
        "kafka-topics" => on_one_thread(topics::run(arguments)),
        "kafka-consumer-groups" => on_one_thread(consumer_groups::run(arguments)),
        "kafka-get-offsets" => on_one_thread(get_offsets::run(arguments)),
        "kafka-console-producer" => on_one_thread(console_producer::run(arguments)),
        "kafka-console-consumer" => on_one_thread(console_consumer::run(arguments)),
        "kafka-configs" => on_one_thread(configs::run(arguments)),
        "kafka-storage" => return storage(arguments),
        "kafka-run-class" => return run_class(arguments),
        other => {
            return Err(Failure::usage(format!(
                "there is no script {other}; there are {}",
                NAMES.join(", ")
            )));
        }
    };
    match ended {
        Ok(()) => Ok(()),
        Err(Ending::Version) => {
            print_line(&format!("{KAFKA_VERSION} (Vltava {})", env!("CARGO_PKG_VERSION")))
        }
        Err(Ending::Usage(text)) => {
            eprint!("{text}");
            Err(Failure::Reported)
        }
        Err(Ending::Failed(text)) => Err(Failure::said(text)),
        Err(Ending::Said) => Err(Failure::Reported),
    }
}

/// `vltava storage` has the flags of `kafka-storage.sh`, which ends with 1 where a command line is wrong.
fn storage(arguments: &[String]) -> Outcome {
    let words = ["kafka-storage", "storage"].map(str::to_owned);
    let command =
        match crate::arguments::parse_from(words.into_iter().chain(arguments.iter().cloned())) {
            Ok(command) => command,
            Err(said) => {
                said.print()?;
                return if said.use_stderr() { Err(Failure::Reported) } else { Ok(()) };
            }
        };
    match command.run() {
        Err(Failure::Usage(text)) => Err(Failure::Failed(text)),
        other => other,
    }
}

/// Runs the tool that a Java class is.
fn run_class(arguments: &[String]) -> Outcome {
    let Some((class, rest)) = arguments.split_first() else {
        eprintln!(
            "USAGE: kafka-run-class.sh [-daemon] [-name servicename] [-loggc] classname [opts]"
        );
        return Err(Failure::Reported);
    };
    let name = match class.as_str() {
        "kafka.tools.GetOffsetShell" | "org.apache.kafka.tools.GetOffsetShell" => {
            "kafka-get-offsets"
        }
        "kafka.admin.TopicCommand" | "org.apache.kafka.tools.TopicCommand" => "kafka-topics",
        "kafka.admin.ConsumerGroupCommand"
        | "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand" => "kafka-consumer-groups",
        "kafka.tools.ConsoleProducer" | "org.apache.kafka.tools.ConsoleProducer" => {
            "kafka-console-producer"
        }
        "kafka.tools.ConsoleConsumer" | "org.apache.kafka.tools.consumer.ConsoleConsumer" => {
            "kafka-console-consumer"
        }
        "kafka.admin.ConfigCommand" | "org.apache.kafka.tools.ConfigCommand" => "kafka-configs",
        "kafka.tools.StorageTool" => "kafka-storage",
        other => {
            eprintln!("Error: Could not find or load main class {other}");
            return Err(Failure::Reported);
        }
    };
    run(name, rest)
}

fn install(dir: &Path, force: bool) -> Outcome {
    let failed = |what: &str, path: &Path, error: &dyn std::fmt::Display| {
        Failure::failed(format!("could not {what} {}: {error}", path.display()))
    };
    let program = std::env::current_exe()
        .map_err(|error| Failure::failed(format!("could not find this program: {error}")))?;
    std::fs::create_dir_all(dir).map_err(|error| failed("make", dir, &error))?;
    for name in NAMES {
        let path = dir.join(name);
        // A link that leads nowhere is there as well.
        if path.symlink_metadata().is_ok() && !force {
            return Err(failed("write", &path, &"it is there already; replace it with --force"));
        }
        write_script(&path, &script(&program, name))
            .map_err(|error| failed("write", &path, &error))?;
        print_line(&path.display().to_string())?;
    }
    Ok(())
}

fn script(program: &Path, name: &str) -> String {
    // A single quote ends the quoting, stands for itself, and begins it again.
    let program = program.display().to_string().replace('\'', r"'\''");
    format!(
        "#!/bin/sh\n# Apache Kafka's {name}, answered by Vltava.\nexec '{program}' scripts run {name} \"$@\"\n"
    )
}

/// Puts the script in the place of what is there: of a link too, as it may lead to this very program.
fn write_script(path: &Path, text: &str) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let whole = path.with_extension(format!("{}.tmp", std::process::id()));
    std::fs::write(&whole, text)?;
    std::fs::set_permissions(&whole, std::fs::Permissions::from_mode(0o755))?;
    std::fs::rename(&whole, path)
}

/// The exit code of a program that was called by the name of a script.
pub fn exit_code(name: &str, arguments: &[String]) -> ExitCode {
    match run(name, arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_to_the_binary_is_the_tool_it_is_named_after() {
        let called = |words: &[&str]| {
            let words: Vec<OsString> = words.iter().map(OsString::from).collect();
            called_as(&words).map(|(name, rest)| (name, rest.join(" ")))
        };
        let topics = |rest: &str| Some(("kafka-topics.sh", rest.to_owned()));
        assert_eq!(called(&["/opt/kafka/bin/kafka-topics.sh", "--help"]), topics("--help"));
        assert_eq!(called(&["kafka-topics"]), topics(""));
        let words = ["vltava", "scripts", "run", "kafka-topics.sh", "--list", "--version"];
        assert_eq!(called(&words), topics("--list --version"));
        assert_eq!(called(&["/usr/bin/vltava", "topic", "list"]), None);
    }

    #[test]
    fn a_script_quotes_the_path_of_the_program() {
        let text = script(Path::new("/a'b/vltava"), "kafka-topics.sh");
        assert!(text.ends_with("exec '/a'\\''b/vltava' scripts run kafka-topics.sh \"$@\"\n"));
    }
}
