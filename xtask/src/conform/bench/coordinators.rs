//! The scenarios of coordinators: `commits`, `transactions`, `rebalance` and `join`.
//!
//! The load is `vltava bench`, the same program against both brokers: a client in Java that plays a
//! thousand members would need more of the machine than the broker. The client's CPU time is printed
//! beside the broker's, so that one sees which of them was the limit.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Bench, Better, CHILDRENS_TIMES, CLIENT_LIMIT, Node, ROUNDS, cpu_seconds, usage};
use crate::conform::child;
use crate::conform::suites::run_to_success;

/// Rounds that a JVM is given to compile what it runs, and we are given as well.
const WARM_UP_ROUNDS: usize = 2;

/// A broker counts as quiet below this share of a core.
const QUIET: f64 = 0.1;
const QUIET_LIMIT: Duration = Duration::from_secs(60);

/// What one run of the client came to.
struct Round {
    said: Value,
    broker_cpu: f64,
    client_cpu: f64,
}

impl Round {
    fn figure(&self, name: &str) -> Result<f64, String> {
        let figure = self.said.get(name).and_then(Value::as_f64);
        figure.ok_or_else(|| format!("the client said no {name}: {}", self.said))
    }
}

impl Bench<'_> {
    /// Runs `vltava bench` once, and says what it said and what the broker spent on it.
    fn client(&self, node: &Node, arguments: &[&str]) -> Result<Round, String> {
        let mut command = child::command(self.run.workshop.vltava(), ["bench"]);
        command.args(arguments).args(["--json", "--bootstrap", &node.bootstrap]);
        let folder = &self.run.workshop.scratch;
        let clients = || cpu_seconds("self", CHILDRENS_TIMES);
        let (before, clients_before) = (usage(node)?, clients()?);
        let finished = run_to_success(command, folder, "vltava-bench", CLIENT_LIMIT)?;
        let (after, clients_after) = (usage(node)?, clients()?);
        let text = finished.stdout_text();
        let said = serde_json::from_str(&text)
            .map_err(|e| format!("the client printed {text:?}, which is no JSON: {e}"))?;
        Ok(Round {
            said,
            broker_cpu: after.cpu_seconds - before.cpu_seconds,
            client_cpu: clients_after - clients_before,
        })
    }

    /// Waits until the broker has done what follows from the last request.
    fn wait_until_quiet(&self, node: &Node) -> Result<(), String> {
        let started = Instant::now();
        loop {
            let before = usage(node)?;
            std::thread::sleep(Duration::from_secs(1));
            let share = usage(node)?.cpu_seconds - before.cpu_seconds;
            if share < QUIET || started.elapsed() > QUIET_LIMIT {
                return Ok(());
            }
        }
    }

    fn stop_all(&self, nodes: &mut [Node]) -> Result<(), String> {
        for node in nodes {
            node.stop()?;
            let _ = fs::remove_dir_all(&node.home);
        }
        Ok(())
    }
}

/// How often something is done per second, and per second of the broker's CPU time.
struct Rates {
    what: &'static str,
    /// The client's name for its rate.
    rate: &'static str,
    /// The client's name for its count.
    count: &'static str,
    arguments: &'static [&'static str],
}

const COMMITS: &[Rates] = &[
    Rates {
        what: "commits of 1 offset",
        rate: "commitsPerSecond",
        count: "commits",
        arguments: &["commit", "--commits", "150000"],
    },
    Rates {
        what: "commits of 10 offsets",
        rate: "commitsPerSecond",
        count: "commits",
        arguments: &["commit", "--commits", "50000", "--partitions", "10", "--topic", "ten"],
    },
];

const TRANSACTIONS: &[Rates] = &[
    Rates {
        what: "transactions, 32 ids",
        rate: "transactionsPerSecond",
        count: "transactions",
        arguments: &["transaction", "--transactions", "15000"],
    },
    Rates {
        what: "transactions, 1 id",
        rate: "transactionsPerSecond",
        count: "transactions",
        arguments: &["transaction", "--transactions", "300", "--producers", "1"],
    },
];

pub fn commits(bench: &Bench) -> Result<(), String> {
    rates(bench, "commits", COMMITS)
}

pub fn transactions(bench: &Bench) -> Result<(), String> {
    rates(bench, "transactions", TRANSACTIONS)
}

