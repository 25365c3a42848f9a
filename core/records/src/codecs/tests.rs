use super::*;
use crate::testing::Dice;

const CODECS: [Codec; 4] = [Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd];

/// Text that compresses, or noise that does not.
fn sample(dice: &mut Dice, size: usize) -> Vec<u8> {
    if dice.below(2) == 0 {
        return (0..size).map(|_| dice.below(256) as u8).collect();
    }
    let words = [b"high ".as_slice(), b"watermark ", b"leader ", b"epoch "];
    let mut text = Vec::new();
    while text.len() < size {
        text.extend_from_slice(words[dice.below(4)]);
    }
    text.truncate(size);
    text
}

fn compressed(codec: Codec, input: &[u8]) -> Vec<u8> {
    let mut out = b"header".to_vec();
    compress(codec.into(), 2, input, &mut out);
    assert_eq!(&out[..6], b"header");
    out.split_off(6)
}

fn decompressed(codec: Codec, input: &[u8], limit: usize) -> Result<Vec<u8>, BatchError> {
    let mut out = Vec::new();
    decompress(codec, 2, input, &mut out, limit).map(|()| out)
}

#[test]
fn every_codec_gives_back_what_it_was_given_at_every_size() {
    let mut dice = Dice::new(7);
    for size in [0, 1, 100, 32_767, 32_768, 32_769, 65_535, 65_536, 65_537, 300_000] {
        for codec in Codec::ALL {
            let input = sample(&mut dice, size);
            let packed = compressed(codec, &input);
            assert_eq!(decompressed(codec, &packed, size), Ok(input), "{codec:?} {size}");
        }
    }
}

#[test]
fn a_stream_written_in_pieces_equals_one_written_at_once() {
    let mut dice = Dice::new(8);
    for codec in CODECS {
        let input = sample(&mut dice, 200_000);
        let mut compressor = Compressor::new(codec.into(), 2, None);
        let mut packed = Vec::new();
        let mut rest = input.as_slice();
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(1 + dice.below(70_000)));
            compressor.write(now, &mut packed);
            rest = later;
        }
        compressor.finish(&mut packed);
        assert_eq!(decompressed(codec, &packed, input.len()), Ok(input), "{codec:?}");
    }
}

#[test]
fn every_level_of_kafkas_ranges_is_taken() {
    let input = sample(&mut Dice::new(9), 10_000);
    let ranges = [
        (Codec::Gzip, vec![-1, 1, 6, 9]),
        (Codec::Lz4, vec![1, 9, 17]),
        (Codec::Zstd, vec![-131_072, -5, 1, 3, 19, 22]),
    ];
    for (codec, levels) in ranges {
        for level in levels {
            let mut packed = Vec::new();
            let compression = Compression { codec, level: Some(level) };
            compress(compression, 2, &input, &mut packed);
            assert_eq!(decompressed(codec, &packed, 1 << 20).as_ref(), Ok(&input), "{codec:?}");
        }
    }
}

#[test]
fn a_bomb_stops_at_the_limit() {
    let zeros = vec![0; 50_000_000];
    for codec in CODECS {
        let bomb = compressed(codec, &zeros);
        let mut out = Vec::new();
        let error = decompress(codec, 2, &bomb, &mut out, 1_000_000);
        assert_eq!(error, Err(BatchError::Expansion { limit: 1_000_000 }), "{codec:?}");
        assert!(out.len() <= 1_000_000 && out.capacity() < 4_000_000, "{codec:?}");
    }
}

#[test]
fn a_claimed_size_allocates_nothing() {
    // A plain snappy block of 3 bytes that claims 4 GiB.
    let claim = [0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0];
    assert!(matches!(
        decompressed(Codec::Snappy, &claim, usize::MAX),
        Err(BatchError::Compression { .. })
    ));
    // An lz4 frame of 4 MiB blocks with one block of 2 bytes.
    let descriptor = [0x60, 0x70];
    let mut frame = vec![0x04, 0x22, 0x4d, 0x18];
    frame.extend_from_slice(&descriptor);
    frame.push(0x73);
    frame.extend_from_slice(&[2, 0, 0, 0, 0x10, b'x', 0, 0, 0, 0]);
    let mut decompressor = Decompressor::new(Codec::Lz4, 2, &frame, usize::MAX).unwrap();
    while decompressor.advance().unwrap() {}
    assert!(decompressor.chunk.len() <= CHUNK_SIZE);
}

#[test]
fn data_cut_anywhere_is_an_error_or_the_whole() {
    let mut dice = Dice::new(10);
    let input = sample(&mut dice, 5000);
    for codec in CODECS {
        let packed = compressed(codec, &input);
        for length in 0..packed.len() {
            if let Ok(out) = decompressed(codec, &packed[..length], 1 << 20) {
                // Xerial's framing has no end mark: a cut between blocks is a shorter stream. The
                // record count notices.
                assert!(codec == Codec::Snappy && input.starts_with(&out), "{codec:?} at {length}");
            }
        }
    }
}

