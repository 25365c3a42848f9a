use base::{BrokerId, Uuid};
use metadata::LeaderRecoveryState;
use protocol::messages::alter_partition_request::{BrokerState, PartitionData, TopicData};
use protocol::messages::assign_replicas_to_dirs_request::{self as dirs};
use protocol::messages::elect_leaders_request::TopicPartitions;
use protocol::messages::{
    AllocateProducerIdsRequest, AlterPartitionRequest, AssignReplicasToDirsRequest,
    ElectLeadersRequest, UnregisterBrokerRequest,
};

use crate::{Cluster, ids, name_of, send, topic};

#[test]
fn a_broker_is_fenced_until_it_has_read_its_own_registration() {
    let mut cluster = Cluster::empty();
    let request = cluster.registration(1, 1);
    let epoch = send!(cluster, RegisterBroker, request).broker_epoch;
    assert_eq!(epoch, cluster.end.0 - 1, "the epoch is the offset of the registration");

    let reply = cluster.heartbeat(1, |request| request.current_metadata_offset = epoch - 1);
    assert_eq!((reply.is_caught_up, reply.is_fenced), (false, true));
    let reply = cluster.heartbeat(1, |_| {});
    assert_eq!((reply.is_caught_up, reply.is_fenced), (true, false));
    assert!(cluster.image().is_active(BrokerId(1)));
}

#[test]
fn registrations_that_do_not_fit_the_cluster_are_refused() {
    let mut cluster = Cluster::of(2);
    let mut attempt = |id, process, set: &dyn Fn(&mut _)| {
        let mut request = cluster.registration(id, process);
        set(&mut request);
        name_of(send!(cluster, RegisterBroker, request).error_code)
    };
    type Request = protocol::messages::BrokerRegistrationRequest;
    assert_eq!(
        attempt(2, 1, &|r: &mut Request| r.cluster_id = "other".into()),
        "INCONSISTENT_CLUSTER_ID"
    );
    assert_eq!(attempt(1, 2, &|_| {}), "DUPLICATE_BROKER_REGISTRATION");
    assert_eq!(attempt(2, 1, &|r: &mut Request| r.log_dirs.clear()), "INVALID_REGISTRATION");
    assert_eq!(
        attempt(2, 1, &|r: &mut Request| r.log_dirs = vec![Uuid::from_halves(77, 1)]),
        "INVALID_REGISTRATION"
    );
    assert_eq!(
        attempt(2, 1, &|r: &mut Request| r.log_dirs = vec![Uuid::DIRECTORY_LOST]),
        "INVALID_REGISTRATION"
    );
    assert_eq!(attempt(2, 1, &|r: &mut Request| r.features.clear()), "INVALID_REGISTRATION");
    assert_eq!(
        attempt(2, 1, &|r: &mut Request| {
            for feature in &mut r.features {
                feature.max_supported_version = feature.max_supported_version.min(29);
            }
        }),
        "UNSUPPORTED_VERSION"
    );
    // The same process registers again when it has found a new controller.
    assert_eq!(attempt(1, 1, &|_| {}), "NONE");
    assert!(cluster.image().is_active(BrokerId(1)), "and stays unfenced");
}

#[test]
fn a_silent_broker_is_fenced_after_a_session_and_its_leaders_move() {
    let mut cluster = Cluster::of(2);
    cluster.create_assigned("t", &[&[0, 1], &[1, 0]]);
    for _ in 0..3 {
        cluster.pass(4_000);
        cluster.heartbeat(1, |_| {});
    }
    assert!(!cluster.image().is_active(BrokerId(0)));
    let partition = cluster.partition("t", 0);
    assert_eq!((partition.leader, ids(&partition.isr)), (BrokerId(1), vec![1]));
    assert_eq!(partition.leader_epoch.0, 1);
    assert_eq!(cluster.partition("t", 1).leader_epoch.0, 0, "its leader stayed");
}

