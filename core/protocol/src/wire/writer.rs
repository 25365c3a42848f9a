//! Writes messages into one buffer, with cuts where large payloads go.
//!
//! The life of a response: `size` is computed, a [`Writer`] of that capacity is made, fields go
//! in; a payload of records that is large, or that lies in a file, is not copied: its length is
//! written and the place is remembered as a cut. [`Encoded::segments`] then gives the shell
//! buffers and placeholders in order, for writev and sendfile.

use base::{Str, Uuid};
use bytes::Bytes;

use super::reader::LONGEST_STRING;
use super::{Element, EncodeError, Form, Message};

/// The value of a field of type records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    Bytes(Bytes),
    /// Bytes that the shell provides while it sends, from a file for example. What `slot` means
    /// is between the handler and the shell.
    External {
        slot: u32,
        length: u32,
    },
}

impl Payload {
    /// Payloads of at most this many bytes are copied into the buffer: a segment of its own costs
    /// more than the copy.
    pub const COPIED_BYTES: usize = 1024;

    pub fn len(&self) -> usize {
        match self {
            Payload::Bytes(bytes) => bytes.len(),
            Payload::External { length, .. } => *length as usize,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes, unless they are somewhere else.
    pub fn bytes(&self) -> Option<&Bytes> {
        match self {
            Payload::Bytes(bytes) => Some(bytes),
            Payload::External { .. } => None,
        }
    }
}

impl From<Bytes> for Payload {
    fn from(bytes: Bytes) -> Payload {
        Payload::Bytes(bytes)
    }
}

/// A place in the buffer where a payload goes that was not copied.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cut {
    /// Bytes of the buffer before the payload.
    at: usize,
    payload: Payload,
}

/// Collects the bytes of messages.
#[derive(Debug, Default)]
pub struct Writer {
    buffer: Vec<u8>,
    cuts: Vec<Cut>,
}

impl Writer {
    pub fn new() -> Writer {
        Writer::default()
    }

    pub fn with_capacity(bytes: usize) -> Writer {
        Writer { buffer: Vec::with_capacity(bytes), cuts: Vec::new() }
    }

    pub fn finish(self) -> Encoded {
        Encoded { buffer: Bytes::from(self.buffer), cuts: self.cuts }
    }

    #[inline]
    pub fn bool(&mut self, value: bool) {
        self.buffer.push(u8::from(value));
    }

    #[inline]
    pub fn i8(&mut self, value: i8) {
        self.buffer.push(value as u8);
    }

    #[inline]
    pub fn i16(&mut self, value: i16) {
        self.buffer.extend_from_slice(&value.to_be_bytes());
    }

    #[inline]
    pub fn u16(&mut self, value: u16) {
        self.buffer.extend_from_slice(&value.to_be_bytes());
    }

    #[inline]
    pub fn i32(&mut self, value: i32) {
        self.buffer.extend_from_slice(&value.to_be_bytes());
    }

    #[inline]
    pub fn u32(&mut self, value: u32) {
        self.buffer.extend_from_slice(&value.to_be_bytes());
    }

    #[inline]
    pub fn i64(&mut self, value: i64) {
        self.buffer.extend_from_slice(&value.to_be_bytes());
    }

    #[inline]
    pub fn f64(&mut self, value: f64) {
        self.buffer.extend_from_slice(&value.to_be_bytes());
    }

    #[inline]
    pub fn uuid(&mut self, value: Uuid) {
        self.buffer.extend_from_slice(&value.0);
    }

    #[inline]
    pub fn uvarint(&mut self, mut value: u32) {
        while value >= 0x80 {
            self.buffer.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.buffer.push(value as u8);
    }

    /// Bytes as they are, without a length.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    fn length(&mut self, form: Form, length: usize) -> Result<(), EncodeError> {
        if length > i32::MAX as usize - 1 {
            return Err(EncodeError::TooLong { length });
        }
        match form {
            Form::Classic => self.i32(length as i32),
            Form::Flexible => self.uvarint(length as u32 + 1),
        }
        Ok(())
    }

    fn null(&mut self, form: Form) {
        match form {
            Form::Classic => self.i32(-1),
            Form::Flexible => self.uvarint(0),
        }
    }

    pub fn string(&mut self, form: Form, text: &Str) -> Result<(), EncodeError> {
        let bytes = text.as_bytes();
        if bytes.len() > LONGEST_STRING {
            return Err(EncodeError::TooLong { length: bytes.len() });
        }
        match form {
            Form::Classic => self.i16(bytes.len() as i16),
            Form::Flexible => self.uvarint(bytes.len() as u32 + 1),
        }
        self.raw(bytes);
        Ok(())
    }

