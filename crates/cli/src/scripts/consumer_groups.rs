//! `kafka-consumer-groups.sh`: list, describe, delete; offsets put elsewhere or forgotten.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use base::{ErrorCode, Str, TopicPartition, WallMs};
use client::Admin;
use client::admin::{GroupDescription, GroupFilter, GroupListing, Stability};
use client::consumer::{CommittedOffset, Offsets};
use regex::Regex;

use super::options::{Options, Takes, Tool};
use super::{Ended, Ending, dates, messages, properties};
use crate::group_offsets::{Clamped, End, Progress, Target, plan, progress, within};
use crate::output::print_line;

const TOOL: Tool = Tool {
    about: "This tool helps to list all consumer groups, describe a consumer group, delete consumer group info, or reset consumer group offsets.",
    specs: &[
        (
            "bootstrap-server",
            Takes::Value("String: server to connect to"),
            "The brokers to ask. REQUIRED for all options except for --validate-regex.",
        ),
        ("group", Takes::Value("String: consumer group"), "The group to act on."),
        ("topic", Takes::Value("String: topic"), "A topic, or partitions of it as topic1:0,1,2."),
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
    match act(&options).await {
        // Kafka's tool tells and succeeds.
        Err(Ending::Failed(text)) => {
            print_error(&format!("Executing consumer group command failed due to {text}"))
        }
        other => other,
    }
}

async fn act(options: &Options) -> Ended {
    let bootstrap = options.value("bootstrap-server").unwrap_or_default();
    let mut config = properties::admin(options, bootstrap)?;
    let timeout = options.number("timeout")?.unwrap_or(30_000);
    config.api_timeout = std::time::Duration::from_millis(timeout);
    let admin = Admin::connect(config).await?;
    if options.has("list") {
        list(&admin, options).await
    } else if options.has("describe") {
        describe(&admin, options).await
    } else if options.has("delete") {
        delete(&admin, options).await
    } else if options.has("delete-offsets") {
        delete_offsets(&admin, options).await
    } else {
        reset(&admin, options).await
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

// ---- listing ----

/// Groups of consumers, and ids that only have offsets.
async fn consumer_groups(admin: &Admin, filter: &GroupFilter) -> Result<Vec<GroupListing>, Ending> {
    let groups = admin.list_groups(filter).await?.into_iter();
    let is_consumers = |group: &GroupListing| {
        matches!(group.protocol_type.as_str(), "" | "consumer")
            && matches!(group.kind.to_ascii_lowercase().as_str(), "" | "classic" | "consumer")
    };
    Ok(groups.filter(is_consumers).collect())
}

async fn list(admin: &Admin, options: &Options) -> Ended {
    let (has_type, has_state) = (options.has("type"), options.has("state"));
    let filter = GroupFilter {
        states: words(options, "state", &STATES, "Invalid state list", "Valid states are: ")?,
        kinds: words(
            options,
            "type",
            &["Classic", "Consumer"],
            "Invalid types list",
            "Valid types are: ",
        )?,
    };
    let groups = consumer_groups(admin, &filter).await?;
    if !has_type && !has_state {
        for group in groups {
            print_line(&group.id)?;
        }
        return Ok(());
    }
    let width = groups.iter().map(|group| group.id.chars().count().max(15)).max();
    let width = width.unwrap_or(15) + 10;
    let print = |id: &str, kind: &str, state: &str| -> Ended {
        let mut line = format!("{id:<width$}");
        if has_type {
            // Writing to a string cannot fail.
            let _ = write!(line, " {kind:<20}");
        }
        if has_state {
            let _ = write!(line, " {state:<20}");
        }
        Ok(print_line(&line)?)
    };
    print("GROUP", "TYPE", "STATE")?;
    for group in groups {
        let unknown = |text: &Str| if text.is_empty() { "Unknown".into() } else { text.clone() };
        print(&group.id, &capitalized(&unknown(&group.kind)), &unknown(&group.state))?;
    }
    Ok(())
}

/// Kafka prints `Classic` of what is called `classic` on the wire.
fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or(String::new(), |first| first.to_uppercase().collect::<String>() + letters.as_str())
}

/// The values of a list in an option, each one of `known`.
fn words(
    options: &Options,
    option: &str,
    known: &[&str],
    invalid: &str,
    valid: &str,
) -> Result<Vec<String>, Ending> {
    let Some(text) = options.value(option).filter(|text| !text.is_empty()) else {
        return Ok(Vec::new());
    };
    let find = |word: &str| known.iter().find(|known| known.eq_ignore_ascii_case(word.trim()));
    let found: Option<Vec<String>> =
        text.split(',').map(|word| find(word).map(ToString::to_string)).collect();
    found.ok_or_else(|| options.usage(&format!("{invalid} '{text}'. {valid}{}", known.join(", "))))
}

// ---- describing ----

async fn groups(admin: &Admin, options: &Options) -> Result<BTreeSet<String>, Ending> {
    if options.has("all-groups") {
        let all = consumer_groups(admin, &GroupFilter::default()).await?;
        return Ok(all.into_iter().map(|group| group.id.to_string()).collect());
    }
    Ok(options.values("group").into_iter().map(str::to_owned).collect())
}

async fn describe(admin: &Admin, options: &Options) -> Ended {
    let verbose = options.has("verbose");
    let mut described = Vec::new();
    for group in groups(admin, options).await? {
        let group = admin.describe_group(&group).await;
        described.push(group.map_err(|error| Ending::Failed(messages::with_class(&error)))?);
    }
    for group in &described {
        if options.has("members") {
            print_members(group, verbose)?;
        } else if options.has("state") {
            print_state(group, verbose)?;
        } else {
            print_offsets(group, &progress(admin, group).await?, verbose)?;
        }
    }
    Ok(())
}

/// Says what is special about the group; whether there is anything to print.
fn has_rows(group: &GroupDescription, rows: usize) -> Result<bool, Ending> {
    let id = &group.id;
    match group.state.as_str() {
        "Dead" => print_error(&format!("Consumer group '{id}' does not exist."))?,
        "Empty" => eprintln!("\nConsumer group '{id}' has no active members."),
        "Stable" => {}
        _ => eprintln!("\nWarning: Consumer group '{id}' is rebalancing."),
    }
    Ok(group.state != "Dead" && rows > 0)
}

/// As wide as its widest cell, and at least `least`.
fn width<'a>(cells: impl Iterator<Item = &'a str>, least: usize) -> usize {
    cells.map(|cell| cell.chars().count()).fold(least, usize::max)
}

fn shown<T: ToString>(value: Option<T>) -> String {
    value.map_or(MISSING.to_owned(), |value| value.to_string())
}

fn print_offsets(group: &GroupDescription, rows: &[Progress], verbose: bool) -> Ended {
    if !has_rows(group, rows.len())? {
        return Ok(());
    }
    let member = |row: &Progress, cell: fn(&client::admin::MemberDescription) -> &Str| {
        row.member.as_ref().map_or(MISSING.to_owned(), |member| cell(member).to_string())
    };
    let mut table: Vec<[String; 10]> = vec![
        [
            "GROUP",
            "TOPIC",
            "PARTITION",
            "LEADER-EPOCH",
            "CURRENT-OFFSET",
            "LOG-END-OFFSET",
            "LAG",
            "CONSUMER-ID",
            "HOST",
            "CLIENT-ID",
        ]
        .map(str::to_owned),
    ];
    table.extend(rows.iter().map(|row| {
        [
            group.id.to_string(),
            row.partition.topic.to_string(),
            row.partition.partition.to_string(),
            shown(row.leader_epoch),
            shown(row.committed),
            shown(row.end),
            shown(row.lag()),
            member(row, |member| &member.id),
            member(row, |member| &member.host),
            member(row, |member| &member.client_id),
        ]
    }));
    let of = |column: usize| width(table[1..].iter().map(|row| row[column].as_str()), 15);
    let (group, topic, id, host) = (of(0), of(1), of(7), of(8));
    let mut text = String::new();
    for row in &table {
        let [g, t, p, epoch, offset, end, lag, i, h, client] = row;
        let epoch = if verbose { format!("{epoch:<15} ") } else { String::new() };
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\n{g:<group$} {t:<topic$} {p:<10} {epoch}{offset:<15} {end:<15} {lag:<15} {i:<id$} {h:<host$} {client}"
        );
    }
    Ok(print_line(&text)?)
}

