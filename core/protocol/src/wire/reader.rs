//! Reads one frame.
//!
//! A frame is one reference-counted buffer; strings and bytes that are read out of it are slices
//! of it, and nothing is copied. Nothing that a length field claims is believed before the bytes
//! are there: an array is refused when the rest of the frame could not hold its smallest
//! elements, and the memory of all arrays of one frame together has a bound, because a byte on
//! the wire can become fifty in memory.

use base::{Str, Uuid};
use bytes::Bytes;

use super::{DecodeError, Element, Form, Message, Payload};

/// Longest string that Kafka reads or writes, in bytes.
pub(crate) const LONGEST_STRING: usize = i16::MAX as usize;

/// A cursor over one frame.
#[derive(Clone, Debug)]
pub struct Reader {
    frame: Bytes,
    at: usize,
    /// Bytes of memory that arrays may still take.
    budget: usize,
    /// For how many bytes of memory a number, or an id, in an array counts at least, by its bytes
    /// on the wire.
    number_factor: usize,
    /// Most elements of one array.
    elements_max: usize,
}

impl Reader {
    /// Arrays may take this many times the length of their frame, and
    const BUDGET_FACTOR: usize = 16;
    /// this many bytes more, and
    const BUDGET_FLOOR_BYTES: usize = 64 << 10;
    /// this many at most. Real messages take two to five times their length; only arrays of empty
    /// texts take fifty.
    const BUDGET_CEILING_BYTES: usize = 64 << 20;
    /// What a request names is a structure in memory, another one in the answer, and often a key of a
    /// table in between: up to nine times what the request takes itself.
    const REQUEST_CEILING_BYTES: usize = 32 << 20;
    /// A partition that a request names by four bytes becomes an entry of the answer, and of what
    /// its handler keeps meanwhile: a number counts as this many times its bytes. No message comes
    /// to more than [`Reader::BUDGET_FACTOR`] by it; what it bounds is numbers by the million.
    const NUMBER_FACTOR: usize = Reader::BUDGET_FACTOR;
    /// Twice as many as there are partitions in the largest clusters. A name of two letters is three
    /// bytes on the wire and, where it is that of a group, five hundred of the answer.
    const REQUEST_ELEMENTS_MAX: usize = 400_000;

    /// A reader for bytes of anybody: what the arrays take in memory is bounded by the length of
    /// the frame, and by 64 MiB.
    pub fn new(frame: Bytes) -> Reader {
        let budget = frame.len().saturating_mul(Reader::BUDGET_FACTOR);
        let budget = budget.saturating_add(Reader::BUDGET_FLOOR_BYTES);
        Reader::with_budget(frame, budget.min(Reader::BUDGET_CEILING_BYTES))
    }

    /// A reader for a request, each element of which is going to be answered. As [`Reader::new`],
    /// within 32 MiB, where a number counts for more; and at most 400,000 elements in an array.
    pub fn of_request(frame: Bytes) -> Reader {
        let reader = Reader::new(frame);
        let budget = reader.budget.min(Reader::REQUEST_CEILING_BYTES);
        Reader {
            budget,
            number_factor: Reader::NUMBER_FACTOR,
            elements_max: Reader::REQUEST_ELEMENTS_MAX,
            ..reader
        }
    }

    /// `budget_bytes` bounds the memory that all arrays of this frame take together. It never has
    /// to be more than some fifty times the length of the frame.
    pub fn with_budget(frame: Bytes, budget_bytes: usize) -> Reader {
        Reader { frame, at: 0, budget: budget_bytes, number_factor: 1, elements_max: usize::MAX }
    }

    pub fn remaining(&self) -> usize {
        self.frame.len() - self.at
    }

    /// Bytes read so far.
    pub fn position(&self) -> usize {
        self.at
    }

    /// What has not been read yet, as a slice of the frame.
    pub fn rest(&self) -> Bytes {
        self.frame.slice(self.at..)
    }

    /// # Errors
    /// TrailingBytes if anything is left.
    pub fn finish(&self) -> Result<(), DecodeError> {
        match self.remaining() {
            0 => Ok(()),
            remaining => Err(DecodeError::TrailingBytes { at: self.at, remaining }),
        }
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        match self.frame[self.at..].first_chunk::<N>() {
            Some(chunk) => {
                self.at += N;
                Ok(*chunk)
            }
            None => Err(DecodeError::UnexpectedEnd {
                at: self.at,
                needed: N,
                remaining: self.remaining(),
            }),
        }
    }

