//! Any request.
//!
//! Generated from `definitions/` by `cargo gen`.

use super::*;
use crate::wire::{
    DecodeError, EncodeError, Reader, Writer, buffer_capacity, decode_checked, encode_checked,
};

/// The request of any API; large ones are boxed.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    Produce(ProduceRequest),
    Fetch(FetchRequest),
    ListOffsets(ListOffsetsRequest),
    Metadata(MetadataRequest),
    OffsetCommit(OffsetCommitRequest),
    OffsetFetch(OffsetFetchRequest),
    FindCoordinator(FindCoordinatorRequest),
    JoinGroup(Box<JoinGroupRequest>),
    Heartbeat(HeartbeatRequest),
    LeaveGroup(LeaveGroupRequest),
    SyncGroup(Box<SyncGroupRequest>),
    DescribeGroups(DescribeGroupsRequest),
    ListGroups(ListGroupsRequest),
    SaslHandshake(SaslHandshakeRequest),
    ApiVersions(ApiVersionsRequest),
    CreateTopics(CreateTopicsRequest),
    DeleteTopics(DeleteTopicsRequest),
    DeleteRecords(DeleteRecordsRequest),
    InitProducerId(InitProducerIdRequest),
    OffsetForLeaderEpoch(OffsetForLeaderEpochRequest),
    AddPartitionsToTxn(AddPartitionsToTxnRequest),
    AddOffsetsToTxn(AddOffsetsToTxnRequest),
    EndTxn(EndTxnRequest),
    WriteTxnMarkers(WriteTxnMarkersRequest),
    TxnOffsetCommit(TxnOffsetCommitRequest),
    DescribeAcls(DescribeAclsRequest),
    CreateAcls(CreateAclsRequest),
    DeleteAcls(DeleteAclsRequest),
    DescribeConfigs(DescribeConfigsRequest),
    AlterConfigs(AlterConfigsRequest),
    AlterReplicaLogDirs(AlterReplicaLogDirsRequest),
    DescribeLogDirs(DescribeLogDirsRequest),
    SaslAuthenticate(SaslAuthenticateRequest),
    CreatePartitions(CreatePartitionsRequest),
    CreateDelegationToken(CreateDelegationTokenRequest),
    RenewDelegationToken(RenewDelegationTokenRequest),
    ExpireDelegationToken(ExpireDelegationTokenRequest),
    DescribeDelegationToken(DescribeDelegationTokenRequest),
    DeleteGroups(DeleteGroupsRequest),
    ElectLeaders(ElectLeadersRequest),
    IncrementalAlterConfigs(IncrementalAlterConfigsRequest),
    AlterPartitionReassignments(AlterPartitionReassignmentsRequest),
    ListPartitionReassignments(ListPartitionReassignmentsRequest),
    OffsetDelete(OffsetDeleteRequest),
    DescribeClientQuotas(DescribeClientQuotasRequest),
    AlterClientQuotas(AlterClientQuotasRequest),
    DescribeUserScramCredentials(DescribeUserScramCredentialsRequest),
    AlterUserScramCredentials(AlterUserScramCredentialsRequest),
    Vote(VoteRequest),
    BeginQuorumEpoch(BeginQuorumEpochRequest),
    EndQuorumEpoch(EndQuorumEpochRequest),
    DescribeQuorum(DescribeQuorumRequest),
    AlterPartition(AlterPartitionRequest),
    UpdateFeatures(UpdateFeaturesRequest),
    Envelope(EnvelopeRequest),
    FetchSnapshot(FetchSnapshotRequest),
    DescribeCluster(DescribeClusterRequest),
    DescribeProducers(DescribeProducersRequest),
    BrokerRegistration(BrokerRegistrationRequest),
    BrokerHeartbeat(BrokerHeartbeatRequest),
    UnregisterBroker(UnregisterBrokerRequest),
    DescribeTransactions(DescribeTransactionsRequest),
    ListTransactions(ListTransactionsRequest),
    AllocateProducerIds(AllocateProducerIdsRequest),
    ConsumerGroupHeartbeat(Box<ConsumerGroupHeartbeatRequest>),
    ConsumerGroupDescribe(ConsumerGroupDescribeRequest),
    ControllerRegistration(ControllerRegistrationRequest),
    GetTelemetrySubscriptions(GetTelemetrySubscriptionsRequest),
    PushTelemetry(PushTelemetryRequest),
    AssignReplicasToDirs(AssignReplicasToDirsRequest),
    ListConfigResources(ListConfigResourcesRequest),
    DescribeTopicPartitions(DescribeTopicPartitionsRequest),
    ShareGroupHeartbeat(ShareGroupHeartbeatRequest),
    ShareGroupDescribe(ShareGroupDescribeRequest),
    ShareFetch(ShareFetchRequest),
    ShareAcknowledge(ShareAcknowledgeRequest),
    AddRaftVoter(AddRaftVoterRequest),
    RemoveRaftVoter(RemoveRaftVoterRequest),
    UpdateRaftVoter(UpdateRaftVoterRequest),
    InitializeShareGroupState(InitializeShareGroupStateRequest),
    ReadShareGroupState(ReadShareGroupStateRequest),
    WriteShareGroupState(WriteShareGroupStateRequest),
    DeleteShareGroupState(DeleteShareGroupStateRequest),
    ReadShareGroupStateSummary(ReadShareGroupStateSummaryRequest),
    StreamsGroupHeartbeat(Box<StreamsGroupHeartbeatRequest>),
    StreamsGroupDescribe(StreamsGroupDescribeRequest),
    DescribeShareGroupOffsets(DescribeShareGroupOffsetsRequest),
    AlterShareGroupOffsets(AlterShareGroupOffsetsRequest),
    DeleteShareGroupOffsets(DeleteShareGroupOffsetsRequest),
}

