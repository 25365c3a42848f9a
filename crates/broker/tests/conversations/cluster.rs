//! The cluster itself: its brokers, its quorum, its features, its directories, and what it can be
//! asked.

use base::Str;
use protocol::messages::alter_replica_log_dirs_request::{
    AlterReplicaLogDir, AlterReplicaLogDirTopic,
};
use protocol::messages::describe_log_dirs_request::DescribableLogDirTopic;
use protocol::messages::update_features_request::FeatureUpdateKey;
use protocol::messages::*;

use super::Conversation;
use super::partitions::append;
use super::talk::Talk;

pub const ALL: &[Conversation] = &[
    ("cluster-says-what-it-can-be-asked", says_what_it_can_be_asked),
    ("cluster-has-no-authorizer", has_no_authorizer),
    ("cluster-is-asked-in-versions-that-there-are-not", asked_in_versions_that_there_are_not),
    ("cluster-is-described", is_described),
    ("cluster-describes-its-quorum", describes_its_quorum),
    ("cluster-features-are-updated", features_are_updated),
    ("cluster-directories-are-described", directories_are_described),
    ("cluster-replicas-change-directory", replicas_change_directory),
    ("cluster-gives-out-producer-ids", gives_out_producer_ids),
    ("cluster-names-coordinators", names_coordinators),
];

/// What Apache Kafka can be asked and this broker cannot yet, as what has no handler is not advertised:
/// SASL, delegation tokens, client quotas, SCRAM, and changes of the quorum.
const NOT_YET: &[i16] = &[17, 36, 38, 39, 40, 41, 48, 49, 50, 51, 80, 81];

fn says_what_it_can_be_asked(talk: &mut Talk) {
    let asks = |name: &str, version: &str| ApiVersionsRequest {
        client_software_name: name.into(),
        client_software_version: version.into(),
        ..Default::default()
    };
    for version in 0..=4 {
        let request = asks("talk", "1.0");
        let mut response = talk.aside(version, &request);
        let epoch = response.finalized_features_epoch;
        talk.call(format!("finalized_features_epoch: {epoch},"), "epoch of the features");
        response.api_keys.retain(|api| !NOT_YET.contains(&api.api_key));
        talk.write_down(version, &request, &response);
    }
    talk.note("names that there are not");
    for (name, version) in [("", "1.0"), ("talk", ""), ("ta lk", "1.0"), ("talk", "-1"), ("-", "-")]
    {
        talk.ask(4, asks(name, version));
    }
}

fn has_no_authorizer(talk: &mut Talk) {
    use create_acls_request::AclCreation;
    use delete_acls_request::DeleteAclsFilter;
    // Read, allowed, of topics by name.
    let (topic, literal, read, allow) = (2, 3, 3, 3);
    for version in 1..=3 {
        talk.ask(
            version,
            DescribeAclsRequest {
                resource_type_filter: topic,
                pattern_type_filter: literal,
                operation: read,
                permission_type: allow,
                ..Default::default()
            },
        );
        let creation = AclCreation {
            resource_type: topic,
            resource_name: "t".into(),
            resource_pattern_type: literal,
            principal: "User:u".into(),
            host: "*".into(),
            operation: read,
            permission_type: allow,
            ..Default::default()
        };
        for creations in [vec![], vec![creation.clone()], vec![creation.clone(), creation]] {
            talk.ask(version, CreateAclsRequest { creations, ..Default::default() });
        }
        let filter = DeleteAclsFilter {
            resource_type_filter: topic,
            pattern_type_filter: literal,
            operation: read,
            permission_type: allow,
            ..Default::default()
        };
        for filters in [vec![], vec![filter.clone()], vec![filter.clone(), filter]] {
            talk.ask(version, DeleteAclsRequest { filters, ..Default::default() });
        }
    }
}

