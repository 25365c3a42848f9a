//! Reads `server.properties` by the rules of `java.util.Properties`.
//!
//! A logical line is a natural line and those that continue it: a line continues where it ends with
//! an odd number of backslashes, and the blanks that begin the next one do not count. `#` or `!` as
//! the first character makes a comment, which never continues. A name ends at the first `=`, `:` or
//! blank that no backslash protects. `\t`, `\n`, `\r`, `\f` and `\uXXXX` mean what they mean in Java,
//! and any other character after a backslash means itself.
//!
//! One thing is different on purpose: Java takes every file for ISO-8859-1. A file with bytes beyond
//! ASCII that is valid UTF-8 was written as UTF-8, and is read so; only what is no UTF-8 is
//! ISO-8859-1.

use std::collections::BTreeMap;
use std::fmt;

/// One entry, with the number of the line on which it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    pub text: String,
    /// Counted from 1.
    pub line: usize,
}

/// The entries of a file in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Properties {
    pub entries: Vec<Entry>,
}

/// A `\u` that is not followed by four hexadecimal digits, the only thing that can be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MalformedEscape {
    pub line: usize,
}

impl fmt::Display for MalformedEscape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "line {}: `\\u` must be followed by four hexadecimal digits; write `\\\\` for a backslash",
            self.line
        )
    }
}

impl std::error::Error for MalformedEscape {}

impl Properties {
    /// # Errors
    /// Names the line of the first malformed escape.
    pub fn parse(bytes: &[u8]) -> Result<Properties, MalformedEscape> {
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => bytes.iter().copied().map(char::from).collect(),
        };
        let mut entries = Vec::new();
        for logical in logical_lines(text.strip_prefix('\u{feff}').unwrap_or(&text)) {
            let (name, value) = split_entry(&logical.text);
            let unescaped = |part| unescape(part).ok_or(MalformedEscape { line: logical.number });
            entries.push(Entry {
                name: unescaped(name)?,
                text: unescaped(value)?,
                line: logical.number,
            });
        }
        Ok(Properties { entries })
    }

    /// Names and texts; of entries with the same name the last one counts.
    pub fn to_map(&self) -> BTreeMap<String, String> {
        self.entries.iter().map(|entry| (entry.name.clone(), entry.text.clone())).collect()
    }

    /// The line on which the entry that counts begins.
    pub fn line_of(&self, name: &str) -> Option<usize> {
        self.entries.iter().rev().find(|entry| entry.name == name).map(|entry| entry.line)
    }

    /// Entries that a later one with the same name hides.
    pub fn hidden(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().enumerate().filter_map(|(index, entry)| {
            let is_hidden = self.entries[index + 1..].iter().any(|later| later.name == entry.name);
            is_hidden.then_some(entry)
        })
    }
}

struct Logical {
    text: String,
    number: usize,
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{c}')
}

/// A backslash that stands alone on a line begins nothing yet, so that a comment or a blank line after
/// it is still one.
fn logical_lines(text: &str) -> Vec<Logical> {
    let mut lines = Vec::new();
    let mut open = Logical { text: String::new(), number: 0 };
    for (index, natural) in natural_lines(text).into_iter().enumerate() {
        let begun = natural.trim_start_matches(is_blank);
        if open.text.is_empty() {
            open.number = index + 1;
            if begun.is_empty() || begun.starts_with(['#', '!']) {
                continue;
            }
        }
        let backslashes = begun.len() - begun.trim_end_matches('\\').len();
        if backslashes % 2 == 1 {
            open.text.push_str(&begun[..begun.len() - 1]);
        } else {
            open.text.push_str(begun);
            lines.push(std::mem::replace(&mut open, Logical { text: String::new(), number: 0 }));
        }
    }
    // A backslash that ends the file continues on nothing.
    if !open.text.is_empty() {
        lines.push(open);
    }
    lines
}

/// Lines that end with `\n`, `\r` or both.
fn natural_lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(end) = rest.find(['\n', '\r']) {
        lines.push(&rest[..end]);
        let length = if rest[end..].starts_with("\r\n") { 2 } else { 1 };
        rest = &rest[end + length..];
    }
    lines.push(rest);
    lines
}

/// The name and the value of a logical line, both still escaped.
fn split_entry(line: &str) -> (&str, &str) {
    let mut is_escaped = false;
    let end = line
        .char_indices()
        .find(|(_, c)| {
            let ends = !is_escaped && (matches!(c, '=' | ':') || is_blank(*c));
            is_escaped = !is_escaped && *c == '\\';
            ends
        })
        .map_or(line.len(), |(index, _)| index);
    let rest = line[end..].trim_start_matches(is_blank);
    let value = rest.strip_prefix(['=', ':']).unwrap_or(rest);
    (&line[..end], value.trim_start_matches(is_blank))
}

