//! Topic names: the rules, and the pair of topic and partition that names a log.

use std::fmt;

use crate::{PartitionIndex, Str};

/// Names a partition. Ordered by topic, then index.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicPartition {
    pub topic: Str,
    pub partition: PartitionIndex,
}

impl TopicPartition {
    pub fn new(topic: impl Into<Str>, partition: i32) -> TopicPartition {
        TopicPartition { topic: topic.into(), partition: PartitionIndex(partition) }
    }
}

impl fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.topic, self.partition)
    }
}

/// A directory `<topic>-<partition>-delete-suffix` must still fit into 255 bytes.
pub const NAME_LENGTH_MAX: usize = 249;

/// What is wrong with a topic name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvalidTopicName {
    Empty,
    Dots(String),
    TooLong(usize),
    IllegalCharacter(String),
}

impl fmt::Display for InvalidTopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InvalidTopicName::Empty => write!(f, "a topic name must not be empty"),
            InvalidTopicName::Dots(name) => write!(f, "a topic name must not be `{name}`"),
            InvalidTopicName::TooLong(length) => {
                write!(
                    f,
                    "a topic name has at most {NAME_LENGTH_MAX} characters, this one has {length}"
                )
            }
            InvalidTopicName::IllegalCharacter(name) => write!(
                f,
                "a topic name consists of ASCII letters and digits, '.', '_' and '-', got `{name}`"
            ),
        }
    }
}

/// Checks a name by Kafka's rules.
///
/// # Errors
/// Says which rule the name breaks; on the wire all of them are INVALID_TOPIC_EXCEPTION.
pub fn validate_name(name: &str) -> Result<(), InvalidTopicName> {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.is_empty() {
        Err(InvalidTopicName::Empty)
    } else if name == "." || name == ".." {
        Err(InvalidTopicName::Dots(name.to_owned()))
    } else if name.len() > NAME_LENGTH_MAX {
        Err(InvalidTopicName::TooLong(name.chars().count()))
    } else if !name.chars().all(legal) {
        Err(InvalidTopicName::IllegalCharacter(name.to_owned()))
    } else {
        Ok(())
    }
}

/// Two names collide when they differ only in '.' and '_': Kafka's metric names cannot tell them
/// apart, and it refuses the second one.
pub fn collision_key(name: &str) -> String {
    name.replace('.', "_")
}

/// Topics that the coordinators write: clients may read them and never produce to them.
pub fn is_internal(name: &str) -> bool {
    matches!(name, "__consumer_offsets" | "__transaction_state" | "__share_group_state")
}

/// The name of the metadata log, which is a partition on disk but never a topic in the metadata.
pub const CLUSTER_METADATA: &str = "__cluster_metadata";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_kafkas_rules() {
        assert_eq!(validate_name("orders.eu-1_b"), Ok(()));
        assert_eq!(validate_name(&"x".repeat(249)), Ok(()));
        assert_eq!(validate_name(""), Err(InvalidTopicName::Empty));
        assert_eq!(validate_name(".."), Err(InvalidTopicName::Dots("..".into())));
        assert_eq!(validate_name(&"x".repeat(250)), Err(InvalidTopicName::TooLong(250)));
        assert!(validate_name("schön").is_err());
        assert!(validate_name("a b").is_err());
    }

    #[test]
    fn a_dot_and_an_underscore_collide() {
        assert_eq!(collision_key("a.b"), collision_key("a_b"));
        assert_ne!(collision_key("a.b"), collision_key("a-b"));
    }
}
