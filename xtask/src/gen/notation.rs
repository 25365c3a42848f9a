//! The notation in which messages are written down, and its parser.
//!
//! One file describes one API or one record. Lines that begin a file or a section say what it is;
//! an indented line is a field, two spaces deeper than the field whose structure it belongs to:
//!
//! ```text
//! api 0 Produce                     key and name
//! serves 3-13                       versions that Apache Kafka 4.3 serves
//! unstable 14                       versions that exist and are not served by default
//! legacy 0                          lowest version that old clients need
//! flexible 9                        first version with compact lengths and tagged fields, or none
//! listeners broker controller
//!
//! request
//!   Name   type   versions   attributes
//! ```
//!
//! - A type is `bool int8 int16 uint16 int32 uint32 int64 float64 uuid string bytes records`, the
//!   name of a structure, or `[]` and one of these. `?` after it says that it may be null, `?2-7`
//!   that it may be null in these versions only.
//! - Versions are `3`, `3+` or `3-7`; none means wherever the structure around it exists.
//! - `tag 0` makes it a tagged field, `tag 0 from 12` only from that version on; `= value` is the
//!   default (zero, empty otherwise); `ignorable` says that it may be lost silently in a version
//!   that lacks it; `classic` that its length is never compact.
//! - `struct Name` in a section defines a structure that several fields use.
//!
//! A record file begins with `record 3 PartitionRecord` (the number is its type, and may be
//! missing), and its sections are `message`, or `key` and `value`, each with a name of its own:
//! `value OffsetCommitValue versions 0-4 flexible 4`.

use std::fmt::Display;

/// An inclusive range of versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions {
    pub low: i16,
    pub high: i16,
}

impl Versions {
    pub fn contains(self, version: i16) -> bool {
        (self.low..=self.high).contains(&version)
    }

    pub fn intersect(self, other: Versions) -> Option<Versions> {
        let both = Versions { low: self.low.max(other.low), high: self.high.min(other.high) };
        (both.low <= both.high).then_some(both)
    }

    pub fn iter(self) -> std::ops::RangeInclusive<i16> {
        self.low..=self.high
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Bool,
    Int8,
    Int16,
    Uint16,
    Int32,
    Uint32,
    Int64,
    Float64,
    Uuid,
    String,
    Bytes,
    Records,
    Struct(String),
    Array(Box<Kind>),
}

#[derive(Clone, Debug)]
pub struct Field {
    pub name: String,
    pub kind: Kind,
    /// Versions in which the field exists, within those of the structure around it.
    pub versions: Versions,
    /// Versions in which it may be null.
    pub nullable: Option<Versions>,
    /// Its tag, and the first version in which it is tagged.
    pub tag: Option<(u32, i16)>,
    pub default: Option<String>,
    pub ignorable: bool,
    pub classic: bool,
    /// Fields of the structure that this field defines.
    pub fields: Vec<Field>,
}

impl Field {
    pub fn is_tagged(&self, version: i16) -> bool {
        self.tag.is_some_and(|(_, from)| version >= from)
    }

    pub fn is_nullable(&self, version: i16) -> bool {
        self.nullable.is_some_and(|versions| versions.contains(version))
    }

    /// The structure that the field holds one or many of.
    pub fn structure(&self) -> Option<&str> {
        match &self.kind {
            Kind::Struct(name) => Some(name),
            Kind::Array(element) => match &**element {
                Kind::Struct(name) => Some(name),
                _ => None,
            },
            _ => None,
        }
    }
}

/// One message: a request, a response, a record's key or value.
#[derive(Clone, Debug)]
pub struct Section {
    /// `request`, `response`, `message`, `key` or `value`.
    pub kind: String,
    pub name: String,
    pub versions: Versions,
    pub flexible: Option<i16>,
    pub fields: Vec<Field>,
    /// Structures that several fields use.
    pub structs: Vec<(String, Vec<Field>)>,
}

#[derive(Clone, Debug)]
pub struct Api {
    pub key: i16,
    pub name: String,
    pub serves: Versions,
    pub unstable: Option<Versions>,
    pub legacy: Option<i16>,
    pub flexible: Option<i16>,
    pub listeners: Vec<String>,
    pub request: Section,
    pub response: Section,
}

#[derive(Clone, Debug)]
pub struct Record {
    pub id: Option<i16>,
    pub name: String,
    pub sections: Vec<Section>,
}

struct Line<'a> {
    number: usize,
    indent: usize,
    words: Vec<&'a str>,
}

