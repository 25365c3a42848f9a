//! What a group has committed, who is in it, and how it is.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use base::{Str, TopicPartition};
use client::Admin;
use client::admin::GroupDescription;

use super::super::options::Options;
use super::super::{Ended, Ending, messages};
use super::{MISSING, groups, print_error, width};
use crate::group_offsets::{Progress, progress};
use crate::output::print_line;

pub async fn describe(admin: &Admin, options: &Options) -> Ended {
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
