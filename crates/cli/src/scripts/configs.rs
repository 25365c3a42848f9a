//! `kafka-configs.sh`: what topics, brokers, groups and client metrics are set to. Users, clients and
//! addresses have quotas instead (`quotas`).

use std::collections::BTreeSet;

use base::{ErrorCode, Str};
use client::admin::{
    ConfigChange, ConfigEntry, ConfigOperation, ConfigResource, ConfigSource, GroupFilter,
};
use client::{Admin, Error};

use super::options::{Options, Takes, Tool};
use super::{Ended, Ending, properties, quotas};
use crate::output::print_line;

const TOOL: Tool = Tool {
    about: "This tool helps to manipulate and describe entity config for a topic, client, user, broker, ip, client-metrics or group",
    specs: &[
        ("bootstrap-server", Takes::Value("String: server to connect to"), "The brokers to ask."),
        (
            "bootstrap-controller",
            Takes::Value("String: controller to connect to"),
            "The controllers to ask.",
        ),
        (
            "command-config",
            Takes::Value("String: command config property file"),
            "A file of properties for the client.",
        ),
        ("alter", Takes::Nothing, "Change a configuration."),
        ("describe", Takes::Nothing, "Show a configuration."),
        ("all", Takes::Nothing, "With --describe: everything, not only what was set."),
        (
            "entity-type",
            Takes::Values("String"),
            "topics, brokers, broker-loggers, client-metrics, groups, users, clients or ips.",
        ),
        (
            "entity-name",
            Takes::Values("String"),
            "The name of the topic, group and so on, or the broker's id.",
        ),
        ("entity-default", Takes::Nothing, "The default of all entities of the type."),
        ("add-config", Takes::Value("String"), "What to set: 'k1=v1,k2=[v1,v2],k3=v3'."),
        ("add-config-file", Takes::Value("String"), "A file of properties to set."),
        ("delete-config", Takes::Values("String"), "What to put back to its default: 'k1,k2'."),
        ("topic", Takes::Value("String"), "A topic."),
        ("client", Takes::Value("String"), "A client's id."),
        ("client-defaults", Takes::Nothing, "The default of all clients."),
        ("user", Takes::Value("String"), "A user's principal name."),
        ("user-defaults", Takes::Nothing, "The default of all users."),
        ("broker", Takes::Value("String"), "A broker's id."),
        ("broker-defaults", Takes::Nothing, "The default of all brokers."),
        ("broker-logger", Takes::Value("String"), "A broker's id, for its log levels."),
        ("ip", Takes::Value("String"), "An address."),
        ("ip-defaults", Takes::Nothing, "The default of all addresses."),
        ("group", Takes::Value("String"), "A group."),
        ("client-metrics", Takes::Value("String"), "A subscription to the metrics of clients."),
    ],
};

/// Every type of entity with the options that name one of it and its default.
const TYPES: [(&str, &str, Option<&str>); 8] = [
    ("topics", "topic", None),
    ("clients", "client", Some("client-defaults")),
    ("users", "user", Some("user-defaults")),
    ("brokers", "broker", Some("broker-defaults")),
    ("broker-loggers", "broker-logger", None),
    ("ips", "ip", Some("ip-defaults")),
    ("client-metrics", "client-metrics", None),
    ("groups", "group", None),
];

/// The types with a default.
const WITH_DEFAULT: [&str; 4] = ["users", "clients", "brokers", "ips"];

/// An entity: its type, and its name if one was given; empty for the default of the type.
struct Entity {
    kind: &'static str,
    name: Option<String>,
}

impl Entity {
    /// Users, clients and addresses have quotas where others have a configuration.
    fn has_quotas(&self) -> bool {
        matches!(self.kind, "users" | "clients" | "ips")
    }
}

