//! The suites that are nothing but clients: which programs each one runs, with which pins, for how
//! long at most. What the programs check stands in `tests/conform`.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::child::{self, Finished};
use super::node::{Kind, Settings};
use super::report::{self, Check};
use super::workshop::Workshop;
use super::{Run, coordinators, disk, handover};

/// What a suite does in a run, down to what it has found.
pub type Program = fn(&Run) -> Result<Vec<Check>, String>;

pub struct Suite {
    pub name: &'static str,
    pub run: Program,
}

pub const ALL: &[Suite] = &[
    Suite { name: "wire", run: wire },
    Suite { name: "java", run: java },
    Suite { name: "streams", run: streams },
    Suite { name: "python", run: python },
    Suite { name: "go", run: go },
    Suite { name: "kcat", run: kcat },
    Suite { name: "node", run: node },
    Suite { name: "legacy", run: legacy },
    Suite { name: "flights", run: flights },
    Suite { name: "groups", run: coordinators::groups },
    Suite { name: "transactions", run: coordinators::transactions },
    Suite { name: "share", run: coordinators::share },
    Suite { name: "kgo", run: coordinators::kgo },
    Suite { name: "seeds", run: coordinators::seeds },
    Suite { name: "disk", run: disk::run },
    Suite { name: "handover", run: handover::run },
];

pub fn find(name: &str) -> Option<&'static Suite> {
    ALL.iter().find(|suite| suite.name == name)
}

/// A client program gets this long for all of its checks: several times what it takes on a machine
/// that does nothing else.
pub const CLIENT_LIMIT: Duration = Duration::from_secs(400);

/// Runs one client program and reads its checks.
pub fn client(workshop: &Workshop, name: &str, command: Command, limit: Duration) -> Vec<Check> {
    let file = name.replace([' ', ':', '/'], "-");
    match child::run(command, &workshop.scratch, &file, limit) {
        Ok(finished) => report::checks_of(name, &finished),
        Err(reason) => vec![Check::failed(format!("{name}: starts"), reason)],
    }
}

/// A Java program of `tests/conform/java`, compiled against `jars`.
pub fn java_command(
    workshop: &Workshop,
    class: &str,
    sources: &[&str],
    jars: &Path,
) -> Result<Command, String> {
    let name = format!(
        "java-{class}-{}",
        jars.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
    );
    let class_path = workshop.java_classes(&name, sources, jars)?;
    let mut command = child::command("java", ["-Xmx512m", "-XX:+UseSerialGC"]);
    command
        .arg(super::node::log4j_flag(workshop))
        .arg(super::node::log4j_legacy_flag(workshop))
        .args(["-cp", &class_path, class]);
    Ok(command)
}

fn wire(run: &Run) -> Result<Vec<Check>, String> {
    let workshop = run.workshop;
    let xtask = std::env::current_exe().map_err(|e| format!("could not find xtask: {e}"))?;
    let mut checks = Vec::new();
    let rounds =
        [("kafka 4.3.1", workshop.kafka_jars()?), ("kafka 3.9.2", workshop.legacy_jars()?)];
    for (name, jars) in rounds {
        let mut command = java_command(workshop, "Wire", &["Wire.java"], &jars)?;
        command.arg(&xtask);
        checks.extend(client(workshop, name, command, CLIENT_LIMIT));
    }
    Ok(checks)
}

fn java(run: &Run) -> Result<Vec<Check>, String> {
    let workshop = run.workshop;
    let jars = workshop.kafka_jars()?;
    let clients = [("producer and consumer", "Clients"), ("admin", "AdminClient")];
    let mut commands = Vec::new();
    for (name, class) in clients {
        let source = format!("{class}.java");
        let sources = [source.as_str(), "Checks.java"];
        commands.push((name, java_command(workshop, class, &sources, &jars)?));
    }
    run.with_node("java", &Settings::common(), |bootstrap| {
        let mut checks = Vec::new();
        for (name, mut command) in commands {
            command.arg(bootstrap);
            checks.extend(client(workshop, &format!("java {name}"), command, CLIENT_LIMIT));
        }
        Ok(checks)
    })
}

/// The Kafka Streams application starts a second process, kills it and waits until it is missed, four
/// times over.
const STREAMS_LIMIT: Duration = Duration::from_secs(1500);

