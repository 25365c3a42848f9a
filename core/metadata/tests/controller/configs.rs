use base::{BrokerId, Str};
use metadata::{ConfigKind, ConfigResource};
use protocol::messages::incremental_alter_configs_request::{
    AlterConfigsResource, AlterableConfig,
};
use protocol::messages::{
    AlterConfigsRequest, IncrementalAlterConfigsRequest, alter_configs_request,
};

use crate::{Cluster, ids, name_of, send, topic};

const SET: i8 = 0;
const DELETE: i8 = 1;
const APPEND: i8 = 2;
const SUBTRACT: i8 = 3;

fn resource(
    kind: ConfigKind,
    name: &str,
    ops: &[(&str, i8, Option<&str>)],
) -> AlterConfigsResource {
    AlterConfigsResource {
        resource_type: kind.code(),
        resource_name: Str::from(name),
        configs: ops
            .iter()
            .map(|(name, operation, value)| AlterableConfig {
                name: Str::from(*name),
                config_operation: *operation,
                value: value.map(Str::from),
                ..Default::default()
            })
            .collect(),
        ..Default::default()
    }
}

fn alter(cluster: &mut Cluster, resources: Vec<AlterConfigsResource>) -> Vec<&'static str> {
    let request = IncrementalAlterConfigsRequest { resources, ..Default::default() };
    let reply = send!(cluster, IncrementalAlterConfigs, request);
    reply.responses.iter().map(|response| name_of(response.error_code)).collect()
}

fn value(cluster: &Cluster, resource: &ConfigResource, name: &str) -> Option<String> {
    cluster.image().config(resource).get(name).map(|value| value.to_string())
}

#[test]
fn keys_are_set_deleted_and_lists_are_added_to_and_taken_from() {
    let mut cluster = Cluster::of(1);
    cluster.create(vec![topic("t", 1, 1)]);
    let t = ConfigResource::topic("t");
    let change = |op, key: &str, text: Option<&str>| {
        vec![resource(ConfigKind::Topic, "t", &[(key, op, text)])]
    };
    assert_eq!(alter(&mut cluster, change(SET, "retention.ms", Some("7"))), ["NONE"]);
    assert_eq!(value(&cluster, &t, "retention.ms").as_deref(), Some("7"));
    assert_eq!(alter(&mut cluster, change(APPEND, "cleanup.policy", Some("compact"))), ["NONE"]);
    assert_eq!(value(&cluster, &t, "cleanup.policy").as_deref(), Some("delete,compact"));
    assert_eq!(alter(&mut cluster, change(APPEND, "cleanup.policy", Some("compact"))), ["NONE"]);
    assert_eq!(alter(&mut cluster, change(SUBTRACT, "cleanup.policy", Some("delete"))), ["NONE"]);
    assert_eq!(value(&cluster, &t, "cleanup.policy").as_deref(), Some("compact"));
    assert_eq!(alter(&mut cluster, change(APPEND, "retention.ms", Some("8"))), ["INVALID_CONFIG"]);
    assert_eq!(alter(&mut cluster, change(DELETE, "retention.ms", None)), ["NONE"]);
    assert_eq!(value(&cluster, &t, "retention.ms"), None);
    assert_eq!(alter(&mut cluster, change(SET, "retention.ms", None)), ["INVALID_REQUEST"]);
    assert_eq!(alter(&mut cluster, change(9, "retention.ms", Some("1"))), ["INVALID_REQUEST"]);
}

