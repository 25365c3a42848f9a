//! Apache Kafka's own verdict on 2,698 inputs, honest and not.
//!
//! `testdata/verdicts.tsv` was written by a program that ran `ProduceRequest.validateRecords`, the
//! checks of `UnifiedLog.analyzeAndValidateRecords` and `LogValidator` of Kafka 4.3.1. A line: name,
//! Produce version, cleanup policy, timestamp type, compression.type, max.message.bytes, the input in
//! hex, the error code, the indices of refused records, and what would be appended in hex. The clock
//! stood at `NOW`, the log ended at offset 500 in leader epoch 9.
//!
//! We must give the same verdict and, where Kafka accepts, append the same records. Where we differ
//! on purpose, [`known_difference`] says so.

use base::{LeaderEpoch, Offset, WallMs};
use bytes::Bytes;
use records::{
    BatchHeader, Codec, Compression, HEADER_SIZE, TimestampType, ValidationRules, crc_is_valid,
    records_of, validate,
};

const T: i64 = 1_700_000_000_000;
const NOW: WallMs = WallMs(T + 1000);

struct Case<'a> {
    name: &'a str,
    produce_version: i16,
    rules: ValidationRules,
    input: Bytes,
    code: i16,
    refused: Vec<i32>,
    appended: Vec<u8>,
}

fn parse(line: &str) -> Case<'_> {
    let fields: Vec<_> = line.split('\t').collect();
    let [name, version, policy, time, codec, max, input, code, refused, appended] = fields[..]
    else {
        panic!("ten fields in {line}")
    };
    let compression = (codec != "producer")
        .then(|| Compression::from(Codec::from_name(codec).expect("a codec of Kafka")));
    Case {
        name,
        produce_version: version.parse().unwrap(),
        rules: ValidationRules {
            compacted: policy == "compact",
            max_message_bytes: max.parse().unwrap(),
            timestamp_type: match time {
                "create" => TimestampType::CreateTime,
                _ => TimestampType::LogAppendTime,
            },
            timestamp_before_max_ms: 3_600_000,
            timestamp_after_max_ms: 60_000,
            compression,
            decompressed_bytes_max: 1 << 20,
            now: NOW,
        },
        input: unhex(input).into(),
        code: code.parse().unwrap(),
        refused: refused.split(',').filter_map(|index| index.parse().ok()).collect(),
        appended: unhex(appended),
    }
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    let digit = |byte: u8| (byte as char).to_digit(16).unwrap() as u8;
    digits.chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

