//! What every request means: one file per API, in the order of their keys.
//!
//! [`SERVED`] is the table from which dispatch and ApiVersions come: an API that is not in it is
//! not advertised. Each handler's file opens with its versions and its behaviour.
//!
//! The life of a request here: [`Caller::call`] reads the header, checks key and version, decodes
//! the body, and hands it to its handler. A handler answers at once, or with a future where
//! something is waited for (a commit, data, the controller). The answer is encoded behind the
//! response header, and segments that lie in files are put in their places.

mod add_offsets_to_txn;
mod add_partitions_to_txn;
mod allocate_producer_ids;
mod alter_client_quotas;
mod alter_configs;
mod alter_partition_reassignments;
mod alter_replica_log_dirs;
mod alter_share_group_offsets;
mod api_versions;
mod authorized;
mod broker_registration;
mod committed;
mod consumer_group_describe;
mod consumer_group_heartbeat;
mod converted;
mod create_acls;
mod create_partitions;
mod create_topics;
mod delete_acls;
mod delete_groups;
mod delete_records;
mod delete_share_group_offsets;
mod delete_share_group_state;
mod delete_topics;
mod describe_acls;
mod describe_client_quotas;
mod describe_cluster;
mod describe_configs;
mod describe_groups;
mod describe_log_dirs;
mod describe_producers;
mod describe_quorum;
mod describe_share_group_offsets;
mod describe_topic_partitions;
mod describe_transactions;
mod described;
mod elect_leaders;
mod end_txn;
mod fetch;
mod find_coordinator;
mod forward;
mod heartbeat;
mod incremental_alter_configs;
mod init_producer_id;
mod initialize_share_group_state;
mod join_group;
mod leave_group;
mod list_config_resources;
mod list_groups;
mod list_offsets;
mod list_partition_reassignments;
mod list_transactions;
mod metadata;
mod named;
mod offset_commit;
mod offset_delete;
mod offset_fetch;
mod offset_for_leader_epoch;
mod produce;
mod read_share_group_state;
mod read_share_group_state_summary;
mod share_acknowledge;
mod share_fetch;
mod share_group_describe;
mod share_group_heartbeat;
mod streams_group_describe;
mod streams_group_heartbeat;
mod sync_group;
mod transactional;
mod txn_offset_commit;
mod unregister_broker;
mod update_features;
mod write_share_group_state;
mod write_txn_markers;

use std::cell::RefCell;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use base::Str;
use bytes::Bytes;
use protocol::frame::{RequestHeader, encode_response};
use protocol::{ApiKey, Encoded, Reader, Request, Response};
use storage::{DiskFile, FileSlice};

use crate::metrics::Stage;
use crate::network::{Finished, Outcome, Reply, Segment, Service, Warming};
use crate::node::Node;

/// Every API that the broker's listeners serve, and nothing else.
pub const SERVED: &[ApiKey] = &[
    ApiKey::Produce,
    ApiKey::Fetch,
    ApiKey::ListOffsets,
    ApiKey::Metadata,
    ApiKey::OffsetCommit,
    ApiKey::OffsetFetch,
    ApiKey::FindCoordinator,
    ApiKey::JoinGroup,
    ApiKey::Heartbeat,
    ApiKey::LeaveGroup,
    ApiKey::SyncGroup,
    ApiKey::DescribeGroups,
    ApiKey::ListGroups,
    ApiKey::ApiVersions,
    ApiKey::CreateTopics,
    ApiKey::DeleteTopics,
    ApiKey::DeleteRecords,
    ApiKey::InitProducerId,
    ApiKey::OffsetForLeaderEpoch,
    ApiKey::AddPartitionsToTxn,
    ApiKey::AddOffsetsToTxn,
    ApiKey::EndTxn,
    ApiKey::WriteTxnMarkers,
    ApiKey::TxnOffsetCommit,
    ApiKey::DescribeAcls,
    ApiKey::CreateAcls,
    ApiKey::DeleteAcls,
    ApiKey::DescribeConfigs,
    ApiKey::AlterConfigs,
    ApiKey::AlterReplicaLogDirs,
    ApiKey::DescribeLogDirs,
    ApiKey::CreatePartitions,
    ApiKey::DeleteGroups,
    ApiKey::ElectLeaders,
    ApiKey::IncrementalAlterConfigs,
    ApiKey::AlterPartitionReassignments,
    ApiKey::ListPartitionReassignments,
    ApiKey::OffsetDelete,
    ApiKey::DescribeClientQuotas,
    ApiKey::AlterClientQuotas,
    ApiKey::DescribeQuorum,
    ApiKey::UpdateFeatures,
    ApiKey::DescribeCluster,
    ApiKey::DescribeProducers,
    ApiKey::UnregisterBroker,
    ApiKey::DescribeTransactions,
    ApiKey::ListTransactions,
    ApiKey::ConsumerGroupHeartbeat,
    ApiKey::ConsumerGroupDescribe,
    ApiKey::ListConfigResources,
    ApiKey::DescribeTopicPartitions,
    ApiKey::ShareGroupHeartbeat,
    ApiKey::ShareGroupDescribe,
    ApiKey::ShareFetch,
    ApiKey::ShareAcknowledge,
    ApiKey::InitializeShareGroupState,
    ApiKey::ReadShareGroupState,
    ApiKey::WriteShareGroupState,
    ApiKey::DeleteShareGroupState,
    ApiKey::ReadShareGroupStateSummary,
    ApiKey::StreamsGroupHeartbeat,
    ApiKey::StreamsGroupDescribe,
    ApiKey::DescribeShareGroupOffsets,
    ApiKey::AlterShareGroupOffsets,
    ApiKey::DeleteShareGroupOffsets,
];