impl Request {
    /// Reads the request of `key` in `version`.
    ///
    /// # Errors
    /// UnknownVersion, or whatever is wrong with the bytes.
    pub fn decode(key: ApiKey, version: i16, reader: &mut Reader) -> Result<Request, DecodeError> {
        Ok(match key {
            ApiKey::Produce => Request::Produce(decode_checked(reader, version)?),
            ApiKey::Fetch => Request::Fetch(decode_checked(reader, version)?),
            ApiKey::ListOffsets => Request::ListOffsets(decode_checked(reader, version)?),
            ApiKey::Metadata => Request::Metadata(decode_checked(reader, version)?),
            ApiKey::OffsetCommit => Request::OffsetCommit(decode_checked(reader, version)?),
            ApiKey::OffsetFetch => Request::OffsetFetch(decode_checked(reader, version)?),
            ApiKey::FindCoordinator => Request::FindCoordinator(decode_checked(reader, version)?),
            ApiKey::JoinGroup => Request::JoinGroup(Box::new(decode_checked(reader, version)?)),
            ApiKey::Heartbeat => Request::Heartbeat(decode_checked(reader, version)?),
            ApiKey::LeaveGroup => Request::LeaveGroup(decode_checked(reader, version)?),
            ApiKey::SyncGroup => Request::SyncGroup(Box::new(decode_checked(reader, version)?)),
            ApiKey::DescribeGroups => Request::DescribeGroups(decode_checked(reader, version)?),
            ApiKey::ListGroups => Request::ListGroups(decode_checked(reader, version)?),
            ApiKey::SaslHandshake => Request::SaslHandshake(decode_checked(reader, version)?),
            ApiKey::ApiVersions => Request::ApiVersions(decode_checked(reader, version)?),
            ApiKey::CreateTopics => Request::CreateTopics(decode_checked(reader, version)?),
            ApiKey::DeleteTopics => Request::DeleteTopics(decode_checked(reader, version)?),
            ApiKey::DeleteRecords => Request::DeleteRecords(decode_checked(reader, version)?),
            ApiKey::InitProducerId => Request::InitProducerId(decode_checked(reader, version)?),
            ApiKey::OffsetForLeaderEpoch => {
                Request::OffsetForLeaderEpoch(decode_checked(reader, version)?)
            }
            ApiKey::AddPartitionsToTxn => {
                Request::AddPartitionsToTxn(decode_checked(reader, version)?)
            }
            ApiKey::AddOffsetsToTxn => Request::AddOffsetsToTxn(decode_checked(reader, version)?),
            ApiKey::EndTxn => Request::EndTxn(decode_checked(reader, version)?),
            ApiKey::WriteTxnMarkers => Request::WriteTxnMarkers(decode_checked(reader, version)?),
            ApiKey::TxnOffsetCommit => Request::TxnOffsetCommit(decode_checked(reader, version)?),
            ApiKey::DescribeAcls => Request::DescribeAcls(decode_checked(reader, version)?),
            ApiKey::CreateAcls => Request::CreateAcls(decode_checked(reader, version)?),
            ApiKey::DeleteAcls => Request::DeleteAcls(decode_checked(reader, version)?),
            ApiKey::DescribeConfigs => Request::DescribeConfigs(decode_checked(reader, version)?),
            ApiKey::AlterConfigs => Request::AlterConfigs(decode_checked(reader, version)?),
            ApiKey::AlterReplicaLogDirs => {
                Request::AlterReplicaLogDirs(decode_checked(reader, version)?)
            }
            ApiKey::DescribeLogDirs => Request::DescribeLogDirs(decode_checked(reader, version)?),
            ApiKey::SaslAuthenticate => Request::SaslAuthenticate(decode_checked(reader, version)?),
            ApiKey::CreatePartitions => Request::CreatePartitions(decode_checked(reader, version)?),
            ApiKey::CreateDelegationToken => {
                Request::CreateDelegationToken(decode_checked(reader, version)?)
            }
            ApiKey::RenewDelegationToken => {
                Request::RenewDelegationToken(decode_checked(reader, version)?)
            }
            ApiKey::ExpireDelegationToken => {
                Request::ExpireDelegationToken(decode_checked(reader, version)?)
            }
            ApiKey::DescribeDelegationToken => {
                Request::DescribeDelegationToken(decode_checked(reader, version)?)
            }
            ApiKey::DeleteGroups => Request::DeleteGroups(decode_checked(reader, version)?),
            ApiKey::ElectLeaders => Request::ElectLeaders(decode_checked(reader, version)?),
            ApiKey::IncrementalAlterConfigs => {
                Request::IncrementalAlterConfigs(decode_checked(reader, version)?)
            }
            ApiKey::AlterPartitionReassignments => {
                Request::AlterPartitionReassignments(decode_checked(reader, version)?)
            }
            ApiKey::ListPartitionReassignments => {
                Request::ListPartitionReassignments(decode_checked(reader, version)?)
            }
            ApiKey::OffsetDelete => Request::OffsetDelete(decode_checked(reader, version)?),
            ApiKey::DescribeClientQuotas => {
                Request::DescribeClientQuotas(decode_checked(reader, version)?)
            }
            ApiKey::AlterClientQuotas => {
                Request::AlterClientQuotas(decode_checked(reader, version)?)
            }
            ApiKey::DescribeUserScramCredentials => {
                Request::DescribeUserScramCredentials(decode_checked(reader, version)?)
            }
            ApiKey::AlterUserScramCredentials => {
                Request::AlterUserScramCredentials(decode_checked(reader, version)?)
            }
            ApiKey::Vote => Request::Vote(decode_checked(reader, version)?),
            ApiKey::BeginQuorumEpoch => Request::BeginQuorumEpoch(decode_checked(reader, version)?),
            ApiKey::EndQuorumEpoch => Request::EndQuorumEpoch(decode_checked(reader, version)?),
            ApiKey::DescribeQuorum => Request::DescribeQuorum(decode_checked(reader, version)?),
            ApiKey::AlterPartition => Request::AlterPartition(decode_checked(reader, version)?),
            ApiKey::UpdateFeatures => Request::UpdateFeatures(decode_checked(reader, version)?),
            ApiKey::Envelope => Request::Envelope(decode_checked(reader, version)?),
            ApiKey::FetchSnapshot => Request::FetchSnapshot(decode_checked(reader, version)?),
            ApiKey::DescribeCluster => Request::DescribeCluster(decode_checked(reader, version)?),
            ApiKey::DescribeProducers => {
                Request::DescribeProducers(decode_checked(reader, version)?)
            }
            ApiKey::BrokerRegistration => {
                Request::BrokerRegistration(decode_checked(reader, version)?)
            }
            ApiKey::BrokerHeartbeat => Request::BrokerHeartbeat(decode_checked(reader, version)?),
            ApiKey::UnregisterBroker => Request::UnregisterBroker(decode_checked(reader, version)?),
            ApiKey::DescribeTransactions => {
                Request::DescribeTransactions(decode_checked(reader, version)?)
            }
            ApiKey::ListTransactions => Request::ListTransactions(decode_checked(reader, version)?),
            ApiKey::AllocateProducerIds => {
                Request::AllocateProducerIds(decode_checked(reader, version)?)
            }
            ApiKey::ConsumerGroupHeartbeat => {
                Request::ConsumerGroupHeartbeat(Box::new(decode_checked(reader, version)?))
            }
            ApiKey::ConsumerGroupDescribe => {
                Request::ConsumerGroupDescribe(decode_checked(reader, version)?)
            }
            ApiKey::ControllerRegistration => {
                Request::ControllerRegistration(decode_checked(reader, version)?)
            }
            ApiKey::GetTelemetrySubscriptions => {
                Request::GetTelemetrySubscriptions(decode_checked(reader, version)?)
            }
            ApiKey::PushTelemetry => Request::PushTelemetry(decode_checked(reader, version)?),
            ApiKey::AssignReplicasToDirs => {
                Request::AssignReplicasToDirs(decode_checked(reader, version)?)
            }
            ApiKey::ListConfigResources => {
                Request::ListConfigResources(decode_checked(reader, version)?)
            }
            ApiKey::DescribeTopicPartitions => {
                Request::DescribeTopicPartitions(decode_checked(reader, version)?)
            }
            ApiKey::ShareGroupHeartbeat => {
                Request::ShareGroupHeartbeat(decode_checked(reader, version)?)
            }
            ApiKey::ShareGroupDescribe => {
                Request::ShareGroupDescribe(decode_checked(reader, version)?)
            }
            ApiKey::ShareFetch => Request::ShareFetch(decode_checked(reader, version)?),
            ApiKey::ShareAcknowledge => Request::ShareAcknowledge(decode_checked(reader, version)?),
            ApiKey::AddRaftVoter => Request::AddRaftVoter(decode_checked(reader, version)?),
            ApiKey::RemoveRaftVoter => Request::RemoveRaftVoter(decode_checked(reader, version)?),
            ApiKey::UpdateRaftVoter => Request::UpdateRaftVoter(decode_checked(reader, version)?),
            ApiKey::InitializeShareGroupState => {
                Request::InitializeShareGroupState(decode_checked(reader, version)?)
            }
            ApiKey::ReadShareGroupState => {
                Request::ReadShareGroupState(decode_checked(reader, version)?)
            }
            ApiKey::WriteShareGroupState => {
                Request::WriteShareGroupState(decode_checked(reader, version)?)
            }
            ApiKey::DeleteShareGroupState => {
                Request::DeleteShareGroupState(decode_checked(reader, version)?)
            }
            ApiKey::ReadShareGroupStateSummary => {
                Request::ReadShareGroupStateSummary(decode_checked(reader, version)?)
            }
            ApiKey::StreamsGroupHeartbeat => {
                Request::StreamsGroupHeartbeat(Box::new(decode_checked(reader, version)?))
            }
            ApiKey::StreamsGroupDescribe => {
                Request::StreamsGroupDescribe(decode_checked(reader, version)?)
            }
            ApiKey::DescribeShareGroupOffsets => {
                Request::DescribeShareGroupOffsets(decode_checked(reader, version)?)
            }
            ApiKey::AlterShareGroupOffsets => {
                Request::AlterShareGroupOffsets(decode_checked(reader, version)?)
            }
            ApiKey::DeleteShareGroupOffsets => {
                Request::DeleteShareGroupOffsets(decode_checked(reader, version)?)
            }
        })
    }

