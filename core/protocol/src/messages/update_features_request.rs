//! UpdateFeaturesRequest, versions 0 to 2.
//!
//! Generated from `definitions/057-UpdateFeatures.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    string_size,
};

#[derive(Clone, Debug, PartialEq)]
pub struct UpdateFeaturesRequest {
    pub timeout_ms: i32,
    pub feature_updates: Vec<FeatureUpdateKey>,
    pub validate_only: bool,
    pub unknown_tags: UnknownTags,
}

impl Default for UpdateFeaturesRequest {
    fn default() -> UpdateFeaturesRequest {
        UpdateFeaturesRequest {
            timeout_ms: 60000,
            feature_updates: Vec::new(),
            validate_only: false,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for UpdateFeaturesRequest {
    const SMALLEST: usize = 6;

    fn decode(reader: &mut Reader, version: i16) -> Result<UpdateFeaturesRequest, DecodeError> {
        let form = form(version);
        Ok(UpdateFeaturesRequest {
            timeout_ms: reader.i32()?,
            feature_updates: reader.array(version, form)?,
            validate_only: if version >= 1 { reader.bool()? } else { false },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.timeout_ms);
        writer.array(version, form, &self.feature_updates)?;
        if version >= 1 {
            writer.bool(self.validate_only);
        }
        if version < 1 && self.validate_only {
            return Err(EncodeError::FieldNotInVersion { field: "ValidateOnly", version });
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 4;
        size += array_size(version, form, &self.feature_updates);
        if version >= 1 {
            size += 1;
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct FeatureUpdateKey {
    pub feature: Str,
    pub max_version_level: i16,
    pub allow_downgrade: bool,
    pub upgrade_type: i8,
    pub unknown_tags: UnknownTags,
}

impl Default for FeatureUpdateKey {
    fn default() -> FeatureUpdateKey {
        FeatureUpdateKey {
            feature: Str::EMPTY,
            max_version_level: 0,
            allow_downgrade: false,
            upgrade_type: 1,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for FeatureUpdateKey {
    const SMALLEST: usize = 5;

    fn decode(reader: &mut Reader, version: i16) -> Result<FeatureUpdateKey, DecodeError> {
        let form = form(version);
        Ok(FeatureUpdateKey {
            feature: reader.string(form)?,
            max_version_level: reader.i16()?,
            allow_downgrade: if version <= 0 { reader.bool()? } else { false },
            upgrade_type: if version >= 1 { reader.i8()? } else { 1 },
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.feature)?;
        writer.i16(self.max_version_level);
        if version <= 0 {
            writer.bool(self.allow_downgrade);
        }
        if version > 0 && self.allow_downgrade {
            return Err(EncodeError::FieldNotInVersion { field: "AllowDowngrade", version });
        }
        if version >= 1 {
            writer.i8(self.upgrade_type);
        }
        if version < 1 && self.upgrade_type != 1 {
            return Err(EncodeError::FieldNotInVersion { field: "UpgradeType", version });
        }
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 2;
        size += string_size(form, &self.feature);
        if version <= 0 {
            size += 1;
        }
        if version >= 1 {
            size += 1;
        }
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for UpdateFeaturesRequest {
    const NAME: &'static str = "UpdateFeaturesRequest";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
