//! Frames and headers.
//!
//! A frame is an int32 length and that many bytes: a header, then a body. A request's header says
//! which API it calls and in which version, and which version of the header it is follows from
//! these two; a response's header repeats the correlation id, and the client must remember what
//! it asked. Reading the length and bounding it is the shell's work.

use base::Str;
use bytes::Bytes;

use crate::api_key::ApiKey;
use crate::messages::api_versions_response::ApiVersion;
use crate::messages::{ApiRequest, Response};
use crate::wire::{
    DecodeError, EncodeError, Encoded, Form, Message, Reader, TopLevel, UnknownTags, Writer,
    buffer_capacity, encode_checked, nullable_string_size,
};

impl ApiKey {
    /// Whether bodies of that version have compact lengths and tagged fields.
    pub const fn is_flexible(self, version: i16) -> bool {
        match self.flexible_from() {
            Some(from) => version >= from,
            None => false,
        }
    }

    /// What ApiVersions says of an API of which all stable versions are served.
    pub fn stable_range(self) -> ApiVersion {
        let versions = self.stable_versions();
        ApiVersion {
            api_key: self as i16,
            min_version: *versions.start(),
            max_version: *versions.end(),
            ..ApiVersion::default()
        }
    }

    /// Version of the header in front of a request, also for versions younger than this program:
    /// 2 if the body is flexible, else 1. Version 0, without a client id, belonged to an API that is
    /// gone.
    pub const fn request_header_version(self, version: i16) -> i16 {
        if self.is_flexible(version) { 2 } else { 1 }
    }

    /// Version of the header in front of a response: 1 if the body is flexible, else 0. For
    /// ApiVersions always 0, because the client does not know yet what the server can read
    /// (KIP-511).
    pub const fn response_header_version(self, version: i16) -> i16 {
        match self {
            ApiKey::ApiVersions => 0,
            _ if self.is_flexible(version) => 1,
            _ => 0,
        }
    }

    /// Newest version that can be read and written, unstable ones included.
    pub const fn newest_version(self) -> i16 {
        match self.unstable_versions() {
            Some(range) => *range.end(),
            None => *self.stable_versions().end(),
        }
    }
}

/// What stands in front of every request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RequestHeader {
    /// As on the wire: there may be no such API.
    pub api_key: i16,
    pub api_version: i16,
    pub correlation_id: i32,
    pub client_id: Option<Str>,
    pub unknown_tags: UnknownTags,
}

impl RequestHeader {
    /// Key, version and correlation id, which stand first in every version of the header.
    ///
    /// # Errors
    /// UnexpectedEnd if the frame is shorter than eight bytes.
    pub fn peek(frame: &Bytes) -> Result<(i16, i16, i32), DecodeError> {
        let mut reader = Reader::new(frame.clone());
        Ok((reader.i16()?, reader.i16()?, reader.i32()?))
    }

    /// Reads the header at the start of a frame and leaves the reader at the body.
    ///
    /// # Errors
    /// UnknownApi, or whatever is wrong with the bytes.
    pub fn decode(reader: &mut Reader) -> Result<RequestHeader, DecodeError> {
        let (key, version, _) = RequestHeader::peek(&reader.rest())?;
        let api = ApiKey::from_code(key).ok_or(DecodeError::UnknownApi { key })?;
        RequestHeader::decode_version(reader, api.request_header_version(version))
    }

    /// Reads a header of a known version, 1 or 2.
    ///
    /// # Errors
    /// Whatever is wrong with the bytes.
    pub fn decode_version(
        reader: &mut Reader,
        header_version: i16,
    ) -> Result<RequestHeader, DecodeError> {
        Ok(RequestHeader {
            api_key: reader.i16()?,
            api_version: reader.i16()?,
            correlation_id: reader.i32()?,
            // Never compact, so that a server can read the header of an ApiVersions request from
            // the future.
            client_id: reader.nullable_string(Form::Classic)?,
            unknown_tags: UnknownTags::read_all(reader, request_form(header_version))?,
        })
    }

    /// # Errors
    /// TooLong for a client id of more than 32,767 bytes.
    pub fn encode(&self, writer: &mut Writer, header_version: i16) -> Result<(), EncodeError> {
        writer.i16(self.api_key);
        writer.i16(self.api_version);
        writer.i32(self.correlation_id);
        writer.nullable_string(Form::Classic, self.client_id.as_ref())?;
        self.unknown_tags.write_all(writer, header_version, request_form(header_version))
    }

