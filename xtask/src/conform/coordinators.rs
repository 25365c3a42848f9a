//! The suites about coordinators: groups, transactions, share groups. Several of them kill the node
//! in the middle (`falls.rs`); what must hold then is checked by the programs in `tests/conform`.
//!
//! Each has a short form, for CI, and a long one. The long form of `groups` runs every storm a second
//! time while the node falls.

use std::process::Command;
use std::time::Duration;

use super::Run;
use super::child::{self, Finished};
use super::falls::every;
use super::node::Settings;
use super::report::Check;
use super::suites::{CLIENT_LIMIT, client, java_command};

/// Members that are gone are missed after this long. Kafka's defaults would make a storm of a minute
/// one of an hour; less would take a process for dead that an overloaded machine has not let run.
const SESSION_MS: &str = "6000";

pub fn settings() -> Settings {
    Settings::common()
        .with("group.min.session.timeout.ms", SESSION_MS)
        .with("group.consumer.session.timeout.ms", SESSION_MS)
        .with("group.consumer.min.session.timeout.ms", SESSION_MS)
        .with("group.consumer.heartbeat.interval.ms", "500")
        .with("group.consumer.min.heartbeat.interval.ms", "500")
        .with("group.share.heartbeat.interval.ms", "500")
        .with("group.share.min.heartbeat.interval.ms", "500")
        .with("group.share.session.timeout.ms", SESSION_MS)
        .with("group.share.min.session.timeout.ms", SESSION_MS)
        .with("group.share.record.lock.duration.ms", "15000")
        .with("group.share.min.record.lock.duration.ms", "1000")
        .with("group.share.delivery.count.limit", "10")
        .with("transaction.abort.timed.out.transaction.cleanup.interval.ms", "1000")
}

/// A storm is over after this; a dozen of them run in each suite.
const STORMS_LIMIT: Duration = Duration::from_secs(1200);

pub fn groups(run: &Run) -> Result<Vec<Check>, String> {
    let steps = if run.options.sample { "4" } else { "15" };
    let mut checks = storms(run, "groups", steps, &[])?;
    if !run.options.sample {
        checks.extend(storms(run, "groups-falling", steps, &every(20, 4))?);
    }
    Ok(checks)
}

/// Every kind of member in storms of its own: `tests/conform/python/storm.py` leads them.
fn storms(run: &Run, name: &str, steps: &str, pauses: &[Duration]) -> Result<Vec<Check>, String> {
    let workshop = run.workshop;
    let jars = workshop.kafka_jars()?;
    let go = workshop.go_program()?;
    let python = workshop.python("python-new", "new.txt")?;
    let aiokafka = workshop.python("python-aiokafka", "aiokafka.txt")?;
    let modules = workshop.node_modules()?;
    let script = |file: &str| workshop.source(file);
    let members = [
        ("java", java_command(workshop, "Member", &["Member.java"], &jars)?),
        ("librdkafka", child::command(&python, [script("python/member_confluent.py")])),
        ("kafka-python", child::command(&python, [script("python/member_kafka_python.py")])),
        ("aiokafka", child::command(&aiokafka, [script("python/member_aiokafka.py")])),
        ("franz-go", child::command(&go, ["franz-member"])),
        ("sarama", child::command(&go, ["sarama-member"])),
        ("kafkajs", child::command("node", [script("node/member.js")])),
    ];
    run.with_falling_node(name, &settings(), pauses, |bootstrap| {
        let mut command = child::command(&python, [script("python/storm.py")]);
        command.args([bootstrap, steps]);
        for (member, program) in &members {
            command.args(["--", member]).arg(program.get_program()).args(program.get_args());
        }
        command
            .current_dir(&workshop.scratch)
            .env("NODE_PATH", &modules)
            .env("KAFKAJS_NO_PARTITIONER_WARNING", "1");
        Ok(client(workshop, name, command, STORMS_LIMIT))
    })
}

pub fn transactions(run: &Run) -> Result<Vec<Check>, String> {
    let workshop = run.workshop;
    let jars = workshop.kafka_jars()?;
    let sources = ["Transactions.java", "Checks.java"];
    let java = |what: &[&str]| -> Result<Command, String> {
        let mut command = java_command(workshop, "Transactions", &sources, &jars)?;
        command.args(what);
        Ok(command)
    };
    let python = workshop.python("python-new", "new.txt")?;
    let go = workshop.go_program()?;
    let script = workshop.source("python/confluent_transactions.py");
    let steady = [
        ("java transactions", java(&["rules"])?),
        ("librdkafka transactions", child::command(&python, [&script])),
        ("franz-go transactions", child::command(&go, ["franz-transactions"])),
    ];
    let (seconds, records, falls) =
        if run.options.sample { ("15", "1200", 2) } else { ("60", "8000", 6) };
    let storm = java(&["storm", seconds])?;
    let classic = java(&["transform", "classic", records])?;
    let consumer = java(&["transform", "consumer", records])?;
    let mut checks = run.with_node("transactions", &settings(), |bootstrap| {
        let mut checks = Vec::new();
        for (name, mut command) in steady {
            command.arg(bootstrap);
            checks.extend(client(workshop, name, command, CLIENT_LIMIT));
        }
        Ok(checks)
    })?;
    let falling = [
        ("transactions-falling", storm, every(5, falls)),
        ("transform-classic", classic, every(5, falls)),
        ("transform-consumer", consumer, every(5, falls)),
    ];
    for (name, mut command, pauses) in falling {
        checks.extend(run.with_falling_node(name, &settings(), &pauses, |bootstrap| {
            command.arg(bootstrap);
            Ok(client(workshop, name, command, CLIENT_LIMIT))
        })?);
    }
    Ok(checks)
}