fn print_members(group: &GroupDescription, verbose: bool) -> Ended {
    if !has_rows(group, group.members.len())? && group.state == "Dead" {
        return Ok(());
    }
    let members = &group.members;
    let has_instances = members.iter().any(|member| member.instance.is_some());
    let is_mixed = [Some(true), Some(false)]
        .iter()
        .all(|wanted| members.iter().any(|member| member.is_upgraded == *wanted));
    let mut rows: Vec<[String; 11]> = vec![
        [
            "GROUP",
            "CONSUMER-ID",
            "GROUP-INSTANCE-ID",
            "HOST",
            "CLIENT-ID",
            "#PARTITIONS",
            "CURRENT-EPOCH",
            "CURRENT-ASSIGNMENT",
            "TARGET-EPOCH",
            "TARGET-ASSIGNMENT",
            "UPGRADED",
        ]
        .map(str::to_owned),
    ];
    rows.extend(members.iter().map(|member| {
        let target = member.target.clone().unwrap_or_default();
        [
            group.id.to_string(),
            member.id.to_string(),
            member.instance.as_ref().map(Str::to_string).unwrap_or_default(),
            member.host.to_string(),
            member.client_id.to_string(),
            member.assigned.len().to_string(),
            shown(member.epoch),
            assignment(&member.assigned),
            shown(group.epochs.map(|(_, target)| target)),
            assignment(&target),
            shown(member.is_upgraded),
        ]
    }));
    let of = |column: usize, least| width(rows[1..].iter().map(|row| row[column].as_str()), least);
    let (id, member, instance) = (of(0, 15), of(1, 15), of(2, 17));
    let (host, client, current, target) = (of(3, 15), of(4, 15), of(7, 20), of(9, 20));
    let mut text = String::new();
    for row in &rows {
        let [g, m, i, h, c, count, epoch, now, target_epoch, then, upgraded] = row;
        let i = if has_instances { format!("{i:<instance$} ") } else { String::new() };
        // Writing to a string cannot fail.
        let _ = write!(text, "\n{g:<id$} {m:<member$} {i}{h:<host$} {c:<client$} {count:<15} ");
        if verbose {
            let _ = write!(text, "{epoch:<15} {now:<current$} {target_epoch:<15} {then:<target$}");
            if is_mixed {
                let _ = write!(text, " {upgraded}");
            }
        }
    }
    Ok(print_line(&text)?)
}

