use crate::config::ProducerConfig;
use crate::metadata::{PartitionMetadata, TopicMetadata};

use super::*;

const BROKER: BrokerId = BrokerId(1);
const BACKOFF: Duration = Duration::from_millis(100);

/// An accumulator for one topic whose partitions are all led by one broker.
struct Bench {
    accumulator: Accumulator,
    now: Instant,
}

impl Bench {
    fn new(partitions: usize, keys: &[(&str, &str)]) -> Bench {
        let mut config = ProducerConfig::default();
        for (key, value) in keys {
            config.set(key, value).unwrap();
        }
        let mut accumulator = Accumulator::new(Arc::new(config));
        let partition = PartitionMetadata { leader: Some(BROKER), ..Default::default() };
        accumulator.set_topic(Arc::new(TopicMetadata {
            name: "t".into(),
            id: base::Uuid::ZERO,
            is_internal: false,
            partitions: vec![partition; partitions],
            available: (0..partitions as i32).collect(),
        }));
        accumulator.set_producer_id(ProducerId(7), ProducerEpoch(0));
        Bench { accumulator, now: Instant::now() }
    }

    fn send(&mut self, size: usize) -> Delivery {
        let record = ProducerRecord::new("t", vec![0; size]).partition(0);
        match self.accumulator.append(&record, WallMs(0), self.now) {
            Ok(Appended::Yes { delivery, .. }) => delivery,
            _ => panic!("the record was not taken"),
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        self.accumulator.expire(self.now);
    }

    fn take(&mut self) -> Vec<Batch> {
        let leaving = self.accumulator.take(BROKER, self.now);
        leaving.into_iter().map(|leaving| leaving.batch).collect()
    }

    fn take_one(&mut self) -> Batch {
        let mut batches = self.take();
        assert_eq!(batches.len(), 1);
        batches.remove(0)
    }

    /// Has a first batch acknowledged, so that others may follow each other.
    fn establish(&mut self) {
        drop(self.send(90));
        let batch = self.take_one();
        self.acknowledge(batch, 0);
    }

    fn fail(&mut self, batch: Batch, code: ErrorCode) {
        let answer = Answer::Failed(Error::refused("deliver", code, None));
        self.accumulator.give_back(&"t".into(), 0, batch, answer, self.now, BACKOFF);
        self.accumulator.expire(self.now);
    }

    /// The batch comes back without an answer: it may have been appended or not.
    fn lose_connection(&mut self, batch: Batch) {
        let answer = Answer::Failed(Error::unreachable("b:9092", "Produce", "it is gone"));
        self.accumulator.give_back(&"t".into(), 0, batch, answer, self.now, BACKOFF);
        self.accumulator.expire(self.now);
    }

    fn acknowledge(&mut self, batch: Batch, offset: i64) {
        let base_offset = Some(base::Offset(offset));
        let answer = Answer::Acknowledged(Acknowledged { base_offset, append_time: None });
        self.accumulator.give_back(&"t".into(), 0, batch, answer, self.now, BACKOFF);
    }
}

fn sequence(batch: &Batch) -> (i16, i32) {
    let stamp = batch.stamp.unwrap();
    (stamp.epoch.0, stamp.sequence.0)
}

#[tokio::test(start_paused = true)]
async fn a_batch_leaves_after_the_linger_time_and_a_full_one_at_once() {
    let mut bench = Bench::new(1, &[("linger.ms", "5"), ("batch.size", "1000")]);
    drop(bench.send(100));
    assert_eq!(bench.take().len(), 0);
    let plan = bench.accumulator.plan(bench.now);
    assert_eq!(plan.next, Some(bench.now + Duration::from_millis(5)));
    bench.pass(Duration::from_millis(5));
    let batch = bench.take_one();
    assert_eq!(batch.record_count, 1);
    bench.acknowledge(batch, 0);

    drop(bench.send(600));
    drop(bench.send(600));
    assert_eq!(bench.take_one().record_count, 1, "the second record did not fit");
    assert_eq!(bench.take().len(), 0, "the batch of the second one waits for more");
}

#[tokio::test(start_paused = true)]
async fn records_of_a_batch_get_consecutive_offsets() {
    let mut bench = Bench::new(1, &[("linger.ms", "0")]);
    let first = bench.send(10);
    let second = bench.send(10);
    let batch = bench.take_one();
    bench.acknowledge(batch, 40);
    assert_eq!(first.await.unwrap().offset, Some(base::Offset(40)));
    assert_eq!(second.await.unwrap().offset, Some(base::Offset(41)));
    assert!(bench.accumulator.is_settled());
}

#[tokio::test(start_paused = true)]
async fn batches_that_fail_together_are_sent_again_in_their_order_and_one_by_one() {
    let mut bench = Bench::new(1, &[("linger.ms", "0"), ("batch.size", "100")]);
    bench.establish();
    let mut batches = Vec::new();
    for _ in 0..3 {
        drop(bench.send(90));
        batches.push(bench.take_one());
    }
    assert_eq!(batches.iter().map(sequence).collect::<Vec<_>>(), [(0, 1), (0, 2), (0, 3)]);
    let third = batches.pop().unwrap();
    let second = batches.pop().unwrap();
    bench.fail(batches.pop().unwrap(), ErrorCode::NotLeaderOrFollower);
    bench.fail(second, ErrorCode::OutOfOrderSequenceNumber);
    bench.fail(third, ErrorCode::OutOfOrderSequenceNumber);

    bench.pass(BACKOFF);
    for expected in 1..4 {
        let batch = bench.take_one();
        assert_eq!(sequence(&batch), (0, expected), "a retry keeps its number");
        assert_eq!(bench.take().len(), 0, "nothing follows until the retry has succeeded");
        bench.acknowledge(batch, i64::from(expected));
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_comes_back_unwritten_takes_no_record_beyond_its_sequences() {
    let mut bench = Bench::new(1, &[("linger.ms", "0")]);
    drop(bench.send(10));
    let batch = bench.take_one();
    bench.lose_connection(batch);
    drop(bench.send(10));

    bench.pass(BACKOFF);
    let first = bench.take_one();
    assert_eq!((sequence(&first), first.record_count), ((0, 0), 1));
    bench.acknowledge(first, 0);
    assert_eq!(sequence(&bench.take_one()), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn nothing_follows_the_first_batch_until_the_leader_knows_the_numbering() {
    let mut bench = Bench::new(1, &[("linger.ms", "0"), ("batch.size", "100")]);
    drop(bench.send(90));
    drop(bench.send(90));
    let first = bench.take_one();
    assert_eq!(bench.take().len(), 0);
    bench.fail(first, ErrorCode::UnknownTopicOrPartition);
    bench.pass(BACKOFF);
    let first = bench.take_one();
    assert_eq!(sequence(&first), (0, 0));
    bench.acknowledge(first, 0);
    assert_eq!(sequence(&bench.take_one()), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn after_a_lost_batch_the_partition_starts_a_new_epoch() {
    let mut bench = Bench::new(1, &[("linger.ms", "0"), ("batch.size", "100")]);
    bench.establish();
    let lost = bench.send(90);
    let first = bench.take_one();
    drop(bench.send(90));
    let second = bench.take_one();
    bench.fail(first, ErrorCode::MessageTooLarge);
    assert_eq!(lost.await.unwrap_err().code(), Some(ErrorCode::MessageTooLarge));
    assert_eq!(bench.take().len(), 0);
    bench.fail(second, ErrorCode::OutOfOrderSequenceNumber);
    bench.pass(BACKOFF);
    assert_eq!(sequence(&bench.take_one()), (1, 0));
}

/// Sends two batches a minute apart, and the connection is lost with both. When the first has run out of
/// time the second goes again.
fn give_up_the_first_of_two(bench: &mut Bench) -> Delivery {
    let first_record = bench.send(90);
    let first = bench.take_one();
    bench.pass(Duration::from_secs(60));
    drop(bench.send(90));
    let second = bench.take_one();
    bench.lose_connection(first);
    bench.lose_connection(second);

    bench.pass(Duration::from_secs(60));
    first_record
}

#[tokio::test(start_paused = true)]
async fn behind_a_batch_that_may_have_been_appended_others_keep_their_sequences() {
    let mut bench = Bench::new(1, &[("linger.ms", "0"), ("batch.size", "100")]);
    bench.establish();
    let lost = give_up_the_first_of_two(&mut bench);
    assert!(lost.await.is_err());
    drop(bench.send(90));
    let second = bench.take_one();
    assert_eq!(sequence(&second), (0, 2), "under a new epoch it would be appended twice");
    assert_eq!(bench.take().len(), 0, "what is new waits until the sequences are known");
    bench.acknowledge(second, 2);
    bench.pass(Duration::ZERO);
    assert_eq!(sequence(&bench.take_one()), (0, 3), "nothing was missing");
}

#[tokio::test(start_paused = true)]
async fn a_new_epoch_begins_when_the_leader_turns_out_to_lack_a_batch_that_was_given_up() {
    let mut bench = Bench::new(1, &[("linger.ms", "0"), ("batch.size", "100")]);
    bench.establish();
    drop(give_up_the_first_of_two(&mut bench));
    let second = bench.take_one();
    bench.fail(second, ErrorCode::OutOfOrderSequenceNumber);
    bench.pass(BACKOFF);
    assert_eq!(sequence(&bench.take_one()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_has_forgotten_the_numbering_gets_a_new_one() {
    let mut bench = Bench::new(1, &[("linger.ms", "0")]);
    bench.establish();
    drop(bench.send(10));
    let batch = bench.take_one();
    bench.fail(batch, ErrorCode::OutOfOrderSequenceNumber);
    bench.pass(BACKOFF);
    assert_eq!(sequence(&bench.take_one()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_is_too_large_goes_in_two_and_every_record_hears_of_its_own() {
    for codec in ["none", "zstd"] {
        let mut bench = Bench::new(1, &[("linger.ms", "0"), ("compression.type", codec)]);
        bench.establish();
        let deliveries = [bench.send(10), bench.send(10), bench.send(10)];
        let mut batch = bench.take_one();
        let _ = batch.encoded();
        drop(bench.send(10));
        let behind = bench.take_one();
        bench.fail(batch, ErrorCode::MessageTooLarge);
        bench.fail(behind, ErrorCode::OutOfOrderSequenceNumber);

        bench.pass(BACKOFF);
        let mut first = bench.take_one();
        assert_eq!((sequence(&first), first.record_count), ((0, 1), 1));
        assert!(records::crc_is_valid(&first.encoded()));
        bench.acknowledge(first, 1);
        let mut second = bench.take_one();
        assert_eq!((sequence(&second), second.record_count), ((0, 2), 2));
        let _ = second.encoded();
        bench.fail(second, ErrorCode::MessageTooLarge);
        for offset in 2..4 {
            let part = bench.take_one();
            assert_eq!(sequence(&part), (0, offset));
            bench.acknowledge(part, i64::from(offset) + 40);
        }
        let behind = bench.take_one();
        assert_eq!(sequence(&behind), (0, 4), "nothing is missing before it");
        bench.acknowledge(behind, 44);
        for (delivery, offset) in deliveries.into_iter().zip([1, 42, 43]) {
            assert_eq!(delivery.await.unwrap().offset, Some(base::Offset(offset)));
        }
        assert!(bench.accumulator.is_settled());
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_is_too_large_goes_in_two_where_nothing_is_tried_again() {
    let keys = [("linger.ms", "0"), ("enable.idempotence", "false"), ("retries", "0")];
    let mut bench = Bench::new(1, &keys);
    let deliveries = [bench.send(10), bench.send(10), bench.send(10), bench.send(10)];
    let mut batch = bench.take_one();
    let _ = batch.encoded();
    bench.fail(batch, ErrorCode::MessageTooLarge);
    for offset in [0, 2] {
        let mut half = bench.take_one();
        assert_eq!(half.record_count, 2);
        let _ = half.encoded();
        bench.fail(half, ErrorCode::MessageTooLarge);
        for offset in offset..offset + 2 {
            let part = bench.take_one();
            bench.acknowledge(part, offset);
        }
    }
    for (delivery, offset) in deliveries.into_iter().zip(0..) {
        assert_eq!(delivery.await.unwrap().offset, Some(base::Offset(offset)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_record_fails_once_its_delivery_time_is_over() {
    let mut bench = Bench::new(1, &[("delivery.timeout.ms", "31000")]);
    let delivery = bench.send(10);
    bench.pass(Duration::from_secs(31));
    let error = delivery.await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "could not deliver to t-0 within 31000 ms; raise `delivery.timeout.ms` or look at the load of the cluster"
    );
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_the_broker_has_already_counts_as_delivered() {
    let mut bench = Bench::new(1, &[("linger.ms", "0")]);
    let delivery = bench.send(10);
    let batch = bench.take_one();
    bench.fail(batch, ErrorCode::DuplicateSequenceNumber);
    assert_eq!(delivery.await.unwrap().offset, None);
}

#[tokio::test(start_paused = true)]
async fn a_full_memory_takes_no_record_until_one_is_settled() {
    let mut bench = Bench::new(1, &[("linger.ms", "0"), ("buffer.memory", "1000")]);
    drop(bench.send(900));
    let record = ProducerRecord::new("t", vec![0; 900]).partition(0);
    let refused = bench.accumulator.append(&record, WallMs(0), bench.now);
    assert!(matches!(refused, Ok(Appended::NoMemory)));
    let batch = bench.take_one();
    bench.acknowledge(batch, 0);
    let taken = bench.accumulator.append(&record, WallMs(0), bench.now);
    assert!(matches!(taken, Ok(Appended::Yes { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_record_that_can_never_be_sent_is_refused_with_the_limit() {
    let mut bench = Bench::new(2, &[("max.request.size", "1000")]);
    let large = ProducerRecord::new("t", vec![0; 1001]);
    let Err(error) = bench.accumulator.append(&large, WallMs(0), bench.now) else {
        panic!("the record was taken")
    };
    assert!(error.to_string().contains("`max.request.size` = 1000"), "{error}");

    let elsewhere = ProducerRecord::new("t", "x").partition(2);
    let Err(error) = bench.accumulator.append(&elsewhere, WallMs(0), bench.now) else {
        panic!("the record was taken")
    };
    assert_eq!(error.to_string(), "topic t has partitions 0 to 1, the record names 2");
}
