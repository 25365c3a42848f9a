//! Metadata, key 3, versions 0-13.
//!
//! Behaviour: the brokers as the listener of this connection reaches them, and the topics that were
//! asked for, from the image that this node has applied. A topic that does not exist is created if
//! both the request and `auto.create.topics.enable` allow it; the reply then waits until it can be
//! used, where Apache answers UNKNOWN_TOPIC_OR_PARTITION and lets the client ask again. The controller id
//! is that of a live broker, as always with KRaft.
//!
//! Versions: 0 an empty list means all · 1 null means all · 4 auto creation can be declined · 5 offline
//! replicas · 7 leader epochs · 8 authorized operations (11 no longer the cluster's) · 9 flexible · 10 topic
//! ids · 12 lookup by id · 13 top-level error.

use std::collections::BTreeSet;

use ::metadata::controller::Request;
use ::metadata::image::Topic as TopicImage;
use ::metadata::{Image, Partition};
use base::{BrokerId, ErrorCode, Str, Uuid, topic};
use protocol::messages::create_topics_request::CreatableTopic;
use protocol::messages::metadata_request::MetadataRequestTopic;
use protocol::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use protocol::messages::{CreateTopicsRequest, MetadataRequest, MetadataResponse};

use super::{Answer, Call, authorized, now};
use crate::internal_topics;

pub fn handle(call: Call, request: MetadataRequest) -> Answer {
    if let Some(refusal) = refuse_unnamed(&call, &request) {
        return now(refusal);
    }
    let missing = to_create(&call, &request);
    if missing.is_empty() {
        return now(describe(&call, &request));
    }
    Answer::Later(Box::pin(async move {
        create(&call, missing).await;
        now(describe(&call, &request))
    }))
}

/// Before version 12 a topic is asked for by name alone, though the field for its id was there.
fn refuse_unnamed(call: &Call, request: &MetadataRequest) -> Option<MetadataResponse> {
    let asked = request.topics.as_deref().unwrap_or_default();
    let is_unnamed =
        |topic: &MetadataRequestTopic| topic.name.is_none() || topic.topic_id != Uuid::ZERO;
    if call.version >= 12 || !asked.iter().any(is_unnamed) {
        return None;
    }
    let refused = |topic: &MetadataRequestTopic| MetadataResponseTopic {
        error_code: ErrorCode::InvalidRequest.code(),
        name: Some(topic.name.clone().unwrap_or_default()),
        topic_id: topic.topic_id,
        ..MetadataResponseTopic::default()
    };
    let topics = asked.iter().map(refused).collect();
    Some(MetadataResponse { topics, ..MetadataResponse::default() })
}

/// The topics that are asked for by name, do not exist, and may be created.
fn to_create(call: &Call, request: &MetadataRequest) -> Vec<Str> {
    let allowed = call.version < 4 || request.allow_auto_topic_creation;
    if !allowed || !call.node().config.load().log.auto_create_topics_enable {
        return Vec::new();
    }
    let image = call.node().image.load();
    let names = request.topics.iter().flatten().filter_map(|topic| topic.name.as_ref());
    let missing = names
        .filter(|name| image.topic(name).is_none())
        .filter(|name| topic::validate_name(name).is_ok());
    // Each once: the controller refuses a topic that it is asked for twice.
    let missing: BTreeSet<&Str> = missing.collect();
    missing.into_iter().cloned().collect()
}

async fn create(call: &Call, names: Vec<Str>) {
    let (internal, names): (Vec<Str>, Vec<Str>) =
        names.into_iter().partition(|name| internal_topics::named(name).is_some());
    for name in internal.iter().filter_map(|name| internal_topics::named(name)) {
        internal_topics::ensure(call.node(), name).await;
    }
    if names.is_empty() {
        return;
    }
    let topic = |name| CreatableTopic {
        name,
        num_partitions: -1,
        replication_factor: -1,
        ..CreatableTopic::default()
    };
    let request = CreateTopicsRequest {
        topics: names.into_iter().map(topic).collect(),
        ..CreateTopicsRequest::default()
    };
    // What could not be created is answered as unknown; the client asks again.
    let _ = call.node().controller.decide(Request::CreateTopics(request), 7).await;
}

fn describe(call: &Call, request: &MetadataRequest) -> MetadataResponse {
    let node = call.node();
    let image = node.image.load();
    let asked_for_all = match &request.topics {
        None => true,
        Some(topics) => call.version == 0 && topics.is_empty(),
    };
    let topics = if asked_for_all {
        image
            .topics()
            .sorted()
            .into_iter()
            .map(|topic| describe_topic(call, &image, request, topic))
            .collect()
    } else {
        let asked = distinct(request.topics.as_deref().unwrap_or_default());
        asked.into_iter().map(|topic| find_topic(call, &image, request, topic)).collect()
    };
    MetadataResponse {
        brokers: brokers(call, &image),
        cluster_id: Some(node.cluster_id.clone()),
        controller_id: controller_id(&image),
        topics,
        cluster_authorized_operations: match request.include_cluster_authorized_operations {
            true => authorized::CLUSTER,
            false => authorized::NOT_ASKED,
        },
        ..MetadataResponse::default()
    }
}

/// Each topic once. Where topics are asked for by id, names are not looked at.
fn distinct(asked: &[MetadataRequestTopic]) -> Vec<&MetadataRequestTopic> {
    let by_id = asked.iter().any(|topic| topic.topic_id != Uuid::ZERO);
    let mut seen = BTreeSet::new();
    let wanted = asked.iter().filter(|topic| !by_id || topic.topic_id != Uuid::ZERO);
    wanted
        .filter(|topic| match by_id {
            true => seen.insert((topic.topic_id, None)),
            false => seen.insert((Uuid::ZERO, topic.name.as_ref())),
        })
        .collect()
}

