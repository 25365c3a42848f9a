//! `vltava bench rebalance`: how long a large group takes to form, and to settle again when a member
//! is replaced by another.
//!
//! A group has settled when all its members are in the same generation, or epoch, and each owns its
//! fair share of the partitions. Members hear of a rebalance when they heartbeat, so that up to
//! `--heartbeat-ms` of each figure are theirs; their heartbeats are spread evenly over that time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use client::config::Address;
use serde_json::json;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::member::{Classic, Modern, NewGroup, Seat, Standing};
use super::show;
use crate::arguments::{ClusterArguments, OutputArguments};
use crate::failure::{Failure, Outcome};

/// Form a large group and replace its members
#[derive(Debug, Args)]
pub struct Arguments {
    /// Who divides the work
    #[arg(long, value_enum, default_value_t = Protocol::Classic)]
    protocol: Protocol,
    /// Made with --partitions if it does not exist
    #[arg(long, default_value = "bench-rebalance")]
    topic: String,
    #[arg(long, value_name = "COUNT", default_value_t = 10_000)]
    partitions: i32,
    #[arg(long, value_name = "COUNT", default_value_t = 1_000)]
    members: usize,
    /// How often a member is replaced once the group stands
    #[arg(long, value_name = "COUNT", default_value_t = 3)]
    rounds: usize,
    #[arg(long, value_name = "MS", default_value_t = 200)]
    heartbeat_ms: u64,
    /// Fail when the group has not settled for so long
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    timeout: u64,
    #[command(flatten)]
    cluster: ClusterArguments,
    #[command(flatten)]
    output: OutputArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Protocol {
    /// The leader of the group, in what the broker does not look into
    Classic,
    /// The broker (KIP-848)
    Consumer,
}

pub async fn run(arguments: Arguments) -> Outcome {
    if arguments.members == 0 || arguments.heartbeat_ms == 0 {
        return Err(Failure::usage("--members and --heartbeat-ms must be 1 or more"));
    }
    io::raise_open_file_limit();
    let mut stage = Stage::set(&arguments).await?;
    let seats = stage.seats(arguments.members).await?;
    let started = Instant::now();
    for seat in seats {
        stage.enter(seat);
    }
    stage.settled().await?;
    let formed = started.elapsed().as_secs_f64();
    let mut replaced = Vec::new();
    for round in 0..arguments.rounds {
        let seat = stage.seats(1).await?.remove(0);
        // Members are replaced all over the group, its leader among them.
        let place = round * arguments.members / arguments.rounds;
        let started = Instant::now();
        stage.dismiss(place);
        stage.enter(seat);
        stage.settled().await?;
        replaced.push(started.elapsed().as_secs_f64());
    }
    stage.clear().await?;
    report(&arguments, formed, &replaced)
}

/// What every member says of itself: its generation or epoch, and how many partitions it owns.
#[derive(Default)]
struct Board {
    said: Mutex<Said>,
    changed: Notify,
}

#[derive(Default)]
struct Said {
    by_member: BTreeMap<usize, (i32, usize)>,
    by_epoch: BTreeMap<i32, usize>,
    owned: usize,
    /// Who has been told to leave. What it says until it hears of that is of no account.
    gone: BTreeSet<usize>,
}

impl Board {
    fn says(&self, member: usize, epoch: i32, owned: usize) {
        self.with(|said| {
            if said.gone.contains(&member) {
                return;
            }
            said.forget(member);
            said.by_member.insert(member, (epoch, owned));
            *said.by_epoch.entry(epoch).or_default() += 1;
            said.owned += owned;
        });
        self.changed.notify_one();
    }

    fn leaves(&self, member: usize) {
        self.with(|said| {
            said.forget(member);
            said.gone.insert(member);
        });
    }

