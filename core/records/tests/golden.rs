//! Batches and message sets as Kafka's Java client writes them: read, rebuilt to the byte, converted
//! both ways, corrupted.
//!
//! The files of `testdata/golden` were written by `MemoryRecordsBuilder` of kafka-clients 4.3.1: five
//! records from offset 1000 on, in every magic, codec and timestamp type.

#![allow(clippy::disallowed_methods)] // Test data lies in files.

use std::collections::BTreeMap;
use std::path::Path;

use base::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, WallMs};
use bytes::Bytes;
use records::{
    BatchBuilder, BatchError, BatchHeader, Batches, Codec, ControlType, Entries, Entry, Header,
    OldFormat, TimestampType, ValidationRules, crc_is_valid, down_convert, empty_batch,
    end_transaction_value, message_crc_is_valid, messages_of, records_of, set_log_append_time,
    up_convert, validate,
};

const T: i64 = 1_700_000_000_000;
const LIMIT: usize = 1 << 20;

fn golden(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/golden").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("could not read {path:?}: {error}"))
}

/// Offset, timestamp, key and value.
type Shown = (i64, i64, Option<Vec<u8>>, Option<Vec<u8>>);

/// The five records of every file.
fn expected(base_offset: i64) -> Vec<Shown> {
    let mut long = String::new();
    for line in 0.. {
        if long.len() >= 40_000 {
            break;
        }
        long.push_str(&format!("line {line} of a long value; "));
    }
    long.truncate(40_000);
    let record = |delta, ms, key: Option<&str>, value: Option<&str>| {
        let owned = |text: &str| text.as_bytes().to_vec();
        (base_offset + delta, T + ms, key.map(owned), value.map(owned))
    };
    vec![
        record(0, 0, Some("key-0"), Some("value-0")),
        record(1, 5, None, Some("v")),
        record(2, 3, Some("k2"), None),
        record(3, 10, Some(""), Some("")),
        record(4, 10, Some("big"), Some(&long)),
    ]
}

fn with_time(mut records: Vec<Shown>, timestamp: i64) -> Vec<Shown> {
    records.iter_mut().for_each(|record| record.1 = timestamp);
    records
}

/// What a consumer sees in a buffer of entries; checks every checksum on the way.
fn shown(log: &[u8]) -> Vec<Shown> {
    let owned = |bytes: Option<&[u8]>| bytes.map(<[u8]>::to_vec);
    let mut found = Vec::new();
    for entry in Entries::new(log) {
        let mut scratch = Vec::new();
        match entry.unwrap() {
            Entry::Batch(header, bytes) => {
                assert!(crc_is_valid(bytes));
                for record in records_of(bytes, &mut scratch, LIMIT).unwrap() {
                    let record = record.unwrap();
                    let (offset, time) = (record.offset(&header).0, record.timestamp(&header).0);
                    found.push((offset, time, owned(record.key), owned(record.value)));
                }
            }
            Entry::Legacy(_, bytes) => {
                assert!(message_crc_is_valid(bytes));
                for message in messages_of(bytes, &mut scratch, LIMIT).unwrap() {
                    let message = message.unwrap();
                    assert!(message.crc_is_valid());
                    let (offset, time) = (message.header.offset.0, message.header.timestamp.0);
                    found.push((offset, time, owned(message.key), owned(message.value)));
                }
            }
        }
    }
    found
}

#[test]
fn everything_that_java_writes_is_read() {
    let mut files = BTreeMap::new();
    for codec in Codec::ALL {
        let name = codec.name();
        files.insert(format!("v2-{name}.bin"), expected(1000));
        files.insert(format!("v2-{name}-append-time.bin"), with_time(expected(1000), T + 99));
        if codec != Codec::Zstd {
            files.insert(format!("v0-{name}.bin"), with_time(expected(1000), -1));
            files.insert(format!("v1-{name}.bin"), expected(1000));
            files.insert(format!("v1-{name}-append-time.bin"), with_time(expected(1000), T + 99));
        }
    }
    files.insert("v2-transactional.bin".into(), expected(1000));
    files.insert("v2-gzip-delete-horizon.bin".into(), expected(1000));
    for (name, expected) in files {
        assert_eq!(shown(&golden(&name)), expected, "{name}");
    }
}