/// The brokers that serve, each where the listener of this connection reaches it.
fn brokers(call: &Call, image: &Image) -> Vec<MetadataResponseBroker> {
    let serving = image.brokers().filter(|broker| !broker.fenced);
    serving
        .filter_map(|broker| {
            let endpoint = broker.listeners.get(&call.caller.listener)?;
            Some(MetadataResponseBroker {
                node_id: broker.id.0,
                host: endpoint.host.clone(),
                port: i32::from(endpoint.port),
                rack: broker.rack.clone(),
                ..MetadataResponseBroker::default()
            })
        })
        .collect()
}

/// Some live broker: whoever sends it a request for the controller has it forwarded.
pub fn controller_id(image: &Image) -> i32 {
    let live = image.brokers().find(|broker| !broker.fenced);
    live.map_or(BrokerId::NONE, |broker| broker.id).0
}

fn find_topic(
    call: &Call,
    image: &Image,
    request: &MetadataRequest,
    asked: &MetadataRequestTopic,
) -> MetadataResponseTopic {
    let failed = |code: ErrorCode| MetadataResponseTopic {
        error_code: code.code(),
        // An unknown id has no name, whatever the client called it.
        name: asked.name.clone().filter(|_| code != ErrorCode::UnknownTopicId),
        topic_id: asked.topic_id,
        is_internal: asked.name.as_deref().is_some_and(topic::is_internal),
        topic_authorized_operations: match request.include_topic_authorized_operations {
            true if code != ErrorCode::UnknownTopicId => authorized::TOPIC,
            _ => authorized::NOT_ASKED,
        },
        ..MetadataResponseTopic::default()
    };
    match &asked.name {
        Some(name) if asked.topic_id == Uuid::ZERO => {
            if topic::validate_name(name).is_err() {
                return failed(ErrorCode::InvalidTopicException);
            }
            match image.topic(name) {
                Some(topic) => describe_topic(call, image, request, topic),
                None => failed(ErrorCode::UnknownTopicOrPartition),
            }
        }
        _ => match image.topic_by_id(asked.topic_id) {
            Some(topic) => describe_topic(call, image, request, topic),
            None => failed(ErrorCode::UnknownTopicId),
        },
    }
}

fn describe_topic(
    call: &Call,
    image: &Image,
    request: &MetadataRequest,
    topic: &TopicImage,
) -> MetadataResponseTopic {
    let partitions = topic.partitions.iter();
    MetadataResponseTopic {
        name: Some(topic.name.clone()),
        topic_id: topic.id,
        is_internal: base::topic::is_internal(&topic.name),
        partitions: partitions
            .map(|(index, partition)| describe_partition(call, image, index.0, partition))
            .collect(),
        topic_authorized_operations: match request.include_topic_authorized_operations {
            true => authorized::TOPIC,
            false => authorized::NOT_ASKED,
        },
        ..MetadataResponseTopic::default()
    }
}

fn describe_partition(
    call: &Call,
    image: &Image,
    index: i32,
    partition: &Partition,
) -> MetadataResponsePartition {
    let listener = &call.caller.listener;
    let leader = leader_reached_by(image, partition, listener);
    let ids = |list: &[BrokerId]| -> Vec<i32> {
        // Version 0 names only replicas that are alive, and says that some are missing.
        let shown = list.iter().filter(|id| call.version > 0 || is_serving(image, **id, listener));
        shown.map(|id| id.0).collect()
    };
    let (replica_nodes, isr_nodes) = (ids(&partition.replicas), ids(&partition.isr));
    let error = if leader.is_none() {
        match image.broker(partition.leader) {
            Some(_) if call.version >= 6 => ErrorCode::ListenerNotFound,
            _ => ErrorCode::LeaderNotAvailable,
        }
    } else if replica_nodes.len() < partition.replicas.len()
        || isr_nodes.len() < partition.isr.len()
    {
        ErrorCode::ReplicaNotAvailable
    } else {
        ErrorCode::None
    };
    MetadataResponsePartition {
        error_code: error.code(),
        partition_index: index,
        leader_id: leader.unwrap_or(BrokerId::NONE).0,
        leader_epoch: partition.leader_epoch.0,
        replica_nodes,
        isr_nodes,
        offline_replicas: offline_replicas(image, partition, listener),
        ..MetadataResponsePartition::default()
    }
}

/// The leader, if it can be reached over that listener.
pub fn leader_reached_by(image: &Image, partition: &Partition, listener: &str) -> Option<BrokerId> {
    let leader = image.broker(partition.leader)?;
    leader.listeners.contains_key(listener).then_some(leader.id)
}

fn is_serving(image: &Image, id: BrokerId, listener: &str) -> bool {
    image.broker(id).is_some_and(|broker| !broker.fenced && broker.listeners.contains_key(listener))
}

/// Replicas on brokers that do not serve over that listener, or in directories that are offline.
pub fn offline_replicas(image: &Image, partition: &Partition, listener: &str) -> Vec<i32> {
    let offline = |id: &&BrokerId| {
        let directory_online = image.broker(**id).is_some_and(|broker| {
            partition.directory(**id).is_none_or(|dir| broker.has_online_directory(dir))
        });
        !is_serving(image, **id, listener) || !directory_online
    };
    partition.replicas.iter().filter(offline).map(|id| id.0).collect()
}