    #[inline]
    pub fn bool(&mut self) -> Result<bool, DecodeError> {
        Ok(self.fixed::<1>()?[0] != 0)
    }

    #[inline]
    pub fn i8(&mut self) -> Result<i8, DecodeError> {
        Ok(i8::from_be_bytes(self.fixed()?))
    }

    #[inline]
    pub fn i16(&mut self) -> Result<i16, DecodeError> {
        Ok(i16::from_be_bytes(self.fixed()?))
    }

    #[inline]
    pub fn u16(&mut self) -> Result<u16, DecodeError> {
        Ok(u16::from_be_bytes(self.fixed()?))
    }

    #[inline]
    pub fn i32(&mut self) -> Result<i32, DecodeError> {
        Ok(i32::from_be_bytes(self.fixed()?))
    }

    #[inline]
    pub fn u32(&mut self) -> Result<u32, DecodeError> {
        Ok(u32::from_be_bytes(self.fixed()?))
    }

    #[inline]
    pub fn i64(&mut self) -> Result<i64, DecodeError> {
        Ok(i64::from_be_bytes(self.fixed()?))
    }

    #[inline]
    pub fn f64(&mut self) -> Result<f64, DecodeError> {
        Ok(f64::from_be_bytes(self.fixed()?))
    }

    #[inline]
    pub fn uuid(&mut self) -> Result<Uuid, DecodeError> {
        Ok(Uuid(self.fixed()?))
    }

