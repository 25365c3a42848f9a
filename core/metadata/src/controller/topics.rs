//! CreateTopics 2-7 (19), DeleteTopics 1-6 (20), CreatePartitions 0-3 (37).
//!
//! Each topic of a request succeeds or fails by itself: its error code and message stand in its
//! own result, there is no error for the whole. What cannot be attributed (too many partitions in
//! one request) is repeated in every result. The records of all topics that succeed form one
//! batch. Authorization is the handler's: what a client may not see never gets here.

use std::collections::{BTreeMap, BTreeSet};

use base::{BrokerId, ErrorCode, PartitionIndex, Str, Uuid, topic};
use protocol::messages::create_partitions_request::CreatePartitionsTopic;
use protocol::messages::create_partitions_response::CreatePartitionsTopicResult;
use protocol::messages::create_topics_request::{CreatableReplicaAssignment, CreatableTopic};
use protocol::messages::create_topics_response::{CreatableTopicConfigs, CreatableTopicResult};
use protocol::messages::delete_topics_response::DeletableTopicResult;
use protocol::messages::{
    CreatePartitionsRequest, CreatePartitionsResponse, CreateTopicsRequest, CreateTopicsResponse,
    DeleteTopicsRequest, DeleteTopicsResponse,
};
use protocol::record_types::metadata::{MetadataRecord, RemoveTopicRecord};

use super::configs::{Change, Existence};
use super::{
    ConfigRules, Context, Controller, Decision, PARTITIONS_PER_REQUEST_MAX, Refusal, TopicDeletion,
};
use crate::image::{Topic, partition_record, topic_record};
use crate::placement::{PlacementError, UsableBroker, place};
use crate::{ConfigMap, ConfigResource, Entropy, Partition};

/// A topic that can be created.
struct NewTopic {
    result: CreatableTopicResult,
    records: Vec<MetadataRecord>,
}

impl<C: ConfigRules> Controller<C> {
    pub(super) fn create_topics(
        &mut self,
        context: &Context,
        request: &CreateTopicsRequest,
    ) -> Decision<CreateTopicsResponse> {
        let too_many = self.too_many_partitions(&request.topics);
        let mut names = BTreeSet::new();
        let mut duplicates = BTreeSet::new();
        for topic in &request.topics {
            if !names.insert(&topic.name) {
                duplicates.insert(&topic.name);
            }
        }
        let mut entropy = Entropy::new(context.entropy);
        let mut records = Vec::new();
        let mut topics = Vec::new();
        for topic in &request.topics {
            // A name that comes twice gets one result, after the others.
            if duplicates.contains(&topic.name) {
                continue;
            }
            let planned = match &too_many {
                Some(refusal) => Err(refusal.clone()),
                None => self.plan_topic(topic, &mut entropy),
            };
            match planned {
                Ok(new) => {
                    records.extend(new.records);
                    topics.push(new.result);
                }
                Err(refusal) => topics.push(refused_topic(&topic.name, refusal)),
            }
        }
        for name in duplicates {
            let refusal = Refusal::new(
                ErrorCode::InvalidRequest,
                format_args!("topic `{name}` stands in the request more than once"),
            );
            topics.push(refused_topic(name, refusal));
        }
        if request.validate_only {
            records.clear();
        }
        Decision::atomic(records, CreateTopicsResponse { topics, ..Default::default() })
    }

    /// Refuses before anything is planned: what is only claimed must not be allocated.
    fn too_many_partitions(&self, topics: &[CreatableTopic]) -> Option<Refusal> {
        let count = |topic: &CreatableTopic| match topic.num_partitions {
            _ if !topic.assignments.is_empty() => topic.assignments.len() as i64,
            -1 => i64::from(self.settings.default_partitions),
            count => i64::from(count.max(0)),
        };
        let total: i64 = topics.iter().map(count).sum();
        (total > PARTITIONS_PER_REQUEST_MAX as i64).then(|| {
            Refusal::new(
                ErrorCode::PolicyViolation,
                format_args!(
                    "one request can create {PARTITIONS_PER_REQUEST_MAX} partitions, this one asks \
                     for {total}: split it"
                ),
            )
        })
    }

