//! `vltava group`: list, describe, delete; put offsets elsewhere or forget them; remove members.

use base::{Offset, Str, TopicPartition, WallMs};
use clap::{Args, Subcommand};
use client::Admin;
use client::admin::{GroupDescription, GroupFilter, GroupKind, Stability};
use client::consumer::Offsets;
use serde_json::{Value, json};

use super::Common;
use crate::failure::{Failure, Outcome};
use crate::group_offsets::{Progress, Target, plan, progress};
use crate::output::{Table, print_json, print_line};

/// List, describe and delete groups, and put their offsets elsewhere
#[derive(Debug, Args)]
pub struct Group {
    #[command(subcommand)]
    command: GroupCommand,
}

#[derive(Debug, Subcommand)]
enum GroupCommand {
    /// List all groups
    List {
        /// Only groups in these states, for instance `stable`; may be repeated
        #[arg(long, value_name = "STATE")]
        state: Vec<String>,
        /// Only groups of these types: classic, consumer, share, streams; may be repeated
        #[arg(long = "type", value_name = "TYPE")]
        kind: Vec<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Show what a group has read and what it has still to read
    Describe {
        #[arg(required = true)]
        names: Vec<String>,
        /// Show the members and what they read instead
        #[arg(long)]
        members: bool,
        #[command(flatten)]
        common: Common,
    },
    /// Put the offsets of a group without members elsewhere
    Reset {
        name: String,
        /// A topic, or partitions of it as `orders:0,2`; all that the group has committed without it
        #[arg(long, short)]
        topic: Vec<String>,
        #[command(flatten)]
        to: To,
        /// Only show where they would be put
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        common: Common,
    },
    /// Forget committed offsets of topics that no member reads
    Forget {
        name: String,
        /// A topic, or partitions of it as `orders:0,2`; may be repeated
        #[arg(long, short, required = true)]
        topic: Vec<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Take members out of a classic group
    RemoveMembers {
        name: String,
        /// The instance ids of static members; all members without it
        #[arg(long, value_name = "ID")]
        instance: Vec<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Delete groups without members, and their offsets
    Delete {
        #[arg(required = true)]
        names: Vec<String>,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct To {
    /// To the first record there is
    #[arg(long)]
    to_earliest: bool,
    /// Behind the last record
    #[arg(long)]
    to_latest: bool,
    /// To this offset
    #[arg(long, value_name = "OFFSET")]
    to_offset: Option<i64>,
    /// To the first record at or after this time (milliseconds since 1970)
    #[arg(long, value_name = "MS")]
    to_time: Option<i64>,
    /// By so many records forward, or back if negative
    #[arg(long, value_name = "COUNT", allow_hyphen_values = true)]
    shift_by: Option<i64>,
}

impl To {
    fn target(&self) -> Target {
        match self {
            To { to_earliest: true, .. } => Target::Earliest,
            To { to_offset: Some(offset), .. } => Target::Offset(*offset),
            To { to_time: Some(time), .. } => Target::Time(WallMs(*time)),
            To { shift_by: Some(by), .. } => Target::Shift(*by),
            _ => Target::Latest,
        }
    }
}

impl Group {
    pub async fn run(self) -> Outcome {
        match self.command {
            GroupCommand::List { state, kind, common } => {
                list(&GroupFilter { states: state, kinds: kind }, &common).await
            }
            GroupCommand::Describe { names, members: false, common } => {
                describe(&names, &common).await
            }
            GroupCommand::Describe { names, members: true, common } => {
                describe_members(&names, &common).await
            }
            GroupCommand::Reset { name, topic, to, dry_run, common } => {
                reset(&name, &topic, to.target(), dry_run, &common).await
            }
            GroupCommand::Forget { name, topic, common } => forget(&name, &topic, &common).await,
            GroupCommand::RemoveMembers { name, instance, common } => {
                let instances = (!instance.is_empty()).then_some(instance.as_slice());
                common.admin().await?.remove_members(&name, instances).await?;
                let text = format!("removed members of group {name}");
                common.say(json!({ "group": name, "removed": true }), &text)
            }
            GroupCommand::Delete { names, common } => delete(&names, &common).await,
        }
    }
}

async fn list(filter: &GroupFilter, common: &Common) -> Outcome {
    let groups = common.admin().await?.list_groups(filter).await?;
    if common.output.json {
        let groups = groups.iter().map(|group| {
            json!({
                "group": group.id.as_str(), "type": group.kind.as_str(),
                "state": group.state.as_str(), "protocolType": group.protocol_type.as_str(),
            })
        });
        return print_json(&groups.collect());
    }
    let mut table = Table::new(["GROUP", "TYPE", "STATE", "PROTOCOL"]);
    for group in groups {
        let texts = [&group.id, &group.kind, &group.state, &group.protocol_type];
        table.row(texts.map(|text| if text.is_empty() { "-".into() } else { text.to_string() }));
    }
    print_line(&table.to_string())
}

async fn describe(names: &[String], common: &Common) -> Outcome {
    let admin = common.admin().await?;
    let mut values = Vec::new();
    for name in names {
        let group = admin.describe_group(name).await?;
        let rows = progress(&admin, &group).await?;
        match common.output.json {
            true => values.push(group_json(&group, &rows)),
            false => print_progress(&group, &rows)?,
        }
    }
    match common.output.json {
        true => print_json(&Value::Array(values)),
        false => Ok(()),
    }
}

fn group_json(group: &GroupDescription, rows: &[Progress]) -> Value {
    let partitions = rows.iter().map(|row| {
        json!({
            "topic": row.partition.topic.as_str(), "partition": row.partition.partition.0,
            "offset": row.committed.map(|offset| offset.0), "end": row.end.map(|end| end.0),
            "lag": row.lag(), "member": row.member.as_ref().map(|member| member.id.as_str()),
        })
    });
    let members = group.members.iter().map(|member| {
        json!({
            "member": member.id.as_str(), "instance": member.instance.as_deref(),
            "client": member.client_id.as_str(), "host": member.host.as_str(),
            "partitions": member.assigned.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })
    });
    json!({
        "group": group.id.as_str(), "state": group.state.as_str(), "type": kind(group),
        "assignor": group.assignor.as_str(), "coordinator": group.coordinator.0,
        "members": members.collect::<Vec<_>>(), "partitions": partitions.collect::<Vec<_>>(),
    })
}

fn kind(group: &GroupDescription) -> &'static str {
    match group.kind {
        GroupKind::Classic => "classic",
        GroupKind::Consumer => "consumer",
    }
}

fn print_progress(group: &GroupDescription, rows: &[Progress]) -> Outcome {
    print_line(&format!(
        "group {}: {}, {}, {} members, coordinator {}",
        group.id,
        group.state,
        kind(group),
        group.members.len(),
        group.coordinator
    ))?;
    let number = |number: Option<i64>| number.map_or("-".to_owned(), |number| number.to_string());
    let mut table = Table::new(["TOPIC", "PARTITION", "OFFSET", "END", "LAG", "MEMBER"]);
    for row in rows {
        table.row([
            row.partition.topic.to_string(),
            row.partition.partition.to_string(),
            number(row.committed.map(|offset| offset.0)),
            number(row.end.map(|end| end.0)),
            number(row.lag()),
            row.member.as_ref().map_or("-".to_owned(), |member| member.id.to_string()),
        ]);
    }
    print_line(&table.to_string())
}

async fn describe_members(names: &[String], common: &Common) -> Outcome {
    let admin = common.admin().await?;
    let mut values = Vec::new();
    for name in names {
        let group = admin.describe_group(name).await?;
        if common.output.json {
            values.push(group_json(&group, &[]));
            continue;
        }
        let mut table = Table::new(["MEMBER", "INSTANCE", "CLIENT", "HOST", "PARTITIONS"]);
        for member in &group.members {
            let partitions: Vec<String> = member.assigned.iter().map(ToString::to_string).collect();
            table.row([
                member.id.to_string(),
                member.instance.as_ref().map_or("-".to_owned(), Str::to_string),
                member.client_id.to_string(),
                member.host.trim_start_matches('/').to_owned(),
                if partitions.is_empty() { "-".to_owned() } else { partitions.join(" ") },
            ]);
        }
        print_line(&table.to_string())?;
    }
    match common.output.json {
        true => print_json(&Value::Array(values)),
        false => Ok(()),
    }
}

/// The partitions that texts like `orders` and `orders:0,2` name.
async fn partitions(admin: &Admin, topics: &[String]) -> Result<Vec<TopicPartition>, Failure> {
    let mut all = Vec::new();
    for text in topics {
        match text.rsplit_once(':') {
            None => {
                let topic = admin.describe_topic(text).await?;
                let count = topic.partitions.len() as i32;
                all.extend((0..count).map(|index| TopicPartition::new(topic.name.clone(), index)));
            }
            Some((topic, indexes)) => {
                for index in indexes.split(',') {
                    let index = index.trim().parse().map_err(|_| {
                        Failure::usage(format!(
                            "partitions are given as `topic:0,1,2`, got `{text}`"
                        ))
                    })?;
                    all.push(TopicPartition::new(topic, index));
                }
            }
        }
    }
    Ok(all)
}

async fn reset(
    name: &str,
    topics: &[String],
    target: Target,
    dry_run: bool,
    common: &Common,
) -> Outcome {
    let admin = common.admin().await?;
    let committed = admin.group_offsets(name, Stability::Any).await?;
    let partitions = match topics.is_empty() {
        true => committed.keys().cloned().collect(),
        false => partitions(&admin, topics).await?,
    };
    if partitions.is_empty() {
        return Err(Failure::failed(format!(
            "group {name} has committed nothing; name the topics with --topic"
        )));
    }
    let (offsets, clamped) = plan(&admin, &committed, &partitions, target).await?;
    for clamped in &clamped {
        eprintln!(
            "{} has no offset {}; it is put to {}",
            clamped.partition, clamped.asked, clamped.offset
        );
    }
    if !dry_run {
        admin.alter_group_offsets(name, &offsets).await?;
    }
    print_offsets(name, &committed, &offsets, common)
}

fn print_offsets(name: &str, committed: &Offsets, offsets: &Offsets, common: &Common) -> Outcome {
    let before = |partition: &TopicPartition| committed.get(partition).map(|found| found.offset);
    if common.output.json {
        let offsets = offsets.iter().map(|(partition, offset)| {
            json!({
                "group": name, "topic": partition.topic.as_str(),
                "partition": partition.partition.0, "offset": offset.offset.0,
                "before": before(partition).map(|offset| offset.0),
            })
        });
        return print_json(&offsets.collect());
    }
    let mut table = Table::new(["TOPIC", "PARTITION", "BEFORE", "OFFSET"]);
    for (partition, offset) in offsets {
        table.row([
            partition.topic.to_string(),
            partition.partition.to_string(),
            before(partition).map_or("-".to_owned(), |offset: Offset| offset.to_string()),
            offset.offset.to_string(),
        ]);
    }
    print_line(&table.to_string())
}

async fn forget(name: &str, topics: &[String], common: &Common) -> Outcome {
    let admin = common.admin().await?;
    let partitions = partitions(&admin, topics).await?;
    let results = admin.delete_group_offsets(name, &partitions).await?;
    let mut failed = None;
    for (partition, result) in results {
        match result {
            Ok(()) => {
                let text = format!("forgot the offset of {partition} in group {name}");
                common.say(json!({ "group": name, "partition": partition.to_string() }), &text)?;
            }
            Err(error) => failed = Some(error),
        }
    }
    failed.map_or(Ok(()), |error| Err(error.into()))
}

async fn delete(names: &[String], common: &Common) -> Outcome {
    let admin = common.admin().await?;
    for name in names {
        admin.delete_group(name).await?;
        let json = json!({ "group": name, "deleted": true });
        common.say(json, &format!("deleted group {name}"))?;
    }
    Ok(())
}
