//! Any response.
//!
//! Generated from `definitions/` by `cargo gen`.

use super::*;
use crate::wire::{
    DecodeError, EncodeError, Reader, Writer, buffer_capacity, decode_checked, encode_checked,
};

/// The response of any API; large ones are boxed.
#[derive(Clone, Debug, PartialEq)]
pub enum Response {
    Produce(ProduceResponse),
    Fetch(FetchResponse),
    ListOffsets(ListOffsetsResponse),
    Metadata(MetadataResponse),
    OffsetCommit(OffsetCommitResponse),
    OffsetFetch(OffsetFetchResponse),
    FindCoordinator(FindCoordinatorResponse),
    JoinGroup(JoinGroupResponse),
    Heartbeat(HeartbeatResponse),
    LeaveGroup(LeaveGroupResponse),
    SyncGroup(SyncGroupResponse),
    DescribeGroups(DescribeGroupsResponse),
    ListGroups(ListGroupsResponse),
    SaslHandshake(SaslHandshakeResponse),
    ApiVersions(ApiVersionsResponse),
    CreateTopics(CreateTopicsResponse),
    DeleteTopics(DeleteTopicsResponse),
    DeleteRecords(DeleteRecordsResponse),
    InitProducerId(InitProducerIdResponse),
    OffsetForLeaderEpoch(OffsetForLeaderEpochResponse),
    AddPartitionsToTxn(AddPartitionsToTxnResponse),
    AddOffsetsToTxn(AddOffsetsToTxnResponse),
    EndTxn(EndTxnResponse),
    WriteTxnMarkers(WriteTxnMarkersResponse),
    TxnOffsetCommit(TxnOffsetCommitResponse),
    DescribeAcls(DescribeAclsResponse),
    CreateAcls(CreateAclsResponse),
    DeleteAcls(DeleteAclsResponse),
    DescribeConfigs(DescribeConfigsResponse),
    AlterConfigs(AlterConfigsResponse),
    AlterReplicaLogDirs(AlterReplicaLogDirsResponse),
    DescribeLogDirs(DescribeLogDirsResponse),
    SaslAuthenticate(SaslAuthenticateResponse),
    CreatePartitions(CreatePartitionsResponse),
    CreateDelegationToken(Box<CreateDelegationTokenResponse>),
    RenewDelegationToken(RenewDelegationTokenResponse),
    ExpireDelegationToken(ExpireDelegationTokenResponse),
    DescribeDelegationToken(DescribeDelegationTokenResponse),
    DeleteGroups(DeleteGroupsResponse),
    ElectLeaders(ElectLeadersResponse),
    IncrementalAlterConfigs(IncrementalAlterConfigsResponse),
    AlterPartitionReassignments(AlterPartitionReassignmentsResponse),
    ListPartitionReassignments(ListPartitionReassignmentsResponse),
    OffsetDelete(OffsetDeleteResponse),
    DescribeClientQuotas(DescribeClientQuotasResponse),
    AlterClientQuotas(AlterClientQuotasResponse),
    DescribeUserScramCredentials(DescribeUserScramCredentialsResponse),
    AlterUserScramCredentials(AlterUserScramCredentialsResponse),
    Vote(VoteResponse),
    BeginQuorumEpoch(BeginQuorumEpochResponse),
    EndQuorumEpoch(EndQuorumEpochResponse),
    DescribeQuorum(DescribeQuorumResponse),
    AlterPartition(AlterPartitionResponse),
    UpdateFeatures(UpdateFeaturesResponse),
    Envelope(EnvelopeResponse),
    FetchSnapshot(FetchSnapshotResponse),
    DescribeCluster(DescribeClusterResponse),
    DescribeProducers(DescribeProducersResponse),
    BrokerRegistration(BrokerRegistrationResponse),
    BrokerHeartbeat(BrokerHeartbeatResponse),
    UnregisterBroker(UnregisterBrokerResponse),
    DescribeTransactions(DescribeTransactionsResponse),
    ListTransactions(ListTransactionsResponse),
    AllocateProducerIds(AllocateProducerIdsResponse),
    ConsumerGroupHeartbeat(ConsumerGroupHeartbeatResponse),
    ConsumerGroupDescribe(ConsumerGroupDescribeResponse),
    ControllerRegistration(ControllerRegistrationResponse),
    GetTelemetrySubscriptions(GetTelemetrySubscriptionsResponse),
    PushTelemetry(PushTelemetryResponse),
    AssignReplicasToDirs(AssignReplicasToDirsResponse),
    ListConfigResources(ListConfigResourcesResponse),
    DescribeTopicPartitions(DescribeTopicPartitionsResponse),
    ShareGroupHeartbeat(ShareGroupHeartbeatResponse),
    ShareGroupDescribe(ShareGroupDescribeResponse),
    ShareFetch(ShareFetchResponse),
    ShareAcknowledge(ShareAcknowledgeResponse),
    AddRaftVoter(AddRaftVoterResponse),
    RemoveRaftVoter(RemoveRaftVoterResponse),
    UpdateRaftVoter(UpdateRaftVoterResponse),
    InitializeShareGroupState(InitializeShareGroupStateResponse),
    ReadShareGroupState(ReadShareGroupStateResponse),
    WriteShareGroupState(WriteShareGroupStateResponse),
    DeleteShareGroupState(DeleteShareGroupStateResponse),
    ReadShareGroupStateSummary(ReadShareGroupStateSummaryResponse),
    StreamsGroupHeartbeat(Box<StreamsGroupHeartbeatResponse>),
    StreamsGroupDescribe(StreamsGroupDescribeResponse),
    DescribeShareGroupOffsets(DescribeShareGroupOffsetsResponse),
    AlterShareGroupOffsets(AlterShareGroupOffsetsResponse),
    DeleteShareGroupOffsets(DeleteShareGroupOffsetsResponse),
}

