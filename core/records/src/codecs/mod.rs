//! The five codecs, as Kafka frames them, in both directions.
//!
//! Decompression streams: a [`Decompressor`] hands out one chunk at a time and stops at its limit,
//! so that a hundred bytes which expand to a terabyte cost at most one chunk of memory more than the
//! limit allows, and nothing is allocated because a frame claims a size. Contexts that are dear to
//! make (zstd, deflate, the lz4 and snappy tables) and chunk buffers are kept per thread; a new zstd
//! context per call would cost half the speed on 16 KiB batches.
//!
//! Framing, as the Java client writes and reads it: gzip members (several may follow each other);
//! snappy in xerial's framing, plain blocks being accepted; lz4 frames of independent 64 KiB blocks,
//! whose header checksum is wrong in message format v0 (KAFKA-3160); zstd frames (several may
//! follow).

mod gzip;
mod lz4;
mod snappy;
mod zstd;

use std::cell::RefCell;

use crate::batch::Codec;
use crate::error::BatchError;

/// Bytes that a codec hands out at once, where it may choose.
const CHUNK_SIZE: usize = 64 * 1024;

/// Pooled chunk buffers larger than this go back to the allocator: lz4 frames may ask for 4 MiB.
const POOLED_CHUNK_SIZE_MAX: usize = 256 * 1024;

/// A codec and how hard it tries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compression {
    pub codec: Codec,
    /// `None` is the codec's default. Ranges: gzip 1 to 9 (default 6; -1 means the default), zstd
    /// -131072 to 22 (default 3), lz4 1 to 17. The lz4 level is accepted and has no effect: our
    /// encoder has one speed. Snappy has no levels.
    pub level: Option<i32>,
}

impl Compression {
    pub const NONE: Compression = Compression { codec: Codec::None, level: None };
}

impl From<Codec> for Compression {
    fn from(codec: Codec) -> Compression {
        Compression { codec, level: None }
    }
}

/// Decompresses the whole of `input` and appends it to `out`. `magic` is that of the surrounding
/// batch or message.
///
/// # Errors
/// Data that is not of this codec or cut short; a codec that the magic does not have; more than
/// `limit` bytes, in which case at most `limit` have been appended.
pub fn decompress(
    codec: Codec,
    magic: i8,
    input: &[u8],
    out: &mut Vec<u8>,
    limit: usize,
) -> Result<(), BatchError> {
    let mut decompressor = Decompressor::new(codec, magic, input, limit)?;
    while decompressor.advance()? {
        out.extend_from_slice(decompressor.chunk());
    }
    Ok(())
}

/// Compresses `input` and appends it to `out`; one copy for [`Codec::None`].
pub fn compress(compression: Compression, magic: i8, input: &[u8], out: &mut Vec<u8>) {
    let mut compressor = Compressor::new(compression, magic, Some(input.len()));
    compressor.write(input, out);
    compressor.finish(out);
}

/// Compressed data being read, chunk by chunk.
pub struct Decompressor<'a> {
    codec: Codec,
    kind: Reader<'a>,
    chunk: Vec<u8>,
    filled: usize,
    total: usize,
    limit: usize,
}

