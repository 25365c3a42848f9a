//! Length-prefixed frames off a socket, without believing the length.
//!
//! Kafka's framing is an `int32` size and that many bytes (kafka.md 1.3). A peer may claim any
//! size; memory is only taken as bytes arrive. Reading is cancel-safe: a frame half read when the
//! future is dropped goes on at the next call.

use std::fmt;
use std::io;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};

/// How much is read ahead while the length is not yet known: enough for a header and a small
/// request, so that a ping-pong client costs one read call.
const FIRST_READ_BYTES: usize = 16 * 1024;

/// How much is reserved at once for a large frame. Growing by the arrived amount bounds what a
/// claimed length costs to twice what was really sent.
const GROW_BYTES_MIN: usize = 256 * 1024;

/// Why no frame can be read from a connection any more.
#[derive(Debug)]
pub enum FrameError {
    /// The peer closed between two frames: the ordinary end.
    Closed,
    /// The peer closed inside a frame.
    Truncated,
    /// The size field is negative or above the limit; nothing sensible can follow.
    Size {
        size: i32,
        limit: i32,
    },
    Io(io::Error),
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FrameError::Closed => write!(f, "the peer closed the connection"),
            FrameError::Truncated => write!(f, "the peer closed the connection inside a frame"),
            FrameError::Size { size, limit } => write!(
                f,
                "a frame of {size} bytes was announced, the limit is {limit} (`socket.request.max.bytes`)"
            ),
            FrameError::Io(error) => write!(f, "could not read from the connection: {error}"),
        }
    }
}

/// Reads frames from one connection and keeps what arrived of the next one.
pub struct FrameReader {
    buffer: BytesMut,
    limit: i32,
}

impl FrameReader {
    /// `limit` is `socket.request.max.bytes`.
    pub fn new(limit: i32) -> FrameReader {
        FrameReader { buffer: BytesMut::new(), limit }
    }

    /// Bytes that have arrived and do not form a whole frame yet.
    pub fn buffered(&self) -> usize {
        self.buffer.len()
    }

    /// The next frame without its size field, if all of it has arrived.
    pub fn take(&mut self) -> Result<Option<Bytes>, FrameError> {
        let Some(size) = self.announced()? else { return Ok(None) };
        if self.buffer.len() < 4 + size {
            return Ok(None);
        }
        let mut frame = self.buffer.split_to(4 + size);
        let _ = frame.split_to(4);
        Ok(Some(frame.freeze()))
    }

    /// Waits for the next frame. Cancel-safe.
    pub async fn next<R: AsyncRead + Unpin>(
        &mut self,
        socket: &mut R,
    ) -> Result<Bytes, FrameError> {
        loop {
            if let Some(frame) = self.take()? {
                return Ok(frame);
            }
            self.fill(socket).await?;
        }
    }

    /// Reads once, whatever has arrived. Cancel-safe.
    pub async fn fill<R: AsyncRead + Unpin>(&mut self, socket: &mut R) -> Result<(), FrameError> {
        let missing = match self.announced()? {
            Some(size) => (4 + size).saturating_sub(self.buffer.len()),
            None => FIRST_READ_BYTES,
        };
        let have = self.buffer.len();
        let reserve = missing.min(have.max(GROW_BYTES_MIN)).max(FIRST_READ_BYTES);
        // Already reserved space is used first: a read never needs the whole reservation.
        if self.buffer.capacity() - have < missing.min(FIRST_READ_BYTES) {
            self.buffer.reserve(reserve);
        }
        match socket.read_buf(&mut self.buffer).await {
            Ok(0) if self.buffer.is_empty() => Err(FrameError::Closed),
            Ok(0) => Err(FrameError::Truncated),
            Ok(_) => Ok(()),
            Err(error) => Err(FrameError::Io(error)),
        }
    }

    /// Gives the memory of an idle connection back: ten thousand of them should cost their
    /// sockets and nothing more.
    pub fn release_when_empty(&mut self) {
        if self.buffer.is_empty() {
            self.buffer = BytesMut::new();
        }
    }

    fn announced(&self) -> Result<Option<usize>, FrameError> {
        let Some(prefix) = self.buffer.first_chunk::<4>() else { return Ok(None) };
        let size = i32::from_be_bytes(*prefix);
        if size < 0 || size > self.limit {
            return Err(FrameError::Size { size, limit: self.limit });
        }
        Ok(Some(size as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block_on<F: std::future::Future>(future: F) -> F::Output {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    #[test]
    fn frames_that_arrive_together_are_taken_one_by_one() {
        block_on(async {
            let mut socket: &[u8] = &[0, 0, 0, 2, 1, 2, 0, 0, 0, 0, 0, 0, 0, 1, 9];
            let mut reader = FrameReader::new(100);
            assert_eq!(&reader.next(&mut socket).await.unwrap()[..], &[1, 2]);
            assert_eq!(&reader.next(&mut socket).await.unwrap()[..], &[] as &[u8]);
            assert_eq!(&reader.next(&mut socket).await.unwrap()[..], &[9]);
            assert!(matches!(reader.next(&mut socket).await, Err(FrameError::Closed)));
        });
    }

    #[test]
    fn a_claimed_size_takes_no_memory() {
        block_on(async {
            let mut socket: &[u8] = &[0x05, 0, 0, 0, 1, 2, 3];
            let mut reader = FrameReader::new(i32::MAX);
            assert!(matches!(reader.next(&mut socket).await, Err(FrameError::Truncated)));
            assert!(reader.buffer.capacity() < 1 << 20);
        });
    }

    #[test]
    fn a_negative_or_oversize_frame_is_refused_before_its_body() {
        block_on(async {
            for bytes in [[0xff, 0xff, 0xff, 0xff], [0, 0, 0, 101]] {
                let mut socket: &[u8] = &bytes;
                let mut reader = FrameReader::new(100);
                assert!(matches!(reader.next(&mut socket).await, Err(FrameError::Size { .. })));
            }
        });
    }
}