impl Response {
    /// Reads the response of `key` in `version`.
    ///
    /// # Errors
    /// UnknownVersion, or whatever is wrong with the bytes.
    pub fn decode(key: ApiKey, version: i16, reader: &mut Reader) -> Result<Response, DecodeError> {
        Ok(match key {
            ApiKey::Produce => Response::Produce(decode_checked(reader, version)?),
            ApiKey::Fetch => Response::Fetch(decode_checked(reader, version)?),
            ApiKey::ListOffsets => Response::ListOffsets(decode_checked(reader, version)?),
            ApiKey::Metadata => Response::Metadata(decode_checked(reader, version)?),
            ApiKey::OffsetCommit => Response::OffsetCommit(decode_checked(reader, version)?),
            ApiKey::OffsetFetch => Response::OffsetFetch(decode_checked(reader, version)?),
            ApiKey::FindCoordinator => Response::FindCoordinator(decode_checked(reader, version)?),
            ApiKey::JoinGroup => Response::JoinGroup(decode_checked(reader, version)?),
            ApiKey::Heartbeat => Response::Heartbeat(decode_checked(reader, version)?),
            ApiKey::LeaveGroup => Response::LeaveGroup(decode_checked(reader, version)?),
            ApiKey::SyncGroup => Response::SyncGroup(decode_checked(reader, version)?),
            ApiKey::DescribeGroups => Response::DescribeGroups(decode_checked(reader, version)?),
            ApiKey::ListGroups => Response::ListGroups(decode_checked(reader, version)?),
            ApiKey::SaslHandshake => Response::SaslHandshake(decode_checked(reader, version)?),
            ApiKey::ApiVersions => Response::ApiVersions(decode_checked(reader, version)?),
            ApiKey::CreateTopics => Response::CreateTopics(decode_checked(reader, version)?),
            ApiKey::DeleteTopics => Response::DeleteTopics(decode_checked(reader, version)?),
            ApiKey::DeleteRecords => Response::DeleteRecords(decode_checked(reader, version)?),
            ApiKey::InitProducerId => Response::InitProducerId(decode_checked(reader, version)?),
            ApiKey::OffsetForLeaderEpoch => {
                Response::OffsetForLeaderEpoch(decode_checked(reader, version)?)
            }
            ApiKey::AddPartitionsToTxn => {
                Response::AddPartitionsToTxn(decode_checked(reader, version)?)
            }
            ApiKey::AddOffsetsToTxn => Response::AddOffsetsToTxn(decode_checked(reader, version)?),
            ApiKey::EndTxn => Response::EndTxn(decode_checked(reader, version)?),
            ApiKey::WriteTxnMarkers => Response::WriteTxnMarkers(decode_checked(reader, version)?),
            ApiKey::TxnOffsetCommit => Response::TxnOffsetCommit(decode_checked(reader, version)?),
            ApiKey::DescribeAcls => Response::DescribeAcls(decode_checked(reader, version)?),
            ApiKey::CreateAcls => Response::CreateAcls(decode_checked(reader, version)?),
            ApiKey::DeleteAcls => Response::DeleteAcls(decode_checked(reader, version)?),
            ApiKey::DescribeConfigs => Response::DescribeConfigs(decode_checked(reader, version)?),
            ApiKey::AlterConfigs => Response::AlterConfigs(decode_checked(reader, version)?),
            ApiKey::AlterReplicaLogDirs => {
                Response::AlterReplicaLogDirs(decode_checked(reader, version)?)
            }
            ApiKey::DescribeLogDirs => Response::DescribeLogDirs(decode_checked(reader, version)?),
            ApiKey::SaslAuthenticate => {
                Response::SaslAuthenticate(decode_checked(reader, version)?)
            }
            ApiKey::CreatePartitions => {
                Response::CreatePartitions(decode_checked(reader, version)?)
            }
            ApiKey::CreateDelegationToken => {
                Response::CreateDelegationToken(Box::new(decode_checked(reader, version)?))
            }
            ApiKey::RenewDelegationToken => {
                Response::RenewDelegationToken(decode_checked(reader, version)?)
            }
            ApiKey::ExpireDelegationToken => {
                Response::ExpireDelegationToken(decode_checked(reader, version)?)
            }
            ApiKey::DescribeDelegationToken => {
                Response::DescribeDelegationToken(decode_checked(reader, version)?)
            }
            ApiKey::DeleteGroups => Response::DeleteGroups(decode_checked(reader, version)?),
            ApiKey::ElectLeaders => Response::ElectLeaders(decode_checked(reader, version)?),
            ApiKey::IncrementalAlterConfigs => {
                Response::IncrementalAlterConfigs(decode_checked(reader, version)?)
            }
            ApiKey::AlterPartitionReassignments => {
                Response::AlterPartitionReassignments(decode_checked(reader, version)?)
            }
            ApiKey::ListPartitionReassignments => {
                Response::ListPartitionReassignments(decode_checked(reader, version)?)
            }
            ApiKey::OffsetDelete => Response::OffsetDelete(decode_checked(reader, version)?),
            ApiKey::DescribeClientQuotas => {
                Response::DescribeClientQuotas(decode_checked(reader, version)?)
            }
            ApiKey::AlterClientQuotas => {
                Response::AlterClientQuotas(decode_checked(reader, version)?)
            }
            ApiKey::DescribeUserScramCredentials => {
                Response::DescribeUserScramCredentials(decode_checked(reader, version)?)
            }
            ApiKey::AlterUserScramCredentials => {
                Response::AlterUserScramCredentials(decode_checked(reader, version)?)
            }
            ApiKey::Vote => Response::Vote(decode_checked(reader, version)?),
            ApiKey::BeginQuorumEpoch => {
                Response::BeginQuorumEpoch(decode_checked(reader, version)?)
            }
            ApiKey::EndQuorumEpoch => Response::EndQuorumEpoch(decode_checked(reader, version)?),
            ApiKey::DescribeQuorum => Response::DescribeQuorum(decode_checked(reader, version)?),
            ApiKey::AlterPartition => Response::AlterPartition(decode_checked(reader, version)?),
            ApiKey::UpdateFeatures => Response::UpdateFeatures(decode_checked(reader, version)?),
            ApiKey::Envelope => Response::Envelope(decode_checked(reader, version)?),
            ApiKey::FetchSnapshot => Response::FetchSnapshot(decode_checked(reader, version)?),
            ApiKey::DescribeCluster => Response::DescribeCluster(decode_checked(reader, version)?),
            ApiKey::DescribeProducers => {
                Response::DescribeProducers(decode_checked(reader, version)?)
            }
            ApiKey::BrokerRegistration => {
                Response::BrokerRegistration(decode_checked(reader, version)?)
            }
            ApiKey::BrokerHeartbeat => Response::BrokerHeartbeat(decode_checked(reader, version)?),
            ApiKey::UnregisterBroker => {
                Response::UnregisterBroker(decode_checked(reader, version)?)
            }
            ApiKey::DescribeTransactions => {
                Response::DescribeTransactions(decode_checked(reader, version)?)
            }
            ApiKey::ListTransactions => {
                Response::ListTransactions(decode_checked(reader, version)?)
            }
            ApiKey::AllocateProducerIds => {
                Response::AllocateProducerIds(decode_checked(reader, version)?)
            }
            ApiKey::ConsumerGroupHeartbeat => {
                Response::ConsumerGroupHeartbeat(decode_checked(reader, version)?)
            }
            ApiKey::ConsumerGroupDescribe => {
                Response::ConsumerGroupDescribe(decode_checked(reader, version)?)
            }
            ApiKey::ControllerRegistration => {
                Response::ControllerRegistration(decode_checked(reader, version)?)
            }
            ApiKey::GetTelemetrySubscriptions => {
                Response::GetTelemetrySubscriptions(decode_checked(reader, version)?)
            }
            ApiKey::PushTelemetry => Response::PushTelemetry(decode_checked(reader, version)?),
            ApiKey::AssignReplicasToDirs => {
                Response::AssignReplicasToDirs(decode_checked(reader, version)?)
            }
            ApiKey::ListConfigResources => {
                Response::ListConfigResources(decode_checked(reader, version)?)
            }
            ApiKey::DescribeTopicPartitions => {
                Response::DescribeTopicPartitions(decode_checked(reader, version)?)
            }
            ApiKey::ShareGroupHeartbeat => {
                Response::ShareGroupHeartbeat(decode_checked(reader, version)?)
            }
            ApiKey::ShareGroupDescribe => {
                Response::ShareGroupDescribe(decode_checked(reader, version)?)
            }
            ApiKey::ShareFetch => Response::ShareFetch(decode_checked(reader, version)?),
            ApiKey::ShareAcknowledge => {
                Response::ShareAcknowledge(decode_checked(reader, version)?)
            }
            ApiKey::AddRaftVoter => Response::AddRaftVoter(decode_checked(reader, version)?),
            ApiKey::RemoveRaftVoter => Response::RemoveRaftVoter(decode_checked(reader, version)?),
            ApiKey::UpdateRaftVoter => Response::UpdateRaftVoter(decode_checked(reader, version)?),
            ApiKey::InitializeShareGroupState => {
                Response::InitializeShareGroupState(decode_checked(reader, version)?)
            }
            ApiKey::ReadShareGroupState => {
                Response::ReadShareGroupState(decode_checked(reader, version)?)
            }
            ApiKey::WriteShareGroupState => {
                Response::WriteShareGroupState(decode_checked(reader, version)?)
            }
            ApiKey::DeleteShareGroupState => {
                Response::DeleteShareGroupState(decode_checked(reader, version)?)
            }
            ApiKey::ReadShareGroupStateSummary => {
                Response::ReadShareGroupStateSummary(decode_checked(reader, version)?)
            }
            ApiKey::StreamsGroupHeartbeat => {
                Response::StreamsGroupHeartbeat(Box::new(decode_checked(reader, version)?))
            }
            ApiKey::StreamsGroupDescribe => {
                Response::StreamsGroupDescribe(decode_checked(reader, version)?)
            }
            ApiKey::DescribeShareGroupOffsets => {
                Response::DescribeShareGroupOffsets(decode_checked(reader, version)?)
            }
            ApiKey::AlterShareGroupOffsets => {
                Response::AlterShareGroupOffsets(decode_checked(reader, version)?)
            }
            ApiKey::DeleteShareGroupOffsets => {
                Response::DeleteShareGroupOffsets(decode_checked(reader, version)?)
            }
        })
    }