/// `topic:0,1;other:2`
fn assignment(partitions: &BTreeSet<TopicPartition>) -> String {
    let mut topics: BTreeMap<&Str, Vec<String>> = BTreeMap::new();
    for partition in partitions {
        topics.entry(&partition.topic).or_default().push(partition.partition.to_string());
    }
    let topics: Vec<String> = topics
        .into_iter()
        .map(|(topic, partitions)| format!("{topic}:{}", partitions.join(",")))
        .collect();
    if topics.is_empty() { MISSING.to_owned() } else { topics.join(";") }
}

fn print_state(group: &GroupDescription, verbose: bool) -> Ended {
    if !has_rows(group, 1)? {
        return Ok(());
    }
    let coordinator = format!("{}  ({})", group.coordinator_address, group.coordinator);
    let assignor =
        if group.assignor.is_empty() { MISSING.to_owned() } else { group.assignor.to_string() };
    let rows = [
        [
            "GROUP",
            "COORDINATOR (ID)",
            "ASSIGNMENT-STRATEGY",
            "STATE",
            "GROUP-EPOCH",
            "TARGET-ASSIGNMENT-EPOCH",
            "#MEMBERS",
        ]
        .map(str::to_owned),
        [
            group.id.to_string(),
            coordinator,
            assignor,
            group.state.to_string(),
            shown(group.epochs.map(|(epoch, _)| epoch)),
            shown(group.epochs.map(|(_, target)| target)),
            group.members.len().to_string(),
        ],
    ];
    let of = |column: usize, least| width(rows[1..].iter().map(|row| row[column].as_str()), least);
    let (id, at) = (of(0, 15), of(1, 25));
    let mut text = String::new();
    for [g, coordinator, assignor, state, epoch, target, members] in &rows {
        let epochs = if verbose { format!("{epoch:<15} {target:<25} ") } else { String::new() };
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\n{g:<id$} {coordinator:<at$} {assignor:<20} {state:<20} {epochs}{members}"
        );
    }
    Ok(print_line(&text)?)
}

