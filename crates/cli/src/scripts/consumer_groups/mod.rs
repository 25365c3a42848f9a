//! `kafka-consumer-groups.sh`: list, describe, delete; offsets put elsewhere or forgotten.

mod delete;
mod describe;
mod list;
mod reset;

use std::collections::BTreeSet;

use base::TopicPartition;
use client::Admin;
use client::admin::{GroupFilter, GroupListing};
use regex::Regex;

use super::options::{Options, Takes, Tool};
use super::{Ended, Ending, messages, properties};
use crate::output::print_line;

const TOOL: Tool = Tool {
    about: "This tool helps to list all consumer groups, describe a consumer group, delete consumer group info, or reset consumer group offsets.",
    specs: &[
        (
            "bootstrap-server",
            Takes::Value("String: server to connect to"),
            "The brokers to ask. REQUIRED for all options except for --validate-regex.",
        ),
        ("group", Takes::Values("String: consumer group"), "The group to act on."),
        ("topic", Takes::Values("String: topic"), "A topic, or partitions of it as topic1:0,1,2."),
        ("all-topics", Takes::Nothing, "All topics that the group has committed."),
        ("list", Takes::Nothing, "List all groups of consumers."),
        ("describe", Takes::Nothing, "Show how far groups have read and what is left."),
        ("all-groups", Takes::Nothing, "Act on all groups."),
        ("delete", Takes::Nothing, "Delete groups and what they have committed."),
        (
            "timeout",
            Takes::Value("Long: timeout (ms)"),
            "How long to wait for an answer; 30000 without it.",
        ),
        (
            "command-config",
            Takes::Value("String: command config property file"),
            "A file of properties for the client.",
        ),
        (
            "reset-offsets",
            Takes::Nothing,
            "Put the offsets of a group without members elsewhere: give one of --to-datetime, --by-duration, --to-earliest, --to-latest, --shift-by, --from-file, --to-current, --to-offset, one of --all-topics and --topic, and --execute to do it.",
        ),
        ("delete-offsets", Takes::Nothing, "Forget offsets of one group, of several topics."),
        ("dry-run", Takes::Nothing, "Only show what would be done."),
        ("execute", Takes::Nothing, "Do it."),
        ("export", Takes::Nothing, "Print as CSV."),
        ("to-offset", Takes::Value("Long: offset"), "To this offset."),
        ("from-file", Takes::Value("String: path to CSV file"), "To what a CSV file says."),
        (
            "to-datetime",
            Takes::Value("String: datetime"),
            "To a moment: 'YYYY-MM-DDThh:mm:ss.sss'.",
        ),
        ("by-duration", Takes::Value("String: duration"), "To so long ago: 'PnDTnHnMnS'."),
        ("to-earliest", Takes::Nothing, "To the first record."),
        ("to-latest", Takes::Nothing, "Behind the last record."),
        ("to-current", Takes::Nothing, "To where they are."),
        (
            "shift-by",
            Takes::Value("Long: number-of-offsets"),
            "Forward by so many, or back if negative.",
        ),
        ("members", Takes::Nothing, "With --describe: the members."),
        ("verbose", Takes::Nothing, "With --describe: more of it."),
        ("offsets", Takes::Nothing, "With --describe: offsets and lag, as without it."),
        (
            "state",
            Takes::Maybe("String"),
            "With --describe: the state. With --list: the states of groups, or groups in these states.",
        ),
        (
            "type",
            Takes::Maybe("String"),
            "With --list: the types of groups, or groups of these types.",
        ),
        (
            "validate-regex",
            Takes::Value("String: regex"),
            "Say whether a regular expression is valid.",
        ),
    ],
};

const ACTIONS: [&str; 6] =
    ["list", "describe", "delete", "reset-offsets", "delete-offsets", "validate-regex"];
const SCENARIOS: [&str; 8] = [
    "to-offset",
    "shift-by",
    "to-datetime",
    "by-duration",
    "to-earliest",
    "to-latest",
    "to-current",
    "from-file",
];
const STATES: [&str; 7] = [
    "PreparingRebalance",
    "CompletingRebalance",
    "Stable",
    "Dead",
    "Empty",
    "Assigning",
    "Reconciling",
];
const MISSING: &str = "-";

pub async fn run(arguments: &[String]) -> Ended {
    match act(arguments).await {
        // Kafka's tool tells and succeeds.
        Err(Ending::Failed(text)) => {
            print_error(&format!("Executing consumer group command failed due to {text}"))
        }
        other => other,
    }
}

async fn act(arguments: &[String]) -> Ended {
    let options = TOOL.parse(arguments)?;
    check(&options)?;
    if options.count(&ACTIONS) != 1 {
        return Err(options.usage(&format!(
            "Command must include exactly one action: {}",
            ACTIONS.map(|action| format!("--{action}")).join(", ")
        )));
    }
    if let Some(regex) = options.value("validate-regex") {
        return validate_regex(regex);
    }
    let bootstrap = options.value("bootstrap-server").unwrap_or_default();
    let mut config = properties::admin(&options, bootstrap)?;
    let timeout = options.number("timeout")?.unwrap_or(30_000);
    config.api_timeout = std::time::Duration::from_millis(timeout);
    let admin = Admin::connect(config).await?;
    if options.has("list") {
        list::list(&admin, &options).await
    } else if options.has("describe") {
        describe::describe(&admin, &options).await
    } else if options.has("delete") {
        delete::delete(&admin, &options).await
    } else if options.has("delete-offsets") {
        delete::delete_offsets(&admin, &options).await
    } else {
        reset::reset(&admin, &options).await
    }
}

fn print_error(text: &str) -> Ended {
    Ok(print_line(&format!("\nError: {text}"))?)
}

// ---- the command line ----