fn lines(text: &str) -> Vec<Line<'_>> {
    text.lines()
        .enumerate()
        .map(|(index, line)| Line {
            number: index + 1,
            indent: line.len() - line.trim_start().len(),
            words: line.split_whitespace().collect(),
        })
        .filter(|line| !line.words.is_empty() && !line.words[0].starts_with('#'))
        .collect()
}

fn number<T: std::str::FromStr>(word: &str) -> Result<T, String> {
    word.parse().map_err(|_| format!("`{word}` is not a number"))
}

fn versions(word: &str, high: i16) -> Result<Versions, String> {
    let range = if let Some(low) = word.strip_suffix('+') {
        Versions { low: number(low)?, high }
    } else if let Some((low, high)) = word.split_once('-') {
        Versions { low: number(low)?, high: number(high)? }
    } else {
        Versions { low: number(word)?, high: number(word)? }
    };
    match range.low <= range.high {
        true => Ok(range),
        false => Err(format!("`{word}` is no range of versions")),
    }
}

fn flexible(word: &str) -> Result<Option<i16>, String> {
    if word == "none" { Ok(None) } else { number(word).map(Some) }
}

fn kind(word: &str) -> Kind {
    if let Some(element) = word.strip_prefix("[]") {
        return Kind::Array(Box::new(kind(element)));
    }
    match word {
        "bool" => Kind::Bool,
        "int8" => Kind::Int8,
        "int16" => Kind::Int16,
        "uint16" => Kind::Uint16,
        "int32" => Kind::Int32,
        "uint32" => Kind::Uint32,
        "int64" => Kind::Int64,
        "float64" => Kind::Float64,
        "uuid" => Kind::Uuid,
        "string" => Kind::String,
        "bytes" => Kind::Bytes,
        "records" => Kind::Records,
        name => Kind::Struct(name.to_owned()),
    }
}

