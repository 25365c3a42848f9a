//! Kafka's error codes (`org.apache.kafka.common.protocol.Errors`).
//!
//! A request that the peer got wrong is an ordinary reply with one of these codes; it is mapped to
//! the wire once, at the handler.

use std::fmt;

macro_rules! codes {
    ($($code:literal $name:ident $text:literal $retry:ident,)*) => {
        /// Every code up to Kafka 4.4 (-1 to 136).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(i16)]
        pub enum ErrorCode {
            $($name = $code,)*
        }

        impl ErrorCode {
            pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$name,)*];

            /// Reads a code from the wire. A code younger than this program is
            /// UNKNOWN_SERVER_ERROR, as Kafka's own clients treat it.
            pub fn from_code(code: i16) -> ErrorCode {
                match code {
                    $($code => ErrorCode::$name,)*
                    _ => ErrorCode::UnknownServerError,
                }
            }

            /// The name in Kafka's spelling, `NOT_LEADER_OR_FOLLOWER`.
            pub fn name(self) -> &'static str {
                match self {
                    $(ErrorCode::$name => $text,)*
                }
            }

            /// What a client should do before it tries again.
            pub fn retry(self) -> Retry {
                match self {
                    $(ErrorCode::$name => Retry::$retry,)*
                }
            }
        }
    };
}

/// What an error allows a client to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// The same request will fail again.
    No,
    /// The same request may succeed after a pause.
    Yes,
    /// The same request may succeed after a metadata refresh.
    RefreshMetadata,
}

impl ErrorCode {
    pub fn code(self) -> i16 {
        self as i16
    }

