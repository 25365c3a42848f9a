//! BrokerRegistration 0-4 (62), BrokerHeartbeat 0-2 (63), UnregisterBroker 0 (64),
//! ControllerRegistration 0 (70).
//!
//! The life of a broker: it registers with the id of its process (incarnation) and gets an epoch,
//! which is the offset its registration will have; it reads the metadata up to that record; its
//! next heartbeat unfences it, and partitions without a leader may choose it. When it is silent
//! for a session, or asks for it, it is fenced and its leaders move away. A controlled shutdown
//! first moves the leaders and lets the broker go only when everyone else has read of it.
//!
//! All errors stand in the reply's one error code.

use base::{BrokerId, ErrorCode, MonoMs, Offset, PartitionIndex, Str, Uuid};
use protocol::messages::{
    BrokerHeartbeatRequest, BrokerHeartbeatResponse, BrokerRegistrationRequest,
    BrokerRegistrationResponse, ControllerRegistrationRequest, ControllerRegistrationResponse,
    UnregisterBrokerRequest, UnregisterBrokerResponse,
};
use protocol::record_types::metadata::register_controller_record::{
    ControllerEndpoint, ControllerFeature,
};
use protocol::record_types::metadata::{
    BrokerRegistrationChangeRecord, MetadataRecord, RegisterControllerRecord,
    UnregisterBrokerRecord,
};

use super::{ConfigRules, Context, Controller, Decision, Refusal};
use crate::image::{Topic, register_broker};
use crate::{Broker, Endpoint, Feature, LevelRange, MetadataVersion, Partition};

/// Why leaders and in-sync replicas move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    /// The broker is going: nobody may stay with it.
    Away(BrokerId),
    /// The broker has come: it may lead what nobody leads, though the image still has it fenced.
    To(BrokerId),
    /// The broker came back without its last records: it is neither in sync nor eligible.
    AfterUncleanShutdown(BrokerId),
}

/// The states of a broker as heartbeats see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Fenced,
    Unfenced,
    ControlledShutdown,
    /// May stop at once.
    ShutdownNow,
}

impl<C: ConfigRules> Controller<C> {
    pub(super) fn register_broker(
        &mut self,
        context: &Context,
        request: &BrokerRegistrationRequest,
    ) -> Decision<BrokerRegistrationResponse> {
        match self.plan_registration(context, request) {
            Ok((records, broker_epoch)) => Decision::free(
                records,
                BrokerRegistrationResponse { broker_epoch, ..Default::default() },
            ),
            Err(refusal) => Decision::reply(BrokerRegistrationResponse {
                error_code: refusal.code.code(),
                ..Default::default()
            }),
        }
    }

    fn plan_registration(
        &self,
        context: &Context,
        request: &BrokerRegistrationRequest,
    ) -> Result<(Vec<MetadataRecord>, i64), Refusal> {
        let id = BrokerId(request.broker_id);
        let existing = self.image.broker(id);
        self.check_registration(context, request)?;
        let same_process = existing.filter(|broker| broker.incarnation == request.incarnation_id);
        let mut records = Vec::new();
        if same_process.is_none() {
            // Clean means: this broker's last words name the very registration we know.
            let clean = context.api_version >= 3
                && existing.is_some_and(|broker| broker.epoch == request.previous_broker_epoch);
            if self.image.elr_enabled() && !clean {
                let unclean = Move::AfterUncleanShutdown(id);
                records.extend(self.moves(unclean, |p| p.isr.contains(&id)));
                records.extend(self.moves(unclean, |p| p.elr.contains(&id)));
            } else {
                records.extend(self.moves(Move::Away(id), |p| p.isr.contains(&id)));
            }
        }
        let broker = Broker {
            id,
            epoch: same_process.map_or(context.next_offset.0, |broker| broker.epoch),
            incarnation: request.incarnation_id,
            listeners: request
                .listeners
                .iter()
                .map(|listener| {
                    let endpoint = Endpoint {
                        host: listener.host.clone(),
                        port: listener.port,
                        security_protocol: listener.security_protocol,
                    };
                    (listener.name.clone(), endpoint)
                })
                .collect(),
            features: request
                .features
                .iter()
                .map(|feature| {
                    let (min, max) = (feature.min_supported_version, feature.max_supported_version);
                    (feature.name.clone(), LevelRange::new(min, max))
                })
                .collect(),
            rack: request.rack.clone(),
            fenced: same_process.is_none_or(|broker| broker.fenced),
            in_controlled_shutdown: same_process
                .is_some_and(|broker| broker.in_controlled_shutdown),
            migrating_from_zookeeper: false,
            directories: request.log_dirs.clone(),
            cordoned: None,
        };
        // Last, so that a controller that dies in between lets the broker register again, and the
        // next controller moves what this one did not.
        records.push(register_broker(&broker, self.metadata_version()));
        Ok((records, broker.epoch))
    }