// One lives on the stack for the length of a batch; a box would be an allocation.
#[allow(clippy::large_enum_variant)]
enum Reader<'a> {
    None(Option<&'a [u8]>),
    Gzip(gzip::Reader<'a>),
    Snappy(snappy::Reader<'a>),
    Lz4(lz4::Reader<'a>),
    Zstd(zstd::Reader<'a>),
}

impl<'a> Decompressor<'a> {
    /// # Errors
    /// The magic does not have this codec, or the data does not begin like it.
    pub fn new(
        codec: Codec,
        magic: i8,
        input: &'a [u8],
        limit: usize,
    ) -> Result<Decompressor<'a>, BatchError> {
        let kind = match codec {
            Codec::None => Ok(Reader::None(Some(input))),
            Codec::Gzip => gzip::Reader::new(input).map(Reader::Gzip),
            Codec::Snappy => Ok(Reader::Snappy(snappy::Reader::new(input))),
            Codec::Lz4 => lz4::Reader::new(input, magic).map(Reader::Lz4),
            Codec::Zstd if magic < 2 => {
                return Err(BatchError::Unsupported { codec: codec.id(), magic });
            }
            Codec::Zstd => Ok(Reader::Zstd(zstd::Reader::new(input))),
        }
        .map_err(|reason| failure(codec, reason))?;
        let chunk = CHUNKS.with_borrow_mut(|pool| pool.pop().unwrap_or_default());
        Ok(Decompressor { codec, kind, chunk, filled: 0, total: 0, limit })
    }

    /// What the last [`Decompressor::advance`] produced; empty before the first.
    #[inline]
    pub fn chunk(&self) -> &[u8] {
        &self.chunk[..self.filled]
    }

    /// Produces the next chunk; false, and an empty chunk, at the end of the data.
    ///
    /// # Errors
    /// Corrupt data, or data beyond the limit.
    pub fn advance(&mut self) -> Result<bool, BatchError> {
        self.filled = 0;
        let filled = match &mut self.kind {
            Reader::None(input) => Ok(take_all(input, &mut self.chunk)),
            Reader::Gzip(reader) => reader.read(&mut self.chunk),
            Reader::Snappy(reader) => reader.read(&mut self.chunk, self.limit),
            Reader::Lz4(reader) => reader.read(&mut self.chunk),
            Reader::Zstd(reader) => reader.read(&mut self.chunk),
        }
        .map_err(|reason| failure(self.codec, reason))?;
        self.total += filled;
        if self.total > self.limit {
            return Err(BatchError::Expansion { limit: self.limit });
        }
        self.filled = filled;
        Ok(filled > 0)
    }
}

impl Drop for Decompressor<'_> {
    fn drop(&mut self) {
        let chunk = std::mem::take(&mut self.chunk);
        if chunk.capacity() <= POOLED_CHUNK_SIZE_MAX {
            give_back(&CHUNKS, chunk);
        }
    }
}

fn take_all(input: &mut Option<&[u8]>, chunk: &mut Vec<u8>) -> usize {
    let bytes = input.take().unwrap_or_default();
    chunk.clear();
    chunk.extend_from_slice(bytes);
    bytes.len()
}

fn failure(codec: Codec, reason: String) -> BatchError {
    BatchError::Compression { codec: codec.name(), reason }
}

/// Grows a chunk to `size`; what it holds does not matter.
fn ensure_size(chunk: &mut Vec<u8>, size: usize) {
    if chunk.len() < size {
        chunk.resize(size, 0);
    }
}

/// Compresses a stream of bytes, appending to a buffer that is handed to every call, so that the
/// caller may have put a header in front and may stop when it has grown too large.
pub struct Compressor {
    kind: Writer,
}

// One lives on the stack for the length of a batch; a box would be an allocation.
#[allow(clippy::large_enum_variant)]
enum Writer {
    None,
    Gzip(gzip::Writer),
    Snappy(snappy::Writer),
    Lz4(lz4::Writer),
    Zstd(zstd::Writer),
}

impl Compressor {
    /// `size`, if known, is the exact number of bytes that will be written: zstd sizes its tables by
    /// it. `magic` decides about lz4's header checksum; zstd below magic 2 is the caller's mistake
    /// and still produces zstd.
    pub fn new(compression: Compression, magic: i8, size: Option<usize>) -> Compressor {
        let level = compression.level;
        let kind = match compression.codec {
            Codec::None => Writer::None,
            Codec::Gzip => Writer::Gzip(gzip::Writer::new(level)),
            Codec::Snappy => Writer::Snappy(snappy::Writer::new()),
            Codec::Lz4 => Writer::Lz4(lz4::Writer::new(magic)),
            Codec::Zstd => Writer::Zstd(zstd::Writer::new(level, size)),
        };
        Compressor { kind }
    }

    pub fn write(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        match &mut self.kind {
            Writer::None => out.extend_from_slice(bytes),
            Writer::Gzip(writer) => writer.write(bytes, out),
            Writer::Snappy(writer) => writer.write(bytes, out),
            Writer::Lz4(writer) => writer.write(bytes, out),
            Writer::Zstd(writer) => writer.write(bytes, out),
        }
    }

    pub fn finish(self, out: &mut Vec<u8>) {
        match self.kind {
            Writer::None => {}
            Writer::Gzip(writer) => writer.finish(out),
            Writer::Snappy(writer) => writer.finish(out),
            Writer::Lz4(writer) => writer.finish(out),
            Writer::Zstd(writer) => writer.finish(out),
        }
    }
}

/// Things that are dear to make, kept for the next batch of the same thread.
type Pool<T> = std::thread::LocalKey<RefCell<Vec<T>>>;

/// At most two of a kind are alive at once in this crate: one reads while another writes.
const POOL_DEPTH: usize = 2;

thread_local! {
    static CHUNKS: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

fn give_back<T>(pool: &'static Pool<T>, item: T) {
    // A thread that is ending has no pool any more, and needs none.
    let _ = pool.try_with(|pool| {
        let mut pool = pool.borrow_mut();
        if pool.len() < POOL_DEPTH {
            pool.push(item);
        }
    });
}

#[cfg(test)]
mod tests;