    fn plan_topic(
        &self,
        topic: &CreatableTopic,
        entropy: &mut Entropy,
    ) -> Result<NewTopic, Refusal> {
        self.check_new_name(&topic.name)?;
        let resource = ConfigResource::topic(&topic.name);
        let config = creation_config(topic)?;
        let changes: BTreeMap<Str, Change> =
            config.iter().map(|(name, value)| (name.clone(), Change::Set(value.clone()))).collect();
        let config_records = self.plan_config(&resource, &changes, Existence::New)?;
        let partitions = if topic.assignments.is_empty() {
            self.place_new_topic(topic, entropy)?
        } else {
            self.assign_new_topic(topic)?
        };

        let id = entropy.uuid();
        let (version, elr_enabled) = (self.metadata_version(), self.image.elr_enabled());
        let mut records = vec![topic_record(&topic.name, id)];
        records.extend(config_records);
        records.extend(partitions.iter().enumerate().map(|(index, partition)| {
            let index = PartitionIndex(index as i32);
            partition_record(id, index, partition, version, elr_enabled)
        }));
        let replicas = partitions.first().map_or(0, |partition| partition.replicas.len());
        let result = CreatableTopicResult {
            name: topic.name.clone(),
            topic_id: id,
            error_code: ErrorCode::None.code(),
            error_message: None,
            topic_config_error_code: ErrorCode::None.code(),
            num_partitions: partitions.len() as i32,
            replication_factor: replicas as i16,
            configs: Some(self.shown_configs(&config)),
            ..Default::default()
        };
        Ok(NewTopic { result, records })
    }

    fn check_new_name(&self, name: &str) -> Result<(), Refusal> {
        if name == topic::CLUSTER_METADATA {
            return Err(Refusal::new(
                ErrorCode::InvalidRequest,
                format_args!("`{name}` is the metadata log and cannot be created as a topic"),
            ));
        }
        topic::validate_name(name)
            .map_err(|invalid| Refusal::new(ErrorCode::InvalidTopicException, invalid))?;
        if self.image.topic(name).is_some() {
            return Err(Refusal::new(
                ErrorCode::TopicAlreadyExists,
                format_args!("Topic '{name}' already exists."),
            ));
        }
        match self.image.topics().colliding(name) {
            Some(other) => Err(Refusal::new(
                ErrorCode::InvalidTopicException,
                format_args!(
                    "topic `{name}` differs from topic `{other}` in '.' and '_' alone, which metric \
                     names cannot tell apart: choose another name"
                ),
            )),
            None => Ok(()),
        }
    }

    fn place_new_topic(
        &self,
        topic: &CreatableTopic,
        entropy: &mut Entropy,
    ) -> Result<Vec<Partition>, Refusal> {
        let factor = match topic.replication_factor {
            -1 => self.settings.default_replication_factor,
            factor if factor > 0 => factor,
            factor => {
                return Err(Refusal::new(
                    ErrorCode::InvalidReplicationFactor,
                    format_args!(
                        "the replication factor must be 1 or more, or -1 for the default, got \
                         {factor}"
                    ),
                ));
            }
        };
        let count = match topic.num_partitions {
            -1 => self.settings.default_partitions,
            count if count > 0 => count,
            count => {
                return Err(Refusal::new(
                    ErrorCode::InvalidPartitions,
                    format_args!(
                        "the number of partitions must be 1 or more, or -1 for the default, got \
                         {count}"
                    ),
                ));
            }
        };
        self.place_partitions(count as usize, factor, entropy)
    }