/// What the controller's listeners serve (KIP-919): administration, and the cluster itself.
const SERVED_BY_CONTROLLERS: &[ApiKey] = &[
    ApiKey::ApiVersions,
    ApiKey::CreateTopics,
    ApiKey::DeleteTopics,
    ApiKey::DescribeAcls,
    ApiKey::CreateAcls,
    ApiKey::DeleteAcls,
    ApiKey::DescribeConfigs,
    ApiKey::AlterConfigs,
    ApiKey::CreatePartitions,
    ApiKey::ElectLeaders,
    ApiKey::IncrementalAlterConfigs,
    ApiKey::AlterPartitionReassignments,
    ApiKey::ListPartitionReassignments,
    ApiKey::AlterClientQuotas,
    ApiKey::DescribeQuorum,
    ApiKey::UpdateFeatures,
    ApiKey::DescribeCluster,
    ApiKey::BrokerRegistration,
    ApiKey::UnregisterBroker,
    ApiKey::AllocateProducerIds,
];

/// Which of a node's two roles a listener belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Broker,
    Controller,
}

impl Side {
    fn served(self) -> &'static [ApiKey] {
        match self {
            Side::Broker => SERVED,
            Side::Controller => SERVED_BY_CONTROLLERS,
        }
    }
}

/// The lowest and highest version of an API that this node serves and advertises. Versions that may
/// still change are among them where `unstable.api.versions.enable` says so.
pub fn served_versions(node: &Node, key: ApiKey) -> std::ops::RangeInclusive<i16> {
    let config = node.config.load();
    let stable = key.stable_versions();
    let first = if config.legacy_clients_enable { key.legacy_min() } else { *stable.start() };
    let unstable = config.quorum.unstable_api_versions_enable;
    first..=if unstable { key.newest_version() } else { *stable.end() }
}

/// A connection's side of the dispatch: who is calling, and over which listener.
pub struct Caller {
    pub node: Arc<Node>,
    pub listener: Str,
    pub side: Side,
    pub peer: SocketAddr,
    /// What the client said of itself with ApiVersions (KIP-511).
    pub software: RefCell<Option<(Str, Str)>>,
    /// Names this connection to the partitions it waits on.
    pub id: u64,
}

/// What hangs on a connection ends with it: a share session, and what its member holds.
impl Drop for Caller {
    fn drop(&mut self) {
        self.node.coordinators.sharing.disconnected(&self.node, self.id);
    }
}

/// One request on its way through its handler.
#[derive(Clone)]
pub struct Call {
    pub caller: Rc<Caller>,
    pub client_id: Option<Str>,
    pub version: i16,
    /// When its last byte had been read, in microseconds of the node's clock.
    pub received_us: u64,
    correlation_id: i32,
    key: ApiKey,
}

impl Call {
    pub fn node(&self) -> &Node {
        &self.caller.node
    }

    /// A question to the coordinator of a group, with who asks it. Groups outlive the request, so the
    /// client's name does not keep its buffer.
    fn asked<R>(&self, body: R) -> coordinator::group::Asked<R> {
        let client = coordinator::group::Client {
            id: self.client_id.as_ref().map(Str::detached).unwrap_or_default(),
            host: java_address(self.caller.peer.ip().to_canonical()).into(),
        };
        coordinator::group::Asked { client, version: self.version, body }
    }
}

