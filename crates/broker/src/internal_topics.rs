//! The topics in which coordinators keep their state, created when somebody first needs one.
//!
//! Whoever looks for a coordinator has its topic created, with Kafka's configuration for it, and hears
//! where the coordinator is once the topic can be used. Apache answers COORDINATOR_NOT_AVAILABLE and
//! lets the client ask again.

use base::config::ServerConfig;
use base::{ErrorCode, Str};
use metadata::controller::{Reply, Request};
use protocol::messages::CreateTopicsRequest;
use protocol::messages::create_topics_request::{CreatableTopic, CreatableTopicConfig};
use protocol::messages::create_topics_response::CreatableTopicResult;

use crate::node::Node;

pub const GROUP_TOPIC: &str = "__consumer_offsets";
pub const TRANSACTION_TOPIC: &str = "__transaction_state";
pub const SHARE_TOPIC: &str = "__share_group_state";

/// The internal topic of that name, if there is one.
pub fn named(name: &str) -> Option<&'static str> {
    [GROUP_TOPIC, TRANSACTION_TOPIC, SHARE_TOPIC].into_iter().find(|topic| *topic == name)
}

/// Creates the topic if it is not there, and waits until it can be used. Whether it is there, the
/// image says afterwards: a controller that refuses, or is gone, is asked again by the client.
pub async fn ensure(node: &Node, name: &'static str) {
    if node.image.load().topic(name).is_some() {
        return;
    }
    let topic = creatable(name, &node.config.load());
    let request = CreateTopicsRequest { topics: vec![topic], ..CreateTopicsRequest::default() };
    let reason = match node.controller.decide(Request::CreateTopics(request), 7).await {
        Ok(Reply::CreateTopics(response)) => response.topics.first().and_then(refusal),
        Ok(_) => None,
        Err(code) => Some(code.to_string()),
    };
    if let Some(reason) = reason {
        tracing::warn!("could not create the topic {name}: {reason}");
    }
}

fn refusal(topic: &CreatableTopicResult) -> Option<String> {
    let code = ErrorCode::from_code(topic.error_code);
    let message = topic.error_message.as_deref().unwrap_or("no reason given");
    // Somebody else has had it created meanwhile.
    let is_refused = !code.is_ok() && code != ErrorCode::TopicAlreadyExists;
    is_refused.then(|| format!("{code}, {message}"))
}

/// An internal topic as Kafka creates it.
fn creatable(name: &'static str, config: &ServerConfig) -> CreatableTopic {
    let (num_partitions, replication_factor, configs) = match name {
        TRANSACTION_TOPIC => {
            let settings = &config.transactions;
            let configs = vec![
                ("unclean.leader.election.enable", "false".to_owned()),
                ("compression.type", "uncompressed".to_owned()),
                ("cleanup.policy", "compact".to_owned()),
                ("min.insync.replicas", settings.state_log_min_isr.to_string()),
                ("segment.bytes", settings.state_log_segment_bytes.to_string()),
            ];
            (settings.state_log_num_partitions, settings.state_log_replication_factor, configs)
        }
        SHARE_TOPIC => {
            let settings = &config.share;
            // What is no longer needed is deleted by the coordinator, not by age.
            let configs = vec![
                ("cleanup.policy", "delete".to_owned()),
                ("compression.type", "producer".to_owned()),
                ("segment.bytes", settings.state_topic_segment_bytes.to_string()),
                ("min.insync.replicas", settings.state_topic_min_isr.to_string()),
                ("retention.ms", "-1".to_owned()),
            ];
            (settings.state_topic_num_partitions, settings.state_topic_replication_factor, configs)
        }
        _ => {
            let settings = &config.groups;
            let configs = vec![
                ("cleanup.policy", "compact".to_owned()),
                ("compression.type", "producer".to_owned()),
                ("segment.bytes", settings.offsets_topic_segment_bytes.to_string()),
            ];
            let partitions = settings.offsets_topic_num_partitions;
            (partitions, settings.offsets_topic_replication_factor, configs)
        }
    };
    let configs = configs.into_iter().map(|(name, value)| CreatableTopicConfig {
        name: Str::from_static(name),
        value: Some(value.into()),
        ..CreatableTopicConfig::default()
    });
    CreatableTopic {
        name: Str::from_static(name),
        num_partitions,
        replication_factor,
        configs: configs.collect(),
        ..CreatableTopic::default()
    }
}