// ---- deleting ----

async fn delete(admin: &Admin, options: &Options) -> Ended {
    let (mut deleted, mut failed) = (Vec::new(), Vec::new());
    for group in groups(admin, options).await? {
        match admin.delete_group(&group).await {
            Ok(()) => deleted.push(format!("'{group}'")),
            Err(error) => failed.push(format!(
                "* Group '{group}' could not be deleted due to: {}",
                messages::with_class(&error)
            )),
        }
    }
    let deleted = deleted.join(", ");
    if failed.is_empty() {
        let text = format!("Deletion of requested consumer groups ({deleted}) was successful.");
        return Ok(print_line(&text)?);
    }
    print_error("Deletion of some consumer groups failed:")?;
    for line in failed {
        print_line(&line)?;
    }
    if !deleted.is_empty() {
        print_line(&format!("\nThese consumer groups were deleted successfully: {deleted}"))?;
    }
    Ok(())
}

async fn delete_offsets(admin: &Admin, options: &Options) -> Ended {
    let group = options.value("group").unwrap_or_default();
    let mut rows: BTreeMap<(Str, i32), String> = BTreeMap::new();
    let mut partitions = Vec::new();
    for text in options.values("topic") {
        match partitions_of(admin, options, text).await {
            Ok(found) => partitions.extend(found),
            Err(Ending::Failed(text_of_error)) => {
                rows.insert((text.into(), -1), format!("Error: {text_of_error}"));
            }
            Err(other) => return Err(other),
        }
    }
    let mut first: Option<client::Error> = None;
    match admin.delete_group_offsets(group, &partitions).await {
        Ok(results) => {
            for (partition, result) in results {
                let status = match result {
                    Ok(()) => "Successful".to_owned(),
                    Err(error) => {
                        let status = format!("Error: {}", messages::with_class(&error));
                        first.get_or_insert(error);
                        status
                    }
                };
                rows.insert((partition.topic, partition.partition.0), status);
            }
        }
        Err(error) => {
            for partition in partitions {
                let status = format!("Error: {}", messages::with_class(&error));
                rows.insert((partition.topic, partition.partition.0), status);
            }
            first = Some(error);
        }
    }
    match first.as_ref().map(client::Error::code) {
        None => {
            let text = format!("Request succeeded for deleting offsets from group {group}.");
            print_line(&text)?;
        }
        Some(Some(
            ErrorCode::InvalidGroupId
            | ErrorCode::GroupIdNotFound
            | ErrorCode::GroupAuthorizationFailed
            | ErrorCode::NonEmptyGroup,
        )) => print_error(&first.as_ref().map(messages::of).unwrap_or_default())?,
        Some(Some(
            ErrorCode::GroupSubscribedToTopic
            | ErrorCode::TopicAuthorizationFailed
            | ErrorCode::UnknownTopicOrPartition,
        )) => print_error("Encountered some partition-level error, see the follow-up details.")?,
        Some(code) => {
            let code = code.map_or("UNKNOWN_SERVER_ERROR".to_owned(), |code| code.to_string());
            print_error(&format!("Encountered some unknown error: {code}"))?;
        }
    }
    let topic_width = width(rows.keys().map(|(topic, _)| topic.as_str()), 15);
    let mut text = String::new();
    let mut row = |topic: &str, partition: &str, status: &str| {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n{topic:<topic_width$} {partition:<10} {status:<15}");
    };
    row("TOPIC", "PARTITION", "STATUS");
    for ((topic, partition), status) in &rows {
        let partition = if *partition < 0 { MISSING.to_owned() } else { partition.to_string() };
        row(topic, &partition, status);
    }
    Ok(print_line(&text)?)
}