/// An address as Java prints one without a name: no zeros of an IPv6 address are left out.
fn java_address(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => format!("/{address}"),
        IpAddr::V6(address) => {
            let groups: Vec<String> =
                address.segments().iter().map(|group| format!("{group:x}")).collect();
            format!("/{}", groups.join(":"))
        }
    }
}

/// What a handler came to.
pub enum Answer {
    Now(Response),
    /// A response with records that lie in files; `External { slot, .. }` payloads number them.
    WithFiles(Response, Vec<FileSlice>),
    Later(Pin<Box<dyn Future<Output = Answer>>>),
    /// The request has taken effect; only its reply waits.
    Parked(Pin<Box<dyn Future<Output = Answer>>>),
    /// `acks=0`.
    Nothing,
    Close(String),
}

fn now(response: impl Into<Response>) -> Answer {
    Answer::Now(response.into())
}

fn later<F, R>(future: F) -> Answer
where
    F: Future<Output = R> + 'static,
    R: Into<Response>,
{
    Answer::Later(Box::pin(async move { Answer::Now(future.await.into()) }))
}

fn dispatch(call: Call, request: Request) -> Answer {
    match request {
        Request::Produce(request) => produce::handle(call, request),
        Request::Fetch(request) => fetch::handle(call, request),
        Request::ListOffsets(request) => now(list_offsets::handle(&call, request)),
        Request::Metadata(request) => metadata::handle(call, request),
        Request::OffsetCommit(request) => later(offset_commit::handle(call, request)),
        Request::OffsetFetch(request) => later(offset_fetch::handle(call, request)),
        Request::FindCoordinator(request) => later(find_coordinator::handle(call, request)),
        Request::JoinGroup(request) => later(join_group::handle(call, *request)),
        Request::Heartbeat(request) => later(heartbeat::handle(call, request)),
        Request::LeaveGroup(request) => later(leave_group::handle(call, request)),
        Request::SyncGroup(request) => later(sync_group::handle(call, *request)),
        Request::DescribeGroups(request) => later(describe_groups::handle(call, request)),
        Request::ListGroups(request) => later(list_groups::handle(call, request)),
        Request::ApiVersions(request) => now(api_versions::handle(&call, request)),
        Request::CreateTopics(request) => later(create_topics::handle(call, request)),
        Request::DeleteTopics(request) => later(delete_topics::handle(call, request)),
        Request::DeleteRecords(request) => later(delete_records::handle(call, request)),
        Request::InitProducerId(request) => later(init_producer_id::handle(call, request)),
        Request::OffsetForLeaderEpoch(request) => {
            now(offset_for_leader_epoch::handle(&call, request))
        }
        Request::AddPartitionsToTxn(request) => later(add_partitions_to_txn::handle(call, request)),
        Request::AddOffsetsToTxn(request) => later(add_offsets_to_txn::handle(call, request)),
        Request::EndTxn(request) => later(end_txn::handle(call, request)),
        Request::WriteTxnMarkers(request) => later(write_txn_markers::handle(call, request)),
        Request::DescribeTransactions(request) => {
            later(describe_transactions::handle(call, request))
        }
        Request::ListTransactions(request) => later(list_transactions::handle(call, request)),
        Request::TxnOffsetCommit(request) => later(txn_offset_commit::handle(call, request)),
        Request::DescribeAcls(request) => now(describe_acls::handle(&request)),
        Request::CreateAcls(request) => now(create_acls::handle(&request)),
        Request::DeleteAcls(request) => now(delete_acls::handle(&request)),
        Request::DescribeConfigs(request) => now(describe_configs::handle(&call, request)),
        Request::AlterConfigs(request) => later(alter_configs::handle(call, request)),
        Request::AlterReplicaLogDirs(request) => {
            now(alter_replica_log_dirs::handle(&call, request))
        }
        Request::DescribeLogDirs(request) => now(describe_log_dirs::handle(&call, request)),
        Request::CreatePartitions(request) => later(create_partitions::handle(call, request)),
        Request::DeleteGroups(request) => later(delete_groups::handle(call, request)),
        Request::ElectLeaders(request) => later(elect_leaders::handle(call, request)),
        Request::IncrementalAlterConfigs(request) => {
            later(incremental_alter_configs::handle(call, request))
        }
        Request::AlterPartitionReassignments(request) => {
            later(alter_partition_reassignments::handle(call, request))
        }
        Request::ListPartitionReassignments(request) => {
            later(list_partition_reassignments::handle(call, request))
        }
        Request::OffsetDelete(request) => later(offset_delete::handle(call, request)),
        Request::DescribeClientQuotas(request) => {
            now(describe_client_quotas::handle(&call, request))
        }
        Request::AlterClientQuotas(request) => later(alter_client_quotas::handle(call, request)),
        Request::DescribeQuorum(request) => later(describe_quorum::handle(call, request)),
        Request::UpdateFeatures(request) => later(update_features::handle(call, request)),
        Request::DescribeCluster(request) => now(describe_cluster::handle(&call, request)),
        Request::BrokerRegistration(request) => later(broker_registration::handle(call, request)),
        Request::AllocateProducerIds(request) => {
            later(allocate_producer_ids::handle(call, request))
        }
        Request::UnregisterBroker(request) => later(unregister_broker::handle(call, request)),
        Request::DescribeProducers(request) => now(describe_producers::handle(&call, request)),
        Request::ConsumerGroupHeartbeat(request) => {
            later(consumer_group_heartbeat::handle(call, *request))
        }
        Request::ConsumerGroupDescribe(request) => {
            later(consumer_group_describe::handle(call, request))
        }
        Request::ListConfigResources(request) => now(list_config_resources::handle(&call, request)),
        Request::DescribeTopicPartitions(request) => {
            now(describe_topic_partitions::handle(&call, request))
        }
        Request::StreamsGroupHeartbeat(request) => {
            later(streams_group_heartbeat::handle(call, *request))
        }
        Request::StreamsGroupDescribe(request) => {
            later(streams_group_describe::handle(call, request))
        }
        Request::ShareGroupHeartbeat(request) => {
            later(share_group_heartbeat::handle(call, request))
        }
        Request::ShareGroupDescribe(request) => later(share_group_describe::handle(call, request)),
        Request::ShareFetch(request) => share_fetch::handle(call, request),
        Request::ShareAcknowledge(request) => later(share_acknowledge::handle(call, request)),
        Request::InitializeShareGroupState(request) => {
            later(initialize_share_group_state::handle(call, request))
        }
        Request::ReadShareGroupState(request) => {
            later(read_share_group_state::handle(call, request))
        }
        Request::WriteShareGroupState(request) => {
            later(write_share_group_state::handle(call, request))
        }
        Request::DeleteShareGroupState(request) => {
            later(delete_share_group_state::handle(call, request))
        }
        Request::ReadShareGroupStateSummary(request) => {
            later(read_share_group_state_summary::handle(call, request))
        }
        Request::DescribeShareGroupOffsets(request) => {
            later(describe_share_group_offsets::handle(call, request))
        }
        Request::AlterShareGroupOffsets(request) => {
            later(alter_share_group_offsets::handle(call, request))
        }
        Request::DeleteShareGroupOffsets(request) => {
            later(delete_share_group_offsets::handle(call, request))
        }
        // `Caller::call` lets nothing through that its listener does not serve.
        other => Answer::Close(format!("{} has no handler", other.key().name())),
    }
}

