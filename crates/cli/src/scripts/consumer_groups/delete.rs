//! Groups that go, and offsets that are forgotten.

use std::collections::BTreeMap;
use std::fmt::Write;

use base::{ErrorCode, Str};
use client::Admin;

use super::super::options::Options;
use super::super::{Ended, Ending, messages};
use super::{MISSING, groups, partitions_of, print_error, width};
use crate::output::print_line;

pub async fn delete(admin: &Admin, options: &Options) -> Ended {
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

pub async fn delete_offsets(admin: &Admin, options: &Options) -> Ended {
    let group = options.only_value("group")?.unwrap_or_default();
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
