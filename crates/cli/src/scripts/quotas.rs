//! `kafka-configs.sh` for users, clients and addresses: their quotas. SCRAM credentials are refused:
//! this client does not manage them yet.

use std::collections::BTreeMap;

use base::Str;
use client::Admin;
use client::admin::{QuotaEntity, QuotaNames};

use super::options::Options;
use super::{Ended, Ending};
use crate::output::print_line;

/// A type of entity in the words of the tool and of the broker.
struct Type {
    /// The value of `--entity-type`.
    option: &'static str,
    /// The options that name one of them, and the default of all.
    one: &'static str,
    default: &'static str,
    printed: &'static str,
    /// As the broker calls it.
    kind: &'static str,
}

const TYPES: [Type; 3] = [
    Type {
        option: "users",
        one: "user",
        default: "user-defaults",
        printed: "user-principal",
        kind: "user",
    },
    Type {
        option: "clients",
        one: "client",
        default: "client-defaults",
        printed: "client-id",
        kind: "client-id",
    },
    Type { option: "ips", one: "ip", default: "ip-defaults", printed: "ip", kind: "ip" },
];

const OF_ADDRESSES: [&str; 1] = ["connection_creation_rate"];
const OF_USERS_AND_CLIENTS: [&str; 4] =
    ["consumer_byte_rate", "controller_mutation_rate", "producer_byte_rate", "request_percentage"];
const MECHANISMS: [&str; 2] = ["SCRAM-SHA-256", "SCRAM-SHA-512"];

/// Sets and removes quotas of the one entity that the command line names.
pub async fn alter(
    admin: &Admin,
    options: &Options,
    added: &[(String, String)],
    deleted: &[String],
) -> Ended {
    let (types, names) = named(options);
    check_keys(&types, added.iter().map(|(key, _)| key).chain(deleted))?;
    if types.len() != names.len() {
        let message = "Exactly one entity name must be specified for every entity type";
        return Err(Ending::Failed(message.to_owned()));
    }
    let filter = filter(&types, &names);
    let old = admin.describe_client_quotas(&filter).await?.into_values().next().unwrap_or_default();
    let unset: Vec<&str> =
        deleted.iter().map(String::as_str).filter(|key| !old.contains_key(*key)).collect();
    if !unset.is_empty() {
        return Err(Ending::Failed(format!("Invalid config(s): {}", unset.join(","))));
    }
    let mut changes: BTreeMap<Str, Option<f64>> =
        deleted.iter().map(|key| (Str::from(key.as_str()), None)).collect();
    for (key, value) in added {
        let number = value.parse().map_err(|_| {
            Ending::Failed(format!("Cannot parse quota configuration value for {key}: {value}"))
        })?;
        changes.insert(Str::from(key.as_str()), Some(number));
    }
    let name = |name: &String| (!name.is_empty()).then(|| Str::from(name.as_str()));
    let entity: QuotaEntity =
        types.iter().map(|kind| Str::from(*kind)).zip(names.iter().map(name)).collect();
    Ok(admin.alter_client_quotas(&entity, &changes).await?)
}

/// A line for every entity that is meant and has quotas.
pub async fn describe(admin: &Admin, options: &Options) -> Ended {
    let (types, names) = named(options);
    for (entity, quotas) in admin.describe_client_quotas(&filter(&types, &names)).await? {
        let parts = TYPES.iter().filter_map(|Type { kind, printed, .. }| {
            Some(match entity.get(*kind)? {
                Some(name) => format!("{printed} '{name}'"),
                None => format!("the default {printed}"),
            })
        });
        let parts: Vec<String> = parts.collect();
        let quotas: Vec<String> =
            quotas.iter().map(|(key, value)| format!("{key}={}", java_double(*value))).collect();
        print_line(&format!("Quota configs for {} are {}", parts.join(", "), quotas.join(", ")))?;
    }
    Ok(())
}

/// The entity types and the names of the command line, in its order; a name is empty for the default.
/// There may be fewer names than types: then every name of the type is meant.
fn named(options: &Options) -> (Vec<&'static str>, Vec<String>) {
    let (mut types, mut names) = (Vec::new(), Vec::new());
    for (option, value) in options.in_order() {
        let value = value.unwrap_or_default();
        match option {
            "entity-type" => {
                let named = TYPES.iter().filter(|known| known.option == value);
                types.extend(named.map(|known| known.kind));
            }
            "entity-name" | "entity-default" => names.push(value.to_owned()),
            _ => {
                let flags = TYPES.iter().find(|known| [known.one, known.default].contains(&option));
                if let Some(known) = flags {
                    types.push(known.kind);
                    names.push(value.to_owned());
                }
            }
        }
    }
    (types, names)
}

fn filter(types: &[&'static str], names: &[String]) -> BTreeMap<Str, QuotaNames> {
    let wanted = |at: usize| match names.get(at).map(String::as_str) {
        None => QuotaNames::Any,
        Some("") => QuotaNames::Default,
        Some(name) => QuotaNames::One(Str::from(name)),
    };
    types.iter().enumerate().map(|(at, kind)| (Str::from(*kind), wanted(at))).collect()
}

fn check_keys<'a>(types: &[&str], keys: impl Iterator<Item = &'a String>) -> Ended {
    let (known, what): (&[&str], &str) = match types.contains(&"ip") {
        true => (&OF_ADDRESSES, "connection quota"),
        false => (&OF_USERS_AND_CLIENTS, "quota"),
    };
    let unknown: Vec<&str> = keys.map(String::as_str).filter(|key| !known.contains(key)).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let kind = match types {
        ["user"] => "users",
        ["ip"] => "ips",
        _ => "clients",
    };
    Err(Ending::Failed(match unknown.iter().any(|key| MECHANISMS.contains(key)) {
        true => format!("SCRAM credentials of {kind} cannot be managed with this tool yet"),
        false => format!(
            "Only {what} configs can be added for '{kind}' using --bootstrap-server. Unexpected config names: {}",
            unknown.join(",")
        ),
    }))
}

/// A number as Java prints a double: with a fraction, and with an exponent where it is very large or
/// very small.
fn java_double(value: f64) -> String {
    if value == 0.0 || (1e-3..1e7).contains(&value.abs()) {
        return format!("{value:?}");
    }
    let text = format!("{value:E}");
    match text.split_once('E') {
        Some((digits, exponent)) if !digits.contains('.') => format!("{digits}.0E{exponent}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_printed_as_java_prints_it() {
        let printed = [1000.0, 12.5, 1e7, 1.5e9, 0.0005].map(java_double);
        assert_eq!(printed, ["1000.0", "12.5", "1.0E7", "1.5E9", "5.0E-4"]);
    }

    #[test]
    fn keys_are_those_of_the_entity() {
        let check = |types: &[&str], key: &str| check_keys(types, [key.to_owned()].iter());
        assert!(check(&["user", "client-id"], "request_percentage").is_ok());
        assert!(check(&["ip"], "request_percentage").is_err());
        assert!(check(&["user"], "SCRAM-SHA-256").is_err());
    }
}