/// The service of one connection.
pub struct Connection(pub Rc<Caller>);

impl Service for Connection {
    fn warm(&self, file: Arc<dyn DiskFile>, position: u64, length: u64) -> Warming {
        let path = file.path();
        let mut directories = self.0.node.directories.iter();
        match directories.find(|directory| path.starts_with(&directory.path)).cloned() {
            Some(home) => Box::pin(async move { home.warm(file, position, length).await }),
            // Nobody's directory: a file that is being deleted, and warm enough.
            None => Box::pin(std::future::ready(())),
        }
    }

    fn now_us(&self) -> u64 {
        self.0.node.env.mono_us()
    }

    fn sent(&self, micros: u64) {
        self.0.node.metrics.stage(Stage::Send, micros);
    }

    fn pipelines(&self, frame: &Bytes) -> bool {
        frame.first_chunk::<2>() == Some(&(ApiKey::Produce as i16).to_be_bytes())
    }

    fn call(&self, frame: Bytes) -> Outcome {
        match Caller::call(&self.0, frame) {
            Ok((call, answer)) => outcome(call, answer),
            Err(reason) => Outcome::Close(reason),
        }
    }
}

impl Caller {
    pub fn new(node: Arc<Node>, listener: Str, side: Side, peer: SocketAddr, id: u64) -> Caller {
        Caller { node, listener, side, peer, software: RefCell::new(None), id }
    }

