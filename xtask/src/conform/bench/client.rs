//! The load of scenarios that `vltava bench` makes: the same program against every server.
//!
//! The client's CPU time is printed beside the server's, so that one sees which of them was the limit.

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

/// A process that the client talks to: a broker, or what stands in for one.
#[derive(Clone, Copy)]
pub(super) struct Server<'a> {
    pub(super) bootstrap: &'a str,
    pub(super) pid: u32,
}

impl<'a> From<&'a Node> for Server<'a> {
    fn from(node: &'a Node) -> Server<'a> {
        Server { bootstrap: &node.bootstrap, pid: node.pid() }
    }
}

/// What one run of the client came to.
pub(super) struct Round {
    pub(super) said: Value,
    pub(super) broker_cpu: f64,
    pub(super) client_cpu: f64,
}

impl Round {
    pub(super) fn figure(&self, name: &str) -> Result<f64, String> {
        let figure = self.said.get(name).and_then(Value::as_f64);
        figure.ok_or_else(|| format!("the client said no {name}: {}", self.said))
    }

    /// So many of what the client calls `count` for each second of the server's CPU time.
    pub(super) fn per_cpu_second(&self, count: &str) -> Result<f64, String> {
        // A server that needs less than one clock tick has no measurable cost.
        Ok(self.figure(count)? / self.broker_cpu.max(0.01))
    }
}

/// How often something is done per second, and per second of the broker's CPU time.
pub(super) struct Rates {
    pub(super) what: &'static str,
    /// The client's name for its rate.
    pub(super) rate: &'static str,
    /// The client's name for its count.
    pub(super) count: &'static str,
    /// The client's names for the times that one of them took, if it says them, and ours.
    pub(super) quantiles: &'static [(&'static str, &'static str)],
    pub(super) arguments: &'static [&'static str],
}

/// What commits and transactions say of the time that one takes.
pub(super) const QUANTILES: &[(&str, &str)] = &[("p50Ms", "p50 ms"), ("p99Ms", "p99 ms")];

impl Rates {
    /// What the figures of a row are, and which way they are good.
    fn columns(&self) -> Vec<(&'static str, Better)> {
        let mut columns = vec![("/s", Better::Higher), ("/broker CPU s", Better::Higher)];
        columns.extend(self.quantiles.iter().map(|(_, ours)| (*ours, Better::Lower)));
        columns
    }

    fn row(&self, ran: &Round) -> Result<Vec<f64>, String> {
        let mut row = vec![ran.figure(self.rate)?, ran.per_cpu_second(self.count)?];
        for (name, _) in self.quantiles {
            row.push(ran.figure(name)?);
        }
        Ok(row)
    }
}

impl Bench<'_> {
    /// Runs `vltava bench` once, and says what it said and what the server spent on it.
    pub(super) fn client<'a>(
        &self,
        server: impl Into<Server<'a>>,
        arguments: &[&str],
    ) -> Result<Round, String> {
        let Server { bootstrap, pid } = server.into();
        let mut command = child::command(self.run.workshop.vltava(), ["bench"]);
        command.args(arguments).args(["--json", "--bootstrap", bootstrap]);
        let folder = &self.run.workshop.scratch;
        let clients = || cpu_seconds("self", CHILDRENS_TIMES);
        let (before, clients_before) = (usage(pid)?, clients()?);
        let finished = run_to_success(command, folder, "vltava-bench", CLIENT_LIMIT)?;
        let (after, clients_after) = (usage(pid)?, clients()?);
        let text = finished.stdout_text();
        let said = serde_json::from_str(&text)
            .map_err(|e| format!("the client printed {text:?}, which is no JSON: {e}"))?;
        Ok(Round {
            said,
            broker_cpu: after.cpu_seconds - before.cpu_seconds,
            client_cpu: clients_after - clients_before,
        })
    }

    /// Both sides take turns with each load, after rounds that do not count.
    pub(super) fn rates(&self, scenario: &str, loads: &[Rates]) -> Result<(), String> {
        let mut nodes = [self.start(scenario, 0)?, self.start(scenario, 1)?];
        for load in loads {
            let columns = load.columns();
            let mut figures = vec![[Vec::new(), Vec::new()]; columns.len()];
            for round in 0..WARM_UP_ROUNDS + ROUNDS {
                for (side, node) in nodes.iter().enumerate() {
                    let ran = self
                        .client(node, load.arguments)
                        .map_err(|e| format!("{}: {e}", self.label(side)))?;
                    let row = load.row(&ran)?;
                    if round < WARM_UP_ROUNDS {
                        continue;
                    }
                    let mut named: Vec<(&str, f64)> =
                        columns.iter().map(|(name, _)| *name).zip(row.iter().copied()).collect();
                    named.extend([
                        ("broker_cpu_s", ran.broker_cpu),
                        ("client_cpu_s", ran.client_cpu),
                        ("seconds", ran.figure("seconds")?),
                    ]);
                    self.record(load.what, side, &named);
                    for (figure, value) in figures.iter_mut().zip(row) {
                        figure[side].push(value);
                    }
                }
            }
            for ((name, better), figure) in columns.into_iter().zip(&figures) {
                let what = format!("{}, {name}", load.what);
                self.compare(&what, better, [&figure[0], &figure[1]]);
            }
        }
        self.stop_all(&mut nodes)
    }

    /// Waits until the broker has done what follows from the last request.
    pub(super) fn wait_until_quiet(&self, node: &Node) -> Result<(), String> {
        let started = Instant::now();
        loop {
            let before = usage(node.pid())?;
            std::thread::sleep(Duration::from_secs(1));
            let share = usage(node.pid())?.cpu_seconds - before.cpu_seconds;
            if share < QUIET || started.elapsed() > QUIET_LIMIT {
                return Ok(());
            }
        }
    }

    pub(super) fn stop_all(&self, nodes: &mut [Node]) -> Result<(), String> {
        for node in nodes {
            node.stop()?;
            let _ = fs::remove_dir_all(&node.home);
        }
        Ok(())
    }
}
