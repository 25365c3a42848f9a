//! The scenarios of records that `vltava bench` sends: `producers`, `limit` and `latency`.
//!
//! `limit` and `latency` have a third server beside the two brokers: one that answers as a broker and
//! is none (`vltava bench floor-server`). What it reaches is what the machine, the sockets and the
//! client allow.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::client::Server;
use super::{Bench, Better, CLIENT_LIMIT, ROUNDS};
use crate::conform::child::{self, Running, text_of};
use crate::conform::suites::run_to_success;

/// Partitions, bytes of a record, records.
const LOADS: &[(u32, u32, u64)] =
    &[(1, 1024, 500_000), (100, 1024, 500_000), (1, 100, 3_000_000), (100, 100, 3_000_000)];

const CROWD: u32 = 50;

/// Many producers, each with connections of its own.
pub fn producers(bench: &Bench) -> Result<(), String> {
    let mut nodes = [bench.start("producers", 0)?, bench.start("producers", 1)?];
    for &load in LOADS {
        let rates = take_turns(bench, load, CROWD, nodes.each_ref().map(Server::from))?;
        let what = format!("{CROWD} producers, {}", named(load));
        rates.compare(bench, &what, [0, 1]);
    }
    bench.stop_all(&mut nodes)
}

/// How much of what the machine can do with the same bytes the brokers reach.
pub fn limit(bench: &Bench) -> Result<(), String> {
    let mut nodes = [bench.start("limit", 0)?, bench.start("limit", 1)?];
    for &load in LOADS {
        let folder = bench.run.workshop.scratch.join("limit-floor");
        let floor = FloorServer::start(bench, load.0, Some(folder.clone()))?;
        let [node, yardstick] = nodes.each_ref().map(Server::from);
        let rates = take_turns(bench, load, 1, [node, yardstick, floor.server()])?;
        for (side, name) in [(0, "node"), (1, "yardstick")] {
            let what = format!("{}, {name} against the limit", named(load));
            rates.compare(bench, &what, [side, 2]);
        }
        drop(floor);
        let _ = fs::remove_dir_all(folder);
    }
    bench.stop_all(&mut nodes)
}

fn named((partitions, size, _): (u32, u32, u64)) -> String {
    format!("{size} B, {partitions} partitions")
}

/// Records per second, and per second of CPU time, of each server and round.
struct Produced<const N: usize> {
    rates: [Vec<f64>; N],
    per_cpu_second: [Vec<f64>; N],
}

impl<const N: usize> Produced<N> {
    fn compare(&self, bench: &Bench, what: &str, [one, other]: [usize; 2]) {
        for (unit, figures) in [("/s", &self.rates), ("/CPU s", &self.per_cpu_second)] {
            let figures: [&[f64]; 2] = [&figures[one], &figures[other]];
            bench.compare(&format!("{what}, {unit}"), Better::Higher, figures);
        }
    }
}

/// The same load on one server after the other, after a round that does not count.
fn take_turns<const N: usize>(
    bench: &Bench,
    (partitions, size, records): (u32, u32, u64),
    producers: u32,
    servers: [Server; N],
) -> Result<Produced<N>, String> {
    let [partitions, size, producers] = [partitions, size, producers].map(|n| n.to_string());
    let (topic, records) = (format!("load-{partitions}-{size}"), records.to_string());
    let arguments: Vec<&str> = vec![
        "produce",
        "--topic",
        &topic,
        "--partitions",
        &partitions,
        "--size",
        &size,
        "--records",
        &records,
        "--producers",
        &producers,
    ];
    let none = || std::array::from_fn(|_| Vec::new());
    let mut produced = Produced { rates: none(), per_cpu_second: none() };
    for round in 0..=ROUNDS {
        for (at, server) in servers.iter().enumerate() {
            let ran = bench.client(*server, &arguments)?;
            if round > 0 {
                produced.rates[at].push(ran.figure("recordsPerSecond")?);
                produced.per_cpu_second[at].push(ran.per_cpu_second("records")?);
            }
        }
    }
    Ok(produced)
}

/// Records per second at which latency is measured.
const RATES: &[u32] = &[10_000, 30_000];

/// Seconds of each of the Java client's rounds.
const JAVA_SECONDS: u32 = 20;

/// From the intended send to the acknowledgement, by an open-loop client and by Java's.
pub fn latency(bench: &Bench) -> Result<(), String> {
    let mut nodes = [bench.start("latency", 0)?, bench.start("latency", 1)?];
    let floor = FloorServer::start(bench, 1, None)?;
    for rate in RATES {
        let mut command = child::command(bench.run.workshop.vltava(), ["bench", "latency"]);
        command.args(["--json", "--rate", &rate.to_string(), "--bootstrap", &floor.bootstrap]);
        for node in &nodes {
            command.args(["--against", &node.bootstrap]);
        }
        let folder = &bench.run.workshop.scratch;
        let text = run_to_success(command, folder, "latency", 2 * CLIENT_LIMIT)?.stdout_text();
        let said: Vec<Value> = serde_json::from_str(&text)
            .map_err(|e| format!("the client printed {text:?}, which is no list: {e}"))?;
        for (name, figures) in ["floor", "node", "yardstick"].iter().zip(&said) {
            println!("{name}: {figures}");
        }
    }
    for node in &nodes {
        bench.create_topic(node, "java", 1)?;
    }
    for &rate in RATES {
        for _ in 0..ROUNDS {
            for (side, node) in nodes.iter().enumerate() {
                let records = u64::from(rate * JAVA_SECONDS);
                let line = bench.producer_performance(node, "java", records, 1024, Some(rate))?;
                println!("{} at {rate}/s by Java's client: {line}", bench.label(side));
            }
        }
    }
    bench.stop_all(&mut nodes)
}

/// Answers as a broker does and is none.
struct FloorServer {
    bootstrap: String,
    process: Running,
}

impl FloorServer {
    /// With a `folder` it writes what it is sent to files in there.
    fn start(
        bench: &Bench,
        partitions: u32,
        folder: Option<PathBuf>,
    ) -> Result<FloorServer, String> {
        let scratch = &bench.run.workshop.scratch;
        let mut command = child::command(bench.run.workshop.vltava(), ["bench", "floor-server"]);
        command.args(["--port", "0", "--partitions", &partitions.to_string()]);
        if let Some(folder) = folder {
            command.arg("--write").arg(folder);
        }
        let stdout = scratch.join("floor.out");
        let process = Running::start(&mut command, &stdout, &scratch.join("floor.err"))?;
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(10) {
            let said = text_of(&stdout);
            if let Some(address) = said.lines().find_map(|l| l.strip_prefix("listening on ")) {
                return Ok(FloorServer { bootstrap: address.into(), process });
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err(format!("the floor server did not listen: {}", text_of(&scratch.join("floor.err"))))
    }

    fn server(&self) -> Server<'_> {
        Server { bootstrap: &self.bootstrap, pid: self.process.pid() }
    }
}
