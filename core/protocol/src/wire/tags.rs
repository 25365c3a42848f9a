//! Tagged fields that this program does not know (KIP-482): kept from decoding, written again in
//! their place.

use bytes::Bytes;

use super::{DecodeError, EncodeError, Form, Reader, Writer, uvarint_size};

/// Unknown tagged fields of one structure, in tag order. Eight bytes when there are none, which
/// is nearly always.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnknownTags(Option<Box<Tags>>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Tags(Vec<(u32, Bytes)>);

impl UnknownTags {
    pub const NONE: UnknownTags = UnknownTags(None);

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn len(&self) -> usize {
        self.iter().len()
    }

    pub fn iter(&self) -> std::slice::Iter<'_, (u32, Bytes)> {
        self.0.as_ref().map_or(&[][..], |tags| &tags.0[..]).iter()
    }

    /// Adds a field; a second one with the same tag replaces the first.
    pub fn insert(&mut self, tag: u32, value: Bytes) {
        let tags = &mut self.0.get_or_insert_default().0;
        match tags.binary_search_by_key(&tag, |(tag, _)| *tag) {
            Ok(index) => tags[index].1 = value,
            Err(index) => tags.insert(index, (tag, value)),
        }
    }

    /// Reads the value of a field whose tag and length were read.
    pub fn read(&mut self, reader: &mut Reader, tag: u32, length: u32) -> Result<(), DecodeError> {
        let at = reader.position();
        let value = reader.take(length as usize)?;
        // Inserting out of order moves what is there: a frame of a million tags in descending
        // order must not keep a thread for minutes.
        if self.len() >= UnknownTags::MOST {
            return Err(DecodeError::CountTooLarge {
                at,
                count: self.len() + 1,
                remaining: reader.remaining(),
            });
        }
        reader.charge(at, size_of::<(u32, Bytes)>() * 2)?;
        self.insert(tag, value);
        Ok(())
    }

    /// Unknown tagged fields that one structure may carry. Kafka has never used more than ten
    /// tags in one structure.
    pub const MOST: usize = 1024;

    /// Reads the tag section of a structure that has no tagged fields of its own.
    pub fn read_all(reader: &mut Reader, form: Form) -> Result<UnknownTags, DecodeError> {
        let mut tags = UnknownTags::NONE;
        if form == Form::Flexible {
            for _ in 0..reader.uvarint()? {
                let (tag, length) = reader.tag()?;
                tags.read(reader, tag, length)?;
            }
        }
        Ok(tags)
    }

    /// Writes the tag section of a structure that has no tagged fields of its own.
    pub fn write_all(
        &self,
        writer: &mut Writer,
        version: i16,
        form: Form,
    ) -> Result<(), EncodeError> {
        match form {
            Form::Classic => self.refuse(version),
            Form::Flexible => {
                writer.uvarint(self.len() as u32);
                self.write_between(writer, 0, None);
                Ok(())
            }
        }
    }

    /// # Errors
    /// TagsNotInVersion if there are any.
    pub fn refuse(&self, version: i16) -> Result<(), EncodeError> {
        match self.is_empty() {
            true => Ok(()),
            false => Err(EncodeError::TagsNotInVersion { version }),
        }
    }

    /// Writes the fields with tags from `from` up to but not including `until`; none is the end.
    pub fn write_between(&self, writer: &mut Writer, from: u32, until: Option<u32>) {
        for (tag, value) in self.iter() {
            if *tag >= from && until.is_none_or(|until| *tag < until) {
                writer.uvarint(*tag);
                writer.uvarint(value.len() as u32);
                writer.raw(value);
            }
        }
    }

    /// Bytes of all fields without the count before them.
    pub fn size(&self) -> usize {
        let one = |(tag, value): &(u32, Bytes)| {
            uvarint_size(*tag) + uvarint_size(value.len() as u32) + value.len()
        };
        self.iter().map(one).sum()
    }

    /// Bytes of the tag section of a structure that has no tagged fields of its own.
    pub fn size_all(&self, form: Form) -> usize {
        match form {
            Form::Classic => 0,
            Form::Flexible => uvarint_size(self.len() as u32) + self.size(),
        }
    }
}
