//! Where record bytes come from while they are walked: a slice, or a codec that hands out one chunk
//! after another. One walker serves both, so that a compressed batch is checked by the very rules of
//! an uncompressed one, and without holding it decompressed.

use crate::codecs::Decompressor;
use crate::error::BatchError;

/// Why a walk stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The bytes end inside a record.
    Ended,
    Malformed(&'static str),
    /// The codec failed underneath.
    Codec(BatchError),
}

impl Fault {
    /// The same as an error about record number `index`.
    pub(crate) fn at(self, index: usize) -> BatchError {
        match self {
            Fault::Ended => BatchError::Record { index, reason: "it goes beyond the batch" },
            Fault::Malformed(reason) => BatchError::Record { index, reason },
            Fault::Codec(error) => error,
        }
    }
}

pub(crate) trait Source {
    fn byte(&mut self) -> Result<u8, Fault>;

    fn skip(&mut self, count: usize) -> Result<(), Fault>;

    /// Appends the next bytes to `out`. A length that claims more than there is allocates nothing.
    fn copy(&mut self, count: usize, out: &mut Vec<u8>) -> Result<(), Fault>;

    /// Bytes read or skipped so far.
    fn position(&self) -> usize;

    /// Whether nothing follows.
    fn is_at_end(&mut self) -> Result<bool, Fault>;
}

/// Reads a slice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Cursor<'a> {
        Cursor { bytes, at: 0 }
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Fault> {
        let taken = self.bytes[self.at..].get(..count).ok_or(Fault::Ended)?;
        self.at += count;
        Ok(taken)
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at..]
    }
}

impl Source for Cursor<'_> {
    #[inline]
    fn byte(&mut self) -> Result<u8, Fault> {
        let byte = *self.bytes.get(self.at).ok_or(Fault::Ended)?;
        self.at += 1;
        Ok(byte)
    }

    #[inline]
    fn skip(&mut self, count: usize) -> Result<(), Fault> {
        if count > self.bytes.len() - self.at {
            return Err(Fault::Ended);
        }
        self.at += count;
        Ok(())
    }

    fn copy(&mut self, count: usize, out: &mut Vec<u8>) -> Result<(), Fault> {
        self.take(count).map(|bytes| out.extend_from_slice(bytes))
    }

    #[inline]
    fn position(&self) -> usize {
        self.at
    }

    fn is_at_end(&mut self) -> Result<bool, Fault> {
        Ok(self.at == self.bytes.len())
    }
}

/// Reads what a codec produces, chunk by chunk; holds one chunk (64 KiB, with lz4 at most 4 MiB).
pub(crate) struct Stream<'a> {
    codec: Decompressor<'a>,
    at: usize,
    before: usize,
}

impl<'a> Stream<'a> {
    pub(crate) fn new(codec: Decompressor<'a>) -> Stream<'a> {
        Stream { codec, at: 0, before: 0 }
    }

    /// Makes the next chunk current; false at the end of the data.
    #[cold]
    fn advance(&mut self) -> Result<bool, Fault> {
        self.before += self.codec.chunk().len();
        self.at = 0;
        self.codec.advance().map_err(Fault::Codec)
    }
}

impl Source for Stream<'_> {
    #[inline]
    fn byte(&mut self) -> Result<u8, Fault> {
        while self.at == self.codec.chunk().len() {
            if !self.advance()? {
                return Err(Fault::Ended);
            }
        }
        let byte = self.codec.chunk()[self.at];
        self.at += 1;
        Ok(byte)
    }

    #[inline]
    fn skip(&mut self, mut count: usize) -> Result<(), Fault> {
        loop {
            let available = self.codec.chunk().len() - self.at;
            if count <= available {
                self.at += count;
                return Ok(());
            }
            count -= available;
            if !self.advance()? {
                return Err(Fault::Ended);
            }
        }
    }

    fn copy(&mut self, mut count: usize, out: &mut Vec<u8>) -> Result<(), Fault> {
        loop {
            let rest = &self.codec.chunk()[self.at..];
            if count <= rest.len() {
                out.extend_from_slice(&rest[..count]);
                self.at += count;
                return Ok(());
            }
            out.extend_from_slice(rest);
            count -= rest.len();
            if !self.advance()? {
                return Err(Fault::Ended);
            }
        }
    }

    #[inline]
    fn position(&self) -> usize {
        self.before + self.at
    }

    fn is_at_end(&mut self) -> Result<bool, Fault> {
        while self.at == self.codec.chunk().len() {
            if !self.advance()? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