fn headers() -> [Header<'static>; 3] {
    [
        Header { key: b"trace", value: Some(b"x") },
        Header { key: b"trace", value: None },
        Header { key: b"", value: Some(b"") },
    ]
}

fn fill(mut builder: BatchBuilder) -> Vec<u8> {
    for (index, (_, time, key, value)) in expected(1000).into_iter().enumerate() {
        let headers = headers();
        let headers = if index == 0 { &headers[..] } else { &[] };
        builder.append(WallMs(time), key.as_deref(), value.as_deref(), headers).unwrap();
    }
    builder.build()
}

fn builder(codec: Codec) -> BatchBuilder {
    BatchBuilder::new(codec).base_offset(Offset(1000)).leader_epoch(LeaderEpoch(7))
}

#[test]
fn we_write_what_java_writes_to_the_byte() {
    assert_eq!(fill(builder(Codec::None)), golden("v2-none.bin"));
    let append_time = builder(Codec::None).log_append_time(WallMs(T + 99));
    assert_eq!(fill(append_time), golden("v2-none-append-time.bin"));
    let producer = builder(Codec::None)
        .producer(ProducerId(4711), ProducerEpoch(3), Sequence(i32::MAX - 2))
        .transactional();
    let transactional = fill(producer);
    assert_eq!(transactional, golden("v2-transactional.bin"));
    assert_eq!(BatchHeader::parse(&transactional).unwrap().last_sequence(), Sequence(1));

    for (kind, name) in [(ControlType::Abort, "abort"), (ControlType::Commit, "commit")] {
        let mut marker = builder(Codec::None)
            .producer(ProducerId(4711), ProducerEpoch(3), Sequence::NONE)
            .transactional()
            .control();
        marker.append_control(WallMs(T), kind, &end_transaction_value(12)).unwrap();
        assert_eq!(marker.build(), golden(&format!("v2-control-{name}.bin")));
    }

    let mut original = BatchHeader::parse(&golden("v2-transactional.bin")).unwrap();
    original.base_sequence = Sequence(40);
    original.last_offset_delta = 9;
    assert_eq!(empty_batch(&original)[..], golden("v2-empty.bin"));
}

#[test]
fn compressed_batches_of_ours_have_javas_header_and_content() {
    for codec in [Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd] {
        let (ours, javas) = (fill(builder(codec)), golden(&format!("v2-{}.bin", codec.name())));
        assert_eq!(shown(&ours), shown(&javas));
        let mut header = BatchHeader::parse(&ours).unwrap();
        let javas = BatchHeader::parse(&javas).unwrap();
        (header.crc, header.batch_length) = (javas.crc, javas.batch_length);
        assert_eq!(header, javas, "{codec:?}");
    }
}

#[test]
fn headers_of_records_keep_order_and_duplicates() {
    let batch = golden("v2-zstd.bin");
    let mut scratch = Vec::new();
    let first = records_of(&batch, &mut scratch, LIMIT).unwrap().next().unwrap().unwrap();
    assert_eq!(first.headers.collect::<Vec<_>>(), headers());
}

#[test]
fn control_batches_of_java_are_understood() {
    for (name, kind) in [
        ("abort", ControlType::Abort),
        ("commit", ControlType::Commit),
        ("leader-change", ControlType::LeaderChange),
    ] {
        let batch = golden(&format!("v2-control-{name}.bin"));
        assert!(crc_is_valid(&batch));
        assert!(BatchHeader::parse(&batch).unwrap().attributes.is_control());
        let mut scratch = Vec::new();
        let record = records_of(&batch, &mut scratch, LIMIT).unwrap().next().unwrap().unwrap();
        assert_eq!(ControlType::parse(record.key.unwrap()), Ok(Some(kind)));
        if kind != ControlType::LeaderChange {
            assert_eq!(records::parse_end_transaction_value(record.value.unwrap()), Ok(12));
        }
    }
}