    fn check_registration(
        &self,
        context: &Context,
        request: &BrokerRegistrationRequest,
    ) -> Result<(), Refusal> {
        let id = BrokerId(request.broker_id);
        if request.cluster_id != self.settings.cluster_id {
            return Err(Refusal::new(
                ErrorCode::InconsistentClusterId,
                format_args!(
                    "this is cluster {}, the broker belongs to {}",
                    self.settings.cluster_id, request.cluster_id
                ),
            ));
        }
        if let Some(broker) = self.image.broker(id)
            && broker.incarnation != request.incarnation_id
            && !broker.fenced
            && self.sessions.is_valid(id, broker.epoch, context.now)
        {
            return Err(Refusal::new(
                ErrorCode::DuplicateBrokerRegistration,
                format_args!(
                    "another process is registered as broker {id}: stop it, or wait until its \
                     session has ended"
                ),
            ));
        }
        if request.is_migrating_zk_broker {
            return Err(Refusal::new(
                ErrorCode::BrokerIdNotRegistered,
                "brokers that migrate from ZooKeeper cannot register",
            ));
        }
        if self.metadata_version().supports_directory_assignment() {
            self.check_directories(id, &request.log_dirs)?;
        }
        self.check_features(context, request)
    }

    fn check_directories(&self, id: BrokerId, directories: &[Uuid]) -> Result<(), Refusal> {
        let refuse =
            |text: std::fmt::Arguments<'_>| Err(Refusal::new(ErrorCode::InvalidRegistration, text));
        if directories.is_empty() {
            return refuse(format_args!("the registration names no log directory"));
        }
        for (index, directory) in directories.iter().enumerate() {
            if directory.is_reserved() {
                return refuse(format_args!("log directory id {directory} is reserved"));
            }
            if directories[..index].contains(directory) {
                return refuse(format_args!("log directory id {directory} is named twice"));
            }
            let owner = self
                .image
                .brokers()
                .find(|broker| broker.id != id && broker.directories.contains(directory));
            if let Some(owner) = owner {
                return refuse(format_args!(
                    "log directory {directory} belongs to broker {}",
                    owner.id
                ));
            }
        }
        Ok(())
    }

    /// A broker joins only if it can run every finalised level.
    fn check_features(
        &self,
        context: &Context,
        request: &BrokerRegistrationRequest,
    ) -> Result<(), Refusal> {
        let mut finalized = self.image.finalized_features();
        finalized.insert(Str::from_static(Feature::KraftVersion.name()), context.kraft_version);
        let mut names_metadata_version = false;
        for feature in &request.features {
            names_metadata_version |= feature.name == MetadataVersion::FEATURE;
            let level = finalized.remove(&feature.name).unwrap_or(0);
            let range =
                LevelRange::new(feature.min_supported_version, feature.max_supported_version);
            check_level(&feature.name, level, range)?;
        }
        if !names_metadata_version {
            return Err(Refusal::new(
                ErrorCode::InvalidRegistration,
                "the registration does not say which metadata.version the broker supports",
            ));
        }
        // What the broker did not mention it cannot run, unless it is off.
        for (name, level) in finalized {
            check_level(&name, level, LevelRange::DISABLED)?;
        }
        Ok(())
    }

    pub(super) fn broker_heartbeat(
        &mut self,
        context: &Context,
        request: &BrokerHeartbeatRequest,
    ) -> Decision<BrokerHeartbeatResponse> {
        if let Err(refusal) = self.check_broker_epoch(request.broker_id, request.broker_epoch) {
            return Decision::reply(BrokerHeartbeatResponse {
                error_code: refusal.code.code(),
                ..Default::default()
            });
        }
        let id = BrokerId(request.broker_id);
        let read_to = Offset(request.current_metadata_offset);
        let registered_at = self.sessions.registered_at(id).unwrap_or(self.image.offset());
        let caught_up = read_to >= registered_at;
        let (current, next) = self.next_state(id, request, caught_up);
        let mut records = Vec::new();
        if current != next {
            records = match next {
                State::Fenced | State::ShutdownNow => self.fencing(id, request.broker_epoch),
                State::Unfenced => self.unfencing(id, request),
                State::ControlledShutdown => self.shutdown(id, request.broker_epoch),
            };
        }
        self.sessions.hear(id, read_to, context.now);
        self.report_directories(id, request, &mut records);
        Decision::free(
            records,
            BrokerHeartbeatResponse {
                is_caught_up: caught_up,
                is_fenced: next == State::Fenced,
                should_shut_down: next == State::ShutdownNow,
                ..Default::default()
            },
        )
    }

