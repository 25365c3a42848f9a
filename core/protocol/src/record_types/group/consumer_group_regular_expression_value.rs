//! ConsumerGroupRegularExpressionValue, versions 0 to 0.
//!
//! Generated from `definitions/records/group/016-ConsumerGroupRegularExpression.record` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, array_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ConsumerGroupRegularExpressionValue {
    pub topics: Vec<Str>,
    pub version: i64,
    pub timestamp: i64,
    pub unknown_tags: UnknownTags,
}

impl Message for ConsumerGroupRegularExpressionValue {
    const SMALLEST: usize = 18;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<ConsumerGroupRegularExpressionValue, DecodeError> {
        let form = form(version);
        Ok(ConsumerGroupRegularExpressionValue {
            topics: reader.array(version, form)?,
            version: reader.i64()?,
            timestamp: reader.i64()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.array(version, form, &self.topics)?;
        writer.i64(self.version);
        writer.i64(self.timestamp);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 16;
        size += array_size(version, form, &self.topics);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for ConsumerGroupRegularExpressionValue {
    const NAME: &'static str = "ConsumerGroupRegularExpressionValue";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