#[test]
fn every_resource_fails_or_succeeds_by_itself() {
    let mut cluster = Cluster::of(1);
    cluster.create(vec![topic("t", 1, 1), topic("twice", 1, 1)]);
    let retention = [("retention.ms", SET, Some("7"))];
    let codes = alter(
        &mut cluster,
        vec![
            resource(ConfigKind::Topic, "t", &retention),
            resource(ConfigKind::Topic, "nowhere", &retention),
            resource(ConfigKind::Topic, "", &retention),
            resource(ConfigKind::Topic, "t t", &retention),
            resource(ConfigKind::Topic, "twice", &retention),
            resource(ConfigKind::Topic, "twice", &retention),
            resource(ConfigKind::Broker, "9", &[("log.retention.ms", SET, Some("7"))]),
            resource(ConfigKind::Broker, "one", &[("log.retention.ms", SET, Some("7"))]),
            resource(ConfigKind::Broker, "0", &[("log.retention.ms", SET, Some("7"))]),
            resource(ConfigKind::BrokerLogger, "0", &[]),
            AlterConfigsResource { resource_type: 99, ..Default::default() },
            resource(ConfigKind::Group, "g", &[("no.such", SET, Some("7"))]),
        ],
    );
    assert_eq!(
        codes,
        [
            "NONE",
            "UNKNOWN_TOPIC_OR_PARTITION",
            "INVALID_REQUEST",
            "INVALID_TOPIC_EXCEPTION",
            "INVALID_REQUEST",
            "INVALID_REQUEST",
            "BROKER_ID_NOT_REGISTERED",
            "INVALID_REQUEST",
            "NONE",
            "INVALID_REQUEST",
            "INVALID_REQUEST",
            "INVALID_CONFIG",
        ]
    );
    assert_eq!(value(&cluster, &ConfigResource::topic("twice"), "retention.ms"), None);
    assert!(cluster.last_delta.configs.contains(&ConfigResource::broker(BrokerId(0))));
}

#[test]
fn the_old_api_replaces_the_whole_configuration() {
    let mut cluster = Cluster::of(1);
    cluster.create(vec![topic("t", 1, 1)]);
    let mut replace = |configs: &[(&str, &str)], validate_only| {
        let resources = vec![alter_configs_request::AlterConfigsResource {
            resource_type: ConfigKind::Topic.code(),
            resource_name: Str::from("t"),
            configs: configs
                .iter()
                .map(|(name, value)| alter_configs_request::AlterableConfig {
                    name: Str::from(*name),
                    value: Some(Str::from(*value)),
                    ..Default::default()
                })
                .collect(),
            ..Default::default()
        }];
        let request = AlterConfigsRequest { resources, validate_only, ..Default::default() };
        let reply = send!(cluster, AlterConfigs, request);
        let config = cluster.image().config(&ConfigResource::topic("t"));
        let keys: Vec<String> = config.keys().map(|key| key.to_string()).collect();
        (name_of(reply.responses[0].error_code), keys)
    };
    let two = replace(&[("retention.ms", "1"), ("segment.ms", "2")], false);
    assert_eq!(two, ("NONE", vec!["retention.ms".into(), "segment.ms".into()]));
    assert_eq!(replace(&[("segment.ms", "2")], true).1.len(), 2, "only validated");
    assert_eq!(replace(&[("segment.ms", "2")], false), ("NONE", vec!["segment.ms".into()]));
    assert_eq!(replace(&[("segment.ms", "x")], false).0, "INVALID_CONFIG");
    assert_eq!(replace(&[], false), ("NONE", vec![]));
}

#[test]
fn another_min_insync_replicas_forgets_who_was_eligible_under_the_old_one() {
    let mut cluster = Cluster::of(2);
    cluster.create_assigned("t", &[&[0, 1]]);
    let min = |op, text| [("min.insync.replicas", op, text)];
    let set = |name: &str, text| vec![resource(ConfigKind::Topic, name, &min(SET, Some(text)))];
    assert_eq!(alter(&mut cluster, set("t", "2")), ["NONE"]);
    cluster.heartbeat(1, |request| request.want_fence = true);
    assert_eq!(ids(&cluster.partition("t", 0).elr), [1]);
    assert_eq!(alter(&mut cluster, set("t", "1")), ["NONE"]);
    assert!(cluster.partition("t", 0).elr.is_empty());

    let of_one = vec![resource(ConfigKind::Broker, "0", &min(SET, Some("2")))];
    assert_eq!(alter(&mut cluster, of_one), ["INVALID_CONFIG"]);
    let of_none = vec![resource(ConfigKind::Broker, "", &min(DELETE, None))];
    assert_eq!(alter(&mut cluster, of_none), ["INVALID_CONFIG"]);
    let of_all = vec![resource(ConfigKind::Broker, "", &min(SET, Some("2")))];
    assert_eq!(alter(&mut cluster, of_all), ["NONE"]);
}
