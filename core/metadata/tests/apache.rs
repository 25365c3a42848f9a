//! A metadata log and a snapshot that Apache Kafka 4.3.1 wrote: see `testdata/README.md`.

use base::{BrokerId, Offset, Str};
use bytes::Bytes;
use metadata::image::{Image, Replay};
use metadata::{ConfigResource, Feature, MetadataVersion, encode_records};
use protocol::record_types::metadata::MetadataRecord;
use records::{Batches, records_of};

/// Compiled in, because the shelf that decides opens no files, in its tests neither.
macro_rules! testdata {
    ($name:literal) => {
        include_bytes!(concat!("../testdata/apache-4.3.1/", $name)).as_slice()
    };
}

/// The values of all data records, with their offsets.
fn values(bytes: &[u8]) -> Vec<(Offset, Bytes)> {
    let mut values = Vec::new();
    for batch in Batches::new(bytes) {
        let (header, batch) = batch.unwrap();
        let mut scratch = Vec::new();
        for record in records_of(batch, &mut scratch, 1 << 20).unwrap() {
            let record = record.unwrap();
            if !header.attributes.is_control() {
                let value = Bytes::copy_from_slice(record.value.unwrap());
                values.push((record.offset(&header), value));
            }
        }
    }
    values
}

fn image_of(bytes: &[u8]) -> Image {
    let mut image = Image::empty();
    for (offset, value) in values(bytes) {
        let (record, _) = MetadataRecord::decode(value).unwrap();
        image.apply(&record, offset).unwrap();
    }
    image
}

#[test]
fn apaches_log_and_its_snapshot_build_the_same_image() {
    let by_log = image_of(testdata!("00000000000000000000.log"));
    let by_snapshot = image_of(testdata!("00000000000000000145-0000000001.checkpoint"));
    assert!(by_log.says_the_same_as(&by_snapshot), "{by_log:#?}\n{by_snapshot:#?}");
    assert_eq!(by_log.transaction_start(), None);

    assert_eq!(by_log.metadata_version(), Some(MetadataVersion::LATEST_PRODUCTION));
    assert_eq!(by_log.feature_level(Feature::TransactionVersion), 2);
    let orders = by_log.topic("orders.eu").unwrap();
    assert_eq!(orders.partitions.len(), 5);
    assert!(by_log.topic("gone").is_none());
    assert_eq!(by_log.topics().colliding("orders_eu").unwrap(), "orders.eu");
    let config = by_log.config(&ConfigResource::topic("orders.eu"));
    assert_eq!(config.get("retention.ms"), Some(&Str::from("60000")));
    let all = by_log.config(&ConfigResource::all_brokers());
    assert_eq!(all.get("log.retention.ms"), Some(&Str::from("1000000")));
    assert_eq!(by_log.quotas().len(), 1);
    assert_eq!(by_log.scram_credentials().len(), 1);

    // It stopped in order: fenced, and its partitions without a leader, but with one eligible.
    let broker = by_log.broker(BrokerId(1)).unwrap();
    assert!(broker.fenced && broker.directories.len() == 1);
    for partition in orders.partitions.values() {
        assert_eq!(partition.leader, BrokerId::NONE);
        assert_eq!((partition.isr.len(), partition.elr.len()), (0, 1));
    }
}

/// Apache writes what it keeps in hash maps in no particular order.
fn in_order(record: &mut MetadataRecord) {
    match record {
        MetadataRecord::RegisterBrokerRecord(record) => {
            record.features.sort_by(|a, b| a.name.cmp(&b.name));
        }
        MetadataRecord::RegisterControllerRecord(record) => {
            record.features.sort_by(|a, b| a.name.cmp(&b.name));
        }
        _ => {}
    }
}

#[test]
fn our_snapshot_of_the_image_has_apaches_records_at_apaches_versions() {
    let theirs = testdata!("00000000000000000145-0000000001.checkpoint");
    let image = image_of(theirs);
    let records = image.snapshot_records();
    let mut ours = encode_records(&records, MetadataVersion::MINIMUM).unwrap();
    let mut theirs: Vec<Bytes> = values(theirs)
        .into_iter()
        .map(|(_, value)| {
            let (mut record, version) = MetadataRecord::decode(value).unwrap();
            in_order(&mut record);
            record.encode(version).unwrap()
        })
        .collect();
    // Both begin with the metadata.version.
    assert_eq!(ours[0], theirs[0]);
    ours.sort();
    theirs.sort();
    assert_eq!(ours, theirs);
}

#[test]
fn apaches_bootstrap_records_are_those_that_we_would_write() {
    let theirs: Vec<Bytes> =
        values(testdata!("bootstrap.checkpoint")).into_iter().map(|(_, value)| value).collect();
    let format = metadata::bootstrap::Format::standalone(metadata::SupportedFeatures::all());
    let records = format.plan().unwrap().records;
    let ours = encode_records(&records, MetadataVersion::MINIMUM).unwrap();
    // The last of theirs is the SCRAM credential.
    assert_eq!(ours[..], theirs[..theirs.len() - 1]);
}

#[test]
fn a_broker_that_follows_the_log_hears_of_every_change_once() {
    let mut replay = Replay::new(Image::empty());
    let (mut created, mut deleted, mut partitions) = (0, 0, 0);
    for (offset, value) in values(testdata!("00000000000000000000.log")) {
        let (record, _) = MetadataRecord::decode(value).unwrap();
        replay.apply(&record, offset).unwrap();
        let delta = replay.publish();
        created += delta.topics_created.len();
        deleted += delta.topics_deleted.len();
        partitions += delta.partitions.iter().filter(|change| change.before.is_none()).count();
    }
    assert_eq!((created, deleted, partitions), (3, 1, 8));
    assert_eq!(replay.published().topics().len(), 2);
}

#[test]
fn damaged_records_are_refused_and_never_panic() {
    let good = values(testdata!("00000000000000000000.log"));
    let image = image_of(testdata!("00000000000000000000.log"));
    let mut random: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut next = move |bound: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random >> 16) as usize % bound
    };
    let (mut refused, mut applied) = (0, 0);
    for _ in 0..20_000 {
        let mut bytes = good[next(good.len())].1.to_vec();
        for _ in 0..1 + next(3) {
            let at = next(bytes.len());
            bytes[at] = next(256) as u8;
        }
        bytes.truncate(1 + next(2 * bytes.len()));
        let Ok((record, _)) = MetadataRecord::decode(Bytes::from(bytes)) else {
            refused += 1;
            continue;
        };
        let mut image = image.clone();
        match image.apply(&record, Offset(1_000)) {
            Ok(()) => {
                applied += 1;
                image.snapshot_records();
            }
            Err(error) => {
                refused += 1;
                assert!(!error.to_string().is_empty());
            }
        }
    }
    assert!(refused > 1_000 && applied > 1_000, "{refused} {applied}");
}