    pub fn is_ok(self) -> bool {
        self == ErrorCode::None
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

codes! {
    -1 UnknownServerError "UNKNOWN_SERVER_ERROR" No,
    0 None "NONE" No,
    1 OffsetOutOfRange "OFFSET_OUT_OF_RANGE" No,
    2 CorruptMessage "CORRUPT_MESSAGE" Yes,
    3 UnknownTopicOrPartition "UNKNOWN_TOPIC_OR_PARTITION" RefreshMetadata,
    4 InvalidFetchSize "INVALID_FETCH_SIZE" No,
    5 LeaderNotAvailable "LEADER_NOT_AVAILABLE" RefreshMetadata,
    6 NotLeaderOrFollower "NOT_LEADER_OR_FOLLOWER" RefreshMetadata,
    7 RequestTimedOut "REQUEST_TIMED_OUT" Yes,
    8 BrokerNotAvailable "BROKER_NOT_AVAILABLE" No,
    9 ReplicaNotAvailable "REPLICA_NOT_AVAILABLE" RefreshMetadata,
    10 MessageTooLarge "MESSAGE_TOO_LARGE" No,
    11 StaleControllerEpoch "STALE_CONTROLLER_EPOCH" No,
    12 OffsetMetadataTooLarge "OFFSET_METADATA_TOO_LARGE" No,
    13 NetworkException "NETWORK_EXCEPTION" RefreshMetadata,
    14 CoordinatorLoadInProgress "COORDINATOR_LOAD_IN_PROGRESS" Yes,
    15 CoordinatorNotAvailable "COORDINATOR_NOT_AVAILABLE" Yes,
    16 NotCoordinator "NOT_COORDINATOR" Yes,
    17 InvalidTopicException "INVALID_TOPIC_EXCEPTION" No,
    18 RecordListTooLarge "RECORD_LIST_TOO_LARGE" No,
    19 NotEnoughReplicas "NOT_ENOUGH_REPLICAS" Yes,
    20 NotEnoughReplicasAfterAppend "NOT_ENOUGH_REPLICAS_AFTER_APPEND" Yes,
    21 InvalidRequiredAcks "INVALID_REQUIRED_ACKS" No,
    22 IllegalGeneration "ILLEGAL_GENERATION" No,
    23 InconsistentGroupProtocol "INCONSISTENT_GROUP_PROTOCOL" No,
    24 InvalidGroupId "INVALID_GROUP_ID" No,
    25 UnknownMemberId "UNKNOWN_MEMBER_ID" No,
    26 InvalidSessionTimeout "INVALID_SESSION_TIMEOUT" No,
    27 RebalanceInProgress "REBALANCE_IN_PROGRESS" No,
    28 InvalidCommitOffsetSize "INVALID_COMMIT_OFFSET_SIZE" No,
    29 TopicAuthorizationFailed "TOPIC_AUTHORIZATION_FAILED" No,
    30 GroupAuthorizationFailed "GROUP_AUTHORIZATION_FAILED" No,
    31 ClusterAuthorizationFailed "CLUSTER_AUTHORIZATION_FAILED" No,
    32 InvalidTimestamp "INVALID_TIMESTAMP" No,
    33 UnsupportedSaslMechanism "UNSUPPORTED_SASL_MECHANISM" No,
    34 IllegalSaslState "ILLEGAL_SASL_STATE" No,
    35 UnsupportedVersion "UNSUPPORTED_VERSION" No,
    36 TopicAlreadyExists "TOPIC_ALREADY_EXISTS" No,
    37 InvalidPartitions "INVALID_PARTITIONS" No,
    38 InvalidReplicationFactor "INVALID_REPLICATION_FACTOR" No,
    39 InvalidReplicaAssignment "INVALID_REPLICA_ASSIGNMENT" No,
    40 InvalidConfig "INVALID_CONFIG" No,
    41 NotController "NOT_CONTROLLER" Yes,
    42 InvalidRequest "INVALID_REQUEST" No,
    43 UnsupportedForMessageFormat "UNSUPPORTED_FOR_MESSAGE_FORMAT" No,
    44 PolicyViolation "POLICY_VIOLATION" No,
    45 OutOfOrderSequenceNumber "OUT_OF_ORDER_SEQUENCE_NUMBER" No,
    46 DuplicateSequenceNumber "DUPLICATE_SEQUENCE_NUMBER" No,
    47 InvalidProducerEpoch "INVALID_PRODUCER_EPOCH" No,
    48 InvalidTxnState "INVALID_TXN_STATE" No,
    49 InvalidProducerIdMapping "INVALID_PRODUCER_ID_MAPPING" No,
    50 InvalidTransactionTimeout "INVALID_TRANSACTION_TIMEOUT" No,
    51 ConcurrentTransactions "CONCURRENT_TRANSACTIONS" Yes,
    52 TransactionCoordinatorFenced "TRANSACTION_COORDINATOR_FENCED" No,
    53 TransactionalIdAuthorizationFailed "TRANSACTIONAL_ID_AUTHORIZATION_FAILED" No,
    54 SecurityDisabled "SECURITY_DISABLED" No,
    55 OperationNotAttempted "OPERATION_NOT_ATTEMPTED" No,
    56 KafkaStorageError "KAFKA_STORAGE_ERROR" RefreshMetadata,
    57 LogDirNotFound "LOG_DIR_NOT_FOUND" No,
    58 SaslAuthenticationFailed "SASL_AUTHENTICATION_FAILED" No,
    59 UnknownProducerId "UNKNOWN_PRODUCER_ID" No,
    60 ReassignmentInProgress "REASSIGNMENT_IN_PROGRESS" No,
    61 DelegationTokenAuthDisabled "DELEGATION_TOKEN_AUTH_DISABLED" No,
    62 DelegationTokenNotFound "DELEGATION_TOKEN_NOT_FOUND" No,
    63 DelegationTokenOwnerMismatch "DELEGATION_TOKEN_OWNER_MISMATCH" No,
    64 DelegationTokenRequestNotAllowed "DELEGATION_TOKEN_REQUEST_NOT_ALLOWED" No,
    65 DelegationTokenAuthorizationFailed "DELEGATION_TOKEN_AUTHORIZATION_FAILED" No,
    66 DelegationTokenExpired "DELEGATION_TOKEN_EXPIRED" No,
    67 InvalidPrincipalType "INVALID_PRINCIPAL_TYPE" No,
    68 NonEmptyGroup "NON_EMPTY_GROUP" No,
    69 GroupIdNotFound "GROUP_ID_NOT_FOUND" No,
    70 FetchSessionIdNotFound "FETCH_SESSION_ID_NOT_FOUND" Yes,
    71 InvalidFetchSessionEpoch "INVALID_FETCH_SESSION_EPOCH" Yes,
    72 ListenerNotFound "LISTENER_NOT_FOUND" RefreshMetadata,
    73 TopicDeletionDisabled "TOPIC_DELETION_DISABLED" No,
    74 FencedLeaderEpoch "FENCED_LEADER_EPOCH" RefreshMetadata,
    75 UnknownLeaderEpoch "UNKNOWN_LEADER_EPOCH" Yes,
    76 UnsupportedCompressionType "UNSUPPORTED_COMPRESSION_TYPE" No,
    77 StaleBrokerEpoch "STALE_BROKER_EPOCH" No,
    78 OffsetNotAvailable "OFFSET_NOT_AVAILABLE" Yes,
    79 MemberIdRequired "MEMBER_ID_REQUIRED" No,
    80 PreferredLeaderNotAvailable "PREFERRED_LEADER_NOT_AVAILABLE" RefreshMetadata,
    81 GroupMaxSizeReached "GROUP_MAX_SIZE_REACHED" No,
    82 FencedInstanceId "FENCED_INSTANCE_ID" No,
    83 EligibleLeadersNotAvailable "ELIGIBLE_LEADERS_NOT_AVAILABLE" RefreshMetadata,
    84 ElectionNotNeeded "ELECTION_NOT_NEEDED" RefreshMetadata,
    85 NoReassignmentInProgress "NO_REASSIGNMENT_IN_PROGRESS" No,
    86 GroupSubscribedToTopic "GROUP_SUBSCRIBED_TO_TOPIC" No,
    87 InvalidRecord "INVALID_RECORD" No,
    88 UnstableOffsetCommit "UNSTABLE_OFFSET_COMMIT" Yes,
    89 ThrottlingQuotaExceeded "THROTTLING_QUOTA_EXCEEDED" Yes,
    90 ProducerFenced "PRODUCER_FENCED" No,
    91 ResourceNotFound "RESOURCE_NOT_FOUND" No,
    92 DuplicateResource "DUPLICATE_RESOURCE" No,
    93 UnacceptableCredential "UNACCEPTABLE_CREDENTIAL" No,
    94 InconsistentVoterSet "INCONSISTENT_VOTER_SET" No,
    95 InvalidUpdateVersion "INVALID_UPDATE_VERSION" No,
    96 FeatureUpdateFailed "FEATURE_UPDATE_FAILED" No,
    97 PrincipalDeserializationFailure "PRINCIPAL_DESERIALIZATION_FAILURE" No,
    98 SnapshotNotFound "SNAPSHOT_NOT_FOUND" No,
    99 PositionOutOfRange "POSITION_OUT_OF_RANGE" No,
    100 UnknownTopicId "UNKNOWN_TOPIC_ID" RefreshMetadata,
    101 DuplicateBrokerRegistration "DUPLICATE_BROKER_REGISTRATION" No,
    102 BrokerIdNotRegistered "BROKER_ID_NOT_REGISTERED" No,
    103 InconsistentTopicId "INCONSISTENT_TOPIC_ID" RefreshMetadata,
    104 InconsistentClusterId "INCONSISTENT_CLUSTER_ID" No,
    105 TransactionalIdNotFound "TRANSACTIONAL_ID_NOT_FOUND" No,
    106 FetchSessionTopicIdError "FETCH_SESSION_TOPIC_ID_ERROR" Yes,
    107 IneligibleReplica "INELIGIBLE_REPLICA" No,
    108 NewLeaderElected "NEW_LEADER_ELECTED" No,
    109 OffsetMovedToTieredStorage "OFFSET_MOVED_TO_TIERED_STORAGE" No,
    110 FencedMemberEpoch "FENCED_MEMBER_EPOCH" No,
    111 UnreleasedInstanceId "UNRELEASED_INSTANCE_ID" No,
    112 UnsupportedAssignor "UNSUPPORTED_ASSIGNOR" No,
    113 StaleMemberEpoch "STALE_MEMBER_EPOCH" No,
    114 MismatchedEndpointType "MISMATCHED_ENDPOINT_TYPE" No,
    115 UnsupportedEndpointType "UNSUPPORTED_ENDPOINT_TYPE" No,
    116 UnknownControllerId "UNKNOWN_CONTROLLER_ID" No,
    117 UnknownSubscriptionId "UNKNOWN_SUBSCRIPTION_ID" No,
    118 TelemetryTooLarge "TELEMETRY_TOO_LARGE" No,
    119 InvalidRegistration "INVALID_REGISTRATION" No,
    120 TransactionAbortable "TRANSACTION_ABORTABLE" No,
    121 InvalidRecordState "INVALID_RECORD_STATE" No,
    122 ShareSessionNotFound "SHARE_SESSION_NOT_FOUND" Yes,
    123 InvalidShareSessionEpoch "INVALID_SHARE_SESSION_EPOCH" Yes,
    124 FencedStateEpoch "FENCED_STATE_EPOCH" No,
    125 InvalidVoterKey "INVALID_VOTER_KEY" No,
    126 DuplicateVoter "DUPLICATE_VOTER" No,
    127 VoterNotFound "VOTER_NOT_FOUND" No,
    128 InvalidRegularExpression "INVALID_REGULAR_EXPRESSION" No,
    129 RebootstrapRequired "REBOOTSTRAP_REQUIRED" No,
    130 StreamsInvalidTopology "STREAMS_INVALID_TOPOLOGY" No,
    131 StreamsInvalidTopologyEpoch "STREAMS_INVALID_TOPOLOGY_EPOCH" No,
    132 StreamsTopologyFenced "STREAMS_TOPOLOGY_FENCED" No,
    133 ShareSessionLimitReached "SHARE_SESSION_LIMIT_REACHED" Yes,
    134 GroupDeletionFailed "GROUP_DELETION_FAILED" No,
    135 StreamsTopologyDescriptionUpdateFailed "STREAMS_TOPOLOGY_DESCRIPTION_UPDATE_FAILED" No,
    136 ControllerIdNotRegistered "CONTROLLER_ID_NOT_REGISTERED" No,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_dense_and_survive_the_wire() {
        assert_eq!(ErrorCode::ALL.len(), 138);
        for (index, code) in ErrorCode::ALL.iter().enumerate() {
            assert_eq!(code.code(), index as i16 - 1);
            assert_eq!(ErrorCode::from_code(code.code()), *code);
        }
        assert_eq!(ErrorCode::from_code(9999), ErrorCode::UnknownServerError);
        assert_eq!(ErrorCode::NotLeaderOrFollower.name(), "NOT_LEADER_OR_FOLLOWER");
    }
}
