//! Gzip (RFC 1952) around deflate. The member's header and trailer are read here, because the
//! deflate state can be kept for the next batch only without them.

use std::cell::RefCell;

use crc_fast::{CrcAlgorithm, Digest};
use flate2::{Compress, Decompress, FlushCompress, FlushDecompress, Status};

use super::{CHUNK_SIZE, ensure_size, give_back};

const MAGIC: [u8; 2] = [0x1f, 0x8b];
const DEFLATE: u8 = 8;

/// Header of what we write: no flags, no time, unknown file system, as Java writes it.
const HEADER: [u8; 10] = [0x1f, 0x8b, DEFLATE, 0, 0, 0, 0, 0, 0, 0xff];

const DEFAULT_LEVEL: i32 = 6;

thread_local! {
    static READERS: RefCell<Vec<Decompress>> = const { RefCell::new(Vec::new()) };
    static WRITERS: RefCell<Vec<(i32, Compress)>> = const { RefCell::new(Vec::new()) };
}

pub(super) struct Reader<'a> {
    /// Always there until drop.
    inflate: Option<Decompress>,
    input: &'a [u8],
    member: Option<Member>,
}

/// The checks of a member's trailer.
struct Member {
    crc: Digest,
    size: u32,
}

impl Member {
    fn new() -> Member {
        Member { crc: Digest::new(CrcAlgorithm::Crc32IsoHdlc), size: 0 }
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(input: &'a [u8]) -> Result<Reader<'a>, String> {
        let input = skip_header(input)?;
        let mut inflate =
            READERS.with_borrow_mut(Vec::pop).unwrap_or_else(|| Decompress::new(false));
        inflate.reset(false);
        Ok(Reader { inflate: Some(inflate), input, member: Some(Member::new()) })
    }

    pub(super) fn read(&mut self, chunk: &mut Vec<u8>) -> Result<usize, String> {
        ensure_size(chunk, CHUNK_SIZE);
        let inflate = self.inflate.as_mut().expect("the state leaves only in drop");
        while let Some(member) = &mut self.member {
            let (in_before, out_before) = (inflate.total_in(), inflate.total_out());
            let status = inflate
                .decompress(self.input, chunk, FlushDecompress::None)
                .map_err(|error| error.to_string())?;
            let read = (inflate.total_in() - in_before) as usize;
            let written = (inflate.total_out() - out_before) as usize;
            self.input = &self.input[read..];
            member.crc.update(&chunk[..written]);
            member.size = member.size.wrapping_add(written as u32);
            if status == Status::StreamEnd {
                self.input = check_trailer(member, self.input)?;
                // Java goes on when another member follows and ignores anything else.
                self.member = match skip_header(self.input) {
                    Ok(rest) => {
                        self.input = rest;
                        inflate.reset(false);
                        Some(Member::new())
                    }
                    Err(_) => None,
                };
            } else if read == 0 && written == 0 {
                return Err("the data ends early".to_owned());
            }
            if written > 0 {
                return Ok(written);
            }
        }
        Ok(0)
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        if let Some(inflate) = self.inflate.take() {
            give_back(&READERS, inflate);
        }
    }
}

/// Skips a member's header: ten bytes, then what its flags announce.
fn skip_header(input: &[u8]) -> Result<&[u8], String> {
    let early = || "the gzip header ends early".to_owned();
    let (fixed, mut rest) = input.split_at_checked(10).ok_or_else(early)?;
    if fixed[..2] != MAGIC || fixed[2] != DEFLATE {
        return Err("the data is not gzip".to_owned());
    }
    let flags = fixed[3];
    if flags & 0b100 != 0 {
        let length = rest.first_chunk::<2>().ok_or_else(early)?;
        let length = usize::from(u16::from_le_bytes(*length));
        rest = rest.get(2 + length..).ok_or_else(early)?;
    }
    // File name, then comment: each ends with a zero.
    for flag in [0b1000, 0b1_0000] {
        if flags & flag != 0 {
            let end = rest.iter().position(|byte| *byte == 0).ok_or_else(early)?;
            rest = &rest[end + 1..];
        }
    }
    if flags & 0b10 != 0 {
        rest = rest.get(2..).ok_or_else(early)?;
    }
    Ok(rest)
}

fn check_trailer<'a>(member: &Member, input: &'a [u8]) -> Result<&'a [u8], String> {
    let Some((trailer, rest)) = input.split_first_chunk::<8>() else {
        return Err("the gzip trailer is missing".to_owned());
    };
    let expected = u64::from(member.size) << 32 | member.crc.finalize();
    if u64::from_le_bytes(*trailer) != expected {
        return Err("the gzip checksum or size is wrong".to_owned());
    }
    Ok(rest)
}

pub(super) struct Writer {
    level: i32,
    deflate: Compress,
    crc: Digest,
    size: u32,
    started: bool,
}

impl Writer {
    pub(super) fn new(level: Option<i32>) -> Writer {
        let level = level.filter(|level| (1..=9).contains(level)).unwrap_or(DEFAULT_LEVEL);
        let pooled = WRITERS.with_borrow_mut(|pool| {
            let at = pool.iter().position(|(pooled, _)| *pooled == level)?;
            Some(pool.swap_remove(at).1)
        });
        let mut deflate =
            pooled.unwrap_or_else(|| Compress::new(flate2::Compression::new(level as u32), false));
        deflate.reset();
        let crc = Digest::new(CrcAlgorithm::Crc32IsoHdlc);
        Writer { level, deflate, crc, size: 0, started: false }
    }

    pub(super) fn write(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) {
        self.start(out);
        self.crc.update(bytes);
        self.size = self.size.wrapping_add(bytes.len() as u32);
        while !bytes.is_empty() {
            let read = self.deflate(bytes, out, FlushCompress::None).0;
            bytes = &bytes[read..];
        }
    }

    pub(super) fn finish(mut self, out: &mut Vec<u8>) {
        self.start(out);
        while self.deflate(&[], out, FlushCompress::Finish).1 != Status::StreamEnd {}
        let trailer = u64::from(self.size) << 32 | self.crc.finalize();
        out.extend_from_slice(&trailer.to_le_bytes());
        give_back(&WRITERS, (self.level, self.deflate));
    }

    fn start(&mut self, out: &mut Vec<u8>) {
        if !self.started {
            out.extend_from_slice(&HEADER);
            self.started = true;
        }
    }

    fn deflate(
        &mut self,
        bytes: &[u8],
        out: &mut Vec<u8>,
        flush: FlushCompress,
    ) -> (usize, Status) {
        out.reserve(8 * 1024);
        let before = self.deflate.total_in();
        let status = self
            .deflate
            .compress_vec(bytes, out, flush)
            .expect("deflate into a buffer with room fails only on a stream used after its end");
        ((self.deflate.total_in() - before) as usize, status)
    }
}