/// A frame with the header of a request, client id `talk`, and a body of zeros.
fn frame(key: i16, version: i16) -> Vec<u8> {
    let mut header = Vec::new();
    header.extend_from_slice(&key.to_be_bytes());
    header.extend_from_slice(&version.to_be_bytes());
    header.extend_from_slice(&7i32.to_be_bytes());
    header.extend_from_slice(&4i16.to_be_bytes());
    header.extend_from_slice(b"talk");
    header.extend_from_slice(&[0; 8]);
    let mut frame = i32::try_from(header.len()).expect("a short frame").to_be_bytes().to_vec();
    frame.extend(header);
    frame
}

fn asked_in_versions_that_there_are_not(talk: &mut Talk) {
    talk.note("ApiVersions is answered in version 0, with the versions of itself");
    for version in [99, 5, -1] {
        talk.send_frame(&frame(18, version));
    }
    talk.note("everything else is not answered");
    let (produce, fetch, metadata, join) = (0, 1, 3, 11);
    for (key, version) in
        [(metadata, 99), (metadata, -1), (produce, 2), (fetch, 3), (join, 99), (999, 0), (-1, 0)]
    {
        talk.send_frame(&frame(key, version));
    }
    talk.note("what controllers ask of each other is not asked of a broker");
    let (vote, register) = (52, 62);
    for key in [vote, register] {
        talk.send_frame(&frame(key, 0));
    }
    talk.note("frames that are none");
    talk.send_frame(&[0, 0, 0, 0]);
    talk.send_frame(&[0xff; 4]);
    talk.send_frame(&[0x7f, 0xff, 0xff, 0xff]);
    talk.send_frame(&[0, 0, 0, 3, 0, 3, 0]);
    let mut short = frame(metadata, 12);
    short.truncate(4 + 10);
    short[3] = 10;
    talk.send_frame(&short);
}

fn is_described(talk: &mut Talk) {
    for version in 0..=2 {
        talk.ask(version, DescribeClusterRequest::default());
    }
    talk.ask(
        2,
        DescribeClusterRequest {
            include_cluster_authorized_operations: true,
            ..Default::default()
        },
    );
    talk.ask(2, DescribeClusterRequest { include_fenced_brokers: true, ..Default::default() });
    talk.note("as a broker does not know it");
    for endpoint_type in [2, 0, 9, -1] {
        talk.ask(2, DescribeClusterRequest { endpoint_type, ..Default::default() });
    }
}

fn describes_its_quorum(talk: &mut Talk) {
    use describe_quorum_request::{PartitionData, TopicData};
    let asks = |topic: &str, partition: i32| DescribeQuorumRequest {
        topics: vec![TopicData {
            topic_name: topic.into(),
            partitions: vec![PartitionData { partition_index: partition, ..Default::default() }],
            ..Default::default()
        }],
        ..Default::default()
    };
    for version in 0..=2 {
        let request = asks("__cluster_metadata", 0);
        let mut response = talk.aside(version, &request);
        talk.note("numbers that grow are left out");
        let partition = &mut response.topics[0].partitions[0];
        assert!(partition.high_watermark > 0, "{partition:?}");
        (partition.high_watermark, partition.leader_epoch) = (0, 0);
        for voter in &mut partition.current_voters {
            assert!(voter.log_end_offset > 0, "{voter:?}");
            voter.log_end_offset = 0;
            voter.last_fetch_timestamp = voter.last_fetch_timestamp.min(0);
            voter.last_caught_up_timestamp = voter.last_caught_up_timestamp.min(0);
            talk.call(voter.replica_directory_id.to_string(), "directory");
        }
        for node in &mut response.nodes {
            for listener in &mut node.listeners {
                // Where controllers listen is each node's own business.
                (listener.host, listener.port) = (Str::EMPTY, 0);
            }
        }
        talk.write_down(version, &request, &response);
    }
    talk.note("of what is no quorum");
    talk.ask(2, asks("__cluster_metadata", 1));
    talk.ask(2, asks("no such topic", 0));
    talk.ask(2, DescribeQuorumRequest::default());
}

