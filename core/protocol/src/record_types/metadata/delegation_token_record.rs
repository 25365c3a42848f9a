//! DelegationTokenRecord, versions 0 to 0.
//!
//! Generated from `definitions/records/metadata/010-DelegationTokenRecord.record` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
    string_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct DelegationTokenRecord {
    pub owner: Str,
    pub requester: Str,
    pub renewers: Vec<Str>,
    pub issue_timestamp: i64,
    pub max_timestamp: i64,
    pub expiration_timestamp: i64,
    pub token_id: Str,
    pub unknown_tags: UnknownTags,
}

impl Message for DelegationTokenRecord {
    const SMALLEST: usize = 29;

    fn decode(reader: &mut Reader, version: i16) -> Result<DelegationTokenRecord, DecodeError> {
        let form = form(version);
        Ok(DelegationTokenRecord {
            owner: reader.string(form)?,
            requester: reader.string(form)?,
            renewers: reader.array(version, form)?,
            issue_timestamp: reader.i64()?,
            max_timestamp: reader.i64()?,
            expiration_timestamp: reader.i64()?,
            token_id: reader.string(form)?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.owner)?;
        writer.string(form, &self.requester)?;
        writer.array(version, form, &self.renewers)?;
        writer.i64(self.issue_timestamp);
        writer.i64(self.max_timestamp);
        writer.i64(self.expiration_timestamp);
        writer.string(form, &self.token_id)?;
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 24;
        size += string_size(form, &self.owner);
        size += string_size(form, &self.requester);
        size += array_size(version, form, &self.renewers);
        size += string_size(form, &self.token_id);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for DelegationTokenRecord {
    const NAME: &'static str = "DelegationTokenRecord";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
