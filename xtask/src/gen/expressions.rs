//! What one field is in Rust: its name, its type, its default, and the expressions that read,
//! write and measure it.

use super::notation::{Field, Kind, Versions};

/// Where a value stands, which decides how its null is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In its place, in versions that have no null for it.
    Required,
    /// In its place, in versions that have a null for it.
    Nullable,
    /// In the section of tagged fields, which is always flexible.
    Tagged,
}

impl Place {
    fn has_null(self, field: &Field) -> bool {
        match self {
            Place::Required => false,
            Place::Nullable => true,
            Place::Tagged => field.nullable.is_some(),
        }
    }

    fn form(self, field: &Field) -> &'static str {
        match self {
            Place::Tagged => "Form::Flexible",
            _ if field.classic => "Form::Classic",
            _ => "form",
        }
    }
}

/// Kafka's name in Rust's spelling.
pub fn snake(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (index, &letter) in letters.iter().enumerate() {
        if letter.is_ascii_uppercase() && index > 0 {
            let before = letters[index - 1];
            let after = letters.get(index + 1);
            let word_starts = !before.is_ascii_uppercase()
                || after.is_some_and(|after| after.is_ascii_lowercase());
            if word_starts && before != '_' {
                out.push('_');
            }
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

pub fn member(field: &Field) -> String {
    let name = snake(&field.name);
    match name.as_str() {
        "type" | "match" | "async" | "move" | "ref" | "self" => format!("r#{name}"),
        _ => name,
    }
}

pub fn rust_struct(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// A test for `wanted`, given that the version is one of `around`. `None`: always true.
pub fn condition(wanted: Versions, around: Versions) -> Option<String> {
    match (wanted.low <= around.low, wanted.high >= around.high) {
        (true, true) => None,
        (true, false) => Some(format!("version <= {}", wanted.high)),
        (false, true) => Some(format!("version >= {}", wanted.low)),
        (false, false) if wanted.low == wanted.high => Some(format!("version == {}", wanted.low)),
        (false, false) => Some(format!("({}..={}).contains(&version)", wanted.low, wanted.high)),
    }
}

pub fn rust_type(field: &Field) -> String {
    let base = match &field.kind {
        Kind::Array(element) => format!("Vec<{}>", plain_type(element)),
        kind => plain_type(kind),
    };
    match (&field.kind, field.nullable.is_some()) {
        (Kind::Records, _) => "Option<Payload>".to_owned(),
        (_, false) => base,
        (Kind::Struct(_), true) => format!("Option<Box<{base}>>"),
        (_, true) => format!("Option<{base}>"),
    }
}

fn plain_type(kind: &Kind) -> String {
    match kind {
        Kind::Bool => "bool",
        Kind::Int8 => "i8",
        Kind::Int16 => "i16",
        Kind::Uint16 => "u16",
        Kind::Int32 => "i32",
        Kind::Uint32 => "u32",
        Kind::Int64 => "i64",
        Kind::Float64 => "f64",
        Kind::Uuid => "Uuid",
        Kind::String => "Str",
        Kind::Bytes => "Bytes",
        Kind::Records => "Payload",
        Kind::Struct(name) => return rust_struct(name),
        Kind::Array(element) => return format!("Vec<{}>", plain_type(element)),
    }
    .to_owned()
}

pub fn fixed_size(kind: &Kind) -> Option<usize> {
    match kind {
        Kind::Bool | Kind::Int8 => Some(1),
        Kind::Int16 | Kind::Uint16 => Some(2),
        Kind::Int32 | Kind::Uint32 => Some(4),
        Kind::Int64 | Kind::Float64 => Some(8),
        Kind::Uuid => Some(16),
        _ => None,
    }
}

/// Whether the default is null.
fn null_by_default(field: &Field) -> bool {
    field.default.as_deref() == Some("null") || field.kind == Kind::Records
}

pub fn default_value(field: &Field) -> String {
    if null_by_default(field) {
        return "None".to_owned();
    }
    let plain = match (&field.kind, field.default.as_deref()) {
        (Kind::Bool, value) => value.unwrap_or("false").to_owned(),
        (Kind::Float64, value) => value.unwrap_or("0.0").to_owned(),
        (Kind::Uuid, _) => "Uuid::ZERO".to_owned(),
        (Kind::String, None) => "Str::EMPTY".to_owned(),
        (Kind::String, Some(text)) => format!("Str::from_static({text})"),
        (Kind::Bytes, _) => "Bytes::new()".to_owned(),
        (Kind::Array(_), _) => "Vec::new()".to_owned(),
        (Kind::Struct(name), _) => format!("{}::default()", rust_struct(name)),
        (_, value) => match value {
            Some("-2147483648") => "i32::MIN".to_owned(),
            Some("2147483647") => "i32::MAX".to_owned(),
            Some("9223372036854775807") => "i64::MAX".to_owned(),
            value => value.unwrap_or("0").to_owned(),
        },
    };
    match (&field.kind, field.nullable.is_some()) {
        (_, false) => plain,
        (Kind::Struct(_), true) => format!("Some(Box::new({plain}))"),
        (_, true) => format!("Some({plain})"),
    }
}

/// Whether `#[derive(Default)]` gives what the definition says.
pub fn derives_default(fields: &[Field]) -> bool {
    fields.iter().all(|field| match field.nullable.is_some() || field.kind == Kind::Records {
        true => null_by_default(field),
        false => field.default.is_none(),
    })
}

/// A test whether the field holds something else than its default.
pub fn differs(field: &Field) -> String {
    let name = format!("self.{}", member(field));
    if null_by_default(field) {
        return format!("{name}.is_some()");
    }
    let nullable = field.nullable.is_some();
    match &field.kind {
        Kind::Bool if field.default.as_deref() == Some("true") => format!("!{name}"),
        Kind::Bool => name,
        Kind::String if field.default.is_some() => format!("{name} != {}", default_value(field)),
        Kind::String if nullable => {
            format!("{name}.as_ref().is_none_or(|text| !text.as_bytes().is_empty())")
        }
        Kind::String => format!("!{name}.as_bytes().is_empty()"),
        Kind::Bytes | Kind::Array(_) if nullable => {
            format!("{name}.as_ref().is_none_or(|items| !items.is_empty())")
        }
        Kind::Bytes | Kind::Array(_) => format!("!{name}.is_empty()"),
        Kind::Struct(kind) if nullable => {
            let kind = rust_struct(kind);
            format!("{name}.as_ref().is_none_or(|value| **value != {kind}::default())")
        }
        _ => format!("{name} != {}", default_value(field)),
    }
}

/// How a value is read where it may or may not be null.
pub fn read(field: &Field, place: Place) -> String {
    let form = place.form(field);
    let optional = field.nullable.is_some();
    let nullable = place.has_null(field);
    let call = match (&field.kind, nullable) {
        (Kind::String, false) => format!("reader.string({form})?"),
        (Kind::String, true) => format!("reader.nullable_string({form})?"),
        (Kind::Bytes, false) => format!("reader.bytes({form})?"),
        (Kind::Bytes, true) => format!("reader.nullable_bytes({form})?"),
        (Kind::Records, false) => return format!("reader.payload({form})?"),
        (Kind::Records, true) => format!("reader.nullable_payload({form})?"),
        (Kind::Array(_), false) => format!("reader.array(version, {form})?"),
        (Kind::Array(_), true) => format!("reader.nullable_array(version, {form})?"),
        (Kind::Struct(name), false) => format!("{}::decode(reader, version)?", rust_struct(name)),
        (Kind::Struct(_), true) if place == Place::Tagged => {
            "reader.tagged_nullable_struct(version)?".to_owned()
        }
        (Kind::Struct(_), true) => "reader.nullable_struct(version)?".to_owned(),
        (kind, _) => format!("reader.{}()?", plain_type(kind).to_lowercase()),
    };
    match (optional && !nullable, &field.kind) {
        (true, Kind::Struct(_)) => format!("Some(Box::new({call}))"),
        (true, _) => format!("Some({call})"),
        (false, _) => call,
    }
}

pub fn write(field: &Field, place: Place) -> String {
    let form = place.form(field);
    let name = format!("self.{}", member(field));
    let optional = field.nullable.is_some() || field.kind == Kind::Records;
    let null = format!(
        "let Some(value) = &{name} else {{ return Err(EncodeError::Null {{ field: \"{}\", version }}); }};",
        field.name
    );
    match (&field.kind, place.has_null(field)) {
        (Kind::String, true) => format!("writer.nullable_string({form}, {name}.as_ref())?;"),
        (Kind::Bytes, true) => format!("writer.nullable_bytes({form}, {name}.as_ref())?;"),
        (Kind::Records, true) => format!("writer.nullable_payload({form}, {name}.as_ref())?;"),
        (Kind::Array(_), true) => {
            format!("writer.nullable_array(version, {form}, {name}.as_deref())?;")
        }
        (Kind::Struct(_), true) if place == Place::Tagged => {
            format!("writer.tagged_nullable_struct(version, {name}.as_deref())?;")
        }
        (Kind::Struct(_), true) => format!("writer.nullable_struct(version, {name}.as_deref())?;"),
        (kind, false) => {
            let (value, before) = match optional {
                true => ("value".to_owned(), null.as_str()),
                false => (format!("&{name}"), ""),
            };
            match kind {
                Kind::String => format!("{before} writer.string({form}, {value})?;"),
                Kind::Bytes => format!("{before} writer.bytes({form}, {value})?;"),
                Kind::Records => format!("{before} writer.payload({form}, {value})?;"),
                Kind::Array(_) => format!("{before} writer.array(version, {form}, {value})?;"),
                Kind::Struct(_) if optional => format!("{before} value.encode(writer, version)?;"),
                Kind::Struct(_) => format!("{name}.encode(writer, version)?;"),
                kind => format!("writer.{}({name});", plain_type(kind).to_lowercase()),
            }
        }
        (kind, true) => unreachable!("{kind:?} cannot be null"),
    }
}

pub fn size(field: &Field, place: Place) -> String {
    let form = place.form(field);
    let name = format!("self.{}", member(field));
    let optional = field.nullable.is_some();
    if let Some(size) = fixed_size(&field.kind) {
        return size.to_string();
    }
    match (&field.kind, optional) {
        (Kind::String, false) => format!("string_size({form}, &{name})"),
        (Kind::String, true) => format!("nullable_string_size({form}, {name}.as_ref())"),
        (Kind::Bytes, false) => format!("bytes_size({form}, &{name})"),
        (Kind::Bytes, true) => format!("nullable_bytes_size({form}, {name}.as_ref())"),
        (Kind::Records, _) => format!("payload_size({form}, {name}.as_ref())"),
        (Kind::Array(_), false) => format!("array_size(version, {form}, &{name})"),
        (Kind::Array(_), true) => {
            format!("nullable_array_size(version, {form}, {name}.as_deref())")
        }
        (Kind::Struct(_), false) => format!("{name}.size(version)"),
        (Kind::Struct(_), true) if place.has_null(field) => {
            format!("nullable_struct_size(version, {name}.as_deref())")
        }
        (Kind::Struct(_), true) => {
            format!("{name}.as_deref().map_or(0, |value| value.size(version))")
        }
        _ => unreachable!("fixed sizes were handled above"),
    }
}

/// An expression that depends on whether the field may be null in the version at hand.
pub fn by_nullability(
    field: &Field,
    around: Versions,
    expression: &dyn Fn(Place) -> String,
) -> String {
    let Some(nullable) = field.nullable.and_then(|nullable| nullable.intersect(around)) else {
        return expression(Place::Required);
    };
    match condition(nullable, around) {
        None => expression(Place::Nullable),
        Some(test) => {
            format!(
                "if {test} {{ {} }} else {{ {} }}",
                expression(Place::Nullable),
                expression(Place::Required)
            )
        }
    }
}

/// The opposite of a condition that [`condition`] made.
pub fn negate(test: &str) -> String {
    match test.split_once(' ') {
        Some(("version", rest)) => match rest.split_once(' ') {
            Some((">=", bound)) => format!("version < {bound}"),
            Some(("<=", bound)) => format!("version > {bound}"),
            Some(("==", bound)) => format!("version != {bound}"),
            _ => format!("!({test})"),
        },
        _ => format!("!{test}"),
    }
}