    pub const fn key(&self) -> ApiKey {
        match self {
            Response::Produce(_) => ApiKey::Produce,
            Response::Fetch(_) => ApiKey::Fetch,
            Response::ListOffsets(_) => ApiKey::ListOffsets,
            Response::Metadata(_) => ApiKey::Metadata,
            Response::OffsetCommit(_) => ApiKey::OffsetCommit,
            Response::OffsetFetch(_) => ApiKey::OffsetFetch,
            Response::FindCoordinator(_) => ApiKey::FindCoordinator,
            Response::JoinGroup(_) => ApiKey::JoinGroup,
            Response::Heartbeat(_) => ApiKey::Heartbeat,
            Response::LeaveGroup(_) => ApiKey::LeaveGroup,
            Response::SyncGroup(_) => ApiKey::SyncGroup,
            Response::DescribeGroups(_) => ApiKey::DescribeGroups,
            Response::ListGroups(_) => ApiKey::ListGroups,
            Response::SaslHandshake(_) => ApiKey::SaslHandshake,
            Response::ApiVersions(_) => ApiKey::ApiVersions,
            Response::CreateTopics(_) => ApiKey::CreateTopics,
            Response::DeleteTopics(_) => ApiKey::DeleteTopics,
            Response::DeleteRecords(_) => ApiKey::DeleteRecords,
            Response::InitProducerId(_) => ApiKey::InitProducerId,
            Response::OffsetForLeaderEpoch(_) => ApiKey::OffsetForLeaderEpoch,
            Response::AddPartitionsToTxn(_) => ApiKey::AddPartitionsToTxn,
            Response::AddOffsetsToTxn(_) => ApiKey::AddOffsetsToTxn,
            Response::EndTxn(_) => ApiKey::EndTxn,
            Response::WriteTxnMarkers(_) => ApiKey::WriteTxnMarkers,
            Response::TxnOffsetCommit(_) => ApiKey::TxnOffsetCommit,
            Response::DescribeAcls(_) => ApiKey::DescribeAcls,
            Response::CreateAcls(_) => ApiKey::CreateAcls,
            Response::DeleteAcls(_) => ApiKey::DeleteAcls,
            Response::DescribeConfigs(_) => ApiKey::DescribeConfigs,
            Response::AlterConfigs(_) => ApiKey::AlterConfigs,
            Response::AlterReplicaLogDirs(_) => ApiKey::AlterReplicaLogDirs,
            Response::DescribeLogDirs(_) => ApiKey::DescribeLogDirs,
            Response::SaslAuthenticate(_) => ApiKey::SaslAuthenticate,
            Response::CreatePartitions(_) => ApiKey::CreatePartitions,
            Response::CreateDelegationToken(_) => ApiKey::CreateDelegationToken,
            Response::RenewDelegationToken(_) => ApiKey::RenewDelegationToken,
            Response::ExpireDelegationToken(_) => ApiKey::ExpireDelegationToken,
            Response::DescribeDelegationToken(_) => ApiKey::DescribeDelegationToken,
            Response::DeleteGroups(_) => ApiKey::DeleteGroups,
            Response::ElectLeaders(_) => ApiKey::ElectLeaders,
            Response::IncrementalAlterConfigs(_) => ApiKey::IncrementalAlterConfigs,
            Response::AlterPartitionReassignments(_) => ApiKey::AlterPartitionReassignments,
            Response::ListPartitionReassignments(_) => ApiKey::ListPartitionReassignments,
            Response::OffsetDelete(_) => ApiKey::OffsetDelete,
            Response::DescribeClientQuotas(_) => ApiKey::DescribeClientQuotas,
            Response::AlterClientQuotas(_) => ApiKey::AlterClientQuotas,
            Response::DescribeUserScramCredentials(_) => ApiKey::DescribeUserScramCredentials,
            Response::AlterUserScramCredentials(_) => ApiKey::AlterUserScramCredentials,
            Response::Vote(_) => ApiKey::Vote,
            Response::BeginQuorumEpoch(_) => ApiKey::BeginQuorumEpoch,
            Response::EndQuorumEpoch(_) => ApiKey::EndQuorumEpoch,
            Response::DescribeQuorum(_) => ApiKey::DescribeQuorum,
            Response::AlterPartition(_) => ApiKey::AlterPartition,
            Response::UpdateFeatures(_) => ApiKey::UpdateFeatures,
            Response::Envelope(_) => ApiKey::Envelope,
            Response::FetchSnapshot(_) => ApiKey::FetchSnapshot,
            Response::DescribeCluster(_) => ApiKey::DescribeCluster,
            Response::DescribeProducers(_) => ApiKey::DescribeProducers,
            Response::BrokerRegistration(_) => ApiKey::BrokerRegistration,
            Response::BrokerHeartbeat(_) => ApiKey::BrokerHeartbeat,
            Response::UnregisterBroker(_) => ApiKey::UnregisterBroker,
            Response::DescribeTransactions(_) => ApiKey::DescribeTransactions,
            Response::ListTransactions(_) => ApiKey::ListTransactions,
            Response::AllocateProducerIds(_) => ApiKey::AllocateProducerIds,
            Response::ConsumerGroupHeartbeat(_) => ApiKey::ConsumerGroupHeartbeat,
            Response::ConsumerGroupDescribe(_) => ApiKey::ConsumerGroupDescribe,
            Response::ControllerRegistration(_) => ApiKey::ControllerRegistration,
            Response::GetTelemetrySubscriptions(_) => ApiKey::GetTelemetrySubscriptions,
            Response::PushTelemetry(_) => ApiKey::PushTelemetry,
            Response::AssignReplicasToDirs(_) => ApiKey::AssignReplicasToDirs,
            Response::ListConfigResources(_) => ApiKey::ListConfigResources,
            Response::DescribeTopicPartitions(_) => ApiKey::DescribeTopicPartitions,
            Response::ShareGroupHeartbeat(_) => ApiKey::ShareGroupHeartbeat,
            Response::ShareGroupDescribe(_) => ApiKey::ShareGroupDescribe,
            Response::ShareFetch(_) => ApiKey::ShareFetch,
            Response::ShareAcknowledge(_) => ApiKey::ShareAcknowledge,
            Response::AddRaftVoter(_) => ApiKey::AddRaftVoter,
            Response::RemoveRaftVoter(_) => ApiKey::RemoveRaftVoter,
            Response::UpdateRaftVoter(_) => ApiKey::UpdateRaftVoter,
            Response::InitializeShareGroupState(_) => ApiKey::InitializeShareGroupState,
            Response::ReadShareGroupState(_) => ApiKey::ReadShareGroupState,
            Response::WriteShareGroupState(_) => ApiKey::WriteShareGroupState,
            Response::DeleteShareGroupState(_) => ApiKey::DeleteShareGroupState,
            Response::ReadShareGroupStateSummary(_) => ApiKey::ReadShareGroupStateSummary,
            Response::StreamsGroupHeartbeat(_) => ApiKey::StreamsGroupHeartbeat,
            Response::StreamsGroupDescribe(_) => ApiKey::StreamsGroupDescribe,
            Response::DescribeShareGroupOffsets(_) => ApiKey::DescribeShareGroupOffsets,
            Response::AlterShareGroupOffsets(_) => ApiKey::AlterShareGroupOffsets,
            Response::DeleteShareGroupOffsets(_) => ApiKey::DeleteShareGroupOffsets,
        }
    }

