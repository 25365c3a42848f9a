//! A reply on its way out: segments of memory and of files.
//!
//! Hot path: fetch 5/5. Memory goes out with one `send`, marked MORE when a file follows; a file
//! slice goes from the page cache to the socket with `sendfile`. What is not in the page cache is brought
//! there first by a thread that may wait for the disk, a piece at a time: this one serves others. Segments up
//! to [`COPIED_BYTES_MAX`] are copied behind the bytes before them: a system call each would cost more
//! than the copy.

use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use rustix::net::SendFlags;
use storage::FileSlice;
use tokio::io::Interest;
use tokio::net::TcpStream;

use super::admission::Use;
use super::connection::Service;

/// Measured limits: a `sendfile` of 64 KiB moves 5.0 GB/s, `pread` and `write` 4.0; below half of
/// that the extra system call decides.
const COPIED_BYTES_MAX: usize = 32 * 1024;

/// The most one `sendfile` call moves, so that one connection does not hold its thread while a
/// gigabyte leaves.
const SENDFILE_BYTES_MAX: usize = 1024 * 1024;

/// Bytes of a reply.
#[derive(Debug)]
pub enum Segment {
    Bytes(Bytes),
    File(FileSlice),
}

/// A whole response frame, its size field included.
#[derive(Debug, Default)]
pub struct Reply {
    pub segments: Vec<Segment>,
}

/// The way out of one connection.
pub struct Outlet<'a> {
    pub socket: &'a TcpStream,
    pub service: &'a dyn Service,
    pub used: &'a Use,
    /// How long the peer may take nothing.
    pub idle: Duration,
}

impl Outlet<'_> {
    /// Writes once, as soon as the peer takes something. However slowly it reads, it is in use.
    async fn write(&self, call: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
        let written = self.socket.async_io(Interest::WRITABLE, call);
        let written = tokio::time::timeout(self.idle, written).await;
        let unread = |_| io::Error::new(io::ErrorKind::TimedOut, "the peer does not read it");
        let written = written.map_err(unread)??;
        self.used.at(self.service.now_us());
        Ok(written)
    }
}

impl Reply {
    /// Sends the reply. After an error the connection is of no use: part of a frame may be out.
    pub async fn send(self, outlet: &Outlet<'_>) -> io::Result<()> {
        let mut small = BytesMut::new();
        let mut segments = self.segments.into_iter().peekable();
        while let Some(segment) = segments.next() {
            let more = segments.peek().is_some();
            match segment {
                Segment::Bytes(bytes)
                    if bytes.len() <= COPIED_BYTES_MAX && (more || !small.is_empty()) =>
                {
                    small.extend_from_slice(&bytes);
                }
                Segment::Bytes(bytes) => {
                    send_small(outlet, &mut small).await?;
                    send_bytes(outlet, &bytes, more).await?;
                }
                Segment::File(slice) if slice.length <= COPIED_BYTES_MAX => {
                    warm(&slice, slice.position, slice.length, outlet.service).await;
                    copy_slice(&slice, &mut small)?;
                }
                Segment::File(slice) => {
                    send_small(outlet, &mut small).await?;
                    send_file(outlet, &slice).await?;
                }
            }
            if small.len() > 4 * COPIED_BYTES_MAX {
                send_bytes(outlet, &small, more).await?;
                small.clear();
            }
        }
        if !small.is_empty() {
            send_bytes(outlet, &small, false).await?;
        }
        Ok(())
    }
}

/// Waits until a piece of a slice is in memory, without holding the thread.
async fn warm(slice: &FileSlice, position: u64, length: usize, service: &dyn Service) {
    if !slice.file.is_cached(position, length as u64) {
        service.warm(slice.file.clone(), position, length as u64).await;
    }
}

fn copy_slice(slice: &FileSlice, target: &mut BytesMut) -> io::Result<()> {
    let start = target.len();
    target.resize(start + slice.length, 0);
    storage::read_exactly(&*slice.file, &mut target[start..], slice.position)
}

/// Sends what has been copied together, before something large.
async fn send_small(outlet: &Outlet<'_>, small: &mut BytesMut) -> io::Result<()> {
    send_bytes(outlet, small, true).await?;
    small.clear();
    Ok(())
}

async fn send_bytes(outlet: &Outlet<'_>, bytes: &[u8], more: bool) -> io::Result<()> {
    // NOSIGNAL: a peer that went away is an error of this connection, not of the process.
    let flags = if more { SendFlags::MORE | SendFlags::NOSIGNAL } else { SendFlags::NOSIGNAL };
    let mut sent = 0;
    while sent < bytes.len() {
        let call = || Ok(rustix::net::send(outlet.socket, &bytes[sent..], flags)?);
        sent += outlet.write(call).await?;
    }
    Ok(())
}

async fn send_file(outlet: &Outlet<'_>, slice: &FileSlice) -> io::Result<()> {
    let Outlet { socket, service, .. } = *outlet;
    let Some(descriptor) = slice.file.descriptor()? else {
        return send_bytes(outlet, &slice.read()?, false).await;
    };
    let mut offset = slice.position;
    let end = slice.position + slice.length as u64;
    while offset < end {
        let piece_end = end.min(offset + SENDFILE_BYTES_MAX as u64);
        warm(slice, offset, (piece_end - offset) as usize, service).await;
        while offset < piece_end {
            let mut call = || {
                let (file, count) = (descriptor.as_fd(), (piece_end - offset) as usize);
                Ok(rustix::fs::sendfile(socket.as_fd(), file, Some(&mut offset), count)?)
            };
            if outlet.write(&mut call).await? == 0 {
                // Truncated since it was handed out; the frame cannot be completed any more.
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
    Ok(())
}
