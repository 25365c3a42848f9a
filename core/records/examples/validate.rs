//! What the append validation costs: `cargo run --release -p vltava-records --example validate`.
//!
//! Prints nanoseconds per batch and the share of the checksum, for batches of 1 KiB and 100 B
//! records in every codec. Best of several rounds, memory warm.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // An example may look at the clock.

use std::hint::black_box;
use std::time::Instant;

use base::WallMs;
use bytes::Bytes;
use records::{
    BatchBuilder, Codec, TimestampType, ValidationRules, crc_is_valid, records_of, validate,
};

fn main() {
    let rules = ValidationRules {
        compacted: false,
        max_message_bytes: 16 << 20,
        timestamp_type: TimestampType::CreateTime,
        timestamp_before_max_ms: i64::MAX,
        timestamp_after_max_ms: 3_600_000,
        compression: None,
        decompressed_bytes_max: 64 << 20,
        now: WallMs(1_700_000_000_000),
    };
    println!("codec   records  record B  batch B   validate ns  crc ns  ns/record");
    for (count, size) in [(1, 1024), (16, 1024), (160, 100), (1000, 1024), (10_000, 100)] {
        for codec in Codec::ALL {
            let batch = build(codec, count, size);
            let validate_ns = best(|| {
                black_box(validate(black_box(&batch), 9, &rules)).expect("the batch is honest");
            });
            let crc_ns = best(|| {
                black_box(crc_is_valid(black_box(&batch)));
            });
            println!(
                "{:7} {count:7} {size:9} {:8} {validate_ns:13.0} {crc_ns:7.0} {:10.1}",
                codec.name(),
                batch.len(),
                validate_ns / count as f64,
            );
            let mut scratch = Vec::new();
            let read = records_of(&batch, &mut scratch, 64 << 20).expect("it was just built");
            assert_eq!(read.count(), count);
        }
    }
}

/// Text of the kind that logs hold: it compresses three to five times.
fn build(codec: Codec, count: usize, size: usize) -> Bytes {
    let mut builder = BatchBuilder::new(codec);
    let mut value = Vec::with_capacity(size);
    let mut seed = 1_u32;
    for index in 0..count {
        value.clear();
        while value.len() < size {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let field =
                format!("{{\"id\":{},\"state\":\"paid\",\"amount\":{}}} ", seed >> 20, seed >> 24);
            value.extend_from_slice(field.as_bytes());
        }
        value.truncate(size);
        let timestamp = WallMs(1_700_000_000_000 + index as i64);
        builder.append(timestamp, Some(b"key"), Some(&value), &[]).expect("it fits");
    }
    builder.build().into()
}

/// The shortest of many rounds, in nanoseconds per call.
fn best(mut call: impl FnMut()) -> f64 {
    let mut best = f64::MAX;
    let rounds_end = Instant::now();
    while rounds_end.elapsed().as_millis() < 150 {
        let start = Instant::now();
        for _ in 0..4 {
            call();
        }
        best = best.min(start.elapsed().as_nanos() as f64 / 4.0);
    }
    best
}
