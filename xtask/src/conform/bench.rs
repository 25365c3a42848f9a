//! `cargo conform bench`: both brokers in one run, with the same clients, the same settings and the
//! same machine, in alternating rounds. What counts is the ratio; the absolute figures belong to the
//! machine of the day.
//!
//! Scenarios (all when none is named): `start`, `idle`, `produce`, `consume`, `connections`,
//! `partitions`, those of [`records`]: `producers`, `limit`, `latency`, and those of
//! [`coordinators`]: `commits`, `transactions`, `rebalance`, `join`. Each measurement is printed as a line of JSON, and each comparison as a ratio that is above 1 where
//! Vltava is better. A broker's cost is its own CPU time (user and system, from `/proc/PID/stat`), so
//! the client's share does not blur it.

mod client;
mod coordinators;
mod records;

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::Run;
use super::child::{self, Running};
use super::node::{Kind, Node, Settings, log4j_flag};
use super::report::Check;
use super::suites::{java_command, run_to_success};

/// Alternating rounds of each load; the best of a side stands for it.
const ROUNDS: usize = 3;
const CLIENT_LIMIT: Duration = Duration::from_secs(600);

type Scenario = fn(&Bench) -> Result<(), String>;

const SCENARIOS: &[(&str, Scenario)] = &[
    ("start", start),
    ("idle", idle),
    ("produce", produce),
    ("consume", consume),
    ("connections", connections),
    ("partitions", partitions),
    ("producers", records::producers),
    ("limit", records::limit),
    ("latency", records::latency),
    ("commits", coordinators::commits),
    ("transactions", coordinators::transactions),
    ("rebalance", coordinators::rebalance),
    ("join", coordinators::join),
];

pub fn run(run: &Run) -> Result<Vec<Check>, String> {
    let named = &run.options.names;
    if let Some(unknown) =
        named.iter().find(|name| SCENARIOS.iter().all(|(known, _)| known != name))
    {
        return Err(format!("there is no scenario {unknown}: see the head of bench.rs"));
    }
    // With `--node apache` both sides are the yardstick: the ratios must come out near 1.
    let bench = Bench { run, sides: [run.options.kind, Kind::Apache] };
    let mut checks = Vec::new();
    for (name, scenario) in SCENARIOS {
        if named.is_empty() || named.iter().any(|wanted| wanted == name) {
            println!("bench {name}");
            checks.push(Check::of(format!("bench {name}"), scenario(&bench)));
        }
    }
    Ok(checks)
}

struct Bench<'a> {
    run: &'a Run<'a>,
    /// The node under test and the yardstick.
    sides: [Kind; 2],
}

/// Which way a figure is good.
#[derive(Clone, Copy)]
enum Better {
    Higher,
    Lower,
}