#[test]
fn a_batch_marked_with_its_append_time_equals_javas() {
    let mut batch = golden("v2-none.bin");
    set_log_append_time(&mut batch, WallMs(T + 99));
    assert_eq!(batch, golden("v2-none-append-time.bin"));
}

#[test]
fn down_conversion_makes_the_message_sets_that_java_makes() {
    let convert = |name: &str, format, from| {
        down_convert(&golden(name), format, Offset(from), usize::MAX, LIMIT).unwrap()
    };
    for (format, version) in [(OldFormat::V0, 0), (OldFormat::V1, 1)] {
        let converted = convert("v2-none.bin", format, 1000);
        assert_eq!(converted.bytes, golden(&format!("v{version}-none.bin")));
        assert_eq!(converted.next_offset, Offset(1005));
        for codec in [Codec::Gzip, Codec::Snappy, Codec::Lz4] {
            let name = codec.name();
            // From the middle: a compressed batch stays whole.
            let converted = convert(&format!("v2-{name}.bin"), format, 1003);
            let javas = golden(&format!("v{version}-{name}.bin"));
            assert_eq!(shown(&converted.bytes), shown(&javas), "{name} {version}");
            let (ours, javas) = (entry_header(&converted.bytes), entry_header(&javas));
            assert_eq!(ours, javas, "{name} {version}");
        }
    }
    let converted = convert("v2-none-append-time.bin", OldFormat::V1, 1000);
    assert_eq!(converted.bytes, golden("v1-none-append-time.bin"));
    let converted = convert("v2-lz4-append-time.bin", OldFormat::V1, 1000);
    assert_eq!(shown(&converted.bytes), shown(&golden("v1-lz4-append-time.bin")));
    // Magic 1 to magic 0; magic 1 as it is.
    assert_eq!(convert("v1-none.bin", OldFormat::V0, 1000).bytes, golden("v0-none.bin"));
    assert_eq!(convert("v1-lz4.bin", OldFormat::V1, 1000).bytes, golden("v1-lz4.bin"));
    let converted = convert("v1-snappy.bin", OldFormat::V0, 1000);
    assert_eq!(shown(&converted.bytes), shown(&golden("v0-snappy.bin")));
}

/// What identifies a wrapper: everything but size and checksum.
fn entry_header(set: &[u8]) -> (Offset, i8, u16, WallMs) {
    match Entries::new(set).next().unwrap().unwrap() {
        Entry::Legacy(header, _) => {
            (header.offset, header.magic, header.attributes.0, header.timestamp)
        }
        Entry::Batch(..) => panic!("not a message set"),
    }
}

#[test]
fn down_conversion_starts_at_the_fetch_offset_skips_markers_and_stops_before_zstd() {
    let log = [
        golden("v2-control-commit.bin"),
        golden("v2-none.bin"),
        golden("v2-zstd.bin"),
        golden("v2-none.bin"),
    ]
    .concat();
    let convert = |log: &[u8], from, bytes_max| {
        down_convert(log, OldFormat::V1, Offset(from), bytes_max, LIMIT)
    };
    let converted = convert(&log, 1003, usize::MAX).unwrap();
    assert_eq!(shown(&converted.bytes), expected(1000)[3..]);
    assert_eq!(converted.next_offset, Offset(1005));

    let zstd = convert(&golden("v2-zstd.bin"), 1000, usize::MAX);
    assert_eq!(zstd, Err(BatchError::Unsupported { codec: 4, magic: 1 }));

    // Nothing but a marker: no bytes, and yet progress.
    let marker = convert(&golden("v2-control-commit.bin"), 1000, usize::MAX).unwrap();
    assert_eq!((marker.bytes.len(), marker.next_offset), (0, Offset(1001)));

    // A bound ends it after the entry that reached it.
    let twice = [golden("v2-none.bin"), golden("v2-none.bin")].concat();
    let converted = convert(&twice, 1000, 10).unwrap();
    assert_eq!(converted.bytes, golden("v1-none.bin"));
}