#[test]
fn the_last_replica_leaves_the_isr_empty_and_leads_again_when_it_returns_in_order() {
    let mut cluster = Cluster::of(1);
    cluster.create_assigned("t", &[&[0]]);
    let reply = cluster.heartbeat(0, |request| request.want_shut_down = true);
    assert!(!reply.should_shut_down, "its leaders are moved first");
    let reply = cluster.heartbeat(0, |request| request.want_shut_down = true);
    assert!(reply.should_shut_down);
    let partition = cluster.partition("t", 0);
    assert_eq!((partition.leader, ids(&partition.elr)), (BrokerId::NONE, vec![0]));

    let mut request = cluster.registration(0, 2);
    request.previous_broker_epoch = cluster.image().broker(BrokerId(0)).unwrap().epoch;
    assert_eq!(send!(cluster, RegisterBroker, request).error_code, 0);
    cluster.heartbeat(0, |_| {});
    let partition = cluster.partition("t", 0);
    assert_eq!((partition.leader, ids(&partition.isr)), (BrokerId(0), vec![0]));
    assert_eq!(partition.leader_recovery_state, LeaderRecoveryState::Recovered);
    assert!(partition.elr.is_empty());
}

#[test]
fn after_a_crash_the_only_replica_leads_again_but_must_recover() {
    let mut cluster = Cluster::of(1);
    cluster.create_assigned("t", &[&[0]]);
    cluster.pass(10_000);
    let request = cluster.registration(0, 2);
    assert_eq!(send!(cluster, RegisterBroker, request).error_code, 0);
    assert_eq!(ids(&cluster.partition("t", 0).elr), [] as [i32; 0]);
    cluster.heartbeat(0, |_| {});
    let partition = cluster.partition("t", 0).clone();
    assert_eq!(partition.leader, BrokerId(0));
    assert_eq!(partition.leader_recovery_state, LeaderRecoveryState::Recovering);

    assert_eq!(alter(&mut cluster, 0, &[0], |_| {}), "NONE");
    assert_eq!(cluster.partition("t", 0).leader_recovery_state, LeaderRecoveryState::Recovered);
}

/// Has `from` propose an ISR for partition 0 of `t`.
fn alter(
    cluster: &mut Cluster,
    from: i32,
    isr: &[i32],
    set: impl FnOnce(&mut PartitionData),
) -> &'static str {
    let partition = cluster.partition("t", 0);
    let mut data = PartitionData {
        partition_index: 0,
        leader_epoch: partition.leader_epoch.0,
        partition_epoch: partition.partition_epoch.0,
        new_isr_with_epochs: isr
            .iter()
            .map(|id| BrokerState { broker_id: *id, broker_epoch: -1, ..Default::default() })
            .collect(),
        ..Default::default()
    };
    set(&mut data);
    let request = AlterPartitionRequest {
        broker_id: from,
        broker_epoch: cluster.image().broker(BrokerId(from)).unwrap().epoch,
        topics: vec![TopicData {
            topic_id: cluster.topic("t").id,
            partitions: vec![data],
            ..Default::default()
        }],
        ..Default::default()
    };
    let reply = send!(cluster, AlterPartition, request);
    assert_eq!(reply.error_code, 0);
    name_of(reply.topics[0].partitions[0].error_code)
}

#[test]
fn a_leader_changes_the_isr_only_from_the_newest_state_and_only_to_the_eligible() {
    let mut cluster = Cluster::of(3);
    cluster.create_assigned("t", &[&[0, 1]]);
    assert_eq!(alter(&mut cluster, 0, &[0], |_| {}), "NONE");
    assert_eq!(
        alter(&mut cluster, 0, &[0, 1], |d| d.partition_epoch -= 1),
        "INVALID_UPDATE_VERSION"
    );
    assert_eq!(alter(&mut cluster, 0, &[0, 1], |d| d.partition_epoch += 1), "NOT_CONTROLLER");
    assert_eq!(alter(&mut cluster, 0, &[0, 1], |d| d.leader_epoch -= 1), "FENCED_LEADER_EPOCH");
    assert_eq!(alter(&mut cluster, 1, &[0, 1], |_| {}), "INVALID_REQUEST");
    assert_eq!(alter(&mut cluster, 0, &[1], |_| {}), "INVALID_REQUEST");
    assert_eq!(alter(&mut cluster, 0, &[0, 2], |_| {}), "INVALID_REQUEST");
    assert_eq!(
        alter(&mut cluster, 0, &[0, 1], |d| d.new_isr_with_epochs[1].broker_epoch = 1),
        "INELIGIBLE_REPLICA"
    );
    cluster.heartbeat(1, |request| request.want_fence = true);
    assert_eq!(alter(&mut cluster, 0, &[0, 1], |_| {}), "INELIGIBLE_REPLICA");
    cluster.heartbeat(1, |_| {});
    assert_eq!(alter(&mut cluster, 0, &[0, 1], |_| {}), "NONE");
    assert_eq!(ids(&cluster.partition("t", 0).isr), [0, 1]);
}