pub async fn run(arguments: &[String]) -> Ended {
    let options = TOOL.parse(arguments)?;
    let entity = check(&options)?;
    let bootstrap = options.value("bootstrap-server").or(options.value("bootstrap-controller"));
    let config = properties::admin(&options, bootstrap.unwrap_or_default())?;
    let admin = Admin::connect(config).await?;
    let ended = match options.has("alter") {
        true => alter(&admin, &options, &entity).await,
        false => describe(&admin, &options, &entity).await,
    };
    match ended {
        Err(Ending::Failed(text))
            if !text.starts_with("Invalid") && !text.starts_with("requirement failed") =>
        {
            eprintln!("Error while executing config command with args '{}'", arguments.join(" "));
            Err(Ending::Failed(text))
        }
        other => other,
    }
}

fn failed(text: impl Into<String>) -> Ending {
    Ending::Failed(text.into())
}

// ---- the command line ----

fn check(options: &Options) -> Result<Entity, Ending> {
    if options.count(&["alter", "describe"]) != 1 {
        return Err(options.usage("Command must include exactly one action: --describe, --alter"));
    }
    options.refuse_together("describe", &["add-config", "delete-config"])?;
    let kinds = kinds(options)?;
    match options.count(&["bootstrap-server", "bootstrap-controller"]) {
        0 => {
            return Err(failed(
                "Either --bootstrap-server or --bootstrap-controller must be specified.",
            ));
        }
        1 => {}
        _ => {
            return Err(failed(
                "Only one of --bootstrap-server or --bootstrap-controller can be specified",
            ));
        }
    }
    let kind = match kinds[..] {
        [] => return Err(failed("At least one entity type must be specified")),
        [kind] => kind,
        ["users", "clients"] | ["clients", "users"] => kinds[0],
        _ => {
            return Err(failed(
                "Only 'users' and 'clients' entity types may be specified together",
            ));
        }
    };
    let flags = TYPES.iter().any(|(_, flag, default)| {
        options.has(flag) || default.is_some_and(|default| options.has(default))
    });
    if flags && options.count(&["entity-type", "entity-name", "entity-default"]) > 0 {
        return Err(failed(
            "--entity-{type,name,default} should not be used in conjunction with specific entity flags",
        ));
    }
    let entity = Entity { kind, name: name(options, kind) };
    check_entity(options, &entity)?;
    Ok(entity)
}

fn kinds(options: &Options) -> Result<Vec<&'static str>, Ending> {
    let mut kinds = Vec::new();
    for given in options.values("entity-type") {
        let known = TYPES.iter().find(|(kind, ..)| *kind == given);
        let (kind, ..) = known.ok_or_else(|| {
            let all: Vec<&str> = TYPES.iter().map(|(kind, ..)| *kind).collect();
            failed(format!(
                "Invalid entity type {given}, the entity type must be one of {} with a --bootstrap-server or --bootstrap-controller argument",
                all.join(", ")
            ))
        })?;
        kinds.push(*kind);
    }
    let named = TYPES.iter().filter(|(_, flag, _)| options.has(flag));
    let defaults =
        TYPES.iter().filter(|(.., default)| default.is_some_and(|default| options.has(default)));
    kinds.extend(named.chain(defaults).map(|(kind, ..)| *kind));
    let distinct: BTreeSet<&str> = kinds.iter().copied().collect();
    match distinct.len() == kinds.len() {
        true => Ok(kinds),
        false => Err(failed(format!("Duplicate entity type(s) specified: {}", kinds[0]))),
    }
}

fn name(options: &Options, kind: &str) -> Option<String> {
    let (_, flag, default) = TYPES.iter().find(|(known, ..)| *known == kind)?;
    let named = options.value("entity-name").or(options.value(flag));
    let is_default =
        options.has("entity-default") || default.is_some_and(|default| options.has(default));
    named.map(str::to_owned).or_else(|| is_default.then(String::new))
}

