//! What an array can hold.

use base::{Str, Uuid};
use bytes::Bytes;

use super::{DecodeError, EncodeError, Form, Message, Reader, Writer, bytes_size, string_size};

/// A value that can be an element of an array. Elements are never null.
pub trait Element: Sized {
    /// Fewest bytes that a value takes on the wire, at least one.
    const SMALLEST: usize;
    /// Whether every value takes that many.
    const FIXED: bool;

    fn read(reader: &mut Reader, version: i16, form: Form) -> Result<Self, DecodeError>;
    fn write(&self, writer: &mut Writer, version: i16, form: Form) -> Result<(), EncodeError>;
    fn size(&self, version: i16, form: Form) -> usize;
}

impl<M: Message> Element for M {
    const SMALLEST: usize = M::SMALLEST;
    const FIXED: bool = false;

    fn read(reader: &mut Reader, version: i16, _form: Form) -> Result<M, DecodeError> {
        M::decode(reader, version)
    }

    fn write(&self, writer: &mut Writer, version: i16, _form: Form) -> Result<(), EncodeError> {
        self.encode(writer, version)
    }

    fn size(&self, version: i16, _form: Form) -> usize {
        Message::size(self, version)
    }
}

macro_rules! fixed {
    ($($kind:ty, $bytes:literal, $method:ident;)*) => {
        $(
            impl Element for $kind {
                const SMALLEST: usize = $bytes;
                const FIXED: bool = true;

                #[inline]
                fn read(reader: &mut Reader, _: i16, _: Form) -> Result<$kind, DecodeError> {
                    reader.$method()
                }

                #[inline]
                fn write(&self, writer: &mut Writer, _: i16, _: Form) -> Result<(), EncodeError> {
                    writer.$method(*self);
                    Ok(())
                }

                fn size(&self, _: i16, _: Form) -> usize {
                    $bytes
                }
            }
        )*
    };
}

fixed! {
    bool, 1, bool;
    i8, 1, i8;
    i16, 2, i16;
    u16, 2, u16;
    i32, 4, i32;
    u32, 4, u32;
    i64, 8, i64;
    f64, 8, f64;
    Uuid, 16, uuid;
}

impl Element for Str {
    const SMALLEST: usize = 1;
    const FIXED: bool = false;

    fn read(reader: &mut Reader, _version: i16, form: Form) -> Result<Str, DecodeError> {
        reader.string(form)
    }

    fn write(&self, writer: &mut Writer, _version: i16, form: Form) -> Result<(), EncodeError> {
        writer.string(form, self)
    }

    fn size(&self, _version: i16, form: Form) -> usize {
        string_size(form, self)
    }
}

impl Element for Bytes {
    const SMALLEST: usize = 1;
    const FIXED: bool = false;

    fn read(reader: &mut Reader, _version: i16, form: Form) -> Result<Bytes, DecodeError> {
        reader.bytes(form)
    }

    fn write(&self, writer: &mut Writer, _version: i16, form: Form) -> Result<(), EncodeError> {
        writer.bytes(form, self)
    }

    fn size(&self, _version: i16, form: Form) -> usize {
        bytes_size(form, self)
    }
}
