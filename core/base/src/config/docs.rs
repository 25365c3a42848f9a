//! The page `docs/configuration.md`, made from the declarations.

use std::fmt::Write;

use super::key::{Audience, Concern, DefaultText, Importance, Key};
use super::keys;
use super::status::status;

const HEAD: &str = "\
# Configuration

<!-- Made from the declarations in core/base/src/config/keys; change it there. -->

A node reads `server.properties` as Kafka does, then `KAFKA_*` environment variables as Kafka's
container image maps them, then `--set name=value`; what is read later wins. Without a file, and
without `process.roles` in the environment or on the command line, the values of a node of its own on
this machine lie below: it listens on `localhost:9092`, keeps its data in `./vltava-data`, its
internal topics have one replica, and the first member of a group does not wait for others
(`group.initial.rebalance.delay.ms=0`).

Types, defaults and limits are those of Apache Kafka 4.3.1. *Update* says whether a key can change
while the node runs. *State* says whether it is obeyed yet: a key that is not built and is set to
something else than its default stops the node where security, durability or replication is at
stake, and is one warning elsewhere.
";

/// The whole page.
pub fn markdown() -> String {
    let mut page = HEAD.to_owned();
    for (title, table) in keys::BROKER_AREAS {
        section(&mut page, title, table);
    }
    section(&mut page, "Topics", keys::topic::TOPIC);
    section(&mut page, "Groups (as a resource)", keys::group::GROUP);
    section(&mut page, "Client metrics", keys::client_metrics::CLIENT_METRICS);
    page
}

fn section(page: &mut String, title: &str, table: &[&Key]) {
    let _ = write!(
        page,
        "\n## {title}\n\n| Key | Type | Default | Allowed | Importance | Update | Since | State | What it does |\n|---|---|---|---|---|---|---|---|---|\n"
    );
    for key in table {
        row(page, key);
    }
}

fn row(page: &mut String, key: &Key) {
    let default = match key.default {
        DefaultText::Required => "*required*".to_owned(),
        DefaultText::Null => "*none*".to_owned(),
        DefaultText::Text("") => "*empty*".to_owned(),
        DefaultText::Text(text) => format!("`{text}`"),
    };
    let unit = key.unit.name();
    let kind = if unit.is_empty() {
        key.kind.name().to_owned()
    } else {
        format!("{} ({unit})", key.kind.name())
    };
    let importance = match key.importance {
        Importance::High => "high",
        Importance::Medium => "medium",
        Importance::Low => "low",
    };
    let update = match key.level {
        super::key::Level::Broker => key.update.name(),
        _ => "any time",
    };
    let since = if key.audience == Audience::Vltava { "Vltava" } else { key.since };
    let _ = writeln!(
        page,
        "| `{}` | {kind} | {default} | {} | {importance} | {update} | {since} | {} | {}{} |",
        key.name,
        key.rule.describe(),
        status(key).name(),
        key.doc(),
        remarks(key),
    );
}

fn remarks(key: &Key) -> String {
    let mut remarks = String::new();
    if key.concern != Concern::Nothing {
        let _ = write!(remarks, " Concerns {}.", key.concern.name());
    }
    if key.audience == Audience::Internal {
        remarks.push_str(" Internal.");
    }
    if !key.synonyms.is_empty() {
        let names: Vec<String> =
            key.synonyms.iter().map(|synonym| format!("`{}`", synonym.name)).collect();
        let _ = write!(remarks, " Where it is not set: {}.", names.join(", then "));
    }
    remarks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_what_the_declarations_say() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
        // A test may look at files; the shelf's rule is for what it ships.
        #[allow(clippy::disallowed_methods)]
        let page = {
            if std::env::var("UPDATE").is_ok_and(|value| value == "1") {
                std::fs::write(path, markdown()).expect("docs/ can be written");
            }
            std::fs::read_to_string(path).unwrap_or_default()
        };
        assert!(
            page == markdown(),
            "docs/configuration.md is stale; run `UPDATE=1 cargo test -p vltava-base config::docs`"
        );
    }
}