// ---- resetting ----

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

async fn reset(admin: &Admin, options: &Options) -> Ended {
    let mut result: BTreeMap<String, Offsets> = BTreeMap::new();
    for group in groups(admin, options).await? {
        let state = match admin.describe_group(&group).await {
            Ok(described) => described.state.to_string(),
            Err(error) if error.code() == Some(ErrorCode::GroupIdNotFound) => "Dead".to_owned(),
            Err(error) => return Err(Ending::Failed(messages::with_class(&error))),
        };
        let offsets = match state.as_str() {
            "Empty" | "Dead" => reset_inactive(admin, options, &group).await?,
            _ => {
                print_error(&format!(
                    "Assignments can only be reset if the group '{group}' is inactive, but the current state is {state}."
                ))?;
                Offsets::new()
            }
        };
        result.insert(group, offsets);
    }
    match options.has("export") {
        true => export(&result),
        false => print_reset(&result),
    }
}

async fn reset_inactive(admin: &Admin, options: &Options, group: &str) -> Result<Offsets, Ending> {
    let committed =
        match options.has("all-topics") || options.count(&["shift-by", "to-current"]) > 0 {
            true => admin.group_offsets(group, Stability::Any).await?,
            false => Offsets::new(),
        };
    let partitions: Vec<TopicPartition> = if options.has("all-topics") {
        committed.keys().cloned().collect()
    } else if options.has("topic") {
        let mut all = Vec::new();
        for text in options.values("topic") {
            all.extend(partitions_of(admin, options, text).await?);
        }
        all
    } else if options.has("from-file") {
        Vec::new()
    } else {
        return Err(
            options.usage("One of the reset scopes should be defined: --all-topics, --topic.")
        );
    };
    check_partitions(admin, &partitions).await?;
    let (offsets, clamped) = if let Some(path) = options.value("from-file") {
        from_file(admin, options, path, group).await?
    } else {
        let target = target(options)?;
        plan(admin, &committed, &partitions, target).await.map_err(|error| match error {
            client::Error::Invalid(text) => options.usage(&text),
            other => other.into(),
        })?
    };
    warn(&clamped);
    if options.has("execute") && !options.has("dry-run") {
        let altered = admin.alter_group_offsets(group, &offsets).await;
        altered.map_err(|error| Ending::Failed(messages::of(&error)))?;
    }
    Ok(offsets)
}

async fn check_partitions(admin: &Admin, partitions: &[TopicPartition]) -> Ended {
    let metadata = admin.all_metadata().await?;
    let exists = |partition: &&TopicPartition| {
        let topic = metadata.topics.get(&partition.topic);
        topic.is_some_and(|topic| {
            (0..topic.partitions.len() as i32).contains(&partition.partition.0)
        })
    };
    let missing: Vec<String> =
        partitions.iter().filter(|p| !exists(p)).map(ToString::to_string).collect();
    match missing.is_empty() {
        true => Ok(()),
        false => {
            Err(Ending::Failed(format!("The partitions \"{}\" do not exist", missing.join(","))))
        }
    }
}

