//! Writes the module of each family of records, and the enums of those that a topic holds.

use std::fmt::Write as _;

use super::catalogue::{HEAD, memory};
use super::expressions::snake;
use super::notation::{Record, Section};

fn family_enum_name(family: &str) -> Option<&'static str> {
    match family {
        "metadata" => Some("MetadataRecord"),
        "remote_log" => Some("RemoteLogRecord"),
        "group" => Some("Group"),
        "share" => Some("Share"),
        "transaction" => Some("Transaction"),
        _ => None,
    }
}

pub fn record_family(family: &str, records: &[(String, Record)]) -> String {
    let what = match family {
        "embedded" => "Structures inside bytes fields and files of other messages.",
        "group" => "Records of `__consumer_offsets`, groups of every protocol and offsets.",
        "metadata" => "Records of `__cluster_metadata` and its snapshots.",
        "raft" => "Control records of transactions, of the quorum and of snapshots.",
        "remote_log" => "Records of `__remote_log_metadata`.",
        "share" => "Records of `__share_group_state`.",
        "transaction" => "Records of `__transaction_state`.",
        _ => "",
    };
    let mut out = format!("//! {what}\n//!\n{HEAD}");
    let all = || records.iter().flat_map(|(_, record)| &record.sections);
    for section in all() {
        let _ = writeln!(out, "pub mod {};", snake(&section.name));
    }
    out.push('\n');
    for section in all() {
        let _ = writeln!(out, "pub use {}::{};", snake(&section.name), section.name);
    }
    out.push('\n');
    match family_enum_name(family) {
        Some(name) if records.iter().all(|(_, record)| record.sections[0].kind == "key") => {
            coordinator_enums(name, records, &mut out);
        }
        Some(name) => framed_enum(name, records, &mut out),
        None => {}
    }
    out
}

fn is_boxed_record(section: &Section) -> bool {
    memory(&section.fields) > 240
}