pub fn share(run: &Run) -> Result<Vec<Check>, String> {
    let workshop = run.workshop;
    let jars = workshop.kafka_jars()?;
    let command = |what: &[&str]| -> Result<Command, String> {
        let sources = ["ShareMembers.java", "Checks.java"];
        let mut command = java_command(workshop, "ShareMembers", &sources, &jars)?;
        command.args(what);
        Ok(command)
    };
    let (seconds, falls) = if run.options.sample { ("12", 1) } else { ("60", 5) };
    let mut steady = command(&["steady"])?;
    let mut falling = command(&["falling", seconds])?;
    let mut checks = run.with_node("share", &settings(), |bootstrap| {
        steady.arg(bootstrap);
        Ok(client(workshop, "share", steady, CLIENT_LIMIT))
    })?;
    checks.extend(run.with_falling_node(
        "share-falling",
        &settings(),
        &every(7, falls),
        |bootstrap| {
            falling.arg(bootstrap);
            Ok(client(workshop, "share-falling", falling, CLIENT_LIMIT))
        },
    )?);
    Ok(checks)
}

/// franz-go's own tests that involve a coordinator. Those that need no broker at all are left out.
const KGO_TESTS: &str = "^(TestGroup.*|TestTxn.*|TestShareGroup.*|Test848.*|TestConsumeRegex.*|\
                         TestUnknownGroup.*|TestIssue434|TestIssue523)$";

pub fn kgo(run: &Run) -> Result<Vec<Check>, String> {
    let workshop = run.workshop;
    let tests = workshop.franz_tests()?;
    let records = if run.options.sample { "2000" } else { "50000" };
    run.with_node("kgo", &Settings::common(), |bootstrap| {
        let mut command = child::command(tests, ["-test.v", "-test.timeout", "15m"]);
        command
            .args(["-test.run", KGO_TESTS])
            .current_dir(&workshop.scratch)
            .env("KGO_SEEDS", bootstrap)
            .env("KGO_TEST_RF", "1")
            .env("KGO_TEST_RECORDS", records)
            .env("KGO_LOG_LEVEL", "none");
        let finished = child::run(command, &workshop.scratch, "kgo", STORMS_LIMIT)?;
        Ok(go_tests(&finished))
    })
}

/// The verdicts of a Go test program, nested ones included. A skip is no pass: Apache Kafka serves
/// everything that these tests ask for.
fn go_tests(finished: &Finished) -> Vec<Check> {
    let text = finished.stdout_text();
    let mut checks: Vec<Check> =
        text.lines().filter_map(|line| go_verdict(line, finished)).collect();
    if !finished.ending.is_success() && !checks.iter().any(Check::has_failed) {
        let detail = format!("the tests {}\n{}", finished.ending, finished.tail(25));
        checks.push(Check::failed("kgo: runs to its end", detail));
    }
    checks
}

fn go_verdict(line: &str, finished: &Finished) -> Option<Check> {
    let (word, rest) = line.trim_start().strip_prefix("--- ")?.split_once(": ")?;
    let name = format!("kgo: {}", rest.split(' ').next().unwrap_or(rest));
    Some(match word {
        "PASS" => Check::passed(name),
        _ => Check::failed(name, format!("{word}\n{}", finished.tail(25))),
    })
}

pub fn seeds(run: &Run) -> Result<Vec<Check>, String> {
    let workshop = run.workshop;
    let python = workshop.python("python-new", "new.txt")?;
    run.with_node("seeds", &Settings::common(), |bootstrap| {
        let mut checks = Vec::new();
        for (name, script) in
            [("kafka-python", "seed_kafka_python.py"), ("confluent-kafka", "seed_confluent.py")]
        {
            let mut command = child::command(&python, [workshop.source("python").join(script)]);
            command.arg(bootstrap);
            checks.extend(client(workshop, &format!("seeds {name}"), command, CLIENT_LIMIT));
        }
        Ok(checks)
    })
}
