//! Writes what joins the messages: the list of APIs, the enums of all requests, responses and
//! records, and a function that finds a message by its name.

use std::fmt::Write as _;

use super::expressions::snake;
use super::families::record_family;
use super::notation::{Api, Field, Kind, Section, Versions};
use super::{Definitions, Files};

pub const HEAD: &str = "//! Generated from `definitions/` by `cargo gen`.\n\n";

pub fn files(definitions: &Definitions, files: &mut Files) {
    files.insert("api_key.rs".into(), api_key(&definitions.apis));
    files.insert("messages/mod.rs".into(), messages(&definitions.apis));
    files.insert("messages/request.rs".into(), one_of(&definitions.apis, "Request"));
    files.insert("messages/response.rs".into(), one_of(&definitions.apis, "Response"));
    let mut root =
        "//! The records that Kafka writes into its own topics and files, by family.\n//!\n"
            .to_owned();
    root.push_str(HEAD);
    for (family, records) in &definitions.records {
        let _ = writeln!(root, "pub mod {family};");
        files
            .insert(format!("record_types/{family}/mod.rs").into(), record_family(family, records));
    }
    files.insert("record_types/mod.rs".into(), root);
    files.insert("catalogue.rs".into(), catalogue(definitions));
}

fn range(versions: Versions) -> String {
    format!("{}..={}", versions.low, versions.high)
}

/// A `match` over all APIs that gives `value` for each.
fn by_key(apis: &[Api], value: impl Fn(&Api) -> String) -> String {
    let mut arms: Vec<(String, Vec<&str>)> = Vec::new();
    for api in apis {
        let value = value(api);
        match arms.iter_mut().find(|(known, _)| *known == value) {
            Some((_, names)) => names.push(&api.name),
            None => arms.push((value, vec![&api.name])),
        }
    }
    let common = arms.iter().enumerate().max_by_key(|(_, (_, names))| names.len());
    let common = common.map(|(index, _)| index).filter(|&index| arms[index].1.len() > 1);
    let mut out = "match self {".to_owned();
    for (index, (value, names)) in arms.iter().enumerate() {
        if Some(index) != common {
            let names: Vec<String> = names.iter().map(|name| format!("ApiKey::{name}")).collect();
            let _ = writeln!(out, "{} => {value},", names.join(" | "));
        }
    }
    if let Some(index) = common {
        let _ = writeln!(out, "_ => {},", arms[index].0);
    }
    out.push('}');
    out
}

