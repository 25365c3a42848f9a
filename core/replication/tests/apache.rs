//! Files of the metadata quorum that Apache Kafka 4.3.1 wrote: see `core/metadata/testdata`.

use base::{LeaderEpoch, Offset, WallMs};
use replication::quorum::{
    Contents, ControlRecord, ElectionState, SnapshotFile, build_bootstrap_file, build_snapshot,
    read_batches, read_snapshot,
};

/// Compiled in, because the shelf that decides opens no files, in its tests neither.
macro_rules! testdata {
    ($name:literal) => {
        include_bytes!(concat!("../../metadata/testdata/apache-4.3.1/", $name)).as_slice()
    };
}

/// When the first batch was written, which the test must hand in to get the same bytes.
fn written_at(bytes: &[u8]) -> WallMs {
    read_batches(bytes).next().unwrap().unwrap().timestamp
}

#[test]
fn the_snapshot_of_standalone_formatting_is_ours_to_the_byte() {
    let name = "00000000000000000000-0000000000.checkpoint";
    let theirs = testdata!("00000000000000000000-0000000000.checkpoint");
    let snapshot = read_snapshot(theirs).unwrap();
    assert_eq!(snapshot.facts.kraft_version, 1);
    assert_eq!(snapshot.facts.voters.as_ref().unwrap().len(), 1);
    assert!(snapshot.values.is_empty());

    let Some(SnapshotFile::Whole(id)) = SnapshotFile::parse(name) else { panic!("{name}") };
    let facts = &snapshot.facts;
    let now = written_at(theirs);
    let ours = build_snapshot(id, snapshot.last_contained, facts, &[], now).unwrap();
    // Header and footer may have been written in different milliseconds.
    assert_eq!(ours.len(), theirs.len());
    assert_eq!(read_snapshot(&ours).unwrap(), snapshot);
}

#[test]
fn a_snapshot_of_records_and_the_bootstrap_file_are_rebuilt_in_the_same_size() {
    let name = "00000000000000000145-0000000001.checkpoint";
    let theirs = testdata!("00000000000000000145-0000000001.checkpoint");
    let snapshot = read_snapshot(theirs).unwrap();
    let Some(SnapshotFile::Whole(id)) = SnapshotFile::parse(name) else { panic!("{name}") };
    let now = written_at(theirs);
    let values = &snapshot.values;
    let ours = build_snapshot(id, snapshot.last_contained, &snapshot.facts, values, now).unwrap();
    assert_eq!(ours.len(), theirs.len());

    let theirs = testdata!("bootstrap.checkpoint");
    let snapshot = read_snapshot(theirs).unwrap();
    let ours = build_bootstrap_file(&snapshot.values, written_at(theirs)).unwrap();
    assert_eq!(ours.len(), theirs.len());
}

#[test]
fn the_log_opens_with_the_leader_of_its_epoch_and_its_voters() {
    let bytes = testdata!("00000000000000000000.log");
    let batches: Vec<_> = read_batches(bytes).map(Result::unwrap).collect();
    let Contents::Control(first) = &batches[0].contents else { panic!("{:?}", batches[0]) };
    assert!(matches!(first[0], ControlRecord::LeaderChange { .. }));
    assert!(matches!(first[1], ControlRecord::KraftVersion(1)));
    assert!(matches!(first[2], ControlRecord::Voters(_)));
    let mut next = Offset(0);
    for batch in &batches {
        assert_eq!((batch.base_offset, batch.epoch), (next, LeaderEpoch(1)));
        next = batch.last_offset.plus(1);
    }
}

#[test]
fn the_election_state_is_written_as_it_was_read() {
    let text = String::from_utf8(testdata!("quorum-state").to_vec()).unwrap();
    let state = ElectionState::parse(&text).unwrap();
    assert_eq!((state.epoch, state.leader.map(|id| id.0)), (LeaderEpoch(1), Some(1)));
    assert_eq!(state.to_text(1), text);
}
