//! What one configuration key is: its name, type, default, limits and who may change it when.
//!
//! A key is declared once, in `keys/`, and everything else is derived from the declaration: the
//! parser of `server.properties`, the checks of CreateTopics and AlterConfigs, the answer of
//! DescribeConfigs, the page `docs/configuration.md` and the completion of the command line. Code
//! that needs a value holds a typed field or the static [`Key`], never the name as text.

use std::collections::BTreeSet;
use std::fmt;

use super::value::{Rule, Value, parse};

/// The type of a key's value, with Kafka's type codes for DescribeConfigs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Boolean = 1,
    String = 2,
    Int = 3,
    Short = 4,
    Long = 5,
    Double = 6,
    List = 7,
    Class = 8,
    Password = 9,
}

impl Kind {
    /// The word that Kafka's documentation uses.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Boolean => "boolean",
            Kind::String => "string",
            Kind::Int => "int",
            Kind::Short => "short",
            Kind::Long => "long",
            Kind::Double => "double",
            Kind::List => "list",
            Kind::Class => "class",
            Kind::Password => "password",
        }
    }
}

/// What holds when nobody sets the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefaultText {
    /// The node does not start without a value.
    Required,
    /// No value, which is something else than an empty one.
    Null,
    Text(&'static str),
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    None,
    Milliseconds,
    Seconds,
    Minutes,
    Hours,
    Bytes,
    BytesPerSecond,
}

impl Unit {
    pub fn name(self) -> &'static str {
        match self {
            Unit::None => "",
            Unit::Milliseconds => "ms",
            Unit::Seconds => "s",
            Unit::Minutes => "min",
            Unit::Hours => "h",
            Unit::Bytes => "bytes",
            Unit::BytesPerSecond => "bytes/s",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Importance {
    High,
    Medium,
    Low,
}

/// Where a key lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// `server.properties`, and the dynamic configuration of brokers.
    Broker,
    Topic,
    Group,
    ClientMetrics,
}

/// How a broker key may change while the node runs (KIP-226).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    /// Only at start.
    ReadOnly,
    /// For one broker, named by its id.
    PerBroker,
    /// For one broker or for all of them.
    ClusterWide,
}

impl Update {
    pub fn name(self) -> &'static str {
        match self {
            Update::ReadOnly => "read-only",
            Update::PerBroker => "per-broker",
            Update::ClusterWide => "cluster-wide",
        }
    }
}

/// What is at stake when a key is read and not obeyed. A key that is not built yet is refused where
/// this is not `Nothing`: a node that reads `SASL_SSL` and ignores it is an open door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concern {
    Nothing,
    Security,
    Durability,
    Replication,
}

impl Concern {
    pub fn name(self) -> &'static str {
        match self {
            Concern::Nothing => "",
            Concern::Security => "security",
            Concern::Durability => "durability",
            Concern::Replication => "replication",
        }
    }
}

/// Internal keys are accepted wherever Kafka accepts them and shown only where they are set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    Everyone,
    Internal,
    /// Not a key of Kafka's at all. Shown like an internal one, because Kafka's own tools take every
    /// name in a description for one they know.
    Vltava,
    /// Known to Kafka only where it is set dynamically: shown like an internal key.
    DynamicOnly,
}

/// A broker key whose value a topic or group key takes over when it is not set itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Synonym {
    pub name: &'static str,
    /// Multiplies the broker's value: hours and minutes become milliseconds.
    pub scale: i64,
}

/// One configuration key.
#[derive(Debug)]
pub struct Key {
    pub name: &'static str,
    pub level: Level,
    pub kind: Kind,
    pub default: DefaultText,
    pub rule: Rule,
    pub unit: Unit,
    pub importance: Importance,
    pub update: Update,
    pub concern: Concern,
    pub audience: Audience,
    /// The first Kafka release that knows the key.
    pub since: &'static str,
    /// In the order in which they are tried.
    pub synonyms: &'static [Synonym],
    doc: &'static str,
}

