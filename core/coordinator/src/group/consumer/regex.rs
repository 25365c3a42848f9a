//! Regular expressions of subscriptions: RE2's syntax on the `regex` crate
//! (docs/decisions/2026-11-27-regular-expressions.md).
//!
//! The crate is RE2's cousin, and what both know both mean. [`Translation`] walks an expression once
//! and writes it anew: what RE2 takes literally is escaped, what only RE2 knows is spelled out, what
//! only the crate knows is refused. The descriptions of errors are RE2/J's.

use std::collections::BTreeSet;
use std::iter::Peekable;
use std::str::Chars;

use regex::{Regex, RegexBuilder};

/// RE2's own bound for `{n,m}`.
const REPEAT_MAX: u32 = 1000;

/// The size of a program, to which the time is proportional that it takes to build, and to match a name.
/// A list of names as long as an expression can be has room in it.
const PROGRAM_BYTES_MAX: usize = 2 * 1024 * 1024;

const ESCAPE: &str = "invalid escape sequence";
const RANGE: &str = "invalid character class range";
const PERL: &str = "invalid or unsupported Perl syntax";
const REPEAT_SIZE: &str = "invalid repeat count";

/// An expression that whole topic names are held against.
pub(crate) struct TopicRegex(Regex);

impl TopicRegex {
    /// # Errors
    /// What is wrong with the expression, in RE2/J's words.
    pub(crate) fn parse(text: &str) -> Result<TopicRegex, String> {
        let translated = Translation::new(text).whole()?;
        let mut builder = RegexBuilder::new(&format!(r"\A(?:{translated})\z"));
        builder.size_limit(PROGRAM_BYTES_MAX).build().map(TopicRegex).map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => REPEAT_SIZE.to_owned(),
            // All that is left to find is a Unicode class that nobody knows.
            _ => RANGE.to_owned(),
        })
    }

    pub(crate) fn matches(&self, topic: &str) -> bool {
        self.0.is_match(topic)
    }
}

struct Translation<'a> {
    rest: Peekable<Chars<'a>>,
    written: String,
    groups: BTreeSet<String>,
    open: usize,
    /// False once a `:]` has been looked for in all of the rest, and not found.
    may_name_classes: bool,
}

/// What the last thing written can be followed by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// Nothing that could be repeated.
    Start,
    Item,
    Repeated,
}