    pub const fn key(&self) -> ApiKey {
        match self {
            Request::Produce(_) => ApiKey::Produce,
            Request::Fetch(_) => ApiKey::Fetch,
            Request::ListOffsets(_) => ApiKey::ListOffsets,
            Request::Metadata(_) => ApiKey::Metadata,
            Request::OffsetCommit(_) => ApiKey::OffsetCommit,
            Request::OffsetFetch(_) => ApiKey::OffsetFetch,
            Request::FindCoordinator(_) => ApiKey::FindCoordinator,
            Request::JoinGroup(_) => ApiKey::JoinGroup,
            Request::Heartbeat(_) => ApiKey::Heartbeat,
            Request::LeaveGroup(_) => ApiKey::LeaveGroup,
            Request::SyncGroup(_) => ApiKey::SyncGroup,
            Request::DescribeGroups(_) => ApiKey::DescribeGroups,
            Request::ListGroups(_) => ApiKey::ListGroups,
            Request::SaslHandshake(_) => ApiKey::SaslHandshake,
            Request::ApiVersions(_) => ApiKey::ApiVersions,
            Request::CreateTopics(_) => ApiKey::CreateTopics,
            Request::DeleteTopics(_) => ApiKey::DeleteTopics,
            Request::DeleteRecords(_) => ApiKey::DeleteRecords,
            Request::InitProducerId(_) => ApiKey::InitProducerId,
            Request::OffsetForLeaderEpoch(_) => ApiKey::OffsetForLeaderEpoch,
            Request::AddPartitionsToTxn(_) => ApiKey::AddPartitionsToTxn,
            Request::AddOffsetsToTxn(_) => ApiKey::AddOffsetsToTxn,
            Request::EndTxn(_) => ApiKey::EndTxn,
            Request::WriteTxnMarkers(_) => ApiKey::WriteTxnMarkers,
            Request::TxnOffsetCommit(_) => ApiKey::TxnOffsetCommit,
            Request::DescribeAcls(_) => ApiKey::DescribeAcls,
            Request::CreateAcls(_) => ApiKey::CreateAcls,
            Request::DeleteAcls(_) => ApiKey::DeleteAcls,
            Request::DescribeConfigs(_) => ApiKey::DescribeConfigs,
            Request::AlterConfigs(_) => ApiKey::AlterConfigs,
            Request::AlterReplicaLogDirs(_) => ApiKey::AlterReplicaLogDirs,
            Request::DescribeLogDirs(_) => ApiKey::DescribeLogDirs,
            Request::SaslAuthenticate(_) => ApiKey::SaslAuthenticate,
            Request::CreatePartitions(_) => ApiKey::CreatePartitions,
            Request::CreateDelegationToken(_) => ApiKey::CreateDelegationToken,
            Request::RenewDelegationToken(_) => ApiKey::RenewDelegationToken,
            Request::ExpireDelegationToken(_) => ApiKey::ExpireDelegationToken,
            Request::DescribeDelegationToken(_) => ApiKey::DescribeDelegationToken,
            Request::DeleteGroups(_) => ApiKey::DeleteGroups,
            Request::ElectLeaders(_) => ApiKey::ElectLeaders,
            Request::IncrementalAlterConfigs(_) => ApiKey::IncrementalAlterConfigs,
            Request::AlterPartitionReassignments(_) => ApiKey::AlterPartitionReassignments,
            Request::ListPartitionReassignments(_) => ApiKey::ListPartitionReassignments,
            Request::OffsetDelete(_) => ApiKey::OffsetDelete,
            Request::DescribeClientQuotas(_) => ApiKey::DescribeClientQuotas,
            Request::AlterClientQuotas(_) => ApiKey::AlterClientQuotas,
            Request::DescribeUserScramCredentials(_) => ApiKey::DescribeUserScramCredentials,
            Request::AlterUserScramCredentials(_) => ApiKey::AlterUserScramCredentials,
            Request::Vote(_) => ApiKey::Vote,
            Request::BeginQuorumEpoch(_) => ApiKey::BeginQuorumEpoch,
            Request::EndQuorumEpoch(_) => ApiKey::EndQuorumEpoch,
            Request::DescribeQuorum(_) => ApiKey::DescribeQuorum,
            Request::AlterPartition(_) => ApiKey::AlterPartition,
            Request::UpdateFeatures(_) => ApiKey::UpdateFeatures,
            Request::Envelope(_) => ApiKey::Envelope,
            Request::FetchSnapshot(_) => ApiKey::FetchSnapshot,
            Request::DescribeCluster(_) => ApiKey::DescribeCluster,
            Request::DescribeProducers(_) => ApiKey::DescribeProducers,
            Request::BrokerRegistration(_) => ApiKey::BrokerRegistration,
            Request::BrokerHeartbeat(_) => ApiKey::BrokerHeartbeat,
            Request::UnregisterBroker(_) => ApiKey::UnregisterBroker,
            Request::DescribeTransactions(_) => ApiKey::DescribeTransactions,
            Request::ListTransactions(_) => ApiKey::ListTransactions,
            Request::AllocateProducerIds(_) => ApiKey::AllocateProducerIds,
            Request::ConsumerGroupHeartbeat(_) => ApiKey::ConsumerGroupHeartbeat,
            Request::ConsumerGroupDescribe(_) => ApiKey::ConsumerGroupDescribe,
            Request::ControllerRegistration(_) => ApiKey::ControllerRegistration,
            Request::GetTelemetrySubscriptions(_) => ApiKey::GetTelemetrySubscriptions,
            Request::PushTelemetry(_) => ApiKey::PushTelemetry,
            Request::AssignReplicasToDirs(_) => ApiKey::AssignReplicasToDirs,
            Request::ListConfigResources(_) => ApiKey::ListConfigResources,
            Request::DescribeTopicPartitions(_) => ApiKey::DescribeTopicPartitions,
            Request::ShareGroupHeartbeat(_) => ApiKey::ShareGroupHeartbeat,
            Request::ShareGroupDescribe(_) => ApiKey::ShareGroupDescribe,
            Request::ShareFetch(_) => ApiKey::ShareFetch,
            Request::ShareAcknowledge(_) => ApiKey::ShareAcknowledge,
            Request::AddRaftVoter(_) => ApiKey::AddRaftVoter,
            Request::RemoveRaftVoter(_) => ApiKey::RemoveRaftVoter,
            Request::UpdateRaftVoter(_) => ApiKey::UpdateRaftVoter,
            Request::InitializeShareGroupState(_) => ApiKey::InitializeShareGroupState,
            Request::ReadShareGroupState(_) => ApiKey::ReadShareGroupState,
            Request::WriteShareGroupState(_) => ApiKey::WriteShareGroupState,
            Request::DeleteShareGroupState(_) => ApiKey::DeleteShareGroupState,
            Request::ReadShareGroupStateSummary(_) => ApiKey::ReadShareGroupStateSummary,
            Request::StreamsGroupHeartbeat(_) => ApiKey::StreamsGroupHeartbeat,
            Request::StreamsGroupDescribe(_) => ApiKey::StreamsGroupDescribe,
            Request::DescribeShareGroupOffsets(_) => ApiKey::DescribeShareGroupOffsets,
            Request::AlterShareGroupOffsets(_) => ApiKey::AlterShareGroupOffsets,
            Request::DeleteShareGroupOffsets(_) => ApiKey::DeleteShareGroupOffsets,
        }
    }