impl Bench<'_> {
    fn label(&self, side: usize) -> &'static str {
        if side == 0 { "node" } else { "yardstick" }
    }

    fn home(&self, scenario: &str, side: usize) -> PathBuf {
        self.run.workshop.scratch.join(format!("bench-{scenario}-{side}"))
    }

    fn start(&self, scenario: &str, side: usize) -> Result<Node, String> {
        let settings = Settings { heap_mib: 1024, ..Settings::common() }
            .with("auto.create.topics.enable", "false")
            .with("log.retention.check.interval.ms", "3600000");
        Node::start(self.sides[side], self.run.workshop, &self.home(scenario, side), &settings)
    }

    /// One line of JSON for a measurement.
    fn record(&self, scenario: &str, side: usize, figures: &[(&str, f64)]) {
        let mut object = serde_json::Map::new();
        object.insert("scenario".into(), scenario.into());
        object.insert("side".into(), self.label(side).into());
        object.insert("broker".into(), self.sides[side].name().into());
        for (name, value) in figures {
            object.insert((*name).into(), (*value).into());
        }
        println!("{}", serde_json::Value::Object(object));
    }

    /// The comparison of the best figures of both sides.
    fn compare(&self, what: &str, better: Better, figures: [&[f64]; 2]) {
        let best = |side: &[f64]| match better {
            Better::Higher => side.iter().copied().fold(f64::MIN, f64::max),
            Better::Lower => side.iter().copied().fold(f64::MAX, f64::min),
        };
        let [node, yardstick] = [best(figures[0]), best(figures[1])];
        let ratio = match better {
            Better::Higher => node / yardstick,
            Better::Lower => yardstick / node,
        };
        println!("  {what:<52} {node:>12.3} against {yardstick:>12.3}   {ratio:>6.2} x");
    }

    fn tool(&self, main_class: &str, arguments: &[&str]) -> Result<Command, String> {
        let class_path = self.run.workshop.broker_class_path(Kind::Apache)?;
        let mut command = child::command("java", ["-Xmx512m", "-XX:+UseSerialGC"]);
        command
            .arg(log4j_flag(self.run.workshop))
            .args(["-cp", &class_path, main_class])
            .args(arguments);
        Ok(command)
    }

    fn program(&self, class: &str, arguments: &[&str]) -> Result<String, String> {
        let jars = self.run.workshop.kafka_jars()?;
        let source = format!("{class}.java");
        let mut command = java_command(self.run.workshop, class, &[&source], &jars)?;
        command.args(arguments);
        let finished = run_to_success(command, &self.run.workshop.scratch, class, CLIENT_LIMIT)?;
        Ok(finished.stdout_text())
    }

    fn create_topic(&self, node: &Node, topic: &str, partitions: usize) -> Result<(), String> {
        let count = partitions.to_string();
        let arguments = ["--bootstrap-server", &node.bootstrap, "--create", "--topic", topic];
        let mut command = self.tool("org.apache.kafka.tools.TopicCommand", &arguments)?;
        command.args(["--partitions", &count, "--replication-factor", "1"]);
        run_to_success(command, &self.run.workshop.scratch, "topics", CLIENT_LIMIT).map(drop)
    }

    /// Records per second as fast as they go.
    fn produce(&self, node: &Node, topic: &str, records: u64, size: usize) -> Result<f64, String> {
        let line = self.producer_performance(node, topic, records, size, None)?;
        let rate = line.split(" records/sec").next().and_then(|head| head.rsplit(' ').next());
        rate.and_then(|rate| rate.parse().ok())
            .ok_or_else(|| format!("no rate in the report of the producer: {line}"))
    }

    /// The last line that ProducerPerformance reports, after records as fast as they go, or
    /// `per_second` of them.
    fn producer_performance(
        &self,
        node: &Node,
        topic: &str,
        records: u64,
        size: usize,
        per_second: Option<u32>,
    ) -> Result<String, String> {
        let (records, size) = (records.to_string(), size.to_string());
        let throughput = per_second.map_or_else(|| "-1".to_owned(), |rate| rate.to_string());
        let bootstrap = format!("bootstrap.servers={}", node.bootstrap);
        let command = self.tool(
            "org.apache.kafka.tools.ProducerPerformance",
            &[
                "--topic",
                topic,
                "--num-records",
                &records,
                "--record-size",
                &size,
                "--throughput",
                &throughput,
                "--command-property",
                &bootstrap,
                "acks=all",
            ],
        )?;
        let folder = &self.run.workshop.scratch;
        let text = run_to_success(command, folder, "produce", CLIENT_LIMIT)?.stdout_text();
        let last = text.lines().rfind(|line| line.contains("records/sec"));
        last.map(str::to_owned)
            .ok_or_else(|| format!("no rate in the report of the producer:\n{text}"))
    }
}

/// What the kernel counts for a process.
#[derive(Clone, Copy)]
struct Usage {
    cpu_seconds: f64,
    rss_mib: f64,
    at: Instant,
}

fn usage(pid: u32) -> Result<Usage, String> {
    let path = format!("/proc/{pid}/status");
    let status = fs::read_to_string(&path).map_err(|e| format!("could not read {path}: {e}"))?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = resident.and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok());
    Ok(Usage {
        cpu_seconds: cpu_seconds(&pid.to_string(), OWN_TIMES)?,
        rss_mib: kib.unwrap_or(0.0) / 1024.0,
        at: Instant::now(),
    })
}