impl<'a> Translation<'a> {
    fn new(text: &'a str) -> Translation<'a> {
        Translation {
            rest: text.chars().peekable(),
            written: String::new(),
            groups: BTreeSet::new(),
            open: 0,
            may_name_classes: true,
        }
    }

    fn whole(mut self) -> Result<String, String> {
        let mut last = Last::Start;
        while let Some(letter) = self.rest.next() {
            last = match letter {
                '(' => self.group()?,
                ')' => {
                    // The words of RE2/J, which does not say more.
                    self.open = self.open.checked_sub(1).ok_or("regexp/syntax: internal error")?;
                    self.written.push(')');
                    Last::Item
                }
                '|' => {
                    self.written.push('|');
                    Last::Start
                }
                '*' | '+' | '?' => {
                    self.repeat(last, &letter.to_string())?;
                    Last::Repeated
                }
                '{' => match self.counts()? {
                    Some(counts) => {
                        self.repeat(last, &counts)?;
                        Last::Repeated
                    }
                    None => self.literal('{'),
                },
                '[' => self.class()?,
                '.' | '^' | '$' => {
                    self.written.push(letter);
                    Last::Item
                }
                '\\' => self.escape(last)?,
                letter => self.literal(letter),
            };
        }
        match self.open {
            0 => Ok(self.written),
            _ => Err("missing closing )".into()),
        }
    }

    fn literal(&mut self, letter: char) -> Last {
        write_literal(&mut self.written, letter);
        Last::Item
    }

    /// A repetition, and the `?` that makes it lazy.
    fn repeat(&mut self, last: Last, operator: &str) -> Result<(), String> {
        match last {
            Last::Start => return Err("missing argument to repetition operator".into()),
            Last::Repeated => return Err("invalid nested repetition operator".into()),
            Last::Item => self.written.push_str(operator),
        }
        if self.rest.next_if_eq(&'?').is_some() {
            self.written.push('?');
        }
        Ok(())
    }

    /// What stands behind a `{`, if it is a repetition; otherwise the brace is a letter.
    fn counts(&mut self) -> Result<Option<String>, String> {
        // No further than counts can reach: every brace of a long expression gets here.
        let may_count = |letter: &char| letter.is_ascii_digit() || *letter == ',';
        let ahead: String = self.rest.clone().take_while(may_count).collect();
        let is_closed = self.rest.clone().nth(ahead.len()) == Some('}');
        let (low, high) = ahead.split_once(',').unwrap_or((&ahead, &ahead));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !is_closed || !is_number(low) || !(high.is_empty() || is_number(high)) {
            return Ok(None);
        }
        let number = |text: &str| text.parse::<u32>().ok().filter(|n| *n <= REPEAT_MAX);
        let low = number(low).ok_or(REPEAT_SIZE)?;
        if !high.is_empty() && number(high).ok_or(REPEAT_SIZE)? < low {
            return Err(REPEAT_SIZE.into());
        }
        for _ in 0..=ahead.len() {
            self.rest.next();
        }
        Ok(Some(format!("{{{ahead}}}")))
    }

    /// What stands behind a `(`. Nothing is captured: whole names are matched or not.
    fn group(&mut self) -> Result<Last, String> {
        if self.rest.next_if_eq(&'?').is_none() {
            return Ok(self.open_group(""));
        }
        let is_named = match self.rest.peek() {
            Some('P') => {
                self.rest.next();
                self.rest.peek().is_some_and(|letter| *letter == '<').then_some(()).ok_or(PERL)?;
                true
            }
            Some('<') => true,
            _ => false,
        };
        if is_named {
            self.rest.next();
            let mut name = String::new();
            let end = self.rest.by_ref().find(|letter| {
                let is_end = *letter == '>';
                if !is_end {
                    name.push(*letter);
                }
                is_end
            });
            let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
            if end.is_none() || name.is_empty() || !name.chars().all(is_word) {
                return Err("invalid named capture".into());
            }
            if !self.groups.insert(name) {
                return Err("duplicate capture group name".into());
            }
            return Ok(self.open_group(""));
        }
        self.flags()
    }

    fn open_group(&mut self, flags: &str) -> Last {
        self.open += 1;
        self.written.push_str("(?");
        self.written.push_str(flags);
        self.written.push(':');
        Last::Start
    }

    /// Flags, for a group of their own or for what follows.
    fn flags(&mut self) -> Result<Last, String> {
        let mut flags = String::new();
        loop {
            match self.rest.next() {
                Some(flag @ ('i' | 'm' | 's' | 'U')) => flags.push(flag),
                Some('-') if !flags.contains('-') => flags.push('-'),
                Some(_) if flags.ends_with('-') => return Err(PERL.into()),
                Some(':') => return Ok(self.open_group(&flags)),
                Some(')') if flags.is_empty() => return Ok(Last::Start),
                Some(')') => {
                    self.written.push_str(&format!("(?{flags})"));
                    return Ok(Last::Start);
                }
                _ => return Err(PERL.into()),
            }
        }
    }

    /// What stands behind a backslash outside a class.
    fn escape(&mut self, last: Last) -> Result<Last, String> {
        let letter = self.rest.peek().copied();
        match letter.ok_or("trailing backslash at end of expression")? {
            'Q' => {
                self.rest.next();
                return Ok(self.quoted(last));
            }
            anchor @ ('A' | 'z' | 'b' | 'B') => {
                self.rest.next();
                self.written.push('\\');
                self.written.push(anchor);
            }
            _ => match self.class_escape()? {
                Some(class) => self.written.push_str(&format!("[{class}]")),
                None => {
                    let letter = self.escaped_letter()?;
                    self.literal(letter);
                }
            },
        }
        Ok(Last::Item)
    }

    /// Letters up to `\E`, or to the end.
    fn quoted(&mut self, before: Last) -> Last {
        let mut last = before;
        while let Some(letter) = self.rest.next() {
            if letter == '\\' && self.rest.next_if_eq(&'E').is_some() {
                break;
            }
            last = self.literal(letter);
        }
        last
    }

    /// An escape that stands for many letters, as it is written inside a class.
    fn class_escape(&mut self) -> Result<Option<String>, String> {
        let letter = self.rest.peek().copied();
        let perl = match letter {
            Some('d') => r"0-9",
            Some('D') => r"^0-9",
            Some('s') => r"\t\n\x0C\r ",
            Some('S') => r"^\t\n\x0C\r ",
            Some('w') => r"0-9A-Za-z_",
            Some('W') => r"^0-9A-Za-z_",
            Some(sign @ ('p' | 'P')) => {
                self.rest.next();
                return self.unicode_class(sign).map(Some);
            }
            _ => return Ok(None),
        };
        self.rest.next();
        Ok(Some(perl.to_owned()))
    }

    fn unicode_class(&mut self, sign: char) -> Result<String, String> {
        let first = self.rest.next().ok_or(RANGE)?;
        if first != '{' {
            return Ok(format!(r"\{sign}{{{first}}}"));
        }
        let name: String = self.rest.by_ref().take_while(|letter| *letter != '}').collect();
        let (name, is_turned) = match name.strip_prefix('^') {
            Some(name) => (name, true),
            None => (name.as_str(), false),
        };
        if name.is_empty()
            || !name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        {
            return Err(RANGE.into());
        }
        let sign = match (sign, is_turned) {
            ('p', true) => 'P',
            ('P', true) => 'p',
            (sign, _) => sign,
        };
        Ok(format!(r"\{sign}{{{name}}}"))
    }

    /// The one letter that an escape stands for.
    fn escaped_letter(&mut self) -> Result<char, String> {
        let letter = self.rest.next().ok_or("trailing backslash at end of expression")?;
        Ok(match letter {
            // A single digit would refer back to a group, which no linear matcher can do.
            '1'..='7' if !self.rest.peek().is_some_and(|next| ('0'..='7').contains(next)) => {
                return Err(ESCAPE.into());
            }
            '0'..='7' => self.octal(letter)?,
            'x' => self.hexadecimal()?,
            'a' => '\x07',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\x0b',
            letter if letter.is_ascii() && !letter.is_ascii_alphanumeric() => letter,
            _ => return Err(ESCAPE.into()),
        })
    }

    fn octal(&mut self, first: char) -> Result<char, String> {
        let mut value = first.to_digit(8).unwrap_or(0);
        for _ in 0..2 {
            let Some(digit) = self.rest.next_if(|next| ('0'..='7').contains(next)) else { break };
            value = value * 8 + digit.to_digit(8).unwrap_or(0);
        }
        char::from_u32(value).ok_or_else(|| ESCAPE.into())
    }

    fn hexadecimal(&mut self) -> Result<char, String> {
        let digits: String = if self.rest.next_if_eq(&'{').is_some() {
            let digits: String = self.rest.clone().take_while(|letter| *letter != '}').collect();
            for _ in 0..=digits.chars().count() {
                self.rest.next().ok_or(ESCAPE)?;
            }
            digits
        } else {
            let digits: String = self.rest.clone().take(2).collect();
            if digits.chars().count() < 2 {
                return Err(ESCAPE.into());
            }
            self.rest.next();
            self.rest.next();
            digits
        };
        if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(ESCAPE.into());
        }
        u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32).ok_or_else(|| ESCAPE.into())
    }

    /// What stands behind a `[`.
    fn class(&mut self) -> Result<Last, String> {
        self.written.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.written.push('^');
        }
        let mut is_first = true;
        loop {
            match self.rest.peek().copied() {
                None => return Err("missing closing ]".into()),
                Some(']') if !is_first => {
                    self.rest.next();
                    self.written.push(']');
                    return Ok(Last::Item);
                }
                Some('[') if self.may_name_classes && self.rest.clone().nth(1) == Some(':') => {
                    self.named_class()?;
                }
                Some('\\') => {
                    self.rest.next();
                    match self.class_escape()? {
                        Some(class) => self.written.push_str(&format!("[{class}]")),
                        None => {
                            let low = self.escaped_letter()?;
                            self.range(low)?;
                        }
                    }
                }
                Some(low) => {
                    self.rest.next();
                    self.range(low)?;
                }
            }
            is_first = false;
        }
    }

    /// `[:alpha:]`, or a bracket if no `:]` follows.
    fn named_class(&mut self) -> Result<(), String> {
        const NAMES: [&str; 14] = [
            "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print",
            "punct", "space", "upper", "word", "xdigit",
        ];
        let mut whole = String::new();
        let is_closed = self.rest.clone().any(|letter| {
            whole.push(letter);
            whole.ends_with(":]")
        });
        if !is_closed {
            self.may_name_classes = false;
            self.rest.next();
            return self.range('[');
        }
        // The two colons of `[:]` are one, so it has no name.
        let name = whole.strip_prefix("[:").and_then(|rest| rest.strip_suffix(":]"));
        if !name.is_some_and(|name| NAMES.contains(&name.strip_prefix('^').unwrap_or(name))) {
            return Err(RANGE.into());
        }
        self.written.push_str(&whole);
        for _ in whole.chars() {
            self.rest.next();
        }
        Ok(())
    }

    /// A letter of a class, and the other end of its range if it begins one.
    fn range(&mut self, low: char) -> Result<(), String> {
        write_literal(&mut self.written, low);
        let mut ahead = self.rest.clone();
        let begins = ahead.next() == Some('-') && !matches!(ahead.next(), None | Some(']'));
        if !begins {
            return Ok(());
        }
        self.rest.next();
        let high = match self.rest.next() {
            Some('\\') => self.escaped_letter()?,
            Some(high) => high,
            None => return Err("missing closing ]".into()),
        };
        if high < low {
            return Err(RANGE.into());
        }
        self.written.push('-');
        write_literal(&mut self.written, high);
        Ok(())
    }
}