    /// `count` new partitions on the brokers that there are.
    fn place_partitions(
        &self,
        count: usize,
        factor: i16,
        entropy: &mut Entropy,
    ) -> Result<Vec<Partition>, Refusal> {
        let refuse =
            |error: PlacementError| Refusal::new(ErrorCode::InvalidReplicationFactor, error);
        let brokers = self.usable_brokers();
        let placed = place(&brokers, count, factor, entropy).map_err(refuse)?;
        placed
            .into_iter()
            .map(|replicas| {
                self.new_partition(replicas).ok_or_else(|| refuse(PlacementError::AllFenced))
            })
            .collect()
    }

    fn usable_brokers(&self) -> Vec<UsableBroker> {
        self.image
            .brokers()
            .filter(|broker| {
                (broker.fenced || !broker.in_controlled_shutdown)
                    && broker.has_uncordoned_directory()
            })
            .map(|broker| UsableBroker {
                id: broker.id,
                rack: broker.rack.clone(),
                fenced: broker.fenced,
            })
            .collect()
    }

    /// A partition whose active replicas are in sync; None if no replica is active.
    fn new_partition(&self, replicas: Vec<BrokerId>) -> Option<Partition> {
        let isr: Vec<BrokerId> =
            replicas.iter().copied().filter(|id| self.image.is_active(*id)).collect();
        if isr.is_empty() {
            return None;
        }
        let directories: Vec<Uuid> =
            replicas.iter().map(|id| self.default_directory(*id)).collect();
        Some(Partition::new(replicas, directories, isr))
    }

    fn assign_new_topic(&self, topic: &CreatableTopic) -> Result<Vec<Partition>, Refusal> {
        for (set, what) in [
            (topic.replication_factor != -1, "replication factor"),
            (topic.num_partitions != -1, "number of partitions"),
        ] {
            if set {
                return Err(Refusal::new(
                    ErrorCode::InvalidRequest,
                    format_args!("with replicas assigned by hand, the {what} must be -1"),
                ));
            }
        }
        let mut by_index: BTreeMap<i32, &CreatableReplicaAssignment> = BTreeMap::new();
        for assignment in &topic.assignments {
            if by_index.insert(assignment.partition_index, assignment).is_some() {
                return Err(Refusal::new(
                    ErrorCode::InvalidReplicaAssignment,
                    format_args!("partition {} is assigned twice", assignment.partition_index),
                ));
            }
        }
        let mut partitions = Vec::with_capacity(by_index.len());
        let mut factor = None;
        for assignment in &topic.assignments {
            self.check_assignment(&assignment.broker_ids, factor)?;
            factor = Some(assignment.broker_ids.len());
        }
        for (expected, (index, assignment)) in by_index.into_iter().enumerate() {
            let replicas = assignment.broker_ids.iter().copied().map(BrokerId).collect();
            let partition = self.new_partition(replicas).ok_or_else(|| no_active_replica(index))?;
            if index != expected as i32 {
                return Err(Refusal::new(
                    ErrorCode::InvalidReplicaAssignment,
                    format_args!("partition {expected} is not assigned: start at 0, leave no gap"),
                ));
            }
            partitions.push(partition);
        }
        Ok(partitions)
    }

