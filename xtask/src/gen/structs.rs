//! Writes the Rust of one message: its structures, and for each how it is read, written and
//! measured.
//!
//! Conditions on the version are simplified against the versions that the structure can meet, so
//! that a field that is always there has none. Fields stand in the order of the wire, which is
//! also the order in which Rust evaluates a struct expression.

use std::fmt::Write as _;

use super::expressions::{
    Place, by_nullability, condition, default_value, derives_default, differs, fixed_size, member,
    negate, read, rust_struct, rust_type, size, write,
};
use super::notation::{Field, Kind, Section, Versions};

struct Structure<'a> {
    name: String,
    fields: &'a [Field],
    versions: Versions,
}

fn collect<'a>(fields: &'a [Field], into: &mut Vec<Structure<'a>>) {
    for field in fields {
        if let (Some(name), false) = (field.structure(), field.fields.is_empty()) {
            into.push(Structure {
                name: rust_struct(name),
                fields: &field.fields,
                versions: field.versions,
            });
            collect(&field.fields, into);
        }
    }
}

/// All structures of a message, itself first.
fn structures(section: &Section) -> Result<Vec<Structure<'_>>, String> {
    let mut all = vec![Structure {
        name: section.name.clone(),
        fields: &section.fields,
        versions: section.versions,
    }];
    collect(&section.fields, &mut all);
    for (name, fields) in &section.structs {
        let versions = section.versions;
        all.push(Structure { name: rust_struct(name), fields, versions });
        collect(fields, &mut all);
    }
    for (index, structure) in all.iter().enumerate() {
        if all[..index].iter().any(|other| other.name == structure.name) {
            return Err(format!("{}: {} is defined twice", section.name, structure.name));
        }
        for field in structure.fields {
            if let Some(used) = field.structure().map(rust_struct)
                && !all.iter().any(|other| other.name == used)
            {
                return Err(format!("{}: {used} is not defined", section.name));
            }
        }
    }
    Ok(all)
}

struct Emitter<'a> {
    section: &'a Section,
    all: &'a [Structure<'a>],
    structure: &'a Structure<'a>,
}