fn write_literal(written: &mut String, letter: char) {
    match letter {
        // An escape would make them the edge of a word.
        '<' | '>' => written.push(letter),
        letter if letter.is_ascii_punctuation() => {
            written.push('\\');
            written.push(letter);
        }
        letter if letter.is_ascii_control() => {
            written.push_str(&format!(r"\x{{{:x}}}", u32::from(letter)));
        }
        letter => written.push(letter),
    }
}

#[cfg(test)]
mod tests {
    use super::TopicRegex;

    /// Those that `Golden.java` matches against.
    const TOPICS: &str = "orders orders.eu orders-eu ORDERS a b ab abb aab abc abab a.b a.bb axb a{ \
        a{,2} aa aaa ] [ - & ~ 1 1-2 _ a_1 -a e d __consumer_offsets x1y2 ^ $ a^b a|b";

    #[test]
    fn expressions_are_valid_and_match_as_re2_says() {
        let golden = include_str!("../../../testdata/regexes.tsv");
        assert!(golden.lines().count() > 150);
        for line in golden.lines() {
            let mut fields = line.split('\t');
            let mut next = || fields.next().expect("three fields");
            let (expression, verdict, detail) = (next(), next(), next());
            match (TopicRegex::parse(expression), verdict) {
                (Ok(regex), "matches") => {
                    let topics = TOPICS.split_whitespace();
                    let matching: Vec<&str> = topics.filter(|topic| regex.matches(topic)).collect();
                    let expected: Vec<&str> = detail.split_whitespace().collect();
                    assert_eq!(matching, expected, "{expression}");
                }
                (Err(reason), "refused") => assert_eq!(reason, detail, "{expression}"),
                (parsed, _) => panic!("{expression}: {verdict}, but {:?}", parsed.map(|_| ())),
            }
        }
    }

    #[test]
    fn the_longest_expressions_are_not_looked_through_again_at_each_bracket() {
        let most = i16::MAX as usize;
        assert!(TopicRegex::parse(&"{".repeat(most)).is_ok());
        assert!(TopicRegex::parse(&format!("[{}]", "[:x".repeat(most / 3 - 1))).is_ok());
        assert!(TopicRegex::parse(&format!("[{}]", "[:alpha:]".repeat(most / 9 - 1))).is_ok());
    }

    #[test]
    fn a_program_that_would_be_too_large_is_refused() {
        let refusal = TopicRegex::parse("((a{1000}){1000}){1000}").err();
        assert_eq!(refusal.as_deref(), Some("invalid repeat count"));
    }
}