fn field(words: &[&str], around: Versions) -> Result<Field, String> {
    let [name, type_word, rest @ ..] = words else {
        return Err("a field is a name and a type".to_owned());
    };
    let mut rest = rest.iter().copied().peekable();
    let own = rest.next_if(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    let own = own.map_or(Ok(around), |word| versions(word, around.high))?;
    let own = own.intersect(around).ok_or("the structure around the field has no such version")?;
    let (type_word, nullable) = match type_word.split_once('?') {
        None => (*type_word, None),
        Some((type_word, "")) => (type_word, Some(own)),
        Some((type_word, range)) => (type_word, Some(versions(range, own.high)?)),
    };
    let mut field = Field {
        name: (*name).to_owned(),
        kind: kind(type_word),
        versions: own,
        nullable,
        tag: None,
        default: None,
        ignorable: false,
        classic: false,
        fields: Vec::new(),
    };
    while let Some(word) = rest.next() {
        match word {
            "tag" => {
                let tag = number(rest.next().ok_or("`tag` wants a number")?)?;
                let from = match rest.next_if_eq(&"from") {
                    Some(_) => number(rest.next().ok_or("`from` wants a version")?)?,
                    None => own.low,
                };
                field.tag = Some((tag, from));
            }
            "=" => field.default = Some(rest.next().ok_or("`=` wants a value")?.to_owned()),
            "ignorable" => field.ignorable = true,
            "classic" => field.classic = true,
            word => return Err(format!("`{word}` is no attribute")),
        }
    }
    Ok(field)
}

/// Reads the fields at `indent` and what is below them.
fn fields(lines: &mut &[Line<'_>], indent: usize, around: Versions) -> Result<Vec<Field>, String> {
    let mut fields_here: Vec<Field> = Vec::new();
    while let [line, rest @ ..] = *lines {
        if line.indent < indent || line.words[0] == "struct" {
            break;
        }
        if line.indent > indent {
            let parent = fields_here.last_mut();
            let parent = parent.ok_or_else(|| format!("line {}: too deep", line.number))?;
            parent.fields = fields(lines, line.indent, parent.versions)?;
            continue;
        }
        let read = field(&line.words, around);
        fields_here.push(read.map_err(|error| format!("line {}: {error}", line.number))?);
        *lines = rest;
    }
    Ok(fields_here)
}

fn section_body(lines: &mut &[Line<'_>], section: &mut Section) -> Result<(), String> {
    section.fields = fields(lines, 2, section.versions)?;
    while let [line, rest @ ..] = *lines {
        match line.words[..] {
            ["struct", name] if line.indent == 2 => {
                *lines = rest;
                let body = fields(lines, 4, section.versions)?;
                section.structs.push((name.to_owned(), body));
            }
            _ => break,
        }
    }
    Ok(())
}

fn at<T>(path: &dyn Display, result: Result<T, String>) -> Result<T, String> {
    result.map_err(|error| format!("could not read {path}: {error}"))
}

pub fn parse_api(path: &dyn Display, text: &str) -> Result<Api, String> {
    at(path, api(text))
}

fn api(text: &str) -> Result<Api, String> {
    let all = lines(text);
    let mut rest = &all[..];
    let (mut head, mut serves, mut unstable) = (None, None, None);
    let (mut legacy, mut first_flexible, mut listeners) = (None, None, Vec::new());
    while let [line, tail @ ..] = rest {
        match line.words[..] {
            ["api", key, name] => head = Some((number(key)?, name.to_owned())),
            ["serves", word] => serves = Some(versions(word, i16::MAX)?),
            ["unstable", word] => unstable = Some(versions(word, i16::MAX)?),
            ["legacy", word] => legacy = Some(number(word)?),
            ["flexible", word] => first_flexible = Some(flexible(word)?),
            ["listeners", ref words @ ..] => {
                listeners = words.iter().map(|&word| word.to_owned()).collect();
            }
            _ => break,
        }
        rest = tail;
    }
    let (key, name) = head.ok_or("the first line is `api KEY NAME`")?;
    let serves = serves.ok_or("`serves` is missing")?;
    let flexible = first_flexible.ok_or("`flexible` is missing")?;
    let all_versions = Versions {
        low: legacy.unwrap_or(serves.low),
        high: unstable.map_or(serves.high, |range: Versions| range.high),
    };
    let mut section = |kind: &str, suffix: &str| -> Result<Section, String> {
        match rest {
            [line, tail @ ..] if line.words == [kind] => rest = tail,
            _ => return Err(format!("section `{kind}` is missing")),
        }
        let mut section = Section {
            kind: kind.to_owned(),
            name: format!("{name}{suffix}"),
            versions: all_versions,
            flexible,
            fields: Vec::new(),
            structs: Vec::new(),
        };
        section_body(&mut rest, &mut section)?;
        Ok(section)
    };
    let request = section("request", "Request")?;
    let response = section("response", "Response")?;
    if let [line, ..] = rest {
        return Err(format!("line {}: nothing was expected here", line.number));
    }
    Ok(Api { key, name, serves, unstable, legacy, flexible, listeners, request, response })
}

pub fn parse_record(path: &dyn Display, text: &str) -> Result<Record, String> {
    at(path, record(text))
}

fn record(text: &str) -> Result<Record, String> {
    let all = lines(text);
    let [first, rest @ ..] = &all[..] else { return Err("it is empty".to_owned()) };
    let (id, name) = match first.words[..] {
        ["record", id, name] => (Some(number(id)?), name),
        ["record", name] => (None, name),
        _ => return Err("the first line is `record [TYPE] NAME`".to_owned()),
    };
    let mut rest = rest;
    let mut sections = Vec::new();
    while let [line, tail @ ..] = rest {
        let [kind, name, "versions", range, "flexible", from] = line.words[..] else {
            return Err(format!("line {}: a section was expected", line.number));
        };
        rest = tail;
        let mut section = Section {
            kind: kind.to_owned(),
            name: name.to_owned(),
            versions: versions(range, i16::MAX)?,
            flexible: flexible(from)?,
            fields: Vec::new(),
            structs: Vec::new(),
        };
        section_body(&mut rest, &mut section)?;
        sections.push(section);
    }
    let kinds: Vec<&str> = sections.iter().map(|section| section.kind.as_str()).collect();
    if kinds != ["message"] && kinds != ["key", "value"] {
        return Err("the sections of a record are `message`, or `key` and `value`".to_owned());
    }
    Ok(Record { id, name: name.to_owned(), sections })
}