fn features_are_updated(talk: &mut Talk) {
    talk.in_own_words();
    let asks = |feature: &str, level: i16, upgrade_type: i8| UpdateFeaturesRequest {
        timeout_ms: 30_000,
        feature_updates: vec![FeatureUpdateKey {
            feature: feature.into(),
            max_version_level: level,
            upgrade_type,
            ..Default::default()
        }],
        validate_only: true,
        ..Default::default()
    };
    let (up, safe_down, unsafe_down) = (1, 2, 3);
    talk.note("to what it is");
    talk.ask(2, asks("metadata.version", 30, up));
    talk.ask(2, asks("group.version", 1, up));
    talk.note("to what there is not");
    talk.ask(2, asks("metadata.version", 99, up));
    talk.ask(2, asks("metadata.version", 6, safe_down));
    talk.ask(2, asks("group.version", 5, up));
    talk.ask(2, asks("no.such.feature", 1, up));
    talk.ask(2, asks("", 1, up));
    talk.ask(2, asks("group.version", -1, up));
    talk.note("down");
    talk.ask(2, asks("metadata.version", 29, up));
    talk.ask(2, asks("metadata.version", 29, safe_down));
    talk.ask(2, asks("metadata.version", 29, unsafe_down));
    talk.ask(2, asks("group.version", 0, up));
    talk.ask(2, asks("group.version", 0, safe_down));
    talk.ask(2, asks("transaction.version", 1, safe_down));
    talk.ask(2, asks("kraft.version", 0, safe_down));
    talk.note("in a way that there is not");
    for upgrade_type in [0, 9, -1] {
        talk.ask(2, asks("group.version", 1, upgrade_type));
    }
    talk.note("nothing, and the same one twice");
    let nothing = UpdateFeaturesRequest { feature_updates: Vec::new(), ..asks("any", 1, up) };
    talk.ask(2, nothing.clone());
    talk.ask(1, nothing);
    let mut twice = asks("group.version", 1, up);
    twice.feature_updates.push(twice.feature_updates[0].clone());
    talk.ask(2, twice);
    talk.note("in older versions");
    talk.ask(1, asks("no.such.feature", 1, up));
    talk.ask(1, asks("group.version", 1, up));
    talk.ask(0, UpdateFeaturesRequest { validate_only: false, ..asks("no.such.feature", 1, up) });
}

/// The log directory, which goes by a name.
fn directory(talk: &mut Talk) -> Str {
    let described =
        talk.aside(4, &DescribeLogDirsRequest { topics: Some(Vec::new()), ..Default::default() });
    let directory = described.results[0].log_dir.clone();
    talk.call(String::from(&directory), "directory");
    directory
}

fn directories_are_described(talk: &mut Talk) {
    let (topic, _) = talk.topic("t", 2);
    append(talk, &topic, 0, &["a", "b"]);
    directory(talk);
    let missing = talk.own("missing");
    let asks = |topics: &[(&Str, &[i32])]| {
        let topic = |(name, partitions): &(&Str, &[i32])| DescribableLogDirTopic {
            topic: (*name).clone(),
            partitions: partitions.to_vec(),
            ..Default::default()
        };
        DescribeLogDirsRequest {
            topics: Some(topics.iter().map(topic).collect()),
            ..Default::default()
        }
    };
    let describe = |talk: &mut Talk, version: i16, request: DescribeLogDirsRequest| {
        let mut response = talk.aside(version, &request);
        for result in &mut response.results {
            // How large the disk is and how full, is the disk's business.
            result.total_bytes = result.total_bytes.min(0);
            result.usable_bytes = result.usable_bytes.min(0);
        }
        talk.write_down(version, &request, &response);
    };
    for version in 1..=5 {
        describe(talk, version, asks(&[(&topic, &[0, 1])]));
    }
    describe(talk, 4, asks(&[(&topic, &[1])]));
    talk.note("what is not there");
    describe(talk, 4, asks(&[(&topic, &[7])]));
    describe(talk, 4, asks(&[(&missing, &[0])]));
    describe(talk, 4, asks(&[]));
}