    /// Checks replicas that were named by hand; `factor` is how many there must be, if it is known.
    pub(super) fn check_assignment(
        &self,
        replicas: &[i32],
        factor: Option<usize>,
    ) -> Result<(), Refusal> {
        let refuse = |text: std::fmt::Arguments<'_>| {
            Err(Refusal::new(ErrorCode::InvalidReplicaAssignment, text))
        };
        if replicas.is_empty() {
            return refuse(format_args!("an assignment has no replicas"));
        }
        let mut seen = BTreeSet::new();
        for id in replicas {
            match self.image.broker(BrokerId(*id)) {
                None => return refuse(format_args!("broker {id} is not registered")),
                Some(broker) if !broker.has_uncordoned_directory() => {
                    return refuse(format_args!("all log directories of broker {id} are cordoned"));
                }
                Some(_) if !seen.insert(*id) => {
                    return refuse(format_args!("broker {id} is assigned twice"));
                }
                Some(_) => {}
            }
        }
        match factor {
            Some(factor) if factor != replicas.len() => refuse(format_args!(
                "an assignment has {} replicas where the other partitions have {factor}",
                replicas.len()
            )),
            _ => Ok(()),
        }
    }

    fn shown_configs(&self, config: &ConfigMap) -> Vec<CreatableTopicConfigs> {
        // The topic is not in the image yet, so its own layer is what the request said.
        let nobody = ConfigResource::topic("");
        let layers = super::TopicLayers { topic: config, ..self.layers(&nobody) };
        self.rules
            .topic_values(layers)
            .into_iter()
            .map(|effective| CreatableTopicConfigs {
                name: effective.name,
                value: effective.value.filter(|_| !effective.sensitive),
                read_only: false,
                config_source: effective.source,
                is_sensitive: effective.sensitive,
                ..Default::default()
            })
            .collect()
    }

    pub(super) fn delete_topics(
        &mut self,
        context: &Context,
        request: &DeleteTopicsRequest,
    ) -> Decision<DeleteTopicsResponse> {
        let mut responses = Vec::new();
        let mut records = Vec::new();
        let (targets, repeated_ids) = deletion_targets(request, &mut responses);
        if self.settings.topic_deletion == TopicDeletion::Disabled {
            return Decision::reply(deletion_disabled(request, context.api_version));
        }
        let mut doomed = BTreeMap::new();
        for target in targets {
            let topic = match self.resolve(&target) {
                Ok(topic) => topic,
                Err(refusal) => {
                    responses.push(target.refused(refusal));
                    continue;
                }
            };
            // Named by its id and again by its name: neither counts, and one answer is for both.
            if repeated_ids.contains(&topic.id)
                || doomed.insert(topic.id, topic.name.clone()).is_some()
            {
                doomed.remove(&topic.id);
                let refusal = Refusal::new(
                    ErrorCode::InvalidRequest,
                    "the topic is named more than once in the request",
                );
                let name = Some(topic.name.clone());
                responses
                    .push(DeletableTopicResult { name, ..Target::Id(topic.id).refused(refusal) });
            }
        }
        for (id, name) in doomed {
            records.push(MetadataRecord::RemoveTopicRecord(RemoveTopicRecord {
                topic_id: id,
                ..Default::default()
            }));
            responses.push(DeletableTopicResult {
                name: Some(name),
                topic_id: id,
                error_code: ErrorCode::None.code(),
                error_message: None,
                ..Default::default()
            });
        }
        Decision::atomic(records, DeleteTopicsResponse { responses, ..Default::default() })
    }

    fn resolve(&self, target: &Target) -> Result<&Topic, Refusal> {
        let found = match target {
            Target::Name(name) => self.image.topic(name),
            Target::Id(id) => self.image.topic_by_id(*id),
        };
        found.map(|topic| &**topic).ok_or_else(|| match target {
            Target::Name(name) => Refusal::new(
                ErrorCode::UnknownTopicOrPartition,
                format_args!("there is no topic `{name}`"),
            ),
            Target::Id(id) => Refusal::new(
                ErrorCode::UnknownTopicId,
                format_args!("there is no topic with the id {id}"),
            ),
        })
    }

    pub(super) fn create_partitions(
        &mut self,
        context: &Context,
        request: &CreatePartitionsRequest,
    ) -> Decision<CreatePartitionsResponse> {
        let mut names = BTreeSet::new();
        let mut duplicates = BTreeSet::new();
        for topic in &request.topics {
            if !names.insert(&topic.name) {
                duplicates.insert(&topic.name);
            }
        }
        let mut entropy = Entropy::new(context.entropy);
        let mut records = Vec::new();
        let mut results = Vec::new();
        for name in &duplicates {
            results.push(partitions_result(
                name,
                Err(Refusal::new(
                    ErrorCode::InvalidRequest,
                    format_args!("topic `{name}` stands in the request more than once"),
                )),
            ));
        }
        for topic in request.topics.iter().filter(|topic| !duplicates.contains(&topic.name)) {
            let room = PARTITIONS_PER_REQUEST_MAX.saturating_sub(records.len());
            let planned = self.plan_partitions(topic, room, &mut entropy);
            results.push(partitions_result(
                &topic.name,
                planned.map(|planned| records.extend(planned)),
            ));
        }
        if request.validate_only {
            records.clear();
        }
        Decision::atomic(records, CreatePartitionsResponse { results, ..Default::default() })
    }

    fn plan_partitions(
        &self,
        wanted: &CreatePartitionsTopic,
        room: usize,
        entropy: &mut Entropy,
    ) -> Result<Vec<MetadataRecord>, Refusal> {
        let name = &wanted.name;
        let unknown = || Refusal::without_words(ErrorCode::UnknownTopicOrPartition);
        let topic = self.image.topic(name).ok_or_else(unknown)?;
        let existing = topic.partitions.len();
        let Some(additional) = usize::try_from(wanted.count)
            .ok()
            .and_then(|count| count.checked_sub(existing))
            .filter(|additional| *additional > 0)
        else {
            return Err(Refusal::new(
                ErrorCode::InvalidPartitions,
                format_args!(
                    "topic `{name}` has {existing} partitions: ask for more than that, not for {}",
                    wanted.count
                ),
            ));
        };
        if additional > room {
            return Err(Refusal::new(
                ErrorCode::PolicyViolation,
                format_args!(
                    "one request can create {PARTITIONS_PER_REQUEST_MAX} partitions, {additional} \
                     more do not fit: split it"
                ),
            ));
        }
        let factor = topic.replication_factor();
        let partitions = match &wanted.assignments {
            None => self.place_partitions(additional, factor as i16, entropy)?,
            Some(assignments) if assignments.len() != additional => {
                return Err(Refusal::new(
                    ErrorCode::InvalidReplicaAssignment,
                    format_args!(
                        "{additional} partitions are to be added and {} are assigned",
                        assignments.len()
                    ),
                ));
            }
            Some(assignments) => {
                let mut partitions = Vec::with_capacity(additional);
                for (offset, assignment) in assignments.iter().enumerate() {
                    self.check_assignment(&assignment.broker_ids, Some(factor))?;
                    let replicas = assignment.broker_ids.iter().copied().map(BrokerId).collect();
                    let index = (existing + offset) as i32;
                    let partition =
                        self.new_partition(replicas).ok_or_else(|| no_active_replica(index))?;
                    partitions.push(partition);
                }
                partitions
            }
        };
        let (version, elr_enabled) = (self.metadata_version(), self.image.elr_enabled());
        Ok(partitions
            .iter()
            .enumerate()
            .map(|(offset, partition)| {
                let index = PartitionIndex((existing + offset) as i32);
                partition_record(topic.id, index, partition, version, elr_enabled)
            })
            .collect())
    }
}

