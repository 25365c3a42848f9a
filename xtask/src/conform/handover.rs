//! Coordinators that travel with the data directory: what one broker left in `__consumer_offsets`,
//! `__transaction_state` and `__share_group_state`, the next must go on with.
//!
//! On one directory: this node keeps groups, transactions and a share group, and is stopped; Apache
//! Kafka goes on with them and keeps more of its own; this node goes on with those. The long form
//! makes the journey a second time, on a directory that Apache formatted. What is kept, and what
//! going on means, stands in `tests/conform/java/Handover.java`.

use std::path::Path;
use std::time::Duration;

use super::Run;
use super::coordinators;
use super::node::{Kind, Node, Settings};
use super::report::Check;
use super::suites::{client, java_command, run_to_success};

const STEP_LIMIT: Duration = Duration::from_secs(240);

pub fn run(run: &Run) -> Result<Vec<Check>, String> {
    let ours = run.options.kind;
    let mut journeys = vec![("handover-ours", [ours, Kind::Apache, ours])];
    if !run.options.sample {
        journeys.push(("handover-apache", [Kind::Apache, ours, Kind::Apache]));
    }
    let mut checks = Vec::new();
    for (name, brokers) in journeys {
        // A journey that breaks off keeps what it has found so far.
        let whole = journey(run, name, &brokers, &mut checks);
        checks.push(Check::of(format!("{name}: makes the whole journey"), whole));
    }
    Ok(checks)
}

/// Members of a consumer group must not be missed while the directory changes hands.
fn settings() -> Settings {
    coordinators::settings()
        .with("group.consumer.session.timeout.ms", "20000")
        .with("group.consumer.max.session.timeout.ms", "60000")
}

fn journey(run: &Run, name: &str, brokers: &[Kind], checks: &mut Vec<Check>) -> Result<(), String> {
    let home = run.workshop.folder(name)?;
    for (leg, kind) in brokers.iter().enumerate() {
        let mut node = Node::start(*kind, run.workshop, &home, &settings())?;
        if leg > 0 {
            checks.extend(find(run, &node, &kept(leg - 1), &home)?);
        }
        if leg + 1 < brokers.len() {
            keep(run, &node, &kept(leg), &home)?;
        }
        let stopped = format!("{name}: {} stops cleanly", kind.name());
        checks.push(Check::of(stopped, node.stop().map(drop)));
    }
    Ok(())
}

fn kept(leg: usize) -> String {
    format!("kept-{leg}")
}

fn keep(run: &Run, node: &Node, name: &str, home: &Path) -> Result<(), String> {
    let command = handover(run, node, "keep", name, home)?;
    let finished = run_to_success(command, home, &format!("keep-{name}"), STEP_LIMIT)
        .map_err(|e| format!("against {}: {e}\n{}", node.kind.name(), node.log_tail(20)))?;
    match finished.stdout_text().contains("KEPT") {
        true => Ok(()),
        false => Err(format!("{} did not keep it\n{}", node.kind.name(), finished.tail(20))),
    }
}

fn find(run: &Run, node: &Node, name: &str, home: &Path) -> Result<Vec<Check>, String> {
    let command = handover(run, node, "find", name, home)?;
    let found =
        client(run.workshop, &format!("{name} on {}", node.kind.name()), command, STEP_LIMIT);
    if found.iter().any(Check::has_failed) {
        println!("  -- the end of the log of {}:\n{}\n  --", node.kind.name(), node.log_tail(40));
    }
    Ok(found)
}

fn handover(
    run: &Run,
    node: &Node,
    what: &str,
    name: &str,
    home: &Path,
) -> Result<std::process::Command, String> {
    let jars = run.workshop.kafka_jars()?;
    let sources = ["Handover.java", "Checks.java"];
    let mut command = java_command(run.workshop, "Handover", &sources, &jars)?;
    command.args([&node.bootstrap, what, name]).arg(home.join(format!("{name}.txt")));
    Ok(command)
}
