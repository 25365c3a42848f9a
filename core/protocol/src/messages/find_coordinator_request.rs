//! FindCoordinatorRequest, versions 0 to 6.
//!
//! Generated from `definitions/010-FindCoordinator.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct FindCoordinatorRequest {
    pub key: Str,
    pub key_type: i8,
    pub coordinator_keys: Vec<Str>,
    pub unknown_tags: UnknownTags,
}

impl Message for FindCoordinatorRequest {
    const SMALLEST: usize = 2;

    fn decode(reader: &mut Reader, version: i16) -> Result<FindCoordinatorRequest, DecodeError> {
        let form = form(version);
        Ok(FindCoordinatorRequest {
            key: if version <= 3 { reader.string(form)? } else { Str::EMPTY },
            key_type: if version >= 1 { reader.i8()? } else { 0 },
            coordinator_keys: if version >= 4 { reader.array(version, form)? } else { Vec::new() },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version <= 3 {
            writer.string(form, &self.key)?;
        }
        if version > 3 && !self.key.as_bytes().is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "Key", version });
        }
        if version >= 1 {
            writer.i8(self.key_type);
        }
        if version < 1 && self.key_type != 0 {
            return Err(EncodeError::FieldNotInVersion { field: "KeyType", version });
        }
        if version >= 4 {
            writer.array(version, form, &self.coordinator_keys)?;
        }
        if version < 4 && !self.coordinator_keys.is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "CoordinatorKeys", version });
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        if version <= 3 {
            size += string_size(form, &self.key);
        }
        if version >= 1 {
            size += 1;
        }
        if version >= 4 {
            size += array_size(version, form, &self.coordinator_keys);
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for FindCoordinatorRequest {
    const NAME: &'static str = "FindCoordinatorRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=6;
    const FLEXIBLE_FROM: Option<i16> = Some(3);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 3 { Form::Flexible } else { Form::Classic }
}