impl Emitter<'_> {
    fn versions(&self) -> Versions {
        self.structure.versions
    }

    /// The versions of this structure that are flexible.
    fn flexible(&self) -> Option<Versions> {
        let low = self.section.flexible?;
        self.versions().intersect(Versions { low, high: i16::MAX })
    }

    /// The versions in which the field is written in its place, and those in which it is tagged.
    fn split(&self, field: &Field) -> (Option<Versions>, Option<Versions>) {
        let here = field.versions.intersect(self.versions());
        let Some(here) = here else { return (None, None) };
        match field.tag {
            None => (Some(here), None),
            Some((_, from)) => (
                here.intersect(Versions { low: 0, high: from - 1 }),
                here.intersect(Versions { low: from, high: i16::MAX }),
            ),
        }
    }

    fn tagged(&self) -> Vec<(&Field, u32, Versions)> {
        let mut tagged: Vec<_> = self
            .structure
            .fields
            .iter()
            .filter_map(|field| Some((field, field.tag?.0, self.split(field).1?)))
            .collect();
        tagged.sort_by_key(|(_, tag, _)| *tag);
        tagged
    }

    fn keeps_tags(&self) -> bool {
        self.flexible().is_some()
    }

    fn uses_form(&self) -> bool {
        let by_form = |field: &Field| {
            !field.classic
                && self.split(field).0.is_some()
                && match &field.kind {
                    Kind::Struct(_) => false,
                    kind => fixed_size(kind).is_none(),
                }
        };
        self.structure.fields.iter().any(by_form) || (self.keeps_tags() && self.tagged().is_empty())
    }

    fn let_form(&self) -> &'static str {
        if self.uses_form() { "let form = form(version);" } else { "" }
    }

    fn smallest(&self) -> usize {
        let of_version = |version: i16| {
            let fields = self.structure.fields.iter();
            let untagged = fields
                .filter(|field| field.versions.contains(version) && !field.is_tagged(version));
            let is_flexible = self.flexible().is_some_and(|range| range.contains(version));
            let one = |field: &Field| match &field.kind {
                kind if fixed_size(kind).is_some() => fixed_size(kind).unwrap_or(0),
                Kind::Struct(_) if field.is_nullable(version) => 1,
                Kind::Struct(name) => self.smallest_of(&rust_struct(name)),
                Kind::String if !is_flexible || field.classic => 2,
                _ if is_flexible => 1,
                _ => 4,
            };
            untagged.map(one).sum::<usize>() + usize::from(is_flexible)
        };
        self.versions().iter().map(of_version).min().unwrap_or(1).max(1)
    }

    fn smallest_of(&self, name: &str) -> usize {
        let structure = self.all.iter().find(|structure| structure.name == name);
        structure.map_or(0, |structure| Emitter { structure, ..*self }.smallest())
    }

    fn definition(&self, out: &mut String) {
        let derived = derives_default(self.structure.fields);
        let default = if derived { ", Default" } else { "" };
        let name = &self.structure.name;
        let _ = writeln!(out, "#[derive(Clone, Debug, PartialEq{default})]\npub struct {name} {{");
        for field in self.structure.fields {
            let _ = writeln!(out, "    pub {}: {},", member(field), rust_type(field));
        }
        if self.keeps_tags() {
            out.push_str("    pub unknown_tags: UnknownTags,\n");
        }
        out.push_str("}\n\n");
        if derived {
            return;
        }
        let _ = writeln!(out, "impl Default for {name} {{ fn default() -> {name} {{ {name} {{");
        for field in self.structure.fields {
            let _ = writeln!(out, "{}: {},", member(field), default_value(field));
        }
        if self.keeps_tags() {
            out.push_str("unknown_tags: UnknownTags::NONE,\n");
        }
        out.push_str("} } }\n\n");
    }

    fn decode(&self, out: &mut String) {
        let name = &self.structure.name;
        let tagged = self.tagged();
        let uses_reader = !self.structure.fields.is_empty() || self.keeps_tags();
        let reader = if uses_reader { "reader" } else { "_reader" };
        let mut body = String::new();
        for field in self.structure.fields {
            let value = match self.split(field).0 {
                None => default_value(field),
                Some(versions) => {
                    let value = by_nullability(field, versions, &|place| read(field, place));
                    match condition(versions, self.versions()) {
                        None => value,
                        Some(test) => {
                            format!("if {test} {{ {value} }} else {{ {} }}", default_value(field))
                        }
                    }
                }
            };
            let _ = writeln!(body, "{}: {value},", member(field));
        }
        if self.keeps_tags() {
            body.push_str(match tagged.is_empty() {
                true => "unknown_tags: UnknownTags::read_all(reader, form)?,\n",
                false => "unknown_tags: UnknownTags::NONE,\n",
            });
        }
        let mut text = self.let_form().to_owned();
        if tagged.is_empty() {
            let _ = writeln!(text, "Ok({name} {{ {body} }})");
        } else {
            let _ = writeln!(text, "let mut message = {name} {{ {body} }};");
            let loop_body = self.decode_tags(&tagged);
            match self.flexible().and_then(|range| condition(range, self.versions())) {
                None => text.push_str(&loop_body),
                Some(test) => {
                    let _ = writeln!(text, "if {test} {{ {loop_body} }}");
                }
            }
            text.push_str("Ok(message)\n");
        }
        let version = if text.contains("version") { "version" } else { "_version" };
        let _ = writeln!(
            out,
            "fn decode({reader}: &mut Reader, {version}: i16) -> Result<{name}, DecodeError> {{ {text} }}\n"
        );
    }

    fn decode_tags(&self, tagged: &[(&Field, u32, Versions)]) -> String {
        let around = self.flexible().unwrap_or(self.versions());
        let mut arms = String::new();
        for &(field, tag, versions) in tagged {
            let value = read(field, Place::Tagged);
            match condition(versions, around) {
                None => {
                    let _ = writeln!(arms, "{tag} => message.{} = {value},", member(field));
                }
                Some(test) => {
                    let _ =
                        writeln!(arms, "{tag} if {test} => message.{} = {value},", member(field));
                    let _ = writeln!(
                        arms,
                        "{tag} => return Err(DecodeError::TagNotInVersion {{ at: reader.position(), tag, version }}),"
                    );
                }
            }
        }
        format!(
            "for _ in 0..reader.uvarint()? {{ let (tag, length) = reader.tag()?; match tag {{ {arms} _ => message.unknown_tags.read(reader, tag, length)?, }} }}\n"
        )
    }

    fn encode(&self, out: &mut String) {
        let mut text = self.let_form().to_owned();
        for field in self.structure.fields {
            let (plain, tagged) = self.split(field);
            if let Some(versions) = plain {
                let value = by_nullability(field, versions, &|place| write(field, place));
                match condition(versions, self.versions()) {
                    None => text.push_str(&value),
                    Some(test) => {
                        let _ = writeln!(text, "if {test} {{ {value} }}");
                    }
                }
            }
            let nowhere = match (plain, tagged) {
                (Some(plain), Some(tagged)) => Versions { low: plain.low, high: tagged.high },
                (Some(one), None) | (None, Some(one)) => one,
                (None, None) => continue,
            };
            if let (false, Some(test)) = (field.ignorable, condition(nowhere, self.versions())) {
                let test = negate(&test);
                let _ = writeln!(
                    text,
                    "if {test} && {} {{ return Err(EncodeError::FieldNotInVersion {{ field: \"{}\", version }}); }}",
                    differs(field),
                    field.name
                );
            }
        }
        if self.keeps_tags() {
            text.push_str(&self.encode_tags());
        }
        text.push_str("Ok(())");
        let version = if text.contains("version") { "version" } else { "_version" };
        let writer = if text.contains("writer") { "writer" } else { "_writer" };
        let _ = writeln!(
            out,
            "fn encode(&self, {writer}: &mut Writer, {version}: i16) -> Result<(), EncodeError> {{ {text} }}\n"
        );
    }

    fn encode_tags(&self) -> String {
        let tagged = self.tagged();
        if tagged.is_empty() {
            return "self.unknown_tags.write_all(writer, version, form)?;\n".to_owned();
        }
        let around = self.flexible().unwrap_or(self.versions());
        let present = |field: &Field, versions: Versions| match condition(versions, around) {
            None => differs(field),
            Some(test) => format!("{test} && {}", differs(field)),
        };
        let mut text = "let mut count = self.unknown_tags.len();\n".to_owned();
        for &(field, _, versions) in &tagged {
            let _ = writeln!(text, "if {} {{ count += 1; }}", present(field, versions));
        }
        text.push_str("writer.uvarint(count as u32);\n");
        let mut next = 0;
        for &(field, tag, versions) in &tagged {
            if tag != next {
                let _ =
                    writeln!(text, "self.unknown_tags.write_between(writer, {next}, Some({tag}));");
            }
            let size = size(field, Place::Tagged);
            let size = match size.parse::<usize>() {
                Ok(size) => size.to_string(),
                Err(_) => format!("({size}) as u32"),
            };
            let _ = writeln!(
                text,
                "if {} {{ writer.uvarint({tag}); writer.uvarint({size}); {} }}",
                present(field, versions),
                write(field, Place::Tagged)
            );
            next = tag + 1;
        }
        let _ = writeln!(text, "self.unknown_tags.write_between(writer, {next}, None);");
        match self.flexible().and_then(|range| condition(range, self.versions())) {
            None => text,
            Some(test) => {
                format!("if {test} {{ {text} }} else {{ self.unknown_tags.refuse(version)?; }}\n")
            }
        }
    }

    fn size(&self, out: &mut String) {
        let mut always = 0;
        let mut text = String::new();
        for field in self.structure.fields {
            let Some(versions) = self.split(field).0 else { continue };
            let test = condition(versions, self.versions());
            if let (Some(size), None) = (fixed_size(&field.kind), &test) {
                always += size;
                continue;
            }
            let value = match &field.kind {
                Kind::Struct(_) => by_nullability(field, versions, &|place| size(field, place)),
                _ => size(field, Place::Required),
            };
            match test {
                None => {
                    let _ = writeln!(text, "size += {value};");
                }
                Some(test) => {
                    let _ = writeln!(text, "if {test} {{ size += {value}; }}");
                }
            }
        }
        if self.keeps_tags() {
            text.push_str(&self.size_tags());
        }
        let version =
            if text.contains("version") || text.contains("form") { "version" } else { "_version" };
        let let_form = if text.contains("form") { self.let_form() } else { "" };
        let body = match text.is_empty() {
            true => always.to_string(),
            false => format!("{let_form} let mut size = {always}; {text} size"),
        };
        let _ = writeln!(out, "fn size(&self, {version}: i16) -> usize {{ {body} }}");
    }

    fn size_tags(&self) -> String {
        let tagged = self.tagged();
        if tagged.is_empty() {
            return "size += self.unknown_tags.size_all(form);\n".to_owned();
        }
        let around = self.flexible().unwrap_or(self.versions());
        let mut text = "let mut count = self.unknown_tags.len();\n".to_owned();
        for &(field, tag, versions) in &tagged {
            let test = match condition(versions, around) {
                None => differs(field),
                Some(test) => format!("{test} && {}", differs(field)),
            };
            let _ = writeln!(
                text,
                "if {test} {{ count += 1; size += tagged_size({tag}, {}); }}",
                size(field, Place::Tagged)
            );
        }
        text.push_str("size += uvarint_size(count as u32) + self.unknown_tags.size();\n");
        match self.flexible().and_then(|range| condition(range, self.versions())) {
            None => text,
            Some(test) => format!("if {test} {{ {text} }}\n"),
        }
    }
}