    /// # Errors
    /// UnknownVersion, or what the version cannot say.
    pub fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        match self {
            Response::Produce(message) => encode_checked(message, writer, version),
            Response::Fetch(message) => encode_checked(message, writer, version),
            Response::ListOffsets(message) => encode_checked(message, writer, version),
            Response::Metadata(message) => encode_checked(message, writer, version),
            Response::OffsetCommit(message) => encode_checked(message, writer, version),
            Response::OffsetFetch(message) => encode_checked(message, writer, version),
            Response::FindCoordinator(message) => encode_checked(message, writer, version),
            Response::JoinGroup(message) => encode_checked(message, writer, version),
            Response::Heartbeat(message) => encode_checked(message, writer, version),
            Response::LeaveGroup(message) => encode_checked(message, writer, version),
            Response::SyncGroup(message) => encode_checked(message, writer, version),
            Response::DescribeGroups(message) => encode_checked(message, writer, version),
            Response::ListGroups(message) => encode_checked(message, writer, version),
            Response::SaslHandshake(message) => encode_checked(message, writer, version),
            Response::ApiVersions(message) => encode_checked(message, writer, version),
            Response::CreateTopics(message) => encode_checked(message, writer, version),
            Response::DeleteTopics(message) => encode_checked(message, writer, version),
            Response::DeleteRecords(message) => encode_checked(message, writer, version),
            Response::InitProducerId(message) => encode_checked(message, writer, version),
            Response::OffsetForLeaderEpoch(message) => encode_checked(message, writer, version),
            Response::AddPartitionsToTxn(message) => encode_checked(message, writer, version),
            Response::AddOffsetsToTxn(message) => encode_checked(message, writer, version),
            Response::EndTxn(message) => encode_checked(message, writer, version),
            Response::WriteTxnMarkers(message) => encode_checked(message, writer, version),
            Response::TxnOffsetCommit(message) => encode_checked(message, writer, version),
            Response::DescribeAcls(message) => encode_checked(message, writer, version),
            Response::CreateAcls(message) => encode_checked(message, writer, version),
            Response::DeleteAcls(message) => encode_checked(message, writer, version),
            Response::DescribeConfigs(message) => encode_checked(message, writer, version),
            Response::AlterConfigs(message) => encode_checked(message, writer, version),
            Response::AlterReplicaLogDirs(message) => encode_checked(message, writer, version),
            Response::DescribeLogDirs(message) => encode_checked(message, writer, version),
            Response::SaslAuthenticate(message) => encode_checked(message, writer, version),
            Response::CreatePartitions(message) => encode_checked(message, writer, version),
            Response::CreateDelegationToken(message) => encode_checked(&**message, writer, version),
            Response::RenewDelegationToken(message) => encode_checked(message, writer, version),
            Response::ExpireDelegationToken(message) => encode_checked(message, writer, version),
            Response::DescribeDelegationToken(message) => encode_checked(message, writer, version),
            Response::DeleteGroups(message) => encode_checked(message, writer, version),
            Response::ElectLeaders(message) => encode_checked(message, writer, version),
            Response::IncrementalAlterConfigs(message) => encode_checked(message, writer, version),
            Response::AlterPartitionReassignments(message) => {
                encode_checked(message, writer, version)
            }
            Response::ListPartitionReassignments(message) => {
                encode_checked(message, writer, version)
            }
            Response::OffsetDelete(message) => encode_checked(message, writer, version),
            Response::DescribeClientQuotas(message) => encode_checked(message, writer, version),
            Response::AlterClientQuotas(message) => encode_checked(message, writer, version),
            Response::DescribeUserScramCredentials(message) => {
                encode_checked(message, writer, version)
            }
            Response::AlterUserScramCredentials(message) => {
                encode_checked(message, writer, version)
            }
            Response::Vote(message) => encode_checked(message, writer, version),
            Response::BeginQuorumEpoch(message) => encode_checked(message, writer, version),
            Response::EndQuorumEpoch(message) => encode_checked(message, writer, version),
            Response::DescribeQuorum(message) => encode_checked(message, writer, version),
            Response::AlterPartition(message) => encode_checked(message, writer, version),
            Response::UpdateFeatures(message) => encode_checked(message, writer, version),
            Response::Envelope(message) => encode_checked(message, writer, version),
            Response::FetchSnapshot(message) => encode_checked(message, writer, version),
            Response::DescribeCluster(message) => encode_checked(message, writer, version),
            Response::DescribeProducers(message) => encode_checked(message, writer, version),
            Response::BrokerRegistration(message) => encode_checked(message, writer, version),
            Response::BrokerHeartbeat(message) => encode_checked(message, writer, version),
            Response::UnregisterBroker(message) => encode_checked(message, writer, version),
            Response::DescribeTransactions(message) => encode_checked(message, writer, version),
            Response::ListTransactions(message) => encode_checked(message, writer, version),
            Response::AllocateProducerIds(message) => encode_checked(message, writer, version),
            Response::ConsumerGroupHeartbeat(message) => encode_checked(message, writer, version),
            Response::ConsumerGroupDescribe(message) => encode_checked(message, writer, version),
            Response::ControllerRegistration(message) => encode_checked(message, writer, version),
            Response::GetTelemetrySubscriptions(message) => {
                encode_checked(message, writer, version)
            }
            Response::PushTelemetry(message) => encode_checked(message, writer, version),
            Response::AssignReplicasToDirs(message) => encode_checked(message, writer, version),
            Response::ListConfigResources(message) => encode_checked(message, writer, version),
            Response::DescribeTopicPartitions(message) => encode_checked(message, writer, version),
            Response::ShareGroupHeartbeat(message) => encode_checked(message, writer, version),
            Response::ShareGroupDescribe(message) => encode_checked(message, writer, version),
            Response::ShareFetch(message) => encode_checked(message, writer, version),
            Response::ShareAcknowledge(message) => encode_checked(message, writer, version),
            Response::AddRaftVoter(message) => encode_checked(message, writer, version),
            Response::RemoveRaftVoter(message) => encode_checked(message, writer, version),
            Response::UpdateRaftVoter(message) => encode_checked(message, writer, version),
            Response::InitializeShareGroupState(message) => {
                encode_checked(message, writer, version)
            }
            Response::ReadShareGroupState(message) => encode_checked(message, writer, version),
            Response::WriteShareGroupState(message) => encode_checked(message, writer, version),
            Response::DeleteShareGroupState(message) => encode_checked(message, writer, version),
            Response::ReadShareGroupStateSummary(message) => {
                encode_checked(message, writer, version)
            }
            Response::StreamsGroupHeartbeat(message) => encode_checked(&**message, writer, version),
            Response::StreamsGroupDescribe(message) => encode_checked(message, writer, version),
            Response::DescribeShareGroupOffsets(message) => {
                encode_checked(message, writer, version)
            }
            Response::AlterShareGroupOffsets(message) => encode_checked(message, writer, version),
            Response::DeleteShareGroupOffsets(message) => encode_checked(message, writer, version),
        }
    }

    /// Exactly the bytes that `encode` writes, payloads included.
    pub fn size(&self, version: i16) -> usize {
        use crate::wire::Message;
        match self {
            Response::Produce(message) => message.size(version),
            Response::Fetch(message) => message.size(version),
            Response::ListOffsets(message) => message.size(version),
            Response::Metadata(message) => message.size(version),
            Response::OffsetCommit(message) => message.size(version),
            Response::OffsetFetch(message) => message.size(version),
            Response::FindCoordinator(message) => message.size(version),
            Response::JoinGroup(message) => message.size(version),
            Response::Heartbeat(message) => message.size(version),
            Response::LeaveGroup(message) => message.size(version),
            Response::SyncGroup(message) => message.size(version),
            Response::DescribeGroups(message) => message.size(version),
            Response::ListGroups(message) => message.size(version),
            Response::SaslHandshake(message) => message.size(version),
            Response::ApiVersions(message) => message.size(version),
            Response::CreateTopics(message) => message.size(version),
            Response::DeleteTopics(message) => message.size(version),
            Response::DeleteRecords(message) => message.size(version),
            Response::InitProducerId(message) => message.size(version),
            Response::OffsetForLeaderEpoch(message) => message.size(version),
            Response::AddPartitionsToTxn(message) => message.size(version),
            Response::AddOffsetsToTxn(message) => message.size(version),
            Response::EndTxn(message) => message.size(version),
            Response::WriteTxnMarkers(message) => message.size(version),
            Response::TxnOffsetCommit(message) => message.size(version),
            Response::DescribeAcls(message) => message.size(version),
            Response::CreateAcls(message) => message.size(version),
            Response::DeleteAcls(message) => message.size(version),
            Response::DescribeConfigs(message) => message.size(version),
            Response::AlterConfigs(message) => message.size(version),
            Response::AlterReplicaLogDirs(message) => message.size(version),
            Response::DescribeLogDirs(message) => message.size(version),
            Response::SaslAuthenticate(message) => message.size(version),
            Response::CreatePartitions(message) => message.size(version),
            Response::CreateDelegationToken(message) => message.size(version),
            Response::RenewDelegationToken(message) => message.size(version),
            Response::ExpireDelegationToken(message) => message.size(version),
            Response::DescribeDelegationToken(message) => message.size(version),
            Response::DeleteGroups(message) => message.size(version),
            Response::ElectLeaders(message) => message.size(version),
            Response::IncrementalAlterConfigs(message) => message.size(version),
            Response::AlterPartitionReassignments(message) => message.size(version),
            Response::ListPartitionReassignments(message) => message.size(version),
            Response::OffsetDelete(message) => message.size(version),
            Response::DescribeClientQuotas(message) => message.size(version),
            Response::AlterClientQuotas(message) => message.size(version),
            Response::DescribeUserScramCredentials(message) => message.size(version),
            Response::AlterUserScramCredentials(message) => message.size(version),
            Response::Vote(message) => message.size(version),
            Response::BeginQuorumEpoch(message) => message.size(version),
            Response::EndQuorumEpoch(message) => message.size(version),
            Response::DescribeQuorum(message) => message.size(version),
            Response::AlterPartition(message) => message.size(version),
            Response::UpdateFeatures(message) => message.size(version),
            Response::Envelope(message) => message.size(version),
            Response::FetchSnapshot(message) => message.size(version),
            Response::DescribeCluster(message) => message.size(version),
            Response::DescribeProducers(message) => message.size(version),
            Response::BrokerRegistration(message) => message.size(version),
            Response::BrokerHeartbeat(message) => message.size(version),
            Response::UnregisterBroker(message) => message.size(version),
            Response::DescribeTransactions(message) => message.size(version),
            Response::ListTransactions(message) => message.size(version),
            Response::AllocateProducerIds(message) => message.size(version),
            Response::ConsumerGroupHeartbeat(message) => message.size(version),
            Response::ConsumerGroupDescribe(message) => message.size(version),
            Response::ControllerRegistration(message) => message.size(version),
            Response::GetTelemetrySubscriptions(message) => message.size(version),
            Response::PushTelemetry(message) => message.size(version),
            Response::AssignReplicasToDirs(message) => message.size(version),
            Response::ListConfigResources(message) => message.size(version),
            Response::DescribeTopicPartitions(message) => message.size(version),
            Response::ShareGroupHeartbeat(message) => message.size(version),
            Response::ShareGroupDescribe(message) => message.size(version),
            Response::ShareFetch(message) => message.size(version),
            Response::ShareAcknowledge(message) => message.size(version),
            Response::AddRaftVoter(message) => message.size(version),
            Response::RemoveRaftVoter(message) => message.size(version),
            Response::UpdateRaftVoter(message) => message.size(version),
            Response::InitializeShareGroupState(message) => message.size(version),
            Response::ReadShareGroupState(message) => message.size(version),
            Response::WriteShareGroupState(message) => message.size(version),
            Response::DeleteShareGroupState(message) => message.size(version),
            Response::ReadShareGroupStateSummary(message) => message.size(version),
            Response::StreamsGroupHeartbeat(message) => message.size(version),
            Response::StreamsGroupDescribe(message) => message.size(version),
            Response::DescribeShareGroupOffsets(message) => message.size(version),
            Response::AlterShareGroupOffsets(message) => message.size(version),
            Response::DeleteShareGroupOffsets(message) => message.size(version),
        }
    }

    /// A good capacity for the buffer of a message of `size` bytes.
    pub fn buffer_capacity(&self, size: usize) -> usize {
        match self {
            Response::Produce(_) => buffer_capacity::<ProduceResponse>(size),
            Response::Fetch(_) => buffer_capacity::<FetchResponse>(size),
            Response::ListOffsets(_) => buffer_capacity::<ListOffsetsResponse>(size),
            Response::Metadata(_) => buffer_capacity::<MetadataResponse>(size),
            Response::OffsetCommit(_) => buffer_capacity::<OffsetCommitResponse>(size),
            Response::OffsetFetch(_) => buffer_capacity::<OffsetFetchResponse>(size),
            Response::FindCoordinator(_) => buffer_capacity::<FindCoordinatorResponse>(size),
            Response::JoinGroup(_) => buffer_capacity::<JoinGroupResponse>(size),
            Response::Heartbeat(_) => buffer_capacity::<HeartbeatResponse>(size),
            Response::LeaveGroup(_) => buffer_capacity::<LeaveGroupResponse>(size),
            Response::SyncGroup(_) => buffer_capacity::<SyncGroupResponse>(size),
            Response::DescribeGroups(_) => buffer_capacity::<DescribeGroupsResponse>(size),
            Response::ListGroups(_) => buffer_capacity::<ListGroupsResponse>(size),
            Response::SaslHandshake(_) => buffer_capacity::<SaslHandshakeResponse>(size),
            Response::ApiVersions(_) => buffer_capacity::<ApiVersionsResponse>(size),
            Response::CreateTopics(_) => buffer_capacity::<CreateTopicsResponse>(size),
            Response::DeleteTopics(_) => buffer_capacity::<DeleteTopicsResponse>(size),
            Response::DeleteRecords(_) => buffer_capacity::<DeleteRecordsResponse>(size),
            Response::InitProducerId(_) => buffer_capacity::<InitProducerIdResponse>(size),
            Response::OffsetForLeaderEpoch(_) => {
                buffer_capacity::<OffsetForLeaderEpochResponse>(size)
            }
            Response::AddPartitionsToTxn(_) => buffer_capacity::<AddPartitionsToTxnResponse>(size),
            Response::AddOffsetsToTxn(_) => buffer_capacity::<AddOffsetsToTxnResponse>(size),
            Response::EndTxn(_) => buffer_capacity::<EndTxnResponse>(size),
            Response::WriteTxnMarkers(_) => buffer_capacity::<WriteTxnMarkersResponse>(size),
            Response::TxnOffsetCommit(_) => buffer_capacity::<TxnOffsetCommitResponse>(size),
            Response::DescribeAcls(_) => buffer_capacity::<DescribeAclsResponse>(size),
            Response::CreateAcls(_) => buffer_capacity::<CreateAclsResponse>(size),
            Response::DeleteAcls(_) => buffer_capacity::<DeleteAclsResponse>(size),
            Response::DescribeConfigs(_) => buffer_capacity::<DescribeConfigsResponse>(size),
            Response::AlterConfigs(_) => buffer_capacity::<AlterConfigsResponse>(size),
            Response::AlterReplicaLogDirs(_) => {
                buffer_capacity::<AlterReplicaLogDirsResponse>(size)
            }
            Response::DescribeLogDirs(_) => buffer_capacity::<DescribeLogDirsResponse>(size),
            Response::SaslAuthenticate(_) => buffer_capacity::<SaslAuthenticateResponse>(size),
            Response::CreatePartitions(_) => buffer_capacity::<CreatePartitionsResponse>(size),
            Response::CreateDelegationToken(_) => {
                buffer_capacity::<CreateDelegationTokenResponse>(size)
            }
            Response::RenewDelegationToken(_) => {
                buffer_capacity::<RenewDelegationTokenResponse>(size)
            }
            Response::ExpireDelegationToken(_) => {
                buffer_capacity::<ExpireDelegationTokenResponse>(size)
            }
            Response::DescribeDelegationToken(_) => {
                buffer_capacity::<DescribeDelegationTokenResponse>(size)
            }
            Response::DeleteGroups(_) => buffer_capacity::<DeleteGroupsResponse>(size),
            Response::ElectLeaders(_) => buffer_capacity::<ElectLeadersResponse>(size),
            Response::IncrementalAlterConfigs(_) => {
                buffer_capacity::<IncrementalAlterConfigsResponse>(size)
            }
            Response::AlterPartitionReassignments(_) => {
                buffer_capacity::<AlterPartitionReassignmentsResponse>(size)
            }
            Response::ListPartitionReassignments(_) => {
                buffer_capacity::<ListPartitionReassignmentsResponse>(size)
            }
            Response::OffsetDelete(_) => buffer_capacity::<OffsetDeleteResponse>(size),
            Response::DescribeClientQuotas(_) => {
                buffer_capacity::<DescribeClientQuotasResponse>(size)
            }
            Response::AlterClientQuotas(_) => buffer_capacity::<AlterClientQuotasResponse>(size),
            Response::DescribeUserScramCredentials(_) => {
                buffer_capacity::<DescribeUserScramCredentialsResponse>(size)
            }
            Response::AlterUserScramCredentials(_) => {
                buffer_capacity::<AlterUserScramCredentialsResponse>(size)
            }
            Response::Vote(_) => buffer_capacity::<VoteResponse>(size),
            Response::BeginQuorumEpoch(_) => buffer_capacity::<BeginQuorumEpochResponse>(size),
            Response::EndQuorumEpoch(_) => buffer_capacity::<EndQuorumEpochResponse>(size),
            Response::DescribeQuorum(_) => buffer_capacity::<DescribeQuorumResponse>(size),
            Response::AlterPartition(_) => buffer_capacity::<AlterPartitionResponse>(size),
            Response::UpdateFeatures(_) => buffer_capacity::<UpdateFeaturesResponse>(size),
            Response::Envelope(_) => buffer_capacity::<EnvelopeResponse>(size),
            Response::FetchSnapshot(_) => buffer_capacity::<FetchSnapshotResponse>(size),
            Response::DescribeCluster(_) => buffer_capacity::<DescribeClusterResponse>(size),
            Response::DescribeProducers(_) => buffer_capacity::<DescribeProducersResponse>(size),
            Response::BrokerRegistration(_) => buffer_capacity::<BrokerRegistrationResponse>(size),
            Response::BrokerHeartbeat(_) => buffer_capacity::<BrokerHeartbeatResponse>(size),
            Response::UnregisterBroker(_) => buffer_capacity::<UnregisterBrokerResponse>(size),
            Response::DescribeTransactions(_) => {
                buffer_capacity::<DescribeTransactionsResponse>(size)
            }
            Response::ListTransactions(_) => buffer_capacity::<ListTransactionsResponse>(size),
            Response::AllocateProducerIds(_) => {
                buffer_capacity::<AllocateProducerIdsResponse>(size)
            }
            Response::ConsumerGroupHeartbeat(_) => {
                buffer_capacity::<ConsumerGroupHeartbeatResponse>(size)
            }
            Response::ConsumerGroupDescribe(_) => {
                buffer_capacity::<ConsumerGroupDescribeResponse>(size)
            }
            Response::ControllerRegistration(_) => {
                buffer_capacity::<ControllerRegistrationResponse>(size)
            }
            Response::GetTelemetrySubscriptions(_) => {
                buffer_capacity::<GetTelemetrySubscriptionsResponse>(size)
            }
            Response::PushTelemetry(_) => buffer_capacity::<PushTelemetryResponse>(size),
            Response::AssignReplicasToDirs(_) => {
                buffer_capacity::<AssignReplicasToDirsResponse>(size)
            }
            Response::ListConfigResources(_) => {
                buffer_capacity::<ListConfigResourcesResponse>(size)
            }
            Response::DescribeTopicPartitions(_) => {
                buffer_capacity::<DescribeTopicPartitionsResponse>(size)
            }
            Response::ShareGroupHeartbeat(_) => {
                buffer_capacity::<ShareGroupHeartbeatResponse>(size)
            }
            Response::ShareGroupDescribe(_) => buffer_capacity::<ShareGroupDescribeResponse>(size),
            Response::ShareFetch(_) => buffer_capacity::<ShareFetchResponse>(size),
            Response::ShareAcknowledge(_) => buffer_capacity::<ShareAcknowledgeResponse>(size),
            Response::AddRaftVoter(_) => buffer_capacity::<AddRaftVoterResponse>(size),
            Response::RemoveRaftVoter(_) => buffer_capacity::<RemoveRaftVoterResponse>(size),
            Response::UpdateRaftVoter(_) => buffer_capacity::<UpdateRaftVoterResponse>(size),
            Response::InitializeShareGroupState(_) => {
                buffer_capacity::<InitializeShareGroupStateResponse>(size)
            }
            Response::ReadShareGroupState(_) => {
                buffer_capacity::<ReadShareGroupStateResponse>(size)
            }
            Response::WriteShareGroupState(_) => {
                buffer_capacity::<WriteShareGroupStateResponse>(size)
            }
            Response::DeleteShareGroupState(_) => {
                buffer_capacity::<DeleteShareGroupStateResponse>(size)
            }
            Response::ReadShareGroupStateSummary(_) => {
                buffer_capacity::<ReadShareGroupStateSummaryResponse>(size)
            }
            Response::StreamsGroupHeartbeat(_) => {
                buffer_capacity::<StreamsGroupHeartbeatResponse>(size)
            }
            Response::StreamsGroupDescribe(_) => {
                buffer_capacity::<StreamsGroupDescribeResponse>(size)
            }
            Response::DescribeShareGroupOffsets(_) => {
                buffer_capacity::<DescribeShareGroupOffsetsResponse>(size)
            }
            Response::AlterShareGroupOffsets(_) => {
                buffer_capacity::<AlterShareGroupOffsetsResponse>(size)
            }
            Response::DeleteShareGroupOffsets(_) => {
                buffer_capacity::<DeleteShareGroupOffsetsResponse>(size)
            }
        }
    }
}