/// User and system time in `/proc/PID/stat`, counted from the field after the command: of the process
/// (fields 14 and 15 of the whole line), and of its children that have ended and been waited for.
const OWN_TIMES: [usize; 2] = [11, 12];
const CHILDRENS_TIMES: [usize; 2] = [13, 14];

fn cpu_seconds(process: &str, times: [usize; 2]) -> Result<f64, String> {
    let path = format!("/proc/{process}/stat");
    let stat = fs::read_to_string(&path).map_err(|e| format!("could not read {path}: {e}"))?;
    // The command in parentheses may hold blanks: count the fields after it.
    let fields: Vec<&str> =
        stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|f| f.parse::<f64>().ok()).unwrap_or(0.0);
    // In ticks of 1/100 s on Linux.
    Ok((ticks(times[0]) + ticks(times[1])) / 100.0)
}

/// From the start of the process to the first answer, on a fresh directory and on a clean one.
fn start(bench: &Bench) -> Result<(), String> {
    let mut fresh = [Vec::new(), Vec::new()];
    let mut again = [Vec::new(), Vec::new()];
    let mut stop = [Vec::new(), Vec::new()];
    for round in 0..ROUNDS {
        for side in [0, 1] {
            let name = format!("start-{round}");
            let mut node = bench.start(&name, side)?;
            let first = node.start_time.as_secs_f64();
            let stopped = node.stop()?.as_secs_f64();
            let mut node = bench.start(&name, side)?;
            let second = node.start_time.as_secs_f64();
            node.stop()?;
            bench.record(
                "start",
                side,
                &[("fresh_s", first), ("again_s", second), ("stop_s", stopped)],
            );
            fresh[side].push(first);
            again[side].push(second);
            stop[side].push(stopped);
        }
    }
    bench.compare("start on an empty directory, s", Better::Lower, [&fresh[0], &fresh[1]]);
    bench.compare("start after a clean stop, s", Better::Lower, [&again[0], &again[1]]);
    bench.compare("stop, s", Better::Lower, [&stop[0], &stop[1]]);
    Ok(())
}

/// Memory and CPU of a node that nobody talks to.
fn idle(bench: &Bench) -> Result<(), String> {
    let mut rss = [Vec::new(), Vec::new()];
    let mut cpu = [Vec::new(), Vec::new()];
    for side in [0, 1] {
        let mut node = bench.start("idle", side)?;
        thread::sleep(Duration::from_secs(5));
        let before = usage(node.pid())?;
        thread::sleep(Duration::from_secs(20));
        let after = usage(node.pid())?;
        let share = 100.0 * (after.cpu_seconds - before.cpu_seconds)
            / after.at.duration_since(before.at).as_secs_f64();
        bench.record("idle", side, &[("rss_mib", after.rss_mib), ("cpu_percent", share)]);
        rss[side].push(after.rss_mib);
        cpu[side].push(share.max(0.01));
        node.stop()?;
    }
    bench.compare("idle RSS, MiB", Better::Lower, [&rss[0], &rss[1]]);
    bench.compare("idle CPU, % of a core", Better::Lower, [&cpu[0], &cpu[1]]);
    Ok(())
}

/// The loads of the table: partitions, bytes of a record, records.
const LOADS: &[(usize, usize, u64)] =
    &[(1, 1024, 1_000_000), (100, 1024, 1_000_000), (1, 100, 5_000_000), (100, 100, 5_000_000)];