fn api_key(apis: &[Api]) -> String {
    let mut out =
        "//! The APIs of Kafka: their keys, names, versions and listeners.\n//!\n".to_owned();
    out.push_str(HEAD);
    out.push_str(
        "use std::ops::RangeInclusive;

        /// An API. The number is its key on the wire.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(i16)]
        pub enum ApiKey {",
    );
    for api in apis {
        let _ = writeln!(out, "{} = {},", api.name, api.key);
    }
    out.push_str("}\n\nimpl ApiKey {\n/// All APIs in the order of their keys.\npub const ALL: &'static [ApiKey] = &[");
    for api in apis {
        let _ = writeln!(out, "ApiKey::{},", api.name);
    }
    out.push_str("];\n\npub fn from_code(code: i16) -> Option<ApiKey> { match code {");
    for api in apis {
        let _ = writeln!(out, "{} => Some(ApiKey::{}),", api.key, api.name);
    }
    out.push_str("_ => None, } }\n\n");
    out.push_str(
        "/// Kafka's name, `Produce`.\npub const fn name(self) -> &'static str { match self {",
    );
    for api in apis {
        let _ = writeln!(out, "ApiKey::{} => \"{}\",", api.name, api.name);
    }
    out.push_str("} }\n\n");
    let _ = writeln!(
        out,
        "/// Versions that Apache Kafka 4.3 serves.
        pub const fn stable_versions(self) -> RangeInclusive<i16> {{ {} }}\n",
        by_key(apis, |api| range(api.serves))
    );
    let _ = writeln!(
        out,
        "/// Versions that exist and may still change: served only with
        /// `unstable.api.versions.enable`.
        pub const fn unstable_versions(self) -> Option<RangeInclusive<i16>> {{ {} }}\n",
        by_key(apis, |api| api
            .unstable
            .map_or("None".to_owned(), |range_| format!("Some({})", range(range_))))
    );
    let _ = writeln!(
        out,
        "/// Lowest version that can be read and written: below that of `stable_versions` where
        /// Kafka 4.0 dropped versions that old clients speak.
        pub const fn legacy_min(self) -> i16 {{ {} }}\n",
        by_key(apis, |api| api.legacy.unwrap_or(api.serves.low).to_string())
    );
    let _ = writeln!(
        out,
        "/// First version with compact lengths and tagged fields.
        pub const fn flexible_from(self) -> Option<i16> {{ {} }}\n",
        by_key(apis, |api| api.flexible.map_or("None".to_owned(), |from| format!("Some({from})")))
    );
    for listener in ["broker", "controller"] {
        let served = apis.iter().filter(|api| api.listeners.iter().any(|name| name == listener));
        let served: Vec<String> = served.map(|api| format!("ApiKey::{}", api.name)).collect();
        let _ = writeln!(
            out,
            "/// Whether a listener for {listener}s serves it.
            pub const fn is_on_{listener}_listener(self) -> bool {{ matches!(self, {}) }}\n",
            served.join(" | ")
        );
    }
    out.push_str("}\n");
    out
}

fn messages(apis: &[Api]) -> String {
    let mut out = "//! The requests and responses of every API, one module each.\n//!\n".to_owned();
    out.push_str(HEAD);
    let all = || apis.iter().flat_map(|api| [&api.request.name, &api.response.name]);
    for name in all() {
        let _ = writeln!(out, "pub mod {};", snake(name));
    }
    out.push_str(
        "mod request;\nmod response;\n\npub use request::Request;\npub use response::Response;\n\n",
    );
    for name in all() {
        let _ = writeln!(out, "pub use {}::{name};", snake(name));
    }
    out.push_str(
        "\nuse crate::api_key::ApiKey;
        use crate::wire::TopLevel;

        /// A request: which API it calls and what answers it.
        pub trait ApiRequest: TopLevel {
            const KEY: ApiKey;
            type Response: ApiResponse;
        }

        /// A response: which API it comes from.
        pub trait ApiResponse: TopLevel {
            const KEY: ApiKey;
        }\n\n",
    );
    for api in apis {
        let (name, request, response) = (&api.name, &api.request.name, &api.response.name);
        let _ = writeln!(
            out,
            "impl ApiRequest for {request} {{ const KEY: ApiKey = ApiKey::{name}; type Response = {response}; }}
            impl ApiResponse for {response} {{ const KEY: ApiKey = ApiKey::{name}; }}\n"
        );
    }
    out
}

/// About how many bytes a structure takes in memory.
pub fn memory(fields: &[Field]) -> usize {
    let one = |field: &Field| match (&field.kind, field.nullable.is_some()) {
        (Kind::Bool | Kind::Int8, _) => 1,
        (Kind::Int16 | Kind::Uint16, _) => 2,
        (Kind::Int32 | Kind::Uint32, _) => 4,
        (Kind::Int64 | Kind::Float64, _) | (Kind::Struct(_), true) => 8,
        (Kind::Uuid, _) => 16,
        (Kind::Array(_), _) => 24,
        (Kind::Struct(_), false) => memory(&field.fields),
        _ => 32,
    };
    8 + fields.iter().map(one).sum::<usize>()
}

/// Variants of more bytes than this are boxed. A Fetch request is below it.
const BOXED_BYTES: usize = 180;

fn is_boxed(section: &Section) -> bool {
    memory(&section.fields) > BOXED_BYTES
}

/// The enum of all requests or of all responses.
fn one_of(apis: &[Api], what: &str) -> String {
    let lower = what.to_lowercase();
    let section = |api: &'_ Api| match what {
        "Request" => api.request.clone(),
        _ => api.response.clone(),
    };
    let mut out = format!("//! Any {lower}.\n//!\n");
    out.push_str(HEAD);
    let _ = writeln!(
        out,
        "use super::*;
        use crate::wire::{{DecodeError, EncodeError, Reader, Writer, buffer_capacity, decode_checked, encode_checked}};

        /// The {lower} of any API; large ones are boxed.
        #[derive(Clone, Debug, PartialEq)]
        pub enum {what} {{"
    );
    for api in apis {
        let section = section(api);
        let _ = match is_boxed(&section) {
            true => writeln!(out, "{}(Box<{}>),", api.name, section.name),
            false => writeln!(out, "{}({}),", api.name, section.name),
        };
    }
    let _ = writeln!(
        out,
        "}}\n\nimpl {what} {{
        /// Reads the {lower} of `key` in `version`.
        ///
        /// # Errors
        /// UnknownVersion, or whatever is wrong with the bytes.
        pub fn decode(key: ApiKey, version: i16, reader: &mut Reader) -> Result<{what}, DecodeError> {{ Ok(match key {{"
    );
    for api in apis {
        let _ = match is_boxed(&section(api)) {
            true => writeln!(
                out,
                "ApiKey::{0} => {what}::{0}(Box::new(decode_checked(reader, version)?)),",
                api.name
            ),
            false => writeln!(
                out,
                "ApiKey::{0} => {what}::{0}(decode_checked(reader, version)?),",
                api.name
            ),
        };
    }
    let _ = writeln!(out, "}}) }}\n\npub const fn key(&self) -> ApiKey {{ match self {{");
    for api in apis {
        let _ = writeln!(out, "{what}::{0}(_) => ApiKey::{0},", api.name);
    }
    let _ = writeln!(
        out,
        "}} }}\n\n
        /// # Errors
        /// UnknownVersion, or what the version cannot say.
        pub fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {{ match self {{"
    );
    for api in apis {
        let deref = if is_boxed(&section(api)) { "&**" } else { "" };
        let _ = writeln!(
            out,
            "{what}::{}(message) => encode_checked({deref}message, writer, version),",
            api.name
        );
    }
    let _ = writeln!(
        out,
        "}} }}\n\n
        /// Exactly the bytes that `encode` writes, payloads included.
        pub fn size(&self, version: i16) -> usize {{ use crate::wire::Message; match self {{"
    );
    for api in apis {
        let _ = writeln!(out, "{what}::{}(message) => message.size(version),", api.name);
    }
    let _ = writeln!(
        out,
        "}} }}\n\n
        /// A good capacity for the buffer of a message of `size` bytes.
        pub fn buffer_capacity(&self, size: usize) -> usize {{ match self {{"
    );
    for api in apis {
        let section = section(api);
        let _ =
            writeln!(out, "{what}::{}(_) => buffer_capacity::<{}>(size),", api.name, section.name);
    }
    out.push_str("} }\n}\n\n");
    for api in apis {
        let section = section(api);
        let value = if is_boxed(&section) { "Box::new(message)" } else { "message" };
        let _ = writeln!(
            out,
            "impl From<{0}> for {what} {{ fn from(message: {0}) -> {what} {{ {what}::{1}({value}) }} }}\n",
            section.name, api.name
        );
    }
    out
}

/// The function that finds a message by name.
fn catalogue(definitions: &Definitions) -> String {
    let mut out =
        "//! Every message by its name, for tests and tools that go through all of them.\n//!\n"
            .to_owned();
    out.push_str(HEAD);
    out.push_str("use crate::wire::TopLevel;\nuse crate::{messages, record_types};\n\n");
    let mut names = Vec::new();
    for api in &definitions.apis {
        for section in [&api.request, &api.response] {
            names.push((section.name.clone(), format!("messages::{}", section.name)));
        }
    }
    for (family, records) in &definitions.records {
        for section in records.iter().flat_map(|(_, record)| &record.sections) {
            names.push((section.name.clone(), format!("record_types::{family}::{}", section.name)));
        }
    }
    out.push_str(
        "/// Something that is done with a message whose type is found by name.
        pub trait Visit {
            type Output;
            fn visit<M: TopLevel + Clone + PartialEq + std::fmt::Debug>(self) -> Self::Output;
        }

        /// Kafka's names of all messages.
        pub const NAMES: &[&str] = &[",
    );
    for (name, _) in &names {
        let _ = writeln!(out, "\"{name}\",");
    }
    out.push_str(
        "];

        /// Does something with the message of that name; `None` if there is none.
        pub fn with_message<V: Visit>(name: &str, visitor: V) -> Option<V::Output> {
            Some(match name {",
    );
    for (name, path) in &names {
        let _ = writeln!(out, "\"{name}\" => visitor.visit::<{path}>(),");
    }
    out.push_str("_ => return None, }) }\n");
    out
}
