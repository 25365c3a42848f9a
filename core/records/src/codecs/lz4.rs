//! The LZ4 frame format as far as Kafka uses it: independent blocks, optional block checksums, no
//! dictionaries. The frame is ours and only the blocks are `lz4_flex`'s, because Kafka's rules differ
//! from a strict frame decoder's: dependent blocks are refused (a Java consumer could not read them),
//! the content checksum is skipped, and message format v0 has a wrong header checksum.

use std::cell::RefCell;

use lz4_flex::block::{self, CompressTable};

use super::{ensure_size, give_back};

const MAGIC: [u8; 4] = [0x04, 0x22, 0x4d, 0x18];

/// What we write: version 1, independent blocks, nothing optional; blocks of 64 KiB.
const FLAGS: [u8; 2] = [0x60, 0x40];
const BLOCK_SIZE: usize = 64 * 1024;

/// Marks a block that is stored as it is.
const STORED: u32 = 1 << 31;

/// A byte of LZ4 adds at most 255 to the length of a match.
const EXPANSION_MAX: usize = 255;

thread_local! {
    static WRITERS: RefCell<Vec<Tools>> = const { RefCell::new(Vec::new()) };
}

pub(super) struct Reader<'a> {
    input: &'a [u8],
    block_size_max: usize,
    has_block_checksums: bool,
    ended: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(input: &'a [u8], magic: i8) -> Result<Reader<'a>, String> {
        let early = || "the lz4 header ends early".to_owned();
        let Some(rest) = input.strip_prefix(&MAGIC) else {
            return Err("the data is not an lz4 frame".to_owned());
        };
        let [flags, block_size] = *rest.first_chunk::<2>().ok_or_else(early)?;
        if flags & 0b1100_0011 != 0b0100_0000 {
            return Err(format!("lz4 frame flags {flags:#04x} are not supported"));
        }
        if flags & 0b10_0000 == 0 {
            return Err("lz4 blocks that depend on each other are not supported".to_owned());
        }
        if block_size & 0b1000_1111 != 0 || block_size < 4 << 4 {
            return Err(format!("lz4 block size code {block_size:#04x} does not exist"));
        }
        let descriptor_size = if flags & 0b1000 == 0 { 2 } else { 10 };
        let (descriptor, rest) = rest.split_at_checked(descriptor_size).ok_or_else(early)?;
        let (checksum, rest) = rest.split_first().ok_or_else(early)?;
        // KAFKA-3160: clients of message format v0 hashed the wrong bytes.
        if magic > 0 && *checksum != descriptor_checksum(descriptor) {
            return Err("the checksum of the lz4 header is wrong".to_owned());
        }
        Ok(Reader {
            input: rest,
            block_size_max: 1 << (2 * (block_size >> 4) + 8),
            has_block_checksums: flags & 0b1_0000 != 0,
            ended: false,
        })
    }

    pub(super) fn read(&mut self, chunk: &mut Vec<u8>) -> Result<usize, String> {
        while !self.ended {
            let length = u32::from_le_bytes(*self.take_array::<4>()?);
            let stored = length & STORED != 0;
            let length = (length & !STORED) as usize;
            if length == 0 {
                // Java looks at nothing behind the end mark, nor do we.
                self.ended = true;
                break;
            }
            if length > self.block_size_max {
                return Err(format!(
                    "a block of {length} bytes exceeds the frame's {}",
                    self.block_size_max
                ));
            }
            let block = self.take(length)?;
            if self.has_block_checksums
                && u32::from_le_bytes(*self.take_array::<4>()?) != xxh32(block)
            {
                return Err("the checksum of an lz4 block is wrong".to_owned());
            }
            let size = if stored {
                ensure_size(chunk, length);
                chunk[..length].copy_from_slice(block);
                length
            } else {
                let size_max = self.block_size_max.min(length.saturating_mul(EXPANSION_MAX));
                ensure_size(chunk, size_max);
                block::decompress_into(block, &mut chunk[..size_max])
                    .map_err(|error| error.to_string())?
            };
            if size > 0 {
                return Ok(size);
            }
        }
        Ok(0)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self
            .input
            .split_at_checked(count)
            .ok_or_else(|| "the lz4 frame ends early".to_owned())?;
        self.input = rest;
        Ok(taken)
    }

    fn take_array<const N: usize>(&mut self) -> Result<&'a [u8; N], String> {
        let (taken, rest) =
            self.input.split_first_chunk().ok_or_else(|| "the lz4 frame ends early".to_owned())?;
        self.input = rest;
        Ok(taken)
    }
}