impl From<ProduceResponse> for Response {
    fn from(message: ProduceResponse) -> Response {
        Response::Produce(message)
    }
}

impl From<FetchResponse> for Response {
    fn from(message: FetchResponse) -> Response {
        Response::Fetch(message)
    }
}

impl From<ListOffsetsResponse> for Response {
    fn from(message: ListOffsetsResponse) -> Response {
        Response::ListOffsets(message)
    }
}

impl From<MetadataResponse> for Response {
    fn from(message: MetadataResponse) -> Response {
        Response::Metadata(message)
    }
}

impl From<OffsetCommitResponse> for Response {
    fn from(message: OffsetCommitResponse) -> Response {
        Response::OffsetCommit(message)
    }
}

impl From<OffsetFetchResponse> for Response {
    fn from(message: OffsetFetchResponse) -> Response {
        Response::OffsetFetch(message)
    }
}

impl From<FindCoordinatorResponse> for Response {
    fn from(message: FindCoordinatorResponse) -> Response {
        Response::FindCoordinator(message)
    }
}

impl From<JoinGroupResponse> for Response {
    fn from(message: JoinGroupResponse) -> Response {
        Response::JoinGroup(message)
    }
}

impl From<HeartbeatResponse> for Response {
    fn from(message: HeartbeatResponse) -> Response {
        Response::Heartbeat(message)
    }
}

