//! `cargo sim`: runs stories by the thousand, and says which seeds broke a promise.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use clap::Parser;
use sim::flaw::Flaw;
use sim::scenarios::Scenario;

/// Runs simulated schedules, each named by its seed.
#[derive(Parser)]
#[command(name = "sim")]
struct Options {
    /// The story to run; all of them if none is named.
    #[arg(long)]
    scenario: Option<Scenario>,
    /// How many seeds.
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// A mistake to plant: the run then succeeds if some seed catches it.
    #[arg(long)]
    flaw: Option<Flaw>,
    /// Say what happens.
    #[arg(long)]
    aloud: bool,
    /// How many run at a time.
    #[arg(long, default_value_t = 2)]
    jobs: usize,
}

/// What the seeds of one story came to.
#[derive(Default)]
struct Tally {
    violated: BTreeMap<u64, Vec<String>>,
    facts: BTreeMap<&'static str, u64>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    if options.aloud {
        sim::world::speak_up();
    }
    let all = Scenario::ALL.into_iter();
    let chosen = all.filter(|scenario| options.scenario.is_none_or(|only| only == *scenario));
    let mut caught = 0;
    for scenario in chosen {
        let begun = Instant::now();
        let tally = run(scenario, &options);
        let (seeds, seconds) = (options.seeds, begun.elapsed().as_secs_f64());
        println!(
            "{scenario:?}: {seeds} seeds in {seconds:.1} s, {} violated",
            tally.violated.len()
        );
        println!("  {:?}", tally.facts);
        for (seed, violations) in tally.violated.iter().take(5) {
            println!("  seed {seed}: {}", violations[0]);
        }
        caught += tally.violated.len();
    }
    match (options.flaw, caught) {
        (None, 0) => ExitCode::SUCCESS,
        (Some(_), 1..) => ExitCode::SUCCESS,
        (None, _) => ExitCode::FAILURE,
        (Some(flaw), 0) => {
            println!("{flaw:?} was planted and nobody noticed");
            ExitCode::FAILURE
        }
    }
}

fn run(scenario: Scenario, options: &Options) -> Tally {
    let next = AtomicU64::new(options.from);
    let end = options.from + options.seeds;
    let tally: Mutex<Tally> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..options.jobs.max(1) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        return;
                    }
                    let story = scenario.run(seed, options.flaw);
                    let mut tally = tally.lock().expect("no story panics while it tells");
                    for (fact, count) in story.facts {
                        *tally.facts.entry(fact).or_default() += count;
                    }
                    if !story.violations.is_empty() {
                        tally.violated.insert(seed, story.violations);
                    }
                }
            });
        }
    });
    tally.into_inner().expect("no story panics while it tells")
}