fn rules() -> ValidationRules {
    ValidationRules {
        compacted: false,
        max_message_bytes: LIMIT,
        timestamp_type: TimestampType::CreateTime,
        timestamp_before_max_ms: i64::MAX,
        timestamp_after_max_ms: 3_600_000,
        compression: None,
        decompressed_bytes_max: LIMIT,
        now: WallMs(T),
    }
}

#[test]
fn up_conversion_keeps_records_times_and_codec() {
    for version in [0, 1] {
        for codec in [Codec::None, Codec::Gzip, Codec::Snappy, Codec::Lz4] {
            let set = Bytes::from(golden(&format!("v{version}-{}.bin", codec.name())));
            let validated = validate(&set, 2, &rules()).unwrap();
            assert_eq!(validated.header().attributes.codec(), Ok(codec));
            let times = if version == 0 { with_time(expected(0), -1) } else { expected(0) };
            assert_eq!(shown(&validated.to_vec()), times);
            assert_eq!(validated.max_timestamp_delta, if version == 0 { 0 } else { 3 });

            let append = ValidationRules {
                timestamp_type: TimestampType::LogAppendTime,
                compression: Some(Codec::Zstd.into()),
                now: WallMs(T + 7),
                ..rules()
            };
            let validated = up_convert(&set, &append).unwrap();
            assert_eq!(shown(&validated.to_vec()), with_time(expected(0), T + 7));
            assert_eq!(validated.header().attributes.codec(), Ok(Codec::Zstd));
        }
    }
}

#[test]
fn a_changed_byte_is_found_or_lies_outside_the_checksum() {
    for name in ["v2-control-commit.bin", "v2-lz4.bin", "v2-zstd.bin"] {
        let batch = golden(name);
        for at in 0..batch.len() {
            let mut broken = batch.clone();
            broken[at] ^= 0x10;
            let found = match Batches::new(&broken).next() {
                None | Some(Err(_)) => true,
                Some(Ok((_, bytes))) => !crc_is_valid(bytes),
            };
            // Base offset and leader epoch are the broker's to write.
            let unchecked = (0..8).contains(&at) || (12..16).contains(&at);
            assert_eq!(found, !unchecked, "{name}: byte {at}");
        }
    }
    let set = golden("v1-gzip.bin");
    for at in 8..set.len() {
        let mut broken = set.clone();
        broken[at] ^= 0x10;
        let found = match Entries::new(&broken).next() {
            Some(Ok(entry)) => !message_crc_is_valid(entry.bytes()),
            None | Some(Err(_)) => true,
        };
        assert!(found, "byte {at}");
    }
}

#[test]
fn a_bomb_in_a_produce_request_is_refused_in_bounded_memory() {
    for codec in [Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd] {
        let mut builder = BatchBuilder::new(codec);
        builder.append(WallMs(T), None, Some(&vec![0; 20 * LIMIT]), &[]).unwrap();
        let bomb = Bytes::from(builder.build());
        let rejected = validate(&bomb, 9, &rules()).unwrap_err();
        assert_eq!(rejected.code, base::ErrorCode::MessageTooLarge, "{codec:?}");
        // With a limit that allows it, a topic without compression refuses it for its size.
        let plain = ValidationRules {
            compression: Some(Codec::None.into()),
            decompressed_bytes_max: 30 * LIMIT,
            ..rules()
        };
        let rejected = validate(&bomb, 9, &plain).unwrap_err();
        assert_eq!(rejected.code, base::ErrorCode::MessageTooLarge, "{codec:?}");
        let mut scratch = Vec::new();
        let error = records_of(&bomb, &mut scratch, 1000).err();
        assert_eq!(error, Some(BatchError::Expansion { limit: 1000 }));
        assert!(scratch.capacity() <= 4 * 1024 * 1024);
    }
}