impl From<LeaveGroupResponse> for Response {
    fn from(message: LeaveGroupResponse) -> Response {
        Response::LeaveGroup(message)
    }
}

impl From<SyncGroupResponse> for Response {
    fn from(message: SyncGroupResponse) -> Response {
        Response::SyncGroup(message)
    }
}

impl From<DescribeGroupsResponse> for Response {
    fn from(message: DescribeGroupsResponse) -> Response {
        Response::DescribeGroups(message)
    }
}

impl From<ListGroupsResponse> for Response {
    fn from(message: ListGroupsResponse) -> Response {
        Response::ListGroups(message)
    }
}

impl From<SaslHandshakeResponse> for Response {
    fn from(message: SaslHandshakeResponse) -> Response {
        Response::SaslHandshake(message)
    }
}

impl From<ApiVersionsResponse> for Response {
    fn from(message: ApiVersionsResponse) -> Response {
        Response::ApiVersions(message)
    }
}

impl From<CreateTopicsResponse> for Response {
    fn from(message: CreateTopicsResponse) -> Response {
        Response::CreateTopics(message)
    }
}

impl From<DeleteTopicsResponse> for Response {
    fn from(message: DeleteTopicsResponse) -> Response {
        Response::DeleteTopics(message)
    }
}

impl From<DeleteRecordsResponse> for Response {
    fn from(message: DeleteRecordsResponse) -> Response {
        Response::DeleteRecords(message)
    }
}

