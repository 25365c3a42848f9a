//! Listeners, and the other places where a configuration names hosts and ports.
//!
//! Nothing is resolved here: a host stays the text it was, because the answer of a name server is
//! no value of the configuration.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::key::Invalid;

/// How the two ends of a connection prove who they are, and whether others can read along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecurityProtocol {
    Plaintext = 0,
    Ssl = 1,
    SaslPlaintext = 2,
    SaslSsl = 3,
}

impl SecurityProtocol {
    pub const ALL: [SecurityProtocol; 4] = [
        SecurityProtocol::Plaintext,
        SecurityProtocol::Ssl,
        SecurityProtocol::SaslPlaintext,
        SecurityProtocol::SaslSsl,
    ];

    pub fn name(self) -> &'static str {
        match self {
            SecurityProtocol::Plaintext => "PLAINTEXT",
            SecurityProtocol::Ssl => "SSL",
            SecurityProtocol::SaslPlaintext => "SASL_PLAINTEXT",
            SecurityProtocol::SaslSsl => "SASL_SSL",
        }
    }

    /// The number that BrokerRegistration and the metadata log carry.
    pub fn id(self) -> i16 {
        self as i16
    }

    pub fn parse(name: &str) -> Option<SecurityProtocol> {
        SecurityProtocol::ALL
            .into_iter()
            .find(|protocol| protocol.name().eq_ignore_ascii_case(name))
    }

    pub fn uses_sasl(self) -> bool {
        matches!(self, SecurityProtocol::SaslPlaintext | SecurityProtocol::SaslSsl)
    }
}

/// One entry of `listeners` or `advertised.listeners`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// In capitals, as Kafka compares listener names.
    pub name: String,
    /// None where the entry names no host: such a listener binds every IPv4 and IPv6 address and
    /// advertises the canonical name of the machine. IPv6 addresses stand here without brackets.
    pub host: Option<String>,
    /// 0 takes a free port.
    pub port: u16,
    pub protocol: SecurityProtocol,
}

impl Listener {
    /// Whether the listener accepts connections on every address of the machine.
    pub fn binds_everywhere(&self) -> bool {
        matches!(self.host.as_deref(), None | Some("0.0.0.0" | "::"))
    }
}

impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.host.as_deref().unwrap_or("");
        let bracketed = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        write!(f, "{}://{bracketed}:{}", self.name, self.port)
    }
}

/// The parts of `NAME://host:port` before the name has been given a protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub name: String,
    pub host: Option<String>,
    pub port: u16,
}

/// Takes an entry of `listeners` apart. The name may be anything; the host may be empty, a name, an
/// IPv4 address, or an IPv6 address with or without brackets.
///
/// # Errors
/// Says what the entry should look like.
pub(super) fn parse_endpoint(key: &str, entry: &str) -> Result<Endpoint, Invalid> {
    let malformed = |what: &str| {
        Invalid::new(
            key,
            format!(
                "holds `{entry}`, {what}; write `NAME://host:port`, for example `PLAINTEXT://localhost:9092`"
            ),
        )
    };
    let (name, address) =
        entry.rsplit_once("://").ok_or_else(|| malformed("which has no `://`"))?;
    let (host, port) = address.rsplit_once(':').ok_or_else(|| malformed("which has no port"))?;
    let host = host.strip_prefix('[').unwrap_or(host);
    let host = host.strip_suffix(']').unwrap_or(host);
    if !host.chars().all(is_host_character) {
        return Err(malformed("whose host has characters that no host name has"));
    }
    let port = port.parse().map_err(|_| malformed("whose port is not a number from 0 to 65535"))?;
    let host = (!host.is_empty()).then(|| host.to_owned());
    Ok(Endpoint { name: name.to_uppercase(), host, port })
}

fn is_host_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '%' | '.' | '_' | ':')
}

/// Checks the rules that hold among the entries of one list: no name twice, and, for the addresses
/// that are bound, no port twice unless one entry is an IPv4 and the other an IPv6 address.
pub(super) fn check_distinct(
    key: &str,
    listeners: &[Listener],
    ports: Ports,
) -> Result<(), Invalid> {
    for (index, listener) in listeners.iter().enumerate() {
        for earlier in &listeners[..index] {
            if earlier.name == listener.name {
                return Err(Invalid::new(
                    key,
                    format!(
                        "names the listener `{}` twice; every listener needs a name of its own",
                        listener.name
                    ),
                ));
            }
        }
    }
    if ports == Ports::MayRepeat {
        return Ok(());
    }
    for listener in listeners.iter().filter(|listener| listener.port != 0) {
        let same: Vec<&Listener> =
            listeners.iter().filter(|other| other.port == listener.port).collect();
        let is_pair = matches!(same.as_slice(), [a, b] if is_ipv4(a) && is_ipv6(b) || is_ipv6(a) && is_ipv4(b));
        if same.len() > 1 && !is_pair {
            return Err(Invalid::new(
                key,
                format!(
                    "uses port {} for more than one listener; only an IPv4 and an IPv6 address may share a port",
                    listener.port
                ),
            ));
        }
    }
    Ok(())
}