    fn next_state(
        &self,
        id: BrokerId,
        request: &BrokerHeartbeatRequest,
        caught_up: bool,
    ) -> (State, State) {
        let broker = self.image.broker(id);
        let current = match broker {
            Some(broker) if broker.fenced => State::Fenced,
            Some(broker) if broker.in_controlled_shutdown => State::ControlledShutdown,
            _ => State::Unfenced,
        };
        let next = match current {
            State::Fenced if request.want_shut_down => State::ShutdownNow,
            // A process that has been told to stop does not come back; its successor registers.
            State::Fenced if broker.is_some_and(|broker| broker.in_controlled_shutdown) => {
                State::Fenced
            }
            State::Fenced if !request.want_fence && caught_up => State::Unfenced,
            State::Unfenced if request.want_fence && request.want_shut_down => State::ShutdownNow,
            State::Unfenced if request.want_fence => State::Fenced,
            State::Unfenced if request.want_shut_down => match self.leads_anything(id) {
                true => State::ControlledShutdown,
                false => State::ShutdownNow,
            },
            State::ControlledShutdown
                if !self.leads_anything(id)
                    && self.sessions.others_know_of_shutdown(id, &self.image) =>
            {
                State::ShutdownNow
            }
            unchanged => unchanged,
        };
        (current, next)
    }

    /// Visits partitions until it finds one; asked only while a broker shuts down.
    fn leads_anything(&self, id: BrokerId) -> bool {
        self.image.topics().iter().any(|topic| topic.partitions.values().any(|p| p.leader == id))
    }

    /// The records that fence a broker.
    pub(super) fn fencing(&self, id: BrokerId, epoch: i64) -> Vec<MetadataRecord> {
        let mut records = self.moves(Move::Away(id), |p| p.isr.contains(&id));
        records.push(registration_change(id, epoch, |change| change.fenced = 1));
        records
    }

    fn unfencing(&self, id: BrokerId, request: &BrokerHeartbeatRequest) -> Vec<MetadataRecord> {
        let epoch = request.broker_epoch;
        let mut records = vec![registration_change(id, epoch, |change| change.fenced = -1)];
        // The image has those online that are reported offline by the same heartbeat.
        let is_offline = |directory| request.offline_log_dirs.contains(&directory);
        records.extend(self.moves(Move::To(id), |partition| {
            !partition.has_leader() && !partition.directory(id).is_some_and(is_offline)
        }));
        records
    }

    fn shutdown(&self, id: BrokerId, epoch: i64) -> Vec<MetadataRecord> {
        let mut records =
            vec![registration_change(id, epoch, |change| change.in_controlled_shutdown = 1)];
        records.extend(self.moves(Move::Away(id), |p| p.isr.contains(&id)));
        records
    }

    /// Follows what a heartbeat says of log directories.
    fn report_directories(
        &self,
        id: BrokerId,
        request: &BrokerHeartbeatRequest,
        records: &mut Vec<MetadataRecord>,
    ) {
        let Some(broker) = self.image.broker(id) else { return };
        let version = self.metadata_version();
        let offline: Vec<Uuid> = broker
            .directories
            .iter()
            .copied()
            .filter(|directory| request.offline_log_dirs.contains(directory))
            .collect();
        if version.supports_directory_assignment() && !offline.is_empty() {
            records.extend(self.moves(Move::Away(id), |partition| {
                partition.directory(id).is_some_and(|directory| offline.contains(&directory))
            }));
            let online: Vec<Uuid> = broker
                .directories
                .iter()
                .copied()
                .filter(|directory| !offline.contains(directory))
                .collect();
            records.push(registration_change(id, broker.epoch, |change| change.log_dirs = online));
        }
        if let Some(cordoned) = &request.cordoned_log_dirs
            && version.supports_cordoned_log_dirs()
        {
            let known = broker.cordoned.as_deref().unwrap_or_default();
            let same = known.iter().all(|directory| cordoned.contains(directory))
                && cordoned.iter().all(|directory| known.contains(directory));
            if !same {
                records.push(registration_change(id, broker.epoch, |change| {
                    change.cordoned_log_dirs = Some(cordoned.clone());
                }));
            }
        }
    }

    /// The changes of all partitions that `concerned` picks. Visits every partition: some
    /// milliseconds for a hundred thousand of them, when a broker comes or goes.
    pub(super) fn moves(
        &self,
        reason: Move,
        concerned: impl Fn(&Partition) -> bool,
    ) -> Vec<MetadataRecord> {
        let mut records = Vec::new();
        for topic in self.image.topics().iter() {
            for (index, partition) in &topic.partitions {
                if concerned(partition) {
                    records.extend(self.move_partition(reason, topic, *index, partition));
                }
            }
        }
        records
    }