fn produce(bench: &Bench) -> Result<(), String> {
    for &(partitions, size, records) in LOADS {
        let scenario = format!("produce-{partitions}x{size}");
        let mut nodes = [bench.start(&scenario, 0)?, bench.start(&scenario, 1)?];
        let mut rates = [Vec::new(), Vec::new()];
        let mut costs = [Vec::new(), Vec::new()];
        let mut memory = [Vec::new(), Vec::new()];
        for (side, node) in nodes.iter().enumerate() {
            bench.create_topic(node, "load", partitions)?;
            bench
                .produce(node, "load", records / 5, size)
                .map_err(|e| format!("{}: {e}", bench.label(side)))?;
        }
        for _ in 0..ROUNDS {
            for (side, node) in nodes.iter().enumerate() {
                let before = usage(node.pid())?;
                let rate = bench.produce(node, "load", records, size)?;
                let after = usage(node.pid())?;
                let cost = (after.cpu_seconds - before.cpu_seconds) * 1e6 / records as f64;
                bench.record(
                    &scenario,
                    side,
                    &[
                        ("records_per_s", rate),
                        ("broker_cpu_us_per_record", cost),
                        ("rss_mib", after.rss_mib),
                    ],
                );
                rates[side].push(rate);
                costs[side].push(cost);
                memory[side].push(after.rss_mib);
            }
        }
        let what = format!("{partitions} partitions, {size} B");
        bench.compare(
            &format!("produce {what}, records/s"),
            Better::Higher,
            [&rates[0], &rates[1]],
        );
        bench.compare(
            &format!("produce {what}, broker CPU us/record"),
            Better::Lower,
            [&costs[0], &costs[1]],
        );
        bench.compare(
            &format!("produce {what}, RSS after load, MiB"),
            Better::Lower,
            [&memory[0], &memory[1]],
        );
        for node in &mut nodes {
            node.stop()?;
            // Gigabytes of load are not worth keeping until the end.
            let _ = fs::remove_dir_all(&node.home);
        }
    }
    Ok(())
}

fn consume(bench: &Bench) -> Result<(), String> {
    for &(partitions, size, records) in LOADS {
        let scenario = format!("consume-{partitions}x{size}");
        let mut nodes = [bench.start(&scenario, 0)?, bench.start(&scenario, 1)?];
        for node in &nodes {
            bench.create_topic(node, "load", partitions)?;
            bench.produce(node, "load", records, size)?;
        }
        let mut rates = [Vec::new(), Vec::new()];
        let mut costs = [Vec::new(), Vec::new()];
        for _ in 0..ROUNDS {
            for (side, node) in nodes.iter().enumerate() {
                let before = usage(node.pid())?;
                let text = bench.program("ConsumeRate", &[&node.bootstrap, "load"])?;
                let after = usage(node.pid())?;
                let numbers: Vec<f64> =
                    text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
                let [count, _, seconds] = numbers[..] else {
                    return Err(format!("the consumer printed {text:?}"));
                };
                let cost = (after.cpu_seconds - before.cpu_seconds) * 1e6 / count;
                let rate = count / seconds;
                bench.record(
                    &scenario,
                    side,
                    &[("records_per_s", rate), ("broker_cpu_us_per_record", cost)],
                );
                rates[side].push(rate);
                // A broker that needs less than one clock tick has no measurable cost.
                costs[side].push(cost.max(0.01 * 1e6 / count));
            }
        }
        let what = format!("{partitions} partitions, {size} B");
        bench.compare(
            &format!("consume {what}, records/s"),
            Better::Higher,
            [&rates[0], &rates[1]],
        );
        bench.compare(
            &format!("consume {what}, broker CPU us/record"),
            Better::Lower,
            [&costs[0], &costs[1]],
        );
        for node in &mut nodes {
            node.stop()?;
            let _ = fs::remove_dir_all(&node.home);
        }
    }
    Ok(())
}