fn check_entity(options: &Options, entity: &Entity) -> Ended {
    let kind = entity.kind;
    let name = entity.name.as_deref();
    let is_broker = matches!(kind, "brokers" | "broker-loggers");
    if let Some(id) = name.filter(|name| is_broker && !name.is_empty())
        && id.parse::<i32>().is_err()
    {
        return Err(failed(format!(
            "The entity name for {kind} must be a valid integer broker id, but it is: {id}"
        )));
    }
    if options.has("describe") {
        if !WITH_DEFAULT.contains(&kind) && options.has("entity-default") {
            return Err(failed(format!(
                "--entity-default must not be specified with --describe of {kind}"
            )));
        }
        if kind == "broker-loggers" && name.is_none() {
            return Err(failed(format!(
                "An entity name must be specified with --describe of {kind}"
            )));
        }
        return Ok(());
    }
    match name {
        None if WITH_DEFAULT.contains(&kind) => {
            return Err(failed(
                "An entity-name or default entity must be specified with --alter of users, clients, brokers or ips",
            ));
        }
        None => {
            return Err(failed(format!("An entity name must be specified with --alter of {kind}")));
        }
        Some("") if !WITH_DEFAULT.contains(&kind) => {
            return Err(failed(format!("An entity name must be specified with --alter of {kind}")));
        }
        Some(_) => {}
    }
    if options.has("add-config") && options.has("add-config-file") {
        return Err(failed("Only one of --add-config or --add-config-file must be specified"));
    }
    if options.count(&["add-config", "add-config-file", "delete-config"]) == 0 {
        return Err(failed(
            "At least one of --add-config, --add-config-file, or --delete-config must be specified with --alter",
        ));
    }
    Ok(())
}

// ---- altering ----

async fn alter(admin: &Admin, options: &Options, entity: &Entity) -> Ended {
    let name = entity.name.as_deref().unwrap_or_default();
    let added = added(options)?;
    let deleted: Vec<String> = options
        .values("delete-config")
        .into_iter()
        .flat_map(|keys| keys.split(','))
        .map(|key| key.trim().to_owned())
        .collect();
    if entity.has_quotas() {
        quotas::alter(admin, options, &added, &deleted).await?;
        return completed(entity);
    }
    let resource = resource(entity.kind, name)?;
    if entity.kind == "broker-loggers" {
        let known = admin.describe_configs(&resource).await?;
        let known: BTreeSet<&str> = known.iter().map(|entry| entry.name.as_str()).collect();
        let keys = deleted.iter().chain(added.iter().map(|(key, _)| key));
        let unknown: Vec<&str> =
            keys.map(String::as_str).filter(|key| !known.contains(key)).collect();
        if !unknown.is_empty() {
            return Err(failed(format!("Invalid broker logger(s): {}", unknown.join(","))));
        }
    }
    let change = |key: &str, operation, value: Option<&str>| ConfigChange {
        key: key.into(),
        operation,
        value: value.map(Str::from),
    };
    let mut changes: Vec<ConfigChange> =
        deleted.iter().map(|key| change(key, ConfigOperation::Delete, None)).collect();
    changes.extend(
        added.iter().map(|(key, value)| change(key, ConfigOperation::Set, Some(value.as_str()))),
    );
    admin.alter_configs(&resource, &changes).await?;
    completed(entity)
}

fn completed(entity: &Entity) -> Ended {
    let text = match entity.name.as_deref().unwrap_or_default() {
        "" => format!("Completed updating default config for {} in the cluster.", entity.kind),
        name => format!("Completed updating config for {} {name}.", singular(entity.kind)),
    };
    Ok(print_line(&text)?)
}

/// As Kafka's tool has it: a letter less.
fn singular(kind: &str) -> &str {
    &kind[..kind.len() - 1]
}

fn resource(kind: &str, name: &str) -> Result<ConfigResource, Ending> {
    let id = || {
        name.parse().map_err(|_| {
            failed(format!(
                "The entity name for {kind} must be a valid integer broker id, found: {name}"
            ))
        })
    };
    Ok(match kind {
        "topics" => ConfigResource::Topic(name.into()),
        "brokers" if name.is_empty() => ConfigResource::Broker(None),
        "brokers" => ConfigResource::Broker(Some(id()?)),
        "broker-loggers" => ConfigResource::BrokerLogger(id()?),
        "client-metrics" => ConfigResource::ClientMetrics(name.into()),
        _ => ConfigResource::Group(name.into()),
    })
}

