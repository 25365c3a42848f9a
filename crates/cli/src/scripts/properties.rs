//! The clients' configuration, from `--command-config` files and `--command-property` pairs.

use base::config::Properties;
use client::config::{ClientConfig, ConsumerConfig, ProducerConfig};

use super::Ending;
use super::options::Options;

/// Keys and values in the order in which they were given; the last one of a key holds.
pub type Pairs = Vec<(String, String)>;

/// What stands in the file that the option names; nothing without it.
///
/// # Errors
/// The file cannot be read.
pub fn from_file(options: &Options, name: &str) -> Result<Pairs, Ending> {
    let Some(path) = options.value(name) else { return Ok(Pairs::new()) };
    let failed = |error: &dyn std::fmt::Display| Ending::Failed(format!("{path} ({error})"));
    let bytes = std::fs::read(path).map_err(|error| failed(&error))?;
    let read = Properties::parse(&bytes).map_err(|error| failed(&error))?;
    Ok(read.entries.into_iter().map(|entry| (entry.name, entry.text)).collect())
}

/// The pairs that an option gave as KEY=VALUE; without a value it is empty.
pub fn pairs(options: &Options, name: &str) -> Pairs {
    let values = options.values(name).into_iter();
    let pairs = values.map(|text| text.split_once('=').unwrap_or((text, "")));
    pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// A kind of configuration that is set by key.
pub trait Keys: Default {
    const KEYS: &'static [&'static [&'static str]];
    fn set(&mut self, key: &str, value: &str) -> client::Result<()>;
}

macro_rules! keys {
    ($($config:ident: $($keys:ident)*;)*) => {
        $(impl Keys for $config {
            const KEYS: &'static [&'static [&'static str]] = &[$($keys::KEYS),*];

            fn set(&mut self, key: &str, value: &str) -> client::Result<()> {
                $config::set(self, key, value)
            }
        })*
    };
}

keys! {
    ClientConfig: ClientConfig;
    ConsumerConfig: ConsumerConfig ClientConfig;
    ProducerConfig: ProducerConfig ClientConfig;
}

/// The configuration that the pairs describe. Java's clients have keys that this one needs not: they
/// are named once and let be.
///
/// # Errors
/// A value that breaks its key's rule; a security protocol, which must not be passed over in silence.
pub fn configure<C: Keys>(pairs: &Pairs) -> Result<C, Ending> {
    let mut config = C::default();
    let mut unused = Vec::new();
    for (key, value) in pairs {
        let is_known = C::KEYS.iter().any(|keys| keys.contains(&key.as_str()));
        if is_known {
            config.set(key, value)?;
        } else if key == "security.protocol" && !value.trim().eq_ignore_ascii_case("PLAINTEXT") {
            return Err(Ending::Failed(format!(
                "`security.protocol` must be PLAINTEXT, which is all that these tools speak yet, got `{value}`"
            )));
        } else if !key.ends_with("serializer") && key != "security.protocol" {
            unused.push(key.as_str());
        }
    }
    if !unused.is_empty() {
        eprintln!("WARN These configurations '{unused:?}' were supplied but are not used.");
    }
    Ok(config)
}

/// The configuration of an admin client: a file, then where the cluster is.
///
/// # Errors
/// As [`configure`].
pub fn admin(options: &Options, bootstrap: &str) -> Result<ClientConfig, Ending> {
    let mut all = from_file(options, "command-config")?;
    all.push(("bootstrap.servers".to_owned(), bootstrap.to_owned()));
    configure(&all)
}

/// Whether a list of addresses is one.
///
/// # Errors
/// The usage.
pub fn check_addresses(options: &Options, text: &str) -> Result<(), Ending> {
    client::config::parse_addresses(text)
        .map(|_| ())
        .map_err(|_| options.usage(&format!("Failed to parse the bootstrap servers: `{text}`")))
}