#[test]
fn noise_and_flipped_bits_never_panic_and_stay_within_the_limit() {
    let mut dice = Dice::new(11);
    for codec in CODECS {
        let packed = compressed(codec, &sample(&mut dice, 3000));
        for _ in 0..3000 {
            let mut bytes = packed.clone();
            for _ in 0..=dice.below(4) {
                let at = dice.below(bytes.len());
                bytes[at] ^= 1 << dice.below(8);
            }
            bytes.truncate(1 + dice.below(2 * bytes.len()));
            if let Ok(out) = decompressed(codec, &bytes, 100_000) {
                assert!(out.len() <= 100_000);
            }
        }
    }
}

#[test]
fn members_and_frames_may_follow_each_other() {
    for codec in [Codec::Gzip, Codec::Zstd] {
        let mut packed = compressed(codec, b"first ");
        packed.extend(compressed(codec, b"second"));
        assert_eq!(decompressed(codec, &packed, 100), Ok(b"first second".to_vec()), "{codec:?}");
    }
    // Java takes garbage behind a gzip member for its end.
    let mut packed = compressed(Codec::Gzip, b"first");
    packed.extend_from_slice(b"garbage behind the member");
    assert_eq!(decompressed(Codec::Gzip, &packed, 100), Ok(b"first".to_vec()));
}

#[test]
fn a_gzip_member_with_every_optional_header_field_is_read() {
    let plain = compressed(Codec::Gzip, b"payload");
    let mut packed = plain[..10].to_vec();
    packed[3] = 0b1_1111;
    packed.extend_from_slice(&[3, 0, 1, 2, 3]);
    packed.extend_from_slice(b"name\0comment\0");
    packed.extend_from_slice(&[0xaa, 0xbb]);
    packed.extend_from_slice(&plain[10..]);
    assert_eq!(decompressed(Codec::Gzip, &packed, 100), Ok(b"payload".to_vec()));
}

#[test]
fn snappy_comes_in_xerial_frames_and_plain_blocks() {
    let input = vec![b'a'; 70_000];
    let packed = compressed(Codec::Snappy, &input);
    assert_eq!(packed[..16], [0x82, 83, 78, 65, 80, 80, 89, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
    let plain = snap::raw::Encoder::new().compress_vec(&input).unwrap();
    assert_eq!(decompressed(Codec::Snappy, &plain, 70_000), Ok(input));
}

#[test]
fn any_number_of_xerial_headers_is_skipped() {
    let packed = compressed(Codec::Snappy, b"payload");
    let (header, block) = packed.split_at(16);
    let mut stream = header.repeat(1_000_000);
    stream.extend_from_slice(block);
    stream.extend(header.repeat(1_000_000));
    assert_eq!(decompressed(Codec::Snappy, &stream, 100), Ok(b"payload".to_vec()));
}

#[test]
fn kafka_3160_the_lz4_header_checksum_is_wrong_in_magic_0_and_right_from_magic_1() {
    let input = b"some bytes of a message set".repeat(10);
    let pack = |magic| {
        let mut out = Vec::new();
        compress(Codec::Lz4.into(), magic, &input, &mut out);
        out
    };
    let unpack = |magic, packed: &[u8]| {
        let mut out = Vec::new();
        decompress(Codec::Lz4, magic, packed, &mut out, 1000).map(|()| out)
    };
    let (old, new) = (pack(0), pack(1));
    assert_eq!(new[6], 0x82, "the checksum of flags 0x60, 0x40 in every correct frame");
    assert_ne!(old[6], new[6]);
    // Readers of magic 0 take both: later clients wrote the right one.
    assert_eq!(unpack(0, &old).as_ref(), Ok(&input));
    assert_eq!(unpack(0, &new).as_ref(), Ok(&input));
    assert_eq!(unpack(1, &new).as_ref(), Ok(&input));
    assert!(unpack(1, &old).is_err());
    assert!(unpack(2, &old).is_err());
}

#[test]
fn lz4_frames_of_an_independent_encoder_are_read_and_ours_by_an_independent_decoder() {
    use std::io::{Read, Write};
    let input = sample(&mut Dice::new(12), 200_000);
    let info = lz4_flex::frame::FrameInfo::new()
        .block_size(lz4_flex::frame::BlockSize::Max256KB)
        .block_checksums(true)
        .content_checksum(true);
    let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(&input).unwrap();
    let foreign = encoder.finish().unwrap();
    assert_eq!(decompressed(Codec::Lz4, &foreign, input.len()).as_ref(), Ok(&input));

    let ours = compressed(Codec::Lz4, &input);
    let mut out = Vec::new();
    lz4_flex::frame::FrameDecoder::new(&ours[..]).read_to_end(&mut out).unwrap();
    assert_eq!(out, input);

    // A block checksum that is wrong must be noticed.
    let mut broken = foreign;
    let at = broken.len() / 2;
    broken[at] ^= 1;
    assert!(decompressed(Codec::Lz4, &broken, input.len()).is_err());
}

#[test]
fn zstd_does_not_exist_before_magic_2() {
    let packed = compressed(Codec::Zstd, b"x");
    let mut out = Vec::new();
    assert_eq!(
        decompress(Codec::Zstd, 1, &packed, &mut out, 10),
        Err(BatchError::Unsupported { codec: 4, magic: 1 })
    );
}
