//! The scenarios of coordinators: `commits`, `transactions`, `rebalance` and `join`.
//!
//! The load is `vltava bench` ([`super::client`]): a client in Java that plays a thousand members would
//! need more of the machine than the broker.

use super::client::{QUANTILES, Rates};
use super::{Bench, Better, ROUNDS};

const COMMITS: &[Rates] = &[
    Rates {
        what: "commits of 1 offset",
        rate: "commitsPerSecond",
        count: "commits",
        quantiles: QUANTILES,
        arguments: &["commit", "--commits", "150000"],
    },
    Rates {
        what: "commits of 10 offsets",
        rate: "commitsPerSecond",
        count: "commits",
        quantiles: QUANTILES,
        arguments: &["commit", "--commits", "50000", "--partitions", "10", "--topic", "ten"],
    },
];

const TRANSACTIONS: &[Rates] = &[
    Rates {
        what: "transactions, 32 ids",
        rate: "transactionsPerSecond",
        count: "transactions",
        quantiles: QUANTILES,
        arguments: &["transaction", "--transactions", "15000"],
    },
    Rates {
        what: "transactions, 1 id",
        rate: "transactionsPerSecond",
        count: "transactions",
        quantiles: QUANTILES,
        arguments: &["transaction", "--transactions", "300", "--producers", "1"],
    },
];

pub fn commits(bench: &Bench) -> Result<(), String> {
    bench.rates("commits", COMMITS)
}

pub fn transactions(bench: &Bench) -> Result<(), String> {
    bench.rates("transactions", TRANSACTIONS)
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
