use std::collections::BTreeMap;

use base::Str;
use metadata::image::QuotaEntity;
use protocol::messages::AlterClientQuotasRequest;
use protocol::messages::alter_client_quotas_request::{EntityData, EntryData, OpData};

use crate::{Cluster, name_of, send};

/// An entity: types and names, None the default of the type.
type Parts<'a> = &'a [(&'a str, Option<&'a str>)];

const BOB: Parts<'static> = &[("user", Some("bob"))];

fn entry(parts: Parts<'_>, ops: &[(&str, Option<f64>)]) -> EntryData {
    let part = |(kind, name): &(&str, Option<&str>)| EntityData {
        entity_type: Str::from(*kind),
        entity_name: name.map(Str::from),
        ..EntityData::default()
    };
    let op = |(key, value): &(&str, Option<f64>)| OpData {
        key: Str::from(*key),
        value: value.unwrap_or_default(),
        remove: value.is_none(),
        ..OpData::default()
    };
    EntryData {
        entity: parts.iter().map(part).collect(),
        ops: ops.iter().map(op).collect(),
        ..EntryData::default()
    }
}

fn alter(cluster: &mut Cluster, entries: Vec<EntryData>) -> Vec<&'static str> {
    let request = AlterClientQuotasRequest { entries, ..AlterClientQuotasRequest::default() };
    let reply = send!(cluster, AlterClientQuotas, request);
    reply.entries.iter().map(|entry| name_of(entry.error_code)).collect()
}

fn refused(parts: Parts<'_>, key: &str, value: f64) -> String {
    let mut cluster = Cluster::of(1);
    let entries = vec![entry(parts, &[(key, Some(value))])];
    let request = AlterClientQuotasRequest { entries, ..AlterClientQuotasRequest::default() };
    let reply = send!(cluster, AlterClientQuotas, request);
    assert_eq!(name_of(reply.entries[0].error_code), "INVALID_REQUEST");
    assert!(cluster.image().quotas().is_empty());
    reply.entries[0].error_message.as_deref().unwrap_or_default().to_owned()
}

fn quotas_of(cluster: &Cluster, parts: Parts<'_>) -> BTreeMap<String, f64> {
    let entity: QuotaEntity =
        parts.iter().map(|(kind, name)| (Str::from(*kind), name.map(Str::from))).collect();
    let quotas = cluster.image().quotas().get(&entity).cloned().unwrap_or_default();
    quotas.into_iter().map(|(key, value)| (String::from(&key), value)).collect()
}

#[test]
fn quotas_are_set_changed_and_taken_away() {
    let mut cluster = Cluster::of(1);
    let set = [("producer_byte_rate", Some(1000.0)), ("request_percentage", Some(12.5))];
    assert_eq!(alter(&mut cluster, vec![entry(BOB, &set)]), ["NONE"]);
    assert!(cluster.last_delta.quotas);
    assert_eq!(quotas_of(&cluster, BOB).len(), 2);

    let end = cluster.end;
    assert_eq!(alter(&mut cluster, vec![entry(BOB, &set)]), ["NONE"]);
    assert_eq!(cluster.end, end, "what is set already is no record");

    let change = [("producer_byte_rate", Some(2000.0)), ("request_percentage", None)];
    assert_eq!(alter(&mut cluster, vec![entry(BOB, &change)]), ["NONE"]);
    assert_eq!(quotas_of(&cluster, BOB), BTreeMap::from([("producer_byte_rate".into(), 2000.0)]));

    let remove = [("producer_byte_rate", None), ("consumer_byte_rate", None)];
    assert_eq!(alter(&mut cluster, vec![entry(BOB, &remove)]), ["NONE"]);
    assert!(cluster.image().quotas().is_empty());
}

#[test]
fn the_order_of_an_entitys_parts_does_not_matter() {
    let mut cluster = Cluster::of(1);
    let one = [("user", Some("bob")), ("client-id", None)];
    let other = [("client-id", None), ("user", Some("bob"))];
    alter(&mut cluster, vec![entry(&one, &[("consumer_byte_rate", Some(1.0))])]);
    alter(&mut cluster, vec![entry(&other, &[("producer_byte_rate", Some(2.0))])]);
    assert_eq!(quotas_of(&cluster, &one).len(), 2);
}

#[test]
fn a_bad_entity_does_not_keep_the_good_ones_from_their_quotas() {
    let mut cluster = Cluster::of(1);
    let rate = [("producer_byte_rate", Some(10.0))];
    let entries = vec![entry(&[], &rate), entry(BOB, &rate)];
    assert_eq!(alter(&mut cluster, entries), ["INVALID_REQUEST", "NONE"]);
    assert_eq!(quotas_of(&cluster, BOB).len(), 1);
}

#[test]
fn an_entity_that_is_named_twice_gets_one_answer_and_nothing_else() {
    let mut cluster = Cluster::of(1);
    let rate = [("producer_byte_rate", Some(10.0))];
    let entries = vec![entry(BOB, &rate), entry(BOB, &rate)];
    assert_eq!(alter(&mut cluster, entries), ["INVALID_REQUEST"]);
    let twice = [("producer_byte_rate", Some(10.0)), ("producer_byte_rate", None)];
    assert_eq!(alter(&mut cluster, vec![entry(BOB, &twice)]), ["INVALID_REQUEST"]);
    assert!(cluster.image().quotas().is_empty());
}

#[test]
fn validation_alone_changes_nothing() {
    let mut cluster = Cluster::of(1);
    let entries = vec![entry(BOB, &[("producer_byte_rate", Some(10.0))])];
    let request = AlterClientQuotasRequest { entries, validate_only: true, ..Default::default() };
    let reply = send!(cluster, AlterClientQuotas, request);
    assert_eq!(name_of(reply.entries[0].error_code), "NONE");
    assert!(cluster.image().quotas().is_empty());
}

#[test]
fn entities_keys_and_values_that_make_no_sense_are_refused() {
    let rate = "producer_byte_rate";
    assert!(refused(&[("group", Some("g"))], rate, 1.0).contains("entity type: group"));
    assert!(refused(&[("user", Some(""))], rate, 1.0).contains("Empty user"));
    let mixed = [("ip", Some("1.2.3.4")), ("user", Some("bob"))];
    assert!(refused(&mixed, "connection_creation_rate", 1.0).contains("combin"));
    assert!(refused(&[("user", Some("a")), ("user", Some("b"))], rate, 1.0).contains("one name"));
    assert!(refused(BOB, "connection_creation_rate", 1.0).contains("Invalid configuration key"));
    assert!(refused(&[("ip", None)], rate, 1.0).contains("Invalid configuration key"));
    assert!(refused(BOB, rate, 0.0).contains("greater than 0"));
    assert!(refused(BOB, "request_percentage", f64::NAN).contains("greater than 0"));
    assert!(refused(BOB, rate, 1.5).contains("fractional"));
    assert!(refused(&[("ip", None)], "connection_creation_rate", 3e9).contains("more than"));
}
