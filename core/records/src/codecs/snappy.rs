//! Snappy in the framing of xerial's snappy-java, which every Kafka client speaks: a header of 16
//! bytes, then blocks of up to 32 KiB, each behind its compressed length as a big-endian i32. Other
//! clients send one plain block instead, which is read as well.

use std::cell::RefCell;

use super::{ensure_size, give_back};

const MAGIC: [u8; 8] = [0x82, b'S', b'N', b'A', b'P', b'P', b'Y', 0];

/// Magic, then version 1 and the lowest compatible version 1.
const HEADER: [u8; 16] = [0x82, b'S', b'N', b'A', b'P', b'P', b'Y', 0, 0, 0, 0, 1, 0, 0, 0, 1];

/// The block size of snappy-java.
const BLOCK_SIZE: usize = 32 * 1024;

/// The densest element, a copy of 64 bytes, takes 3: no honest block expands more.
const EXPANSION_MAX: usize = 22;

thread_local! {
    static WRITERS: RefCell<Vec<Writer>> = const { RefCell::new(Vec::new()) };
}

pub(super) struct Reader<'a> {
    blocks: Blocks<'a>,
}

enum Blocks<'a> {
    Framed(&'a [u8]),
    Plain(Option<&'a [u8]>),
}

impl<'a> Reader<'a> {
    pub(super) fn new(input: &'a [u8]) -> Reader<'a> {
        let blocks = match input.strip_prefix(&MAGIC).and_then(|rest| rest.get(8..)) {
            Some(framed) => Blocks::Framed(framed),
            None => Blocks::Plain(Some(input)),
        };
        Reader { blocks }
    }

    /// A block is decompressed whole; `limit` bounds what its claimed size may allocate.
    pub(super) fn read(&mut self, chunk: &mut Vec<u8>, limit: usize) -> Result<usize, String> {
        while let Some(block) = self.next_block()? {
            let size = snap::raw::decompress_len(block).map_err(|error| error.to_string())?;
            if size > block.len().saturating_mul(EXPANSION_MAX) {
                return Err(format!("{} bytes claim to hold {size}", block.len()));
            }
            if size > limit {
                // Reported as an expansion by the caller, who counts: no need to do the work.
                return Ok(size);
            }
            ensure_size(chunk, size);
            snap::raw::Decoder::new()
                .decompress(block, &mut chunk[..size])
                .map_err(|error| error.to_string())?;
            if size > 0 {
                return Ok(size);
            }
        }
        Ok(0)
    }

    fn next_block(&mut self) -> Result<Option<&'a [u8]>, String> {
        let rest = match &mut self.blocks {
            Blocks::Plain(block) => return Ok(block.take()),
            Blocks::Framed(rest) => rest,
        };
        // Streams written one after the other repeat the header, which Java skips.
        while let Some(after) = rest.strip_prefix(&MAGIC).and_then(|rest| rest.get(8..)) {
            *rest = after;
        }
        if rest.is_empty() {
            return Ok(None);
        }
        let early = || "a block ends early".to_owned();
        let (length, after) = rest.split_first_chunk::<4>().ok_or_else(early)?;
        let length = u32::from_be_bytes(*length) as usize;
        let (block, after) = after.split_at_checked(length).ok_or_else(early)?;
        *rest = after;
        Ok(Some(block))
    }
}

pub(super) struct Writer {
    encoder: snap::raw::Encoder,
    block: Vec<u8>,
    started: bool,
}

impl Writer {
    pub(super) fn new() -> Writer {
        WRITERS.with_borrow_mut(Vec::pop).unwrap_or_else(|| Writer {
            encoder: snap::raw::Encoder::new(),
            block: Vec::with_capacity(BLOCK_SIZE),
            started: false,
        })
    }

    pub(super) fn write(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) {
        self.start(out);
        while !bytes.is_empty() {
            let room = BLOCK_SIZE - self.block.len();
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            // A whole block is compressed where it lies.
            if now.len() == BLOCK_SIZE {
                put_block(&mut self.encoder, now, out);
            } else {
                self.block.extend_from_slice(now);
                if self.block.len() == BLOCK_SIZE {
                    self.flush(out);
                }
            }
            bytes = later;
        }
    }

    pub(super) fn finish(mut self, out: &mut Vec<u8>) {
        self.start(out);
        self.flush(out);
        self.started = false;
        give_back(&WRITERS, self);
    }

    fn start(&mut self, out: &mut Vec<u8>) {
        if !self.started {
            out.extend_from_slice(&HEADER);
            self.started = true;
        }
    }

    fn flush(&mut self, out: &mut Vec<u8>) {
        if !self.block.is_empty() {
            put_block(&mut self.encoder, &self.block, out);
            self.block.clear();
        }
    }
}

fn put_block(encoder: &mut snap::raw::Encoder, block: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + 4 + snap::raw::max_compress_len(block.len()), 0);
    let length = encoder
        .compress(block, &mut out[start + 4..])
        .expect("the output has the size that snappy asks for");
    out[start..start + 4].copy_from_slice(&(length as u32).to_be_bytes());
    out.truncate(start + 4 + length);
}