/// The enum of a family whose values carry their type and version in front.
fn framed_enum(name: &str, records: &[(String, Record)], out: &mut String) {
    let short = |record: &Record| record.name.clone();
    let _ = writeln!(
        out,
        "use bytes::Bytes;

        use crate::framed::{{read_frame, write_frame}};
        use crate::wire::{{DecodeError, EncodeError, TopLevel as _, from_bytes}};

        /// Any record of this family.
        #[derive(Clone, Debug, PartialEq)]
        pub enum {name} {{"
    );
    for (_, record) in records {
        let _ = match is_boxed_record(&record.sections[0]) {
            true => writeln!(out, "{0}(Box<{0}>),", short(record)),
            false => writeln!(out, "{0}({0}),", short(record)),
        };
    }
    let _ = writeln!(
        out,
        "}}\n\nimpl {name} {{
        /// Reads the value of a record, and the version it was written in.
        ///
        /// # Errors
        /// UnknownFrame, UnknownRecord, UnknownVersion, TrailingBytes, or whatever is wrong with
        /// the bytes.
        pub fn decode(value: Bytes) -> Result<({name}, i16), DecodeError> {{
            let (kind, version, body) = read_frame(value)?;
            Ok((match kind {{"
    );
    for (_, record) in records {
        let id = record.id.unwrap_or_default();
        let _ = match is_boxed_record(&record.sections[0]) {
            true => writeln!(
                out,
                "{id} => {name}::{0}(Box::new(from_bytes(body, version)?)),",
                short(record)
            ),
            false => {
                writeln!(out, "{id} => {name}::{0}(from_bytes(body, version)?),", short(record))
            }
        };
    }
    let _ = writeln!(
        out,
        "_ => return Err(DecodeError::UnknownRecord {{ kind }}), }}, version)) }}

        /// Writes the value of a record.
        ///
        /// # Errors
        /// UnknownVersion, or what the version cannot say.
        pub fn encode(&self, version: i16) -> Result<Bytes, EncodeError> {{ match self {{"
    );
    for (_, record) in records {
        let id = record.id.unwrap_or_default();
        let deref = if is_boxed_record(&record.sections[0]) { "&**" } else { "" };
        let _ = writeln!(
            out,
            "{name}::{}(record) => write_frame({id}, version, {deref}record),",
            short(record)
        );
    }
    out.push_str("} }\n\n/// The type of the record, Kafka's `apiKey`.\npub const fn kind(&self) -> i16 { match self {");
    for (_, record) in records {
        let _ = writeln!(out, "{name}::{}(_) => {},", short(record), record.id.unwrap_or_default());
    }
    out.push_str("} }\n\n/// Kafka's name, `TopicRecord`.\npub const fn name(&self) -> &'static str { match self {");
    for (_, record) in records {
        let _ = writeln!(out, "{name}::{0}(_) => {0}::NAME,", short(record));
    }
    out.push_str("} }\n\n/// The newest version of the record.\npub const fn newest_version(&self) -> i16 { match self {");
    for (_, record) in records {
        let _ = writeln!(out, "{name}::{0}(_) => *{0}::VERSIONS.end(),", short(record));
    }
    out.push_str("} }\n}\n\n");
    for (_, record) in records {
        let value =
            if is_boxed_record(&record.sections[0]) { "Box::new(record)" } else { "record" };
        let _ = writeln!(
            out,
            "impl From<{0}> for {name} {{ fn from(record: {0}) -> {name} {{ {name}::{0}({value}) }} }}\n",
            short(record)
        );
    }
}

/// The enums of keys and of values of a coordinator.
fn coordinator_enums(name: &str, records: &[(String, Record)], out: &mut String) {
    let _ = writeln!(
        out,
        "use bytes::Bytes;

        use crate::framed::{{read_prefix, write_prefixed}};
        use crate::wire::{{DecodeError, EncodeError, TopLevel as _, from_bytes}};

        /// Any key of this family. The type of the record stands in front of it.
        #[derive(Clone, Debug, PartialEq)]
        pub enum {name}Key {{"
    );
    for (_, record) in records {
        let _ = writeln!(out, "{}({}),", record.name, record.sections[0].name);
    }
    let _ = writeln!(
        out,
        "}}\n\nimpl {name}Key {{
        /// Reads the key of a record.
        ///
        /// # Errors
        /// UnknownRecord, which Kafka skips when it loads a partition; TrailingBytes, or whatever
        /// is wrong with the bytes.
        pub fn decode(key: Bytes) -> Result<{name}Key, DecodeError> {{
            let (kind, body) = read_prefix(key)?;
            Ok(match kind {{"
    );
    for (_, record) in records {
        let id = record.id.unwrap_or_default();
        let _ = writeln!(out, "{id} => {name}Key::{}(from_bytes(body, 0)?),", record.name);
    }
    let _ = writeln!(
        out,
        "_ => return Err(DecodeError::UnknownRecord {{ kind }}), }}) }}

        /// # Errors
        /// What the wire cannot say: a string that is too long.
        pub fn encode(&self) -> Result<Bytes, EncodeError> {{ match self {{"
    );
    for (_, record) in records {
        let id = record.id.unwrap_or_default();
        let _ = writeln!(out, "{name}Key::{}(key) => write_prefixed({id}, 0, key),", record.name);
    }
    out.push_str(
        "} }\n\n/// The type of the record.\npub const fn kind(&self) -> i16 { match self {",
    );
    for (_, record) in records {
        let _ =
            writeln!(out, "{name}Key::{}(_) => {},", record.name, record.id.unwrap_or_default());
    }
    let _ = writeln!(
        out,
        "}} }}\n}}\n\n
        /// Any value of this family. Its version stands in front of it; its type is that of the key.
        #[derive(Clone, Debug, PartialEq)]
        pub enum {name}Value {{"
    );
    for (_, record) in records {
        let _ = match is_boxed_record(&record.sections[1]) {
            true => writeln!(out, "{}(Box<{}>),", record.name, record.sections[1].name),
            false => writeln!(out, "{}({}),", record.name, record.sections[1].name),
        };
    }
    let _ = writeln!(
        out,
        "}}\n\nimpl {name}Value {{
        /// Reads the value of a record whose key is of type `kind`, and the version it was
        /// written in.
        ///
        /// # Errors
        /// UnknownRecord, UnknownVersion, TrailingBytes, or whatever is wrong with the bytes.
        pub fn decode(kind: i16, value: Bytes) -> Result<({name}Value, i16), DecodeError> {{
            let (version, body) = read_prefix(value)?;
            Ok((match kind {{"
    );
    for (_, record) in records {
        let id = record.id.unwrap_or_default();
        let _ = match is_boxed_record(&record.sections[1]) {
            true => writeln!(
                out,
                "{id} => {name}Value::{}(Box::new(from_bytes(body, version)?)),",
                record.name
            ),
            false => {
                writeln!(out, "{id} => {name}Value::{}(from_bytes(body, version)?),", record.name)
            }
        };
    }
    let _ = writeln!(
        out,
        "_ => return Err(DecodeError::UnknownRecord {{ kind }}), }}, version)) }}

        /// Writes the value of a record.
        ///
        /// # Errors
        /// UnknownVersion, or what the version cannot say.
        pub fn encode(&self, version: i16) -> Result<Bytes, EncodeError> {{ match self {{"
    );
    for (_, record) in records {
        let deref = if is_boxed_record(&record.sections[1]) { "&**" } else { "" };
        let _ = writeln!(
            out,
            "{name}Value::{}(value) => write_prefixed(version, version, {deref}value),",
            record.name
        );
    }
    out.push_str(
        "} }\n\n/// The type of the record.\npub const fn kind(&self) -> i16 { match self {",
    );
    for (_, record) in records {
        let _ =
            writeln!(out, "{name}Value::{}(_) => {},", record.name, record.id.unwrap_or_default());
    }
    out.push_str("} }\n\n/// The newest version of the value.\npub const fn newest_version(&self) -> i16 { match self {");
    for (_, record) in records {
        let _ = writeln!(
            out,
            "{name}Value::{}(_) => *{}::VERSIONS.end(),",
            record.name, record.sections[1].name
        );
    }
    out.push_str("} }\n}\n\n");
    for (_, record) in records {
        let value = if is_boxed_record(&record.sections[1]) { "Box::new(value)" } else { "value" };
        let _ = writeln!(
            out,
            "impl From<{1}> for {name}Key {{ fn from(key: {1}) -> {name}Key {{ {name}Key::{0}(key) }} }}

            impl From<{2}> for {name}Value {{ fn from(value: {2}) -> {name}Value {{ {name}Value::{0}({value}) }} }}\n",
            record.name, record.sections[0].name, record.sections[1].name
        );
    }
}
