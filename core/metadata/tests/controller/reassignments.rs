use base::{BrokerId, Str};
use protocol::messages::alter_partition_reassignments_request::{
    ReassignablePartition, ReassignableTopic,
};
use protocol::messages::alter_partition_request::{BrokerState, PartitionData, TopicData};
use protocol::messages::{
    AlterPartitionReassignmentsRequest, AlterPartitionRequest, ListPartitionReassignmentsRequest,
};

use crate::{Cluster, ids, name_of, send};

fn reassign(cluster: &mut Cluster, target: Option<&[i32]>, allow: bool) -> &'static str {
    let request = AlterPartitionReassignmentsRequest {
        allow_replication_factor_change: allow,
        topics: vec![ReassignableTopic {
            name: Str::from("t"),
            partitions: vec![ReassignablePartition {
                partition_index: 0,
                replicas: target.map(<[i32]>::to_vec),
                ..Default::default()
            }],
            ..Default::default()
        }],
        ..Default::default()
    };
    let reply = send!(cluster, AlterPartitionReassignments, request);
    name_of(reply.responses[0].partitions[0].error_code)
}

fn ongoing(cluster: &mut Cluster) -> Vec<(Vec<i32>, Vec<i32>, Vec<i32>)> {
    let request = ListPartitionReassignmentsRequest { topics: None, ..Default::default() };
    let reply = send!(cluster, ListPartitionReassignments, request);
    let partitions = reply.topics.into_iter().flat_map(|topic| topic.partitions);
    partitions.map(|p| (p.replicas, p.adding_replicas, p.removing_replicas)).collect()
}

/// The leader proposes an ISR.
fn alter_isr(cluster: &mut Cluster, isr: &[i32]) -> &'static str {
    let partition = cluster.partition("t", 0);
    let leader = partition.leader;
    let data = PartitionData {
        leader_epoch: partition.leader_epoch.0,
        partition_epoch: partition.partition_epoch.0,
        new_isr_with_epochs: isr
            .iter()
            .map(|id| BrokerState { broker_id: *id, broker_epoch: -1, ..Default::default() })
            .collect(),
        ..Default::default()
    };
    let request = AlterPartitionRequest {
        broker_id: leader.0,
        broker_epoch: cluster.image().broker(leader).unwrap().epoch,
        topics: vec![TopicData {
            topic_id: cluster.topic("t").id,
            partitions: vec![data],
            ..Default::default()
        }],
        ..Default::default()
    };
    let reply = send!(cluster, AlterPartition, request);
    name_of(reply.topics[0].partitions[0].error_code)
}

#[test]
fn a_partition_moves_to_other_brokers_step_by_step() {
    let mut cluster = Cluster::of(4);
    cluster.create_assigned("t", &[&[0, 1]]);
    assert_eq!(ongoing(&mut cluster), []);
    assert_eq!(reassign(&mut cluster, Some(&[2, 3]), true), "NONE");
    assert_eq!(ongoing(&mut cluster), [(vec![2, 3, 0, 1], vec![2, 3], vec![0, 1])]);
    assert_eq!(alter_isr(&mut cluster, &[0, 1, 2]), "NONE");
    assert_eq!(ongoing(&mut cluster).len(), 1, "3 is not in sync yet");
    // The last step takes the lead from the broker that asks for it.
    assert_eq!(alter_isr(&mut cluster, &[0, 1, 2, 3]), "NEW_LEADER_ELECTED");
    assert_eq!(ongoing(&mut cluster), []);
    let partition = cluster.partition("t", 0);
    assert_eq!((ids(&partition.replicas), partition.leader), (vec![2, 3], BrokerId(2)));
    assert_eq!(ids(&partition.isr), [2, 3]);
}

#[test]
fn a_cancelled_reassignment_leaves_the_partition_where_it_was() {
    let mut cluster = Cluster::of(3);
    cluster.create_assigned("t", &[&[0, 1]]);
    assert_eq!(reassign(&mut cluster, None, true), "NO_REASSIGNMENT_IN_PROGRESS");
    assert_eq!(reassign(&mut cluster, Some(&[1, 2]), true), "NONE");
    assert_eq!(alter_isr(&mut cluster, &[0, 1]), "NONE");
    assert_eq!(reassign(&mut cluster, None, true), "NONE");
    let partition = cluster.partition("t", 0);
    assert_eq!((ids(&partition.replicas), ids(&partition.isr)), (vec![1, 0], vec![0, 1]));
    assert!(!partition.is_reassigning());
}

#[test]
fn targets_are_checked_and_the_factor_is_kept_where_the_request_says_so() {
    let mut cluster = Cluster::of(3);
    cluster.create_assigned("t", &[&[0, 1]]);
    assert_eq!(reassign(&mut cluster, Some(&[0, 9]), true), "INVALID_REPLICA_ASSIGNMENT");
    assert_eq!(reassign(&mut cluster, Some(&[]), true), "INVALID_REPLICA_ASSIGNMENT");
    assert_eq!(reassign(&mut cluster, Some(&[0, 1, 2]), false), "INVALID_REPLICATION_FACTOR");
    assert_eq!(reassign(&mut cluster, Some(&[1, 0]), false), "NONE");
    assert_eq!(ids(&cluster.partition("t", 0).replicas), [1, 0], "a new order is done at once");
    assert_eq!(reassign(&mut cluster, Some(&[0, 1, 2]), true), "NONE");
    assert_eq!(ongoing(&mut cluster).len(), 1);
}
