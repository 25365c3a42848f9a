//! RegisterBrokerRecord, versions 0 to 4.
//!
//! Generated from `definitions/records/metadata/000-RegisterBrokerRecord.record` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_array_size, nullable_string_size, string_size, tagged_size, uvarint_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct RegisterBrokerRecord {
    pub broker_id: i32,
    pub is_migrating_zk_broker: bool,
    pub incarnation_id: Uuid,
    pub broker_epoch: i64,
    pub end_points: Vec<BrokerEndpoint>,
    pub features: Vec<BrokerFeature>,
    pub rack: Option<Str>,
    pub fenced: bool,
    pub in_controlled_shutdown: bool,
    pub log_dirs: Vec<Uuid>,
    pub cordoned_log_dirs: Option<Vec<Uuid>>,
    pub unknown_tags: UnknownTags,
}

impl Default for RegisterBrokerRecord {
    fn default() -> RegisterBrokerRecord {
        RegisterBrokerRecord {
            broker_id: 0,
            is_migrating_zk_broker: false,
            incarnation_id: Uuid::ZERO,
            broker_epoch: 0,
            end_points: Vec::new(),
            features: Vec::new(),
            rack: Some(Str::EMPTY),
            fenced: true,
            in_controlled_shutdown: false,
            log_dirs: Vec::new(),
            cordoned_log_dirs: None,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for RegisterBrokerRecord {
    const SMALLEST: usize = 33;

    fn decode(reader: &mut Reader, version: i16) -> Result<RegisterBrokerRecord, DecodeError> {
        let form = form(version);
        let mut message = RegisterBrokerRecord {
            broker_id: reader.i32()?,
            is_migrating_zk_broker: if version >= 2 { reader.bool()? } else { false },
            incarnation_id: reader.uuid()?,
            broker_epoch: reader.i64()?,
            end_points: reader.array(version, form)?,
            features: reader.array(version, form)?,
            rack: reader.nullable_string(form)?,
            fenced: reader.bool()?,
            in_controlled_shutdown: if version >= 1 { reader.bool()? } else { false },
            log_dirs: Vec::new(),
            cordoned_log_dirs: None,
            unknown_tags: UnknownTags::NONE,
        };
        for _ in 0..reader.uvarint()? {
            let (tag, length) = reader.tag()?;
            match tag {
                0 if version >= 3 => message.log_dirs = reader.array(version, Form::Flexible)?,
                0 => {
                    return Err(DecodeError::TagNotInVersion {
                        at: reader.position(),
                        tag,
                        version,
                    });
                }
                1 if version >= 4 => {
                    message.cordoned_log_dirs = reader.nullable_array(version, Form::Flexible)?
                }
                1 => {
                    return Err(DecodeError::TagNotInVersion {
                        at: reader.position(),
                        tag,
                        version,
                    });
                }
                _ => message.unknown_tags.read(reader, tag, length)?,
            }
        }
        Ok(message)
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.broker_id);
        if version >= 2 {
            writer.bool(self.is_migrating_zk_broker);
        }
        if version < 2 && self.is_migrating_zk_broker {
            return Err(EncodeError::FieldNotInVersion { field: "IsMigratingZkBroker", version });
        }
        writer.uuid(self.incarnation_id);
        writer.i64(self.broker_epoch);
        writer.array(version, form, &self.end_points)?;
        writer.array(version, form, &self.features)?;
        writer.nullable_string(form, self.rack.as_ref())?;
        writer.bool(self.fenced);
        if version >= 1 {
            writer.bool(self.in_controlled_shutdown);
        }
        if version < 1 && self.in_controlled_shutdown {
            return Err(EncodeError::FieldNotInVersion { field: "InControlledShutdown", version });
        }
        if version < 3 && !self.log_dirs.is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "LogDirs", version });
        }
        if version < 4 && self.cordoned_log_dirs.is_some() {
            return Err(EncodeError::FieldNotInVersion { field: "CordonedLogDirs", version });
        }
        let mut count = self.unknown_tags.len();
        if version >= 3 && !self.log_dirs.is_empty() {
            count += 1;
        }
        if version >= 4 && self.cordoned_log_dirs.is_some() {
            count += 1;
        }
        writer.uvarint(count as u32);
        if version >= 3 && !self.log_dirs.is_empty() {
            writer.uvarint(0);
            writer.uvarint((array_size(version, Form::Flexible, &self.log_dirs)) as u32);
            writer.array(version, Form::Flexible, &self.log_dirs)?;
        }
        if version >= 4 && self.cordoned_log_dirs.is_some() {
            writer.uvarint(1);
            writer.uvarint(
                (nullable_array_size(version, Form::Flexible, self.cordoned_log_dirs.as_deref()))
                    as u32,
            );
            writer.nullable_array(version, Form::Flexible, self.cordoned_log_dirs.as_deref())?;
        }
        self.unknown_tags.write_between(writer, 2, None);
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 29;
        if version >= 2 {
            size += 1;
        }
        size += array_size(version, form, &self.end_points);
        size += array_size(version, form, &self.features);
        size += nullable_string_size(form, self.rack.as_ref());
        if version >= 1 {
            size += 1;
        }
        let mut count = self.unknown_tags.len();
        if version >= 3 && !self.log_dirs.is_empty() {
            count += 1;
            size += tagged_size(0, array_size(version, Form::Flexible, &self.log_dirs));
        }
        if version >= 4 && self.cordoned_log_dirs.is_some() {
            count += 1;
            size += tagged_size(
                1,
                nullable_array_size(version, Form::Flexible, self.cordoned_log_dirs.as_deref()),
            );
        }
        size += uvarint_size(count as u32) + self.unknown_tags.size();
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct BrokerEndpoint {
    pub name: Str,
    pub host: Str,
    pub port: u16,
    pub security_protocol: i16,
    pub unknown_tags: UnknownTags,
}

impl Message for BrokerEndpoint {
    const SMALLEST: usize = 7;

    fn decode(reader: &mut Reader, version: i16) -> Result<BrokerEndpoint, DecodeError> {
        let form = form(version);
        Ok(BrokerEndpoint {
            name: reader.string(form)?,
            host: reader.string(form)?,
            port: reader.u16()?,
            security_protocol: reader.i16()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.name)?;
        writer.string(form, &self.host)?;
        writer.u16(self.port);
        writer.i16(self.security_protocol);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        size += string_size(form, &self.name);
        size += string_size(form, &self.host);
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct BrokerFeature {
    pub name: Str,
    pub min_supported_version: i16,
    pub max_supported_version: i16,
    pub unknown_tags: UnknownTags,
}

impl Message for BrokerFeature {
    const SMALLEST: usize = 6;

    fn decode(reader: &mut Reader, version: i16) -> Result<BrokerFeature, DecodeError> {
        let form = form(version);
        Ok(BrokerFeature {
            name: reader.string(form)?,
            min_supported_version: reader.i16()?,
            max_supported_version: reader.i16()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.name)?;
        writer.i16(self.min_supported_version);
        writer.i16(self.max_supported_version);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        size += string_size(form, &self.name);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for RegisterBrokerRecord {
    const NAME: &'static str = "RegisterBrokerRecord";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=4;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