    /// # Errors
    /// UnknownVersion, or what the version cannot say.
    pub fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        match self {
            Request::Produce(message) => encode_checked(message, writer, version),
            Request::Fetch(message) => encode_checked(message, writer, version),
            Request::ListOffsets(message) => encode_checked(message, writer, version),
            Request::Metadata(message) => encode_checked(message, writer, version),
            Request::OffsetCommit(message) => encode_checked(message, writer, version),
            Request::OffsetFetch(message) => encode_checked(message, writer, version),
            Request::FindCoordinator(message) => encode_checked(message, writer, version),
            Request::JoinGroup(message) => encode_checked(&**message, writer, version),
            Request::Heartbeat(message) => encode_checked(message, writer, version),
            Request::LeaveGroup(message) => encode_checked(message, writer, version),
            Request::SyncGroup(message) => encode_checked(&**message, writer, version),
            Request::DescribeGroups(message) => encode_checked(message, writer, version),
            Request::ListGroups(message) => encode_checked(message, writer, version),
            Request::SaslHandshake(message) => encode_checked(message, writer, version),
            Request::ApiVersions(message) => encode_checked(message, writer, version),
            Request::CreateTopics(message) => encode_checked(message, writer, version),
            Request::DeleteTopics(message) => encode_checked(message, writer, version),
            Request::DeleteRecords(message) => encode_checked(message, writer, version),
            Request::InitProducerId(message) => encode_checked(message, writer, version),
            Request::OffsetForLeaderEpoch(message) => encode_checked(message, writer, version),
            Request::AddPartitionsToTxn(message) => encode_checked(message, writer, version),
            Request::AddOffsetsToTxn(message) => encode_checked(message, writer, version),
            Request::EndTxn(message) => encode_checked(message, writer, version),
            Request::WriteTxnMarkers(message) => encode_checked(message, writer, version),
            Request::TxnOffsetCommit(message) => encode_checked(message, writer, version),
            Request::DescribeAcls(message) => encode_checked(message, writer, version),
            Request::CreateAcls(message) => encode_checked(message, writer, version),
            Request::DeleteAcls(message) => encode_checked(message, writer, version),
            Request::DescribeConfigs(message) => encode_checked(message, writer, version),
            Request::AlterConfigs(message) => encode_checked(message, writer, version),
            Request::AlterReplicaLogDirs(message) => encode_checked(message, writer, version),
            Request::DescribeLogDirs(message) => encode_checked(message, writer, version),
            Request::SaslAuthenticate(message) => encode_checked(message, writer, version),
            Request::CreatePartitions(message) => encode_checked(message, writer, version),
            Request::CreateDelegationToken(message) => encode_checked(message, writer, version),
            Request::RenewDelegationToken(message) => encode_checked(message, writer, version),
            Request::ExpireDelegationToken(message) => encode_checked(message, writer, version),
            Request::DescribeDelegationToken(message) => encode_checked(message, writer, version),
            Request::DeleteGroups(message) => encode_checked(message, writer, version),
            Request::ElectLeaders(message) => encode_checked(message, writer, version),
            Request::IncrementalAlterConfigs(message) => encode_checked(message, writer, version),
            Request::AlterPartitionReassignments(message) => {
                encode_checked(message, writer, version)
            }
            Request::ListPartitionReassignments(message) => {
                encode_checked(message, writer, version)
            }
            Request::OffsetDelete(message) => encode_checked(message, writer, version),
            Request::DescribeClientQuotas(message) => encode_checked(message, writer, version),
            Request::AlterClientQuotas(message) => encode_checked(message, writer, version),
            Request::DescribeUserScramCredentials(message) => {
                encode_checked(message, writer, version)
            }
            Request::AlterUserScramCredentials(message) => encode_checked(message, writer, version),
            Request::Vote(message) => encode_checked(message, writer, version),
            Request::BeginQuorumEpoch(message) => encode_checked(message, writer, version),
            Request::EndQuorumEpoch(message) => encode_checked(message, writer, version),
            Request::DescribeQuorum(message) => encode_checked(message, writer, version),
            Request::AlterPartition(message) => encode_checked(message, writer, version),
            Request::UpdateFeatures(message) => encode_checked(message, writer, version),
            Request::Envelope(message) => encode_checked(message, writer, version),
            Request::FetchSnapshot(message) => encode_checked(message, writer, version),
            Request::DescribeCluster(message) => encode_checked(message, writer, version),
            Request::DescribeProducers(message) => encode_checked(message, writer, version),
            Request::BrokerRegistration(message) => encode_checked(message, writer, version),
            Request::BrokerHeartbeat(message) => encode_checked(message, writer, version),
            Request::UnregisterBroker(message) => encode_checked(message, writer, version),
            Request::DescribeTransactions(message) => encode_checked(message, writer, version),
            Request::ListTransactions(message) => encode_checked(message, writer, version),
            Request::AllocateProducerIds(message) => encode_checked(message, writer, version),
            Request::ConsumerGroupHeartbeat(message) => encode_checked(&**message, writer, version),
            Request::ConsumerGroupDescribe(message) => encode_checked(message, writer, version),
            Request::ControllerRegistration(message) => encode_checked(message, writer, version),
            Request::GetTelemetrySubscriptions(message) => encode_checked(message, writer, version),
            Request::PushTelemetry(message) => encode_checked(message, writer, version),
            Request::AssignReplicasToDirs(message) => encode_checked(message, writer, version),
            Request::ListConfigResources(message) => encode_checked(message, writer, version),
            Request::DescribeTopicPartitions(message) => encode_checked(message, writer, version),
            Request::ShareGroupHeartbeat(message) => encode_checked(message, writer, version),
            Request::ShareGroupDescribe(message) => encode_checked(message, writer, version),
            Request::ShareFetch(message) => encode_checked(message, writer, version),
            Request::ShareAcknowledge(message) => encode_checked(message, writer, version),
            Request::AddRaftVoter(message) => encode_checked(message, writer, version),
            Request::RemoveRaftVoter(message) => encode_checked(message, writer, version),
            Request::UpdateRaftVoter(message) => encode_checked(message, writer, version),
            Request::InitializeShareGroupState(message) => encode_checked(message, writer, version),
            Request::ReadShareGroupState(message) => encode_checked(message, writer, version),
            Request::WriteShareGroupState(message) => encode_checked(message, writer, version),
            Request::DeleteShareGroupState(message) => encode_checked(message, writer, version),
            Request::ReadShareGroupStateSummary(message) => {
                encode_checked(message, writer, version)
            }
            Request::StreamsGroupHeartbeat(message) => encode_checked(&**message, writer, version),
            Request::StreamsGroupDescribe(message) => encode_checked(message, writer, version),
            Request::DescribeShareGroupOffsets(message) => encode_checked(message, writer, version),
            Request::AlterShareGroupOffsets(message) => encode_checked(message, writer, version),
            Request::DeleteShareGroupOffsets(message) => encode_checked(message, writer, version),
        }
    }

    /// Exactly the bytes that `encode` writes, payloads included.
    pub fn size(&self, version: i16) -> usize {
        use crate::wire::Message;
        match self {
            Request::Produce(message) => message.size(version),
            Request::Fetch(message) => message.size(version),
            Request::ListOffsets(message) => message.size(version),
            Request::Metadata(message) => message.size(version),
            Request::OffsetCommit(message) => message.size(version),
            Request::OffsetFetch(message) => message.size(version),
            Request::FindCoordinator(message) => message.size(version),
            Request::JoinGroup(message) => message.size(version),
            Request::Heartbeat(message) => message.size(version),
            Request::LeaveGroup(message) => message.size(version),
            Request::SyncGroup(message) => message.size(version),
            Request::DescribeGroups(message) => message.size(version),
            Request::ListGroups(message) => message.size(version),
            Request::SaslHandshake(message) => message.size(version),
            Request::ApiVersions(message) => message.size(version),
            Request::CreateTopics(message) => message.size(version),
            Request::DeleteTopics(message) => message.size(version),
            Request::DeleteRecords(message) => message.size(version),
            Request::InitProducerId(message) => message.size(version),
            Request::OffsetForLeaderEpoch(message) => message.size(version),
            Request::AddPartitionsToTxn(message) => message.size(version),
            Request::AddOffsetsToTxn(message) => message.size(version),
            Request::EndTxn(message) => message.size(version),
            Request::WriteTxnMarkers(message) => message.size(version),
            Request::TxnOffsetCommit(message) => message.size(version),
            Request::DescribeAcls(message) => message.size(version),
            Request::CreateAcls(message) => message.size(version),
            Request::DeleteAcls(message) => message.size(version),
            Request::DescribeConfigs(message) => message.size(version),
            Request::AlterConfigs(message) => message.size(version),
            Request::AlterReplicaLogDirs(message) => message.size(version),
            Request::DescribeLogDirs(message) => message.size(version),
            Request::SaslAuthenticate(message) => message.size(version),
            Request::CreatePartitions(message) => message.size(version),
            Request::CreateDelegationToken(message) => message.size(version),
            Request::RenewDelegationToken(message) => message.size(version),
            Request::ExpireDelegationToken(message) => message.size(version),
            Request::DescribeDelegationToken(message) => message.size(version),
            Request::DeleteGroups(message) => message.size(version),
            Request::ElectLeaders(message) => message.size(version),
            Request::IncrementalAlterConfigs(message) => message.size(version),
            Request::AlterPartitionReassignments(message) => message.size(version),
            Request::ListPartitionReassignments(message) => message.size(version),
            Request::OffsetDelete(message) => message.size(version),
            Request::DescribeClientQuotas(message) => message.size(version),
            Request::AlterClientQuotas(message) => message.size(version),
            Request::DescribeUserScramCredentials(message) => message.size(version),
            Request::AlterUserScramCredentials(message) => message.size(version),
            Request::Vote(message) => message.size(version),
            Request::BeginQuorumEpoch(message) => message.size(version),
            Request::EndQuorumEpoch(message) => message.size(version),
            Request::DescribeQuorum(message) => message.size(version),
            Request::AlterPartition(message) => message.size(version),
            Request::UpdateFeatures(message) => message.size(version),
            Request::Envelope(message) => message.size(version),
            Request::FetchSnapshot(message) => message.size(version),
            Request::DescribeCluster(message) => message.size(version),
            Request::DescribeProducers(message) => message.size(version),
            Request::BrokerRegistration(message) => message.size(version),
            Request::BrokerHeartbeat(message) => message.size(version),
            Request::UnregisterBroker(message) => message.size(version),
            Request::DescribeTransactions(message) => message.size(version),
            Request::ListTransactions(message) => message.size(version),
            Request::AllocateProducerIds(message) => message.size(version),
            Request::ConsumerGroupHeartbeat(message) => message.size(version),
            Request::ConsumerGroupDescribe(message) => message.size(version),
            Request::ControllerRegistration(message) => message.size(version),
            Request::GetTelemetrySubscriptions(message) => message.size(version),
            Request::PushTelemetry(message) => message.size(version),
            Request::AssignReplicasToDirs(message) => message.size(version),
            Request::ListConfigResources(message) => message.size(version),
            Request::DescribeTopicPartitions(message) => message.size(version),
            Request::ShareGroupHeartbeat(message) => message.size(version),
            Request::ShareGroupDescribe(message) => message.size(version),
            Request::ShareFetch(message) => message.size(version),
            Request::ShareAcknowledge(message) => message.size(version),
            Request::AddRaftVoter(message) => message.size(version),
            Request::RemoveRaftVoter(message) => message.size(version),
            Request::UpdateRaftVoter(message) => message.size(version),
            Request::InitializeShareGroupState(message) => message.size(version),
            Request::ReadShareGroupState(message) => message.size(version),
            Request::WriteShareGroupState(message) => message.size(version),
            Request::DeleteShareGroupState(message) => message.size(version),
            Request::ReadShareGroupStateSummary(message) => message.size(version),
            Request::StreamsGroupHeartbeat(message) => message.size(version),
            Request::StreamsGroupDescribe(message) => message.size(version),
            Request::DescribeShareGroupOffsets(message) => message.size(version),
            Request::AlterShareGroupOffsets(message) => message.size(version),
            Request::DeleteShareGroupOffsets(message) => message.size(version),
        }
    }

    /// A good capacity for the buffer of a message of `size` bytes.
    pub fn buffer_capacity(&self, size: usize) -> usize {
        match self {
            Request::Produce(_) => buffer_capacity::<ProduceRequest>(size),
            Request::Fetch(_) => buffer_capacity::<FetchRequest>(size),
            Request::ListOffsets(_) => buffer_capacity::<ListOffsetsRequest>(size),
            Request::Metadata(_) => buffer_capacity::<MetadataRequest>(size),
            Request::OffsetCommit(_) => buffer_capacity::<OffsetCommitRequest>(size),
            Request::OffsetFetch(_) => buffer_capacity::<OffsetFetchRequest>(size),
            Request::FindCoordinator(_) => buffer_capacity::<FindCoordinatorRequest>(size),
            Request::JoinGroup(_) => buffer_capacity::<JoinGroupRequest>(size),
            Request::Heartbeat(_) => buffer_capacity::<HeartbeatRequest>(size),
            Request::LeaveGroup(_) => buffer_capacity::<LeaveGroupRequest>(size),
            Request::SyncGroup(_) => buffer_capacity::<SyncGroupRequest>(size),
            Request::DescribeGroups(_) => buffer_capacity::<DescribeGroupsRequest>(size),
            Request::ListGroups(_) => buffer_capacity::<ListGroupsRequest>(size),
            Request::SaslHandshake(_) => buffer_capacity::<SaslHandshakeRequest>(size),
            Request::ApiVersions(_) => buffer_capacity::<ApiVersionsRequest>(size),
            Request::CreateTopics(_) => buffer_capacity::<CreateTopicsRequest>(size),
            Request::DeleteTopics(_) => buffer_capacity::<DeleteTopicsRequest>(size),
            Request::DeleteRecords(_) => buffer_capacity::<DeleteRecordsRequest>(size),
            Request::InitProducerId(_) => buffer_capacity::<InitProducerIdRequest>(size),
            Request::OffsetForLeaderEpoch(_) => {
                buffer_capacity::<OffsetForLeaderEpochRequest>(size)
            }
            Request::AddPartitionsToTxn(_) => buffer_capacity::<AddPartitionsToTxnRequest>(size),
            Request::AddOffsetsToTxn(_) => buffer_capacity::<AddOffsetsToTxnRequest>(size),
            Request::EndTxn(_) => buffer_capacity::<EndTxnRequest>(size),
            Request::WriteTxnMarkers(_) => buffer_capacity::<WriteTxnMarkersRequest>(size),
            Request::TxnOffsetCommit(_) => buffer_capacity::<TxnOffsetCommitRequest>(size),
            Request::DescribeAcls(_) => buffer_capacity::<DescribeAclsRequest>(size),
            Request::CreateAcls(_) => buffer_capacity::<CreateAclsRequest>(size),
            Request::DeleteAcls(_) => buffer_capacity::<DeleteAclsRequest>(size),
            Request::DescribeConfigs(_) => buffer_capacity::<DescribeConfigsRequest>(size),
            Request::AlterConfigs(_) => buffer_capacity::<AlterConfigsRequest>(size),
            Request::AlterReplicaLogDirs(_) => buffer_capacity::<AlterReplicaLogDirsRequest>(size),
            Request::DescribeLogDirs(_) => buffer_capacity::<DescribeLogDirsRequest>(size),
            Request::SaslAuthenticate(_) => buffer_capacity::<SaslAuthenticateRequest>(size),
            Request::CreatePartitions(_) => buffer_capacity::<CreatePartitionsRequest>(size),
            Request::CreateDelegationToken(_) => {
                buffer_capacity::<CreateDelegationTokenRequest>(size)
            }
            Request::RenewDelegationToken(_) => {
                buffer_capacity::<RenewDelegationTokenRequest>(size)
            }
            Request::ExpireDelegationToken(_) => {
                buffer_capacity::<ExpireDelegationTokenRequest>(size)
            }
            Request::DescribeDelegationToken(_) => {
                buffer_capacity::<DescribeDelegationTokenRequest>(size)
            }
            Request::DeleteGroups(_) => buffer_capacity::<DeleteGroupsRequest>(size),
            Request::ElectLeaders(_) => buffer_capacity::<ElectLeadersRequest>(size),
            Request::IncrementalAlterConfigs(_) => {
                buffer_capacity::<IncrementalAlterConfigsRequest>(size)
            }
            Request::AlterPartitionReassignments(_) => {
                buffer_capacity::<AlterPartitionReassignmentsRequest>(size)
            }
            Request::ListPartitionReassignments(_) => {
                buffer_capacity::<ListPartitionReassignmentsRequest>(size)
            }
            Request::OffsetDelete(_) => buffer_capacity::<OffsetDeleteRequest>(size),
            Request::DescribeClientQuotas(_) => {
                buffer_capacity::<DescribeClientQuotasRequest>(size)
            }
            Request::AlterClientQuotas(_) => buffer_capacity::<AlterClientQuotasRequest>(size),
            Request::DescribeUserScramCredentials(_) => {
                buffer_capacity::<DescribeUserScramCredentialsRequest>(size)
            }
            Request::AlterUserScramCredentials(_) => {
                buffer_capacity::<AlterUserScramCredentialsRequest>(size)
            }
            Request::Vote(_) => buffer_capacity::<VoteRequest>(size),
            Request::BeginQuorumEpoch(_) => buffer_capacity::<BeginQuorumEpochRequest>(size),
            Request::EndQuorumEpoch(_) => buffer_capacity::<EndQuorumEpochRequest>(size),
            Request::DescribeQuorum(_) => buffer_capacity::<DescribeQuorumRequest>(size),
            Request::AlterPartition(_) => buffer_capacity::<AlterPartitionRequest>(size),
            Request::UpdateFeatures(_) => buffer_capacity::<UpdateFeaturesRequest>(size),
            Request::Envelope(_) => buffer_capacity::<EnvelopeRequest>(size),
            Request::FetchSnapshot(_) => buffer_capacity::<FetchSnapshotRequest>(size),
            Request::DescribeCluster(_) => buffer_capacity::<DescribeClusterRequest>(size),
            Request::DescribeProducers(_) => buffer_capacity::<DescribeProducersRequest>(size),
            Request::BrokerRegistration(_) => buffer_capacity::<BrokerRegistrationRequest>(size),
            Request::BrokerHeartbeat(_) => buffer_capacity::<BrokerHeartbeatRequest>(size),
            Request::UnregisterBroker(_) => buffer_capacity::<UnregisterBrokerRequest>(size),
            Request::DescribeTransactions(_) => {
                buffer_capacity::<DescribeTransactionsRequest>(size)
            }
            Request::ListTransactions(_) => buffer_capacity::<ListTransactionsRequest>(size),
            Request::AllocateProducerIds(_) => buffer_capacity::<AllocateProducerIdsRequest>(size),
            Request::ConsumerGroupHeartbeat(_) => {
                buffer_capacity::<ConsumerGroupHeartbeatRequest>(size)
            }
            Request::ConsumerGroupDescribe(_) => {
                buffer_capacity::<ConsumerGroupDescribeRequest>(size)
            }
            Request::ControllerRegistration(_) => {
                buffer_capacity::<ControllerRegistrationRequest>(size)
            }
            Request::GetTelemetrySubscriptions(_) => {
                buffer_capacity::<GetTelemetrySubscriptionsRequest>(size)
            }
            Request::PushTelemetry(_) => buffer_capacity::<PushTelemetryRequest>(size),
            Request::AssignReplicasToDirs(_) => {
                buffer_capacity::<AssignReplicasToDirsRequest>(size)
            }
            Request::ListConfigResources(_) => buffer_capacity::<ListConfigResourcesRequest>(size),
            Request::DescribeTopicPartitions(_) => {
                buffer_capacity::<DescribeTopicPartitionsRequest>(size)
            }
            Request::ShareGroupHeartbeat(_) => buffer_capacity::<ShareGroupHeartbeatRequest>(size),
            Request::ShareGroupDescribe(_) => buffer_capacity::<ShareGroupDescribeRequest>(size),
            Request::ShareFetch(_) => buffer_capacity::<ShareFetchRequest>(size),
            Request::ShareAcknowledge(_) => buffer_capacity::<ShareAcknowledgeRequest>(size),
            Request::AddRaftVoter(_) => buffer_capacity::<AddRaftVoterRequest>(size),
            Request::RemoveRaftVoter(_) => buffer_capacity::<RemoveRaftVoterRequest>(size),
            Request::UpdateRaftVoter(_) => buffer_capacity::<UpdateRaftVoterRequest>(size),
            Request::InitializeShareGroupState(_) => {
                buffer_capacity::<InitializeShareGroupStateRequest>(size)
            }
            Request::ReadShareGroupState(_) => buffer_capacity::<ReadShareGroupStateRequest>(size),
            Request::WriteShareGroupState(_) => {
                buffer_capacity::<WriteShareGroupStateRequest>(size)
            }
            Request::DeleteShareGroupState(_) => {
                buffer_capacity::<DeleteShareGroupStateRequest>(size)
            }
            Request::ReadShareGroupStateSummary(_) => {
                buffer_capacity::<ReadShareGroupStateSummaryRequest>(size)
            }
            Request::StreamsGroupHeartbeat(_) => {
                buffer_capacity::<StreamsGroupHeartbeatRequest>(size)
            }
            Request::StreamsGroupDescribe(_) => {
                buffer_capacity::<StreamsGroupDescribeRequest>(size)
            }
            Request::DescribeShareGroupOffsets(_) => {
                buffer_capacity::<DescribeShareGroupOffsetsRequest>(size)
            }
            Request::AlterShareGroupOffsets(_) => {
                buffer_capacity::<AlterShareGroupOffsetsRequest>(size)
            }
            Request::DeleteShareGroupOffsets(_) => {
                buffer_capacity::<DeleteShareGroupOffsetsRequest>(size)
            }
        }
    }
}

