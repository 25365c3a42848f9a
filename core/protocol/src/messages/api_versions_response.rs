//! ApiVersionsResponse, versions 0 to 4.
//!
//! Generated from `definitions/018-ApiVersions.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    string_size, tagged_size, uvarint_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct ApiVersionsResponse {
    pub error_code: i16,
    pub api_keys: Vec<ApiVersion>,
    pub throttle_time_ms: i32,
    pub supported_features: Vec<SupportedFeatureKey>,
    pub finalized_features_epoch: i64,
    pub finalized_features: Vec<FinalizedFeatureKey>,
    pub zk_migration_ready: bool,
    pub unknown_tags: UnknownTags,
}

impl Default for ApiVersionsResponse {
    fn default() -> ApiVersionsResponse {
        ApiVersionsResponse {
            error_code: 0,
            api_keys: Vec::new(),
            throttle_time_ms: 0,
            supported_features: Vec::new(),
            finalized_features_epoch: -1,
            finalized_features: Vec::new(),
            zk_migration_ready: false,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for ApiVersionsResponse {
    const SMALLEST: usize = 6;

    fn decode(reader: &mut Reader, version: i16) -> Result<ApiVersionsResponse, DecodeError> {
        let form = form(version);
        let mut message = ApiVersionsResponse {
            error_code: reader.i16()?,
            api_keys: reader.array(version, form)?,
            throttle_time_ms: if version >= 1 { reader.i32()? } else { 0 },
            supported_features: Vec::new(),
            finalized_features_epoch: -1,
            finalized_features: Vec::new(),
            zk_migration_ready: false,
            unknown_tags: UnknownTags::NONE,
        };
        if version >= 3 {
            for _ in 0..reader.uvarint()? {
                let (tag, length) = reader.tag()?;
                match tag {
                    0 => message.supported_features = reader.array(version, Form::Flexible)?,
                    1 => message.finalized_features_epoch = reader.i64()?,
                    2 => message.finalized_features = reader.array(version, Form::Flexible)?,
                    3 => message.zk_migration_ready = reader.bool()?,
                    _ => message.unknown_tags.read(reader, tag, length)?,
                }
            }
        }
        Ok(message)
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i16(self.error_code);
        writer.array(version, form, &self.api_keys)?;
        if version >= 1 {
            writer.i32(self.throttle_time_ms);
        }
        if version >= 3 {
            let mut count = self.unknown_tags.len();
            if !self.supported_features.is_empty() {
                count += 1;
            }
            if self.finalized_features_epoch != -1 {
                count += 1;
            }
            if !self.finalized_features.is_empty() {
                count += 1;
            }
            if self.zk_migration_ready {
                count += 1;
            }
            writer.uvarint(count as u32);
            if !self.supported_features.is_empty() {
                writer.uvarint(0);
                writer.uvarint(
                    (array_size(version, Form::Flexible, &self.supported_features)) as u32,
                );
                writer.array(version, Form::Flexible, &self.supported_features)?;
            }
            if self.finalized_features_epoch != -1 {
                writer.uvarint(1);
                writer.uvarint(8);
                writer.i64(self.finalized_features_epoch);
            }
            if !self.finalized_features.is_empty() {
                writer.uvarint(2);
                writer.uvarint(
                    (array_size(version, Form::Flexible, &self.finalized_features)) as u32,
                );
                writer.array(version, Form::Flexible, &self.finalized_features)?;
            }
            if self.zk_migration_ready {
                writer.uvarint(3);
                writer.uvarint(1);
                writer.bool(self.zk_migration_ready);
            }
            self.unknown_tags.write_between(writer, 4, None);
        } else {
            self.unknown_tags.refuse(version)?;
        }
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 2;
        size += array_size(version, form, &self.api_keys);
        if version >= 1 {
            size += 4;
        }
        if version >= 3 {
            let mut count = self.unknown_tags.len();
            if !self.supported_features.is_empty() {
                count += 1;
                size +=
                    tagged_size(0, array_size(version, Form::Flexible, &self.supported_features));
            }
            if self.finalized_features_epoch != -1 {
                count += 1;
                size += tagged_size(1, 8);
            }
            if !self.finalized_features.is_empty() {
                count += 1;
                size +=
                    tagged_size(2, array_size(version, Form::Flexible, &self.finalized_features));
            }
            if self.zk_migration_ready {
                count += 1;
                size += tagged_size(3, 1);
            }
            size += uvarint_size(count as u32) + self.unknown_tags.size();
        }
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ApiVersion {
    pub api_key: i16,
    pub min_version: i16,
    pub max_version: i16,
    pub unknown_tags: UnknownTags,
}

impl Message for ApiVersion {
    const SMALLEST: usize = 6;

    fn decode(reader: &mut Reader, version: i16) -> Result<ApiVersion, DecodeError> {
        let form = form(version);
        Ok(ApiVersion {
            api_key: reader.i16()?,
            min_version: reader.i16()?,
            max_version: reader.i16()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i16(self.api_key);
        writer.i16(self.min_version);
        writer.i16(self.max_version);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 6;
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct SupportedFeatureKey {
    pub name: Str,
    pub min_version: i16,
    pub max_version: i16,
    pub unknown_tags: UnknownTags,
}

impl Message for SupportedFeatureKey {
    const SMALLEST: usize = 6;

    fn decode(reader: &mut Reader, version: i16) -> Result<SupportedFeatureKey, DecodeError> {
        let form = form(version);
        Ok(SupportedFeatureKey {
            name: reader.string(form)?,
            min_version: reader.i16()?,
            max_version: reader.i16()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.name)?;
        writer.i16(self.min_version);
        writer.i16(self.max_version);
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

#[derive(Clone, Debug, PartialEq, Default)]
pub struct FinalizedFeatureKey {
    pub name: Str,
    pub max_version_level: i16,
    pub min_version_level: i16,
    pub unknown_tags: UnknownTags,
}

impl Message for FinalizedFeatureKey {
    const SMALLEST: usize = 6;

    fn decode(reader: &mut Reader, version: i16) -> Result<FinalizedFeatureKey, DecodeError> {
        let form = form(version);
        Ok(FinalizedFeatureKey {
            name: reader.string(form)?,
            max_version_level: reader.i16()?,
            min_version_level: reader.i16()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.name)?;
        writer.i16(self.max_version_level);
        writer.i16(self.min_version_level);
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

impl TopLevel for ApiVersionsResponse {
    const NAME: &'static str = "ApiVersionsResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=4;
    const FLEXIBLE_FROM: Option<i16> = Some(3);
    const HAS_PAYLOAD: bool = false;
}

fn form(version: i16) -> Form {
    if version >= 3 { Form::Flexible } else { Form::Classic }
}
