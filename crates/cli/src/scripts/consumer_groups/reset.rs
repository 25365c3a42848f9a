//! Committed offsets put elsewhere: planned, shown, exported, and with `--execute` done.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use base::{ErrorCode, TopicPartition, WallMs};
use client::Admin;
use client::admin::Stability;
use client::consumer::{CommittedOffset, Offsets};

use super::super::options::Options;
use super::super::{Ended, Ending, dates, messages};
use super::{SCENARIOS, groups, partitions_of, print_error, width};
use crate::group_offsets::{Clamped, End, Target, plan, within};
use crate::output::print_line;

pub async fn reset(admin: &Admin, options: &Options) -> Ended {
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
        true => export(options, &result),
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
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        return Ok(Target::Time(WallMs(now.saturating_sub(back))));
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
    let is_single = names_one_group(options);
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

/// Whether the lines of a plan need not say their group. It is the command line that decides, not how many
/// groups there happen to be: a plan is read back under the options it was written with.
fn names_one_group(options: &Options) -> bool {
    options.values("group").len() == 1
}

fn export(options: &Options, result: &BTreeMap<String, Offsets>) -> Ended {
    let quoted = |text: &str| match text.contains([',', '"', ' ']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    };
    let mut text = String::new();
    for (group, offsets) in result {
        for (partition, offset) in offsets {
            let group = match names_one_group(options) {
                true => String::new(),
                false => format!("{},", quoted(group)),
            };
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