fn has_records(fields: &[Field]) -> bool {
    fields.iter().any(|field| field.kind == Kind::Records || has_records(&field.fields))
}

/// The whole module of one message, unformatted.
pub fn module(section: &Section, source: &str) -> Result<String, String> {
    let all = structures(section)?;
    let mut body = String::new();
    for structure in &all {
        let emitter = Emitter { section, all: &all, structure };
        emitter.definition(&mut body);
        let smallest = emitter.smallest();
        let _ = writeln!(
            body,
            "impl Message for {} {{ const SMALLEST: usize = {smallest};\n",
            structure.name
        );
        emitter.decode(&mut body);
        emitter.encode(&mut body);
        emitter.size(&mut body);
        body.push_str("}\n\n");
    }
    let Versions { low, high } = section.versions;
    let flexible = section.flexible.map_or("None".to_owned(), |from| format!("Some({from})"));
    let name = &section.name;
    let payload =
        has_records(&section.fields) || section.structs.iter().any(|(_, all)| has_records(all));
    let _ = writeln!(
        body,
        "impl TopLevel for {name} {{
            const NAME: &'static str = \"{name}\";
            const VERSIONS: std::ops::RangeInclusive<i16> = {low}..={high};
            const FLEXIBLE_FROM: Option<i16> = {flexible};
            const HAS_PAYLOAD: bool = {payload};
        }}\n"
    );
    if body.contains("form(version)") {
        let choose = match section.flexible {
            None => "Form::Classic".to_owned(),
            Some(from) if from <= low => "Form::Flexible".to_owned(),
            Some(from) => {
                format!("if version >= {from} {{ Form::Flexible }} else {{ Form::Classic }}")
            }
        };
        let version = if choose.contains("version") { "version" } else { "_version" };
        let _ = writeln!(body, "fn form({version}: i16) -> Form {{ {choose} }}");
    }
    let mut out = format!("//! {name}, versions {low} to {high}.\n//!\n");
    let _ =
        writeln!(out, "//! Generated from `{source}` by `cargo gen`; edit that file instead.\n");
    out.push_str(&imports(&body));
    out.push_str(&body);
    Ok(out)
}