impl From<ProduceRequest> for Request {
    fn from(message: ProduceRequest) -> Request {
        Request::Produce(message)
    }
}

impl From<FetchRequest> for Request {
    fn from(message: FetchRequest) -> Request {
        Request::Fetch(message)
    }
}

impl From<ListOffsetsRequest> for Request {
    fn from(message: ListOffsetsRequest) -> Request {
        Request::ListOffsets(message)
    }
}

impl From<MetadataRequest> for Request {
    fn from(message: MetadataRequest) -> Request {
        Request::Metadata(message)
    }
}

impl From<OffsetCommitRequest> for Request {
    fn from(message: OffsetCommitRequest) -> Request {
        Request::OffsetCommit(message)
    }
}

impl From<OffsetFetchRequest> for Request {
    fn from(message: OffsetFetchRequest) -> Request {
        Request::OffsetFetch(message)
    }
}

impl From<FindCoordinatorRequest> for Request {
    fn from(message: FindCoordinatorRequest) -> Request {
        Request::FindCoordinator(message)
    }
}

impl From<JoinGroupRequest> for Request {
    fn from(message: JoinGroupRequest) -> Request {
        Request::JoinGroup(Box::new(message))
    }
}

impl From<HeartbeatRequest> for Request {
    fn from(message: HeartbeatRequest) -> Request {
        Request::Heartbeat(message)
    }
}