fn added(options: &Options) -> Result<Vec<(String, String)>, Ending> {
    let mut pairs = properties::from_file(options, "add-config-file")?;
    if let Some(text) = options.value("add-config") {
        let mut all = split(text, ',');
        // A comma at the end separates nothing.
        while all.len() > 1 && all.last().is_some_and(String::is_empty) {
            all.pop();
        }
        for pair in all {
            let [key, value] = &split(&pair, '=')[..] else {
                return Err(failed(
                    "requirement failed: Invalid entity config: all configs to be added must be in the format \"key=val\" or  \"key=[val1,val2]\" to group values which contain commas.",
                ));
            };
            let value = value.replace(['[', ']'], "").trim().to_owned();
            pairs.push((key.trim().to_owned(), value));
        }
    }
    let allowed =
        |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '$' | '.' | '_' | '-');
    match pairs.iter().find(|(key, _)| !key.chars().all(allowed)) {
        Some((key, _)) => Err(failed(format!("Invalid character found for config key: {key}"))),
        None => Ok(pairs),
    }
}

/// At separators that stand in no brackets.
fn split(text: &str, separator: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for letter in text.chars() {
        match letter {
            '[' => depth += 1,
            ']' => depth -= 1,
            letter if letter == separator && depth <= 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut().expect("there is a part").push(letter);
    }
    parts
}

// ---- describing ----

async fn describe(admin: &Admin, options: &Options, entity: &Entity) -> Ended {
    if entity.has_quotas() {
        return quotas::describe(admin, options).await;
    }
    let all = options.has("all");
    let known = known(admin, entity.kind).await?;
    let names = match &entity.name {
        Some(name) => {
            let is_default = entity.kind == "brokers" && name.is_empty();
            if !all && !is_default && !known.contains(name) {
                return Ok(print_line(&format!(
                    "The {} '{name}' doesn't exist and doesn't have dynamic config.",
                    singular(entity.kind)
                ))?);
            }
            vec![name.clone()]
        }
        None => {
            let mut names: Vec<String> = known.into_iter().collect();
            if entity.kind == "brokers" {
                names.push(String::new());
            }
            names
        }
    };
    for name in names {
        let line = match (name.as_str(), all) {
            ("", _) => format!("Default configs for {} in the cluster are:", entity.kind),
            (name, true) => format!("All configs for {} {name} are:", singular(entity.kind)),
            (name, false) => format!("Dynamic configs for {} {name} are:", singular(entity.kind)),
        };
        print_line(&line)?;
        let mut entries = admin.describe_configs(&resource(entity.kind, &name)?).await?;
        entries.sort_by(|one, other| one.name.cmp(&other.name));
        for entry in entries {
            if all || source(entity.kind, &name).is_none_or(|source| entry.source == source) {
                print_entry(&entry)?;
            }
        }
    }
    Ok(())
}

/// The entities of a type that exist.
async fn known(admin: &Admin, kind: &str) -> Result<BTreeSet<String>, Ending> {
    Ok(match kind {
        "topics" => {
            admin.list_topics().await?.into_iter().map(|topic| topic.name.to_string()).collect()
        }
        "brokers" | "broker-loggers" => {
            let nodes = admin.describe_cluster().await?.nodes;
            nodes.into_iter().map(|node| node.id.to_string()).collect()
        }
        "client-metrics" => {
            let kind = ConfigResource::ClientMetrics(Str::EMPTY);
            let names = admin.list_config_resources(&kind).await?;
            names.into_iter().map(|name| name.to_string()).collect()
        }
        _ => {
            let groups = admin.list_groups(&GroupFilter::default()).await?;
            let mut names: BTreeSet<String> =
                groups.into_iter().map(|group| group.id.to_string()).collect();
            match admin.list_config_resources(&ConfigResource::Group(Str::EMPTY)).await {
                Ok(configured) => names.extend(configured.into_iter().map(|id| id.to_string())),
                Err(Error::Unsupported { .. }) => {}
                Err(error) if error.code() == Some(ErrorCode::UnsupportedVersion) => {}
                Err(error) => return Err(error.into()),
            }
            names
        }
    })
}

/// Where values stand that were set for this very entity. Log levels are all of one kind.
fn source(kind: &str, name: &str) -> Option<ConfigSource> {
    match kind {
        "topics" => Some(ConfigSource::Topic),
        "brokers" if name.is_empty() => Some(ConfigSource::DynamicDefault),
        "brokers" => Some(ConfigSource::DynamicBroker),
        "client-metrics" => Some(ConfigSource::ClientMetrics),
        "groups" => Some(ConfigSource::Group),
        _ => None,
    }
}

fn print_entry(entry: &ConfigEntry) -> Ended {
    let text = |value: &Option<Str>| value.as_deref().unwrap_or("null").to_owned();
    let synonyms: Vec<String> = entry
        .synonyms
        .iter()
        .map(|synonym| {
            format!("{}:{}={}", source_name(synonym.source), synonym.name, text(&synonym.value))
        })
        .collect();
    Ok(print_line(&format!(
        "  {}={} sensitive={} synonyms={{{}}}",
        entry.name,
        text(&entry.value),
        entry.is_sensitive,
        synonyms.join(", ")
    ))?)
}

/// As Java names the source of a value.
fn source_name(source: ConfigSource) -> &'static str {
    match source {
        ConfigSource::Topic => "DYNAMIC_TOPIC_CONFIG",
        ConfigSource::DynamicBroker => "DYNAMIC_BROKER_CONFIG",
        ConfigSource::DynamicDefault => "DYNAMIC_DEFAULT_BROKER_CONFIG",
        ConfigSource::StaticBroker => "STATIC_BROKER_CONFIG",
        ConfigSource::Default => "DEFAULT_CONFIG",
        ConfigSource::BrokerLogger => "DYNAMIC_BROKER_LOGGER_CONFIG",
        ConfigSource::ClientMetrics => "DYNAMIC_CLIENT_METRICS_CONFIG",
        ConfigSource::Group => "DYNAMIC_GROUP_CONFIG",
        ConfigSource::Unknown => "UNKNOWN",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_in_brackets_belong_to_the_value() {
        assert_eq!(split("a=1,b=[2,3],c=4", ','), ["a=1", "b=[2,3]", "c=4"]);
        assert_eq!(split("a=", ','), ["a="]);
    }

    #[test]
    fn what_is_added_is_one_value_to_a_key() {
        let pairs = |text: &str| {
            let all = ["--bootstrap-server", "localhost:9092", "--add-config", text];
            let options = TOOL.parse(&all.map(str::to_owned)).unwrap();
            added(&options).ok()
        };
        let is = |key: &str, value: &str| Some(vec![(key.to_owned(), value.to_owned())]);
        assert_eq!(pairs("a = 1"), is("a", "1"));
        assert_eq!(pairs("a="), is("a", ""));
        assert_eq!(pairs("a=[b=1, c=2],"), is("a", "b=1, c=2"));
        assert_eq!(pairs("a=b=c"), None);
        assert_eq!(pairs("a"), None);
    }

    #[test]
    fn an_entity_is_named_in_the_old_and_in_the_new_way() {
        let entity = |arguments: &[&str]| {
            let mut all = vec!["--bootstrap-server", "localhost:9092", "--describe"];
            all.extend(arguments);
            let all: Vec<String> = all.into_iter().map(str::to_owned).collect();
            let entity = check(&TOOL.parse(&all)?)?;
            Ok::<_, Ending>((entity.kind, entity.name))
        };
        let of = |kind, name: &str| (kind, Some(name.to_owned()));
        let old = ["--entity-type", "topics", "--entity-name", "t"];
        assert_eq!(entity(&old).unwrap(), of("topics", "t"));
        assert_eq!(entity(&["--topic", "t"]).unwrap(), of("topics", "t"));
        assert_eq!(entity(&["--broker-defaults"]).unwrap(), of("brokers", ""));
        assert_eq!(entity(&["--entity-type", "groups"]).unwrap(), ("groups", None));
        assert!(entity(&["--broker", "x"]).is_err());
        assert!(entity(&["--topic", "t", "--entity-type", "topics"]).is_err());
        assert!(entity(&[]).is_err());
    }
}
