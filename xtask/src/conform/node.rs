//! One broker to test against: Vltava, or Apache Kafka as the yardstick, on free ports of 127.0.0.1
//! with a data directory that nobody used before.
//!
//! Both read the very same `server.properties`, so that whatever differs in the answers differs in
//! the broker. A node is ended by SIGTERM, and how it ended is part of what a suite checks.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::child::{self, Ending, Running};
use super::workshop::Workshop;

/// A fixed cluster id: directories travel between the two brokers in the disk suite.
pub const CLUSTER_ID: &str = "dmx0YXZhLWNvbmZvcm0tMQ";

/// Apache Kafka takes more than a minute after a crash with ten thousand partitions.
const START_LIMIT: Duration = Duration::from_secs(240);
const STOP_LIMIT: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Vltava,
    /// Apache Kafka 4.3.1, the baseline.
    Apache,
    /// Apache Kafka 3.9.2, the last release that served the clients of the 0.x age.
    Apache39,
}

impl Kind {
    pub fn parse(word: &str) -> Result<Kind, String> {
        match word {
            "vltava" => Ok(Kind::Vltava),
            "apache" => Ok(Kind::Apache),
            "apache-3.9" => Ok(Kind::Apache39),
            other => Err(format!("--node must be vltava, apache or apache-3.9, got {other}")),
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Kind::Vltava => "vltava",
            Kind::Apache => "Apache Kafka 4.3.1",
            Kind::Apache39 => "Apache Kafka 3.9.2",
        }
    }
}

/// What a node is started with beyond the common settings.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    pub properties: Vec<(String, String)>,
    /// Heap of a Java node in MiB.
    pub heap_mib: u32,
}

impl Settings {
    pub fn common() -> Settings {
        Settings { properties: Vec::new(), heap_mib: 512 }
    }

    pub fn with(mut self, key: &str, value: &str) -> Settings {
        self.properties.push((key.into(), value.into()));
        self
    }
}

/// A running node.
pub struct Node {
    pub kind: Kind,
    pub bootstrap: String,
    /// Holds `server.properties`, `data/` and the node's output.
    pub home: PathBuf,
    /// From the start of the process to its first answer to ApiVersions.
    pub start_time: Duration,
    process: Running,
}

impl Node {
    /// Starts a node in `home`. A `home` that already has `data/` is served as it is; a fresh one is
    /// formatted first where the broker does not do so itself.
    pub fn start(
        kind: Kind,
        workshop: &Workshop,
        home: &Path,
        settings: &Settings,
    ) -> Result<Node, String> {
        let io = |e: std::io::Error| format!("could not prepare {}: {e}", home.display());
        fs::create_dir_all(home).map_err(io)?;
        let (port, controller_port) = (free_port()?, free_port()?);
        let config = home.join("server.properties");
        fs::write(&config, properties(home, port, controller_port, settings)).map_err(io)?;
        let fresh = !home.join("data/meta.properties").exists();
        if fresh && kind != Kind::Vltava {
            format_with_apache(kind, workshop, home, &config)?;
        }
        let command = serve_command(kind, workshop, home, &config, settings)?;
        Node::launch(kind, home, format!("127.0.0.1:{port}"), command)
    }

    /// Starts a node that has ended once more: the same directory, configuration and port.
    pub fn restart(&mut self, workshop: &Workshop, settings: &Settings) -> Result<(), String> {
        let config = self.home.join("server.properties");
        let command = serve_command(self.kind, workshop, &self.home, &config, settings)?;
        *self = Node::launch(self.kind, &self.home, self.bootstrap.clone(), command)?;
        Ok(())
    }

    fn launch(
        kind: Kind,
        home: &Path,
        bootstrap: String,
        mut command: Command,
    ) -> Result<Node, String> {
        let started = Instant::now();
        let stdout = home.join("node.out");
        let process = Running::start(&mut command, &stdout, &home.join("node.err"))?;
        let home = home.to_path_buf();
        let mut node = Node { kind, bootstrap, home, start_time: Duration::ZERO, process };
        node.wait_until_it_answers(started)?;
        Ok(node)
    }

    fn wait_until_it_answers(&mut self, started: Instant) -> Result<(), String> {
        loop {
            if answers_api_versions(&self.bootstrap) {
                self.start_time = started.elapsed();
                return Ok(());
            }
            if let Some(ending) = self.process.poll() {
                let name = self.kind.name();
                return Err(format!("{name} {ending} before it answered\n{}", self.log_tail(30)));
            }
            if started.elapsed() > START_LIMIT {
                return Err(format!(
                    "no answer from {} after {} s\n{}",
                    self.bootstrap,
                    START_LIMIT.as_secs(),
                    self.log_tail(30)
                ));
            }
            thread::sleep(Duration::from_millis(3));
        }
    }

    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    pub fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    /// The end of what the node printed.
    pub fn log_tail(&self, lines: usize) -> String {
        let mut text = child::last_lines(&self.home.join("node.out"), lines);
        let errors = child::last_lines(&self.home.join("node.err"), lines);
        if !errors.is_empty() {
            text = format!("{text}\n{errors}");
        }
        text
    }

