//! Every message by its name, for tests and tools that go through all of them.
//!
//! Generated from `definitions/` by `cargo gen`.

use crate::wire::TopLevel;
use crate::{messages, record_types};

/// Something that is done with a message whose type is found by name.
pub trait Visit {
    type Output;
    fn visit<M: TopLevel + Clone + PartialEq + std::fmt::Debug>(self) -> Self::Output;
}

/// Kafka's names of all messages.
pub const NAMES: &[&str] = &[
    "ProduceRequest",
    "ProduceResponse",
    "FetchRequest",
    "FetchResponse",
    "ListOffsetsRequest",
    "ListOffsetsResponse",
    "MetadataRequest",
    "MetadataResponse",
    "OffsetCommitRequest",
    "OffsetCommitResponse",
    "OffsetFetchRequest",
    "OffsetFetchResponse",
    "FindCoordinatorRequest",
    "FindCoordinatorResponse",
    "JoinGroupRequest",
    "JoinGroupResponse",
    "HeartbeatRequest",
    "HeartbeatResponse",
    "LeaveGroupRequest",
    "LeaveGroupResponse",
    "SyncGroupRequest",
    "SyncGroupResponse",
    "DescribeGroupsRequest",
    "DescribeGroupsResponse",
    "ListGroupsRequest",
    "ListGroupsResponse",
    "SaslHandshakeRequest",
    "SaslHandshakeResponse",
    "ApiVersionsRequest",
    "ApiVersionsResponse",
    "CreateTopicsRequest",
    "CreateTopicsResponse",
    "DeleteTopicsRequest",
    "DeleteTopicsResponse",
    "DeleteRecordsRequest",
    "DeleteRecordsResponse",
    "InitProducerIdRequest",
    "InitProducerIdResponse",
    "OffsetForLeaderEpochRequest",
    "OffsetForLeaderEpochResponse",
    "AddPartitionsToTxnRequest",
    "AddPartitionsToTxnResponse",
    "AddOffsetsToTxnRequest",
    "AddOffsetsToTxnResponse",
    "EndTxnRequest",
    "EndTxnResponse",
    "WriteTxnMarkersRequest",
    "WriteTxnMarkersResponse",
    "TxnOffsetCommitRequest",
    "TxnOffsetCommitResponse",
    "DescribeAclsRequest",
    "DescribeAclsResponse",
    "CreateAclsRequest",
    "CreateAclsResponse",
    "DeleteAclsRequest",
    "DeleteAclsResponse",
    "DescribeConfigsRequest",
    "DescribeConfigsResponse",
    "AlterConfigsRequest",
    "AlterConfigsResponse",
    "AlterReplicaLogDirsRequest",
    "AlterReplicaLogDirsResponse",
    "DescribeLogDirsRequest",
    "DescribeLogDirsResponse",
    "SaslAuthenticateRequest",
    "SaslAuthenticateResponse",
    "CreatePartitionsRequest",
    "CreatePartitionsResponse",
    "CreateDelegationTokenRequest",
    "CreateDelegationTokenResponse",
    "RenewDelegationTokenRequest",
    "RenewDelegationTokenResponse",
    "ExpireDelegationTokenRequest",
    "ExpireDelegationTokenResponse",
    "DescribeDelegationTokenRequest",
    "DescribeDelegationTokenResponse",
    "DeleteGroupsRequest",
    "DeleteGroupsResponse",
    "ElectLeadersRequest",
    "ElectLeadersResponse",
    "IncrementalAlterConfigsRequest",
    "IncrementalAlterConfigsResponse",
    "AlterPartitionReassignmentsRequest",
    "AlterPartitionReassignmentsResponse",
    "ListPartitionReassignmentsRequest",
    "ListPartitionReassignmentsResponse",
    "OffsetDeleteRequest",
    "OffsetDeleteResponse",
    "DescribeClientQuotasRequest",
    "DescribeClientQuotasResponse",
    "AlterClientQuotasRequest",
    "AlterClientQuotasResponse",
    "DescribeUserScramCredentialsRequest",
    "DescribeUserScramCredentialsResponse",
    "AlterUserScramCredentialsRequest",
    "AlterUserScramCredentialsResponse",
    "VoteRequest",
    "VoteResponse",
    "BeginQuorumEpochRequest",
    "BeginQuorumEpochResponse",
    "EndQuorumEpochRequest",
    "EndQuorumEpochResponse",
    "DescribeQuorumRequest",
    "DescribeQuorumResponse",
    "AlterPartitionRequest",
    "AlterPartitionResponse",
    "UpdateFeaturesRequest",
    "UpdateFeaturesResponse",
    "EnvelopeRequest",
    "EnvelopeResponse",
    "FetchSnapshotRequest",
    "FetchSnapshotResponse",
    "DescribeClusterRequest",
    "DescribeClusterResponse",
    "DescribeProducersRequest",
    "DescribeProducersResponse",
    "BrokerRegistrationRequest",
    "BrokerRegistrationResponse",
    "BrokerHeartbeatRequest",
    "BrokerHeartbeatResponse",
    "UnregisterBrokerRequest",
    "UnregisterBrokerResponse",
    "DescribeTransactionsRequest",
    "DescribeTransactionsResponse",
    "ListTransactionsRequest",
    "ListTransactionsResponse",
    "AllocateProducerIdsRequest",
    "AllocateProducerIdsResponse",
    "ConsumerGroupHeartbeatRequest",
    "ConsumerGroupHeartbeatResponse",
    "ConsumerGroupDescribeRequest",
    "ConsumerGroupDescribeResponse",
    "ControllerRegistrationRequest",
    "ControllerRegistrationResponse",
    "GetTelemetrySubscriptionsRequest",
    "GetTelemetrySubscriptionsResponse",
    "PushTelemetryRequest",
    "PushTelemetryResponse",
    "AssignReplicasToDirsRequest",
    "AssignReplicasToDirsResponse",
    "ListConfigResourcesRequest",
    "ListConfigResourcesResponse",
    "DescribeTopicPartitionsRequest",
    "DescribeTopicPartitionsResponse",
    "ShareGroupHeartbeatRequest",
    "ShareGroupHeartbeatResponse",
    "ShareGroupDescribeRequest",
    "ShareGroupDescribeResponse",
    "ShareFetchRequest",
    "ShareFetchResponse",
    "ShareAcknowledgeRequest",
    "ShareAcknowledgeResponse",
    "AddRaftVoterRequest",
    "AddRaftVoterResponse",
    "RemoveRaftVoterRequest",
    "RemoveRaftVoterResponse",
    "UpdateRaftVoterRequest",
    "UpdateRaftVoterResponse",
    "InitializeShareGroupStateRequest",
    "InitializeShareGroupStateResponse",
    "ReadShareGroupStateRequest",
    "ReadShareGroupStateResponse",
    "WriteShareGroupStateRequest",
    "WriteShareGroupStateResponse",
    "DeleteShareGroupStateRequest",
    "DeleteShareGroupStateResponse",
    "ReadShareGroupStateSummaryRequest",
    "ReadShareGroupStateSummaryResponse",
    "StreamsGroupHeartbeatRequest",
    "StreamsGroupHeartbeatResponse",
    "StreamsGroupDescribeRequest",
    "StreamsGroupDescribeResponse",
    "DescribeShareGroupOffsetsRequest",
    "DescribeShareGroupOffsetsResponse",
    "AlterShareGroupOffsetsRequest",
    "AlterShareGroupOffsetsResponse",
    "DeleteShareGroupOffsetsRequest",
    "DeleteShareGroupOffsetsResponse",
    "ConsumerProtocolAssignment",
    "ConsumerProtocolSubscription",
    "DefaultPrincipalData",
    "ProducerSnapshot",
    "SubscriptionInfoData",
    "LegacyOffsetCommitKey",
    "LegacyOffsetCommitValue",
    "OffsetCommitKey",
    "OffsetCommitValue",
    "GroupMetadataKey",
    "GroupMetadataValue",
    "ConsumerGroupMetadataKey",
    "ConsumerGroupMetadataValue",
    "ConsumerGroupPartitionMetadataKey",
    "ConsumerGroupPartitionMetadataValue",
    "ConsumerGroupMemberMetadataKey",
    "ConsumerGroupMemberMetadataValue",
    "ConsumerGroupTargetAssignmentMetadataKey",
    "ConsumerGroupTargetAssignmentMetadataValue",
    "ConsumerGroupTargetAssignmentMemberKey",
    "ConsumerGroupTargetAssignmentMemberValue",
    "ConsumerGroupCurrentMemberAssignmentKey",
    "ConsumerGroupCurrentMemberAssignmentValue",
    "ShareGroupMemberMetadataKey",
    "ShareGroupMemberMetadataValue",
    "ShareGroupMetadataKey",
    "ShareGroupMetadataValue",
    "ShareGroupTargetAssignmentMetadataKey",
    "ShareGroupTargetAssignmentMetadataValue",
    "ShareGroupTargetAssignmentMemberKey",
    "ShareGroupTargetAssignmentMemberValue",
    "ShareGroupCurrentMemberAssignmentKey",
    "ShareGroupCurrentMemberAssignmentValue",
    "ShareGroupStatePartitionMetadataKey",
    "ShareGroupStatePartitionMetadataValue",
    "ConsumerGroupRegularExpressionKey",
    "ConsumerGroupRegularExpressionValue",
    "StreamsGroupMetadataKey",
    "StreamsGroupMetadataValue",
    "StreamsGroupMemberMetadataKey",
    "StreamsGroupMemberMetadataValue",
    "StreamsGroupTargetAssignmentMetadataKey",
    "StreamsGroupTargetAssignmentMetadataValue",
    "StreamsGroupTargetAssignmentMemberKey",
    "StreamsGroupTargetAssignmentMemberValue",
    "StreamsGroupCurrentMemberAssignmentKey",
    "StreamsGroupCurrentMemberAssignmentValue",
    "StreamsGroupTopologyKey",
    "StreamsGroupTopologyValue",
    "RegisterBrokerRecord",
    "UnregisterBrokerRecord",
    "TopicRecord",
    "PartitionRecord",
    "ConfigRecord",
    "PartitionChangeRecord",
    "FenceBrokerRecord",
    "UnfenceBrokerRecord",
    "RemoveTopicRecord",
    "DelegationTokenRecord",
    "UserScramCredentialRecord",
    "FeatureLevelRecord",
    "ClientQuotaRecord",
    "ProducerIdsRecord",
    "BrokerRegistrationChangeRecord",
    "AccessControlEntryRecord",
    "RemoveAccessControlEntryRecord",
    "NoOpRecord",
    "ZkMigrationStateRecord",
    "RemoveUserScramCredentialRecord",
    "BeginTransactionRecord",
    "EndTransactionRecord",
    "AbortTransactionRecord",
    "RemoveDelegationTokenRecord",
    "RegisterControllerRecord",
    "ClearElrRecord",
    "ControlRecordTypeSchema",
    "EndTxnMarker",
    "KRaftVersionRecord",
    "LeaderChangeMessage",
    "QuorumStateData",
    "SnapshotFooterRecord",
    "SnapshotHeaderRecord",
    "VotersRecord",
    "RemoteLogSegmentMetadataRecord",
    "RemoteLogSegmentMetadataUpdateRecord",
    "RemotePartitionDeleteMetadataRecord",
    "RemoteLogSegmentMetadataSnapshotRecord",
    "ShareSnapshotKey",
    "ShareSnapshotValue",
    "ShareUpdateKey",
    "ShareUpdateValue",
    "TransactionLogKey",
    "TransactionLogValue",
];

