//! Frames on a connection: a length of four bytes, big-endian, then that many bytes (kafka
//! protocol guide, "Common Request and Response Structure").
//!
//! Incoming bytes gather in one buffer and leave it as slices, without a copy; outgoing frames
//! are written as they are, several in one system call. A length is a claim: the buffer grows
//! with what has arrived, never to what is announced.

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::{Buf, Bytes, BytesMut};

/// The largest reply accepted. A Fetch may exceed `fetch.max.bytes` by one batch, and a batch may
/// have what an int32 can say.
pub(crate) const REPLY_SIZE_MAX: usize = i32::MAX as usize;

/// How much room a read is offered at least and at most.
const READ_LEAST: usize = 8 << 10;
const READ_MOST: usize = 1 << 20;

/// Cuts a stream of bytes into frames.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    buffer: BytesMut,
}

/// The four bytes before a frame are negative or above the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InvalidLength(pub i32);

impl Inbox {
    /// The buffer to read into, with room for the rest of the frame under way, or a part of it.
    pub fn room(&mut self) -> &mut BytesMut {
        let missing = match self.announced() {
            Some(length) => (4 + length.max(0) as usize).saturating_sub(self.buffer.len()),
            None => 0,
        };
        let wanted = missing.clamp(READ_LEAST, READ_MOST);
        if self.buffer.capacity() - self.buffer.len() < wanted.min(READ_LEAST.max(missing)) {
            self.buffer.reserve(wanted);
        }
        &mut self.buffer
    }

    /// The next whole frame without its length, if it has arrived.
    ///
    /// # Errors
    /// The length is impossible; the stream cannot be read any further.
    pub fn next_frame(&mut self) -> Result<Option<Bytes>, InvalidLength> {
        let Some(announced) = self.announced() else { return Ok(None) };
        let length = usize::try_from(announced).map_err(|_| InvalidLength(announced))?;
        if length > REPLY_SIZE_MAX {
            return Err(InvalidLength(announced));
        }
        if self.buffer.len() < 4 + length {
            return Ok(None);
        }
        self.buffer.advance(4);
        Ok(Some(self.buffer.split_to(length).freeze()))
    }

    fn announced(&self) -> Option<i32> {
        self.buffer.first_chunk::<4>().map(|bytes| i32::from_be_bytes(*bytes))
    }
}

/// Frames on their way to the socket, read by vectored writes.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    chunks: VecDeque<Bytes>,
    bytes: usize,
    written: u64,
}

impl Outbox {
    pub fn push(&mut self, chunk: Bytes) {
        if !chunk.is_empty() {
            self.bytes += chunk.len();
            self.chunks.push_back(chunk);
        }
    }

    /// How many bytes the socket has taken since the beginning.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// How many it will have taken once everything that is here now has left.
    pub fn end(&self) -> u64 {
        self.written + self.bytes as u64
    }
}

impl Buf for Outbox {
    fn remaining(&self) -> usize {
        self.bytes
    }

    fn chunk(&self) -> &[u8] {
        self.chunks.front().map_or(&[], |chunk| chunk)
    }

    fn advance(&mut self, mut count: usize) {
        self.bytes -= count;
        self.written += count as u64;
        while count > 0 {
            let Some(front) = self.chunks.front_mut() else { break };
            let step = count.min(front.len());
            front.advance(step);
            count -= step;
            if front.is_empty() {
                self.chunks.pop_front();
            }
        }
    }

    fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let mut count = 0;
        for (slice, chunk) in slices.iter_mut().zip(&self.chunks) {
            *slice = IoSlice::new(chunk);
            count += 1;
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(inbox: &mut Inbox, bytes: &[u8]) {
        inbox.room().extend_from_slice(bytes);
    }

    #[test]
    fn frames_come_out_whole_however_the_bytes_arrive() {
        let stream = [&[0, 0, 0, 3][..], b"abc", &[0, 0, 0, 0], &[0, 0, 0, 1], b"d"].concat();
        for step in 1..stream.len() {
            let mut inbox = Inbox::default();
            let mut frames = Vec::new();
            for piece in stream.chunks(step) {
                feed(&mut inbox, piece);
                while let Some(frame) = inbox.next_frame().unwrap() {
                    frames.push(frame);
                }
            }
            assert_eq!(frames, [&b"abc"[..], b"", b"d"]);
        }
    }

    #[test]
    fn a_negative_length_is_refused_and_a_huge_one_reserves_no_more_than_a_read() {
        let mut inbox = Inbox::default();
        feed(&mut inbox, &(-1i32).to_be_bytes());
        assert_eq!(inbox.next_frame(), Err(InvalidLength(-1)));

        let mut inbox = Inbox::default();
        feed(&mut inbox, &i32::MAX.to_be_bytes());
        assert_eq!(inbox.next_frame(), Ok(None));
        assert!(inbox.room().capacity() <= 2 * READ_MOST);
    }

    #[test]
    fn an_outbox_gives_its_chunks_in_order_across_partial_writes() {
        let mut outbox = Outbox::default();
        outbox.push(Bytes::from_static(b"abc"));
        outbox.push(Bytes::new());
        outbox.push(Bytes::from_static(b"de"));
        outbox.advance(2);
        assert_eq!((outbox.remaining(), outbox.chunk()), (3, &b"c"[..]));
        outbox.advance(2);
        assert_eq!((outbox.remaining(), outbox.chunk()), (1, &b"e"[..]));
        outbox.advance(1);
        assert!(!outbox.has_remaining());
    }
}