/// Ten thousand connections that said hello and are silent, and what others notice of them.
fn connections(bench: &Bench) -> Result<(), String> {
    let mut memory = [Vec::new(), Vec::new()];
    let mut idle = [Vec::new(), Vec::new()];
    let mut rates = [Vec::new(), Vec::new()];
    for side in [0, 1] {
        let mut node = bench.start("connections", side)?;
        bench.create_topic(&node, "load", 1)?;
        bench.produce(&node, "load", 100_000, 1024)?;
        let before = usage(node.pid())?;
        let folder = &bench.run.workshop.scratch;
        let script = bench.run.workshop.source("python/idle_connections.py");
        let stdout = folder.join(format!("idle-{side}.out"));
        let mut command = child::command("python3", [script]);
        command.args([&node.bootstrap, "10000"]);
        let mut holder =
            Running::start(&mut command, &stdout, &folder.join(format!("idle-{side}.err")))?;
        let opened = wait_for_line(&mut holder, &stdout, "READY", Duration::from_secs(300))?;
        let quiet = usage(node.pid())?;
        thread::sleep(Duration::from_secs(10));
        let after = usage(node.pid())?;
        let share = 100.0 * (after.cpu_seconds - quiet.cpu_seconds)
            / after.at.duration_since(quiet.at).as_secs_f64();
        let rate = bench.produce(&node, "load", 500_000, 1024)?;
        holder.kill();
        let growth = after.rss_mib - before.rss_mib;
        bench.record(
            "connections",
            side,
            &[
                ("opened_s", opened),
                ("rss_growth_mib", growth),
                ("idle_cpu_percent", share),
                ("produce_records_per_s", rate),
            ],
        );
        memory[side].push(growth.max(0.1));
        idle[side].push(share.max(0.01));
        rates[side].push(rate);
        node.stop()?;
    }
    bench.compare(
        "10,000 idle connections, RSS growth, MiB",
        Better::Lower,
        [&memory[0], &memory[1]],
    );
    bench.compare("10,000 idle connections, CPU % of a core", Better::Lower, [&idle[0], &idle[1]]);
    bench.compare("produce beside them, records/s", Better::Higher, [&rates[0], &rates[1]]);
    Ok(())
}

fn wait_for_line(
    running: &mut Running,
    stdout: &std::path::Path,
    line: &str,
    limit: Duration,
) -> Result<f64, String> {
    let started = Instant::now();
    while started.elapsed() < limit {
        let text = child::text_of(stdout);
        if text.lines().any(|found| found == line) {
            return Ok(started.elapsed().as_secs_f64());
        }
        if let Some(ending) = running.poll() {
            return Err(format!("the program {ending} before it printed {line}:\n{text}"));
        }
        thread::sleep(Duration::from_millis(50));
    }
    Err(format!("no {line} within {} s", limit.as_secs()))
}

/// Ten thousand partitions, empty and with a little (`--sample`) or 1 MiB in each. The client is ours: one
/// in Java needs several times what the broker does for each of them.
fn partitions(bench: &Bench) -> Result<(), String> {
    let names = [
        "create",
        "usable",
        "rss_mib",
        "open_files",
        "stop",
        "clean_start",
        "read",
        "crash_start",
        "crash_read",
    ];
    let mut figures: [Vec<Vec<f64>>; 2] = [Vec::new(), Vec::new()];
    let size = if bench.run.options.sample { "100" } else { "900000" };
    for side in [0, 1] {
        let client = |node: &Node, arguments: &[&str]| {
            let common = ["partitions", "-X", "request.timeout.ms=100000"];
            bench.client(node, &[&common, arguments].concat())
        };
        let mut node = bench.start("partitions", side)?;
        let used = client(&node, &[])?;
        let after = usage(node.pid())?;
        let files = fs::read_dir(format!("/proc/{}/fd", node.pid())).map_or(0, Iterator::count);
        if size != "100" {
            client(&node, &["--steps", "write", "--size", size])?;
        }
        let stop = node.stop()?.as_secs_f64();
        let mut node = bench.start("partitions", side)?;
        let clean = node.start_time.as_secs_f64();
        let read = client(&node, &["--steps", "read"])?.figure("seconds")?;
        node.kill();
        let mut node = bench.start("partitions", side)?;
        let crash = node.start_time.as_secs_f64();
        // Up to the last partition: each is served when its log has been checked.
        let crash_read = client(&node, &["--steps", "read"])?.figure("seconds")?;
        node.stop()?;
        let _ = fs::remove_dir_all(&node.home);
        let row = vec![
            used.figure("createSeconds")?,
            used.figure("seconds")?,
            after.rss_mib,
            files as f64,
            stop,
            clean,
            read,
            crash,
            crash_read,
        ];
        let named: Vec<(&str, f64)> = names.iter().copied().zip(row.iter().copied()).collect();
        bench.record("partitions", side, &named);
        figures[side].push(row);
    }
    for (i, name) in names.iter().enumerate() {
        let column =
            |side: usize| figures[side].iter().map(|row| row[i].max(0.001)).collect::<Vec<_>>();
        bench.compare(
            &format!("10,000 partitions: {name}"),
            Better::Lower,
            [&column(0), &column(1)],
        );
    }
    Ok(())
}