struct Tools {
    table: CompressTable,
    block: Vec<u8>,
}

pub(super) struct Writer {
    tools: Tools,
    magic: i8,
    started: bool,
}

impl Writer {
    pub(super) fn new(magic: i8) -> Writer {
        let tools = WRITERS.with_borrow_mut(Vec::pop).unwrap_or_else(|| Tools {
            table: CompressTable::large(),
            block: Vec::with_capacity(BLOCK_SIZE),
        });
        Writer { tools, magic, started: false }
    }

    pub(super) fn write(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) {
        self.start(out);
        while !bytes.is_empty() {
            let room = BLOCK_SIZE - self.tools.block.len();
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            // A whole block is compressed where it lies.
            if now.len() == BLOCK_SIZE {
                put_block(&mut self.tools.table, now, out);
            } else {
                self.tools.block.extend_from_slice(now);
                if self.tools.block.len() == BLOCK_SIZE {
                    self.flush(out);
                }
            }
            bytes = later;
        }
    }

    pub(super) fn finish(mut self, out: &mut Vec<u8>) {
        self.start(out);
        self.flush(out);
        out.extend_from_slice(&[0; 4]);
        give_back(&WRITERS, self.tools);
    }

    fn start(&mut self, out: &mut Vec<u8>) {
        if self.started {
            return;
        }
        self.started = true;
        let start = out.len();
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&FLAGS);
        // KAFKA-3160: readers of message format v0 expect a hash that includes the magic number.
        let hashed = if self.magic == 0 { &out[start..] } else { &out[start + 4..] };
        let checksum = descriptor_checksum(hashed);
        out.push(checksum);
    }

    fn flush(&mut self, out: &mut Vec<u8>) {
        if !self.tools.block.is_empty() {
            put_block(&mut self.tools.table, &self.tools.block, out);
            self.tools.block.clear();
        }
    }
}

fn put_block(table: &mut CompressTable, block: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + 4 + block::get_maximum_output_size(block.len()), 0);
    let length = block::compress_into_with_table(block, &mut out[start + 4..], table)
        .expect("the output has the size that lz4 asks for");
    if length < block.len() {
        out[start..start + 4].copy_from_slice(&(length as u32).to_le_bytes());
        out.truncate(start + 4 + length);
    } else {
        out.truncate(start);
        out.extend_from_slice(&(block.len() as u32 | STORED).to_le_bytes());
        out.extend_from_slice(block);
    }
}

fn descriptor_checksum(descriptor: &[u8]) -> u8 {
    (xxh32(descriptor) >> 8) as u8
}

/// XXH32 with seed 0: the frame's checksum. Written here because `lz4_flex` keeps its own private.
fn xxh32(bytes: &[u8]) -> u32 {
    const P: [u32; 5] = [2_654_435_761, 2_246_822_519, 3_266_489_917, 668_265_263, 374_761_393];
    let word = |bytes: &[u8]| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    let stripes = bytes.chunks_exact(16);
    let tail = stripes.remainder();
    let mut hash = P[4];
    if bytes.len() >= 16 {
        let mut lanes = [P[0].wrapping_add(P[1]), P[1], 0, 0_u32.wrapping_sub(P[0])];
        for stripe in stripes {
            for (lane, bytes) in lanes.iter_mut().zip(stripe.chunks_exact(4)) {
                let mixed = lane.wrapping_add(word(bytes).wrapping_mul(P[1]));
                *lane = mixed.rotate_left(13).wrapping_mul(P[0]);
            }
        }
        let [a, b, c, d] = lanes;
        hash = a
            .rotate_left(1)
            .wrapping_add(b.rotate_left(7))
            .wrapping_add(c.rotate_left(12))
            .wrapping_add(d.rotate_left(18));
    }
    hash = hash.wrapping_add(bytes.len() as u32);
    let words = tail.chunks_exact(4);
    let last = words.remainder();
    for bytes in words {
        hash = hash.wrapping_add(word(bytes).wrapping_mul(P[2]));
        hash = hash.rotate_left(17).wrapping_mul(P[3]);
    }
    for byte in last {
        hash = hash.wrapping_add(u32::from(*byte).wrapping_mul(P[4]));
        hash = hash.rotate_left(11).wrapping_mul(P[0]);
    }
    hash ^= hash >> 15;
    hash = hash.wrapping_mul(P[1]);
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(P[2]);
    hash ^ hash >> 16
}
