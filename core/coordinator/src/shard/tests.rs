//! The shard with the smallest machine that uses all of it: a set of named counters.

use base::config::{Given, ServerConfig};
use base::{ProducerEpoch, ProducerId, WallMs};
use metadata::{Entropy, Image};

use super::*;
use crate::machine::Call;

const TIMEOUT_MS: u64 = 5_000;

/// Counters by name. What a transaction adds counts when it commits.
#[derive(Default)]
struct Counters {
    sums: std::collections::BTreeMap<String, i64>,
    pending: Vec<(ProducerId, String, i64)>,
    refusals: Vec<ErrorCode>,
    deadline: Option<MonoMs>,
}

#[derive(Clone, Debug)]
struct Add(String, i64);

enum Request {
    Add(&'static str, i64),
    AddEach(Vec<(String, i64)>, Grouping),
    AddPending(ProducerId, &'static str, i64),
    End(ProducerId, Ending),
    Read(&'static str),
    /// Adds one to "ticks" at the given moment.
    TickAt(MonoMs),
}

impl Machine for Counters {
    type Request = Request;
    type Reply = i64;
    type Record = Add;
    type Effect = String;

    fn decode(key: Bytes, value: Option<Bytes>) -> Result<Option<Add>, String> {
        let name = String::from_utf8(key.to_vec()).map_err(|error| error.to_string())?;
        let value = value.ok_or("a counter needs a value")?;
        let value = value[..].try_into().map_err(|_| "a counter has 8 bytes".to_owned())?;
        Ok(Some(Add(name, i64::from_be_bytes(value))))
    }

    fn encode(record: &Add) -> Result<(Bytes, Option<Bytes>), String> {
        let value = Bytes::copy_from_slice(&record.1.to_be_bytes());
        Ok((Bytes::from(record.0.clone()), Some(value)))
    }

    fn apply(&mut self, record: &Add, source: Source) {
        match source.producer {
            Some((producer, _)) => self.pending.push((producer, record.0.clone(), record.1)),
            None => *self.sums.entry(record.0.clone()).or_default() += record.1,
        }
    }

    fn apply_marker(&mut self, producer: ProducerId, _epoch: ProducerEpoch, ending: Ending) {
        for (of, name, value) in std::mem::take(&mut self.pending) {
            if of != producer {
                self.pending.push((of, name, value));
            } else if ending == Ending::Commit {
                *self.sums.entry(name).or_default() += value;
            }
        }
    }

    fn loaded(&mut self, _context: &mut Context<'_>, _out: &mut Output<Self>) {}

    fn handle(
        &mut self,
        _context: &mut Context<'_>,
        call: Call,
        request: Request,
        out: &mut Output<Self>,
    ) {
        let epoch = ProducerEpoch(0);
        match request {
            Request::Add(name, value) => {
                out.write(Add(name.into(), value));
                out.effect(format!("told {name}"));
                out.reply(call, self.sum(name) + value);
            }
            Request::AddEach(adds, grouping) => {
                out.grouping = grouping;
                out.writes.extend(adds.into_iter().map(|(name, n)| Write::Record(Add(name, n))));
                out.reply(call, 0);
            }
            Request::AddPending(producer, name, value) => {
                let record = Add(name.into(), value);
                out.writes.push(Write::Pending { producer, epoch, guard: None, record });
                out.reply(call, self.sum(name));
            }
            Request::End(producer, ending) => {
                out.writes.push(Write::Marker {
                    producer,
                    epoch,
                    ending,
                    coordinator_epoch: 0,
                    transaction_version: 0,
                });
                out.reply(call, 0);
            }
            Request::Read(name) => out.reply(call, self.sum(name)),
            Request::TickAt(at) => {
                self.deadline = Some(at);
                out.reply(call, 0);
            }
        }
    }

    fn next_deadline(&self) -> MonoMs {
        self.deadline.unwrap_or(MonoMs::NEVER)
    }

    fn on_deadline(&mut self, _context: &mut Context<'_>, out: &mut Output<Self>) {
        self.deadline = None;
        out.write(Add("ticks".into(), 1));
    }

    fn refused(
        &mut self,
        _context: &mut Context<'_>,
        refused: &Refused<Add>,
        _out: &mut Output<Self>,
    ) {
        self.refusals.push(refused.code);
    }
}

impl Counters {
    fn sum(&self, name: &str) -> i64 {
        self.sums.get(name).copied().unwrap_or(0)
    }
}

#[derive(Default)]
struct Memory {
    batches: Vec<Vec<u8>>,
    end: Offset,
    high_watermark: Offset,
    commits_at_once: bool,
    fails_with: Option<ErrorCode>,
}

impl ShardLog for Memory {
    fn append(&mut self, batch: &[u8], base: Offset, _: Within) -> Result<Appended, ErrorCode> {
        if let Some(code) = self.fails_with {
            return Err(code);
        }
        assert_eq!(base, self.end);
        let (header, _) = Batches::new(batch).next().unwrap().unwrap();
        assert_eq!(header.base_offset, base);
        self.end = header.next_offset();
        self.batches.push(batch.to_vec());
        if self.commits_at_once {
            self.high_watermark = self.end;
        }
        Ok(Appended { high_watermark: self.high_watermark })
    }
}

struct Story {
    shard: Shard<Counters>,
    log: Memory,
    now: MonoMs,
    calls: u64,
    config: ServerConfig,
}

impl Story {
    fn new() -> Story {
        Story::lingering(Linger::Drained)
    }

    fn lingering(linger: Linger) -> Story {
        let config = ServerConfig::load(&Given::default()).unwrap().config;
        let settings = ShardSettings {
            batch_bytes_max: 1_000,
            codec: Codec::None,
            commit_timeout_ms: TIMEOUT_MS,
            linger,
        };
        let shard = Shard::new(Counters::default(), settings);
        let mut story =
            Story { shard, log: Memory::default(), now: MonoMs(1_000), calls: 0, config };
        story.with(|shard, context, log| shard.start(context, log, Offset(0), Offset(0)));
        story
    }

    fn with(&mut self, event: impl FnOnce(&mut Shard<Counters>, &mut Context<'_>, &mut Memory)) {
        let image = Image::empty();
        let mut context = Context {
            now: self.now,
            wall: WallMs(1),
            image: &image,
            config: &self.config,
            entropy: Entropy::new(1),
        };
        event(&mut self.shard, &mut context, &mut self.log);
    }

    fn ask(&mut self, request: Request) -> Call {
        self.calls += 1;
        let call = Call(self.calls);
        self.with(|shard, context, log| shard.handle(context, log, call, request));
        call
    }

    fn flush(&mut self) {
        self.shard.flush(self.now, &mut self.log);
    }

    fn commit(&mut self) {
        self.log.high_watermark = self.log.end;
        self.shard.committed(self.log.end);
    }

    fn wait_ms(&mut self, ms: u64) {
        self.now = self.now.plus_ms(ms);
        self.with(|shard, context, log| shard.on_deadline(context, log));
    }

    /// What has left since the last call: replies as text, effects as they are.
    fn left(&mut self) -> Vec<String> {
        let say = |outcome| match outcome {
            Outcome::Reply(Call(call), Ok(value)) => format!("{call}: {value}"),
            Outcome::Reply(Call(call), Err(code)) => format!("{call}: {code:?}"),
            Outcome::Effect(effect) => effect,
        };
        self.shard.take_ready().into_iter().map(say).collect()
    }

    /// The state that another node would load.
    fn replayed(&self) -> Counters {
        let settings = self.shard.settings;
        let mut other = Shard::<Counters>::new(Counters::default(), settings);
        other.replay(&self.log.batches.concat()).unwrap();
        assert_eq!(other.next_offset(), self.log.end);
        other.machine
    }
}

#[test]
fn replies_and_effects_wait_for_the_commit_in_the_order_of_the_decisions() {
    let mut story = Story::new();
    story.ask(Request::Add("a", 1));
    story.ask(Request::Add("a", 2));
    story.flush();
    assert_eq!(story.log.batches.len(), 1, "what came together shares one append");
    assert!(story.left().is_empty());
    story.commit();
    assert_eq!(story.left(), ["1: 1", "told a", "2: 3", "told a"]);
}

#[test]
fn a_batch_lingers_for_its_time_and_what_comes_meanwhile_joins_it() {
    let mut story = Story::lingering(Linger::Ms(5));
    story.ask(Request::Add("a", 1));
    story.flush();
    assert!(story.log.batches.is_empty(), "its time has not come");
    story.wait_ms(4);
    story.ask(Request::Add("a", 2));
    story.flush();
    assert_eq!(story.shard.next_deadline(), MonoMs(1_005));
    story.wait_ms(1);
    story.flush();
    assert_eq!(story.log.batches.len(), 1);
    assert_eq!(story.shard.next_deadline(), MonoMs(1_005 + TIMEOUT_MS));
    story.commit();
    assert_eq!(story.left(), ["1: 1", "told a", "2: 3", "told a"]);
    assert_eq!(story.shard.next_deadline(), MonoMs::NEVER);
}

#[test]
fn without_a_linger_every_decision_is_appended_by_itself() {
    let mut story = Story::lingering(Linger::Ms(0));
    story.ask(Request::Add("a", 1));
    story.ask(Request::Add("a", 2));
    assert_eq!(story.log.batches.len(), 2);
    story.flush();
    assert_eq!(story.log.batches.len(), 2);
}

#[test]
fn a_read_waits_for_the_writes_that_it_has_seen() {
    let mut story = Story::new();
    story.ask(Request::Read("a"));
    assert_eq!(story.left(), ["1: 0"], "nothing is on its way: the reply leaves at once");
    story.ask(Request::Add("a", 5));
    story.ask(Request::Read("a"));
    story.flush();
    story.ask(Request::Read("a"));
    assert!(story.left().is_empty());
    story.commit();
    assert_eq!(story.left(), ["2: 5", "told a", "3: 5", "4: 5"]);
}

#[test]
fn a_commit_lets_go_of_what_it_covers_and_no_more() {
    let mut story = Story::new();
    story.ask(Request::Add("a", 1));
    story.flush();
    story.ask(Request::Add("a", 1));
    story.flush();
    assert_eq!(story.shard.awaited(), Some(Offset(2)));
    story.shard.committed(Offset(1));
    assert_eq!(story.left(), ["1: 1", "told a"]);
    story.shard.committed(Offset(2));
    assert_eq!(story.left(), ["2: 2", "told a"]);
}

#[test]
fn a_decision_that_is_larger_than_a_batch_is_refused_and_leaves_no_trace() {
    let mut story = Story::new();
    let many: Vec<(String, i64)> = (0..40).map(|n| (format!("counter-{n}"), 1)).collect();
    story.ask(Request::AddEach(many.clone(), Grouping::Atomic));
    story.flush();
    assert_eq!(story.left(), ["1: UnknownServerError"]);
    assert!(story.log.batches.is_empty());
    assert!(story.shard.machine().sums.is_empty());
    assert_eq!(story.shard.machine().refusals, [ErrorCode::UnknownServerError]);

    story.log.commits_at_once = true;
    story.ask(Request::AddEach(many, Grouping::Free));
    story.flush();
    assert_eq!(story.left(), ["2: 0"]);
    assert!(story.log.batches.len() > 1, "records that hold on their own may be split");
    assert_eq!(story.replayed().sums, story.shard.machine().sums);
}

#[test]
fn a_full_batch_is_appended_before_a_decision_that_no_longer_fits() {
    let mut story = Story::new();
    let ten = |from: i64| (from..from + 10).map(|n| (format!("counter-{n}"), n)).collect();
    story.ask(Request::AddEach(ten(0), Grouping::Atomic));
    story.ask(Request::AddEach(ten(10), Grouping::Atomic));
    assert_eq!(story.log.batches.len(), 1, "a decision is never torn between two batches");
    story.flush();
    assert_eq!(story.log.batches.len(), 2);
    story.commit();
    assert_eq!(story.left(), ["1: 0", "2: 0"]);
}

#[test]
fn what_a_transaction_writes_counts_when_its_marker_commits_it() {
    let mut story = Story::new();
    story.log.commits_at_once = true;
    let (first, second) = (ProducerId(7), ProducerId(8));
    story.ask(Request::Add("a", 1));
    story.ask(Request::AddPending(first, "a", 10));
    story.ask(Request::AddPending(second, "a", 100));
    assert_eq!(story.log.batches.len(), 3, "in the order in which they were decided");
    story.ask(Request::Read("a"));
    story.ask(Request::End(second, Ending::Abort));
    story.ask(Request::End(first, Ending::Commit));
    story.ask(Request::Read("a"));
    assert_eq!(story.left(), ["1: 1", "told a", "2: 1", "3: 1", "4: 1", "5: 0", "6: 0", "7: 11"]);
    assert_eq!(story.replayed().sums, story.shard.machine().sums);
}

#[test]
fn a_producer_that_the_log_refuses_changes_nothing() {
    let mut story = Story::new();
    story.log.fails_with = Some(ErrorCode::InvalidProducerEpoch);
    story.ask(Request::AddPending(ProducerId(7), "a", 10));
    assert_eq!(story.left(), ["1: InvalidProducerEpoch"]);
    assert!(story.shard.machine().pending.is_empty());
    assert_eq!(story.shard.failure(), None, "the log is well");
}

#[test]
fn somebody_elses_write_fails_the_shard_whoevers_write_meets_it() {
    let mut story = Story::new();
    story.log.fails_with = Some(ErrorCode::NotLeaderOrFollower);
    story.ask(Request::AddPending(ProducerId(7), "a", 10));
    assert_eq!(story.shard.failure(), Some(ErrorCode::NotLeaderOrFollower));
}

#[test]
fn a_log_that_fails_after_records_were_applied_fails_the_shard() {
    let mut story = Story::new();
    story.ask(Request::Add("a", 1));
    story.log.fails_with = Some(ErrorCode::KafkaStorageError);
    story.flush();
    assert_eq!(story.shard.failure(), Some(ErrorCode::KafkaStorageError));
    assert!(story.left().is_empty(), "the shell answers who waits, and loads again");
}

#[test]
fn a_reply_whose_commit_takes_too_long_is_given_up_and_its_effect_is_not() {
    let mut story = Story::new();
    story.ask(Request::Add("a", 1));
    story.flush();
    assert_eq!(story.shard.next_deadline(), story.now.plus_ms(TIMEOUT_MS));
    story.wait_ms(TIMEOUT_MS - 1);
    assert!(story.left().is_empty());
    story.wait_ms(1);
    assert_eq!(story.left(), ["1: CoordinatorNotAvailable"]);
    assert_eq!(story.shard.next_deadline(), MonoMs::NEVER);
    story.commit();
    assert_eq!(story.left(), ["told a"]);
}

#[test]
fn a_timer_decides_like_a_request() {
    let mut story = Story::new();
    story.log.commits_at_once = true;
    let at = story.now.plus_ms(50);
    story.ask(Request::TickAt(at));
    assert_eq!(story.shard.next_deadline(), at);
    story.wait_ms(50);
    story.flush();
    assert_eq!(story.replayed().sum("ticks"), 1);
}

#[test]
fn a_record_that_cannot_be_read_keeps_the_shard_from_loading() {
    let mut builder = BatchBuilder::new(Compression::from(Codec::None));
    builder.append(WallMs(1), Some(b"a"), Some(&[1, 2]), &[]).unwrap();
    let mut shard = Shard::<Counters>::new(Counters::default(), Story::new().shard.settings);
    let error = shard.replay(&builder.build()).unwrap_err();
    assert_eq!(error.to_string(), "the record at offset 0 cannot be read: a counter has 8 bytes");
}
