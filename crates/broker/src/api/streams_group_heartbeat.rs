//! StreamsGroupHeartbeat, key 88, version 0 (KIP-1071).
//!
//! Behaviour: a member of a streams group joins, says that it lives, learns its tasks, or leaves; the first
//! one brings the topology. Internal topics that the group lacks are created, and the answer waits for
//! that: it still says that they are missing, and why one could not be created. Apache does not wait,
//! and says why one heartbeat later. Without streams.version 1, or the protocol in
//! `group.coordinator.rebalance.protocols`: UNSUPPORTED_VERSION.

use std::collections::BTreeSet;

use base::{ErrorCode, Str, topic};
use metadata::Feature;
use metadata::controller::{Reply, Request};
use protocol::messages::create_topics_request::CreatableTopic;
use protocol::messages::create_topics_response::CreatableTopicResult;
use protocol::messages::streams_group_heartbeat_request::Topology;
use protocol::messages::streams_group_heartbeat_response::Status;
use protocol::messages::{
    CreateTopicsRequest, StreamsGroupHeartbeatRequest, StreamsGroupHeartbeatResponse,
};

use super::Call;
use crate::node::Node;

/// The status of a group whose internal topics are missing.
const MISSING_INTERNAL_TOPICS: i8 = 3;

/// How many topics a status shows that could not be created.
const FAILURES_SHOWN_MAX: usize = 3;

pub async fn handle(
    call: Call,
    request: StreamsGroupHeartbeatRequest,
) -> StreamsGroupHeartbeatResponse {
    let groups = &call.node().coordinators.groups;
    if !is_enabled(call.node()) {
        return refusal(ErrorCode::UnsupportedVersion, None);
    }
    if let Some(reason) = request.topology.as_ref().and_then(|topology| misnamed(topology)) {
        return refusal(ErrorCode::StreamsInvalidTopology, Some(reason));
    }
    let shard = groups.shard_of(&request.group_id);
    let heartbeat = match groups.ask(shard, call.asked(request)).await {
        Ok(heartbeat) => heartbeat,
        Err(code) => return refusal(code, None),
    };
    let mut response = heartbeat.response;
    if !heartbeat.topics_to_create.is_empty() {
        let failures = create(call.node(), heartbeat.topics_to_create).await;
        note_failures(&mut response, &failures);
    }
    response
}

/// Whether streams groups are served: by the cluster, and by this node.
pub fn is_enabled(node: &Node) -> bool {
    let protocols = &node.config.load().consumer_groups.rebalance_protocols;
    protocols.iter().any(|protocol| protocol == "streams")
        && node.image.load().feature_level(Feature::StreamsVersion) >= 1
}

fn refusal(code: ErrorCode, reason: Option<String>) -> StreamsGroupHeartbeatResponse {
    StreamsGroupHeartbeatResponse {
        error_code: code.code(),
        error_message: reason.map(Str::from),
        ..StreamsGroupHeartbeatResponse::default()
    }
}

/// What is wrong with the names of a topology's topics, if anything.
fn misnamed(topology: &Topology) -> Option<String> {
    let mut names = Vec::new();
    for subtopology in &topology.subtopologies {
        names.extend(&subtopology.source_topics);
        names.extend(&subtopology.repartition_sink_topics);
        names.extend(subtopology.repartition_source_topics.iter().map(|topic| &topic.name));
        names.extend(subtopology.state_changelog_topics.iter().map(|topic| &topic.name));
    }
    let those = |is_wrong: fn(&str) -> bool| {
        let mut seen = BTreeSet::new();
        let names = names.iter().map(|name| name.as_str());
        let wrong: Vec<&str> = names.filter(|name| is_wrong(name) && seen.insert(*name)).collect();
        (!wrong.is_empty()).then(|| wrong.join(","))
    };
    if let Some(internal) = those(topic::is_internal) {
        return Some(format!(
            "Use of Kafka internal topics {internal} in a Kafka Streams topology is prohibited."
        ));
    }
    let invalid = those(|name| topic::validate_name(name).is_err())?;
    Some(format!("Topic names {invalid} are not valid topic names."))
}

/// Creates topics. Returns those that could not be, with the reasons; one that somebody else has
/// created meanwhile is as good.
async fn create(node: &Node, topics: Vec<CreatableTopic>) -> Vec<(Str, String)> {
    let names: Vec<Str> = topics.iter().map(|topic| topic.name.clone()).collect();
    let request = CreateTopicsRequest {
        topics,
        timeout_ms: node.config.load().network.request_timeout_ms,
        ..CreateTopicsRequest::default()
    };
    let created = match node.controller.decide(Request::CreateTopics(request), 7).await {
        Ok(Reply::CreateTopics(response)) => response.topics,
        Ok(_) => return all_failed(names, ErrorCode::UnknownServerError),
        Err(code) => return all_failed(names, code),
    };
    let is_there = |topic: &CreatableTopicResult| {
        topic.error_code == 0 || topic.error_code == ErrorCode::TopicAlreadyExists.code()
    };
    let failed = created.into_iter().filter(|topic| !is_there(topic));
    failed
        .map(|topic| {
            let reason = topic.error_message.filter(|message| !message.is_empty());
            let code = || ErrorCode::from_code(topic.error_code).to_string();
            (topic.name, reason.as_ref().map_or_else(code, String::from))
        })
        .collect()
}

fn all_failed(names: Vec<Str>, code: ErrorCode) -> Vec<(Str, String)> {
    names.into_iter().map(|name| (name, code.to_string())).collect()
}

fn note_failures(response: &mut StreamsGroupHeartbeatResponse, failures: &[(Str, String)]) {
    let is_missing = |status: &&mut Status| status.status_code == MISSING_INTERNAL_TOPICS;
    let statuses = response.status.iter_mut().flatten();
    let Some(status) = statuses.into_iter().find(is_missing) else { return };
    if failures.is_empty() {
        return;
    }
    let shown: Vec<String> = failures
        .iter()
        .take(FAILURES_SHOWN_MAX)
        .map(|(topic, reason)| format!("{topic} ({reason})"))
        .collect();
    let mut detail = format!("{}; Creation failed: {}", status.status_detail, shown.join(", "));
    if failures.len() > FAILURES_SHOWN_MAX {
        detail += &format!(" and {} more", failures.len() - FAILURES_SHOWN_MAX);
    }
    status.status_detail = format!("{detail}.").into();
}