/// Whether entries of a list may name the same port: those that are advertised may, those that are
/// bound may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ports {
    MustDiffer,
    MayRepeat,
}

fn is_ipv4(listener: &Listener) -> bool {
    listener.host.as_deref().is_some_and(|host| host.parse::<Ipv4Addr>().is_ok())
}

fn is_ipv6(listener: &Listener) -> bool {
    listener.host.as_deref().is_some_and(|host| {
        host.split('%').next().is_some_and(|address| address.parse::<Ipv6Addr>().is_ok())
    })
}

/// A host and a port, as `controller.quorum.bootstrap.servers` lists them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPort {
    pub host: String,
    pub port: u16,
}

impl HostPort {
    /// Reads `host:port` or `[ipv6]:port`; a protocol in front (`PLAINTEXT://`) does not matter.
    pub fn parse(text: &str) -> Option<HostPort> {
        let address = text.rsplit_once("://").map_or(text, |(_, address)| address);
        let (host, port) = address.rsplit_once(':')?;
        let host = host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(host);
        if host.is_empty() || !host.chars().all(is_host_character) {
            return None;
        }
        Some(HostPort { host: host.to_owned(), port: port.parse().ok()? })
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// One voter of a static metadata quorum: an entry of `controller.quorum.voters`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voter {
    pub id: i32,
    pub address: HostPort,
}

impl Voter {
    pub fn parse(text: &str) -> Option<Voter> {
        let (id, address) = text.split_once('@')?;
        Some(Voter { id: id.parse().ok()?, address: HostPort::parse(address)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host_of(entry: &str) -> (String, Option<String>, u16) {
        let endpoint = parse_endpoint("listeners", entry).unwrap();
        (endpoint.name, endpoint.host, endpoint.port)
    }

    #[test]
    fn entries_name_a_host_an_address_or_nothing() {
        assert_eq!(host_of("PLAINTEXT://:9092"), ("PLAINTEXT".into(), None, 9092));
        assert_eq!(
            host_of("inside://kafka-1.local:0"),
            ("INSIDE".into(), Some("kafka-1.local".into()), 0)
        );
        assert_eq!(host_of("A://[::1]:9092"), ("A".into(), Some("::1".into()), 9092));
        assert_eq!(
            host_of("A://fe80::1%eth0:9092"),
            ("A".into(), Some("fe80::1%eth0".into()), 9092)
        );
    }

    #[test]
    fn a_malformed_entry_is_shown_with_an_example() {
        for entry in
            ["localhost:9092", "PLAINTEXT://localhost", "A://b:70000", "A://b c:1", "A://b:-1"]
        {
            let error = parse_endpoint("listeners", entry).unwrap_err().to_string();
            assert!(
                error.contains(entry) && error.contains("PLAINTEXT://localhost:9092"),
                "{error}"
            );
        }
    }

    fn listeners(entries: &[&str]) -> Vec<Listener> {
        let build = |entry: &&str| {
            let endpoint = parse_endpoint("listeners", entry).unwrap();
            Listener {
                name: endpoint.name,
                host: endpoint.host,
                port: endpoint.port,
                protocol: SecurityProtocol::Plaintext,
            }
        };
        entries.iter().map(build).collect()
    }

    #[test]
    fn only_an_ipv4_and_an_ipv6_address_share_a_port() {
        let check = |entries: &[&str]| {
            check_distinct("listeners", &listeners(entries), Ports::MustDiffer).is_ok()
        };
        assert!(check(&["A://127.0.0.1:9092", "B://[::1]:9092"]));
        assert!(check(&["A://:0", "B://:0"]));
        assert!(!check(&["A://127.0.0.1:9092", "B://127.0.0.2:9092"]));
        assert!(!check(&["A://localhost:9092", "B://[::1]:9092"]));
        assert!(!check(&["A://127.0.0.1:9092", "B://[::1]:9092", "C://:9092"]));
        assert!(!check(&["A://:9092", "a://:9093"]));
    }

    #[test]
    fn voters_and_servers_are_read_with_brackets_and_without() {
        let voter = Voter::parse("3@[2001:db8::1]:9093").unwrap();
        assert_eq!((voter.id, voter.address.to_string()), (3, "[2001:db8::1]:9093".to_owned()));
        assert_eq!(HostPort::parse("kafka:9093").unwrap().host, "kafka");
        assert_eq!(Voter::parse("x@kafka:9093"), None);
        assert_eq!(Voter::parse("1@kafka"), None);
        assert_eq!(HostPort::parse(":9093"), None);
    }
}