    pub fn size(&self, header_version: i16) -> usize {
        8 + nullable_string_size(Form::Classic, self.client_id.as_ref())
            + self.unknown_tags.size_all(request_form(header_version))
    }
}

fn request_form(header_version: i16) -> Form {
    if header_version >= 2 { Form::Flexible } else { Form::Classic }
}

/// What stands in front of every response.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResponseHeader {
    pub correlation_id: i32,
    pub unknown_tags: UnknownTags,
}

impl ResponseHeader {
    /// Reads a header of version 0 or 1 ([`ApiKey::response_header_version`]).
    ///
    /// # Errors
    /// Whatever is wrong with the bytes.
    pub fn decode(reader: &mut Reader, header_version: i16) -> Result<ResponseHeader, DecodeError> {
        Ok(ResponseHeader {
            correlation_id: reader.i32()?,
            unknown_tags: UnknownTags::read_all(reader, response_form(header_version))?,
        })
    }

    /// # Errors
    /// TagsNotInVersion if there are tags and the version is 0.
    pub fn encode(&self, writer: &mut Writer, header_version: i16) -> Result<(), EncodeError> {
        writer.i32(self.correlation_id);
        self.unknown_tags.write_all(writer, header_version, response_form(header_version))
    }

    pub fn size(&self, header_version: i16) -> usize {
        4 + self.unknown_tags.size_all(response_form(header_version))
    }
}

fn response_form(header_version: i16) -> Form {
    if header_version >= 1 { Form::Flexible } else { Form::Classic }
}

/// Length in front of a frame; a frame that an int32 cannot count is refused.
fn frame_length(length: usize) -> Result<i32, EncodeError> {
    i32::try_from(length).map_err(|_| EncodeError::TooLong { length })
}

/// Writes a whole request: length, header, body.
///
/// # Errors
/// UnknownVersion, or what the version cannot say.
pub fn encode_request<R: ApiRequest>(
    request: &R,
    version: i16,
    correlation_id: i32,
    client_id: Option<&Str>,
) -> Result<Encoded, EncodeError> {
    let header = RequestHeader {
        api_key: R::KEY as i16,
        api_version: version,
        correlation_id,
        client_id: client_id.cloned(),
        unknown_tags: UnknownTags::NONE,
    };
    let header_version = R::KEY.request_header_version(version);
    let header_size = header.size(header_version);
    let body_size = request.size(version);
    let capacity = 4 + header_size + buffer_capacity::<R>(body_size);
    let mut writer = Writer::with_capacity(capacity);
    writer.i32(frame_length(header_size + body_size)?);
    header.encode(&mut writer, header_version)?;
    encode_checked(request, &mut writer, version)?;
    Ok(writer.finish())
}

/// Writes a whole response: length, header, body.
///
/// # Errors
/// UnknownVersion, or what the version cannot say.
pub fn encode_response(
    response: &Response,
    version: i16,
    correlation_id: i32,
) -> Result<Encoded, EncodeError> {
    let header = ResponseHeader { correlation_id, unknown_tags: UnknownTags::NONE };
    let header_version = response.key().response_header_version(version);
    let header_size = header.size(header_version);
    let body_size = response.size(version);
    let capacity = 4 + header_size + response.buffer_capacity(body_size);
    let mut writer = Writer::with_capacity(capacity);
    writer.i32(frame_length(header_size + body_size)?);
    header.encode(&mut writer, header_version)?;
    response.encode(&mut writer, version)?;
    Ok(writer.finish())
}

/// Reads the frame of a response (without its length) to a request of type `R`: the correlation
/// id and the body.
///
/// # Errors
/// UnknownVersion, or whatever is wrong with the bytes.
pub fn decode_response<R: ApiRequest>(
    frame: Bytes,
    version: i16,
) -> Result<(i32, R::Response), DecodeError> {
    if !R::VERSIONS.contains(&version) {
        return Err(DecodeError::UnknownVersion { message: R::Response::NAME, version });
    }
    // The server is one that the user chose, and a response is as large as what was asked for:
    // its length is bound enough.
    let budget = frame.len().saturating_mul(64).saturating_add(64 << 10);
    let mut reader = Reader::with_budget(frame, budget);
    let header = ResponseHeader::decode(&mut reader, R::KEY.response_header_version(version))?;
    Ok((header.correlation_id, R::Response::decode(&mut reader, version)?))
}