    /// An unsigned varint of at most 32 bits (five bytes, the last of them at most 0x0f).
    #[inline]
    pub fn uvarint(&mut self) -> Result<u32, DecodeError> {
        let start = self.at;
        let first = self.fixed::<1>()?[0];
        if first < 0x80 {
            return Ok(u32::from(first));
        }
        let mut value = u32::from(first & 0x7f);
        for shift in [7, 14, 21, 28] {
            let byte = self.fixed::<1>()?[0];
            if shift == 28 && byte > 0x0f {
                return Err(DecodeError::VarintTooLong { at: start });
            }
            value |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(DecodeError::VarintTooLong { at: start })
    }

    /// The next `length` bytes, as a slice of the frame.
    pub fn take(&mut self, length: usize) -> Result<Bytes, DecodeError> {
        if length > self.remaining() {
            return Err(DecodeError::UnexpectedEnd {
                at: self.at,
                needed: length,
                remaining: self.remaining(),
            });
        }
        let slice = self.frame.slice(self.at..self.at + length);
        self.at += length;
        Ok(slice)
    }

    /// A compact length: zero is null, everything else is one too high. Kafka takes what does not
    /// fit an int32 for null as well; it is an error here.
    fn compact_length(&mut self) -> Result<Option<usize>, DecodeError> {
        let at = self.at;
        match self.uvarint()? {
            0 => Ok(None),
            raw if raw > i32::MAX as u32 => {
                Err(DecodeError::NegativeLength { at, length: i64::from(raw as i32) })
            }
            raw => Ok(Some(raw as usize - 1)),
        }
    }

    fn classic_length(at: usize, length: i32) -> Result<Option<usize>, DecodeError> {
        match length {
            0.. => Ok(Some(length as usize)),
            -1 => Ok(None),
            _ => Err(DecodeError::NegativeLength { at, length: i64::from(length) }),
        }
    }

    fn string_length(&mut self, form: Form) -> Result<Option<usize>, DecodeError> {
        let at = self.at;
        match form {
            Form::Classic => {
                let length = self.i16()?;
                Reader::classic_length(at, i32::from(length))
            }
            Form::Flexible => match self.compact_length()? {
                Some(length) if length > LONGEST_STRING => {
                    Err(DecodeError::StringTooLong { at, length })
                }
                length => Ok(length),
            },
        }
    }

    fn length(&mut self, form: Form) -> Result<Option<usize>, DecodeError> {
        let at = self.at;
        match form {
            Form::Classic => {
                let length = self.i32()?;
                Reader::classic_length(at, length)
            }
            Form::Flexible => self.compact_length(),
        }
    }

    fn text(&mut self, length: usize) -> Result<Str, DecodeError> {
        let start = self.at;
        let bytes = self.take(length)?;
        // Kafka replaces what is not UTF-8; a client id in Latin-1 must not cost the connection.
        let repaired = || String::from_utf8_lossy(&self.frame[start..self.at]).into_owned();
        Ok(Str::from_utf8(bytes).unwrap_or_else(|_| Str::from(repaired())))
    }

    pub fn string(&mut self, form: Form) -> Result<Str, DecodeError> {
        let at = self.at;
        match self.string_length(form)? {
            Some(length) => self.text(length),
            None => Err(DecodeError::Null { at }),
        }
    }

    pub fn nullable_string(&mut self, form: Form) -> Result<Option<Str>, DecodeError> {
        match self.string_length(form)? {
            Some(length) => self.text(length).map(Some),
            None => Ok(None),
        }
    }

    pub fn bytes(&mut self, form: Form) -> Result<Bytes, DecodeError> {
        let at = self.at;
        self.nullable_bytes(form)?.ok_or(DecodeError::Null { at })
    }

    pub fn nullable_bytes(&mut self, form: Form) -> Result<Option<Bytes>, DecodeError> {
        match self.length(form)? {
            Some(length) => self.take(length).map(Some),
            None => Ok(None),
        }
    }

    pub fn payload(&mut self, form: Form) -> Result<Option<Payload>, DecodeError> {
        let at = self.at;
        match self.nullable_payload(form)? {
            None => Err(DecodeError::Null { at }),
            payload => Ok(payload),
        }
    }

    pub fn nullable_payload(&mut self, form: Form) -> Result<Option<Payload>, DecodeError> {
        Ok(self.nullable_bytes(form)?.map(Payload::Bytes))
    }

    pub fn array<T: Element>(&mut self, version: i16, form: Form) -> Result<Vec<T>, DecodeError> {
        let at = self.at;
        self.nullable_array(version, form)?.ok_or(DecodeError::Null { at })
    }

    pub fn nullable_array<T: Element>(
        &mut self,
        version: i16,
        form: Form,
    ) -> Result<Option<Vec<T>>, DecodeError> {
        let at = self.at;
        let Some(count) = self.length(form)? else { return Ok(None) };
        let remaining = self.remaining();
        if count > remaining / T::SMALLEST {
            return Err(DecodeError::CountTooLarge { at, count, remaining });
        }
        if count > self.elements_max {
            return Err(DecodeError::TooManyElements { at, count, most: self.elements_max });
        }
        let each = match T::FIXED {
            true => size_of::<T>().max(T::SMALLEST * self.number_factor),
            false => size_of::<T>(),
        };
        self.charge(at, count.saturating_mul(each))?;
        let mut elements = Vec::with_capacity(count);
        for _ in 0..count {
            elements.push(T::read(self, version, form)?);
        }
        Ok(Some(elements))
    }

    /// Takes memory from the budget before it is allocated.
    pub(crate) fn charge(&mut self, at: usize, needed: usize) -> Result<(), DecodeError> {
        match self.budget.checked_sub(needed) {
            Some(left) => {
                self.budget = left;
                Ok(())
            }
            None => Err(DecodeError::TooMuchMemory { at, needed, budget: self.budget }),
        }
    }

    /// A nullable structure: one signed byte, negative for null, before the structure.
    pub fn nullable_struct<T: Message>(
        &mut self,
        version: i16,
    ) -> Result<Option<Box<T>>, DecodeError> {
        match self.i8()? {
            ..0 => Ok(None),
            _ => Ok(Some(Box::new(T::decode(self, version)?))),
        }
    }

    /// A nullable structure inside a tagged field: zero for null, where the untagged form has a
    /// negative byte.
    pub fn tagged_nullable_struct<T: Message>(
        &mut self,
        version: i16,
    ) -> Result<Option<Box<T>>, DecodeError> {
        match self.uvarint()? {
            0 => Ok(None),
            _ => Ok(Some(Box::new(T::decode(self, version)?))),
        }
    }

    /// The tag and the length in bytes of the next tagged field.
    ///
    /// Like Kafka, the decoders do not compare the length of a tag they know with what they read:
    /// only a tag they do not know is skipped by its length.
    pub fn tag(&mut self) -> Result<(u32, u32), DecodeError> {
        Ok((self.uvarint()?, self.uvarint()?))
    }
}