#[test]
fn leaders_go_home_when_somebody_asks_or_after_a_while() {
    let mut cluster = Cluster::of(2);
    cluster.create_assigned("t", &[&[0, 1], &[1, 0]]);
    cluster.heartbeat(0, |request| request.want_fence = true);
    cluster.heartbeat(0, |_| {});
    let isr_back = |cluster: &mut Cluster| alter(cluster, 1, &[1, 0], |_| {});
    assert_eq!(isr_back(&mut cluster), "NONE");

    let elect = |cluster: &mut Cluster, topic: &str, partition, kind| {
        let request = ElectLeadersRequest {
            election_type: kind,
            topic_partitions: Some(vec![TopicPartitions {
                topic: topic.into(),
                partitions: vec![partition],
                ..Default::default()
            }]),
            ..Default::default()
        };
        let reply = send!(cluster, ElectLeaders, request);
        let result = &reply.replica_election_results[0].partition_result[0];
        (name_of(reply.error_code), name_of(result.error_code))
    };
    assert_eq!(elect(&mut cluster, "t", 1, 0), ("NONE", "ELECTION_NOT_NEEDED"));
    assert_eq!(elect(&mut cluster, "t", 0, 1), ("NONE", "ELECTION_NOT_NEEDED"));
    assert_eq!(elect(&mut cluster, "t", 9, 0), ("NONE", "UNKNOWN_TOPIC_OR_PARTITION"));
    assert_eq!(elect(&mut cluster, "no", 0, 0), ("NONE", "UNKNOWN_TOPIC_OR_PARTITION"));
    assert_eq!(elect(&mut cluster, "t", 0, 7), ("INVALID_REQUEST", "INVALID_REQUEST"));
    assert_eq!(elect(&mut cluster, "t", 0, 0), ("NONE", "NONE"));
    assert_eq!(cluster.partition("t", 0).leader, BrokerId(0));

    cluster.heartbeat(0, |request| request.want_fence = true);
    cluster.heartbeat(0, |_| {});
    assert_eq!(isr_back(&mut cluster), "NONE");
    for _ in 0..80 {
        cluster.pass(4_000);
        cluster.heartbeat(0, |_| {});
        cluster.heartbeat(1, |_| {});
    }
    assert_eq!(cluster.partition("t", 0).leader, BrokerId(0));
}

#[test]
fn an_unregistered_broker_leaves_every_isr() {
    let mut cluster = Cluster::of(2);
    cluster.create_assigned("t", &[&[0, 1]]);
    let unregister = |cluster: &mut Cluster, broker_id| {
        let request = UnregisterBrokerRequest { broker_id, ..Default::default() };
        name_of(send!(cluster, UnregisterBroker, request).error_code)
    };
    assert_eq!(unregister(&mut cluster, 5), "BROKER_ID_NOT_REGISTERED");
    assert_eq!(unregister(&mut cluster, 0), "NONE");
    assert!(cluster.image().broker(BrokerId(0)).is_none());
    assert_eq!(ids(&cluster.partition("t", 0).isr), [1]);
}

