//! Reads messages from standard input, decodes them, encodes them again and prints the result: the
//! half of a comparison whose other half is a program with another encoder.
//!
//! One line in, one line out, in order, flushed after each:
//!
//! ```text
//! KIND NAME VERSION HEX        ->  HEX
//! KIND NAME VERSION HEX        ->  error TEXT
//! KIND NAME VERSION default    ->  HEX of the message with every field its default
//! list                         ->  KIND NAME LOW HIGH FLEXIBLE, one line each, then a line `end`
//! ```
//!
//! KIND is `request`, `response`, `record` or `header`; NAME is Kafka's, `ProduceRequest`,
//! `TopicRecord`, `RequestHeader`; VERSION a number; HEX lower case, `-` for no bytes at all;
//! FLEXIBLE is the first flexible version or `none`. A record is the message alone, without the
//! framing that stands in front of it in a topic; the framed forms are
//!
//! ```text
//! framed metadata - HEX              value of a metadata record
//! framed remote_log - HEX            value of a remote log metadata record
//! key group|share|transaction - HEX  key of a coordinator's record, with its type in front
//! value group|share|transaction TYPE HEX   its value, with its version in front
//! ```
//!
//! and are answered the same way.

use std::io::{BufRead, Write};

use bytes::Bytes;
use protocol::catalogue::{NAMES, Visit, with_message};
use protocol::frame::{RequestHeader, ResponseHeader};
use protocol::record_types::{group, metadata, remote_log, share, transaction};
use protocol::wire::{Reader, TopLevel, Writer, from_bytes, to_encoded};

fn hex(bytes: &[u8]) -> String {
    match bytes {
        [] => "-".to_owned(),
        bytes => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

fn unhex(text: &str) -> Result<Bytes, String> {
    if text == "-" {
        return Ok(Bytes::new());
    }
    let pair = |pair: &[u8]| {
        let pair = std::str::from_utf8(pair).map_err(|_| "hex is ASCII".to_owned())?;
        u8::from_str_radix(pair, 16).map_err(|_| format!("`{pair}` is no hex byte"))
    };
    text.as_bytes().chunks(2).map(pair).collect::<Result<Vec<u8>, String>>().map(Bytes::from)
}

struct Echo {
    version: i16,
    /// None: the default message.
    bytes: Option<Bytes>,
}

impl Visit for Echo {
    type Output = Result<Bytes, String>;

    fn visit<M: TopLevel + Clone + PartialEq + std::fmt::Debug>(self) -> Self::Output {
        let message: M = match self.bytes {
            Some(bytes) => from_bytes(bytes, self.version).map_err(|error| error.to_string())?,
            None => M::default(),
        };
        let encoded = to_encoded(&message, self.version).map_err(|error| error.to_string())?;
        if encoded.len() != message.size(self.version) {
            return Err(format!("size is {}, wrote {}", message.size(self.version), encoded.len()));
        }
        encoded.into_contiguous().ok_or_else(|| "a payload is external".to_owned())
    }
}

struct Listed;

impl Visit for Listed {
    type Output = String;

    fn visit<M: TopLevel + Clone + PartialEq + std::fmt::Debug>(self) -> String {
        let kind = ["Request", "Response"].into_iter().find(|kind| M::NAME.ends_with(kind));
        let kind = kind.unwrap_or("Record").to_lowercase();
        let flexible = M::FLEXIBLE_FROM.map_or("none".to_owned(), |from| from.to_string());
        format!("{kind} {} {} {} {flexible}", M::NAME, M::VERSIONS.start(), M::VERSIONS.end())
    }
}

fn header(name: &str, version: i16, bytes: Bytes) -> Result<Bytes, String> {
    let mut reader = Reader::new(bytes);
    let mut writer = Writer::new();
    match name {
        "RequestHeader" => RequestHeader::decode_version(&mut reader, version)
            .map(|header| header.encode(&mut writer, version)),
        "ResponseHeader" => ResponseHeader::decode(&mut reader, version)
            .map(|header| header.encode(&mut writer, version)),
        _ => return Err(format!("there is no header `{name}`")),
    }
    .map_err(|error| error.to_string())?
    .map_err(|error| error.to_string())?;
    reader.finish().map_err(|error| error.to_string())?;
    Ok(writer.finish().into_contiguous().expect("a header has no payload"))
}

/// Decodes a record with its framing and encodes it again.
macro_rules! recode {
    ($decoded:expr) => {
        $decoded
            .map_err(|error| error.to_string())
            .and_then(|(record, version)| record.encode(version).map_err(|error| error.to_string()))
    };
}

macro_rules! recode_key {
    ($decoded:expr) => {
        $decoded
            .map_err(|error| error.to_string())
            .and_then(|key| key.encode().map_err(|error| error.to_string()))
    };
}

fn answer(line: &str) -> Result<Bytes, String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let &[kind, name, version, text] = &words[..] else {
        return Err("a line is KIND NAME VERSION HEX".to_owned());
    };
    let number = || version.parse::<i16>().map_err(|_| format!("`{version}` is no version"));
    match (kind, name) {
        ("framed", "metadata") => recode!(metadata::MetadataRecord::decode(unhex(text)?)),
        ("framed", "remote_log") => recode!(remote_log::RemoteLogRecord::decode(unhex(text)?)),
        ("key", "group") => recode_key!(group::GroupKey::decode(unhex(text)?)),
        ("key", "share") => recode_key!(share::ShareKey::decode(unhex(text)?)),
        ("key", "transaction") => recode_key!(transaction::TransactionKey::decode(unhex(text)?)),
        ("value", "group") => recode!(group::GroupValue::decode(number()?, unhex(text)?)),
        ("value", "share") => recode!(share::ShareValue::decode(number()?, unhex(text)?)),
        ("value", "transaction") => {
            recode!(transaction::TransactionValue::decode(number()?, unhex(text)?))
        }
        ("header", _) => header(name, number()?, unhex(text)?),
        ("request" | "response" | "record", _) => {
            let bytes = if text == "default" { None } else { Some(unhex(text)?) };
            let echo = Echo { version: number()?, bytes };
            with_message(name, echo).ok_or_else(|| format!("there is no message `{name}`"))?
        }
        _ => Err(format!("there is no kind `{kind} {name}`")),
    }
}

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        if line.trim() == "list" {
            for line in NAMES.iter().filter_map(|name| with_message(name, Listed)) {
                writeln!(out, "{line}")?;
            }
            writeln!(out, "end")?;
        } else {
            match answer(&line) {
                Ok(bytes) => writeln!(out, "{}", hex(&bytes))?,
                Err(error) => writeln!(out, "error {error}")?,
            }
        }
        out.flush()?;
    }
    Ok(())
}