    /// Ends the node by SIGTERM; how long that took, or what went wrong.
    pub fn stop(&mut self) -> Result<Duration, String> {
        let started = Instant::now();
        if let Some(ending) = self.process.poll() {
            return Err(format!("the node {ending} during the suite\n{}", self.log_tail(30)));
        }
        match self.process.terminate(STOP_LIMIT) {
            // A JVM that runs its shutdown hooks after SIGTERM ends with 128 + 15.
            Ending::Exited(0 | 143) => Ok(started.elapsed()),
            ending => Err(format!("the node {ending} after SIGTERM\n{}", self.log_tail(30))),
        }
    }

    /// Ends the node at once, as a crash would.
    pub fn kill(&mut self) {
        self.process.kill();
    }
}

fn properties(home: &Path, port: u16, controller_port: u16, settings: &Settings) -> String {
    let data = home.join("data");
    let mut lines = vec![
        "process.roles=broker,controller".to_string(),
        "node.id=1".to_string(),
        format!("listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}"),
        format!("advertised.listeners=PLAINTEXT://127.0.0.1:{port}"),
        "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT".to_string(),
        "controller.listener.names=CONTROLLER".to_string(),
        format!("controller.quorum.voters=1@127.0.0.1:{controller_port}"),
        format!("log.dirs={}", data.display()),
        "offsets.topic.replication.factor=1".to_string(),
        "transaction.state.log.replication.factor=1".to_string(),
        "transaction.state.log.min.isr=1".to_string(),
        "share.coordinator.state.topic.replication.factor=1".to_string(),
        "share.coordinator.state.topic.min.isr=1".to_string(),
        "group.initial.rebalance.delay.ms=0".to_string(),
    ];
    for (key, value) in &settings.properties {
        lines.retain(|line| line.split('=').next() != Some(key));
        lines.push(format!("{key}={value}"));
    }
    lines.push(String::new());
    lines.join("\n")
}

fn serve_command(
    kind: Kind,
    workshop: &Workshop,
    home: &Path,
    config: &Path,
    settings: &Settings,
) -> Result<Command, String> {
    if kind == Kind::Vltava {
        let mut command = child::command(workshop.vltava(), ["serve", "--config"]);
        command.arg(config).current_dir(home);
        return Ok(command);
    }
    let heap = settings.heap_mib;
    let mut command = child::command("java", Vec::<String>::new());
    command
        .arg(format!("-Xms{heap}m"))
        .arg(format!("-Xmx{heap}m"))
        .args(["-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20"])
        .arg("-XX:InitiatingHeapOccupancyPercent=35")
        .arg(log4j_flag(workshop))
        .arg(log4j_legacy_flag(workshop))
        .args(["-cp", &workshop.broker_class_path(kind)?, "kafka.Kafka"])
        .arg(config)
        .current_dir(home);
    Ok(command)
}

fn format_with_apache(
    kind: Kind,
    workshop: &Workshop,
    home: &Path,
    config: &Path,
) -> Result<(), String> {
    let mut command = child::command("java", ["-XX:TieredStopAtLevel=1", "-Xmx128m"]);
    command
        .arg(log4j_flag(workshop))
        .arg(log4j_legacy_flag(workshop))
        .args(["-cp", &workshop.broker_class_path(kind)?, "kafka.tools.StorageTool"])
        .args(["format", "-t", CLUSTER_ID, "-c"])
        .arg(config);
    let finished = child::run(command, home, "format", START_LIMIT)?;
    match finished.ending.is_success() {
        true => Ok(()),
        false => Err(format!("the storage tool {}\n{}", finished.ending, finished.tail(15))),
    }
}

pub fn log4j_flag(workshop: &Workshop) -> String {
    let file = workshop.source("java/log4j2.properties");
    format!("-Dlog4j2.configurationFile={}", file.display())
}

/// 3.9 still logs through the older log4j, which reads a file of its own format.
pub fn log4j_legacy_flag(workshop: &Workshop) -> String {
    let file = workshop.source("java/legacy/log4j.properties");
    format!("-Dlog4j.configuration=file:{}", file.display())
}

/// A port that nobody listens on now. Another program could take it before the node does; the node
/// then says so and the suite fails, which has not been seen to happen.
pub fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|e| format!("no free port: {e}"))?;
    listener.local_addr().map(|address| address.port()).map_err(|e| format!("no free port: {e}"))
}

/// Whether the node answers an ApiVersions request of version 0 without an error.
fn answers_api_versions(bootstrap: &str) -> bool {
    ask_api_versions(bootstrap).is_some_and(|answer| answer.len() > 6 && answer[4..6] == [0, 0])
}

fn ask_api_versions(bootstrap: &str) -> Option<Vec<u8>> {
    let mut stream = TcpStream::connect(bootstrap).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    // Key 18, version 0, correlation id 7, client id "cf".
    let request = [0, 18, 0, 0, 0, 0, 0, 7, 0, 2, b'c', b'f'];
    stream.write_all(&(request.len() as u32).to_be_bytes()).ok()?;
    stream.write_all(&request).ok()?;
    let mut length = [0; 4];
    stream.read_exact(&mut length).ok()?;
    let mut answer = vec![0; u32::from_be_bytes(length).min(1 << 20) as usize];
    stream.read_exact(&mut answer).ok()?;
    Some(answer)
}