fn creation_config(topic: &CreatableTopic) -> Result<ConfigMap, Refusal> {
    let mut config = ConfigMap::new();
    let mut without_value = Vec::new();
    for entry in &topic.configs {
        match &entry.value {
            Some(value) => {
                config.insert(entry.name.clone(), value.clone());
            }
            None => without_value.push(entry.name.as_str()),
        }
    }
    if without_value.is_empty() {
        return Ok(config);
    }
    Err(Refusal::new(
        ErrorCode::InvalidConfig,
        format_args!("a new topic's configuration needs values: {}", without_value.join(", ")),
    ))
}

fn no_active_replica(index: i32) -> Refusal {
    Refusal::new(
        ErrorCode::InvalidReplicaAssignment,
        format_args!("every broker assigned to partition {index} is fenced or shutting down"),
    )
}

fn refused_topic(name: &Str, refusal: Refusal) -> CreatableTopicResult {
    CreatableTopicResult {
        name: name.clone(),
        error_code: refusal.code.code(),
        error_message: refusal.message,
        ..Default::default()
    }
}

fn partitions_result(name: &Str, outcome: Result<(), Refusal>) -> CreatePartitionsTopicResult {
    let (code, message) = match outcome {
        Ok(()) => (ErrorCode::None, None),
        Err(refusal) => (refusal.code, refusal.message),
    };
    CreatePartitionsTopicResult {
        name: name.clone(),
        error_code: code.code(),
        error_message: message,
        ..Default::default()
    }
}