impl From<LeaveGroupRequest> for Request {
    fn from(message: LeaveGroupRequest) -> Request {
        Request::LeaveGroup(message)
    }
}

impl From<SyncGroupRequest> for Request {
    fn from(message: SyncGroupRequest) -> Request {
        Request::SyncGroup(Box::new(message))
    }
}

impl From<DescribeGroupsRequest> for Request {
    fn from(message: DescribeGroupsRequest) -> Request {
        Request::DescribeGroups(message)
    }
}

impl From<ListGroupsRequest> for Request {
    fn from(message: ListGroupsRequest) -> Request {
        Request::ListGroups(message)
    }
}

impl From<SaslHandshakeRequest> for Request {
    fn from(message: SaslHandshakeRequest) -> Request {
        Request::SaslHandshake(message)
    }
}

impl From<ApiVersionsRequest> for Request {
    fn from(message: ApiVersionsRequest) -> Request {
        Request::ApiVersions(message)
    }
}

impl From<CreateTopicsRequest> for Request {
    fn from(message: CreateTopicsRequest) -> Request {
        Request::CreateTopics(message)
    }
}

impl From<DeleteTopicsRequest> for Request {
    fn from(message: DeleteTopicsRequest) -> Request {
        Request::DeleteTopics(message)
    }
}