fn replicas_change_directory(talk: &mut Talk) {
    let (topic, _) = talk.topic("t", 1);
    append(talk, &topic, 0, &["a"]);
    let here = directory(talk);
    let asks = |path: &str, topic: &Str, partition: i32| AlterReplicaLogDirsRequest {
        dirs: vec![AlterReplicaLogDir {
            path: path.into(),
            topics: vec![AlterReplicaLogDirTopic {
                name: topic.clone(),
                partitions: vec![partition],
                ..Default::default()
            }],
            ..Default::default()
        }],
        ..Default::default()
    };
    talk.note("to where it is");
    for version in 1..=2 {
        talk.ask(version, asks(&here, &topic, 0));
    }
    talk.note("to where there is nothing");
    for path in ["/no/such/directory", "", "relative"] {
        talk.ask(2, asks(path, &topic, 0));
    }
    talk.note("what is not there: it is remembered where it shall be when it comes");
    talk.ask(2, asks(&here, &topic, 7));
    talk.ask(2, asks(&here, &talk.own("missing"), 0));
    talk.ask(2, AlterReplicaLogDirsRequest::default());
}

fn gives_out_producer_ids(talk: &mut Talk) {
    let asks = |timeout: i32, id: i64, epoch: i16| InitProducerIdRequest {
        transactional_id: None,
        transaction_timeout_ms: timeout,
        producer_id: id,
        producer_epoch: epoch,
        ..Default::default()
    };
    for version in 0..=5 {
        let request = asks(i32::MAX, -1, -1);
        let made = talk.ask_until(version, request, |reply| reply.error_code == 0);
        talk.call(format!("producer_id: {},", made.producer_id), &format!("id {version}"));
    }
    talk.note("one that has one already");
    // Higher than any id of a young cluster, lest it be taken for one that has a name here.
    let own = 1 << 40;
    for (id, epoch) in [(own, 0), (own, -1), (-1, 5)] {
        let made = talk.ask(5, asks(i32::MAX, id, epoch));
        if made.error_code == 0 {
            talk.call(format!("producer_id: {},", made.producer_id), &format!("id after {id}"));
        }
    }
    talk.note("whatever the time");
    let made = talk.ask(5, asks(-5, -1, -1));
    talk.call(format!("producer_id: {},", made.producer_id), "last id");
}

fn names_coordinators(talk: &mut Talk) {
    let key = talk.own("k");
    talk.coordinator(&key, 0);
    talk.coordinator(&key, 1);
    for version in 0..=3 {
        // The first version knows groups only.
        for key_type in 0..=i8::from(version > 0) {
            let request =
                FindCoordinatorRequest { key: key.clone(), key_type, ..Default::default() };
            talk.ask(version, request);
        }
    }
    let asks = |key_type: i8, keys: &[&str]| FindCoordinatorRequest {
        key_type,
        coordinator_keys: keys.iter().map(|key| Str::from(*key)).collect(),
        ..Default::default()
    };
    for version in 4..=6 {
        talk.ask(version, asks(0, &[&key, "", &key]));
        talk.ask(version, asks(1, &[&key, ""]));
    }
    talk.note("of share groups");
    // Whoever asks first has the topic of the share coordinators created.
    talk.coordinator(&"g:AAAAAAAAAAAAAAAAAAAAAQ:0".into(), 2);
    for key in [
        "g",
        "g:t:0",
        "g:AAAAAAAAAAAAAAAAAAAAAQ:x",
        "g:AAAAAAAAAAAAAAAAAAAAAQ:-1",
        ":AAAAAAAAAAAAAAAAAAAAAQ:0",
    ] {
        talk.ask(6, asks(2, &[key]));
    }
}