/// Why a value cannot be taken. The text names the key, the value and what would be accepted; on
/// the wire it is INVALID_CONFIG.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    pub key: String,
    pub reason: String,
}

impl Invalid {
    /// `reason` continues a sentence that begins with the key.
    pub fn new(key: impl Into<String>, reason: impl Into<String>) -> Invalid {
        Invalid { key: key.into(), reason: reason.into() }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.key, self.reason)
    }
}

impl std::error::Error for Invalid {}

impl Key {
    const fn new(name: &'static str, kind: Kind, default: DefaultText) -> Key {
        Key {
            name,
            level: Level::Broker,
            kind,
            default,
            rule: Rule::Any,
            unit: Unit::None,
            importance: Importance::Medium,
            update: Update::ReadOnly,
            concern: Concern::Nothing,
            audience: Audience::Everyone,
            since: "",
            synonyms: &[],
            doc: "",
        }
    }

    pub(super) const fn boolean(name: &'static str, default: &'static str) -> Key {
        Key::new(name, Kind::Boolean, DefaultText::Text(default))
    }

    pub(super) const fn string(name: &'static str, default: &'static str) -> Key {
        Key::new(name, Kind::String, DefaultText::Text(default))
    }

    pub(super) const fn int(name: &'static str, default: &'static str) -> Key {
        Key::new(name, Kind::Int, DefaultText::Text(default))
    }

    pub(super) const fn short(name: &'static str, default: &'static str) -> Key {
        Key::new(name, Kind::Short, DefaultText::Text(default))
    }

    pub(super) const fn long(name: &'static str, default: &'static str) -> Key {
        Key::new(name, Kind::Long, DefaultText::Text(default))
    }

    pub(super) const fn double(name: &'static str, default: &'static str) -> Key {
        Key::new(name, Kind::Double, DefaultText::Text(default))
    }

    pub(super) const fn list(name: &'static str, default: &'static str) -> Key {
        Key::new(name, Kind::List, DefaultText::Text(default))
    }

    pub(super) const fn class(name: &'static str, default: &'static str) -> Key {
        Key::new(name, Kind::Class, DefaultText::Text(default))
    }

    /// A key without a default.
    pub(super) const fn unset(name: &'static str, kind: Kind) -> Key {
        Key::new(name, kind, DefaultText::Null)
    }

    /// A key without which the node does not start.
    pub(super) const fn required(name: &'static str, kind: Kind) -> Key {
        Key::new(name, kind, DefaultText::Required)
    }

    pub(super) const fn rule(mut self, rule: Rule) -> Key {
        self.rule = rule;
        self
    }

    pub(super) const fn at_least(self, low: i64) -> Key {
        self.rule(Rule::AtLeast(low))
    }

    pub(super) const fn between(self, low: i64, high: i64) -> Key {
        self.rule(Rule::Between(low, high))
    }