/// Why we may refuse with the code `ours` what Kafka accepts, or refuses otherwise.
fn known_difference(case: &Case<'_>, ours: i16, message: &str) -> Option<&'static str> {
    match (case.code, ours) {
        (_, 2) if case.name.ends_with(":trailing") => Some("bytes behind a batch are refused"),
        (0 | -1, 32) if message.contains("LogAppendTime") => {
            Some("LogAppendTime is not the producer's to set")
        }
        (0 | -1, 87) if message.contains("offset delta") => {
            Some("Kafka stores such deltas, mends them or fails, as codecs happen to differ")
        }
        (0 | -1, 87) if message.contains("its length") => {
            Some("Kafka does not look at the length of a record in a compressed batch")
        }
        (0, 87) if message.contains("epoch of producer") => Some("an epoch is 0 or more"),
        (0, 2) if message.contains("cut short") => Some("a cut message is not dropped in silence"),
        (0, 87) if message.contains("magic must be") => Some("even if its magic is broken, too"),
        (2, 87) if message.contains("must be") => {
            Some("garbage inside a wrapper, where Kafka tries the checksum before the magic")
        }
        (0, 87) if message.contains("match offset") => Some("Java reads an lz4 offset of 0"),
        (0, 76) if message.contains("does not know zstd") => Some("magic 2 in Produce 0 to 2"),
        (-1, 2) if message.contains("shorter than its fields") => {
            Some("a message that breaks Kafka's parser is corrupt")
        }
        (-1, 76) => Some("a codec that does not exist is an error of the producer's"),
        (-1, 87) => Some("so is what does not decompress, or breaks Kafka's parser"),
        _ => None,
    }
}

type Shown = (i64, i64, Option<Vec<u8>>, Option<Vec<u8>>, Vec<(String, Option<Vec<u8>>)>);

/// Kafka mends header keys that are not UTF-8 when it compresses anew.
fn text(key: &[u8]) -> String {
    String::from_utf8_lossy(key).into_owned()
}

/// What a consumer sees in a batch.
fn shown(batch: &[u8]) -> Vec<Shown> {
    let header = BatchHeader::parse(batch).unwrap();
    let mut scratch = Vec::new();
    records_of(batch, &mut scratch, 1 << 20)
        .unwrap()
        .map(|record| {
            let record = record.unwrap();
            let headers = record.headers;
            (
                record.offset(&header).0,
                record.timestamp(&header).0,
                record.key.map(<[u8]>::to_vec),
                record.value.map(<[u8]>::to_vec),
                headers.map(|h| (text(h.key), h.value.map(<[u8]>::to_vec))).collect(),
            )
        })
        .collect()
}

/// Compares an append with Kafka's: to the byte where neither compressed anew, else header and
/// records.
fn compare(case: &Case<'_>, ours: &[u8], rewritten: bool) -> Result<(), String> {
    if !crc_is_valid(ours) {
        return Err("our checksum is wrong".into());
    }
    if !rewritten {
        return if ours == case.appended { Ok(()) } else { Err("bytes differ".into()) };
    }
    let (mut mine, theirs) =
        (BatchHeader::parse(ours).unwrap(), BatchHeader::parse(&case.appended).unwrap());
    if shown(ours) != shown(&case.appended) {
        return Err(format!("records {:?} {:?}", shown(ours), shown(&case.appended)));
    }
    // Recompression keeps the base timestamp of the producer, which may be any; Kafka takes the
    // first record's. Compressed bytes differ from library to library.
    mine.base_timestamp = theirs.base_timestamp;
    (mine.crc, mine.batch_length) = (theirs.crc, theirs.batch_length);
    if mine != theirs {
        return Err(format!("headers {mine:?} {theirs:?}"));
    }
    Ok(())
}

#[test]
fn verdicts_are_those_of_kafka() {
    let cases = include_str!("../testdata/verdicts.tsv");
    let mut failures = Vec::new();
    let mut differences = std::collections::BTreeMap::new();
    for case in cases.lines().map(parse) {
        let result = validate(&case.input, case.produce_version, &case.rules);
        let (code, message) = match &result {
            Ok(_) => (0, ""),
            Err(rejected) => (rejected.code.code(), rejected.message.as_str()),
        };
        if code != case.code {
            match known_difference(&case, code, message) {
                Some(reason) => *differences.entry(reason).or_insert(0) += 1,
                None => {
                    failures.push(format!("{}: Kafka says {}, we {result:?}", case.name, case.code))
                }
            }
            continue;
        }
        match result {
            Ok(mut validated) => {
                validated.stamp(Offset(500), LeaderEpoch(9));
                let ours = validated.to_vec();
                assert_eq!(validated.size(), ours.len());
                assert_eq!(validated.header().size(), ours.len());
                assert!(HEADER_SIZE < ours.len());
                if let Err(problem) = compare(&case, &ours, validated.rewritten) {
                    failures.push(format!("{}: {problem}", case.name));
                }
            }
            // Of message sets Kafka lists the refusals of the first message only, and for nobody:
            // the response has had room for them since version 8.
            Err(rejected) if case.produce_version > 2 && !case.refused.is_empty() => {
                let refused: Vec<_> = rejected.record_errors.iter().map(|(at, _)| *at).collect();
                if refused != case.refused {
                    failures.push(format!("{}: {refused:?} not {:?}", case.name, case.refused));
                }
            }
            Err(_) => {}
        }
    }
    println!("known differences: {differences:#?}");
    let count = failures.len();
    failures.truncate(40);
    assert!(failures.is_empty(), "{count} verdicts differ:\n{}", failures.join("\n"));
}