impl From<InitProducerIdResponse> for Response {
    fn from(message: InitProducerIdResponse) -> Response {
        Response::InitProducerId(message)
    }
}

impl From<OffsetForLeaderEpochResponse> for Response {
    fn from(message: OffsetForLeaderEpochResponse) -> Response {
        Response::OffsetForLeaderEpoch(message)
    }
}

impl From<AddPartitionsToTxnResponse> for Response {
    fn from(message: AddPartitionsToTxnResponse) -> Response {
        Response::AddPartitionsToTxn(message)
    }
}

impl From<AddOffsetsToTxnResponse> for Response {
    fn from(message: AddOffsetsToTxnResponse) -> Response {
        Response::AddOffsetsToTxn(message)
    }
}

impl From<EndTxnResponse> for Response {
    fn from(message: EndTxnResponse) -> Response {
        Response::EndTxn(message)
    }
}

impl From<WriteTxnMarkersResponse> for Response {
    fn from(message: WriteTxnMarkersResponse) -> Response {
        Response::WriteTxnMarkers(message)
    }
}

impl From<TxnOffsetCommitResponse> for Response {
    fn from(message: TxnOffsetCommitResponse) -> Response {
        Response::TxnOffsetCommit(message)
    }
}

impl From<DescribeAclsResponse> for Response {
    fn from(message: DescribeAclsResponse) -> Response {
        Response::DescribeAcls(message)
    }
}

impl From<CreateAclsResponse> for Response {
    fn from(message: CreateAclsResponse) -> Response {
        Response::CreateAcls(message)
    }
}

impl From<DeleteAclsResponse> for Response {
    fn from(message: DeleteAclsResponse) -> Response {
        Response::DeleteAcls(message)
    }
}

impl From<DescribeConfigsResponse> for Response {
    fn from(message: DescribeConfigsResponse) -> Response {
        Response::DescribeConfigs(message)
    }
}

impl From<AlterConfigsResponse> for Response {
    fn from(message: AlterConfigsResponse) -> Response {
        Response::AlterConfigs(message)
    }
}

impl From<AlterReplicaLogDirsResponse> for Response {
    fn from(message: AlterReplicaLogDirsResponse) -> Response {
        Response::AlterReplicaLogDirs(message)
    }
}

impl From<DescribeLogDirsResponse> for Response {
    fn from(message: DescribeLogDirsResponse) -> Response {
        Response::DescribeLogDirs(message)
    }
}

impl From<SaslAuthenticateResponse> for Response {
    fn from(message: SaslAuthenticateResponse) -> Response {
        Response::SaslAuthenticate(message)
    }
}

impl From<CreatePartitionsResponse> for Response {
    fn from(message: CreatePartitionsResponse) -> Response {
        Response::CreatePartitions(message)
    }
}

impl From<CreateDelegationTokenResponse> for Response {
    fn from(message: CreateDelegationTokenResponse) -> Response {
        Response::CreateDelegationToken(Box::new(message))
    }
}

impl From<RenewDelegationTokenResponse> for Response {
    fn from(message: RenewDelegationTokenResponse) -> Response {
        Response::RenewDelegationToken(message)
    }
}

impl From<ExpireDelegationTokenResponse> for Response {
    fn from(message: ExpireDelegationTokenResponse) -> Response {
        Response::ExpireDelegationToken(message)
    }
}

impl From<DescribeDelegationTokenResponse> for Response {
    fn from(message: DescribeDelegationTokenResponse) -> Response {
        Response::DescribeDelegationToken(message)
    }
}

impl From<DeleteGroupsResponse> for Response {
    fn from(message: DeleteGroupsResponse) -> Response {
        Response::DeleteGroups(message)
    }
}

impl From<ElectLeadersResponse> for Response {
    fn from(message: ElectLeadersResponse) -> Response {
        Response::ElectLeaders(message)
    }
}

impl From<IncrementalAlterConfigsResponse> for Response {
    fn from(message: IncrementalAlterConfigsResponse) -> Response {
        Response::IncrementalAlterConfigs(message)
    }
}

impl From<AlterPartitionReassignmentsResponse> for Response {
    fn from(message: AlterPartitionReassignmentsResponse) -> Response {
        Response::AlterPartitionReassignments(message)
    }
}

impl From<ListPartitionReassignmentsResponse> for Response {
    fn from(message: ListPartitionReassignmentsResponse) -> Response {
        Response::ListPartitionReassignments(message)
    }
}

impl From<OffsetDeleteResponse> for Response {
    fn from(message: OffsetDeleteResponse) -> Response {
        Response::OffsetDelete(message)
    }
}

impl From<DescribeClientQuotasResponse> for Response {
    fn from(message: DescribeClientQuotasResponse) -> Response {
        Response::DescribeClientQuotas(message)
    }
}

impl From<AlterClientQuotasResponse> for Response {
    fn from(message: AlterClientQuotasResponse) -> Response {
        Response::AlterClientQuotas(message)
    }
}

