//! BrokerRegistrationRequest, versions 0 to 4.
//!
//! Generated from `definitions/062-BrokerRegistration.api` by `cargo gen`; edit that file instead.

use base::{Str, Uuid};

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    nullable_string_size, string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct BrokerRegistrationRequest {
    pub broker_id: i32,
    pub cluster_id: Str,
    pub incarnation_id: Uuid,
    pub listeners: Vec<Listener>,
    pub features: Vec<Feature>,
    pub rack: Option<Str>,
    pub is_migrating_zk_broker: bool,
    pub log_dirs: Vec<Uuid>,
    pub previous_broker_epoch: i64,
    pub unknown_tags: UnknownTags,
}

impl Default for BrokerRegistrationRequest {
    fn default() -> BrokerRegistrationRequest {
        BrokerRegistrationRequest {
            broker_id: 0,
            cluster_id: Str::EMPTY,
            incarnation_id: Uuid::ZERO,
            listeners: Vec::new(),
            features: Vec::new(),
            rack: Some(Str::EMPTY),
            is_migrating_zk_broker: false,
            log_dirs: Vec::new(),
            previous_broker_epoch: -1,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for BrokerRegistrationRequest {
    const SMALLEST: usize = 25;

    fn decode(reader: &mut Reader, version: i16) -> Result<BrokerRegistrationRequest, DecodeError> {
        let form = form(version);
        Ok(BrokerRegistrationRequest {
            broker_id: reader.i32()?,
            cluster_id: reader.string(form)?,
            incarnation_id: reader.uuid()?,
            listeners: reader.array(version, form)?,
            features: reader.array(version, form)?,
            rack: reader.nullable_string(form)?,
            is_migrating_zk_broker: if version >= 1 { reader.bool()? } else { false },
            log_dirs: if version >= 2 { reader.array(version, form)? } else { Vec::new() },
            previous_broker_epoch: if version >= 3 { reader.i64()? } else { -1 },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.broker_id);
        writer.string(form, &self.cluster_id)?;
        writer.uuid(self.incarnation_id);
        writer.array(version, form, &self.listeners)?;
        writer.array(version, form, &self.features)?;
        writer.nullable_string(form, self.rack.as_ref())?;
        if version >= 1 {
            writer.bool(self.is_migrating_zk_broker);
        }
        if version < 1 && self.is_migrating_zk_broker {
            return Err(EncodeError::FieldNotInVersion { field: "IsMigratingZkBroker", version });
        }
        if version >= 2 {
            writer.array(version, form, &self.log_dirs)?;
        }
        if version >= 3 {
            writer.i64(self.previous_broker_epoch);
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 20;
        size += string_size(form, &self.cluster_id);
        size += array_size(version, form, &self.listeners);
        size += array_size(version, form, &self.features);
        size += nullable_string_size(form, self.rack.as_ref());
        if version >= 1 {
            size += 1;
        }
        if version >= 2 {
            size += array_size(version, form, &self.log_dirs);
        }
        if version >= 3 {
            size += 8;
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct Listener {
    pub name: Str,
    pub host: Str,
    pub port: u16,
    pub security_protocol: i16,
    pub unknown_tags: UnknownTags,
}

impl Message for Listener {
    const SMALLEST: usize = 7;

    fn decode(reader: &mut Reader, version: i16) -> Result<Listener, DecodeError> {
        let form = form(version);
        Ok(Listener {
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
pub struct Feature {
    pub name: Str,
    pub min_supported_version: i16,
    pub max_supported_version: i16,
    pub unknown_tags: UnknownTags,
}

impl Message for Feature {
    const SMALLEST: usize = 6;

    fn decode(reader: &mut Reader, version: i16) -> Result<Feature, DecodeError> {
        let form = form(version);
        Ok(Feature {
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

impl TopLevel for BrokerRegistrationRequest {
    const NAME: &'static str = "BrokerRegistrationRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=4;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