fn check(options: &Options) -> Ended {
    if !options.has("validate-regex") {
        options.require(&["bootstrap-server"])?;
    }
    let takes_one = |option: &str| {
        options
            .usage(&format!("Option [{option}] takes one of these options: [group], [all-groups]"))
    };
    let has_groups = options.count(&["group", "all-groups"]) > 0;
    if options.has("describe") {
        if !has_groups {
            return Err(takes_one("describe"));
        }
        if options.count(&["members", "offsets", "state"]) > 1 {
            return Err(options.usage(
                "Option [describe] takes at most one of these options: [members], [offsets], [state]",
            ));
        }
        if options.value("state").is_some() {
            return Err(options.usage("Option [describe] does not take a value for [state]"));
        }
    }
    check_availability(options)?;
    if options.has("delete") {
        if !has_groups {
            return Err(takes_one("delete"));
        }
        if options.has("topic") {
            return Err(options.usage(
                "The consumer does not support topic-specific offset deletion from a consumer group.",
            ));
        }
    }
    if options.has("delete-offsets") && options.count(&["group", "topic"]) < 2 {
        return Err(
            options.usage("Option [delete-offsets] takes the following options: [group], [topic]")
        );
    }
    if options.has("reset-offsets") {
        check_reset(options)?;
    }
    options.refuse_together("group", &["all-groups", "list"])?;
    options.refuse_together("topic", &["list", "describe"])
}

/// Options that mean something with another one only.
fn check_availability(options: &Options) -> Ended {
    let needs: [(&str, &[&str]); 5] = [
        ("members", &["describe"]),
        ("verbose", &["describe"]),
        ("offsets", &["describe"]),
        ("state", &["describe", "list"]),
        ("type", &["list"]),
    ];
    for (option, others) in needs {
        if options.has(option) && options.count(others) == 0 {
            let others: Vec<String> = ACTIONS
                .iter()
                .filter(|action| options.has(action))
                .map(ToString::to_string)
                .collect();
            return Err(options.usage(&format!(
                "Option(s) [{option}] are unavailable given other options on the command line{}",
                if others.is_empty() { String::new() } else { format!(": {}", others.join(", ")) }
            )));
        }
    }
    Ok(())
}

fn check_reset(options: &Options) -> Ended {
    if options.has("dry-run") && options.has("execute") {
        return Err(
            options.usage("Option [reset-offsets] only accepts one of [execute] and [dry-run]")
        );
    }
    if !options.has("dry-run") && !options.has("execute") {
        eprintln!(
            "WARN: No action will be performed as the --execute option is missing. In version 5.0, this command will require either --dry-run or --execute to be specified. You should add the --dry-run option explicitly if you are scripting this command and want to keep the current default behavior without prompting."
        );
    }
    if options.count(&["group", "all-groups"]) == 0 {
        return Err(options
            .usage("Option [reset-offsets] takes one of these options: [group], [all-groups]"));
    }
    for scenario in SCENARIOS {
        let others: Vec<&str> = SCENARIOS.into_iter().filter(|other| *other != scenario).collect();
        options.refuse_together(scenario, &others)?;
    }
    Ok(())
}

fn validate_regex(regex: &str) -> Ended {
    let line = match Regex::new(regex) {
        Ok(_) => format!("The regular expression `{regex}` is valid."),
        Err(error) => {
            let text = error.to_string();
            let reason = text.lines().last().unwrap_or_default();
            let reason = reason.strip_prefix("error: ").unwrap_or(reason);
            format!("The regular expression `{regex}` is invalid: {reason}.")
        }
    };
    Ok(print_line(&line)?)
}

// ---- what the actions share ----

async fn groups(admin: &Admin, options: &Options) -> Result<BTreeSet<String>, Ending> {
    if options.has("all-groups") {
        let all = consumer_groups(admin, &GroupFilter::default()).await?;
        return Ok(all.into_iter().map(|group| group.id.to_string()).collect());
    }
    Ok(options.values("group").into_iter().map(str::to_owned).collect())
}

/// Groups of consumers, and ids that only have offsets.
async fn consumer_groups(admin: &Admin, filter: &GroupFilter) -> Result<Vec<GroupListing>, Ending> {
    let groups = admin.list_groups(filter).await?.into_iter();
    let is_consumers = |group: &GroupListing| {
        matches!(group.protocol_type.as_str(), "" | "consumer")
            && matches!(group.kind.to_ascii_lowercase().as_str(), "" | "classic" | "consumer")
    };
    Ok(groups.filter(is_consumers).collect())
}

/// As wide as its widest cell, and at least `least`.
fn width<'a>(cells: impl Iterator<Item = &'a str>, least: usize) -> usize {
    cells.map(|cell| cell.chars().count()).fold(least, usize::max)
}

/// The partitions that `topic` or `topic:0,1` means.
async fn partitions_of(
    admin: &Admin,
    options: &Options,
    text: &str,
) -> Result<Vec<TopicPartition>, Ending> {
    if !text.contains(':') {
        let topic = admin.describe_topic(text).await;
        let topic = topic.map_err(|error| Ending::Failed(messages::with_class(&error)))?;
        let count = topic.partitions.len() as i32;
        return Ok((0..count).map(|index| TopicPartition::new(text, index)).collect());
    }
    let parts: Vec<&str> = text.split(':').collect();
    let [topic, indexes] = parts[..] else {
        return Err(options
            .usage(&format!("Invalid topic arg '{text}', expected topic name and partitions")));
    };
    let partition = |index: &str| {
        index.parse().map(|index| TopicPartition::new(topic, index)).map_err(|_| {
            options.usage(&format!("Invalid partition '{index}' specified in topic arg '{text}''"))
        })
    };
    indexes.split(',').map(partition).collect()
}