    pub(super) const fn one_of(self, words: &'static [&'static str]) -> Key {
        self.rule(Rule::OneOf(words))
    }

    pub(super) const fn unit(mut self, unit: Unit) -> Key {
        self.unit = unit;
        self
    }

    pub(super) const fn ms(self) -> Key {
        self.unit(Unit::Milliseconds)
    }

    pub(super) const fn bytes(self) -> Key {
        self.unit(Unit::Bytes)
    }

    pub(super) const fn high(mut self) -> Key {
        self.importance = Importance::High;
        self
    }

    pub(super) const fn low(mut self) -> Key {
        self.importance = Importance::Low;
        self
    }

    pub(super) const fn cluster_wide(mut self) -> Key {
        self.update = Update::ClusterWide;
        self
    }

    pub(super) const fn per_broker(mut self) -> Key {
        self.update = Update::PerBroker;
        self
    }

    pub(super) const fn concerns(mut self, concern: Concern) -> Key {
        self.concern = concern;
        self
    }

    pub(super) const fn internal(mut self) -> Key {
        self.audience = Audience::Internal;
        self
    }

    pub(super) const fn ours(mut self) -> Key {
        self.audience = Audience::Vltava;
        self
    }

    pub(super) const fn dynamic_only(mut self) -> Key {
        self.audience = Audience::DynamicOnly;
        self
    }

    pub(super) const fn at(mut self, level: Level) -> Key {
        self.level = level;
        self
    }

    pub(super) const fn since(mut self, release: &'static str) -> Key {
        self.since = release;
        self
    }

    pub(super) const fn from(mut self, synonyms: &'static [Synonym]) -> Key {
        self.synonyms = synonyms;
        self
    }

    pub(super) const fn described(mut self, doc: &'static str) -> Key {
        self.doc = doc;
        self
    }

    /// What the key does, in Markdown.
    pub fn doc(&self) -> &'static str {
        self.doc.trim_ascii()
    }

    /// Whether a description of the whole resource leaves the key out unless it is set.
    pub fn is_hidden(&self) -> bool {
        self.audience != Audience::Everyone
    }

    /// Whether the key of a broker may change while it runs.
    pub fn is_dynamic(&self) -> bool {
        self.update != Update::ReadOnly
    }

    /// Values of such keys are never shown.
    pub fn is_sensitive(&self) -> bool {
        self.kind == Kind::Password
    }

    /// Reads a value as `server.properties` and AlterConfigs spell it: blanks around it do not
    /// count, and lists are separated by commas.
    ///
    /// # Errors
    /// Names the key, the value and what would be accepted.
    pub fn parse(&self, text: &str) -> Result<Value, Invalid> {
        let shown = if self.is_sensitive() { "[hidden]" } else { text };
        let mut value = parse(self.kind, text).ok_or_else(|| {
            Invalid::new(self.name, format!("must be {}, got `{shown}`", self.expects()))
        })?;
        if self.rule.drops_repeated_parts()
            && let Value::List(parts) = &mut value
        {
            drop_repeated(parts);
        }
        self.rule
            .check(&value)
            .map_err(|why| Invalid::new(self.name, format!("{why}, got `{shown}`")))?;
        Ok(value)
    }

    fn expects(&self) -> &'static str {
        match self.kind {
            Kind::Boolean => "true or false",
            Kind::Int => "a whole number of 32 bits",
            Kind::Short => "a whole number of 16 bits",
            Kind::Long => "a whole number of 64 bits",
            Kind::Double => "a number",
            Kind::String | Kind::Class | Kind::Password => "text",
            Kind::List => "a list separated by commas",
        }
    }

    /// The default as a value; none where it is null or has to be given.
    pub fn default_value(&self) -> Option<Value> {
        match self.default {
            // The table test in `keys/` parses each of them.
            DefaultText::Text(text) => {
                Some(parse(self.kind, text).expect("declared defaults parse"))
            }
            DefaultText::Null | DefaultText::Required => None,
        }
    }

    pub fn default_text(&self) -> Option<&'static str> {
        match self.default {
            DefaultText::Text(text) => Some(text),
            DefaultText::Null | DefaultText::Required => None,
        }
    }
}

fn drop_repeated(parts: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    parts.retain(|part| seen.insert(part.clone()));
}

/// Declares keys as statics, and a table that lists them in the order of their declaration. The doc
/// comment of a key is its documentation everywhere.
macro_rules! keys {
    ($(#[$set:meta])* $table:ident: $level:ident; $($(#[doc = $doc:literal])+ $name:ident = $key:expr;)+) => {
        $($(#[doc = $doc])+ pub static $name: Key =
            $key.at(crate::config::key::Level::$level).described(concat!($($doc),+));)+
        $(#[$set])*
        pub static $table: &[&Key] = &[$(&$name),+];
    };
}
pub(super) use keys;
