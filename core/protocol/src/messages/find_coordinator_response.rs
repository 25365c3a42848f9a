//! FindCoordinatorResponse, versions 0 to 6.
//!
//! Generated from `definitions/010-FindCoordinator.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct FindCoordinatorResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub error_message: Option<Str>,
    pub node_id: i32,
    pub host: Str,
    pub port: i32,
    pub coordinators: Vec<Coordinator>,
    pub unknown_tags: UnknownTags,
}

impl Default for FindCoordinatorResponse {
    fn default() -> FindCoordinatorResponse {
        FindCoordinatorResponse {
            throttle_time_ms: 0,
            error_code: 0,
            error_message: Some(Str::EMPTY),
            node_id: 0,
            host: Str::EMPTY,
            port: 0,
            coordinators: Vec::new(),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for FindCoordinatorResponse {
    const SMALLEST: usize = 6;

    fn decode(reader: &mut Reader, version: i16) -> Result<FindCoordinatorResponse, DecodeError> {
        let form = form(version);
        Ok(FindCoordinatorResponse {
            throttle_time_ms: if version >= 1 { reader.i32()? } else { 0 },
            error_code: if version <= 3 { reader.i16()? } else { 0 },
            error_message: if (1..=3).contains(&version) {
                reader.nullable_string(form)?
            } else {
                Some(Str::EMPTY)
            },
            node_id: if version <= 3 { reader.i32()? } else { 0 },
            host: if version <= 3 { reader.string(form)? } else { Str::EMPTY },
            port: if version <= 3 { reader.i32()? } else { 0 },
            coordinators: if version >= 4 { reader.array(version, form)? } else { Vec::new() },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        if version >= 1 {
            writer.i32(self.throttle_time_ms);
        }
        if version <= 3 {
            writer.i16(self.error_code);
        }
        if version > 3 && self.error_code != 0 {
            return Err(EncodeError::FieldNotInVersion { field: "ErrorCode", version });
        }
        if (1..=3).contains(&version) {
            writer.nullable_string(form, self.error_message.as_ref())?;
        }
        if version <= 3 {
            writer.i32(self.node_id);
        }
        if version > 3 && self.node_id != 0 {
            return Err(EncodeError::FieldNotInVersion { field: "NodeId", version });
        }
        if version <= 3 {
            writer.string(form, &self.host)?;
        }
        if version > 3 && !self.host.as_bytes().is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "Host", version });
        }
        if version <= 3 {
            writer.i32(self.port);
        }
        if version > 3 && self.port != 0 {
            return Err(EncodeError::FieldNotInVersion { field: "Port", version });
        }
        if version >= 4 {
            writer.array(version, form, &self.coordinators)?;
        }
        if version < 4 && !self.coordinators.is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "Coordinators", version });
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        if version >= 1 {
            size += 4;
        }
        if version <= 3 {
            size += 2;
        }
        if (1..=3).contains(&version) {
            size += nullable_string_size(form, self.error_message.as_ref());
        }
        if version <= 3 {
            size += 4;
        }
        if version <= 3 {
            size += string_size(form, &self.host);
        }
        if version <= 3 {
            size += 4;
        }
        if version >= 4 {
            size += array_size(version, form, &self.coordinators);
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Coordinator {
    pub key: Str,
    pub node_id: i32,
    pub host: Str,
    pub port: i32,
    pub error_code: i16,
    pub error_message: Option<Str>,
    pub unknown_tags: UnknownTags,
}

impl Default for Coordinator {
    fn default() -> Coordinator {
        Coordinator {
            key: Str::EMPTY,
            node_id: 0,
            host: Str::EMPTY,
            port: 0,
            error_code: 0,
            error_message: Some(Str::EMPTY),
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for Coordinator {
    const SMALLEST: usize = 14;

    fn decode(reader: &mut Reader, version: i16) -> Result<Coordinator, DecodeError> {
        let form = form(version);
        Ok(Coordinator {
            key: reader.string(form)?,
            node_id: reader.i32()?,
            host: reader.string(form)?,
            port: reader.i32()?,
            error_code: reader.i16()?,
            error_message: reader.nullable_string(form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.key)?;
        writer.i32(self.node_id);
        writer.string(form, &self.host)?;
        writer.i32(self.port);
        writer.i16(self.error_code);
        writer.nullable_string(form, self.error_message.as_ref())?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 10;
        size += string_size(form, &self.key);
        size += string_size(form, &self.host);
        size += nullable_string_size(form, self.error_message.as_ref());
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for FindCoordinatorResponse {
    const NAME: &'static str = "FindCoordinatorResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=6;
    const FLEXIBLE_FROM: Option<i16> = Some(3);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 3 { Form::Flexible } else { Form::Classic }
}