    pub fn nullable_string(&mut self, form: Form, text: Option<&Str>) -> Result<(), EncodeError> {
        match (text, form) {
            (Some(text), _) => return self.string(form, text),
            (None, Form::Classic) => self.i16(-1),
            (None, Form::Flexible) => self.uvarint(0),
        }
        Ok(())
    }

    pub fn bytes(&mut self, form: Form, bytes: &[u8]) -> Result<(), EncodeError> {
        self.length(form, bytes.len())?;
        self.raw(bytes);
        Ok(())
    }

    pub fn nullable_bytes(&mut self, form: Form, bytes: Option<&Bytes>) -> Result<(), EncodeError> {
        match bytes {
            Some(bytes) => self.bytes(form, bytes),
            None => {
                self.null(form);
                Ok(())
            }
        }
    }

    pub fn payload(&mut self, form: Form, payload: &Payload) -> Result<(), EncodeError> {
        self.length(form, payload.len())?;
        match payload {
            Payload::Bytes(bytes) if bytes.len() <= Payload::COPIED_BYTES => self.raw(bytes),
            Payload::External { length: 0, .. } => {}
            _ => self.cuts.push(Cut { at: self.buffer.len(), payload: payload.clone() }),
        }
        Ok(())
    }

    pub fn nullable_payload(
        &mut self,
        form: Form,
        payload: Option<&Payload>,
    ) -> Result<(), EncodeError> {
        match payload {
            Some(payload) => self.payload(form, payload),
            None => {
                self.null(form);
                Ok(())
            }
        }
    }

    pub fn array<T: Element>(
        &mut self,
        version: i16,
        form: Form,
        elements: &[T],
    ) -> Result<(), EncodeError> {
        self.length(form, elements.len())?;
        for element in elements {
            element.write(self, version, form)?;
        }
        Ok(())
    }

    pub fn nullable_array<T: Element>(
        &mut self,
        version: i16,
        form: Form,
        elements: Option<&[T]>,
    ) -> Result<(), EncodeError> {
        match elements {
            Some(elements) => self.array(version, form, elements),
            None => {
                self.null(form);
                Ok(())
            }
        }
    }

    pub fn nullable_struct<T: Message>(
        &mut self,
        version: i16,
        value: Option<&T>,
    ) -> Result<(), EncodeError> {
        match value {
            Some(value) => {
                self.i8(1);
                value.encode(self, version)
            }
            None => {
                self.i8(-1);
                Ok(())
            }
        }
    }

    pub fn tagged_nullable_struct<T: Message>(
        &mut self,
        version: i16,
        value: Option<&T>,
    ) -> Result<(), EncodeError> {
        match value {
            Some(value) => {
                self.uvarint(1);
                value.encode(self, version)
            }
            None => {
                self.uvarint(0);
                Ok(())
            }
        }
    }
}

/// A finished message or frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Encoded {
    buffer: Bytes,
    cuts: Vec<Cut>,
}

/// A piece of an encoded message, in the order of the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    Bytes(Bytes),
    External { slot: u32, length: u32 },
}

impl Encoded {
    /// Length in bytes with all payloads.
    pub fn len(&self) -> usize {
        self.buffer.len() + self.cuts.iter().map(|cut| cut.payload.len()).sum::<usize>()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The pieces in order; none is empty.
    pub fn segments(&self) -> impl Iterator<Item = Segment> + '_ {
        let mut from = 0;
        let pieces = self.cuts.iter().flat_map(move |cut| {
            let before = self.buffer.slice(from..cut.at);
            from = cut.at;
            let payload = match &cut.payload {
                Payload::Bytes(bytes) => Segment::Bytes(bytes.clone()),
                Payload::External { slot, length } => {
                    Segment::External { slot: *slot, length: *length }
                }
            };
            [Segment::Bytes(before), payload]
        });
        let last = self.cuts.last().map_or(0, |cut| cut.at);
        let pieces = pieces.chain([Segment::Bytes(self.buffer.slice(last..))]);
        pieces.filter(|segment| !matches!(segment, Segment::Bytes(bytes) if bytes.is_empty()))
    }

    /// All bytes in one buffer, copied only if there are cuts. `None` if a payload is external:
    /// only the shell has those bytes.
    pub fn into_contiguous(self) -> Option<Bytes> {
        if self.cuts.is_empty() {
            return Some(self.buffer);
        }
        let mut all = Vec::with_capacity(self.len());
        for segment in self.segments() {
            match segment {
                Segment::Bytes(bytes) => all.extend_from_slice(&bytes),
                Segment::External { .. } => return None,
            }
        }
        Some(Bytes::from(all))
    }
}
