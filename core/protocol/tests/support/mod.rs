//! Bytes of any message, made from its definition and not from the generated code.
//!
//! The parser of the definitions is the generator's own; everything after it is written a second
//! time here, so that the generated code is compared with something that shares no line with it.

#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::disallowed_methods, reason = "tests read the definitions from the tree")]

#[path = "../../../../xtask/src/gen/notation.rs"]
pub mod notation;

use std::collections::BTreeMap;
use std::path::Path;

use notation::{Field, Kind, Section};

/// All messages by name.
pub fn sections() -> BTreeMap<String, Section> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("definitions");
    let mut all = Vec::new();
    for path in files(&folder) {
        let text = std::fs::read_to_string(&path).unwrap();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("api") => {
                let api = notation::parse_api(&path.display(), &text).unwrap();
                all.extend([api.request, api.response]);
            }
            _ => all.extend(notation::parse_record(&path.display(), &text).unwrap().sections),
        }
    }
    all.into_iter().map(|section| (section.name.clone(), section)).collect()
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found
}

/// Small deterministic generator (xorshift64*).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        (self.next() >> 11) % bound
    }
}

/// What the made message holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Every field its default.
    Defaults,
    /// Every field something else than its default, arrays of two elements.
    EveryField,
    /// The same, and in every flexible structure tags that nobody knows.
    EveryFieldAndUnknownTags,
    /// Whatever the dice say: nulls, empty and longer arrays, defaults.
    Dice,
}

pub struct Maker<'a> {
    section: &'a Section,
    version: i16,
    content: Content,
    random: Random,
}

/// Bytes of the message in that version.
pub fn make(section: &Section, version: i16, content: Content, seed: u64) -> Vec<u8> {
    let mut maker = Maker { section, version, content, random: Random::new(seed) };
    let mut out = Vec::new();
    maker.structure(&section.fields, content, &mut out);
    out
}