fn target(options: &Options) -> Result<Target, Ending> {
    if let Some(offset) = options.number("to-offset")? {
        return Ok(Target::Offset(offset));
    }
    if let Some(by) = options.number("shift-by")? {
        return Ok(Target::Shift(by));
    }
    if let Some(text) = options.value("to-datetime") {
        return Ok(Target::Time(WallMs(dates::date_time(text).map_err(Ending::Failed)?)));
    }
    if let Some(text) = options.value("by-duration") {
        let back = dates::duration(text).map_err(Ending::Failed)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        return Ok(Target::Time(WallMs(i64::try_from(now).unwrap_or(i64::MAX) - back)));
    }
    for (option, target) in [
        ("to-earliest", Target::Earliest),
        ("to-latest", Target::Latest),
        ("to-current", Target::Current),
    ] {
        if options.has(option) {
            return Ok(target);
        }
    }
    Err(options.usage(&format!(
        "Option '[reset-offsets]' requires one of the following scenarios: [{}]",
        SCENARIOS.map(|scenario| format!("[{scenario}]")).join(", ")
    )))
}

fn warn(clamped: &[Clamped]) {
    for Clamped { partition, asked, end, offset } in clamped {
        let (than, bound) = match end {
            End::High => ("higher", "latest"),
            End::Low => ("lower", "earliest"),
        };
        eprintln!(
            "WARN New offset ({asked}) is {than} than {bound} offset for topic partition {partition}. Value will be set to {offset}"
        );
    }
}

/// A plan of lines `topic,partition,offset`, or `group,topic,partition,offset`.
async fn from_file(
    admin: &Admin,
    options: &Options,
    path: &str,
    group: &str,
) -> Result<(Offsets, Vec<Clamped>), Ending> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Ending::Failed(format!("{path} ({error})")))?;
    let is_single = options.values("group").len() == 1;
    let mut asked = BTreeMap::new();
    let mut has_plan = false;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let cells: Vec<String> =
            line.split(',').map(|cell| cell.trim().trim_matches('"').to_owned()).collect();
        let wrong = || Ending::Failed(format!("the line `{line}` of {path} is no offset to reset"));
        let (of, cells) = match &cells[..] {
            [_, _, _] if is_single => (group, &cells[..]),
            [of, _, _, _] => (of.as_str(), &cells[1..]),
            _ => return Err(wrong()),
        };
        if of != group {
            continue;
        }
        has_plan = true;
        let partition = cells[1].parse().map_err(|_| wrong())?;
        let offset: i64 = cells[2].parse().map_err(|_| wrong())?;
        asked.insert(TopicPartition::new(cells[0].as_str(), partition), offset);
    }
    if !has_plan {
        print_error(&format!("No reset plan for group {group} found"))?;
        return Ok((Offsets::new(), Vec::new()));
    }
    let mut clamped = Vec::new();
    let offsets = within(admin, asked, &mut clamped).await?;
    let offsets = offsets.into_iter().map(|(tp, offset)| (tp, CommittedOffset::new(offset)));
    Ok((offsets.collect(), clamped))
}

fn export(result: &BTreeMap<String, Offsets>) -> Ended {
    let quoted = |text: &str| match text.contains([',', '"', ' ']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    };
    let mut text = String::new();
    for (group, offsets) in result {
        for (partition, offset) in offsets {
            let group =
                if result.len() == 1 { String::new() } else { format!("{},", quoted(group)) };
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "{group}{},{},{}",
                quoted(&partition.topic),
                partition.partition,
                offset.offset
            );
        }
    }
    Ok(print_line(&text)?)
}

fn print_reset(result: &BTreeMap<String, Offsets>) -> Ended {
    let group_width = width(result.keys().map(String::as_str), 15);
    let topics = result.values().flat_map(|offsets| offsets.keys().map(|tp| tp.topic.as_str()));
    let topic_width = width(topics, 15);
    let mut text = String::new();
    let mut row = |group: &str, topic: &str, partition: &str, offset: &str| {
        // Writing to a string cannot fail.
        let _ =
            write!(text, "\n{group:<group_width$} {topic:<topic_width$} {partition:<10} {offset}");
    };
    if !result.is_empty() {
        row("GROUP", "TOPIC", "PARTITION", "NEW-OFFSET");
    }
    for (group, offsets) in result {
        for (partition, offset) in offsets {
            row(
                group,
                &partition.topic,
                &partition.partition.to_string(),
                &offset.offset.to_string(),
            );
        }
    }
    Ok(print_line(&text)?)
}