impl From<DeleteRecordsRequest> for Request {
    fn from(message: DeleteRecordsRequest) -> Request {
        Request::DeleteRecords(message)
    }
}

impl From<InitProducerIdRequest> for Request {
    fn from(message: InitProducerIdRequest) -> Request {
        Request::InitProducerId(message)
    }
}

impl From<OffsetForLeaderEpochRequest> for Request {
    fn from(message: OffsetForLeaderEpochRequest) -> Request {
        Request::OffsetForLeaderEpoch(message)
    }
}

impl From<AddPartitionsToTxnRequest> for Request {
    fn from(message: AddPartitionsToTxnRequest) -> Request {
        Request::AddPartitionsToTxn(message)
    }
}

impl From<AddOffsetsToTxnRequest> for Request {
    fn from(message: AddOffsetsToTxnRequest) -> Request {
        Request::AddOffsetsToTxn(message)
    }
}

impl From<EndTxnRequest> for Request {
    fn from(message: EndTxnRequest) -> Request {
        Request::EndTxn(message)
    }
}

impl From<WriteTxnMarkersRequest> for Request {
    fn from(message: WriteTxnMarkersRequest) -> Request {
        Request::WriteTxnMarkers(message)
    }
}

impl From<TxnOffsetCommitRequest> for Request {
    fn from(message: TxnOffsetCommitRequest) -> Request {
        Request::TxnOffsetCommit(message)
    }
}

impl From<DescribeAclsRequest> for Request {
    fn from(message: DescribeAclsRequest) -> Request {
        Request::DescribeAcls(message)
    }
}

impl From<CreateAclsRequest> for Request {
    fn from(message: CreateAclsRequest) -> Request {
        Request::CreateAcls(message)
    }
}

impl From<DeleteAclsRequest> for Request {
    fn from(message: DeleteAclsRequest) -> Request {
        Request::DeleteAcls(message)
    }
}

impl From<DescribeConfigsRequest> for Request {
    fn from(message: DescribeConfigsRequest) -> Request {
        Request::DescribeConfigs(message)
    }
}

impl From<AlterConfigsRequest> for Request {
    fn from(message: AlterConfigsRequest) -> Request {
        Request::AlterConfigs(message)
    }
}

impl From<AlterReplicaLogDirsRequest> for Request {
    fn from(message: AlterReplicaLogDirsRequest) -> Request {
        Request::AlterReplicaLogDirs(message)
    }
}

impl From<DescribeLogDirsRequest> for Request {
    fn from(message: DescribeLogDirsRequest) -> Request {
        Request::DescribeLogDirs(message)
    }
}

impl From<SaslAuthenticateRequest> for Request {
    fn from(message: SaslAuthenticateRequest) -> Request {
        Request::SaslAuthenticate(message)
    }
}

impl From<CreatePartitionsRequest> for Request {
    fn from(message: CreatePartitionsRequest) -> Request {
        Request::CreatePartitions(message)
    }
}

impl From<CreateDelegationTokenRequest> for Request {
    fn from(message: CreateDelegationTokenRequest) -> Request {
        Request::CreateDelegationToken(message)
    }
}

impl From<RenewDelegationTokenRequest> for Request {
    fn from(message: RenewDelegationTokenRequest) -> Request {
        Request::RenewDelegationToken(message)
    }
}

impl From<ExpireDelegationTokenRequest> for Request {
    fn from(message: ExpireDelegationTokenRequest) -> Request {
        Request::ExpireDelegationToken(message)
    }
}

impl From<DescribeDelegationTokenRequest> for Request {
    fn from(message: DescribeDelegationTokenRequest) -> Request {
        Request::DescribeDelegationToken(message)
    }
}

impl From<DeleteGroupsRequest> for Request {
    fn from(message: DeleteGroupsRequest) -> Request {
        Request::DeleteGroups(message)
    }
}

impl From<ElectLeadersRequest> for Request {
    fn from(message: ElectLeadersRequest) -> Request {
        Request::ElectLeaders(message)
    }
}

impl From<IncrementalAlterConfigsRequest> for Request {
    fn from(message: IncrementalAlterConfigsRequest) -> Request {
        Request::IncrementalAlterConfigs(message)
    }
}

impl From<AlterPartitionReassignmentsRequest> for Request {
    fn from(message: AlterPartitionReassignmentsRequest) -> Request {
        Request::AlterPartitionReassignments(message)
    }
}

impl From<ListPartitionReassignmentsRequest> for Request {
    fn from(message: ListPartitionReassignmentsRequest) -> Request {
        Request::ListPartitionReassignments(message)
    }
}

impl From<OffsetDeleteRequest> for Request {
    fn from(message: OffsetDeleteRequest) -> Request {
        Request::OffsetDelete(message)
    }
}

impl From<DescribeClientQuotasRequest> for Request {
    fn from(message: DescribeClientQuotasRequest) -> Request {
        Request::DescribeClientQuotas(message)
    }
}

impl From<AlterClientQuotasRequest> for Request {
    fn from(message: AlterClientQuotasRequest) -> Request {
        Request::AlterClientQuotas(message)
    }
}

