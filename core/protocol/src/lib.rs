//! The wire: every request, response and record of Apache Kafka 4.3, and the older versions that
//! Kafka 4.0 dropped.
//!
//! What a message looks like stands in `definitions/`, one file per API in a notation of our own;
//! `cargo gen` turns it into [`messages`] and [`record_types`], which are committed. Written by hand are
//! [`wire`] (numbers, texts, arrays, tagged fields, and the bounds for what comes from outside)
//! and [`frame`] (lengths and headers). What lies inside a field of type records (batches) belongs
//! to the crate `records`.
//!
//! The life of a request: the shell reads a frame of a length it allowed into one buffer;
//! [`frame::RequestHeader`] says which API and version it is; [`messages::Request`] decodes the
//! body, whose strings and bytes are slices of that buffer. The reply is measured, written with
//! its header into one buffer with cuts for large payloads, and goes out as a list of segments.
//!
//! Nothing here panics, whatever the bytes are, and nothing allocates what a length field claims.

pub mod api_key;
pub mod catalogue;
pub mod frame;
mod framed;
pub mod messages;
pub mod record_types;
pub mod wire;

pub use api_key::ApiKey;
pub use messages::{ApiRequest, ApiResponse, Request, Response};
pub use wire::{
    DecodeError, EncodeError, Encoded, Message, Payload, Reader, Segment, TopLevel, UnknownTags,
    Writer,
};