pub fn uvarint(mut value: u32, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

impl Maker<'_> {
    fn is_flexible(&self) -> bool {
        self.section.flexible.is_some_and(|from| self.version >= from)
    }

    fn structure(&mut self, fields: &[Field], content: Content, out: &mut Vec<u8>) {
        let version = self.version;
        let here = || fields.iter().filter(|field| field.versions.contains(version));
        for field in here().filter(|field| !field.is_tagged(version)) {
            self.value(field, content, out);
        }
        if !self.is_flexible() {
            return;
        }
        let mut tags: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
        for field in here().filter(|field| field.is_tagged(version)) {
            let (mut value, mut default) = (Vec::new(), Vec::new());
            self.value(field, content, &mut value);
            self.value(field, Content::Defaults, &mut default);
            if value != default {
                tags.insert(field.tag.unwrap().0, value);
            }
        }
        let with_unknown = match content {
            Content::EveryFieldAndUnknownTags => true,
            Content::Dice => self.random.below(4) == 0,
            Content::Defaults | Content::EveryField => false,
        };
        if with_unknown {
            tags.insert(40 + self.random.below(10) as u32, b"unknown".to_vec());
            tags.insert(90_000, vec![7; self.random.below(200) as usize]);
        }
        uvarint(tags.len() as u32, out);
        for (tag, value) in tags {
            uvarint(tag, out);
            uvarint(value.len() as u32, out);
            out.extend(value);
        }
    }

    fn length(&self, length: Option<usize>, wide: bool, compact: bool, out: &mut Vec<u8>) {
        match (compact, wide) {
            (true, _) => uvarint(length.map_or(0, |length| length as u32 + 1), out),
            (false, true) => {
                out.extend(length.map_or(-1i32, |length| length as i32).to_be_bytes());
            }
            (false, false) => {
                out.extend(length.map_or(-1i16, |length| length as i16).to_be_bytes());
            }
        }
    }

    fn value(&mut self, field: &Field, content: Content, out: &mut Vec<u8>) {
        let compact = (self.is_flexible() || field.is_tagged(self.version)) && !field.classic;
        let is_nullable = field.is_nullable(self.version);
        let null_by_default =
            field.default.as_deref() == Some("null") || field.kind == Kind::Records;
        let is_null = is_nullable
            && match content {
                Content::Defaults => null_by_default,
                Content::Dice => self.random.below(3) == 0,
                _ => false,
            };
        let content = match content {
            Content::Dice if self.random.below(4) == 0 => Content::Defaults,
            content => content,
        };
        match &field.kind {
            Kind::Struct(name) => {
                if is_nullable {
                    let tagged = field.is_tagged(self.version);
                    out.push(match (is_null, tagged) {
                        (false, _) => 1,
                        (true, true) => 0,
                        (true, false) => 0xff,
                    });
                }
                if !is_null {
                    self.structure(&self.fields_of(field, name), content, out);
                }
            }
            Kind::Array(element) => {
                let count = match content {
                    Content::Defaults => 0,
                    Content::Dice => self.random.below(4) as usize,
                    _ => 2,
                };
                self.length((!is_null).then_some(count), true, compact, out);
                for _ in 0..if is_null { 0 } else { count } {
                    match &**element {
                        Kind::Struct(name) => {
                            self.structure(&self.fields_of(field, name), content, out);
                        }
                        kind => self.plain(kind, content, None, compact, out),
                    }
                }
            }
            Kind::String | Kind::Bytes | Kind::Records if is_null => {
                self.length(None, field.kind != Kind::String, compact, out);
            }
            kind => {
                let default = field.default.as_deref().filter(|default| *default != "null");
                self.plain(kind, content, default, compact, out);
            }
        }
    }

    fn fields_of(&self, field: &Field, name: &str) -> Vec<Field> {
        if !field.fields.is_empty() {
            return field.fields.clone();
        }
        let shared = self.section.structs.iter().find(|(known, _)| known == name);
        shared.unwrap_or_else(|| panic!("{name} is not defined")).1.clone()
    }

    fn plain(
        &mut self,
        kind: &Kind,
        content: Content,
        default: Option<&str>,
        compact: bool,
        out: &mut Vec<u8>,
    ) {
        if content == Content::Defaults {
            return self.default(kind, default, compact, out);
        }
        let mut dice = self.random.next();
        // Something else than the default, which is a small number.
        let number: i64 = 0x1102_0304_0506_0708 | (dice >> 8 & 0x7e) as i64;
        match kind {
            Kind::Bool => out.push(u8::from(match content {
                Content::Dice => dice & 1 == 1,
                _ => default != Some("true"),
            })),
            Kind::Int8 => out.push(number as u8),
            Kind::Int16 | Kind::Uint16 => out.extend((number as u16).to_be_bytes()),
            Kind::Int32 | Kind::Uint32 => out.extend((number as u32).to_be_bytes()),
            Kind::Int64 => out.extend(number.to_be_bytes()),
            Kind::Float64 => out.extend((number as f64 / 3.0).to_be_bytes()),
            Kind::Uuid => {
                out.extend(number.to_be_bytes());
                out.extend(number.to_le_bytes());
            }
            Kind::String => {
                let text = "žluťoučký kůň ".repeat(1 + (dice % 12) as usize);
                self.length(Some(text.len()), false, compact, out);
                out.extend(text.bytes());
            }
            Kind::Bytes | Kind::Records => {
                let length = match content {
                    Content::Dice => dice % 3000,
                    _ => 1 + dice % 200,
                };
                self.length(Some(length as usize), true, compact, out);
                for _ in 0..length {
                    dice = dice.rotate_left(7);
                    out.push(dice as u8);
                }
            }
            Kind::Struct(_) | Kind::Array(_) => unreachable!("handled by the caller"),
        }
    }

    fn default(&self, kind: &Kind, default: Option<&str>, compact: bool, out: &mut Vec<u8>) {
        let number = || default.map_or(0i64, |text| text.parse().unwrap());
        match kind {
            Kind::Bool => out.push(u8::from(default == Some("true"))),
            Kind::Int8 => out.extend((number() as i8).to_be_bytes()),
            Kind::Int16 | Kind::Uint16 => out.extend((number() as i16).to_be_bytes()),
            Kind::Int32 | Kind::Uint32 => out.extend((number() as i32).to_be_bytes()),
            Kind::Int64 => out.extend(number().to_be_bytes()),
            Kind::Float64 => out.extend(0f64.to_be_bytes()),
            Kind::Uuid => out.extend([0; 16]),
            Kind::String => {
                assert_eq!(default, None, "no definition has a text for a default");
                self.length(Some(0), false, compact, out);
            }
            Kind::Bytes | Kind::Records => self.length(Some(0), true, compact, out),
            Kind::Struct(_) | Kind::Array(_) => unreachable!("handled by the caller"),
        }
    }
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let pairs = digits.chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}
