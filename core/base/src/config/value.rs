//! Values of configuration keys: reading them as Kafka reads them, checking them against the limits
//! of their key, and writing them as DescribeConfigs shows them.

use super::key::Kind;

/// A value of one of Kafka's types. Strings, class names and passwords are all `Text`.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Boolean(bool),
    Int(i32),
    Short(i16),
    Long(i64),
    Double(f64),
    Text(String),
    List(Vec<String>),
}

/// Reads `text` as Kafka does; none if it is not of that kind.
pub(super) fn parse(kind: Kind, text: &str) -> Option<Value> {
    let text = text.trim();
    match kind {
        Kind::Boolean if text.eq_ignore_ascii_case("true") => Some(Value::Boolean(true)),
        Kind::Boolean if text.eq_ignore_ascii_case("false") => Some(Value::Boolean(false)),
        Kind::Boolean => None,
        Kind::Int => text.parse().ok().map(Value::Int),
        Kind::Short => text.parse().ok().map(Value::Short),
        Kind::Long => text.parse().ok().map(Value::Long),
        Kind::Double => parse_double(text).map(Value::Double),
        Kind::String | Kind::Class | Kind::Password => Some(Value::Text(text.to_owned())),
        Kind::List => Some(Value::List(split(text))),
    }
}

/// The parts of a list; blanks around commas do not count, and an empty text is an empty list.
pub fn split(text: &str) -> Vec<String> {
    let text = text.trim();
    if text.is_empty() {
        return Vec::new();
    }
    text.split(',').map(|part| part.trim().to_owned()).collect()
}

/// Java's spelling of floating point numbers: a trailing `f` or `d` is allowed, and of the words
/// only `NaN` and `Infinity`, where Rust would take more.
fn parse_double(text: &str) -> Option<f64> {
    let (sign, bare) = match text.strip_prefix('-') {
        Some(bare) => (-1.0, bare),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let number = bare.strip_suffix(['f', 'F', 'd', 'D']).unwrap_or(bare);
    match bare {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(sign * f64::INFINITY),
        _ if number.starts_with(|c: char| c.is_ascii_digit() || c == '.') => {
            number.parse::<f64>().ok().map(|value| sign * value)
        }
        _ => None,
    }
}

impl Value {
    /// The text that DescribeConfigs shows, the same as Kafka's to the letter.
    pub fn text(&self) -> String {
        match self {
            Value::Boolean(value) => value.to_string(),
            Value::Int(value) => value.to_string(),
            Value::Short(value) => value.to_string(),
            Value::Long(value) => value.to_string(),
            Value::Double(value) => double_text(*value),
            Value::Text(value) => value.clone(),
            Value::List(parts) => parts.join(","),
        }
    }

    fn whole(&self) -> Option<i64> {
        match self {
            Value::Int(value) => Some(i64::from(*value)),
            Value::Short(value) => Some(i64::from(*value)),
            Value::Long(value) => Some(*value),
            _ => None,
        }
    }
}

/// A double as Java prints it: plain between a thousandth and ten million, else with an exponent,
/// and always with a digit after the point.
fn double_text(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity".to_owned() } else { "-Infinity".to_owned() };
    }
    let size = value.abs();
    if size == 0.0 || (1e-3..1e7).contains(&size) {
        return format!("{value:?}");
    }
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e').expect("Rust's {:e} always has an exponent");
    let point = if digits.contains('.') { "" } else { ".0" };
    format!("{digits}{point}E{exponent}")
}

/// The limits of a key beyond its type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    Any,
    AtLeast(i64),
    Between(i64, i64),
    /// For doubles, both ends included.
    Fraction(f64, f64),
    OneOf(&'static [&'static str]),
    OneOfAnyCase(&'static [&'static str]),
    /// A text with at least one character.
    NonEmpty,
    /// A list without empty parts; parts that it has twice are dropped.
    Distinct,
    /// The same, and not empty itself.
    DistinctSome,
    /// A list of these words, which may be empty.
    Among(&'static [&'static str]),
    /// A list of at least one of these words.
    SomeAmong(&'static [&'static str]),
    /// gzip's levels 1 to 9, or -1 for its own default.
    GzipLevel,
    /// `partition:broker` pairs, or `*` alone.
    ThrottledReplicas,
    /// `latest`, `earliest`, or `by_duration:` and an ISO-8601 duration that is not negative.
    ShareOffsetReset,
    /// `id@host:port` entries.
    Voters,
    /// `host:port` entries.
    HostPorts,
}

impl Rule {
    /// Whether parts that a list has twice are dropped, as Kafka does with the lists it checks.
    pub(super) fn drops_repeated_parts(&self) -> bool {
        matches!(self, Rule::Distinct | Rule::DistinctSome | Rule::Among(_) | Rule::SomeAmong(_))
    }

