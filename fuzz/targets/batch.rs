//! Records as a producer may send them and as old clients fetch them: validated in every way, converted
//! up and down, and read. The first byte chooses the rules, and whether checksums are made right first:
//! otherwise nearly everything ends there.
#![no_main]

use base::{Offset, WallMs};
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use records::{
    Codec, Entries, Entry, HEADER_SIZE, OldFormat, TimestampType, ValidationRules, crc_is_valid,
    down_convert, messages_of, records_of, restore_crc, validate,
};

/// The base offset and the length itself, which the length does not count.
const LOG_OVERHEAD: usize = 12;

/// Bounds the time of one run; the broker allows more.
const DECOMPRESSED_BYTES_MAX: usize = 100_000;

/// Whether the bytes begin with a whole batch, by what it says of its length.
fn is_whole(bytes: &[u8]) -> bool {
    let Some((head, _)) = bytes.split_first_chunk::<HEADER_SIZE>() else { return false };
    let length = i32::from_be_bytes([head[8], head[9], head[10], head[11]]);
    let size = usize::try_from(length).map(|length| LOG_OVERHEAD + length);
    head[16] == 2 && size.is_ok_and(|size| (HEADER_SIZE..=bytes.len()).contains(&size))
}

fuzz_target!(|data: &[u8]| {
    let Some((chosen, rest)) = data.split_first() else { return };
    let mut bytes = rest.to_vec();
    if chosen & 0x80 == 0 && is_whole(&bytes) {
        restore_crc(&mut bytes);
    }
    let bytes = Bytes::from(bytes);
    let rules = ValidationRules {
        compacted: chosen & 0x40 != 0,
        max_message_bytes: 1 << 20,
        timestamp_type: match chosen & 0x20 == 0 {
            true => TimestampType::CreateTime,
            false => TimestampType::LogAppendTime,
        },
        timestamp_before_max_ms: i64::MAX,
        timestamp_after_max_ms: 3_600_000,
        compression: Codec::from_id(chosen & 7).map(Into::into),
        decompressed_bytes_max: DECOMPRESSED_BYTES_MAX,
        now: WallMs(1_700_000_000_000),
    };
    for version in [0, 2, 3, 9] {
        if let Ok(validated) = validate(&bytes, version, &rules) {
            assert!(crc_is_valid(&validated.to_vec()), "what is appended has a right checksum");
        }
    }
    for format in [OldFormat::V0, OldFormat::V1] {
        let limit = DECOMPRESSED_BYTES_MAX;
        let _ = down_convert(&bytes, format, Offset(1), limit, limit);
    }
    let mut scratch = Vec::new();
    if let Ok(records) = records_of(&bytes, &mut scratch, DECOMPRESSED_BYTES_MAX) {
        records.flatten().for_each(|record| record.headers.for_each(drop));
    }
    if let Ok(messages) = messages_of(&bytes, &mut scratch, DECOMPRESSED_BYTES_MAX) {
        messages.for_each(drop);
    }
    for entry in Entries::new(&bytes).flatten() {
        let _ = entry.last_offset();
        if let Entry::Batch(header, _) = entry {
            let _ = (header.next_offset(), header.last_sequence(), records::empty_batch(&header));
        }
    }
});