fn rates(bench: &Bench, scenario: &str, loads: &[Rates]) -> Result<(), String> {
    let mut nodes = [bench.start(scenario, 0)?, bench.start(scenario, 1)?];
    for load in loads {
        let names = ["rate", "per_cpu_second", "p50_ms", "p99_ms"];
        let mut figures: [[Vec<f64>; 2]; 4] = Default::default();
        for round in 0..WARM_UP_ROUNDS + ROUNDS {
            for (side, node) in nodes.iter().enumerate() {
                let ran = bench
                    .client(node, load.arguments)
                    .map_err(|e| format!("{}: {e}", bench.label(side)))?;
                // A broker that needs less than one clock tick has no measurable cost.
                let per_cpu = ran.figure(load.count)? / ran.broker_cpu.max(0.01);
                let row =
                    [ran.figure(load.rate)?, per_cpu, ran.figure("p50Ms")?, ran.figure("p99Ms")?];
                if round < WARM_UP_ROUNDS {
                    continue;
                }
                let mut named: Vec<(&str, f64)> = names.into_iter().zip(row).collect();
                named.extend([
                    ("broker_cpu_s", ran.broker_cpu),
                    ("client_cpu_s", ran.client_cpu),
                    ("seconds", ran.figure("seconds")?),
                ]);
                bench.record(load.what, side, &named);
                for (figure, value) in figures.iter_mut().zip(row) {
                    figure[side].push(value);
                }
            }
        }
        let ways = [Better::Higher, Better::Higher, Better::Lower, Better::Lower];
        let units = ["/s", "/broker CPU s", "p50 ms", "p99 ms"];
        for ((figure, better), unit) in figures.iter().zip(ways).zip(units) {
            let what = format!("{}, {unit}", load.what);
            bench.compare(&what, better, [&figure[0], &figure[1]]);
        }
    }
    bench.stop_all(&mut nodes)
}

/// A thousand members on ten thousand partitions, in both protocols.
pub fn rebalance(bench: &Bench) -> Result<(), String> {
    let mut nodes = [bench.start("rebalance", 0)?, bench.start("rebalance", 1)?];
    for node in &nodes {
        // Creates the topic, and has the JVM run what it is going to run.
        for protocol in ["classic", "consumer"] {
            let few = ["rebalance", "--members", "100", "--protocol", protocol];
            bench.client(node, &few)?;
        }
        bench.wait_until_quiet(node)?;
    }
    for protocol in ["classic", "consumer"] {
        let mut formed = [Vec::new(), Vec::new()];
        let mut replaced = [Vec::new(), Vec::new()];
        let mut cpu = [Vec::new(), Vec::new()];
        for _ in 0..ROUNDS {
            for (side, node) in nodes.iter().enumerate() {
                let ran = bench
                    .client(node, &["rebalance", "--protocol", protocol])
                    .map_err(|e| format!("{}: {e}", bench.label(side)))?;
                let row = [
                    ("formed_s", ran.figure("formedSeconds")?),
                    ("replaced_s", ran.figure("replacedMedianSeconds")?),
                    ("broker_cpu_s", ran.broker_cpu),
                    ("client_cpu_s", ran.client_cpu),
                ];
                bench.record(&format!("rebalance {protocol}"), side, &row);
                formed[side].push(row[0].1);
                replaced[side].push(row[1].1);
                cpu[side].push(row[2].1.max(0.01));
            }
        }
        for (what, figures) in [
            ("1,000 members form a group, s", &formed),
            ("one of them is replaced, s", &replaced),
            ("all of it, broker CPU s", &cpu),
        ] {
            let what = format!("{protocol}: {what}");
            bench.compare(&what, Better::Lower, [&figures[0], &figures[1]]);
        }
    }
    bench.stop_all(&mut nodes)
}

/// The first group of a fresh node, and the second.
pub fn join(bench: &Bench) -> Result<(), String> {
    let mut first = [Vec::new(), Vec::new()];
    let mut second = [Vec::new(), Vec::new()];
    for round in 0..ROUNDS {
        for side in [0, 1] {
            let mut node = bench.start(&format!("join-{round}"), side)?;
            let cold = bench.client(&node, &["join"])?.figure("totalMs")?;
            let warm = bench.client(&node, &["join"])?.figure("totalMs")?;
            bench.record("join", side, &[("first_ms", cold), ("second_ms", warm)]);
            first[side].push(cold);
            second[side].push(warm);
            bench.stop_all(std::slice::from_mut(&mut node))?;
        }
    }
    bench.compare("first join on a fresh node, ms", Better::Lower, [&first[0], &first[1]]);
    bench.compare("second group's join, ms", Better::Lower, [&second[0], &second[1]]);
    Ok(())
}