impl From<DescribeUserScramCredentialsRequest> for Request {
    fn from(message: DescribeUserScramCredentialsRequest) -> Request {
        Request::DescribeUserScramCredentials(message)
    }
}

impl From<AlterUserScramCredentialsRequest> for Request {
    fn from(message: AlterUserScramCredentialsRequest) -> Request {
        Request::AlterUserScramCredentials(message)
    }
}

impl From<VoteRequest> for Request {
    fn from(message: VoteRequest) -> Request {
        Request::Vote(message)
    }
}

impl From<BeginQuorumEpochRequest> for Request {
    fn from(message: BeginQuorumEpochRequest) -> Request {
        Request::BeginQuorumEpoch(message)
    }
}

impl From<EndQuorumEpochRequest> for Request {
    fn from(message: EndQuorumEpochRequest) -> Request {
        Request::EndQuorumEpoch(message)
    }
}

impl From<DescribeQuorumRequest> for Request {
    fn from(message: DescribeQuorumRequest) -> Request {
        Request::DescribeQuorum(message)
    }
}

impl From<AlterPartitionRequest> for Request {
    fn from(message: AlterPartitionRequest) -> Request {
        Request::AlterPartition(message)
    }
}

impl From<UpdateFeaturesRequest> for Request {
    fn from(message: UpdateFeaturesRequest) -> Request {
        Request::UpdateFeatures(message)
    }
}

impl From<EnvelopeRequest> for Request {
    fn from(message: EnvelopeRequest) -> Request {
        Request::Envelope(message)
    }
}

impl From<FetchSnapshotRequest> for Request {
    fn from(message: FetchSnapshotRequest) -> Request {
        Request::FetchSnapshot(message)
    }
}

impl From<DescribeClusterRequest> for Request {
    fn from(message: DescribeClusterRequest) -> Request {
        Request::DescribeCluster(message)
    }
}

impl From<DescribeProducersRequest> for Request {
    fn from(message: DescribeProducersRequest) -> Request {
        Request::DescribeProducers(message)
    }
}

impl From<BrokerRegistrationRequest> for Request {
    fn from(message: BrokerRegistrationRequest) -> Request {
        Request::BrokerRegistration(message)
    }
}

impl From<BrokerHeartbeatRequest> for Request {
    fn from(message: BrokerHeartbeatRequest) -> Request {
        Request::BrokerHeartbeat(message)
    }
}

impl From<UnregisterBrokerRequest> for Request {
    fn from(message: UnregisterBrokerRequest) -> Request {
        Request::UnregisterBroker(message)
    }
}

impl From<DescribeTransactionsRequest> for Request {
    fn from(message: DescribeTransactionsRequest) -> Request {
        Request::DescribeTransactions(message)
    }
}

impl From<ListTransactionsRequest> for Request {
    fn from(message: ListTransactionsRequest) -> Request {
        Request::ListTransactions(message)
    }
}

impl From<AllocateProducerIdsRequest> for Request {
    fn from(message: AllocateProducerIdsRequest) -> Request {
        Request::AllocateProducerIds(message)
    }
}

impl From<ConsumerGroupHeartbeatRequest> for Request {
    fn from(message: ConsumerGroupHeartbeatRequest) -> Request {
        Request::ConsumerGroupHeartbeat(Box::new(message))
    }
}

impl From<ConsumerGroupDescribeRequest> for Request {
    fn from(message: ConsumerGroupDescribeRequest) -> Request {
        Request::ConsumerGroupDescribe(message)
    }
}

impl From<ControllerRegistrationRequest> for Request {
    fn from(message: ControllerRegistrationRequest) -> Request {
        Request::ControllerRegistration(message)
    }
}

impl From<GetTelemetrySubscriptionsRequest> for Request {
    fn from(message: GetTelemetrySubscriptionsRequest) -> Request {
        Request::GetTelemetrySubscriptions(message)
    }
}

impl From<PushTelemetryRequest> for Request {
    fn from(message: PushTelemetryRequest) -> Request {
        Request::PushTelemetry(message)
    }
}

impl From<AssignReplicasToDirsRequest> for Request {
    fn from(message: AssignReplicasToDirsRequest) -> Request {
        Request::AssignReplicasToDirs(message)
    }
}

impl From<ListConfigResourcesRequest> for Request {
    fn from(message: ListConfigResourcesRequest) -> Request {
        Request::ListConfigResources(message)
    }
}

impl From<DescribeTopicPartitionsRequest> for Request {
    fn from(message: DescribeTopicPartitionsRequest) -> Request {
        Request::DescribeTopicPartitions(message)
    }
}

impl From<ShareGroupHeartbeatRequest> for Request {
    fn from(message: ShareGroupHeartbeatRequest) -> Request {
        Request::ShareGroupHeartbeat(message)
    }
}

impl From<ShareGroupDescribeRequest> for Request {
    fn from(message: ShareGroupDescribeRequest) -> Request {
        Request::ShareGroupDescribe(message)
    }
}

impl From<ShareFetchRequest> for Request {
    fn from(message: ShareFetchRequest) -> Request {
        Request::ShareFetch(message)
    }
}

impl From<ShareAcknowledgeRequest> for Request {
    fn from(message: ShareAcknowledgeRequest) -> Request {
        Request::ShareAcknowledge(message)
    }
}

impl From<AddRaftVoterRequest> for Request {
    fn from(message: AddRaftVoterRequest) -> Request {
        Request::AddRaftVoter(message)
    }
}

impl From<RemoveRaftVoterRequest> for Request {
    fn from(message: RemoveRaftVoterRequest) -> Request {
        Request::RemoveRaftVoter(message)
    }
}

impl From<UpdateRaftVoterRequest> for Request {
    fn from(message: UpdateRaftVoterRequest) -> Request {
        Request::UpdateRaftVoter(message)
    }
}

impl From<InitializeShareGroupStateRequest> for Request {
    fn from(message: InitializeShareGroupStateRequest) -> Request {
        Request::InitializeShareGroupState(message)
    }
}

impl From<ReadShareGroupStateRequest> for Request {
    fn from(message: ReadShareGroupStateRequest) -> Request {
        Request::ReadShareGroupState(message)
    }
}

impl From<WriteShareGroupStateRequest> for Request {
    fn from(message: WriteShareGroupStateRequest) -> Request {
        Request::WriteShareGroupState(message)
    }
}

impl From<DeleteShareGroupStateRequest> for Request {
    fn from(message: DeleteShareGroupStateRequest) -> Request {
        Request::DeleteShareGroupState(message)
    }
}

impl From<ReadShareGroupStateSummaryRequest> for Request {
    fn from(message: ReadShareGroupStateSummaryRequest) -> Request {
        Request::ReadShareGroupStateSummary(message)
    }
}

impl From<StreamsGroupHeartbeatRequest> for Request {
    fn from(message: StreamsGroupHeartbeatRequest) -> Request {
        Request::StreamsGroupHeartbeat(Box::new(message))
    }
}

impl From<StreamsGroupDescribeRequest> for Request {
    fn from(message: StreamsGroupDescribeRequest) -> Request {
        Request::StreamsGroupDescribe(message)
    }
}

impl From<DescribeShareGroupOffsetsRequest> for Request {
    fn from(message: DescribeShareGroupOffsetsRequest) -> Request {
        Request::DescribeShareGroupOffsets(message)
    }
}

impl From<AlterShareGroupOffsetsRequest> for Request {
    fn from(message: AlterShareGroupOffsetsRequest) -> Request {
        Request::AlterShareGroupOffsets(message)
    }
}

impl From<DeleteShareGroupOffsetsRequest> for Request {
    fn from(message: DeleteShareGroupOffsetsRequest) -> Request {
        Request::DeleteShareGroupOffsets(message)
    }
}