fn streams(run: &Run) -> Result<Vec<Check>, String> {
    let workshop = run.workshop;
    let jars = workshop.streams_jars()?;
    let sources = ["streams/StreamsApplication.java", "Checks.java"];
    let mut command = java_command(workshop, "StreamsApplication", &sources, &jars)?;
    // Members are missed sooner than Kafka's defaults allow.
    let settings = Settings::common()
        .with("group.streams.heartbeat.interval.ms", "1000")
        .with("group.streams.min.heartbeat.interval.ms", "500")
        .with("group.streams.session.timeout.ms", "10000")
        .with("group.streams.min.session.timeout.ms", "5000");
    run.with_node("streams", &settings, |bootstrap| {
        command.arg(bootstrap);
        Ok(client(workshop, "streams", command, STREAMS_LIMIT))
    })
}

fn python(run: &Run) -> Result<Vec<Check>, String> {
    let workshop = run.workshop;
    let clients = [
        ("kafka-python 3.0", workshop.python("python-new", "new.txt")?, "kafka_python.py"),
        ("kafka-python 2.0", workshop.python("python-2.0", "2.0.txt")?, "kafka_python.py"),
        ("confluent-kafka", workshop.python("python-new", "new.txt")?, "confluent.py"),
    ];
    run.with_node("python", &Settings::common(), |bootstrap| {
        let mut checks = Vec::new();
        for (name, python, script) in clients {
            let script = workshop.source("python").join(script);
            let mut command = child::command(python, [script]);
            command.arg(bootstrap);
            checks.extend(client(workshop, name, command, CLIENT_LIMIT));
        }
        Ok(checks)
    })
}

fn go(run: &Run) -> Result<Vec<Check>, String> {
    let workshop = run.workshop;
    let program = workshop.go_program()?;
    run.with_node("go", &Settings::common(), |bootstrap| {
        let mut checks = Vec::new();
        for name in ["franz-go", "sarama"] {
            let command = child::command(&program, [name, bootstrap]);
            checks.extend(client(workshop, name, command, CLIENT_LIMIT));
        }
        Ok(checks)
    })
}

fn kcat(run: &Run) -> Result<Vec<Check>, String> {
    let workshop = run.workshop;
    let kcat = workshop.kcat()?;
    run.with_node("kcat", &Settings::common(), |bootstrap| {
        let mut command = child::command("bash", [workshop.source("kcat.sh")]);
        command.arg(bootstrap).arg(&kcat);
        Ok(client(workshop, "kcat", command, CLIENT_LIMIT))
    })
}

fn node(run: &Run) -> Result<Vec<Check>, String> {
    let workshop = run.workshop;
    let modules = workshop.node_modules()?;
    run.with_node("node", &Settings::common(), |bootstrap| {
        let mut command = child::command("node", [workshop.source("node/kafkajs.js")]);
        command
            .arg(bootstrap)
            .env("NODE_PATH", &modules)
            .env("KAFKAJS_NO_PARTITIONER_WARNING", "1");
        Ok(client(workshop, "kafkajs", command, CLIENT_LIMIT))
    })
}

/// The versions that Kafka 4 dropped. The yardstick here is Apache Kafka 3.9.2, the last that
/// serves them.
fn legacy(run: &Run) -> Result<Vec<Check>, String> {
    let workshop = run.workshop;
    let kind = if run.options.kind == Kind::Apache { Kind::Apache39 } else { run.options.kind };
    let program = workshop.go_program()?;
    let python_new = workshop.python("python-new", "new.txt")?;
    let python_old = workshop.python("python-2.0", "2.0.txt")?;
    let modules = workshop.node_modules()?;
    let script = |file: &str| workshop.source("python").join(file);
    let mut commands = vec![
        ("raw bytes", child::command(&python_new, [script("raw_legacy.py")])),
        (
            "kafka-python 2.0 as of 0.8-0.10",
            child::command(python_old, [script("old_versions.py")]),
        ),
        ("librdkafka as of 0.9", child::command(&python_new, [script("confluent_legacy.py")])),
        ("sarama as of 0.8-0.10", child::command(program, ["sarama-legacy"])),
        ("kafka-node", child::command("node", [workshop.source("node/kafka-node.js")])),
    ];
    let mut missing = Vec::new();
    for old in OLD_CLIENTS {
        match workshop.old_python(old.python, old.environment, old.requirements)? {
            Some(python) => commands.push((old.name, child::command(python, [script(old.script)]))),
            None => {
                let reason = format!("it wants Python {}, which is not here", old.python);
                missing.push(Check::not_run(old.name, reason));
            }
        }
    }
    let mut checks = run.with_node_of(kind, "legacy", &Settings::common(), |bootstrap| {
        let mut checks = missing;
        for (name, command) in &mut commands {
            let mut command = std::mem::replace(command, Command::new("true"));
            command.arg(bootstrap).env("NODE_PATH", &modules);
            checks.extend(client(workshop, name, command, CLIENT_LIMIT));
        }
        Ok(checks)
    })?;
    checks.extend(replay(run, kind)?);
    Ok(checks)
}

