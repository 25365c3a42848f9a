use super::*;
use crate::builder::BatchBuilder;
use crate::testing::Dice;

fn rules() -> ValidationRules {
    ValidationRules {
        compacted: false,
        max_message_bytes: 1 << 20,
        timestamp_type: TimestampType::CreateTime,
        timestamp_before_max_ms: i64::MAX,
        timestamp_after_max_ms: 3_600_000,
        compression: None,
        decompressed_bytes_max: 1 << 20,
        now: WallMs(1_700_000_000_000),
    }
}

fn batch_of(count: usize, codec: Codec) -> Bytes {
    let mut builder = BatchBuilder::new(codec);
    for index in 0..count {
        let timestamp = WallMs(rules().now.0 - index as i64);
        builder.append(timestamp, Some(b"key"), Some(&[7; 50]), &[]).unwrap();
    }
    builder.build().into()
}

#[test]
fn an_honest_batch_is_not_copied() {
    for codec in Codec::ALL {
        let batch = batch_of(100, codec);
        let mut validated = validate(&batch, 9, &rules()).unwrap();
        assert_eq!(validated.body.as_ptr(), batch[HEADER_SIZE..].as_ptr());
        assert_eq!(validated.to_vec(), batch);
        assert!(!validated.rewritten);
        assert_eq!((validated.max_timestamp, validated.max_timestamp_delta), (rules().now, 0));
        validated.stamp(Offset(42), LeaderEpoch(3));
        assert!(crate::crc_is_valid(&validated.to_vec()));
        assert_eq!(validated.header().last_offset(), Offset(141));

        // LogAppendTime changes the header alone.
        let append = ValidationRules {
            timestamp_type: TimestampType::LogAppendTime,
            now: WallMs(5),
            ..rules()
        };
        let validated = validate(&batch, 9, &append).unwrap();
        assert_eq!(validated.body.as_ptr(), batch[HEADER_SIZE..].as_ptr());
        assert_eq!(validated.max_timestamp, WallMs(5));
        assert!(crate::crc_is_valid(&validated.to_vec()));
    }
}

#[test]
fn a_million_complaints_are_counted_and_not_listed() {
    let mut builder = BatchBuilder::new(Codec::None);
    for _ in 0..20_000 {
        builder.append(rules().now, None, None, &[]).unwrap();
    }
    let compacted = ValidationRules { compacted: true, ..rules() };
    let rejected = validate(&builder.build().into(), 9, &compacted).unwrap_err();
    assert_eq!(rejected.record_errors.len(), RECORD_ERRORS_MAX);
    assert!(rejected.message.contains("20000 records"));
}

/// Runs everything that reads bytes from outside.
fn read_all_ways(bytes: &Bytes, codec: i16) {
    let limit = 100_000;
    let small = ValidationRules { decompressed_bytes_max: limit, ..rules() };
    let moved = ValidationRules {
        compression: Codec::from_id((codec % 5) as u8).map(Into::into),
        compacted: codec % 2 == 0,
        ..small.clone()
    };
    for version in [0, 2, 3, 9] {
        let _ = validate(bytes, version, &small);
        if let Ok(validated) = validate(bytes, version, &moved) {
            assert!(crate::crc_is_valid(&validated.to_vec()));
        }
    }
    for format in [crate::OldFormat::V0, crate::OldFormat::V1] {
        let _ = crate::down_convert(bytes, format, Offset(1), limit, limit);
    }
    let mut scratch = Vec::new();
    if let Ok(records) = crate::records_of(bytes, &mut scratch, limit) {
        records.flatten().for_each(|record| {
            record.headers.for_each(drop);
        });
    }
    if let Ok(messages) = crate::messages_of(bytes, &mut scratch, limit) {
        messages.for_each(drop);
    }
    for entry in Entries::new(bytes).flatten() {
        let _ = (entry.last_offset(), crate::message_crc_is_valid(entry.bytes()));
        if let Entry::Batch(header, _) = entry {
            let _ = (header.next_offset(), header.last_sequence(), crate::empty_batch(&header));
        }
    }
}

/// Restores the checksums, so that changes get past them.
fn mend_checksum(bytes: &mut [u8]) {
    let Some(Ok(entry)) = Entries::new(bytes).next() else { return };
    let (size, is_batch) = (entry.bytes().len(), matches!(entry, Entry::Batch(..)));
    if is_batch {
        batch::restore_crc(&mut bytes[..size]);
    } else {
        let crc = crc_fast::crc32_iso_hdlc(&bytes[16..size]);
        bytes[12..16].copy_from_slice(&crc.to_be_bytes());
    }
}

#[allow(clippy::disallowed_methods)] // Test data lies in files.
#[test]
fn mutations_of_every_golden_and_corpus_file_never_panic() {
    let mut dice = Dice::new(99);
    let mut files = 0;
    for folder in ["golden", "corpus"] {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(folder);
        for file in folder.read_dir().unwrap() {
            let original = std::fs::read(file.unwrap().path()).unwrap();
            read_all_ways(&original.clone().into(), 0);
            files += 1;
            for round in 0..60 {
                let mut bytes = original.clone();
                for _ in 0..=dice.below(3) {
                    if bytes.is_empty() {
                        break;
                    }
                    // Mostly where the structure is: in front.
                    let reach = if dice.below(3) == 0 { bytes.len() } else { bytes.len().min(90) };
                    let at = dice.below(reach);
                    match dice.below(4) {
                        0 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][dice.below(5)],
                        1 => bytes[at] ^= 1 << dice.below(8),
                        2 => drop(bytes.drain(at..bytes.len().min(at + dice.below(5)))),
                        _ => bytes.splice(at..at, [dice.next() as u8; 3]).for_each(drop),
                    }
                }
                if round % 4 != 0 {
                    mend_checksum(&mut bytes);
                }
                read_all_ways(&bytes.into(), round);
            }
        }
    }
    assert!(files > 40, "the files are there");
}

#[test]
fn noise_never_panics() {
    let mut dice = Dice::new(100);
    for round in 0..20_000 {
        let mut bytes: Vec<u8> = (0..dice.below(120)).map(|_| dice.next() as u8).collect();
        // Noise alone hardly ever gets past the length and the magic.
        if bytes.len() > 24 {
            let length = bytes.len() as i32 - 12;
            bytes[8..12].copy_from_slice(&length.to_be_bytes());
            bytes[16] = dice.below(3) as u8;
            bytes[..8].fill(0);
            mend_checksum(&mut bytes);
        }
        read_all_ways(&bytes.into(), (round % 1000) as i16);
    }
}
