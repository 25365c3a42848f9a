//! Configuration from environment variables, as Kafka's container image maps them.
//!
//! `KAFKA_LOG_RETENTION_MS` is `log.retention.ms`: the prefix goes, letters become small, one
//! underscore a dot, two an underscore, three a hyphen. A few `KAFKA_` variables belong to the image
//! and its Java, not to the broker, and are passed over.
//!
//! The image writes the variables into a properties file, which is why a backslash in a value begins
//! an escape. A value of several lines, which the image would tear apart, is taken as it is.
//!
//! `CLUSTER_ID`, with which the image formats its directories, is `vltava.cluster.id`.
//!
//! Compose files of the years with ZooKeeper still work: `KAFKA_BROKER_ID` gives the node its id, and
//! what names a ZooKeeper is taken with a line that says that none is needed.

use super::keys::own;
use super::properties::unescape;

/// What the environment says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FromEnvironment {
    /// Names and texts, ordered by the name of their variable.
    pub properties: Vec<(String, String)>,
    /// Lines for the user, about variables that mean something else than they used to.
    pub notices: Vec<String>,
}

/// Variables that speak to the image, its scripts and its Java virtual machine.
const NOT_OURS: &[&str] = &[
    "KAFKA_VERSION",
    "KAFKA_HEAP_OPTS",
    "KAFKA_LOG4J_OPTS",
    "KAFKA_OPTS",
    "KAFKA_JMX_OPTS",
    "KAFKA_JVM_PERFORMANCE_OPTS",
    "KAFKA_GC_LOG_OPTS",
    "KAFKA_LOG4J_ROOT_LOGLEVEL",
    "KAFKA_LOG4J_LOGGERS",
    "KAFKA_TOOLS_LOG4J_LOGLEVEL",
    "KAFKA_JMX_HOSTNAME",
    // Not in Kafka's own image, but in many people's shells.
    "KAFKA_JMX_PORT",
    "KAFKA_HOME",
    "KAFKA_DEBUG",
];

/// Picks the configuration out of environment variables.
pub fn read<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> FromEnvironment {
    let mut variables: Vec<(&str, &str)> = variables
        .into_iter()
        .filter(|(variable, _)| !NOT_OURS.contains(variable))
        .filter(|(variable, _)| variable.len() > "KAFKA_".len())
        .collect();
    variables.sort_unstable();
    let mut found = FromEnvironment::default();
    for (variable, text) in variables {
        if variable == "CLUSTER_ID" {
            found.properties.push((own::VLTAVA_CLUSTER_ID.name.to_owned(), text.to_owned()));
        }
        let Some(rest) = variable.strip_prefix("KAFKA_") else { continue };
        let name = property_name(rest);
        if name.starts_with("zookeeper.") {
            found.notices.push(format!(
                "{variable} is not needed: Vltava keeps its metadata itself and uses no ZooKeeper"
            ));
            continue;
        }
        found.properties.push((name, property_text(text)));
    }
    found
}

/// The order of the replacements matters, and is Kafka's: single underscores become dots first, so
/// that two of them are two dots by then.
fn property_name(variable: &str) -> String {
    variable.to_lowercase().replace('_', ".").replace("...", "-").replace("..", "_")
}

/// The text that the image's properties file would yield.
fn property_text(text: &str) -> String {
    if text.contains(['\n', '\r']) {
        return text.to_owned();
    }
    unescape(text.trim_start()).unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn underscores_become_dots_underscores_and_hyphens() {
        assert_eq!(property_name("LOG_RETENTION_MS"), "log.retention.ms");
        assert_eq!(property_name("A__B"), "a_b");
        assert_eq!(property_name("A___B"), "a-b");
        assert_eq!(
            property_name("LISTENER_NAME_SASL__SSL_SCRAM___SHA___256_SASL_JAAS_CONFIG"),
            "listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config"
        );
    }

    #[test]
    fn values_are_unescaped_as_in_a_file_unless_they_have_lines() {
        assert_eq!(property_text(r#" a\tb\\c"#), "a\tb\\c");
        assert_eq!(property_text("-----BEGIN\n\\x"), "-----BEGIN\n\\x");
        assert_eq!(property_text(r"C:\users"), r"C:\users");
    }

    #[test]
    fn a_compose_file_of_the_zookeeper_years_is_understood() {
        let found = read([
            ("PATH", "/bin"),
            ("KAFKA_ZOOKEEPER_CONNECT", "zookeeper:2181"),
            ("KAFKA_HEAP_OPTS", "-Xmx1g"),
            ("KAFKA_BROKER_ID", "4"),
            ("KAFKA_ADVERTISED_LISTENERS", "PLAINTEXT://kafka:9092"),
            ("CLUSTER_ID", "5L6g3nShT-eMCtK--X86sw"),
        ]);
        let pair = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        assert_eq!(
            found.properties,
            [
                pair("vltava.cluster.id", "5L6g3nShT-eMCtK--X86sw"),
                pair("advertised.listeners", "PLAINTEXT://kafka:9092"),
                pair("broker.id", "4")
            ]
        );
        assert_eq!(found.notices.len(), 1);
        assert!(found.notices[0].contains("KAFKA_ZOOKEEPER_CONNECT"));
    }
}
