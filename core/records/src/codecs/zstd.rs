//! Zstandard frames (RFC 8878) with contexts that are kept per thread.
//!
//! A frame may claim a window of up to 128 MiB, which Java clients do at level 22. The library
//! reserves that much address space; pages become real only as data fills them, which the limit on
//! decompressed bytes bounds. A context that has grown so far is not kept.

use std::cell::RefCell;

use zstd::zstd_safe::{
    CCtx, CParameter, DCtx, InBuffer, OutBuffer, ResetDirective, get_error_name,
    zstd_sys::ZSTD_EndDirective,
};

use super::{CHUNK_SIZE, ensure_size, give_back};

const DEFAULT_LEVEL: i32 = 3;
const LEVELS: std::ops::RangeInclusive<i32> = -131_072..=22;

/// Level 3 without a known size takes a window of 2 MiB; larger contexts are rare, and dropped.
const READER_SIZE_MAX: usize = 4 * 1024 * 1024;
const WRITER_SIZE_MAX: usize = 8 * 1024 * 1024;

thread_local! {
    static READERS: RefCell<Vec<DCtx<'static>>> = const { RefCell::new(Vec::new()) };
    static WRITERS: RefCell<Vec<CCtx<'static>>> = const { RefCell::new(Vec::new()) };
}

pub(super) struct Reader<'a> {
    /// Always there until drop.
    context: Option<DCtx<'static>>,
    input: InBuffer<'a>,
    size: usize,
    in_frame: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(input: &'a [u8]) -> Reader<'a> {
        let context = READERS.with_borrow_mut(Vec::pop).unwrap_or_else(DCtx::create);
        // No input at all is no frame, and an error like any other cut.
        Reader {
            context: Some(context),
            input: InBuffer::around(input),
            size: input.len(),
            in_frame: true,
        }
    }

    pub(super) fn read(&mut self, chunk: &mut Vec<u8>) -> Result<usize, String> {
        ensure_size(chunk, CHUNK_SIZE);
        let context = self.context.as_mut().expect("the context leaves only in drop");
        loop {
            if self.input.pos() == self.size && !self.in_frame {
                return Ok(0);
            }
            let before = self.input.pos();
            let mut output = OutBuffer::around(&mut chunk[..]);
            let hint = context
                .decompress_stream(&mut output, &mut self.input)
                .map_err(|code| get_error_name(code).to_owned())?;
            self.in_frame = hint != 0;
            if output.pos() > 0 {
                return Ok(output.pos());
            }
            if self.in_frame && self.input.pos() == before {
                return Err("the data ends early".to_owned());
            }
        }
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        let Some(mut context) = self.context.take() else { return };
        let usable = context.reset(ResetDirective::SessionOnly).is_ok();
        if usable && context.sizeof() <= READER_SIZE_MAX {
            give_back(&READERS, context);
        }
    }
}

pub(super) struct Writer {
    context: CCtx<'static>,
}

impl Writer {
    pub(super) fn new(level: Option<i32>, size: Option<usize>) -> Writer {
        let level = level.unwrap_or(DEFAULT_LEVEL).clamp(*LEVELS.start(), *LEVELS.end());
        let mut context = WRITERS.with_borrow_mut(Vec::pop).unwrap_or_else(CCtx::create);
        context
            .reset(ResetDirective::SessionAndParameters)
            .and_then(|_| context.set_parameter(CParameter::CompressionLevel(level)))
            .and_then(|_| context.set_pledged_src_size(size.map(|size| size as u64)))
            .expect("a fresh session takes any level of the range and any size");
        Writer { context }
    }

    pub(super) fn write(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let mut input = InBuffer::around(bytes);
        while input.pos() < bytes.len() {
            self.step(&mut input, out, ZSTD_EndDirective::ZSTD_e_continue);
        }
    }

    pub(super) fn finish(mut self, out: &mut Vec<u8>) {
        let mut input = InBuffer::around(&[]);
        while self.step(&mut input, out, ZSTD_EndDirective::ZSTD_e_end) > 0 {}
        if self.context.sizeof() <= WRITER_SIZE_MAX {
            give_back(&WRITERS, self.context);
        }
    }

    fn step(
        &mut self,
        input: &mut InBuffer<'_>,
        out: &mut Vec<u8>,
        directive: ZSTD_EndDirective,
    ) -> usize {
        out.reserve(8 * 1024);
        let written = out.len();
        let mut output = OutBuffer::around_pos(out, written);
        self.context
            .compress_stream2(&mut output, input, directive)
            .expect("zstd fails only without memory, or when the size it was told is wrong")
    }
}
