//! ConsumerGroupRegularExpressionKey, versions 0 to 0.
//!
//! Generated from `definitions/records/group/016-ConsumerGroupRegularExpression.record` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{DecodeError, EncodeError, Form, Message, Reader, TopLevel, Writer, string_size};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct ConsumerGroupRegularExpressionKey {
    pub group_id: Str,
    pub regular_expression: Str,
}

impl Message for ConsumerGroupRegularExpressionKey {
    const SMALLEST: usize = 4;

    fn decode(
        reader: &mut Reader,
        version: i16,
    ) -> Result<ConsumerGroupRegularExpressionKey, DecodeError> {
        let form = form(version);
        Ok(ConsumerGroupRegularExpressionKey {
            group_id: reader.string(form)?,
            regular_expression: reader.string(form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.string(form, &self.group_id)?;
        writer.string(form, &self.regular_expression)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 0;
        size += string_size(form, &self.group_id);
        size += string_size(form, &self.regular_expression);
        size
    }
}

impl TopLevel for ConsumerGroupRegularExpressionKey {
    const NAME: &'static str = "ConsumerGroupRegularExpressionKey";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = None;
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Classic
}
