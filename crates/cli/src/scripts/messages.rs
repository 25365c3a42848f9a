//! Errors as Kafka's tools print them: the broker's own words, or those that Kafka's clients have for
//! the code.

use base::ErrorCode;
use client::Error;

/// What a Java client's exception says.
pub fn of(error: &Error) -> String {
    match error {
        Error::Refused { message: Some(message), .. } => message.to_string(),
        Error::Refused { code, .. } => match of_code(*code) {
            Some((_, text)) => text.to_owned(),
            None => error.to_string(),
        },
        Error::Invalid(text) => text.to_string(),
        other => other.to_string(),
    }
}

/// What a Java client's exception says behind the name of its class.
pub fn with_class(error: &Error) -> String {
    let class = error.code().and_then(of_code).map(|(class, _)| class);
    match class {
        Some(class) => format!("org.apache.kafka.common.errors.{class}: {}", of(error)),
        None => of(error),
    }
}

/// The class of the exception, and its text where the broker has none.
fn of_code(code: ErrorCode) -> Option<(&'static str, &'static str)> {
    Some(match code {
        ErrorCode::UnknownTopicOrPartition => {
            ("UnknownTopicOrPartitionException", "This server does not host this topic-partition.")
        }
        ErrorCode::TopicAlreadyExists => {
            ("TopicExistsException", "Topic with this name already exists.")
        }
        ErrorCode::InvalidTopicException => (
            "InvalidTopicException",
            "The request attempted to perform an operation on an invalid topic.",
        ),
        ErrorCode::CoordinatorNotAvailable => {
            ("CoordinatorNotAvailableException", "The coordinator is not available.")
        }
        ErrorCode::CoordinatorLoadInProgress => (
            "CoordinatorLoadInProgressException",
            "The coordinator is loading and hence can't process requests.",
        ),
        ErrorCode::NotCoordinator => {
            ("NotCoordinatorException", "This is not the correct coordinator.")
        }
        ErrorCode::InvalidGroupId => ("InvalidGroupIdException", "The group id is invalid."),
        ErrorCode::GroupIdNotFound => ("GroupIdNotFoundException", "The group id does not exist."),
        ErrorCode::NonEmptyGroup => ("GroupNotEmptyException", "The group is not empty."),
        ErrorCode::GroupSubscribedToTopic => (
            "GroupSubscribedToTopicException",
            "Deleting offsets of a topic is forbidden while the consumer group is actively subscribed to it.",
        ),
        ErrorCode::UnknownMemberId => {
            ("UnknownMemberIdException", "The coordinator is not aware of this member.")
        }
        ErrorCode::GroupAuthorizationFailed => {
            ("GroupAuthorizationException", "Group authorization failed.")
        }
        ErrorCode::TopicAuthorizationFailed => {
            ("TopicAuthorizationException", "Topic authorization failed.")
        }
        ErrorCode::TopicDeletionDisabled => {
            ("TopicDeletionDisabledException", "Topic deletion is disabled.")
        }
        ErrorCode::InvalidPartitions => {
            ("InvalidPartitionsException", "Number of partitions is below 1.")
        }
        ErrorCode::InvalidReplicationFactor => (
            "InvalidReplicationFactorException",
            "Replication factor is below 1 or larger than the number of available brokers.",
        ),
        ErrorCode::InvalidConfig => ("InvalidConfigurationException", "Configuration is invalid."),
        ErrorCode::InvalidRequest => (
            "InvalidRequestException",
            "This most likely occurs because of a request being malformed by the client library or the message was sent to an incompatible broker. See the broker logs for more details.",
        ),
        _ => return None,
    })
}