fn imports(body: &str) -> String {
    let used = |name: &str| {
        body.match_indices(name).any(|(at, _)| {
            let before = body[..at].chars().next_back();
            let after = body[at + name.len()..].chars().next();
            let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
            !is_word(before) && !is_word(after) && before != Some('.')
        })
    };
    let pick = |names: &[&'static str]| -> Vec<&'static str> {
        names.iter().copied().filter(|name| used(name)).collect()
    };
    let mut out = String::new();
    let base = pick(&["Str", "Uuid"]);
    if !base.is_empty() {
        let _ = writeln!(out, "use base::{{{}}};", base.join(", "));
    }
    if used("Bytes") {
        out.push_str("use bytes::Bytes;\n");
    }
    let wire = pick(&[
        "DecodeError",
        "EncodeError",
        "Form",
        "Message",
        "Payload",
        "Reader",
        "TopLevel",
        "UnknownTags",
        "Writer",
        "array_size",
        "bytes_size",
        "nullable_array_size",
        "nullable_bytes_size",
        "nullable_string_size",
        "nullable_struct_size",
        "payload_size",
        "string_size",
        "tagged_size",
        "uvarint_size",
    ]);
    let _ = writeln!(out, "\nuse crate::wire::{{{}}};\n", wire.join(", "));
    out
}