/// None where a `\u` is malformed. Two escapes may make one character, as in UTF-16; half a pair
/// becomes the replacement character, because our texts cannot hold it.
pub(super) fn unescape(text: &str) -> Option<String> {
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut chars = text.chars();
    let mut buffer = [0; 2];
    while let Some(c) = chars.next() {
        let plain = match c {
            '\\' => match chars.next() {
                None => break,
                Some('u') => {
                    units.push(four_digits(&mut chars)?);
                    continue;
                }
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('f') => '\u{c}',
                Some(other) => other,
            },
            other => other,
        };
        units.extend_from_slice(plain.encode_utf16(&mut buffer));
    }
    Some(String::from_utf16_lossy(&units))
}

fn four_digits(chars: &mut std::str::Chars<'_>) -> Option<u16> {
    let mut unit = 0;
    for _ in 0..4 {
        let digit = chars.next()?.to_digit(16)?;
        unit = unit * 16 + u16::try_from(digit).ok()?;
    }
    Some(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &[u8]) -> Vec<(String, String)> {
        let properties = Properties::parse(text).unwrap();
        properties.entries.into_iter().map(|entry| (entry.name, entry.text)).collect()
    }

    fn pair(name: &str, text: &str) -> (String, String) {
        (name.to_owned(), text.to_owned())
    }

    #[test]
    fn names_end_at_an_equals_sign_a_colon_or_a_blank() {
        assert_eq!(
            pairs(b"a=1\nb:2\nc 3\n  d\t= 4 \ne\nf==5\ng\\=h\\ i = 6\nj = \\ 7"),
            [
                pair("a", "1"),
                pair("b", "2"),
                pair("c", "3"),
                pair("d", "4 "),
                pair("e", ""),
                pair("f", "=5"),
                pair("g=h i", "6"),
                pair("j", " 7"),
            ]
        );
    }

    #[test]
    fn a_backslash_at_the_end_continues_a_line_but_no_comment() {
        assert_eq!(
            pairs(b"# a comment \\\na = x,\\\r\n    y,\\\n#z\nb = c:\\\\\n! other\n\nd = 1\\"),
            [pair("a", "x,y,#z"), pair("b", "c:\\"), pair("d", "1")]
        );
    }

    #[test]
    fn a_blank_line_ends_what_it_continues() {
        assert_eq!(pairs(b"a = 1\\\n\nb = 2"), [pair("a", "1"), pair("b", "2")]);
    }

    #[test]
    fn a_backslash_alone_begins_nothing() {
        assert_eq!(pairs(b"\\\n# comment\n\\\n\n\\\na = 1"), [pair("a", "1")]);
        assert_eq!(Properties::parse(b"\\\n\n\na = 1").unwrap().line_of("a"), Some(4));
    }

    #[test]
    fn escapes_are_those_of_java() {
        assert_eq!(pairs(b"a = \\t\\u00e9\\q\\uD83D\\uDE00"), [pair("a", "\t\u{e9}q\u{1f600}")]);
        let error = Properties::parse(b"a = 1\n\nb = \\u12").unwrap_err();
        assert_eq!(error.line, 3);
        assert!(error.to_string().starts_with("line 3: "));
    }

    #[test]
    fn bytes_beyond_ascii_are_utf8_if_they_can_be() {
        assert_eq!(pairs("a = ř".as_bytes()), [pair("a", "ř")]);
        assert_eq!(pairs(b"a = \xe9"), [pair("a", "\u{e9}")]);
    }

    #[test]
    fn of_two_entries_with_one_name_the_last_counts() {
        let properties = Properties::parse(b"a = 1\nb = 2\na = 3").unwrap();
        assert_eq!(properties.to_map()["a"], "3");
        assert_eq!(properties.line_of("a"), Some(3));
        assert_eq!(properties.hidden().map(|entry| entry.line).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn any_bytes_are_read_without_a_panic() {
        let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
        let alphabet = b"ab=: \t\\\n\r#!u0f\xe9\xff,";
        for _ in 0..20_000 {
            let mut bytes = Vec::new();
            for _ in 0..24 {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                bytes.push(alphabet[(state % alphabet.len() as u64) as usize]);
            }
            let _ = Properties::parse(&bytes);
        }
    }
}
