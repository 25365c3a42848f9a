//! UpdateRaftVoterResponse, versions 0 to 0.
//!
//! Generated from `definitions/082-UpdateRaftVoter.api` by `cargo gen`; edit that file instead.

use base::Str;

use crate::wire::{
    DecodeError, EncodeError, Form, Message, Reader, TopLevel, UnknownTags, Writer, string_size,
    tagged_size, uvarint_size,
};

#[derive(Clone, Debug, PartialEq, Default)]
pub struct UpdateRaftVoterResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub current_leader: CurrentLeader,
    pub unknown_tags: UnknownTags,
}

impl Message for UpdateRaftVoterResponse {
    const SMALLEST: usize = 7;

    fn decode(reader: &mut Reader, version: i16) -> Result<UpdateRaftVoterResponse, DecodeError> {
        let mut message = UpdateRaftVoterResponse {
            throttle_time_ms: reader.i32()?,
            error_code: reader.i16()?,
            current_leader: CurrentLeader::default(),
            unknown_tags: UnknownTags::NONE,
        };
        for _ in 0..reader.uvarint()? {
            let (tag, length) = reader.tag()?;
            match tag {
                0 => message.current_leader = CurrentLeader::decode(reader, version)?,
                _ => message.unknown_tags.read(reader, tag, length)?,
            }
        }
        Ok(message)
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        writer.i32(self.throttle_time_ms);
        writer.i16(self.error_code);
        let mut count = self.unknown_tags.len();
        if self.current_leader != CurrentLeader::default() {
            count += 1;
        }
        writer.uvarint(count as u32);
        if self.current_leader != CurrentLeader::default() {
            writer.uvarint(0);
            writer.uvarint((self.current_leader.size(version)) as u32);
            self.current_leader.encode(writer, version)?;
        }
        self.unknown_tags.write_between(writer, 1, None);
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let mut size = 6;
        let mut count = self.unknown_tags.len();
        if self.current_leader != CurrentLeader::default() {
            count += 1;
            size += tagged_size(0, self.current_leader.size(version));
        }
        size += uvarint_size(count as u32) + self.unknown_tags.size();
        size
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct CurrentLeader {
    pub leader_id: i32,
    pub leader_epoch: i32,
    pub host: Str,
    pub port: i32,
    pub unknown_tags: UnknownTags,
}

impl Default for CurrentLeader {
    fn default() -> CurrentLeader {
        CurrentLeader {
            leader_id: -1,
            leader_epoch: -1,
            host: Str::EMPTY,
            port: 0,
            unknown_tags: UnknownTags::NONE,
        }
    }
}

impl Message for CurrentLeader {
    const SMALLEST: usize = 14;

    fn decode(reader: &mut Reader, version: i16) -> Result<CurrentLeader, DecodeError> {
        let form = form(version);
        Ok(CurrentLeader {
            leader_id: reader.i32()?,
            leader_epoch: reader.i32()?,
            host: reader.string(form)?,
            port: reader.i32()?,
            unknown_tags: UnknownTags::read_all(reader, form)?,
        })
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let form = form(version);
        writer.i32(self.leader_id);
        writer.i32(self.leader_epoch);
        writer.string(form, &self.host)?;
        writer.i32(self.port);
        self.unknown_tags.write_all(writer, version, form)?;
        Ok(())
    }

    fn size(&self, version: i16) -> usize {
        let form = form(version);
        let mut size = 12;
        size += string_size(form, &self.host);
        size += self.unknown_tags.size_all(form);
        size
    }
}

impl TopLevel for UpdateRaftVoterResponse {
    const NAME: &'static str = "UpdateRaftVoterResponse";
    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
    const HAS_PAYLOAD: bool = false;
}

fn form(_version: i16) -> Form {
    Form::Flexible
}