    pub(super) fn move_partition(
        &self,
        reason: Move,
        topic: &Topic,
        index: PartitionIndex,
        partition: &Partition,
    ) -> Option<MetadataRecord> {
        let active = self.is_active();
        let may_lead = |id: BrokerId| match reason {
            Move::Away(gone) | Move::AfterUncleanShutdown(gone) => id != gone && active(id),
            Move::To(come) => id == come || active(id),
        };
        let change = self.change_partition(topic, index, partition, &may_lead, |builder| {
            builder.election = self.default_election(topic);
            match reason {
                Move::Away(gone) => builder.isr.retain(|id| *id != gone),
                Move::AfterUncleanShutdown(gone) => {
                    builder.isr.retain(|id| *id != gone);
                    builder.unclean_shutdown = Some(gone);
                }
                Move::To(_) => {}
            }
        });
        change.map(|(record, _)| record)
    }

    pub(super) fn unregister_broker(
        &mut self,
        _context: &Context,
        request: &UnregisterBrokerRequest,
    ) -> Decision<UnregisterBrokerResponse> {
        let id = BrokerId(request.broker_id);
        let Some(broker) = self.image.broker(id) else {
            return Decision::reply(UnregisterBrokerResponse {
                error_code: ErrorCode::BrokerIdNotRegistered.code(),
                error_message: Some(Str::from(format!("broker {id} is not registered"))),
                ..Default::default()
            });
        };
        let mut records = self.moves(Move::Away(id), |p| p.isr.contains(&id));
        records.extend(self.moves(Move::Away(id), |p| p.elr.contains(&id)));
        records.push(MetadataRecord::UnregisterBrokerRecord(UnregisterBrokerRecord {
            broker_id: id.0,
            broker_epoch: broker.epoch,
            ..Default::default()
        }));
        let reply = UnregisterBrokerResponse { error_message: None, ..Default::default() };
        Decision::free(records, reply)
    }

    pub(super) fn register_controller(
        &mut self,
        _context: &Context,
        request: &ControllerRegistrationRequest,
    ) -> Decision<ControllerRegistrationResponse> {
        if !self.metadata_version().supports_controller_registration() {
            return Decision::reply(ControllerRegistrationResponse {
                error_code: ErrorCode::UnsupportedVersion.code(),
                error_message: Some(Str::from_static(
                    "controllers register from metadata.version 3.7-IV0 on",
                )),
                ..Default::default()
            });
        }
        let end_points = request.listeners.iter().map(|listener| ControllerEndpoint {
            name: listener.name.clone(),
            host: listener.host.clone(),
            port: listener.port,
            security_protocol: listener.security_protocol,
            ..Default::default()
        });
        let features = request.features.iter().map(|feature| ControllerFeature {
            name: feature.name.clone(),
            min_supported_version: feature.min_supported_version,
            max_supported_version: feature.max_supported_version,
            ..Default::default()
        });
        let record = MetadataRecord::RegisterControllerRecord(RegisterControllerRecord {
            controller_id: request.controller_id,
            incarnation_id: request.incarnation_id,
            zk_migration_ready: false,
            end_points: end_points.collect(),
            features: features.collect(),
            ..Default::default()
        });
        let reply = ControllerRegistrationResponse { error_message: None, ..Default::default() };
        Decision::atomic(vec![record], reply)
    }

    /// Fences the broker whose session ended first, if one has. One at a time, so that the next
    /// one is judged on the state after this one.
    pub(super) fn fence_stale_broker(&mut self, now: MonoMs) -> Option<Decision<()>> {
        let id = self.sessions.expired(&self.image, now)?;
        let epoch = self.image.broker(id)?.epoch;
        Some(Decision::free(self.fencing(id, epoch), ()))
    }
}

fn check_level(name: &str, level: i16, range: LevelRange) -> Result<(), Refusal> {
    if range.contains(level) {
        return Ok(());
    }
    Err(Refusal::new(
        ErrorCode::UnsupportedVersion,
        format_args!(
            "the cluster runs {name} {level}, the broker supports {} to {}",
            range.min, range.max
        ),
    ))
}

fn registration_change(
    id: BrokerId,
    epoch: i64,
    set: impl FnOnce(&mut BrokerRegistrationChangeRecord),
) -> MetadataRecord {
    let mut change = BrokerRegistrationChangeRecord {
        broker_id: id.0,
        broker_epoch: epoch,
        ..Default::default()
    };
    set(&mut change);
    MetadataRecord::BrokerRegistrationChangeRecord(change)
}