/// What a request to delete names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    Id(Uuid),
    Name(Str),
}

impl Target {
    fn refused(self, refusal: Refusal) -> DeletableTopicResult {
        let (name, topic_id) = match self {
            Target::Name(name) => (Some(name), Uuid::ZERO),
            Target::Id(id) => (None, id),
        };
        DeletableTopicResult {
            name,
            topic_id,
            error_code: refusal.code.code(),
            error_message: refusal.message,
            ..Default::default()
        }
    }
}

/// The topics that a request names properly, ids before names, and the ids that it repeats. What is
/// malformed or repeated goes to `responses`.
fn deletion_targets(
    request: &DeleteTopicsRequest,
    responses: &mut Vec<DeletableTopicResult>,
) -> (Vec<Target>, BTreeSet<Uuid>) {
    let mut count: BTreeMap<Target, usize> = BTreeMap::new();
    let mut note = |target| *count.entry(target).or_default() += 1;
    for name in &request.topic_names {
        note(Target::Name(name.clone()));
    }
    for topic in &request.topics {
        let wrong = match (&topic.name, topic.topic_id.is_zero()) {
            (Some(name), true) => {
                note(Target::Name(name.clone()));
                continue;
            }
            (None, false) => {
                note(Target::Id(topic.topic_id));
                continue;
            }
            (Some(_), false) => "a topic is named either by its name or by its id, not by both",
            (None, true) => "a topic to delete has neither a name nor an id",
        };
        responses.push(DeletableTopicResult {
            name: topic.name.clone(),
            topic_id: topic.topic_id,
            error_code: ErrorCode::InvalidRequest.code(),
            error_message: Some(Str::from_static(wrong)),
            ..Default::default()
        });
    }
    let (mut targets, mut repeated_ids) = (Vec::new(), BTreeSet::new());
    for (target, times) in count {
        if times == 1 {
            targets.push(target);
        } else {
            if let Target::Id(id) = &target {
                repeated_ids.insert(*id);
            }
            responses.push(target.refused(Refusal::new(
                ErrorCode::InvalidRequest,
                "the topic stands in the request more than once",
            )));
        }
    }
    (targets, repeated_ids)
}

/// Versions before 3 do not know that deletion can be disabled.
fn deletion_disabled(request: &DeleteTopicsRequest, api_version: i16) -> DeleteTopicsResponse {
    let code = match api_version {
        ..3 => ErrorCode::InvalidRequest,
        3.. => ErrorCode::TopicDeletionDisabled,
    };
    let message = Some(Str::from_static("topics cannot be deleted: delete.topic.enable is false"));
    let result = |name: Option<Str>, topic_id| DeletableTopicResult {
        name,
        topic_id,
        error_code: code.code(),
        error_message: message.clone(),
        ..Default::default()
    };
    let by_state = request.topics.iter().map(|topic| result(topic.name.clone(), topic.topic_id));
    let by_name = request.topic_names.iter().map(|name| result(Some(name.clone()), Uuid::ZERO));
    DeleteTopicsResponse { responses: by_state.chain(by_name).collect(), ..Default::default() }
}