impl From<DescribeUserScramCredentialsResponse> for Response {
    fn from(message: DescribeUserScramCredentialsResponse) -> Response {
        Response::DescribeUserScramCredentials(message)
    }
}

impl From<AlterUserScramCredentialsResponse> for Response {
    fn from(message: AlterUserScramCredentialsResponse) -> Response {
        Response::AlterUserScramCredentials(message)
    }
}

impl From<VoteResponse> for Response {
    fn from(message: VoteResponse) -> Response {
        Response::Vote(message)
    }
}

impl From<BeginQuorumEpochResponse> for Response {
    fn from(message: BeginQuorumEpochResponse) -> Response {
        Response::BeginQuorumEpoch(message)
    }
}

impl From<EndQuorumEpochResponse> for Response {
    fn from(message: EndQuorumEpochResponse) -> Response {
        Response::EndQuorumEpoch(message)
    }
}

impl From<DescribeQuorumResponse> for Response {
    fn from(message: DescribeQuorumResponse) -> Response {
        Response::DescribeQuorum(message)
    }
}

impl From<AlterPartitionResponse> for Response {
    fn from(message: AlterPartitionResponse) -> Response {
        Response::AlterPartition(message)
    }
}

impl From<UpdateFeaturesResponse> for Response {
    fn from(message: UpdateFeaturesResponse) -> Response {
        Response::UpdateFeatures(message)
    }
}

impl From<EnvelopeResponse> for Response {
    fn from(message: EnvelopeResponse) -> Response {
        Response::Envelope(message)
    }
}

impl From<FetchSnapshotResponse> for Response {
    fn from(message: FetchSnapshotResponse) -> Response {
        Response::FetchSnapshot(message)
    }
}

impl From<DescribeClusterResponse> for Response {
    fn from(message: DescribeClusterResponse) -> Response {
        Response::DescribeCluster(message)
    }
}

impl From<DescribeProducersResponse> for Response {
    fn from(message: DescribeProducersResponse) -> Response {
        Response::DescribeProducers(message)
    }
}

impl From<BrokerRegistrationResponse> for Response {
    fn from(message: BrokerRegistrationResponse) -> Response {
        Response::BrokerRegistration(message)
    }
}

impl From<BrokerHeartbeatResponse> for Response {
    fn from(message: BrokerHeartbeatResponse) -> Response {
        Response::BrokerHeartbeat(message)
    }
}

impl From<UnregisterBrokerResponse> for Response {
    fn from(message: UnregisterBrokerResponse) -> Response {
        Response::UnregisterBroker(message)
    }
}

impl From<DescribeTransactionsResponse> for Response {
    fn from(message: DescribeTransactionsResponse) -> Response {
        Response::DescribeTransactions(message)
    }
}

impl From<ListTransactionsResponse> for Response {
    fn from(message: ListTransactionsResponse) -> Response {
        Response::ListTransactions(message)
    }
}

impl From<AllocateProducerIdsResponse> for Response {
    fn from(message: AllocateProducerIdsResponse) -> Response {
        Response::AllocateProducerIds(message)
    }
}

impl From<ConsumerGroupHeartbeatResponse> for Response {
    fn from(message: ConsumerGroupHeartbeatResponse) -> Response {
        Response::ConsumerGroupHeartbeat(message)
    }
}

impl From<ConsumerGroupDescribeResponse> for Response {
    fn from(message: ConsumerGroupDescribeResponse) -> Response {
        Response::ConsumerGroupDescribe(message)
    }
}

impl From<ControllerRegistrationResponse> for Response {
    fn from(message: ControllerRegistrationResponse) -> Response {
        Response::ControllerRegistration(message)
    }
}

impl From<GetTelemetrySubscriptionsResponse> for Response {
    fn from(message: GetTelemetrySubscriptionsResponse) -> Response {
        Response::GetTelemetrySubscriptions(message)
    }
}

impl From<PushTelemetryResponse> for Response {
    fn from(message: PushTelemetryResponse) -> Response {
        Response::PushTelemetry(message)
    }
}

impl From<AssignReplicasToDirsResponse> for Response {
    fn from(message: AssignReplicasToDirsResponse) -> Response {
        Response::AssignReplicasToDirs(message)
    }
}

impl From<ListConfigResourcesResponse> for Response {
    fn from(message: ListConfigResourcesResponse) -> Response {
        Response::ListConfigResources(message)
    }
}

impl From<DescribeTopicPartitionsResponse> for Response {
    fn from(message: DescribeTopicPartitionsResponse) -> Response {
        Response::DescribeTopicPartitions(message)
    }
}

impl From<ShareGroupHeartbeatResponse> for Response {
    fn from(message: ShareGroupHeartbeatResponse) -> Response {
        Response::ShareGroupHeartbeat(message)
    }
}

impl From<ShareGroupDescribeResponse> for Response {
    fn from(message: ShareGroupDescribeResponse) -> Response {
        Response::ShareGroupDescribe(message)
    }
}

impl From<ShareFetchResponse> for Response {
    fn from(message: ShareFetchResponse) -> Response {
        Response::ShareFetch(message)
    }
}

impl From<ShareAcknowledgeResponse> for Response {
    fn from(message: ShareAcknowledgeResponse) -> Response {
        Response::ShareAcknowledge(message)
    }
}

impl From<AddRaftVoterResponse> for Response {
    fn from(message: AddRaftVoterResponse) -> Response {
        Response::AddRaftVoter(message)
    }
}

impl From<RemoveRaftVoterResponse> for Response {
    fn from(message: RemoveRaftVoterResponse) -> Response {
        Response::RemoveRaftVoter(message)
    }
}

impl From<UpdateRaftVoterResponse> for Response {
    fn from(message: UpdateRaftVoterResponse) -> Response {
        Response::UpdateRaftVoter(message)
    }
}

impl From<InitializeShareGroupStateResponse> for Response {
    fn from(message: InitializeShareGroupStateResponse) -> Response {
        Response::InitializeShareGroupState(message)
    }
}

impl From<ReadShareGroupStateResponse> for Response {
    fn from(message: ReadShareGroupStateResponse) -> Response {
        Response::ReadShareGroupState(message)
    }
}

impl From<WriteShareGroupStateResponse> for Response {
    fn from(message: WriteShareGroupStateResponse) -> Response {
        Response::WriteShareGroupState(message)
    }
}

impl From<DeleteShareGroupStateResponse> for Response {
    fn from(message: DeleteShareGroupStateResponse) -> Response {
        Response::DeleteShareGroupState(message)
    }
}

impl From<ReadShareGroupStateSummaryResponse> for Response {
    fn from(message: ReadShareGroupStateSummaryResponse) -> Response {
        Response::ReadShareGroupStateSummary(message)
    }
}

impl From<StreamsGroupHeartbeatResponse> for Response {
    fn from(message: StreamsGroupHeartbeatResponse) -> Response {
        Response::StreamsGroupHeartbeat(Box::new(message))
    }
}

impl From<StreamsGroupDescribeResponse> for Response {
    fn from(message: StreamsGroupDescribeResponse) -> Response {
        Response::StreamsGroupDescribe(message)
    }
}

impl From<DescribeShareGroupOffsetsResponse> for Response {
    fn from(message: DescribeShareGroupOffsetsResponse) -> Response {
        Response::DescribeShareGroupOffsets(message)
    }
}

impl From<AlterShareGroupOffsetsResponse> for Response {
    fn from(message: AlterShareGroupOffsetsResponse) -> Response {
        Response::AlterShareGroupOffsets(message)
    }
}

impl From<DeleteShareGroupOffsetsResponse> for Response {
    fn from(message: DeleteShareGroupOffsetsResponse) -> Response {
        Response::DeleteShareGroupOffsets(message)
    }
}
