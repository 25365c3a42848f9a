//! `cargo conform`: foreign programs against a broker.
//!
//! Nothing here knows the protocol. Real clients in Java, Python, C, Go and JavaScript, Apache
//! Kafka's own tools and its own integration tests talk to a node started for them, and each says
//! what it found. The same suites run against Apache Kafka (`--node apache`), which is how a check
//! proves that it asks for Kafka's behaviour and not for ours.
//!
//! A run: build the node, prepare each suite's clients in the cache, start a fresh node on free
//! ports, run the clients under an outer time limit, print a line per check, end the node by SIGTERM
//! and show its log if anything failed. The last line is `N passed, N failed`.

mod apache;
mod bench;
mod child;
mod coordinators;
mod disk;
mod falls;
mod handover;
mod node;
mod report;
mod suites;
mod workshop;

use std::process::ExitCode;
use std::time::Instant;

use node::{Kind, Node, Settings};
use report::{Check, Tally};
use workshop::Workshop;

const USAGE: &str = "\
usage: cargo conform [SUITE...] [options]
       cargo conform apache [LIST | CLASS | CLASS#TEST]... [options]
       cargo conform apache scores
       cargo conform bench [SCENARIO...] [options]
       cargo conform record

suites (all but the last three run when none is named):
  wire          bytes of Apache's message classes, decoded and encoded again by ours
  java          Java kafka-clients 4.3.1: producer, consumer, admin
  streams       a Kafka Streams application of two processes, both group protocols, both guarantees
  python        kafka-python 3.0 and 2.0, confluent-kafka 2.16
  go            franz-go and sarama
  kcat          kcat
  node          kafkajs
  legacy        clients that speak the versions which Kafka 4 dropped
  flights       336,776 flights written by one client and read by four others
  groups        storms of members that join, leave and crash, of seven clients, by every protocol
  transactions  exactly once, in three clients, while the broker is killed and comes back
  share         share groups of Java members, while the broker is killed and comes back
  kgo           franz-go's own tests of groups, transactions and share groups
  seeds         what the first users typed: programs of kafka-python and confluent-kafka
  disk          data directories that travel between Apache Kafka and this node
  handover      the same for what coordinators keep: groups, transactions, share groups
  apache        Apache Kafka's own integration tests (default: tests/apache/ci.list)
  bench         ratios against Apache Kafka in the same run
  record        what clients of old say to Apache Kafka 3.9.2, for legacy to replay

options:
  --node vltava|apache|apache-3.9   the broker that the suites start (default vltava)
  --bootstrap HOST:PORT             a broker that already runs, for the suites that need no more
  --sample                          the short form: a twentieth of the flights, short storms
  --ci                              every suite, with the sample, and Apache's tests of ci.list
  --shard N/M                       apache: every Mth class, beginning with the Nth
  --again                           apache: classes that have results already, too
  --keep                            keep the scratch folder";

/// What the command line asked for.
pub struct Options {
    kind: Kind,
    bootstrap: Option<String>,
    sample: bool,
    ci: bool,
    shard: (usize, usize),
    again: bool,
    keep: bool,
    names: Vec<String>,
}

impl Options {
    fn parse(arguments: &[String]) -> Result<Options, String> {
        let mut options = Options {
            kind: Kind::Vltava,
            bootstrap: None,
            sample: false,
            ci: false,
            shard: (1, 1),
            again: false,
            keep: false,
            names: Vec::new(),
        };
        let mut rest = arguments.iter();
        while let Some(word) = rest.next() {
            let mut value = || rest.next().ok_or_else(|| format!("{word} wants a value\n{USAGE}"));
            match word.as_str() {
                "--node" => options.kind = Kind::parse(value()?)?,
                "--bootstrap" => options.bootstrap = Some(value()?.clone()),
                "--shard" => options.shard = parse_shard(value()?)?,
                "--sample" => options.sample = true,
                "--ci" => (options.ci, options.sample) = (true, true),
                "--again" => options.again = true,
                "--keep" => options.keep = true,
                "--help" | "-h" => return Err(USAGE.into()),
                other if other.starts_with('-') => {
                    return Err(format!("unknown option {other}\n{USAGE}"));
                }
                name => options.names.push(name.into()),
            }
        }
        Ok(options)
    }
}

fn parse_shard(text: &str) -> Result<(usize, usize), String> {
    let parsed = text.split_once('/').and_then(|(n, m)| Some((n.parse().ok()?, m.parse().ok()?)));
    match parsed {
        Some((n, m)) if (1..=m).contains(&n) => Ok((n, m)),
        _ => Err(format!("--shard must be N/M with N from 1 to M, got {text}")),
    }
}

/// Everything that a suite works with.
pub struct Run<'a> {
    pub workshop: &'a Workshop,
    pub options: &'a Options,
}