    /// Checks a value of the right kind. The error continues a sentence that begins with the key.
    pub(super) fn check(&self, value: &Value) -> Result<(), String> {
        let ok = match (self, value) {
            (Rule::Any, _) => true,
            (Rule::AtLeast(low), value) => value.whole().is_none_or(|number| number >= *low),
            (Rule::Between(low, high), value) => {
                value.whole().is_none_or(|number| (*low..=*high).contains(&number))
            }
            (Rule::GzipLevel, value) => {
                value.whole().is_none_or(|number| number == -1 || (1..=9).contains(&number))
            }
            (Rule::Fraction(low, high), Value::Double(number)) => (*low..=*high).contains(number),
            (Rule::OneOf(words), Value::Text(text)) => words.contains(&text.as_str()),
            (Rule::OneOfAnyCase(words), Value::Text(text)) => {
                words.iter().any(|word| word.eq_ignore_ascii_case(text))
            }
            (Rule::NonEmpty, Value::Text(text)) => !text.is_empty(),
            (Rule::ShareOffsetReset, Value::Text(text)) => is_share_offset_reset(text),
            (Rule::Distinct, Value::List(parts)) => has_no_empty(parts),
            (Rule::DistinctSome, Value::List(parts)) => !parts.is_empty() && has_no_empty(parts),
            (Rule::Among(words), Value::List(parts)) => {
                has_no_empty(parts) && parts.iter().all(|part| words.contains(&part.as_str()))
            }
            (Rule::SomeAmong(words), Value::List(parts)) => {
                !parts.is_empty()
                    && has_no_empty(parts)
                    && parts.iter().all(|part| words.contains(&part.as_str()))
            }
            (Rule::ThrottledReplicas, Value::List(parts)) => is_throttled_replicas(parts),
            (Rule::Voters, Value::List(parts)) => {
                parts.iter().all(|part| super::listener::Voter::parse(part).is_some())
            }
            (Rule::HostPorts, Value::List(parts)) => {
                parts.iter().all(|part| super::listener::HostPort::parse(part).is_some())
            }
            // A rule about texts on a number, or the reverse, is a mistake in the declaration; the
            // table test finds it, because then no default passes.
            _ => false,
        };
        if ok { Ok(()) } else { Err(format!("must be {}", self.describe())) }
    }

    /// What the rule allows, as the documentation and error messages word it; empty for `Any`.
    pub fn describe(&self) -> String {
        match self {
            Rule::Any => String::new(),
            Rule::AtLeast(low) => format!("{low} or more"),
            Rule::Between(low, high) => format!("between {low} and {high}"),
            Rule::Fraction(low, high) => {
                format!("between {} and {}", double_text(*low), double_text(*high))
            }
            Rule::OneOf(words) => format!("one of {}", words.join(", ")),
            Rule::OneOfAnyCase(words) => format!("one of {} in any case", words.join(", ")),
            Rule::NonEmpty => "a text that is not empty".to_owned(),
            Rule::Distinct => "a list without empty parts".to_owned(),
            Rule::DistinctSome => "a list of at least one part, none empty".to_owned(),
            Rule::Among(words) => {
                format!("a list of {}, or empty", words.join(", "))
            }
            Rule::SomeAmong(words) => {
                format!("a list of at least one of {}", words.join(", "))
            }
            Rule::GzipLevel => "between 1 and 9, or -1".to_owned(),
            Rule::ThrottledReplicas => "a list of `partition:broker` pairs, or `*`".to_owned(),
            Rule::ShareOffsetReset => {
                "`latest`, `earliest` or `by_duration:` with a duration like PT1H".to_owned()
            }
            Rule::Voters => "a list of `id@host:port` entries".to_owned(),
            Rule::HostPorts => "a list of `host:port` entries".to_owned(),
        }
    }
}

fn has_no_empty(parts: &[String]) -> bool {
    parts.iter().all(|part| !part.is_empty())
}

fn is_throttled_replicas(parts: &[String]) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match parts {
        [star] if star == "*" => true,
        _ => parts.iter().all(|part| {
            part.is_empty()
                || part
                    .split_once(':')
                    .is_some_and(|(partition, broker)| is_number(partition) && is_number(broker))
        }),
    }
}

fn is_share_offset_reset(text: &str) -> bool {
    match text.split_once(':') {
        None => matches!(text, "latest" | "earliest"),
        Some((word, duration)) => word == "by_duration" && duration_ms(duration).is_some(),
    }
}

/// Milliseconds of an ISO-8601 duration of days and time (`P2DT3H4M5.5S`), as `java.time.Duration`
/// reads it; none if it is malformed, negative or too long.
pub fn duration_ms(text: &str) -> Option<i64> {
    let text = text.to_ascii_uppercase();
    let rest = text.strip_prefix('P')?;
    let (days, time) = match rest.split_once('T') {
        Some((_, "")) => return None,
        Some((days, time)) => (days, time),
        None => (rest, ""),
    };
    if days.is_empty() && time.is_empty() {
        return None;
    }
    let mut total: i64 = 0;
    if !days.is_empty() {
        let count: i64 = days.strip_suffix('D')?.parse().ok()?;
        total = count.checked_mul(86_400_000)?;
    }
    let mut rest = time;
    for (letter, scale) in [('H', 3_600_000), ('M', 60_000)] {
        if let Some((number, after)) = rest.split_once(letter) {
            total = total.checked_add(number.parse::<i64>().ok()?.checked_mul(scale)?)?;
            rest = after;
        }
    }
    if !rest.is_empty() {
        let (whole, fraction) = match rest.strip_suffix('S')?.split_once('.') {
            Some((whole, fraction)) => (whole.to_owned(), fraction.to_owned()),
            None => (rest.trim_end_matches('S').to_owned(), String::new()),
        };
        if fraction.len() > 9 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let millis: i64 = format!("{fraction:0<3}")[..3].parse().ok()?;
        total = total
            .checked_add(whole.parse::<i64>().ok()?.checked_mul(1000)?)?
            .checked_add(millis)?;
    }
    (total >= 0).then_some(total)
}