/// A client of old that needs an interpreter of its age.
struct OldClient {
    name: &'static str,
    python: &'static str,
    environment: &'static str,
    requirements: &'static str,
    script: &'static str,
    /// What it said to Apache Kafka 3.9.2, and the answers.
    recording: &'static str,
}

const OLD_CLIENTS: &[OldClient] = &[
    OldClient {
        name: "kafka-python 1.3",
        python: "3.6",
        environment: "python-1.3",
        requirements: "1.3.txt",
        script: "kafka_python_1_3.py",
        recording: "kafka-python-1.3.txt.gz",
    },
    OldClient {
        name: "pykafka 2.8",
        python: "3.7",
        environment: "python-pykafka",
        requirements: "pykafka.txt",
        script: "pykafka_2_8.py",
        recording: "pykafka-2.8.txt.gz",
    },
];

/// The address that recorded brokers advertised; it stands in their answers.
const RECORDED_PORT: &str = "19092";

fn recorded_settings() -> Settings {
    let address = format!("PLAINTEXT://127.0.0.1:{RECORDED_PORT}");
    Settings::common().with("advertised.listeners", &address)
}

/// What the clients of old said once, word for word, also where they cannot run.
fn replay(run: &Run, kind: Kind) -> Result<Vec<Check>, String> {
    let mut checks = Vec::new();
    for old in OLD_CLIENTS {
        let name = format!("replay-{}", old.environment);
        checks.extend(run.with_node_of(kind, &name, &recorded_settings(), |bootstrap| {
            let mut command = child::command("python3", [run.workshop.source("python/replay.py")]);
            command.arg(bootstrap).arg(run.workshop.source("recordings").join(old.recording));
            Ok(client(run.workshop, &name, command, CLIENT_LIMIT))
        })?);
    }
    Ok(checks)
}

/// `cargo conform record`: writes the recordings that `replay` compares with.
pub fn record(run: &Run) -> Result<Vec<Check>, String> {
    let workshop = run.workshop;
    let mut checks = Vec::new();
    for old in OLD_CLIENTS {
        let python = workshop
            .old_python(old.python, old.environment, old.requirements)?
            .ok_or_else(|| format!("{} wants Python {}", old.name, old.python))?;
        let script = |file: &str| workshop.source("python").join(file);
        let (name, settings) = (format!("record-{}", old.environment), recorded_settings());
        checks.extend(run.with_node_of(Kind::Apache39, &name, &settings, |bootstrap| {
            let mut command = child::command("python3", [script("record.py")]);
            command
                .args([RECORDED_PORT, bootstrap])
                .arg(workshop.source("recordings").join(old.recording))
                .arg(python)
                .arg(script(old.script))
                .arg(format!("127.0.0.1:{RECORDED_PORT}"))
                .arg(old.environment);
            Ok(client(workshop, old.name, command, CLIENT_LIMIT))
        })?);
    }
    Ok(checks)
}

/// One client writes, four read: same bytes, same order per key.
fn flights(run: &Run) -> Result<Vec<Check>, String> {
    let workshop = run.workshop;
    let python = workshop.python("python-new", "new.txt")?;
    let jars = workshop.kafka_jars()?;
    let reader = java_command(workshop, "Reader", &["Reader.java", "Checks.java"], &jars)?;
    let go = workshop.go_program()?;
    let modules = workshop.node_modules()?;
    let every = if run.options.sample { "20" } else { "1" };
    run.with_node("flights", &Settings::common(), |bootstrap| {
        let mut command = child::command(python, [workshop.source("python/flights.py")]);
        command.args([bootstrap, every]).arg(go).arg(workshop.source("node/values.js"));
        command.env("NODE_PATH", &modules).env("KAFKAJS_NO_PARTITIONER_WARNING", "1");
        command.arg(reader.get_program()).args(reader.get_args());
        Ok(client(workshop, "flights", command, Duration::from_secs(900)))
    })
}

/// For suites that want the raw output rather than checks.
pub fn run_to_success(
    command: Command,
    folder: &Path,
    name: &str,
    limit: Duration,
) -> Result<Finished, String> {
    let finished = child::run(command, folder, name, limit)?;
    match finished.ending.is_success() {
        true => Ok(finished),
        false => Err(format!("{name} {}\n{}", finished.ending, finished.tail(20))),
    }
}