impl Run<'_> {
    /// Runs `suite` against a broker of its own (or the one of `--bootstrap`). That a node started
    /// for the suite lives until the end and then stops cleanly is a check like any other.
    pub fn with_node(
        &self,
        name: &str,
        settings: &Settings,
        suite: impl FnOnce(&str) -> Result<Vec<Check>, String>,
    ) -> Result<Vec<Check>, String> {
        if let Some(bootstrap) = &self.options.bootstrap {
            return suite(bootstrap);
        }
        self.with_node_of(self.options.kind, name, settings, suite)
    }

    pub fn with_node_of(
        &self,
        kind: Kind,
        name: &str,
        settings: &Settings,
        suite: impl FnOnce(&str) -> Result<Vec<Check>, String>,
    ) -> Result<Vec<Check>, String> {
        let home = self.workshop.folder(&format!("node-{name}"))?;
        let mut node = Node::start(kind, self.workshop, &home, settings)?;
        let found = suite(&node.bootstrap.clone());
        Ok(self.close(name, &mut node, found))
    }

    /// Stops the node of a suite that is over; its log is shown if anything failed.
    fn close(&self, name: &str, node: &mut Node, found: Result<Vec<Check>, String>) -> Vec<Check> {
        let mut checks =
            found.unwrap_or_else(|reason| vec![Check::failed(format!("{name}: runs"), reason)]);
        let stopped = node.stop().map(|_| ());
        checks.push(Check::of(format!("{name}: the node stops cleanly"), stopped));
        if checks.iter().any(Check::has_failed) {
            println!("  -- the end of the log of {}:", node.kind.name());
            println!("{}\n  --", node.log_tail(40));
        }
        checks
    }
}

/// Entry of `xtask conform`.
pub fn run(arguments: &[String]) -> ExitCode {
    match try_run(arguments) {
        Ok(tally) => {
            println!("{}", tally.closing_line());
            if tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn try_run(arguments: &[String]) -> Result<Tally, String> {
    let mut options = Options::parse(arguments)?;
    let workshop = Workshop::open()?;
    let starts_nodes = options.names != ["apache", "scores"];
    let is_bench = options.names.first().is_some_and(|name| name == "bench");
    let tests_this = options.kind == Kind::Vltava && options.bootstrap.is_none() && starts_nodes;
    if is_bench || tests_this {
        workshop.build_vltava()?;
    }
    let mut tally = Tally::default();
    let special: Option<suites::Program> = match options.names.first().map(String::as_str) {
        Some("apache") => Some(apache::run),
        Some("bench") => Some(bench::run),
        Some("record") => Some(suites::record),
        _ => None,
    };
    match special {
        Some(special) => {
            options.names.remove(0);
            tally.add(&special(&Run { workshop: &workshop, options: &options })?);
        }
        None => run_suites(&Run { workshop: &workshop, options: &options }, &mut tally)?,
    }
    if options.ci {
        println!("apache");
        options.names.clear();
        tally.add(&apache::run(&Run { workshop: &workshop, options: &options })?);
    }
    if !options.keep {
        // What is left behind in the temporary folder harms nobody.
        let _ = std::fs::remove_dir_all(&workshop.scratch);
    }
    Ok(tally)
}

fn run_suites(run: &Run, tally: &mut Tally) -> Result<(), String> {
    let named = &run.options.names;
    if let Some(unknown) = named.iter().find(|name| suites::find(name).is_none()) {
        return Err(format!("there is no suite {unknown}\n{USAGE}"));
    }
    for suite in suites::ALL {
        if !named.is_empty() && !named.iter().any(|name| name == suite.name) {
            continue;
        }
        println!("{}", suite.name);
        let started = Instant::now();
        let checks = (suite.run)(run)
            .unwrap_or_else(|reason| vec![Check::failed(format!("{}: runs", suite.name), reason)]);
        tally.add(&checks);
        println!("  {} took {:.1} s", suite.name, started.elapsed().as_secs_f64());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_lies_between_one_and_the_number_of_shards() {
        assert_eq!(parse_shard("2/3"), Ok((2, 3)));
        assert!(parse_shard("4/3").is_err());
        assert!(parse_shard("0/3").is_err());
        assert!(parse_shard("two").is_err());
    }

    #[test]
    fn an_unknown_option_is_an_error_that_names_it() {
        let arguments = ["--nod".to_string()];
        let message = Options::parse(&arguments).err().expect("--nod is no option");
        assert!(message.starts_with("unknown option --nod"));
    }
}