    /// Reads one request and lets its handler answer. An error closes the connection, which is all
    /// that can be done where no reply can be encoded.
    fn call(caller: &Rc<Caller>, frame: Bytes) -> Result<(Call, Answer), String> {
        let received_us = caller.node.env.mono_us();
        let (code, version, correlation_id) = RequestHeader::peek(&frame)
            .map_err(|error| format!("a frame of {} bytes is no request: {error}", frame.len()))?;
        let key = ApiKey::from_code(code)
            .filter(|key| caller.side.served().contains(key))
            .ok_or_else(|| format!("the API {code} is not served"))?;
        let mut call = Call {
            caller: caller.clone(),
            client_id: None,
            version,
            received_us,
            correlation_id,
            key,
        };
        if !served_versions(&caller.node, key).contains(&version) {
            if key == ApiKey::ApiVersions {
                // The one request that every client sends first gets an answer that every client
                // can read (KIP-511).
                let response = api_versions::unsupported(&call);
                call.version = 0;
                return Ok((call, now(response)));
            }
            return Err(format!("version {version} of {} is not served", key.name()));
        }
        let mut reader = Reader::of_request(frame);
        let unreadable = |error| format!("could not read a {} request: {error}", key.name());
        call.client_id = RequestHeader::decode(&mut reader).map_err(unreadable)?.client_id;
        let request = Request::decode(key, version, &mut reader).map_err(unreadable)?;
        if key == ApiKey::Produce {
            let decoded_us = caller.node.env.mono_us();
            caller.node.metrics.stage(Stage::ProduceDecode, decoded_us - received_us);
        }
        // Bytes behind the body are let be, as in Kafka: librdkafka sends three behind a Metadata
        // request for all topics.
        Ok((call.clone(), dispatch(call, request)))
    }
}

fn outcome(call: Call, answer: Answer) -> Outcome {
    match answer {
        Answer::Now(response) => outcome_of(&call, response, Vec::new()),
        Answer::WithFiles(response, files) => outcome_of(&call, response, files),
        Answer::Later(future) => Outcome::Busy(Box::pin(finish(call, future))),
        Answer::Parked(future) => Outcome::Parked(Box::pin(finish(call, future))),
        Answer::Nothing => Outcome::NoReply,
        Answer::Close(reason) => Outcome::Close(reason),
    }
}

fn outcome_of(call: &Call, response: Response, files: Vec<FileSlice>) -> Outcome {
    match encode(call, response, files) {
        Ok(reply) => Outcome::Reply(reply),
        Err(reason) => Outcome::Close(reason),
    }
}

/// Waits for a handler's future and encodes what it comes to.
async fn finish(call: Call, future: Pin<Box<dyn Future<Output = Answer>>>) -> Finished {
    let mut answer = future.await;
    loop {
        answer = match answer {
            Answer::Now(response) => return finished(&call, response, Vec::new()),
            Answer::WithFiles(response, files) => return finished(&call, response, files),
            Answer::Later(future) | Answer::Parked(future) => future.await,
            Answer::Nothing => return Finished::NoReply,
            Answer::Close(reason) => return Finished::Close(reason),
        }
    }
}

fn finished(call: &Call, response: Response, files: Vec<FileSlice>) -> Finished {
    match encode(call, response, files) {
        Ok(reply) => Finished::Reply(reply),
        Err(reason) => Finished::Close(reason),
    }
}

/// Encodes a response behind its header and puts file slices where its payloads go.
fn encode(call: &Call, response: Response, files: Vec<FileSlice>) -> Result<Reply, String> {
    let encoded =
        encode_response(&response, call.version, call.correlation_id).map_err(|error| {
            // A response that its version cannot say is a mistake of ours, worth a line in the log.
            let (api, version) = (call.key.name(), call.version);
            tracing::error!("could not encode a {api} response of version {version}: {error}");
            format!("could not encode a {api} response: {error}")
        })?;
    let node = call.node();
    node.metrics.request(call.key.name(), node.env.mono_us().saturating_sub(call.received_us));
    Ok(reply(encoded, files))
}

fn reply(encoded: Encoded, files: Vec<FileSlice>) -> Reply {
    let mut files: Vec<Option<FileSlice>> = files.into_iter().map(Some).collect();
    let mut segments = Vec::with_capacity(1 + 2 * files.len());
    for segment in encoded.segments() {
        match segment {
            protocol::Segment::Bytes(bytes) => segments.push(Segment::Bytes(bytes)),
            protocol::Segment::External { slot, .. } => {
                let slice = files.get_mut(slot as usize).and_then(Option::take);
                segments.push(Segment::File(slice.expect("each slot is used once")));
            }
        }
    }
    Reply { segments }
}
