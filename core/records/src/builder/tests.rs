use super::*;
use crate::batch::{Batches, crc_is_valid, set_log_append_time, stamp};
use crate::record::records_of;

const T: WallMs = WallMs(1_700_000_000_000);

fn header_of(batch: &[u8]) -> BatchHeader {
    assert!(crc_is_valid(batch));
    let header = BatchHeader::parse(batch).unwrap();
    assert_eq!(header.size(), batch.len());
    header
}

#[test]
fn records_come_back_as_they_were_appended_whatever_the_codec() {
    let headers = [
        Header { key: b"trace", value: Some(b"1") },
        Header { key: b"trace", value: None },
        Header { key: b"", value: Some(b"") },
    ];
    for codec in Codec::ALL {
        let mut builder = BatchBuilder::new(codec)
            .base_offset(Offset(100))
            .leader_epoch(LeaderEpoch(5))
            .producer(ProducerId(9), ProducerEpoch(2), Sequence(i32::MAX))
            .transactional();
        builder.append(T, Some(b"key"), None, &headers).unwrap();
        builder.append(WallMs(T.0 + 7), None, Some(&[b'v'; 5000]), &[]).unwrap();
        builder.append_at(Offset(110), WallMs(T.0 - 7), Some(b""), Some(b""), &[]).unwrap();
        assert!(builder.append_at(Offset(110), T, None, None, &[]).is_err());
        let batch = builder.build();

        let header = header_of(&batch);
        assert_eq!(header.attributes.codec(), Ok(codec));
        assert!(header.attributes.is_transactional() && header.has_producer());
        assert_eq!((header.last_offset(), header.next_offset()), (Offset(110), Offset(111)));
        assert_eq!(header.last_sequence(), Sequence(9));
        assert_eq!((header.base_timestamp, header.max_timestamp), (T, WallMs(T.0 + 7)));

        let mut scratch = Vec::new();
        let records: Vec<_> =
            records_of(&batch, &mut scratch, 1 << 20).unwrap().map(Result::unwrap).collect();
        let offsets: Vec<_> = records.iter().map(|record| record.offset(&header).0).collect();
        assert_eq!(offsets, [100, 101, 110]);
        assert_eq!(records[0].headers.collect::<Vec<_>>(), headers);
        assert_eq!((records[0].key, records[0].value), (Some(&b"key"[..]), None));
        assert_eq!((records[1].key, records[1].value), (None, Some(&[b'v'; 5000][..])));
        assert_eq!((records[2].key, records[2].value), (Some(&b""[..]), Some(&b""[..])));
        assert_eq!(records[2].timestamp(&header), WallMs(T.0 - 7));
    }
}

#[test]
fn a_stamp_keeps_the_checksum_and_log_append_time_renews_it() {
    let mut builder = BatchBuilder::new(Codec::None);
    builder.append(T, None, Some(b"v"), &[]).unwrap();
    let mut batch = builder.build();
    stamp(&mut batch, Offset(77), LeaderEpoch(3));
    let header = header_of(&batch);
    assert_eq!((header.base_offset, header.leader_epoch), (Offset(77), LeaderEpoch(3)));

    set_log_append_time(&mut batch, WallMs(T.0 + 50));
    let header = header_of(&batch);
    let mut scratch = Vec::new();
    let record = records_of(&batch, &mut scratch, 0).unwrap().next().unwrap().unwrap();
    assert_eq!(record.timestamp(&header), WallMs(T.0 + 50));
    assert_eq!(header.to_bytes(), batch[..HEADER_SIZE]);
}

#[test]
fn a_cleaned_batch_keeps_offsets_sequence_and_horizon_and_may_end_up_empty() {
    let mut builder = BatchBuilder::new(Codec::Lz4)
        .base_offset(Offset(10))
        .producer(ProducerId(1), ProducerEpoch(0), Sequence(40))
        .delete_horizon(WallMs(T.0 + 1000));
    for _ in 0..3 {
        builder.append(T, Some(b"k"), None, &[]).unwrap();
    }
    let original = builder.build();
    let header = header_of(&original);
    assert_eq!(header.delete_horizon(), Some(WallMs(T.0 + 1000)));

    // Only the middle record stays.
    let mut scratch = Vec::new();
    let kept = records_of(&original, &mut scratch, 1000).unwrap().nth(1).unwrap().unwrap();
    let mut builder = BatchBuilder::like(&header, Codec::Lz4);
    builder.append_record(kept.offset(&header), kept.timestamp(&header), &kept).unwrap();
    let cleaned = builder.build();
    let after = header_of(&cleaned);
    assert_eq!((after.last_offset(), after.last_sequence()), (Offset(12), Sequence(42)));
    assert_eq!((after.record_count, after.delete_horizon()), (1, header.delete_horizon()));
    let mut scratch = Vec::new();
    let record = records_of(&cleaned, &mut scratch, 1000).unwrap().next().unwrap().unwrap();
    assert_eq!((record.offset(&after), record.timestamp(&after)), (Offset(11), T));

    let empty = empty_batch(&header);
    let after = header_of(&empty);
    assert_eq!((after.record_count, after.last_sequence()), (0, Sequence(42)));
    assert_eq!(after.delete_horizon(), None);
    let mut scratch = Vec::new();
    assert_eq!(records_of(&empty, &mut scratch, 0).unwrap().count(), 0);
}

#[test]
fn a_buffer_of_batches_is_walked_up_to_its_truncated_tail() {
    let mut buffer = Vec::new();
    for offset in [0, 5] {
        let mut builder = BatchBuilder::new(Codec::None).base_offset(Offset(offset));
        builder.append(T, None, Some(b"value"), &[]).unwrap();
        buffer.extend(builder.build());
    }
    let whole = buffer.len();
    for cut in 0..=whole {
        let mut batches = Batches::new(&buffer[..cut]);
        let found = batches.by_ref().map(Result::unwrap).count();
        assert_eq!(found, 2 * cut / whole, "cut at {cut}");
        assert_eq!(batches.remainder().len(), cut - found * whole / 2);
    }
    // A length that is too small ends the walk with an error, once.
    buffer[whole / 2 + 8..whole / 2 + 12].copy_from_slice(&13_i32.to_be_bytes());
    let mut batches = Batches::new(&buffer);
    assert!(batches.next().unwrap().is_ok());
    assert!(matches!(batches.next(), Some(Err(BatchError::Length { length: 13, .. }))));
    assert!(batches.next().is_none());
    assert_eq!(batches.remainder().len(), whole / 2);
}