#[test]
fn producer_ids_are_given_out_in_blocks_that_never_overlap() {
    let mut cluster = Cluster::of(2);
    let mut allocate = |id: i32, epoch: Option<i64>| {
        let known = cluster.image().broker(BrokerId(id)).unwrap().epoch;
        let request = AllocateProducerIdsRequest {
            broker_id: id,
            broker_epoch: epoch.unwrap_or(known),
            ..Default::default()
        };
        let reply = send!(cluster, AllocateProducerIds, request);
        (name_of(reply.error_code), reply.producer_id_start, reply.producer_id_len)
    };
    assert_eq!(allocate(0, None), ("NONE", 0, 1000));
    assert_eq!(allocate(1, None), ("NONE", 1000, 1000));
    assert_eq!(allocate(1, Some(1)).0, "STALE_BROKER_EPOCH");
    assert_eq!(allocate(0, None), ("NONE", 2000, 1000));
}

#[test]
fn a_replica_moves_between_directories_and_goes_offline_with_one() {
    let mut cluster = Cluster::of(2);
    let (a, b) = (Uuid::from_halves(88, 1), Uuid::from_halves(88, 2));
    let mut request = cluster.registration(2, 1);
    request.log_dirs = vec![a, b];
    send!(cluster, RegisterBroker, request);
    cluster.heartbeat(2, |_| {});
    cluster.create_assigned("t", &[&[2, 0]]);
    assert_eq!(cluster.partition("t", 0).directory(BrokerId(2)), Some(Uuid::DIRECTORY_UNASSIGNED));

    let request = AssignReplicasToDirsRequest {
        broker_id: 2,
        broker_epoch: cluster.image().broker(BrokerId(2)).unwrap().epoch,
        directories: vec![dirs::DirectoryData {
            id: a,
            topics: vec![dirs::TopicData {
                topic_id: cluster.topic("t").id,
                partitions: [0, 1]
                    .map(|partition_index| dirs::PartitionData {
                        partition_index,
                        ..Default::default()
                    })
                    .to_vec(),
                ..Default::default()
            }],
            ..Default::default()
        }],
        ..Default::default()
    };
    let reply = send!(cluster, AssignReplicasToDirs, request);
    let codes: Vec<_> = reply.directories[0].topics[0]
        .partitions
        .iter()
        .map(|partition| name_of(partition.error_code))
        .collect();
    assert_eq!(codes, ["NONE", "UNKNOWN_TOPIC_OR_PARTITION"]);
    assert_eq!(cluster.partition("t", 0).directory(BrokerId(2)), Some(a));

    cluster.heartbeat(2, |request| request.offline_log_dirs = vec![a]);
    let partition = cluster.partition("t", 0);
    assert_eq!((partition.leader, ids(&partition.isr)), (BrokerId(0), vec![0]));
    assert_eq!(cluster.image().broker(BrokerId(2)).unwrap().directories, [b]);
}

#[test]
fn a_broker_that_comes_with_a_failed_directory_leads_nothing_in_it() {
    let mut cluster = Cluster::of(1);
    cluster.create(vec![topic("t", 1, 1)]);
    let partition = cluster.partition("t", 0);
    let directory = cluster.image().broker(BrokerId(0)).unwrap().directories[0];
    assert_eq!(
        (partition.leader, partition.directory(BrokerId(0))),
        (BrokerId(0), Some(directory))
    );
    cluster.heartbeat(0, |request| request.want_fence = true);
    assert_eq!(cluster.partition("t", 0).leader, BrokerId(-1));

    cluster.heartbeat(0, |request| request.offline_log_dirs = vec![directory]);
    assert!(cluster.image().broker(BrokerId(0)).unwrap().is_active());
    assert_eq!(cluster.partition("t", 0).leader, BrokerId(-1));
}

#[test]
fn a_cordoned_broker_gets_no_new_replicas() {
    let mut cluster = Cluster::of(2);
    let cordoned = cluster.image().broker(BrokerId(0)).unwrap().directories.clone();
    cluster.heartbeat(0, |request| request.cordoned_log_dirs = Some(cordoned));
    cluster.create(vec![topic("t", 8, 1)]);
    assert!(cluster.topic("t").partitions.values().all(|p| p.leader == BrokerId(1)));
}
