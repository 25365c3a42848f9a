//! The groups that there are, by state and type.

use std::fmt::Write;

use base::Str;
use client::Admin;
use client::admin::GroupFilter;

use super::super::options::Options;
use super::super::{Ended, Ending};
use super::{STATES, consumer_groups};
use crate::output::print_line;

pub async fn list(admin: &Admin, options: &Options) -> Ended {
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