/// Does something with the message of that name; `None` if there is none.
pub fn with_message<V: Visit>(name: &str, visitor: V) -> Option<V::Output> {
    Some(match name {
        "ProduceRequest" => visitor.visit::<messages::ProduceRequest>(),
        "ProduceResponse" => visitor.visit::<messages::ProduceResponse>(),
        "FetchRequest" => visitor.visit::<messages::FetchRequest>(),
        "FetchResponse" => visitor.visit::<messages::FetchResponse>(),
        "ListOffsetsRequest" => visitor.visit::<messages::ListOffsetsRequest>(),
        "ListOffsetsResponse" => visitor.visit::<messages::ListOffsetsResponse>(),
        "MetadataRequest" => visitor.visit::<messages::MetadataRequest>(),
        "MetadataResponse" => visitor.visit::<messages::MetadataResponse>(),
        "OffsetCommitRequest" => visitor.visit::<messages::OffsetCommitRequest>(),
        "OffsetCommitResponse" => visitor.visit::<messages::OffsetCommitResponse>(),
        "OffsetFetchRequest" => visitor.visit::<messages::OffsetFetchRequest>(),
        "OffsetFetchResponse" => visitor.visit::<messages::OffsetFetchResponse>(),
        "FindCoordinatorRequest" => visitor.visit::<messages::FindCoordinatorRequest>(),
        "FindCoordinatorResponse" => visitor.visit::<messages::FindCoordinatorResponse>(),
        "JoinGroupRequest" => visitor.visit::<messages::JoinGroupRequest>(),
        "JoinGroupResponse" => visitor.visit::<messages::JoinGroupResponse>(),
        "HeartbeatRequest" => visitor.visit::<messages::HeartbeatRequest>(),
        "HeartbeatResponse" => visitor.visit::<messages::HeartbeatResponse>(),
        "LeaveGroupRequest" => visitor.visit::<messages::LeaveGroupRequest>(),
        "LeaveGroupResponse" => visitor.visit::<messages::LeaveGroupResponse>(),
        "SyncGroupRequest" => visitor.visit::<messages::SyncGroupRequest>(),
        "SyncGroupResponse" => visitor.visit::<messages::SyncGroupResponse>(),
        "DescribeGroupsRequest" => visitor.visit::<messages::DescribeGroupsRequest>(),
        "DescribeGroupsResponse" => visitor.visit::<messages::DescribeGroupsResponse>(),
        "ListGroupsRequest" => visitor.visit::<messages::ListGroupsRequest>(),
        "ListGroupsResponse" => visitor.visit::<messages::ListGroupsResponse>(),
        "SaslHandshakeRequest" => visitor.visit::<messages::SaslHandshakeRequest>(),
        "SaslHandshakeResponse" => visitor.visit::<messages::SaslHandshakeResponse>(),
        "ApiVersionsRequest" => visitor.visit::<messages::ApiVersionsRequest>(),
        "ApiVersionsResponse" => visitor.visit::<messages::ApiVersionsResponse>(),
        "CreateTopicsRequest" => visitor.visit::<messages::CreateTopicsRequest>(),
        "CreateTopicsResponse" => visitor.visit::<messages::CreateTopicsResponse>(),
        "DeleteTopicsRequest" => visitor.visit::<messages::DeleteTopicsRequest>(),
        "DeleteTopicsResponse" => visitor.visit::<messages::DeleteTopicsResponse>(),
        "DeleteRecordsRequest" => visitor.visit::<messages::DeleteRecordsRequest>(),
        "DeleteRecordsResponse" => visitor.visit::<messages::DeleteRecordsResponse>(),
        "InitProducerIdRequest" => visitor.visit::<messages::InitProducerIdRequest>(),
        "InitProducerIdResponse" => visitor.visit::<messages::InitProducerIdResponse>(),
        "OffsetForLeaderEpochRequest" => visitor.visit::<messages::OffsetForLeaderEpochRequest>(),
        "OffsetForLeaderEpochResponse" => visitor.visit::<messages::OffsetForLeaderEpochResponse>(),
        "AddPartitionsToTxnRequest" => visitor.visit::<messages::AddPartitionsToTxnRequest>(),
        "AddPartitionsToTxnResponse" => visitor.visit::<messages::AddPartitionsToTxnResponse>(),
        "AddOffsetsToTxnRequest" => visitor.visit::<messages::AddOffsetsToTxnRequest>(),
        "AddOffsetsToTxnResponse" => visitor.visit::<messages::AddOffsetsToTxnResponse>(),
        "EndTxnRequest" => visitor.visit::<messages::EndTxnRequest>(),
        "EndTxnResponse" => visitor.visit::<messages::EndTxnResponse>(),
        "WriteTxnMarkersRequest" => visitor.visit::<messages::WriteTxnMarkersRequest>(),
        "WriteTxnMarkersResponse" => visitor.visit::<messages::WriteTxnMarkersResponse>(),
        "TxnOffsetCommitRequest" => visitor.visit::<messages::TxnOffsetCommitRequest>(),
        "TxnOffsetCommitResponse" => visitor.visit::<messages::TxnOffsetCommitResponse>(),
        "DescribeAclsRequest" => visitor.visit::<messages::DescribeAclsRequest>(),
        "DescribeAclsResponse" => visitor.visit::<messages::DescribeAclsResponse>(),
        "CreateAclsRequest" => visitor.visit::<messages::CreateAclsRequest>(),
        "CreateAclsResponse" => visitor.visit::<messages::CreateAclsResponse>(),
        "DeleteAclsRequest" => visitor.visit::<messages::DeleteAclsRequest>(),
        "DeleteAclsResponse" => visitor.visit::<messages::DeleteAclsResponse>(),
        "DescribeConfigsRequest" => visitor.visit::<messages::DescribeConfigsRequest>(),
        "DescribeConfigsResponse" => visitor.visit::<messages::DescribeConfigsResponse>(),
        "AlterConfigsRequest" => visitor.visit::<messages::AlterConfigsRequest>(),
        "AlterConfigsResponse" => visitor.visit::<messages::AlterConfigsResponse>(),
        "AlterReplicaLogDirsRequest" => visitor.visit::<messages::AlterReplicaLogDirsRequest>(),
        "AlterReplicaLogDirsResponse" => visitor.visit::<messages::AlterReplicaLogDirsResponse>(),
        "DescribeLogDirsRequest" => visitor.visit::<messages::DescribeLogDirsRequest>(),
        "DescribeLogDirsResponse" => visitor.visit::<messages::DescribeLogDirsResponse>(),
        "SaslAuthenticateRequest" => visitor.visit::<messages::SaslAuthenticateRequest>(),
        "SaslAuthenticateResponse" => visitor.visit::<messages::SaslAuthenticateResponse>(),
        "CreatePartitionsRequest" => visitor.visit::<messages::CreatePartitionsRequest>(),
        "CreatePartitionsResponse" => visitor.visit::<messages::CreatePartitionsResponse>(),
        "CreateDelegationTokenRequest" => visitor.visit::<messages::CreateDelegationTokenRequest>(),
        "CreateDelegationTokenResponse" => {
            visitor.visit::<messages::CreateDelegationTokenResponse>()
        }
        "RenewDelegationTokenRequest" => visitor.visit::<messages::RenewDelegationTokenRequest>(),
        "RenewDelegationTokenResponse" => visitor.visit::<messages::RenewDelegationTokenResponse>(),
        "ExpireDelegationTokenRequest" => visitor.visit::<messages::ExpireDelegationTokenRequest>(),
        "ExpireDelegationTokenResponse" => {
            visitor.visit::<messages::ExpireDelegationTokenResponse>()
        }
        "DescribeDelegationTokenRequest" => {
            visitor.visit::<messages::DescribeDelegationTokenRequest>()
        }
        "DescribeDelegationTokenResponse" => {
            visitor.visit::<messages::DescribeDelegationTokenResponse>()
        }
        "DeleteGroupsRequest" => visitor.visit::<messages::DeleteGroupsRequest>(),
        "DeleteGroupsResponse" => visitor.visit::<messages::DeleteGroupsResponse>(),
        "ElectLeadersRequest" => visitor.visit::<messages::ElectLeadersRequest>(),
        "ElectLeadersResponse" => visitor.visit::<messages::ElectLeadersResponse>(),
        "IncrementalAlterConfigsRequest" => {
            visitor.visit::<messages::IncrementalAlterConfigsRequest>()
        }
        "IncrementalAlterConfigsResponse" => {
            visitor.visit::<messages::IncrementalAlterConfigsResponse>()
        }
        "AlterPartitionReassignmentsRequest" => {
            visitor.visit::<messages::AlterPartitionReassignmentsRequest>()
        }
        "AlterPartitionReassignmentsResponse" => {
            visitor.visit::<messages::AlterPartitionReassignmentsResponse>()
        }
        "ListPartitionReassignmentsRequest" => {
            visitor.visit::<messages::ListPartitionReassignmentsRequest>()
        }
        "ListPartitionReassignmentsResponse" => {
            visitor.visit::<messages::ListPartitionReassignmentsResponse>()
        }
        "OffsetDeleteRequest" => visitor.visit::<messages::OffsetDeleteRequest>(),
        "OffsetDeleteResponse" => visitor.visit::<messages::OffsetDeleteResponse>(),
        "DescribeClientQuotasRequest" => visitor.visit::<messages::DescribeClientQuotasRequest>(),
        "DescribeClientQuotasResponse" => visitor.visit::<messages::DescribeClientQuotasResponse>(),
        "AlterClientQuotasRequest" => visitor.visit::<messages::AlterClientQuotasRequest>(),
        "AlterClientQuotasResponse" => visitor.visit::<messages::AlterClientQuotasResponse>(),
        "DescribeUserScramCredentialsRequest" => {
            visitor.visit::<messages::DescribeUserScramCredentialsRequest>()
        }
        "DescribeUserScramCredentialsResponse" => {
            visitor.visit::<messages::DescribeUserScramCredentialsResponse>()
        }
        "AlterUserScramCredentialsRequest" => {
            visitor.visit::<messages::AlterUserScramCredentialsRequest>()
        }
        "AlterUserScramCredentialsResponse" => {
            visitor.visit::<messages::AlterUserScramCredentialsResponse>()
        }
        "VoteRequest" => visitor.visit::<messages::VoteRequest>(),
        "VoteResponse" => visitor.visit::<messages::VoteResponse>(),
        "BeginQuorumEpochRequest" => visitor.visit::<messages::BeginQuorumEpochRequest>(),
        "BeginQuorumEpochResponse" => visitor.visit::<messages::BeginQuorumEpochResponse>(),
        "EndQuorumEpochRequest" => visitor.visit::<messages::EndQuorumEpochRequest>(),
        "EndQuorumEpochResponse" => visitor.visit::<messages::EndQuorumEpochResponse>(),
        "DescribeQuorumRequest" => visitor.visit::<messages::DescribeQuorumRequest>(),
        "DescribeQuorumResponse" => visitor.visit::<messages::DescribeQuorumResponse>(),
        "AlterPartitionRequest" => visitor.visit::<messages::AlterPartitionRequest>(),
        "AlterPartitionResponse" => visitor.visit::<messages::AlterPartitionResponse>(),
        "UpdateFeaturesRequest" => visitor.visit::<messages::UpdateFeaturesRequest>(),
        "UpdateFeaturesResponse" => visitor.visit::<messages::UpdateFeaturesResponse>(),
        "EnvelopeRequest" => visitor.visit::<messages::EnvelopeRequest>(),
        "EnvelopeResponse" => visitor.visit::<messages::EnvelopeResponse>(),
        "FetchSnapshotRequest" => visitor.visit::<messages::FetchSnapshotRequest>(),
        "FetchSnapshotResponse" => visitor.visit::<messages::FetchSnapshotResponse>(),
        "DescribeClusterRequest" => visitor.visit::<messages::DescribeClusterRequest>(),
        "DescribeClusterResponse" => visitor.visit::<messages::DescribeClusterResponse>(),
        "DescribeProducersRequest" => visitor.visit::<messages::DescribeProducersRequest>(),
        "DescribeProducersResponse" => visitor.visit::<messages::DescribeProducersResponse>(),
        "BrokerRegistrationRequest" => visitor.visit::<messages::BrokerRegistrationRequest>(),
        "BrokerRegistrationResponse" => visitor.visit::<messages::BrokerRegistrationResponse>(),
        "BrokerHeartbeatRequest" => visitor.visit::<messages::BrokerHeartbeatRequest>(),
        "BrokerHeartbeatResponse" => visitor.visit::<messages::BrokerHeartbeatResponse>(),
        "UnregisterBrokerRequest" => visitor.visit::<messages::UnregisterBrokerRequest>(),
        "UnregisterBrokerResponse" => visitor.visit::<messages::UnregisterBrokerResponse>(),
        "DescribeTransactionsRequest" => visitor.visit::<messages::DescribeTransactionsRequest>(),
        "DescribeTransactionsResponse" => visitor.visit::<messages::DescribeTransactionsResponse>(),
        "ListTransactionsRequest" => visitor.visit::<messages::ListTransactionsRequest>(),
        "ListTransactionsResponse" => visitor.visit::<messages::ListTransactionsResponse>(),
        "AllocateProducerIdsRequest" => visitor.visit::<messages::AllocateProducerIdsRequest>(),
        "AllocateProducerIdsResponse" => visitor.visit::<messages::AllocateProducerIdsResponse>(),
        "ConsumerGroupHeartbeatRequest" => {
            visitor.visit::<messages::ConsumerGroupHeartbeatRequest>()
        }
        "ConsumerGroupHeartbeatResponse" => {
            visitor.visit::<messages::ConsumerGroupHeartbeatResponse>()
        }
        "ConsumerGroupDescribeRequest" => visitor.visit::<messages::ConsumerGroupDescribeRequest>(),
        "ConsumerGroupDescribeResponse" => {
            visitor.visit::<messages::ConsumerGroupDescribeResponse>()
        }
        "ControllerRegistrationRequest" => {
            visitor.visit::<messages::ControllerRegistrationRequest>()
        }
        "ControllerRegistrationResponse" => {
            visitor.visit::<messages::ControllerRegistrationResponse>()
        }
        "GetTelemetrySubscriptionsRequest" => {
            visitor.visit::<messages::GetTelemetrySubscriptionsRequest>()
        }
        "GetTelemetrySubscriptionsResponse" => {
            visitor.visit::<messages::GetTelemetrySubscriptionsResponse>()
        }
        "PushTelemetryRequest" => visitor.visit::<messages::PushTelemetryRequest>(),
        "PushTelemetryResponse" => visitor.visit::<messages::PushTelemetryResponse>(),
        "AssignReplicasToDirsRequest" => visitor.visit::<messages::AssignReplicasToDirsRequest>(),
        "AssignReplicasToDirsResponse" => visitor.visit::<messages::AssignReplicasToDirsResponse>(),
        "ListConfigResourcesRequest" => visitor.visit::<messages::ListConfigResourcesRequest>(),
        "ListConfigResourcesResponse" => visitor.visit::<messages::ListConfigResourcesResponse>(),
        "DescribeTopicPartitionsRequest" => {
            visitor.visit::<messages::DescribeTopicPartitionsRequest>()
        }
        "DescribeTopicPartitionsResponse" => {
            visitor.visit::<messages::DescribeTopicPartitionsResponse>()
        }
        "ShareGroupHeartbeatRequest" => visitor.visit::<messages::ShareGroupHeartbeatRequest>(),
        "ShareGroupHeartbeatResponse" => visitor.visit::<messages::ShareGroupHeartbeatResponse>(),
        "ShareGroupDescribeRequest" => visitor.visit::<messages::ShareGroupDescribeRequest>(),
        "ShareGroupDescribeResponse" => visitor.visit::<messages::ShareGroupDescribeResponse>(),
        "ShareFetchRequest" => visitor.visit::<messages::ShareFetchRequest>(),
        "ShareFetchResponse" => visitor.visit::<messages::ShareFetchResponse>(),
        "ShareAcknowledgeRequest" => visitor.visit::<messages::ShareAcknowledgeRequest>(),
        "ShareAcknowledgeResponse" => visitor.visit::<messages::ShareAcknowledgeResponse>(),
        "AddRaftVoterRequest" => visitor.visit::<messages::AddRaftVoterRequest>(),
        "AddRaftVoterResponse" => visitor.visit::<messages::AddRaftVoterResponse>(),
        "RemoveRaftVoterRequest" => visitor.visit::<messages::RemoveRaftVoterRequest>(),
        "RemoveRaftVoterResponse" => visitor.visit::<messages::RemoveRaftVoterResponse>(),
        "UpdateRaftVoterRequest" => visitor.visit::<messages::UpdateRaftVoterRequest>(),
        "UpdateRaftVoterResponse" => visitor.visit::<messages::UpdateRaftVoterResponse>(),
        "InitializeShareGroupStateRequest" => {
            visitor.visit::<messages::InitializeShareGroupStateRequest>()
        }
        "InitializeShareGroupStateResponse" => {
            visitor.visit::<messages::InitializeShareGroupStateResponse>()
        }
        "ReadShareGroupStateRequest" => visitor.visit::<messages::ReadShareGroupStateRequest>(),
        "ReadShareGroupStateResponse" => visitor.visit::<messages::ReadShareGroupStateResponse>(),
        "WriteShareGroupStateRequest" => visitor.visit::<messages::WriteShareGroupStateRequest>(),
        "WriteShareGroupStateResponse" => visitor.visit::<messages::WriteShareGroupStateResponse>(),
        "DeleteShareGroupStateRequest" => visitor.visit::<messages::DeleteShareGroupStateRequest>(),
        "DeleteShareGroupStateResponse" => {
            visitor.visit::<messages::DeleteShareGroupStateResponse>()
        }
        "ReadShareGroupStateSummaryRequest" => {
            visitor.visit::<messages::ReadShareGroupStateSummaryRequest>()
        }
        "ReadShareGroupStateSummaryResponse" => {
            visitor.visit::<messages::ReadShareGroupStateSummaryResponse>()
        }
        "StreamsGroupHeartbeatRequest" => visitor.visit::<messages::StreamsGroupHeartbeatRequest>(),
        "StreamsGroupHeartbeatResponse" => {
            visitor.visit::<messages::StreamsGroupHeartbeatResponse>()
        }
        "StreamsGroupDescribeRequest" => visitor.visit::<messages::StreamsGroupDescribeRequest>(),
        "StreamsGroupDescribeResponse" => visitor.visit::<messages::StreamsGroupDescribeResponse>(),
        "DescribeShareGroupOffsetsRequest" => {
            visitor.visit::<messages::DescribeShareGroupOffsetsRequest>()
        }
        "DescribeShareGroupOffsetsResponse" => {
            visitor.visit::<messages::DescribeShareGroupOffsetsResponse>()
        }
        "AlterShareGroupOffsetsRequest" => {
            visitor.visit::<messages::AlterShareGroupOffsetsRequest>()
        }
        "AlterShareGroupOffsetsResponse" => {
            visitor.visit::<messages::AlterShareGroupOffsetsResponse>()
        }
        "DeleteShareGroupOffsetsRequest" => {
            visitor.visit::<messages::DeleteShareGroupOffsetsRequest>()
        }
        "DeleteShareGroupOffsetsResponse" => {
            visitor.visit::<messages::DeleteShareGroupOffsetsResponse>()
        }
        "ConsumerProtocolAssignment" => {
            visitor.visit::<record_types::embedded::ConsumerProtocolAssignment>()
        }
        "ConsumerProtocolSubscription" => {
            visitor.visit::<record_types::embedded::ConsumerProtocolSubscription>()
        }
        "DefaultPrincipalData" => visitor.visit::<record_types::embedded::DefaultPrincipalData>(),
        "ProducerSnapshot" => visitor.visit::<record_types::embedded::ProducerSnapshot>(),
        "SubscriptionInfoData" => visitor.visit::<record_types::embedded::SubscriptionInfoData>(),
        "LegacyOffsetCommitKey" => visitor.visit::<record_types::group::LegacyOffsetCommitKey>(),
        "LegacyOffsetCommitValue" => {
            visitor.visit::<record_types::group::LegacyOffsetCommitValue>()
        }
        "OffsetCommitKey" => visitor.visit::<record_types::group::OffsetCommitKey>(),
        "OffsetCommitValue" => visitor.visit::<record_types::group::OffsetCommitValue>(),
        "GroupMetadataKey" => visitor.visit::<record_types::group::GroupMetadataKey>(),
        "GroupMetadataValue" => visitor.visit::<record_types::group::GroupMetadataValue>(),
        "ConsumerGroupMetadataKey" => {
            visitor.visit::<record_types::group::ConsumerGroupMetadataKey>()
        }
        "ConsumerGroupMetadataValue" => {
            visitor.visit::<record_types::group::ConsumerGroupMetadataValue>()
        }
        "ConsumerGroupPartitionMetadataKey" => {
            visitor.visit::<record_types::group::ConsumerGroupPartitionMetadataKey>()
        }
        "ConsumerGroupPartitionMetadataValue" => {
            visitor.visit::<record_types::group::ConsumerGroupPartitionMetadataValue>()
        }
        "ConsumerGroupMemberMetadataKey" => {
            visitor.visit::<record_types::group::ConsumerGroupMemberMetadataKey>()
        }
        "ConsumerGroupMemberMetadataValue" => {
            visitor.visit::<record_types::group::ConsumerGroupMemberMetadataValue>()
        }
        "ConsumerGroupTargetAssignmentMetadataKey" => {
            visitor.visit::<record_types::group::ConsumerGroupTargetAssignmentMetadataKey>()
        }
        "ConsumerGroupTargetAssignmentMetadataValue" => {
            visitor.visit::<record_types::group::ConsumerGroupTargetAssignmentMetadataValue>()
        }
        "ConsumerGroupTargetAssignmentMemberKey" => {
            visitor.visit::<record_types::group::ConsumerGroupTargetAssignmentMemberKey>()
        }
        "ConsumerGroupTargetAssignmentMemberValue" => {
            visitor.visit::<record_types::group::ConsumerGroupTargetAssignmentMemberValue>()
        }
        "ConsumerGroupCurrentMemberAssignmentKey" => {
            visitor.visit::<record_types::group::ConsumerGroupCurrentMemberAssignmentKey>()
        }
        "ConsumerGroupCurrentMemberAssignmentValue" => {
            visitor.visit::<record_types::group::ConsumerGroupCurrentMemberAssignmentValue>()
        }
        "ShareGroupMemberMetadataKey" => {
            visitor.visit::<record_types::group::ShareGroupMemberMetadataKey>()
        }
        "ShareGroupMemberMetadataValue" => {
            visitor.visit::<record_types::group::ShareGroupMemberMetadataValue>()
        }
        "ShareGroupMetadataKey" => visitor.visit::<record_types::group::ShareGroupMetadataKey>(),
        "ShareGroupMetadataValue" => {
            visitor.visit::<record_types::group::ShareGroupMetadataValue>()
        }
        "ShareGroupTargetAssignmentMetadataKey" => {
            visitor.visit::<record_types::group::ShareGroupTargetAssignmentMetadataKey>()
        }
        "ShareGroupTargetAssignmentMetadataValue" => {
            visitor.visit::<record_types::group::ShareGroupTargetAssignmentMetadataValue>()
        }
        "ShareGroupTargetAssignmentMemberKey" => {
            visitor.visit::<record_types::group::ShareGroupTargetAssignmentMemberKey>()
        }
        "ShareGroupTargetAssignmentMemberValue" => {
            visitor.visit::<record_types::group::ShareGroupTargetAssignmentMemberValue>()
        }
        "ShareGroupCurrentMemberAssignmentKey" => {
            visitor.visit::<record_types::group::ShareGroupCurrentMemberAssignmentKey>()
        }
        "ShareGroupCurrentMemberAssignmentValue" => {
            visitor.visit::<record_types::group::ShareGroupCurrentMemberAssignmentValue>()
        }
        "ShareGroupStatePartitionMetadataKey" => {
            visitor.visit::<record_types::group::ShareGroupStatePartitionMetadataKey>()
        }
        "ShareGroupStatePartitionMetadataValue" => {
            visitor.visit::<record_types::group::ShareGroupStatePartitionMetadataValue>()
        }
        "ConsumerGroupRegularExpressionKey" => {
            visitor.visit::<record_types::group::ConsumerGroupRegularExpressionKey>()
        }
        "ConsumerGroupRegularExpressionValue" => {
            visitor.visit::<record_types::group::ConsumerGroupRegularExpressionValue>()
        }
        "StreamsGroupMetadataKey" => {
            visitor.visit::<record_types::group::StreamsGroupMetadataKey>()
        }
        "StreamsGroupMetadataValue" => {
            visitor.visit::<record_types::group::StreamsGroupMetadataValue>()
        }
        "StreamsGroupMemberMetadataKey" => {
            visitor.visit::<record_types::group::StreamsGroupMemberMetadataKey>()
        }
        "StreamsGroupMemberMetadataValue" => {
            visitor.visit::<record_types::group::StreamsGroupMemberMetadataValue>()
        }
        "StreamsGroupTargetAssignmentMetadataKey" => {
            visitor.visit::<record_types::group::StreamsGroupTargetAssignmentMetadataKey>()
        }
        "StreamsGroupTargetAssignmentMetadataValue" => {
            visitor.visit::<record_types::group::StreamsGroupTargetAssignmentMetadataValue>()
        }
        "StreamsGroupTargetAssignmentMemberKey" => {
            visitor.visit::<record_types::group::StreamsGroupTargetAssignmentMemberKey>()
        }
        "StreamsGroupTargetAssignmentMemberValue" => {
            visitor.visit::<record_types::group::StreamsGroupTargetAssignmentMemberValue>()
        }
        "StreamsGroupCurrentMemberAssignmentKey" => {
            visitor.visit::<record_types::group::StreamsGroupCurrentMemberAssignmentKey>()
        }
        "StreamsGroupCurrentMemberAssignmentValue" => {
            visitor.visit::<record_types::group::StreamsGroupCurrentMemberAssignmentValue>()
        }
        "StreamsGroupTopologyKey" => {
            visitor.visit::<record_types::group::StreamsGroupTopologyKey>()
        }
        "StreamsGroupTopologyValue" => {
            visitor.visit::<record_types::group::StreamsGroupTopologyValue>()
        }
        "RegisterBrokerRecord" => visitor.visit::<record_types::metadata::RegisterBrokerRecord>(),
        "UnregisterBrokerRecord" => {
            visitor.visit::<record_types::metadata::UnregisterBrokerRecord>()
        }
        "TopicRecord" => visitor.visit::<record_types::metadata::TopicRecord>(),
        "PartitionRecord" => visitor.visit::<record_types::metadata::PartitionRecord>(),
        "ConfigRecord" => visitor.visit::<record_types::metadata::ConfigRecord>(),
        "PartitionChangeRecord" => visitor.visit::<record_types::metadata::PartitionChangeRecord>(),
        "FenceBrokerRecord" => visitor.visit::<record_types::metadata::FenceBrokerRecord>(),
        "UnfenceBrokerRecord" => visitor.visit::<record_types::metadata::UnfenceBrokerRecord>(),
        "RemoveTopicRecord" => visitor.visit::<record_types::metadata::RemoveTopicRecord>(),
        "DelegationTokenRecord" => visitor.visit::<record_types::metadata::DelegationTokenRecord>(),
        "UserScramCredentialRecord" => {
            visitor.visit::<record_types::metadata::UserScramCredentialRecord>()
        }
        "FeatureLevelRecord" => visitor.visit::<record_types::metadata::FeatureLevelRecord>(),
        "ClientQuotaRecord" => visitor.visit::<record_types::metadata::ClientQuotaRecord>(),
        "ProducerIdsRecord" => visitor.visit::<record_types::metadata::ProducerIdsRecord>(),
        "BrokerRegistrationChangeRecord" => {
            visitor.visit::<record_types::metadata::BrokerRegistrationChangeRecord>()
        }
        "AccessControlEntryRecord" => {
            visitor.visit::<record_types::metadata::AccessControlEntryRecord>()
        }
        "RemoveAccessControlEntryRecord" => {
            visitor.visit::<record_types::metadata::RemoveAccessControlEntryRecord>()
        }
        "NoOpRecord" => visitor.visit::<record_types::metadata::NoOpRecord>(),
        "ZkMigrationStateRecord" => {
            visitor.visit::<record_types::metadata::ZkMigrationStateRecord>()
        }
        "RemoveUserScramCredentialRecord" => {
            visitor.visit::<record_types::metadata::RemoveUserScramCredentialRecord>()
        }
        "BeginTransactionRecord" => {
            visitor.visit::<record_types::metadata::BeginTransactionRecord>()
        }
        "EndTransactionRecord" => visitor.visit::<record_types::metadata::EndTransactionRecord>(),
        "AbortTransactionRecord" => {
            visitor.visit::<record_types::metadata::AbortTransactionRecord>()
        }
        "RemoveDelegationTokenRecord" => {
            visitor.visit::<record_types::metadata::RemoveDelegationTokenRecord>()
        }
        "RegisterControllerRecord" => {
            visitor.visit::<record_types::metadata::RegisterControllerRecord>()
        }
        "ClearElrRecord" => visitor.visit::<record_types::metadata::ClearElrRecord>(),
        "ControlRecordTypeSchema" => visitor.visit::<record_types::raft::ControlRecordTypeSchema>(),
        "EndTxnMarker" => visitor.visit::<record_types::raft::EndTxnMarker>(),
        "KRaftVersionRecord" => visitor.visit::<record_types::raft::KRaftVersionRecord>(),
        "LeaderChangeMessage" => visitor.visit::<record_types::raft::LeaderChangeMessage>(),
        "QuorumStateData" => visitor.visit::<record_types::raft::QuorumStateData>(),
        "SnapshotFooterRecord" => visitor.visit::<record_types::raft::SnapshotFooterRecord>(),
        "SnapshotHeaderRecord" => visitor.visit::<record_types::raft::SnapshotHeaderRecord>(),
        "VotersRecord" => visitor.visit::<record_types::raft::VotersRecord>(),
        "RemoteLogSegmentMetadataRecord" => {
            visitor.visit::<record_types::remote_log::RemoteLogSegmentMetadataRecord>()
        }
        "RemoteLogSegmentMetadataUpdateRecord" => {
            visitor.visit::<record_types::remote_log::RemoteLogSegmentMetadataUpdateRecord>()
        }
        "RemotePartitionDeleteMetadataRecord" => {
            visitor.visit::<record_types::remote_log::RemotePartitionDeleteMetadataRecord>()
        }
        "RemoteLogSegmentMetadataSnapshotRecord" => {
            visitor.visit::<record_types::remote_log::RemoteLogSegmentMetadataSnapshotRecord>()
        }
        "ShareSnapshotKey" => visitor.visit::<record_types::share::ShareSnapshotKey>(),
        "ShareSnapshotValue" => visitor.visit::<record_types::share::ShareSnapshotValue>(),
        "ShareUpdateKey" => visitor.visit::<record_types::share::ShareUpdateKey>(),
        "ShareUpdateValue" => visitor.visit::<record_types::share::ShareUpdateValue>(),
        "TransactionLogKey" => visitor.visit::<record_types::transaction::TransactionLogKey>(),
        "TransactionLogValue" => visitor.visit::<record_types::transaction::TransactionLogValue>(),
        _ => return None,
    })
}