    fn with<T>(&self, look: impl FnOnce(&mut Said) -> T) -> T {
        look(&mut self.said.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Said {
    fn forget(&mut self, member: usize) {
        let Some((epoch, owned)) = self.by_member.remove(&member) else { return };
        self.owned -= owned;
        if let Some(count) = self.by_epoch.get_mut(&epoch) {
            *count -= 1;
            if *count == 0 {
                self.by_epoch.remove(&epoch);
            }
        }
    }
}

/// The group and its members.
struct Stage {
    protocol: Protocol,
    group: NewGroup,
    coordinator: Address,
    members: usize,
    heartbeat: Duration,
    timeout: Duration,
    board: Arc<Board>,
    /// Who may be told to leave, in the order in which they came.
    present: Vec<(usize, oneshot::Sender<()>)>,
    entered: usize,
    tasks: JoinSet<Outcome>,
}

impl Stage {
    async fn set(arguments: &Arguments) -> Result<Stage, Failure> {
        let Arguments { topic, partitions, .. } = arguments;
        let group = NewGroup::on(&arguments.cluster, "rebalance", topic, *partitions).await?;
        Ok(Stage {
            protocol: arguments.protocol,
            coordinator: group.coordinator().await?,
            group,
            members: arguments.members,
            heartbeat: Duration::from_millis(arguments.heartbeat_ms),
            timeout: Duration::from_secs(arguments.timeout),
            board: Arc::default(),
            present: Vec::new(),
            entered: 0,
            tasks: JoinSet::new(),
        })
    }

    async fn seats(&self, count: usize) -> Result<Vec<Seat>, Failure> {
        let mut seats = Vec::new();
        for _ in 0..count {
            seats.push(self.group.seat(&self.coordinator).await?);
        }
        Ok(seats)
    }

    fn enter(&mut self, seat: Seat) {
        let (dismissal, dismissed) = oneshot::channel();
        let life = Life {
            number: self.entered,
            board: self.board.clone(),
            heartbeat: self.heartbeat,
            share: (self.entered % self.members) as f64 / self.members as f64,
            dismissed,
        };
        self.present.push((self.entered, dismissal));
        self.entered += 1;
        match self.protocol {
            Protocol::Classic => self.tasks.spawn(life.of_classic(Classic::new(seat))),
            Protocol::Consumer => self.tasks.spawn(life.of_modern(Modern::new(seat))),
        };
    }

    fn dismiss(&mut self, place: usize) {
        let (member, dismissal) = self.present.remove(place);
        // From now on the group has not settled, whatever the others have said before.
        self.board.leaves(member);
        // Whoever has failed meanwhile is noticed when the group does not settle.
        let _ = dismissal.send(());
    }

    async fn settled(&mut self) -> Outcome {
        let board = self.board.clone();
        let (members, partitions) = (self.members, self.group.partitions() as usize);
        let share = partitions.div_ceil(members);
        let has_settled = |said: &mut Said| {
            said.by_member.len() == members
                && said.by_epoch.len() == 1
                && said.owned == partitions
                && said.by_member.values().all(|(_, owned)| *owned <= share)
        };
        let late = sleep(self.timeout);
        tokio::pin!(late);
        while !board.with(has_settled) {
            tokio::select! {
                () = board.changed.notified() => {}
                Some(ended) = self.tasks.join_next() => of_task(ended)?,
                () = &mut late => {
                    let (present, epochs, owned) = board.with(|said| {
                        (said.by_member.len(), said.by_epoch.len(), said.owned)
                    });
                    return Err(Failure::failed(format!(
                        "the group has not settled within {} s: {present} of {members} members in \
                         {epochs} generations own {owned} of {partitions} partitions; allow more \
                         with --timeout",
                        self.timeout.as_secs()
                    )));
                }
            }
        }
        Ok(())
    }

    /// Everybody leaves.
    async fn clear(mut self) -> Outcome {
        for (_, dismissal) in self.present.drain(..) {
            let _ = dismissal.send(());
        }
        while let Some(ended) = self.tasks.join_next().await {
            of_task(ended)?;
        }
        Ok(())
    }
}

fn of_task(ended: Result<Outcome, tokio::task::JoinError>) -> Outcome {
    ended.map_err(|error| Failure::failed(format!("a member ended: {error}")))?
}

/// The life of one member.
struct Life {
    number: usize,
    board: Arc<Board>,
    heartbeat: Duration,
    /// Where in the interval its heartbeats lie, from 0 to 1.
    share: f64,
    dismissed: oneshot::Receiver<()>,
}

impl Life {
    async fn of_classic(mut self, mut member: Classic) -> Outcome {
        loop {
            member.join().await?;
            self.board.says(self.number, member.generation, member.owned.len());
            let mut wait = self.heartbeat.mul_f64(self.share);
            loop {
                if self.is_dismissed_within(wait).await {
                    return member.leave().await;
                }
                wait = self.heartbeat;
                if member.heartbeat().await? == Standing::Rejoins {
                    break;
                }
            }
        }
    }

    async fn of_modern(mut self, mut member: Modern) -> Outcome {
        let mut wait = self.heartbeat.mul_f64(self.share);
        loop {
            let standing = member.heartbeat().await?;
            self.board.says(self.number, member.epoch, member.owned.len());
            if standing == Standing::Rejoins {
                continue;
            }
            if self.is_dismissed_within(wait).await {
                return member.leave().await;
            }
            wait = self.heartbeat;
        }
    }

    async fn is_dismissed_within(&mut self, wait: Duration) -> bool {
        tokio::select! {
            _ = &mut self.dismissed => true,
            () = sleep(wait) => false,
        }
    }
}

fn report(arguments: &Arguments, formed: f64, replaced: &[f64]) -> Outcome {
    let mut sorted = replaced.to_vec();
    sorted.sort_by(f64::total_cmp);
    let median = sorted.get(sorted.len() / 2).copied();
    let protocol = format!("{:?}", arguments.protocol).to_lowercase();
    let json = json!({
        "workload": format!("rebalance {protocol}"), "members": arguments.members,
        "partitions": arguments.partitions, "heartbeatMs": arguments.heartbeat_ms,
        "formedSeconds": formed, "replacedSeconds": replaced, "replacedMedianSeconds": median,
    });
    show(
        arguments.output.json,
        ["PROTOCOL", "MEMBERS", "PARTITIONS", "FORMED S", "REPLACED S (MEDIAN)", "ROUNDS"],
        [
            protocol,
            arguments.members.to_string(),
            arguments.partitions.to_string(),
            format!("{formed:.3}"),
            median.map_or("-".to_owned(), |median| format!("{median:.3}")),
            replaced.len().to_string(),
        ],
        &json,
    )
}
